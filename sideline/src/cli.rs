//! The command line: every verb, its flags and its examples. What a verb does is in its own file
//! under `commands/`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Sports news into predictions: a streaming pipeline over Kafka and ClickHouse.
#[derive(Debug, Parser)]
#[command(
    name = "sideline",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
#[command(after_help = "Examples:\n  \
    sideline up\n  \
    sideline up --data ../shared/data/nba-2024-25\n  \
    sideline event injury --player lebronjames --status OUT\n  \
    sideline history --player lebronjames --prop points")]
pub struct Cli {
    /// Where the stack comes from and where its data live.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every verb takes.
#[derive(Args, Clone, Debug, Default)]
pub struct PlaceArgs {
    /// Data folder of the local stack [default: .sideline in the current folder].
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Config file [default: sideline.toml in the current folder, if it is there].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Environment name: prefixes topics, groups and the database, for example staging.
    #[arg(long = "env", global = true, value_name = "NAME")]
    pub environment: Option<String>,
    /// Use servers that run elsewhere (their addresses come from the config file or environment).
    #[arg(long, global = true)]
    pub external: bool,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring up stack and pipeline, load a league, and print tonight's predictions.
    #[command(
        after_help = "Examples:\n  sideline up\n  sideline up --data ../shared/data/nba-2024-25 --at 2024-12-23T22:30Z\n  sideline up --data ../shared/data/nba-2024-25 --at end"
    )]
    Up(UpArgs),
    /// Stop stack and pipeline; data stay.
    #[command(
        after_help = "Examples:\n  sideline down\n  sideline down --leave\n  sideline down --home /tmp/league"
    )]
    Down(DownArgs),
    /// Show each part of the stack: pid, port, ready, memory; and each phase of the pipeline.
    #[command(after_help = "Examples:\n  sideline status\n  sideline status --json")]
    Status,
    /// Publish what was known of a season, in the order it was known.
    #[command(
        after_help = "Examples:\n  sideline load ../shared/data/nba-2024-25 --until 2024-12-23T22:30Z\n  sideline load my-season"
    )]
    Load(LoadArgs),
    /// Make an invented league by seed, into a folder or straight to the topics.
    #[command(
        after_help = "Examples:\n  sideline simulate --seed 7 --teams 30 --weeks 6 --books 8 --to league-7\n  sideline simulate --seed 7 --publish"
    )]
    Simulate(SimulateArgs),
    /// Enter news by hand, stamped by the league clock; returns when its update is complete.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline event injury --player lebronjames --status OUT\n  sideline event line --player lebronjames --prop points --line 26.5 --book draftkings"
    )]
    Event(EventCommand),
    /// Show new versions as they come.
    #[command(after_help = "Examples:\n  sideline tail\n  sideline tail --count 20 --json")]
    Tail(TailArgs),
    /// The newest predictions of a player, or of the whole slate.
    #[command(
        after_help = "Examples:\n  sideline latest --player lebronjames\n  sideline latest --json"
    )]
    Latest(LatestArgs),
    /// Every version of a prediction, with what caused it.
    #[command(
        after_help = "Examples:\n  sideline history --player lebronjames --prop points\n  sideline history --player lebronjames --json"
    )]
    History(HistoryArgs),
    /// How good the predictions were, beside the market and plain averages.
    #[command(
        after_help = "Examples:\n  sideline accuracy --simulated --seed 7 --weeks 6\n  sideline accuracy --data ../shared/data/nba-2024-25 --prop points\n  sideline accuracy --from 2024-11-01 --to 2024-12-23 --plot calibration.svg"
    )]
    Accuracy(AccuracyArgs),
    /// Ask the warehouse in SQL: at a prompt, from a file, or one query; it reads and never writes.
    #[command(
        after_help = "Examples:\n  sideline sql\n  sideline sql question.sql --param player=lebronjames --format csv"
    )]
    Sql(SqlArgs),
    /// Questions that are often asked, with their SQL: list them, show one, ask one.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline cookbook list\n  sideline cookbook run biggest-edges"
    )]
    Cookbook(CookbookCommand),
    /// Check the promises on the log and on the warehouse; exits 1 on any breach.
    #[command(after_help = "Examples:\n  sideline verify\n  sideline verify --json")]
    Verify,
    /// The warehouse's tables: what they hold, and making them anew from the topics.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline warehouse status\n  sideline warehouse rebuild --dry-run"
    )]
    Warehouse(WarehouseCommand),
    /// Replays, shadows and backtests, which no live view shows: list them, promote one, drop one.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline runs list\n  sideline runs promote replay-2024-12-23 --dry-run"
    )]
    Runs(RunsCommand),
    /// Records that were refused: list them, look at one, send one again.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline dead-letters list\n  sideline dead-letters retry nba-injuries/2/17"
    )]
    DeadLetters(DeadLettersCommand),
    /// The catalogue of topics against the broker.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline topics plan\n  sideline topics list --json"
    )]
    Topics(TopicsCommand),
    /// The system whose versions count as latest, per prop.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline champion show\n  sideline champion set moving_average --prop points"
    )]
    Champion(ChampionCommand),
    /// The league clock: the moment at which news is entered.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline clock show\n  sideline clock set 2024-12-23T22:30Z"
    )]
    Clock(ClockCommand),
    /// Measure the pipeline that runs.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline bench latency\n  sideline bench latency --events 200 --warm-up 50 --json"
    )]
    Bench(BenchCommand),
    /// The settings in force, and where each comes from.
    #[command(
        subcommand,
        after_help = "Examples:\n  sideline config show\n  sideline config show --json"
    )]
    Config(ConfigCommand),
    /// Run the pipeline in the foreground (the stack must be up).
    #[command(after_help = "Examples:\n  sideline run\n  sideline run --external --apply")]
    Run(RunArgs),
    /// Run one of the stack's own servers in the foreground.
    #[command(subcommand, hide = true)]
    Serve(ServeCommand),
}

