//! Which studies stand out? What each effect adds to the differences, and to the pooled value.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Marker, Stroke};
use super::chart::{Chart, DataTable, full};
use super::ink::{BACKGROUND, BLUE, INK, MUTED};
use super::labels::{Wanted, beside};
use super::lettering::Type;
use super::plane::Plane;
use super::pooled_words::{extent_or, first};
use super::{Drawing, Figure};
use crate::findings::pooled::{Baujat, BaujatPoint};
use crate::findings::{Display, Findings};
use crate::report::words;

/// Named for each axis; with two axes at most twice as many names.
const NAMED_PER_AXIS: usize = 4;
const WIDEST_NAME: f64 = 220.0;
/// The axis goes on to the right for names.
const ROOM: f64 = 1.1;
const RADIUS: f64 = 3.4;

/// Effects over two axes; the ones that stand out are named.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BaujatPlot {
    plane: Plane,
    points: Vec<BaujatPoint>,
    /// Places of the named points, the most outstanding first.
    named: Vec<usize>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let data = first(findings, |display| match display {
        Display::Baujat(baujat) if !baujat.points.is_empty() => Some(baujat),
        _ => None,
    })?;
    let extent = extent_or(findings, data.points.len());
    let plot = BaujatPlot::of(data);
    Some(Figure {
        id: "baujat",
        title: "Which studies differ from the others, and which move the pooled correlation?"
            .into(),
        subtitle: format!("Contribution of each correlation: {extent}."),
        alt: alt(data, &plot),
        notes: vec![
            "Right: unlike the others. High: the pooled correlation would be another without it. Both together deserve a second look at the study, not its removal.".into(),
            format!(
                "Named where there is room: the largest {} on each axis; the table has all names.",
                NAMED_PER_AXIS.min(data.points.len())
            ),
        ],
        drawing: Drawing::Baujat(plot),
    })
}

fn alt(data: &Baujat, plot: &BaujatPlot) -> String {
    let top = |by: fn(&BaujatPoint) -> f64| {
        let points = data.points.iter();
        let top = points.max_by(|a, b| by(a).total_cmp(&by(b)));
        top.map(|point| point.label.as_str()).unwrap_or_default()
    };
    format!(
        "Baujat plot of {} correlations: {} differs most from the others, {} moves the pooled correlation most.",
        words::count(plot.points.len() as u64),
        top(|point| point.heterogeneity),
        top(|point| point.influence)
    )
}

impl BaujatPlot {
    fn of(data: &Baujat) -> BaujatPlot {
        let points = &data.points;
        let across = points.iter().map(|point| point.heterogeneity);
        let widest = across.clone().fold(0.0, f64::max);
        let x = across.chain([0.0, widest * ROOM]);
        let y = points.iter().map(|point| point.influence).chain([0.0]);
        let plane = Plane::of(
            Axis::holding("contribution to the heterogeneity Q", x, 7),
            Axis::holding(
                "influence: squared standardised change of the pooled correlation without it",
                y,
                5,
            ),
        );
        BaujatPlot {
            plane,
            named: outstanding(points),
            points: points.clone(),
        }
    }
}

/// The first of both axes in turn, each once.
fn outstanding(points: &[BaujatPoint]) -> Vec<usize> {
    let ranked = |by: fn(&BaujatPoint) -> f64| {
        let mut places: Vec<usize> = (0..points.len()).collect();
        places.sort_by(|&a, &b| by(&points[b]).total_cmp(&by(&points[a])));
        places.truncate(NAMED_PER_AXIS);
        places
    };
    let across = ranked(|point| point.heterogeneity);
    let up = ranked(|point| point.influence);
    let mut named = Vec::new();
    for place in across.into_iter().zip(up).flat_map(|(x, y)| [x, y]) {
        if !named.contains(&place) {
            named.push(place);
        }
    }
    named
}

impl Chart for BaujatPlot {
    fn height(&self) -> f64 {
        self.plane.height()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (panel, frame) = self.plane.draw(canvas, top);
        let marks: Vec<(f64, f64)> = self
            .points
            .iter()
            .map(|point| panel.at(point.heterogeneity, point.influence))
            .collect();
        for &at in &marks {
            canvas.marker(at, Marker::Circle, RADIUS, BLUE);
            canvas.ring(
                at,
                Marker::Circle,
                RADIUS + 0.2,
                Stroke::new(BACKGROUND, 0.6),
            );
        }
        let wanted: Vec<Wanted<'_>> = self
            .named
            .iter()
            .map(|&place| Wanted {
                text: &self.points[place].label,
                at: marks[place],
            })
            .collect();
        let face = Type::SMALL.ink(INK);
        for name in beside(&wanted, &marks, frame, face, WIDEST_NAME) {
            canvas.text(name.at, &name.text, face);
            if let Some(leader) = name.leader {
                canvas.line(&leader, Stroke::new(MUTED, 0.8));
            }
        }
        self.plane.name_x(canvas, frame);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plane.describe(f)?;
        for (i, point) in self.points.iter().enumerate() {
            let kind = if self.named.contains(&i) {
                "named   "
            } else {
                "dot     "
            };
            let (x, y) = (point.heterogeneity, point.influence);
            let (x, y) = (words::number(x, 2), words::number(y, 3));
            writeln!(
                f,
                "{kind} {} | heterogeneity {x} | influence {y}",
                point.label
            )?;
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&["label", "heterogeneity", "influence"]);
        for point in &self.points {
            let (x, y) = (full(point.heterogeneity), full(point.influence));
            table.push(vec![point.label.clone(), x, y]);
        }
        table
    }
}
