//! From the values of a call to the struct that an action is handed: every violation at once, each with its path.
use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::sentences;
use crate::payload;
use crate::{Choices, Failure, Map, Properties, Property, PropertyType, Result, Value};

/// A struct of properties: `#[derive(Props)]`.
pub trait Props: Sized {
    /// As the form asks for them.
    fn properties() -> Properties;
    /// Reads the values, null where one is absent; adds to `violations` what is wrong, and then gives none.
    fn read(values: Map, at: &Path<'_>, violations: &mut Violations) -> Option<Self>;
}

/// Nothing is asked for.
impl Props for () {
    fn properties() -> Properties {
        Properties::new()
    }
    fn read(_: Map, _: &Path<'_>, _: &mut Violations) -> Option<Self> {
        Some(())
    }
}

/// Where a value stands: `props.rows[0].name`.
pub enum Path<'a> {
    /// The whole.
    Root(&'a str),
    /// A field of it.
    Key(&'a Path<'a>, &'a str),
    /// An item of it.
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root(name) => f.write_str(name),
            Path::Key(parent, key) => write!(f, "{parent}.{key}"),
            Path::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// What is wrong with the values of a call.
#[derive(Default)]
pub struct Violations(Vec<(String, String)>);

impl Violations {
    /// One more.
    pub fn add(&mut self, at: &Path<'_>, message: impl Into<String>) {
        self.0.push((at.to_string(), message.into()));
    }
    fn failure(self) -> Failure {
        let sentences = sentences(self.0.iter().map(|(path, message)| format!("{path} {message}")));
        let each = |(path, message): (String, String)| {
            Value::record([("path", Some(path.into())), ("message", Some(message.into()))])
        };
        let violations = Value::List(self.0.into_iter().map(each).collect());
        Failure::new("invalid_input", sentences).detail(Value::record([("violations", Some(violations))]))
    }
}

/// The values as the struct; else `invalid_input` that names every wrong one by its path.
pub(crate) fn read<P: Props>(values: Value, root: &str) -> Result<P> {
    let values = match values {
        Value::Record(map) => map,
        _ => Map::new(),
    };
    let mut violations = Violations::default();
    match P::read(values, &Path::Root(root), &mut violations) {
        Some(props) if violations.0.is_empty() => Ok(props),
        _ => Err(violations.failure()),
    }
}

/// A refusal of one value.
pub(crate) fn violation(path: &str, message: &str) -> Failure {
    let mut violations = Violations::default();
    violations.add(&Path::Root(path), message);
    violations.failure()
}

/// A Rust type that a property can hold.
///
/// | type | property |
/// |---|---|
/// | `String` | SHORT_TEXT; `#[prop(kind = LongText)]` and its like make it another text |
/// | integers, `f32`, `f64` | NUMBER |
/// | `bool` | CHECKBOX |
/// | [`Value`], `serde_json::Value`, [`Json<T>`] | JSON |
/// | [`Map`], `BTreeMap<String, _>` | OBJECT |
/// | `Vec<T>` | ARRAY; with properties if `T` has them; STATIC_MULTI_SELECT_DROPDOWN if it is of [`Choices`] |
/// | an enum of [`Choices`] | STATIC_DROPDOWN |
/// | [`File`](crate::File) | FILE |
/// | [`DateRange`] | DATE_RANGE |
/// | [`Markdown`] | MARKDOWN |
/// | `Option<T>` | the same, not required |
pub trait PropValue: Sized {
    /// The property that holds it.
    fn property() -> Property;
    /// The property that holds a list of it.
    fn list() -> Property {
        Property::new(PropertyType::Array).required(true)
    }
    /// Reads it; null is absent. Adds to `violations` what is wrong, and then gives none.
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self>;
}

/// Says what a value must be, or that it is required.
pub(crate) fn refuse<T>(value: &Value, expected: &str, at: &Path<'_>, violations: &mut Violations) -> Option<T> {
    match value.is_null() {
        true => violations.add(at, "is required"),
        false => violations.add(at, format!("must be {expected}")),
    }
    None
}

impl PropValue for String {
    fn property() -> Property {
        Property::new(PropertyType::ShortText).required(true)
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            other => refuse(&other, "text", at, violations),
        }
    }
}

impl PropValue for bool {
    fn property() -> Property {
        Property::new(PropertyType::Checkbox).required(true)
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        value.as_bool().or_else(|| refuse(&value, "true or false", at, violations))
    }
}

/// Numbers arrive as text from forms. They are read as those of JSON are: the reader of the standard library would be 15 KB of
/// every piece.
fn number(value: Value) -> Value {
    let Value::Text(text) = &value else { return value };
    let read = json_number(text.trim()).and_then(|json| payload::from_json::<Value>(json.as_bytes()).ok());
    read.and_then(|number| number.as_f64()).map_or(value, Value::from)
}

/// What people write and JSON does not: `+5`, `.5`, `5.` and `007`.
fn json_number(text: &str) -> Option<String> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, text) = text.split_at(digits(text));
    let (fraction, exponent) = match text.strip_prefix('.') {
        Some(text) => text.split_at(digits(text)),
        None => ("", text),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    // Without a fraction it is an integer, and exact.
    let (point, fraction) = match fraction.trim_end_matches('0') {
        "" => ("", ""),
        fraction => (".", fraction),
    };
    Some(format!("{sign}{whole}{point}{fraction}{exponent}"))
}

impl PropValue for f64 {
    fn property() -> Property {
        Property::new(PropertyType::Number).required(true)
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let value = number(value);
        value.as_f64().or_else(|| refuse(&value, "a number", at, violations))
    }
}

impl PropValue for f32 {
    fn property() -> Property {
        f64::property()
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        f64::read(value, at, violations).map(|number| number as f32)
    }
}

macro_rules! integers {
    ($($type:ty)*) => {
        $(impl PropValue for $type {
            fn property() -> Property {
                f64::property()
            }
            fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
                let value = number(value);
                let fits = match value {
                    Value::Int(number) => <$type>::try_from(number).ok(),
                    Value::UInt(number) => <$type>::try_from(number).ok(),
                    Value::Float(_) => None,
                    _ => return refuse(&value, "a number", at, violations),
                };
                if fits.is_none() {
                    violations.add(at, format!("must be a whole number from {} to {}", <$type>::MIN, <$type>::MAX));
                }
                fits
            }
        })*
    };
}
integers! { u8 u16 u32 u64 usize i8 i16 i32 i64 }

