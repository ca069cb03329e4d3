//! What an action, a trigger or a connection asks for, in Activepieces' words.
use std::borrow::Cow;

use crate::{Form, Map, Options, Result, Value};

type Text = Cow<'static, str>;

/// The kinds of properties; what a call hands over for each is in [`PropValue`](crate::PropValue).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyType {
    /// One line of text.
    ShortText,
    /// Several lines of text.
    LongText,
    /// Text with markup.
    RichText,
    /// A text of the form itself; has no value.
    Markdown,
    /// A number.
    Number,
    /// True or false.
    Checkbox,
    /// An ISO 8601 text.
    DateTime,
    /// A span of time.
    DateRange,
    /// A color, as text.
    Color,
    /// A file.
    File,
    /// Any JSON.
    Json,
    /// Named values.
    Object,
    /// A list; with properties a list of objects.
    Array,
    /// One of fixed choices.
    StaticDropdown,
    /// Several of fixed choices.
    StaticMultiSelectDropdown,
    /// One of choices that the piece computes.
    Dropdown,
    /// Several of choices that the piece computes.
    MultiSelectDropdown,
    /// Properties that the piece computes.
    Dynamic,
    /// A text that is never shown again; in connections only.
    SecretText,
}

impl PropertyType {
    pub(crate) fn word(self) -> &'static str {
        match self {
            PropertyType::ShortText => "SHORT_TEXT",
            PropertyType::LongText => "LONG_TEXT",
            PropertyType::RichText => "RICH_TEXT",
            PropertyType::Markdown => "MARKDOWN",
            PropertyType::Number => "NUMBER",
            PropertyType::Checkbox => "CHECKBOX",
            PropertyType::DateTime => "DATE_TIME",
            PropertyType::DateRange => "DATE_RANGE",
            PropertyType::Color => "COLOR",
            PropertyType::File => "FILE",
            PropertyType::Json => "JSON",
            PropertyType::Object => "OBJECT",
            PropertyType::Array => "ARRAY",
            PropertyType::StaticDropdown => "STATIC_DROPDOWN",
            PropertyType::StaticMultiSelectDropdown => "STATIC_MULTI_SELECT_DROPDOWN",
            PropertyType::Dropdown => "DROPDOWN",
            PropertyType::MultiSelectDropdown => "MULTI_SELECT_DROPDOWN",
            PropertyType::Dynamic => "DYNAMIC",
            PropertyType::SecretText => "SECRET_TEXT",
        }
    }
}

pub(crate) enum Source {
    Options(Box<dyn Fn(&Form) -> Result<Options>>),
    Properties(Box<dyn Fn(&Form) -> Result<Properties>>),
}

/// One property. `#[derive(Props)]` makes them of a struct's fields; by hand they are needed where a function computes
/// properties.
pub struct Property {
    pub(crate) kind: PropertyType,
    title: Option<Text>,
    description: Option<Text>,
    required: bool,
    default: Option<Value>,
    /// Of an ARRAY: the shape of its items.
    pub(crate) items: Option<Properties>,
    choices: Option<Options>,
    pub(crate) source: Option<Source>,
    refreshers: Vec<Text>,
    search: bool,
    variant: Option<Text>,
}

impl Property {
    /// Not required, without a default; its title is made of its name.
    pub fn new(kind: PropertyType) -> Self {
        Property {
            kind,
            title: None,
            description: None,
            required: false,
            default: None,
            items: None,
            choices: None,
            source: None,
            refreshers: Vec::new(),
            search: false,
            variant: None,
        }
    }
    /// One of fixed choices.
    pub fn choice(options: impl Into<Options>) -> Self {
        Property { choices: Some(options.into()), ..Property::new(PropertyType::StaticDropdown) }
    }
    /// Several of fixed choices.
    pub fn choices(options: impl Into<Options>) -> Self {
        Property { choices: Some(options.into()), ..Property::new(PropertyType::StaticMultiSelectDropdown) }
    }
    /// A list of objects.
    pub fn array(items: Properties) -> Self {
        Property { items: Some(items), ..Property::new(PropertyType::Array) }
    }
    /// One of choices that `options` computes.
    pub fn dropdown<O: Into<Options>>(options: impl Fn(&Form) -> Result<O> + 'static) -> Self {
        Property::new(PropertyType::Dropdown).options(options)
    }
    /// Properties that `properties` computes.
    pub fn dynamic(properties: impl Fn(&Form) -> Result<Properties> + 'static) -> Self {
        let source = Some(Source::Properties(Box::new(properties)));
        Property { source, ..Property::new(PropertyType::Dynamic) }
    }

