//! How Kafka is set up: one node that is broker and controller, small and quiet.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::cache::remove_folder;
use crate::command::CommandLine;
use crate::error::Error;
use crate::home::create_private;

/// Version of Apache Kafka.
pub const KAFKA_VERSION: &str = "4.1.2";

/// What a Kafka process is made of.
#[derive(Clone, Debug)]
pub struct KafkaLaunch {
    /// The java program.
    pub java: PathBuf,
    /// Kafka's jars, in class path order.
    pub jars: Vec<PathBuf>,
    /// Archive of loaded classes, for a faster start.
    pub archive: Option<PathBuf>,
    /// Folder of its settings and data.
    pub folder: PathBuf,
    /// Folder of its log.
    pub logs: PathBuf,
    /// Port for clients.
    pub port: u16,
    /// Port for the controller.
    pub controller_port: u16,
    /// Largest heap, in MiB.
    pub heap_mib: u32,
    /// Further options of its Java machine.
    pub java_options: Vec<String>,
}

/// The command that runs Kafka in the foreground.
#[must_use]
pub fn kafka_command(launch: &KafkaLaunch) -> CommandLine {
    let mut args = java_args(launch);
    // Out of memory, a broker that limps on is worse than one that `status` reports as dead.
    args.push("-XX:+ExitOnOutOfMemoryError".to_owned());
    args.push("kafka.Kafka".to_owned());
    args.push(
        launch
            .folder
            .join("server.properties")
            .display()
            .to_string(),
    );
    command(launch, args)
}

/// The command that prepares an empty data folder; it reads `format.properties`.
pub(crate) fn format_command(launch: &KafkaLaunch, cluster: &str) -> CommandLine {
    let mut args = java_args(launch);
    args.extend(
        [
            "kafka.tools.StorageTool",
            "format",
            "--cluster-id",
            cluster,
            "--config",
        ]
        .map(str::to_owned),
    );
    args.push(
        launch
            .folder
            .join("format.properties")
            .display()
            .to_string(),
    );
    command(launch, args)
}

/// Writes the settings, and formats the data folder unless that has been done.
///
/// # Errors
/// A file cannot be written, or the storage tool refuses.
pub(crate) async fn prepare(launch: &KafkaLaunch) -> Result<(), Error> {
    create_private(&launch.folder)?;
    let data = launch.folder.join("data");
    write(
        &launch.folder.join("server.properties"),
        &server_properties(launch, &data),
    )?;
    write(
        &launch.folder.join("log4j2.properties"),
        &log_properties(&launch.logs),
    )?;
    let is_formatted = data
        .try_exists()
        .map_err(|source| Error::io("reading", &data, source))?;
    if is_formatted {
        return Ok(());
    }
    // Formatted beside its place and then renamed: a format that was cut short leaves nothing.
    let half = launch.folder.join("data.half");
    remove_folder(&half)?;
    write(
        &launch.folder.join("format.properties"),
        &server_properties(launch, &half),
    )?;
    let command = format_command(launch, &cluster_id()?);
    let output = Command::new(&command.program)
        .args(&command.args)
        .envs(command.environment)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| Error::io("running", &command.program, source))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("no reason given");
        return Err(Error::Format(line.to_owned()));
    }
    fs::rename(&half, &data).map_err(|source| Error::io("renaming", &half, source))
}

fn command(launch: &KafkaLaunch, args: Vec<String>) -> CommandLine {
    let jars: Vec<String> = launch
        .jars
        .iter()
        .map(|jar| jar.display().to_string())
        .collect();
    // By variable, since fifty paths in the arguments would drown everything else in `ps`.
    let class_path = ("CLASSPATH".to_owned(), jars.join(":"));
    // glibc's default of 8 arenas per core keeps freed memory: 30 MB less with two.
    let arenas = ("MALLOC_ARENA_MAX".to_owned(), "2".to_owned());
    CommandLine {
        program: launch.java.clone(),
        args,
        environment: vec![class_path, arenas],
    }
}

fn java_args(launch: &KafkaLaunch) -> Vec<String> {
    let config = launch.folder.join("log4j2.properties");
    let mut args = vec![
        "-Xms64m".to_owned(),
        format!("-Xmx{}m", launch.heap_mib),
        "-Djava.awt.headless=true".to_owned(),
        format!("-Dlog4j2.configurationFile={}", config.display()),
    ];
    // After the heap, so that they can say more of it.
    args.extend(launch.java_options.iter().cloned());
    if let Some(archive) = &launch.archive {
        args.push(format!("-XX:SharedArchiveFile={}", archive.display()));
    }
    args
}

fn server_properties(launch: &KafkaLaunch, data: &Path) -> String {
    let (port, controller) = (launch.port, launch.controller_port);
    let settings: &[(&str, String)] = &[
        ("process.roles", "broker,controller".to_owned()),
        ("node.id", "1".to_owned()),
        (
            "controller.quorum.voters",
            format!("1@127.0.0.1:{controller}"),
        ),
        (
            "listeners",
            format!("PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"),
        ),
        (
            "advertised.listeners",
            format!("PLAINTEXT://127.0.0.1:{port}"),
        ),
        ("controller.listener.names", "CONTROLLER".to_owned()),
        (
            "listener.security.protocol.map",
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT".to_owned(),
        ),
        ("log.dirs", escape(data)),
    ];
    let mut text = String::new();
    for (name, value) in settings {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}={value}");
    }
    text.push_str(FIXED_PROPERTIES);
    text
}

