//! The five messages of page one.

use super::{alliance_outcome, online_vs_in_person};
use crate::findings::{Findings, Judgement, KeyMessage, Value};

/// Messages on page one.
const MESSAGES: usize = 5;
/// Below this many clients nothing is said of an estimate but "too few".
const FEWEST: u64 = 20;

/// The first five candidates that were measured.
pub fn key_messages(findings: &Findings) -> Vec<KeyMessage> {
    let term = findings.settings.outcome.term();
    let correlation =
        |group: &str, term: &str| format!("{}.{group}.{term}", alliance_outcome::QUESTION);
    let online = |term: &str| format!("{}.{term}", online_vs_in_person::QUESTION);
    let candidates = [
        ("All clients", correlation("overall", term)),
        (
            "Online against in person: how much it matters",
            online("correlation"),
        ),
        (
            "Online against in person: how good it is",
            online("alliance"),
        ),
        ("CBT", correlation("cbt", term)),
        ("Psychosis", correlation("psychosis", term)),
        (
            "When whole therapists are resampled",
            correlation("overall", "partial.bootstrap"),
        ),
        ("Change from intake", correlation("overall", "change")),
        ("In ranks", correlation("overall", "spearman")),
        ("Not adjusted for intake", correlation("overall", "post")),
    ];
    candidates
        .into_iter()
        .filter_map(|(topic, id)| {
            let estimate = findings.estimate(&id)?;
            if matches!(estimate.value, Value::NotMeasured { .. }) {
                return None;
            }
            let is_few = estimate.n().is_none_or(|n| n < FEWEST);
            let judgement = match estimate.interval() {
                Some((low, high, _)) if !is_few => {
                    if low > 0.0 || high < 0.0 {
                        Judgement::MoreThanChance
                    } else {
                        Judgement::NotDistinguishable
                    }
                }
                _ => Judgement::TooFew,
            };
            let verdict = findings
                .answer(online_vs_in_person::QUESTION)
                .and_then(|answer| answer.verdict(&id))
                .map(|v| v.verdict);
            Some(KeyMessage {
                topic: topic.into(),
                estimate_id: id,
                judgement,
                verdict,
            })
        })
        .take(MESSAGES)
        .collect()
}
