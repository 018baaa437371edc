//! One estimate as a figure shows it: a number with its interval, or the word why there is none.

use crate::findings::{Estimate, Scale, Value};
use crate::report::words;

/// A number with its interval, or the word why there is none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effect {
    pub shown: Shown,
    pub n: Option<u64>,
    /// Clusters, levels or tests; only where a figure shows them.
    pub k: Option<u64>,
    look: Look,
}

/// How its numbers are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Look {
    On(Scale),
    Decimals(usize),
    /// Shares of 1, in percent.
    Percent,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    Number {
        estimate: f64,
        interval: Option<(f64, f64, f64)>,
    },
    Word {
        word: &'static str,
        /// What stands in files where there is no number, as in `estimates.csv`.
        mark: &'static str,
        reason: String,
    },
}

impl Effect {
    pub fn of(estimate: &Estimate) -> Effect {
        let (word, mark) = match &estimate.value {
            Value::Suppressed { .. } => (words::SUPPRESSED, "suppressed"),
            Value::NotMeasured { .. } => (words::NOT_MEASURED, "not_measured"),
            Value::NotEstimable { .. } | Value::Estimated { .. } => {
                (words::NOT_ESTIMABLE, "not_estimable")
            }
        };
        let shown = match estimate.estimate() {
            Some(number) => Shown::Number {
                estimate: number,
                interval: estimate.interval(),
            },
            None => Shown::Word {
                word,
                mark,
                reason: estimate.reason().unwrap_or_default().into(),
            },
        };
        Effect {
            shown,
            n: estimate.n(),
            k: None,
            look: Look::On(estimate.scale),
        }
    }

    /// The same with its clusters, levels or tests.
    pub fn with_k(self, k: Option<u64>) -> Effect {
        Effect { k, ..self }
    }

    /// The same in percent, with the count behind it.
    pub fn in_percent(self, k: Option<u64>) -> Effect {
        Effect {
            look: Look::Percent,
            ..self.with_k(k)
        }
    }

    pub fn is_share(&self) -> bool {
        self.look == Look::Percent
    }

    /// The clients behind a share: `246 of 544`, or of how many it is where they are not what is
    /// counted.
    pub fn k_of_n(&self) -> String {
        match (self.k, self.n) {
            (Some(k), Some(n)) => format!("{} of {}", words::count(k), words::count(n)),
            (None, Some(n)) => format!("of {}", words::count(n)),
            (k, None) => count_or_blank(k),
        }
    }

    /// A number that is no estimate of its own, with its interval, so many decimals and its level.
    pub fn of_numbers(
        estimate: f64,
        (low, high): (f64, f64),
        level: f64,
        decimals: usize,
    ) -> Effect {
        Effect {
            shown: Shown::Number {
                estimate,
                interval: Some((low, high, level)),
            },
            n: None,
            k: None,
            look: Look::Decimals(decimals),
        }
    }

    pub fn estimate(&self) -> Option<f64> {
        match self.shown {
            Shown::Number { estimate, .. } => Some(estimate),
            Shown::Word { .. } => None,
        }
    }

    pub fn interval(&self) -> Option<(f64, f64)> {
        match self.shown {
            Shown::Number { interval, .. } => interval.map(|(low, high, _)| (low, high)),
            Shown::Word { .. } => None,
        }
    }

    pub fn level(&self) -> Option<f64> {
        match self.shown {
            Shown::Number { interval, .. } => interval.map(|(_, _, level)| level),
            Shown::Word { .. } => None,
        }
    }

    /// Every value an axis must hold.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        let (low, high) = self.interval().unzip();
        [self.estimate(), low, high].into_iter().flatten()
    }

    /// `.23 [.15, .31]`, or the word.
    pub fn in_words(&self) -> String {
        match &self.shown {
            Shown::Number { estimate, interval } => {
                let limits = interval.map(|(low, high, _)| (low, high));
                match (self.look, limits) {
                    (Look::On(scale), _) => words_of(*estimate, limits, scale),
                    (Look::Percent, _) => words_of(*estimate, limits, Scale::Proportion),
                    (Look::Decimals(d), Some(limits)) => words::with_interval(*estimate, limits, d),
                    (Look::Decimals(d), None) => words::number(*estimate, d),
                }
            }
            Shown::Word { word, .. } => (*word).into(),
        }
    }

    /// estimate, conf_low, conf_high and conf_level at full precision; a mark in place of the first.
    pub fn cells(&self) -> [String; 4] {
        use super::chart::full;
        let (low, high) = self.interval().unzip();
        let first = match &self.shown {
            Shown::Number { estimate, .. } => full(*estimate),
            Shown::Word { mark, .. } => (*mark).to_owned(),
        };
        [first, full(low), full(high), full(self.level())]
    }
}

/// `.23 [.15, .31]`
pub(super) fn words_of(estimate: f64, interval: Option<(f64, f64)>, scale: Scale) -> String {
    let show = |x| words::on_scale(x, scale);
    match interval {
        Some((low, high)) => format!("{} [{}, {}]", show(estimate), show(low), show(high)),
        None => show(estimate),
    }
}

/// The count as text, or nothing where it is not known.
pub(super) fn count_or_blank(n: Option<u64>) -> String {
    n.map(words::count).unwrap_or_default()
}
