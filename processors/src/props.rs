//! The props: what is predicted, in one table. A prop is added by a row here and nowhere else.

use sideline_avro::facts::BoxScore;

/// One thing that is predicted of a player in a game.
#[derive(Debug)]
pub struct Prop {
    /// Its word in events, keys and views.
    pub name: &'static str,
    /// How far, in units of the prop, the consensus line must move from the line the last version
    /// saw to be news: strictly more than this.
    pub line_threshold: f64,
    /// League average of the prop over that of points, per player and game. The published weights
    /// are in points; this carries them over. Measured over the 28,110 box scores of 2024-25.
    pub points_ratio: f64,
    /// Highest value a system may predict; the lowest is 0.
    pub predicted_max: f64,
    /// Reads the prop from a box score.
    pub of: fn(&BoxScore) -> f64,
}

/// The props predicted, in the order in which they are shown.
pub const PROPS: &[Prop] = &[
    Prop {
        name: "points",
        line_threshold: 2.0,
        points_ratio: 1.0,
        predicted_max: 60.0,
        of: |row| f64::from(row.pts),
    },
    Prop {
        name: "rebounds",
        line_threshold: 0.5,
        points_ratio: 0.388,
        predicted_max: 30.0,
        of: |row| f64::from(row.reb),
    },
    Prop {
        name: "assists",
        line_threshold: 0.5,
        points_ratio: 0.232,
        predicted_max: 25.0,
        of: |row| f64::from(row.ast),
    },
    Prop {
        name: "threes",
        line_threshold: 0.25,
        points_ratio: 0.119,
        predicted_max: 15.0,
        of: |row| f64::from(row.fg3m),
    },
];

/// Every word a line may name. Lines on those without a row in [`PROPS`] are kept, and counted as
/// skipped.
pub const LINE_PROPS: &[&str] = &[
    "points",
    "rebounds",
    "assists",
    "threes",
    "steals",
    "blocks",
    "turnovers",
    "points_rebounds_assists",
    "points_rebounds",
    "points_assists",
    "rebounds_assists",
];

/// The prop of this name, when it is predicted.
#[must_use]
pub fn prop(name: &str) -> Option<&'static Prop> {
    PROPS.iter().find(|prop| prop.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_predicted_prop_can_have_a_line() {
        for prop in PROPS {
            assert!(LINE_PROPS.contains(&prop.name), "{}", prop.name);
            assert!(prop.line_threshold > 0.0 && prop.points_ratio > 0.0);
        }
    }

    #[test]
    fn points_are_the_measure_of_the_others() {
        assert_eq!(prop("points").unwrap().points_ratio, 1.0);
        assert!(prop("steals").is_none());
    }
}
