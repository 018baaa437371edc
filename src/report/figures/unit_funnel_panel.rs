//! Units against the limits for units of their size: one outcome.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Marker, Stroke};
use super::chart::{LEFT, RIGHT, full};
use super::ink::{INK, MUTED};
use super::lettering::Type;
use super::plane::Plane;
use super::pooled_words::counted;
use crate::findings::Scale;
use crate::findings::monitoring::{FunnelFlag, FunnelLimits, FunnelUnit, UnitFunnel};
use crate::report::words;

const PLOT: f64 = 270.0;
/// Room for the names of the lines right of the frame.
const NAMES: f64 = 158.0;
const RADIUS: f64 = 3.6;
/// From the label of x to the lines below it.
const TO_FOOT: f64 = 8.0;

pub(super) const TARGET: Stroke = Stroke::new(INK, 1.3);
const INNER: Stroke = Stroke::new(MUTED, 1.2).dashed(2.0, 2.5);
const OUTER: Stroke = Stroke::new(INK, 1.2).dashed(7.0, 3.0);

pub(super) const COLUMNS: [&str; 14] = [
    "funnel",
    "kind",
    "label",
    "n",
    "effective_n",
    "share",
    "expected",
    "flag",
    "low_95",
    "high_95",
    "low_998",
    "high_998",
    "tau",
    "phi",
];

/// Below so many units their limits are those of chance alone.
const FEWEST_FOR_TAU: usize = 10;

/// A limit, and how it is drawn.
pub(super) type Limit = (fn(&FunnelLimits) -> f64, Stroke, &'static str);

pub(super) const LIMITS: [Limit; 4] = [
    (|at| at.high_998, OUTER, "upper 99.8 %"),
    (|at| at.high_95, INNER, "upper 95 %"),
    (|at| at.low_95, INNER, "lower 95 %"),
    (|at| at.low_998, OUTER, "lower 99.8 %"),
];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct UnitFunnelPanel {
    pub plane: Plane,
    /// Units from few clients to many.
    pub data: UnitFunnel,
}

pub(super) fn share(x: f64) -> String {
    words::on_scale(x, Scale::Proportion)
}

/// `above the 95 % limits`; `None` inside.
pub(super) fn flag_in_words(flag: FunnelFlag) -> Option<&'static str> {
    match flag {
        FunnelFlag::Inside => None,
        FunnelFlag::Above95 => Some("above the 95 % limits"),
        FunnelFlag::Below95 => Some("below the 95 % limits"),
        FunnelFlag::Above998 => Some("above the 99.8 % limits"),
        FunnelFlag::Below998 => Some("below the 99.8 % limits"),
    }
}

pub(super) fn is_outer(flag: FunnelFlag) -> bool {
    matches!(flag, FunnelFlag::Above998 | FunnelFlag::Below998)
}

/// What the limits and the shares are adjusted for.
fn adjustments(data: &UnitFunnel) -> [String; 3] {
    let limits = if data.tau > 0.0 {
        // A τ is small and not nothing: it is written as a slope is.
        let tau = words::on_scale(data.tau, Scale::Slope);
        format!("Limits adjusted for overdispersion, τ = {tau}.")
    } else if data.units.len() < FEWEST_FOR_TAU {
        format!(
            "Limits not adjusted for overdispersion: with fewer than {FEWEST_FOR_TAU} {}s it would be taken from those it is to judge.",
            data.unit
        )
    } else {
        "No overdispersion, τ = 0.".into()
    };
    let shares = match &data.adjusted_for {
        Some(what) => format!("Shares adjusted for {what}."),
        None => "Shares not adjusted for differences between clients.".into(),
    };
    let hidden = match data.hidden {
        0 => String::new(),
        n => format!(
            "{} not shown, too few of whom it is so or not so; the line is the share of all clients.",
            counted(n, &data.unit)
        ),
    };
    [limits, shares, hidden]
}

impl UnitFunnelPanel {
    /// `None` where there is no unit.
    pub fn of(data: &UnitFunnel) -> Option<UnitFunnelPanel> {
        let mut data = data.clone();
        data.units.sort_by_key(FunnelUnit::place);
        data.units.first()?;
        let limits = data.limits.iter();
        let edges = limits
            .clone()
            .flat_map(|at| LIMITS.map(|limit| limit.0(at)));
        let shares = data.units.iter().map(|unit| unit.share);
        let y: Vec<f64> = edges.chain(shares).chain([data.target]).collect();
        let clients = limits
            .map(|at| at.n)
            .chain(data.units.iter().map(FunnelUnit::place));
        let effective = if data.adjusted_for.is_some() {
            ", effective number"
        } else {
            ""
        };
        let x = Axis::holding(
            &format!("clients per {}{effective}", data.unit),
            clients.map(|n| n as f64),
            8,
        );
        let y = Axis::of_shares(&data.y_label, &y);
        Some(UnitFunnelPanel {
            plane: Plane::of(x, y)
                .high(PLOT)
                .headed(&data.title)
                .with_room_right(NAMES),
            data,
        })
    }

