//! Values on the wire: bytes as base64 text and integers that a double cannot hold as decimal text, where it is JSON.
use std::io;

use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::value::MAX_EXACT;
use crate::{Failure, Result, Value};

/// How a piece's payloads are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// JSON: the default.
    #[default]
    Json,
    /// MessagePack, for pieces that move bytes or exact 64-bit integers.
    #[cfg(feature = "msgpack")]
    MessagePack,
}

impl Encoding {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Encoding::Json => "json",
            #[cfg(feature = "msgpack")]
            Encoding::MessagePack => "msgpack",
        }
    }
}

/// Integers within ±2^53 as numbers, others as text.
struct Exact;

impl Formatter for Exact {
    fn write_i64<W: ?Sized + io::Write>(&mut self, writer: &mut W, number: i64) -> io::Result<()> {
        match number.unsigned_abs() <= MAX_EXACT {
            true => CompactFormatter.write_i64(writer, number),
            false => write!(writer, "\"{number}\""),
        }
    }
    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, number: u64) -> io::Result<()> {
        match number <= MAX_EXACT {
            true => CompactFormatter.write_u64(writer, number),
            false => write!(writer, "\"{number}\""),
        }
    }
}

/// What a piece answers, in its encoding.
pub(crate) fn encode<T: Serialize + ?Sized>(encoding: Encoding, value: &T) -> Result<Vec<u8>> {
    match encoding {
        Encoding::Json => {
            let mut bytes = Vec::with_capacity(128);
            match value.serialize(&mut Serializer::with_formatter(&mut bytes, Exact)) {
                Ok(()) => Ok(bytes),
                Err(error) => {
                    Err(Failure::new("internal_error", format!("the result cannot be written as JSON: {error}")))
                }
            }
        }
        #[cfg(feature = "msgpack")]
        Encoding::MessagePack => crate::msgpack::encode(value),
    }
}

/// What a call hands over.
pub(crate) fn decode(encoding: Encoding, bytes: &[u8]) -> Result<Value> {
    match encoding {
        Encoding::Json => from_json(bytes)
            .map_err(|error| Failure::new("invalid_input", format!("the input is not valid JSON: {error}"))),
        #[cfg(feature = "msgpack")]
        Encoding::MessagePack => crate::msgpack::decode(bytes),
    }
}

/// JSON of any depth: a [`Value`] counts its own.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}
