//! The five functions of the contract for one piece, in bytes.
use crate::context::auth_required;
use crate::{payload, resolve, trigger, Context, Failure, Map, Piece, Result, TriggerHook, Value};

fn input(piece: &Piece, bytes: &[u8]) -> Result<Map> {
    match payload::decode(piece.encoding, bytes)? {
        Value::Record(map) => Ok(map),
        _ => Err(Failure::new("invalid_input", "the input must be an object")),
    }
}

fn context(piece: &Piece, bytes: &[u8], requires: impl Fn(bool) -> bool) -> Result<(Context, Value)> {
    let (context, values) = Context::read(input(piece, bytes)?, piece.encoding);
    match requires(piece.has_auth()) && !context.has_auth() {
        true => Err(auth_required()),
        false => Ok((context, values)),
    }
}

pub(crate) fn action(piece: &Piece, name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let action = piece.actions.iter().find(|one| one.about.name == name);
    let action = action.ok_or_else(|| Failure::new("unknown_action", format!("the piece has no action \"{name}\"")))?;
    let (context, values) = context(piece, bytes, |has_auth| action.about.require_auth(has_auth))?;
    action.run(&context, values)
}

pub(crate) fn trigger(piece: &Piece, name: &str, hook: TriggerHook, bytes: &[u8]) -> Result<Vec<u8>> {
    let found = piece.triggers.iter().find(|one| one.about().name == name);
    let found = found.ok_or_else(|| trigger::unknown(name))?;
    let (context, values) = context(piece, bytes, |has_auth| found.about().require_auth(has_auth))?;
    found.call(hook, &context, values)
}

pub(crate) fn resolve(piece: &Piece, path: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    payload::encode(piece.encoding, &resolve::resolve(piece, path, input(piece, bytes)?)?)
}
