//! The ratings themselves, change and dropout.

use std::cmp::Ordering;

use super::{interval_of, is_clear, r_of};
use crate::findings::{Estimate, Findings, Role};
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
    let names = &findings.clinic()?.settings.nhs_measures;
    let both = names.join(" and ");
    let alone = findings.measure(Role::PrimaryOutcome);
    let alone = alone.map_or("the primary measure", |m| m.measure.name.as_str());
    let nhs = ["reliable_improvement_rate", "reliable_deterioration_rate"];
    let countings = [
        (
            "nhs",
            nhs,
            format!(" on {alone}"),
            format!("By the rule of NHS Talking Therapies, on {alone} alone,"),
        ),
        (
            "nhs_both",
            nhs,
            format!(" on {}", names.join(" or ")),
            format!("Counted on {both} together, as that service does,"),
        ),
        (
            "jacobson_truax",
            ["improvement_rate", "deterioration_rate"],
            String::new(),
            "By the rule of Jacobson and Truax".to_owned(),
        ),
    ];
    let mut sentences = Vec::new();
    for (group, [improved, deteriorated], on, counted) in countings {
        let of = |term: &str| findings.estimate(&format!("change.{group}.{term}"));
        let share_of = |e: &Estimate| Some((interval_of(e)?, e.n()?));
        if let Some((recovered, n)) = of("recovery_rate").and_then(share_of) {
            sentences.push(format!(
                "Of {} clients who were a case at the start{on}, {recovered} recovered.",
                count(n)
            ));
        }
        if let Some((better, n)) = of(improved).and_then(share_of) {
            let worse = of(deteriorated)
                .and_then(interval_of)
                .map(|worse| format!(" and {worse} deteriorated"))
                .unwrap_or_default();
            sentences.push(format!(
                "{counted} {better} of {} improved reliably{worse}.",
                count(n)
            ));
        }
    }
    sentences.extend(beside_the_service(findings, &both, alone));
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Where the counting on two questionnaires lies above that on one, and where below, of the shares that both
/// show; nothing where one of them is not there.
fn beside_the_service(findings: &Findings, both: &str, alone: &str) -> Option<String> {
    let compared = [
        ("recovery", "recovery_rate"),
        ("reliable improvement", "reliable_improvement_rate"),
        ("reliable recovery", "reliable_recovery_rate"),
        ("reliable deterioration", "reliable_deterioration_rate"),
    ];
    let mut sides = [Vec::new(), Vec::new(), Vec::new()];
    for (what, term) in compared {
        let of = |group: &str| {
            findings
                .estimate(&format!("change.{group}.{term}"))?
                .estimate()
        };
        if let (Some(one), Some(two)) = (of("nhs"), of("nhs_both")) {
            let side = match two.total_cmp(&one) {
                Ordering::Greater => 0,
                Ordering::Less => 1,
                Ordering::Equal => 2,
            };
            sides[side].push(what);
        }
    }
    let told: Vec<String> = sides
        .into_iter()
        .zip(["a higher share", "a lower share", "the same share"])
        .filter(|(what, _)| !what.is_empty())
        .map(|(what, side)| format!("{side} for {}", enumerated(&what)))
        .collect();
    (!told.is_empty()).then(|| {
        format!(
            "Compared with {alone} alone, counting {both} together gives {}.",
            told.join("; ")
        )
    })
}

/// `recovery, reliable improvement and reliable recovery`
fn enumerated(what: &[&str]) -> String {
    match what {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

pub(super) fn dropout(findings: &Findings) -> Option<String> {
    let all = findings.estimate("dropout.overall.rate")?;
    Some(format!(
        "{} of {} ended treatments were broken off.",
        capital(&interval_of(all)?),
        count(all.n()?)
    ))
}
