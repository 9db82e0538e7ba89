//! The props: what is predicted, in one table. A prop is added by a row here and nowhere else.

use sideline_avro::facts::BoxScore;

/// One thing that is predicted of a player in a game.
#[derive(Clone, Copy, Debug)]
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
    /// What its averages are worth, fitted.
    pub fit: Fit,
    /// Reads the prop from a box score.
    pub of: fn(&BoxScore) -> f64,
}

/// How a value is made of a player's averages, measured by the least absolute error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Weight of the last 5 games, 0 to 1. Published: 0.5.
    pub last_5: f64,
    /// Weight of the last 10 games, 0 to 1. Published: 0.3.
    pub last_10: f64,
    /// The middle of what may come over its mean. Counts lean to the right, so that an average is too
    /// high a guess more often than not; a line stands at the middle too. 1 leaves the average as it is.
    pub level: f64,
}

impl Fit {
    /// Weight of the season: what the recent games leave.
    #[must_use]
    pub fn season(&self) -> f64 {
        1.0 - self.last_5 - self.last_10
    }
}

/// The props predicted, in the order in which they are shown.
pub const PROPS: &[Prop] = &[
    Prop {
        name: "points",
        line_threshold: 2.0,
        points_ratio: 1.0,
        predicted_max: 60.0,
        fit: Fit {
            last_5: 0.15,
            last_10: 0.05,
            level: 0.93,
        },
        of: |row| f64::from(row.pts),
    },
    Prop {
        name: "rebounds",
        line_threshold: 0.5,
        points_ratio: 0.388,
        predicted_max: 30.0,
        fit: Fit {
            last_5: 0.40,
            last_10: 0.10,
            level: 0.92,
        },
        of: |row| f64::from(row.reb),
    },
    Prop {
        name: "assists",
        line_threshold: 0.5,
        points_ratio: 0.232,
        predicted_max: 25.0,
        fit: Fit {
            last_5: 0.25,
            last_10: 0.05,
            level: 0.93,
        },
        of: |row| f64::from(row.ast),
    },
    Prop {
        name: "threes",
        line_threshold: 0.25,
        points_ratio: 0.119,
        predicted_max: 15.0,
        fit: Fit {
            last_5: 0.15,
            last_10: 0.10,
            level: 0.88,
        },
        of: |row| f64::from(row.fg3m),
    },
    Prop {
        name: "steals",
        line_threshold: 0.25,
        points_ratio: 0.072,
        predicted_max: 10.0,
        fit: Fit {
            last_5: 0.10,
            last_10: 0.05,
            level: 0.88,
        },
        of: |row| f64::from(row.stl),
    },
    Prop {
        name: "blocks",
        line_threshold: 0.25,
        points_ratio: 0.043,
        predicted_max: 12.0,
        fit: Fit {
            last_5: 0.40,
            last_10: 0.20,
            level: 0.88,
        },
        of: |row| f64::from(row.blk),
    },
    Prop {
        name: "turnovers",
        line_threshold: 0.25,
        points_ratio: 0.119,
        predicted_max: 12.0,
        fit: Fit {
            last_5: 0.20,
            last_10: 0.05,
            level: 0.88,
        },
        of: |row| f64::from(row.tov),
    },
    Prop {
        name: "points_rebounds_assists",
        line_threshold: 2.5,
        points_ratio: 1.619,
        predicted_max: 90.0,
        fit: Fit {
            last_5: 0.40,
            last_10: 0.20,
            level: 0.94,
        },
        of: |row| f64::from(row.pts + row.reb + row.ast),
    },
    Prop {
        name: "points_rebounds",
        line_threshold: 2.0,
        points_ratio: 1.388,
        predicted_max: 75.0,
        fit: Fit {
            last_5: 0.40,
            last_10: 0.05,
            level: 0.93,
        },
        of: |row| f64::from(row.pts + row.reb),
    },
    Prop {
        name: "points_assists",
        line_threshold: 2.0,
        points_ratio: 1.232,
        predicted_max: 75.0,
        fit: Fit {
            last_5: 0.40,
            last_10: 0.05,
            level: 0.93,
        },
        of: |row| f64::from(row.pts + row.ast),
    },
    Prop {
        name: "rebounds_assists",
        line_threshold: 1.0,
        points_ratio: 0.619,
        predicted_max: 45.0,
        fit: Fit {
            last_5: 0.40,
            last_10: 0.15,
            level: 0.92,
        },
        of: |row| f64::from(row.reb + row.ast),
    },
];

/// Every word a line may name: the props, in their order.
pub const LINE_PROPS: &[&str] = &line_props();

const fn line_props() -> [&'static str; PROPS.len()] {
    let mut names = [""; PROPS.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = PROPS[place].name;
        place += 1;
    }
    names
}

/// The prop of this name, when it is predicted.
#[must_use]
pub fn prop(name: &str) -> Option<&'static Prop> {
    PROPS.iter().find(|prop| prop.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> BoxScore {
        BoxScore {
            pts: 30,
            reb: 8,
            ast: 5,
            fg3m: 4,
            stl: 2,
            blk: 1,
            tov: 3,
            ..BoxScore::default()
        }
    }

    #[test]
    fn golden_each_prop_is_read_from_its_own_columns() {
        let told = PROPS.iter().map(|prop| (prop.name, (prop.of)(&row())));
        let expected = [
            ("points", 30.0),
            ("rebounds", 8.0),
            ("assists", 5.0),
            ("threes", 4.0),
            ("steals", 2.0),
            ("blocks", 1.0),
            ("turnovers", 3.0),
            ("points_rebounds_assists", 43.0),
            ("points_rebounds", 38.0),
            ("points_assists", 35.0),
            ("rebounds_assists", 13.0),
        ];
        assert!(told.eq(expected));
    }

    #[test]
    fn every_prop_has_its_name_once_and_can_have_a_line() {
        for prop in PROPS {
            let of_name = PROPS.iter().filter(|other| other.name == prop.name);
            assert_eq!(of_name.count(), 1, "{}", prop.name);
            assert!(LINE_PROPS.contains(&prop.name), "{}", prop.name);
            assert!(prop.line_threshold > 0.0 && prop.points_ratio > 0.0);
            assert!(prop.predicted_max > 0.0);
        }
    }

    #[test]
    fn points_are_the_measure_of_the_others() {
        let points = prop("points").unwrap();
        assert_eq!(points.points_ratio, 1.0);
        // The ratio of a sum is the sum of its parts' ratios, but for rounding.
        let ratio = |name| prop(name).unwrap().points_ratio;
        let sums = ratio("points") + ratio("rebounds") + ratio("assists");
        assert!((ratio("points_rebounds_assists") - sums).abs() < 0.002);
        assert!(prop("double_doubles").is_none());
    }
}
