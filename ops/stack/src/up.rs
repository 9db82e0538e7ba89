//! Bringing up what does not run.

use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use tokio::time::Instant;

use crate::archive;
use crate::cache::Cache;
use crate::command::CommandLine;
use crate::error::Error;
use crate::external;
use crate::home::Home;
use crate::kafka::{self, KafkaLaunch, kafka_command};
use crate::logs;
use crate::parts::Part;
use crate::ports;
use crate::process::{Identity, spawn_detached};
use crate::progress::Progress;
use crate::ready;
use crate::run_file::RunFile;
use crate::settings::{Endpoints, Ports, Settings};
use crate::tools;

/// How often a part that starts is asked whether it is ready.
const POLL: Duration = Duration::from_millis(20);
/// User of the local ClickHouse server, which has no others.
const LOCAL_USER: &str = "default";

/// Brings up Kafka, the registry and ClickHouse, as far as they do not run, and waits until they
/// are ready. Parts that run as wanted are left alone; one that runs otherwise (on another port, or
/// from another program) is stopped first. With servers elsewhere, asks them whether they answer.
///
/// `exe` is the program that serves registry and ClickHouse. When the future is dropped, what it
/// has started goes on: the caller then calls [`crate::down`].
///
/// # Errors
/// A port is in use, a tool is missing, a download fails, a part dies or is not ready in time.
/// Parts that were started before the error go on, and the next call takes them up.
pub async fn up(
    settings: &Settings,
    exe: &Path,
    progress: &dyn Progress,
) -> Result<Endpoints, Error> {
    let home = Home::create(&settings.home)?;
    let _lock = home.lock().await?;
    let ports = ports::settle(settings, &home)?;
    if let Some(servers) = &settings.external {
        external::check(servers).await?;
        return Ok(endpoints_at(settings, &ports));
    }
    let stack = Stack {
        settings,
        home: &home,
        exe: absolute_exe(exe)?,
        ports,
        progress,
    };
    logs::cut_all(&home)?;
    for part in [Part::Kafka, Part::Registry, Part::ClickHouse] {
        stack.check_port(part)?;
    }
    let cache = Cache::new(&settings.cache, progress);
    let kafka_then_registry = async {
        stack.start_kafka(&cache).await?;
        stack
            .ensure(Part::Registry, &stack.registry_command())
            .await
    };
    let clickhouse = async {
        let library = cache.engine_library().await?;
        stack
            .ensure(Part::ClickHouse, &stack.clickhouse_command(&library))
            .await
    };
    tokio::try_join!(Box::pin(kafka_then_registry), Box::pin(clickhouse))?;
    Ok(endpoints_at(settings, &ports))
}

/// Brings up Kafka alone, as [`up`] would, for what needs nothing else; [`crate::down`] ends it.
///
/// # Errors
/// As [`up`].
pub async fn up_kafka(settings: &Settings, progress: &dyn Progress) -> Result<Endpoints, Error> {
    let home = Home::create(&settings.home)?;
    let _lock = home.lock().await?;
    let ports = ports::settle(settings, &home)?;
    let stack = Stack {
        settings,
        home: &home,
        exe: PathBuf::new(),
        ports,
        progress,
    };
    logs::cut_all(&home)?;
    stack.check_port(Part::Kafka)?;
    stack
        .start_kafka(&Cache::new(&settings.cache, progress))
        .await?;
    Ok(endpoints_at(settings, &ports))
}

/// Starts the pipeline as `<exe> <args>` if it does not run, with the very same settings in its
/// environment, and waits until it is ready.
///
/// # Errors
/// Its port is in use, it dies, or it is not ready in time.
pub async fn start_pipeline(
    settings: &Settings,
    exe: &Path,
    args: &[String],
    progress: &dyn Progress,
) -> Result<(), Error> {
    let home = Home::create(&settings.home)?;
    let _lock = home.lock().await?;
    let ports = ports::settle(settings, &home)?;
    let stack = Stack {
        settings,
        home: &home,
        exe: absolute_exe(exe)?,
        ports,
        progress,
    };
    stack.check_port(Part::Pipeline)?;
    let command = CommandLine {
        program: stack.exe.clone(),
        args: args.to_vec(),
        environment: settings.variables(&ports),
    };
    stack.ensure(Part::Pipeline, &command).await
}

/// Where the servers of this stack answer, whether or not they run now.
///
/// # Errors
/// Ports are left open by the settings, and there was no `up` yet that chose them.
pub fn endpoints(settings: &Settings) -> Result<Endpoints, Error> {
    Ok(endpoints_at(settings, &ports::known(settings)?))
}

