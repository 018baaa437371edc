//! How often each score of a column is there: a small fixed histogram, a few nanoseconds a score.

use super::super::suspects::Suspects;
use super::outside::Outside;
use crate::study::Measure;

/// Steps of a histogram; a wider range of scores than this is not tallied.
const MOST_STEPS: usize = 255;
/// Ranges up to this are those of means of items, and are tallied in tenths.
const OF_A_MEAN: f64 = 20.0;

/// Rows that have a number, and the first of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Met {
    pub count: u64,
    pub first: u64,
}

impl Met {
    pub fn add(&mut self, line: u64) {
        self.first = if self.count == 0 {
            line
        } else {
            line.min(self.first)
        };
        self.count += 1;
    }

    pub fn merge(&mut self, later: Met, first_line: u64) {
        if self.count == 0 && later.count > 0 {
            self.first = later.first + first_line;
        }
        self.count += later.count;
    }
}

/// What the scores of a column look like. Those of parts of a file are merged in its order.
#[derive(Clone, Debug)]
pub(in super::super) struct Tally {
    low: f64,
    step: f64,
    /// Scores at each step, and those between it and the next.
    at: Vec<Met>,
    between: Vec<u32>,
    /// Possible scores, those off the histogram among them.
    pub(super) count: u64,
    /// The line of the first of them.
    pub(super) first: u64,
    pub(super) lowest: f64,
    pub(super) highest: f64,
    pub(super) is_off: bool,
    /// Where the range is not known: codes far from every score.
    pub(super) suspects: Option<Suspects>,
    pub(super) outside: Outside,
    /// Numbers that mean "missing" everywhere, in the order they were met.
    left_out: Vec<(f64, Met)>,
}

/// The steps of a column with how many scores each has.
pub(super) struct Steps {
    low: f64,
    step: f64,
    pub at: Vec<Met>,
    /// Those at a step and up to the next.
    pub all: Vec<u64>,
}

impl Steps {
    pub fn value(&self, at: usize) -> f64 {
        // Tenths are not exact: 0.1 · 3 is 0.30000000000000004.
        ((self.low + at as f64 * self.step) * 10.0).round() / 10.0
    }

    /// The step that a value is, if it is one.
    pub fn of(&self, value: f64) -> Option<usize> {
        let at = (value - self.low) / self.step;
        let is_step =
            at > -0.5 && at < self.all.len() as f64 - 0.5 && (at - at.round()).abs() < 1e-9;
        is_step.then(|| at.round() as usize)
    }
}

impl Tally {
    pub fn new(measure: Option<&Measure>) -> Tally {
        let range = measure.and_then(Measure::range);
        let (low, high) = range.unwrap_or((0.0, MOST_STEPS as f64));
        let step = if range.is_some() && high - low <= OF_A_MEAN {
            0.1
        } else {
            1.0
        };
        let steps = ((high - low) / step).round();
        // A wider questionnaire of the study's own has no histogram.
        let steps = if steps <= MOST_STEPS as f64 {
            steps as usize + 1
        } else {
            0
        };
        Tally {
            low,
            step,
            at: vec![Met::default(); steps],
            between: vec![0; steps],
            count: 0,
            first: 0,
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
            is_off: false,
            suspects: range.is_none().then(Suspects::new),
            outside: Outside::new(),
            left_out: Vec::new(),
        }
    }

    /// Adds a possible score.
    #[inline]
    pub fn add(&mut self, score: f64, line: u64) {
        if self.count == 0 {
            self.first = line;
        }
        self.count += 1;
        self.lowest = self.lowest.min(score);
        self.highest = self.highest.max(score);
        let place = (score - self.low) / self.step;
        let nearest = place.round();
        let is_step = (place - nearest).abs() < 1e-6;
        let at = if is_step { nearest } else { place.floor() };
        if at >= 0.0 && at < self.at.len() as f64 {
            if is_step {
                self.at[at as usize].add(line);
            } else {
                self.between[at as usize] += 1;
            }
        } else {
            self.is_off = true;
        }
        if let Some(suspects) = &mut self.suspects {
            suspects.look(score, line);
        }
    }

