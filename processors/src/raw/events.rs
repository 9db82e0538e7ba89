//! What the kinds of ingress events have in common, and in what they differ.

use sideline_avro::cause::{ChangeType, EventKind, TriggerSource};
use sideline_avro::events::{
    AliasEvent, BoxScoreEvent, GameEvent, GameLineEvent, InjuryStatusEvent, LineEvent, LineupEvent,
    PlayerUpdateTriggerEvent, RefereesEvent, RosterEvent, ShotZonesEvent,
};
use sideline_avro::facts::{BoxScore, Game, GameLine, Injury, Line, Lineup, RosterMove};
use sideline_avro::time::Timestamp;
use sideline_runtime_core::BadInput;

use super::checks;
use super::claim::Body;
use crate::dead_letters::Correlated;
use crate::fact_key::{FactKey, StatusScope};
use crate::names::player_lookup;

/// The fields every event has.
pub(crate) struct Stamp<'e> {
    pub(crate) source: &'e str,
    pub(crate) known_at: Timestamp,
    pub(crate) ingested_at: Timestamp,
    pub(crate) kind: EventKind,
    pub(crate) trigger_source: TriggerSource,
    pub(crate) trigger_user: Option<&'e str>,
}

/// An ingress event.
pub(crate) trait RawEvent: Correlated {
    /// The kind of change it is.
    const CHANGE: ChangeType;
    /// The fields every event has.
    fn stamp(&self) -> Stamp<'_>;
    /// The player as the producer wrote him; none for facts of teams and games.
    fn named_player(&self) -> Option<&str>;
    /// The key of the fact, with the player's lookup (empty when there is none).
    fn fact(&self, player: String) -> FactKey;
    /// True when the key of the record is about what the value says.
    fn agrees_with(&self, key: &FactKey, player: &str) -> bool {
        self.fact(player.to_owned()) == *key
    }
    /// What only this kind can have wrong.
    ///
    /// # Errors
    /// The first field out of range.
    fn check(&self) -> Result<(), BadInput>;
    /// What decides its partition; none when that is the player.
    fn partition_team(&self) -> Option<&str>;
    /// Teams that must hear of it, as far as the event names them and its body does not.
    fn teams(&self) -> Vec<String> {
        Vec::new()
    }
    /// What is told on.
    fn body(&self, player: String) -> Body;
}

macro_rules! common_fields {
    () => {
        fn stamp(&self) -> Stamp<'_> {
            Stamp {
                source: &self.source,
                known_at: self.known_at,
                ingested_at: self.ingested_at,
                kind: self.kind,
                trigger_source: self.trigger_source,
                trigger_user: self.trigger_user.as_deref(),
            }
        }
    };
}

macro_rules! correlated {
    ($($event:ty),+) => {
        $(impl Correlated for $event {
            fn correlation_id(&self) -> Option<&str> {
                self.correlation_id.as_deref()
            }
        })+
    };
}

correlated!(
    InjuryStatusEvent,
    LineupEvent,
    LineEvent,
    GameLineEvent,
    BoxScoreEvent,
    GameEvent,
    RosterEvent,
    PlayerUpdateTriggerEvent,
    AliasEvent,
    ShotZonesEvent,
    RefereesEvent
);

// Below the macros that they use.
mod referees;
mod shot_zones;

impl RawEvent for InjuryStatusEvent {
    const CHANGE: ChangeType = ChangeType::InjuryStatus;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        Some(&self.player)
    }

    fn fact(&self, player: String) -> FactKey {
        let scope = match &self.game_id {
            Some(game_id) => StatusScope::Game(game_id.clone()),
            None => StatusScope::From(self.effective_date),
        };
        FactKey::Injury { player, scope }
    }

    fn check(&self) -> Result<(), BadInput> {
        self.game_id.as_deref().map_or(Ok(()), checks::game_id)
    }

    fn partition_team(&self) -> Option<&str> {
        None
    }

    fn body(&self, player: String) -> Body {
        Body::Injury(Injury {
            player_lookup: player,
            game_id: self.game_id.clone(),
            effective_date: self.effective_date,
            status: self.status,
            reason: self.reason.clone(),
        })
    }
}

