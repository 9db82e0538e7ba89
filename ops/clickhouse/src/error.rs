//! Why the server could not start or had to stop.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why the server could not start, or stopped before it was told to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken or not ours.
    #[error(
        "cannot listen on {listen} ({source}): stop the process that holds the port, or choose another port"
    )]
    Listen {
        /// The configured address.
        listen: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The library file is missing, or not one for this machine.
    #[error(
        "cannot load the ClickHouse engine library {} ({reason}): give the path of a libchdb.so for this machine",
        library.display()
    )]
    Library {
        /// The configured file.
        library: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The library is older than the interface used here.
    #[error(
        "the ClickHouse engine library {} has no {symbol}: use version 26.7 or newer",
        library.display()
    )]
    LibraryTooOld {
        /// The configured file.
        library: PathBuf,
        /// The function that is missing.
        symbol: String,
    },
    /// The data folder cannot be made or opened.
    #[error(
        "cannot use the ClickHouse data folder {} ({source}): check its owner and free space, or choose another folder",
        data.display()
    )]
    DataFolder {
        /// The configured folder.
        data: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another engine works in the data folder.
    #[error(
        "the ClickHouse data folder {} is in use by another process{holder}: stop it, or choose another folder",
        data.display()
    )]
    DataFolderLocked {
        /// The configured folder.
        data: PathBuf,
        /// `" (process 123)"` when the folder says so, else empty.
        holder: String,
    },
    /// The engine did not open, or opened and does not answer.
    #[error(
        "the ClickHouse engine did not start in {} ({reason}): see the engine's lines on the error output, or start with an empty folder",
        data.display()
    )]
    Engine {
        /// The configured folder.
        data: PathBuf,
        /// What is known.
        reason: String,
    },
    /// The listening socket failed while serving.
    #[error("the ClickHouse server stopped serving ({source}): restart it")]
    Serve {
        /// What the system said.
        source: io::Error,
    },
}
