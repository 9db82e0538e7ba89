//! What a status means for the others. (What it means for the player himself is his own phases'
//! business: they are told the status as it stands.)
//!
//! | status       | share of his minutes and usage that is freed | counted as out |
//! |--------------|----------------------------------------------|----------------|
//! | OUT          | 1                                            | yes            |
//! | DOUBTFUL     | 0.75                                         | yes            |
//! | QUESTIONABLE | 0.5                                          | no             |
//! | PROBABLE     | 0                                            | no             |
//! | AVAILABLE    | 0                                            | no             |
//! | UNKNOWN      | 0                                            | no             |
//!
//! The shares are what the league means by its words: a doubtful player misses three games of four,
//! a questionable one every other. A probable one is meant to miss one in four and in fact hardly
//! ever does, so he frees nothing. Who counts as out is named among the absent teammates, and takes
//! over nothing himself.

use sideline_avro::words::InjuryStatus;

/// Share of a player's minutes and usage that others can count on, 0 to 1.
pub(super) const fn freed_share(status: InjuryStatus) -> f64 {
    match status {
        InjuryStatus::Out => 1.0,
        InjuryStatus::Doubtful => 0.75,
        InjuryStatus::Questionable => 0.5,
        InjuryStatus::Probable | InjuryStatus::Available | InjuryStatus::Unknown => 0.0,
    }
}

/// True when the team has to do without him.
pub(super) const fn is_out(status: InjuryStatus) -> bool {
    matches!(status, InjuryStatus::Out | InjuryStatus::Doubtful)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_frees_what_the_table_says() {
        use InjuryStatus::{Available, Doubtful, Out, Probable, Questionable, Unknown};
        let table = [
            (Out, 1.0, true),
            (Doubtful, 0.75, true),
            (Questionable, 0.5, false),
            (Probable, 0.0, false),
            (Available, 0.0, false),
            (Unknown, 0.0, false),
        ];
        for (status, share, out) in table {
            assert_eq!(
                (freed_share(status), is_out(status)),
                (share, out),
                "{status:?}"
            );
        }
    }
}