    /// Adds an impossible score.
    #[cold]
    pub fn outside(&mut self, score: f64, text: &[u8], line: u64) {
        self.outside.add(score, text, line);
    }

    /// Adds a number that means "missing" in every column.
    pub fn left_out(&mut self, number: f64, line: u64) {
        match self.left_out.iter_mut().find(|(known, _)| *known == number) {
            Some((_, met)) => met.add(line),
            None => {
                let mut met = Met::default();
                met.add(line);
                self.left_out.push((number, met));
            }
        }
    }

    pub(super) fn left_out_numbers(&self) -> impl Iterator<Item = (f64, Met)> {
        self.left_out.iter().copied()
    }

    /// Could a number be a score of this column? Where no range is known, one that lies among or near
    /// the others could.
    pub(super) fn may_be_score(&self, number: f64, range: Option<(f64, f64)>) -> bool {
        match range {
            Some((low, high)) => (low..=high).contains(&number),
            None => {
                let near = 0.1 * (self.highest - self.lowest);
                (self.lowest - near..=self.highest + near).contains(&number)
            }
        }
    }

    /// Adds that of a later part of the file, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: &Tally, first_line: u64) {
        for (ours, theirs) in self.at.iter_mut().zip(&later.at) {
            ours.merge(*theirs, first_line);
        }
        for (ours, theirs) in self.between.iter_mut().zip(&later.between) {
            *ours += theirs;
        }
        if self.count == 0 && later.count > 0 {
            self.first = later.first + first_line;
        }
        self.count += later.count;
        self.lowest = self.lowest.min(later.lowest);
        self.highest = self.highest.max(later.highest);
        self.is_off |= later.is_off;
        if let (Some(ours), Some(theirs)) = (&mut self.suspects, &later.suspects) {
            ours.merge(theirs, first_line);
        }
        self.outside.merge(&later.outside, first_line);
        for (number, met) in &later.left_out {
            match self.left_out.iter_mut().find(|(known, _)| known == number) {
                Some((_, ours)) => ours.merge(*met, first_line),
                None => {
                    let mut ours = Met::default();
                    ours.merge(*met, first_line);
                    self.left_out.push((*number, ours));
                }
            }
        }
    }

    /// Scores that are no whole points.
    pub(super) fn fractions(&self) -> u64 {
        let per_point = (1.0 / self.step).round() as usize;
        let steps = self.at.iter().enumerate();
        let tenths = steps.filter(|(at, _)| !at.is_multiple_of(per_point));
        let tenths: u64 = tenths.map(|(_, met)| met.count).sum();
        tenths + self.between.iter().copied().map(u64::from).sum::<u64>()
    }

    /// How many scores each step has: whole points where the column has no others.
    pub(super) fn steps(&self) -> Steps {
        let per_point = (1.0 / self.step).round() as usize;
        let is_whole = self.between.iter().all(|n| *n == 0)
            && (self.at.iter().enumerate())
                .all(|(at, met)| met.count == 0 || at.is_multiple_of(per_point));
        let (by, step) = if is_whole {
            (per_point, 1.0)
        } else {
            (1, self.step)
        };
        let at: Vec<Met> = self.at.iter().copied().step_by(by).collect();
        let between = self.between.iter().step_by(by);
        Steps {
            low: self.low,
            step,
            all: at
                .iter()
                .zip(between)
                .map(|(met, n)| met.count + u64::from(*n))
                .collect(),
            at,
        }
    }

    /// The scores of a value.
    pub(super) fn met(&self, value: f64) -> Met {
        let steps = self.steps();
        steps.of(value).map_or(Met::default(), |at| steps.at[at])
    }
}
