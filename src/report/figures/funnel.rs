//! Do small studies say something else? Effects against their standard errors.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Marker, Stroke};
use super::chart::{Chart, DataTable, LEFT, full};
use super::funnel_contours::{Region, Taken, names, regions};
use super::funnel_parts::{Guide, draw_guide_labels, draw_r_ticks, within};
use super::ink::{BLUE, INK, MUTED, VERMILION};
use super::labels::around;
use super::lettering::Type;
use super::panel::Panel;
use super::plane::Plane;
use super::pooled_words::{counted, extent_or, first};
use super::{Drawing, Figure};
use crate::findings::pooled::{EggerLine, Funnel, FunnelPoint};
use crate::findings::{Display, Findings};
use crate::report::words;

const PLOT: f64 = 340.0;
/// Room above the frame for the names of the lines, and below it for the row of r.
const ROOM: (f64, f64) = (18.0, 17.0);
/// The lower end of the axis lies this far beyond the largest standard error, so that the
/// contours can be named below the points.
const BEYOND: f64 = 1.1;

/// One flank of the funnel is drawn at least to this part of the other.
const FLANK: f64 = 3.0;

/// The funnel with its contours and lines.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FunnelPlot {
    plane: Plane,
    data: Funnel,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let data = first(findings, |display| match display {
        Display::Funnel(funnel) if !funnel.points.is_empty() => Some(funnel),
        _ => None,
    })?;
    let filled = data.points.iter().filter(|point| point.filled).count();
    let extent = extent_or(findings, data.points.len() - filled);
    Some(Figure {
        id: "funnel",
        title: "Do small studies find something else than large ones?".into(),
        subtitle: format!(
            "Every correlation, as Fisher's z, against its standard error: {extent}."
        ),
        alt: alt(data, &extent, filled),
        notes: notes(data, filled),
        drawing: Drawing::Funnel(FunnelPlot::of(data)),
    })
}

/// `Egger's line leans to larger correlations in small studies, p = .034`
fn egger_in_words(egger: &EggerLine) -> String {
    let lean = if egger.slope > 0.0 {
        "leans to larger correlations in small studies"
    } else if egger.slope < 0.0 {
        "leans to smaller correlations in small studies"
    } else {
        "is upright"
    };
    format!("Egger's line {lean}, {}", words::p_value(egger.p_value))
}

fn alt(data: &Funnel, extent: &str, filled: usize) -> String {
    let egger = data.egger.as_ref().map(egger_in_words);
    let fill = data.filled_z.map(|z| {
        let (added, z) = (counted(filled as u64, "effect"), words::number(z, 2));
        format!("with {added} filled in, the pooled z is {z}")
    });
    let told: Vec<String> = egger.into_iter().chain(fill).collect();
    let told = if told.is_empty() {
        String::new()
    } else {
        format!("; {}", told.join("; "))
    };
    format!(
        "Funnel plot of {extent}, pooled z = {}{told}.",
        words::number(data.pooled_z, 2)
    )
}

fn notes(data: &Funnel, filled: usize) -> Vec<String> {
    let mut notes = vec![
        "Large studies are on top, small ones below; without small-study effects the dots spread evenly to both sides of the pooled line.".to_owned(),
    ];
    let regions = regions(&data.contours);
    if regions.len() > 1 {
        let shades: Vec<&str> = regions.iter().skip(1).map(|r| r.name.as_str()).collect();
        notes.push(format!(
            "Shaded, from the strongest tint to the faintest: {}, if the true correlation is 0. Gaps where nothing is shaded alone suggest that results without significance were not published.",
            shades.join(", ")
        ));
    }
    if data.egger.is_some() {
        notes.push("Egger's line: fitted to the dots; upright where small studies say the same. It leans by other causes than publication, too.".into());
    }
    if filled > 0 {
        notes.push("Open circles: not real, added by trim and fill as mirror images.".into());
    }
    notes
}

impl FunnelPlot {
    fn of(data: &Funnel) -> FunnelPlot {
        let lines = [Some(0.0), Some(data.pooled_z), data.filled_z];
        let points = data.points.iter().map(|point| point.z);
        let z = points.chain(lines.into_iter().flatten());
        let (low, high) = z.clone().fold((0.0_f64, 0.0_f64), |(low, high), z| {
            (low.min(z), high.max(z))
        });
        // Both flanks of the funnel are seen, also where all effects are on one.
        let flanks = [low.min(-high / FLANK), high.max(-low / FLANK)];
        let errors = data.points.iter().map(|point| point.std_error);
        let largest = errors.fold(0.0, f64::max) * BEYOND;
        let x = Axis::holding("Fisher's z, and r", z.chain(flanks), 8);
        let y = Axis::holding("standard error of z", [0.0, largest], 5);
        FunnelPlot {
            plane: Plane::of(x, y.turned())
                .high(PLOT)
                .with_room(ROOM.0, ROOM.1),
            data: data.clone(),
        }
    }

    /// From the middle outward; the first one is paper.
    fn regions(&self) -> Vec<Region> {
        regions(&self.data.contours)
    }

