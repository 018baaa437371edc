//! Axes: a range that holds every value, with round ticks.

use std::fmt;

use super::canvas::{Canvas, Frame, Stroke};
use super::chart::RIGHT;
use super::ink::{GRID, INK};
use super::lettering::Type;
use super::ticks::{decimals, range, round_step};
use crate::report::words;

/// A plot as high as this has tick labels at both ends.
const HIGH: f64 = 640.0;

/// An axis: what it shows, from where to where, and its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub label: String,
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
    decimals: usize,
    writing: Writing,
}

/// How the numbers at the ticks are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Writing {
    Plain,
    /// Numbers that cannot exceed 1 lose the zero before the point.
    WithoutZero,
    /// Shares of 1, in percent.
    Percent,
}

impl Axis {
    /// An axis that holds all values, with about `ticks` ticks.
    pub fn holding(label: &str, values: impl IntoIterator<Item = f64>, ticks: u32) -> Axis {
        let (low, high) = range(values);
        let (low, high) = if high > low {
            (low, high)
        } else {
            (low - 0.5, high + 0.5)
        };
        let step = round_step((high - low) / f64::from(ticks));
        let first = (low / step + 1e-9).floor();
        let last = (high / step - 1e-9).ceil();
        Axis {
            label: label.into(),
            low: first * step,
            high: last * step,
            ticks: (0..=(last - first) as u32)
                .map(|i| (first + f64::from(i)) * step)
                .collect(),
            decimals: decimals(step),
            writing: Writing::Plain,
        }
    }

    /// An axis of correlations: it holds zero and all values, and no more than −1 to 1 unless a
    /// value does (one corrected for unreliability can).
    ///
    /// Without a value it shows the whole range.
    pub fn of_correlations(label: &str, values: &[f64]) -> Axis {
        let always: &[f64] = if values.is_empty() {
            &[-1.0, 1.0]
        } else {
            &[0.0, 0.1]
        };
        let values = values.iter().chain(always).copied();
        Axis {
            writing: Writing::WithoutZero,
            ..Axis::holding(label, values, 6)
        }
    }

    /// An axis of shares of 1 in percent: it begins at 0 and holds all values; without one it shows
    /// the whole range.
    pub fn of_shares(label: &str, values: &[f64]) -> Axis {
        let always = if values.is_empty() { 1.0 } else { 0.1 };
        let values = values.iter().copied().chain([0.0, always]);
        Axis {
            writing: Writing::Percent,
            ..Axis::holding(label, values, 6)
        }
    }

    /// The same axis in percent, for shares of 1.
    pub fn in_percent(self) -> Axis {
        Axis {
            writing: Writing::Percent,
            ..self
        }
    }

    /// An axis of differences: zero in the middle, all values inside.
    pub fn of_differences(label: &str, values: impl IntoIterator<Item = f64>, ticks: u32) -> Axis {
        let (low, high) = range(values);
        let reach = low.abs().max(high.abs());
        Axis::holding(label, [-reach, reach], ticks)
    }

    /// The same axis without the zero before the point, where no number on it exceeds 1.
    pub fn without_leading_zero(self) -> Axis {
        let within_one = self.low >= -1.0 && self.high <= 1.0;
        let writing = if within_one {
            Writing::WithoutZero
        } else {
            Writing::Plain
        };
        Axis { writing, ..self }
    }

    /// An axis of whole numbers with a little room on both sides.
    pub fn of_whole_numbers(label: &str, first: u32, last: u32, fewest_between_ticks: u32) -> Axis {
        let every = fewest_between_ticks.max(1) as usize;
        Axis {
            label: label.into(),
            low: f64::from(first) - 0.5,
            high: f64::from(last) + 0.5,
            ticks: (first..=last).step_by(every).map(f64::from).collect(),
            decimals: 0,
            writing: Writing::Plain,
        }
    }

    /// The same axis ending close to these values instead of at ticks: `air` is the room beyond
    /// them, as a share of their range.
    pub fn close_to(self, values: impl IntoIterator<Item = f64>, air: f64) -> Axis {
        let (first, last) = range(values);
        if first >= last {
            return self;
        }
        let air = (last - first) * air;
        let (low, high) = (first - air, last + air);
        let mut ticks = self.ticks;
        ticks.retain(|tick| (low..=high).contains(tick));
        Axis {
            low,
            high,
            ticks,
            ..self
        }
    }

    /// The same axis with its ends exchanged: the lowest value is on top, or right.
    pub fn turned(self) -> Axis {
        Axis {
            low: self.high,
            high: self.low,
            ..self
        }
    }

    /// Both ends, the lower one first.
    pub fn span(&self) -> (f64, f64) {
        (self.low.min(self.high), self.low.max(self.high))
    }

    /// The same axis without ticks and grid lines.
    pub fn bare(&self) -> Axis {
        Axis {
            ticks: Vec::new(),
            ..self.clone()
        }
    }

