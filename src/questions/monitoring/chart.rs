//! From the cells of the periods to a chart: the shortest periods that may be shown, limits, signals.

use super::super::counts::rounded;
use super::super::sample::Analysis;
use super::super::shares::{Split, shown_beside_last};
use crate::findings::earlier::{Number, chart_point, charted};
use crate::findings::monitoring::{
    ChartKind, ChartPhase, ChartPoint, ControlChart, Good, RunRule, Runs, Variation,
};
use crate::stats::Undefined;
use crate::stats::control_chart::{
    self, Limits, Month as Counted, Rule, anhoej, p_chart, p_prime, signals, xmr,
    xmr_without_large_ranges,
};
use crate::stats::numeric::quantile::median;
use crate::study::{LargeRanges, Month, day_number, iso_day};

/// Points below which the limits are on trial, and below which there is no chart.
const TRIAL: usize = 12;
const FEWEST: usize = 3;
/// Points from which runs tell something (Anhøj & Olesen 2014).
const FEWEST_FOR_RUNS: usize = 10;
/// The share of periods that must be showable for a chart to be drawn by them: the shortest periods that reach
/// the first, or else the second.
///
/// METHOD: a month is hidden for its outcome, such as hardly anybody improving; with many of them hidden a chart
/// would not show what it is there for.
const SHOWABLE: [f64; 2] = [0.9, 2.0 / 3.0];

/// The same of a chart that the last report showed.
const SHOWABLE_AGAIN: f64 = 0.5;

/// The lengths of periods in months, with their words, from the shortest.
const LENGTHS: [(u16, &str); 3] = [(1, "month"), (3, "quarter"), (6, "half-year")];

/// A month, a quarter or a half-year of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Period {
    first_month: Month,
    /// In months.
    length: u16,
}

impl Period {
    pub fn of(month: Month, length: u16) -> Period {
        Period {
            first_month: Month::from_number(month.number() / length * length),
            length,
        }
    }

    fn next(self) -> Period {
        Period {
            first_month: Month::from_number(self.first_month.number() + self.length),
            ..self
        }
    }

    fn label(self) -> String {
        self.first_month.to_string()
    }

    pub fn first_month(self) -> Month {
        self.first_month
    }

    fn last_month(self) -> Month {
        self.first_month.later(self.length - 1)
    }
}

/// Is a period over, on the day the data were locked? The early alliance of those who began in a month is known
/// a month later.
///
/// METHOD: a period that goes on would be drawn with the treatments that ended first, and would be another one in
/// the next report.
fn is_closed(analysis: &Analysis, measure: &Measure, period: Period) -> bool {
    let lock = analysis.settings.data_lock.as_deref();
    let Some(month_after) = lock.and_then(month_of_day_after) else {
        return true;
    };
    let wait = u16::from(measure.id == "early_alliance");
    period.last_month().later(wait) < month_after
}

/// The month of the day after this one.
fn month_of_day_after(day: &str) -> Option<Month> {
    let next = i32::try_from(day_number(day)? + 1).ok()?;
    Month::of_day(iso_day(next).as_bytes())
}

/// What is charted of a period, and whether it may be shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub period: Period,
    pub value: f64,
    pub count: u64,
    /// Clients, or sessions where these are counted.
    pub of: u64,
    /// Is it a period of the chart: over, and of treatments of every usual length?
    pub is_drawn: bool,
    pub is_shown: bool,
    /// Is it as the last report showed it?
    pub as_before: bool,
}

/// A measure to be charted.
pub(super) struct Measure {
    pub id: &'static str,
    pub title: &'static str,
    pub y_label: String,
    pub good: Option<Good>,
    pub kind: ChartKind,
}

