//! Tables: each is shown rounded to people and written in full precision as CSV.

use super::sentences::no_number;
use super::words::{
    self, NOT_ESTIMABLE, NOT_MEASURED, SUPPRESSED, correlation, count, level, number, p_in_column,
    shown_count,
};
use crate::findings::{Answer, Count, Estimate, Findings, Role, Stage, Value};

/// A table of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// File name without ending.
    pub id: &'static str,
    pub title: String,
    /// As people read it.
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// As machines read it.
    pub data_header: Vec<String>,
    pub data_rows: Vec<Vec<String>>,
}

/// The tables there can be.
pub const IDS: [&str; 10] = [
    "results",
    "robustness",
    "online_vs_in_person",
    "contrasts",
    "sensitivity",
    "other_measures",
    "published",
    "flow",
    "measures",
    "settings",
];

/// Every table, in the order of the report.
pub fn tables(findings: &Findings) -> Vec<Table> {
    [
        results(findings),
        robustness(findings),
        online_vs_in_person(findings),
        contrasts(findings),
        sensitivity(findings),
        other_measures(findings),
        published(findings),
        flow(findings),
        measures(findings),
        settings(findings),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|s| (*s).to_owned()).collect()
}

/// `.23 [.15, .31]`, or the mark of what there is instead of a number.
fn value(estimate: &Estimate) -> String {
    match (&estimate.value, estimate.estimate()) {
        (Value::Suppressed { .. }, _) => SUPPRESSED.into(),
        (Value::NotEstimable { .. }, _) => NOT_ESTIMABLE.into(),
        (Value::NotMeasured { .. }, _) => NOT_MEASURED.into(),
        (_, Some(x)) => {
            let x = words::on_scale(x, estimate.scale);
            words::interval(estimate).map_or(x.clone(), |interval| format!("{x} {interval}"))
        }
        _ => "–".into(),
    }
}

fn clients(estimate: &Estimate) -> String {
    match (&estimate.value, estimate.n()) {
        (Value::Suppressed { .. }, _) => SUPPRESSED.into(),
        (_, Some(n)) => count(n),
        (_, None) => "–".into(),
    }
}

/// The rows of `estimates.csv` for some estimates, after their label.
fn data(estimates: &[&Estimate]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut header = vec!["label".to_owned()];
    header.extend(ESTIMATE_COLUMNS.map(str::to_owned));
    let rows = estimates
        .iter()
        .map(|estimate| {
            let mut row = vec![estimate.label.clone()];
            row.extend(estimate_fields(estimate));
            row
        })
        .collect();
    (header, rows)
}

/// The columns of `estimates.csv`.
pub const ESTIMATE_COLUMNS: [&str; 16] = [
    "id",
    "question",
    "group",
    "term",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "conf_level",
    "statistic",
    "df",
    "p_value",
    "n",
    "k",
    "scale",
    "method",
];

