//! Requests. They block the call, and the host runs others meanwhile; [`all`] sends several at once.
//!
//! ```no_run
//! # use ap_piece::prelude::*;
//! # fn f() -> Result<Vec<Value>> {
//! let users: Vec<Value> = http::get("https://api.example.com/users")
//!     .bearer("token")
//!     .query("active", true)
//!     .send()?
//!     .error_for_status()?
//!     .json()?;
//! # Ok(users)
//! # }
//! ```
//!
//! Redirects are followed, at most five, credentials dropped across origins. A host that piece.json does not ask for is the
//! failure `not_granted`, with the line to add.
#[cfg(target_arch = "wasm32")]
mod codes;
mod error;
mod redirect;
mod request;
mod response;
pub(crate) mod url;
#[cfg(target_arch = "wasm32")]
mod wasi;

pub use error::Error;
pub use request::{Redirect, Request, Sent};
pub use response::Response;

/// A GET request.
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}
/// A POST request.
pub fn post(url: impl Into<String>) -> Request {
    Request::new("POST", url)
}
/// A PUT request.
pub fn put(url: impl Into<String>) -> Request {
    Request::new("PUT", url)
}
/// A PATCH request.
pub fn patch(url: impl Into<String>) -> Request {
    Request::new("PATCH", url)
}
/// A DELETE request.
pub fn delete(url: impl Into<String>) -> Request {
    Request::new("DELETE", url)
}
/// A HEAD request: its answer has no body.
pub fn head(url: impl Into<String>) -> Request {
    Request::new("HEAD", url)
}
/// A request of any method.
pub fn request(method: &str, url: impl Into<String>) -> Request {
    Request::new(method, url)
}

/// Sends all of them at the same time and waits for every answer; in the order of the requests.
pub fn all(requests: impl IntoIterator<Item = Request>) -> Vec<Result<Response, Error>> {
    let hops = requests.into_iter().map(Request::first);
    #[cfg(target_arch = "wasm32")]
    return wasi::all(hops);
    #[cfg(not(target_arch = "wasm32"))]
    hops.map(|hop| native(hop?)).collect()
}

/// Hop by hop, each answered by the test.
#[cfg(not(target_arch = "wasm32"))]
fn native(mut hop: redirect::Hop) -> Result<Response, Error> {
    loop {
        let mut response = crate::host::native::exchange(&hop.sent)?;
        response.url = hop.sent.url.to_string();
        match hop.next(&response)? {
            Some(next) => hop = next,
            None => return Ok(response),
        }
    }
}
