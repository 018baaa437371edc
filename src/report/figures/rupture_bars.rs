//! What became of the clients under each criterion of a rupture: one whole per bar.

use std::fmt;

use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{DataTable, LEFT, RIGHT, full};
use super::forest_plot::widest;
use super::hatching::hatch;
use super::ink::{BACKGROUND, BLUE, INK, MUTED, VERMILION};
use super::labels::spread_inside;
use super::lettering::Type;
use super::rupture_counts::{Bar, CRITERIA, Kind, Whole, count_of};
use crate::findings::Answer;

const HEADING: &str = "Clients by what happened, one bar per criterion";
/// From the top to the key, and from there to the first bar.
const KEY: f64 = 32.0;
const FIRST: f64 = 48.0;
const BAR: f64 = 20.0;
const ROW: f64 = 31.0;
/// A further line below a bar, for counts that do not fit inside it.
const BELOW: f64 = 16.0;
const COLUMN_GAP: f64 = 16.0;
const SWATCH: f64 = 12.0;
const COUNT: Type = Type::SMALL.ink(INK);
/// One bar per criterion, below each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RuptureBars {
    bars: Vec<Bar>,
}

/// Where a bar and the counts of its parts lie.
struct Placed {
    frame: Frame,
    parts: Vec<(Kind, Frame, String)>,
}

fn placed(bar: &Bar, left: f64, top: f64) -> Option<Placed> {
    let Whole::Counts { parts, of } = bar.whole() else {
        return None;
    };
    let frame = Frame {
        left,
        top,
        right: RIGHT,
        bottom: top + BAR,
    };
    let mut before = 0;
    let at = |count: u64| left + frame.width() * count as f64 / of as f64;
    let place = |(kind, count): (Kind, u64)| {
        let (from, to) = (at(before), at(before + count));
        before += count;
        let part = Frame {
            left: from,
            right: to,
            ..frame
        };
        (kind, part, count_of(count, of))
    };
    let parts = parts.into_iter().map(place).collect();
    Some(Placed { frame, parts })
}

fn fill(canvas: &Canvas<'_>, kind: Kind, frame: Frame) {
    match kind {
        Kind::None => {}
        Kind::Repaired => canvas.fill(frame, BLUE, 0.3),
        Kind::Unrepaired => canvas.fill(frame, VERMILION, 0.8),
        Kind::Ruptured => hatch(canvas, frame, Stroke::new(MUTED, 0.8), 6.0),
    }
    canvas.outline(frame, Stroke::new(INK, 0.8));
}

fn fits(part: Frame, text: &str) -> bool {
    COUNT.width(text) + 10.0 <= part.width()
}

impl Placed {
    fn height(&self) -> f64 {
        let all_fit = self.parts.iter().all(|(_, part, text)| fits(*part, text));
        if all_fit { ROW } else { ROW + BELOW }
    }

    fn draw(&self, canvas: &Canvas<'_>) {
        let mut outside = Vec::new();
        for (kind, part, text) in &self.parts {
            if part.width() > 0.0 {
                fill(canvas, *kind, *part);
            }
            if !fits(*part, text) {
                outside.push((part.centre(), text));
                continue;
            }
            let middle = part.centre();
            if *kind == Kind::Ruptured {
                let half = COUNT.width(text) / 2.0 + 3.0;
                let plate = Frame {
                    left: middle - half,
                    top: part.top + 2.0,
                    right: middle + half,
                    bottom: part.bottom - 2.0,
                };
                canvas.fill(plate, BACKGROUND, 1.0);
            }
            let base = (part.top + part.bottom) / 2.0 + COUNT.drop();
            canvas.text((middle, base), text, COUNT.centred());
        }
        let wanted: Vec<f64> = outside.iter().map(|label| label.0).collect();
        let widths: Vec<f64> = outside.iter().map(|label| COUNT.width(label.1)).collect();
        let centres = spread_inside(&wanted, &widths, 10.0, self.frame);
        for (centre, (middle, text)) in centres.into_iter().zip(&outside) {
            let edge = self.frame.bottom;
            let leader = [(*middle, edge), (centre, edge + 6.0)];
            canvas.line(&leader, Stroke::new(MUTED, 0.8));
            canvas.text((centre, edge + 17.0), text, COUNT.centred());
        }
    }
}

