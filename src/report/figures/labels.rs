//! Labels beside what they name: pushed apart, or set where nothing else is.

use super::canvas::Frame;
use super::lettering::Type;

/// The nearest places to the wanted ones, in rising order, that are `apart` from each other.
pub(super) fn spread(wanted: &[f64], apart: f64) -> Vec<f64> {
    spread_by(wanted, |_| apart)
}

/// The nearest centres to the wanted ones, in rising order, for labels of these widths.
fn spread_widths(wanted: &[f64], widths: &[f64], gap: f64) -> Vec<f64> {
    spread_by(wanted, |i| (widths[i - 1] + widths[i]) / 2.0 + gap)
}

/// The same, with both outer labels inside the frame.
pub(super) fn spread_inside(wanted: &[f64], widths: &[f64], gap: f64, frame: Frame) -> Vec<f64> {
    let mut centres = spread_widths(wanted, widths, gap);
    let mut least = frame.left - gap;
    for (centre, width) in centres.iter_mut().zip(widths) {
        *centre = centre.max(least + gap + width / 2.0);
        least = *centre + width / 2.0;
    }
    let mut most = frame.right + gap;
    for (centre, width) in centres.iter_mut().zip(widths).rev() {
        *centre = centre.min(most - gap - width / 2.0);
        most = *centre - width / 2.0;
    }
    centres
}

/// `apart(i)` is the least distance of place `i` from the one before it.
fn spread_by(wanted: &[f64], apart: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut downward = wanted.to_vec();
    let mut upward = wanted.to_vec();
    for i in 1..wanted.len() {
        downward[i] = downward[i].max(downward[i - 1] + apart(i));
        let j = wanted.len() - 1 - i;
        upward[j] = upward[j].min(upward[j + 1] - apart(j + 1));
    }
    downward
        .iter()
        .zip(upward)
        .map(|(down, up)| (down + up) / 2.0)
        .collect()
}

/// A name and the mark it belongs to.
pub(super) struct Wanted<'a> {
    pub text: &'a str,
    pub at: (f64, f64),
}

/// A name with its left end and baseline, and a line to its mark where it is not next to it.
pub(super) struct Placed {
    pub text: String,
    pub at: (f64, f64),
    pub leader: Option<[(f64, f64); 2]>,
}

/// From the middle of a mark to its name.
const REACH: f64 = 8.0;

