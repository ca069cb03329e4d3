//! State that outlives the call, kept as JSON text so that a piece in another language can read it.
use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::{host, payload, Result};

/// Whose state it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One flow's.
    Flow,
    /// All flows' of the project.
    Project,
}

/// State of this piece, of one flow: see [`Scope`] for that of the project.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>> {
    Scope::Flow.get(key)
}
/// Keeps the value.
pub fn put<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<()> {
    Scope::Flow.put(key, value)
}
/// Forgets it.
pub fn delete(key: &str) -> Result<()> {
    Scope::Flow.delete(key)
}
/// Keys that begin with `prefix`, in order, after the one given; at most 1,000.
pub fn keys(prefix: &str, after: Option<&str>) -> Result<Vec<String>> {
    Scope::Flow.keys(prefix, after)
}

impl Scope {
    /// The value; none where there is none. Fails with `not_granted` unless piece.json asks for the scope and it was granted.
    pub fn get<T: DeserializeOwned>(self, key: &str) -> Result<Option<T>> {
        match host::store::get(self, key)? {
            None => Ok(None),
            Some(bytes) => Ok(Some(payload::from_json(&bytes)?)),
        }
    }
    /// Keeps the value.
    pub fn put<T: Serialize + ?Sized>(self, key: &str, value: &T) -> Result<()> {
        host::store::put(self, key, &serde_json::to_vec(value)?)
    }
    /// Forgets it.
    pub fn delete(self, key: &str) -> Result<()> {
        host::store::delete(self, key)
    }
    /// Keys that begin with `prefix`, in order, after the one given; at most 1,000.
    pub fn keys(self, prefix: &str, after: Option<&str>) -> Result<Vec<String>> {
        host::store::keys(self, prefix, after)
    }
}
