//! What a month of a control chart says, told by shape, ink and words alike.

use super::canvas::{Canvas, Marker, Stroke};
use super::ink::{COMMON_CAUSE, CONCERN, IMPROVEMENT, INK, MUTED, NEITHER};
use crate::findings::monitoring::{ChartPhase, ControlChart, Good, Variation};

/// Outline of the filled signs, so that they are told apart in grey and on dark paper.
const OUTLINE: f64 = 0.8;
const RING: f64 = 1.4;

/// News of one month, or of the latest months together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    CommonCause,
    /// The way that is good, to which the triangle points.
    Improvement(Good),
    Concern,
    /// A signal in a measure without a good direction.
    Neither,
    CannotTell,
}

impl Sign {
    /// The sign of each point of a phase, in order.
    pub fn of_points(phase: &ChartPhase, good: Option<Good>) -> Vec<Sign> {
        let places = 0..phase.points.len();
        places
            .map(|place| Sign::of(phase.variation(place, good), good))
            .collect()
    }

    /// The icon of a chart.
    pub fn of_chart(chart: &ControlChart) -> Sign {
        Sign::of(chart.variation, chart.good)
    }

    fn of(variation: Variation, good: Option<Good>) -> Sign {
        match (variation, good) {
            (Variation::CommonCause, _) => Sign::CommonCause,
            (Variation::SpecialCauseImprovement, Some(good)) => Sign::Improvement(good),
            (Variation::SpecialCauseConcern, _) => Sign::Concern,
            (Variation::SpecialCauseImprovement, None) | (Variation::SpecialCauseNeither, _) => {
                Sign::Neither
            }
            (Variation::CannotTell, _) => Sign::CannotTell,
        }
    }

    /// Is it more than chance?
    pub fn is_special(self) -> bool {
        !matches!(self, Sign::CommonCause | Sign::CannotTell)
    }

    /// `disc`, `triangle up`
    pub fn shape(self) -> &'static str {
        match self {
            Sign::CommonCause => "disc",
            Sign::Improvement(Good::Up) => "triangle up",
            Sign::Improvement(Good::Down) => "triangle down",
            Sign::Concern => "diamond",
            Sign::Neither => "square",
            Sign::CannotTell => "ring",
        }
    }

    /// What it means, as it is written in tables.
    pub fn meaning(self) -> &'static str {
        match self {
            Sign::CommonCause => "common cause",
            Sign::Improvement(_) => "improvement",
            Sign::Concern => "concern",
            Sign::Neither => "special cause",
            Sign::CannotTell => "cannot tell",
        }
    }

    /// `half` is half its width in pixels.
    pub fn draw(self, canvas: &Canvas<'_>, at: (f64, f64), half: f64) {
        let outline = Stroke::new(INK, OUTLINE);
        let outlined = |marker: Marker, ink| {
            canvas.marker(at, marker, half, ink);
            canvas.ring(at, marker, half, outline);
        };
        match self {
            Sign::CommonCause => canvas.marker(at, Marker::Circle, half, COMMON_CAUSE),
            Sign::Improvement(Good::Up) => outlined(Marker::Triangle, IMPROVEMENT),
            Sign::Improvement(Good::Down) => {
                let (x, y) = at;
                let half = half * 1.15;
                let (left, right, base) = (x - half, x + half, y - half * 0.8);
                let tip = (x, y + half);
                canvas.polygon(&[tip, (left, base), (right, base)], IMPROVEMENT);
                let around = [tip, (left, base), (right, base), tip, (left, base)];
                canvas.line(&around, outline);
            }
            Sign::Concern => outlined(Marker::Diamond, CONCERN),
            Sign::Neither => outlined(Marker::Square, NEITHER),
            Sign::CannotTell => {
                canvas.hollow_marker(at, Marker::Circle, half, Stroke::new(MUTED, RING));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::monitoring::{ChartPoint, RunRule};

    fn phase(points: &[(Option<f64>, &[RunRule])]) -> ChartPhase {
        ChartPhase {
            reason: None,
            center: 10.0,
            points: points
                .iter()
                .map(|&(value, signals)| ChartPoint {
                    month: "2025-01".into(),
                    value,
                    n: None,
                    low: None,
                    high: None,
                    signals: signals.to_vec(),
                })
                .collect(),
        }
    }

    const UP: Sign = Sign::Improvement(Good::Up);
    const DOWN: Sign = Sign::Improvement(Good::Down);

    #[test]
    fn the_side_of_the_center_is_good_or_bad_news() {
        for rule in [
            RunRule::OutsideLimits,
            RunRule::SevenOnOneSide,
            RunRule::TwoOfThreeNearLimit,
        ] {
            let phase = phase(&[(Some(11.0), &[rule]), (Some(9.0), &[rule]), (None, &[rule])]);
            let signs = |good| Sign::of_points(&phase, good);
            let none = Sign::CommonCause;
            assert_eq!(signs(Some(Good::Up)), [UP, Sign::Concern, none]);
            assert_eq!(signs(Some(Good::Down)), [Sign::Concern, DOWN, none]);
            assert_eq!(signs(None), [Sign::Neither, Sign::Neither, none]);
        }
    }

    #[test]
    fn a_trend_is_told_by_where_it_goes_and_not_by_its_side() {
        let trend: &[RunRule] = &[RunRule::SevenTrending];
        let falling: Vec<(Option<f64>, &[RunRule])> = (0..8)
            .map(|i| match i {
                3 => (None, &[] as &[RunRule]),
                i => (Some(20.0 - f64::from(i)), trend),
            })
            .collect();
        let signs = Sign::of_points(&phase(&falling), Some(Good::Up));
        for (i, sign) in signs.iter().enumerate() {
            let expected = if i == 3 {
                Sign::CommonCause
            } else {
                Sign::Concern
            };
            assert_eq!(*sign, expected, "point {i}, all above the center");
        }
        let signs = Sign::of_points(&phase(&falling), Some(Good::Down));
        assert_eq!((signs[0], signs[7]), (DOWN, DOWN));
    }

    #[test]
    fn a_trend_does_not_lean_on_a_neighbour_outside_it() {
        let trend: &[RunRule] = &[RunRule::SevenTrending];
        let rising = phase(&[(Some(30.0), &[]), (Some(4.0), trend), (Some(5.0), trend)]);
        let signs = Sign::of_points(&rising, Some(Good::Up));
        assert_eq!(signs, [Sign::CommonCause, UP, UP]);
    }

    #[test]
    fn a_limit_decides_before_a_trend_and_a_trend_before_a_side() {
        let (outside, seven, trend) = (
            RunRule::OutsideLimits,
            RunRule::SevenOnOneSide,
            RunRule::SevenTrending,
        );
        let falling = phase(&[
            (Some(16.0), &[outside, trend]),
            (Some(15.0), &[outside, seven, trend]),
            (Some(14.0), &[seven, trend]),
        ]);
        let signs = Sign::of_points(&falling, Some(Good::Up));
        assert_eq!(signs, [UP, UP, Sign::Concern]);
    }
}
