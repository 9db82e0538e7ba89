//! Sessions: an engine connection kept between requests, and the settings a request lays over it.

use crate::{
    engine::{Call, Connection},
    exception::Exception,
    lock,
    request::{Request, SessionRequest},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Each session is an open engine connection (below 1 MB). Beyond this many, new ones are refused.
const SESSIONS_MAX: usize = 256;

const DATABASE_DEFAULT: &str = "default";

/// All sessions by their id.
#[derive(Default)]
pub(crate) struct Sessions {
    slots: Mutex<BTreeMap<String, Slot>>,
}

struct Slot {
    /// Absent while a request uses it.
    kept: Option<Kept>,
    timeout: Duration,
    last_used: Instant,
}

/// What a session keeps.
struct Kept {
    connection: Connection,
    /// What USE chose; a request's own database holds for that request only.
    own_database: String,
    current_database: String,
    /// Settings that requests changed, with the session's own values in SQL escaping.
    own_values: BTreeMap<String, String>,
}

impl Sessions {
    /// Takes the session for one request, making it with `connect` when it is new.
    pub(crate) fn take(
        self: &Arc<Self>,
        wanted: &SessionRequest,
        connect: impl FnOnce() -> Result<Connection, Exception>,
    ) -> Result<Workspace, Exception> {
        self.sweep();
        let mut slots = lock(&self.slots);
        let is_full = slots.len() >= SESSIONS_MAX;
        let kept = match slots.get_mut(&wanted.id) {
            Some(slot) => slot.kept.take().ok_or_else(|| is_locked(&wanted.id))?,
            None if wanted.must_exist => return Err(not_found(&wanted.id)),
            None if is_full => return Err(too_many()),
            None => Kept::new(connect()?),
        };
        let (timeout, last_used) = (wanted.timeout, Instant::now());
        slots.insert(
            wanted.id.clone(),
            Slot {
                kept: None,
                timeout,
                last_used,
            },
        );
        let sessions = Arc::clone(self);
        Ok(Workspace::Session(Held {
            sessions,
            id: wanted.id.clone(),
            closes: wanted.closes,
            kept: Some(kept),
        }))
    }

    /// Closes the sessions whose time is over.
    pub(crate) fn sweep(&self) {
        lock(&self.slots)
            .retain(|_, slot| slot.kept.is_none() || slot.last_used.elapsed() < slot.timeout);
    }

    /// Closes all sessions that no request uses.
    pub(crate) fn clear(&self) {
        lock(&self.slots).clear();
    }
}

fn is_locked(id: &str) -> Exception {
    let message = format!("Session {id} is locked by a concurrent client");
    Exception::new(373, "SESSION_IS_LOCKED", &message)
}

fn not_found(id: &str) -> Exception {
    Exception::new(372, "SESSION_NOT_FOUND", &format!("Session {id} not found"))
}

fn too_many() -> Exception {
    let message =
        format!("All {SESSIONS_MAX} sessions are taken: close some, or wait until they expire");
    Exception::new(202, "TOO_MANY_SIMULTANEOUS_QUERIES", &message)
}

/// The connection a request works on.
pub(crate) enum Workspace {
    /// For this request alone: stands in its database, gone with it.
    Fresh(Connection),
    /// Taken from a session, given back when dropped.
    Session(Held),
}

/// A session in use.
pub(crate) struct Held {
    sessions: Arc<Sessions>,
    id: String,
    closes: bool,
    /// Present until dropped.
    kept: Option<Kept>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut slots = lock(&self.sessions.slots);
        if self.closes {
            slots.remove(&self.id);
        } else if let Some(slot) = slots.get_mut(&self.id) {
            slot.last_used = Instant::now();
            slot.kept = self.kept.take();
        }
    }
}

impl Workspace {
    pub(crate) fn is_session(&self) -> bool {
        matches!(self, Self::Session(_))
    }

    /// Sets the request's settings, and a session's database.
    pub(crate) fn prepare(&mut self, request: &Request) -> Result<(), Exception> {
        match self {
            Self::Fresh(connection) => set(
                connection,
                request
                    .settings
                    .iter()
                    .map(|(name, value)| (name, escaped(value))),
            ),
            Self::Session(held) => match &mut held.kept {
                Some(kept) => kept.prepare(request),
                None => Err(not_found(&held.id)),
            },
        }
    }