    /// Names the regions where neither dots nor lines are.
    fn name_regions(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, frame: Frame) {
        let points = self.data.points.iter();
        let dots: Vec<Frame> = points
            .map(|point| around(panel.at(point.z, point.std_error), 4.0))
            .collect();
        let guides = self.guides();
        let lines: Vec<Box<dyn Fn(f64) -> f64>> = guides
            .iter()
            .map(|guide| {
                let [from, to] = guide.ends.map(|(z, error)| panel.at(z, error));
                let along = move |y: f64| (y - from.1) / (to.1 - from.1);
                let line = move |y: f64| from.0 + along(y) * (to.0 - from.0);
                Box::new(line) as Box<dyn Fn(f64) -> f64>
            })
            .collect();
        let taken = Taken {
            dots: &dots,
            lines: &lines,
        };
        let foot = self.plane.y.low;
        let error = |y: f64| (y - frame.top) / (frame.bottom - frame.top) * foot;
        let x = |z: f64| self.plane.x.at(z, frame.ends());
        let face = Type::SMALL.ink(INK);
        for name in names(&self.regions(), frame, &taken, x, error) {
            canvas.text(name.at, &name.text, face);
        }
    }

    /// The lines of the funnel with their names, drawn from the top to the foot.
    fn guides(&self) -> Vec<Guide> {
        let foot = self.plane.y.low;
        let upright = |z: f64| [(z, 0.0), (z, foot)];
        let mut guides = vec![Guide {
            name: "pooled".into(),
            ends: upright(self.data.pooled_z),
            stroke: Stroke::new(INK, 1.5),
        }];
        if let Some(z) = self.data.filled_z {
            guides.push(Guide {
                name: "with filled studies".into(),
                ends: upright(z),
                stroke: Stroke::new(MUTED, 1.5).dashed(1.5, 2.5),
            });
        }
        if let Some(egger) = &self.data.egger {
            let z = |error: f64| egger.intercept + egger.slope * error;
            let ends = [(z(0.0), 0.0), (z(foot), foot)];
            guides.extend(within(ends, self.plane.x.span()).map(|ends| Guide {
                name: format!("Egger's line, {}", words::p_value(egger.p_value)),
                ends,
                stroke: Stroke::new(VERMILION, 1.5).dashed(6.0, 3.0),
            }));
        }
        guides
    }

    fn draw_points(&self, canvas: &Canvas<'_>, at: impl Fn(&FunnelPoint) -> (f64, f64)) {
        let radius = if self.data.points.len() > 120 {
            2.6
        } else {
            3.4
        };
        for point in &self.data.points {
            let stroke = Stroke::new(if point.filled { INK } else { BLUE }, 1.2);
            if point.filled {
                canvas.hollow_marker(at(point), Marker::Circle, radius, stroke);
            } else {
                canvas.marker(at(point), Marker::Circle, radius, BLUE);
                let paper = Stroke::new(super::ink::BACKGROUND, 0.6);
                canvas.ring(at(point), Marker::Circle, radius + 0.2, paper);
            }
        }
    }
}

impl Chart for FunnelPlot {
    fn height(&self) -> f64 {
        self.plane.height()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        let (foot, span) = (self.plane.y.low, self.plane.x.span());
        for (region, shade) in self.regions().iter().skip(1).zip(SHADES) {
            for side in [-1.0, 1.0] {
                panel.area(&region.outline(side, foot, span), MUTED, shade);
            }
        }
        for guide in self.guides() {
            panel.line(&guide.ends, guide.stroke);
        }
        self.name_regions(canvas, &panel, frame);
        self.draw_points(canvas, |point| panel.at(point.z, point.std_error));
        draw_guide_labels(canvas, &self.guides(), frame, |z, error| panel.at(z, error));
        draw_r_ticks(canvas, &self.plane.x, frame);
        let face = Type::SMALL.ink(INK);
        canvas.text((LEFT, frame.bottom + 17.0), "z", face);
        canvas.text((LEFT, frame.bottom + 34.0), "r", face);
        self.plane.name_x(canvas, frame);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plane.describe(f)?;
        let show = |x| words::number(x, 3);
        for region in self.regions().iter().skip(1) {
            let (name, inner) = (&region.name, show(region.inner));
            writeln!(f, "region   {name} | beyond z = ± {inner} standard errors")?;
        }
        for guide in self.guides() {
            let [from, to] = guide.ends;
            let (name, from, to) = (&guide.name, show(from.0), show(to.0));
            writeln!(f, "line     {name} | {from} on top, {to} below")?;
        }
        for point in &self.data.points {
            let kind = if point.filled { "filled  " } else { "dot     " };
            let (z, error) = (show(point.z), show(point.std_error));
            writeln!(f, "{kind} {} | z {z} | standard error {error}", point.label)?;
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&["kind", "label", "z", "std_error", "slope", "p_value"]);
        let mut row = |kind: &str, label: &str, numbers: [Option<f64>; 4]| {
            let start = [kind.to_owned(), label.to_owned()];
            table.push(start.into_iter().chain(numbers.map(full)).collect());
        };
        for point in &self.data.points {
            let kind = if point.filled { "filled" } else { "effect" };
            let numbers = [Some(point.z), Some(point.std_error), None, None];
            row(kind, &point.label, numbers);
        }
        row("pooled", "", [Some(self.data.pooled_z), None, None, None]);
        if let Some(z) = self.data.filled_z {
            row("pooled_with_filled", "", [Some(z), None, None, None]);
        }
        for &(p, multiple) in &self.data.contours {
            row("contour", "", [None, None, Some(multiple), Some(p)]);
        }
        if let Some(egger) = &self.data.egger {
            let (intercept, slope) = (Some(egger.intercept), Some(egger.slope));
            row("egger", "", [intercept, None, slope, Some(egger.p_value)]);
        }
        table
    }
}

/// How dark the regions are, from the middle outward; the middle itself is paper.
const SHADES: [f64; 3] = [0.34, 0.21, 0.1];
