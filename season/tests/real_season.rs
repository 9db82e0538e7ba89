//! A real season reads without complaint, if one is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use sideline_season::{Fact, Season, TimedFact};

/// The real season: `SIDELINE_DATA`, or `../shared/data` beside the project.
fn real_season_dir() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("SIDELINE_DATA").map_or(beside, PathBuf::from);
    let dir = data.join("nba-2024-25");
    dir.is_dir().then_some(dir)
}

/// Players about whom something was known no later than their registration.
fn named_before_registration(facts: &[TimedFact<'_>]) -> BTreeSet<String> {
    let mut registered = BTreeMap::new();
    let mut early = BTreeSet::new();
    for timed in facts {
        let slug = match &timed.fact {
            Fact::PlayerRegistered(player) => {
                registered.insert(player.slug.to_owned(), timed.known_at_us);
                continue;
            }
            Fact::RosterStint(stint) => stint.player.slug,
            Fact::InjuryMove(row) => row.slug.as_str(),
            Fact::Absence(row) => row.slug.as_str(),
            Fact::Line(row) => row.slug.as_str(),
            Fact::BoxScore(row) => row.slug.as_str(),
            _ => continue,
        };
        let since = registered.get(slug).copied().unwrap_or(i64::MAX);
        if since >= timed.known_at_us {
            early.insert(slug.to_owned());
        }
    }
    early
}

#[test]
fn the_real_season_becomes_facts_in_order() {
    let Some(dir) = real_season_dir() else {
        println!("SKIPPED: no real season at ../shared/data, and SIDELINE_DATA is not set");
        return;
    };
    let season = Season::read(&dir).unwrap();
    assert!(!season.is_simulated);
    let rows = (
        season.games.len(),
        season.box_scores.len(),
        season.lines.len(),
    );
    assert_eq!(rows, (1321, 28_110, 108_525));
    let facts = season.facts().unwrap();
    assert!(facts.is_sorted_by_key(|timed| timed.known_at_us));
    let finals = facts
        .iter()
        .filter(|timed| matches!(timed.fact, Fact::GameFinal(_)))
        .count();
    assert_eq!(finals, 1321);
    let unregistered = named_before_registration(&facts);
    assert!(unregistered.is_empty(), "{unregistered:?}");
    let evening = "2024-12-23T22:30:00Z".parse().unwrap();
    let known = season.facts_until(evening).unwrap();
    println!(
        "{} facts, {} of them known at {evening}",
        facts.len(),
        known.len()
    );
    assert!(known.len() > 40_000 && known.len() < facts.len());
    let moment = season.default_moment().unwrap();
    println!("default moment {moment}");
}