/// What does not depend on where the stack lives.
const FIXED_PROPERTIES: &str = "\
# One node holds every copy.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# 50 partitions each by default; a handful of groups and producers needs four, and each costs at start.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=1
# After a kill, the broker is let in again only when its old session has ended: 11.4 s until ready with
# the default of 9 s.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Topics come from the catalogue alone.
auto.create.topics.enable=false
# A group that starts does not wait 3 s for more members.
group.initial.rebalance.delay.ms=0
# A transaction of a producer that died holds readers up until it is aborted; the default looks every 10 s.
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
# A league is off for months; by default groups that are idle for 7 days begin anew.
offsets.retention.minutes=5256000
# Dead letters carry 4 MB of somebody else's bytes, and a frame around them.
message.max.bytes=5242880
replica.fetch.max.bytes=5242880
# The cleaner's default of 128 MB is a third of the heap; 16 MB hold 600,000 keys a pass.
log.cleaner.dedupe.buffer.size=16777216
# Two cores, a handful of clients.
num.network.threads=2
num.io.threads=4
background.threads=4
num.recovery.threads.per.data.dir=2
";

/// Warnings only, at most three files of 2 MB.
fn log_properties(logs: &Path) -> String {
    let file = escape(&logs.join("kafka.log"));
    format!(
        "\
status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={file}
appender.file.filePattern={file}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{{yyyy-MM-dd'T'HH:mm:ss.SSSX}} %p %c{{1}} %m%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=2MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
rootLogger.level=warn
rootLogger.appenderRef.file.ref=file
"
    )
}

/// In a properties file a backslash begins an escape.
fn escape(path: &Path) -> String {
    path.display().to_string().replace('\\', "\\\\")
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|source| Error::io("writing", path, source))
}

/// A new cluster id: 16 random bytes in URL-safe base64, as Kafka's own tool makes them.
fn cluster_id() -> Result<String, Error> {
    let source = Path::new("/proc/sys/kernel/random/uuid");
    let uuid = fs::read_to_string(source).map_err(|error| Error::io("reading", source, error))?;
    let digits: Vec<u8> = uuid
        .chars()
        .filter_map(|sign| sign.to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    Ok(encode_id(&digits))
}

/// Base64 of 32 hexadecimal digits. The first bit is left out, so that the id never begins with a
/// dash, which the storage tool would take for a flag.
fn encode_id(digits: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = digits
        .iter()
        .flat_map(|digit| (0..4).rev().map(move |bit| digit >> bit & 1))
        .enumerate()
        .map(|(place, bit)| if place == 0 { 0 } else { bit })
        .collect();
    bits.chunks(6)
        .map(|six| {
            let value = (0..6).fold(0, |value, place| {
                value << 1 | six.get(place).copied().unwrap_or(0)
            });
            char::from(SIGNS.get(usize::from(value)).copied().unwrap_or(b'A'))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch() -> KafkaLaunch {
        KafkaLaunch {
            java: "/usr/bin/java".into(),
            jars: vec!["/c/a.jar".into(), "/c/b.jar".into()],
            archive: Some("/c/k.jsa".into()),
            folder: "/home/ann/.sideline/kafka".into(),
            logs: "/home/ann/.sideline/logs".into(),
            port: 19_092,
            controller_port: 19_093,
            heap_mib: 384,
            java_options: vec!["-XX:+UseG1GC".to_owned()],
        }
    }

    #[test]
    fn kafka_is_called_with_bounded_heap_archive_and_its_own_settings() {
        let command = kafka_command(&launch());
        let words = command.words().join(" ");
        assert!(
            words.starts_with("/usr/bin/java -Xms64m -Xmx384m "),
            "{words}"
        );
        assert!(words.contains(" -XX:+UseG1GC "), "{words}");
        assert!(
            words.contains(" -XX:SharedArchiveFile=/c/k.jsa "),
            "{words}"
        );
        assert!(words.ends_with(" kafka.Kafka /home/ann/.sideline/kafka/server.properties"));
        assert_eq!(
            command.environment[0],
            ("CLASSPATH".to_owned(), "/c/a.jar:/c/b.jar".to_owned())
        );
    }

    #[test]
    fn kafka_listens_on_loopback_only() {
        let text = server_properties(&launch(), Path::new("/d"));
        let listeners = text.lines().filter(|line| line.contains("listeners="));
        for line in listeners {
            assert_eq!(
                line.matches("://").count(),
                line.matches("://127.0.0.1:").count(),
                "{line}"
            );
        }
        assert!(text.contains("\nlog.dirs=/d\n"));
        assert!(text.contains("auto.create.topics.enable=false\n"));
    }

    #[test]
    fn cluster_ids_are_22_signs_of_base64_and_begin_with_a_letter() {
        assert_eq!(encode_id(&[0; 32]), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(encode_id(&[15; 32]), "f____________________w");
        let id = cluster_id().unwrap();
        assert!(id.len() == 22 && !id.starts_with('-'), "{id}");
    }
}