/// Flags of `up`.
#[derive(Args, Debug)]
pub struct UpArgs {
    /// A season in the CSV form of docs/season-csv.md; without it, an invented league is played.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Moment up to which the season is known (UTC, for example 2024-12-23T22:30Z), or `end`.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Throw the data folder away first.
    #[arg(long)]
    pub fresh: bool,
    /// Stay in the foreground and stop everything on Ctrl-C.
    #[arg(long)]
    pub foreground: bool,
    /// Bring up stack and pipeline only, without a league.
    #[arg(long)]
    pub empty: bool,
    /// The invented league.
    #[command(flatten)]
    pub league: LeagueArgs,
}

/// Size and seed of an invented league.
#[derive(Args, Clone, Debug)]
pub struct LeagueArgs {
    /// Seed of the invented league: the same seed gives the same league.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Teams, an even number.
    #[arg(long, default_value_t = 30)]
    pub teams: u32,
    /// Weeks played.
    #[arg(long, default_value_t = 6)]
    pub weeks: u32,
    /// Bookmakers.
    #[arg(long, default_value_t = 8)]
    pub books: u32,
}

/// Flags of `load`.
#[derive(Args, Debug)]
pub struct LoadArgs {
    /// Folder with the season's CSV files.
    pub dir: PathBuf,
    /// Publish only what was known up to this moment (UTC) [default: everything].
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// Flags of `simulate`.
#[derive(Args, Debug)]
pub struct SimulateArgs {
    /// The invented league.
    #[command(flatten)]
    pub league: LeagueArgs,
    /// Write the league into this folder.
    #[arg(long, value_name = "DIR", required_unless_present = "publish")]
    pub to: Option<PathBuf>,
    /// Publish the league to the topics of the running stack.
    #[arg(long)]
    pub publish: bool,
}

/// News that can be entered by hand.
#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// A player's injury status.
    #[command(
        after_help = "Examples:\n  sideline event injury --player lebronjames --status OUT\n  sideline event injury --player lebronjames --status AVAILABLE --reason cleared"
    )]
    Injury(InjuryArgs),
    /// The five starters of a team in its next game.
    #[command(
        after_help = "Examples:\n  sideline event lineup --team LAL --starters a,b,c,d,e\n  sideline event lineup --team LAL --game 0022400410 --starters a,b,c,d,e --confirmed"
    )]
    Lineup(LineupArgs),
    /// A book's line on a player's prop in his next game.
    #[command(
        after_help = "Examples:\n  sideline event line --player lebronjames --prop points --line 26.5 --book draftkings\n  sideline event line --player lebronjames --prop points --withdrawn --book draftkings"
    )]
    Line(LineArgs),
    /// Another name of a registered player, under which news of him comes in.
    #[command(
        after_help = "Examples:\n  sideline event alias --alias kingjames --player lebronjames\n  sideline event alias --alias kingjames --player lebronjames --withdrawn"
    )]
    Alias(AliasArgs),
}

/// Flags of `event injury`.
#[derive(Args, Debug)]
pub struct InjuryArgs {
    /// The player, as player_lookup or full name.
    #[arg(long)]
    pub player: String,
    /// The status.
    #[arg(long, value_enum, ignore_case = true)]
    pub status: StatusArg,
    /// Reason, for the record.
    #[arg(long)]
    pub reason: Option<String>,
    /// Who states it.
    #[arg(long, default_value = "manual")]
    pub source: String,
}