    /// The text at a tick.
    pub fn tick_label(&self, value: f64) -> String {
        let text = words::number(value, self.decimals);
        match self.writing {
            Writing::Percent => words::share(value),
            _ if text.bytes().all(|b| matches!(b, b'0' | b'.')) => "0".into(),
            Writing::Plain => text,
            Writing::WithoutZero => words::without_zero(&text),
        }
    }

    /// Where a value lies between two ends in pixels.
    pub fn at(&self, value: f64, (from, to): (f64, f64)) -> f64 {
        from + (value - self.low) / (self.high - self.low) * (to - from)
    }

    /// Vertical grid lines.
    pub fn grid(&self, canvas: &Canvas<'_>, frame: Frame) {
        for &tick in &self.ticks {
            let x = self.at(tick, frame.ends());
            canvas.line(&[(x, frame.top), (x, frame.bottom)], Stroke::new(GRID, 0.8));
        }
    }

    /// The label in lines that fit between two ends.
    pub fn label_lines(&self, width: f64) -> Vec<String> {
        Type::SMALL.fitted(&self.label, width, 2)
    }

    /// Tick labels along the upper edge of the frame.
    pub fn above(&self, canvas: &Canvas<'_>, frame: Frame) {
        for &tick in &self.ticks {
            let at = (self.at(tick, frame.ends()), frame.top - 8.0);
            canvas.text(at, &self.tick_label(tick), Type::SMALL.centred());
        }
    }

    /// The axis below the frame with its label, and tick labels above it too where it is high.
    pub fn labelled(&self, canvas: &Canvas<'_>, frame: Frame) {
        self.below(canvas, frame);
        if frame.bottom - frame.top > HIGH {
            self.above(canvas, frame);
        }
        let width = Type::SMALL.width(&self.label) / 2.0;
        let centre = frame.centre().min(RIGHT - width);
        canvas.text(
            (centre, frame.bottom + 35.0),
            &self.label,
            Type::SMALL.ink(INK).centred(),
        );
    }

    /// The axis along the lower edge of the frame, with ticks and their labels.
    pub fn below(&self, canvas: &Canvas<'_>, frame: Frame) {
        let edge = frame.bottom;
        canvas.line(
            &[(frame.left, edge), (frame.right, edge)],
            Stroke::new(INK, 1.0),
        );
        for &tick in &self.ticks {
            let x = self.at(tick, frame.ends());
            canvas.line(&[(x, edge), (x, edge + 4.0)], Stroke::new(INK, 1.0));
            canvas.text(
                (x, edge + 17.0),
                &self.tick_label(tick),
                Type::SMALL.centred(),
            );
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ticks: Vec<String> = self.ticks.iter().map(|&t| self.tick_label(t)).collect();
        let end = |x: f64| match self.writing {
            Writing::Percent => words::share(x),
            _ => words::number(x, self.decimals.max(1)),
        };
        write!(
            f,
            "{}: {} to {}, ticks {}",
            self.label,
            end(self.low),
            end(self.high),
            ticks.join(" ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_holds_every_value_at_round_ticks() {
        let axis = Axis::holding("points", [23.1, 57.9], 6);
        assert_eq!((axis.low, axis.high), (20.0, 60.0));
        assert_eq!(axis.ticks, [20.0, 30.0, 40.0, 50.0, 60.0]);
        let axis = Axis::holding("points", [4.0, 4.0], 4);
        assert!(axis.low < 4.0 && 4.0 < axis.high);
        assert!(
            Axis::holding("", [f64::NAN], 4)
                .ticks
                .iter()
                .all(|t| t.is_finite())
        );
    }

    #[test]
    fn an_axis_can_end_close_to_its_values() {
        let values = [1981.0, 2019.0];
        let axis = Axis::holding("year", values, 7).close_to(values, 0.05);
        assert!(axis.low > 1978.0 && axis.low < 1981.0 && axis.high < 2022.0);
        assert_eq!(axis.ticks, [1980.0, 1990.0, 2000.0, 2010.0, 2020.0]);
        let same = Axis::holding("year", [4.0], 7);
        assert_eq!(same.clone().close_to([4.0], 0.05), same);
    }

    #[test]
    fn an_axis_of_correlations_ends_at_one() {
        let axis = Axis::of_correlations("r", &[-0.9, 0.97]);
        assert_eq!((axis.low, axis.high), (-1.0, 1.0));
        assert!(Axis::of_correlations("r", &[0.9, 1.04]).high >= 1.04);
        let axis = Axis::of_correlations("r", &[0.15, 0.312]);
        assert_eq!(axis.low, 0.0);
        assert!(axis.high >= 0.312);
        let labels: Vec<String> = axis.ticks.iter().map(|&t| axis.tick_label(t)).collect();
        assert_eq!(labels[..3], ["0", ".1", ".2"]);
    }
}
