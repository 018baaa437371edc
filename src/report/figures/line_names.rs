//! The names of lines right of their frame, each behind a sample of its line.

use super::canvas::{Canvas, Frame, Stroke};
use super::chart::RIGHT;
use super::ink::INK;
use super::labels::spread_inside;
use super::lettering::Type;

/// From the frame to the sample, and from the sample to its name.
const GAP: (f64, f64) = (8.0, 6.0);
const SAMPLE: f64 = 20.0;
/// Between two names.
const BETWEEN: f64 = 4.0;

/// A line that ends at a height in pixels on the right edge of a frame.
pub(super) struct LineName {
    pub y: f64,
    pub name: String,
    pub stroke: Stroke,
}

/// Writes the names beside the ends of their lines, pushed apart where two would touch.
pub(super) fn draw(canvas: &Canvas<'_>, mut names: Vec<LineName>, frame: Frame) {
    let face = Type::SMALL.ink(INK);
    let left = frame.right + GAP.0 + SAMPLE + GAP.1;
    names.sort_by(|a, b| a.y.total_cmp(&b.y));
    let lines: Vec<Vec<String>> = names
        .iter()
        .map(|name| face.lines(&name.name, RIGHT - left))
        .collect();
    let heights: Vec<f64> = lines
        .iter()
        .map(|lines| lines.len() as f64 * face.leading())
        .collect();
    let wanted: Vec<f64> = names.iter().map(|name| name.y).collect();
    // Names are spread as words above a frame are, along its height instead of its width.
    let upright = Frame {
        left: frame.top,
        right: frame.bottom,
        ..frame
    };
    let middles = spread_inside(&wanted, &heights, BETWEEN, upright);
    for ((name, lines), middle) in names.iter().zip(&lines).zip(middles) {
        let rise = (lines.len() as f64 - 1.0) * face.leading() / 2.0;
        let start = frame.right + GAP.0;
        let line = middle - rise;
        canvas.line(&[(start, line), (start + SAMPLE, line)], name.stroke);
        canvas.lines((left, line + face.drop()), lines, face);
    }
}
