//! Features from the schedule.

use sideline_avro::words::{InjuryStatus, SeasonType};

use super::registry::{Inputs, Reading, Source};

/// He has not played a game that counts.
const NO_GAMES: &str = "no_games";

pub(super) fn games_in_last_7_days(inputs: &Inputs<'_>) -> Reading {
    let form = &inputs.game.form;
    let value = form.days_rest.map(|_| f64::from(form.games_in_last_7_days));
    Reading::of(value, Source::History, NO_GAMES)
}

/// 1 at home, 0 away.
pub(super) fn home_away(inputs: &Inputs<'_>) -> Reading {
    let value = f64::from(u8::from(inputs.game.matchup.is_home));
    Reading::of(Some(value), Source::Calculated, "")
}

/// 1 when he played the day before.
pub(super) fn back_to_back(inputs: &Inputs<'_>) -> Reading {
    let value = inputs
        .game
        .form
        .days_rest
        .map(|days| f64::from(u8::from(days == 0)));
    Reading::of(value, Source::Calculated, NO_GAMES)
}

/// Own days of rest minus the opponent's, within -2 to 2.
pub(super) fn rest_advantage(inputs: &Inputs<'_>) -> Reading {
    let form = &inputs.game.form;
    let opponent = form.opponent_form.as_ref().and_then(|team| team.days_rest);
    let ahead = form
        .days_rest
        .zip(opponent)
        .map(|(own, other)| f64::from((own - other).clamp(-2, 2)));
    Reading::of(ahead, Source::Calculated, "rest_unknown")
}

/// 0 available, 1 probable, 2 questionable, 3 doubtful or out.
pub(super) fn injury_risk(inputs: &Inputs<'_>) -> Reading {
    let risk = match inputs.game.matchup.status {
        InjuryStatus::Probable => 1.0,
        InjuryStatus::Questionable => 2.0,
        InjuryStatus::Doubtful | InjuryStatus::Out => 3.0,
        InjuryStatus::Available | InjuryStatus::Unknown => 0.0,
    };
    Reading::of(Some(risk), Source::Calculated, "")
}

/// 1 in the playoffs.
pub(super) fn playoff_game(inputs: &Inputs<'_>) -> Reading {
    let is_playoff = inputs.game.matchup.season_type == SeasonType::Playoffs;
    Reading::of(
        Some(f64::from(u8::from(is_playoff))),
        Source::Calculated,
        "",
    )
}

/// Whole days between his last game and this one minus one.
pub(super) fn days_rest(inputs: &Inputs<'_>) -> Reading {
    Reading::of(
        inputs.game.form.days_rest.map(f64::from),
        Source::Calculated,
        NO_GAMES,
    )
}
