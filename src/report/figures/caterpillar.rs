//! How much do therapists differ? Their effects without names, from the lowest to the highest.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Stroke};
use super::chart::{Chart, DataTable, full};
use super::ink::{BLUE, INK};
use super::plane::{Plane, stacked, tops};
use super::pooled_words::{counted, first};
use super::{Drawing, Figure, phrases};
use crate::findings::mixed::{CaterpillarEffect, CaterpillarPanel};
use crate::findings::{Display, Findings};
use crate::report::words;

const PLOT: f64 = 210.0;
/// Room beyond the outermost intervals, as a share of their range.
const AIR: f64 = 0.05;
/// The label below the frame comes this much closer, because no tick labels lie between.
const NO_TICKS: f64 = 16.0;
/// So many have room on the axis; fewer stand in its middle.
const FEWEST: u32 = 12;
/// Radius of a dot, least and most, and as a share of the room a therapist has.
const DOT: (f64, f64, f64) = (1.3, 3.4, 0.36);
const LINE: (f64, f64) = (0.9, 1.5);
const SHRUNKEN: &str = "Shrunken: pulled towards the average the more, the fewer clients a therapist has. Many intervals that hold 0 mean that the order says little.";

/// One panel per score or outcome.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CaterpillarPanels {
    panels: Vec<Panel>,
}

#[derive(Clone, Debug, PartialEq)]
struct Panel {
    plane: Plane,
    data: CaterpillarPanel,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let data = first(findings, |display| match display {
        Display::Caterpillar(caterpillar) => Some(&caterpillar.panels),
        _ => None,
    })?;
    let panels: Vec<&CaterpillarPanel> = data
        .iter()
        .filter(|panel| !panel.effects.is_empty())
        .collect();
    let level = words::level(panels.first()?.conf_level);
    let told: Vec<String> = panels.iter().map(|panel| spoken(panel)).collect();
    let mut notes = vec![
        format!("Dots: one therapist each; lines: {level} intervals."),
        SHRUNKEN.into(),
    ];
    notes.extend(not_drawn(&panels));
    Some(Figure {
        id: "caterpillar",
        title: "How much do therapists differ?".into(),
        subtitle: format!(
            "Deviations from the average therapist, with {level} intervals: {}.",
            therapists(&panels)
        ),
        alt: format!("Effects of therapists: {}.", told.join("; ")),
        notes,
        drawing: Drawing::Caterpillar(CaterpillarPanels {
            panels: panels.into_iter().map(Panel::of).collect(),
        }),
    })
}

/// `7.5 % of the variance lies between therapists [2.1 %, 15 %]`
fn between(data: &CaterpillarPanel) -> String {
    let limits = data
        .icc_low
        .zip(data.icc_high)
        .map(|(low, high)| format!(" [{}, {}]", words::share(low), words::share(high)));
    format!(
        "{}{} of the variance lies between therapists",
        words::share(data.icc),
        limits.unwrap_or_default()
    )
}

/// The share, and how many of the intervals hold 0.
fn spoken(data: &CaterpillarPanel) -> String {
    let drawn = data.effects.len() as u64;
    let holding = data
        .effects
        .iter()
        .filter(|e| e.low <= 0.0 && 0.0 <= e.high);
    format!(
        "{}: {}, n = {}, {} of the {} drawn hold 0",
        data.label,
        between(data),
        counted(data.therapists, "therapist"),
        words::count(holding.count() as u64),
        counted(drawn, "interval")
    )
}

/// `45 therapists`, or from how few to how many.
fn therapists(panels: &[&CaterpillarPanel]) -> String {
    let n = panels.iter().map(|panel| panel.therapists);
    match (n.clone().min(), n.max()) {
        (Some(fewest), Some(most)) if fewest < most => {
            format!("{} to {}", words::count(fewest), counted(most, "therapist"))
        }
        (_, most) => counted(most.unwrap_or_default(), "therapist"),
    }
}

