//! Which port each part gets, and who has it already.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::Error;
use crate::home::Home;
use crate::keys;
use crate::parts::Part;
use crate::run_file::{RunFile, load_json, save_json};
use crate::settings::{Ports, Settings};

/// Free ports are taken from here: below the range from which the system gives ports to outgoing
/// connections (32768 on), above the well-known ones.
const FREE_FIRST: u16 = 20_000;
const FREE_COUNT: u16 = 12_000;
/// How many are tried before giving up; a machine with 500 neighbouring ports in use is not one
/// that a local stack runs on.
const FREE_TRIES: u16 = 500;

/// The ports of this run: as set; for 0, what the part has now or had last time, else a free one.
///
/// # Errors
/// A part that is to be started would find its port in use.
pub(crate) fn settle(settings: &Settings, home: &Home) -> Result<Ports, Error> {
    let before: Option<Ports> = load_json(&path(home))?;
    let mut chooser = Chooser { taken: Vec::new() };
    let last = |of: fn(&Ports) -> u16| before.as_ref().map_or(0, of);
    let ports = Ports {
        kafka: chooser.choose(
            settings.ports.kafka,
            last(|ports| ports.kafka),
            home,
            Part::Kafka,
        )?,
        kafka_controller: chooser.choose(
            settings.ports.kafka_controller,
            last(|ports| ports.kafka_controller),
            home,
            Part::Kafka,
        )?,
        registry: chooser.choose(
            settings.ports.registry,
            last(|ports| ports.registry),
            home,
            Part::Registry,
        )?,
        clickhouse: chooser.choose(
            settings.ports.clickhouse,
            last(|ports| ports.clickhouse),
            home,
            Part::ClickHouse,
        )?,
        pipeline: chooser.choose(
            settings.ports.pipeline,
            last(|ports| ports.pipeline),
            home,
            Part::Pipeline,
        )?,
    };
    if before != Some(ports) {
        save_json(&path(home), &ports)?;
    }
    Ok(ports)
}

/// The ports that the last `up` of this data folder chose: that is where its parts are, whatever
/// the settings say by now. Before the first `up`, the settings' own.
///
/// # Errors
/// There was no `up` yet, and the settings leave ports open.
pub(crate) fn known(settings: &Settings) -> Result<Ports, Error> {
    let home = Home::at(&settings.home);
    if let Some(last) = load_json::<Ports>(&path(&home))? {
        return Ok(last);
    }
    let set = settings.ports;
    let all = [
        set.kafka,
        set.kafka_controller,
        set.registry,
        set.clickhouse,
        set.pipeline,
    ];
    if all.contains(&0) {
        return Err(Error::NotUp(settings.home.clone()));
    }
    Ok(set)
}

/// Where a part answers.
pub(crate) const fn of(ports: &Ports, part: Part) -> u16 {
    match part {
        Part::Kafka => ports.kafka,
        Part::Registry => ports.registry,
        Part::ClickHouse => ports.clickhouse,
        Part::Pipeline => ports.pipeline,
    }
}

/// Makes sure that a part about to start finds its ports free.
///
/// # Errors
/// [`Error::PortInUse`], with the program that has it if this user may see it.
pub(crate) fn check_free(ports: &Ports, part: Part) -> Result<(), Error> {
    let wanted = match part {
        Part::Kafka => {
            vec![
                (&keys::PORT_KAFKA, ports.kafka),
                (&keys::PORT_CONTROLLER, ports.kafka_controller),
            ]
        }
        Part::Registry => vec![(&keys::PORT_REGISTRY, ports.registry)],
        Part::ClickHouse => vec![(&keys::PORT_CLICKHOUSE, ports.clickhouse)],
        Part::Pipeline => vec![(&keys::PORT_PIPELINE, ports.pipeline)],
    };
    for (key, port) in wanted {
        if !is_free(port) {
            let holder = holder(port).unwrap_or_else(|| "another program".to_owned());
            let (variable, key) = (key.variable, key.name);
            return Err(Error::PortInUse {
                part,
                port,
                holder,
                variable,
                key,
            });
        }
    }
    Ok(())
}

/// A free port that is none of `taken`.
pub(crate) fn free(taken: &[u16]) -> Option<u16> {
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.subsec_nanos());
    // Stacks that start side by side begin to look at different places.
    let start = nanos.wrapping_add(process::id().wrapping_mul(7919)) % u32::from(FREE_COUNT);
    let start = u16::try_from(start).unwrap_or_default();
    (0..FREE_TRIES)
        .map(|step| FREE_FIRST + (start + step) % FREE_COUNT)
        .find(|port| !taken.contains(port) && is_free(*port))
}

