//! A small heat map of correlations: numbers on cells that are the darker the stronger the link.

use std::fmt;

use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{DataTable, LEFT, RIGHT, digits};
use super::effect::{Effect, Shown, count_or_blank};
use super::hatching::hatch;
use super::ink::{BACKGROUND, BLUE, GRID, INK, MUTED, VERMILION};
use super::lettering::Type;

const HEAD: f64 = 38.0;
const CELL: f64 = 60.0;
const GAP: f64 = 3.0;
/// Between the columns of other scores and those of the items themselves.
const BLOCK_GAP: f64 = 16.0;
const LABELS: f64 = 64.0;
const WIDEST_CELL: f64 = 130.0;
/// How dark the cell of a perfect correlation is: letters can still be read on it.
const DARKEST: f64 = 0.6;
const NUMBER: Type = Type::BODY.bold().centred();
const ASIDE: Type = Type::SMALL.ink(INK).centred();

/// One correlation of an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub effect: Effect,
    /// The item with the sum of the others, on the diagonal.
    pub with_rest: bool,
}

/// A column: what the items are correlated with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub label: &'static str,
    /// Is it one of the items?
    pub of_items: bool,
    /// Does a cell say of how many clients it is?
    pub counted: bool,
    /// One per row; none where nothing was asked.
    pub cells: Vec<Option<Cell>>,
}

/// Items by what they are correlated with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ItemMap {
    pub rows: Vec<&'static str>,
    pub columns: Vec<Column>,
}

impl ItemMap {
    pub fn height(&self) -> f64 {
        HEAD + self.rows.len() as f64 * (CELL + GAP)
    }

    /// The left edge of each column, and how wide all are.
    fn places(&self) -> (Vec<f64>, f64) {
        let blocks = self.columns.windows(2);
        let apart = blocks.filter(|c| c[0].of_items != c[1].of_items).count();
        let room = RIGHT - LEFT - LABELS - apart as f64 * BLOCK_GAP;
        let count = self.columns.len() as f64;
        let width = ((room + GAP) / count - GAP).min(WIDEST_CELL);
        let mut left = LEFT + LABELS;
        let mut places = Vec::new();
        for (i, column) in self.columns.iter().enumerate() {
            let before = i.checked_sub(1).map(|i| &self.columns[i]);
            if before.is_some_and(|before| before.of_items != column.of_items) {
                left += BLOCK_GAP;
            }
            places.push(left);
            left += width + GAP;
        }
        (places, width)
    }

    pub fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (places, width) = self.places();
        for of_items in [false, true] {
            let block = self.columns.iter().zip(&places);
            let first = block.into_iter().find(|(c, _)| c.of_items == of_items);
            if let Some((_, left)) = first {
                let heading = if of_items {
                    "with each other"
                } else {
                    "with other scores"
                };
                canvas.text((*left, top + 11.0), heading, Type::SMALL);
            }
        }
        for (column, left) in self.columns.iter().zip(&places) {
            let head = (left + width / 2.0, top + 29.0);
            canvas.text(head, column.label, Type::BODY.bold().centred());
        }
        for (i, row) in self.rows.iter().enumerate() {
            let y = top + HEAD + i as f64 * (CELL + GAP);
            let base = y + CELL / 2.0 + Type::BODY.drop();
            canvas.text((LEFT, base), row, Type::BODY.bold());
            for (column, left) in self.columns.iter().zip(&places) {
                let frame = Frame {
                    left: *left,
                    top: y,
                    right: left + width,
                    bottom: y + CELL,
                };
                match &column.cells[i] {
                    Some(cell) => draw_cell(canvas, frame, cell, column.counted),
                    None => canvas.outline(frame, Stroke::new(GRID, 0.8)),
                }
            }
        }
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, row) in self.rows.iter().enumerate() {
            for column in &self.columns {
                let Some(cell) = &column.cells[i] else {
                    continue;
                };
                let number = cell.effect.in_words();
                let n = count_or_blank(cell.effect.n);
                writeln!(f, "cell     {row} | {} | {number} | {n}", cell.with(column))?;
            }
        }
        Ok(())
    }

    pub fn fill_table(&self, table: &mut DataTable) {
        for (i, row) in self.rows.iter().enumerate() {
            for column in &self.columns {
                let Some(cell) = &column.cells[i] else {
                    continue;
                };
                let start = [*row, cell.with(column)].map(str::to_owned);
                let end = [digits(cell.effect.n), digits(cell.effect.k)];
                let cells = start.into_iter().chain(cell.effect.cells()).chain(end);
                table.push(cells.collect());
            }
        }
    }
}

