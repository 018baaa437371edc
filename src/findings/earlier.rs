//! Which numbers may be shown beside those of earlier reports.
//!
//! **Question.** Would this report and an earlier one, side by side, tell something about fewer
//! clients than the minimum cell, such as the one who came since?
//! **Method.** A number may be shown when it is the same as before, or when the clients behind it (of
//! shares and counts: those of whom it is so, and the others) differ by at least the minimum cell.
//! Where a whole is divided, what is hidden does not follow from the growth of the whole and of the
//! other parts either. What a report leaves out it remembers as it was shown last, so that the next
//! report is held against that.
//! **Not.** Clients who left while as many came: the growth of a number of clients is all there is
//! to see. Reports that were made without the one before them.
//! **Sources.** Hundepool et al. (2012), Statistical Disclosure Control, chapters 4 and 5; the attack
//! by differences is described in Denning & Schlörer (1983), Computer 16(7), 69–82.

mod growth;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Estimate, Findings, Scale, Value};
pub use growth::{Part, shown_parts};
use shown::shown;
pub use shown::{
    UNNAMED, WHOLE, chart_point, charted, funnel_place, funnel_unit, of_display, of_stage,
};

/// What a report showed, and what it left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Earlier {
    /// The day of its data, where it states it.
    pub day: Option<String>,
    /// What it, or one before it, showed last: by the id of an estimate, or the place in a figure.
    pub numbers: BTreeMap<String, Number>,
    /// Estimates it hid.
    pub hidden: BTreeSet<String>,
}

/// A number as it was shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Number {
    /// Clients behind it, where that is printed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub n: Option<u64>,
    /// Is n to the nearest 5?
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_rounded: bool,
    /// Of a share or a count: those of the n of whom it is so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
    pub values: Vec<f64>,
}

/// Between the name of a hidden class and that of another one, as it was then.
const BESIDE: char = '@';

/// The clients that a class is of: classes of change, or of ruptures.
fn class_family(name: &str) -> Option<&str> {
    let family = name.split('.').next()?;
    (["change", "ruptures"].contains(&family) && !name.contains(BESIDE)).then_some(family)
}

/// Two numbers of clients to the nearest 5 may lie so much further apart than the clients do.
const ROUNDING: u64 = 4;

/// Do two numbers of clients differ by one to less than the minimum?
pub fn tells_of_few(before: u64, now: u64, minimum: u64) -> bool {
    before != now && before.abs_diff(now) < minimum
}

impl Number {
    pub fn of_clients(n: u64) -> Number {
        Number {
            n: Some(n),
            ..Number::default()
        }
    }

    pub fn rounded(n: u64, values: Vec<f64>) -> Number {
        Number {
            n: Some(n),
            is_rounded: true,
            values,
            ..Number::default()
        }
    }

    /// None for an estimate without a number.
    pub fn of_estimate(e: &Estimate) -> Option<Number> {
        let Value::Estimated {
            estimate,
            std_error,
            conf_low,
            conf_high,
            statistic,
            n,
            k,
            ..
        } = &e.value
        else {
            return None;
        };
        // Elsewhere k counts clusters.
        let is_share = |x: f64, n: u64, k: u64| (x - k as f64 / n as f64).abs() < 1e-12;
        // How many scores are missing follows from the numbers of clients of other shares.
        let is_of_scores = e.id == "change.completeness";
        let count = match (e.scale, estimate, n, k) {
            _ if is_of_scores => None,
            (Scale::Count, Some(x), Some(_), _) => Some(*x as u64),
            (Scale::Proportion, Some(x), Some(n), Some(k)) if is_share(*x, *n, *k) => Some(*k),
            _ => None,
        };
        let values = [estimate, std_error, conf_low, conf_high, statistic];
        Some(Number {
            n: *n,
            is_rounded: false,
            count,
            values: values.into_iter().flatten().copied().collect(),
        })
    }

    /// May it be shown where `before` was shown? `unknown` is the answer where the clients behind it
    /// are not printed.
    pub fn is_safe_beside(&self, before: &Number, minimum: u64, unknown: bool) -> bool {
        let is_same = self.n == before.n && self.count == before.count;
        if is_same && self.values == before.values {
            return true;
        }
        let slack = if self.is_rounded || before.is_rounded {
            ROUNDING
        } else {
            0
        };
        let (Some(n), Some(n_before)) = (self.n, before.n) else {
            return unknown;
        };
        if n.abs_diff(n_before) < minimum + slack {
            return false;
        }
        match (self.count, before.count) {
            (Some(count), Some(count_before)) => {
                let others = n_before.saturating_sub(count_before);
                !tells_of_few(count_before, count, minimum)
                    && !tells_of_few(others, n.saturating_sub(count), minimum)
            }
            _ => true,
        }
    }
}

impl Earlier {
    /// What these findings show, and what they remember of those before them.
    pub fn of(findings: &Findings) -> Earlier {
        let mut numbers = findings.last_shown.clone();
        numbers.extend(shown(findings));
        let hidden = findings
            .estimates()
            .filter(|e| matches!(e.value, Value::Suppressed { .. }));
        Earlier {
            day: findings.data_lock().map(str::to_owned),
            numbers,
            hidden: hidden.map(|e| e.id.clone()).collect(),
        }
    }

    /// Is there no earlier report?
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// May this number be shown? `unknown` is the answer where the clients behind it are not printed.
    pub fn allows(&self, name: &str, now: &Number, minimum: u64, unknown: bool) -> bool {
        let before = self.numbers.get(name);
        before.is_none_or(|before| now.is_safe_beside(before, minimum, unknown))
    }

    /// What these findings do not show of what was shown before. With a class goes what the other classes of the
    /// same clients were when it was shown last: those may be renewed while it is hidden.
    pub fn not_in(&self, findings: &Findings) -> BTreeMap<String, Number> {
        let shown = shown(findings);
        let is_gone = |name: &str| !shown.contains_key(name.split(BESIDE).next().unwrap_or(name));
        let mut gone: BTreeMap<String, Number> = self
            .numbers
            .iter()
            .filter(|(name, _)| is_gone(name))
            .map(|(name, number)| (name.clone(), number.clone()))
            .collect();
        for (name, _) in self.numbers.iter().filter(|(name, _)| is_gone(name)) {
            let Some(family) = class_family(name) else {
                continue;
            };
            for (other, number) in &self.numbers {
                if other != name && class_family(other) == Some(family) {
                    let beside = format!("{name}{BESIDE}{other}");
                    gone.entry(beside).or_insert_with(|| number.clone());
                }
            }
        }
        gone
    }

    /// The numbers of clients in two classes when both were shown last; of each time there is one to tell of.
    pub fn counts_of(&self, one: &str, other: &str) -> Vec<(u64, u64)> {
        let count = |name: &str| self.numbers.get(name).and_then(|number| number.count);
        let beside = |a: &str, b: &str| count(&format!("{a}{BESIDE}{b}"));
        let last = count(one).zip(count(other));
        let when_one_was_hidden = count(one).zip(beside(one, other));
        let when_other_was_hidden = beside(other, one).zip(count(other));
        [last, when_one_was_hidden, when_other_was_hidden]
            .into_iter()
            .flatten()
            .collect()
    }
}
