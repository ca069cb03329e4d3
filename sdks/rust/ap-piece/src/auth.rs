//! The connections that a piece can ask for, and the values that calls hand over for them.
use std::borrow::Cow;

use crate::props::{self, violation};
use crate::{Failure, Map, Properties, Props, Result, Value};

type Text = Cow<'static, str>;

/// A connection's value as a call hands it over: [`SecretText`], [`BasicAuth`], [`OAuth2`], [`Oidc`], or a struct of
/// [`Props`] for a connection of your own.
pub trait AuthValue: Sized {
    /// Reads it; `invalid_input` if it is of another kind.
    fn read(value: &Value) -> Result<Self>;
}

/// One secret: an API key, a token.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretText {
    /// The secret.
    pub secret_text: String,
}

/// A user name and a password.
#[derive(Clone, Debug, PartialEq)]
pub struct BasicAuth {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
}

/// An account by OAuth 2; its token is refreshed before the piece is called.
#[derive(Clone, Debug, PartialEq)]
pub struct OAuth2<P = ()> {
    /// What requests carry.
    pub access_token: String,
    /// The connection's own properties.
    pub props: P,
    /// All of it: `token_url`, `scope`, `data` …
    pub whole: Value,
}

/// An identity by OpenID Connect: the caller identifies itself by a signed token.
#[derive(Clone, Debug, PartialEq)]
pub struct Oidc<P = ()> {
    /// The connection's own properties.
    pub props: P,
}

fn text(value: &Value, field: &str) -> Result<String> {
    match value[field].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(violation(&format!("auth.{field}"), "is required")),
    }
}

fn own<P: Props>(value: &Value) -> Result<P> {
    props::read(value["props"].clone(), "auth.props")
}

fn expect(value: &Value, kind: &str) -> Result<()> {
    let given = value["type"].as_str().unwrap_or("unknown");
    match kind_of(given) == kind {
        true => Ok(()),
        false => Err(violation("auth.type", &format!("must be {kind}, not {given}"))),
    }
}

/// CLOUD_OAUTH2 and PLATFORM_OAUTH2 are OAUTH2 by another owner.
fn kind_of(given: &str) -> &str {
    match given.ends_with("OAUTH2") {
        true => "OAUTH2",
        false => given,
    }
}

impl AuthValue for SecretText {
    fn read(value: &Value) -> Result<Self> {
        expect(value, "SECRET_TEXT")?;
        Ok(SecretText { secret_text: text(value, "secret_text")? })
    }
}
impl AuthValue for BasicAuth {
    fn read(value: &Value) -> Result<Self> {
        expect(value, "BASIC_AUTH")?;
        Ok(BasicAuth { username: text(value, "username")?, password: text(value, "password")? })
    }
}
impl<P: Props> AuthValue for OAuth2<P> {
    fn read(value: &Value) -> Result<Self> {
        expect(value, "OAUTH2")?;
        Ok(OAuth2 { access_token: text(value, "access_token")?, props: own(value)?, whole: value.clone() })
    }
}
impl<P: Props> AuthValue for Oidc<P> {
    fn read(value: &Value) -> Result<Self> {
        expect(value, "OIDC")?;
        Ok(Oidc { props: own(value)? })
    }
}
impl<P: Props> AuthValue for P {
    fn read(value: &Value) -> Result<Self> {
        expect(value, "CUSTOM_AUTH")?;
        own(value)
    }
}
impl AuthValue for Value {
    fn read(value: &Value) -> Result<Self> {
        Ok(value.clone())
    }
}

/// The answer of a connection's check.
#[derive(Clone, Debug, PartialEq)]
pub enum Validity {
    /// It works.
    Valid,
    /// It does not; why.
    Invalid(String),
}

impl Validity {
    /// It does not work; why.
    pub fn invalid(error: impl Into<String>) -> Self {
        Validity::Invalid(error.into())
    }
}

