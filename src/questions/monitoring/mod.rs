//! What moved over time, and was it more than chance? Control charts by month.
//!
//! Where months hold too few clients to be shown, a chart is by quarter or half-year; what is hidden
//! takes no part in the center line and the limits, so that it does not follow from them, and is
//! never a single period, which would follow from the others and the whole.

mod chart;

use std::collections::BTreeMap;

use super::sample::Analysis;
use super::shares::{Split, shown_periods};
use crate::findings::disclosure::{CellKind, divide};
use crate::findings::monitoring::{ChartKind, ControlChart, Good};
use crate::findings::{Answer, Display};
use crate::intake::Status;
use crate::study::{CHARTS, Question};
use chart::{Cell, Measure, Period, chart};

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(
        Question::Monitoring,
        "What moved over time, and was it more than chance?",
    );
    if !analysis.clients.has.date {
        answer.not_measured = Some("the sessions file has no column date".into());
        return answer;
    }
    if analysis.clients.first_months().iter().all(Option::is_none) {
        answer.not_measured = Some("no session has a date".into());
        return answer;
    }
    let charts = CHARTS.into_iter().filter_map(|which| match which {
        "early_alliance" => early_alliance(analysis),
        "sessions_rated" | "online" => of_sessions(analysis, which),
        _ => of_clients(analysis, which),
    });
    answer.displays.extend(charts.map(Display::ControlChart));
    if answer.displays.is_empty() {
        answer.not_measured =
            Some("no measure has three months, quarters or half-years with enough clients".into());
    }
    answer.caveats = vec![
        "A point outside the limits, or a run, says that something other than chance is at work; it does not say what.".into(),
        "Outcomes are counted in the month of a client's last session; the last months hold fewer long treatments than the others, and where the data begin, the first months hold only short ones, of which more are broken off.".into(),
        "Several charts with several rules each are looked at: now and then one gives a signal by chance alone.".into(),
    ];
    answer
}

/// The mean early alliance of the clients who began in a period.
fn early_alliance(analysis: &Analysis) -> Option<ControlChart> {
    let months = analysis.clients.first_months();
    let undated = months
        .iter()
        .zip(&analysis.early)
        .filter(|(month, alliance)| month.is_none() && alliance.is_some())
        .count() as u64;
    let by_period = |length: u16| -> Vec<Cell> {
        let mut sums: BTreeMap<Period, (f64, u64)> = BTreeMap::new();
        for (month, alliance) in months.iter().zip(&analysis.early) {
            if let (Some(month), Some(alliance)) = (month, alliance) {
                let sum = sums.entry(Period::of(*month, length)).or_default();
                sum.0 += alliance;
                sum.1 += 1;
            }
        }
        let mut sizes: Vec<(u64, CellKind)> =
            sums.values().map(|(_, n)| (*n, CellKind::Free)).collect();
        if let Some(latest) = sizes.last_mut() {
            latest.1 = CellKind::Wanted;
        }
        sizes.push((undated, CellKind::Unprinted));
        let decided = divide(&sizes, analysis.minimum());
        sums.into_iter()
            .zip(decided.shown)
            .map(|((period, (sum, n)), shown)| Cell {
                period,
                value: sum / n as f64,
                count: n,
                of: n,
                is_shown: shown && decided.total_shown,
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
    let by_period = |length: u16| -> Vec<Cell> {
        let mut sums: BTreeMap<Period, (Cell, Split)> = BTreeMap::new();
        for (month, found) in &analysis.clients.months {
            let (count, of, [yes, no]) = if is_online {
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
            let period = Period::of(*month, length);
            let (cell, clients) = sums.entry(period).or_insert((
                Cell {
                    period,
                    value: 0.0,
                    count: 0,
                    of: 0,
                    is_shown: true,
                },
                Split { yes: 0, no: 0 },
            ));
            cell.count += count;
            cell.of += of;
            // METHOD: the months of a period share clients; the period has at least those of its
            // largest month.
            clients.yes = clients.yes.max(yes);
            clients.no = clients.no.max(no);
        }
        sums.retain(|_, (cell, _)| cell.of > 0);
        let clients: Vec<Split> = sums.values().map(|(_, clients)| *clients).collect();
        let total = Split {
            yes: clients.iter().map(|n| n.yes).sum(),
            no: clients.iter().map(|n| n.no).sum(),
        };
        let shown = shown_periods(&clients, total, analysis.minimum());
        sums.into_values()
            .zip(shown)
            .map(|((cell, _), is_shown)| Cell {
                value: cell.count as f64 / cell.of as f64,
                is_shown,
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
    let by_period = |length: u16| -> Vec<Cell> {
        let mut splits: BTreeMap<Period, Split> = BTreeMap::new();
        for (month, outcome) in months.iter().zip(&of_client) {
            if let (Some(month), Some(outcome)) = (month, outcome) {
                let split = splits
                    .entry(Period::of(*month, length))
                    .or_insert(Split { yes: 0, no: 0 });
                *(if *outcome {
                    &mut split.yes
                } else {
                    &mut split.no
                }) += 1;
            }
        }
        let parts: Vec<Split> = splits.values().copied().collect();
        let shown = shown_periods(&parts, total, analysis.minimum());
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
