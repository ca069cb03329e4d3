//! A piece's own refusal, and what becomes of any other error.
use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write};
use std::panic::Location;
use std::time::Duration;

use crate::{http, Value};

/// What the functions of a piece return.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A refusal: a normal result that a flow can branch on. `?` makes one of any error: one of [`http`] by its meaning, every
/// other is a bug of the piece, `internal_error`, with the file and line of the `?`.
///
/// ```
/// # use ap_piece::prelude::*;
/// # use std::time::Duration;
/// fn pause() -> Failure {
///     Failure::new("rate_limited", "The server asks for a pause.").retry_after(Duration::from_secs(7))
/// }
/// # assert_eq!(pause().code(), "rate_limited");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    code: Cow<'static, str>,
    message: String,
    retry_after: Option<Duration>,
    detail: Option<Value>,
}

impl Failure {
    /// `code` is stable, machine-readable, snake_case; `message` tells a person what went wrong, and what to do about it.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Failure { code: code.into(), message: message.into(), retry_after: None, detail: None }
    }
    /// Trying again after this long may succeed; zero leaves the moment to the caller. Kept in milliseconds.
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }
    /// Anything more that a flow may branch on.
    pub fn detail(mut self, detail: impl Into<Value>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Its code.
    pub fn code(&self) -> &str {
        &self.code
    }
    /// Its message.
    pub fn message(&self) -> &str {
        &self.message
    }
    /// The pause that it asks for.
    pub fn pause(&self) -> Option<Duration> {
        self.retry_after
    }
    /// What it carries along.
    pub fn details(&self) -> Option<&Value> {
        self.detail.as_ref()
    }

    /// A bug: an error that nobody made a refusal of, and where it was met.
    fn bug(error: &dyn Error, kind: &str, place: &Location<'_>) -> Self {
        let name = kind.split('<').next().and_then(|path| path.rsplit(':').next()).unwrap_or("Error");
        let mut stack = format!("{name}: {error}\n    at {}:{}:{}", place.file(), place.line(), place.column());
        let mut cause = error.source();
        while let Some(error) = cause {
            let _ = write!(stack, "\ncaused by: {error}");
            cause = error.source();
        }
        let message = format!("{name}: {error} ({}:{})", place.file(), place.line());
        Failure::new("internal_error", message).detail(Value::record([
            ("file", Some(place.file().into())),
            ("line", Some(place.line().into())),
            ("stack", Some(stack.into())),
        ]))
    }
}

/// Several in one message. `join` of the standard library, for any separator and length, would be a kilobyte.
pub(crate) fn sentences(each: impl Iterator<Item = String>) -> String {
    let mut message = String::new();
    for sentence in each {
        if !message.is_empty() {
            message.push_str("; ");
        }
        message.push_str(&sentence);
    }
    message
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

// `Failure` is no `Error` itself: only so can every error become one.
impl<E: Error + 'static> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        match (&error as &dyn std::any::Any).downcast_ref::<http::Error>() {
            Some(error) => error.failure(),
            None => Failure::bug(&error, std::any::type_name::<E>(), Location::caller()),
        }
    }
}
