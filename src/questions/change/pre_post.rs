//! Scores before and after in squares of clients, with the lines of both rules.

use super::{Paired, Scores, jacobson_truax};
use crate::findings::disclosure::{CellKind, divide};
use crate::findings::{Count, CutoffRule, PrePost, PrePostSquare, ReliableChangeRule};
use crate::questions::counts::rounded;
use crate::study::{Boundary, Direction, Side};
use std::collections::BTreeMap;

/// Squares along each side of the plot.
const ALONG: f64 = 9.0;

/// The squares, or nothing where even their total would tell of too few clients.
/// `clients` is their number, if it may be printed.
pub fn squares(paired: &Paired, clients: Option<usize>) -> Option<PrePost> {
    let Scores {
        measure, pre, post, ..
    } = paired.first();
    let all = || pre.iter().chain(post).copied();
    let lowest = measure
        .minimum
        .unwrap_or_else(|| all().fold(f64::INFINITY, f64::min));
    let highest = measure
        .maximum
        .unwrap_or_else(|| all().fold(f64::NEG_INFINITY, f64::max));
    if !(lowest < highest && lowest.is_finite() && highest.is_finite()) {
        return None;
    }
    let width = side(highest - lowest);
    let mut start = (lowest / width).floor() * width;
    // METHOD: were the cutoff a line of the grid, squares would add up to the clients who recovered, and a hidden
    // one would follow.
    if let Some(cutoff) = measure.cutoff
        && ((cutoff.value - start) / width).fract() == 0.0
    {
        start -= width / 2.0;
    }
    // A score at the upper end of the scale belongs to the last square, not to one beyond it.
    let last = ((highest - start) / width).ceil() as i64 - 1;
    let at = |x: f64| (((x - start) / width).floor() as i64).min(last.max(0));
    let mut counts: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for (pre, post) in pre.iter().zip(post) {
        *counts.entry((at(*pre), at(*post))).or_default() += 1;
    }
    let cells: Vec<(u64, CellKind)> = counts.values().map(|n| (*n, CellKind::Free)).collect();
    let decided = divide(&cells, paired.analysis.minimum());
    if !decided.total_shown || decided.shown.iter().all(|shown| !shown) {
        return None;
    }
    let squares = counts
        .into_iter()
        .zip(decided.shown)
        .map(|(((pre, post), n), shown)| PrePostSquare {
            pre: start + pre as f64 * width,
            post: start + post as f64 * width,
            n: if shown {
                Count::Exactly(n)
            } else {
                Count::Suppressed
            },
        })
        .collect();
    let direction = measure.direction?;
    let mut reliable_changes = Vec::new();
    if let Some(rule) = measure.reliable_change {
        reliable_changes.push(ReliableChangeRule {
            rule: "NHS Talking Therapies".into(),
            points: rule.points,
            inclusive: rule.boundary == Boundary::AtLeast,
        });
    }
    if let Ok((rule, _)) = jacobson_truax::rule(paired) {
        reliable_changes.push(ReliableChangeRule {
            rule: "Jacobson–Truax".into(),
            points: rule.points,
            inclusive: false,
        });
    }
    let cutoffs = measure.cutoff.map(|cutoff| CutoffRule {
        rule: "case".into(),
        score: cutoff.value,
        inclusive: matches!(cutoff.clinical, Side::AtOrAbove | Side::AtOrBelow),
    });
    Some(PrePost {
        score: format!("{} ({})", measure.name, direction.in_words()),
        lower_is_better: direction == Direction::LowerIsBetter,
        n: clients.map_or_else(|| rounded(paired.n()), |n| n as u64),
        width,
        squares,
        reliable_changes,
        cutoffs: cutoffs.into_iter().collect(),
    })
}

/// A round number of points that divides the range into about so many squares.
fn side(range: f64) -> f64 {
    let rough = range / ALONG;
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 3.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= rough - 1e-9)
        .unwrap_or(10.0 * power)
}
