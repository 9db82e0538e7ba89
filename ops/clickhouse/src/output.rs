//! From the engine's thread to the client: holding the first bytes back, compressing, sending.

use crate::{
    compression::{Encoder, Encoding},
    engine::Statistics,
    exception::Exception,
};
use bytes::Bytes;
use std::{io, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

/// One piece of a body: bounds native frames and what waits in the channel.
const PIECE_BYTES_MAX: usize = 1 << 20;

/// Pieces between the engine's thread and the socket: 4 MiB at most for each answer.
pub(crate) const PIECES_MAX: usize = 4;

/// A client that takes nothing for so long is given up, as the server does after its
/// `http_send_timeout`; a stalled reader would hold an engine thread for ever.
const STALLED_CLIENT_MAX: Duration = Duration::from_secs(60);

/// What a request is answered with.
pub(crate) enum Reply {
    Failed(Exception),
    Answered(Answered),
}

/// A request that succeeded, or at least began to.
pub(crate) struct Answered {
    /// Absent when the statement has no result.
    pub(crate) format: Option<String>,
    pub(crate) encoding: Encoding,
    /// Zeros while the answer is still being made.
    pub(crate) statistics: Statistics,
    pub(crate) body: ReplyBody,
}

/// The bytes of an answer.
pub(crate) enum ReplyBody {
    Whole(Bytes),
    Pieces(mpsc::Receiver<Piece>),
}

/// A part of a body that is still being made.
pub(crate) enum Piece {
    Data(Bytes),
    /// The body must end without its final chunk.
    Broken,
}

/// Why an answer stops.
pub(crate) enum Stop {
    Failed(Exception),
    /// Nobody listens any more.
    ClientGone,
}

impl From<Exception> for Stop {
    fn from(exception: Exception) -> Self {
        Self::Failed(exception)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        let message = format!("The answer cannot be compressed: {error}");
        Self::Failed(Exception::new(270, "CANNOT_COMPRESS", &message))
    }
}

/// The way of one answer to its client.
pub(crate) struct Output {
    pub(crate) encoding: Encoding,
    /// Bytes to hold back before the head is sent.
    pub(crate) hold_bytes: usize,
    /// Present until the head is sent.
    pub(crate) head: Option<oneshot::Sender<Reply>>,
    /// For the block that reports an error behind data already sent.
    pub(crate) version: String,
    pub(crate) tag: String,
    pub(crate) runtime: Handle,
    /// What is still to be sent when the request's work is done.
    pub(crate) end: Option<End>,
}

/// The last of an answer.
pub(crate) enum End {
    Head(Reply),
    Pieces(mpsc::Sender<Piece>, Vec<Piece>),
}

/// An answer being written.
pub(crate) struct Writer<'a> {
    output: &'a mut Output,
    encoder: Encoder,
    format: Option<String>,
    statistics: Statistics,
    held: Vec<Bytes>,
    held_bytes: usize,
    is_empty: bool,
    body: Option<mpsc::Sender<Piece>>,
}

