//! Stand-ins for an author's unit tests: state and files in memory, requests to the run kept for a look, HTTP answered by
//! the test.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::http::{Error, Response, Sent};
use crate::Value;

pub(crate) type Answer = Box<dyn FnMut(&Sent) -> Result<Response, Error>>;

/// The outside of the thread.
#[derive(Default)]
pub(crate) struct Native {
    /// JSON texts by `flow/<key>` and `project/<key>`.
    pub values: BTreeMap<String, String>,
    /// By reference: name, media type, bytes.
    pub files: BTreeMap<String, (String, String, Vec<u8>)>,
    /// What was asked of the run, in order.
    pub requests: Vec<(&'static str, Value)>,
    pub environment: BTreeMap<String, String>,
    /// The clock; the machine's where it is none.
    pub now_ms: Option<u64>,
    pub answer: Option<Answer>,
}

thread_local! {
    static NATIVE: RefCell<Native> = RefCell::default();
}

pub(crate) fn with<R>(look: impl FnOnce(&mut Native) -> R) -> R {
    NATIVE.with(|native| look(&mut native.borrow_mut()))
}

pub(crate) fn env(name: &str) -> Option<String> {
    with(|native| native.environment.get(name).cloned()).or_else(|| std::env::var(name).ok())
}

pub(crate) fn now_ms() -> u64 {
    let machine = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    with(|native| native.now_ms).unwrap_or_else(machine)
}

/// Each of the standard library's hashers has a seed of its own.
pub(crate) fn random(count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        bytes.extend(RandomState::new().build_hasher().finish().to_ne_bytes());
    }
    bytes.truncate(count);
    bytes
}

pub(crate) fn exchange(request: &Sent) -> Result<Response, Error> {
    // Taken out while it runs: it may look at the outside itself.
    let Some(mut answer) = with(|native| native.answer.take()) else {
        return Err(Error::unanswered(request));
    };
    let response = answer(request);
    with(|native| {
        native.answer.get_or_insert(answer);
    });
    response
}

pub(crate) mod store {
    use super::with;
    use crate::store::Scope;
    use crate::Result;

    fn path(scope: Scope, key: &str) -> String {
        match scope {
            Scope::Flow => format!("flow/{key}"),
            Scope::Project => format!("project/{key}"),
        }
    }
    pub(crate) fn get(scope: Scope, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(with(|native| native.values.get(&path(scope, key)).map(|text| text.clone().into_bytes())))
    }
    pub(crate) fn put(scope: Scope, key: &str, value: &[u8]) -> Result<()> {
        let text = String::from_utf8_lossy(value).into_owned();
        with(|native| native.values.insert(path(scope, key), text));
        Ok(())
    }
    pub(crate) fn delete(scope: Scope, key: &str) -> Result<()> {
        with(|native| native.values.remove(&path(scope, key)));
        Ok(())
    }
    pub(crate) fn keys(scope: Scope, prefix: &str, after: Option<&str>) -> Result<Vec<String>> {
        let root = path(scope, "");
        let own = |key: &String| key.strip_prefix(&root).map(str::to_owned);
        let mut keys: Vec<String> = with(|native| native.values.keys().filter_map(own).collect());
        keys.retain(|key| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after));
        keys.truncate(1000);
        Ok(keys)
    }
}

pub(crate) mod files {
    use super::with;
    use crate::{Failure, Result};

    pub(crate) fn write(name: &str, media_type: &str, content: &[u8]) -> Result<String> {
        with(|native| {
            let reference = format!("file:{}", native.files.len() + 1);
            let file = (name.to_owned(), media_type.to_owned(), content.to_vec());
            native.files.insert(reference.clone(), file);
            Ok(reference)
        })
    }
    pub(crate) fn read(reference: &str, offset: u64, max_bytes: u32) -> Result<Vec<u8>> {
        with(|native| match native.files.get(reference) {
            Some((_, _, data)) => {
                let rest = data.get(offset as usize..).unwrap_or_default();
                Ok(rest[..rest.len().min(max_bytes as usize)].to_vec())
            }
            None => Err(Failure::new("not_found", format!("no file \"{reference}\" was given to this call"))),
        })
    }
}

pub(crate) mod run {
    use super::with;
    use crate::{payload, Result, Value};

    /// Natively payloads are JSON, whatever the piece says: see `testing`.
    fn note(kind: &'static str, response: Option<&[u8]>) -> Result<()> {
        let value: Value = response.map(payload::from_json).transpose()?.unwrap_or_default();
        with(|native| native.requests.push((kind, value)));
        Ok(())
    }
    pub(crate) fn respond(response: &[u8]) -> Result<()> {
        note("respond", Some(response))
    }
    pub(crate) fn stop(response: Option<&[u8]>) -> Result<()> {
        note("stop", response)
    }
    pub(crate) fn wait_until(unix_ms: u64) -> Result<()> {
        with(|native| native.requests.push(("wait_until", unix_ms.into())));
        Ok(())
    }
    pub(crate) fn wait_for_webhook(response: Option<&[u8]>) -> Result<String> {
        note("wait_for_webhook", response)?;
        Ok("http://localhost/resume".to_owned())
    }
}
