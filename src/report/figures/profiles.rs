//! Are the variances well determined? The log-likelihood as each is held fixed.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Marker, Stroke};
use super::chart::{Chart, DataTable, full};
use super::ink::{BLUE, INK, MUTED, SKY, VERMILION};
use super::labels::spread_inside;
use super::lettering::Type;
use super::plane::{Plane, stacked, tops};
use super::pooled_words::{extent_of, first};
use super::{Drawing, Figure, phrases};
use crate::findings::pooled::Profile;
use crate::findings::{Display, Findings};
use crate::report::words;

const PLOT: f64 = 200.0;
/// Room above the frame for the names of the upright lines.
const ROOM: f64 = 18.0;
/// The curve is shown down to this many times the way from its top to the cutoff.
const DEPTH: f64 = 4.0;

/// One panel per variance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ProfilePanels {
    panels: Vec<ProfilePanel>,
}

#[derive(Clone, Debug, PartialEq)]
struct ProfilePanel {
    plane: Plane,
    data: Profile,
    /// The part of the curve that is drawn.
    curve: Vec<(f64, f64)>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let data = first(findings, |display| match display {
        Display::Profiles(profiles) => Some(&profiles.profiles),
        _ => None,
    })?;
    let panels: Vec<ProfilePanel> = data.iter().filter_map(ProfilePanel::of).collect();
    let level = words::level(panels.first()?.data.conf_level);
    let told: Vec<String> = panels.iter().map(|panel| in_words(&panel.data)).collect();
    Some(Figure {
        id: "profiles",
        title: "How well do the data tell how much the true correlations vary?".into(),
        subtitle: format!(
            "Profile of the likelihood for each variance of z{}.",
            extent_of(findings)
                .map(|extent| format!(": {extent}"))
                .unwrap_or_default()
        ),
        alt: format!("Profile likelihoods: {}.", told.join("; ")),
        notes: notes(&panels, &level),
        drawing: Drawing::Profiles(ProfilePanels { panels }),
    })
}

fn notes(panels: &[ProfilePanel], level: &str) -> Vec<String> {
    let mut notes = vec![format!(
        "A sharp peak: the variance is well determined; a flat one: many values fit nearly as well. Shaded, where the curve lies above the dashed line: the {level} interval."
    )];
    if panels.iter().any(|panel| panel.data.estimate == 0.0) {
        notes.push("An estimate of 0 is at the boundary of what a variance can be: the data show no variation beyond chance, which does not prove that there is none.".into());
    }
    notes
}

/// A variance as people read it: three digits that matter.
fn variance(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let decimals = (2..8).find(|&d| x.abs() * libm::pow(10.0, f64::from(d)) > 9.95);
    words::without_zero(&words::number(x, decimals.unwrap_or(8) as usize))
}

/// `.032 [.010, .090]`, or that it is at the boundary.
fn in_words(data: &Profile) -> String {
    let interval = data
        .interval
        .map(|(low, high)| {
            let level = words::level(data.conf_level);
            format!(", {level} interval [{}, {}]", variance(low), variance(high))
        })
        .unwrap_or_default();
    let estimate = if data.estimate == 0.0 {
        "at the boundary 0".to_owned()
    } else {
        variance(data.estimate)
    };
    format!("variance {}: {estimate}{interval}", data.component)
}

impl ProfilePanel {
    /// Nothing where there is no curve.
    fn of(data: &Profile) -> Option<ProfilePanel> {
        let finite = |&&(x, y): &&(f64, f64)| x.is_finite() && y.is_finite();
        let points: Vec<(f64, f64)> = data.points.iter().filter(finite).copied().collect();
        let top = points.iter().map(|point| point.1).reduce(f64::max)?;
        let floor = top - DEPTH * (top - data.cutoff).max(f64::MIN_POSITIVE);
        let curve = above(&points, floor);
        let x = curve
            .iter()
            .map(|point| point.0)
            .chain([0.0, data.estimate]);
        let x = x.chain(
            data.interval
                .into_iter()
                .flat_map(|(low, high)| [low, high]),
        );
        let y = curve.iter().map(|point| point.1).chain([data.cutoff]);
        let label = format!("variance {} (of z)", data.component);
        let plane = Plane::of(
            Axis::holding(&label, x, 7).without_leading_zero(),
            Axis::holding("log-likelihood", y, 4),
        );
        Some(ProfilePanel {
            plane: plane
                .high(PLOT)
                .headed(&phrases::capitalised(&in_words(data)))
                .with_room(ROOM, 0.0),
            data: data.clone(),
            curve,
        })
    }

