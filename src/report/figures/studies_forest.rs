//! How strongly does the alliance go with outcome, study by study? A forest of what was pooled.

use super::pooled_words::{answering, counted, extent, numbers, prediction, spoken};
use super::study_plot::StudyPlot;
use super::study_rows::{Kind, StudyRow};
use super::{Drawing, Figure, phrases};
use crate::findings::pooled::{PooledEffect, PooledForest, PooledValue};
use crate::findings::{Display, Findings};
use crate::report::words;

/// The heading of effects without a level of the moderator.
const UNKNOWN: &str = "Not reported";
/// Rows a figure can hold and still be read.
const MOST_ROWS: usize = 300;

/// The studies of a meta-analysis.
pub(super) fn studies(findings: &Findings) -> Option<Figure> {
    figure(findings, "pooled", "forest")
}

/// The sites (or therapists, or years) of a clinic.
pub(super) fn sites(findings: &Findings) -> Option<Figure> {
    figure(findings, "sites", "sites")
}

fn figure(findings: &Findings, question: &str, id: &'static str) -> Option<Figure> {
    let forest = answering(findings, question, |display| match display {
        Display::PooledForest(forest) if !forest.effects.is_empty() => Some(forest),
        _ => None,
    })?;
    let (rows, unit) = (rows(forest), &forest.unit);
    let level = words::level(forest.conf_level);
    Some(Figure {
        id,
        title: format!(
            "How strongly does {} go with outcome, {unit} by {unit}?",
            words::predictor(findings)
        ),
        subtitle: format!(
            "Correlations with {level} intervals: {}. Pooled by {}.",
            extent(&forest.overall, unit),
            forest.method
        ),
        alt: alt(forest),
        notes: notes(forest, &rows, &level),
        drawing: Drawing::Studies(StudyPlot {
            axis: StudyPlot::axis_of(&rows, &words::meaning(findings)),
            number_heading: format!("r [{level} interval]"),
            pooled: forest.overall.r,
            band: None,
            rows,
        }),
    })
}

/// Sections in the order of the subgroups, each with its pooled value; then all together.
fn rows(forest: &PooledForest) -> Vec<StudyRow> {
    let all = drawn(&forest.effects, |effect| effect.weight);
    let mut levels: Vec<Option<&str>> = Vec::new();
    let pooled = forest
        .subgroups
        .iter()
        .map(|group| Some(group.label.as_str()));
    for level in pooled.chain(all.iter().map(|effect| effect.subgroup.as_deref())) {
        if level.is_some() && !levels.contains(&level) {
            levels.push(level);
        }
    }
    let mut rows = Vec::new();
    if levels.is_empty() {
        rows = effect_rows(&all);
    } else {
        levels.push(None);
        for level in levels {
            let of_level: Vec<&PooledEffect> = all
                .iter()
                .filter(|effect| effect.subgroup.as_deref() == level)
                .copied()
                .collect();
            let group = forest
                .subgroups
                .iter()
                .find(|g| Some(g.label.as_str()) == level);
            if of_level.is_empty() && group.is_none() {
                continue;
            }
            let name = phrases::capitalised(level.unwrap_or(UNKNOWN));
            rows.push(StudyRow::named(Kind::Section, &name));
            rows.extend(effect_rows(&of_level));
            rows.extend(group.map(|group| {
                let label = format!("{name}: pooled ({})", counted(group.k, "effect"));
                pooled_row(Kind::Subgroup, &label, group)
            }));
        }
    }
    let overall = &forest.overall;
    rows.push(pooled_row(
        Kind::Overall,
        &phrases::capitalised(&overall.label),
        overall,
    ));
    if let Some(limits) = prediction(overall) {
        rows.push(StudyRow {
            prediction: Some(limits),
            ..StudyRow::named(Kind::Prediction, "Prediction interval")
        });
    }
    rows
}

/// What is said when there are more rows than can be read.
pub(super) fn left_undrawn(rows: usize, what: &str, which: &str) -> Option<String> {
    (rows > MOST_ROWS).then(|| {
        format!(
            "Of {} {what} the {MOST_ROWS} {which} are drawn; all are pooled, and all are in findings.json.",
            words::count(rows as u64)
        )
    })
}

/// The rows there is room for: those that are largest in some respect, in their own order.
pub(super) fn drawn<T>(rows: &[T], size: impl Fn(&T) -> f64) -> Vec<&T> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| size(&rows[b]).total_cmp(&size(&rows[a])));
    order.truncate(MOST_ROWS);
    order.sort_unstable();
    order.into_iter().map(|i| &rows[i]).collect()
}

/// One row per effect; several of one study stand under its name.
fn effect_rows(effects: &[&PooledEffect]) -> Vec<StudyRow> {
    let mut rows = Vec::new();
    for of_study in effects.chunk_by(|a, b| a.study == b.study) {
        let study = &of_study[0].study;
        if let [only] = of_study {
            let label = match &only.effect {
                Some(effect) => format!("{study}, {effect}"),
                None => study.clone(),
            };
            rows.push(effect_row(only, false, &label));
            continue;
        }
        rows.push(StudyRow::named(Kind::Study, study));
        for (i, effect) in of_study.iter().enumerate() {
            let numbered = || format!("effect {}", i + 1);
            let label = effect.effect.clone().unwrap_or_else(numbered);
            rows.push(effect_row(effect, true, &label));
        }
    }
    rows
}

fn effect_row(effect: &PooledEffect, indented: bool, label: &str) -> StudyRow {
    StudyRow {
        study: effect.study.clone(),
        effect: effect.effect.clone(),
        subgroup: effect.subgroup.clone(),
        n: Some(effect.n).filter(|n| *n > 0),
        weight: Some(effect.weight),
        r: Some(effect.r),
        interval: Some((effect.conf_low, effect.conf_high)),
        ..StudyRow::named(Kind::Effect { indented }, label)
    }
}

pub(super) fn pooled_row(kind: Kind, label: &str, value: &PooledValue) -> StudyRow {
    StudyRow {
        n: Some(value.n).filter(|n| *n > 0),
        r: Some(value.r),
        interval: Some((value.conf_low, value.conf_high)),
        prediction: prediction(value),
        ..StudyRow::named(kind, label)
    }
}

fn alt(forest: &PooledForest) -> String {
    let groups: Vec<String> = forest
        .subgroups
        .iter()
        .map(|group| format!("; {} r = {}", group.label, numbers(group)))
        .collect();
    format!(
        "Forest plot of {}: pooled {}{}.",
        extent(&forest.overall, &forest.unit),
        spoken(&forest.overall),
        groups.concat()
    )
}

fn notes(forest: &PooledForest, rows: &[StudyRow], level: &str) -> Vec<String> {
    let unit = &forest.unit;
    let mut notes = vec![format!(
        "Squares: one correlation each, area by its weight; lines: {level} intervals. Dotted line: the pooled r."
    )];
    let hollow = if forest.subgroups.is_empty() {
        ""
    } else {
        " Open diamonds: the same of a subgroup."
    };
    notes.push(format!(
        "Full diamond: the pooled r, as wide as its {level} interval.{hollow}"
    ));
    if rows.iter().any(|row| row.prediction.is_some()) {
        notes.push(format!(
            "Dashes: prediction interval: where the r of a new {unit} is expected."
        ));
    }
    notes.extend(left_undrawn(
        forest.effects.len(),
        "effects",
        "with the most weight",
    ));
    notes
}
