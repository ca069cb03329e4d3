//! A value as payloads hold it: JSON, and bytes and exact 64-bit integers beside.
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Index;

use crate::base64;

mod wire;

/// Lists and records in each other, at most; a payload that is deeper is refused.
pub const MAX_NESTING: usize = 512;

/// Integers that every JSON reader holds exactly lie within plus and minus this.
pub(crate) const MAX_EXACT: u64 = 1 << 53;

/// Any value. A number without a fraction within ±2^53 is an integer, however it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing; the same as absent.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// A number with a fraction, or one too large for the integers.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes; base64 text where the payload is JSON.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// Named values.
    Record(Map),
}

const FEW_FIELDS: usize = 16;

static NULL: Value = Value::Null;

impl Value {
    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Value::Int(number) => Some(number as f64),
            Value::UInt(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }
    /// The integer, if it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }
    /// The integer, if it is one that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Value::Int(number) => u64::try_from(number).ok(),
            Value::UInt(number) => Some(number),
            _ => None,
        }
    }
    /// True or false, if it is that.
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }
    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }
    /// The named values, if it is a record.
    pub fn as_record(&self) -> Option<&Map> {
        match self {
            Value::Record(map) => Some(map),
            _ => None,
        }
    }
    /// The field of a record; none in anything else.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_record()?.get(key)
    }

    /// A record of the fields given, those without a value left out.
    pub(crate) fn record<const N: usize>(mut fields: [(&str, Option<Value>); N]) -> Value {
        Value::kept(&mut fields)
    }
    /// Whatever their number is, compiled once.
    fn kept(fields: &mut [(&str, Option<Value>)]) -> Value {
        let mut map = Map(Vec::with_capacity(fields.len()));
        for (key, value) in fields {
            if let Some(value) = value.take() {
                map.0.push(((*key).to_owned(), value));
            }
        }
        Value::Record(map)
    }
}

/// The field of a record, or null: `value["user"]["name"]`.
impl Index<&str> for Value {
    type Output = Value;
    fn index(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NULL)
    }
}

/// The item of a list, or null.
impl Index<usize> for Value {
    type Output = Value;
    fn index(&self, index: usize) -> &Value {
        self.as_list().and_then(|items| items.get(index)).unwrap_or(&NULL)
    }
}

/// Its JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// Named values in the order in which they came. Looking one up walks them.
#[derive(Clone, Debug, Default)]
pub struct Map(Vec<(String, Value)>);

impl Map {
    /// An empty one.
    pub fn new() -> Self {
        Map(Vec::new())
    }
    /// The value of that name.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
    /// Sets the value of that name, in its old place where there was one.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let key = key.into();
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((key, value.into())),
        }
    }
    /// Takes the value of that name out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }
    /// Leaves null where the value was: order and costs of the rest stay.
    pub(crate) fn take(&mut self, key: &str) -> Value {
        let found = self.0.iter_mut().find(|(name, _)| name == key);
        found.map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }
    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The first name that stands twice.
    pub(crate) fn duplicate(&self) -> Option<&str> {
        // A set costs more than to look at a few names; sorting them would be 9 KB of every piece.
        if self.0.len() <= FEW_FIELDS {
            let before = |(at, (name, _)): &(usize, &(String, Value))| self.0[..*at].iter().any(|(one, _)| one == name);
            return self.0.iter().enumerate().find(before).map(|(_, (name, _))| name.as_str());
        }
        let mut seen = BTreeSet::new();
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !seen.insert(*name))
    }
}

/// In any order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        let same = |(at, (name, value)): (usize, &(String, Value))| match &other.0[at] {
            (one, found) if one == name => found == value,
            _ => other.get(name) == Some(value),
        };
        self.len() == other.len() && self.0.iter().enumerate().all(same)
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Names are taken as they come; one that stands twice is the caller's to avoid.
impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Map(fields.into_iter().collect())
    }
}

macro_rules! from {
    ($($type:ty: $value:ident => $made:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Value { $made }
        })*
    };
}

from! {
    bool: value => Value::Bool(value);
    i8: value => Value::Int(value.into());
    i16: value => Value::Int(value.into());
    i32: value => Value::Int(value.into());
    i64: value => Value::Int(value);
    u8: value => Value::Int(value.into());
    u16: value => Value::Int(value.into());
    u32: value => Value::Int(value.into());
    u64: value => i64::try_from(value).map_or(Value::UInt(value), Value::Int);
    usize: value => Value::from(value as u64);
    f32: value => Value::from(f64::from(value));
    f64: value => if value.fract() == 0.0 && value.abs() <= MAX_EXACT as f64 { Value::Int(value as i64) } else { Value::Float(value) };
    &str: value => Value::Text(value.to_owned());
    String: value => Value::Text(value);
    Map: value => Value::Record(value);
    Bytes: value => Value::Bytes(value.0);
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Value {
        use serde_json::Value as Json;
        match value {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Value::Int(number),
                (_, Some(number)) => Value::UInt(number),
                _ => number.as_f64().map_or(Value::Null, Value::from),
            },
            Json::String(text) => Value::Text(text),
            Json::Array(items) => Value::List(items.into_iter().map(Value::from).collect()),
            Json::Object(fields) => {
                fields.into_iter().map(|(key, value)| (key, Value::from(value))).collect::<Map>().into()
            }
        }
    }
}

/// Bytes become base64 text.
impl From<Value> for serde_json::Value {
    fn from(value: Value) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => value.into(),
            Value::Int(number) => number.into(),
            Value::UInt(number) => number.into(),
            Value::Float(number) => number.into(),
            Value::Text(text) => text.into(),
            Value::Bytes(bytes) => base64::encode(&bytes).into(),
            Value::List(items) => items.into_iter().map(serde_json::Value::from).collect(),
            Value::Record(map) => {
                serde_json::Value::Object(map.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

/// Bytes of a result: base64 text where the payload is JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bytes(pub Vec<u8>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_stands_twice_is_found_among_few_and_many() {
        for count in [2, FEW_FIELDS, FEW_FIELDS + 1, 200] {
            let names = || (0..count).map(|at| (at.to_string(), Value::Null));
            assert_eq!(names().collect::<Map>().duplicate(), None);
            let twice = names().chain([("1".to_owned(), Value::Null)]).collect::<Map>();
            assert_eq!(twice.duplicate(), Some("1"));
        }
    }
}
