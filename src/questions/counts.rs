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

/// A number of clients as figures print it: to the nearest 5.
pub fn rounded(clients: usize) -> u64 {
    ((clients + 2) / 5 * 5) as u64
}
