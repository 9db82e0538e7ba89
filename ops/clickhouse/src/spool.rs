//! The body of a request, kept until it is complete.
//!
//! A body is taken whole before the engine sees a byte of it: one that breaks off has stored
//! nothing, and a slow client holds no engine thread.

use crate::exception::Exception;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use std::{
    collections::VecDeque,
    io::{self, Cursor, Read},
    path::Path,
};
use tokio::{
    fs::File,
    io::{AsyncSeekExt as _, AsyncWriteExt as _},
};

/// More than a usual insert (one batch of rows), little beside the engine's own memory. What goes
/// beyond is written to an unnamed file in the data folder.
const MEMORY_BYTES_MAX: usize = 8 << 20;

/// Far above any batch; keeps a runaway client from filling the disk. Beyond: 413.
const BODY_BYTES_MAX: u64 = 8 << 30;

/// A complete body.
pub(crate) enum Spool {
    Memory(VecDeque<Bytes>),
    File(std::fs::File),
}

/// Why a body could not be taken.
pub(crate) enum SpoolError {
    /// The client broke off; nobody is left to answer.
    Broken,
    Refused(Exception),
}

impl Spool {
    /// Takes the body to its end.
    pub(crate) async fn collect(mut body: Body, folder: &Path) -> Result<Self, SpoolError> {
        let mut pieces = VecDeque::new();
        let mut memory_bytes = 0;
        while let Some(data) = next_data(&mut body).await? {
            memory_bytes += data.len();
            pieces.push_back(data);
            if memory_bytes > MEMORY_BYTES_MAX {
                return Self::collect_in_file(pieces, body, folder).await;
            }
        }
        Ok(Self::Memory(pieces))
    }

    async fn collect_in_file(
        pieces: VecDeque<Bytes>,
        mut body: Body,
        folder: &Path,
    ) -> Result<Self, SpoolError> {
        let mut file = File::from_std(tempfile::tempfile_in(folder).map_err(disk_failed)?);
        let mut total_bytes = 0_u64;
        for piece in pieces {
            total_bytes += piece.len() as u64;
            file.write_all(&piece).await.map_err(disk_failed)?;
        }
        while let Some(data) = next_data(&mut body).await? {
            total_bytes += data.len() as u64;
            if total_bytes > BODY_BYTES_MAX {
                let message = format!("The body exceeds {BODY_BYTES_MAX} bytes: send it in parts");
                return Err(SpoolError::Refused(Exception::new(
                    229,
                    "QUERY_IS_TOO_LARGE",
                    &message,
                )));
            }
            file.write_all(&data).await.map_err(disk_failed)?;
        }
        file.flush().await.map_err(disk_failed)?;
        file.rewind().await.map_err(disk_failed)?;
        Ok(Self::File(file.into_std().await))
    }

    /// Whether no byte came.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Memory(pieces) if pieces.iter().all(Bytes::is_empty))
    }

    /// The bytes, in order.
    pub(crate) fn into_reader(self) -> Box<dyn Read + Send> {
        match self {
            Self::Memory(pieces) => Box::new(Pieces { pieces }),
            Self::File(file) => Box::new(io::BufReader::with_capacity(256 << 10, file)),
        }
    }
}

struct Pieces {
    pieces: VecDeque<Bytes>,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(piece) = self.pieces.front_mut() {
            let length = Cursor::new(&piece).read(buffer)?;
            let _taken = piece.split_to(length);
            if piece.is_empty() {
                self.pieces.pop_front();
            }
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
        }
        Ok(0)
    }
}

async fn next_data(body: &mut Body) -> Result<Option<Bytes>, SpoolError> {
    loop {
        let Some(frame) = body.frame().await else {
            return Ok(None);
        };
        let Ok(frame) = frame else {
            return Err(SpoolError::Broken);
        };
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn disk_failed(error: io::Error) -> SpoolError {
    let message =
        format!("A large body cannot be kept in the data folder ({error}): free some space");
    SpoolError::Refused(Exception::new(243, "NOT_ENOUGH_SPACE", &message))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn collected(body: Vec<u8>) -> (bool, Vec<u8>) {
        let Ok(spool) = Spool::collect(Body::from(body), &std::env::temp_dir()).await else {
            panic!("a complete body is taken");
        };
        let is_file = matches!(spool, Spool::File(_));
        let mut bytes = Vec::new();
        spool.into_reader().read_to_end(&mut bytes).unwrap();
        (is_file, bytes)
    }

    #[tokio::test]
    async fn a_body_is_read_back_as_it_came_whether_it_fits_in_memory_or_not() {
        let small = b"rows".to_vec();
        assert_eq!(collected(small.clone()).await, (false, small));
        let large: Vec<u8> = (0..=MEMORY_BYTES_MAX).map(|at| (at % 251) as u8).collect();
        assert_eq!(collected(large.clone()).await, (true, large));
    }
}
