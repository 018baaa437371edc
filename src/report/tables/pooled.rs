//! The tables of a pooling: of the studies of a meta-analysis, or of a clinic's sites.

use super::super::words::{self, correlation, number, on_scale};
use super::listed::{dash, k, listed, of_answer, p, shown, test};
use super::{Table, data, strings};
use crate::findings::pooled::Placement;
use crate::findings::{Display, Estimate, Findings};

pub(super) fn pooled(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("pooled")?;
    let mut table = of_answer(
        "pooled",
        "The pooled correlation, with each choice that could have been made",
        Some(answer),
    )?;
    for (row, estimate) in table.rows.iter_mut().zip(&answer.estimates) {
        if let Some(found) = answer.verdict(&estimate.id)
            && let Some(how) = row.last_mut()
        {
            how.push_str(&format!(
                "; beside zero, with bounds of ±{}: {}",
                correlation(found.bound),
                words::verdict(found.verdict)
            ));
        }
    }
    Some(table)
}

pub(super) fn heterogeneity(findings: &Findings) -> Option<Table> {
    of_answer(
        "heterogeneity",
        "How much the studies differ",
        findings.answer("heterogeneity"),
    )
}

pub(super) fn moderators(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("moderator")?;
    let chosen: Vec<&Estimate> = answer
        .estimates
        .iter()
        .filter(|e| e.id.starts_with("moderator."))
        .collect();
    listed(
        "moderators",
        "What may explain the differences: coefficients on Fisher's scale",
        &chosen,
        &chosen,
    )
}

pub(super) fn subgroups(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("moderator")?;
    let chosen: Vec<&Estimate> = answer
        .estimates
        .iter()
        .filter(|e| e.id.starts_with("subgroup."))
        .collect();
    let adjusted = |e: &Estimate| answer.estimate(&format!("{}.holm", e.id));
    let is_adjusted = chosen.iter().any(|e| adjusted(e).is_some());
    let rows: Vec<Vec<String>> = chosen
        .iter()
        .filter(|e| e.term != "difference.holm")
        .map(|e| {
            let verdict = answer.verdict(&e.id).map_or_else(dash, |v| {
                format!(
                    "{} (bounds ±{})",
                    words::verdict(v.verdict),
                    correlation(v.bound)
                )
            });
            let mut row = vec![e.label.clone(), k(e), shown(e), p(e)];
            if is_adjusted {
                row.push(adjusted(e).map_or_else(dash, p));
            }
            row.push(verdict);
            row
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let (data_header, data_rows) = data(&chosen);
    let mut header = strings(&["Subgroup", "k", "r [interval]", "p", "verdict"]);
    if is_adjusted {
        header.insert(4, "p, Holm".into());
    }
    Some(Table {
        id: "subgroups",
        title: "Subgroups, each pooled on its own, and their differences".into(),
        header,
        rows,
        data_header,
        data_rows,
    })
}

pub(super) fn bias(findings: &Findings) -> Option<Table> {
    of_answer(
        "bias",
        "Do small studies say something else?",
        findings.answer("bias"),
    )
}

/// One row per effect or study left out; the diagnostics beside it where there are any.
pub(super) fn influence(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("influence")?;
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let left_out: Vec<&Estimate> = all
        .iter()
        .copied()
        .filter(|e| e.id.starts_with("leave_one_out."))
        .collect();
    if left_out.is_empty() {
        return None;
    }
    let diagnostics = ["rstudent", "dffits", "cook", "hat"];
    let rows = left_out
        .iter()
        .map(|e| {
            let mut row = vec![e.label.clone(), shown(e)];
            row.extend(diagnostics.map(|term| {
                let id = format!("influence.{}.{term}", e.group);
                answer
                    .estimate(&id)
                    .and_then(|d| d.estimate())
                    .map_or_else(dash, |x| number(x, 2))
            }));
            row
        })
        .collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "influence",
        title: "Without each in turn (Fisher's z), and how much each weighs".into(),
        header: strings(&[
            "Without",
            "z [interval]",
            "rstudent",
            "DFFITS",
            "Cook",
            "hat",
        ]),
        rows,
        data_header,
        data_rows,
    })
}

/// Every estimator with every test: a row each.
pub(super) fn specification(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("specification")?;
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|e| vec![e.label.clone(), shown(e), p(e)])
        .collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "specification",
        title: "The pooled correlation under every estimator and test".into(),
        header: strings(&["Estimator and test", "r [interval]", "p"]),
        rows,
        data_header,
        data_rows,
    })
}

pub(super) fn sites(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("sites")?;
    if answer.not_measured.is_some() {
        return None;
    }
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let mut rows: Vec<Vec<String>> = all
        .iter()
        .map(|e| {
            vec![
                e.label.clone(),
                super::clients(e),
                k(e),
                shown(e),
                test(e),
                p(e),
            ]
        })
        .collect();
    for display in &answer.displays {
        if let Display::Placements(beside) = display {
            rows.extend(beside.placements.iter().map(placement));
        }
    }
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "sites",
        title: "Adjusted correlation by site, and pooled".into(),
        header: strings(&[
            "What",
            "clients",
            "pooled",
            "value [interval]",
            "statistic",
            "p",
        ]),
        rows,
        data_header,
        data_rows,
    })
}

fn placement(p: &Placement) -> Vec<String> {
    let said = match (p.prediction, p.inside) {
        (Some((low, high)), Some(inside)) => format!(
            "{}: the pooled r is {} the range [{}, {}] where a new study's true r is expected",
            on_scale(p.r, crate::findings::Scale::Correlation),
            if inside { "inside" } else { "outside" },
            correlation(low),
            correlation(high)
        ),
        _ => format!(
            "{}; its prediction interval is not known to us, so whether the pooled r lies in it cannot be said",
            correlation(p.r)
        ),
    };
    vec![
        format!("Published: {}", p.citation),
        dash(),
        dash(),
        said,
        dash(),
        dash(),
    ]
}
