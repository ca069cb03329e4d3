//! The world's imports.
use std::time::Duration;

use crate::bindings::ap::piece::types;
use crate::bindings::wasi;
use crate::Failure;

/// A refusal of the host, with its own code and words.
fn refusal(failure: types::Failure) -> Failure {
    let made = Failure::new(failure.code, failure.message);
    match failure.retry_after_ms {
        Some(ms) => made.retry_after(Duration::from_millis(ms)),
        None => made,
    }
}

pub(crate) fn env(name: &str) -> Option<String> {
    let variables = wasi::cli::environment::get_environment();
    variables.into_iter().find(|(one, _)| one == name).map(|(_, value)| value)
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let now = wasi::clocks::wall_clock::now();
    now.seconds * 1000 + u64::from(now.nanoseconds / 1_000_000)
}

pub(crate) fn random(count: usize) -> Vec<u8> {
    wasi::random::random::get_random_bytes(count as u64)
}

pub(crate) mod store {
    use super::refusal;
    use crate::bindings::ap::piece::store as host;
    use crate::store::Scope;
    use crate::Result;

    fn scope(scope: Scope) -> host::Scope {
        match scope {
            Scope::Flow => host::Scope::Flow,
            Scope::Project => host::Scope::Project,
        }
    }
    pub(crate) fn get(of: Scope, key: &str) -> Result<Option<Vec<u8>>> {
        host::get(scope(of), key).map_err(refusal)
    }
    pub(crate) fn put(of: Scope, key: &str, value: &[u8]) -> Result<()> {
        host::put(scope(of), key, value).map_err(refusal)
    }
    pub(crate) fn delete(of: Scope, key: &str) -> Result<()> {
        host::delete(scope(of), key).map_err(refusal)
    }
    pub(crate) fn keys(of: Scope, prefix: &str, after: Option<&str>) -> Result<Vec<String>> {
        host::keys(scope(of), prefix, after).map_err(refusal)
    }
}

pub(crate) mod files {
    use super::refusal;
    use crate::bindings::ap::piece::files as host;
    use crate::Result;

    pub(crate) fn write(name: &str, media_type: &str, content: &[u8]) -> Result<String> {
        host::write(name, media_type, content).map_err(refusal)
    }
    pub(crate) fn read(reference: &str, offset: u64, max_bytes: u32) -> Result<Vec<u8>> {
        host::read(reference, offset, max_bytes).map_err(refusal)
    }
}

pub(crate) mod run {
    use super::refusal;
    use crate::bindings::ap::piece::run as host;
    use crate::Result;

    pub(crate) fn respond(response: &[u8]) -> Result<()> {
        host::respond(response).map_err(refusal)
    }
    pub(crate) fn stop(response: Option<&[u8]>) -> Result<()> {
        host::stop(response).map_err(refusal)
    }
    pub(crate) fn wait_until(unix_ms: u64) -> Result<()> {
        host::wait_until(unix_ms).map_err(refusal)
    }
    pub(crate) fn wait_for_webhook(response: Option<&[u8]>) -> Result<String> {
        host::wait_for_webhook(response).map_err(refusal)
    }
}
