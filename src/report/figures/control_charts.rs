//! What moved over time, and was it more than chance? Control charts of the measures of a clinic.

use std::fmt;

use super::canvas::Canvas;
use super::chart::{Chart, DataTable};
use super::control_marks::FOOT;
use super::control_panel::{COLUMNS, ControlPanel, latest, months};
use super::control_signals::Sign;
use super::ink::INK;
use super::lettering::Type;
use super::months::Months;
use super::pooled_words::counted;
use super::{Drawing, Figure};
use crate::findings::monitoring::ControlChart;
use crate::findings::{Display, Findings};
use crate::report::words;

const QUESTION: &str = "monitoring";
/// More would not be read.
const MOST: usize = 8;
const BETWEEN: f64 = 22.0;
const LINES: &str = "Line with points: one point a month, or a quarter or half-year where the title says so; where too few clients are behind it, or too few of whom it is so or not so, there is none. Full line: the center, which is the mean or the share of all points of its phase; dashed lines: the limits of what chance explains. Beside each chart: its latest value, and what that value alone says.";
const RULES: &str = "Signals: a point outside the limits, seven in a row on one side of the center, seven in a row that rise or that fall, two of three near the same limit; in shares of sessions only the first, because neighbouring months share clients. The more measures and points are watched, the more signals chance makes.";
const MOVING: &str = "Limits that change from point to point: the fewer clients are behind a share, the further chance alone moves it.";
const TRIAL: &str =
    "Trial limits: fewer than twelve points; every further point can still move them.";

/// One panel per measure above one axis of months.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ControlPanels {
    months: Months,
    panels: Vec<ControlPanel>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let displays = &findings.answer(QUESTION)?.displays;
    let charts = displays.iter().filter_map(|display| match display {
        Display::ControlChart(chart) => Some(chart),
        _ => None,
    });
    let charts: Vec<&ControlChart> = charts.collect();
    let mut panels: Vec<ControlPanel> = charts
        .iter()
        .copied()
        .filter_map(ControlPanel::of)
        .collect();
    let undrawn = panels.split_off(panels.len().min(MOST));
    let all = panels.iter().flat_map(|panel| months(&panel.chart));
    let months = Months::of(all)?;
    let told: Vec<String> = panels.iter().chain(&undrawn).map(spoken).collect();
    let measures = counted(panels.len() as u64, "measure");
    let mut notes = notes(&panels);
    notes.extend(not_drawn(&undrawn));
    notes.extend(without_values(&charts));
    Some(Figure {
        id: "control_charts",
        title: "What moved over time, and was it more than chance?".into(),
        subtitle: format!("{measures}, {}: {}.", steps(&panels), months.in_words()),
        alt: format!("Control charts: {}.", told.join("; ")),
        notes,
        drawing: Drawing::ControlCharts(ControlPanels { months, panels }),
    })
}

