//! Calls a piece in an author's unit tests, by `cargo test`, without WebAssembly: store and files are in memory, HTTP is
//! answered by the test. `ap-wasm test` runs the real component.
//!
//! ```
//! use ap_piece::prelude::*;
//! use ap_piece::testing::{run_action, Outside};
//!
//! let greet = Action::new("greet", |_: &Context, _: ()| Ok(http::get("https://example.com/greeting").send()?.text()));
//! let piece = Piece::new("Sample").action(greet);
//! let outside = Outside::new();
//! outside.answer(|_| Ok(http::Response::new(200, "hello")));
//! assert_eq!(run_action(&piece, "greet", json!({})), Ok("hello".into()));
//! assert_eq!(outside.requests()[0].url.to_string(), "https://example.com/greeting");
//! ```
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::host::native::{with, Native};
use crate::http::{Error, Response, Sent};
use crate::{handler, payload, Piece, Result, TriggerHook, Value};

/// The outside of the calls that follow on this thread: empty when it is made.
pub struct Outside {
    sent: Rc<RefCell<Vec<Sent>>>,
}

impl Default for Outside {
    fn default() -> Self {
        Outside::new()
    }
}

impl Outside {
    /// A new, empty outside.
    pub fn new() -> Self {
        with(|native| *native = Native::default());
        Outside { sent: Rc::default() }
    }
    /// Answers every request that is sent from now on. Without it each fails with `upstream_error`.
    pub fn answer(&self, mut answer: impl FnMut(&Sent) -> Result<Response, Error> + 'static) {
        let sent = self.sent.clone();
        with(|native| {
            native.answer = Some(Box::new(move |request| {
                sent.borrow_mut().push(request.clone());
                answer(request)
            }));
        });
    }
    /// The requests that were sent, redirects included.
    pub fn requests(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }
    /// State by `flow/<key>` and `project/<key>`, as JSON text.
    pub fn store(&self) -> BTreeMap<String, String> {
        with(|native| native.values.clone())
    }
    /// Puts state there: `flow/lastItem`.
    pub fn keep(&self, path: &str, value: impl Into<Value>) {
        with(|native| native.values.insert(path.to_owned(), value.into().to_string()));
    }
    /// Puts a file there and gives the value of a FILE property that it is.
    pub fn give_file(&self, name: &str, data: impl Into<Vec<u8>>) -> Value {
        let (media_type, data) = (crate::files::media_type_of(name), data.into());
        let size = data.len();
        let reference = with(|native| {
            let reference = format!("file:{}", native.files.len() + 1);
            native.files.insert(reference.clone(), (name.to_owned(), media_type.to_owned(), data));
            reference
        });
        Value::record([
            ("filename", Some(name.into())),
            ("mediaType", Some(media_type.into())),
            ("size", Some(size.into())),
            ("reference", Some(reference.into())),
        ])
    }
    /// Files by reference: name, media type, bytes.
    pub fn files(&self) -> BTreeMap<String, (String, String, Vec<u8>)> {
        with(|native| native.files.clone())
    }
    /// What was asked of the run, in order: `respond`, `stop`, `wait_until`, `wait_for_webhook`, and with what.
    pub fn asked(&self) -> Vec<(&'static str, Value)> {
        with(|native| native.requests.clone())
    }
    /// Stops the clock of polling triggers and of Retry-After at that moment, in milliseconds since 1970.
    pub fn set_now(&self, ms: u64) {
        with(|native| native.now_ms = Some(ms));
    }
    /// Sets an environment variable.
    pub fn set_env(&self, name: &str, value: &str) {
        with(|native| native.environment.insert(name.to_owned(), value.to_owned()));
    }
}

/// As a call brings it: what it holds has travelled as the piece's payloads do.
fn given(piece: &Piece, input: impl Into<Value>) -> Result<Vec<u8>> {
    payload::encode(piece.encoding, &input.into())
}

fn read(piece: &Piece, output: Vec<u8>) -> Result<Value> {
    payload::decode(piece.encoding, &output)
}

/// Values as they stand in payloads.
pub struct Travelled;

impl Travelled {
    /// What a call hands over; fails with `invalid_input`.
    pub fn read(encoding: crate::Encoding, bytes: &[u8]) -> Result<Value> {
        payload::decode(encoding, bytes)
    }
    /// What a piece answers; fails with `internal_error`.
    pub fn write<T: serde::Serialize + ?Sized>(encoding: crate::Encoding, value: &T) -> Result<Vec<u8>> {
        payload::encode(encoding, value)
    }
}

/// What the piece says about itself.
pub fn describe(piece: &Piece) -> Result<Value> {
    piece.describe()
}
/// Runs an action; `input` is `{ props, auth?, run? }`.
pub fn run_action(piece: &Piece, name: &str, input: impl Into<Value>) -> Result<Value> {
    read(piece, handler::action(piece, name, &given(piece, input)?)?)
}
/// Runs one hook of a trigger; `input` is `{ props, auth?, run?, webhookUrl?, payload? }`.
pub fn run_trigger(piece: &Piece, name: &str, hook: TriggerHook, input: impl Into<Value>) -> Result<Value> {
    read(piece, handler::trigger(piece, name, hook, &given(piece, input)?)?)
}
/// Computes what stands at a path: `actions/<a>/props/<p>`, `auth/validate` …
pub fn resolve(piece: &Piece, path: &str, input: impl Into<Value>) -> Result<Value> {
    read(piece, handler::resolve(piece, path, &given(piece, input)?)?)
}
