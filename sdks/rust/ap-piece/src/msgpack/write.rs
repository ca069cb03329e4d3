//! From anything that serde knows to MessagePack: numbers in their shortest form, those without a fraction as integers.
use std::fmt::{self, Display};

use serde::ser::{self, Serialize};

use crate::value::{MAX_EXACT, MAX_NESTING};

pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Fault> {
    let mut writer = Writer { bytes: Vec::with_capacity(128), depth: 0 };
    value.serialize(&mut writer)?;
    Ok(writer.bytes)
}

/// Why a value cannot be written.
#[derive(Debug)]
pub struct Fault(String);

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Fault {}
impl ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Fault(message.to_string())
    }
}

type Written<T = ()> = Result<T, Fault>;

struct Writer {
    bytes: Vec<u8>,
    depth: usize,
}

/// How the length of a kind is written: in the mark itself up to `most`, then after the marks for 8, 16 and 32 bits.
struct Head {
    fixed: u8,
    most: usize,
    marks: [Option<u8>; 3],
}
const TEXT: Head = Head { fixed: 0xa0, most: 31, marks: [Some(0xd9), Some(0xda), Some(0xdb)] };
const BYTES: Head = Head { fixed: 0, most: 0, marks: [Some(0xc4), Some(0xc5), Some(0xc6)] };
const LIST: Head = Head { fixed: 0x90, most: 15, marks: [None, Some(0xdc), Some(0xdd)] };
const RECORD: Head = Head { fixed: 0x80, most: 15, marks: [None, Some(0xde), Some(0xdf)] };

fn head(kind: &Head, length: usize) -> Written<Vec<u8>> {
    let long = u32::try_from(length).map_err(|_| Fault("longer than 4 GiB".to_owned()))?;
    let [eight, sixteen, thirty_two] = kind.marks;
    let bytes = long.to_be_bytes();
    Ok(match (eight, sixteen, thirty_two) {
        _ if length <= kind.most && kind.fixed != 0 => vec![kind.fixed | length as u8],
        (Some(mark), ..) if length < 1 << 8 => vec![mark, bytes[3]],
        (_, Some(mark), _) if length < 1 << 16 => vec![mark, bytes[2], bytes[3]],
        (.., mark) => [&[mark.unwrap_or_default()][..], &bytes].concat(),
    })
}

impl Writer {
    fn begin(&mut self, kind: &Head, length: usize) -> Written {
        self.bytes.extend(head(kind, length)?);
        Ok(())
    }
    fn text(&mut self, text: &str) -> Written {
        self.begin(&TEXT, text.len())?;
        self.bytes.extend(text.as_bytes());
        Ok(())
    }
    /// `mark` and the last bytes of the number.
    fn number(&mut self, mark: u8, number: u64, bytes: usize) -> Written {
        self.bytes.push(mark);
        self.bytes.extend(&number.to_be_bytes()[8 - bytes..]);
        Ok(())
    }
    fn deeper(&mut self) -> Written {
        self.depth += 1;
        match self.depth <= MAX_NESTING {
            true => Ok(()),
            false => Err(Fault(format!("nested deeper than {MAX_NESTING}"))),
        }
    }
    /// A list or record whose length is known before, or counted.
    fn open(&mut self, kind: &'static Head, known: Option<usize>) -> Written<Open<'_>> {
        self.deeper()?;
        let at = self.bytes.len();
        if let Some(length) = known {
            self.begin(kind, length)?;
        }
        Ok(Open { writer: self, kind, at, known, count: 0, closes: 1 })
    }
    /// `{ variant: … }`
    fn variant(&mut self, name: &str) -> Written {
        self.deeper()?;
        self.begin(&RECORD, 1)?;
        self.text(name)
    }
}

/// A list or record that is being written.
struct Open<'a> {
    writer: &'a mut Writer,
    kind: &'static Head,
    at: usize,
    known: Option<usize>,
    count: usize,
    /// Levels that end with it.
    closes: usize,
}

