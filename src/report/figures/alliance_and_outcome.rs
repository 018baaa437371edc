//! Early alliance against outcome: the means of bins of clients, and the fitted line.
//!
//! Bins instead of clients, because a point would be a person.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Marker, Stroke};
use super::chart::{Chart, DataTable, full};
use super::ink::{BLUE, INK, MUTED, SKY};
use super::phrases;
use super::plane::Plane;
use super::{Drawing, Figure};
use crate::findings::{BinnedScatter, Display, Findings};
use crate::report::words;

/// Bins, line and band over two axes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BinnedScatterPlot {
    plane: Plane,
    data: BinnedScatter,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let (answer, data) = findings.answers.iter().find_map(|answer| {
        answer.displays.iter().find_map(|display| match display {
            Display::BinnedScatter(scatter) => Some((answer, scatter)),
            _ => None,
        })
    })?;
    if data.bins.is_empty() {
        return None;
    }
    let headline = findings.headline();
    let spoken = headline.map(phrases::spoken);
    let numbers = spoken
        .as_ref()
        .map(|text| format!(" {}.", phrases::capitalised(text)));
    Some(Figure {
        id: "alliance_and_outcome",
        title: answer.title.clone(),
        subtitle: format!(
            "Early alliance and {}.{}",
            phrases::outcome(findings),
            numbers.unwrap_or_default()
        ),
        alt: alt(data, spoken.as_deref()),
        notes: notes(data),
        drawing: Drawing::BinnedScatter(BinnedScatterPlot::of(data)),
    })
}

fn alt(data: &BinnedScatter, headline: Option<&str>) -> String {
    let slope = data.line.slope;
    let course = if slope > 0.0 {
        "rises"
    } else if slope < 0.0 {
        "falls"
    } else {
        "is level"
    };
    let numbers = headline.map(|text| format!(": {text}")).unwrap_or_default();
    format!(
        "The fitted line of {} on {} {course} over {} clients{numbers}.",
        data.y_label,
        data.x_label,
        words::count(data.n)
    )
}

fn notes(data: &BinnedScatter) -> Vec<String> {
    let sizes = data.bins.iter().map(|bin| bin.n);
    let (fewest, most) = (sizes.clone().min(), sizes.max());
    let clients = match (fewest, most) {
        (Some(fewest), Some(most)) if fewest < most => {
            format!("{} to {}", words::count(fewest), words::count(most))
        }
        _ => words::count(most.unwrap_or_default()),
    };
    let dots = match data.bins.len() {
        1 => format!("Dot: the mean of {clients} clients; bar: its 95 % interval."),
        bins => format!(
            "Dots: means of {bins} bins of {clients} clients each, from the lowest alliance to the highest; bars: 95 % intervals of the mean."
        ),
    };
    let band = words::level(data.line.conf_level);
    let line = if data.line.band.is_empty() {
        String::new()
    } else {
        format!(
            " Line: fitted to all {} clients, with its {band} band.",
            words::count(data.n)
        )
    };
    let mut notes = vec![format!("{dots}{line}")];
    if !data.points.is_empty() {
        notes.push("Small dots: single clients, moved a little at random.".into());
    }
    notes
}

impl BinnedScatterPlot {
    fn of(data: &BinnedScatter) -> BinnedScatterPlot {
        let bins = data.bins.iter();
        let (points, band) = (data.points.iter(), data.line.band.iter());
        let x = bins
            .clone()
            .map(|bin| bin.x)
            .chain(points.clone().map(|p| p.0))
            .chain(band.clone().map(|b| b.0));
        let y = bins
            .flat_map(|bin| [bin.y, bin.y_low, bin.y_high])
            .chain(points.map(|p| p.1))
            .chain(band.flat_map(|&(_, low, high)| [low, high]));
        BinnedScatterPlot {
            plane: Plane::of(
                Axis::holding(&data.x_label, x, 7),
                Axis::holding(&data.y_label, y, 5),
            ),
            data: data.clone(),
        }
    }

    /// The two ends of the fitted line.
    fn line(&self) -> [(f64, f64); 2] {
        let bins = &self.data.bins;
        let ends = match self.data.line.band[..] {
            [first, .., last] => (first.0, last.0),
            _ => (bins[0].x, bins[bins.len() - 1].x),
        };
        let line = &self.data.line;
        [ends.0, ends.1].map(|x| (x, line.intercept + line.slope * x))
    }
}

impl Chart for BinnedScatterPlot {
    fn height(&self) -> f64 {
        self.plane.height()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        panel.discs(&self.data.points, 1.6, MUTED, 0.35);
        panel.band(&self.data.line.band, SKY, 0.3);
        panel.line(&self.line(), Stroke::new(INK, 1.6));
        for bin in &self.data.bins {
            panel.line(
                &[(bin.x, bin.y_low), (bin.x, bin.y_high)],
                Stroke::new(BLUE, 1.5),
            );
        }
        for bin in &self.data.bins {
            canvas.marker(panel.at(bin.x, bin.y), Marker::Circle, 4.2, BLUE);
        }
        self.plane.name_x(canvas, frame);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plane.describe(f)?;
        let show = |x| words::number(x, 2);
        for bin in &self.data.bins {
            writeln!(
                f,
                "bin      x {} | y {} [{}, {}] | {}",
                show(bin.x),
                show(bin.y),
                show(bin.y_low),
                show(bin.y_high),
                words::count(bin.n)
            )?;
        }
        let [from, to] = self.line();
        writeln!(
            f,
            "line     {}, {} to {}, {}",
            show(from.0),
            show(from.1),
            show(to.0),
            show(to.1)
        )?;
        for &(x, low, high) in &self.data.line.band {
            writeln!(
                f,
                "band     x {} | [{}, {}]",
                show(x),
                show(low),
                show(high)
            )?;
        }
        writeln!(f, "points   {}", self.data.points.len())
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&["kind", "x", "y", "low", "high", "n"]);
        for bin in &self.data.bins {
            table.push(vec![
                "bin".into(),
                full(bin.x),
                full(bin.y),
                full(bin.y_low),
                full(bin.y_high),
                bin.n.to_string(),
            ]);
        }
        for (x, y) in self.line() {
            table.push(vec![
                "line".into(),
                full(x),
                full(y),
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
        for &(x, low, high) in &self.data.line.band {
            table.push(vec![
                "band".into(),
                full(x),
                String::new(),
                full(low),
                full(high),
                String::new(),
            ]);
        }
        for &(x, y) in &self.data.points {
            table.push(vec![
                "client".into(),
                full(x),
                full(y),
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
        table
    }
}
