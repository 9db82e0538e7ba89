//! What the world believed of a game from the eve to tip-off: the outlook of both sides, given who
//! was said to be out at each moment.

use jiff::Span;
use sideline_season::eastern_us;

use crate::calendar::Fixture;
use crate::expectation::{Outlook, compute_outlook};
use crate::health::Health;
use crate::league::League;

/// Minutes of the US Eastern eve at which the first book may open.
pub(crate) const EVE_OPENS_MINUTE: i64 = 17 * 60;

/// Beliefs of one game, in order of time.
#[derive(Debug)]
pub(crate) struct Beliefs {
    states: Vec<State>,
    /// Moments at which something was told of each side, after the eve opens.
    pub(crate) news: [Vec<i64>; 2],
}

#[derive(Debug)]
struct State {
    from_us: i64,
    outlooks: [Outlook; 2],
}

impl Beliefs {
    pub(crate) fn of(league: &League, health: &Health, fixture: &Fixture) -> Self {
        let opens_us = on_eve_us(fixture, EVE_OPENS_MINUTE);
        // What is told at tip-off itself is of the next game.
        let last_us = fixture.tip_off_us() - 1;
        let news = fixture
            .sides
            .map(|side| health.news(side.team, opens_us, last_us));
        let mut moments = vec![opens_us];
        moments.extend(news.iter().flatten());
        moments.sort_unstable();
        moments.dedup();
        let states = moments
            .into_iter()
            .map(|from_us| State {
                from_us,
                outlooks: outlooks(league, health, fixture, from_us),
            })
            .collect();
        Self { states, news }
    }

    /// The outlook of a side as believed at a moment; before the eve opens, as when it opens.
    pub(crate) fn at(&self, at_us: i64, side: usize) -> &Outlook {
        let known = self.states.partition_point(|state| state.from_us <= at_us);
        &self.states[known.saturating_sub(1)].outlooks[side]
    }

    /// The outlook at tip-off, which is what then happens.
    pub(crate) fn last(&self, side: usize) -> &Outlook {
        self.at(i64::MAX, side)
    }
}

fn outlooks(league: &League, health: &Health, fixture: &Fixture, at_us: i64) -> [Outlook; 2] {
    let [home, away] = fixture.sides;
    [(home, away), (away, home)].map(|(side, opponent)| {
        let able = League::roster(side.team)
            .filter(|player| !health.is_believed_out(*player, at_us))
            .collect();
        compute_outlook(league, side, opponent, able)
    })
}

/// The moment at which the US Eastern clock shows this minute of the game's eve.
pub(crate) fn on_eve_us(fixture: &Fixture, minute: i64) -> i64 {
    eastern_us(fixture.date.saturating_sub(Span::new().days(1)), 0, minute)
}

/// The moment at which the US Eastern clock shows this minute of the game's day.
pub(crate) fn on_day_us(fixture: &Fixture, minute: i64) -> i64 {
    eastern_us(fixture.date, 0, minute)
}
