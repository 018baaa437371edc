//! How do alliance and symptoms develop? Means session by session, one panel per score.

use std::fmt;

use super::canvas::Canvas;
use super::chart::{Chart, DataTable, full};
use super::score_panel::{Columns, ScorePanel};
use super::{Drawing, Figure, phrases};
use crate::findings::{Course, Display, Findings};
use crate::report::words;

const BETWEEN: f64 = 22.0;

/// One panel per score over a common axis of sessions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CoursePanels {
    first: u32,
    last: u32,
    columns: Columns,
    panels: Vec<ScorePanel>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let displays = findings.answers.iter().flat_map(|answer| &answer.displays);
    let courses: Vec<&Course> = displays
        .filter_map(|display| match display {
            Display::Courses(courses) => Some(&courses.courses),
            _ => None,
        })
        .flatten()
        .filter(|course| !course.points.is_empty())
        .collect();
    let panels = CoursePanels::of(&courses)?;
    let level = words::level(findings.confidence_level());
    Some(Figure {
        id: "courses",
        title: "How do the alliance and the symptoms develop from session to session?".into(),
        subtitle: format!(
            "Means of the clients with a rating, {}, with {level} intervals.",
            panels.sessions_in_words()
        ),
        alt: alt(&courses),
        notes: vec![format!(
            "Bands: {level} intervals of the mean. Numbers below: clients with a rating, to the nearest 5. Not the same clients in every session: who stays longer may differ from who leaves early."
        )],
        drawing: Drawing::Courses(panels),
    })
}

fn alt(courses: &[&Course]) -> String {
    let told: Vec<String> = courses
        .iter()
        .filter_map(|course| {
            let (first, last) = (course.points.first()?, course.points.last()?);
            Some(format!(
                "{} {} from {} in session {} (n = {}) to {} in session {} (n = {})",
                course.label,
                course.score,
                words::number(first.mean, 1),
                first.session,
                words::count(first.n),
                words::number(last.mean, 1),
                last.session,
                words::count(last.n)
            ))
        })
        .collect();
    format!("Mean scores by session: {}.", told.join("; "))
}

impl CoursePanels {
    fn of(courses: &[&Course]) -> Option<CoursePanels> {
        let sessions = courses
            .iter()
            .flat_map(|c| c.points.iter().map(|p| p.session));
        let (first, last) = (sessions.clone().min()?, sessions.max()?);
        let mut scores: Vec<&str> = Vec::new();
        for course in courses {
            if !scores.contains(&course.score.as_str()) {
                scores.push(&course.score);
            }
        }
        let panel = |score: &&str| ScorePanel::of(courses.iter().filter(|c| c.score == **score));
        let panels = scores.iter().map(panel).collect();
        Some(CoursePanels {
            first,
            last,
            columns: Columns::of(courses, first, last),
            panels,
        })
    }

    fn sessions_in_words(&self) -> String {
        if self.first == self.last {
            format!("session {}", self.first)
        } else {
            format!("sessions {} to {}", self.first, self.last)
        }
    }
}

impl Chart for CoursePanels {
    fn height(&self) -> f64 {
        let gaps = (self.panels.len() as f64 - 1.0) * BETWEEN;
        self.panels.iter().map(ScorePanel::height).sum::<f64>() + gaps
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let mut y = top;
        for panel in &self.panels {
            panel.draw(canvas, &self.columns, y);
            y += panel.height() + BETWEEN;
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "x axis   session: {} to {}", self.first, self.last)?;
        self.panels.iter().try_for_each(|panel| panel.describe(f))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&[
            "score",
            "group",
            "label",
            "session",
            "mean",
            "conf_low",
            "conf_high",
            "n",
        ]);
        for course in self.panels.iter().flat_map(|p| &p.courses) {
            for p in &course.points {
                table.push(vec![
                    course.score.clone(),
                    course.group.clone(),
                    phrases::capitalised(&course.label),
                    p.session.to_string(),
                    full(p.mean),
                    full(p.conf_low),
                    full(p.conf_high),
                    p.n.to_string(),
                ]);
            }
        }
        table
    }
}