/// The chart by the shortest periods that are not too small, if there is one. `totals` are all clients as the last
/// report counted them, and as this one does.
pub(super) fn chart(
    analysis: &Analysis,
    measure: Measure,
    totals: Option<[Split; 2]>,
    by_period: impl Fn(u16) -> Vec<Cell>,
) -> Option<ControlChart> {
    let attempts = SHOWABLE
        .into_iter()
        .flat_map(|share| LENGTHS.map(|(length, word)| (share, length, word)));
    let (shown, title) = attempts.into_iter().find_map(|(share, length, word)| {
        let title = match length {
            1 => measure.title.to_owned(),
            _ => format!("{}, by {word}", measure.title),
        };
        let mut cells = by_period(length);
        for cell in &mut cells {
            cell.is_drawn &= is_closed(analysis, &measure, cell.period);
            cell.is_shown &= cell.is_drawn;
        }
        hold_beside_last(analysis, &measure, &title, totals, &mut cells)?;
        cells.retain(|cell| cell.is_drawn);
        // A chart that was shown goes on with what can be shown.
        let showable = if was_shown(analysis, &measure, &title) {
            SHOWABLE_AGAIN
        } else {
            share
        };
        let all = cells.len();
        let shown: Vec<Cell> = cells.into_iter().filter(|cell| cell.is_shown).collect();
        let (first, last) = (shown.first()?.period, shown.last()?.period);
        // A few days of a wrong year must not stretch a chart over centuries.
        let span = (last.first_month.number() - first.first_month.number()) / length + 1;
        (shown.len() >= FEWEST
            && shown.len() as f64 >= showable * all as f64
            && 2 * shown.len() >= usize::from(span))
        .then_some((shown, title))
    })?;
    let as_before = shown.iter().any(|cell| cell.as_before);
    let (first, last) = (shown.first()?.period, shown.last()?.period);
    let periods: Vec<Period> = std::iter::successors(Some(first), |period| Some(period.next()))
        .take_while(|period| *period <= last)
        .collect();
    let cell_of = |period: &Period| shown.iter().find(|cell| cell.period == *period);
    let mut starts: Vec<(Period, Option<String>)> = vec![(first, None)];
    for rebase in analysis
        .settings
        .rebases
        .iter()
        .filter(|r| r.chart == measure.id)
    {
        // A period that began before is one of the old limits.
        let from = periods.iter().find(|p| p.label() >= rebase.from);
        starts.extend(from.map(|from| (*from, Some(rebase.reason.clone()))));
    }
    starts.sort_by_key(|(period, _)| *period);
    let mut phases = Vec::new();
    for (at, (start, reason)) in starts.iter().enumerate() {
        let end = starts.get(at + 1).map(|(period, _)| *period);
        let of_phase: Vec<Period> = periods
            .iter()
            .copied()
            .filter(|p| p >= start && end.is_none_or(|end| *p < end))
            .collect();
        // A period without a value ends every run and takes no part in the limits.
        let cells: Vec<Option<&Cell>> = of_phase.iter().map(cell_of).collect();
        let values: Vec<f64> = cells
            .iter()
            .map(|cell| cell.map_or(f64::NAN, |cell| cell.value))
            .collect();
        // A phase that has just begun has points, and no limits yet.
        let limits = limits(analysis, &measure, &cells).ok();
        let mut found = match &limits {
            Some(limits) => signals(&values, limits),
            None => vec![Vec::new(); values.len()],
        };
        // METHOD: neighbouring months share the clients whose sessions are counted; runs and trends of such
        // points are no news.
        if measure.kind == ChartKind::PPrime {
            let is_told = |rule: &Rule| *rule == Rule::OutsideLimits;
            found.iter_mut().for_each(|rules| rules.retain(is_told));
        }
        let known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        if known.is_empty() {
            continue;
        }
        let points = of_phase
            .iter()
            .enumerate()
            .map(|(at, period)| ChartPoint {
                month: period.label(),
                value: cells[at].map(|cell| cell.value),
                n: cells[at].map(|cell| cell.printed_n(measure.kind)),
                low: cells[at].and(limits.as_ref()).map(|limits| limits.low[at]),
                high: cells[at].and(limits.as_ref()).map(|limits| limits.high[at]),
                signals: found[at].iter().map(as_finding).collect(),
            })
            .collect();
        phases.push(ChartPhase {
            reason: reason.clone(),
            center: limits.map_or_else(|| mean(&known), |limits| limits.center),
            points,
        });
    }
    let last_phase = phases.last()?;
    let shown = |phase: &ChartPhase| phase.points.iter().filter(|p| p.value.is_some()).count();
    let in_last = shown(last_phase);
    let variation = if in_last < 6 {
        Variation::CannotTell
    } else {
        last_phase.variation(last_phase.points.len() - 1, measure.good)
    };
    Some(ControlChart {
        id: measure.id.into(),
        title,
        y_label: measure.y_label,
        kind: measure.kind,
        good: measure.good,
        months_per_point: first.length,
        is_trial: in_last < TRIAL,
        as_before,
        runs: runs(last_phase).filter(|_| measure.kind != ChartKind::PPrime),
        phases,
        variation,
    })
}

/// Did the last report, or one before it, show this chart with periods of this length?
fn was_shown(analysis: &Analysis, measure: &Measure, title: &str) -> bool {
    let name = chart_point(measure.id, title, "");
    analysis
        .earlier
        .numbers
        .keys()
        .any(|shown| shown.starts_with(&name))
}

