//! Does the alliance go with the outcome here, by more than chance?

use super::{Found, reaches, shown};
use crate::findings::{Estimate, Findings};
use crate::report::words;
use crate::review::Verdict;
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    // METHOD: clients who share a therapist are not independent; where whole therapists were resampled, the
    // interval that reaches further down is judged.
    let low = |e: &Estimate| e.interval().map(|(low, _, _)| low);
    let estimate = findings.headline().map(|alone| {
        let resampled = findings.by_therapist(alone);
        resampled
            .filter(|e| low(e).is_some() && low(e) < low(alone))
            .unwrap_or(alone)
    });
    let limits = estimate.and_then(Estimate::interval);
    let verdict = match (limits, rule.lower_limit_at_least) {
        (Some((low, _, _)), Some(least)) if reaches(low, least) => Verdict::Pass,
        (Some((_, high, _)), Some(least)) if high < least => Verdict::Hold,
        _ => Verdict::CannotTell,
    };
    let threshold = rule.lower_limit_at_least.map_or_else(
        || "no threshold".into(),
        |x| format!("lower limit of r at least {}", words::correlation(x)),
    );
    Found {
        title: "Alliance and outcome",
        sentence: format!(
            "Alliance and outcome: r = {} ({threshold}).",
            shown(&estimate.ok_or_else(|| "not in these findings".into()))
        ),
        threshold,
        estimate,
        observed: None,
        verdict,
    }
}
