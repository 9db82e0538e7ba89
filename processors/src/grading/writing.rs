//! Working a game's grades out, and writing those that say something new.

use sideline_avro::facts::BoxScore;
use sideline_avro::form::PropLine;
use sideline_avro::graded::{Grade, GradeState, Graded};
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};
use sideline_topics::keys;

use super::keeping::Subject;
use super::outcome::{Outcome, outcome};
use super::verdict::{Known, difference, grade};
use super::versions::{Kept, Matchup};
use super::{Grading, LastGrade};
use crate::fingerprint;
use crate::player::{Log, Quote, market};
use crate::props::{Prop, prop};
use crate::truth::History;

/// A game that is graded.
struct Game<'s> {
    subject: &'s Subject,
    game_id: &'s str,
    matchup: Matchup,
    happened: Happened,
}

/// What happened, with what was known before.
enum Happened {
    Played { row: BoxScore, before: Rows },
    DidNotPlay,
    Open,
}

/// All box scores of a player, by key `player/game`.
type Rows = Vec<(String, History<BoxScore>)>;

impl Grading {
    /// Grades one prop of a game, or all of them.
    pub(super) fn grade(
        &self,
        subject: &Subject,
        game_id: &str,
        only: Option<&str>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let key = keys::player_game_key(&subject.player, game_id);
        let Some(matchup) = ctx.get(&self.games, &key)? else {
            return Ok(());
        };
        let said = self.said(&key, only, ctx)?;
        let row = ctx.get(&self.rows, &key)?;
        let newest = self.newest_of(&subject.player, ctx)?;
        let present = row.as_ref().and_then(History::present);
        let happened = match outcome(present, matchup.tip_off, newest) {
            Outcome::Played(row) => Happened::Played {
                row: row.clone(),
                before: ctx.range(&self.rows, &format!("{}/", subject.player))?,
            },
            Outcome::DidNotPlay => Happened::DidNotPlay,
            Outcome::Open => Happened::Open,
        };
        self.keep_open(&key, &matchup, &happened, ctx)?;
        let game = Game {
            subject,
            game_id,
            matchup,
            happened,
        };
        for (prop, kept) in said {
            self.grade_prop(&game, prop, &kept, ctx)?;
        }
        Ok(())
    }

    /// What was said of the props asked for that are predicted.
    fn said(
        &self,
        game: &str,
        only: Option<&str>,
        ctx: &Context<'_>,
    ) -> Result<Vec<(&'static Prop, Vec<Kept>)>, ProcessError> {
        let prefix = format!("{game}/");
        let stored = match only {
            Some(only) => {
                let key = format!("{prefix}{only}");
                let kept = ctx.get(&self.versions, &key)?;
                kept.map(|kept| (key, kept)).into_iter().collect()
            }
            None => ctx.range(&self.versions, &prefix)?,
        };
        let named = |(key, kept): (String, Vec<Kept>)| {
            let name = key.strip_prefix(&prefix)?;
            Some((prop(name)?, kept))
        };
        Ok(stored.into_iter().filter_map(named).collect())
    }

    /// A game of which nothing is known yet is looked at again when there are news of the player.
    fn keep_open(
        &self,
        key: &str,
        matchup: &Matchup,
        happened: &Happened,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        match happened {
            Happened::Open => ctx.put(&self.open, key, &matchup.tip_off),
            Happened::Played { .. } | Happened::DidNotPlay => ctx.delete(&self.open, key),
        }
    }

    fn grade_prop(
        &self,
        game: &Game<'_>,
        prop: &'static Prop,
        kept: &[Kept],
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let key = keys::graded_key(&game.subject.player, game.game_id, prop.name);
        let last = ctx.get(&self.grades, &key)?;
        if last.is_none() && matches!(game.happened, Happened::Open) {
            return Ok(());
        }
        let closing = self.closing_line(&key, game.matchup.tip_off, ctx)?;
        let told = game.told(prop, kept, closing);
        if last.is_none() && told.state == GradeState::Open {
            return Ok(());
        }
        // Cause and version are not set yet, so they are no part of the content.
        let content = fingerprint::of(&told);
        if last.as_ref().is_some_and(|last| last.content == content) {
            return Ok(());
        }
        let grade_version = last.map_or(1, |last| last.grade_version + 1);
        let graded = Graded {
            cause: game.subject.cause.clone(),
            league: self.league.clone(),
            grade_version,
            content_hash: fingerprint::hex(&content),
            ..told
        };
        ctx.forward(&self.graded, &game.subject.player, &key, &graded)?;
        let written = LastGrade {
            grade_version,
            content,
        };
        ctx.put(&self.grades, &key, &written)
    }

