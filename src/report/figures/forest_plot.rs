//! A forest plot: a table whose middle column is drawn.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Marker, Stroke};
use super::chart::{Chart, DataTable, LEFT, RIGHT, digits};
use super::effect::words_of;
use super::forest_rows::{COUNTS, Reference, Row};
use super::ink::{BLUE, GRID, INK, MUTED, SKY, VERMILION};
use super::lettering::Type;
use crate::findings::Scale;

const LABEL_WIDTHS: (f64, f64) = (110.0, 240.0);
const COLUMN_GAP: f64 = 18.0;
/// Height of the heading with and without a reference above it.
const HEAD: (f64, f64) = (42.0, 24.0);
/// Room for the axis below a plot.
pub(super) const FOOT: f64 = 40.0;
/// Half the width of the marker of the largest group, and of the smallest marker.
pub(super) const HALF_MARKER: (f64, f64) = (6.5, 2.0);
/// Half the width of a dot where no row has a count.
const HALF_DOT: f64 = 3.6;

/// Rows of estimates under sections, beside a common axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ForestPlot {
    pub axis: Axis,
    /// The heading of the column of numbers.
    pub number_heading: String,
    pub reference: Option<Reference>,
    pub rows: Vec<Row>,
}

/// Where the columns and rows are.
struct Layout {
    names: Vec<Vec<String>>,
    /// The columns of counts: which one, and its right edge.
    counts: Vec<(usize, f64)>,
    plot: Frame,
    /// The clients of the largest group; without any count, and of shares, all are marked alike.
    most: Option<u64>,
}

/// Half the width of a marker whose area is this share of the largest one's.
pub(super) fn half_of_square(share: f64, (largest, smallest): (f64, f64)) -> f64 {
    (largest * share.max(0.0).sqrt()).max(smallest)
}

/// The width of the widest of these texts.
pub(super) fn widest(texts: impl IntoIterator<Item = String>, face: Type) -> f64 {
    let widths = texts.into_iter().map(|text| face.width(&text));
    widths.fold(0.0, f64::max).ceil()
}

impl ForestPlot {
    fn head(&self) -> f64 {
        if self.reference.is_some() {
            HEAD.0
        } else {
            HEAD.1
        }
    }

    fn label_width(&self) -> f64 {
        let widths = self.rows.iter().map(|row| {
            let (name, face, indent) = row.name();
            face.width(name) + indent
        });
        widths
            .fold(LABEL_WIDTHS.0, f64::max)
            .min(LABEL_WIDTHS.1)
            .ceil()
    }

    fn names(&self) -> Vec<Vec<String>> {
        let width = self.label_width();
        let name = |row: &Row| {
            let (name, face, indent) = row.name();
            face.fitted(name, width - indent, 3)
        };
        self.rows.iter().map(name).collect()
    }

    fn rows_height(&self, names: &[Vec<String>]) -> f64 {
        self.rows
            .iter()
            .zip(names)
            .map(|(row, name)| row.height(name.len()))
            .sum::<f64>()
            + 6.0
    }

    fn layout(&self, top: f64) -> Layout {
        let names = self.names();
        let mut counts_right = LEFT + self.label_width();
        let mut counts = Vec::new();
        for (column, head) in COUNTS.into_iter().enumerate() {
            let texts = self.rows.iter().map(|row| row.counts()[column].clone());
            let width = widest(texts, Type::BODY.bold());
            if width > 0.0 {
                counts_right += COLUMN_GAP + width.max(Type::BODY.width(head));
                counts.push((column, counts_right));
            }
        }
        let numbers = self
            .rows
            .iter()
            .map(Row::number)
            .chain([self.number_heading.clone()]);
        let number_width = widest(numbers, Type::BODY.bold());
        let plot = Frame {
            left: counts_right + COLUMN_GAP + 4.0,
            top: top + self.head(),
            right: RIGHT - number_width - COLUMN_GAP,
            bottom: top + self.head() + self.rows_height(&names),
        };
        // A large square would hide the narrow interval of a share of many.
        let most = self.rows.iter().filter_map(|row| match row {
            Row::Group { effect, .. } if !effect.is_share() => effect.n,
            _ => None,
        });
        Layout {
            names,
            counts,
            plot,
            most: most.max(),
        }
    }

    fn draw_head(&self, canvas: &Canvas<'_>, layout: &Layout, top: f64) {
        let y = top + self.head() - 8.0;
        for &(column, right) in &layout.counts {
            canvas.text((right, y), COUNTS[column], Type::SMALL.right());
        }
        canvas.text((RIGHT, y), &self.number_heading, Type::SMALL.right());
        let rule = top + self.head();
        canvas.line(&[(LEFT, rule), (RIGHT, rule)], Stroke::new(INK, 1.0));
        let Some(reference) = &self.reference else {
            return;
        };
        let x = self.axis.at(reference.estimate, layout.plot.ends());
        let half = Type::SMALL.width(&reference.label) / 2.0 + 2.0;
        let text_x = x.min(RIGHT - half).max(LEFT + half);
        canvas.text(
            (text_x, top + 11.0),
            &reference.label,
            Type::SMALL.ink(INK).centred(),
        );
    }

