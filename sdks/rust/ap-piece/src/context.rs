//! What the functions of a piece are handed beside their properties.
use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::auth::AuthValue;
use crate::payload::{self, Encoding};
use crate::{host, instant, Failure, Map, Result, Value};

/// An HTTP answer: status 200, no headers and an empty body unless said otherwise.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Response {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    headers: Map,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
}

impl Response {
    /// An empty one.
    pub fn new() -> Self {
        Response::default()
    }
    /// Its status.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
    /// One more header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }
    /// Its body: a text as it is, anything else as JSON.
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = Some(body.into());
        self
    }
    /// With the status said, which a caller of it reads.
    pub(crate) fn complete(mut self) -> Self {
        self.status.get_or_insert(200);
        self
    }
}

impl From<Response> for Value {
    fn from(Response { status, headers, body }: Response) -> Value {
        Value::record([
            ("status", status.map(Value::from)),
            ("headers", (!headers.is_empty()).then(|| headers.into())),
            ("body", body),
        ])
    }
}

/// What a webhook received.
#[derive(Clone, Debug, Default)]
pub struct WebhookPayload {
    /// The body, read by its type.
    pub body: Value,
    /// The body as it came, where the caller kept it: what signatures are made of.
    pub raw_body: Value,
    headers: Map,
    query: Map,
}

impl WebhookPayload {
    pub(crate) fn read(mut value: Value) -> Self {
        let Value::Record(map) = &mut value else { return WebhookPayload::default() };
        let record = |value: Value| value.as_record().cloned().unwrap_or_default();
        WebhookPayload {
            body: map.take("body"),
            raw_body: map.take("rawBody"),
            headers: record(map.take("headers")),
            query: record(map.take("queryParams")),
        }
    }
    /// The header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
    }
    /// The parameter of the address.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).and_then(Value::as_str)
    }
    /// All headers.
    pub fn headers(&self) -> &Map {
        &self.headers
    }
    /// All parameters of the address.
    pub fn query_params(&self) -> &Map {
        &self.query
    }
}

/// How often a polling trigger is run.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// By the clock: five fields, and a zone such as `Europe/Berlin`; UTC without one.
    Cron(&'static str, Option<&'static str>),
    /// After each such time.
    Every(Duration),
}

/// What `on_enable` asks for beside its work.
#[derive(Default)]
struct Enabled {
    schedule: Option<Value>,
    listeners: Vec<Value>,
}

/// What surrounds a call.
pub struct Context {
    auth: Value,
    run: Value,
    webhook_url: String,
    payload: WebhookPayload,
    encoding: Encoding,
    enabled: RefCell<Enabled>,
    pub(crate) seen: RefCell<Value>,
}