/// A short-lived token that was made out of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What requests carry.
    pub access_token: String,
    /// Seconds until it has expired; the connection's default where it is absent.
    pub expires_in: Option<u64>,
}

type Check<T> = Box<dyn Fn(&Value) -> Result<T>>;

/// One connection that a piece accepts; `V` is what a call hands over for it.
///
/// ```
/// # use ap_piece::prelude::*;
/// let token = Connection::secret_text("API token")
///     .description("From the page of your account.")
///     .validate(|token| Ok(match token.secret_text.is_empty() {
///         true => Validity::invalid("the token is empty"),
///         false => Validity::Valid,
///     }));
/// # let _ = Piece::new("Sample").auth(token);
/// ```
pub struct Connection<V> {
    inner: AnyConnection,
    value: std::marker::PhantomData<fn(V)>,
}

/// A connection, whatever its value is.
pub(crate) struct AnyConnection {
    pub kind: &'static str,
    title: Text,
    description: Option<Text>,
    required: bool,
    /// What its kind says beside.
    declares: Map,
    props: Option<fn() -> Properties>,
    pub validate: Option<Check<Validity>>,
    pub identifier: Option<Check<String>>,
    pub refresh: Option<Check<Token>>,
    default_expires_in: Option<u64>,
}

fn new<V>(kind: &'static str, title: Text) -> Connection<V> {
    let inner = AnyConnection {
        kind,
        title,
        description: None,
        required: true,
        declares: Map::new(),
        props: None,
        validate: None,
        identifier: None,
        refresh: None,
        default_expires_in: None,
    };
    Connection { inner, value: std::marker::PhantomData }
}

/// What a form calls one field of it; a text is one without a description.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    title: Text,
    description: Option<Text>,
}

impl Field {
    /// Its title.
    pub fn new(title: impl Into<Text>) -> Self {
        Field { title: title.into(), description: None }
    }
    /// What the form says about it.
    pub fn description(mut self, description: impl Into<Text>) -> Self {
        self.description = Some(description.into());
        self
    }
}

impl From<&'static str> for Field {
    fn from(title: &'static str) -> Self {
        Field::new(title)
    }
}

impl Connection<SecretText> {
    /// One secret.
    pub fn secret_text(title: impl Into<Text>) -> Self {
        new("SECRET_TEXT", title.into())
    }
}

impl Connection<BasicAuth> {
    /// A user name and a password, and what the form calls them.
    pub fn basic(title: impl Into<Text>, username: impl Into<Field>, password: impl Into<Field>) -> Self {
        let mut made = new("BASIC_AUTH", title.into());
        for (name, Field { title, description }) in [("username", username.into()), ("password", password.into())] {
            let shown =
                [("displayName", Some(Value::from(&*title))), ("description", description.as_deref().map(Value::from))];
            made.inner.declares.insert(name, Value::record(shown));
        }
        made
    }
}

impl<P: Props> Connection<P> {
    /// Properties of your own; a field of `kind = SecretText` is never shown again.
    pub fn custom(title: impl Into<Text>) -> Self {
        let mut made = new("CUSTOM_AUTH", title.into());
        made.inner.props = Some(P::properties);
        made
    }
    /// Makes a short-lived token out of the connection; the caller keeps it and asks again when it has expired.
    pub fn refresh(mut self, make: impl Fn(P) -> Result<Token> + 'static) -> Self {
        self.inner.refresh = Some(Box::new(move |value| make(AuthValue::read(value)?)));
        self
    }
    /// Seconds that a token is good for when `refresh` does not say.
    pub fn default_expires_in(mut self, seconds: u64) -> Self {
        self.inner.default_expires_in = Some(seconds);
        self
    }
}

