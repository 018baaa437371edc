//! What moved over time, and was it more than chance? Control charts by month.
//!
//! Where months hold too few clients to be shown, a chart is by quarter; what is hidden takes no part
//! in the center line and the limits, so that it does not follow from them.

use std::collections::BTreeMap;

use super::sample::Analysis;
use super::shares::{Split, shown_parts};
use crate::findings::monitoring::{
    ChartKind, ChartPhase, ChartPoint, ControlChart, Good, RunRule, Variation,
};
use crate::findings::{Answer, Display};
use crate::intake::Status;
use crate::questions::counts::rounded;
use crate::stats::control_chart::{
    self, Limits, Month as Counted, Rule, p_chart, p_prime, signals, xmr,
};
use crate::study::{Month, Question};

/// Points below which the limits are on trial, and below which there is no chart.
const TRIAL: usize = 12;
const FEWEST: usize = 3;
/// The share of periods that must be showable for a chart to be drawn by them.
const SHOWABLE: f64 = 2.0 / 3.0;

/// A month or a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Period {
    first_month: Month,
    is_quarter: bool,
}

impl Period {
    fn of(month: Month, is_quarter: bool) -> Period {
        let first = if is_quarter {
            Month::from_number(month.number() / 3 * 3)
        } else {
            month
        };
        Period {
            first_month: first,
            is_quarter,
        }
    }

    fn next(self) -> Period {
        let step = if self.is_quarter { 3 } else { 1 };
        Period {
            first_month: Month::from_number(self.first_month.number() + step),
            ..self
        }
    }

    fn label(self) -> String {
        self.first_month.to_string()
    }
}

/// What is charted of a period, and whether it may be shown.
#[derive(Clone, Copy, Debug)]
struct Cell {
    period: Period,
    value: f64,
    count: u64,
    /// Clients, or sessions where these are counted.
    of: u64,
    is_shown: bool,
}

/// A measure to be charted.
struct Measure {
    id: &'static str,
    title: &'static str,
    y_label: String,
    good: Option<Good>,
    kind: ChartKind,
}

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(
        Question::Monitoring,
        "What moved over time, and was it more than chance?",
    );
    if !analysis.clients.has.date {
        answer.not_measured = Some("the sessions file has no column date".into());
        return answer;
    }
    let charts = [
        early_alliance(analysis),
        of_sessions(analysis, "sessions_rated"),
        of_sessions(analysis, "online"),
        of_clients(analysis, "reliable_improvement"),
        of_clients(analysis, "reliable_deterioration"),
        of_clients(analysis, "dropout"),
    ];
    answer
        .displays
        .extend(charts.into_iter().flatten().map(Display::ControlChart));
    if answer.displays.is_empty() {
        answer.not_measured =
            Some("no measure has three months or quarters with enough clients".into());
    }
    answer.caveats = vec![
        "A point outside the limits, or a run, says that something other than chance is at work; it does not say what.".into(),
        "Outcomes are counted in the month of a client's last session; the last months hold fewer long treatments than the others.".into(),
        "Several charts with several rules each are looked at: now and then one gives a signal by chance alone.".into(),
    ];
    answer
}

/// The mean early alliance of the clients who began in a period.
fn early_alliance(analysis: &Analysis) -> Option<ControlChart> {
    let months = analysis.clients.first_months();
    let by_period = |is_quarter: bool| -> Vec<Cell> {
        let mut sums: BTreeMap<Period, (f64, u64)> = BTreeMap::new();
        for (month, alliance) in months.iter().zip(&analysis.early) {
            if let (Some(month), Some(alliance)) = (month, alliance) {
                let sum = sums.entry(Period::of(*month, is_quarter)).or_default();
                sum.0 += alliance;
                sum.1 += 1;
            }
        }
        sums.into_iter()
            .map(|(period, (sum, n))| Cell {
                period,
                value: sum / n as f64,
                count: n,
                of: n,
                is_shown: n >= analysis.minimum(),
            })
            .collect()
    };
    let name = analysis.alliance_measure().map_or("alliance", |m| &m.name);
    chart(
        analysis,
        Measure {
            id: "early_alliance",
            title: "Mean early alliance of clients who began",
            y_label: format!("{name} (points; higher is better)"),
            good: Some(Good::Up),
            kind: ChartKind::Xmr,
        },
        by_period,
    )
}

