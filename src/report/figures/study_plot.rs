//! Studies below each other beside a common axis, with the pooled value at their foot.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{Chart, DataTable, LEFT, RIGHT};
use super::effect::count_or_blank;
use super::forest_plot::{FOOT, widest};
use super::ink::{GRID, INK, MUTED};
use super::lettering::Type;
use super::pooled_words::range;
use super::study_rows::{COLUMNS, Kind, Setting, StudyRow, draw_band};
use crate::report::words;

const LABEL_WIDTHS: (f64, f64) = (110.0, 220.0);
const COLUMN_GAP: f64 = 16.0;
/// Height of the heads of the columns; tick labels above a high plot stand beside them.
const HEAD: f64 = 24.0;
/// Above the pooled value at the foot.
const BEFORE_TOTAL: f64 = 6.0;

/// Rows beside an axis, and the pooled value they are seen against.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StudyPlot {
    pub axis: Axis,
    /// The heading of the column of numbers.
    pub number_heading: String,
    /// Where the dotted line is.
    pub pooled: f64,
    /// The interval drawn over all rows.
    pub band: Option<(f64, f64)>,
    pub rows: Vec<StudyRow>,
}

/// Where the columns are; of a column without content the edge is that of the next one.
struct Layout {
    setting: Setting,
    names: Vec<Vec<String>>,
    n_right: f64,
    number_right: f64,
    plot: Frame,
    /// The largest weight.
    most: f64,
}

impl StudyPlot {
    /// The axis of all rows: it holds every interval.
    pub fn axis_of(rows: &[StudyRow], meaning: &str) -> Axis {
        let values: Vec<f64> = rows.iter().flat_map(StudyRow::values).collect();
        Axis::of_correlations(&format!("correlation r (positive: {meaning})"), &values)
    }

    fn setting(&self) -> Setting {
        Setting::of(self.rows.len())
    }

    fn label_width(&self) -> f64 {
        let setting = self.setting();
        let widths = self.rows.iter().map(|row| {
            let (face, indent) = row.name(setting);
            face.width(&row.label) + indent
        });
        let (least, most) = LABEL_WIDTHS;
        widths.fold(least, f64::max).min(most).ceil()
    }

    fn names(&self) -> Vec<Vec<String>> {
        let (setting, width) = (self.setting(), self.label_width());
        let name = |row: &StudyRow| {
            let (face, indent) = row.name(setting);
            face.fitted_inside(&row.label, width - indent, setting.lines)
        };
        self.rows.iter().map(name).collect()
    }

    /// Is the row the first of those at the foot?
    fn begins_total(&self, i: usize) -> bool {
        i > 0 && self.rows[i].is_total() && !self.rows[i - 1].is_total()
    }

    fn rows_height(&self, names: &[Vec<String>]) -> f64 {
        let setting = self.setting();
        let rows = self.rows.iter().zip(names).enumerate();
        rows.map(|(i, (row, name))| row.height(setting, name.len()) + self.before(i))
            .sum::<f64>()
            + 6.0
    }

    fn before(&self, i: usize) -> f64 {
        if self.begins_total(i) {
            BEFORE_TOTAL
        } else {
            0.0
        }
    }

    fn layout(&self, top: f64) -> Layout {
        let (setting, names) = (self.setting(), self.names());
        let bold = setting.face.bold();
        let column = |texts: Vec<String>, head: &str| {
            let width = widest(texts, bold);
            if width > 0.0 {
                width.max(Type::SMALL.width(head)) + COLUMN_GAP
            } else {
                0.0
            }
        };
        let rows = self.rows.iter();
        let counts = rows.clone().map(|row| count_or_blank(row.n)).collect();
        let weights = rows.clone().map(StudyRow::weight_in_words).collect();
        let numbers = rows.clone().map(StudyRow::number).collect();
        let n_right = LEFT + self.label_width() + column(counts, "n");
        let number_right = RIGHT - column(weights, "weight %");
        let top = top + HEAD;
        let plot = Frame {
            left: n_right + COLUMN_GAP + 4.0,
            top,
            right: number_right - column(numbers, &self.number_heading),
            bottom: top + self.rows_height(&names),
        };
        let weights = rows.filter_map(|row| row.weight);
        Layout {
            setting,
            names,
            n_right,
            number_right,
            plot,
            most: weights.fold(f64::MIN_POSITIVE, f64::max),
        }
    }