/// Injury statuses on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum StatusArg {
    /// Will not play.
    Out,
    /// Unlikely to play.
    Doubtful,
    /// May or may not play.
    Questionable,
    /// Likely to play.
    Probable,
    /// Plays.
    Available,
}

/// Flags of `event lineup`.
#[derive(Args, Debug)]
pub struct LineupArgs {
    /// Three-letter code of the team.
    #[arg(long)]
    pub team: String,
    /// The five starters, separated by commas.
    #[arg(long, value_delimiter = ',', num_args = 1.., required = true)]
    pub starters: Vec<String>,
    /// The game [default: the team's next game].
    #[arg(long)]
    pub game: Option<String>,
    /// Confirmed by the team, not projected.
    #[arg(long)]
    pub confirmed: bool,
    /// Who states it.
    #[arg(long, default_value = "manual")]
    pub source: String,
}

/// Flags of `event line`.
#[derive(Args, Debug)]
pub struct LineArgs {
    /// The player, as player_lookup or full name.
    #[arg(long)]
    pub player: String,
    /// points, rebounds, assists or threes.
    #[arg(long)]
    pub prop: String,
    /// The line.
    #[arg(
        long,
        required_unless_present = "withdrawn",
        conflicts_with = "withdrawn",
        allow_negative_numbers = true
    )]
    pub line: Option<f64>,
    /// The book has taken its line down.
    #[arg(long)]
    pub withdrawn: bool,
    /// The bookmaker.
    #[arg(long, default_value = "draftkings")]
    pub book: String,
    /// The game [default: the player's next game].
    #[arg(long)]
    pub game: Option<String>,
    /// Who states it.
    #[arg(long, default_value = "manual")]
    pub source: String,
}

/// Flags of `event alias`.
#[derive(Args, Debug)]
pub struct AliasArgs {
    /// The other name; case, accents and dots need no alias.
    #[arg(long)]
    pub alias: String,
    /// The player it stands for, as player_lookup or full name.
    #[arg(long)]
    pub player: String,
    /// The name no longer stands for him.
    #[arg(long)]
    pub withdrawn: bool,
    /// Who states it.
    #[arg(long, default_value = "manual")]
    pub source: String,
}

/// Flags of `tail`.
#[derive(Args, Debug)]
pub struct TailArgs {
    /// Stop after so many versions [default: go on until Ctrl-C].
    #[arg(long)]
    pub count: Option<u64>,
    /// Only this player.
    #[arg(long)]
    pub player: Option<String>,
}

/// Flags of `latest`.
#[derive(Args, Debug)]
pub struct LatestArgs {
    /// The player, as player_lookup or full name [default: the whole slate].
    #[arg(long)]
    pub player: Option<String>,
    /// Only this prop.
    #[arg(long)]
    pub prop: Option<String>,
    /// Rows shown at most.
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
}

/// Flags of `history`.
#[derive(Args, Debug)]
pub struct HistoryArgs {
    /// The player, as player_lookup or full name.
    #[arg(long)]
    pub player: String,
    /// Only this prop.
    #[arg(long)]
    pub prop: Option<String>,
    /// Rows shown at most, newest first.
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
}

/// What can be done with the warehouse.
#[derive(Debug, Subcommand)]
pub enum WarehouseCommand {
    /// Rows, bytes and parts of every table.
    #[command(
        after_help = "Examples:\n  sideline warehouse status\n  sideline warehouse status --json"
    )]
    Status,
    /// Make every table anew from its topic and put it in place of the old one; safe to interrupt.
    #[command(
        after_help = "Examples:\n  sideline warehouse rebuild --dry-run\n  sideline warehouse rebuild --json"
    )]
    Rebuild(RebuildArgs),
}

/// Flags of `warehouse rebuild`.
#[derive(Args, Debug)]
pub struct RebuildArgs {
    /// Only compare the tables with their topics, row for row; exits 1 when they differ.
    #[arg(long)]
    pub dry_run: bool,
    /// Fill a warehouse that was filled from another log: what only that one holds is lost.
    #[arg(long, conflicts_with = "dry_run")]
    pub adopt: bool,
}

