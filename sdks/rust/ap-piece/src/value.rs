//! A value as payloads hold it: JSON, and bytes and exact 64-bit integers beside.
use std::fmt;
use std::ops::Index;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};

use crate::base64;

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
    pub(crate) fn record<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
        let kept = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Value::Record(kept.collect())
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
        if self.0.len() < 2 {
            return None;
        }
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
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

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_bytes(&self.0, serializer)
    }
}

fn write_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match serializer.is_human_readable() {
        true => serializer.serialize_str(&base64::encode(bytes)),
        false => serializer.serialize_bytes(bytes),
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::UInt(number) => serializer.serialize_u64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Bytes(bytes) => write_bytes(bytes, serializer),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Value::Record(map) => map.serialize(serializer),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader { depth: 0 }.deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Record(map) => Ok(map),
            _ => Err(de::Error::custom("expected an object")),
        }
    }
}

/// Counts how deep it is.
struct Reader {
    depth: usize,
}

impl Reader {
    fn inner<E: de::Error>(&self) -> Result<Reader, E> {
        match self.depth < MAX_NESTING {
            true => Ok(Reader { depth: self.depth + 1 }),
            false => Err(E::custom(format_args!("nested deeper than {MAX_NESTING}"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self.inner()?)? {
            items.push(item);
        }
        // An empty list is a level too.
        self.inner::<A::Error>()?;
        Ok(Value::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let inner = self.inner::<A::Error>()?.depth;
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            map.0.push((name, fields.next_value_seed(Reader { depth: inner })?));
        }
        match map.duplicate() {
            Some(name) => Err(de::Error::custom(format_args!("the key \"{name}\" stands twice"))),
            None => Ok(Value::Record(map)),
        }
    }
}