    fn draw_head(&self, canvas: &Canvas<'_>, layout: &Layout) {
        let rule = layout.plot.top;
        let small = Type::SMALL.right();
        if layout.n_right > LEFT + self.label_width() {
            canvas.text((layout.n_right, rule - 8.0), "n", small);
        }
        let number = (layout.number_right, rule - 8.0);
        canvas.text(number, &self.number_heading, small);
        if layout.number_right < RIGHT {
            canvas.text((RIGHT, rule - 8.0), "weight %", small);
        }
        canvas.line(&[(LEFT, rule), (RIGHT, rule)], Stroke::new(INK, 1.0));
    }

    fn draw_row(&self, canvas: &Canvas<'_>, layout: &Layout, i: usize, y: f64) {
        let (row, name, setting) = (&self.rows[i], &layout.names[i], layout.setting);
        let (face, indent) = row.name(setting);
        // A section keeps its extra room above itself.
        let middle = y + row.height(setting, 1) - setting.row / 2.0;
        let first = middle + face.drop();
        canvas.lines((LEFT + indent, first), name, face);
        let right = face.right();
        canvas.text((layout.n_right, first), &count_or_blank(row.n), right);
        canvas.text((layout.number_right, first), &row.number(), right);
        canvas.text((RIGHT, first), &row.weight_in_words(), right);
        let x = |value| self.axis.at(value, layout.plot.ends());
        row.mark(canvas, x, middle, layout.most, setting.row);
    }

    fn draw_lines(&self, canvas: &Canvas<'_>, plot: Frame) {
        let x = |value| self.axis.at(value, plot.ends());
        self.axis.grid(canvas, plot);
        if let Some((low, high)) = self.band {
            draw_band(canvas, plot, (x(low), x(high)));
        }
        let upright = |at: f64, stroke| {
            canvas.line(&[(x(at), plot.top), (x(at), plot.bottom)], stroke);
        };
        upright(0.0, Stroke::new(INK, 1.0));
        upright(self.pooled, Stroke::new(MUTED, 1.1).dashed(1.5, 2.5));
    }
}

impl Chart for StudyPlot {
    fn height(&self) -> f64 {
        HEAD + self.rows_height(&self.names()) + FOOT
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let layout = self.layout(top);
        self.draw_lines(canvas, layout.plot);
        self.draw_head(canvas, &layout);
        let mut y = layout.plot.top + 3.0;
        for (i, row) in self.rows.iter().enumerate() {
            if self.begins_total(i) {
                let rule = y + 3.0;
                canvas.line(&[(LEFT, rule), (RIGHT, rule)], Stroke::new(INK, 0.8));
            } else if row.kind == Kind::Section && i > 0 {
                let rule = y + 3.0;
                canvas.line(&[(LEFT, rule), (RIGHT, rule)], Stroke::new(GRID, 0.8));
            }
            y += self.before(i);
            self.draw_row(canvas, &layout, i, y);
            y += row.height(layout.setting, layout.names[i].len());
        }
        self.axis.labelled(canvas, layout.plot);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "x axis   {}", self.axis)?;
        writeln!(f, "dotted   pooled r = {}", words::correlation(self.pooled))?;
        if let Some(limits) = self.band {
            writeln!(f, "band     {}", range(limits))?;
        }
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&COLUMNS);
        self.rows
            .iter()
            .filter_map(StudyRow::cells)
            .for_each(|cells| table.push(cells));
        table
    }
}
