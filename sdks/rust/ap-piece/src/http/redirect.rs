//! Redirects: the host sends one request a hop; the next one is decided here.
use std::time::Duration;

use super::{Error, Response, Sent};

const MAX_REDIRECTS: usize = 5;
/// What is another origin's business no longer.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
const OF_BODY: [&str; 5] =
    ["content-type", "content-length", "content-encoding", "content-language", "content-location"];

/// One request of a chain.
pub(super) struct Hop {
    pub sent: Sent,
    pub follow: bool,
    pub count: usize,
    /// As the author wrote it, for messages.
    pub first: String,
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    pub timeout: Option<Duration>,
}

impl Hop {
    /// The request that follows on this answer; none: the answer is the last.
    pub fn next(&self, response: &Response) -> Result<Option<Hop>, Error> {
        let status = response.status;
        if !self.follow || !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = response.header("location") else { return Ok(None) };
        if self.count == MAX_REDIRECTS {
            let message = format!("{} redirects more than {MAX_REDIRECTS} times", self.first);
            return Err(Error::new("upstream_error", message));
        }
        let mut sent = self.sent.clone();
        sent.url = self.sent.url.join(location)?;
        if sent.url.origin() != self.sent.url.origin() {
            sent.drop_headers(&CREDENTIALS);
        }
        let becomes_get = (status == 303 && sent.method != "HEAD") || (status < 303 && sent.method == "POST");
        if becomes_get {
            sent.method = "GET".to_owned();
            sent.body = None;
            sent.drop_headers(&OF_BODY);
        }
        let (count, first) = (self.count + 1, self.first.clone());
        Ok(Some(Hop { sent, count, first, follow: true, timeout: self.timeout }))
    }
}