/// Shows the periods that changed by a few clients as the last report did; none where that had periods of
/// another length, which would tell of what lies between the two.
fn hold_beside_last(
    analysis: &Analysis,
    measure: &Measure,
    title: &str,
    totals: Option<[Split; 2]>,
    cells: &mut [Cell],
) -> Option<()> {
    let earlier = analysis.earlier;
    // METHOD: how many sessions were not rated is no secret; it follows from other numbers.
    if measure.kind == ChartKind::PPrime {
        return Some(());
    }
    let of_chart = chart_point(measure.id, "", "")
        .trim_end_matches('/')
        .to_owned()
        + "/";
    let of_title = chart_point(measure.id, title, "");
    let mut names = earlier
        .numbers
        .keys()
        .filter(|name| name.starts_with(&of_chart));
    if names.any(|name| !name.starts_with(&of_title)) {
        return None;
    }
    let name = |cell: &Cell| chart_point(measure.id, title, &cell.period.label());
    let before: Vec<Option<Cell>> = cells
        .iter()
        .map(|cell| cell.as_shown(measure.kind, earlier.numbers.get(&name(cell))?))
        .collect();
    let mut is_renewed: Vec<bool> = cells
        .iter()
        .map(|cell| {
            let now = charted(measure.kind, cell.printed_n(measure.kind), cell.value);
            cell.is_shown && earlier.allows(&name(cell), &now, analysis.minimum(), false)
        })
        .collect();
    // A period that the last report could have shown and did not has grown by nobody knows how many.
    if measure.kind != ChartKind::Xmr && !earlier.is_empty() {
        let day = earlier.day.as_deref();
        let lock = day.and_then(|day| Month::of_day(day.as_bytes()));
        let is_new = |cell: &Cell| lock.is_some_and(|lock| cell.period.first_month() > lock);
        let now: Vec<Split> = cells.iter().map(Cell::split).collect();
        let last: Vec<Option<Split>> = cells
            .iter()
            .zip(&before)
            .map(|(cell, before)| match before {
                Some(before) => Some(before.split()),
                None => is_new(cell).then_some(Split { yes: 0, no: 0 }),
            })
            .collect();
        is_renewed = shown_beside_last(&now, &last, totals, is_renewed, analysis.minimum());
    }
    for ((cell, before), is_renewed) in cells.iter_mut().zip(before).zip(is_renewed) {
        if !is_renewed && cell.is_shown {
            match before {
                Some(before) => *cell = before,
                None => cell.is_shown = false,
            }
        }
    }
    Some(())
}

impl Cell {
    fn split(&self) -> Split {
        Split {
            yes: self.count,
            no: self.of - self.count,
        }
    }

    /// Clients or sessions as they are printed.
    fn printed_n(&self, kind: ChartKind) -> u64 {
        match kind {
            ChartKind::Xmr => rounded(self.of as usize),
            ChartKind::P | ChartKind::PPrime => self.of,
        }
    }

    /// The period as an earlier report showed it.
    fn as_shown(&self, kind: ChartKind, shown: &Number) -> Option<Cell> {
        let value = *shown.values.first()?;
        let of = shown.n?;
        Some(Cell {
            period: self.period,
            value,
            count: match kind {
                ChartKind::Xmr => of,
                ChartKind::P | ChartKind::PPrime => (value * of as f64).round() as u64,
            },
            of,
            is_drawn: self.is_drawn,
            is_shown: true,
            as_before: true,
        })
    }
}

/// One pair of limits per period, those without a value included.
fn limits(
    analysis: &Analysis,
    measure: &Measure,
    cells: &[Option<&Cell>],
) -> Result<Limits, Undefined> {
    let counted: Vec<Counted> = cells
        .iter()
        .map(|cell| {
            cell.map_or(Counted { count: 0, of: 0 }, |cell| Counted {
                count: cell.count,
                of: cell.of,
            })
        })
        .collect();
    match measure.kind {
        ChartKind::Xmr => {
            let value = |cell: &Option<&Cell>| cell.map(|cell| cell.value);
            let values: Vec<Option<f64>> = cells.iter().map(value).collect();
            match analysis.settings.large_ranges {
                LargeRanges::Kept => xmr(&values),
                LargeRanges::LeftOut => xmr_without_large_ranges(&values),
            }
        }
        ChartKind::P => p_chart(&counted),
        ChartKind::PPrime => p_prime(&counted),
    }
}

/// Anhøj's two numbers about the median of a phase, from as many points as they are known for.
fn runs(phase: &ChartPhase) -> Option<Runs> {
    let values: Vec<f64> = phase.points.iter().filter_map(|p| p.value).collect();
    if values.len() < FEWEST_FOR_RUNS {
        return None;
    }
    let found = anhoej(&values, median(&values)?);
    Some(Runs {
        longest: found.longest_run as u64,
        longest_allowed: found.longest_allowed as u64,
        crossings: found.crossings as u64,
        fewest_crossings: found.fewest_crossings as u64,
    })
}

fn as_finding(rule: &Rule) -> RunRule {
    match rule {
        control_chart::Rule::OutsideLimits => RunRule::OutsideLimits,
        control_chart::Rule::SevenOnOneSide => RunRule::SevenOnOneSide,
        control_chart::Rule::SevenTrending => RunRule::SevenTrending,
        control_chart::Rule::TwoOfThreeNearLimit => RunRule::TwoOfThreeNearLimit,
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