/// One sentence where all panels leave out as many; else one per panel that leaves some out.
fn not_drawn(panels: &[&CaterpillarPanel]) -> Vec<String> {
    let told = |data: &CaterpillarPanel| {
        let verb = if data.not_drawn == 1 { "is" } else { "are" };
        let therapists = counted(data.not_drawn, "therapist");
        format!("{therapists} with too few clients {verb} in the model and not drawn.")
    };
    let alike = panels.windows(2).all(|p| p[0].not_drawn == p[1].not_drawn);
    let some = panels.iter().filter(|panel| panel.not_drawn > 0);
    if alike {
        some.take(1).map(|panel| told(panel)).collect()
    } else {
        let label = |data: &CaterpillarPanel| phrases::capitalised(&data.label);
        some.map(|panel| format!("{}: {}", label(panel), told(panel)))
            .collect()
    }
}

impl Panel {
    fn of(data: &CaterpillarPanel) -> Panel {
        let ends = data.effects.iter().flat_map(|e| [e.effect, e.low, e.high]);
        let up = Axis::holding(
            "deviation from the average therapist (higher is better)",
            ends.clone().chain([0.0]),
            5,
        )
        .close_to(ends.chain([0.0]), AIR);
        let drawn = data.effects.len() as u32;
        let air = FEWEST.saturating_sub(drawn).div_ceil(2);
        let across = Axis::of_whole_numbers(
            "one line per therapist, from the lowest to the highest",
            0,
            drawn + 2 * air - 1,
            1,
        );
        let heading = format!("{}: {}", phrases::capitalised(&data.label), between(data));
        Panel {
            plane: Plane::of(across.bare(), up)
                .high(PLOT)
                .headed(&heading)
                .with_room(0.0, -NO_TICKS)
                .with_names(),
            data: data.clone(),
        }
    }

    /// Where on the axis each therapist stands.
    fn places(&self) -> impl Iterator<Item = (f64, &CaterpillarEffect)> {
        let (low, high) = self.plane.x.span();
        let effects = &self.data.effects;
        let first = (low + high - (effects.len() as f64 - 1.0)) / 2.0;
        effects
            .iter()
            .enumerate()
            .map(move |(i, effect)| (first + i as f64, effect))
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        let (low, high) = self.plane.x.span();
        let room = frame.width() / (high - low);
        panel.line(&[(low, 0.0), (high, 0.0)], Stroke::new(INK, 1.0));
        let (least, most, share) = DOT;
        let stroke = Stroke::new(BLUE, (room * 0.3).clamp(LINE.0, LINE.1));
        for (x, effect) in self.places() {
            panel.line(&[(x, effect.low), (x, effect.high)], stroke);
        }
        let dots: Vec<(f64, f64)> = self.places().map(|(x, e)| (x, e.effect)).collect();
        panel.discs(&dots, (room * share).clamp(least, most), INK, 1.0);
        let zero = (panel.at(low, 0.0).1, "average therapist".to_owned());
        self.plane.name_right(canvas, frame, &[zero]);
        self.plane.name_x(canvas, frame);
    }
}

impl Chart for CaterpillarPanels {
    fn height(&self) -> f64 {
        stacked(self.panels.iter().map(|panel| &panel.plane))
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let tops = tops(self.panels.iter().map(|panel| &panel.plane), top);
        for (panel, y) in self.panels.iter().zip(tops) {
            panel.draw(canvas, y);
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for panel in &self.panels {
            panel.plane.describe(f)?;
            writeln!(f, "level    0: average therapist")?;
            let widths = panel.data.effects.iter().map(|e| (e.low, e.high));
            let decimals = widths.map(words::decimals).max().unwrap_or(2);
            for e in &panel.data.effects {
                let numbers = words::with_interval(e.effect, (e.low, e.high), decimals);
                writeln!(f, "dot      {numbers}")?;
            }
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let columns = [
            "kind",
            "on",
            "estimate",
            "conf_low",
            "conf_high",
            "conf_level",
            "therapists",
        ];
        let mut table = DataTable::new(&columns);
        for data in self.panels.iter().map(|panel| &panel.data) {
            let mut row = |kind: &str, numbers: [Option<f64>; 3], therapists: Option<u64>| {
                let start = [kind.to_owned(), data.label.clone()];
                let end = [full(data.conf_level), super::chart::digits(therapists)];
                let numbers = numbers.map(full);
                table.push(start.into_iter().chain(numbers).chain(end).collect());
            };
            let share = [Some(data.icc), data.icc_low, data.icc_high];
            row("share_of_variance", share, Some(data.therapists));
            for e in &data.effects {
                row("effect", [e.effect, e.low, e.high].map(Some), None);
            }
        }
        table
    }
}
