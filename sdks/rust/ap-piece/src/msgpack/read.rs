//! From MessagePack to a value.
use crate::value::{Map, Value, MAX_NESTING};

type Read<T> = Result<T, String>;

pub fn from_slice(bytes: &[u8]) -> Read<Value> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(0)?;
    match reader.rest {
        [] => Ok(value),
        _ => Err("something follows the value".to_owned()),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or("it ends too early")?;
        self.rest = rest;
        Ok(taken)
    }
    /// A number of so many bytes.
    fn unsigned(&mut self, bytes: usize) -> Read<u64> {
        Ok(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
    fn signed(&mut self, bytes: usize) -> Read<i64> {
        let shift = 64 - 8 * bytes;
        Ok((self.unsigned(bytes)? << shift) as i64 >> shift)
    }
    fn length(&mut self, bytes: usize) -> Read<usize> {
        usize::try_from(self.unsigned(bytes)?).map_err(|_| "it ends too early".to_owned())
    }
    fn text(&mut self, length: usize) -> Read<String> {
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| "a text is not valid UTF-8")?;
        Ok(text.to_owned())
    }
    fn bytes(&mut self, length: usize) -> Read<Value> {
        Ok(Value::Bytes(self.take(length)?.to_vec()))
    }
    fn float(number: f64) -> Read<Value> {
        match number.is_finite() {
            true => Ok(number.into()),
            false => Err(format!("{number} is no number")),
        }
    }
    /// Each item takes a byte at least: a length that lies is refused before anything is made for it.
    fn room(&self, items: usize, depth: usize) -> Read<()> {
        if depth >= MAX_NESTING {
            return Err(format!("nested deeper than {MAX_NESTING}"));
        }
        match items <= self.rest.len() {
            true => Ok(()),
            false => Err("it ends too early".to_owned()),
        }
    }
    fn list(&mut self, length: usize, depth: usize) -> Read<Value> {
        self.room(length, depth)?;
        (0..length).map(|_| self.value(depth + 1)).collect::<Read<Vec<_>>>().map(Value::List)
    }
    fn record(&mut self, length: usize, depth: usize) -> Read<Value> {
        self.room(length.saturating_mul(2), depth)?;
        let field = |_| match self.value(MAX_NESTING)? {
            Value::Text(key) => Ok((key, self.value(depth + 1)?)),
            _ => Err("a key is no text".to_owned()),
        };
        let map = (0..length).map(field).collect::<Read<Map>>()?;
        match map.duplicate() {
            Some(key) => Err(format!("the key \"{key}\" stands twice")),
            None => Ok(map.into()),
        }
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        let mark = self.take(1)?[0];
        match mark {
            0x00..=0x7f => Ok(mark.into()),
            0x80..=0x8f => self.record(usize::from(mark & 0x0f), depth),
            0x90..=0x9f => self.list(usize::from(mark & 0x0f), depth),
            0xa0..=0xbf => self.text(usize::from(mark & 0x1f)).map(Value::Text),
            0xc0 => Ok(Value::Null),
            0xc2 => Ok(false.into()),
            0xc3 => Ok(true.into()),
            0xc4..=0xc6 => {
                let length = self.length(1 << (mark - 0xc4))?;
                self.bytes(length)
            }
            0xca => Self::float(f32::from_bits(self.unsigned(4)? as u32).into()),
            0xcb => Self::float(f64::from_bits(self.unsigned(8)?)),
            0xcc..=0xcf => Ok(self.unsigned(1 << (mark - 0xcc))?.into()),
            0xd0..=0xd3 => Ok(self.signed(1 << (mark - 0xd0))?.into()),
            0xd9..=0xdb => {
                let length = self.length(1 << (mark - 0xd9))?;
                self.text(length).map(Value::Text)
            }
            0xdc | 0xdd => {
                let length = self.length(2 << (mark - 0xdc))?;
                self.list(length, depth)
            }
            0xde | 0xdf => {
                let length = self.length(2 << (mark - 0xde))?;
                self.record(length, depth)
            }
            0xe0..=0xff => Ok((mark as i8).into()),
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => {
                Err(format!("0x{mark:x} begins an extension, which payloads do not have"))
            }
        }
    }
}
