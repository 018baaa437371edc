//! The parts of a whole that grew since the last report.

/// A part of a whole that grew since the last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// By how many clients, where the last report showed the part.
    pub growth: Option<i64>,
    /// May it be shown, for all other reasons?
    pub is_shown: bool,
}

/// Which parts of a whole may be shown when the growth of the whole is known: neither a part that
/// grew by a few, nor one from which the growth of such a part would follow.
///
/// A part that the last report hid is shown again only when those not known grew by enough.
pub fn shown_parts(whole: i64, parts: &[Part], minimum: u64) -> Vec<bool> {
    let is_few = |growth: i64| growth != 0 && growth.unsigned_abs() < minimum;
    let mut shown: Vec<bool> = parts
        .iter()
        .map(|part| part.is_shown && !part.growth.is_some_and(is_few))
        .collect();
    let rest = |shown: &[bool]| -> i64 {
        let known = parts.iter().zip(shown).filter(|(_, shown)| **shown);
        whole - known.filter_map(|(part, _)| part.growth).sum::<i64>()
    };
    // METHOD: the old number of all parts that were hidden follows from the last report, their new one
    // from this, were they all shown.
    let known: i64 = parts.iter().filter_map(|part| part.growth).sum();
    if (whole - known).unsigned_abs() < minimum {
        for (shown, part) in shown.iter_mut().zip(parts) {
            *shown &= part.growth.is_some();
        }
    }
    // METHOD: parts may have been shown last in different reports. What is left of the whole today tells
    // of the hidden ones together, and so by how much they grew since they were shown, each in its own.
    let hidden = |shown: &[bool]| -> i64 {
        let hidden = parts.iter().zip(shown).filter(|(_, shown)| !**shown);
        hidden.filter_map(|(part, _)| part.growth).sum()
    };
    while is_few(rest(&shown)) || is_few(hidden(&shown)) {
        let next = (0..parts.len())
            .filter(|i| shown[*i] && parts[*i].growth.is_some_and(|growth| growth != 0))
            .min_by_key(|i| parts[*i].growth.unwrap_or_default().unsigned_abs());
        match next {
            Some(i) => shown[i] = false,
            None => break,
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(growths: &[Option<i64>]) -> Vec<Part> {
        let part = |growth: &Option<i64>| Part {
            growth: *growth,
            is_shown: true,
        };
        growths.iter().map(part).collect()
    }

    #[track_caller]
    fn check(whole: i64, growths: &[Option<i64>], expected: &[bool]) {
        assert_eq!(shown_parts(whole, &parts(growths), 5), expected);
    }

    #[test]
    fn a_part_that_grew_by_a_few_takes_another_with_it() {
        check(27, &[Some(14), Some(2), Some(11)], &[true, false, false]);
        // Two that grew by a few are enough for each other.
        check(27, &[Some(20), Some(3), Some(4)], &[true, false, false]);
        check(20, &[Some(10), Some(10), Some(0)], &[true, true, true]);
    }

    #[test]
    fn parts_that_were_shown_last_at_different_times_are_protected_together() {
        // Ten more than last month; the second was shown last three months ago.
        check(11, &[Some(6), Some(4)], &[false, false]);
        check(41, &[Some(6), Some(4), Some(30)], &[false, false, true]);
    }

    #[test]
    fn clients_of_no_part_are_protected_too() {
        // Two more of whom nothing is recorded.
        check(22, &[Some(10), Some(10)], &[false, true]);
    }

    #[test]
    fn one_who_left_counts_like_one_who_came() {
        check(9, &[Some(10), Some(-1)], &[false, false]);
    }

    #[test]
    fn what_was_hidden_is_shown_again_when_enough_are_new() {
        check(10, &[Some(10), None, None], &[true, false, false]);
        check(12, &[Some(10), None, None], &[false, false, false]);
        check(18, &[Some(10), None, None], &[true, true, true]);
    }
}
