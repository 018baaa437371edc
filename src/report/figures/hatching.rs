//! Diagonal lines: what is told apart without a colour.

use super::canvas::{Canvas, Frame, Stroke};

/// Parallel lines that rise to the right inside the frame, so far apart along its edges.
pub(super) fn hatch(canvas: &Canvas<'_>, frame: Frame, stroke: Stroke, apart: f64) {
    for ends in diagonals(frame, apart) {
        canvas.line(&ends, stroke);
    }
}

/// Both ends of each line, from the upper left corner to the lower right one.
fn diagonals(frame: Frame, apart: f64) -> impl Iterator<Item = [(f64, f64); 2]> {
    let span = frame.width() + frame.bottom - frame.top;
    let count = (span / apart).ceil() as u32;
    (1..count)
        .map(move |i| frame.left + frame.top + f64::from(i) * apart)
        .map(move |sum| {
            let from = (sum - frame.bottom).max(frame.left);
            let to = (sum - frame.top).min(frame.right);
            [(from, sum - from), (to, sum - to)]
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_ends_on_the_edges_of_the_frame() {
        let frame = Frame {
            left: 10.0,
            top: 20.0,
            right: 60.0,
            bottom: 40.0,
        };
        let lines: Vec<_> = diagonals(frame, 6.0).collect();
        assert_eq!(lines.len(), 11);
        for [(left, low), (right, high)] in lines {
            assert!(left == 10.0 || low == 40.0, "{left}, {low}");
            assert!(right == 60.0 || high == 20.0, "{right}, {high}");
            assert!((left + low - right - high).abs() < 1e-9 && left < right);
        }
    }
}
