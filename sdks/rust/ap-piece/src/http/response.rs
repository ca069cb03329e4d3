//! An answer.
use serde::de::DeserializeOwned;

use super::Error;

/// The answer to a request, whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body, decoded.
    pub body: Vec<u8>,
    /// Where it came from, after redirects.
    pub url: String,
}

impl Response {
    /// Of a test: an answer of that status.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Response { status, headers: Vec::new(), body: body.into(), url: String::new() }
    }
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
    /// Whether it is a success: 2xx.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
    /// Its body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).trim_start_matches('\u{feff}').to_owned()
    }
    /// Its body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
    /// Itself if it is a success; else its error: `unauthorized`, `not_found`, `rate_limited` with the pause that the server asks
    /// for, `upstream_error` or `request_refused`, with status and the begin of the body as detail.
    pub fn error_for_status(self) -> Result<Self, Error> {
        match self.ok() {
            true => Ok(self),
            false => Err(Error::of_status(&self)),
        }
    }
}
