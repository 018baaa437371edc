//! A table of estimates, a row each: what it is, its value, its test, how it was made.

use super::super::sentences::no_number;
use super::super::words::{count, number, p_in_column};
use super::{Table, clients, data, strings, value};
use crate::findings::{Answer, Estimate, Findings};

pub(super) fn dash() -> String {
    "–".into()
}

/// The value, or in words why there is none.
pub(super) fn shown(estimate: &Estimate) -> String {
    if estimate.estimate().is_some() || estimate.interval().is_some() {
        value(estimate)
    } else if estimate.statistic().is_some() {
        dash()
    } else {
        no_number(estimate)
    }
}

/// `t(12.6) = 4.63`, `Q(101) = 267.95`.
pub(super) fn test(estimate: &Estimate) -> String {
    match estimate.statistic() {
        Some((statistic, Some(df))) => {
            let whole = |df: f64| number(df, 1).trim_end_matches(".0").to_owned();
            let second = estimate
                .df_residual()
                .map(|df| format!(", {}", whole(df)))
                .unwrap_or_default();
            format!("{} (df {}{second})", number(statistic, 2), whole(df))
        }
        Some((statistic, None)) => number(statistic, 2),
        None => dash(),
    }
}

pub(super) fn p(estimate: &Estimate) -> String {
    estimate.p_value().map_or_else(dash, p_in_column)
}

pub(super) fn k(estimate: &Estimate) -> String {
    estimate.k().map_or_else(dash, count)
}

/// One row per estimate: label, value, test, p, k, method.
pub(super) fn listed(
    id: &'static str,
    title: &str,
    estimates: &[&Estimate],
    all: &[&Estimate],
) -> Option<Table> {
    if estimates.is_empty() {
        return None;
    }
    let rows = estimates
        .iter()
        .map(|e| {
            vec![
                e.label.clone(),
                shown(e),
                test(e),
                p(e),
                k(e),
                e.method.clone(),
            ]
        })
        .collect();
    let (data_header, data_rows) = data(all);
    Some(Table {
        id,
        title: title.into(),
        header: strings(&["What", "value [interval]", "statistic", "p", "k", "how"]),
        rows,
        data_header,
        data_rows,
    })
}

pub(super) fn of_answer(id: &'static str, title: &str, answer: Option<&Answer>) -> Option<Table> {
    let all: Vec<&Estimate> = answer?.estimates.iter().collect();
    listed(id, title, &all, &all)
}

/// The questions of a clinic whose answer is a plain list: question (and file name), title, and what k
/// counts.
const QUESTIONS: [(&str, &str, &str); 8] = [
    ("ratings", "The ratings", "those counted"),
    ("cbt_technique", "Technique and alliance in CBT", "groups"),
    ("psychosis", "Psychosis and other diagnoses", "groups"),
    ("empathy", "Empathy", "groups"),
    ("therapists", "Between and within therapists", "therapists"),
    (
        "session_to_session",
        "From one session to the next",
        "pairs",
    ),
    (
        "alliance_growth",
        "The alliance over sessions 1 to 8",
        "groups",
    ),
    (
        "multilevel_correlation",
        "Alliance and symptoms of the same session",
        "sessions",
    ),
];

/// The tables of those questions, with the clients before what k counts; without k where nothing
/// is counted.
pub(super) fn of_questions(findings: &Findings) -> Vec<Table> {
    QUESTIONS
        .into_iter()
        .filter_map(|(question, title, k)| {
            let answer = findings
                .answer(question)
                .filter(|answer| answer.not_measured.is_none());
            let mut table = of_answer(question, title, answer)?;
            let answer = answer?;
            table.header[4] = k.into();
            table.header.insert(4, "clients".into());
            for (row, estimate) in table.rows.iter_mut().zip(&answer.estimates) {
                row.insert(4, clients(estimate));
            }
            if answer.estimates.iter().all(|e| e.k().is_none()) {
                table.header.remove(5);
                table.rows.iter_mut().for_each(|row| {
                    row.remove(5);
                });
            }
            Some(table)
        })
        .collect()
}
