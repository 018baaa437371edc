//! The tables of change and dropout: two rules side by side, and shares by modality.

use super::super::sentences::no_number;
use super::super::words::count;
use super::listed::{dash, shown};
use super::relationship::count_of;
use super::{Table, data, strings, value};
use crate::findings::{Answer, Estimate, Findings, Role, Value};

/// A row per class: what it is called, its counts and rates under both rules.
const ROWS: [(&str, [&str; 2], [&str; 2]); 6] = [
    ("A case at the start", ["cases", ""], ["", ""]),
    ("Recovered", ["recovered", "recovery_rate"], ["", ""]),
    (
        "Reliably improved",
        ["reliably_improved", "reliable_improvement_rate"],
        ["improved", "improvement_rate"],
    ),
    (
        "Reliably recovered",
        ["reliably_recovered", "reliable_recovery_rate"],
        ["", ""],
    ),
    ("No reliable change", ["", ""], ["unchanged", ""]),
    (
        "Reliably deteriorated",
        ["reliably_deteriorated", "reliable_deterioration_rate"],
        ["deteriorated", "deterioration_rate"],
    ),
];

/// A way of counting: its group of estimates, what it is called, and whether its terms are those of the first rule.
struct Counting {
    group: &'static str,
    name: String,
    is_nhs: bool,
}

/// The ways of counting, side by side; that on two questionnaires where there is one.
fn countings(answer: &Answer, findings: &Findings) -> Vec<Counting> {
    let settings = findings.clinic().map(|clinic| &clinic.settings);
    let both = settings.map(|settings| settings.nhs_measures.join(" and "));
    let primary = findings.measure(Role::PrimaryOutcome);
    let alone = primary.map_or_else(String::new, |m| format!(", {} alone", m.measure.name));
    let has_both = answer
        .estimate("change.nhs_both.cases")
        .is_some_and(|e| !matches!(e.value, Value::NotMeasured { .. }));
    let one = Counting {
        group: "nhs",
        name: format!("NHS Talking Therapies rule{alone}"),
        is_nhs: true,
    };
    let both = both.filter(|_| has_both).map(|both| Counting {
        group: "nhs_both",
        name: format!("NHS Talking Therapies, {both}"),
        is_nhs: true,
    });
    let jacobson_truax = Counting {
        group: "jacobson_truax",
        name: "Jacobson–Truax".into(),
        is_nhs: false,
    };
    [Some(one), both, Some(jacobson_truax)]
        .into_iter()
        .flatten()
        .collect()
}

pub(super) fn change(findings: &Findings) -> Option<Table> {
    let answer = findings
        .answer("change")
        .filter(|answer| answer.not_measured.is_none())?;
    let find = |group: &str, term: &str| answer.estimate(&format!("change.{group}.{term}"));
    let countings = countings(answer, findings);
    let mut rows: Vec<Vec<String>> = ROWS
        .into_iter()
        .map(|(label, nhs, jacobson_truax)| {
            let mut row = vec![label.to_owned()];
            for Counting { group, is_nhs, .. } in &countings {
                let [number, rate] = if *is_nhs { nhs } else { jacobson_truax };
                let (number, rate) = (find(group, number), find(group, rate));
                row.push(number.map_or_else(dash, |number| counted(number, rate)));
                row.push(rate.map_or_else(dash, value));
            }
            row
        })
        .collect();
    let how = |group: &str, term: &str| match find(group, term) {
        Some(e) if e.estimate().is_some() => e.method.clone(),
        Some(e) => no_number(e),
        None => dash(),
    };
    let mut rule = vec!["The rule for improved".to_owned()];
    let mut header = strings(&["Clients"]);
    for Counting {
        group,
        name,
        is_nhs,
    } in &countings
    {
        let improved = if *is_nhs {
            "reliably_improved"
        } else {
            "improved"
        };
        rule.extend([how(group, improved), dash()]);
        header.extend([format!("{name}: clients"), "share".into()]);
    }
    rows.push(rule);
    for id in ["change.pre_post_d", "change.completeness"] {
        if let Some(e) = answer.estimate(id) {
            let mut row = vec![e.label.clone(), share_of(e), shown(e)];
            row.resize_with(header.len(), dash);
            rows.push(row);
        }
    }
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "change",
        title: "Change under two rules".into(),
        header,
        rows,
        data_header,
        data_rows,
    })
}

/// `139 of 302`: of those the share beside it is of, who may be other clients than those counted in
/// all, such as the cases of whom some recovered; without them where the share is not shown.
fn counted(number: &Estimate, rate: Option<&Estimate>) -> String {
    match (number.estimate(), rate) {
        (Some(hits), Some(rate)) => {
            let of = rate.n().map(|n| format!(" of {}", count(n)));
            format!("{}{}", count(hits as u64), of.unwrap_or_default())
        }
        _ => count_of(number),
    }
}

/// `357 of 379`, the clients behind a share.
fn share_of(e: &Estimate) -> String {
    match (e.k(), e.n()) {
        (Some(k), Some(n)) => format!("{} of {}", count(k), count(n)),
        _ => dash(),
    }
}

pub(super) fn dropout(findings: &Findings) -> Option<Table> {
    let answer = findings
        .answer("dropout")
        .filter(|answer| answer.not_measured.is_none())?;
    let rows = answer
        .estimates
        .iter()
        .map(|e| vec![e.label.clone(), share_of(e), shown(e)])
        .collect();
    let all: Vec<&Estimate> = answer.estimates.iter().collect();
    let (data_header, data_rows) = data(&all);
    Some(Table {
        id: "dropout",
        title: "Treatments broken off, of those that ended".into(),
        header: strings(&["Clients", "broken off", "share"]),
        rows,
        data_header,
        data_rows,
    })
}
