//! One measure month by month: its numbers as they are read, and its text.

use std::fmt;

use super::axis::Axis;
use super::chart::{digits, full};
use super::control_signals::Sign;
use crate::findings::Scale;
use crate::findings::monitoring::{ChartKind, ChartPhase, ChartPoint, ControlChart};
use crate::report::words;
use crate::study::Month;

/// Stands in the panel of a chart with few months.
pub(super) const TRIAL: &str = "trial limits";
/// The columns of the table.
pub(super) const COLUMNS: [&str; 11] = [
    "chart",
    "phase",
    "month",
    "value",
    "n",
    "low",
    "center",
    "high",
    "signals",
    "sign",
    "variation",
];

/// An axis of shares holds at least so much: its ticks are told apart by tenths of a percent.
const NARROWEST: f64 = 0.02;

/// A measure that at least one month has a value of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ControlPanel {
    pub chart: ControlChart,
    pub y: Axis,
}

/// A month that can be drawn, with its value.
pub(super) fn latest(chart: &ControlChart) -> Option<(Month, f64, &ChartPoint)> {
    let points = chart.phases.iter().flat_map(|phase| &phase.points);
    points
        .filter_map(|point| Some((Month::of_text(&point.month)?, point.value?, point)))
        .next_back()
}

fn is_share(chart: &ControlChart) -> bool {
    matches!(chart.kind, ChartKind::P | ChartKind::PPrime) || chart.y_label.ends_with("share")
}

/// The months of a chart that can be read as such.
pub(super) fn months(chart: &ControlChart) -> impl Iterator<Item = Month> + Clone {
    let points = chart.phases.iter().flat_map(|phase| &phase.points);
    let more = chart.months_per_point.saturating_sub(1);
    points
        .filter_map(|point| Month::of_text(&point.month))
        .flat_map(move |month| [month, month.later(more)])
}

/// From the first month of a phase to its last.
pub(super) fn ends(phase: &ChartPhase) -> Option<(Month, Month)> {
    let mut months = phase.points.iter().filter_map(|p| Month::of_text(&p.month));
    Some((months.clone().next()?, months.next_back()?))
}

impl ControlPanel {
    /// `None` where no month has a value.
    pub fn of(chart: &ControlChart) -> Option<ControlPanel> {
        latest(chart)?;
        let numbers = chart.phases.iter().flat_map(|phase| {
            let points = phase.points.iter();
            let numbers = points.flat_map(|point| [point.value, point.low, point.high]);
            numbers.flatten().chain([phase.center])
        });
        let y = if is_share(chart) {
            let least = numbers.clone().fold(1.0 - NARROWEST, f64::min);
            let numbers = numbers.chain([least, least + NARROWEST]);
            Axis::holding(&chart.y_label, numbers, 4).in_percent()
        } else {
            Axis::holding(&chart.y_label, numbers, 4)
        };
        Some(ControlPanel {
            chart: chart.clone(),
            y,
        })
    }

    /// A number of this measure, as it is read.
    pub fn number(&self, x: f64) -> String {
        if is_share(&self.chart) {
            words::on_scale(x, Scale::Proportion)
        } else {
            let (low, high) = self.y.span();
            let decimals = match high - low {
                wide if wide >= 100.0 => 0,
                points if points >= 2.0 => 1,
                _ => words::decimals((low, high)),
            };
            words::number(x, decimals)
        }
    }

    /// `31.0 to 50.8`, or the one limit there is.
    pub fn limits(&self, point: &ChartPoint) -> Option<String> {
        let number = |x: f64| self.number(x);
        match (point.low, point.high) {
            (Some(low), Some(high)) => Some(format!("{} to {}", number(low), number(high))),
            (Some(low), None) => Some(format!("from {}", number(low))),
            (None, Some(high)) => Some(format!("up to {}", number(high))),
            (None, None) => None,
        }
    }

    /// `Dec 2025: 46.2` and `n = 40`.
    pub fn latest_in_words(&self) -> Vec<String> {
        let Some((month, value, point)) = latest(&self.chart) else {
            return Vec::new();
        };
        let when = words::months(month, self.chart.months_per_point);
        let value = format!("{when}: {}", self.number(value));
        let n = point.n.map(|n| format!("n = {}", words::count(n)));
        [value].into_iter().chain(n).collect()
    }

