//! Do I feel heard, safe, seen? Each item with the outcome, the alliance, empathy and the others.

use std::fmt;

use super::canvas::Canvas;
use super::chart::{Chart, DataTable};
use super::effect::Effect;
use super::item_ends::{ENDS, ItemEnds};
use super::item_map::{Cell, Column, ItemMap};
use super::{Drawing, Figure, phrases};
use crate::findings::{Answer, Estimate, Findings, Scale, Value};
use crate::report::words;

const QUESTION: &str = "items";
const ITEMS: [&str; 3] = ["heard", "safe", "seen"];
/// What each item is correlated with: the heading, and the end of the id.
const OTHERS: [(&str, &str); 3] = [
    ("outcome", OUTCOME),
    ("early alliance", "with_alliance"),
    ("empathy", "with_empathy"),
];
/// Stands for the form of the outcome that the study's headlines use.
const OUTCOME: &str = "";
const BETWEEN: f64 = 24.0;

/// The map, and the ends of the scale below it; one of them may be missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ItemPlot {
    map: Option<ItemMap>,
    ends: Option<ItemEnds>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let answer = findings.answer(QUESTION)?;
    let term = findings.clinic()?.settings.outcome.term();
    let (map, ends) = (map(answer, term), ends(answer));
    if map.is_none() && ends.is_none() {
        return None;
    }
    let outcome = phrases::outcome(findings);
    Some(Figure {
        id: "items",
        title: "Do I feel heard, safe, seen?".into(),
        subtitle: subtitle(map.as_ref(), &outcome, findings),
        alt: alt(map.as_ref(), ends.as_ref(), &outcome),
        notes: notes(map.as_ref(), ends.is_some()),
        drawing: Drawing::Items(ItemPlot { map, ends }),
    })
}

/// What was measured under an id, on the scale it is drawn on.
fn measured<'a>(answer: &'a Answer, id: &str, scale: Scale) -> Option<&'a Estimate> {
    let estimate = answer.estimate(&format!("{QUESTION}.{id}"))?;
    let measured = !matches!(estimate.value, Value::NotMeasured { .. });
    (measured && estimate.scale == scale).then_some(estimate)
}

fn cell(answer: &Answer, id: &str) -> Option<Cell> {
    let estimate = measured(answer, id, Scale::Correlation)?;
    Some(Cell {
        effect: Effect::of(estimate),
        with_rest: false,
    })
}

/// Two items with each other; on the diagonal an item with the sum of the others.
fn among(answer: &Answer, row: &str, column: &str) -> Option<Cell> {
    if row == column {
        let rest = cell(answer, &format!("{row}.item_rest"))?;
        return Some(Cell {
            with_rest: true,
            ..rest
        });
    }
    let pair = |a: &str, b: &str| cell(answer, &format!("{a}.with_{b}"));
    pair(row, column).or_else(|| pair(column, row))
}

/// The rows and columns in which anything was measured.
fn map(answer: &Answer, outcome: &str) -> Option<ItemMap> {
    let others = OTHERS.map(|(label, term)| {
        let counted = term == OUTCOME;
        let term = if counted { outcome } else { term };
        Column {
            label,
            of_items: false,
            counted,
            cells: ITEMS
                .map(|item| cell(answer, &format!("{item}.{term}")))
                .into(),
        }
    });
    let each_other = ITEMS.map(|label| Column {
        label,
        of_items: true,
        counted: false,
        cells: ITEMS.map(|item| among(answer, item, label)).into(),
    });
    let mut columns: Vec<Column> = others.into_iter().chain(each_other).collect();
    columns.retain(|column| column.cells.iter().any(Option::is_some));
    let known = |row: usize| columns.iter().any(|column| column.cells[row].is_some());
    let kept: Vec<usize> = (0..ITEMS.len()).filter(|&row| known(row)).collect();
    if kept.is_empty() {
        return None;
    }
    for column in &mut columns {
        column.cells = kept.iter().map(|&row| column.cells[row].clone()).collect();
    }
    Some(ItemMap {
        rows: kept.into_iter().map(|row| ITEMS[row]).collect(),
        columns,
    })
}

fn ends(answer: &Answer) -> Option<ItemEnds> {
    let rows = ITEMS.map(|item| {
        let shares = ENDS.map(|(end, _)| {
            let share = measured(answer, &format!("{item}.{end}"), Scale::Proportion)?;
            Some(Effect::of(share).in_percent(share.k()))
        });
        (item, shares)
    });
    let measured = rows
        .into_iter()
        .filter(|row| row.1.iter().any(Option::is_some));
    let rows: Vec<_> = measured.collect();
    (!rows.is_empty()).then_some(ItemEnds { rows })
}

