//! A proxy between a client and the broker, which loses what it is told to lose.
//!
//! It knows three things of Kafka's protocol: frames begin with their length, a request names its
//! kind and a number that its answer repeats, and answers name the broker's address, in which it
//! puts its own port, so that every connection goes through it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// The request that ends a transaction.
const END_TXN: i16 = 26;

/// The request that makes a group's offsets part of a transaction.
const ADD_OFFSETS_TO_TXN: i16 = 25;

/// The largest frame it takes: what the broker allows, and some.
const FRAME_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Pause between two looks at whether held bytes may go on.
const LOOK: Duration = Duration::from_millis(10);

/// What is lost next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Nothing.
    Nothing,
    /// The answer to the next end of a transaction; its connection closes.
    EndAnswer,
    /// The next end of a transaction is held until this is [`Loss::Nothing`] again.
    EndRequest,
    /// Offsets that are to become part of a transaction are held until this is [`Loss::Nothing`].
    OffsetsRequest,
    /// Everything is held until this is [`Loss::Nothing`] again.
    Everything,
}

/// The proxy; it goes on for the process's life.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    /// Where clients find it.
    pub(crate) address: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    broker: String,
    broker_port: u16,
    own_port: u16,
    loss: AtomicU8,
    has_struck: AtomicBool,
}

/// What the two directions of a connection share.
#[derive(Debug, Default)]
struct Pair {
    /// Numbers of requests whose answers are lost.
    lost: Mutex<BTreeSet<[u8; 4]>>,
}

impl Proxy {
    /// Listens on a port of its own, before a broker on this machine.
    pub(crate) fn start(broker: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let own_port = listener.local_addr()?.port();
        let (_, port) = broker.rsplit_once(':').context("a broker without a port")?;
        let state = Arc::new(State {
            broker: broker.to_owned(),
            broker_port: port.parse()?,
            own_port,
            loss: AtomicU8::new(0),
            has_struck: AtomicBool::new(false),
        });
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A broker that is away is the client's to find out.
                if let Ok(broker) = TcpStream::connect(&serving.broker) {
                    connect(&serving, client, broker);
                }
            }
        });
        Ok(Self {
            address: format!("127.0.0.1:{own_port}"),
            state,
        })
    }

    /// From now on this is lost.
    pub(crate) fn lose(&self, loss: Loss) {
        self.state.has_struck.store(false, Ordering::Release);
        self.state.loss.store(loss as u8, Ordering::Release);
    }

    /// True once something was lost or held.
    pub(crate) fn has_struck(&self) -> bool {
        self.state.has_struck.load(Ordering::Acquire)
    }
}

impl State {
    fn is(&self, loss: Loss) -> bool {
        self.loss.load(Ordering::Acquire) == loss as u8
    }

    fn hold_while(&self, loss: Loss) {
        while self.is(loss) {
            self.has_struck.store(true, Ordering::Release);
            thread::sleep(LOOK);
        }
    }
}

fn connect(state: &Arc<State>, client: TcpStream, broker: TcpStream) {
    let pair = Arc::new(Pair::default());
    let (Ok(client_reads), Ok(broker_reads)) = (client.try_clone(), broker.try_clone()) else {
        return;
    };
    let (requests, requests_pair) = (Arc::clone(state), Arc::clone(&pair));
    thread::spawn(move || {
        pump(client_reads, broker, |frame| {
            requests.request(frame, &requests_pair)
        });
    });
    let answers = Arc::clone(state);
    thread::spawn(move || pump(broker_reads, client, |frame| answers.answer(frame, &pair)));
}

/// Hands frames on until one side ends or a frame may not go on.
fn pump(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&mut [u8]) -> bool) {
    let mut length = [0; 4];
    while from.read_exact(&mut length).is_ok() {
        let size = u32::from_be_bytes(length) as usize;
        if size > FRAME_BYTES_MAX {
            break;
        }
        let mut frame = vec![0; size];
        if from.read_exact(&mut frame).is_err() || !look(&mut frame) {
            break;
        }
        if to.write_all(&length).is_err() || to.write_all(&frame).is_err() {
            break;
        }
    }
    // Both ends may be gone already.
    drop(from.shutdown(Shutdown::Both));
    drop(to.shutdown(Shutdown::Both));
}

impl State {
    /// A request: its kind, its version, its number. True when it may go on.
    fn request(&self, frame: &mut [u8], pair: &Pair) -> bool {
        self.hold_while(Loss::Everything);
        let is_end = frame.starts_with(&END_TXN.to_be_bytes());
        if is_end && self.is(Loss::EndRequest) {
            self.hold_while(Loss::EndRequest);
            return false;
        }
        if frame.starts_with(&ADD_OFFSETS_TO_TXN.to_be_bytes()) && self.is(Loss::OffsetsRequest) {
            self.hold_while(Loss::OffsetsRequest);
            return false;
        }
        let once = (Loss::EndAnswer as u8, Loss::Nothing as u8);
        let order = (Ordering::AcqRel, Ordering::Acquire);
        let taken = |loss: &AtomicU8| loss.compare_exchange(once.0, once.1, order.0, order.1);
        if is_end && taken(&self.loss).is_ok() {
            let mut lost = pair.lost.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(number) = frame.get(4..8).and_then(|bytes| bytes.try_into().ok()) {
                lost.insert(number);
            }
        }
        true
    }

    /// An answer: the number of its request first. True when it may go on.
    fn answer(&self, frame: &mut [u8], pair: &Pair) -> bool {
        self.hold_while(Loss::Everything);
        let number: Option<[u8; 4]> = frame.get(..4).and_then(|bytes| bytes.try_into().ok());
        let lost = pair.lost.lock().unwrap_or_else(PoisonError::into_inner);
        if number.is_some_and(|number| lost.contains(&number)) {
            self.has_struck.store(true, Ordering::Release);
            return false;
        }
        self.put_own_port(frame);
        true
    }

    /// The broker's address in metadata: its host, then its port in four bytes.
    fn put_own_port(&self, frame: &mut [u8]) {
        const HOST: &[u8] = b"127.0.0.1";
        let mut address = HOST.to_vec();
        address.extend(u32::from(self.broker_port).to_be_bytes());
        let mut at = 0;
        while let Some(found) = frame[at..]
            .windows(address.len())
            .position(|window| window == address)
        {
            at += found + HOST.len();
            frame[at..at + 4].copy_from_slice(&u32::from(self.own_port).to_be_bytes());
        }
    }
}
