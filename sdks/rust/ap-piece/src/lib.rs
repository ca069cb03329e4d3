//! Write an automation piece in Rust; it is built into one WebAssembly component and runs sandboxed, metered and stoppable.
//!
//! ```
//! use ap_piece::prelude::*;
//!
//! #[derive(Props)]
//! struct GetUser {
//!     /// The name of the account.
//!     #[prop(title = "Login")]
//!     login: String,
//! }
//!
//! /// Gets a user.
//! #[action(title = "Get a user", idempotent = true)]
//! fn get_user(context: &Context, props: GetUser) -> Result<Value> {
//!     let token: SecretText = context.auth()?;
//!     info!("getting {}", props.login);
//!     let user = http::get(format!("https://api.example.com/users/{}", props.login))
//!         .bearer(token.secret_text)
//!         .send()?
//!         .error_for_status()?
//!         .json()?;
//!     store::put("last", &props.login)?;
//!     Ok(user)
//! }
//!
//! ap_piece::piece! {
//!     Piece::new("Users").auth(Connection::secret_text("Token"));
//!     actions: get_user;
//! }
//! # fn main() {}
//! ```
//!
//! `ap-wasm init --language rust` makes a folder that builds, tests and runs. Name, version and permissions stand in piece.json:
//! a host that may be called, state, files, environment variables. What is not granted is a failure `not_granted`, with the
//! line to add.
//!
//! | module | is |
//! |---|---|
//! | [`http`] | requests, one or several at once |
//! | [`store`] | state that outlives the call |
//! | [`files`] | files that a call was given, and those that it makes |
//! | [`mod@env`] | environment variables by name |
//! | `testing` | calls a piece in unit tests, without WebAssembly |
//! | [`random`] | random numbers that nobody can guess |
//! | [`log`] | lines of the call's log: `info!` and its like |
//!
//! An `Err` with a [`Failure`] is a result that a flow can branch on; `?` makes one of any error. A panic ends the call with its
//! message, file and line.
#![deny(missing_docs)]

extern crate self as ap_piece;

mod action;
mod auth;
mod base64;
#[doc(hidden)]
#[cfg(target_arch = "wasm32")]
#[allow(warnings)]
#[rustfmt::skip]
pub mod bindings;
mod callable;
#[doc(hidden)]
#[cfg(target_arch = "wasm32")]
#[allow(missing_docs)]
pub mod component;
mod context;
pub mod env;
mod failure;
pub mod files;
mod handler;
mod host;
pub mod http;
mod instant;
#[cfg(target_arch = "wasm32")]
mod logging;
#[cfg(feature = "msgpack")]
mod msgpack;
mod options;
mod payload;
mod piece;
mod polling;
mod property;
mod props;
pub mod random;
mod resolve;
pub mod store;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod trigger;
mod value;

pub use action::Action;
pub use ap_piece_macros::{action, trigger, Choices, Props};
pub use auth::{AuthValue, BasicAuth, Connection, Field, OAuth2, Oidc, SecretText, Token, Validity};
pub use callable::Audience;
pub use context::{Context, Response, Schedule, WebhookPayload};
pub use failure::{Failure, Result};
pub use files::File;
pub use options::{Choice, Choices, Form, Options};
pub use payload::Encoding;
pub use piece::{Category, Event, Piece};
pub use polling::{Item, Polled, Timed};
pub use property::{Properties, Property, PropertyType};
#[doc(hidden)]
pub use props::read_choice;
pub use props::{DateRange, Json, Markdown, Path, PropValue, Props, Violations};
pub use trigger::{Handshake, Strategy, Trigger, TriggerHook};
pub use value::{Bytes, Map, Value, MAX_NESTING};
pub use {log, serde, serde_json};

/// Of `#[derive(Props)]`.
#[doc(hidden)]
pub fn __take(values: &mut Map, name: &str) -> Value {
    values.take(name)
}

/// What a piece usually needs: `use ap_piece::prelude::*`.
pub mod prelude {
    pub use crate::{action, env, files, http, random, store, trigger};
    pub use crate::{
        Action, Audience, BasicAuth, Bytes, Category, Choice, Choices, Connection, Context, Event, Failure, Field,
        File, Form, Handshake, Item, Map, Markdown, OAuth2, Oidc, Options, Piece, PropertyType, Props, Response,
        Result, Schedule, SecretText, Strategy, Timed, Token, Trigger, TriggerHook, Validity, Value, WebhookPayload,
    };
    pub use log::{debug, error, info, trace, warn};
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::json;
}

/// The piece of this crate: a builder, then the names or paths of the functions marked `#[action]` and `#[trigger]`. Makes a function
/// `piece()` of it, for tests, and the component's exports. In a component it runs at the end of the start, before the host takes
/// its picture: what it makes is there in every call. It should ask for nothing then, neither the clock nor random numbers, which
/// a `HashMap` draws.
///
/// ```
/// # use ap_piece::prelude::*;
/// /// Doubles a number.
/// #[action]
/// fn double(props: Number) -> Result<f64> { Ok(props.n * 2.0) }
/// # #[derive(Props)] struct Number { n: f64 }
///
/// ap_piece::piece! {
///     Piece::new("Sample");
///     actions: double;
/// }
/// # fn main() { assert!(ap_piece::testing::describe(&piece()).is_ok()) }
/// ```
#[macro_export]
macro_rules! piece {
    ($piece:expr; $(actions: $($action:ty),* $(,)?;)? $(triggers: $($trigger:ty),* $(,)?;)?) => {
        /// The piece of this crate.
        pub fn piece() -> $crate::Piece {
            $piece $($(.action(<$action>::define()))*)? $($(.trigger(<$trigger>::define()))*)?
        }
        $crate::export!(piece);
    };
}

/// The component's exports for a function that makes a [`Piece`]; [`piece!`] does this too.
#[macro_export]
macro_rules! export {
    ($piece:ident) => {
        #[cfg(target_arch = "wasm32")]
        #[doc(hidden)]
        mod __ap_piece_component {
            use $crate::component as wire;
            pub struct Exported;
            impl wire::Guest for Exported {
                fn describe() -> ::core::result::Result<::std::string::String, wire::WireFailure> {
                    wire::describe(super::$piece)
                }
                fn init(_: ::std::vec::Vec<u8>) -> ::core::result::Result<(), wire::WireFailure> {
                    wire::init(super::$piece)
                }
                fn action(
                    name: ::std::string::String,
                    input: ::std::vec::Vec<u8>,
                ) -> ::core::result::Result<::std::vec::Vec<u8>, wire::WireFailure> {
                    wire::action(super::$piece, &name, &input)
                }
                fn trigger(
                    name: ::std::string::String,
                    hook: wire::WireHook,
                    input: ::std::vec::Vec<u8>,
                ) -> ::core::result::Result<::std::vec::Vec<u8>, wire::WireFailure> {
                    wire::trigger(super::$piece, &name, hook, &input)
                }
                fn resolve(
                    path: ::std::string::String,
                    input: ::std::vec::Vec<u8>,
                ) -> ::core::result::Result<::std::vec::Vec<u8>, wire::WireFailure> {
                    wire::resolve(super::$piece, &path, &input)
                }
            }
            $crate::bindings::export!(Exported with_types_in $crate::bindings);

            #[unsafe(no_mangle)]
            extern "C" fn ap_renews() -> i32 {
                wire::start(super::$piece)
            }
        }
    };
}
