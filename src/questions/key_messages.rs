//! The five messages of page one.

use super::{alliance_outcome, contrasts, online_vs_in_person, other_measures};
use crate::findings::{Estimate, Findings, Judgement, KeyMessage, Value};

/// Messages on page one.
const MESSAGES: usize = 5;
/// Below this many clients nothing is said of an estimate but "too few".
const FEWEST: u64 = 20;

/// The first five candidates that were measured, those with a number before the others.
pub fn key_messages(findings: &Findings) -> Vec<KeyMessage> {
    let term = findings.clinic().map_or("", |c| c.settings.outcome.term());
    let correlation =
        |group: &str, term: &str| format!("{}.{group}.{term}", alliance_outcome::QUESTION);
    let online = |term: &str| format!("{}.{term}", online_vs_in_person::QUESTION);
    let mut candidates = vec![
        ("All clients".to_owned(), correlation("overall", term)),
        (
            "Online against in person: how much it matters".into(),
            online("correlation"),
        ),
        (
            "Online against in person: how good it is".into(),
            online("alliance"),
        ),
        ("CBT".into(), correlation("cbt", term)),
        ("Psychosis".into(), correlation("psychosis", term)),
    ];
    // Where one of these was not measured, what the study planned, other measures and other ways to
    // look at all clients take its place.
    for estimate in findings.estimates() {
        if estimate.question == contrasts::QUESTION
            && estimate.group.starts_with("planned.")
            && estimate.term == "correlation"
        {
            let pair = estimate
                .label
                .trim_start_matches("planned: ")
                .replace('−', "against");
            candidates.push((pair, estimate.id.clone()));
        }
        if estimate.question == other_measures::QUESTION
            && estimate.group == "overall"
            && estimate.term == term
        {
            candidates.push((
                estimate.label.replace(": All clients", ", all clients"),
                estimate.id.clone(),
            ));
        }
    }
    candidates.extend([
        (
            "Change from intake".into(),
            correlation("overall", "change"),
        ),
        ("In ranks".into(), correlation("overall", "spearman")),
        (
            "Not adjusted for intake".into(),
            correlation("overall", "post"),
        ),
    ]);
    let messages: Vec<KeyMessage> = candidates
        .into_iter()
        .filter_map(|(topic, id)| {
            let estimate = findings.estimate(&id)?;
            let is_measured = !matches!(estimate.value, Value::NotMeasured { .. });
            if !is_measured || (estimate.n() == Some(0) && estimate.group != "overall") {
                return None;
            }
            let is_few = estimate.n().is_none_or(|n| n < FEWEST);
            let excludes_zero =
                |e: &Estimate| e.interval().map(|(low, high, _)| low > 0.0 || high < 0.0);
            // METHOD: of all clients, more than chance is said only where it holds with whole therapists
            // resampled as well.
            let by_therapist = findings.by_therapist(estimate).and_then(excludes_zero);
            let judgement = match excludes_zero(estimate).filter(|_| !is_few) {
                None => Judgement::TooFew,
                Some(alone) if alone && by_therapist != Some(false) => Judgement::MoreThanChance,
                Some(_) => Judgement::NotDistinguishable,
            };
            let verdict = findings
                .answer(&estimate.question)
                .and_then(|answer| answer.verdict(&id))
                .map(|v| v.verdict);
            Some(KeyMessage {
                topic,
                estimate_id: id,
                judgement,
                verdict,
            })
        })
        .collect();
    // Those with a number first: page one is for what can be said.
    let has_number = |message: &KeyMessage| {
        findings
            .estimate(&message.estimate_id)
            .is_some_and(|e| e.estimate().is_some())
    };
    let (said, unsaid): (Vec<_>, Vec<_>) = messages.into_iter().partition(has_number);
    said.into_iter().chain(unsaid).take(MESSAGES).collect()
}
