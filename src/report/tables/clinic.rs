//! The tables of a clinic's answers.

use super::super::sentences::no_number;
use super::super::words::{self, count, p_in_column};
use super::{Table, clients, data, strings, value};
use crate::findings::{Estimate, Findings};

pub(super) fn results(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("alliance_outcome")?;
    let find = |group: &str, term: &str| {
        answer
            .estimates
            .iter()
            .find(|e| e.group == group && e.term == term)
    };
    let groups: Vec<&Estimate> = answer
        .estimates
        .iter()
        .filter(|e| e.term == "partial")
        .collect();
    let rows = groups
        .iter()
        .map(|partial| {
            let cell = |term: &str| find(&partial.group, term).map_or_else(|| "–".into(), value);
            let mut row = vec![partial.label.clone(), clients(partial), value(partial)];
            row.push(partial.p_value().map_or_else(|| "–".into(), p_in_column));
            row.extend(["post", "change", "spearman", "detectable"].map(cell));
            row
        })
        .collect();
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "results",
        title: "Early alliance and outcome, by modality".into(),
        header: strings(&[
            "Clients",
            "n",
            "r, adjusted for intake",
            "p",
            "r with post score",
            "r with change",
            "Spearman, change",
            "detectable r",
        ]),
        rows,
        data_header,
        data_rows,
    })
}

pub(super) fn robustness(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("alliance_outcome")?;
    let kinds = [
        (
            "partial",
            "adjusted for intake, clients taken as independent",
        ),
        (
            "partial.bootstrap",
            "adjusted, whole therapists resampled (percentile)",
        ),
        ("partial.bca", "adjusted, whole therapists resampled (BCa)"),
        (
            "partial.corrected",
            "adjusted, corrected for unreliability of the questionnaires",
        ),
        (
            "post.corrected",
            "with post score, corrected for unreliability of the questionnaires",
        ),
    ];
    let chosen: Vec<(&Estimate, &str)> = kinds
        .into_iter()
        .filter_map(|(term, label)| {
            let estimate = answer
                .estimates
                .iter()
                .find(|e| e.group == "overall" && e.term == term)?;
            Some((estimate, label))
        })
        .collect();
    let rows = chosen
        .iter()
        .map(|(e, label)| {
            let shown = if e.estimate().is_some() {
                value(e)
            } else {
                no_number(e)
            };
            vec![
                (*label).to_owned(),
                clients(e),
                e.k().map_or_else(|| "–".into(), count),
                shown,
            ]
        })
        .collect();
    let estimates: Vec<&Estimate> = chosen.iter().map(|(e, _)| *e).collect();
    let (data_header, data_rows) = data(&estimates);
    Some(Table {
        id: "robustness",
        title: "The correlation of all clients, seen in other ways".into(),
        header: strings(&["How", "n", "therapists", "r"]),
        rows,
        data_header,
        data_rows,
    })
}

pub(super) fn online_vs_in_person(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("online_vs_in_person")?;
    let rows = answer
        .estimates
        .iter()
        .filter(|e| !e.term.ends_with(".ci90") && !e.term.contains("tost"))
        .map(|e| {
            let ninety = answer.estimate(&format!("{}.ci90", e.id));
            let equivalence = ninety
                .and_then(words::interval)
                .unwrap_or_else(|| "–".into());
            let verdict = answer.verdict(&e.id).map_or_else(
                || "–".into(),
                |v| {
                    format!(
                        "{} (bounds ±{})",
                        words::verdict(v.verdict),
                        words::on_scale(v.bound, e.scale)
                    )
                },
            );
            let what = match e.term.as_str() {
                "correlation" => "difference of r",
                "correlation.detectable" => "difference of r this many clients could have shown",
                "alliance" => "difference of mean early alliance, points",
                "alliance.g" => "the same in standard deviations (Hedges g)",
                "alliance.detectable" => "difference in SD this many clients could have shown",
                other => other,
            };
            let shown = if e.estimate().is_some() {
                value(e)
            } else {
                no_number(e)
            };
            vec![
                what.to_owned(),
                clients(e),
                shown,
                equivalence,
                e.p_value().map_or_else(|| "–".into(), p_in_column),
                verdict,
            ]
        })
        .collect();
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "online_vs_in_person",
        title: "Online minus in person".into(),
        header: strings(&["What", "n", "value", "90 % interval", "p", "verdict"]),
        rows,
        data_header,
        data_rows,
    })
}

pub(super) fn sensitivity(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("sensitivity")?;
    let headline = findings.headline();
    let chosen: Vec<&Estimate> = headline.into_iter().chain(&answer.estimates).collect();
    let rows = chosen
        .iter()
        .enumerate()
        .map(|(i, e)| {
            let label = if i == 0 && headline.is_some() {
                "the headline".to_owned()
            } else {
                e.label.clone()
            };
            let shown = if e.estimate().is_some() {
                value(e)
            } else {
                no_number(e)
            };
            vec![
                label,
                clients(e),
                shown,
                e.p_value().map_or_else(|| "–".into(), p_in_column),
            ]
        })
        .collect();
    let (data_header, data_rows) = data(&chosen);
    Some(Table {
        id: "sensitivity",
        title: "Other ways to take the early alliance".into(),
        header: strings(&["Early alliance", "n", "r", "p"]),
        rows,
        data_header,
        data_rows,
    })
}

pub(super) fn other_measures(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("measure")?;
    let rows: Vec<Vec<String>> = answer
        .estimates
        .iter()
        .filter(|e| e.term == "partial")
        .map(|partial| {
            let prefix = partial.id.trim_end_matches("partial");
            let cell = |term: &str| {
                answer
                    .estimate(&format!("{prefix}{term}"))
                    .map_or_else(|| "–".into(), value)
            };
            vec![
                partial.label.clone(),
                clients(partial),
                value(partial),
                cell("post"),
                cell("change"),
                cell("spearman"),
            ]
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "other_measures",
        title: "Other outcome measures".into(),
        header: strings(&[
            "Measure and clients",
            "n",
            "r, adjusted for intake",
            "r with post score",
            "r with change",
            "Spearman, change",
        ]),
        rows,
        data_header,
        data_rows,
    })
}