/// `month by month`, or the lengths of time the points stand for where they are several.
fn steps(panels: &[ControlPanel]) -> String {
    let mut lengths: Vec<u16> = panels.iter().map(|p| p.chart.months_per_point).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let names: Vec<String> = lengths
        .iter()
        .map(|length| match length {
            0 | 1 => "month".to_owned(),
            3 => "quarter".into(),
            6 => "half-year".into(),
            12 => "year".into(),
            other => format!("{other} months"),
        })
        .collect();
    match names.split_last() {
        Some((only, [])) => format!("{only} by {only}"),
        Some((last, others)) => format!("by {} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// `Early alliance, Dec 2025: 46.2, n = 40, special cause: improvement`
fn spoken(panel: &ControlPanel) -> String {
    let latest = panel.latest_in_words().join(", ");
    let variation = words::variation(panel.chart.variation);
    format!("{}, {latest}, {variation}", panel.chart.title)
}

fn notes(panels: &[ControlPanel]) -> Vec<String> {
    let mut notes = vec![LINES.to_owned()];
    let signs: Vec<Sign> = panels
        .iter()
        .flat_map(|panel| panel.signs().map(|(_, _, sign)| sign))
        .chain(panels.iter().map(|panel| Sign::of_chart(&panel.chart)))
        .collect();
    notes.push(legend(&signs));
    if signs.iter().any(|sign| sign.is_special()) {
        notes.push(RULES.into());
    }
    if panels.iter().any(ControlPanel::has_moving_limits) {
        notes.push(MOVING.into());
    }
    if panels.iter().any(|panel| panel.chart.is_trial) {
        notes.push(TRIAL.into());
    }
    if panels.iter().any(|panel| panel.chart.as_before) {
        notes.push(
            "Points of which few clients changed since the last report stand as it showed them."
                .into(),
        );
    }
    let rebases: Vec<String> = panels.iter().flat_map(rebases_in_words).collect();
    if !rebases.is_empty() {
        let rebases = rebases.join("; ");
        notes.push(format!(
            "Dotted upright lines: from there on the limits are made anew. {rebases}."
        ));
    }
    if panels
        .iter()
        .any(|panel| latest(&panel.chart).is_some_and(|at| at.2.n.is_some()))
    {
        notes.push(
            "n: sessions or clients behind the latest value; of a mean, clients to the nearest 5."
                .into(),
        );
    }
    notes
}

/// The signs that are drawn, each by shape, colour and meaning.
fn legend(signs: &[Sign]) -> String {
    let has = |wanted: fn(&Sign) -> bool| signs.iter().any(wanted);
    let improved = has(|sign| matches!(sign, Sign::Improvement(_)));
    let kinds = [
        (
            has(|sign| *sign == Sign::CommonCause),
            "grey disc: common cause, what chance explains",
        ),
        (
            improved,
            "blue triangle, pointing the good way: special cause, improvement",
        ),
        (
            has(|sign| *sign == Sign::Concern),
            "orange diamond: special cause, concern",
        ),
        (
            has(|sign| *sign == Sign::Neither),
            "purple square: special cause, neither good nor bad",
        ),
        (
            has(|sign| *sign == Sign::CannotTell),
            "open circle: too few points to say",
        ),
    ];
    let told: Vec<&str> = kinds
        .into_iter()
        .filter(|kind| kind.0)
        .map(|kind| kind.1)
        .collect();
    format!("{}.", super::phrases::capitalised(&told.join("; ")))
}

/// `Early alliance, Jan 2025: all sessions online`
fn rebases_in_words(panel: &ControlPanel) -> Vec<String> {
    let title = &panel.chart.title;
    let rebases = panel.rebases();
    rebases
        .map(|(month, reason)| format!("{title}, {}: {reason}", words::month(month)))
        .collect()
}

/// What is left out is told with what it says, so that no concern is lost.
fn not_drawn(panels: &[ControlPanel]) -> Option<String> {
    let told: Vec<String> = panels.iter().map(spoken).collect();
    let told = told.join("; ");
    (!panels.is_empty()).then(|| format!("Not drawn, for lack of room: {told}."))
}

fn without_values(charts: &[&ControlChart]) -> Option<String> {
    let empty = charts.iter().filter(|chart| latest(chart).is_none());
    let titles: Vec<&str> = empty.map(|chart| chart.title.as_str()).collect();
    let told = titles.join("; ");
    (!titles.is_empty()).then(|| format!("Not drawn, because no point has a value: {told}."))
}

impl Chart for ControlPanels {
    fn height(&self) -> f64 {
        let heights = self.panels.iter().map(|panel| panel.height() + BETWEEN);
        heights.sum::<f64>() - BETWEEN + FOOT
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let mut y = top;
        for (i, panel) in self.panels.iter().enumerate() {
            let is_last = i + 1 == self.panels.len();
            let frame = panel.draw(canvas, &self.months, is_last, y);
            y += panel.height() + BETWEEN;
            if is_last {
                self.months.draw_names(canvas, frame);
                let below = (frame.centre(), frame.bottom + FOOT);
                canvas.text(below, "month", Type::SMALL.ink(INK).centred());
            }
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.months.named(ControlPanel::frame_ends());
        let names: Vec<String> = named.into_iter().map(|(_, name)| name).collect();
        let (months, names) = (self.months.in_words(), names.join(" "));
        writeln!(f, "x axis   month: {months}, ticks {names}")?;
        self.panels.iter().try_for_each(|panel| panel.describe(f))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&COLUMNS);
        let rows = self.panels.iter().flat_map(ControlPanel::rows);
        rows.for_each(|row| table.push(row));
        table
    }
}
