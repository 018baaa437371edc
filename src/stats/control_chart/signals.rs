//! The four rules of a control chart.
//! **Question.** Which points do not look like chance around the center?
//! **Method.** A point outside its limits; seven in a row on one side; seven in a row that only rise or only fall; two of three in a row beyond two thirds of the way to the same limit. Every point that makes a signal is marked.
//! **Not.** Whether it is good news. With four rules, about one chart in six of 24 months without any change still has a point marked.
//! **Sources.** Western Electric (1956), *Statistical Quality Control Handbook*; NHS England, *Making Data Count*, for seven. Checked against NHSRplotthedots 0.2.2, which wants the third of three on the same side too.

use super::Limits;

/// Distances this share of a margin apart are equal.
const ROUNDING: f64 = 1e-9;
/// Points in a row that chance rarely puts on one side or in order.
const RUN: usize = 7;
/// The part of the way to a limit from which a point is near it: two of three standard deviations.
const NEAR: f64 = 2.0 / 3.0;

/// What does not look like chance in a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The point lies outside its limits.
    OutsideLimits,
    /// The point is one of at least seven in a row on the same side of the center.
    SevenOnOneSide,
    /// The point is one of at least seven in a row of which each is higher, or each lower, than the one before.
    SevenTrending,
    /// The point is one of two, among three in a row, beyond two thirds of the way to the same limit.
    TwoOfThreeNearLimit,
}

/// For each point the rules it breaks or helps to break, in the order of [`Rule`]; empty where it looks like chance.
///
/// A point on the center, or equal to the one before, ends a run. A value that is NaN (a month without clients) breaks no rule and
/// ends every run.
///
/// # Panics
/// Unless there are as many limits as values.
///
/// ```
/// use alliance_stats::control_chart::{Limits, Rule, signals};
/// let limits = Limits { center: 5.0, low: vec![2.0; 4], high: vec![8.0; 4] };
/// let found = signals(&[5.0, 6.0, 4.0, 8.5], &limits);
/// assert_eq!(found[3], [Rule::OutsideLimits]);
/// // Of three in a row, two lie near the upper limit.
/// let found = signals(&[7.5, 4.0, 7.2, 5.0], &limits);
/// assert_eq!(found, [vec![Rule::TwoOfThreeNearLimit], vec![], vec![Rule::TwoOfThreeNearLimit], vec![]]);
/// ```
pub fn signals(values: &[f64], limits: &Limits) -> Vec<Vec<Rule>> {
    let n = values.len();
    assert!(
        limits.low.len() == n && limits.high.len() == n,
        "{n} values do not lie between {} lower and {} upper limits",
        limits.low.len(),
        limits.high.len()
    );
    let places: Vec<Place> = (0..n).map(|i| Place::of(values[i], limits, i)).collect();
    let trends: Vec<i8> = (1..n)
        .map(|i| direction(values[i] - values[i - 1], ROUNDING * places[i].margin))
        .collect();
    let mut found = vec![Vec::new(); n];
    mark(&mut found, Rule::OutsideLimits, |i| places[i].outside);
    let sides: Vec<i8> = places.iter().map(|place| place.side).collect();
    let on_one_side = in_a_run(&sides, RUN);
    mark(&mut found, Rule::SevenOnOneSide, |i| on_one_side[i]);
    // Seven points have six steps; a point belongs to the step before it and to the one after.
    let steps = in_a_run(&trends, RUN - 1);
    mark(&mut found, Rule::SevenTrending, |i| {
        (i > 0 && steps[i - 1]) || steps.get(i) == Some(&true)
    });
    mark(&mut found, Rule::TwoOfThreeNearLimit, |i| {
        let own = places[i].near;
        let within_two = i.saturating_sub(2)..(i + 3).min(n);
        own != 0 && within_two.filter(|&j| places[j].near == own).count() >= 2
    });
    found
}

fn mark(found: &mut [Vec<Rule>], rule: Rule, breaks: impl Fn(usize) -> bool) {
    for (i, rules) in found.iter_mut().enumerate() {
        if breaks(i) {
            rules.push(rule);
        }
    }
}

/// Where one point lies: sides are −1 below, 1 above and 0 for neither.
struct Place {
    /// The margin the point is measured by, in the unit of the values.
    margin: f64,
    side: i8,
    near: i8,
    outside: bool,
}

impl Place {
    fn of(value: f64, limits: &Limits, i: usize) -> Self {
        let (low, high) = (limits.low[i], limits.high[i]);
        let from_center = value - limits.center;
        let margin = (high - limits.center).max(limits.center - low);
        let side = direction(from_center, ROUNDING * margin);
        // METHOD: a limit cut off at a share of 0 or 1 lies nearer than three standard deviations; the other limit then says how long they are.
        // With both cut off, nobody says, and no share is near.
        let known = (low, high) != (0.0, 1.0);
        let near = if known {
            direction(from_center, NEAR * margin * (1.0 + ROUNDING))
        } else {
            0
        };
        let slack = ROUNDING * margin;
        Self {
            margin,
            side,
            near,
            outside: value < low - slack || value > high + slack,
        }
    }
}

/// −1 for a distance below −`least`, 1 above `least`, 0 between and for NaN.
fn direction(distance: f64, least: f64) -> i8 {
    i8::from(distance > least) - i8::from(distance < -least)
}

/// Which entries belong to a run of at least `least` equal entries other than 0.
fn in_a_run(entries: &[i8], least: usize) -> Vec<bool> {
    entries
        .chunk_by(|a, b| a == b)
        .flat_map(|run| vec![run[0] != 0 && run.len() >= least; run.len()])
        .collect()
}
