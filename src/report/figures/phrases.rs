//! Turns of phrase that several figures share.

use crate::findings::{Estimate, Findings, Role};
use crate::report::words;
use crate::study::{HeadlineOutcome, PublishedResult};

/// The outcome of the headlines: `outcome (PHQ-9, adjusted for intake)`.
pub(super) fn outcome(findings: &Findings) -> String {
    let Some(clinic) = findings.clinic() else {
        return "outcome".into();
    };
    let form = match clinic.settings.outcome {
        HeadlineOutcome::Adjusted => "after treatment, adjusted for intake",
        HeadlineOutcome::Post => "after treatment",
        HeadlineOutcome::Change => "change from intake",
    };
    match findings.measure(Role::PrimaryOutcome) {
        Some(primary) => format!("outcome ({} {form})", primary.measure.name),
        None => format!("outcome ({form})"),
    }
}

/// `overall r = .23 [.15, .31], n = 542`, or `hybrid suppressed`.
pub(super) fn spoken(estimate: &Estimate) -> String {
    let effect = super::effect::Effect::of(estimate);
    let n = effect
        .n
        .map(|n| format!(", n = {}", words::count(n)))
        .unwrap_or_default();
    match effect.estimate() {
        Some(_) => format!("{} r = {}{n}", estimate.label, effect.in_words()),
        None => format!("{} {}{n}", estimate.label, effect.in_words()),
    }
}

/// `Flückiger et al. 2018`, from `Flückiger, Del Re, Wampold & Horvath (2018), Psychotherapy`.
pub(super) fn short_citation(published: &PublishedResult) -> String {
    let authors = published.citation.split(" (").next().unwrap_or_default();
    let year = published.year;
    if authors.contains(" et al") {
        let first = authors.split(" et al").next().unwrap_or(authors);
        return format!("{first} et al. {year}");
    }
    let names: Vec<&str> = authors.split([',', '&']).map(str::trim).collect();
    match names[..] {
        [first, second] => format!("{first} & {second} {year}"),
        [first, _, _, ..] => format!("{first} et al. {year}"),
        _ => format!("{authors} {year}"),
    }
}

/// The first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::PublishedConfidence;

    fn cited(citation: &str) -> String {
        short_citation(&PublishedResult {
            id: "x".into(),
            topic: "alliance_outcome".into(),
            group: "overall".into(),
            population: "adults".into(),
            studies: None,
            clients: None,
            scale: "r".into(),
            estimate: 0.278,
            conf_low: None,
            conf_high: None,
            conf_level: None,
            prediction_low: None,
            prediction_high: None,
            prediction_level: None,
            year: 2018,
            citation: citation.into(),
            doi: None,
            confidence: PublishedConfidence::Abstract,
            note: None,
        })
    }

    #[test]
    fn a_citation_is_shortened_as_journals_do() {
        assert_eq!(
            cited("Flückiger, Del Re, Wampold & Horvath (2018), Psychotherapy"),
            "Flückiger et al. 2018"
        );
        assert_eq!(
            cited("Swift & Greenberg (2018), Psychotherapy"),
            "Swift & Greenberg 2018"
        );
        assert_eq!(
            cited("Seuling et al. (2018), J Telemed"),
            "Seuling et al. 2018"
        );
        assert_eq!(cited("Lambert (2018)"), "Lambert 2018");
    }
}