    /// Where a phase begins anew, and why.
    pub fn rebases(&self) -> impl Iterator<Item = (Month, &str)> {
        let later = self.chart.phases.iter().skip(1);
        later.filter_map(|phase| {
            let reason = phase.reason.as_deref().unwrap_or("new limits");
            Some((ends(phase)?.0, reason))
        })
    }

    /// Every value with its month and sign.
    pub fn signs(&self) -> impl Iterator<Item = (Month, f64, Sign)> {
        self.chart.phases.iter().flat_map(|phase| {
            let signs = Sign::of_points(phase, self.chart.good);
            phase.points.iter().zip(signs).filter_map(|(point, sign)| {
                Some((Month::of_text(&point.month)?, point.value?, sign))
            })
        })
    }

    /// The limits of the latest month that has them.
    pub fn latest_limits(&self) -> Option<String> {
        let last = self.chart.phases.last()?;
        let mut points = last.points.iter().rev();
        points.find_map(|point| self.limits(point))
    }

    /// The center of the latest phase.
    pub fn latest_center(&self) -> Option<String> {
        Some(self.number(self.chart.phases.last()?.center))
    }

    /// Do the limits change within a phase?
    pub fn has_moving_limits(&self) -> bool {
        self.chart.phases.iter().any(|phase| {
            let sides: [fn(&ChartPoint) -> Option<f64>; 2] = [|p| p.low, |p| p.high];
            sides.into_iter().any(|side| {
                let limits: Vec<f64> = phase.points.iter().filter_map(side).collect();
                limits.windows(2).any(|pair| pair[0] != pair[1])
            })
        })
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chart = &self.chart;
        writeln!(f, "panel    {}", chart.title)?;
        writeln!(f, "y axis   {}", self.y)?;
        let words = words::variation(chart.variation);
        writeln!(f, "icon     {} | {words}", Sign::of_chart(chart).shape())?;
        if chart.is_trial {
            writeln!(f, "label    {TRIAL}")?;
        }
        for (month, reason) in self.rebases() {
            writeln!(f, "upright  {} | {reason}", words::month(month))?;
        }
        for phase in &chart.phases {
            let center = self.number(phase.center);
            if let Some((first, last)) = ends(phase) {
                let last = last.later(chart.months_per_point.saturating_sub(1));
                let (first, last) = (words::month(first), words::month(last));
                writeln!(f, "center   {center} | {first} to {last}")?;
            }
            for (point, sign) in phase.points.iter().zip(Sign::of_points(phase, chart.good)) {
                self.describe_point(f, point, sign)?;
            }
        }
        Ok(())
    }

    fn describe_point(
        &self,
        f: &mut fmt::Formatter<'_>,
        point: &ChartPoint,
        sign: Sign,
    ) -> fmt::Result {
        let Some(month) = Month::of_text(&point.month) else {
            return Ok(());
        };
        let (shape, value) = match point.value {
            Some(value) => (sign.shape(), self.number(value)),
            None => ("gap", "no value".into()),
        };
        let limits = self.limits(point).unwrap_or_else(|| "no limits".into());
        write!(f, "{shape:<8} {} | {value} | {limits}", words::month(month))?;
        if let Some(n) = point.n {
            write!(f, " | n = {}", words::count(n))?;
        }
        for rule in &point.signals {
            write!(f, " | {}", words::run_rule(*rule))?;
        }
        writeln!(f)
    }

    /// One row per month: the columns are [`COLUMNS`].
    pub fn rows(&self) -> Vec<Vec<String>> {
        let chart = &self.chart;
        let phases = chart.phases.iter().zip(1..);
        phases
            .flat_map(|(phase, number)| {
                let signs = Sign::of_points(phase, chart.good);
                phase.points.iter().zip(signs).map(move |(point, sign)| {
                    let rules: Vec<&str> =
                        point.signals.iter().copied().map(words::run_rule).collect();
                    let meaning = point.value.map(|_| sign.meaning().to_owned());
                    vec![
                        chart.id.clone(),
                        number.to_string(),
                        point.month.clone(),
                        full(point.value),
                        digits(point.n),
                        full(point.low),
                        full(phase.center),
                        full(point.high),
                        rules.join("; "),
                        meaning.unwrap_or_default(),
                        words::variation(chart.variation).to_owned(),
                    ]
                })
            })
            .collect()
    }
}