impl PropValue for Value {
    fn property() -> Property {
        Property::new(PropertyType::Json).required(true)
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        match value.is_null() {
            true => refuse(&value, "", at, violations),
            false => Some(value),
        }
    }
}

impl PropValue for serde_json::Value {
    fn property() -> Property {
        Value::property()
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        Value::read(value, at, violations).map(Into::into)
    }
}

/// JSON that is read by serde.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> PropValue for Json<T> {
    fn property() -> Property {
        Value::property()
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let value = Value::read(value, at, violations)?;
        match serde_json::from_value(value.into()) {
            Ok(read) => Some(Json(read)),
            Err(error) => {
                violations.add(at, format!("does not fit: {error}"));
                None
            }
        }
    }
}

impl PropValue for Map {
    fn property() -> Property {
        Property::new(PropertyType::Object).required(true)
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        match value {
            Value::Record(map) => Some(map),
            other => refuse(&other, "an object", at, violations),
        }
    }
}

impl<T: PropValue> PropValue for BTreeMap<String, T> {
    fn property() -> Property {
        Map::property()
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let read = Map::read(value, at, violations)?.into_iter().map(|(key, value)| {
            let value = T::read(value, &Path::Key(at, &key), violations);
            Some((key, value?))
        });
        // Each is read before one that failed ends it.
        read.collect::<Vec<_>>().into_iter().collect()
    }
}

impl<T: PropValue> PropValue for Vec<T> {
    fn property() -> Property {
        T::list()
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let Value::List(items) = value else { return refuse(&value, "a list", at, violations) };
        let mut read = Vec::with_capacity(items.len());
        let mut whole = true;
        for (index, item) in items.into_iter().enumerate() {
            match T::read(item, &Path::Item(at, index), violations) {
                Some(item) => read.push(item),
                None => whole = false,
            }
        }
        whole.then_some(read)
    }
}

impl<T: PropValue> PropValue for Option<T> {
    fn property() -> Property {
        T::property().required(false)
    }
    fn list() -> Property {
        T::list()
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        match value.is_null() {
            true => Some(None),
            false => T::read(value, at, violations).map(Some),
        }
    }
}

/// A text of the form itself, its doc comment; it has no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Markdown;

impl PropValue for Markdown {
    fn property() -> Property {
        Property::new(PropertyType::Markdown).title("Markdown").variant("INFO")
    }
    fn read(_: Value, _: &Path<'_>, _: &mut Violations) -> Option<Self> {
        Some(Markdown)
    }
}

/// A span of time: a named one, or its ends as ISO 8601 texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DateRange {
    /// any_time, last_24_hours, last_7_days, last_30_days, last_90_days, this_month or custom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Its begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

impl PropValue for DateRange {
    fn property() -> Property {
        Property::new(PropertyType::DateRange).required(true)
    }
    fn read(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let mut map = Map::read(value, at, violations)?;
        let mut end = |name: &str| Option::<String>::read(map.take(name), &Path::Key(at, name), violations);
        let (preset, after, before) = (end("preset"), end("after"), end("before"));
        Some(DateRange { preset: preset?, after: after?, before: before? })
    }
}

impl From<DateRange> for Value {
    fn from(range: DateRange) -> Value {
        Value::record([
            ("preset", range.preset.map(Value::from)),
            ("after", range.after.map(Value::from)),
            ("before", range.before.map(Value::from)),
        ])
    }
}

/// What `#[derive(Choices)]` makes of an enum's property.
#[doc(hidden)]
pub fn read_choice<C: Choices>(value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<C> {
    C::from_value(&value).or_else(|| refuse(&value, "one of its options", at, violations))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_a_number_as_people_write_it() {
        for text in ["0", "-0", "7", "+7", "007", "-5.", ".5", "1.50", " 2e3 ", "1E+2", "-.25e-1", "9007199254740991.0"]
        {
            let read = text.trim().parse::<f64>().map(Value::from);
            assert_eq!(Ok(number(text.into())), read, "{text}");
        }
        for text in ["", "+", "-", ".", "e5", "1e", "1e999", "0x10", "1_000", "1,5", "inf", "NaN", "+-5", "5]", "[5]"] {
            assert_eq!(number(text.into()), Value::from(text));
        }
    }
}