    /// Its kind.
    pub fn kind(mut self, kind: PropertyType) -> Self {
        self.kind = kind;
        self
    }
    /// What the form calls it.
    pub fn title(mut self, title: impl Into<Text>) -> Self {
        self.title = Some(title.into());
        self
    }
    /// What the form says about it.
    pub fn description(mut self, description: impl Into<Text>) -> Self {
        self.description = Some(description.into());
        self
    }
    /// A call without it is refused.
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }
    /// The value that an absent one has.
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }
    /// Its choices are computed by `options`: a list becomes a multi-select, anything else a dropdown.
    pub fn options<O: Into<Options>>(mut self, options: impl Fn(&Form) -> Result<O> + 'static) -> Self {
        self.kind = match self.kind {
            PropertyType::Array | PropertyType::StaticMultiSelectDropdown | PropertyType::MultiSelectDropdown => {
                PropertyType::MultiSelectDropdown
            }
            _ => PropertyType::Dropdown,
        };
        (self.items, self.choices) = (None, None);
        self.source = Some(Source::Options(Box::new(move |form| Ok(options(form)?.into()))));
        self
    }
    /// It stands for properties that `properties` computes.
    pub fn properties(mut self, properties: impl Fn(&Form) -> Result<Properties> + 'static) -> Self {
        self.kind = PropertyType::Dynamic;
        self.source = Some(Source::Properties(Box::new(properties)));
        self
    }
    /// Names of properties, or `auth`, whose change computes it anew.
    pub fn refreshers<T: Into<Text>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.refreshers = names.into_iter().map(Into::into).collect();
        self
    }
    /// It is computed anew while the user types: [`Form::search`].
    pub fn search(mut self) -> Self {
        self.search = true;
        self
    }
    /// Of a MARKDOWN text: INFO, WARNING, TIP or BORDERLESS.
    pub fn variant(mut self, variant: impl Into<Text>) -> Self {
        self.variant = Some(variant.into());
        self
    }

    /// Any change of it.
    pub fn with(self, change: impl FnOnce(Self) -> Self) -> Self {
        change(self)
    }

    pub(crate) fn describe(&self, name: &str) -> Value {
        let computed = self.source.is_some();
        Value::record([
            ("type", Some(self.kind.word().into())),
            ("displayName", Some(self.title.as_deref().map_or_else(|| words(name), Value::from))),
            ("description", self.description.as_deref().map(Value::from)),
            ("required", Some(self.required.into())),
            ("defaultValue", self.default.clone()),
            ("variant", self.variant.as_deref().map(Value::from)),
            ("properties", self.items.as_ref().map(Properties::describe)),
            ("options", self.choices.as_ref().map(|options| options.clone().into())),
            (
                "refreshers",
                computed.then(|| Value::List(self.refreshers.iter().map(|name| (&**name).into()).collect())),
            ),
            ("refreshOnSearch", self.search.then_some(Value::Bool(true))),
        ])
    }
}

/// `page_size` → `Page size`
pub(crate) fn words(name: &str) -> Value {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words.into()
}

/// Properties by name, in the order of the form.
#[derive(Default)]
pub struct Properties(Vec<(Text, Property)>);

impl Properties {
    /// None yet.
    pub fn new() -> Self {
        Properties(Vec::new())
    }
    /// One more.
    pub fn with(mut self, name: impl Into<Text>, property: Property) -> Self {
        self.0.push((name.into(), property));
        self
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Takes the property of that name out.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Property> {
        let at = self.0.iter().position(|(one, _)| one == name)?;
        Some(self.0.remove(at).1)
    }
    pub(crate) fn describe(&self) -> Value {
        let described = self.0.iter().map(|(name, property)| (name.clone().into_owned(), property.describe(name)));
        Value::Record(described.collect::<Map>())
    }
}
