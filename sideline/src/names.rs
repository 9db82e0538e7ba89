//! Near misses: the players a mistyped name may have meant.

/// Names suggested at most.
const SUGGESTIONS_MAX: usize = 3;
/// Likeness (Jaro-Winkler, 0 to 1) from which a name is worth suggesting: below it, suggestions of
/// a whole league read as noise.
const LIKENESS_MIN: f64 = 0.8;

/// The known names most like `name`, best first, at most three.
#[must_use]
pub fn suggestions<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored
        .into_iter()
        .take(SUGGESTIONS_MAX)
        .map(|(_, candidate)| candidate)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_the_player() {
        let known = ["lebronjames", "jalenbrunson", "anthonydavis"];
        assert_eq!(suggestions("lebronjmaes", known), ["lebronjames"]);
    }

    #[test]
    fn a_stranger_finds_nobody() {
        assert!(suggestions("zzzz", ["lebronjames"]).is_empty());
    }
}
