//! Files: the value of a FILE property, whose bytes are read when they are asked for, and those that a call makes.
use serde::Serialize;

use crate::props::{refuse, Path, PropValue, Violations};
use crate::{base64, host, Property, PropertyType, Result, Value};

/// What one read brings at most.
const PART_BYTES: u32 = 1024 * 1024;

/// A file that was given to this call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct File {
    /// Its name.
    pub filename: String,
    /// Its media type.
    #[serde(rename = "mediaType")]
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// By which the host knows it.
    pub reference: String,
}

impl File {
    /// The part after the last dot of the name.
    pub fn extension(&self) -> Option<&str> {
        self.filename.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension)
    }
    /// All bytes, in memory as a whole.
    pub fn data(&self) -> Result<Vec<u8>> {
        let mut whole = Vec::new();
        for part in self.parts() {
            whole.append(&mut part?);
        }
        Ok(whole)
    }
    /// All bytes as base64 text.
    pub fn base64(&self) -> Result<String> {
        Ok(base64::encode(&self.data()?))
    }
    /// Bytes in parts of 1 MiB, for a file that need not be in memory as a whole.
    pub fn parts(&self) -> Parts<'_> {
        Parts { file: self, offset: Some(0) }
    }
}

/// The bytes of a file, part by part.
pub struct Parts<'a> {
    file: &'a File,
    /// None at the end.
    offset: Option<u64>,
}

impl Iterator for Parts<'_> {
    type Item = Result<Vec<u8>>;
    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.offset.take()?;
        match read(&self.file.reference, offset, PART_BYTES) {
            Ok(part) if part.is_empty() => None,
            Ok(part) => {
                let more = part.len() == PART_BYTES as usize;
                self.offset = more.then(|| offset + part.len() as u64);
                Some(Ok(part))
            }
            Err(failure) => Some(Err(failure)),
        }
    }
}

/// Stores the bytes and answers with a reference that later steps can read; the media type is the one that the name
/// suggests.
pub fn write(filename: &str, data: impl AsRef<[u8]>) -> Result<String> {
    write_as(filename, media_type_of(filename), data)
}
/// The same with a media type of your own.
pub fn write_as(filename: &str, media_type: &str, data: impl AsRef<[u8]>) -> Result<String> {
    host::files::write(filename, media_type, data.as_ref())
}
/// A part of a file that was given to this call; fewer bytes than asked mean the end.
pub fn read(reference: &str, offset: u64, max_bytes: u32) -> Result<Vec<u8>> {
    host::files::read(reference, offset, max_bytes)
}

impl PropValue for File {
    fn property() -> Property {
        Property::new(PropertyType::File).required(true)
    }
    fn read(mut value: Value, at: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let Value::Record(map) = &mut value else { return refuse(&value, "a file", at, violations) };
        let mut text = |name: &str| match map.take(name) {
            Value::Text(text) => Some(text),
            _ => None,
        };
        let Some(reference) = text("reference") else { return refuse(&value, "a file", at, violations) };
        let (filename, media_type) = (text("filename").unwrap_or_default(), text("mediaType").unwrap_or_default());
        Some(File { filename, media_type, size: map.take("size").as_u64().unwrap_or(0), reference })
    }
}

const MEDIA_TYPES: [(&str, &str); 16] = [
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain"),
    ("webp", "image/webp"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The media type that a file's name suggests.
pub fn media_type_of(filename: &str) -> &'static str {
    let extension = filename.rsplit('.').next().unwrap_or(filename);
    let known = MEDIA_TYPES.iter().find(|(one, _)| one.eq_ignore_ascii_case(extension));
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}
