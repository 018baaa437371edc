//! Does technique work better where the alliance is stronger? One line per strength of the alliance.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Marker, Stroke};
use super::chart::{Chart, DataTable, full};
use super::effect::Effect;
use super::ink::{BLUE, INK, VERMILION};
use super::line_names::{self, LineName};
use super::panel::{Panel, limits};
use super::plane::Plane;
use super::pooled_words::{answering, counted};
use super::{Drawing, Figure, phrases};
use crate::findings::{Answer, Display, Estimate, Findings, Interaction, InteractionLine};
use crate::report::words;

const QUESTION: &str = "cbt_technique";
/// Room for the names of the lines.
const NAMES: f64 = 142.0;
/// Room beyond the outermost values, to the sides and up and down, as a share of their range.
const AIR: (f64, f64) = (0.015, 0.05);
const BAND: f64 = 0.1;
const EDGE: f64 = 0.7;

/// From the weakest alliance to the strongest.
const STROKES: [Stroke; 3] = [
    Stroke::new(VERMILION, 2.0).dashed(2.0, 2.5),
    Stroke::new(INK, 2.0),
    Stroke::new(BLUE, 2.0).dashed(8.0, 3.5),
];
const DASHES: [&str; 3] = ["dotted", "solid", "dashed"];

/// The expected score along technique, at several strengths of the alliance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InteractionPlot {
    plane: Plane,
    /// Without lines that have no point.
    data: Interaction,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let answer = findings.answer(QUESTION)?;
    let data = answering(findings, QUESTION, |display| match display {
        Display::Interaction(data) => Some(data),
        _ => None,
    })?;
    let plot = InteractionPlot::of(data)?;
    let level = words::level(data.conf_level);
    Some(Figure {
        id: QUESTION,
        title: "Does technique work better where the alliance is stronger?".into(),
        subtitle: format!(
            "Expected score after treatment along technique, with {level} bands: {} in CBT.",
            counted(data.n, "client")
        ),
        alt: alt(answer, data),
        notes: notes(&plot.data, &level),
        drawing: Drawing::Technique(plot),
    })
}

fn notes(data: &Interaction, level: &str) -> Vec<String> {
    let lines: Vec<String> = data
        .lines
        .iter()
        .enumerate()
        .map(|(i, line)| {
            let at = words::number(line.at, 1);
            format!("{at} ({}, {})", line.label, DASHES[i % DASHES.len()])
        })
        .collect();
    vec![
        format!(
            "{} at {}. Bands: {level} intervals, point by point.",
            phrases::capitalised(&data.moderator),
            lines.join(", ")
        ),
        "Lines that run side by side: technique goes with the outcome alike, however strong the alliance is. Clients were not assigned to technique or alliance: this is no proof of cause.".into(),
    ]
}

fn alt(answer: &Answer, data: &Interaction) -> String {
    let at = |which: &str, strength: &str| {
        let estimate = answer.estimate(&format!("{QUESTION}.technique_at.{which}"))?;
        Some(format!("{} {strength}", slope(estimate)))
    };
    let strengths = [
        ("low", "where the alliance is 1 SD below its mean"),
        ("mean", "at its mean"),
        ("high", "1 SD above it"),
    ];
    let slopes: Vec<String> = strengths
        .into_iter()
        .filter_map(|(which, strength)| at(which, strength))
        .collect();
    let slopes = match &slopes[..] {
        [] => String::new(),
        slopes => format!(
            ": outcome per point of technique (positive: better) {}",
            slopes.join(", ")
        ),
    };
    let interaction = answer
        .estimate(&format!("{QUESTION}.alliance_x_technique"))
        .map(|estimate| {
            let p = estimate.p_value().filter(|_| estimate.estimate().is_some());
            let p = p.map(|p| format!(", {}", words::p_value(p)));
            format!(
                "; alliance × technique {}{}",
                slope(estimate),
                p.unwrap_or_default()
            )
        });
    format!(
        "{} along {}{slopes}{}, n = {}.",
        words::capital(&data.y_label),
        data.x_label,
        interaction.unwrap_or_default(),
        words::count(data.n)
    )
}