impl Context {
    /// Of the input of an action or trigger; gives the values of its properties apart.
    pub(crate) fn read(mut input: Map, encoding: Encoding) -> (Self, Value) {
        let context = Context {
            auth: input.take("auth"),
            run: input.take("run"),
            webhook_url: input.take("webhookUrl").as_str().unwrap_or_default().to_owned(),
            payload: WebhookPayload::read(input.take("payload")),
            encoding,
            enabled: RefCell::default(),
            seen: RefCell::default(),
        };
        (context, input.take("props"))
    }
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }
    pub(crate) fn has_auth(&self) -> bool {
        !self.auth.is_null()
    }

    /// The connection's value: [`SecretText`](crate::SecretText), [`OAuth2`](crate::OAuth2), … or your own struct of
    /// properties. Fails with `invalid_input` without one, or if it is of another kind.
    pub fn auth<A: AuthValue>(&self) -> Result<A> {
        match self.auth.is_null() {
            true => Err(auth_required()),
            false => A::read(&self.auth),
        }
    }
    /// The kind of the connection as the call has it: SECRET_TEXT, PLATFORM_OAUTH2 …; none without one.
    pub fn auth_type(&self) -> Option<&str> {
        self.auth["type"].as_str()
    }

    /// The run's id.
    pub fn run_id(&self) -> &str {
        self.run["id"].as_str().unwrap_or_default()
    }
    /// 1 at the first try.
    pub fn attempt(&self) -> u64 {
        self.run["attempt"].as_u64().unwrap_or(1)
    }
    /// True when the call tests the piece and should change little outside.
    pub fn testing(&self) -> bool {
        self.run["testing"].as_bool().unwrap_or(false)
    }
    /// When the call is cut off; none when the caller did not say.
    pub fn deadline(&self) -> Option<SystemTime> {
        let deadline = &self.run["deadline"];
        let ms = deadline.as_u64().or_else(|| deadline.as_str().and_then(instant::from_iso))?;
        Some(UNIX_EPOCH + Duration::from_millis(ms))
    }
    /// The project that the flow belongs to.
    pub fn project_id(&self) -> &str {
        self.run["projectId"].as_str().unwrap_or("default")
    }
    /// The flow.
    pub fn flow_id(&self) -> Option<&str> {
        self.run["flowId"].as_str()
    }
    /// The step of the flow.
    pub fn step_name(&self) -> Option<&str> {
        self.run["stepName"].as_str()
    }
    /// What ended the pause, if the action is called again after one.
    pub fn resumed(&self) -> Option<&Value> {
        (self.run["executionType"].as_str() == Some("RESUME")).then(|| &self.run["resumePayload"])
    }
    /// The address that ends a pause for a webhook, with the parameters given. Fails with `not_supported` where the caller
    /// gave none.
    pub fn resume_url(&self, query: &[(&str, &str)]) -> Result<String> {
        match self.run["resumeUrl"].as_str() {
            Some(url) => Ok(crate::http::url::with_query(url, query)),
            None => Err(Failure::new(
                "not_supported",
                "this run cannot be resumed by a webhook: its caller gave no resumeUrl",
            )),
        }
    }

    /// Answers the HTTP request that started the run; at most once.
    pub fn respond(&self, response: Response) -> Result<()> {
        host::run::respond(&payload::encode(self.encoding, &response)?)
    }
    /// Ends the run as a success after this action.
    pub fn stop(&self, response: Option<Response>) -> Result<()> {
        host::run::stop(self.encoded(response)?.as_deref())
    }
    /// Pauses the run until a moment; then the action is called again: [`Context::resumed`].
    pub fn wait_until(&self, moment: SystemTime) -> Result<()> {
        let past = |_| Failure::new("invalid_input", "the moment to wait for is before 1970");
        let since = moment.duration_since(UNIX_EPOCH).map_err(past)?;
        host::run::wait_until(since.as_nanos().div_ceil(1_000_000) as u64)
    }
    /// Pauses the run until somebody calls the URL that is returned; then the action is called again with what they sent.
    pub fn wait_for_webhook(&self, response: Option<Response>) -> Result<String> {
        host::run::wait_for_webhook(self.encoded(response)?.as_deref())
    }
    fn encoded(&self, response: Option<Response>) -> Result<Option<Vec<u8>>> {
        response.map(|response| payload::encode(self.encoding, &response)).transpose()
    }

    /// Of a trigger: the address that its app calls; empty where there is none.
    pub fn webhook_url(&self) -> &str {
        &self.webhook_url
    }
    /// Of a webhook: what it received.
    pub fn payload(&self) -> &WebhookPayload {
        &self.payload
    }
    /// In `on_enable` and `on_start`: how often a polling trigger is run.
    pub fn set_schedule(&self, schedule: Schedule) {
        let schedule = match schedule {
            Schedule::Cron(expression, zone) => {
                Value::record([("cronExpression", Some(expression.into())), ("timezone", zone.map(Value::from))])
            }
            Schedule::Every(interval) => Value::record([("intervalMs", Some((interval.as_millis() as u64).into()))]),
        };
        self.enabled.borrow_mut().schedule = Some(schedule);
    }
    /// In `on_enable` of an app's webhook: which events of the app belong to this flow.
    pub fn listen(&self, events: &[&str], identifier: impl Into<String>) {
        let listener = Value::record([
            ("events", Some(events.to_vec().into())),
            ("identifierValue", Some(identifier.into().into())),
        ]);
        self.enabled.borrow_mut().listeners.push(listener);
    }
    /// What the hook asks for; null: nothing.
    pub(crate) fn enabled(&self) -> Value {
        let Enabled { schedule, listeners } = self.enabled.take();
        if schedule.is_none() && listeners.is_empty() {
            return Value::Null;
        }
        Value::record([
            ("schedule", schedule),
            ("listeners", (!listeners.is_empty()).then_some(Value::List(listeners))),
        ])
    }

    /// While a trigger polls by [`Item`](crate::Item): the id of the newest one seen; null without one.
    pub fn last_item(&self) -> Value {
        self.seen.borrow().clone()
    }
    /// While a trigger polls by [`Timed`](crate::Timed): the newest moment seen, in milliseconds since 1970; 0 without one.
    pub fn last_poll(&self) -> u64 {
        self.seen.borrow().as_u64().unwrap_or(0)
    }
}

pub(crate) fn auth_required() -> Failure {
    let violation = Value::record([("path", Some("auth".into())), ("message", Some("is required".into()))]);
    Failure::new("invalid_input", "auth is required: choose a connection")
        .detail(Value::record([("violations", Some(vec![violation].into()))]))
}