/// Flags of `accuracy`.
#[derive(Args, Debug)]
pub struct AccuracyArgs {
    /// First league day, for example 2024-11-01 [default: the first there is].
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// Last league day [default: the last there is].
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// Only this system.
    #[arg(long)]
    pub system: Option<String>,
    /// Only this prop.
    #[arg(long)]
    pub prop: Option<String>,
    /// Walk through a season in CSV form in this process, without any server.
    #[arg(long, value_name = "DIR", conflicts_with = "simulated")]
    pub data: Option<PathBuf>,
    /// Walk through an invented league in this process; its truth is known, so the table shows how
    /// far each system is from the best possible error.
    #[arg(long)]
    pub simulated: bool,
    /// The invented league.
    #[command(flatten)]
    pub league: LeagueArgs,
    /// Threads of a walk [default: as many as the machine has].
    #[arg(long)]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Draw the calibration of each system into this SVG file.
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
}

/// How an answer to a question in SQL is asked for and told.
#[derive(Args, Clone, Debug)]
pub struct AnswerArgs {
    /// Value of a parameter {name:Type} of the query; may be given several times.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub parameters: Vec<(String, String)>,
    /// Form of the answer [default: table].
    #[arg(long, value_enum)]
    pub format: Option<AnswerFormat>,
    /// Write the answer into this file.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For the eye.
    Table,
    /// Comma-separated, with a line of names.
    Csv,
    /// An array of objects, one per row.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// Splits `NAME=VALUE`.
fn name_and_value(text: &str) -> Result<(String, String), String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err("write NAME=VALUE, for example player=lebronjames".to_owned());
    };
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Flags of `sql`.
#[derive(Args, Debug)]
pub struct SqlArgs {
    /// File with the query; several queries end with `;` each at the end of a line.
    pub file: Option<PathBuf>,
    /// The query itself.
    #[arg(short, long, value_name = "SQL", conflicts_with = "file")]
    pub query: Option<String>,
    /// The answer.
    #[command(flatten)]
    pub answer: AnswerArgs,
}

/// What can be done with the cookbook.
#[derive(Debug, Subcommand)]
pub enum CookbookCommand {
    /// Every question, and its parameters; those in brackets may be left out.
    #[command(after_help = "Examples:\n  sideline cookbook list\n  sideline cookbook list --json")]
    List,
    /// The SQL of a question, with what its parameters mean.
    #[command(
        after_help = "Examples:\n  sideline cookbook show biggest-edges\n  sideline cookbook show biggest-edges --json"
    )]
    Show {
        /// Its name.
        name: String,
    },
    /// Ask a question; days and moments not given are those of the league clock.
    #[command(
        after_help = "Examples:\n  sideline cookbook run latest-for-a-player --param player=lebronjames\n  sideline cookbook run biggest-edges --param limit=5 --format csv"
    )]
    Run(CookbookRunArgs),
}

/// Flags of `cookbook run`.
#[derive(Args, Debug)]
pub struct CookbookRunArgs {
    /// Name of the question.
    pub name: String,
    /// The answer.
    #[command(flatten)]
    pub answer: AnswerArgs,
}

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// Every run: its versions, and how many keys it says something else of than what is live.
    #[command(after_help = "Examples:\n  sideline runs list\n  sideline runs list --json")]
    List,
    /// Make what a run says live: one new version for each key whose content differs.
    #[command(
        after_help = "Examples:\n  sideline runs promote replay-2024-12-23 --dry-run\n  sideline runs promote replay-2024-12-23 --json"
    )]
    Promote {
        /// Its id, as `runs list` shows it.
        id: String,
        /// Only tell how many versions it would try to make.
        #[arg(long)]
        dry_run: bool,
    },
    /// Take the versions of a run out of the warehouse; what was promoted stays.
    #[command(
        after_help = "Examples:\n  sideline runs drop backtest-7 --dry-run\n  sideline runs drop backtest-7 --yes"
    )]
    Drop {
        /// Its id, as `runs list` shows it.
        id: String,
        /// Only tell what would go.
        #[arg(long)]
        dry_run: bool,
        /// Do not ask.
        #[arg(long, conflicts_with = "dry_run")]
        yes: bool,
    },
}

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// Counts by reason, and the newest ones.
    #[command(
        after_help = "Examples:\n  sideline dead-letters list\n  sideline dead-letters list --limit 100 --json"
    )]
    List {
        /// Rows shown at most.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// One dead letter, whole.
    #[command(
        after_help = "Examples:\n  sideline dead-letters show nba-injuries/2/17\n  sideline dead-letters show nba-injuries/2/17 --json"
    )]
    Show {
        /// Its place: topic/partition/offset.
        place: String,
    },
    /// Send one again to its topic, as it was.
    #[command(
        after_help = "Examples:\n  sideline dead-letters retry nba-injuries/2/17\n  sideline dead-letters retry --reason unknown_player"
    )]
    Retry {
        /// Its place: topic/partition/offset.
        #[arg(required_unless_present = "reason")]
        place: Option<String>,
        /// All with this reason.
        #[arg(long, conflicts_with = "place")]
        reason: Option<String>,
    },
}

