//! How many clients changed, left early or gave their ratings? Shares with their intervals.

use super::axis::Axis;
use super::effect::Effect;
use super::forest::in_sections;
use super::forest_plot::ForestPlot;
use super::forest_rows::Row;
use super::{Drawing, Figure, phrases};
use crate::findings::{Estimate, Findings, Scale, Value};
use crate::report::words;

/// A question that shares answer, and how they are told.
struct Asked {
    id: &'static str,
    question: &'static str,
    title: &'static str,
    /// What the shares are of, where it is the same in all rows.
    of: &'static str,
    /// Do the rows stand under headings, by modality?
    by_modality: bool,
    /// What the rows do not mean, where they are several.
    caution: &'static str,
}

const CHANGE: Asked = Asked {
    id: "change_rates",
    question: "change",
    title: "How many clients changed reliably?",
    of: " of clients",
    by_modality: false,
    caution: "Each row has its own rule and its own clients, and the same word means another number under another rule: shares of different rules cannot be compared or added up.",
};

const DROPOUT: Asked = Asked {
    id: "dropout",
    question: "dropout",
    title: "Who leaves early?",
    of: " of clients",
    by_modality: true,
    caution: "Rows of different sections share clients. Clients were not assigned to modalities by chance.",
};

const RATINGS: Asked = Asked {
    id: "ratings",
    question: "ratings",
    title: "How complete and how high are the ratings?",
    of: "",
    by_modality: false,
    caution: "Each row is a share of its own whole, of sessions, of ratings or of clients, as its name says; of sessions and of ratings, the clients are those they come from.",
};

pub(super) fn change_rates(findings: &Findings) -> Option<Figure> {
    figure(findings, &CHANGE)
}

pub(super) fn dropout(findings: &Findings) -> Option<Figure> {
    figure(findings, &DROPOUT)
}

pub(super) fn ratings(findings: &Findings) -> Option<Figure> {
    figure(findings, &RATINGS)
}

fn figure(findings: &Findings, asked: &Asked) -> Option<Figure> {
    let estimates = findings.answer(asked.question)?.estimates.iter();
    let shares: Vec<&Estimate> = estimates
        .filter(|e| e.scale == Scale::Proportion)
        .filter(|e| !matches!(e.value, Value::NotMeasured { .. }))
        .collect();
    if shares.is_empty() {
        return None;
    }
    let rows = if asked.by_modality {
        in_sections(&shares, |share, headline| vec![row(share, headline)])
    } else {
        shares.iter().map(|share| row(share, false)).collect()
    };
    let values: Vec<f64> = rows.iter().flat_map(Row::values).collect();
    let of = asked.of;
    let level = words::level(findings.confidence_level());
    let told: Vec<String> = shares.iter().map(|share| spoken(share)).collect();
    Some(Figure {
        id: asked.id,
        title: asked.title.into(),
        subtitle: format!("Shares{of}, with {level} intervals."),
        alt: format!("Shares{of}: {}.", told.join("; ")),
        notes: notes(asked, &rows, &level),
        drawing: Drawing::Forest(ForestPlot {
            axis: Axis::of_shares(&format!("share{of}"), &values),
            number_heading: format!("share [{level} interval]"),
            reference: None,
            rows,
        }),
    })
}

fn row(share: &Estimate, headline: bool) -> Row {
    Row::Group {
        group: share.id.split_once('.').map_or("", |id| id.1).to_owned(),
        label: phrases::capitalised(&share.label),
        effect: effect(share),
        headline,
    }
}

fn effect(share: &Estimate) -> Effect {
    Effect::of(share).in_percent(share.k())
}

/// `recovered 45.2 % [41.1 %, 49.4 %], 246 of 544`, or `recovered suppressed`.
fn spoken(share: &Estimate) -> String {
    let effect = effect(share);
    let of = match (effect.k, effect.n) {
        (None, Some(n)) => format!(", of {} clients", words::count(n)),
        (None, None) => String::new(),
        (Some(_), _) => format!(", {}", effect.k_of_n()),
    };
    format!("{} {}{of}", share.label, effect.in_words())
}

fn notes(asked: &Asked, rows: &[Row], level: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if rows.iter().any(|row| !row.values().is_empty()) {
        notes.push(format!(
            "Dots: shares; lines: {level} intervals. Clients: in how many the share holds, of how many."
        ));
    }
    if rows.len() > 1 {
        notes.push(asked.caution.into());
    }
    notes
}
