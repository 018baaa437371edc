//! The messages of page one of a meta-analysis.

use crate::findings::ids;
use crate::findings::{Estimate, Findings, Judgement, KeyMessage};

/// Below this many studies nothing is said of small studies but "too few".
const FEWEST_FOR_BIAS: u64 = 10;
/// Messages on page one.
const MESSAGES: usize = 5;

pub fn key_messages(findings: &Findings) -> Vec<KeyMessage> {
    let alpha = 1.0 - findings.confidence_level();
    let studies = findings.meta().map_or(0, |meta| meta.studies);
    let first = |ids: &[&str]| -> Option<&Estimate> {
        ids.iter()
            .filter_map(|id| findings.estimate(id))
            .find(|e| e.interval().is_some() || e.statistic().is_some())
    };
    let by_interval = |e: &Estimate| match e.interval() {
        Some((low, high, _)) if low > 0.0 || high < 0.0 => Judgement::MoreThanChance,
        Some(_) => Judgement::NotDistinguishable,
        None => Judgement::TooFew,
    };
    let by_p = |e: &Estimate| match e.p_value() {
        Some(p) if p < alpha => Judgement::MoreThanChance,
        Some(_) => Judgement::NotDistinguishable,
        None => Judgement::TooFew,
    };
    let mut messages = Vec::new();
    let mut say = |topic: &str, estimate: Option<&Estimate>, judgement: Judgement| {
        if let Some(estimate) = estimate {
            let verdict = findings
                .answers
                .iter()
                .find_map(|answer| answer.verdict(&estimate.id))
                .map(|v| v.verdict);
            messages.push(KeyMessage {
                topic: topic.into(),
                estimate_id: estimate.id.clone(),
                judgement,
                verdict,
            });
        }
    };
    let headline = first(&["robust.r", "pooled.r"]);
    say(
        "All studies",
        headline,
        headline.map_or(Judgement::TooFew, by_interval),
    );
    let new_study = first(&["robust.prediction.r", "prediction.r"]);
    say(
        "A new study",
        new_study,
        new_study.map_or(Judgement::TooFew, by_interval),
    );
    let q = first(&["q"]);
    say(
        "How much the studies differ",
        q,
        q.map_or(Judgement::TooFew, by_p),
    );
    let egger = first(&["egger.robust", "egger.mixed"]);
    let judged = match egger {
        Some(egger) if studies >= FEWEST_FOR_BIAS => by_p(egger),
        _ => Judgement::TooFew,
    };
    say("Small studies", egger, judged);
    for moderator in findings
        .estimates()
        .filter(|e| e.question == "moderator" && e.term == "qm" && e.statistic().is_some())
    {
        let key = moderator.id.strip_prefix("moderator.");
        if let Some(key) = key.and_then(|key| key.strip_suffix(".qm"))
            && key != "joint"
        {
            let name = ids::name_of(key);
            say(
                &format!("Moderator: {name}"),
                Some(moderator),
                by_p(moderator),
            );
        }
    }
    messages.truncate(MESSAGES);
    messages
}
