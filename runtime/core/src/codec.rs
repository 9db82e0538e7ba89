//! How values become bytes and bytes become values.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Turns values of one type into the bytes of a topic and back.
///
/// An implementation may ask a registry for a schema, so both ways can fail for a while; it says
/// so with [`CodecError::is_transient`].
pub trait Codec<T>: Send + Sync {
    /// Appends the bytes of `value` to `out`.
    ///
    /// # Errors
    /// When the value does not fit the schema, or the schema cannot be reached.
    fn encode(&self, value: &T, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Reads one value from `bytes`, all of which belong to it.
    ///
    /// # Errors
    /// When the bytes are not such a value, or their schema cannot be reached.
    fn decode(&self, bytes: &[u8]) -> Result<T, CodecError>;
}

impl<T, C: Codec<T> + ?Sized> Codec<T> for Arc<C> {
    fn encode(&self, value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
        (**self).encode(value, out)
    }

    fn decode(&self, bytes: &[u8]) -> Result<T, CodecError> {
        (**self).decode(bytes)
    }
}

/// Why bytes could not be read or a value could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({reason})")]
pub struct CodecError {
    /// A machine word such as `unknown_schema_id`; it becomes the reason of the dead letter.
    pub reason: String,
    /// What happened, where, and with which value, for people.
    pub message: String,
    /// True when waiting can help (the registry is away). A driver then pauses and tries the
    /// same record again; it never becomes a dead letter.
    pub is_transient: bool,
}

impl CodecError {
    /// The bytes or the value are at fault: trying again gives the same answer.
    pub fn permanent(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            message: message.into(),
            is_transient: false,
        }
    }

    /// Something the codec needs is away: trying again later can succeed.
    pub fn transient(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            message: message.into(),
            is_transient: true,
        }
    }
}

/// Plain UTF-8 text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text;

impl Codec<String> for Text {
    fn encode(&self, value: &String, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(value.as_bytes());
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<String, CodecError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(CodecError::permanent(
                "not_utf8",
                format!(
                    "the value of {} bytes is no UTF-8 text: {error}",
                    bytes.len()
                ),
            )),
        }
    }
}

/// Bytes as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bytes;

impl Codec<Vec<u8>> for Bytes {
    fn encode(&self, value: &Vec<u8>, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(value);
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
        Ok(bytes.to_vec())
    }
}

/// Any serde type in postcard's compact form: the form of the stores, and handy in tests. It
/// carries no schema, so topics that others read use a codec that does.
#[derive(Debug)]
pub struct Postcard<T>(PhantomData<fn() -> T>);

impl<T> Postcard<T> {
    /// The codec of `T`.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for Postcard<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Serialize + DeserializeOwned> Codec<T> for Postcard<T> {
    fn encode(&self, value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match postcard::to_extend(value, Extending(out)) {
            Ok(_) => Ok(()),
            Err(error) => Err(CodecError::permanent(
                "not_serializable",
                format!("the value cannot be written as postcard: {error}"),
            )),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Result<T, CodecError> {
        match postcard::from_bytes(bytes) {
            Ok(value) => Ok(value),
            Err(error) => Err(CodecError::permanent(
                "not_postcard",
                format!(
                    "{} bytes cannot be read as {}: {error}",
                    bytes.len(),
                    std::any::type_name::<T>()
                ),
            )),
        }
    }
}

/// `postcard::to_extend` wants an owned writer; this one appends to a borrowed buffer.
struct Extending<'a>(&'a mut Vec<u8>);

impl Extend<u8> for Extending<'_> {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        self.0.extend(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcard_appends_and_reads_back() {
        let codec = Postcard::<(u32, String)>::new();
        let mut out = b"x".to_vec();
        codec.encode(&(7, "seven".into()), &mut out).unwrap();
        assert_eq!(out[0], b'x');
        assert_eq!(codec.decode(&out[1..]).unwrap(), (7, "seven".into()));
    }

    #[test]
    fn wrong_bytes_are_permanent_errors_with_a_machine_word() {
        let error = Text.decode(&[0xff]).unwrap_err();
        assert_eq!(
            (error.reason.as_str(), error.is_transient),
            ("not_utf8", false)
        );
        assert_eq!(
            Postcard::<String>::new().decode(&[9]).unwrap_err().reason,
            "not_postcard"
        );
    }
}
