//! The mean rating before and after a rupture, one course per kind.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{DataTable, RIGHT, full};
use super::ink::{INK, MUTED};
use super::labels::spread;
use super::lettering::Type;
use super::panel::Panel;
use super::plane::Plane;
use super::pooled_words::counted;
use super::score_panel::{LOOKS, Look};
use crate::findings::{RuptureCourse, RuptureCourses, RupturePoint};
use crate::report::words;

const HEADING: &str = "Mean rating around a rupture, by what became of it";
const PLOT: f64 = 230.0;
/// Ratings before and after the fall that are always on the axis.
const AROUND: i32 = 3;
/// Room beyond the outermost values, as a share of their range.
const AIR: f64 = 0.07;
/// Room above the frame for the word at the fall, and right of it for the names.
const ROOM_ABOVE: f64 = 12.0;
const NAMES: f64 = 160.0;
/// From the frame to the middle of the marker before a name, and from there to the name.
const TO_MARKER: f64 = 14.0;
const TO_NAME: f64 = 8.0;
const HALF_MARKER: f64 = 3.6;
/// Between the points of two courses at the same rating, in ratings.
const APART: f64 = 0.09;

/// Courses over a common axis of ratings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RupturePlane {
    plane: Plane,
    data: RuptureCourses,
}

impl RupturePlane {
    /// The plane of the courses with a point, where there is one.
    pub fn of(data: &RuptureCourses) -> Option<RupturePlane> {
        let mut data = data.clone();
        data.courses.retain(|course| !course.points.is_empty());
        let points = || data.courses.iter().flat_map(|course| &course.points);
        let first = points().map(|p| p.offset).min()?.min(-AROUND);
        let last = points().map(|p| p.offset).max()?.max(AROUND);
        let ends = [f64::from(first), f64::from(last)];
        let across = Axis::holding("ratings after the rupture", ends, first.abs_diff(last));
        let y = || points().flat_map(|p| [p.mean, p.conf_low, p.conf_high]);
        let up = Axis::holding(&data.y_label, y(), 6).close_to(y(), AIR);
        let plane = Plane::of(across.close_to(ends, AIR), up)
            .headed(HEADING)
            .high(PLOT)
            .with_room(ROOM_ABOVE, 0.0)
            .with_names_in(NAMES);
        Some(RupturePlane { plane, data })
    }

    /// As many as the narrowest interval needs.
    fn decimals(&self) -> usize {
        let points = self.data.courses.iter().flat_map(|course| &course.points);
        let each = points.map(|p| words::decimals((p.conf_low, p.conf_high)));
        each.max().unwrap_or(1).clamp(1, 3)
    }

    fn numbers(&self, point: &RupturePoint) -> String {
        let limits = (point.conf_low, point.conf_high);
        words::with_interval(point.mean, limits, self.decimals())
    }

    /// `repaired (120 ruptures): 42.1 [41.2, 43.0] one rating before, …`, for each course.
    pub fn in_words(&self) -> Vec<String> {
        let course = |course: &RuptureCourse| {
            let told = course.points.iter().filter(|p| TOLD.contains(&p.offset));
            let told: Vec<String> = told
                .map(|point| format!("{} {}", self.numbers(point), place(point.offset)))
                .collect();
            let ruptures = counted(course.ruptures, "rupture");
            format!("{} ({ruptures}): {}", course.label, told.join(", "))
        };
        self.data.courses.iter().map(course).collect()
    }

    pub fn height(&self) -> f64 {
        self.plane.height()
    }

    pub fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (mut panel, frame) = self.plane.draw(canvas, top);
        let (low, high) = self.plane.y.span();
        let fall = Stroke::new(MUTED, 1.0).dashed(2.0, 3.0);
        panel.line(&[(0.0, low), (0.0, high)], fall);
        let (middle, edge) = panel.at(0.0, high);
        canvas.text((middle, edge - 5.0), "the fall", Type::SMALL.centred());
        let courses = &self.data.courses;
        for (i, course) in courses.iter().enumerate() {
            let look = look(course, i);
            let aside = (i as f64 - (courses.len() as f64 - 1.0) / 2.0) * APART;
            let x = |point: &RupturePoint| f64::from(point.offset) + aside;
            for point in &course.points {
                let limits = [(x(point), point.conf_low), (x(point), point.conf_high)];
                panel.line(&limits, Stroke::new(look.ink, 1.2));
            }
            let means: Vec<(f64, f64)> = course.points.iter().map(|p| (x(p), p.mean)).collect();
            let line = Stroke {
                dash: look.dash,
                ..Stroke::new(look.ink, 1.6)
            };
            panel.line(&means, line);
            for &(x, mean) in &means {
                canvas.marker(panel.at(x, mean), look.marker, HALF_MARKER, look.ink);
            }
        }
        self.draw_names(canvas, &panel, frame);
        self.plane.name_x(canvas, frame);
    }

    /// The name of each course at the height of its end, pushed apart where two would touch.
    fn draw_names(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, frame: Frame) {
        let end = |course: &RuptureCourse| Some(panel.at(0.0, course.points.last()?.mean).1);
        let courses = self.data.courses.iter().enumerate();
        let mut ends: Vec<(f64, usize, &RuptureCourse)> = courses
            .filter_map(|(i, course)| Some((end(course)?, i, course)))
            .collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let face = Type::SMALL.ink(INK);
        let wanted: Vec<f64> = ends.iter().map(|end| end.0).collect();
        let x = frame.right + TO_MARKER;
        for (y, (_, i, course)) in spread(&wanted, 2.0 * face.leading()).into_iter().zip(ends) {
            let look = look(course, i);
            canvas.marker((x, y), look.marker, HALF_MARKER, look.ink);
            let lines = face.fitted(&name(course), RIGHT - x - TO_NAME, 2);
            let rise = (lines.len() as f64 - 1.0) * face.leading() / 2.0;
            canvas.lines((x + TO_NAME, y - rise + face.drop()), &lines, face);
        }
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plane.describe(f)?;
        for course in &self.data.courses {
            writeln!(f, "course   {}", name(course))?;
            for point in &course.points {
                let offset = words::number(point.offset.into(), 0);
                writeln!(f, "point    rating {offset} | {}", self.numbers(point))?;
            }
        }
        Ok(())
    }

    pub fn fill_table(&self, table: &mut DataTable) {
        for course in &self.data.courses {
            for p in &course.points {
                table.push(vec![
                    "course".into(),
                    String::new(),
                    course.label.clone(),
                    p.offset.to_string(),
                    full(p.mean),
                    full(p.conf_low),
                    full(p.conf_high),
                    full(self.data.conf_level),
                    course.ruptures.to_string(),
                    String::new(),
                ]);
            }
        }
    }
}

/// The ratings that the alternative text tells.
const TOLD: [i32; 3] = [-1, 0, AROUND];

fn place(offset: i32) -> &'static str {
    match offset {
        -1 => "before the fall",
        0 => "at the fall",
        _ => "three ratings later",
    }
}

/// `not repaired: 85 ruptures`
fn name(course: &RuptureCourse) -> String {
    format!("{}: {}", course.label, counted(course.ruptures, "rupture"))
}

/// A kind looks the same whether or not the other one can be shown.
fn look(course: &RuptureCourse, place: usize) -> &'static Look {
    match course.label.as_str() {
        "repaired" => &LOOKS[0],
        "not repaired" => &LOOKS[1],
        _ => &LOOKS[place % LOOKS.len()],
    }
}
