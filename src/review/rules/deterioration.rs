//! Do more clients deteriorate reliably than is usual, by more than chance?

use super::{Found, Looked, look, rate_at_most};
use crate::findings::{Findings, Value};
use crate::review::policy::Rule;

/// The ways of counting, the one that is preferred first: its rate, and what it is called.
const COUNTINGS: [(&str, &str); 3] = [
    (
        "change.nhs_both.reliable_deterioration_rate",
        "by the rule of NHS Talking Therapies on two questionnaires together, as the service counts",
    ),
    (
        "change.nhs.reliable_deterioration_rate",
        "by the rule of NHS Talking Therapies on one questionnaire alone",
    ),
    (
        "change.jacobson_truax.deterioration_rate",
        "by the rule of Jacobson and Truax",
    ),
];

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    // METHOD: as the service counts where that can be had, otherwise by the questionnaire's own rule, otherwise by
    // Jacobson and Truax. Which it is does not depend on whether its number may be shown: two reviews must not count
    // by different rules.
    let looked = COUNTINGS.map(|(id, how)| (look(findings, "change", id), how));
    let is_measured = |looked: &Looked| {
        let value = looked.as_ref().map(|e| &e.value);
        value.is_ok_and(|value| !matches!(value, Value::NotMeasured { .. }))
    };
    let [both, one, other] = looked;
    let (looked, how) = if is_measured(&both.0) && are_enough(&both.0, [&one.0, &other.0]) {
        both
    } else if is_measured(&one.0) {
        one
    } else {
        other
    };
    let what = format!("Clients who deteriorated reliably, {how}");
    rate_at_most("Reliable deterioration", &what, looked, rule.at_most)
}

/// METHOD: the two questionnaires speak for the clinic where at least half of the clients whom one alone counts
/// filled in both; a few who did must not stand in for all the others.
fn are_enough(both: &Looked, alone: [&Looked; 2]) -> bool {
    let n = |looked: &Looked| looked.as_ref().ok().and_then(|e| e.n());
    let counted = alone.into_iter().find_map(n);
    n(both)
        .zip(counted)
        .is_none_or(|(both, alone)| 2 * both >= alone)
}
