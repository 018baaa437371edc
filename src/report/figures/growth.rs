//! How does the alliance develop? The mean course, and the spread of clients around it.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Stroke};
use super::chart::{Chart, DataTable, full};
use super::ink::{BLUE, SKY};
use super::panel::limits;
use super::plane::Plane;
use super::pooled_words::{counted, first};
use super::{Drawing, Figure};
use crate::findings::mixed::Growth;
use crate::findings::{Display, Findings};
use crate::report::words;

/// Room beyond the outermost values, as a share of their range.
const AIR: f64 = 0.06;
/// Sessions that can have a tick each.
const TICKS: u32 = 16;

/// The mean course with its band, and the spread.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GrowthPlot {
    plane: Plane,
    data: Growth,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let data = first(findings, |display| match display {
        Display::Growth(growth) if !growth.mean.is_empty() => Some(growth),
        _ => None,
    })?;
    let level = words::level(data.conf_level);
    Some(Figure {
        id: "growth",
        title: "How does the alliance develop over sessions?".into(),
        subtitle: format!(
            "Expected course of the rating with its {level} band: {}.",
            counted(data.clients, "client")
        ),
        alt: alt(data),
        notes: notes(data, &level),
        drawing: Drawing::Growth(GrowthPlot::of(data)),
    })
}

fn notes(data: &Growth, level: &str) -> Vec<String> {
    let (line, dashed, solid) = if data.mean.len() > 1 {
        ("Line", " with dashed edges", " with solid edges")
    } else {
        ("Dot", "", "")
    };
    let mut notes = vec![format!(
        "{line}: the expected mean; narrow band{dashed}: its {level} interval."
    )];
    if !data.spread.is_empty() {
        notes[0].push_str(&format!(
            " Wide area{solid}: in it lie the courses of {} of the clients.",
            words::share(data.spread_share)
        ));
    }
    notes
}

/// `42.1 [41.2, 43.0] in session 1`
fn spoken(&(session, mean, low, high): &(f64, f64, f64, f64), decimals: usize) -> String {
    let numbers = words::with_interval(mean, (low, high), decimals);
    format!("{numbers} in session {}", plain(session))
}

fn alt(data: &Growth) -> String {
    let decimals = decimals(data);
    let course = match &data.mean[..] {
        [only] => format!("is {}", spoken(only, decimals)),
        [first, .., last] => format!(
            "goes from {} to {}",
            spoken(first, decimals),
            spoken(last, decimals)
        ),
        [] => "is not known".into(),
    };
    let spread = data.spread.last().map(|&(session, low, high)| {
        format!(
            "; the courses of {} of the clients lie between {} and {} in session {}",
            words::share(data.spread_share),
            words::number(low, decimals),
            words::number(high, decimals),
            plain(session)
        )
    });
    format!(
        "The expected mean of {} {course}{}, n = {}.",
        data.y_label,
        spread.unwrap_or_default(),
        words::count(data.clients)
    )
}

/// A session without decimals it does not have.
fn plain(session: f64) -> String {
    let decimals = if session.fract() == 0.0 { 0 } else { 1 };
    words::number(session, decimals)
}

/// As many as the narrowest interval of the mean needs.
fn decimals(data: &Growth) -> usize {
    let each = data
        .mean
        .iter()
        .map(|&(_, _, low, high)| words::decimals((low, high)));
    each.max().unwrap_or(1).clamp(1, 3)
}

impl GrowthPlot {
    fn of(data: &Growth) -> GrowthPlot {
        let sessions = data.mean.iter().map(|at| at.0);
        let sessions = sessions.chain(data.spread.iter().map(|at| at.0));
        let first = sessions.clone().fold(f64::INFINITY, f64::min).floor() as u32;
        let last = sessions.fold(0.0, f64::max).ceil() as u32;
        let every = (last - first) / TICKS + 1;
        let y = data
            .mean
            .iter()
            .flat_map(|&(_, y, low, high)| [y, low, high]);
        let y = y.chain(data.spread.iter().flat_map(|&(_, low, high)| [low, high]));
        let up = Axis::holding(&data.y_label, y.clone(), 6).close_to(y, AIR);
        let across = Axis::of_whole_numbers("session", first, last, every);
        GrowthPlot {
            plane: Plane::of(across, up).with_names(),
            data: data.clone(),
        }
    }

    /// What the line and the area are, where each of them ends.
    fn names(&self) -> Vec<(f64, String)> {
        let data = &self.data;
        let Some(&(_, mean, ..)) = data.mean.last() else {
            return Vec::new();
        };
        let area = data.spread.last().map(|&(_, _, high)| {
            let name = format!("{} of clients", words::share(data.spread_share));
            (high, name)
        });
        area.into_iter()
            .chain([(mean, "mean".to_owned())])
            .collect()
    }
}

impl Chart for GrowthPlot {
    fn height(&self) -> f64 {
        self.plane.height()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        panel.band(&self.data.spread, SKY, 0.17);
        panel.band(&limits(&self.data.mean), SKY, 0.45);
        let spread = &self.data.spread;
        let lower = spread.iter().map(|&(session, low, _)| (session, low));
        let upper = spread.iter().map(|&(session, _, high)| (session, high));
        let edge = Stroke::new(BLUE, 0.8);
        panel.line(&lower.collect::<Vec<_>>(), edge);
        panel.line(&upper.collect::<Vec<_>>(), edge);
        panel.fitted(&self.data.mean);
        let names: Vec<(f64, String)> = self
            .names()
            .into_iter()
            .map(|(y, name)| (panel.at(0.0, y).1, name))
            .collect();
        self.plane.name_right(canvas, frame, &names);
        self.plane.name_x(canvas, frame);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plane.describe(f)?;
        let decimals = decimals(&self.data);
        for at in &self.data.mean {
            let numbers = words::with_interval(at.1, (at.2, at.3), decimals);
            writeln!(f, "line     session {} | {numbers}", plain(at.0))?;
        }
        for &(session, low, high) in &self.data.spread {
            let (low, high) = (words::number(low, decimals), words::number(high, decimals));
            writeln!(f, "area     session {} | [{low}, {high}]", plain(session))?;
        }
        self.names()
            .iter()
            .try_for_each(|(_, name)| writeln!(f, "name     {name}"))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&["kind", "session", "mean", "low", "high"]);
        let mut row = |kind: &str, numbers: [Option<f64>; 4]| {
            let start = [kind.to_owned()];
            table.push(start.into_iter().chain(numbers.map(full)).collect());
        };
        for &(session, mean, low, high) in &self.data.mean {
            row("mean", [Some(session), Some(mean), Some(low), Some(high)]);
        }
        for &(session, low, high) in &self.data.spread {
            row("spread", [Some(session), None, Some(low), Some(high)]);
        }
        table
    }
}
