//! What a quality review watches over time and across units: summaries, never a client.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One measure of the clinic, month by month, with the limits of what chance explains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlChart {
    /// The identifier part of the measure, e.g. `early_alliance`, `dropout`.
    pub id: String,
    pub title: String,
    /// With its unit and which direction is better.
    pub y_label: String,
    // A display is told by a field of the name `kind`.
    #[serde(rename = "limits")]
    pub kind: ChartKind,
    /// Which way is good news, where one is.
    pub good: Option<Good>,
    /// How many months a point stands for: 1, 3 or 6.
    #[serde(default = "one_month")]
    pub months_per_point: u16,
    /// Do points of which few clients changed since the last report stand as it showed them?
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub as_before: bool,
    /// Fewer than twelve points: the limits are on trial.
    pub is_trial: bool,
    /// Runs about the median of the last phase, where it has ten points or more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub runs: Option<Runs>,
    /// From left to right; each has its own center and limits.
    pub phases: Vec<ChartPhase>,
    pub variation: Variation,
}

fn one_month() -> u16 {
    1
}

/// How limits are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Individuals: mean ± 2.66 mean moving ranges.
    Xmr,
    /// Proportions, binomial limits by month.
    P,
    /// Proportions, the binomial limits widened by the variation between months (Laney).
    PPrime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Good {
    Up,
    Down,
}

/// How points lie about their median, with what chance allows (Anhøj's rules).
///
/// There is more than chance where the longest run is longer than allowed, or the crossings fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Runs {
    /// Most points in a row on one side.
    pub longest: u64,
    pub longest_allowed: u64,
    /// How often the line of points crosses the median.
    pub crossings: u64,
    pub fewest_crossings: u64,
}

impl Runs {
    pub fn is_more_than_chance(self) -> bool {
        self.longest > self.longest_allowed || self.crossings < self.fewest_crossings
    }
}

/// Months with one center line; a new phase begins where the study declares a rebase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChartPhase {
    /// Why the limits were made anew; none for the first phase.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    pub center: f64,
    pub points: Vec<ChartPoint>,
}

impl ChartPhase {
    /// What the point at a place of this phase says: a signal is good or bad news by the side of the
    /// center it lies on, a trend by its direction.
    pub fn variation(&self, place: usize, good: Option<Good>) -> Variation {
        let point = &self.points[place];
        let Some(value) = point.value.filter(|_| !point.signals.is_empty()) else {
            return Variation::CommonCause;
        };
        let has = |rule: RunRule| point.signals.contains(&rule);
        let side = (value != self.center).then_some(value > self.center);
        // METHOD: where the signals of one point disagree, a limit that is passed decides before a
        // trend, and a trend before the side of the center (R package NHSRplotthedots, ptd_special_cause_type).
        let is_up = if has(RunRule::OutsideLimits) || !has(RunRule::SevenTrending) {
            side
        } else {
            self.is_rising(place, value).or(side)
        };
        match (is_up, good) {
            (Some(is_up), Some(good)) if is_up == (good == Good::Up) => {
                Variation::SpecialCauseImprovement
            }
            (Some(_), Some(_)) => Variation::SpecialCauseConcern,
            (None, _) | (_, None) => Variation::SpecialCauseNeither,
        }
    }

    /// Does the trend rise to this point, or from it where a run of seven begins with it?
    fn is_rising(&self, place: usize, value: f64) -> Option<bool> {
        let trending = |point: &ChartPoint| {
            let is_part = point.signals.contains(&RunRule::SevenTrending);
            point.value.filter(|_| is_part)
        };
        let valued = |point: &&ChartPoint| point.value.is_some();
        let before = self.points[..place].iter().rev().find(valued);
        let after = self.points[place + 1..].iter().find(valued);
        let to = before.and_then(trending).map(|from| (from, value));
        let from = after.and_then(trending).map(|to| (value, to));
        let mut steps = to.into_iter().chain(from);
        steps.find_map(|(from, to)| (from != to).then_some(to > from))
    }
}

/// A month, or as many as a point of the chart stands for. Where too few clients are behind it, there is no value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChartPoint {
    /// `2025-03`, the first where there are more.
    pub month: String,
    pub value: Option<f64>,
    /// Sessions or clients behind a share; clients behind a mean, to the nearest 5.
    pub n: Option<u64>,
    /// Limits of chance in this month.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The rules this point breaks or helps to break.
    pub signals: Vec<RunRule>,
}

/// A pattern that chance hardly makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunRule {
    OutsideLimits,
    /// Seven in a row on one side of the center.
    SevenOnOneSide,
    /// Seven in a row that rise, or that fall.
    SevenTrending,
    /// Two of three beyond two thirds of the way to the same limit.
    TwoOfThreeNearLimit,
}

/// What the latest signals say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Variation {
    /// Nothing but what chance explains.
    CommonCause,
    SpecialCauseImprovement,
    SpecialCauseConcern,
    /// A signal in a measure without a good direction.
    SpecialCauseNeither,
    /// Too few months to say.
    CannotTell,
}

/// Units beside each other, against the limits of what chance explains for their size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitFunnel {
    /// The identifier part of the outcome, e.g. `reliable_improvement`.
    pub id: String,
    pub title: String,
    /// What is on the y axis, with its unit.
    pub y_label: String,
    /// `site` or `therapist`.
    pub unit: String,
    /// All clients, those of hidden units included.
    #[serde(default)]
    pub n: u64,
    /// Their share, which the limits lie about.
    pub target: f64,
    /// Standard deviation between units beyond chance, on the arcsine scale; 0 where there is none.
    pub tau: f64,
    /// Dispersion: the mean squared z, the highest and lowest tenth drawn in.
    pub phi: f64,
    /// What the shares are adjusted for, e.g. `intake severity and diagnosis`; none where they are raw.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub adjusted_for: Option<String>,
    /// Units with clients that may not be shown; they take no part in τ and φ.
    #[serde(default)]
    pub hidden: u64,
    /// Limits by effective number of clients, from few to many.
    pub limits: Vec<FunnelLimits>,
    /// In the order of their names, or by number of clients where they have none; never by rank.
    pub units: Vec<FunnelUnit>,
}

/// The limits for units of so many clients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelLimits {
    pub n: u64,
    pub low_95: f64,
    pub high_95: f64,
    pub low_998: f64,
    pub high_998: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelUnit {
    /// None where units are not told apart.
    pub label: Option<String>,
    pub n: u64,
    /// As many clients without a case mix as would let chance move their share as much; n where not adjusted.
    #[serde(default)]
    pub effective_n: u64,
    /// The share, case-mix adjusted where the funnel is.
    pub share: f64,
    /// Clients expected from the case mix, where adjusted.
    pub expected: Option<f64>,
    pub flag: FunnelFlag,
}

impl FunnelUnit {
    /// Where it lies among the limits: its effective number of clients, or n in findings without one.
    pub fn place(&self) -> u64 {
        if self.effective_n > 0 {
            self.effective_n
        } else {
            self.n
        }
    }
}

impl UnitFunnel {
    /// The units outside the 95 % limits, in the order of all.
    pub fn outside(&self) -> impl Iterator<Item = &FunnelUnit> {
        let is_outside = |unit: &&FunnelUnit| unit.flag != FunnelFlag::Inside;
        self.units.iter().filter(is_outside)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FunnelFlag {
    Inside,
    Above95,
    Below95,
    Above998,
    Below998,
}