impl Open<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.count += 1;
        value.serialize(&mut *self.writer)
    }
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Written {
        self.writer.text(name)?;
        self.item(value)
    }
    fn close(self) -> Written {
        self.writer.depth -= self.closes;
        if self.known.is_none() {
            self.writer.bytes.splice(self.at..self.at, head(self.kind, self.count)?);
        }
        Ok(())
    }
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Open<'a>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Open<'a>;

    fn is_human_readable(&self) -> bool {
        false
    }
    fn serialize_bool(self, value: bool) -> Written {
        self.bytes.push(if value { 0xc3 } else { 0xc2 });
        Ok(())
    }
    fn serialize_i8(self, number: i8) -> Written {
        self.serialize_i64(number.into())
    }
    fn serialize_i16(self, number: i16) -> Written {
        self.serialize_i64(number.into())
    }
    fn serialize_i32(self, number: i32) -> Written {
        self.serialize_i64(number.into())
    }
    fn serialize_i64(self, number: i64) -> Written {
        let bits = number as u64;
        match number {
            0.. => self.serialize_u64(bits),
            -32.. => self.number(number as u8, 0, 0),
            -0x80.. => self.number(0xd0, bits, 1),
            -0x8000.. => self.number(0xd1, bits, 2),
            -0x8000_0000.. => self.number(0xd2, bits, 4),
            _ => self.number(0xd3, bits, 8),
        }
    }
    fn serialize_u8(self, number: u8) -> Written {
        self.serialize_u64(number.into())
    }
    fn serialize_u16(self, number: u16) -> Written {
        self.serialize_u64(number.into())
    }
    fn serialize_u32(self, number: u32) -> Written {
        self.serialize_u64(number.into())
    }
    fn serialize_u64(self, number: u64) -> Written {
        match number {
            0..=0x7f => self.number(number as u8, 0, 0),
            ..=0xff => self.number(0xcc, number, 1),
            ..=0xffff => self.number(0xcd, number, 2),
            ..=0xffff_ffff => self.number(0xce, number, 4),
            _ => self.number(0xcf, number, 8),
        }
    }
    fn serialize_f32(self, number: f32) -> Written {
        self.serialize_f64(number.into())
    }
    fn serialize_f64(self, number: f64) -> Written {
        if !number.is_finite() {
            return Err(Fault(format!("{number} is no number that a payload can hold")));
        }
        match number.fract() == 0.0 && number.abs() <= MAX_EXACT as f64 {
            true => self.serialize_i64(number as i64),
            false => self.number(0xcb, number.to_bits(), 8),
        }
    }
    fn serialize_char(self, letter: char) -> Written {
        self.text(letter.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, text: &str) -> Written {
        self.text(text)
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Written {
        self.begin(&BYTES, bytes.len())?;
        self.bytes.extend(bytes);
        Ok(())
    }
    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Written {
        self.bytes.push(0xc0);
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Written {
        self.text(name)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Written {
        self.variant(name)?;
        value.serialize(&mut *self)?;
        self.depth -= 1;
        Ok(())
    }
    fn serialize_seq(self, length: Option<usize>) -> Written<Open<'a>> {
        self.open(&LIST, length)
    }
    fn serialize_tuple(self, length: usize) -> Written<Open<'a>> {
        self.open(&LIST, Some(length))
    }
    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Written<Open<'a>> {
        self.open(&LIST, Some(length))
    }
    fn serialize_tuple_variant(self, _: &str, _: u32, name: &'static str, length: usize) -> Written<Open<'a>> {
        self.variant(name)?;
        Ok(Open { closes: 2, ..self.open(&LIST, Some(length))? })
    }
    fn serialize_map(self, length: Option<usize>) -> Written<Open<'a>> {
        self.open(&RECORD, length)
    }
    fn serialize_struct(self, _: &'static str, length: usize) -> Written<Open<'a>> {
        self.open(&RECORD, Some(length))
    }
    fn serialize_struct_variant(self, _: &str, _: u32, name: &'static str, length: usize) -> Written<Open<'a>> {
        self.variant(name)?;
        Ok(Open { closes: 2, ..self.open(&RECORD, Some(length))? })
    }
}

macro_rules! lists {
    ($($kind:ident $item:ident),*) => {
        $(impl ser::$kind for Open<'_> {
            type Ok = ();
            type Error = Fault;
            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
                self.item(value)
            }
            fn end(self) -> Written {
                self.close()
            }
        })*
    };
}
lists! {
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
}

macro_rules! records {
    ($($kind:ident),*) => {
        $(impl ser::$kind for Open<'_> {
            type Ok = ();
            type Error = Fault;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
                self.field(name, value)
            }
            fn end(self) -> Written {
                self.close()
            }
        })*
    };
}
records! { SerializeStruct, SerializeStructVariant }

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = Fault;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        let at = self.writer.bytes.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.bytes.get(at) {
            Some(0xa0..=0xbf | 0xd9..=0xdb) => Ok(()),
            _ => Err(Fault("a key is no text".to_owned())),
        }
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.item(value)
    }
    fn end(self) -> Written {
        self.close()
    }
}