impl Output {
    /// Begins an answer whose figures are `statistics`, as far as they are known.
    pub(crate) fn begin(
        &mut self,
        format: Option<String>,
        statistics: Statistics,
    ) -> Result<Writer<'_>, Stop> {
        let encoder = Encoder::new(self.encoding)?;
        let (held, held_bytes, is_empty, body) = (Vec::new(), 0, true, None);
        Ok(Writer {
            output: self,
            encoder,
            format,
            statistics,
            held,
            held_bytes,
            is_empty,
            body,
        })
    }

    /// Ends the answer with an error, unless a writer has already ended it.
    pub(crate) fn fail(&mut self, exception: Exception) {
        if self.end.is_none() && self.head.is_some() {
            self.end = Some(End::Head(Reply::Failed(exception)));
        }
    }

    /// Sends the end. Comes after everything the request held was given back, since the client may
    /// ask for that again as soon as it has the last byte.
    pub(crate) fn deliver(&mut self) {
        // Nobody is left to tell when the client is gone.
        let _is_heard = match self.end.take() {
            Some(End::Head(reply)) => self.send_head(reply),
            Some(End::Pieces(sender, pieces)) => pieces
                .into_iter()
                .try_for_each(|piece| self.send(&sender, piece)),
            None => Ok(()),
        };
    }

    fn send(&self, body: &mpsc::Sender<Piece>, piece: Piece) -> Result<(), Stop> {
        if matches!(&piece, Piece::Data(data) if data.is_empty()) {
            return Ok(());
        }
        let sending = body.send_timeout(piece, STALLED_CLIENT_MAX);
        self.runtime.block_on(sending).map_err(|_| Stop::ClientGone)
    }

    fn send_head(&mut self, reply: Reply) -> Result<(), Stop> {
        let head = self.head.take().ok_or(Stop::ClientGone)?;
        head.send(reply).map_err(|_| Stop::ClientGone)
    }
}

impl Writer<'_> {
    /// Adds to the answer.
    pub(crate) fn write(&mut self, mut data: Bytes) -> Result<(), Stop> {
        self.is_empty &= data.is_empty();
        while !data.is_empty() {
            let piece = data.split_to(data.len().min(PIECE_BYTES_MAX));
            let encoded = self.encoder.encode(piece)?;
            self.hold(encoded)?;
        }
        Ok(())
    }

    /// Adds what was read and written since the last call.
    pub(crate) fn count(&mut self, piece: Statistics) {
        let sum = &mut self.statistics;
        sum.storage_rows += piece.storage_rows;
        sum.storage_bytes += piece.storage_bytes;
        sum.result_rows += piece.result_rows;
        sum.result_bytes += piece.result_bytes;
        sum.elapsed_s += piece.elapsed_s;
    }

    /// Ends the answer. What is left goes out with [`Output::deliver`].
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        if !self.is_empty {
            let tail = self.encoder.finish()?;
            self.held.push(tail);
        }
        let held = std::mem::take(&mut self.held);
        self.output.end = Some(match self.body.take() {
            Some(sender) => End::Pieces(sender, held.into_iter().map(Piece::Data).collect()),
            None => {
                // No bytes need no encoding, and some decoders want none then.
                let is_plain = self.is_empty;
                let encoding = if is_plain {
                    Encoding::Plain
                } else {
                    self.output.encoding
                };
                End::Head(self.reply(encoding, ReplyBody::Whole(joined(held))))
            }
        });
        Ok(())
    }

    /// Ends the answer with an error. Behind data already sent it goes as a block of its own, in a
    /// piece of its own, and the body then breaks off: clients look at the end of one piece, or
    /// notice the missing end.
    pub(crate) fn fail(mut self, exception: Exception) -> Stop {
        let Some(sender) = self.body.take() else {
            return Stop::Failed(exception);
        };
        let block = exception.tagged_block(&self.output.version, &self.output.tag);
        let mut pieces = self.last_pieces(block.into()).unwrap_or_default();
        pieces.push(Piece::Broken);
        self.output.end = Some(End::Pieces(sender, pieces));
        Stop::Failed(exception)
    }

    fn last_pieces(&mut self, block: Bytes) -> io::Result<Vec<Piece>> {
        let before = self.encoder.flush()?;
        let mut last = self.encoder.encode(block)?.to_vec();
        last.extend(self.encoder.flush()?);
        last.extend(self.encoder.finish()?);
        Ok(vec![Piece::Data(before), Piece::Data(last.into())])
    }

    fn hold(&mut self, encoded: Bytes) -> Result<(), Stop> {
        if encoded.is_empty() {
            return Ok(());
        }
        self.held_bytes += encoded.len();
        self.held.push(encoded);
        if self.body.is_none() {
            if self.held_bytes < self.output.hold_bytes {
                return Ok(());
            }
            let (sender, receiver) = mpsc::channel(PIECES_MAX);
            let reply = self.reply(self.output.encoding, ReplyBody::Pieces(receiver));
            self.output.send_head(reply)?;
            self.body = Some(sender);
        }
        let Some(body) = &self.body else {
            return Err(Stop::ClientGone);
        };
        for piece in std::mem::take(&mut self.held) {
            self.output.send(body, Piece::Data(piece))?;
        }
        Ok(())
    }

    fn reply(&mut self, encoding: Encoding, body: ReplyBody) -> Reply {
        let (format, statistics) = (self.format.take(), self.statistics);
        Reply::Answered(Answered {
            format,
            encoding,
            statistics,
            body,
        })
    }
}

