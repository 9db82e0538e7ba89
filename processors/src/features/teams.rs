//! Features from the ended games of both teams.

use sideline_avro::context::TeamForm;

use super::registry::{Inputs, Reading, Source};

const NO_TEAM_GAMES: &str = "no_team_games";
const NO_OPPONENT_GAMES: &str = "no_opponent_games";

fn opponent(inputs: &Inputs<'_>, of: fn(&TeamForm) -> Option<f64>) -> Reading {
    let value = inputs.game.form.opponent_form.as_ref().and_then(of);
    Reading::of(value, Source::Team, NO_OPPONENT_GAMES)
}

fn own(inputs: &Inputs<'_>, of: fn(&TeamForm) -> Option<f64>) -> Reading {
    let value = of(&inputs.game.form.team_form);
    Reading::of(value, Source::Team, NO_TEAM_GAMES)
}

/// Points allowed per 100 possessions, last 15 games.
pub(super) fn opponent_def_rating(inputs: &Inputs<'_>) -> Reading {
    opponent(inputs, |form| form.def_rating_last_15)
}

/// Possessions per 48 minutes, last 15 games.
pub(super) fn opponent_pace(inputs: &Inputs<'_>) -> Reading {
    opponent(inputs, |form| form.pace_last_15)
}

/// Possessions per 48 minutes, last 10 games.
pub(super) fn team_pace(inputs: &Inputs<'_>) -> Reading {
    own(inputs, |form| form.pace_last_10)
}

/// Points per 100 possessions, last 10 games.
pub(super) fn team_off_rating(inputs: &Inputs<'_>) -> Reading {
    own(inputs, |form| form.off_rating_last_10)
}

/// Share of games won this season, from 5 games on.
pub(super) fn team_win_share(inputs: &Inputs<'_>) -> Reading {
    own(inputs, |form| form.win_pct)
}
