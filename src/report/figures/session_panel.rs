//! One number per session with its interval, above a common axis of sessions.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Marker, Stroke};
use super::chart::{LEFT, RIGHT};
use super::effect::{Effect, Shown, count_or_blank};
use super::ink::{BLUE, GRID, INK, MUTED, SKY};
use super::labels::spread_inside;
use super::lettering::Type;
use super::panel::Panel;
use crate::findings::{Scale, VerdictOn};
use crate::report::words;

const PLOT: f64 = 122.0;
/// From the top to the label of the axis, and from that label to the frame.
const HEADING: f64 = 17.0;
const ABOVE: f64 = 26.0;
/// Room for tick labels, and for the names right of the frame.
const TICKS: f64 = 48.0;
const NAMES: f64 = 104.0;
const TO_NAME: f64 = 8.0;
/// Half a marker, and half a cross.
const MARKER: f64 = 4.2;
const CROSS: f64 = 3.2;
/// From the letter of a panel to its heading.
const LETTER: f64 = 16.0;
/// How far the axis reaches beyond the zone of no change, in bounds.
const BEYOND: f64 = 1.5;
/// From the foot of the frame to the middle of a cross.
const FOOT: f64 = 7.0;
/// Between two labels above the frame.
const GAP: f64 = 14.0;

/// The number of one session, or of the step from one session to the next.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    pub from: u32,
    /// The session after a step.
    pub to: Option<u32>,
    pub effect: Effect,
    pub verdict: Option<VerdictOn>,
}

/// A dashed line to compare with, and its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    pub value: f64,
    /// Line by line.
    pub name: [String; 2],
}

/// The numbers of one kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SessionPanel {
    pub heading: &'static str,
    pub y: Axis,
    pub marks: Vec<Mark>,
    pub reference: Option<Reference>,
    /// Changes within plus or minus so much count as none.
    pub bound: Option<f64>,
}

impl Mark {
    /// Between the two sessions of a step.
    pub fn x(&self) -> f64 {
        f64::from(self.from) + if self.to.is_some() { 0.5 } else { 0.0 }
    }

    /// Is the change so small that it counts as none?
    pub fn is_equivalent(&self) -> bool {
        use crate::findings::Verdict::{Both, Equivalent};
        let verdict = self.verdict.as_ref().map(|on| on.verdict);
        self.effect.estimate().is_some() && matches!(verdict, Some(Equivalent | Both))
    }

    /// Is it one that equivalence can be told of?
    fn is_step(&self) -> bool {
        self.to.is_some()
    }

    fn sessions(&self) -> String {
        match self.to {
            Some(to) => format!("session {} to {to}", self.from),
            None => format!("session {}", self.from),
        }
    }
}

impl SessionPanel {
    /// `None` where no session has a number.
    pub fn of(
        heading: &'static str,
        y_label: &str,
        marks: Vec<Mark>,
        reference: Option<Reference>,
    ) -> Option<SessionPanel> {
        marks.iter().find(|mark| mark.effect.estimate().is_some())?;
        let bound = marks
            .iter()
            .find_map(|mark| Some(mark.verdict.as_ref()?.bound));
        let values = marks.iter().flat_map(|mark| mark.effect.values());
        let values = values.chain(reference.iter().map(|reference| reference.value));
        let values = values.chain(
            bound
                .into_iter()
                .flat_map(|bound| [-BEYOND * bound, BEYOND * bound]),
        );
        let values: Vec<f64> = values.chain([0.0]).collect();
        let y = if marks.iter().any(Mark::is_step) {
            Axis::holding(y_label, values, 4)
        } else {
            Axis::holding(y_label, values, 4).without_leading_zero()
        };
        Some(SessionPanel {
            heading,
            y,
            marks,
            reference,
            bound,
        })
    }

