//! The rules of a review, one per file. Each looks at one number of the findings and ends in pass,
//! hold or cannot tell; whatever is not a plain number is never a pass.

mod alliance_outcome;
mod completeness;
mod data_age;
mod deterioration;
mod dropout;
mod minimum_n;
mod online_vs_in_person;
mod sessions_rated;
mod unrepaired_ruptures;

use super::policy::{CannotTell, Policy, Rule};
use super::{Judgement, Verdict};
use crate::findings::{Estimate, Findings};
use crate::report::words;

/// What a rule found, before the policy says what follows.
pub(super) struct Found<'a> {
    title: &'static str,
    threshold: String,
    estimate: Option<&'a Estimate>,
    /// Where it is not the estimate itself: value and limits.
    observed: Option<f64>,
    verdict: Verdict,
    sentence: String,
}

/// Looks at findings as a rule of the policy asks, on a day where it was given.
type Judge = for<'a> fn(&'a Findings, &Rule, Option<&str>) -> Found<'a>;

/// The rules by their names in the policy, in the order of the review.
pub(super) const RULES: [(&str, Judge); 9] = [
    ("minimum_n", |f, r, _| minimum_n::judge(f, r)),
    ("data_age", data_age::judge),
    ("completeness", |f, r, _| completeness::judge(f, r)),
    ("sessions_rated", |f, r, _| sessions_rated::judge(f, r)),
    ("alliance_outcome", |f, r, _| alliance_outcome::judge(f, r)),
    ("online_vs_in_person", |f, _, _| {
        online_vs_in_person::judge(f)
    }),
    ("deterioration", |f, r, _| deterioration::judge(f, r)),
    ("dropout", |f, r, _| dropout::judge(f, r)),
    ("unrepaired_ruptures", |f, r, _| {
        unrepaired_ruptures::judge(f, r)
    }),
];

/// Applies every rule that is on; and the names of those that are off.
pub(super) fn judge(
    findings: &Findings,
    policy: &Policy,
    on: Option<&str>,
) -> (Vec<Judgement>, Vec<String>) {
    let mut judgements = Vec::new();
    let mut off = Vec::new();
    for (name, judge) in RULES {
        let rule = policy.rule(name);
        if rule.off == Some(true) {
            off.push(name.to_owned());
        } else {
            judgements.push(judgement(name, rule, judge(findings, rule, on)));
        }
    }
    (judgements, off)
}

fn judgement(name: &str, rule: &Rule, found: Found) -> Judgement {
    let limits = found.estimate.and_then(Estimate::interval);
    let holds = match found.verdict {
        Verdict::Pass => false,
        Verdict::Hold => true,
        Verdict::CannotTell => rule.cannot_tell.unwrap_or_default() == CannotTell::Hold,
    };
    Judgement {
        rule: name.into(),
        title: found.title.into(),
        threshold: found.threshold,
        reason: rule.reason.clone().unwrap_or_default(),
        estimate_id: found.estimate.map(|e| e.id.clone()),
        observed: found
            .observed
            .or(found.estimate.and_then(Estimate::estimate)),
        scale: found.estimate.map(|e| e.scale),
        conf_low: limits.map(|l| l.0),
        conf_high: limits.map(|l| l.1),
        n: found.estimate.and_then(Estimate::n),
        verdict: found.verdict,
        holds,
        sentence: found.sentence,
    }
}

/// Stated positively, so that NaN fails: is `x` at least `least`?
fn reaches(x: f64, least: f64) -> bool {
    x >= least
}

/// An estimate, or why these findings have none.
type Looked<'a> = Result<&'a Estimate, String>;

/// Looks an estimate up; where it is not there, the answer to its question may say why.
fn look<'a>(findings: &'a Findings, question: &str, id: &str) -> Looked<'a> {
    findings.estimate(id).ok_or_else(|| {
        let answer = findings.answer(question);
        let reason = answer.and_then(|answer| answer.not_measured.as_deref());
        reason.map_or_else(
            || "not in these findings".into(),
            |reason| format!("not measured: {reason}"),
        )
    })
}

/// `29.8 % [25.9 %, 34.0 %], n = 490`, or why there is no number.
fn shown(looked: &Looked) -> String {
    let e = match looked {
        Ok(e) => *e,
        Err(reason) => return reason.clone(),
    };
    let Some(x) = e.estimate() else {
        return crate::report::no_number(e);
    };
    let interval = words::interval(e)
        .map(|i| format!(" {i}"))
        .unwrap_or_default();
    let n = e
        .n()
        .map(|n| format!(", n = {}", words::count(n)))
        .unwrap_or_default();
    format!("{}{interval}{n}", words::on_scale(x, e.scale))
}

/// A threshold that is a share, with as many digits as it was given.
pub(super) fn threshold(x: f64) -> String {
    let percent = format!("{:.6}", 100.0 * x);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}

/// A share that must reach a threshold: a fact about the data, so the value itself counts.
fn share_at_least<'a>(
    title: &'static str,
    what: &str,
    looked: Looked<'a>,
    least: Option<f64>,
) -> Found<'a> {
    let estimate = looked.as_ref().ok().copied();
    let value = estimate.and_then(Estimate::estimate);
    let verdict = match (value, least) {
        (Some(x), Some(least)) if reaches(x, least) => Verdict::Pass,
        (Some(x), Some(least)) if reaches(least, x) => Verdict::Hold,
        _ => Verdict::CannotTell,
    };
    let threshold = least.map_or_else(
        || "no threshold".into(),
        |x| format!("at least {}", threshold(x)),
    );
    Found {
        title,
        sentence: format!("{what}: {} ({threshold}).", shown(&looked)),
        threshold,
        estimate,
        observed: None,
        verdict,
    }
}

/// A rate that must not lie above a threshold by more than chance.
///
/// METHOD: pass where the rate itself is not above; hold where even the lower limit is above; between
/// the two nothing can be told.
fn rate_at_most<'a>(
    title: &'static str,
    what: &str,
    looked: Looked<'a>,
    most: Option<f64>,
) -> Found<'a> {
    let estimate = looked.as_ref().ok().copied();
    let value = estimate.and_then(Estimate::estimate);
    let low = estimate.and_then(Estimate::interval).map(|l| l.0);
    let verdict = match (value, low, most) {
        (Some(x), Some(_), Some(most)) if reaches(most, x) => Verdict::Pass,
        (Some(_), Some(low), Some(most)) if low > most => Verdict::Hold,
        _ => Verdict::CannotTell,
    };
    let threshold = most.map_or_else(
        || "no threshold".into(),
        |x| format!("at most {}", threshold(x)),
    );
    Found {
        title,
        sentence: format!("{what}: {} ({threshold}).", shown(&looked)),
        threshold,
        estimate,
        observed: None,
        verdict,
    }
}
