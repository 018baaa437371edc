//! The tables of single sessions, of ruptures and of the items: a row for what a reader compares.

use super::super::words::{self, count};
use super::listed::{dash, p};
use super::{Table, clients, data, strings, value};
use crate::findings::{Answer, Estimate, Findings};

fn measured<'a>(findings: &'a Findings, question: &str) -> Option<&'a Answer> {
    findings
        .answer(question)
        .filter(|answer| answer.not_measured.is_none())
}

/// The value under an id, or a dash where there is none.
fn cell(answer: &Answer, id: &str) -> String {
    answer.estimate(id).map_or_else(dash, value)
}

fn with_data(
    id: &'static str,
    title: &str,
    header: &[&str],
    rows: Vec<Vec<String>>,
    answer: &Answer,
) -> Option<Table> {
    if rows.is_empty() {
        return None;
    }
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id,
        title: title.into(),
        header: strings(header),
        rows,
        data_header,
        data_rows,
    })
}

/// A row per session.
pub(super) fn three_sessions(findings: &Findings) -> Option<Table> {
    let answer = measured(findings, "three_sessions")?;
    let with_outcome = answer
        .estimates
        .iter()
        .filter(|e| e.question == "by_session");
    let rows = with_outcome
        .map(|e| {
            let session = &e.group;
            let next = session.parse::<u32>().unwrap_or_default() + 1;
            let step = |term: &str| format!("first_sessions.{session}_{next}.{term}");
            let standardised = step("change.standardised");
            let verdict = answer
                .verdict(&standardised)
                .map_or_else(dash, |v| words::verdict(v.verdict).into());
            vec![
                session.clone(),
                clients(e),
                value(e),
                cell(answer, &step("change")),
                cell(answer, &standardised),
                verdict,
                cell(answer, &format!("first_sessions.{session}.later")),
            ]
        })
        .collect();
    with_data(
        "three_sessions",
        "Session by session",
        &[
            "Session",
            "n",
            "r of its rating with outcome",
            "change to the next session, points",
            "the same in SD [90 % interval]",
            "against no change",
            "r with the later ratings",
        ],
        rows,
        answer,
    )
}

/// A row per criterion.
pub(super) fn ruptures(findings: &Findings) -> Option<Table> {
    let answer = measured(findings, "ruptures")?;
    let mut groups: Vec<&str> = Vec::new();
    for e in &answer.estimates {
        if matches!(e.term.as_str(), "none") && !groups.contains(&e.group.as_str()) {
            groups.push(&e.group);
        }
    }
    let rows = groups
        .into_iter()
        .map(|group| {
            let find = |term: &str| answer.estimate(&format!("ruptures.{group}.{term}"));
            let cell = |term: &str| find(term).map_or_else(dash, value);
            let name = find("none")
                .and_then(|e| e.label.split(':').next())
                .unwrap_or_default();
            let repaired = if group == "control_chart" {
                [dash(), cell("ruptured")]
            } else {
                [cell("repaired"), cell("unrepaired")]
            };
            let [repaired, other] = repaired;
            vec![
                name.to_owned(),
                find("none").map_or_else(dash, clients),
                cell("none"),
                repaired,
                other,
                cell("episodes"),
                find("repair_time")
                    .and_then(Estimate::estimate)
                    .map_or_else(dash, |x| {
                        words::number(x, 1).trim_end_matches(".0").to_owned()
                    }),
                cell("repaired_vs_none"),
                cell("unrepaired_vs_none"),
            ]
        })
        .collect();
    with_data(
        "ruptures",
        "Ruptures under five criteria",
        &[
            "Criterion",
            "n",
            "no rupture",
            "every one repaired",
            "one not repaired",
            "ruptures",
            "ratings until repaired",
            "outcome against none: repaired",
            "not repaired",
        ],
        rows,
        answer,
    )
}

/// A row per item.
pub(super) fn items(findings: &Findings) -> Option<Table> {
    let answer = measured(findings, "items")?;
    let rows = answer
        .estimates
        .iter()
        .filter(|e| e.term == "item_rest" || (e.term == "with_alliance"))
        .map(|e| e.group.as_str())
        .fold(Vec::new(), |mut items: Vec<&str>, item| {
            if !items.contains(&item) {
                items.push(item);
            }
            items
        })
        .into_iter()
        .map(|item| {
            let of = |term: &str| format!("items.{item}.{term}");
            let outcome = answer.estimates.iter().find(|e| {
                e.group == item && ["partial", "post", "change"].contains(&e.term.as_str())
            });
            vec![
                words::capital(item),
                outcome.map_or_else(dash, clients),
                outcome.map_or_else(dash, value),
                outcome.map_or_else(dash, p),
                cell(answer, &of("with_alliance")),
                cell(answer, &of("with_empathy")),
                cell(answer, &of("item_rest")),
                cell(answer, &of("floor")),
                cell(answer, &of("ceiling")),
            ]
        })
        .collect();
    with_data(
        "items",
        "Heard, safe, seen",
        &[
            "Item",
            "n",
            "r with outcome",
            "p",
            "with early alliance",
            "with empathy",
            "with the other items",
            "lowest answer",
            "highest answer",
        ],
        rows,
        answer,
    )
}

/// `246 of 544`, or the mark of what there is instead.
pub(super) fn count_of(estimate: &Estimate) -> String {
    match (estimate.estimate(), estimate.n()) {
        (Some(hits), Some(n)) => format!("{} of {}", count(hits as u64), count(n)),
        _ => value(estimate),
    }
}
