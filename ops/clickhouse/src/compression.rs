//! Compression of bodies: ClickHouse's own frames, and the encodings of HTTP.

use crate::exception::Exception;
use bytes::Bytes;
use flate2::{
    Compression as GzipLevel,
    read::{MultiGzDecoder, ZlibDecoder},
    write::GzEncoder,
};
use lz4_flex::{
    block::{compress_into, decompress_into, get_maximum_output_size},
    frame::{BlockSize, FrameDecoder, FrameEncoder, FrameInfo},
};
use std::io::{self, Read, Write};

const CHECKSUM_BYTES: usize = 16;
/// Method, compressed size with these bytes, raw size: covered by the checksum.
const HEADER_BYTES: usize = 9;
const METHOD_LZ4: u8 = 0x82;
const METHOD_ZSTD: u8 = 0x90;
const METHOD_NONE: u8 = 0x02;

/// The server's own bound: a frame that claims more is taken for garbage.
const FRAME_BYTES_MAX: usize = 1 << 30;

/// Fast levels: bodies travel over loopback, so time counts more than size.
const ZSTD_LEVEL: i32 = 1;
const GZIP_LEVEL: u32 = 3;

/// How an answer is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    /// ClickHouse's frames, asked for by `compress=1` and named by no header.
    Native,
    Lz4,
    Zstd,
    Gzip,
    Deflate,
}

impl Encoding {
    /// The value of Content-Encoding.
    pub(crate) fn header(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Native => None,
            Self::Lz4 => Some("lz4"),
            Self::Zstd => Some("zstd"),
            Self::Gzip => Some("gzip"),
            Self::Deflate => Some("deflate"),
        }
    }

    /// The first of what this server offers that the client accepts.
    pub(crate) fn accepted(header: &str) -> Self {
        let is_accepted = |name: &str| {
            header.split(',').any(|part| {
                let mut words = part.split(';').map(str::trim);
                let is_named = words
                    .next()
                    .is_some_and(|word| word.eq_ignore_ascii_case(name));
                is_named && words.next() != Some("q=0")
            })
        };
        let offered = [Self::Zstd, Self::Lz4, Self::Gzip];
        let found = offered
            .into_iter()
            .find(|encoding| encoding.header().is_some_and(is_accepted));
        found.unwrap_or(Self::Plain)
    }

    /// The encoding of a request's body.
    pub(crate) fn of_body(header: &str) -> Result<Self, Exception> {
        match header.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Plain),
            "lz4" => Ok(Self::Lz4),
            "zstd" => Ok(Self::Zstd),
            "gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            other => Err(Exception::not_implemented(&format!(
                "Content-Encoding '{other}' is not read here: use lz4, zstd, gzip, deflate or none"
            ))),
        }
    }
}

/// Undoes `encoding`.
pub(crate) fn decoder<'a>(
    body: impl Read + Send + 'a,
    encoding: Encoding,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    Ok(match encoding {
        Encoding::Plain => Box::new(body),
        Encoding::Native => Box::new(FrameReader {
            inner: body,
            raw: Vec::new(),
            at: 0,
        }),
        Encoding::Lz4 => Box::new(FrameDecoder::new(body)),
        Encoding::Zstd => Box::new(zstd::stream::read::Decoder::new(body)?),
        Encoding::Gzip => Box::new(MultiGzDecoder::new(body)),
        Encoding::Deflate => Box::new(ZlibDecoder::new(body)),
    })
}

/// What a failed read of a decoded body says to the client.
pub(crate) fn read_failed(error: &io::Error) -> Exception {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Exception>());
    inner.cloned().unwrap_or_else(|| {
        let message = format!("The request's body cannot be decompressed: {error}");
        Exception::new(271, "CANNOT_DECOMPRESS", &message)
    })
}

/// Reads frames that follow each other; the end of the input between two frames ends the stream.
struct FrameReader<R> {
    inner: R,
    raw: Vec<u8>,
    at: usize,
}

