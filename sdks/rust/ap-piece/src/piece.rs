//! A piece as a whole. Its name and version stand in piece.json alone.
use std::borrow::Cow;

use crate::auth::{AnyConnection, AuthValue};
use crate::failure::sentences;
use crate::trigger::AnyTrigger;
use crate::{Action, Connection, Encoding, Map, Props, Response, Result, Trigger, Value, WebhookPayload};

type Text = Cow<'static, str>;

/// Shelves of the catalogue.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    ArtificialIntelligence,
    Communication,
    Commerce,
    Core,
    UniversalAi,
    FlowControl,
    BusinessIntelligence,
    Accounting,
    Productivity,
    ContentAndFiles,
    DeveloperTools,
    CustomerSupport,
    FormsAndSurveys,
    HumanResources,
    PaymentProcessing,
    Marketing,
    SalesAndCrm,
}

impl Category {
    fn word(self) -> &'static str {
        match self {
            Category::ArtificialIntelligence => "ARTIFICIAL_INTELLIGENCE",
            Category::Communication => "COMMUNICATION",
            Category::Commerce => "COMMERCE",
            Category::Core => "CORE",
            Category::UniversalAi => "UNIVERSAL_AI",
            Category::FlowControl => "FLOW_CONTROL",
            Category::BusinessIntelligence => "BUSINESS_INTELLIGENCE",
            Category::Accounting => "ACCOUNTING",
            Category::Productivity => "PRODUCTIVITY",
            Category::ContentAndFiles => "CONTENT_AND_FILES",
            Category::DeveloperTools => "DEVELOPER_TOOLS",
            Category::CustomerSupport => "CUSTOMER_SUPPORT",
            Category::FormsAndSurveys => "FORMS_AND_SURVEYS",
            Category::HumanResources => "HUMAN_RESOURCES",
            Category::PaymentProcessing => "PAYMENT_PROCESSING",
            Category::Marketing => "MARKETING",
            Category::SalesAndCrm => "SALES_AND_CRM",
        }
    }
}

/// What one call of an app's URL means.
pub enum Event {
    /// An event, and whose: the identifier that a flow listens for.
    Of {
        /// Its name.
        event: String,
        /// The team, account or the like that it belongs to.
        identifier: String,
    },
    /// No event but a handshake: the answer to it.
    Reply(Response),
}

pub(crate) struct Events {
    pub parse: Box<dyn Fn(&WebhookPayload) -> Result<Event>>,
    pub verify: Box<dyn Fn(&WebhookPayload, &str) -> Result<bool>>,
}

/// A piece: its connections, actions and triggers. [`piece!`](crate::piece!) makes the component of it.
pub struct Piece {
    title: Text,
    description: Text,
    logo_url: Option<Text>,
    authors: Vec<Text>,
    categories: Vec<Category>,
    pub(crate) encoding: Encoding,
    pub(crate) auth: Vec<AnyConnection>,
    pub(crate) actions: Vec<Action>,
    pub(crate) triggers: Vec<Box<dyn AnyTrigger>>,
    pub(crate) events: Option<Events>,
}

impl Piece {
    /// What people call it.
    pub fn new(title: impl Into<Text>) -> Self {
        Piece {
            title: title.into(),
            description: Text::Borrowed(""),
            logo_url: None,
            authors: Vec::new(),
            categories: Vec::new(),
            encoding: Encoding::default(),
            auth: Vec::new(),
            actions: Vec::new(),
            triggers: Vec::new(),
            events: None,
        }
    }
    /// What it is good for, in a sentence or two.
    pub fn description(mut self, description: impl Into<Text>) -> Self {
        self.description = description.into();
        self
    }
    /// An image at an address; `icon.png` beside piece.json is the better one.
    pub fn logo_url(mut self, url: impl Into<Text>) -> Self {
        self.logo_url = Some(url.into());
        self
    }
    /// One more author.
    pub fn author(mut self, author: impl Into<Text>) -> Self {
        self.authors.push(author.into());
        self
    }
    /// One more shelf of the catalogue.
    pub fn category(mut self, category: Category) -> Self {
        self.categories.push(category);
        self
    }
    /// JSON unless said.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }
    /// A connection that it takes; several of different kinds may stand.
    pub fn auth<V: AuthValue>(mut self, connection: Connection<V>) -> Self {
        self.auth.push(connection.into_any());
        self
    }
    /// One more action.
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
    /// One more trigger.
    pub fn trigger<P: Props + 'static>(mut self, trigger: Trigger<P>) -> Self {
        self.triggers.push(trigger.into_any());
        self
    }
    /// For triggers of [`Strategy::AppWebhook`](crate::Strategy): what a call of the app's URL means, and whether the app
    /// really sent it; the second is handed the app's signing secret.
    pub fn events(
        mut self,
        parse: impl Fn(&WebhookPayload) -> Result<Event> + 'static,
        verify: impl Fn(&WebhookPayload, &str) -> Result<bool> + 'static,
    ) -> Self {
        self.events = Some(Events { parse: Box::new(parse), verify: Box::new(verify) });
        self
    }

    pub(crate) fn has_auth(&self) -> bool {
        !self.auth.is_empty()
    }

    /// What is wrong with it and could not be seen in the description.
    fn faults(&self) -> Vec<String> {
        let actions = self.actions.iter().map(|action| ("action", &*action.about.name));
        let triggers = self.triggers.iter().map(|trigger| ("trigger", &*trigger.about().name));
        let names: Vec<(&str, &str)> = actions.chain(triggers).collect();
        let twice = names.iter().enumerate().filter(|(at, name)| names[..*at].contains(name));
        twice.map(|(_, (kind, name))| format!("two {kind}s are named \"{name}\"")).collect()
    }

    /// What `describe` returns; a failure names every fault.
    pub(crate) fn describe(&self) -> Result<Value> {
        let faults = self.faults();
        if !faults.is_empty() {
            return Err(crate::Failure::new("invalid_definition", sentences(faults.into_iter())));
        }
        let has_auth = self.has_auth();
        let texts = |texts: &[Text]| Value::List(texts.iter().map(|text| (&**text).into()).collect());
        let actions = self.actions.iter().map(|one| (one.about.name.to_string(), one.about.describe(has_auth).into()));
        let triggers = self.triggers.iter().map(|one| (one.about().name.to_string(), one.describe(has_auth)));
        let sdk = [("language", Some("rust".into())), ("version", Some(env!("CARGO_PKG_VERSION").into()))];
        Ok(Value::record([
            ("contract", Some("0.1".into())),
            ("encoding", Some(self.encoding.word().into())),
            ("sdk", Some(Value::record(sdk))),
            ("displayName", Some((&*self.title).into())),
            ("description", Some((&*self.description).into())),
            ("logoUrl", self.logo_url.as_deref().map(Value::from)),
            ("authors", Some(texts(&self.authors))),
            ("categories", Some(Value::List(self.categories.iter().map(|one| one.word().into()).collect()))),
            ("auth", has_auth.then(|| Value::List(self.auth.iter().map(AnyConnection::describe).collect()))),
            ("actions", Some(Value::Record(actions.collect::<Map>()))),
            ("triggers", Some(Value::Record(triggers.collect::<Map>()))),
        ]))
    }
}
