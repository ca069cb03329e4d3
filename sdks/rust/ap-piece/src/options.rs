//! What dropdowns offer, and what surrounds the computation of it.
use std::borrow::Cow;

use crate::auth::AuthValue;
use crate::{Result, Value};

/// One choice of a dropdown.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    label: Cow<'static, str>,
    value: Value,
}

impl Choice {
    /// `label` is shown, `value` is what the action is handed.
    pub fn new(label: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Choice { label: label.into(), value: value.into() }
    }
}

/// What a dropdown shows: its choices, or why it has none. A list of [`Choice`] is one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    choices: Vec<Choice>,
    disabled: bool,
    placeholder: Option<Cow<'static, str>>,
}

impl Options {
    /// Nothing to choose now; `placeholder` says why: "connect first".
    pub fn disabled(placeholder: impl Into<Cow<'static, str>>) -> Self {
        Options { choices: Vec::new(), disabled: true, placeholder: Some(placeholder.into()) }
    }
    /// What an empty field shows.
    pub fn placeholder(mut self, placeholder: impl Into<Cow<'static, str>>) -> Self {
        self.placeholder = Some(placeholder.into());
        self
    }
}

impl From<Vec<Choice>> for Options {
    fn from(choices: Vec<Choice>) -> Self {
        Options { choices, ..Options::default() }
    }
}

impl From<Options> for Value {
    fn from(Options { choices, disabled, placeholder }: Options) -> Value {
        let choice = |Choice { label, value }| {
            Value::record([("label", Some(label.into_owned().into())), ("value", Some(value))])
        };
        Value::record([
            ("options", Some(Value::List(choices.into_iter().map(choice).collect()))),
            ("disabled", disabled.then_some(Value::Bool(true))),
            ("placeholder", placeholder.map(|text| text.into_owned().into())),
        ])
    }
}

/// An enum without fields as the choices of a dropdown: `#[derive(Choices)]`. A variant's value is its name in snake_case,
/// its label its doc comment; `#[choice(label = "…", value = …)]` says otherwise.
pub trait Choices: Sized {
    /// All of them, in order.
    fn all() -> Vec<Choice>;
    /// The one of that value.
    fn from_value(value: &Value) -> Option<Self>;
    /// Its value.
    fn to_value(&self) -> Value;
}

/// A form as far as it is filled, while options or properties are computed.
pub struct Form {
    pub(crate) values: crate::Map,
    pub(crate) auth: Value,
    pub(crate) search: Option<String>,
}

impl Form {
    /// The value of another property; null where it has none.
    pub fn value(&self, name: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.values.get(name).unwrap_or(&NULL)
    }
    /// What the user typed, for a property with `search`.
    pub fn search(&self) -> Option<&str> {
        self.search.as_deref()
    }
    /// The connection's value; none where nobody has connected yet. Fails with `invalid_input` if it is of another kind.
    pub fn auth<A: AuthValue>(&self) -> Result<Option<A>> {
        match self.auth.is_null() {
            true => Ok(None),
            false => A::read(&self.auth).map(Some),
        }
    }
}