    /// The upright lines with their names: the estimate, and the limits of the interval.
    fn uprights(&self) -> Vec<(f64, String)> {
        let data = &self.data;
        let mut uprights = Vec::new();
        if let Some((low, high)) = data.interval {
            if low > 0.0 {
                uprights.push((low, format!("lower limit {}", variance(low))));
            }
            uprights.push((high, format!("upper limit {}", variance(high))));
        }
        let estimate = if data.estimate == 0.0 {
            "estimate: at the boundary 0".to_owned()
        } else {
            format!("estimate {}", variance(data.estimate))
        };
        uprights.push((data.estimate, estimate));
        uprights.sort_by(|a, b| a.0.total_cmp(&b.0));
        uprights
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        let (low, high) = self.plane.y.span();
        if let Some((from, to)) = self.data.interval {
            let span = [(from, low, high), (to, low, high)];
            panel.band(&span, SKY, 0.2);
        }
        let cutoff = self.data.cutoff;
        let (first, last) = self.plane.x.span();
        let dashed = Stroke::new(VERMILION, 1.3).dashed(6.0, 3.0);
        panel.line(&[(first, cutoff), (last, cutoff)], dashed);
        let uprights = self.uprights();
        for (at, _) in &uprights {
            let stroke = if *at == self.data.estimate {
                Stroke::new(INK, 1.3)
            } else {
                Stroke::new(MUTED, 1.1).dashed(2.0, 2.5)
            };
            panel.line(&[(*at, low), (*at, high)], stroke);
        }
        panel.line(&self.curve, Stroke::new(BLUE, 1.8));
        if let [only] = self.curve[..] {
            canvas.marker(panel.at(only.0, only.1), Marker::Circle, 3.4, BLUE);
        }
        self.draw_names(canvas, &uprights, frame, |x| panel.at(x, high).0);
        self.plane.name_x(canvas, frame);
    }

    fn draw_names(
        &self,
        canvas: &Canvas<'_>,
        uprights: &[(f64, String)],
        frame: Frame,
        at: impl Fn(f64) -> f64,
    ) {
        let face = Type::SMALL.ink(INK);
        let widths: Vec<f64> = uprights.iter().map(|(_, name)| face.width(name)).collect();
        let wanted: Vec<f64> = uprights.iter().map(|&(x, _)| at(x)).collect();
        let centres = spread_inside(&wanted, &widths, 12.0, frame);
        for ((_, name), centre) in uprights.iter().zip(centres) {
            canvas.text((centre, frame.top - 6.0), name, face.centred());
        }
    }
}

/// The part of a curve above a floor, cut where it crosses it.
fn above(points: &[(f64, f64)], floor: f64) -> Vec<(f64, f64)> {
    let crossing = |a: (f64, f64), b: (f64, f64)| {
        let share = (floor - a.1) / (b.1 - a.1);
        (a.0 + share * (b.0 - a.0), floor)
    };
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (i, &point) in points.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| points[i]);
        if let Some(before) = before.filter(|b| (b.1 < floor) != (point.1 < floor)) {
            kept.push(crossing(before, point));
        }
        if point.1 >= floor {
            kept.push(point);
        }
    }
    kept
}

impl Chart for ProfilePanels {
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
            writeln!(f, "dashes   cutoff {}", words::number(panel.data.cutoff, 3))?;
            for (_, name) in panel.uprights() {
                writeln!(f, "upright  {name}")?;
            }
            for &(x, y) in &panel.curve {
                writeln!(f, "curve    {} | {}", variance(x), words::number(y, 3))?;
            }
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let columns = [
            "kind",
            "component",
            "variance",
            "log_likelihood",
            "conf_low",
            "conf_high",
        ];
        let mut table = DataTable::new(&columns);
        for data in self.panels.iter().map(|panel| &panel.data) {
            let mut row = |kind: &str, numbers: [Option<f64>; 4]| {
                let start = [kind.to_owned(), data.component.clone()];
                table.push(start.into_iter().chain(numbers.map(full)).collect());
            };
            let (low, high) = data.interval.unzip();
            row("estimate", [Some(data.estimate), None, low, high]);
            row("cutoff", [None, Some(data.cutoff), None, None]);
            for &(x, y) in &data.points {
                row("curve", [Some(x), Some(y), None, None]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_cut_where_it_falls_below_the_floor() {
        let points = [(0.0, -10.0), (1.0, 0.0), (2.0, -20.0)];
        assert_eq!(
            above(&points, -5.0),
            [(0.5, -5.0), (1.0, 0.0), (1.25, -5.0)]
        );
        assert_eq!(variance(0.0321), ".032");
        assert_eq!(variance(0.00041), ".00041");
        assert_eq!(variance(0.0), "0");
    }
}
