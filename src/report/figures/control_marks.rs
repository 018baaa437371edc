//! One measure month by month, drawn: lines and limits, signs, and an icon of what they say.

use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{LEFT, RIGHT};
use super::control_panel::{ControlPanel, TRIAL, ends};
use super::control_signals::Sign;
use super::ink::{GRID, INK, MUTED};
use super::labels::spread_inside;
use super::lettering::Type;
use super::months::Months;
use super::panel::Panel;
use crate::findings::monitoring::{ChartPhase, ChartPoint};
use crate::report::words;
use crate::study::Month;

const PLOT: f64 = 112.0;
/// Room for tick labels left of the frame, and for the icon and its words right of it.
const TICKS: f64 = 48.0;
const COLUMN: f64 = 152.0;
/// From the frame to the middle of the icon, and from there to its words.
const TO_ICON: f64 = 17.0;
const TO_WORDS: f64 = 13.0;
const ICON: f64 = 6.5;
/// Half a point and half a signal, least and most, and as a share of the room a month has.
const POINT: (f64, f64, f64) = (1.4, 3.2, 0.36);
const SIGNAL: (f64, f64, f64) = (2.4, 4.2, 0.45);
/// Above the frame, without and with words there.
const ABOVE: (f64, f64) = (11.0, 25.0);
/// Between two words above the frame.
const GAP: f64 = 12.0;
/// At most so many lines of a heading.
const HEADING_LINES: usize = 2;

/// Room below the last panel, for the names of months and the label of the axis.
pub(super) const FOOT: f64 = 36.0;

/// Points without a gap between them that have a number, each run from left to right; `every` is how
/// many months a point stands for.
fn runs(
    phase: &ChartPhase,
    every: u16,
    number: impl Fn(&ChartPoint) -> Option<f64>,
) -> Vec<Vec<(Month, f64)>> {
    let mut runs: Vec<Vec<(Month, f64)>> = Vec::new();
    for point in &phase.points {
        let Some(at) = Month::of_text(&point.month).zip(number(point)) else {
            continue;
        };
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| at.0 == last.0.later(every)) => run.push(at),
            _ => runs.push(vec![at]),
        }
    }
    runs
}

impl ControlPanel {
    fn heading(&self) -> Vec<String> {
        let bold = Type::BODY.bold();
        bold.fitted(&self.chart.title, RIGHT - LEFT, HEADING_LINES)
    }

    fn head(&self) -> f64 {
        let heading = self.heading().len() as f64 * Type::BODY.leading();
        let label = self.y.label_lines(RIGHT - LEFT).len() as f64 * Type::SMALL.leading();
        let has_words = self.chart.is_trial || self.rebases().next().is_some();
        heading + label + if has_words { ABOVE.1 } else { ABOVE.0 }
    }

    pub fn height(&self) -> f64 {
        self.head() + PLOT
    }

    /// The left and right edge of every frame.
    pub fn frame_ends() -> (f64, f64) {
        (LEFT + TICKS, RIGHT - COLUMN)
    }

    /// Only the last of the panels below each other has a dark axis.
    pub fn draw(&self, canvas: &Canvas<'_>, months: &Months, is_last: bool, top: f64) -> Frame {
        let bold = Type::BODY.bold();
        canvas.lines((LEFT, top + bold.size), &self.heading(), bold);
        let below = top + self.heading().len() as f64 * bold.leading();
        let label = self.y.label_lines(RIGHT - LEFT);
        let face = Type::SMALL.ink(INK);
        canvas.lines((LEFT, below + face.size), &label, face);
        let (left, right) = ControlPanel::frame_ends();
        let frame = Frame {
            left,
            right,
            top: top + self.head(),
            bottom: top + self.height(),
        };
        for (month, _) in months.named(frame.ends()) {
            let x = months.axis().at(months.x(month), frame.ends());
            let upright = [(x, frame.top), (x, frame.bottom)];
            canvas.line(&upright, Stroke::new(GRID, 0.8));
        }
        let mut panel = Panel::new(canvas, frame, &months.axis(), &self.y);
        if !is_last {
            let foot = [(frame.left, frame.bottom), (frame.right, frame.bottom)];
            canvas.line(&foot, Stroke::new(GRID, 1.6));
        }
        self.draw_lines(&mut panel, months);
        self.draw_points(canvas, &panel, months);
        self.draw_above(canvas, &panel, months, frame);
        self.draw_column(canvas, frame);
        frame
    }

