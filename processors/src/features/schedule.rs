//! Features from the schedule.

use sideline_avro::form::PlayerGame;
use sideline_avro::words::{InjuryStatus, SeasonType};

use super::registry::{Reading, Source};

/// He has not played a game that counts.
const NO_GAMES: &str = "no_games";

pub(super) fn games_in_last_7_days(game: &PlayerGame) -> Reading {
    let form = &game.form;
    let value = form.days_rest.map(|_| f64::from(form.games_in_last_7_days));
    Reading::of(value, Source::History, NO_GAMES)
}

/// 1 at home, 0 away.
pub(super) fn home_away(game: &PlayerGame) -> Reading {
    let value = f64::from(u8::from(game.matchup.is_home));
    Reading::of(Some(value), Source::Calculated, "")
}

/// 1 when he played the day before.
pub(super) fn back_to_back(game: &PlayerGame) -> Reading {
    let value = game
        .form
        .days_rest
        .map(|days| f64::from(u8::from(days == 0)));
    Reading::of(value, Source::Calculated, NO_GAMES)
}

/// Own days of rest minus the opponent's, within -2 to 2.
pub(super) fn rest_advantage(game: &PlayerGame) -> Reading {
    let form = &game.form;
    let opponent = form.opponent_form.as_ref().and_then(|team| team.days_rest);
    let ahead = form
        .days_rest
        .zip(opponent)
        .map(|(own, other)| f64::from((own - other).clamp(-2, 2)));
    Reading::of(ahead, Source::Calculated, "rest_unknown")
}

/// 0 available, 1 probable, 2 questionable, 3 doubtful or out.
pub(super) fn injury_risk(game: &PlayerGame) -> Reading {
    let risk = match game.matchup.status {
        InjuryStatus::Probable => 1.0,
        InjuryStatus::Questionable => 2.0,
        InjuryStatus::Doubtful | InjuryStatus::Out => 3.0,
        InjuryStatus::Available | InjuryStatus::Unknown => 0.0,
    };
    Reading::of(Some(risk), Source::Calculated, "")
}

/// 1 in the playoffs.
pub(super) fn playoff_game(game: &PlayerGame) -> Reading {
    let is_playoff = game.matchup.season_type == SeasonType::Playoffs;
    Reading::of(
        Some(f64::from(u8::from(is_playoff))),
        Source::Calculated,
        "",
    )
}

/// Whole days between his last game and this one minus one.
pub(super) fn days_rest(game: &PlayerGame) -> Reading {
    Reading::of(
        game.form.days_rest.map(f64::from),
        Source::Calculated,
        NO_GAMES,
    )
}

/// Share of his team's last 10 ended games of the season, of those since he joined it, that he did not
/// play, 0 to 1. From its games beside their box scores.
pub(super) fn dnp_rate(game: &PlayerGame) -> Reading {
    Reading::of(game.form.dnp_rate, Source::History, "no_team_games")
}

/// Games he has played since he changed teams or paused for more than 14 days, 0 to 30. From his game
/// log.
pub(super) fn games_since_change(game: &PlayerGame) -> Reading {
    let games = game.form.games_since_change.map(f64::from);
    Reading::of(games, Source::History, NO_GAMES)
}

#[cfg(test)]
mod tests {
    use sideline_avro::form::Form;

    use super::*;
    use crate::features::registry::golden::missing;

    #[test]
    fn absences_and_changes_are_read_from_form_and_missing_ones_say_why() {
        let game = PlayerGame {
            form: Form {
                dnp_rate: Some(0.25),
                games_since_change: Some(0),
                ..Form::default()
            },
            ..PlayerGame::default()
        };
        assert_eq!(dnp_rate(&game).value, Some(0.25));
        assert_eq!(games_since_change(&game).value, Some(0.0));
        let nothing = PlayerGame::default();
        assert_eq!(dnp_rate(&nothing), missing("no_team_games"));
        assert_eq!(games_since_change(&nothing), missing("no_games"));
    }
}
