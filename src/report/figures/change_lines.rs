//! The lines between scores before and after: no change, reliable change, and the cutoffs.

use super::axis::Axis;
use super::bubble::plain;
use super::canvas::{Canvas, Frame, Stroke};
use super::funnel_parts::{Guide, draw_guide_labels};
use super::ink::{BACKGROUND, INK, MUTED, VERMILION};
use super::line_names::{self, LineName};
use crate::findings::PrePost;

const NO_CHANGE: Stroke = Stroke::new(INK, 1.6);
/// One rule after the other.
const RELIABLE: [Stroke; 2] = [
    Stroke::new(VERMILION, 1.7).dashed(11.0, 3.0),
    Stroke::new(VERMILION, 1.7).dashed(2.0, 2.5),
];
const CUTOFFS: [Stroke; 2] = [
    Stroke::new(MUTED, 1.2).dashed(5.0, 3.0),
    Stroke::new(MUTED, 1.2).dashed(1.5, 2.5),
];
/// How much wider the white below a line is.
const HALO: f64 = 1.8;

/// A line between two points (before, after), with its names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChangeLine {
    pub ends: [(f64, f64); 2],
    /// Beside the frame, for a line that ends on its right edge.
    pub name: Option<String>,
    /// Above the frame, for a line that ends on its upper edge.
    pub name_above: Option<String>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    NoChange,
    /// The place of its rule.
    Reliable(usize),
    Cutoff(usize),
}

impl Kind {
    fn stroke(self) -> Stroke {
        match self {
            Kind::NoChange => NO_CHANGE,
            Kind::Reliable(rule) => RELIABLE[rule % RELIABLE.len()],
            Kind::Cutoff(rule) => CUTOFFS[rule % CUTOFFS.len()],
        }
    }
}

/// Every line that crosses the square between the ends of the axis.
pub(super) fn lines(data: &PrePost, axis: &Axis) -> Vec<ChangeLine> {
    let (low, high) = axis.span();
    let mut lines = Vec::new();
    let cutoffs = data.cutoffs.iter().enumerate();
    for (i, cutoff) in cutoffs.filter(|(_, c)| low < c.score && c.score < high) {
        let sign = match (data.lower_is_better, cutoff.inclusive) {
            (true, true) => "≥",
            (true, false) => ">",
            (false, true) => "≤",
            (false, false) => "<",
        };
        let clinical = format!("clinical: {sign} {}", plain(cutoff.score));
        let line = |ends, name, name_above| ChangeLine {
            ends,
            name,
            name_above,
            kind: Kind::Cutoff(i),
        };
        let at = cutoff.score;
        let beside = format!("{clinical} ({})", cutoff.rule);
        lines.push(line([(low, at), (high, at)], Some(beside), None));
        lines.push(line([(at, low), (at, high)], None, Some(clinical)));
    }
    let rules = data.reliable_changes.iter().enumerate();
    for (i, rule) in rules.filter(|(_, rule)| rule.points > 0.0 && rule.points < high - low) {
        let sign = if rule.inclusive { "≥" } else { ">" };
        let points = plain(rule.points);
        let line = |ends, name, name_above| ChangeLine {
            ends,
            name,
            name_above,
            kind: Kind::Reliable(i),
        };
        let by = rule.points;
        let lower = format!("{sign} {points} points lower ({})", rule.rule);
        let higher = format!("{sign} {points} higher");
        lines.push(line(
            [(low + by, low), (high, high - by)],
            Some(lower),
            None,
        ));
        lines.push(line(
            [(low, low + by), (high - by, high)],
            None,
            Some(higher),
        ));
    }
    lines.push(ChangeLine {
        ends: [(low, low), (high, high)],
        name: Some("no change".into()),
        name_above: None,
        kind: Kind::NoChange,
    });
    without_doubles(lines)
}

/// Lines of several rules in one place become one line with the names of all.
fn without_doubles(lines: Vec<ChangeLine>) -> Vec<ChangeLine> {
    let mut different: Vec<ChangeLine> = Vec::new();
    for line in lines {
        match different.iter_mut().find(|known| known.ends == line.ends) {
            Some(known) => {
                known.name = both(known.name.take(), line.name);
                known.name_above = both(known.name_above.take(), line.name_above);
            }
            None => different.push(line),
        }
    }
    different
}

fn both(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some(format!("{one}; {other}")),
        (one, other) => one.or(other),
    }
}

/// Is there a line of reliable change among them?
pub(super) fn show_reliable_change(lines: &[ChangeLine]) -> bool {
    let reliable = |line: &ChangeLine| matches!(line.kind, Kind::Reliable(_));
    lines.iter().any(reliable)
}

/// Draws the lines over what is there, each with its names.
pub(super) fn draw(
    canvas: &Canvas<'_>,
    lines: &[ChangeLine],
    frame: Frame,
    at: impl Fn(f64, f64) -> (f64, f64),
) {
    for line in lines {
        let ends = line.ends.map(|(before, after)| at(before, after));
        let stroke = line.kind.stroke();
        canvas.line(&ends, Stroke::new(BACKGROUND, stroke.width + HALO));
        canvas.line(&ends, stroke);
    }
    let beside = lines.iter().filter_map(|line| {
        let [_, (before, after)] = line.ends;
        Some(LineName {
            y: at(before, after).1,
            name: line.name.clone()?,
            stroke: line.kind.stroke(),
        })
    });
    line_names::draw(canvas, beside.collect(), frame);
    let above: Vec<Guide> = lines
        .iter()
        .filter_map(|line| {
            let [foot, top] = line.ends;
            Some(Guide {
                name: line.name_above.clone()?,
                ends: [top, foot],
                stroke: line.kind.stroke(),
            })
        })
        .collect();
    draw_guide_labels(canvas, &above, frame, at);
}