    fn draw_lines(&self, panel: &mut Panel<'_>, months: &Months) {
        let limit = Stroke::new(INK, 1.0).dashed(4.0, 3.0);
        let every = self.chart.months_per_point;
        let length = f64::from(every);
        for phase in &self.chart.phases {
            let sides: [fn(&ChartPoint) -> Option<f64>; 2] = [|p| p.low, |p| p.high];
            for run in sides.into_iter().flat_map(|side| runs(phase, every, side)) {
                // A limit is that of its own month, so it is a step and not a slope.
                let steps = run.iter().flat_map(|&(month, limit)| {
                    let x = months.x(month);
                    [(x - 0.5, limit), (x + length - 0.5, limit)]
                });
                panel.line(&steps.collect::<Vec<_>>(), limit);
            }
            if let Some((first, last)) = ends(phase) {
                let (from, to) = (months.x(first) - 0.5, months.x(last) + length - 0.5);
                let center = [(from, phase.center), (to, phase.center)];
                panel.line(&center, Stroke::new(INK, 1.2));
            }
            for run in runs(phase, every, |point| point.value) {
                let line = run
                    .iter()
                    .map(|&(month, value)| (self.x(months, month), value));
                panel.line(&line.collect::<Vec<_>>(), Stroke::new(MUTED, 1.2));
            }
        }
    }

    /// The middle of the months that a point stands for.
    fn x(&self, months: &Months, month: Month) -> f64 {
        months.x(month) + f64::from(self.chart.months_per_point.saturating_sub(1)) / 2.0
    }

    fn draw_points(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, months: &Months) {
        let room = panel.at(1.0, 0.0).0 - panel.at(0.0, 0.0).0;
        for (month, value, sign) in self.signs() {
            let half = if sign == Sign::CommonCause {
                (room * POINT.2).clamp(POINT.0, POINT.1)
            } else {
                (room * SIGNAL.2).clamp(SIGNAL.0, SIGNAL.1)
            };
            sign.draw(canvas, panel.at(self.x(months, month), value), half);
        }
    }

    /// Where the limits are made anew, why, and whether they are on trial.
    fn draw_above(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, months: &Months, frame: Frame) {
        let face = Type::SMALL.ink(INK);
        let baseline = frame.top - 8.0;
        let mut room = frame;
        if self.chart.is_trial {
            canvas.text((frame.right, baseline), TRIAL, face.right());
            room.right -= face.width(TRIAL) + GAP;
        }
        let rebases: Vec<(f64, &str)> = self
            .rebases()
            .map(|(month, reason)| (panel.at(months.x(month) - 0.5, 0.0).0, reason))
            .collect();
        let each = room.width() / rebases.len().max(1) as f64 - GAP;
        let names: Vec<String> = rebases
            .iter()
            .map(|rebase| face.shortened(rebase.1, each))
            .collect();
        let wanted: Vec<f64> = rebases.iter().map(|rebase| rebase.0).collect();
        let widths: Vec<f64> = names.iter().map(|name| face.width(name)).collect();
        let centres = spread_inside(&wanted, &widths, GAP, room);
        for ((x, name), centre) in wanted.iter().zip(&names).zip(centres) {
            let upright = [(*x, frame.top - 3.0), (*x, frame.bottom)];
            canvas.line(&upright, Stroke::new(INK, 1.2).dashed(1.5, 2.5));
            canvas.text((centre, baseline), name, face.centred());
        }
    }

    /// The icon with its words, then the latest numbers.
    fn draw_column(&self, canvas: &Canvas<'_>, frame: Frame) {
        let middle = frame.top + ICON;
        let icon = (frame.right + TO_ICON, middle);
        Sign::of_chart(&self.chart).draw(canvas, icon, ICON);
        let left = icon.0 + TO_WORDS;
        let mut y = middle;
        let mut write = |text: &str, face: Type| {
            let lines = face.lines(text, RIGHT - left);
            canvas.lines((left, y + face.drop()), &lines, face);
            y += lines.len() as f64 * face.leading();
        };
        let words = words::variation(self.chart.variation);
        write(words, Type::SMALL.bold().ink(INK));
        let center = self.latest_center().map(|x| format!("center {x}"));
        let limits = self.latest_limits().map(|x| format!("limits {x}"));
        let numbers = self.latest_in_words().into_iter();
        for text in numbers.chain(center).chain(limits) {
            write(&text, Type::SMALL);
        }
    }
}