/// Shares of the sessions of a period.
fn of_sessions(analysis: &Analysis, which: &'static str) -> Option<ControlChart> {
    let is_online = which == "online";
    if is_online && !analysis.clients.has.delivery {
        return None;
    }
    let minimum = analysis.minimum();
    let by_period = |is_quarter: bool| -> Vec<Cell> {
        let mut sums: BTreeMap<Period, Cell> = BTreeMap::new();
        for (month, found) in &analysis.clients.months {
            let (count, of, clients) = if is_online {
                (
                    found.online,
                    found.delivered,
                    [found.clients[2], found.clients[3]],
                )
            } else {
                (
                    found.rated,
                    found.sessions,
                    [found.clients[0], found.clients[1]],
                )
            };
            let period = Period::of(*month, is_quarter);
            // METHOD: clients of the months of a quarter overlap; that each month has enough is
            // enough for the quarter.
            let is_safe = clients.iter().all(|n| *n == 0 || *n >= minimum);
            let cell = sums.entry(period).or_insert(Cell {
                period,
                value: 0.0,
                count: 0,
                of: 0,
                is_shown: true,
            });
            cell.count += count;
            cell.of += of;
            cell.is_shown &= is_safe || is_quarter && clients.iter().sum::<u64>() >= 4 * minimum;
        }
        sums.into_values()
            .map(|cell| Cell {
                value: cell.count as f64 / cell.of.max(1) as f64,
                is_shown: cell.is_shown && cell.of > 0,
                ..cell
            })
            .collect()
    };
    let measure = if is_online {
        Measure {
            id: "online",
            title: "Sessions held online",
            y_label: "of the sessions: share".into(),
            good: None,
            kind: ChartKind::PPrime,
        }
    } else {
        Measure {
            id: "sessions_rated",
            title: "Sessions with an alliance rating",
            y_label: "of the sessions: share".into(),
            good: Some(Good::Up),
            kind: ChartKind::PPrime,
        }
    };
    chart(analysis, measure, by_period)
}

/// Shares of the clients whose last session was in a period.
fn of_clients(analysis: &Analysis, which: &'static str) -> Option<ControlChart> {
    let (title, y_label, good) = match which {
        "dropout" => (
            "Treatments broken off",
            "of ended treatments: share",
            Good::Down,
        ),
        "reliable_improvement" => (
            "Reliable improvement",
            "of clients with both scores: share",
            Good::Up,
        ),
        _ => (
            "Reliable deterioration",
            "of clients with both scores: share",
            Good::Down,
        ),
    };
    let of_client = outcomes(analysis, which)?;
    let months = analysis.clients.last_months();
    let count = |wanted: bool| of_client.iter().filter(|o| **o == Some(wanted)).count() as u64;
    let total = Split {
        yes: count(true),
        no: count(false),
    };
    let by_period = |is_quarter: bool| -> Vec<Cell> {
        let mut splits: BTreeMap<Period, Split> = BTreeMap::new();
        for (month, outcome) in months.iter().zip(&of_client) {
            if let (Some(month), Some(outcome)) = (month, outcome) {
                let split = splits
                    .entry(Period::of(*month, is_quarter))
                    .or_insert(Split { yes: 0, no: 0 });
                *(if *outcome {
                    &mut split.yes
                } else {
                    &mut split.no
                }) += 1;
            }
        }
        let parts: Vec<Split> = splits.values().copied().collect();
        let shown = shown_parts(&vec![true; parts.len()], &parts, total, analysis.minimum());
        splits
            .into_iter()
            .zip(shown)
            .map(|((period, split), is_shown)| Cell {
                period,
                value: split.yes as f64 / (split.yes + split.no) as f64,
                count: split.yes,
                of: split.yes + split.no,
                is_shown,
            })
            .collect()
    };
    chart(
        analysis,
        Measure {
            id: which,
            title,
            y_label: y_label.into(),
            good: Some(good),
            kind: ChartKind::P,
        },
        by_period,
    )
}

/// Of each client, whether it ended so, where that is known.
pub(super) fn outcomes(analysis: &Analysis, which: &str) -> Option<Vec<Option<bool>>> {
    if which == "dropout" {
        if !analysis.clients.has_status {
            return None;
        }
        let statuses = analysis.clients.statuses().into_iter();
        return Some(
            statuses
                .map(|status| match status? {
                    Status::DroppedOut => Some(true),
                    Status::Completed => Some(false),
                    Status::Ongoing => None,
                })
                .collect(),
        );
    }
    let rule = super::change::reliable_change(analysis)?;
    let is_better = which == "reliable_improvement";
    let pairs = analysis.sample.pre.iter().zip(&analysis.sample.post);
    Some(
        pairs
            .map(|(pre, post)| {
                let gain = (*post)? - (*pre)?;
                Some(rule(if is_better { gain } else { -gain }))
            })
            .collect(),
    )
}