impl<P: Props> Connection<OAuth2<P>> {
    /// OAuth 2: where a person agrees, where tokens are had, what is asked for.
    pub fn oauth2<S: Into<Value>>(
        title: impl Into<Text>,
        auth_url: &str,
        token_url: &str,
        scope: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut made = new("OAUTH2", title.into());
        if !P::properties().is_empty() {
            made.inner.props = Some(P::properties);
        }
        made.declare("authUrl", auth_url)
            .declare("tokenUrl", token_url)
            .declare("scope", scope.into_iter().map(Into::into).collect::<Vec<Value>>())
    }
    /// Proof Key for Code Exchange, by S256 unless the app knows `plain` alone.
    pub fn pkce(self, method: Option<&str>) -> Self {
        let this = self.declare("pkce", true);
        match method {
            Some(method) => this.declare("pkceMethod", method),
            None => this,
        }
    }
    /// none, consent, login or omit.
    pub fn prompt(self, prompt: &str) -> Self {
        self.declare("prompt", prompt)
    }
    /// HEADER or BODY: where the app takes its own secret.
    pub fn authorization_method(self, method: &str) -> Self {
        self.declare("authorizationMethod", method)
    }
    /// authorization_code, client_credentials or both_client_credentials_and_authorization_code.
    pub fn grant_type(self, grant: &str) -> Self {
        self.declare("grantType", grant)
    }
    /// A parameter more in the address where a person agrees.
    pub fn extra(mut self, name: &str, value: &str) -> Self {
        let mut extra = self.inner.declares.take("extra").as_record().cloned().unwrap_or_default();
        extra.insert(name, value);
        self.inner.declares.insert("extra", extra);
        self
    }
    fn declare(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.inner.declares.insert(name, value);
        self
    }
}

impl<P: Props> Connection<Oidc<P>> {
    /// OpenID Connect.
    pub fn oidc(title: impl Into<Text>) -> Self {
        let mut made = new("OIDC", title.into());
        if !P::properties().is_empty() {
            made.inner.props = Some(P::properties);
        }
        made
    }
}

impl<V: AuthValue> Connection<V> {
    /// What the form says about it.
    pub fn description(mut self, description: impl Into<Text>) -> Self {
        self.inner.description = Some(description.into());
        self
    }
    /// False: the piece can be used without one. True unless said.
    pub fn required(mut self, required: bool) -> Self {
        self.inner.required = required;
        self
    }
    /// Asked when somebody connects.
    pub fn validate(mut self, check: impl Fn(V) -> Result<Validity> + 'static) -> Self {
        self.inner.validate = Some(Box::new(move |value| check(V::read(value)?)));
        self
    }
    /// A name by which a person recognises the connection: an account, an address.
    pub fn identifier(mut self, name: impl Fn(V) -> Result<String> + 'static) -> Self {
        self.inner.identifier = Some(Box::new(move |value| name(V::read(value)?)));
        self
    }
    pub(crate) fn into_any(self) -> AnyConnection {
        self.inner
    }
}

impl AnyConnection {
    pub fn describe(&self) -> Value {
        let mut described: Map = [("type".to_owned(), self.kind.into())].into_iter().collect();
        described.insert("displayName", &*self.title);
        if let Some(description) = &self.description {
            described.insert("description", &**description);
        }
        described.insert("required", self.required);
        for (name, value) in self.declares.iter() {
            described.insert(name, value.clone());
        }
        if let Some(props) = self.props {
            described.insert("props", props().describe());
        }
        if self.refresh.is_some() {
            described
                .insert("refresh", Value::record([("defaultExpiresIn", self.default_expires_in.map(Value::from))]));
        }
        described.into()
    }
}

/// The piece's connection that a value belongs to.
pub(crate) fn matching<'a>(declared: &'a [AnyConnection], value: &Value) -> Result<&'a AnyConnection> {
    let given = value["type"].as_str().unwrap_or("unknown");
    declared
        .iter()
        .find(|one| one.kind == kind_of(given))
        .ok_or_else(|| Failure::new("invalid_input", format!("auth.type: the piece has no connection of type {given}")))
}
