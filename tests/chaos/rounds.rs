//! The rounds: environment after environment, piece after piece.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::candidates;
use crate::faults::Stage;
use crate::kinds::Kind;
use crate::league::League;
use crate::shared::{self, Shared};
use crate::{Plan, say};

/// Pieces of a league: as many rounds stand in one environment.
const PIECES: usize = 12;

/// Rounds of a plain `cargo test`: one of each kind.
const DEFAULT_ROUNDS: usize = Kind::ALL.len();

/// Choices that repeat from a seed (`SplitMix64`).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// A number from 0 up to and without `count`.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % count.max(1)
    }
}

/// What became of the rounds of a kind.
#[derive(Debug, Default)]
struct Tally {
    rounds: usize,
    struck: usize,
    spent: Duration,
}

/// Plays the rounds of a plan.
///
/// # Errors
/// The first breach, with what repeats it.
pub(crate) fn play(plan: &Plan) -> Result<()> {
    let rounds = plan.rounds.unwrap_or(DEFAULT_ROUNDS);
    let mut dice = Dice(plan.seed);
    let kinds = choose(plan, rounds, &mut dice);
    let shared = shared::shared().map_err(anyhow::Error::msg)?;
    let league = League::read(&shared.system, PIECES)?;
    let mut tallies: BTreeMap<Kind, Tally> = BTreeMap::new();
    let played = play_all(plan, &shared, &league, (kinds, &mut dice), &mut tallies);
    tell(plan, &tallies, played.is_ok());
    played
}

/// Plays one round of each of these kinds, league after league.
fn play_all(
    plan: &Plan,
    shared: &Shared,
    league: &League,
    (kinds, dice): (Vec<Kind>, &mut Dice),
    tallies: &mut BTreeMap<Kind, Tally>,
) -> Result<()> {
    let rounds = kinds.len();
    let mut done = 0;
    for (number, kinds) in (1..).zip(kinds.chunks(league.len())) {
        let mut stage = Stage::open(shared, &format!("chaos{number}"))?;
        for (piece, kind) in kinds.iter().enumerate() {
            let began_at = Instant::now();
            let struck = round(&mut stage, league, piece, *kind, dice);
            done += 1;
            let what = || {
                let (seed, name) = (plan.seed, kind.name());
                format!("round {done}, {name}: breach; repeat with --seed {seed} --rounds {done}")
            };
            let struck = struck.with_context(what)?;
            let spent = began_at.elapsed();
            let tally = tallies.entry(*kind).or_default();
            tally.rounds += 1;
            tally.struck += usize::from(struck);
            tally.spent += spent;
            let (seconds, about) = (spent.as_secs_f64(), kind.about());
            say(&format!(
                "round {done}/{rounds}  {seconds:5.1} s  kept  {about}"
            ));
        }
        finish(&mut stage, shared, league, kinds.len())?;
    }
    Ok(())
}

/// All kinds in turn, in an order that the seed chooses anew for each turn.
fn choose(plan: &Plan, rounds: usize, dice: &mut Dice) -> Vec<Kind> {
    let mut chosen = Vec::with_capacity(rounds);
    while chosen.len() < rounds {
        let mut turn = match plan.kind.as_slice() {
            [] => Kind::ALL.to_vec(),
            kinds => kinds.to_vec(),
        };
        for last in (1..turn.len()).rev() {
            turn.swap(last, dice.below(last as u64 + 1) as usize);
        }
        chosen.extend(turn);
    }
    chosen.truncate(rounds);
    chosen
}

/// One round. Tells whether the fault struck: a point can lie beyond what the piece makes happen.
fn round(
    stage: &mut Stage<'_>,
    league: &League,
    piece: usize,
    kind: Kind,
    dice: &mut Dice,
) -> Result<bool> {
    stage.prepare(kind, dice)?;
    let system = &stage.direct;
    league.publish(system, piece, 0)?;
    let struck = stage.strike(kind, dice)?;
    if kind == Kind::BrokerKilled {
        // Nothing can be published while it is away.
        stage.recover(kind)?;
    }
    league.publish(&stage.direct, piece, 1)?;
    if kind != Kind::BrokerKilled {
        stage.recover(kind)?;
    }
    stage.settle()?;
    Ok(struck)
}

/// Plays the rest of the league, and compares its end with the undisturbed one.
fn finish(stage: &mut Stage<'_>, shared: &Shared, league: &League, played: usize) -> Result<()> {
    for piece in played..league.len() {
        league.publish(&stage.direct, piece, 0)?;
        league.publish(&stage.direct, piece, 1)?;
    }
    stage.settle()?;
    stage.ensure_tables_equal_topics()?;
    let here = candidates::newest(&stage.direct)?;
    candidates::ensure_equal(&here, &shared.undisturbed)
        .context("the newest candidates differ from those of an undisturbed run")?;
    if here.is_empty() {
        bail!("the league made no candidates: nothing was tested");
    }
    say(&format!(
        "        {} newest candidates as undisturbed",
        here.len()
    ));
    stage.close()
}

fn tell(plan: &Plan, tallies: &BTreeMap<Kind, Tally>, is_kept: bool) {
    say(&format!("seed {}", plan.seed));
    say(&format!("{:<28} rounds  struck  s each", "kind"));
    let mut total = (0, 0);
    for (kind, tally) in tallies {
        let each = tally.spent.as_secs_f64() / tally.rounds as f64;
        say(&format!(
            "{:<28} {:>6}  {:>6}  {each:>6.1}",
            kind.name(),
            tally.rounds,
            tally.struck
        ));
        total = (total.0 + tally.rounds, total.1 + tally.struck);
    }
    let verdict = if is_kept {
        "no breach"
    } else {
        "and then a breach"
    };
    say(&format!(
        "{:<28} {:>6}  {:>6}  {verdict}",
        "all", total.0, total.1
    ));
}