fn subtitle(map: Option<&ItemMap>, outcome: &str, findings: &Findings) -> String {
    let level = words::level(findings.confidence_level());
    let Some(map) = map else {
        return format!("Shares at the ends of the scale, with {level} intervals.");
    };
    let others = map.columns.iter().filter(|column| !column.of_items);
    let mut with: Vec<&str> = others
        .map(|column| {
            if column.counted {
                outcome
            } else {
                column.label
            }
        })
        .collect();
    if map.columns.iter().any(|column| column.of_items) {
        with.push("the other items");
    }
    let with = match with.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    };
    format!("Correlations of each item with {with}, with {level} intervals.")
}

/// `heard with outcome r = .31 [.23, .39], n = 542`
fn spoken(item: &str, label: &str, effect: &Effect) -> String {
    let sign = if effect.estimate().is_some() {
        "r = "
    } else {
        ""
    };
    let n = effect.n.map(|n| format!(", n = {}", words::count(n)));
    let number = effect.in_words();
    format!(
        "{item} with {label} {sign}{number}{}",
        n.unwrap_or_default()
    )
}

fn alt(map: Option<&ItemMap>, ends: Option<&ItemEnds>, outcome: &str) -> String {
    let mut told = Vec::new();
    if let Some(map) = map {
        for column in &map.columns {
            // Each pair of items is told once, and not the diagonal.
            let places = map.rows.iter().zip(&column.cells);
            let before = |item: &&str| {
                let own = map.rows.iter().position(|row| *row == column.label);
                let place = map.rows.iter().position(|row| row == item);
                !column.of_items || place < own
            };
            told.extend(
                places
                    .filter(|(item, _)| before(item))
                    .filter_map(|(item, cell)| {
                        Some(spoken(item, column.label, &cell.as_ref()?.effect))
                    }),
            );
        }
    }
    if let Some(ends) = ends {
        for (item, shares) in &ends.rows {
            for ((end, _), share) in ENDS.iter().zip(shares) {
                let share = share.as_ref().map(Effect::in_words);
                told.extend(share.map(|share| format!("{item} {end} {share}")));
            }
        }
    }
    let what = match map {
        Some(map) if map.columns.iter().any(|column| column.counted) => {
            format!("Heat map of correlations of the items, among them with {outcome}")
        }
        Some(_) => "Heat map of correlations of the items".into(),
        None => "Shares of the items at the ends of the scale".into(),
    };
    format!("{what}: {}.", told.join("; "))
}

fn notes(map: Option<&ItemMap>, with_ends: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(map) = map {
        let cells = || map.columns.iter().flat_map(|c| &c.cells).flatten();
        let negative = cells().any(|cell| cell.effect.estimate().is_some_and(|r| r < 0.0));
        let numbers = cells().any(|cell| cell.effect.estimate().is_some());
        let mut note = String::new();
        if numbers {
            note.push_str("The stronger the tint of a cell, the stronger the link.");
        }
        if negative {
            note.push_str(" Hatched around the number: negative.");
        }
        if cells().any(|cell| cell.effect.estimate().is_none()) {
            note.push_str(" Hatched with a word: no number can be shown.");
        }
        if cells().any(|cell| cell.with_rest && cell.effect.estimate().is_some()) {
            note.push_str(
                " Dashed, on the diagonal (item-rest): the item with the sum of the other items.",
            );
        }
        notes.push(note.trim().to_owned());
    }
    if with_ends {
        notes.push("Floor, ceiling: where many give the lowest or the highest answer, an item can tell clients apart less, and its correlations are smaller.".into());
    }
    notes
}

impl Chart for ItemPlot {
    fn height(&self) -> f64 {
        let map = self.map.as_ref().map(ItemMap::height);
        let ends = self.ends.as_ref().map(ItemEnds::height);
        let between = map.and(ends).map(|_| BETWEEN);
        [map, between, ends].into_iter().flatten().sum()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let mut y = top;
        if let Some(map) = &self.map {
            map.draw(canvas, y);
            y += map.height() + BETWEEN;
        }
        if let Some(ends) = &self.ends {
            ends.draw(canvas, y);
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(map) = &self.map {
            map.describe(f)?;
        }
        self.ends.as_ref().map_or(Ok(()), |ends| ends.describe(f))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&[
            "item",
            "with",
            "estimate",
            "conf_low",
            "conf_high",
            "conf_level",
            "n",
            "k",
        ]);
        if let Some(map) = &self.map {
            map.fill_table(&mut table);
        }
        if let Some(ends) = &self.ends {
            ends.fill_table(&mut table);
        }
        table
    }
}
