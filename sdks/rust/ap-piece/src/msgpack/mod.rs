//! Payloads in MessagePack, as strict as the contract: no extensions, keys are texts and stand once, numbers are finite,
//! nothing is nested deeper than 512. A small codec of our own: a second general one would cost each piece 118 KB.
mod read;
mod write;

use serde::Serialize;

use crate::{Failure, Result, Value};

pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    write::to_vec(value).map_err(|error| {
        Failure::new("internal_error", format!("the result cannot be written as MessagePack: {error}"))
    })
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Value> {
    read::from_slice(bytes)
        .map_err(|error| Failure::new("invalid_input", format!("the input is not valid MessagePack: {error}")))
}
