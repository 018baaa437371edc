//! Which numbers of clients questions may print that are about other clients than the first.
//!
//! Each of them is about other clients: with a rating, with both scores, with two sessions in a row.
//! Two such numbers that differ by a few would tell how many clients those few are.

use std::collections::BTreeSet;

use crate::findings::Estimate;
use crate::questions::sample::Analysis;

/// The numbers of clients printed so far, in the order of the report.
pub struct PrintedCounts {
    printed: BTreeSet<u64>,
    minimum: u64,
}

impl PrintedCounts {
    /// Those that the flow and the first question print.
    pub fn of(analysis: &Analysis) -> PrintedCounts {
        let everybody = analysis.clients.len() as u64;
        let rated = analysis.early.iter().flatten().count() as u64;
        let complete = analysis
            .complete(&analysis.early, &analysis.sample, &|_| true)
            .n() as u64;
        PrintedCounts {
            printed: [everybody, rated, complete].into(),
            minimum: analysis.minimum(),
        }
    }

    /// May this number be printed beside the others? If so, it is printed from now on.
    ///
    /// METHOD: a number of clients is left out where another one in the report differs from it by
    /// fewer than the minimum cell.
    pub fn release(&mut self, clients: usize) -> Option<usize> {
        let n = clients as u64;
        let is_close = |other: &u64| *other != n && other.abs_diff(n) < self.minimum;
        if n < self.minimum || self.printed.iter().any(is_close) {
            return None;
        }
        self.printed.insert(n);
        Some(clients)
    }
}

/// The same estimate with its number of clients, where it may be printed.
pub fn with_released(estimate: Estimate, clients: Option<usize>) -> Estimate {
    match clients {
        Some(clients) => estimate.with_n(clients),
        None => estimate,
    }
}

/// A mean of so many ratings as figures print it: to the power of ten by which it moves when one rating
/// is a unit higher, so that neither the number of ratings nor their sum follows from its digits.
///
/// METHOD: beside a number of clients that is rounded, the digits of an exact mean would give it back.
/// The unit is that of the scale: a power of ten, about a tenth of its range or less.
pub fn blurred(mean: f64, ratings: usize, range: Option<(f64, f64)>) -> f64 {
    let range = range.map_or(10.0, |(low, high)| high - low);
    let unit = libm::log10(range / 10.0).floor();
    let digits = unit - libm::log10(ratings.max(1) as f64).floor();
    // Divided by a whole number, so that a tenth is the nearest number to a tenth.
    if digits < 0.0 {
        let per_point = libm::exp10(-digits).round();
        (mean * per_point).round() / per_point
    } else {
        let points = libm::exp10(digits).round();
        (mean / points).round() * points
    }
}

/// A number of clients as figures print it: to the nearest 5.
pub fn rounded(clients: usize) -> u64 {
    ((clients + 2) / 5 * 5) as u64
}

#[cfg(test)]
mod tests {
    use super::blurred;

    #[test]
    fn the_digits_of_a_mean_do_not_tell_how_many_it_is_of() {
        let wai = Some((12.0, 60.0));
        assert_eq!(blurred(47.361_111, 36, wai), 47.4);
        assert_eq!(blurred(47.361_111, 180, wai), 47.36);
        assert_eq!(blurred(47.361_111, 8, wai), 47.0);
        assert_eq!(blurred(3.912_345, 36, Some((1.0, 5.0))), 3.91);
        assert_eq!(blurred(3.9, 36, None), 3.9);
        // Every number of clients that is rounded to 35 remains possible.
        let printed = blurred(1705.0 / 36.0, 36, wai);
        let possible = (33..=37usize).filter(|n| {
            let sums = (0..3000).map(f64::from);
            sums.map(|sum| sum / *n as f64)
                .any(|mean| blurred(mean, *n, wai) == printed)
        });
        assert_eq!(possible.count(), 5);
    }
}
