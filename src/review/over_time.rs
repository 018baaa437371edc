//! What the charts over time say in a review: now, since the last one, and against the policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Previous;
use super::policy::Policy;
use super::rules::threshold;
use crate::findings::monitoring::{ChartKind, ChartPhase, ChartPoint, ControlChart, Variation};
use crate::findings::{Display, Findings, Scale};
use crate::report::words;
use crate::study::Month;

/// Where there is no last review, the points of so many months are looked at.
const MONTHS_OF_A_FIRST_REVIEW: u16 = 3;

/// One chart over time, as a meeting reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Watched {
    /// The chart's identifier and title.
    pub chart: String,
    pub title: String,
    /// The latest month, quarter or half-year with a value, and that value.
    pub period: String,
    pub latest: f64,
    pub scale: Option<Scale>,
    pub variation: Variation,
    /// What the policy asks of this number, in words, where it asks something.
    pub threshold: Option<String>,
    pub assurance: Option<Assurance>,
    /// Points since the last review that say more than chance, in words.
    pub signals: Vec<String>,
}

/// Will the threshold be kept, as long as nothing but chance is at work?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// The limits lie on its good side.
    Kept,
    /// The limits lie on its bad side.
    Missed,
    /// It lies between the limits.
    NowAndThen,
    /// There are too few points for limits.
    CannotTell,
}

impl Assurance {
    /// A letter and words, as the charts of NHS England's Making Data Count have them.
    pub fn in_words(self) -> &'static str {
        match self {
            Assurance::Kept => "P: kept, unless something changes",
            Assurance::Missed => "F: missed, unless something changes",
            Assurance::NowAndThen => "?: now kept and now missed, by chance alone",
            Assurance::CannotTell => "too few points to tell",
        }
    }
}

/// A threshold of the policy, and the side of it that is good.
#[derive(Clone, Copy)]
enum Threshold {
    AtLeast(f64),
    AtMost(f64),
}

impl Threshold {
    /// What a policy asks of a chart; a rule that is switched off asks nothing.
    fn of(chart: &str, policy: &Policy) -> Option<Threshold> {
        let rule = match chart {
            "sessions_rated" => "sessions_rated",
            "reliable_deterioration" => "deterioration",
            "dropout" => "dropout",
            _ => return None,
        };
        let rule = policy.rule(rule);
        let at_least = rule.at_least.map(Threshold::AtLeast);
        at_least
            .or(rule.at_most.map(Threshold::AtMost))
            .filter(|_| rule.off != Some(true))
    }

    fn in_words(self) -> String {
        match self {
            Threshold::AtLeast(x) => format!("at least {}", threshold(x)),
            Threshold::AtMost(x) => format!("at most {}", threshold(x)),
        }
    }

    // METHOD: by the limits of the latest point, as NHS England's Making Data Count does.
    fn assurance(self, point: &ChartPoint, is_known: bool) -> Assurance {
        let (Some(low), Some(high), true) = (point.low, point.high, is_known) else {
            return Assurance::CannotTell;
        };
        let (is_kept, is_missed) = match self {
            Threshold::AtLeast(x) => (low >= x, high < x),
            Threshold::AtMost(x) => (high <= x, low > x),
        };
        match (is_kept, is_missed) {
            (true, _) => Assurance::Kept,
            (_, true) => Assurance::Missed,
            _ => Assurance::NowAndThen,
        }
    }
}

/// Every chart of the findings that has a value.
pub(super) fn over_time(
    findings: &Findings,
    policy: &Policy,
    previous: Option<&Previous>,
) -> Vec<Watched> {
    let day = previous.and_then(|last| last.data_lock.as_deref());
    let since = day.and_then(|day| Month::of_day(day.as_bytes()));
    let displays = findings.answers.iter().flat_map(|answer| &answer.displays);
    displays
        .filter_map(|display| match display {
            Display::ControlChart(chart) => watched(chart, policy, since),
            _ => None,
        })
        .collect()
}

fn watched(chart: &ControlChart, policy: &Policy, since: Option<Month>) -> Option<Watched> {
    let phase = chart.phases.last()?;
    let latest = phase.points.iter().rfind(|point| point.value.is_some())?;
    let month = Month::of_text(&latest.month)?;
    let last = last_month(chart, month);
    let since = since.map_or(
        last.number().saturating_sub(MONTHS_OF_A_FIRST_REVIEW),
        |since| since.number(),
    );
    let is_known = chart.variation != Variation::CannotTell;
    let signals = if is_known {
        signals(chart, phase, since)
    } else {
        Vec::new()
    };
    let threshold = Threshold::of(&chart.id, policy);
    Some(Watched {
        chart: chart.id.clone(),
        title: chart.title.clone(),
        period: words::months(month, chart.months_per_point),
        latest: latest.value?,
        scale: (chart.kind != ChartKind::Xmr).then_some(Scale::Proportion),
        variation: chart.variation,
        threshold: threshold.map(Threshold::in_words),
        assurance: threshold.map(|threshold| threshold.assurance(latest, is_known)),
        signals,
    })
}

/// The last month that a point of a chart stands for.
fn last_month(chart: &ControlChart, first: Month) -> Month {
    first.later(chart.months_per_point.saturating_sub(1))
}

/// The points after a month that say more than chance.
fn signals(chart: &ControlChart, phase: &ChartPhase, since: u16) -> Vec<String> {
    let points = phase.points.iter().enumerate();
    points
        .filter_map(|(place, point)| {
            let month = Month::of_text(&point.month)?;
            let variation = phase.variation(place, chart.good);
            let is_new = last_month(chart, month).number() > since;
            let rules: Vec<&str> = point.signals.iter().copied().map(words::run_rule).collect();
            (is_new && variation != Variation::CommonCause).then(|| {
                format!(
                    "{}: {} ({})",
                    words::months(month, chart.months_per_point),
                    words::variation(variation),
                    rules.join("; ")
                )
            })
        })
        .collect()
}

impl Watched {
    /// The latest value as its scale is read.
    pub(super) fn latest_in_words(&self) -> String {
        match self.scale {
            Some(scale) => words::on_scale(self.latest, scale),
            None => words::number(self.latest, 1),
        }
    }
}