fn joined(mut pieces: Vec<Bytes>) -> Bytes {
    match pieces.len() {
        0 => Bytes::new(),
        1 => pieces.remove(0),
        _ => pieces.concat().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(hold_bytes: usize) -> (Output, oneshot::Receiver<Reply>) {
        let (head, reply) = oneshot::channel();
        let runtime = Handle::current();
        let (version, tag) = ("1".to_owned(), "abcdefghijklmnop".to_owned());
        let encoding = Encoding::Plain;
        (
            Output {
                encoding,
                hold_bytes,
                head: Some(head),
                version,
                tag,
                runtime,
                end: None,
            },
            reply,
        )
    }

    fn exception() -> Exception {
        Exception::new(395, "THROW", "no")
    }

    #[tokio::test]
    async fn a_small_answer_is_sent_whole_with_its_figures() {
        let (mut output, reply) = output(100);
        let mut writer = output
            .begin(Some("CSV".into()), Statistics::default())
            .ok()
            .unwrap();
        writer.write(Bytes::from_static(b"1\n")).ok().unwrap();
        writer.count(Statistics {
            result_rows: 1,
            ..Statistics::default()
        });
        writer.finish().ok().unwrap();
        output.deliver();
        let Ok(Reply::Answered(answered)) = reply.await else {
            panic!("answered")
        };
        assert_eq!(answered.statistics.result_rows, 1);
        assert!(matches!(answered.body, ReplyBody::Whole(bytes) if bytes == "1\n"));
    }

    #[tokio::test]
    async fn an_error_before_the_first_sent_byte_leaves_no_data() {
        let (mut output, reply) = output(100);
        let mut writer = output.begin(None, Statistics::default()).ok().unwrap();
        writer.write(Bytes::from_static(b"1\n")).ok().unwrap();
        let Stop::Failed(failed) = writer.fail(exception()) else {
            panic!("failed")
        };
        output.fail(failed);
        output.deliver();
        assert!(matches!(reply.await, Ok(Reply::Failed(failed)) if failed.code == 395));
    }

    #[tokio::test]
    async fn an_error_behind_sent_data_is_one_block_and_then_the_break() {
        let (mut output, reply) = output(1);
        let work = tokio::task::spawn_blocking(move || {
            let mut writer = output.begin(None, Statistics::default()).ok().unwrap();
            writer.write(Bytes::from_static(b"1\n")).ok().unwrap();
            assert!(matches!(writer.fail(exception()), Stop::Failed(_)));
            output.deliver();
        });
        let Ok(Reply::Answered(answered)) = reply.await else {
            panic!("answered")
        };
        let ReplyBody::Pieces(mut pieces) = answered.body else {
            panic!("pieces")
        };
        assert!(matches!(pieces.recv().await, Some(Piece::Data(data)) if data == "1\n"));
        let expected = exception().tagged_block("1", "abcdefghijklmnop");
        assert!(matches!(pieces.recv().await, Some(Piece::Data(data)) if data == expected));
        assert!(matches!(pieces.recv().await, Some(Piece::Broken)));
        work.await.unwrap();
    }
}
