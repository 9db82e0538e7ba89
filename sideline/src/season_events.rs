//! A season's facts as change events, in the order in which they became known.

use std::collections::BTreeMap;

use sideline_avro::cause::{EventKind, TriggerSource};
use sideline_avro::events::{
    AliasEvent, BoxScoreEvent, GameEvent, GameLineEvent, InjuryStatusEvent, LineEvent, LineupEvent,
    RosterEvent,
};
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_avro::words::{GameStatus, InjuryStatus, LineupState, SeasonType};
use sideline_season::{Fact, GameSchedule, PlayerIdentity, TimedFact};

use crate::ingress::IngressRecord;

/// Source of schedule and results.
const SCHEDULE: &str = "schedule";
/// Source of rosters.
const ROSTERS: &str = "rosters";
/// Source of other names.
const ALIASES: &str = "aliases";
/// Source of box scores.
const BOX_SCORES: &str = "box_scores";
/// Source of lines, spreads and totals.
const ODDS: &str = "odds";
/// Source of lineups.
const LINEUPS: &str = "lineups";
/// Source of moves on the injury list.
const INJURY_LIST: &str = "injury_list";
/// Source of inactive lists, known half an hour before tip-off.
const INACTIVE_LIST: &str = "inactive_list";

/// The facts as events. Where a file states one fact of one moment twice (the same player on the
/// injury list twice a day), the later row counts: two records of one key would fold in compaction.
#[must_use]
pub fn events(facts: &[TimedFact<'_>], is_simulated: bool) -> Vec<IngressRecord> {
    let mut events: Vec<Option<IngressRecord>> = Vec::with_capacity(facts.len());
    let mut place_of_key: BTreeMap<String, usize> = BTreeMap::new();
    let homes = home_teams(facts);
    for timed in facts {
        let stamp = Stamp {
            known_at: Timestamp(timed.known_at_us),
            is_simulated,
            homes: &homes,
        };
        let Some(event) = event(&timed.fact, &stamp) else {
            continue;
        };
        let earlier = place_of_key.insert(event.record_key(), events.len());
        if let Some(slot) = earlier.and_then(|place| events.get_mut(place)) {
            *slot = None;
        }
        events.push(Some(event));
    }
    events.into_iter().flatten().collect()
}

/// What all events of a loaded season share: the moment, which is also when they were appended.
struct Stamp<'a> {
    known_at: Timestamp,
    is_simulated: bool,
    /// Home team by game: a game line names the game only, its event names the home team too.
    homes: &'a BTreeMap<&'a str, &'a str>,
}

fn home_teams<'a>(facts: &[TimedFact<'a>]) -> BTreeMap<&'a str, &'a str> {
    let mut homes = BTreeMap::new();
    for timed in facts {
        if let Fact::GameScheduled(game) = &timed.fact {
            homes.insert(game.game_id, game.home);
        }
    }
    homes
}

fn event(fact: &Fact<'_>, stamp: &Stamp<'_>) -> Option<IngressRecord> {
    match fact {
        Fact::Team(_) => None,
        Fact::PlayerRegistered(player) => Some(roster(player, None, stamp)),
        Fact::RosterStint(stint) => Some(roster(&stint.player, Some(stint.team), stamp)),
        Fact::Alias(alias) => Some(alias_event(alias, stamp)),
        Fact::GameScheduled(game) => Some(scheduled(game, stamp)),
        Fact::GameFinal(result) => Some(finished(result, stamp)),
        Fact::InjuryMove(row) => Some(injury_move(row, stamp)),
        Fact::Absence(row) => Some(absence(row, stamp)),
        Fact::Lineup(lineup) => Some(lineup_event(lineup, stamp)),
        Fact::GameLine(row) => game_line(row, stamp),
        Fact::Line(row) => Some(line(row, stamp)),
        Fact::BoxScore(row) => Some(box_score(row, stamp)),
    }
}

fn roster(player: &PlayerIdentity<'_>, team: Option<&str>, stamp: &Stamp<'_>) -> IngressRecord {
    IngressRecord::Roster(RosterEvent {
        player: player.slug.to_owned(),
        player_name: player.name.to_owned(),
        player_id: Some(player.player_id.to_string()),
        team: team.map(str::to_owned),
        position: text(player.position),
        source: ROSTERS.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..RosterEvent::default()
    })
}

fn alias_event(alias: &sideline_season::Alias<'_>, stamp: &Stamp<'_>) -> IngressRecord {
    IngressRecord::Alias(AliasEvent {
        alias: alias.variant.to_owned(),
        player: alias.slug.to_owned(),
        team: alias.team.map(str::to_owned),
        source: ALIASES.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..AliasEvent::default()
    })
}

fn scheduled(game: &GameSchedule<'_>, stamp: &Stamp<'_>) -> IngressRecord {
    IngressRecord::Game(game_event(game, stamp))
}

fn finished(result: &sideline_season::GameResult<'_>, stamp: &Stamp<'_>) -> IngressRecord {
    IngressRecord::Game(GameEvent {
        status: GameStatus::Final,
        home_points: Some(i32::from(result.home_points)),
        away_points: Some(i32::from(result.away_points)),
        ..game_event(&result.game, stamp)
    })
}

