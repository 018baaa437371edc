//! The tables of therapists, clients and sessions.

use super::Table;
use super::listed::of_answer;
use crate::findings::{Answer, Findings};

pub(super) fn therapists(findings: &Findings) -> Option<Table> {
    let answer = measured(findings, "therapists");
    with_clients(
        of_answer("therapists", "Between and within therapists", answer),
        answer,
        "therapists",
    )
}

pub(super) fn session_to_session(findings: &Findings) -> Option<Table> {
    let answer = measured(findings, "session_to_session");
    with_clients(
        of_answer("session_to_session", "From one session to the next", answer),
        answer,
        "pairs",
    )
}

pub(super) fn alliance_growth(findings: &Findings) -> Option<Table> {
    let answer = measured(findings, "alliance_growth");
    with_clients(
        of_answer(
            "alliance_growth",
            "The alliance over sessions 1 to 8",
            answer,
        ),
        answer,
        "k",
    )
}

pub(super) fn multilevel_correlation(findings: &Findings) -> Option<Table> {
    let answer = measured(findings, "multilevel_correlation");
    with_clients(
        of_answer(
            "multilevel_correlation",
            "Alliance and symptoms of the same session",
            answer,
        ),
        answer,
        "sessions",
    )
}

/// The same with the clients before what k counts.
fn with_clients(table: Option<Table>, answer: Option<&Answer>, k: &str) -> Option<Table> {
    let (mut table, answer) = (table?, answer?);
    table.header[4] = k.into();
    table.header.insert(4, "clients".into());
    for (row, estimate) in table.rows.iter_mut().zip(&answer.estimates) {
        row.insert(4, super::clients(estimate));
    }
    Some(table)
}

fn measured<'a>(findings: &'a Findings, question: &str) -> Option<&'a Answer> {
    findings
        .answer(question)
        .filter(|answer| answer.not_measured.is_none())
}
