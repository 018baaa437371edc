//! What follows a session rated better than usual? The next score, and the effect in every model.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Stroke};
use super::chart::{Chart, DataTable, LEFT, RIGHT, full};
use super::effect::Effect;
use super::forest_plot::ForestPlot;
use super::forest_rows::Row;
use super::ink::{INK, MUTED, SKY};
use super::labels::spread_inside;
use super::lettering::Type;
use super::panel::limits;
use super::plane::Plane;
use super::pooled_words::{counted, first};
use super::{Drawing, Figure, phrases};
use crate::findings::mixed::{NextSession, NextSessionEffect};
use crate::findings::{Display, Findings};
use crate::report::words;

const PLOT: f64 = 220.0;
/// Room above the frame for what one point means.
const ROOM: f64 = 18.0;
/// Room beyond the line, as a share of its range.
const AIR: f64 = 0.025;
const BETWEEN: f64 = 26.0;
/// From the heading of the effects to their rows.
const HEADING: f64 = 8.0;
const COMPARED: &str = "The effect in each model, standardised so that the rows can be compared";

/// The line over two axes, and the effects below it; one of them may be missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NextSessionPlot {
    plane: Option<Plane>,
    forest: Option<ForestPlot>,
    data: NextSession,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let data = first(findings, |display| match display {
        Display::NextSession(data) if !(data.line.is_empty() && data.effects.is_empty()) => {
            Some(data)
        }
        _ => None,
    })?;
    let level = words::level(data.conf_level);
    Some(Figure {
        id: "next_session",
        title: "What follows a session rated better than usual?".into(),
        subtitle: format!(
            "The next symptom score against the rating of a session, with {level} intervals: {}.",
            extent(data)
        ),
        alt: alt(data, &level),
        notes: notes(data, &level),
        drawing: Drawing::NextSession(NextSessionPlot::of(data)),
    })
}

fn extent(data: &NextSession) -> String {
    format!(
        "{}, {} of consecutive sessions",
        counted(data.clients, "client"),
        counted(data.pairs, "pair")
    )
}

fn alt(data: &NextSession, level: &str) -> String {
    let told = data.effects.first().map(|effect| {
        let decimals = decimals(&data.effects);
        let numbers = words::with_interval(effect.estimate, (effect.low, effect.high), decimals);
        let label = &effect.label;
        format!(": {label} {numbers} (standardised, {level} interval)")
    });
    let point = one_point(data).map(|(_, words)| format!("; {words}"));
    format!(
        "The next symptom score against the rating of a session{}{}, n = {}.",
        told.unwrap_or_default(),
        point.unwrap_or_default(),
        extent(data)
    )
}

fn notes(data: &NextSession, level: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if !data.line.is_empty() {
        let line = if data.line.len() > 1 { "Line" } else { "Dot" };
        notes.push(format!(
            "{line}: the expected change of the next score, with its {level} band. At 0: a session rated as this client usually rates."
        ));
    }
    if !data.effects.is_empty() {
        notes.push(format!(
            "Dots: effects in standard deviations within clients; lines: {level} intervals."
        ));
    }
    notes.push("Sessions of one client are compared with each other, so that lasting differences between clients play no part. What else changed between two sessions still does: this is no proof of cause.".into());
    notes
}

/// As many as the narrowest interval needs, the same in every row.
fn decimals(effects: &[NextSessionEffect]) -> usize {
    let each = effects.iter().map(|e| words::decimals((e.low, e.high)));
    each.max().unwrap_or(2).clamp(2, 4)
}

/// What the line says of a session rated one point better, where it was computed there.
fn one_point(data: &NextSession) -> Option<((f64, f64), String)> {
    let &(x, y, low, high) = data.line.iter().find(|at| at.0 == 1.0)?;
    let decimals = words::decimals((low, high)).max(2);
    let size = |change: f64| words::number(change.abs(), decimals);
    let side = |change: f64| if change < 0.0 { "lower" } else { "higher" };
    let span = if high <= 0.0 {
        format!("{} to {} lower", size(high), size(low))
    } else if low >= 0.0 {
        format!("{} to {} higher", size(low), size(high))
    } else {
        format!("{} lower to {} higher", size(low), size(high))
    };
    let told = format!(
        "one point better → next score {} {} ({span})",
        size(y),
        side(y)
    );
    Some(((x, y), told))
}

impl NextSessionPlot {
    fn of(data: &NextSession) -> NextSessionPlot {
        NextSessionPlot {
            plane: (!data.line.is_empty()).then(|| plane(data)),
            forest: (!data.effects.is_empty()).then(|| forest(data)),
            data: data.clone(),
        }
    }

    fn heading(&self) -> Vec<String> {
        Type::BODY.bold().lines(COMPARED, RIGHT - LEFT)
    }

    fn heading_height(&self) -> f64 {
        self.heading().len() as f64 * Type::BODY.leading() + HEADING
    }

