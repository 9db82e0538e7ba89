//! The server alone, as its tests ask it: `sideline-clickhouse-server LISTEN DATA LIBRARY [PASSWORD]`
//! serves a data folder until the input ends. The local stack runs it as `sideline serve clickhouse`.

use sideline_clickhouse_server::{Config, Error, serve};
use std::io::{Read as _, Write as _};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| arguments.next().ok_or_else(|| format!("{name} is missing"));
    let config = Config {
        listen: next("LISTEN")?.parse()?,
        data: next("DATA")?.into(),
        library: next("LIBRARY")?.into(),
        user: "default".into(),
        password: next("PASSWORD").unwrap_or_default(),
        memory_limit_bytes: 1 << 30,
    };
    let input_ended = async {
        let wait = || std::io::stdin().read_to_end(&mut Vec::new());
        let _ended = tokio::task::spawn_blocking(wait).await;
    };
    let ready = |address| {
        let _printed = writeln!(std::io::stdout(), "ready on {address}");
    };
    let served: Result<(), Error> = serve(config, ready, input_ended).await;
    if let Err(error) = served {
        writeln!(std::io::stderr(), "{error}")?;
        std::process::exit(1);
    }
    Ok(())
}