struct Chooser {
    taken: Vec<u16>,
}

impl Chooser {
    fn choose(&mut self, set: u16, last: u16, home: &Home, part: Part) -> Result<u16, Error> {
        let port = if set == 0 {
            self.choose_free(last, home, part)?
        } else {
            set
        };
        self.taken.push(port);
        Ok(port)
    }

    fn choose_free(&self, last: u16, home: &Home, part: Part) -> Result<u16, Error> {
        let is_running = RunFile::load(home, part)?.is_some_and(|run| run.is_alive());
        if last != 0 && (is_running || (is_free(last) && !self.taken.contains(&last))) {
            return Ok(last);
        }
        free(&self.taken).ok_or(Error::PortInUse {
            part,
            port: FREE_FIRST,
            holder: "other programs, as are the 500 after it".to_owned(),
            variable: "SIDELINE_KAFKA_PORT",
            key: "ports",
        })
    }
}

fn path(home: &Home) -> PathBuf {
    home.run().join("ports.json")
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Name and pid of the program that listens on a port, as far as /proc lets this user see.
fn holder(port: u16) -> Option<String> {
    let inodes = listening_inodes(port);
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        let Ok(descriptors) = fs::read_dir(entry.path().join("fd")) else {
            continue;
        };
        for descriptor in descriptors.flatten() {
            let Ok(target) = fs::read_link(descriptor.path()) else {
                continue;
            };
            if inodes.contains(target.to_string_lossy().as_ref()) {
                let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                return Some(format!("{} (pid {pid})", name.trim()));
            }
        }
    }
    None
}

/// The sockets that listen on a port, named as /proc/<pid>/fd names them.
fn listening_inodes(port: u16) -> BTreeSet<String> {
    const LISTEN: &str = "0A";
    let ending = format!(":{port:04X}");
    let mut inodes = BTreeSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in fs::read_to_string(table)
            .unwrap_or_default()
            .lines()
            .skip(1)
        {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if let [_, local, _, state, _, _, _, _, _, inode, ..] = fields.as_slice()
                && local.ends_with(&ending)
                && *state == LISTEN
            {
                inodes.insert(format!("socket:[{inode}]"));
            }
        }
    }
    inodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    fn settings(home: &Home, ports: Ports) -> Settings {
        let flags = Flags {
            home: Some(home.root().to_owned()),
            ..Flags::default()
        };
        let variable = |name: &str| (name == "HOME").then(|| "/h".to_owned());
        let mut settings = Settings::load_from(&flags, &variable, home.root()).unwrap();
        settings.ports = ports;
        settings
    }

    const ANY: Ports = Ports {
        kafka: 0,
        kafka_controller: 0,
        registry: 0,
        clickhouse: 0,
        pipeline: 0,
    };

    #[test]
    fn a_port_in_use_names_its_holder_and_the_setting() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = check_free(
            &Ports {
                registry: port,
                ..ANY
            },
            Part::Registry,
        )
        .unwrap_err();
        let pid = process::id();
        assert!(error.to_string().starts_with(&format!(
            "port {port} for the schema registry is in use by "
        )));
        assert!(
            error.to_string().ends_with(&format!("(pid {pid})")),
            "{error}"
        );
        assert!(
            error
                .hint()
                .contains("SIDELINE_REGISTRY_PORT or `ports.registry`"),
            "{}",
            error.hint()
        );
    }

    #[test]
    fn free_ports_are_chosen_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::create(folder.path()).unwrap();
        let settings = settings(&home, ANY);
        assert!(matches!(known(&settings), Err(Error::NotUp(_))));
        let first = settle(&settings, &home).unwrap();
        let all = [
            first.kafka,
            first.kafka_controller,
            first.registry,
            first.clickhouse,
            first.pipeline,
        ];
        for (i, port) in all.iter().enumerate() {
            assert!(*port >= FREE_FIRST && !all[..i].contains(port), "{all:?}");
        }
        assert_eq!(settle(&settings, &home).unwrap(), first);
        assert_eq!(known(&settings).unwrap(), first);
    }

    #[test]
    fn ports_that_are_set_are_used_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::create(folder.path()).unwrap();
        let set = Ports {
            kafka: 1,
            kafka_controller: 2,
            registry: 3,
            clickhouse: 4,
            pipeline: 5,
        };
        assert_eq!(settle(&settings(&home, set), &home).unwrap(), set);
    }
}
