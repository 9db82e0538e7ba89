//! Shots by zone of the floor, added up: which share of them was made, and which share taken, where.

use serde::{Deserialize, Serialize};
use sideline_avro::context::ByZone;
use sideline_avro::facts::ShotZones;

use crate::decimals::share;

/// Shots of one zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Shots {
    attempts: i32,
    made: i32,
}

/// Shots of several players or games.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ZoneSums {
    paint: Shots,
    mid_range: Shots,
    three: Shots,
}

impl Shots {
    fn add(&mut self, attempts: i32, made: i32) {
        self.attempts += attempts;
        self.made += made;
    }
}

impl ZoneSums {
    /// Adds what one player shot in one game.
    pub(crate) fn add(&mut self, row: &ShotZones) {
        self.paint.add(row.paint_attempts, row.paint_made);
        self.mid_range
            .add(row.mid_range_attempts, row.mid_range_made);
        self.three.add(row.three_attempts, row.three_made);
    }

    /// The sums of several.
    pub(crate) fn of<'s>(parts: impl IntoIterator<Item = &'s Self>) -> Self {
        let mut sums = Self::default();
        for part in parts {
            sums.paint.add(part.paint.attempts, part.paint.made);
            sums.mid_range
                .add(part.mid_range.attempts, part.mid_range.made);
            sums.three.add(part.three.attempts, part.three.made);
        }
        sums
    }

    /// Shots of all zones.
    pub(crate) fn attempts(&self) -> i32 {
        self.paint.attempts + self.mid_range.attempts + self.three.attempts
    }

    /// Goals of all zones.
    pub(crate) fn made(&self) -> i32 {
        self.paint.made + self.mid_range.made + self.three.made
    }

    /// Share of the shots that were made, per zone; none unless each zone has a shot.
    pub(crate) fn rates(&self) -> Option<ByZone> {
        Some(ByZone {
            paint: share_of_shots(self.paint.made, self.paint.attempts)?,
            mid_range: share_of_shots(self.mid_range.made, self.mid_range.attempts)?,
            three: share_of_shots(self.three.made, self.three.attempts)?,
        })
    }

    /// Share of all shots that were taken, per zone; none without a shot.
    pub(crate) fn shares(&self) -> Option<ByZone> {
        let all = self.attempts();
        Some(ByZone {
            paint: share_of_shots(self.paint.attempts, all)?,
            mid_range: share_of_shots(self.mid_range.attempts, all)?,
            three: share_of_shots(self.three.attempts, all)?,
        })
    }
}

/// The share of shots that some of them are, 0 to 1; none of no shots.
pub(crate) fn share_of_shots(part: i32, whole: i32) -> Option<f64> {
    share(f64::from(part), f64::from(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_each_zone_and_shares_of_all_shots() {
        let mut sums = ZoneSums::default();
        assert_eq!((sums.rates(), sums.shares()), (None, None));
        sums.add(&ShotZones {
            paint_attempts: 8,
            paint_made: 5,
            three_attempts: 4,
            three_made: 1,
            ..ShotZones::default()
        });
        assert_eq!(sums.rates(), None, "nothing is known of the mid-range");
        let shares = sums.shares().unwrap();
        assert_eq!(
            (shares.paint, shares.mid_range, shares.three),
            (0.6667, 0.0, 0.3333)
        );
        sums.add(&ShotZones {
            mid_range_attempts: 4,
            mid_range_made: 3,
            ..ShotZones::default()
        });
        let rates = ZoneSums::of([&sums, &sums]).rates().unwrap();
        assert_eq!(
            (rates.paint, rates.mid_range, rates.three),
            (0.625, 0.75, 0.25)
        );
        assert_eq!((sums.attempts(), sums.made()), (16, 9));
    }
}
