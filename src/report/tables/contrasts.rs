//! The table of pairs of groups, each pair once.

use super::super::sentences::no_number;
use super::super::words::{self, correlation, p_in_column};
use super::{Table, clients, data, strings, value};
use crate::findings::{Estimate, Findings};

pub(super) fn contrasts(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("contrast")?;
    let is_planned = |e: &&Estimate| e.group.starts_with("planned.");
    let pairs = answer.estimates.iter().filter(|e| e.term == "correlation");
    let planned: Vec<[&str; 2]> = pairs
        .clone()
        .filter(is_planned)
        .filter_map(|e| pair_of(&e.label))
        .collect();
    // A pair that was planned stands there once, with the verdict that was planned for it.
    let is_told_as_planned = |e: &&Estimate| {
        let pair = pair_of(&e.label).filter(|_| !is_planned(e));
        pair.is_some_and(|[a, b]| planned.contains(&[a, b]) || planned.contains(&[b, a]))
    };
    let rows: Vec<Vec<String>> = pairs
        .filter(|e| !is_told_as_planned(e))
        .map(|e| {
            let related = |term: &str| answer.estimate(&format!("{}.{term}", e.id));
            let dash = || "–".to_owned();
            let shown = if e.estimate().is_some() {
                value(e)
            } else {
                no_number(e)
            };
            vec![
                e.label.clone(),
                clients(e),
                shown,
                related("ci90")
                    .and_then(words::interval)
                    .unwrap_or_else(dash),
                e.p_value().map_or_else(dash, p_in_column),
                related("holm")
                    .and_then(Estimate::p_value)
                    .map_or_else(dash, p_in_column),
                answer
                    .verdict(&e.id)
                    .map_or_else(dash, |v| words::verdict(v.verdict).into()),
                related("detectable")
                    .and_then(Estimate::estimate)
                    .map_or_else(dash, correlation),
            ]
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "contrasts",
        title: "Pairs of groups: difference of their correlations".into(),
        header: strings(&[
            "Pair",
            "n",
            "difference of r",
            "90 % interval",
            "p",
            "p, Holm",
            "verdict",
            "detectable",
        ]),
        rows,
        data_header,
        data_rows,
    })
}

/// The two groups of a contrast.
fn pair_of(label: &str) -> Option<[&str; 2]> {
    let pair = label.trim_start_matches("planned: ").split_once(" − ")?;
    Some(pair.into())
}
