//! What actions and triggers say of themselves alike.
use std::borrow::Cow;

use crate::{Map, Properties, Value};

type Text = Cow<'static, str>;

/// Who an action or trigger is offered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// People who build flows.
    Human,
    /// Language models.
    Ai,
    /// Both.
    Both,
}

pub(crate) struct Callable {
    pub name: Text,
    title: Option<Text>,
    description: Text,
    pub properties: fn() -> Properties,
    require_auth: Option<bool>,
    /// By their words in the description.
    more: Map,
    ai: Map,
}

impl Callable {
    pub fn new(name: Text, properties: fn() -> Properties) -> Self {
        let (more, ai) = (Map::new(), Map::new());
        Callable { name, title: None, description: Text::Borrowed(""), properties, require_auth: None, more, ai }
    }
    pub fn require_auth(&self, has_auth: bool) -> bool {
        self.require_auth.unwrap_or(has_auth)
    }
    pub fn set(&mut self, word: &str, value: Value) {
        self.more.insert(word, value);
    }
    /// One switch of `errorHandlingOptions`.
    pub fn switch(&mut self, name: &str, toggle: Value) {
        let mut switches = self.more.take("errorHandlingOptions").as_record().cloned().unwrap_or_default();
        switches.insert(name, toggle);
        self.set("errorHandlingOptions", switches.into());
    }
    pub fn set_title(&mut self, title: Text) {
        self.title = Some(title);
    }
    pub fn set_description(&mut self, description: Text) {
        self.description = description;
    }
    pub fn set_require_auth(&mut self, required: bool) {
        self.require_auth = Some(required);
    }
    pub fn set_audience(&mut self, audience: Audience) {
        let word = match audience {
            Audience::Human => "human",
            Audience::Ai => "ai",
            Audience::Both => "both",
        };
        self.set("audience", word.into());
    }
    pub fn set_ai(&mut self, word: &str, value: Value) {
        self.ai.insert(word, value);
    }

    pub fn describe(&self, has_auth: bool) -> Map {
        let mut described = Map::new();
        let title = self.title.as_deref().map_or_else(|| crate::property::words(&self.name), Value::from);
        described.insert("displayName", title);
        described.insert("description", &*self.description);
        described.insert("props", (self.properties)().describe());
        described.insert("requireAuth", self.require_auth(has_auth));
        for (word, value) in self.more.iter() {
            described.insert(word, value.clone());
        }
        if !self.ai.is_empty() {
            described.insert("aiMetadata", self.ai.clone());
        }
        described
    }
}

/// The words of the builders of actions and triggers.
macro_rules! described {
    ($kind:ty, [$($generics:tt)*]) => {
        impl $($generics)* $kind {
            /// What people call it; made of its name unless said.
            pub fn title(mut self, title: impl Into<std::borrow::Cow<'static, str>>) -> Self {
                self.about.set_title(title.into());
                self
            }
            /// What it does, in a sentence or two.
            pub fn description(mut self, description: impl Into<std::borrow::Cow<'static, str>>) -> Self {
                self.about.set_description(description.into());
                self
            }
            /// False when it also works without a connection. True unless said, if the piece has one.
            pub fn require_auth(mut self, required: bool) -> Self {
                self.about.set_require_auth(required);
                self
            }
            /// The fields of its result, for the form that shows it: `{ fields: [{ key, label, … }], itemLabel? }`.
            pub fn output_schema(mut self, schema: impl Into<$crate::Value>) -> Self {
                self.about.set("outputSchema", schema.into());
                self
            }
            /// JSON Schema of its result.
            pub fn output_json_schema(mut self, schema: impl Into<$crate::Value>) -> Self {
                self.about.set("outputJsonSchema", schema.into());
                self
            }
            /// A result to show before there is a real one.
            pub fn sample_output(mut self, sample: impl Into<$crate::Value>) -> Self {
                self.about.set("sampleOutput", sample.into());
                self
            }
            /// Who it is offered to.
            pub fn audience(mut self, audience: $crate::Audience) -> Self {
                self.about.set_audience(audience);
                self
            }
            /// What a language model should know about it.
            pub fn ai(mut self, description: impl Into<String>) -> Self {
                self.about.set_ai("description", description.into().into());
                self
            }
            /// Whether doing it twice does no more than once.
            pub fn idempotent(mut self, idempotent: bool) -> Self {
                self.about.set_ai("idempotent", idempotent.into());
                self
            }
        }
    };
}
pub(crate) use described;
