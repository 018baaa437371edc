//! Which units lie outside what chance explains? Funnels of sites or therapists, without a ranking.

use std::fmt;

use super::canvas::Canvas;
use super::chart::{Chart, DataTable};
use super::pooled_words::counted;
use super::unit_funnel_panel::{COLUMNS, UnitFunnelPanel, flag_in_words, is_outer, share};
use super::{Drawing, Figure};
use crate::findings::monitoring::{FunnelUnit, UnitFunnel};
use crate::findings::{Display, Findings};
use crate::report::words;

const QUESTION: &str = "units";
const BETWEEN: f64 = 30.0;
const MARKS: &str = "Open circles: inside the 95 % limits; full discs: outside the 95 % limits; full diamonds: outside the 99.8 % limits. From left to right by number of clients: this is no ranking.";
const CHANCE: &str = "Of many units that differ by nothing but what the limits allow for, about 1 of 20 lies outside the 95 % limits and 1 of 500 outside the 99.8 % limits. To lie outside is a reason to look closer, first at the data and the clients, and no judgement.";
/// More names than these in one panel may not all have room.
const NAMES: usize = 8;
const LEFT_OUT: &str =
    "Names of units outside the limits that have no room in the chart are in its table.";
const WIDER: &str = "Adjusted for overdispersion: the limits are wider by what units commonly differ beyond chance; τ is its standard deviation on the arcsine scale.";

const EFFECTIVE: &str = "Effective number: as many clients as would let chance move an unadjusted share as much. It is smaller than the number of clients where a unit's clients were expected to show the outcome rarely, and larger where often.";

/// One panel per outcome.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UnitFunnelPanels {
    panels: Vec<UnitFunnelPanel>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let displays = &findings.answer(QUESTION)?.displays;
    let panels: Vec<UnitFunnelPanel> = displays
        .iter()
        .filter_map(|display| match display {
            Display::UnitFunnel(funnel) => UnitFunnelPanel::of(funnel),
            _ => None,
        })
        .collect();
    panels.first()?;
    let told: Vec<String> = panels.iter().map(|panel| spoken(&panel.data)).collect();
    let mut notes = vec![MARKS.to_owned(), CHANCE.to_owned()];
    if panels.iter().any(|panel| panel.data.tau > 0.0) {
        notes.push(WIDER.into());
    }
    if panels.iter().any(|panel| panel.data.adjusted_for.is_some()) {
        notes.push(EFFECTIVE.into());
    }
    if panels.iter().any(|panel| panel.named().count() > NAMES) {
        notes.push(LEFT_OUT.into());
    }
    Some(Figure {
        id: "funnels",
        title: "Which units lie outside what chance explains?".into(),
        subtitle: format!(
            "Shares by number of clients, with the limits for so many: {}.",
            extent(&panels)
        ),
        alt: format!("Funnel plots of units. {}.", told.join(". ")),
        notes,
        drawing: Drawing::UnitFunnels(UnitFunnelPanels { panels }),
    })
}

/// `30 sites, 14 therapists`
fn extent(panels: &[UnitFunnelPanel]) -> String {
    let mut told: Vec<String> = Vec::new();
    for data in panels.iter().map(|panel| &panel.data) {
        let units = counted(data.units.len() as u64, &data.unit);
        if !told.contains(&units) {
            told.push(units);
        }
    }
    told.join(", ")
}

/// How many lie outside each limit, and which, where they have names.
fn spoken(data: &UnitFunnel) -> String {
    let outside = data.outside().count();
    let outer = data.outside().filter(|unit| is_outer(unit.flag)).count();
    let named: Vec<String> = data.outside().filter_map(named).collect();
    let named = if named.is_empty() {
        String::new()
    } else {
        format!(": {}", named.join("; "))
    };
    format!(
        "{}, {} of all: of {}, {} outside the 95 % limits, {} of them outside the 99.8 % limits{named}",
        data.title,
        share(data.target),
        counted(data.units.len() as u64, &data.unit),
        words::count(outside as u64),
        words::count(outer as u64),
    )
}

/// `Site 5 above the 99.8 % limits, 93.0 %, n = 168`
fn named(unit: &FunnelUnit) -> Option<String> {
    let (label, flag) = (unit.label.as_ref()?, flag_in_words(unit.flag)?);
    let (share, n) = (share(unit.share), words::count(unit.n));
    Some(format!("{label} {flag}, {share}, n = {n}"))
}

impl Chart for UnitFunnelPanels {
    fn height(&self) -> f64 {
        let heights = self.panels.iter().map(|panel| panel.height() + BETWEEN);
        heights.sum::<f64>() - BETWEEN
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let mut y = top;
        for panel in &self.panels {
            panel.draw(canvas, y);
            y += panel.height() + BETWEEN;
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.panels.iter().try_for_each(|panel| panel.describe(f))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&COLUMNS);
        let rows = self.panels.iter().flat_map(UnitFunnelPanel::rows);
        rows.for_each(|row| table.push(row));
        table
    }
}
