//! Do clients rate the early alliance the same online and in person? Histograms, one below the other.

use std::fmt;

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{Chart, DataTable, LEFT, RIGHT, full};
use super::ink::{BLUE, GREEN, INK, PURPLE, VERMILION};
use super::lettering::Type;
use super::panel::Panel;
use super::{Drawing, Figure, phrases};
use crate::findings::{Display, Distribution, Findings};
use crate::report::words;

const NAME: f64 = 24.0;
const PLOT: f64 = 92.0;
const BETWEEN: f64 = 18.0;
const TO_LABEL: f64 = 36.0;
const Y_LABELS: f64 = 40.0;
const INKS: [RGBColor; 4] = [BLUE, VERMILION, GREEN, PURPLE];

/// One histogram per group over a common axis, as densities so that groups of any size compare.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histograms {
    x: Axis,
    y: Axis,
    groups: Vec<Distribution>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let mut displays = findings.answers.iter().flat_map(|answer| &answer.displays);
    let data = displays.find_map(|display| match display {
        Display::Distributions(distributions) => Some(distributions),
        _ => None,
    })?;
    let groups: Vec<Distribution> = data
        .groups
        .iter()
        .filter(|g| !g.bins.is_empty())
        .cloned()
        .collect();
    if groups.is_empty() {
        return None;
    }
    let told: Vec<String> = groups.iter().map(in_words).collect();
    let names: Vec<&str> = groups.iter().map(|g| g.label.as_str()).collect();
    Some(Figure {
        id: "early_alliance",
        title: "How do clients rate the early alliance, online and in person?".into(),
        subtitle: format!("Distribution of the early alliance of single clients: {}.", names.join(", ")),
        alt: format!("Histograms of the early alliance: {}.", told.join("; ")),
        notes: vec![
            "Every shaded area is the same: all clients of the group. Upright line: the mean. Bins are wide enough that none shows fewer clients than may be shown.".into(),
        ],
        drawing: Drawing::Histograms(Histograms::of(&data.x_label, groups)),
    })
}

/// `online mean 5.21, SD 0.93, n = 237`
fn in_words(group: &Distribution) -> String {
    format!("{} {}", group.label, numbers(group))
}

fn numbers(group: &Distribution) -> String {
    format!(
        "mean {}, SD {}, n = {}",
        words::number(group.mean, 2),
        words::number(group.sd, 2),
        words::count(group.n)
    )
}

/// (from, to, share of clients per point) of every bin.
fn densities(group: &Distribution) -> Vec<(f64, f64, f64)> {
    let density = |bin: &crate::findings::Bin| bin.n as f64 / group.n as f64 / (bin.high - bin.low);
    group
        .bins
        .iter()
        .map(|bin| (bin.low, bin.high, density(bin)))
        .collect()
}

impl Histograms {
    fn of(x_label: &str, groups: Vec<Distribution>) -> Histograms {
        let ends = groups
            .iter()
            .flat_map(|g| g.bins.iter().flat_map(|b| [b.low, b.high]));
        let means = groups.iter().map(|g| g.mean);
        let heights = groups
            .iter()
            .flat_map(densities)
            .map(|(_, _, height)| height);
        Histograms {
            x: Axis::holding(x_label, ends.chain(means), 8),
            y: Axis::holding("share of clients per point", heights.chain([0.0]), 4)
                .without_leading_zero(),
            groups,
        }
    }

    fn x_label(&self) -> Vec<String> {
        self.x.label_lines(RIGHT - LEFT - Y_LABELS)
    }

    fn draw_group(
        &self,
        canvas: &Canvas<'_>,
        group: &Distribution,
        ink: RGBColor,
        top: f64,
        last: bool,
    ) {
        let frame = Frame {
            left: LEFT + Y_LABELS,
            top,
            right: RIGHT - 8.0,
            bottom: top + PLOT,
        };
        let x = if last { self.x.clone() } else { self.x.bare() };
        let mut panel = Panel::new(canvas, frame, &x, &self.y);
        let outline = outline(&densities(group));
        panel.area(&outline, ink, 0.35);
        panel.line(&outline, Stroke::new(ink, 1.4));
        let (mean, floor) = panel.at(group.mean, self.y.low);
        canvas.line(&[(mean, top - 4.0), (mean, floor)], Stroke::new(INK, 1.6));
        let name = phrases::capitalised(&group.label);
        let words = numbers(group);
        canvas.text((frame.left, top - 9.0), &name, Type::BODY.bold());
        let start = frame.left + Type::BODY.bold().width(&name) + 14.0;
        let half = Type::BODY.width(&words) / 2.0;
        let x = mean.min(frame.right - half).max(start + half);
        canvas.text((x, top - 9.0), &words, Type::BODY.centred());
    }
}

/// The stairs around the bars.
fn outline(bars: &[(f64, f64, f64)]) -> Vec<(f64, f64)> {
    let steps = bars
        .iter()
        .flat_map(|&(from, to, height)| [(from, height), (to, height)]);
    let first = bars.first().map(|bar| (bar.0, 0.0));
    let last = bars.last().map(|bar| (bar.1, 0.0));
    first.into_iter().chain(steps).chain(last).collect()
}

impl Chart for Histograms {
    fn height(&self) -> f64 {
        let groups = self.groups.len() as f64;
        let labels = (self.x_label().len() as f64 + 1.0) * Type::SMALL.leading() - 12.0;
        groups * (NAME + PLOT) + (groups - 1.0) * BETWEEN + TO_LABEL + labels
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        canvas.text((LEFT, top + Type::SMALL.size), &self.y.label, Type::SMALL);
        let mut y = top + Type::SMALL.leading();
        for (i, group) in self.groups.iter().enumerate() {
            let last = i + 1 == self.groups.len();
            self.draw_group(canvas, group, INKS[i % INKS.len()], y + NAME, last);
            y += NAME + PLOT + BETWEEN;
        }
        let centre = (LEFT + Y_LABELS + RIGHT - 8.0) / 2.0;
        let below = (centre, y - BETWEEN + TO_LABEL);
        canvas.lines(below, &self.x_label(), Type::SMALL.ink(INK).centred());
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "x axis   {}", self.x)?;
        writeln!(f, "y axis   {}", self.y)?;
        for group in &self.groups {
            writeln!(f, "group    {}", in_words(group))?;
            for (bin, (from, to, height)) in group.bins.iter().zip(densities(group)) {
                let (from, to) = (words::number(from, 2), words::number(to, 2));
                writeln!(
                    f,
                    "bar      {from} to {to} | height {} | {}",
                    words::number(height, 3),
                    words::count(bin.n)
                )?;
            }
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&[
            "kind", "group", "label", "low", "high", "n", "density", "mean", "sd",
        ]);
        let blank = String::new;
        for g in &self.groups {
            let row = |kind: &str, numbers: [String; 6]| {
                let start = [kind.to_owned(), g.group.clone(), g.label.clone()];
                start.into_iter().chain(numbers).collect()
            };
            let n = g.n.to_string();
            table.push(row(
                "group",
                [blank(), blank(), n, blank(), full(g.mean), full(g.sd)],
            ));
            for (bin, (low, high, density)) in g.bins.iter().zip(densities(g)) {
                let n = bin.n.to_string();
                let numbers = [full(low), full(high), n, full(density), blank(), blank()];
                table.push(row("bin", numbers));
            }
        }
        table
    }
}
