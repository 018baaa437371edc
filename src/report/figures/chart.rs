//! What every chart can do, and the table behind it.

use std::fmt;

use super::canvas::Canvas;

/// The left and right edge of what is drawn.
pub(super) const LEFT: f64 = 16.0;
pub(super) const RIGHT: f64 = super::WIDTH - 16.0;

/// The drawn part of a figure, between its heading and its notes.
pub(super) trait Chart {
    /// Height in pixels.
    fn height(&self) -> f64;
    /// Draws from `top` downward.
    fn draw(&self, canvas: &Canvas<'_>, top: f64);
    /// Axes with their ranges, then every mark in order, rounded as people read it.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    /// The numbers drawn, at full precision.
    fn table(&self) -> DataTable;
}

/// The numbers behind a figure, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataTable {
    pub columns: Vec<String>,
    /// As many cells per row as there are columns.
    pub rows: Vec<Vec<String>>,
}

impl DataTable {
    pub(super) fn new(columns: &[&str]) -> DataTable {
        DataTable {
            columns: columns.iter().map(|&c| c.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// A further column with one cell per row.
    pub(super) fn add_column(&mut self, name: &str, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.rows.len());
        self.columns.push(name.to_owned());
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
}

/// A number as the shortest text that reads back exactly; empty where there is none.
pub(super) fn full(x: impl Into<Option<f64>>) -> String {
    x.into().map(|x| x.to_string()).unwrap_or_default()
}

/// A count as digits; empty where there is none.
pub(super) fn digits(n: Option<u64>) -> String {
    n.map(|n| n.to_string()).unwrap_or_default()
}