impl RawEvent for LineupEvent {
    const CHANGE: ChangeType = ChangeType::Lineup;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        None
    }

    fn fact(&self, _: String) -> FactKey {
        FactKey::Lineup {
            game_id: self.game_id.clone(),
            team: self.team.clone(),
        }
    }

    fn check(&self) -> Result<(), BadInput> {
        checks::game_id(&self.game_id)?;
        checks::team(&self.team)?;
        checks::five_starters(&self.starters)
    }

    fn partition_team(&self) -> Option<&str> {
        Some(&self.team)
    }

    fn body(&self, _: String) -> Body {
        Body::Lineup(Lineup {
            game_id: self.game_id.clone(),
            team: self.team.clone(),
            starters: self
                .starters
                .iter()
                .map(|name| player_lookup(name))
                .collect(),
            state: self.state,
        })
    }
}

impl RawEvent for LineEvent {
    const CHANGE: ChangeType = ChangeType::LineMovement;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        Some(&self.player)
    }

    fn fact(&self, player: String) -> FactKey {
        FactKey::Line {
            game_id: self.game_id.clone(),
            player,
            prop: self.prop.clone(),
            book: self.book.clone(),
        }
    }

    fn check(&self) -> Result<(), BadInput> {
        checks::game_id(&self.game_id)?;
        checks::prop(&self.prop)?;
        checks::book(&self.book)?;
        checks::line(self.line)
    }

    fn partition_team(&self) -> Option<&str> {
        None
    }

    fn body(&self, _: String) -> Body {
        Body::Line(Line {
            game_id: self.game_id.clone(),
            prop: self.prop.clone(),
            book: self.book.clone(),
            line: self.line,
            over_price: self.over_price,
            under_price: self.under_price,
        })
    }
}

impl RawEvent for GameLineEvent {
    const CHANGE: ChangeType = ChangeType::LineMovement;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        None
    }

    fn fact(&self, _: String) -> FactKey {
        FactKey::GameLine {
            game_id: self.game_id.clone(),
            book: self.book.clone(),
        }
    }

    fn check(&self) -> Result<(), BadInput> {
        checks::game_id(&self.game_id)?;
        checks::team(&self.home)?;
        checks::book(&self.book)?;
        checks::game_line(self.spread_home, self.total)
    }

    fn partition_team(&self) -> Option<&str> {
        Some(&self.home)
    }

    fn body(&self, _: String) -> Body {
        let line = GameLine {
            game_id: self.game_id.clone(),
            book: self.book.clone(),
            spread_home: self.spread_home,
            total: self.total,
        };
        Body::GameLine {
            home: self.home.clone(),
            line,
        }
    }
}

impl RawEvent for BoxScoreEvent {
    const CHANGE: ChangeType = ChangeType::BoxScore;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        Some(&self.player)
    }

    fn fact(&self, player: String) -> FactKey {
        FactKey::BoxScore {
            game_id: self.game_id.clone(),
            player,
        }
    }

    fn check(&self) -> Result<(), BadInput> {
        checks::game_id(&self.game_id)?;
        checks::two_teams(&self.team, &self.opponent)?;
        checks::box_score(self)
    }

    fn partition_team(&self) -> Option<&str> {
        None
    }

    /// What a team allows its opponents is told by their lines.
    fn teams(&self) -> Vec<String> {
        vec![self.team.clone(), self.opponent.clone()]
    }

    fn body(&self, _: String) -> Body {
        Body::BoxScore(BoxScore {
            game_id: self.game_id.clone(),
            game_date: self.game_date,
            team: self.team.clone(),
            opponent: self.opponent.clone(),
            is_home: self.is_home,
            minutes: self.minutes,
            fgm: self.fgm,
            fga: self.fga,
            fg3m: self.fg3m,
            fg3a: self.fg3a,
            ftm: self.ftm,
            fta: self.fta,
            oreb: self.oreb,
            dreb: self.dreb,
            reb: self.reb,
            ast: self.ast,
            stl: self.stl,
            blk: self.blk,
            tov: self.tov,
            pf: self.pf,
            pts: self.pts,
            plus_minus: self.plus_minus,
            started: self.started,
            did_not_play: self.did_not_play,
        })
    }
}