fn game_event(game: &GameSchedule<'_>, stamp: &Stamp<'_>) -> GameEvent {
    GameEvent {
        game_id: game.game_id.to_owned(),
        season: game.season.to_owned(),
        season_type: season_type(game.season_type),
        tip_off: Timestamp(game.tip_off_utc.as_microsecond()),
        is_tip_off_estimated: !game.is_tip_off_known,
        game_date: league_day(game.game_date),
        home: game.home.to_owned(),
        away: game.away.to_owned(),
        status: GameStatus::Scheduled,
        source: SCHEDULE.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..GameEvent::default()
    }
}

fn injury_move(row: &sideline_season::InjuryRow, stamp: &Stamp<'_>) -> IngressRecord {
    IngressRecord::Injury(InjuryStatusEvent {
        player: row.slug.clone(),
        team: Some(row.team.clone()),
        effective_date: league_day(row.reported_date),
        status: injury_status(row.status),
        reason: text(&row.reason),
        designation: text(&row.designation),
        source: INJURY_LIST.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..InjuryStatusEvent::default()
    })
}

fn absence(row: &sideline_season::AbsenceRow, stamp: &Stamp<'_>) -> IngressRecord {
    IngressRecord::Injury(InjuryStatusEvent {
        player: row.slug.clone(),
        team: Some(row.team.clone()),
        game_id: Some(row.game_id.clone()),
        effective_date: league_day(row.game_date),
        status: InjuryStatus::Out,
        reason: Some("inactive".to_owned()),
        source: INACTIVE_LIST.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..InjuryStatusEvent::default()
    })
}

fn lineup_event(lineup: &sideline_season::LineupSnapshot<'_>, stamp: &Stamp<'_>) -> IngressRecord {
    let state = if lineup.is_confirmed {
        LineupState::Confirmed
    } else {
        LineupState::Projected
    };
    IngressRecord::Lineup(LineupEvent {
        game_id: lineup.game_id.to_owned(),
        team: lineup.team.to_owned(),
        starters: lineup
            .starters
            .iter()
            .map(|slug| (*slug).to_owned())
            .collect(),
        state,
        source: LINEUPS.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..LineupEvent::default()
    })
}

fn game_line(row: &sideline_season::GameLineRow, stamp: &Stamp<'_>) -> Option<IngressRecord> {
    let home = stamp.homes.get(row.game_id.as_str())?;
    Some(IngressRecord::GameLine(GameLineEvent {
        game_id: row.game_id.clone(),
        home: (*home).to_owned(),
        book: row.book.clone(),
        spread_home: row.spread_home,
        total: row.total,
        source: ODDS.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..GameLineEvent::default()
    }))
}

fn line(row: &sideline_season::LineRow, stamp: &Stamp<'_>) -> IngressRecord {
    IngressRecord::Line(LineEvent {
        game_id: row.game_id.clone(),
        player: row.slug.clone(),
        prop: row.prop.as_str().to_owned(),
        book: row.book.clone(),
        line: Some(row.line),
        over_price: row.over_price,
        under_price: row.under_price,
        source: ODDS.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..LineEvent::default()
    })
}

fn box_score(row: &sideline_season::BoxScoreRow, stamp: &Stamp<'_>) -> IngressRecord {
    IngressRecord::BoxScore(BoxScoreEvent {
        game_id: row.game_id.clone(),
        game_date: league_day(row.game_date),
        player: row.slug.clone(),
        team: row.team.clone(),
        opponent: row.opponent.clone(),
        is_home: row.home,
        minutes: row.minutes,
        fgm: row.fgm.into(),
        fga: row.fga.into(),
        fg3m: row.fg3m.into(),
        fg3a: row.fg3a.into(),
        ftm: row.ftm.into(),
        fta: row.fta.into(),
        oreb: row.oreb.into(),
        dreb: row.dreb.into(),
        reb: row.reb.into(),
        ast: row.ast.into(),
        stl: row.stl.into(),
        blk: row.blk.into(),
        tov: row.tov.into(),
        pf: row.pf.into(),
        pts: row.pts.into(),
        plus_minus: row.plus_minus.map(i32::from),
        started: row.started,
        did_not_play: false,
        source: BOX_SCORES.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.known_at,
        is_simulated: stamp.is_simulated,
        kind: EventKind::Assert,
        trigger_source: TriggerSource::Kafka,
        ..BoxScoreEvent::default()
    })
}

fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// Days since 1970-01-01 of a calendar day.
#[must_use]
pub fn league_day(date: jiff::civil::Date) -> LeagueDay {
    const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);
    let days = date.duration_since(EPOCH).as_hours() / 24;
    LeagueDay(i32::try_from(days).unwrap_or(i32::MAX))
}

const fn season_type(word: sideline_season::SeasonType) -> SeasonType {
    use sideline_season::SeasonType as Row;
    match word {
        Row::Preseason => SeasonType::Preseason,
        Row::Regular => SeasonType::Regular,
        Row::CupFinal => SeasonType::CupFinal,
        Row::PlayIn => SeasonType::PlayIn,
        Row::Playoffs => SeasonType::Playoffs,
        Row::AllStar => SeasonType::AllStar,
    }
}

const fn injury_status(word: sideline_season::InjuryStatus) -> InjuryStatus {
    use sideline_season::InjuryStatus as Row;
    match word {
        Row::Out => InjuryStatus::Out,
        Row::Doubtful => InjuryStatus::Doubtful,
        Row::Questionable => InjuryStatus::Questionable,
        Row::Probable => InjuryStatus::Probable,
        Row::Available => InjuryStatus::Available,
    }
}
