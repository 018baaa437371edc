//! Two axes with their labels: that of y above the frame, that of x below it.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame};
use super::chart::{LEFT, RIGHT};
use super::ink::INK;
use super::labels::spread;
use super::lettering::Type;
use super::panel::Panel;

const PLOT: f64 = 300.0;
/// From the plot to the first baseline of its label, and back above the plot.
const TO_LABEL: f64 = 36.0;
const ABOVE: f64 = 12.0;
const Y_LABELS: f64 = 48.0;
const HEADING: f64 = 20.0;
/// Room for names right of the frame.
const NAMES: f64 = 64.0;
/// From the frame to those names.
const TO_NAME: f64 = 6.0;
/// Between planes below each other.
const BETWEEN: f64 = 26.0;

/// Two axes, how high they are, and what stands above and between their labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plane {
    pub x: Axis,
    pub y: Axis,
    /// The height of the frame.
    plot: f64,
    /// A heading, where there are several planes.
    heading: Option<String>,
    /// Room between the label of y and the frame.
    room_above: f64,
    /// Room between the tick labels and the label of x.
    room_below: f64,
    /// Room for names right of the frame.
    room_right: f64,
}

/// The height of planes below each other.
pub(super) fn stacked<'a>(planes: impl Iterator<Item = &'a Plane>) -> f64 {
    planes.map(|plane| plane.height() + BETWEEN).sum::<f64>() - BETWEEN
}

/// Where each of the planes below each other begins.
pub(super) fn tops<'a>(
    planes: impl Iterator<Item = &'a Plane>,
    top: f64,
) -> impl Iterator<Item = f64> {
    planes.scan(top, |y, plane| {
        let start = *y;
        *y += plane.height() + BETWEEN;
        Some(start)
    })
}

impl Plane {
    pub fn of(x: Axis, y: Axis) -> Plane {
        Plane {
            x,
            y,
            plot: PLOT,
            heading: None,
            room_above: 0.0,
            room_below: 0.0,
            room_right: 0.0,
        }
    }

    pub fn headed(self, heading: &str) -> Plane {
        Plane {
            heading: Some(heading.to_owned()),
            ..self
        }
    }

    pub fn high(self, plot: f64) -> Plane {
        Plane { plot, ..self }
    }

    /// Leaves room for labels above the frame and for a further row of tick labels below it.
    pub fn with_room(self, room_above: f64, room_below: f64) -> Plane {
        Plane {
            room_above,
            room_below,
            ..self
        }
    }

    /// Leaves room for names right of the frame.
    pub fn with_names(self) -> Plane {
        self.with_names_in(NAMES)
    }

    /// Leaves so much room for them.
    pub fn with_names_in(self, room_right: f64) -> Plane {
        Plane { room_right, ..self }
    }

    /// Leaves so much room right of the frame.
    pub fn with_room_right(self, room_right: f64) -> Plane {
        Plane { room_right, ..self }
    }

    /// The left and right edge of the frame.
    fn ends(&self) -> (f64, f64) {
        (LEFT + Y_LABELS, RIGHT - 8.0 - self.room_right)
    }

    fn heading_lines(&self) -> Vec<String> {
        let heading = self.heading.as_deref().unwrap_or_default();
        Type::BODY.bold().lines(heading, RIGHT - LEFT)
    }

    fn heading_height(&self) -> f64 {
        let lines = self.heading_lines().len();
        match lines {
            0 => 0.0,
            _ => HEADING + (lines as f64 - 1.0) * Type::BODY.leading(),
        }
    }

    fn x_label(&self) -> Vec<String> {
        let (left, right) = self.ends();
        // The label is centred below the frame and must not leave the sheet on the left.
        let width = (left + right - 2.0 * LEFT).min(RIGHT - LEFT - Y_LABELS);
        self.x.label_lines(width)
    }

    fn head(&self) -> f64 {
        let label = self.y.label_lines(RIGHT - LEFT).len() as f64 * Type::SMALL.leading();
        self.heading_height() + label + ABOVE + self.room_above
    }

    pub fn height(&self) -> f64 {
        let label = self.x_label().len() as f64 * Type::SMALL.leading();
        self.head() + self.plot + TO_LABEL + self.room_below + label - ABOVE
    }

    /// Draws the axes and the label of y; what is inside is drawn on the panel.
    pub fn draw<'a>(&self, canvas: &Canvas<'a>, top: f64) -> (Panel<'a>, Frame) {
        let bold = Type::BODY.bold();
        canvas.lines((LEFT, top + bold.size), &self.heading_lines(), bold);
        let above = self.y.label_lines(RIGHT - LEFT);
        let first = top + self.heading_height() + Type::SMALL.size;
        canvas.lines((LEFT, first), &above, Type::SMALL.ink(INK));
        let frame = Frame {
            left: self.ends().0,
            top: top + self.head(),
            right: self.ends().1,
            bottom: top + self.head() + self.plot,
        };
        (Panel::new(canvas, frame, &self.x, &self.y), frame)
    }

    /// Writes the label of x below the frame.
    pub fn name_x(&self, canvas: &Canvas<'_>, frame: Frame) {
        let below = (frame.centre(), frame.bottom + TO_LABEL + self.room_below);
        canvas.lines(below, &self.x_label(), Type::SMALL.ink(INK).centred());
    }

    /// Writes names right of the frame at these heights, from the top down, pushed apart where two
    /// would touch.
    pub fn name_right(&self, canvas: &Canvas<'_>, frame: Frame, names: &[(f64, String)]) {
        let face = Type::SMALL.ink(INK);
        let lines: Vec<Vec<String>> = names
            .iter()
            .map(|(_, name)| face.lines(name, self.room_right))
            .collect();
        let most = lines.iter().map(Vec::len).max().unwrap_or_default();
        let wanted: Vec<f64> = names.iter().map(|name| name.0).collect();
        for (lines, middle) in lines
            .iter()
            .zip(spread(&wanted, most as f64 * face.leading()))
        {
            let rise = (lines.len() as f64 - 1.0) * face.leading() / 2.0;
            let first = (frame.right + TO_NAME, middle - rise + face.drop());
            canvas.lines(first, lines, face);
        }
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(heading) = &self.heading {
            writeln!(f, "panel    {heading}")?;
        }
        writeln!(f, "x axis   {}", self.x)?;
        writeln!(f, "y axis   {}", self.y)
    }
}