    /// The first step whose change counts as none.
    pub fn first_equivalent(&self) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.is_equivalent())
    }

    fn y_label(&self) -> Vec<String> {
        self.y.label_lines(RIGHT - LEFT)
    }

    fn head(&self) -> f64 {
        HEADING + self.y_label().len() as f64 * Type::SMALL.leading() + ABOVE
    }

    /// Only the last of the panels below each other has tick labels.
    pub fn height(&self, is_last: bool) -> f64 {
        self.head() + PLOT + if is_last { TICKS } else { 0.0 }
    }

    pub fn frame(&self, top: f64) -> Frame {
        Frame {
            left: LEFT + TICKS,
            top: top + self.head(),
            right: RIGHT - NAMES,
            bottom: top + self.head() + PLOT,
        }
    }

    /// `above` are words that stand over the frame at a session.
    pub fn draw(
        &self,
        canvas: &Canvas<'_>,
        (letter, sessions): (char, &Axis),
        above: Option<(f64, String)>,
        top: f64,
    ) {
        let frame = self.frame(top);
        let (bold, baseline) = (Type::BODY.bold(), top + Type::BODY.size);
        canvas.text((LEFT, baseline), &letter.to_string(), bold);
        canvas.text((LEFT + LETTER, baseline), self.heading, bold);
        let first = top + HEADING + Type::SMALL.size;
        canvas.lines((LEFT, first), &self.y_label(), Type::SMALL.ink(INK));
        let panel = Panel::new(canvas, frame, sessions, &self.y);
        if sessions.ticks.is_empty() {
            // Of the panels above the common axis only zero is a dark line.
            let foot = [(frame.left, frame.bottom), (frame.right, frame.bottom)];
            canvas.line(&foot, Stroke::new(GRID, 1.6));
        }
        self.draw_lines(canvas, &panel, frame);
        for mark in &self.marks {
            self.draw_mark(canvas, &panel, frame, mark);
        }
        self.draw_above(canvas, &panel, frame, above);
    }

    /// The zone of no change, zero, and what to compare with.
    fn draw_lines(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, frame: Frame) {
        let height = |y: f64| panel.at(0.0, y).1;
        let across = |y: f64| [(frame.left, height(y)), (frame.right, height(y))];
        let mut names = Vec::new();
        if let Some(bound) = self.bound {
            let zone = Frame {
                top: height(bound),
                bottom: height(-bound),
                ..frame
            };
            canvas.fill(zone, SKY, 0.25);
            for edge in [-bound, bound] {
                canvas.line(&across(edge), Stroke::new(MUTED, 1.0).dashed(4.0, 3.0));
            }
            let name = zone_in_words(bound);
            let lines = Type::SMALL.lines(&name, NAMES - TO_NAME);
            names.push((height(0.0), lines));
        }
        canvas.line(&across(0.0), Stroke::new(INK, 1.0));
        if let Some(Reference { value, name }) = &self.reference {
            canvas.line(&across(*value), Stroke::new(INK, 1.2).dashed(6.0, 3.5));
            names.push((height(*value), name.to_vec()));
        }
        let face = Type::SMALL.ink(INK);
        for (middle, lines) in names {
            let rise = (lines.len() as f64 - 1.0) * face.leading() / 2.0;
            let place = (frame.right + TO_NAME, middle - rise + face.drop());
            canvas.lines(place, &lines, face);
        }
    }

    fn draw_mark(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, frame: Frame, mark: &Mark) {
        let x = mark.x();
        let Some(estimate) = mark.effect.estimate() else {
            let (x, y) = (panel.at(x, 0.0).0, frame.bottom - FOOT);
            for side in [-CROSS, CROSS] {
                let bar = [(x - CROSS, y - side), (x + CROSS, y + side)];
                canvas.line(&bar, Stroke::new(MUTED, 1.5));
            }
            return;
        };
        if let Some((low, high)) = mark.effect.interval() {
            let ends = [panel.at(x, low), panel.at(x, high)];
            canvas.line(&ends, Stroke::new(BLUE, 1.6));
        }
        let at = panel.at(x, estimate);
        if !mark.is_step() {
            canvas.marker(at, Marker::Square, MARKER - 0.4, BLUE);
        } else if mark.is_equivalent() {
            canvas.marker(at, Marker::Circle, MARKER, BLUE);
        } else {
            canvas.hollow_marker(at, Marker::Circle, MARKER, Stroke::new(BLUE, 1.6));
        }
    }

    /// The first change that counts as none is named above the frame, with a line to its mark.
    fn draw_above(
        &self,
        canvas: &Canvas<'_>,
        panel: &Panel<'_>,
        frame: Frame,
        above: Option<(f64, String)>,
    ) {
        let equivalent = self.first_equivalent();
        if let Some(mark) = equivalent {
            let values = mark.effect.values().fold(f64::NEG_INFINITY, f64::max);
            let (x, end) = panel.at(mark.x(), values);
            let stroke = Stroke::new(MUTED, 1.1).dashed(2.0, 2.5);
            canvas.line(&[(x, frame.top - 3.0), (x, end - 2.0)], stroke);
        }
        let named = equivalent.map(|mark| (mark.x(), first_in_words(mark)));
        let mut labels: Vec<(f64, String)> = above.into_iter().chain(named).collect();
        labels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let face = Type::SMALL.ink(INK);
        let wanted: Vec<f64> = labels
            .iter()
            .map(|label| panel.at(label.0, 0.0).0)
            .collect();
        let widths: Vec<f64> = labels.iter().map(|label| face.width(&label.1)).collect();
        let centres = spread_inside(&wanted, &widths, GAP, frame);
        for (centre, (_, label)) in centres.into_iter().zip(labels) {
            canvas.text((centre, frame.top - 7.0), &label, face.centred());
        }
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>, letter: char) -> fmt::Result {
        writeln!(f, "panel    {letter} {}", self.heading)?;
        writeln!(f, "y axis   {}", self.y)?;
        if let Some(bound) = self.bound {
            writeln!(f, "zone     {}", zone_in_words(bound))?;
        }
        if let Some(reference) = &self.reference {
            writeln!(f, "dashed   {}", reference.name.join(" "))?;
        }
        for mark in &self.marks {
            let shape = match mark.effect.shown {
                Shown::Word { .. } => "cross   ",
                Shown::Number { .. } if !mark.is_step() => "square  ",
                Shown::Number { .. } if mark.is_equivalent() => "disc    ",
                Shown::Number { .. } => "ring    ",
            };
            let (sessions, numbers) = (mark.sessions(), mark.effect.in_words());
            let n = count_or_blank(mark.effect.n);
            writeln!(f, "{shape} {sessions} | {numbers} | {n}")?;
        }
        let first = self.first_equivalent().map(first_in_words);
        first.map_or(Ok(()), |label| writeln!(f, "label    {label}"))
    }
}

fn zone_in_words(bound: f64) -> String {
    let bound = words::on_scale(bound, Scale::StandardDeviations);
    format!("zone of equivalence ±{bound} SD")
}

fn first_in_words(mark: &Mark) -> String {
    format!("after session {}: change equivalent to zero", mark.from)
}