/// Sets names beside their marks: inside the frame, on no other name and on none of `marks`.
///
/// One name after the other takes the first free place, so the order decides; of a few orders the
/// one is kept that leaves out the fewest names and needs the fewest leaders.
pub(super) fn beside(
    wanted: &[Wanted<'_>],
    marks: &[(f64, f64)],
    frame: Frame,
    face: Type,
    widest: f64,
) -> Vec<Placed> {
    let keys: [fn((f64, f64)) -> f64; 5] = [|_| 0.0, |at| at.0, |at| -at.0, |at| at.1, |at| -at.1];
    let attempts = keys.map(|key| {
        let mut order: Vec<&Wanted<'_>> = wanted.iter().collect();
        order.sort_by(|a, b| key(a.at).total_cmp(&key(b.at)));
        in_turn(&order, marks, frame, face, widest)
    });
    let worth = |placed: &Vec<Placed>| {
        let leaders = placed.iter().filter(|name| name.leader.is_some()).count();
        (wanted.len() - placed.len(), leaders)
    };
    attempts.into_iter().min_by_key(worth).unwrap_or_default()
}

/// Each name at the first free place; one without any is left out.
fn in_turn(
    wanted: &[&Wanted<'_>],
    marks: &[(f64, f64)],
    frame: Frame,
    face: Type,
    widest: f64,
) -> Vec<Placed> {
    let marks: Vec<Frame> = marks.iter().map(|&at| around(at, 3.0)).collect();
    let mut names: Vec<Frame> = Vec::new();
    let mut placed = Vec::new();
    for name in wanted {
        let text = face.shortened_inside(name.text, widest);
        let width = face.width(&text);
        let free = |place: &Frame| {
            let alone = marks.iter().chain(&names).all(|t| !meet(*t, *place));
            inside(*place, frame) && alone
        };
        let found = places(name.at, width, face, frame)
            .into_iter()
            .enumerate()
            .filter(|(_, place)| free(place))
            .map(|(rank, place)| (place, (rank >= NEXT_TO).then(|| leader(name.at, place))))
            .find(|(_, leader)| leader.is_none_or(|line| !crosses(line, &names)));
        if let Some((place, leader)) = found {
            let baseline = (place.top + place.bottom) / 2.0 + face.drop();
            placed.push(Placed {
                text,
                at: (place.left, baseline),
                leader,
            });
            names.push(place);
        }
    }
    placed
}

/// The first so many places are next to the mark.
const NEXT_TO: usize = 4;

/// From the edge of a mark to the nearest point of a name.
fn leader((x, y): (f64, f64), place: Frame) -> [(f64, f64); 2] {
    let end = (
        x.clamp(place.left - 2.0, place.right + 2.0),
        y.clamp(place.top + 1.0, place.bottom - 1.0),
    );
    let (across, down) = (end.0 - x, end.1 - y);
    let length = libm::hypot(across, down).max(1.0);
    let edge = 4.0 / length;
    [(x + across * edge, y + down * edge), end]
}

/// Does a line run through one of these names?
fn crosses([from, to]: [(f64, f64); 2], names: &[Frame]) -> bool {
    (0..=10).map(|i| f64::from(i) / 10.0).any(|share| {
        let at = (
            from.0 + share * (to.0 - from.0),
            from.1 + share * (to.1 - from.1),
        );
        names.iter().any(|name| meet(around(at, 1.0), *name))
    })
}

/// Right, left, above, below, and at the corners, nearest first; beside a mark on the lower edge of
/// the frame a name stands on that edge.
fn places((x, y): (f64, f64), width: f64, face: Type, frame: Frame) -> Vec<Frame> {
    let half = face.leading() / 2.0;
    let mut places = Vec::new();
    for step in [0.0, 1.0, 2.0, 3.0] {
        let (near, rise) = (REACH + 4.0 * step, half + 5.0 + 9.0 * step);
        let lefts = [x + near, x - near - width, x - width / 2.0];
        let [right, left, middle] = lefts;
        for (from, middle_y) in [
            (right, y),
            (left, y),
            (middle, y - rise),
            (middle, y + rise),
            (right, y - rise),
            (left, y - rise),
            (right, y + rise),
            (left, y + rise),
        ] {
            let middle_y = if middle_y - y < 1.0 {
                middle_y.min(frame.bottom - half)
            } else {
                middle_y
            };
            places.push(Frame {
                left: from,
                right: from + width,
                top: middle_y - half,
                bottom: middle_y + half,
            });
        }
    }
    places
}

pub(super) fn around((x, y): (f64, f64), half: f64) -> Frame {
    Frame {
        left: x - half,
        right: x + half,
        top: y - half,
        bottom: y + half,
    }
}

fn inside(inner: Frame, outer: Frame) -> bool {
    let slack = 0.01;
    inner.left >= outer.left - slack
        && inner.right <= outer.right + slack
        && inner.top >= outer.top - slack
        && inner.bottom <= outer.bottom + slack
}

pub(super) fn meet(a: Frame, b: Frame) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(right: f64) -> Frame {
        Frame {
            left: 0.0,
            top: 0.0,
            right,
            bottom: 200.0,
        }
    }

    #[test]
    fn names_are_pushed_apart_and_keep_their_order() {
        assert_eq!(spread(&[10.0, 40.0], 16.0), [10.0, 40.0]);
        assert_eq!(spread(&[20.0, 20.0], 16.0), [12.0, 28.0]);
        let three = spread(&[10.0, 11.0, 12.0], 16.0);
        assert!(three.windows(2).all(|w| w[1] - w[0] >= 16.0), "{three:?}");
        let wide = spread_widths(&[50.0, 50.0], &[40.0, 20.0], 6.0);
        assert_eq!(wide, [32.0, 68.0]);
        let ends = spread_inside(&[0.0, 100.0], &[40.0, 20.0], 6.0, frame(100.0));
        assert_eq!(ends, [20.0, 90.0]);
    }

    #[test]
    fn names_of_close_marks_do_not_meet() {
        let frame = frame(300.0);
        let marks = [(290.0, 100.0), (288.0, 104.0), (286.0, 99.0)];
        let names = ["Horvath 1989", "Gaston 1991", "Luborsky 1985"];
        let wanted: Vec<Wanted<'_>> = names
            .iter()
            .zip(marks)
            .map(|(text, at)| Wanted { text, at })
            .collect();
        let placed = beside(&wanted, &marks, frame, Type::SMALL, 150.0);
        assert_eq!(placed.len(), 3);
        let boxes: Vec<Frame> = placed
            .iter()
            .map(|name| Frame {
                left: name.at.0,
                right: name.at.0 + Type::SMALL.width(&name.text),
                top: name.at.1 - 9.0,
                bottom: name.at.1 + 3.0,
            })
            .collect();
        for (i, a) in boxes.iter().enumerate() {
            assert!(boxes[i + 1..].iter().all(|b| !meet(*a, *b)));
        }
    }
}
