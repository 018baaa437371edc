//! What a funnel is made of besides points and contours: named lines, and ticks in r.

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Stroke};
use super::ink::INK;
use super::labels::spread_inside;
use super::lettering::Type;
use crate::report::words;

/// Fisher's z of the correlations that are ticks: a fixed table, nearest to zero first.
const Z_OF_R: [(f64, f64); 9] = [
    (0.0, 0.0),
    (0.2, 0.202_732_554_054_082),
    (0.4, 0.423_648_930_193_602),
    (0.6, std::f64::consts::LN_2),
    (0.8, 1.098_612_288_668_11),
    (0.9, 1.472_219_489_583_22),
    (0.95, 1.831_780_823_064_823),
    (0.99, 2.646_652_412_362_246),
    (0.999, 3.800_201_167_250_2),
];
/// Length of the sample of a line before its name.
const SAMPLE: f64 = 16.0;
/// Between two names, and between the sample and its name.
const GAP: (f64, f64) = (14.0, 5.0);

/// A line with its name.
pub(super) struct Guide {
    pub name: String,
    /// On top and at the foot, as (z, standard error).
    pub ends: [(f64, f64); 2],
    pub stroke: Stroke,
}

/// The part of a line that lies within the axis of z.
pub(super) fn within(
    [from, to]: [(f64, f64); 2],
    (low, high): (f64, f64),
) -> Option<[(f64, f64); 2]> {
    let run = to.0 - from.0;
    let share = |z: f64| (z - from.0) / run;
    let (mut start, mut end) = (0.0_f64, 1.0_f64);
    if run == 0.0 {
        return (low..=high).contains(&from.0).then_some([from, to]);
    }
    let (enter, leave) = (share(low).min(share(high)), share(low).max(share(high)));
    start = start.max(enter);
    end = end.min(leave);
    let at = |share: f64| (from.0 + share * run, from.1 + share * (to.1 - from.1));
    (start < end).then(|| [at(start), at(end)])
}

/// The names of the lines above the frame, each behind a sample of its line.
pub(super) fn draw_guide_labels(
    canvas: &Canvas<'_>,
    guides: &[Guide],
    frame: Frame,
    at: impl Fn(f64, f64) -> (f64, f64),
) {
    let face = Type::SMALL.ink(INK);
    let mut named: Vec<(f64, &Guide)> = guides
        .iter()
        .map(|guide| (at(guide.ends[0].0, guide.ends[0].1).0, guide))
        .collect();
    named.sort_by(|a, b| a.0.total_cmp(&b.0));
    let widths: Vec<f64> = named
        .iter()
        .map(|(_, guide)| face.width(&guide.name) + SAMPLE + GAP.1)
        .collect();
    let wanted: Vec<f64> = named.iter().map(|name| name.0).collect();
    let centres = spread_inside(&wanted, &widths, GAP.0, frame);
    for ((centre, width), (_, guide)) in centres.iter().zip(&widths).zip(&named) {
        let (left, y) = (centre - width / 2.0, frame.top - 8.0);
        let line = y - face.drop();
        canvas.line(&[(left, line), (left + SAMPLE, line)], guide.stroke);
        canvas.text((left + SAMPLE + GAP.1, y), &guide.name, face);
    }
}

/// Correlations below the ticks of z, at fixed places; those without room are left out.
pub(super) fn draw_r_ticks(canvas: &Canvas<'_>, x: &Axis, frame: Frame) {
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let (low, high) = x.span();
    for (r, z) in Z_OF_R {
        for side in [1.0, -1.0] {
            let (r, z) = (side * r, side * z);
            let label = if r == 0.0 { "0".into() } else { tick_of_r(r) };
            let (at, half) = (x.at(z, frame.ends()), Type::SMALL.width(&label) / 2.0);
            let free = |&(from, to): &(f64, f64)| at + half + 5.0 < from || at - half - 5.0 > to;
            if z < low || z > high || !taken.iter().all(free) {
                continue;
            }
            taken.push((at - half, at + half));
            let baseline = frame.bottom + 34.0;
            canvas.text((at, baseline), &label, Type::SMALL.centred());
            let tick = [(at, frame.bottom + 21.0), (at, frame.bottom + 24.0)];
            canvas.line(&tick, Stroke::new(INK, 0.8));
        }
    }
}

/// `.2`, `−.95`
fn tick_of_r(r: f64) -> String {
    let text = words::number(r, 3);
    words::without_zero(text.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_ticks_are_at_the_z_of_their_r() {
        for (r, z) in Z_OF_R {
            assert!((libm::tanh(z) - r).abs() < 1e-12, "r = {r}");
        }
        assert_eq!(
            (tick_of_r(0.2), tick_of_r(-0.95)),
            (".2".into(), "−.95".into())
        );
    }

    #[test]
    fn lines_end_where_the_axis_does() {
        let line = [(0.0, 0.0), (2.0, 0.5)];
        assert_eq!(within(line, (-1.0, 1.0)), Some([(0.0, 0.0), (1.0, 0.25)]));
        assert_eq!(within([(3.0, 0.0), (2.0, 0.5)], (-1.0, 1.0)), None);
    }
}