    fn draw_reference(&self, canvas: &Canvas<'_>, plot: Frame) {
        let Some(reference) = &self.reference else {
            return;
        };
        let x = |value| self.axis.at(value, plot.ends());
        let above = plot.top - self.head() + 15.0;
        if let Some((low, high)) = reference.interval {
            let band = Frame {
                left: x(low),
                right: x(high),
                top: above,
                ..plot
            };
            canvas.fill(band, SKY, 0.35);
        }
        let centre = x(reference.estimate);
        let line = Stroke::new(MUTED, 1.0).dashed(5.0, 3.0);
        canvas.line(&[(centre, above), (centre, plot.bottom)], line);
    }

    fn draw_row(&self, canvas: &Canvas<'_>, layout: &Layout, row: &Row, name: &[String], y: f64) {
        let (_, face, indent) = row.name();
        let (below, back) = match row {
            Row::Section(_) => (8.0, 4.0),
            _ => (0.0, 0.0),
        };
        let first = y + below + face.drop() + row.height(1) / 2.0 - back;
        canvas.lines((LEFT + indent, first), name, face);
        for &(column, right) in &layout.counts {
            canvas.text((right, first), &row.counts()[column], face.right());
        }
        let number = face.right().ink(if row.values().is_empty() {
            MUTED
        } else {
            face.ink
        });
        canvas.text((RIGHT, first), &row.number(), number);
        self.draw_mark(canvas, layout, row, y + row.height(1) / 2.0);
    }

    fn draw_mark(&self, canvas: &Canvas<'_>, layout: &Layout, row: &Row, y: f64) {
        let x = |value| self.axis.at(value, layout.plot.ends());
        let span =
            |(low, high): (f64, f64), stroke| canvas.line(&[(x(low), y), (x(high), y)], stroke);
        match row {
            Row::Section(_) => {}
            Row::Group {
                effect, headline, ..
            } => {
                let ink = if *headline { INK } else { BLUE };
                if let Some(interval) = effect.interval() {
                    span(interval, Stroke::new(ink, 1.6));
                }
                let Some(estimate) = effect.estimate() else {
                    return;
                };
                let at = (x(estimate), y);
                let Some(most) = layout.most else {
                    return canvas.marker(at, Marker::Circle, HALF_DOT, ink);
                };
                let share = effect.n.unwrap_or(1) as f64 / most as f64;
                let half = half_of_square(share, HALF_MARKER);
                canvas.marker(at, Marker::Square, half, ink);
            }
            Row::Published(p) => {
                if let Some(prediction) = p.prediction {
                    span(prediction, Stroke::new(VERMILION, 1.0).dashed(3.0, 2.5));
                }
                if let Some(interval) = p.interval {
                    span(interval, Stroke::new(VERMILION, 1.3));
                }
                canvas.hollow_marker(
                    (x(p.estimate), y),
                    Marker::Diamond,
                    3.6,
                    Stroke::new(VERMILION, 1.3),
                );
            }
        }
    }
}

impl Chart for ForestPlot {
    fn height(&self) -> f64 {
        self.head() + self.rows_height(&self.names()) + FOOT
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let layout = self.layout(top);
        let plot = layout.plot;
        self.axis.grid(canvas, plot);
        self.draw_reference(canvas, plot);
        let zero = self.axis.at(0.0, plot.ends());
        canvas.line(
            &[(zero, plot.top), (zero, plot.bottom)],
            Stroke::new(INK, 1.0),
        );
        self.draw_head(canvas, &layout, top);
        let mut y = plot.top + 3.0;
        for (i, (row, name)) in self.rows.iter().zip(&layout.names).enumerate() {
            if matches!(row, Row::Section(_)) && i > 0 {
                canvas.line(&[(LEFT, y + 3.0), (RIGHT, y + 3.0)], Stroke::new(GRID, 0.8));
            }
            self.draw_row(canvas, &layout, row, name, y);
            y += row.height(name.len());
        }
        self.axis.labelled(canvas, plot);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "x axis   {}", self.axis)?;
        if let Some(r) = &self.reference {
            let numbers = words_of(r.estimate, r.interval, Scale::Correlation);
            writeln!(f, "band     {} | {numbers}", r.label)?;
        }
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&[
            "kind",
            "group",
            "label",
            "n",
            "estimate",
            "conf_low",
            "conf_high",
            "conf_level",
            "prediction_low",
            "prediction_high",
        ]);
        self.rows
            .iter()
            .filter_map(Row::cells)
            .for_each(|cells| table.push(cells));
        if let Some(reference) = &self.reference {
            table.push(reference.cells());
        }
        if self.rows.iter().any(|row| row.k().is_some()) {
            let told = self.rows.iter().filter(|row| row.cells().is_some());
            let mut k: Vec<String> = told.map(|row| digits(row.k())).collect();
            k.resize(table.rows.len(), String::new());
            table.add_column("k", k);
        }
        table
    }
}
