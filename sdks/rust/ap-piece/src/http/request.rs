//! A request, as an author makes it and as it is sent.
use std::fmt::Display;
use std::time::Duration;

use serde::Serialize;

use super::redirect::Hop;
use super::url::{self, Url};
use super::{Error, Response};
use crate::base64;

/// What becomes of a redirect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirect {
    /// It is followed, at most five times.
    #[default]
    Follow,
    /// It is the answer.
    Manual,
}

/// A request that is being made; [`Request::send`] sends it. What is wrong with it is told then.
#[must_use = "a request is sent by send()"]
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    url: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    timeout: Option<Duration>,
    redirect: Redirect,
    fault: Option<String>,
}

/// One request as it goes out; a redirect makes another.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// GET, POST …
    pub method: String,
    /// Where to.
    pub url: Url,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
}

impl Sent {
    /// The header of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }
    pub(super) fn drop_headers(&mut self, names: &[&str]) {
        self.headers.retain(|(one, _)| !names.contains(&one.as_str()));
    }
}

impl Request {
    pub(super) fn new(method: &str, url: impl Into<String>) -> Self {
        Request {
            method: method.to_ascii_uppercase(),
            url: url.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            timeout: None,
            redirect: Redirect::Follow,
            fault: None,
        }
    }
    /// One more header; of the same name twice both are sent.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into().to_ascii_lowercase(), value.into()));
        self
    }
    /// `authorization: Bearer …`
    pub fn bearer(self, token: impl Display) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }
    /// `authorization: Basic …`
    pub fn basic_auth(self, username: &str, password: &str) -> Self {
        let credentials = base64::encode(format!("{username}:{password}").as_bytes());
        self.header("authorization", format!("Basic {credentials}"))
    }
    /// One more parameter of the address, escaped.
    pub fn query(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }
    /// The body, as it is.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }
    /// The value as JSON.
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.typed("application/json").body(bytes),
            Err(error) => {
                self.fault = Some(format!("the body cannot be written as JSON: {error}"));
                self
            }
        }
    }
    /// Pairs as a form: `application/x-www-form-urlencoded`.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        self.typed("application/x-www-form-urlencoded").body(url::form(pairs))
    }
    /// A content-type, unless one is there.
    fn typed(self, media_type: &str) -> Self {
        match self.headers.iter().any(|(name, _)| name == "content-type") {
            true => self,
            false => self.header("content-type", media_type),
        }
    }
    /// Of the whole: redirects and the body of the answer included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
    /// Followed unless said.
    pub fn redirect(mut self, redirect: Redirect) -> Self {
        self.redirect = redirect;
        self
    }

    /// Sends it and waits for the whole answer. A status that is a refusal is no error here: see
    /// [`Response::error_for_status`].
    pub fn send(self) -> Result<Response, Error> {
        let mut answers = super::all([self]);
        answers.pop().unwrap_or_else(|| Err(Error::new("upstream_error", "nothing was sent")))
    }

    /// What goes out first.
    pub(super) fn first(self) -> Result<Hop, Error> {
        if let Some(fault) = self.fault {
            return Err(Error::new("invalid_input", fault));
        }
        let mut url = Url::parse(&self.url)?;
        for (name, value) in &self.query {
            url.push_query(name, value);
        }
        let mut sent = Sent { method: self.method, url, headers: self.headers, body: self.body };
        for (name, value) in [("accept", "*/*"), ("user-agent", "ap-wasm")] {
            if sent.header(name).is_none() {
                sent.headers.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(Hop { sent, follow: self.redirect == Redirect::Follow, count: 0, first: self.url, timeout: self.timeout })
    }
}
