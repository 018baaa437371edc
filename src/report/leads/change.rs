//! The ratings themselves, change and dropout.

use super::{interval_of, is_clear, r_of};
use crate::findings::{Estimate, Findings};
use crate::report::words::{capital, count};

pub(super) fn ratings(findings: &Findings) -> Option<String> {
    let find = |id: &str| findings.estimate(&format!("ratings.{id}"));
    let rated = interval_of(find("sessions_rated")?)?;
    let ceiling = find("ceiling")
        .and_then(interval_of)
        .map(|share| {
            format!(" Of the ratings, {share} are at the highest possible score, where they can rise no more.")
        })
        .unwrap_or_default();
    let term = findings.clinic()?.settings.outcome.term();
    let missing = find(&format!("sessions_rated.{term}"))
        .and_then(|e| {
            Some(if is_clear(e)? {
                let which = if e.estimate()? > 0.0 { "better" } else { "worse" };
                format!(
                    " Clients who rate more of their sessions have a {which} outcome ({}): what is missing is not missing by chance.",
                    r_of(e)?
                )
            } else {
                format!(
                    " That clients who rate more of their sessions have another outcome cannot be told from chance ({}).",
                    r_of(e)?
                )
            })
        })
        .unwrap_or_default();
    Some(format!(
        "{} of the sessions have an alliance rating.{ceiling}{missing}",
        capital(&rated)
    ))
}

pub(super) fn change(findings: &Findings) -> Option<String> {
    let find = |id: &str| findings.estimate(&format!("change.{id}"));
    let share = |e: &Estimate| interval_of(e);
    let mut sentences = Vec::new();
    if let (Some(recovered), Some(n)) = (
        find("nhs.recovery_rate").and_then(share),
        find("nhs.recovery_rate").and_then(Estimate::n),
    ) {
        sentences.push(format!(
            "Of {} clients who were a case at the start, {recovered} recovered.",
            count(n)
        ));
    }
    for (group, improved, deteriorated, rule) in [
        (
            "nhs",
            "reliable_improvement_rate",
            "reliable_deterioration_rate",
            "the rule of NHS Talking Therapies",
        ),
        (
            "jacobson_truax",
            "improvement_rate",
            "deterioration_rate",
            "the rule of Jacobson and Truax",
        ),
    ] {
        let of = |term: &str| find(&format!("{group}.{term}"));
        let (Some(better), Some(n)) = (
            of(improved).and_then(share),
            of(improved).and_then(Estimate::n),
        ) else {
            continue;
        };
        let worse = of(deteriorated)
            .and_then(share)
            .map(|worse| format!(" and {worse} deteriorated"))
            .unwrap_or_default();
        sentences.push(format!(
            "By {rule} {better} of {} improved reliably{worse}.",
            count(n)
        ));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

pub(super) fn dropout(findings: &Findings) -> Option<String> {
    let all = findings.estimate("dropout.overall.rate")?;
    Some(format!(
        "{} of {} ended treatments were broken off.",
        capital(&interval_of(all)?),
        count(all.n()?)
    ))
}
