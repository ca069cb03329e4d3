//! What can go wrong with a request, and what it means to a flow.
use std::fmt;
use std::time::Duration;

use super::{Response, Sent};
use crate::{host, instant, Failure, Value};

/// A request that failed, or an answer that is a refusal. `?` makes the failure that it means of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    code: &'static str,
    message: String,
    /// Of a refusal: its status, the begin of its body, the pause that the server asks for.
    refusal: Option<(u16, String, Option<Duration>)>,
}

impl Error {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), refusal: None }
    }
    /// `not_granted`, `connection_refused`, `timeout`, `upstream_error`, `invalid_input`; of a status `unauthorized`, `not_found`,
    /// `rate_limited`, `upstream_error` or `request_refused`.
    pub fn code(&self) -> &str {
        self.code
    }
    /// The status, if the server answered.
    pub fn status(&self) -> Option<u16> {
        self.refusal.as_ref().map(|(status, ..)| *status)
    }
    pub(crate) fn failure(&self) -> Failure {
        let failure = Failure::new(self.code, self.message.clone());
        let Some((status, body, pause)) = &self.refusal else { return failure };
        let detail = Value::record([("status", Some((*status).into())), ("body", Some(body.as_str().into()))]);
        let failure = failure.detail(detail);
        match pause {
            Some(pause) => failure.retry_after(*pause),
            None => failure,
        }
    }

    /// The meaning of a status other than 2xx.
    pub(super) fn of_status(response: &Response) -> Self {
        let status = response.status;
        let code = match status {
            401 | 403 => "unauthorized",
            404 => "not_found",
            429 => "rate_limited",
            500.. => "upstream_error",
            _ => "request_refused",
        };
        let asked = response.header("retry-after").and_then(retry_after);
        let pause = asked.or_else(|| matches!(status, 429 | 503).then_some(Duration::ZERO));
        let body = response.text().chars().take(EXCERPT_CHARACTERS).collect();
        let origin = super::url::origin_of(&response.url).unwrap_or("the server");
        Error { code, message: format!("{origin} answered {status}"), refusal: Some((status, body, pause)) }
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn unanswered(request: &Sent) -> Self {
        let message = format!("no test answers {} {}: see testing::Outside::answer", request.method, request.url);
        Error::new("upstream_error", message)
    }
    #[cfg(target_arch = "wasm32")]
    pub(super) fn timed_out(request: &Sent, after: Duration) -> Self {
        Error::new("timeout", format!("{} did not answer within {} ms", request.url.origin(), after.as_millis()))
    }
}

/// Characters of the answer that a failure carries along.
const EXCERPT_CHARACTERS: usize = 2000;

/// Seconds, or a date.
fn retry_after(header: &str) -> Option<Duration> {
    let header = header.trim();
    if header.bytes().all(|byte| byte.is_ascii_digit()) {
        return header.parse().ok().map(Duration::from_secs);
    }
    let moment = instant::from_http(header)?;
    Some(Duration::from_millis(moment.saturating_sub(host::now_ms())))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