impl RawEvent for GameEvent {
    const CHANGE: ChangeType = ChangeType::Schedule;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        None
    }

    fn fact(&self, _: String) -> FactKey {
        FactKey::Game {
            game_id: self.game_id.clone(),
        }
    }

    fn check(&self) -> Result<(), BadInput> {
        checks::game_id(&self.game_id)?;
        checks::two_teams(&self.home, &self.away)?;
        checks::final_points(self.home_points, self.away_points)
    }

    fn partition_team(&self) -> Option<&str> {
        Some(&self.home)
    }

    fn body(&self, _: String) -> Body {
        Body::Game(Game {
            game_id: self.game_id.clone(),
            season: self.season.clone(),
            season_type: self.season_type,
            tip_off: self.tip_off,
            game_date: self.game_date,
            home: self.home.clone(),
            away: self.away.clone(),
            status: self.status,
            home_points: self.home_points,
            away_points: self.away_points,
        })
    }
}

impl RawEvent for RosterEvent {
    const CHANGE: ChangeType = ChangeType::Roster;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        Some(&self.player)
    }

    fn fact(&self, player: String) -> FactKey {
        FactKey::Roster { player }
    }

    fn check(&self) -> Result<(), BadInput> {
        self.team.as_deref().map_or(Ok(()), checks::team)
    }

    fn partition_team(&self) -> Option<&str> {
        None
    }

    fn body(&self, player: String) -> Body {
        Body::Roster(RosterMove {
            player_lookup: player,
            player_name: self.player_name.clone(),
            team: self.team.clone(),
            position: self.position.clone(),
        })
    }
}

impl RawEvent for PlayerUpdateTriggerEvent {
    const CHANGE: ChangeType = ChangeType::Forced;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        Some(&self.player)
    }

    fn fact(&self, player: String) -> FactKey {
        let correlation_id = self.correlation_id.clone().unwrap_or_default();
        FactKey::Trigger {
            player,
            correlation_id,
        }
    }

    /// A trigger without a correlation id is told from others of its moment by its key alone.
    fn agrees_with(&self, key: &FactKey, player: &str) -> bool {
        let FactKey::Trigger {
            player: named,
            correlation_id,
        } = key
        else {
            return false;
        };
        let own = self.correlation_id.as_deref().unwrap_or(correlation_id);
        named == player && own == correlation_id
    }

    fn check(&self) -> Result<(), BadInput> {
        Ok(())
    }

    fn partition_team(&self) -> Option<&str> {
        None
    }

    fn body(&self, _: String) -> Body {
        Body::Forced {
            reason: self.reason.clone(),
        }
    }
}

impl RawEvent for AliasEvent {
    const CHANGE: ChangeType = ChangeType::Roster;
    common_fields!();

    /// Whom it stands for. The fact itself is the alias's.
    fn named_player(&self) -> Option<&str> {
        Some(&self.player)
    }

    fn fact(&self, _: String) -> FactKey {
        FactKey::Alias {
            alias: player_lookup(&self.alias),
        }
    }

    fn check(&self) -> Result<(), BadInput> {
        checks::alias(&self.alias, &self.player)?;
        self.team.as_deref().map_or(Ok(()), checks::team)
    }

    fn partition_team(&self) -> Option<&str> {
        None
    }

    fn body(&self, player: String) -> Body {
        Body::Alias {
            player,
            team: self.team.clone(),
        }
    }
}
