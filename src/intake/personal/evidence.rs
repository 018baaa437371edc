//! What a column has shown so far, in bounded memory and whatever the order of its rows.

use super::contents::{Look, TRAITS, Trait, is_missing, is_short_number, look};
use crate::intake::sessions::hash_of;

/// Distinct cells that are kept: those with the smallest hashes, a random sample of all.
const KEPT: usize = 96;

/// The evidence a column has given so far.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Cells that are not empty.
    seen: u64,
    /// Those that are short numbers.
    short_numbers: u64,
    /// The line of the first cell that is not empty, and of the first with each trait.
    first_seen: u64,
    first: [u64; TRAITS],
    /// Distinct cells by their hash, without short numbers.
    sample: Vec<(u64, Look)>,
    last: u64,
}

const NOWHERE: u64 = u64::MAX;

impl Evidence {
    pub fn new() -> Evidence {
        Evidence {
            seen: 0,
            short_numbers: 0,
            first_seen: NOWHERE,
            first: [NOWHERE; TRAITS],
            sample: Vec::new(),
            last: 0,
        }
    }

    /// Looks at one cell.
    #[inline]
    pub fn look(&mut self, cell: &[u8], line: u64) {
        if is_missing(cell) {
            return;
        }
        self.seen += 1;
        self.first_seen = self.first_seen.min(line);
        if is_short_number(cell) {
            self.short_numbers += 1;
        } else {
            self.look_closely(cell, line);
        }
    }

    fn look_closely(&mut self, cell: &[u8], line: u64) {
        let hash = hash_of(cell);
        if hash == self.last {
            return;
        }
        self.last = hash;
        let Err(at) = self.sample.binary_search_by_key(&hash, |kept| kept.0) else {
            // What is in the sample has been looked at.
            return;
        };
        let look = look(cell);
        for number in look.numbers() {
            self.first[number] = self.first[number].min(line);
        }
        if at < KEPT {
            self.sample.truncate(KEPT - 1);
            self.sample.insert(at, (hash, look));
        }
    }

    /// Adds the evidence of a later part of the column, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: Evidence, first_line: u64) {
        let moved = |line: u64| line.saturating_add(first_line);
        self.seen += later.seen;
        self.short_numbers += later.short_numbers;
        self.first_seen = self.first_seen.min(moved(later.first_seen));
        for (first, of_later) in self.first.iter_mut().zip(later.first) {
            *first = (*first).min(moved(of_later));
        }
        self.sample.extend(later.sample);
        self.sample.sort_unstable_by_key(|kept| kept.0);
        self.sample.dedup_by_key(|kept| kept.0);
        self.sample.truncate(KEPT);
    }

    /// Cells that are not empty.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    pub(super) fn first_seen(&self) -> u64 {
        self.first_seen
    }

    /// Are most cells short numbers?
    pub(super) fn is_of_short_numbers(&self) -> bool {
        self.short_numbers * 2 > self.seen
    }

    /// The line of the first cell with a trait.
    pub(super) fn first(&self, wanted: Trait) -> Option<u64> {
        Some(self.first[wanted as usize]).filter(|line| *line != NOWHERE)
    }

    /// Distinct cells in the sample.
    pub(super) fn sampled(&self) -> usize {
        self.sample.len()
    }

    /// Distinct cells in the sample with a trait.
    pub(super) fn count(&self, wanted: Trait) -> usize {
        self.looks().filter(|look| look.has(wanted)).count()
    }

    pub(super) fn looks(&self) -> impl Iterator<Item = &Look> {
        self.sample.iter().map(|(_, look)| look)
    }

    /// Distinct cells of the column, short numbers left out; estimated when they are many.
    pub(super) fn distinct(&self) -> f64 {
        match self.sample.last() {
            Some((largest, _)) if self.sample.len() == KEPT => {
                (KEPT - 1) as f64 / (*largest as f64 / u64::MAX as f64)
            }
            _ => self.sample.len() as f64,
        }
    }
}
