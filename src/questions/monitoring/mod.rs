//! What moved over time, and was it more than chance? Control charts by month.
//!
//! Where months hold too few clients to be shown, a chart is by quarter or half-year; what is hidden
//! takes no part in the center line and the limits, so that it does not follow from them, and is
//! never a single period, which would follow from the others and the whole.

mod chart;

use std::collections::BTreeMap;

use super::counts::blurred;
use super::sample::Analysis;
use super::shares::{Split, shown_periods};
use crate::features::GroupKind;
use crate::findings::disclosure::{CellKind, divide};
use crate::findings::monitoring::{ChartKind, ControlChart, Good};
use crate::findings::{Answer, Display};
use crate::intake::Status;
use crate::stats::numeric::quantile::quantile_of_sorted;
use crate::study::{CHARTS, Modality, Month, Question};

use chart::{Cell, Measure, Period, chart};

/// The share of treatments that are no longer than what is usual.
const USUAL: f64 = 0.9;

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
        "sessions_rated" => sessions_rated(analysis),
        _ => of_clients(analysis, which),
    });
    answer.displays.extend(charts.map(Display::ControlChart));
    if answer.displays.is_empty() {
        answer.not_measured =
            Some("no measure has three months, quarters or half-years with enough clients".into());
    }
    answer.caveats = vec![
        "A point outside the limits, or a run, is a sign that more than chance is at work; it does not say what. No signal is no proof that nothing changed: the fewer clients, the less can be seen.".into(),
        "Outcomes are counted in the month of a client's last session. Where the data begin only short treatments can have ended; the charts of outcomes begin when nine of ten treatments could have.".into(),
        "A month of which too few can be told is not drawn; where the outcome itself makes it so, such as hardly anybody improving, the chart misses it.".into(),
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
        // METHOD: the limits of an individuals chart are the same for every month; the mean of a month with
        // less than half the usual number of clients would pass them by chance.
        let mut usual: Vec<f64> = sums.values().map(|(_, n)| *n as f64).collect();
        usual.sort_by(f64::total_cmp);
        let usual = quantile_of_sorted(&usual, 0.5).unwrap_or_default();
        let mut sizes: Vec<(u64, CellKind)> =
            sums.values().map(|(_, n)| (*n, CellKind::Free)).collect();
        if let Some(latest) = sizes.last_mut() {
            latest.1 = CellKind::Wanted;
        }
        sizes.push((undated, CellKind::Unprinted));
        let decided = divide(&sizes, analysis.minimum());
        let range = analysis.alliance_measure().and_then(|m| m.range());
        sums.into_iter()
            .zip(decided.shown)
            .map(|((period, (sum, n)), shown)| Cell {
                period,
                value: blurred(sum / n as f64, n as usize, range),
                count: n,
                of: n,
                is_drawn: true,
                is_shown: shown && decided.total_shown && 2.0 * n as f64 >= usual,
                as_before: false,
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
        None,
        by_period,
    )
}

/// The share of the sessions of a period that have an alliance rating.
fn sessions_rated(analysis: &Analysis) -> Option<ControlChart> {
    let by_period = |length: u16| -> Vec<Cell> {
        let mut sums: BTreeMap<Period, (u64, u64, Split)> = BTreeMap::new();
        for (month, found) in &analysis.clients.months {
            let nobody = (0, 0, Split { yes: 0, no: 0 });
            let (rated, sessions, clients) =
                sums.entry(Period::of(*month, length)).or_insert(nobody);
            *rated += found.rated;
            *sessions += found.sessions;
            // METHOD: the months of a period share clients; the period has at least those of its
            // largest month.
            clients.yes = clients.yes.max(found.clients[0]);
            clients.no = clients.no.max(found.clients[1]);
        }
        sums.retain(|_, (_, sessions, _)| *sessions > 0);
        let clients: Vec<Split> = sums.values().map(|(.., clients)| *clients).collect();
        let total = Split {
            yes: clients.iter().map(|n| n.yes).sum(),
            no: clients.iter().map(|n| n.no).sum(),
        };
        let shown = shown_periods(&clients, total, analysis.minimum());
        sums.into_iter()
            .zip(shown)
            .map(|((period, (rated, sessions, _)), is_shown)| Cell {
                period,
                value: rated as f64 / sessions as f64,
                count: rated,
                of: sessions,
                is_drawn: true,
                is_shown,
                as_before: false,
            })
            .collect()
    };
    let measure = Measure {
        id: "sessions_rated",
        title: "Sessions with an alliance rating",
        y_label: "of the sessions: share".into(),
        good: Some(Good::Up),
        kind: ChartKind::PPrime,
    };
    chart(analysis, measure, None, by_period)
}

/// Shares of clients: of those who began in a period, or whose last session was in it.
fn of_clients(analysis: &Analysis, which: &'static str) -> Option<ControlChart> {
    let (title, y_label, good) = match which {
        // METHOD: a client counts once. The sessions of neighbouring months are those of the same
        // clients, and their shares would look like a change where there is none.
        "online" => (
            "Clients who began, seen online",
            "of clients with a known delivery: share",
            None,
        ),
        "dropout" => (
            "Treatments broken off",
            "of ended treatments: share",
            Some(Good::Down),
        ),
        "reliable_improvement" => (
            "Reliable improvement",
            "of clients with both scores: share",
            Some(Good::Up),
        ),
        _ => (
            "Reliable deterioration",
            "of clients with both scores: share",
            Some(Good::Down),
        ),
    };
    let (of_client, months, begins) = if which == "online" {
        let months = analysis.clients.first_months();
        (seen_online(analysis)?, months, None)
    } else {
        let months = analysis.clients.last_months();
        (outcomes(analysis, which)?, months, treatments_end(analysis))
    };
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
                is_drawn: begins.is_none_or(|month| period.first_month() >= month),
                is_shown,
                as_before: false,
            })
            .collect()
    };
    chart(
        analysis,
        Measure {
            id: which,
            title,
            y_label: y_label.into(),
            good,
            kind: ChartKind::P,
        },
        last_total(analysis, which).map(|last| [last, total]),
        by_period,
    )
}