impl RuptureBars {
    /// The bars of the criteria with counts, where there is one.
    pub fn of(answer: &Answer) -> Option<RuptureBars> {
        let bars = CRITERIA
            .iter()
            .filter_map(|(criterion, label)| Bar::of(answer, criterion, label));
        let bars: Vec<Bar> = bars.collect();
        (!bars.is_empty()).then_some(RuptureBars { bars })
    }

    /// The right edge of the counts, and the left one of the bars.
    fn columns(&self) -> (f64, f64) {
        let labels = widest(self.bars.iter().map(|bar| bar.label.to_owned()), Type::BODY);
        let counts = widest(self.bars.iter().map(Bar::n), Type::BODY).max(Type::BODY.width("n"));
        let right = LEFT + labels + COLUMN_GAP + counts;
        (right, right + COLUMN_GAP)
    }

    pub fn height(&self) -> f64 {
        let left = self.columns().1;
        let rows = self.bars.iter().map(|bar| {
            let placed = placed(bar, left, 0.0);
            placed.map_or(ROW, |placed| placed.height())
        });
        FIRST + rows.sum::<f64>()
    }

    /// Are clients shown who are judged by their own control chart?
    pub fn charted(&self) -> bool {
        self.bars.iter().any(|bar| bar.criterion == "control_chart")
    }

    pub fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let heading = Type::BODY.bold();
        canvas.text((LEFT, top + heading.size), HEADING, heading);
        let (counts, left) = self.columns();
        if self.bars.iter().any(|bar| !bar.n().is_empty()) {
            canvas.text((counts, top + KEY + 9.0), "n", Type::SMALL.right());
            self.draw_key(canvas, (left, top + KEY));
        }
        let mut y = top + FIRST + 4.0;
        for bar in &self.bars {
            let base = y + BAR / 2.0 + Type::BODY.drop();
            canvas.text((LEFT, base), bar.label, Type::BODY);
            canvas.text((counts, base), &bar.n(), Type::BODY.right());
            match (placed(bar, left, y), bar.whole()) {
                (Some(placed), _) => {
                    placed.draw(canvas);
                    y += placed.height();
                }
                (None, Whole::Word(word)) => {
                    canvas.text((left, base), word, Type::BODY.ink(MUTED));
                    y += ROW;
                }
                (None, Whole::Counts { .. }) => {}
            }
        }
    }

    fn draw_key(&self, canvas: &Canvas<'_>, (left, top): (f64, f64)) {
        let mut x = left;
        for kind in [Kind::None, Kind::Repaired, Kind::Unrepaired, Kind::Ruptured] {
            let drawn = |bar: &Bar| {
                let has = bar.parts.iter().any(|part| part.0 == kind);
                has && !bar.n().is_empty()
            };
            if !self.bars.iter().any(drawn) {
                continue;
            }
            let swatch = Frame {
                left: x,
                top,
                right: x + SWATCH,
                bottom: top + SWATCH,
            };
            fill(canvas, kind, swatch);
            canvas.text((x + SWATCH + 5.0, top + 10.0), kind.name(), COUNT);
            x += SWATCH + 5.0 + COUNT.width(kind.name()) + COLUMN_GAP;
        }
    }

    /// `1 SD, half regained: no rupture 312 (57.8 %), …`
    pub fn in_words(&self) -> Vec<String> {
        let bars = self.bars.iter();
        bars.map(|bar| format!("{}: {}", bar.label, bar.in_words()))
            .collect()
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "panel    {HEADING}")?;
        self.bars
            .iter()
            .try_for_each(|bar| writeln!(f, "bar      {} | {}", bar.label, bar.in_words()))
    }

    pub fn fill_table(&self, table: &mut DataTable) {
        for bar in &self.bars {
            let of = match bar.whole() {
                Whole::Counts { of, .. } => full(of as f64),
                Whole::Word(_) => String::new(),
            };
            for (kind, effect) in &bar.parts {
                let [count, ..] = effect.cells();
                let start = ["clients", bar.criterion, kind.id()].map(str::to_owned);
                let blank = std::iter::repeat_n(String::new(), 5);
                let row = start.into_iter().chain(blank).chain([count, of.clone()]);
                table.push(row.collect());
            }
        }
    }
}