/// The chart by month, or by quarter where months are too small, if there is one.
fn chart(
    analysis: &Analysis,
    measure: Measure,
    by_period: impl Fn(bool) -> Vec<Cell>,
) -> Option<ControlChart> {
    let cells = [false, true].into_iter().map(by_period).find(|cells| {
        let shown = cells.iter().filter(|cell| cell.is_shown).count();
        shown >= FEWEST && shown as f64 >= SHOWABLE * cells.len() as f64
    })?;
    let (first, last) = (cells.first()?.period, cells.last()?.period);
    let mut periods = vec![first];
    while let Some(next) = periods
        .last()
        .map(|p| p.next())
        .filter(|next| *next <= last)
    {
        periods.push(next);
    }
    let cell_of = |period: &Period| {
        cells
            .iter()
            .find(|cell| cell.period == *period && cell.is_shown)
    };
    let mut starts: Vec<(Period, Option<String>)> = vec![(first, None)];
    for rebase in analysis
        .settings
        .rebases
        .iter()
        .filter(|r| r.chart == measure.id)
    {
        let from = periods.iter().rev().find(|p| p.label() <= rebase.from);
        starts.extend(from.map(|from| (*from, Some(rebase.reason.clone()))));
    }
    starts.sort_by_key(|(period, _)| *period);
    let mut phases = Vec::new();
    let mut latest = Vec::new();
    for (at, (start, reason)) in starts.iter().enumerate() {
        let end = starts.get(at + 1).map(|(period, _)| *period);
        let of_phase: Vec<Period> = periods
            .iter()
            .copied()
            .filter(|p| p >= start && end.is_none_or(|end| *p < end))
            .collect();
        let shown: Vec<&Cell> = of_phase.iter().filter_map(cell_of).collect();
        let values: Vec<f64> = shown.iter().map(|cell| cell.value).collect();
        let Ok(limits) = limits(&measure, &shown, &values) else {
            continue;
        };
        let found = signals(&values, &limits);
        latest = found.last().cloned().unwrap_or_default();
        let mut next = 0;
        let points = of_phase
            .iter()
            .map(|period| {
                let Some(cell) = cell_of(period) else {
                    return ChartPoint {
                        month: period.label(),
                        value: None,
                        n: None,
                        low: None,
                        high: None,
                        signals: Vec::new(),
                    };
                };
                let at = next;
                next += 1;
                ChartPoint {
                    month: period.label(),
                    value: Some(cell.value),
                    n: Some(rounded(cell.of as usize)),
                    low: Some(limits.low[at]),
                    high: Some(limits.high[at]),
                    signals: found[at].iter().map(as_finding).collect(),
                }
            })
            .collect();
        phases.push(ChartPhase {
            reason: reason.clone(),
            center: limits.center,
            points,
        });
    }
    let last_phase = phases.last()?;
    let shown = |phase: &ChartPhase| phase.points.iter().filter(|p| p.value.is_some()).count();
    let in_last = shown(last_phase);
    let variation = if in_last < 6 {
        Variation::CannotTell
    } else {
        variation(&measure, last_phase, &latest)
    };
    Some(ControlChart {
        id: measure.id.into(),
        title: if first.is_quarter {
            format!("{}, by quarter", measure.title)
        } else {
            measure.title.into()
        },
        y_label: measure.y_label,
        kind: measure.kind,
        good: measure.good,
        is_trial: in_last < TRIAL,
        phases,
        variation,
    })
}

fn limits(
    measure: &Measure,
    shown: &[&Cell],
    values: &[f64],
) -> Result<Limits, crate::stats::Undefined> {
    let counted: Vec<Counted> = shown
        .iter()
        .map(|cell| Counted {
            count: cell.count,
            of: cell.of,
        })
        .collect();
    match measure.kind {
        ChartKind::Xmr => xmr(values),
        ChartKind::P => p_chart(&counted),
        ChartKind::PPrime => p_prime(&counted),
    }
}

fn as_finding(rule: &Rule) -> RunRule {
    match rule {
        control_chart::Rule::OutsideLimits => RunRule::OutsideLimits,
        control_chart::Rule::SevenOnOneSide => RunRule::SevenOnOneSide,
        control_chart::Rule::SevenTrending => RunRule::SevenTrending,
        control_chart::Rule::TwoOfThreeNearLimit => RunRule::TwoOfThreeNearLimit,
    }
}

/// What the last point says: a signal counts as good or bad by the side it lies on, a trend by its
/// direction.
fn variation(measure: &Measure, phase: &ChartPhase, latest: &[Rule]) -> Variation {
    if latest.is_empty() {
        return Variation::CommonCause;
    }
    let values: Vec<f64> = phase.points.iter().filter_map(|p| p.value).collect();
    let (Some(good), [.., before, last]) = (measure.good, &values[..]) else {
        return Variation::SpecialCauseNeither;
    };
    // METHOD: a limit that is passed decides first, then a trend, then the side of the center.
    let is_outside = latest.contains(&Rule::OutsideLimits);
    let is_up = if !is_outside && latest.contains(&Rule::SevenTrending) {
        last > before
    } else {
        *last > phase.center
    };
    if is_up == (good == Good::Up) {
        Variation::SpecialCauseImprovement
    } else {
        Variation::SpecialCauseConcern
    }
}
