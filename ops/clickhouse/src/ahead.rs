//! Connections opened ahead of the requests they are for.
//!
//! To open a connection and choose its database takes 0.3 ms; `SELECT 1` takes two in all. So when an
//! answer has been sent, the next connection of that kind is opened. Each serves one request, as if
//! it were opened for it.

use crate::{engine::Connection, exception::Exception, lock};
use std::{collections::VecDeque, sync::Mutex};

/// As many as ask at the same time on a local stack, a few databases included. Each takes less than
/// 1 MB.
const WAITING_MAX: usize = 4;

/// The connections that wait for a request.
#[derive(Default)]
pub(crate) struct Ahead {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// The oldest first.
    connections: VecDeque<(Option<String>, Connection)>,
    /// Counts how often all were forgotten: what was being opened meanwhile is forgotten too.
    age: u64,
}

impl Ahead {
    /// One that stands in this database, if there is one.
    pub(crate) fn take(&self, database: Option<&str>) -> Option<Connection> {
        let mut waiting = lock(&self.waiting);
        let stands_there = |(own, _): &(Option<String>, Connection)| own.as_deref() == database;
        let place = waiting.connections.iter().position(stands_there)?;
        waiting
            .connections
            .remove(place)
            .map(|(_, connection)| connection)
    }

    /// Opens another one with `open`, which chooses the database; the oldest makes room for it. That it
    /// cannot be opened is said to the request that needs one.
    pub(crate) fn refill(
        &self,
        database: Option<&str>,
        open: impl FnOnce() -> Result<Connection, Exception>,
    ) {
        let age = {
            let waiting = lock(&self.waiting);
            let of_it = waiting.connections.iter();
            let of_it = of_it.filter(|(own, _)| own.as_deref() == database);
            if of_it.count() == WAITING_MAX {
                return;
            }
            waiting.age
        };
        let Ok(connection) = open() else {
            return;
        };
        let mut waiting = lock(&self.waiting);
        if waiting.age != age {
            return;
        }
        waiting
            .connections
            .push_back((database.map(str::to_owned), connection));
        if waiting.connections.len() > WAITING_MAX {
            waiting.connections.pop_front();
        }
    }

    /// Closes all. Comes after each statement that may have taken a database away: a connection would
    /// stand where no new one can.
    pub(crate) fn forget(&self) {
        let mut waiting = lock(&self.waiting);
        waiting.age += 1;
        waiting.connections.clear();
    }
}
