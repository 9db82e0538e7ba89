//! The sets an update is judged by.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sideline_avro::cause::Cause;
use sideline_avro::context::Touch;
use sideline_avro::predictions::{Outcome, OutcomeKind};
use sideline_avro::time::{LeagueDay, Timestamp};

/// The prop whose version stands for a player's.
const HEADLINE_PROP: &str = "points";

/// A touch as it is kept until the update is complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SeenTouch {
    pub(super) touch: Touch,
    pub(super) appended_at: Timestamp,
}

impl SeenTouch {
    pub(super) fn of(touch: &Touch, timestamp_ms: i64) -> Self {
        let appended_at = Timestamp::from_millis(timestamp_ms);
        Self {
            touch: touch.clone(),
            appended_at,
        }
    }
}

/// Counts of outcomes, as promise 9 has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) expected: i32,
    pub(super) changed: i32,
    pub(super) unchanged: i32,
    pub(super) held: i32,
    pub(super) blocked: i32,
    pub(super) too_late: i32,
    pub(super) skipped: i32,
    pub(super) failed: i32,
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.held += other.held;
        self.blocked += other.blocked;
        self.too_late += other.too_late;
        self.skipped += other.skipped;
        self.failed += other.failed;
    }
}

/// An outcome as it is kept until the update is complete: what the envelope asks for, no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) player: String,
    path: String,
    game_id: String,
    parts: i32,
    pub(super) game_date: Option<LeagueDay>,
    pub(super) counts: Counts,
    /// New version of the champion's points key.
    pub(super) headline_version: Option<i64>,
    /// The phases passed, and when the broker appended what each wrote.
    pub(super) trail: Vec<(String, Timestamp)>,
    pub(super) appended_at: Timestamp,
}

impl Report {
    pub(super) fn of(outcome: &Outcome, champion: &str, timestamp_ms: i64) -> Self {
        let is_headline = |prop: &str, system: &str| prop == HEADLINE_PROP && system == champion;
        let headline = outcome.items.iter().find(|item| {
            item.kind == OutcomeKind::Changed && is_headline(&item.prop, &item.system_id)
        });
        let hops = outcome.cause.trail.iter();
        Self {
            player: outcome.player_lookup.clone(),
            path: outcome.path.clone(),
            game_id: outcome.game_id.clone(),
            parts: outcome.parts,
            game_date: outcome.game_date,
            counts: Counts {
                expected: outcome.expected,
                changed: outcome.changed,
                unchanged: outcome.unchanged,
                held: outcome.held,
                blocked: outcome.blocked,
                too_late: outcome.too_late,
                skipped: outcome.skipped,
                failed: outcome.failed,
            },
            headline_version: headline.and_then(|item| item.version),
            trail: hops
                .map(|hop| (hop.phase.clone(), hop.appended_at))
                .collect(),
            appended_at: Timestamp::from_millis(timestamp_ms),
        }
    }
}

/// Everything known of an update.
pub(super) struct Reports {
    /// By origin.
    touches: BTreeMap<String, SeenTouch>,
    reports: Vec<Report>,
}

/// An update everybody has reported on.
pub(super) struct Update {
    pub(super) raw: SeenTouch,
    /// Of phase results.
    pub(super) results: Vec<SeenTouch>,
    pub(super) teams: Vec<SeenTouch>,
    pub(super) reports: Vec<Report>,
}

impl Reports {
    pub(super) fn new(
        touches: impl Iterator<Item = SeenTouch>,
        reports: impl Iterator<Item = Report>,
    ) -> Self {
        let touches = touches
            .map(|seen| (seen.touch.origin.clone(), seen))
            .collect();
        Self {
            touches,
            reports: reports.collect(),
        }
    }

    /// The update, once everybody has reported.
    pub(super) fn complete(self) -> Option<Update> {
        let raw = self.touches.get(crate::raw::NAME)?.clone();
        let results = self.named_by(&[&raw], "results/")?;
        let mut tellers = vec![&raw];
        tellers.extend(&results);
        let teams = self.named_by(&tellers, "team/")?;
        let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
        expect_players(&raw.touch, &mut expected);
        for team in &teams {
            expect_players(&team.touch, &mut expected);
        }
        let has_all = expected
            .iter()
            .all(|(target, times)| self.has_reported(target, *times));
        drop(expected);
        has_all.then_some(Update {
            raw,
            results,
            teams,
            reports: self.reports,
        })
    }

    /// What those said whom the tellers name under a prefix; none while one of them is silent.
    fn named_by(&self, tellers: &[&SeenTouch], prefix: &str) -> Option<Vec<SeenTouch>> {
        let targets = tellers.iter().flat_map(|teller| &teller.touch.targets);
        let named = targets.filter(|target| target.starts_with(prefix));
        named
            .map(|target| self.touches.get(target).cloned())
            .collect()
    }

    /// True when the player's outcomes by this path cover as many games as were announced: by who
    /// reached him, once per game, and by the outcomes themselves.
    fn has_reported(&self, target: &str, announced: usize) -> bool {
        let mut games = BTreeSet::new();
        let mut owed = announced;
        for report in &self.reports {
            if format!("player/{}/{}", report.player, report.path) == target {
                games.insert(report.game_id.as_str());
                owed = owed.max(usize::try_from(report.parts).unwrap_or(0));
            }
        }
        games.len() >= owed
    }
}

/// Counts how often each player is named: once per game he was told of.
fn expect_players<'t>(touch: &'t Touch, expected: &mut BTreeMap<&'t str, usize>) {
    for target in touch
        .targets
        .iter()
        .filter(|target| target.starts_with("player/"))
    {
        *expected.entry(target).or_default() += 1;
    }
}

impl Update {
    pub(super) fn cause(&self) -> &Cause {
        &self.raw.touch.cause
    }

    /// When the last of all reports was appended.
    pub(super) fn ended_at(&self) -> Timestamp {
        let tasks = self.results.iter().chain(&self.teams);
        let touches = tasks.map(|task| task.appended_at);
        let reports = self.reports.iter().map(|report| report.appended_at);
        touches
            .chain(reports)
            .fold(self.raw.appended_at, Timestamp::max)
    }

    /// When the event was sent; for producers that do not say, when phase raw had taken it.
    pub(super) fn began_at(&self) -> Timestamp {
        self.cause().published_at.unwrap_or(self.raw.appended_at)
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        if self.raw.touch.failed_reason.is_some() {
            counts.expected += 1;
            counts.failed += 1;
        }
        for report in &self.reports {
            counts.add(&report.counts);
        }
        counts
    }
}