/// `−0.12 [−0.21, −0.03]` with as many decimals as the interval needs, or the word why not.
fn slope(estimate: &Estimate) -> String {
    match (estimate.estimate(), estimate.interval()) {
        (Some(x), Some((low, high, _))) => {
            let decimals = words::decimals((low, high)).clamp(2, 4);
            words::with_interval(x, (low, high), decimals)
        }
        _ => Effect::of(estimate).in_words(),
    }
}

/// `alliance 1 SD above`
fn name(line: &InteractionLine) -> String {
    match line.label.trim_end_matches(" the mean") {
        "mean" => "alliance at its mean".into(),
        strength => format!("alliance {strength}"),
    }
}

impl InteractionPlot {
    fn of(data: &Interaction) -> Option<InteractionPlot> {
        let mut data = data.clone();
        data.lines.retain(|line| !line.line.is_empty());
        let points = || data.lines.iter().flat_map(|line| &line.line);
        points().next()?;
        let x = || points().map(|at| at.0);
        let y = || points().flat_map(|&(_, y, low, high)| [y, low, high]);
        let across = Axis::holding(&data.x_label, x(), 7).close_to(x(), AIR.0);
        let up = Axis::holding(&data.y_label, y(), 6).close_to(y(), AIR.1);
        let plane = Plane::of(across, up).with_room_right(NAMES);
        Some(InteractionPlot { plane, data })
    }

    fn each(&self) -> impl Iterator<Item = (&InteractionLine, Stroke)> {
        self.data.lines.iter().zip(STROKES.into_iter().cycle())
    }
}

fn draw_line(canvas: &Canvas<'_>, panel: &mut Panel<'_>, line: &InteractionLine, stroke: Stroke) {
    let points: Vec<(f64, f64)> = line.line.iter().map(|at| (at.0, at.1)).collect();
    match points[..] {
        [(x, y)] => canvas.marker(panel.at(x, y), Marker::Circle, 3.4, stroke.ink),
        _ => panel.line(&points, stroke),
    }
}

impl Chart for InteractionPlot {
    fn height(&self) -> f64 {
        self.plane.height()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        for (line, stroke) in self.each() {
            panel.band(&limits(&line.line), stroke.ink, BAND);
            let lower: Vec<(f64, f64)> = line.line.iter().map(|at| (at.0, at.2)).collect();
            let upper: Vec<(f64, f64)> = line.line.iter().map(|at| (at.0, at.3)).collect();
            let edge = Stroke {
                width: EDGE,
                ..stroke
            };
            panel.line(&lower, edge);
            panel.line(&upper, edge);
        }
        for (line, stroke) in self.each() {
            draw_line(canvas, &mut panel, line, stroke);
        }
        let names = self.each().filter_map(|(line, stroke)| {
            let &(x, y, ..) = line.line.last()?;
            Some(LineName {
                y: panel.at(x, y).1,
                name: name(line),
                stroke,
            })
        });
        line_names::draw(canvas, names.collect(), frame);
        self.plane.name_x(canvas, frame);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plane.describe(f)?;
        for (line, dash) in self.data.lines.iter().zip(DASHES.into_iter().cycle()) {
            let at = words::number(line.at, 1);
            writeln!(f, "line     {} | {at} | {dash}", name(line))?;
            for &(x, y, low, high) in &line.line {
                let numbers = words::with_interval(y, (low, high), 2);
                writeln!(f, "point    {} | {numbers}", words::number(x, 2))?;
            }
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let columns = ["label", "at", "x", "expected", "conf_low", "conf_high"];
        let mut table = DataTable::new(&columns);
        for line in &self.data.lines {
            for &(x, y, low, high) in &line.line {
                let numbers = [line.at, x, y, low, high].map(full);
                let start = [line.label.clone()];
                table.push(start.into_iter().chain(numbers).collect());
            }
        }
        table
    }
}