impl Cell {
    fn with(&self, column: &Column) -> &'static str {
        if self.with_rest {
            "other items"
        } else {
            column.label
        }
    }

    /// The lines below the number: its interval, of how many, or that it is of the diagonal.
    fn asides(&self, counted: bool) -> Vec<String> {
        let numbers = self.effect.in_words();
        let interval = numbers.split_once(' ').map(|(_, interval)| interval.into());
        let n = count_or_blank(self.effect.n);
        let last = if self.with_rest {
            Some("item-rest".to_owned())
        } else {
            (counted && !n.is_empty()).then(|| format!("n = {n}"))
        };
        let interval = interval.filter(|_| self.effect.interval().is_some());
        interval.into_iter().chain(last).collect()
    }
}

fn draw_cell(canvas: &Canvas<'_>, frame: Frame, cell: &Cell, counted: bool) {
    let (centre, middle) = (frame.centre(), (frame.top + frame.bottom) / 2.0);
    let (number, asides) = match &cell.effect.shown {
        Shown::Number { estimate, .. } => {
            let words = cell.effect.in_words();
            let number = words.split(' ').next().unwrap_or_default().to_owned();
            tint(canvas, frame, *estimate);
            (number, cell.asides(counted))
        }
        Shown::Word { word, .. } => {
            hatch(canvas, frame, Stroke::new(MUTED, 0.6), 7.0);
            let half = (ASIDE.width(word) / 2.0 + 5.0, 9.0);
            canvas.fill(plate((centre, middle), half), BACKGROUND, 1.0);
            canvas.outline(frame, Stroke::new(MUTED, 0.8));
            return canvas.text((centre, middle + ASIDE.drop()), word, ASIDE);
        }
    };
    if cell.with_rest {
        canvas.outline(frame, Stroke::new(INK, 1.0).dashed(3.0, 2.5));
    }
    let below = asides.len() as f64 * ASIDE.leading();
    let first = middle - below / 2.0;
    canvas.text((centre, first + NUMBER.drop()), &number, NUMBER);
    let next = (centre, first + NUMBER.drop() + ASIDE.leading());
    canvas.lines(next, &asides, ASIDE);
}

/// The darker the stronger: one hue for positive, another one with hatching around the words for
/// negative.
fn tint(canvas: &Canvas<'_>, frame: Frame, r: f64) {
    let dark = r.abs().min(1.0) * DARKEST;
    if r >= 0.0 {
        canvas.fill(frame, BLUE, dark);
        return canvas.outline(frame, Stroke::new(BLUE, 0.8));
    }
    hatch(canvas, frame, Stroke::new(VERMILION, 0.9), 5.0);
    let middle = (frame.centre(), (frame.top + frame.bottom) / 2.0);
    let half = (frame.width() / 2.0 - 8.0, CELL / 2.0 - 4.0);
    canvas.fill(plate(middle, half), BACKGROUND, 1.0);
    canvas.fill(frame, VERMILION, dark);
    canvas.outline(frame, Stroke::new(VERMILION, 0.8));
}

fn plate((x, y): (f64, f64), (across, down): (f64, f64)) -> Frame {
    Frame {
        left: x - across,
        top: y - down,
        right: x + across,
        bottom: y + down,
    }
}