/// What can be done with the catalogue.
#[derive(Debug, Subcommand)]
pub enum TopicsCommand {
    /// The difference to the broker; changes nothing.
    #[command(after_help = "Examples:\n  sideline topics plan\n  sideline topics plan --json")]
    Plan,
    /// Create and alter topics, register schemas, start new groups at offset 0.
    #[command(
        after_help = "Examples:\n  sideline topics apply\n  sideline topics apply --env staging"
    )]
    Apply,
    /// The catalogue: every topic, its key, schema, cleanup, retention and reason.
    #[command(after_help = "Examples:\n  sideline topics list\n  sideline topics list --json")]
    List,
}

/// What can be done with champions.
#[derive(Debug, Subcommand)]
pub enum ChampionCommand {
    /// The champion of each prop.
    #[command(after_help = "Examples:\n  sideline champion show\n  sideline champion show --json")]
    Show,
    /// Make a system champion; the views follow within a second.
    #[command(
        after_help = "Examples:\n  sideline champion set ensemble\n  sideline champion set moving_average --prop points"
    )]
    Set {
        /// The system, for example ensemble.
        system_id: String,
        /// The prop [default: all of them].
        #[arg(long)]
        prop: Option<String>,
    },
}

/// What can be done with the league clock.
#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// The league's time now.
    #[command(after_help = "Examples:\n  sideline clock show\n  sideline clock show --json")]
    Show,
    /// Stand still at a moment (UTC).
    #[command(
        after_help = "Examples:\n  sideline clock set 2024-12-23T22:30Z\n  sideline clock set 2024-12-23T22:30:00Z --json"
    )]
    Set {
        /// The moment.
        time: String,
    },
    /// Go on from where it stands, at real speed.
    #[command(after_help = "Examples:\n  sideline clock run\n  sideline clock run --json")]
    Run,
    /// Follow real time.
    #[command(after_help = "Examples:\n  sideline clock wall\n  sideline clock wall --json")]
    Wall,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// From publish to a SELECT that sees the last row the event caused.
    #[command(
        after_help = "Examples:\n  sideline bench latency\n  sideline bench latency --events 200 --warm-up 50 --json"
    )]
    Latency(LatencyArgs),
}

/// Flags of `bench latency`.
#[derive(Args, Debug)]
pub struct LatencyArgs {
    /// Line moves measured.
    #[arg(long, default_value_t = 2000)]
    pub events: u32,
    /// Injuries measured.
    #[arg(long, default_value_t = 100)]
    pub injuries: u32,
    /// Line moves sent before, not measured.
    #[arg(long, default_value_t = 300)]
    pub warm_up: u32,
}

/// What can be asked of the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Every setting, its value, and where the value comes from.
    #[command(after_help = "Examples:\n  sideline config show\n  sideline config show --json")]
    Show,
}

/// Flags of `run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Apply topics, schemas and tables first.
    #[arg(long)]
    pub apply: bool,
    /// Port of /ready, /status and /metrics on 127.0.0.1 [default: from the settings].
    #[arg(long)]
    pub port: Option<u16>,
    /// For tests of crashes: the point at which the process aborts itself.
    #[arg(long, hide = true)]
    pub fail_at: Option<String>,
    /// For tests of crashes: how often local checkpoints are made, in milliseconds.
    #[arg(long, hide = true)]
    pub checkpoint_ms: Option<u64>,
}

/// How to stop.
#[derive(Args, Clone, Debug)]
pub struct DownArgs {
    /// Stop this instance for good: give its places in the consumer groups up at once, instead of
    /// keeping them until its sessions time out.
    #[arg(long)]
    pub leave: bool,
}

/// The stack's own servers.
#[derive(Debug, Subcommand)]
pub enum ServeCommand {
    /// The schema registry.
    Registry {
        /// Address to listen on.
        #[arg(long)]
        listen: std::net::SocketAddr,
        /// Kafka bootstrap address.
        #[arg(long)]
        kafka: String,
        /// Topic that holds the schemas; another one gives a registry that is still empty.
        #[arg(long, hide = true, default_value = "_schemas")]
        topic: String,
    },
    /// The ClickHouse server.
    Clickhouse {
        /// Address to listen on.
        #[arg(long)]
        listen: std::net::SocketAddr,
        /// Data folder of the engine.
        #[arg(long)]
        data: PathBuf,
        /// Path of libchdb.so.
        #[arg(long)]
        library: PathBuf,
    },
}
