//! The contours of a funnel: shaded regions from its tip, each named where there is room.

use super::canvas::Frame;
use super::labels::{Placed, meet};
use super::lettering::Type;
use crate::report::words;

/// From one height that is tried to the next.
const STEP: f64 = 8.0;
/// Free space around a name.
const AIR: f64 = 3.0;

/// A region between two rays from the tip of the funnel, on one or both sides of zero.
pub(super) struct Region {
    pub name: String,
    /// Multiples of the standard error; the outermost region has no outer one.
    pub inner: f64,
    pub outer: Option<f64>,
}

/// From the middle, where p is largest, outward.
pub(super) fn regions(contours: &[(f64, f64)]) -> Vec<Region> {
    let mut contours = contours.to_vec();
    contours.sort_by(|a, b| a.1.total_cmp(&b.1));
    let p_in_words = |p: f64| words::without_zero(&words::number(p, 2));
    let Some(&(largest, first)) = contours.first() else {
        return Vec::new();
    };
    let middle = Region {
        name: format!("p > {}", p_in_words(largest)),
        inner: -first,
        outer: Some(first),
    };
    let around = contours.iter().enumerate().map(|(i, &(p, inner))| Region {
        name: format!("p < {}", p_in_words(p)),
        inner,
        outer: contours.get(i + 1).map(|next| next.1),
    });
    std::iter::once(middle).chain(around).collect()
}

impl Region {
    /// The outline on one side (−1 or 1), cut where the axis of z ends.
    pub fn outline(&self, side: f64, foot: f64, (low, high): (f64, f64)) -> Vec<(f64, f64)> {
        let end = if side < 0.0 { low } else { high };
        if end == 0.0 {
            return Vec::new();
        }
        let ray = |multiple: f64| {
            let multiple = side * multiple;
            let mut points = vec![(0.0, 0.0)];
            if multiple * foot / end > 1.0 {
                points.extend([(end, end / multiple), (end, foot)]);
            } else {
                points.push((multiple * foot, foot));
            }
            points
        };
        let mut outline = match self.outer {
            Some(multiple) => ray(multiple),
            None => vec![(0.0, 0.0), (end, 0.0), (end, foot)],
        };
        outline.extend(ray(self.inner).into_iter().rev());
        outline
    }

    /// Left and right of the region in z on one side, wherever the standard error is in a range.
    fn width(&self, side: f64, (least, most): (f64, f64)) -> (f64, f64) {
        let from = if self.inner < 0.0 { least } else { most };
        let inner = side * self.inner * from;
        let outer = side * self.outer.map_or(f64::INFINITY, |outer| outer * least);
        (inner.min(outer), inner.max(outer))
    }
}

/// What a name must keep off: dots, and lines given by their place at a height.
pub(super) struct Taken<'a> {
    pub dots: &'a [Frame],
    pub lines: &'a [Box<dyn Fn(f64) -> f64 + 'a>],
}

/// The names of the regions, from the foot upward where there is room; `x` and `error` turn z into
/// pixels and pixels into standard errors.
pub(super) fn names(
    regions: &[Region],
    frame: Frame,
    taken: &Taken<'_>,
    x: impl Fn(f64) -> f64,
    error: impl Fn(f64) -> f64,
) -> Vec<Placed> {
    let face = Type::SMALL;
    let heights = ((frame.bottom - frame.top) / STEP) as usize;
    let mut placed: Vec<Placed> = Vec::new();
    let mut boxes: Vec<Frame> = Vec::new();
    for region in regions {
        let width = face.width(&region.name) + 2.0 * AIR;
        let places = (0..heights).flat_map(|i| {
            let bottom = frame.bottom - 2.0 - STEP * i as f64;
            let top = bottom - face.leading();
            let errors = (error(top), error(bottom));
            let sides = [1.0, -1.0].into_iter().flat_map(|side| {
                let (from, to) = region.width(side, errors);
                let from = x(from).max(frame.left);
                let to = x(to).min(frame.right);
                [(from + to - width) / 2.0, from, to - width]
                    .into_iter()
                    .filter(|&left| left >= from - 0.01 && left + width <= to + 0.01)
                    .collect::<Vec<f64>>()
            });
            sides
                .map(|left| Frame {
                    left,
                    top,
                    right: left + width,
                    bottom,
                })
                .collect::<Vec<Frame>>()
        });
        let free = |place: &Frame| {
            let off = |line: &dyn Fn(f64) -> f64| {
                let (a, b) = (line(place.top), line(place.bottom));
                a.max(b) < place.left || a.min(b) > place.right
            };
            place.top >= frame.top
                && taken
                    .dots
                    .iter()
                    .chain(&boxes)
                    .all(|dot| !meet(*dot, *place))
                && taken.lines.iter().all(|line| off(line))
        };
        if let Some(place) = places.into_iter().find(free) {
            placed.push(Placed {
                text: region.name.clone(),
                at: (place.left + AIR, place.bottom - 4.0),
                leader: None,
            });
            boxes.push(place);
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_go_from_the_middle_outward_and_end_where_the_axis_does() {
        let regions = regions(&[(0.01, 2.576), (0.10, 1.645), (0.05, 1.96)]);
        let names: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
        assert_eq!(names, ["p > .10", "p < .10", "p < .05", "p < .01"]);
        for region in &regions[1..] {
            for side in [-1.0, 1.0] {
                let outline = region.outline(side, 0.5, (-0.4, 0.9));
                let inside = |&(z, _): &(f64, f64)| (-0.4..=0.9).contains(&z);
                assert!(
                    outline.len() >= 3 && outline.iter().all(inside),
                    "{outline:?}"
                );
            }
        }
    }
}
