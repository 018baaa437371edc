//! Codes for "missing" among scores whose questionnaire, and so whose range, is not known.
//!
//! Where the range is known, 99 lies outside it and is refused. Where it is not, a code gives itself
//! away by lying far from every other score of the column; one that does not cannot be told.

use super::scores::Met;

/// Numbers that statistics programs and forms use for "missing".
pub(super) const CODES: [f64; 9] = [-999.0, -99.0, -9.0, -1.0, 77.0, 88.0, 98.0, 99.0, 999.0];
/// How far above every other score a code must lie to be one, as a share of the highest.
const ABOVE: f64 = 1.1;

/// Is this a number that programs and forms use for "missing"?
pub(super) fn is_usual_code(number: f64) -> bool {
    CODES.contains(&number)
}

/// What the scores of a column without a range look like.
#[derive(Clone, Debug)]
pub(super) struct Suspects {
    codes: [Met; CODES.len()],
    /// Of the scores that are no code.
    pub lowest: f64,
    pub highest: f64,
}

impl Suspects {
    pub fn new() -> Suspects {
        Suspects {
            codes: [Met::default(); CODES.len()],
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
        }
    }

    pub fn look(&mut self, score: f64, line: u64) {
        match CODES.iter().position(|code| *code == score) {
            Some(at) => self.codes[at].add(line),
            None => {
                self.lowest = self.lowest.min(score);
                self.highest = self.highest.max(score);
            }
        }
    }

    /// Adds those of a later part of the file, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: &Suspects, first_line: u64) {
        for (ours, theirs) in self.codes.iter_mut().zip(later.codes) {
            ours.merge(theirs, first_line);
        }
        self.lowest = self.lowest.min(later.lowest);
        self.highest = self.highest.max(later.highest);
    }

    /// The codes that lie far from every other score, with the rows that have them.
    pub fn apart(&self) -> impl Iterator<Item = (f64, Met)> {
        let is_apart = |code: f64| {
            if code < 0.0 {
                self.lowest >= 0.0
            } else {
                code > ABOVE * self.highest
            }
        };
        // Without any other score there is nothing to lie apart from.
        let has_others = self.lowest <= self.highest;
        let met = CODES.into_iter().zip(self.codes);
        met.filter(move |(code, met)| has_others && met.count > 0 && is_apart(*code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(scores: &[f64]) -> Vec<String> {
        let mut suspects = Suspects::new();
        for (line, score) in scores.iter().enumerate() {
            suspects.look(*score, line as u64 + 2);
        }
        let apart = suspects.apart();
        apart
            .map(|(code, met)| format!("{}: {code} in {}", met.first, met.count))
            .collect()
    }

    #[test]
    fn a_code_far_from_every_other_score_is_asked_about() {
        assert_eq!(found(&[40.0, 99.0, 60.0, 99.0, 12.0]), ["3: 99 in 2"]);
        assert_eq!(found(&[1.0, 7.0, -9.0]), ["4: -9 in 1"]);
    }

    #[test]
    fn a_score_among_scores_is_none() {
        // A scale from 0 to 100, and one that has negative scores.
        assert!(found(&[12.0, 95.0, 97.0, 99.0, 98.0]).is_empty());
        assert!(found(&[-3.0, 5.0, -1.0, -9.0]).is_empty());
        assert!(found(&[99.0]).is_empty());
    }

    #[test]
    fn parts_of_a_file_are_one_column() {
        let mut first = Suspects::new();
        first.look(50.0, 0);
        let mut later = Suspects::new();
        later.look(99.0, 3);
        later.look(98.5, 4);
        first.merge(&later, 10);
        assert_eq!(first.apart().count(), 0);
        let mut code = Suspects::new();
        code.look(999.0, 3);
        first.merge(&code, 20);
        assert_eq!(first.apart().next().map(|(_, met)| met.first), Some(23));
    }
}