    /// Consensus of each book's last quote before tip-off.
    fn closing_line(
        &self,
        key: &str,
        tip_off: Timestamp,
        ctx: &Context<'_>,
    ) -> Result<Option<PropLine>, ProcessError> {
        let prefix = format!("{key}/");
        let stored = ctx.range(&self.quotes, &prefix)?;
        let books: Vec<(&str, &History<Quote>)> = stored
            .iter()
            .filter_map(|(key, quotes)| Some((key.strip_prefix(&prefix)?, quotes)))
            .collect();
        Ok(market("", &books, tip_off))
    }
}

impl Game<'_> {
    /// The grade of a prop, without its version and cause; open when there is nothing to grade.
    fn told(&self, prop: &Prop, kept: &[Kept], closing: Option<PropLine>) -> Graded {
        let opened = self.opened(prop);
        let (state, actual, minutes) = match &self.happened {
            Happened::Played { row, .. } => {
                let actual = Some((prop.of)(row));
                (GradeState::Graded, actual, Some(row.minutes))
            }
            Happened::DidNotPlay => (GradeState::Void, None, None),
            Happened::Open => return opened,
        };
        let closing_line = closing.as_ref().map(|line| line.consensus);
        let known = Known {
            actual,
            closing_line,
        };
        let grades = self.grades(kept, known);
        if grades.is_empty() {
            return opened;
        }
        let told = Graded {
            state,
            actual,
            minutes,
            closing_line,
            closing_line_as_of: closing.map(|line| line.line_as_of),
            actual_margin_closing: difference(actual, closing_line),
            grades,
            ..opened
        };
        match &self.happened {
            Happened::Played { before, .. } => self.with_baselines(told, prop, before),
            Happened::DidNotPlay | Happened::Open => told,
        }
    }

    /// A grade that says nothing.
    fn opened(&self, prop: &Prop) -> Graded {
        let matchup = &self.matchup;
        Graded {
            player_lookup: self.subject.player.clone(),
            game_id: self.game_id.to_owned(),
            game_date: matchup.game_date,
            tip_off: matchup.tip_off,
            team: matchup.team.clone(),
            opponent: matchup.opponent.clone(),
            is_home: matchup.is_home,
            prop: prop.name.to_owned(),
            state: GradeState::Open,
            ..Graded::default()
        }
    }

    /// One grade per version that was known before tip-off; of a player who did not play, only if
    /// some system had not taken its prediction back.
    fn grades(&self, kept: &[Kept], known: Known) -> Vec<Grade> {
        let is_before = |kept: &&Kept| kept.effective_at < self.matchup.tip_off;
        let before: Vec<&Kept> = kept.iter().filter(is_before).collect();
        let mut grades = Vec::with_capacity(before.len());
        let mut is_any_standing = false;
        for (place, kept) in before.iter().enumerate() {
            let next = before.get(place + 1);
            let is_last = next.is_none_or(|next| next.system_id != kept.system_id);
            is_any_standing |= is_last && !kept.is_withdrawn;
            grades.push(grade(kept, known, is_last));
        }
        if known.actual.is_none() && !is_any_standing {
            grades.clear();
        }
        grades
    }

    /// What plain averages would have said, from what was known before tip-off.
    fn with_baselines(&self, told: Graded, prop: &Prop, rows: &Rows) -> Graded {
        let log = Log::before(rows, self.matchup.game_date, self.matchup.tip_off);
        let stat = log.stat(prop);
        Graded {
            games_before: log.games(),
            baseline_last_5: stat.average_last_5,
            baseline_last_10: stat.average_last_10,
            baseline_season: stat.average_season,
            ..told
        }
    }
}
