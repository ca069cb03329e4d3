//! What a piece asks of the outside: in a component the world's imports, each linked only where it is used; everywhere else,
//! in an author's unit tests, the stand-ins of `native`.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod native;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{env, files, now_ms, random, run, store};
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::{env, files, now_ms, random, run, store};
