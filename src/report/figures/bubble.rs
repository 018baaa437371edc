//! Do the correlations change with a moderator? Effects against it, with the fitted line.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Marker, Stroke};
use super::chart::{Chart, DataTable, full};
use super::forest_plot::half_of_square;
use super::ink::{BLUE, INK, SKY};
use super::panel::limits;
use super::plane::{Plane, stacked, tops};
use super::pooled_words::{counted, displays, extent_or, range};
use super::{Drawing, Figure, phrases};
use crate::findings::pooled::Bubble;
use crate::findings::{Display, Findings};
use crate::report::words;

const PLOT: f64 = 240.0;
/// Room beyond the outermost values, to the sides and up and down, as a share of their range.
const AIR: (f64, f64) = (0.025, 0.06);
/// Radius of the largest bubble among few and among many, and of the smallest.
const LARGEST: (f64, f64) = (11.0, 6.0);
const SMALLEST: f64 = 1.8;
/// More effects than this are many.
const MANY: usize = 60;

/// One panel per moderator.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BubblePanels {
    panels: Vec<BubblePanel>,
}

#[derive(Clone, Debug, PartialEq)]
struct BubblePanel {
    plane: Plane,
    data: Bubble,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let panels: Vec<BubblePanel> = displays(findings)
        .filter_map(|display| match display {
            Display::Bubble(bubble) if !bubble.points.is_empty() => Some(BubblePanel::of(bubble)),
            _ => None,
        })
        .collect();
    let data = &panels.first()?.data;
    let level = words::level(data.conf_level);
    let most = panels.iter().map(|panel| panel.data.points.len()).max();
    let title = match &panels[..] {
        [only] => format!("Do the correlations change with {}?", only.data.moderator),
        _ => "Do the correlations change with what differs between studies?".into(),
    };
    let told: Vec<String> = panels.iter().map(BubblePanel::in_words).collect();
    Some(Figure {
        id: "bubble",
        title,
        subtitle: format!(
            "Correlations against moderators: {}.",
            extent_or(findings, most.unwrap_or_default())
        ),
        alt: format!("Bubble plot: {}.", told.join("; ")),
        notes: vec![format!(
            "Circles: one correlation each, area by its weight. Line: fitted, with its {level} band. A moderator is a trait of studies: the line says nothing about single clients, nor what causes the difference."
        )],
        drawing: Drawing::Bubble(BubblePanels { panels }),
    })
}

impl BubblePanel {
    fn of(data: &Bubble) -> BubblePanel {
        let (points, line) = (&data.points, &data.line);
        let x = points.iter().map(|point| point.x);
        let x = x.chain(line.iter().map(|at| at.0));
        let r = points.iter().map(|point| point.r);
        let r = r.chain(line.iter().flat_map(|&(_, r, low, high)| [r, low, high]));
        let r: Vec<f64> = r.chain([0.0]).collect();
        let across = Axis::holding(&data.moderator, x.clone(), 7).close_to(x, AIR.0);
        let up = Axis::of_correlations("correlation r", &r).close_to(r, AIR.1);
        let plane = Plane::of(across, up);
        let p_value = data
            .p_value
            .map(|p| format!(" (slope: {})", words::p_value(p)));
        let name = phrases::capitalised(&data.moderator);
        let heading = format!("{name}{}", p_value.unwrap_or_default());
        BubblePanel {
            plane: plane.high(PLOT).headed(&heading),
            data: data.clone(),
        }
    }

    /// `year of publication from 1985 to 2015: fitted r from .31 to .24 (p = .034), 102 effects`
    fn in_words(&self) -> String {
        let data = &self.data;
        let effects = counted(data.points.len() as u64, "effect");
        let (Some(from), Some(to)) = (data.line.first(), data.line.last()) else {
            return format!("{}: no line could be fitted, {effects}", data.moderator);
        };
        let p_value = data.p_value.map(|p| format!(" ({})", words::p_value(p)));
        format!(
            "{} from {} to {}: fitted r from {} to {}{}, {effects}",
            data.moderator,
            plain(from.0),
            plain(to.0),
            words::correlation(from.1),
            words::correlation(to.1),
            p_value.unwrap_or_default()
        )
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        panel.band(&limits(&self.data.line), SKY, 0.3);
        let weights = self.data.points.iter().map(|point| point.weight);
        let most = weights.fold(f64::MIN_POSITIVE, f64::max);
        let largest = if self.data.points.len() > MANY {
            LARGEST.1
        } else {
            LARGEST.0
        };
        for point in &self.data.points {
            let radius = half_of_square(point.weight / most, (largest, SMALLEST));
            let at = panel.at(point.x, point.r);
            canvas.disc(at, radius, BLUE, 0.3);
            canvas.ring(at, Marker::Circle, radius, Stroke::new(BLUE, 1.0));
        }
        panel.fitted(&self.data.line);
        let (low, high) = self.plane.x.span();
        panel.line(&[(low, 0.0), (high, 0.0)], Stroke::new(INK, 0.8));
        self.plane.name_x(canvas, frame);
    }
}

/// A moderator's value: no decimals it does not have.
pub(super) fn plain(x: f64) -> String {
    let text = words::number(x, 2);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

impl Chart for BubblePanels {
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
            for point in &panel.data.points {
                let (x, r) = (plain(point.x), words::correlation(point.r));
                let weight = words::number(point.weight, 1);
                writeln!(f, "circle   {} | {x} | {r} | {weight} %", point.label)?;
            }
            for &(x, r, low, high) in &panel.data.line {
                let limits = range((low, high));
                writeln!(
                    f,
                    "line     {} | {} {limits}",
                    plain(x),
                    words::correlation(r)
                )?;
            }
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let columns = [
            "kind",
            "moderator",
            "label",
            "x",
            "r",
            "conf_low",
            "conf_high",
            "weight",
        ];
        let mut table = DataTable::new(&columns);
        for Bubble {
            moderator,
            points,
            line,
            ..
        } in self.panels.iter().map(|p| &p.data)
        {
            let mut row = |kind: &str, label: &str, numbers: [Option<f64>; 5]| {
                let start = [kind, moderator, label].map(str::to_owned);
                table.push(start.into_iter().chain(numbers.map(full)).collect());
            };
            for point in points {
                let numbers = [Some(point.x), Some(point.r), None, None, Some(point.weight)];
                row("effect", &point.label, numbers);
            }
            for &(x, r, low, high) in line {
                row("line", "", [Some(x), Some(r), Some(low), Some(high), None]);
            }
        }
        table
    }
}
