//! The exports of a component, for the piece that a function makes.
use std::cell::OnceCell;
use std::time::Duration;

pub use crate::bindings::exports::ap::piece::handler::{Failure as WireFailure, Guest, TriggerHook as WireHook};
use crate::{handler, logging, payload, Failure, Piece, Result, TriggerHook};

thread_local! {
    static PIECE: OnceCell<Piece> = const { OnceCell::new() };
}

/// Made once in an instance: at the end of its start, or where the host asks for nothing there, at its first call.
fn with<T>(make: fn() -> Piece, work: impl FnOnce(&Piece) -> Result<T>) -> Result<T, WireFailure> {
    PIECE.with(|piece| {
        let piece = piece.get_or_init(|| {
            logging::install();
            make()
        });
        work(piece).map_err(|failure| wire(piece, &failure))
    })
}

fn wire(piece: &Piece, failure: &Failure) -> WireFailure {
    WireFailure {
        code: failure.code().to_owned(),
        message: failure.message().to_owned(),
        retry_after_ms: failure.pause().map(milliseconds),
        detail: failure.details().and_then(|detail| payload::encode(piece.encoding, detail).ok()),
    }
}

fn milliseconds(pause: Duration) -> u64 {
    let rest = pause.subsec_nanos().div_ceil(1_000_000);
    pause.as_secs().saturating_mul(1000).saturating_add(rest.into())
}

/// What `ap_renews` does and answers: the piece is made before the host takes its picture, so that no call pays for it. Nothing
/// that it draws at random meanwhile could be drawn again, which 0 says: then there is no picture.
pub fn start(make: fn() -> Piece) -> i32 {
    let _ = with(make, |_| Ok(()));
    0
}
pub fn describe(make: fn() -> Piece) -> Result<String, WireFailure> {
    with(make, |piece| Ok(piece.describe()?.to_string()))
}
pub fn init(make: fn() -> Piece) -> Result<(), WireFailure> {
    with(make, |_| Ok(()))
}
pub fn action(make: fn() -> Piece, name: &str, input: &[u8]) -> Result<Vec<u8>, WireFailure> {
    with(make, |piece| handler::action(piece, name, input))
}
pub fn trigger(make: fn() -> Piece, name: &str, hook: WireHook, input: &[u8]) -> Result<Vec<u8>, WireFailure> {
    let hook = match hook {
        WireHook::OnEnable => TriggerHook::OnEnable,
        WireHook::OnDisable => TriggerHook::OnDisable,
        WireHook::OnStart => TriggerHook::OnStart,
        WireHook::OnRenew => TriggerHook::OnRenew,
        WireHook::Handshake => TriggerHook::Handshake,
        WireHook::Run => TriggerHook::Run,
        WireHook::Test => TriggerHook::Test,
    };
    with(make, |piece| handler::trigger(piece, name, hook, input))
}
pub fn resolve(make: fn() -> Piece, path: &str, input: &[u8]) -> Result<Vec<u8>, WireFailure> {
    with(make, |piece| handler::resolve(piece, path, input))
}