impl<R: Read> Read for FrameReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.raw.len() {
            self.at = 0;
            if !read_frame(&mut self.inner, &mut self.raw)? {
                return Ok(0);
            }
        }
        let rest = self.raw.get(self.at..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

/// Reads one frame into `raw`; false at the end of the input.
fn read_frame(input: &mut impl Read, raw: &mut Vec<u8>) -> io::Result<bool> {
    raw.clear();
    let mut checksum = Vec::with_capacity(CHECKSUM_BYTES);
    input
        .by_ref()
        .take(CHECKSUM_BYTES as u64)
        .read_to_end(&mut checksum)?;
    if checksum.is_empty() {
        return Ok(false);
    }
    let mut frame = Vec::new();
    input
        .by_ref()
        .take(HEADER_BYTES as u64)
        .read_to_end(&mut frame)?;
    let [method, c0, c1, c2, c3, r0, r1, r2, r3] = *frame.as_slice() else {
        return Err(cut_short());
    };
    let frame_bytes = u32::from_le_bytes([c0, c1, c2, c3]) as usize;
    let raw_bytes = u32::from_le_bytes([r0, r1, r2, r3]) as usize;
    if !(HEADER_BYTES..=FRAME_BYTES_MAX).contains(&frame_bytes) || raw_bytes > FRAME_BYTES_MAX {
        let message = format!("A frame claims {frame_bytes} bytes, {raw_bytes} decompressed");
        return Err(refused(39, "TOO_LARGE_SIZE_COMPRESSED", &message));
    }
    input
        .by_ref()
        .take((frame_bytes - HEADER_BYTES) as u64)
        .read_to_end(&mut frame)?;
    if frame.len() != frame_bytes {
        return Err(cut_short());
    }
    if checksum != checksum_of(&frame) {
        let message = "Checksum doesn't match: corrupted data in a frame of the request's body";
        return Err(refused(40, "CHECKSUM_DOESNT_MATCH", message));
    }
    raw.resize(raw_bytes, 0);
    let written = decompress(method, frame.get(HEADER_BYTES..).unwrap_or_default(), raw)?;
    if written != raw_bytes {
        return Err(refused(
            271,
            "CANNOT_DECOMPRESS",
            "A frame is shorter than it claims",
        ));
    }
    Ok(true)
}

fn decompress(method: u8, data: &[u8], raw: &mut [u8]) -> io::Result<usize> {
    match method {
        METHOD_LZ4 => decompress_into(data, raw)
            .map_err(|error| refused(271, "CANNOT_DECOMPRESS", &error.to_string())),
        METHOD_ZSTD => zstd::bulk::decompress_to_buffer(data, raw)
            .map_err(|error| refused(271, "CANNOT_DECOMPRESS", &error.to_string())),
        METHOD_NONE if data.len() == raw.len() => {
            raw.copy_from_slice(data);
            Ok(data.len())
        }
        METHOD_NONE => Err(refused(
            271,
            "CANNOT_DECOMPRESS",
            "A frame's sizes contradict",
        )),
        other => {
            let message = format!("Unknown compression method {other:#04x} in a frame");
            Err(refused(89, "UNKNOWN_COMPRESSION_METHOD", &message))
        }
    }
}

fn refused(code: u32, name: &str, message: &str) -> io::Error {
    io::Error::other(Exception::new(code, name, message))
}

fn cut_short() -> io::Error {
    refused(
        33,
        "CANNOT_READ_ALL_DATA",
        "The request's body ends inside a compressed frame",
    )
}

/// `ClickHouse` writes the low half first; the crate returns the halves the other way round.
fn checksum_of(frame: &[u8]) -> [u8; CHECKSUM_BYTES] {
    cityhash_rs::cityhash_102_128(frame)
        .rotate_left(64)
        .to_le_bytes()
}

/// Appends one LZ4 frame. `raw` must be below [`FRAME_BYTES_MAX`].
fn write_frame(raw: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let start = out.len();
    let body = start + CHECKSUM_BYTES + HEADER_BYTES;
    out.resize(body + get_maximum_output_size(raw.len()), 0);
    let compressed_bytes =
        compress_into(raw, out.get_mut(body..).unwrap_or_default()).map_err(io::Error::other)?;
    out.truncate(body + compressed_bytes);
    let frame = out.get_mut(start + CHECKSUM_BYTES..).unwrap_or_default();
    let frame_bytes = u32::try_from(frame.len()).map_err(io::Error::other)?;
    let raw_bytes = u32::try_from(raw.len()).map_err(io::Error::other)?;
    frame[0] = METHOD_LZ4;
    frame[1..5].copy_from_slice(&frame_bytes.to_le_bytes());
    frame[5..9].copy_from_slice(&raw_bytes.to_le_bytes());
    let checksum = checksum_of(frame);
    out[start..start + CHECKSUM_BYTES].copy_from_slice(&checksum);
    Ok(())
}

/// Compresses an answer piece by piece.
pub(crate) enum Encoder {
    Plain,
    Native,
    Lz4(FrameEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Encoder {
    pub(crate) fn new(encoding: Encoding) -> io::Result<Self> {
        Ok(match encoding {
            Encoding::Plain | Encoding::Deflate => Self::Plain,
            Encoding::Native => Self::Native,
            Encoding::Lz4 => {
                let info = FrameInfo::new().block_size(BlockSize::Max256KB);
                Self::Lz4(FrameEncoder::with_frame_info(info, Vec::new()))
            }
            Encoding::Zstd => {
                Self::Zstd(zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?)
            }
            Encoding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), GzipLevel::new(GZIP_LEVEL))),
        })
    }

    /// Takes a piece and gives what is ready, perhaps nothing.
    pub(crate) fn encode(&mut self, piece: Bytes) -> io::Result<Bytes> {
        match self {
            Self::Plain => return Ok(piece),
            Self::Native => {
                let mut frame = Vec::new();
                write_frame(&piece, &mut frame)?;
                return Ok(frame.into());
            }
            Self::Lz4(encoder) => encoder.write_all(&piece)?,
            Self::Zstd(encoder) => encoder.write_all(&piece)?,
            Self::Gzip(encoder) => encoder.write_all(&piece)?,
        }
        Ok(self.take_ready())
    }

    /// Gives all that was taken, so that the next piece starts a block of its own.
    pub(crate) fn flush(&mut self) -> io::Result<Bytes> {
        match self {
            Self::Plain | Self::Native => {}
            Self::Lz4(encoder) => encoder.flush()?,
            Self::Zstd(encoder) => encoder.flush()?,
            Self::Gzip(encoder) => encoder.flush()?,
        }
        Ok(self.take_ready())
    }

    /// Ends the encoding.
    pub(crate) fn finish(&mut self) -> io::Result<Bytes> {
        match self {
            Self::Plain | Self::Native => {}
            Self::Lz4(encoder) => encoder.try_finish()?,
            Self::Zstd(encoder) => encoder.do_finish()?,
            Self::Gzip(encoder) => encoder.try_finish()?,
        }
        Ok(self.take_ready())
    }

    fn take_ready(&mut self) -> Bytes {
        let ready = match self {
            Self::Plain | Self::Native => return Bytes::new(),
            Self::Lz4(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
            Self::Gzip(encoder) => encoder.get_mut(),
        };
        std::mem::take(ready).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unframe(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut raw = Vec::new();
        decoder(bytes, Encoding::Native)?.read_to_end(&mut raw)?;
        Ok(raw)
    }

    fn code(result: io::Result<Vec<u8>>) -> u32 {
        read_failed(&result.unwrap_err()).code
    }

    /// Uncompressed frame of `1\n`, as the server's specification of the frame gives it by hand:
    /// checksum, method 02, 11 bytes, 2 bytes, data.
    fn golden_frame() -> Vec<u8> {
        let mut frame = vec![0x02, 11, 0, 0, 0, 2, 0, 0, 0, b'1', b'\n'];
        let mut golden = checksum_of(&frame).to_vec();
        golden.append(&mut frame);
        golden
    }

    #[test]
    fn frames_of_every_method_are_read() {
        assert_eq!(unframe(&golden_frame()).unwrap(), b"1\n");
        let mut zstd_frame = vec![METHOD_ZSTD];
        let data = zstd::bulk::compress(b"hello", 1).unwrap();
        zstd_frame.extend(
            u32::try_from(data.len() + HEADER_BYTES)
                .unwrap()
                .to_le_bytes(),
        );
        zstd_frame.extend(5_u32.to_le_bytes());
        zstd_frame.extend(data);
        let bytes = [checksum_of(&zstd_frame).as_slice(), &zstd_frame].concat();
        assert_eq!(unframe(&bytes).unwrap(), b"hello");
    }

    #[test]
    fn frames_follow_each_other_without_separator() {
        let mut bytes = Vec::new();
        let long = b"abc".repeat(100_000);
        write_frame(&long, &mut bytes).unwrap();
        write_frame(b"", &mut bytes).unwrap();
        write_frame(b"end", &mut bytes).unwrap();
        assert_eq!(unframe(&bytes).unwrap(), [long.as_slice(), b"end"].concat());
    }

    #[test]
    fn every_flipped_byte_of_a_frame_is_noticed() {
        let golden = golden_frame();
        for at in 0..golden.len() {
            let mut broken = golden.clone();
            broken[at] ^= 1;
            assert!(unframe(&broken).is_err(), "byte {at}");
        }
        let mut broken = golden;
        broken[25] ^= 1;
        assert_eq!(code(unframe(&broken)), 40);
    }

    #[test]
    fn a_frame_cut_short_is_an_error_and_not_an_end() {
        let golden = golden_frame();
        for length in 1..golden.len() {
            assert!(unframe(&golden[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_frame_that_claims_too_much_is_refused_before_it_is_read() {
        let mut huge = golden_frame();
        huge[17..21].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(code(unframe(&huge)), 39);
        let mut tiny = golden_frame();
        tiny[17..21].copy_from_slice(&8_u32.to_le_bytes());
        assert_eq!(code(unframe(&tiny)), 39);
    }

    #[test]
    fn every_encoding_comes_back_as_it_went() {
        let pieces: Vec<Bytes> = (0..50_u8)
            .map(|piece| Bytes::from(vec![piece; 10_000]))
            .collect();
        for encoding in [
            Encoding::Plain,
            Encoding::Native,
            Encoding::Lz4,
            Encoding::Zstd,
            Encoding::Gzip,
        ] {
            let mut encoder = Encoder::new(encoding).unwrap();
            let mut encoded = Vec::new();
            for piece in &pieces {
                encoded.extend(encoder.encode(piece.clone()).unwrap());
            }
            encoded.extend(encoder.flush().unwrap());
            encoded.extend(encoder.encode(Bytes::from_static(b"end")).unwrap());
            encoded.extend(encoder.finish().unwrap());
            let mut decoded = Vec::new();
            decoder(encoded.as_slice(), encoding)
                .unwrap()
                .read_to_end(&mut decoded)
                .unwrap();
            assert_eq!(
                decoded,
                [pieces.concat().as_slice(), b"end"].concat(),
                "{encoding:?}"
            );
        }
    }

    #[test]
    fn the_order_of_encodings_is_the_servers() {
        assert_eq!(Encoding::accepted("gzip, lz4, br"), Encoding::Lz4);
        assert_eq!(Encoding::accepted("gzip;q=0.5, ZSTD"), Encoding::Zstd);
        assert_eq!(Encoding::accepted("gzip;q=0, br"), Encoding::Plain);
        assert_eq!(Encoding::of_body("br").unwrap_err().code, 48);
    }
}
