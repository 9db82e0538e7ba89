//! A real season reads without complaint, if one is at hand.

use std::path::PathBuf;

use sideline_season::{Fact, Season};

/// The real season: `SIDELINE_DATA`, or `../shared/data` beside the project.
fn real_season_dir() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("SIDELINE_DATA").map_or(beside, PathBuf::from);
    let dir = data.join("nba-2024-25");
    dir.is_dir().then_some(dir)
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
