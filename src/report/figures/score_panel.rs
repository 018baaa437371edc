//! The courses of one score: lines with bands, names at their ends, and counts below.

use std::fmt;

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Marker, Stroke};
use super::chart::{LEFT, RIGHT};
use super::ink::{BLUE, GREEN, INK, PURPLE, VERMILION};
use super::labels::spread;
use super::lettering::Type;
use super::panel::Panel;
use crate::findings::Course;
use crate::report::words;

const HEAD: f64 = 26.0;
const PLOT: f64 = 178.0;
const TICKS: f64 = 24.0;
const ROW: f64 = 15.0;
/// From the end of a line to the marker before its name.
const NAME_GAP: f64 = 14.0;
/// From the middle of a marker to its name.
const KEY: f64 = 8.0;
/// Least and most room for the names before the counts, and for those at the ends of lines.
const NAMES: (f64, f64) = (48.0, 130.0);
const DIRECT: (f64, f64) = (40.0, 120.0);

/// How a group is drawn in every panel.
#[derive(Debug, PartialEq)]
pub(super) struct Look {
    pub ink: RGBColor,
    pub marker: Marker,
    pub dash: Option<(f64, f64)>,
}

pub(super) const LOOKS: [Look; 4] = [
    Look {
        ink: BLUE,
        marker: Marker::Circle,
        dash: None,
    },
    Look {
        ink: VERMILION,
        marker: Marker::Square,
        dash: Some((6.0, 3.0)),
    },
    Look {
        ink: GREEN,
        marker: Marker::Triangle,
        dash: Some((2.0, 2.5)),
    },
    Look {
        ink: PURPLE,
        marker: Marker::Diamond,
        dash: Some((9.0, 3.0)),
    },
];

/// What all panels have in common: the axis of sessions, its ends, and the look of each group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Columns {
    left: f64,
    right: f64,
    sessions: Axis,
    /// In order of appearance: a group looks the same in every panel.
    groups: Vec<String>,
}

/// The courses of one score.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ScorePanel {
    pub y: Axis,
    pub courses: Vec<Course>,
}

impl Columns {
    /// Room for the names and counts of all courses; a tick wherever a count fits below it.
    pub fn of(courses: &[&Course], first: u32, last: u32) -> Columns {
        let widest = |face: Type, (least, most): (f64, f64)| {
            let widths = courses.iter().map(|c| face.width(&c.label));
            widths.fold(least, f64::max).min(most).ceil()
        };
        let names = widest(Type::SMALL, NAMES) + Type::SMALL.width("n ");
        let left = LEFT + KEY + names + 18.0;
        let right = RIGHT - widest(Type::BODY, DIRECT) - NAME_GAP - KEY;
        let counts = courses
            .iter()
            .flat_map(|c| &c.points)
            .map(|p| words::count(p.n));
        let widest_count = counts.map(|n| Type::SMALL.width(&n)).fold(0.0, f64::max);
        let each = (right - left) / f64::from(last - first + 1);
        let between = ((widest_count + 5.0) / each).ceil().max(1.0) as u32;
        let mut groups: Vec<String> = Vec::new();
        for course in courses {
            if !groups.contains(&course.group) {
                groups.push(course.group.clone());
            }
        }
        Columns {
            left,
            right,
            sessions: Axis::of_whole_numbers("session", first, last, between),
            groups,
        }
    }

    fn look(&self, course: &Course) -> &'static Look {
        let place = self.groups.iter().position(|g| *g == course.group);
        &LOOKS[place.unwrap_or_default() % LOOKS.len()]
    }
}