    /// What one point means, above a line that leads to it.
    fn draw_one_point(&self, canvas: &Canvas<'_>, plane: &Plane, top: f64) {
        let (mut panel, frame) = plane.draw(canvas, top);
        let (left, right) = plane.x.span();
        let (low, high) = plane.y.span();
        panel.line(&[(left, 0.0), (right, 0.0)], Stroke::new(INK, 0.8));
        panel.line(&[(0.0, low), (0.0, high)], Stroke::new(INK, 0.8));
        panel.band(&limits(&self.data.line), SKY, 0.3);
        panel.fitted(&self.data.line);
        plane.name_x(canvas, frame);
        let Some(((x, y), words)) = one_point(&self.data) else {
            return;
        };
        let stroke = Stroke::new(MUTED, 1.1).dashed(2.0, 2.5);
        panel.line(&[(x, high), (x, y)], stroke);
        panel.discs(&[(x, y)], 3.6, INK, 1.0);
        let face = Type::SMALL.ink(INK);
        let place = [panel.at(x, y).0];
        let centre = spread_inside(&place, &[face.width(&words)], 0.0, frame)[0];
        canvas.text((centre, frame.top - 6.0), &words, face.centred());
    }
}

fn plane(data: &NextSession) -> Plane {
    let x: Vec<f64> = data.line.iter().map(|at| at.0).chain([0.0]).collect();
    let ends = data
        .line
        .iter()
        .flat_map(|&(_, y, low, high)| [y, low, high]);
    let across = Axis::holding(&data.x_label, x.iter().copied(), 8).close_to(x, AIR);
    let up = Axis::holding(&data.y_label, ends.chain([0.0]), 5);
    let named = one_point(data).is_some();
    let room = if named { ROOM } else { 0.0 };
    Plane::of(across, up).high(PLOT).with_room(room, 0.0)
}

/// The first of the effects is the one the figure is about.
fn forest(data: &NextSession) -> ForestPlot {
    let decimals = decimals(&data.effects);
    let rows: Vec<Row> = data
        .effects
        .iter()
        .enumerate()
        .map(|(i, e)| Row::Group {
            group: String::new(),
            label: phrases::capitalised(&e.label),
            effect: Effect::of_numbers(e.estimate, (e.low, e.high), data.conf_level, decimals),
            headline: i == 0,
        })
        .collect();
    let values: Vec<f64> = rows.iter().flat_map(Row::values).chain([0.0]).collect();
    ForestPlot {
        axis: Axis::holding("effect in standard deviations within clients", values, 6),
        number_heading: format!("effect [{} interval]", words::level(data.conf_level)),
        reference: None,
        rows,
    }
}

impl Chart for NextSessionPlot {
    fn height(&self) -> f64 {
        let line = self.plane.as_ref().map(Plane::height);
        let effects = self
            .forest
            .as_ref()
            .map(|forest| self.heading_height() + forest.height());
        match (line, effects) {
            (Some(line), Some(effects)) => line + BETWEEN + effects,
            (one, other) => one.or(other).unwrap_or_default(),
        }
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let mut y = top;
        if let Some(plane) = &self.plane {
            self.draw_one_point(canvas, plane, y);
            y += plane.height() + BETWEEN;
        }
        if let Some(forest) = &self.forest {
            let bold = Type::BODY.bold();
            canvas.lines((LEFT, y + bold.size), &self.heading(), bold);
            forest.draw(canvas, y + self.heading_height());
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(plane) = &self.plane {
            plane.describe(f)?;
            let widths = self.data.line.iter().map(|at| (at.2, at.3));
            let wide = widths.map(words::decimals).min().unwrap_or(2).max(2);
            for &(x, y, low, high) in &self.data.line {
                let numbers = words::with_interval(y, (low, high), wide);
                writeln!(f, "line     {} | {numbers}", words::number(x, 2))?;
            }
            if let Some((_, words)) = one_point(&self.data) {
                writeln!(f, "upright  {words}")?;
            }
        }
        let Some(forest) = &self.forest else {
            return Ok(());
        };
        writeln!(f, "panel    {COMPARED}")?;
        forest.describe(f)
    }

    fn table(&self) -> DataTable {
        let mut table =
            DataTable::new(&["kind", "label", "x", "estimate", "conf_low", "conf_high"]);
        let mut row = |kind: &str, label: &str, numbers: [Option<f64>; 4]| {
            let start = [kind, label].map(str::to_owned);
            table.push(start.into_iter().chain(numbers.map(full)).collect());
        };
        for &(x, y, low, high) in &self.data.line {
            row("line", "", [x, y, low, high].map(Some));
        }
        for e in &self.data.effects {
            let numbers = [None, Some(e.estimate), Some(e.low), Some(e.high)];
            row("effect", &e.label, numbers);
        }
        table
    }
}
