//! From the cells of the periods to a chart: the shortest periods that may be shown, limits, signals.

use super::super::counts::rounded;
use super::super::sample::Analysis;
use crate::findings::earlier::{Number, chart_point};
use crate::findings::monitoring::{
    ChartKind, ChartPhase, ChartPoint, ControlChart, Good, RunRule, Runs, Variation,
};
use crate::stats::Undefined;
use crate::stats::control_chart::{
    self, Limits, Month as Counted, Rule, anhoej, p_chart, p_prime, signals, xmr,
    xmr_without_large_ranges,
};
use crate::stats::numeric::quantile::median;
use crate::study::{LargeRanges, Month};

/// Points below which the limits are on trial, and below which there is no chart.
const TRIAL: usize = 12;
const FEWEST: usize = 3;
/// Points from which runs tell something (Anhøj & Olesen 2014).
const FEWEST_FOR_RUNS: usize = 10;
/// The share of periods that must be showable for a chart to be drawn by them.
const SHOWABLE: f64 = 2.0 / 3.0;

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
}

/// What is charted of a period, and whether it may be shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub period: Period,
    pub value: f64,
    pub count: u64,
    /// Clients, or sessions where these are counted.
    pub of: u64,
    pub is_shown: bool,
}

/// A measure to be charted.
pub(super) struct Measure {
    pub id: &'static str,
    pub title: &'static str,
    pub y_label: String,
    pub good: Option<Good>,
    pub kind: ChartKind,
}

/// The chart by the shortest periods that are not too small, if there is one.
pub(super) fn chart(
    analysis: &Analysis,
    measure: Measure,
    by_period: impl Fn(u16) -> Vec<Cell>,
) -> Option<ControlChart> {
    let (shown, title) = LENGTHS.into_iter().find_map(|(length, word)| {
        let title = match length {
            1 => measure.title.to_owned(),
            _ => format!("{}, by {word}", measure.title),
        };
        let mut cells = by_period(length);
        hide_beside_last(analysis, &measure, &title, &mut cells)?;
        let all = cells.len();
        let shown: Vec<Cell> = cells.into_iter().filter(|cell| cell.is_shown).collect();
        let (first, last) = (shown.first()?.period, shown.last()?.period);
        // A few days of a wrong year must not stretch a chart over centuries.
        let span = (last.first_month.number() - first.first_month.number()) / length + 1;
        (shown.len() >= FEWEST
            && shown.len() as f64 >= SHOWABLE * all as f64
            && 2 * shown.len() >= usize::from(span))
        .then_some((shown, title))
    })?;
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
        let from = periods.iter().rev().find(|p| p.label() <= rebase.from);
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
        let Ok(limits) = limits(analysis, &measure, &cells) else {
            continue;
        };
        let values: Vec<f64> = cells
            .iter()
            .map(|cell| cell.map_or(f64::NAN, |cell| cell.value))
            .collect();
        let found = signals(&values, &limits);
        let points = of_phase
            .iter()
            .enumerate()
            .map(|(at, period)| ChartPoint {
                month: period.label(),
                value: cells[at].map(|cell| cell.value),
                n: cells[at].map(|cell| rounded(cell.of as usize)),
                low: cells[at].map(|_| limits.low[at]),
                high: cells[at].map(|_| limits.high[at]),
                signals: found[at].iter().map(as_finding).collect(),
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
        runs: runs(last_phase),
        phases,
        variation,
    })
}

/// Hides the periods that changed by a few clients since the last report; nothing where that had
/// periods of another length, which would tell of what lies between the two.
fn hide_beside_last(
    analysis: &Analysis,
    measure: &Measure,
    title: &str,
    cells: &mut [Cell],
) -> Option<()> {
    let earlier = analysis.earlier;
    let of_chart = chart_point(measure.id, "", "")
        .trim_end_matches('/')
        .to_owned()
        + "/";
    let of_title = chart_point(measure.id, title, "");
    let mut before = earlier
        .numbers
        .keys()
        .filter(|name| name.starts_with(&of_chart));
    if before.any(|name| !name.starts_with(&of_title)) {
        return None;
    }
    let number = |cell: &Cell| Number::rounded(rounded(cell.of as usize), vec![cell.value]);
    let name = |cell: &Cell| chart_point(measure.id, title, &cell.period.label());
    let mut hidden = 0;
    for cell in cells.iter_mut().filter(|cell| cell.is_shown) {
        if !earlier.allows(&name(cell), &number(cell), analysis.minimum(), false) {
            cell.is_shown = false;
            hidden += 1;
        }
    }
    // A single one would follow from the growth of all.
    let is_new =
        |cell: &&mut Cell| cell.is_shown && earlier.numbers.get(&name(cell)) != Some(&number(cell));
    let latest = cells.last().map(|cell| cell.period);
    let cost = |cell: &&mut Cell| (Some(cell.period) == latest, cell.of);
    if hidden == 1
        && let Some(next) = cells.iter_mut().filter(is_new).min_by_key(cost)
    {
        next.is_shown = false;
    }
    Some(())
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