impl ScorePanel {
    pub fn of<'a>(courses: impl Iterator<Item = &'a &'a Course>) -> ScorePanel {
        let courses: Vec<Course> = courses.map(|&c| c.clone()).collect();
        let values = courses.iter().flat_map(|c| {
            c.points
                .iter()
                .flat_map(|p| [p.mean, p.conf_low, p.conf_high])
        });
        let label = courses
            .first()
            .map(|c| c.y_label.as_str())
            .unwrap_or_default();
        ScorePanel {
            y: Axis::holding(label, values, 6),
            courses,
        }
    }

    pub fn height(&self) -> f64 {
        HEAD + PLOT + TICKS + ROW * self.courses.len() as f64
    }

    pub fn draw(&self, canvas: &Canvas<'_>, columns: &Columns, top: f64) {
        let frame = Frame {
            left: columns.left,
            top: top + HEAD,
            right: columns.right,
            bottom: top + HEAD + PLOT,
        };
        let mut panel = Panel::new(canvas, frame, &columns.sessions, &self.y);
        let label = Type::BODY.bold().shortened(&self.y.label, RIGHT - LEFT);
        canvas.text((LEFT, top + 13.0), &label, Type::BODY.bold());
        for course in &self.courses {
            let limits: Vec<_> = course
                .points
                .iter()
                .map(|p| (f64::from(p.session), p.conf_low, p.conf_high))
                .collect();
            panel.band(&limits, columns.look(course).ink, 0.16);
        }
        for course in &self.courses {
            let look = columns.look(course);
            let means: Vec<_> = course
                .points
                .iter()
                .map(|p| (f64::from(p.session), p.mean))
                .collect();
            panel.line(
                &means,
                Stroke {
                    ink: look.ink,
                    width: 1.6,
                    dash: look.dash,
                },
            );
            for &(session, mean) in &means {
                canvas.marker(panel.at(session, mean), look.marker, 3.4, look.ink);
            }
        }
        self.draw_names(canvas, columns, &panel, frame);
        self.draw_counts(canvas, columns, &panel, frame);
        let below = (frame.left - 8.0, frame.bottom + 17.0);
        canvas.text(below, "session", Type::SMALL.ink(INK).right());
    }

    /// The name of each group at the end of its line, pushed apart where two would touch.
    fn draw_names(&self, canvas: &Canvas<'_>, columns: &Columns, panel: &Panel<'_>, frame: Frame) {
        let end = |c: &Course| Some(panel.at(0.0, c.points.last()?.mean).1);
        let mut names: Vec<(f64, &Course)> = self
            .courses
            .iter()
            .filter_map(|c| Some((end(c)?, c)))
            .collect();
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let wanted: Vec<f64> = names.iter().map(|name| name.0).collect();
        let x = frame.right + NAME_GAP;
        for (y, (_, course)) in spread(&wanted, Type::BODY.leading()).into_iter().zip(names) {
            let look = columns.look(course);
            canvas.marker((x, y), look.marker, 3.4, look.ink);
            let name = Type::BODY.shortened(&course.label, RIGHT - x - KEY);
            canvas.text((x + KEY, y + Type::BODY.drop()), &name, Type::BODY);
        }
    }

    /// How many clients each mean is of.
    fn draw_counts(&self, canvas: &Canvas<'_>, columns: &Columns, panel: &Panel<'_>, frame: Frame) {
        for (i, course) in self.courses.iter().enumerate() {
            let y = frame.bottom + TICKS + ROW * i as f64 + 9.0;
            let room = frame.left - LEFT - KEY - 18.0;
            let name = Type::SMALL.shortened(&format!("n {}", course.label), room);
            let look = columns.look(course);
            let key = (LEFT + 3.4, y - Type::SMALL.drop());
            canvas.marker(key, look.marker, 3.0, look.ink);
            canvas.text((LEFT + 3.4 + KEY, y), &name, Type::SMALL);
            for point in course
                .points
                .iter()
                .filter(|p| columns.sessions.ticks.contains(&f64::from(p.session)))
            {
                let (at, _) = panel.at(f64::from(point.session), 0.0);
                canvas.text((at, y), &words::count(point.n), Type::SMALL.centred());
            }
        }
    }

    pub fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "y axis   {}", self.y)?;
        for course in &self.courses {
            writeln!(f, "course   {}", course.label)?;
            for p in &course.points {
                let show = |x| words::number(x, 2);
                let interval = format!("[{}, {}]", show(p.conf_low), show(p.conf_high));
                writeln!(
                    f,
                    "point    session {} | {} {interval} | {}",
                    p.session,
                    show(p.mean),
                    words::count(p.n)
                )?;
            }
        }
        Ok(())
    }
}
