//! Which part of the log a value has seen: per ingress partition, the highest offset contained.

use std::collections::BTreeMap;

/// Highest ingress offset contained, per `topic/partition`.
pub(crate) type View = BTreeMap<String, i64>;

/// The view of one record.
pub(crate) fn of_place(topic: &str, partition: i32, offset: i64) -> View {
    View::from([(format!("{topic}/{partition}"), offset)])
}

/// Takes what `other` has seen into `view`.
pub(crate) fn join(view: &mut View, other: &View) {
    for (place, offset) in other {
        match view.get_mut(place) {
            Some(known) => *known = (*known).max(*offset),
            None => {
                view.insert(place.clone(), *offset);
            }
        }
    }
}

/// True when `view` has seen nothing that `other` has not.
fn is_within(view: &View, other: &View) -> bool {
    view.iter()
        .all(|(place, offset)| other.get(place).is_some_and(|known| offset <= known))
}

/// True when `other` has seen all of `view`, and more.
pub(crate) fn is_older(view: &View, other: &View) -> bool {
    view != other && is_within(view, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(offsets: &[(&str, i64)]) -> View {
        offsets
            .iter()
            .map(|(place, offset)| ((*place).to_owned(), *offset))
            .collect()
    }

    #[test]
    fn joining_takes_the_maximum_of_each_partition() {
        let mut joined = view(&[("lines/0", 7), ("injuries/1", 3)]);
        join(&mut joined, &view(&[("lines/0", 5), ("games/2", 1)]));
        assert_eq!(
            joined,
            view(&[("games/2", 1), ("injuries/1", 3), ("lines/0", 7)])
        );
    }

    #[test]
    fn a_view_is_older_only_when_the_other_has_seen_all_of_it_and_more() {
        let small = view(&[("lines/0", 5)]);
        let large = view(&[("lines/0", 7), ("games/2", 1)]);
        let aside = view(&[("lines/1", 9)]);
        assert!(is_older(&small, &large));
        assert!(!is_older(&large, &small));
        assert!(!is_older(&small, &small.clone()));
        assert!(!is_older(&aside, &large), "neither dominates");
    }
}