/// An estimate as text fields; numbers in the shortest form that reads back exactly.
pub fn estimate_fields(estimate: &Estimate) -> Vec<String> {
    let row = serde_json::to_value(estimate.row()).expect("a row is plain data");
    ESTIMATE_COLUMNS
        .iter()
        .map(|column| match &row[column] {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}

fn results(findings: &Findings) -> Option<Table> {
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

fn robustness(findings: &Findings) -> Option<Table> {
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

fn online_vs_in_person(findings: &Findings) -> Option<Table> {
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

fn contrasts(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("contrast")?;
    let rows: Vec<Vec<String>> = answer
        .estimates
        .iter()
        .filter(|e| e.term == "correlation")
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

fn sensitivity(findings: &Findings) -> Option<Table> {
    let answer = findings.answer("sensitivity")?;
    let headline = findings.estimate(&format!(
        "alliance_outcome.overall.{}",
        findings.settings.outcome.term()
    ));
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

fn other_measures(findings: &Findings) -> Option<Table> {
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

fn published(findings: &Findings) -> Option<Table> {
    if findings.published.is_empty() {
        return None;
    }
    let term = findings.settings.outcome.term();
    let full = |x: Option<f64>| x.map_or_else(String::new, |x| x.to_string());
    let mut rows = Vec::new();
    let mut data_rows = Vec::new();
    for p in &findings.published {
        let is_r = p.scale == "r";
        let fmt = |x: f64| if is_r { correlation(x) } else { number(x, 2) };
        let limits = |low: Option<f64>, high: Option<f64>| match (low, high) {
            (Some(low), Some(high)) => format!(" [{}, {}]", fmt(low), fmt(high)),
            _ => String::new(),
        };
        let own_id = if p.topic == "alliance_outcome" {
            format!("alliance_outcome.{}.{term}", p.group)
        } else {
            "online_vs_in_person.alliance.g".into()
        };
        let own = findings.estimate(&own_id);
        let mut text = format!("{}{}", fmt(p.estimate), limits(p.conf_low, p.conf_high));
        if let (Some(low), Some(high)) = (p.prediction_low, p.prediction_high) {
            text.push_str(&format!("; prediction [{}, {}]", fmt(low), fmt(high)));
        }
        rows.push(vec![
            p.citation.clone(),
            p.population.clone(),
            p.studies
                .map_or_else(|| "–".into(), |k| count(u64::from(k))),
            format!("{} {text}", if is_r { "r" } else { "d" }),
            own.map_or_else(|| "–".into(), value),
        ]);
        data_rows.push(vec![
            p.id.clone(),
            p.topic.clone(),
            p.group.clone(),
            p.population.clone(),
            p.studies.map_or_else(String::new, |k| k.to_string()),
            p.scale.clone(),
            p.estimate.to_string(),
            full(p.conf_low),
            full(p.conf_high),
            full(p.conf_level),
            full(p.prediction_low),
            full(p.prediction_high),
            p.citation.clone(),
            p.doi.clone().unwrap_or_default(),
            own_id,
            full(own.and_then(Estimate::estimate)),
        ]);
    }
    Some(Table {
        id: "published",
        title: "Published results, as context".into(),
        header: strings(&["Source", "Population", "studies", "published", "this study"]),
        rows,
        data_header: strings(&[
            "id",
            "topic",
            "group",
            "population",
            "studies",
            "scale",
            "estimate",
            "conf_low",
            "conf_high",
            "conf_level",
            "prediction_low",
            "prediction_high",
            "citation",
            "doi",
            "own_id",
            "own_estimate",
        ]),
        data_rows,
    })
}

fn flow(findings: &Findings) -> Option<Table> {
    let mut rows = Vec::new();
    let mut data_rows = Vec::new();
    let flow = &findings.flow;
    let mut add = |stage: &str, step: &str, n: Count| {
        rows.push(vec![stage.to_owned(), step.to_owned(), shown_count(n)]);
        let data = n
            .exactly()
            .map_or_else(|| SUPPRESSED.to_owned(), |n| n.to_string());
        data_rows.push(vec![stage.to_owned(), step.to_owned(), data]);
    };
    let mut stage = |name: &str, s: &Stage| {
        add(name, "read", s.read);
        for exclusion in &s.excluded {
            add(
                name,
                &format!("left out: {}", exclusion.reason),
                exclusion.count,
            );
        }
        let is_hidden = s.excluded.iter().any(|e| e.count == Count::Suppressed);
        if let (true, Count::Exactly(all), Count::Exactly(used)) = (is_hidden, s.read, s.used) {
            add(
                name,
                "left out: for all reasons together",
                Count::Exactly(all - used),
            );
        }
        add(name, "used", s.used);
    };
    stage("session rows", &flow.sessions);
    stage("outcome rows", &flow.outcomes);
    stage("clients", &flow.clients);
    for (key, n) in &flow.complete_by_measure {
        let name = findings
            .measures
            .iter()
            .find(|m| m.key == *key && m.role != Role::Symptom)
            .map_or(key.as_str(), |m| &m.measure.name);
        add("clients with both scores", name, *n);
    }
    Some(Table {
        id: "flow",
        title: "Where every row and every client went".into(),
        header: strings(&["Of", "step", "count"]),
        rows,
        data_header: strings(&["of", "step", "count"]),
        data_rows,
    })
}

fn measures(findings: &Findings) -> Option<Table> {
    if findings.measures.is_empty() {
        return None;
    }
    let dash = || "–".to_owned();
    let role = |role: Role| match role {
        Role::Alliance => "alliance",
        Role::Empathy => "empathy",
        Role::Symptom => "symptoms by session",
        Role::PrimaryOutcome => "outcome of this report",
        Role::OtherOutcome => "further outcome",
    };
    let rows: Vec<Vec<String>> = findings
        .measures
        .iter()
        .map(|m| {
            let measure = &m.measure;
            vec![
                role(m.role).to_owned(),
                measure.name.clone(),
                measure.range_in_words().unwrap_or_else(dash),
                measure.direction.map_or_else(dash, |d| d.in_words().into()),
                measure.reliability.map_or_else(dash, |r| {
                    format!("{} ({})", correlation(r.value), r.kind.in_words())
                }),
                measure
                    .cutoff
                    .map_or_else(dash, |c| format!("{} {}", c.clinical.symbol(), c.value)),
                measure.source.clone().unwrap_or_else(dash),
            ]
        })
        .collect();
    let header = strings(&[
        "Used for",
        "questionnaire",
        "range",
        "direction",
        "reliability",
        "clinical",
        "source",
    ]);
    Some(Table {
        id: "measures",
        title: "Questionnaires".into(),
        data_header: header
            .iter()
            .map(|h| h.to_lowercase().replace(' ', "_"))
            .collect(),
        data_rows: rows.clone(),
        header,
        rows,
    })
}

fn settings(findings: &Findings) -> Option<Table> {
    let s = &findings.settings;
    let window = s.early_alliance;
    let groups: Vec<String> = s
        .groups
        .iter()
        .map(|g| format!("{}: {}", g.key, g.rule))
        .collect();
    let rows: Vec<Vec<String>> = [
        (
            "early alliance",
            format!(
                "mean of the ratings in sessions {}–{}, at least {}",
                window.first_session, window.last_session, window.fewest_ratings
            ),
        ),
        (
            "headline outcome",
            match s.outcome.term() {
                "partial" => "score after treatment, adjusted for the score before".into(),
                "post" => "score after treatment".into(),
                _ => "change from before to after treatment".to_owned(),
            },
        ),
        (
            "delivery of a client",
            format!(
                "online or in person from {} of the sessions, otherwise hybrid",
                level(s.delivery_share)
            ),
        ),
        ("confidence level", level(s.confidence_level)),
        (
            "equivalence of correlations",
            format!("±{}", correlation(s.equivalence_correlation)),
        ),
        (
            "equivalence of mean alliance",
            format!("±{} pooled SD", number(s.equivalence_alliance_sd, 2)),
        ),
        (
            "bootstrap",
            format!(
                "{} samples of whole therapists, seed {}",
                count(u64::from(s.bootstrap_replicates)),
                s.seed
            ),
        ),
        ("minimum cell", format!("{} clients", s.minimum_cell)),
        (
            "clients in one file only",
            match s.orphans {
                crate::study::Orphans::Refuse => "refused".into(),
                crate::study::Orphans::Exclude => "left out and counted".to_owned(),
            },
        ),
        ("groups", groups.join("; ")),
    ]
    .into_iter()
    .map(|(name, value)| vec![name.to_owned(), value])
    .collect();
    Some(Table {
        id: "settings",
        title: "Settings".into(),
        header: strings(&["Setting", "value"]),
        data_header: strings(&["setting", "value"]),
        data_rows: rows.clone(),
        rows,
    })
}

/// The caveats of an answer that has something to show.
pub fn caveats(answer: &Answer) -> &[String] {
    if answer.not_measured.is_some() {
        &[]
    } else {
        &answer.caveats
    }
}