/// All clients of an outcome as an earlier report counted them, where one did.
pub(super) fn last_total(analysis: &Analysis, which: &str) -> Option<Split> {
    let last = analysis.earlier.numbers.get(total_id(analysis, which)?)?;
    let (n, yes) = (last.n?, last.count?);
    Some(Split {
        yes,
        no: n.saturating_sub(yes),
    })
}

/// The estimate that counts all clients of an outcome.
pub(super) fn total_id(analysis: &Analysis, which: &str) -> Option<&'static str> {
    let has_own_rule = analysis.measure().reliable_change.is_some();
    match (which, has_own_rule) {
        ("dropout", _) => Some("dropout.overall.rate"),
        ("reliable_improvement", true) => Some("change.nhs.reliably_improved"),
        ("reliable_improvement", false) => Some("change.jacobson_truax.improved"),
        ("reliable_deterioration", true) => Some("change.nhs.reliably_deteriorated"),
        ("reliable_deterioration", false) => Some("change.jacobson_truax.deteriorated"),
        _ => None,
    }
}

/// Of each client, whether the treatment was online, where its delivery is known.
fn seen_online(analysis: &Analysis) -> Option<Vec<Option<bool>>> {
    if !analysis.clients.has.delivery {
        return None;
    }
    let levels: Vec<_> = analysis
        .groups
        .iter()
        .filter(|g| g.group.kind == GroupKind::Level(Modality::Delivery))
        .collect();
    let of = |client: usize| {
        let level = levels.iter().find(|g| g.group.holds[client])?;
        Some(level.group.key == "delivery.online")
    };
    Some((0..analysis.clients.len()).map(of).collect())
}

/// The month from which treatments of every usual length can have ended, counted from the first session in the
/// data; none where they are all shorter than a month.
///
/// METHOD: before it only short treatments end, of which more are broken off.
fn treatments_end(analysis: &Analysis) -> Option<Month> {
    let first = analysis.clients.first_months();
    let last = analysis.clients.last_months();
    let begin = first.iter().flatten().min()?;
    let both = first.iter().zip(&last).filter_map(|(a, b)| (*a).zip(*b));
    let mut lengths: Vec<f64> = both
        .map(|(first, last)| f64::from(last.number() - first.number()))
        .collect();
    lengths.sort_by(f64::total_cmp);
    let usual = quantile_of_sorted(&lengths, USUAL)?;
    Some(begin.later(usual as u16))
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