fn endpoints_at(settings: &Settings, ports: &Ports) -> Endpoints {
    let clickhouse_database = settings.database_name();
    let pipeline = format!("http://127.0.0.1:{}", ports.pipeline);
    match &settings.external {
        Some(servers) => Endpoints {
            kafka: servers.kafka.clone(),
            kafka_properties: servers.kafka_properties.clone(),
            registry: servers.registry.clone(),
            clickhouse: servers.clickhouse.clone(),
            clickhouse_user: servers.clickhouse_user.clone(),
            clickhouse_password: servers.clickhouse_password.clone(),
            clickhouse_database,
            pipeline,
        },
        None => Endpoints {
            kafka: format!("127.0.0.1:{}", ports.kafka),
            kafka_properties: std::collections::BTreeMap::new(),
            registry: format!("http://127.0.0.1:{}", ports.registry),
            clickhouse: format!("http://127.0.0.1:{}", ports.clickhouse),
            clickhouse_user: LOCAL_USER.to_owned(),
            clickhouse_password: String::new(),
            clickhouse_database,
            pipeline,
        },
    }
}

fn absolute_exe(exe: &Path) -> Result<PathBuf, Error> {
    // Parts run in the data folder, where a relative path would name another program.
    absolute(exe).map_err(|source| Error::io("finding", exe, source))
}

struct Stack<'a> {
    settings: &'a Settings,
    home: &'a Home,
    exe: PathBuf,
    ports: Ports,
    progress: &'a dyn Progress,
}

impl Stack<'_> {
    async fn start_kafka(&self, cache: &Cache<'_>) -> Result<(), Error> {
        let jars = cache.kafka_jars().await?;
        let java = tools::find_java()?;
        let java_options = self.settings.kafka_java_options.clone();
        let root = &self.settings.cache;
        let archive = archive::ensure(cache, root, &java, &jars, &java_options).await;
        let launch = KafkaLaunch {
            java: java.path,
            jars,
            archive,
            folder: self.home.data(Part::Kafka),
            logs: self.home.logs(),
            port: self.ports.kafka,
            controller_port: self.ports.kafka_controller,
            heap_mib: self.settings.kafka_heap_mib,
            java_options,
        };
        kafka::prepare(&launch).await?;
        self.ensure(Part::Kafka, &kafka_command(&launch)).await
    }

    fn registry_command(&self) -> CommandLine {
        let listen = format!("127.0.0.1:{}", self.ports.registry);
        let kafka = format!("127.0.0.1:{}", self.ports.kafka);
        let args = ["serve", "registry", "--listen", &listen, "--kafka", &kafka];
        self.own_command(&args)
    }

    fn clickhouse_command(&self, library: &Path) -> CommandLine {
        let listen = format!("127.0.0.1:{}", self.ports.clickhouse);
        let data = self.home.data(Part::ClickHouse).display().to_string();
        let library = library.display().to_string();
        let args = [
            "serve",
            "clickhouse",
            "--listen",
            &listen,
            "--data",
            &data,
            "--library",
            &library,
        ];
        self.own_command(&args)
    }

    fn own_command(&self, args: &[&str]) -> CommandLine {
        CommandLine {
            program: self.exe.clone(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            environment: self.settings.variables(&self.ports),
        }
    }

    /// Fails early, before anything is fetched, when a part could not listen.
    fn check_port(&self, part: Part) -> Result<(), Error> {
        let port = ports::of(&self.ports, part);
        match RunFile::load(self.home, part)? {
            Some(run) if run.is_alive() && run.port == port => Ok(()),
            _ => ports::check_free(&self.ports, part),
        }
    }

    /// Sees to it that a part runs by this command and is ready.
    async fn ensure(&self, part: Part, command: &CommandLine) -> Result<(), Error> {
        let port = ports::of(&self.ports, part);
        if let Some(run) = RunFile::load(self.home, part)? {
            let identity = run.identity();
            if identity.is_alive() {
                if run.port == port && run.command == command.words() {
                    return self.wait(part, &identity, port).await;
                }
                crate::down::stop(self.home, &run).await?;
            }
        }
        ports::check_free(&self.ports, part)?;
        let step = format!("starting {part}");
        self.progress.begin(&step);
        let begun = Instant::now();
        // No await between start and run file: a caller that gives up finds the part, or no part.
        let identity = spawn_detached(command, self.home.root(), &self.home.output(part))?;
        RunFile::new(part, identity.clone(), port, command.words()).save(self.home)?;
        self.wait(part, &identity, port).await?;
        self.progress.end(&step, begun.elapsed());
        Ok(())
    }

    async fn wait(&self, part: Part, identity: &Identity, port: u16) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            let answer = ready::ask(part, port).await;
            // Asked after the answer, so that a stranger who has taken the port is not believed.
            if !identity.is_alive() {
                let (log, last_line) = logs::last_words(self.home, part);
                return Err(Error::PartDied {
                    part,
                    log,
                    last_line,
                });
            }
            let Err(reason) = answer else { return Ok(()) };
            if begun.elapsed() >= part.ready_within() {
                let (log, said) = logs::last_words(self.home, part);
                let last_line = format!("{reason}; {said}");
                let waited_s = begun.elapsed().as_secs();
                return Err(Error::PartNotReady {
                    part,
                    port,
                    waited_s,
                    log,
                    last_line,
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

#[cfg(test)]
mod tests;
