//! What happens around a rupture, and how many are repaired? Courses, and shares by criterion.

use std::fmt;

use super::canvas::Canvas;
use super::chart::{Chart, DataTable};
use super::rupture_bars::RuptureBars;
use super::rupture_courses::RupturePlane;
use super::{Drawing, Figure, phrases};
use crate::findings::{Display, Findings, RuptureCourses};
use crate::report::words;

const QUESTION: &str = "ruptures";
const BETWEEN: f64 = 26.0;

/// The courses, and the bars below them; one of them may be missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RupturePlot {
    courses: Option<RupturePlane>,
    bars: Option<RuptureBars>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let answer = findings.answer(QUESTION)?;
    let data = answer.displays.iter().find_map(|display| match display {
        Display::RuptureCourses(courses) => Some(courses),
        _ => None,
    });
    let courses = data.and_then(RupturePlane::of);
    let bars = RuptureBars::of(answer);
    if courses.is_none() && bars.is_none() {
        return None;
    }
    let shown = data.filter(|_| courses.is_some());
    let told = courses.iter().flat_map(RupturePlane::in_words);
    let told: Vec<String> = told
        .chain(bars.iter().flat_map(RuptureBars::in_words))
        .collect();
    Some(Figure {
        id: "ruptures",
        title: "What happens around a rupture, and how many are repaired?".into(),
        subtitle: subtitle(shown, bars.is_some()),
        alt: format!("Ruptures of the alliance: {}.", told.join("; ")),
        notes: notes(shown, bars.as_ref()),
        drawing: Drawing::Ruptures(RupturePlot { courses, bars }),
    })
}

fn subtitle(courses: Option<&RuptureCourses>, with_bars: bool) -> String {
    let courses = courses.map(|data| {
        let level = words::level(data.conf_level);
        format!("mean ratings with {level} intervals ({})", data.criterion)
    });
    let bars = with_bars.then(|| "clients by what happened to them".to_owned());
    let parts: Vec<String> = courses.into_iter().chain(bars).collect();
    format!("{}.", phrases::capitalised(&parts.join("; ")))
}

fn notes(courses: Option<&RuptureCourses>, bars: Option<&RuptureBars>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(data) = courses {
        let level = words::level(data.conf_level);
        notes.push(format!(
            "Points: means at each rating, set side by side; vertical lines: their {level} intervals. Numbers of ruptures to the nearest 5. The courses part by definition, and a rating chosen because it fell tends to rise again by itself: they show what is called a repair, not what brought it about."
        ));
    }
    if let Some(bars) = bars {
        let charted = if bars.charted() {
            " Control chart: a rating below the limit of the client's own chart, of the clients with enough ratings for one."
        } else {
            ""
        };
        notes.push(format!(
            "1 SD, 2 SD: how far a rating falls to count as a rupture; half, all: how much of the fall must be regained. Repaired: every rupture of the client was.{charted} How many there are depends on the criterion, so the criteria stand side by side."
        ));
    }
    notes
}

impl Chart for RupturePlot {
    fn height(&self) -> f64 {
        let courses = self.courses.as_ref().map(RupturePlane::height);
        let bars = self.bars.as_ref().map(RuptureBars::height);
        let between = courses.and(bars).map(|_| BETWEEN);
        [courses, between, bars].into_iter().flatten().sum()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let mut y = top;
        if let Some(courses) = &self.courses {
            courses.draw(canvas, y);
            y += courses.height() + BETWEEN;
        }
        if let Some(bars) = &self.bars {
            bars.draw(canvas, y);
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(courses) = &self.courses {
            courses.describe(f)?;
        }
        self.bars.as_ref().map_or(Ok(()), |bars| bars.describe(f))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&[
            "kind",
            "criterion",
            "label",
            "offset",
            "mean",
            "conf_low",
            "conf_high",
            "conf_level",
            "count",
            "of",
        ]);
        if let Some(courses) = &self.courses {
            courses.fill_table(&mut table);
        }
        if let Some(bars) = &self.bars {
            bars.fill_table(&mut table);
        }
        table
    }
}