    /// Lets a SET statement see and change the session's own values.
    pub(crate) fn uncover(&mut self) -> Result<(), Exception> {
        match self {
            Self::Session(Held {
                kept: Some(kept), ..
            }) => kept.restore_except(&[]),
            _ => Ok(()),
        }
    }

    /// Learns which database a USE statement chose.
    pub(crate) fn note_database(&mut self) -> Result<(), Exception> {
        if let Self::Session(Held {
            kept: Some(kept), ..
        }) = self
        {
            let answer = kept
                .connection
                .query(Call::plain("SELECT currentDatabase() FORMAT TSVRaw"))?;
            let name = String::from_utf8_lossy(answer.as_ref())
                .trim_end_matches('\n')
                .to_owned();
            kept.own_database.clone_from(&name);
            kept.current_database = name;
        }
        Ok(())
    }

    pub(crate) fn connection(&mut self) -> Result<&mut Connection, Exception> {
        match self {
            Self::Fresh(connection) => Ok(connection),
            Self::Session(held) => match &mut held.kept {
                Some(kept) => Ok(&mut kept.connection),
                None => Err(not_found(&held.id)),
            },
        }
    }
}

impl Kept {
    fn new(connection: Connection) -> Self {
        Self {
            connection,
            own_database: DATABASE_DEFAULT.into(),
            current_database: DATABASE_DEFAULT.into(),
            own_values: BTreeMap::new(),
        }
    }

    fn prepare(&mut self, request: &Request) -> Result<(), Exception> {
        let wanted = request.database.as_ref().unwrap_or(&self.own_database);
        if *wanted != self.current_database {
            choose_database(&mut self.connection, Some(wanted))?;
            self.current_database.clone_from(wanted);
        }
        self.restore_except(&request.settings)?;
        self.remember_values(&request.settings)?;
        set(
            &mut self.connection,
            request
                .settings
                .iter()
                .map(|(name, value)| (name, escaped(value))),
        )
    }

    /// Gives back the session's own value to every setting that is not in `kept_on`.
    fn restore_except(&mut self, kept_on: &[(String, String)]) -> Result<(), Exception> {
        let is_kept = |name: &String| kept_on.iter().any(|(kept, _)| kept == name);
        let values = self.own_values.iter().filter(|(name, _)| !is_kept(name));
        set(
            &mut self.connection,
            values.map(|(name, value)| (name, value.clone())),
        )?;
        self.own_values.retain(|name, _| is_kept(name));
        Ok(())
    }

    fn remember_values(&mut self, settings: &[(String, String)]) -> Result<(), Exception> {
        let names: Vec<_> = settings
            .iter()
            .filter(|(name, _)| !self.own_values.contains_key(name))
            .map(|(name, _)| format!("'{name}'"))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let list = names.join(",");
        let sql =
            format!("SELECT name, value FROM system.settings WHERE name IN ({list}) FORMAT TSV");
        let answer = self.connection.query(Call::plain(&sql))?;
        for line in String::from_utf8_lossy(answer.as_ref()).lines() {
            // The escaping of TSV is also that of SQL strings.
            if let Some((name, value)) = line.split_once('\t') {
                self.own_values.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }
}

/// Lets a connection stand in a database; without a name, where it was opened.
pub(crate) fn choose_database(
    connection: &mut Connection,
    database: Option<&str>,
) -> Result<(), Exception> {
    if let Some(database) = database {
        let name = database.replace('\\', "\\\\").replace('`', "\\`");
        connection.query(Call::plain(&format!("USE `{name}`")))?;
    }
    Ok(())
}

/// Sets all values in one statement. Quoted values convert to the setting's type.
fn set<'a>(
    connection: &mut Connection,
    values: impl Iterator<Item = (&'a String, String)>,
) -> Result<(), Exception> {
    let list: Vec<_> = values
        .map(|(name, value)| format!("{name}='{value}'"))
        .collect();
    if !list.is_empty() {
        connection.query(Call::plain(&format!("SET {}", list.join(", "))))?;
    }
    Ok(())
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\'', "\\'")
}
