//! An ordinary chart with two axes, by plotters' `ChartBuilder`.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::axis::Axis;
use super::canvas::{Canvas, FINE, Frame, Stroke, fine, font};
use super::ink::{GRID, INK, MUTED};
use super::lettering::Type;

const NEVER_FAILS: &str = "drawing into a string does not fail";
/// Room below the frame for tick labels.
const ROOM: f64 = 60.0;
const TICK: f64 = 4.0;
/// Half the width of a band at a single x, as a share of the axis.
const SLIVER: f64 = 0.008;

type Coordinates = Cartesian2d<Axis, Axis>;

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        self.at(*value, (f64::from(from), f64::from(to))).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        value.to_string()
    }
}

/// A frame with axes, drawn in the units of the data.
pub(super) struct Panel<'a> {
    /// Half the width of a band at a single x.
    sliver: f64,
    chart: ChartContext<'a, SVGBackend<'a>, Coordinates>,
}

impl<'a> Panel<'a> {
    /// Draws the axes around `frame`.
    pub fn new(canvas: &Canvas<'a>, frame: Frame, x: &Axis, y: &Axis) -> Panel<'a> {
        let around = canvas.area.clone().shrink(
            (fine(frame.left), fine(frame.top)),
            (fine(frame.width()), fine(frame.bottom - frame.top + ROOM)),
        );
        let mut chart = ChartBuilder::on(&around)
            .set_label_area_size(LabelAreaPosition::Bottom, fine(ROOM))
            .build_cartesian_2d(x.clone(), y.clone())
            .expect(NEVER_FAILS);
        draw_axes(&mut chart, x);
        let sliver = (x.high - x.low).abs() * SLIVER;
        let panel = Panel { sliver, chart };
        for &tick in &y.ticks {
            let (left, middle) = panel.at(x.low, tick);
            let below = (left - 8.0, middle + Type::SMALL.drop());
            canvas.text(below, &y.tick_label(tick), Type::SMALL.right());
        }
        panel
    }

    /// Pixels of a point.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.chart.backend_coord(&(x, y));
        (f64::from(x) / FINE, f64::from(y) / FINE)
    }

    /// A line through points.
    pub fn line(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        let points = points.iter().copied();
        match stroke.dash {
            None => {
                self.chart
                    .draw_series(LineSeries::new(points, stroke.style()))
                    .expect(NEVER_FAILS);
            }
            Some((dash, gap)) => {
                let dashes = DashedLineSeries::new(points, fine(dash), fine(gap), stroke.style());
                self.chart.draw_series(dashes).expect(NEVER_FAILS);
            }
        }
    }

    /// The band between two limits: (x, low, high) from left to right; a bar at a single x.
    pub fn band(&mut self, limits: &[(f64, f64, f64)], ink: RGBColor, alpha: f64) {
        if let &[(x, low, high)] = limits {
            let ends = [x - self.sliver, x + self.sliver].map(|x| (x, low, high));
            return self.band(&ends, ink, alpha);
        }
        let lower = limits.iter().map(|&(x, low, _)| (x, low));
        let upper = limits.iter().rev().map(|&(x, _, high)| (x, high));
        let outline: Vec<(f64, f64)> = lower.chain(upper).collect();
        self.area(&outline, ink, alpha);
    }

    /// A fitted line through (x, y, low, high), with the dashed edges of its band; a dot at a single x.
    pub fn fitted(&mut self, line: &[(f64, f64, f64, f64)]) {
        let of = |part: fn(&(f64, f64, f64, f64)) -> f64| -> Vec<(f64, f64)> {
            line.iter().map(|at| (at.0, part(at))).collect()
        };
        let middle = of(|at| at.1);
        if let [_] = line {
            return self.discs(&middle, 3.4, INK, 1.0);
        }
        self.line(&middle, Stroke::new(INK, 1.8));
        let edge = Stroke::new(INK, 0.9).dashed(3.0, 2.5);
        self.line(&of(|at| at.2), edge);
        self.line(&of(|at| at.3), edge);
    }

    /// The area inside an outline.
    pub fn area(&mut self, outline: &[(f64, f64)], ink: RGBColor, alpha: f64) {
        let area = Polygon::new(outline, ink.mix(alpha));
        self.chart
            .draw_series(std::iter::once(area))
            .expect(NEVER_FAILS);
    }

    /// Small discs.
    pub fn discs(&mut self, points: &[(f64, f64)], radius: f64, ink: RGBColor, alpha: f64) {
        let discs = points
            .iter()
            .map(|&at| Circle::new(at, fine(radius), ink.mix(alpha).filled()));
        self.chart.draw_series(discs).expect(NEVER_FAILS);
    }
}

/// The band of a fitted line: (x, low, high).
pub(super) fn limits(line: &[(f64, f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    line.iter()
        .map(|&(x, _, low, high)| (x, low, high))
        .collect()
}

fn draw_axes(chart: &mut ChartContext<'_, SVGBackend<'_>, Coordinates>, x: &Axis) {
    let small = font(Type::SMALL).color(&MUTED);
    let x_label = |v: &f64| x.tick_label(*v);
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh()
        .bold_line_style(Stroke::new(GRID, 0.8).style())
        .light_line_style(TRANSPARENT)
        .axis_style(Stroke::new(INK, 1.0).style())
        .set_all_tick_mark_size(fine(TICK))
        .label_style(small)
        .x_label_formatter(&x_label)
        .disable_y_axis();
    mesh.draw().expect(NEVER_FAILS);
}