    fn foot(&self) -> Vec<String> {
        let told = adjustments(&self.data).join(" ");
        let told = told.trim_end();
        Type::SMALL.lines(told, RIGHT - LEFT)
    }

    pub fn height(&self) -> f64 {
        self.plane.height() + TO_FOOT + self.foot().len() as f64 * Type::SMALL.leading()
    }

    /// The units that are named: those outside a limit that have a name.
    pub fn named(&self) -> impl Iterator<Item = (&FunnelUnit, &str)> {
        let outside = self.data.outside();
        outside.filter_map(|unit| Some((unit, unit.label.as_deref()?)))
    }

    pub fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        let (low, high) = self.plane.x.span();
        let target = self.data.target;
        panel.line(&[(low, target), (high, target)], TARGET);
        for (limit, stroke, _) in LIMITS {
            let curve = self.data.limits.iter().map(|at| (at.n as f64, limit(at)));
            panel.line(&curve.collect::<Vec<_>>(), stroke);
        }
        for unit in &self.data.units {
            let at = panel.at(unit.place() as f64, unit.share);
            match unit.flag {
                FunnelFlag::Inside => {
                    canvas.hollow_marker(at, Marker::Circle, RADIUS, Stroke::new(MUTED, 1.3));
                }
                flag if is_outer(flag) => canvas.marker(at, Marker::Diamond, RADIUS + 0.8, INK),
                _ => canvas.marker(at, Marker::Circle, RADIUS, INK),
            }
        }
        self.name_units(canvas, &panel, frame);
        self.name_lines(canvas, &panel, frame);
        self.plane.name_x(canvas, frame);
        let first = top + self.plane.height() + TO_FOOT + Type::SMALL.size;
        canvas.lines((LEFT, first), &self.foot(), Type::SMALL);
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plane.describe(f)?;
        let unit = &self.data.unit;
        writeln!(f, "line     all {unit}s {}", share(self.data.target))?;
        for (limit, _, name) in LIMITS {
            let ends = [self.data.limits.first(), self.data.limits.last()];
            let told = ends.into_iter().flatten().map(|at| {
                let clients = counted(at.n, "client");
                format!("{} for {clients}", share(limit(at)))
            });
            let told: Vec<String> = told.collect();
            writeln!(f, "curve    {name} | {}", told.join(", "))?;
        }
        for unit in &self.data.units {
            let shape = match unit.flag {
                FunnelFlag::Inside => "ring    ",
                flag if is_outer(flag) => "diamond ",
                _ => "disc    ",
            };
            let (x, y) = (counted(unit.place(), "client"), share(unit.share));
            let label = unit.label.as_deref().unwrap_or("without a name");
            let flag = flag_in_words(unit.flag).unwrap_or("inside");
            writeln!(f, "{shape} {label} | {x} | {y} | {flag}")?;
        }
        self.foot()
            .iter()
            .try_for_each(|line| writeln!(f, "below    {line}"))
    }

    /// The target, the limits and the units: the columns are [`COLUMNS`].
    pub fn rows(&self) -> Vec<Vec<String>> {
        let data = &self.data;
        let row = |kind: &str, cells: [String; 10], ends: [Option<f64>; 2]| {
            let start = [data.id.clone(), kind.to_owned()];
            let all = start.into_iter().chain(cells).chain(ends.map(full));
            all.collect::<Vec<String>>()
        };
        let blank = || std::array::from_fn::<String, 10, _>(|_| String::new());
        let mut target = blank();
        target[1] = data.n.to_string();
        target[3] = full(data.target);
        let mut rows = vec![row("all", target, [Some(data.tau), Some(data.phi)])];
        rows.extend(data.limits.iter().map(|at| {
            let mut cells = blank();
            cells[2] = at.n.to_string();
            let edges = [at.low_95, at.high_95, at.low_998, at.high_998].map(full);
            for (cell, edge) in cells[6..].iter_mut().zip(edges) {
                *cell = edge;
            }
            row("limits", cells, [None, None])
        }));
        rows.extend(data.units.iter().map(|unit| {
            let mut cells = blank();
            cells[0] = unit.label.clone().unwrap_or_default();
            cells[1] = unit.n.to_string();
            cells[2] = unit.place().to_string();
            (cells[3], cells[4]) = (full(unit.share), full(unit.expected));
            cells[5] = flag_in_words(unit.flag).unwrap_or("inside").to_owned();
            row(&data.unit, cells, [None, None])
        }));
        rows
    }
}
