//! How many ratings of each item lie at the ends of its scale? Thin bars.

use std::fmt;

use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{DataTable, LEFT, RIGHT, digits};
use super::effect::{Effect, count_or_blank};
use super::forest_plot::widest;
use super::ink::{BLUE, GRID, INK, MUTED};
use super::lettering::Type;

const HEADING: &str = "Shares at the ends of the scale";
const FIRST: f64 = 46.0;
const ROW: f64 = 22.0;
const BAR: f64 = 9.0;
const LABELS: f64 = 64.0;
const BETWEEN: f64 = 24.0;
const TO_NUMBER: f64 = 8.0;
/// Both ends, by the end of their ids.
pub(super) const ENDS: [(&str, &str); 2] = [
    ("floor", "lowest (floor)"),
    ("ceiling", "highest (ceiling)"),
];

/// One share per item and end, where there is one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ItemEnds {
    pub rows: Vec<(&'static str, [Option<Effect>; 2])>,
}

impl ItemEnds {
    pub fn height(&self) -> f64 {
        FIRST + self.rows.len() as f64 * ROW
    }

    fn ends(&self, end: usize) -> impl Iterator<Item = &Effect> {
        self.rows.iter().filter_map(move |row| row.1[end].as_ref())
    }

    pub fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let heading = Type::BODY.bold();
        canvas.text((LEFT, top + heading.size), HEADING, heading);
        let half = (RIGHT - LEFT - LABELS - BETWEEN) / 2.0;
        let each = self.each().map(|(_, _, effect)| effect.in_words());
        let words = widest(each, Type::BODY);
        for (end, (_, name)) in ENDS.iter().enumerate() {
            if self.ends(end).next().is_none() {
                continue;
            }
            let left = LEFT + LABELS + end as f64 * (half + BETWEEN);
            let bars = (left, left + half - words - TO_NUMBER);
            let of = format!("{name}, bars from 0 to 100 %");
            canvas.text((left, top + FIRST - 10.0), &of, Type::SMALL);
            for (i, (_, shares)) in self.rows.iter().enumerate() {
                let y = top + FIRST + (i as f64 + 0.5) * ROW;
                if let Some(effect) = &shares[end] {
                    draw_share(canvas, effect, bars, y);
                }
            }
        }
        for (i, (item, _)) in self.rows.iter().enumerate() {
            let base = top + FIRST + (i as f64 + 0.5) * ROW + Type::BODY.drop();
            canvas.text((LEFT, base), item, heading);
        }
    }

    /// The end, the item and its share.
    fn each(&self) -> impl Iterator<Item = (&'static str, &'static str, &Effect)> {
        let ends = ENDS.iter().enumerate();
        ends.flat_map(|(end, &(id, _))| {
            let rows = self.rows.iter();
            rows.filter_map(move |(item, shares)| Some((id, *item, shares[end].as_ref()?)))
        })
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "panel    {HEADING}")?;
        for (end, item, effect) in self.each() {
            let n = count_or_blank(effect.n);
            writeln!(f, "bar      {item} | {end} | {} | {n}", effect.in_words())?;
        }
        Ok(())
    }

    pub fn fill_table(&self, table: &mut DataTable) {
        for (end, item, effect) in self.each() {
            let start = [item, end].map(str::to_owned);
            let counts = [digits(effect.n), digits(effect.k)];
            let row = start.into_iter().chain(effect.cells()).chain(counts);
            table.push(row.collect());
        }
    }
}

/// The share as a bar on the line of all, with its interval and its number.
fn draw_share(canvas: &Canvas<'_>, effect: &Effect, (left, right): (f64, f64), y: f64) {
    let x = |share: f64| left + share.clamp(0.0, 1.0) * (right - left);
    let middle = y + Type::BODY.drop();
    let Some(share) = effect.estimate() else {
        return canvas.text((left, middle), &effect.in_words(), Type::BODY.ink(MUTED));
    };
    canvas.line(&[(left, y), (right, y)], Stroke::new(GRID, 1.0));
    let bar = Frame {
        left,
        top: y - BAR / 2.0,
        right: x(share),
        bottom: y + BAR / 2.0,
    };
    canvas.fill(bar, BLUE, 0.55);
    if let Some((low, high)) = effect.interval() {
        canvas.line(&[(x(low), y), (x(high), y)], Stroke::new(INK, 1.2));
    }
    let number = (right + TO_NUMBER, middle);
    canvas.text(number, &effect.in_words(), Type::BODY);
}
