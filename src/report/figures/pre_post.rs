//! Who changed, and by how much? Scores before and after treatment, in squares of clients.

use std::fmt;

use super::axis::Axis;
use super::bubble::plain;
use super::canvas::{Canvas, Frame};
use super::change_lines::{self, ChangeLine};
use super::chart::{Chart, DataTable, LEFT, RIGHT, full};
use super::ink::{BACKGROUND, INK};
use super::lettering::Type;
use super::plane::Plane;
use super::pooled_words::{answering, counted};
use super::shades::Shades;
use super::{Drawing, Figure};
use crate::findings::{Answer, Count, Display, Estimate, Findings, PrePost};
use crate::report::words;

const QUESTION: &str = "change";
const LEGEND: &str = "Clients in a square:";
/// Room for the names of the lines: right of the frame and above it.
const NAMES: (f64, f64) = (210.0, 16.0);
/// Room left of the frame and right of the names, as a plane leaves it.
const MARGINS: f64 = 56.0;
/// Room beyond the outermost values, as a share of their range.
const AIR: f64 = 0.015;
/// From the label of the axis to the legend.
const TO_LEGEND: f64 = 12.0;
/// From the corner of the frame to the words in it, and the white around them.
const CORNER: (f64, f64) = (10.0, 4.0);
/// Half the gap between two squares.
const SEAM: f64 = 0.4;

/// Scores before and after over two equal axes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PrePostPlot {
    plane: Plane,
    lines: Vec<ChangeLine>,
    shades: Shades,
    /// Without empty squares.
    data: PrePost,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let answer = findings.answer(QUESTION)?;
    let data = answering(findings, QUESTION, |display| match display {
        Display::PrePost(data) => Some(data),
        _ => None,
    })?;
    let minimum = findings.clinic()?.settings.minimum_cell;
    let plot = PrePostPlot::of(data, minimum)?;
    Some(Figure {
        id: "pre_post",
        title: "Who changed, and by how much?".into(),
        subtitle: format!(
            "{} before and after treatment: {}.",
            data.score,
            counted(data.n, "client")
        ),
        alt: alt(answer, data),
        notes: plot.notes(minimum),
        drawing: Drawing::PrePost(plot),
    })
}

fn alt(answer: &Answer, data: &PrePost) -> String {
    let rates: Vec<String> = [
        (
            "reliable improvement (NHS Talking Therapies)",
            "change.nhs.reliable_improvement_rate",
        ),
        (
            "improvement (Jacobson–Truax)",
            "change.jacobson_truax.improvement_rate",
        ),
    ]
    .into_iter()
    .filter_map(|(what, id)| Some(format!("{what} {}", rate(answer.estimate(id)?))))
    .collect();
    let rates = match &rates[..] {
        [] => String::new(),
        rates => format!(": {}", rates.join("; ")),
    };
    format!(
        "{} before and after treatment of {}{rates}.",
        data.score,
        counted(data.n, "client")
    )
}

/// `48.2 % [43.9 %, 52.4 %], n = 542`, or the word why not.
fn rate(estimate: &Estimate) -> String {
    let Some(share) = estimate.estimate() else {
        return super::effect::Effect::of(estimate).in_words();
    };
    let interval = estimate
        .interval()
        .map(|(low, high, _)| format!(" [{}, {}]", words::share(low), words::share(high)));
    let n = estimate.n().map(|n| format!(", n = {}", words::count(n)));
    format!(
        "{}{}{}",
        words::share(share),
        interval.unwrap_or_default(),
        n.unwrap_or_default()
    )
}

impl PrePostPlot {
    fn of(data: &PrePost, minimum: u32) -> Option<PrePostPlot> {
        let mut data = data.clone();
        data.squares.retain(|square| square.n != Count::Exactly(0));
        data.squares.first()?;
        let starts = data.squares.iter().flat_map(|s| [s.pre, s.post]);
        let values: Vec<f64> = starts.flat_map(|x| [x, x + data.width]).collect();
        let axis = |when: &str| {
            let label = format!("{when} treatment: {}", data.score);
            Axis::holding(&label, values.iter().copied(), 6).close_to(values.iter().copied(), AIR)
        };
        let (before, after) = (axis("before"), axis("after"));
        let side = RIGHT - LEFT - MARGINS - NAMES.0;
        let counts = data.squares.iter().map(|square| square.n);
        let hidden = format!("fewer than {minimum}, or hidden with one that is");
        Some(PrePostPlot {
            lines: change_lines::lines(&data, &before),
            shades: Shades::of(counts, hidden),
            plane: Plane::of(before, after)
                .high(side)
                .with_room(NAMES.1, 0.0)
                .with_room_right(NAMES.0),
            data,
        })
    }

    fn notes(&self, minimum: u32) -> Vec<String> {
        let mut notes = vec![format!(
            "Squares: {} points before by {} points after; the more clients, the stronger the tint.",
            plain(self.data.width),
            plain(self.data.width)
        )];
        if self.data.squares.iter().any(|s| s.n == Count::Suppressed) {
            notes[0].push_str(&format!(
                " Hatched: fewer than {minimum} clients, or a count from which such a one could be computed."
            ));
        }
        if change_lines::show_reliable_change(&self.lines) {
            notes.push("A change beyond the parallels to “no change” is larger than measurement error alone makes likely. Rules differ: the same word means different numbers.".into());
        }
        notes.push("Who starts with an extreme score tends to come back from it without treatment too: a change is no proof of what brought it about.".into());
        notes
    }

    /// What lies in the upper left corner, where scores rose, and in the lower right one.
    fn corners(&self) -> [String; 2] {
        let words = if change_lines::show_reliable_change(&self.lines) {
            ["deteriorated reliably", "improved reliably"]
        } else {
            ["deteriorated", "improved"]
        };
        let [rose, fell] = if self.data.lower_is_better {
            words
        } else {
            [words[1], words[0]]
        };
        [rose.to_owned(), fell.to_owned()]
    }

    fn draw_corners(&self, canvas: &Canvas<'_>, frame: Frame) {
        let face = Type::BODY.bold();
        let [rose, fell] = self.corners();
        let (gap, air) = CORNER;
        let right = frame.right - gap - face.width(&fell);
        for (left, middle, text) in [
            (frame.left + gap, frame.top + gap + face.size / 2.0, rose),
            (right, frame.bottom - gap - face.size / 2.0, fell),
        ] {
            let paper = Frame {
                left: left - air,
                top: middle - face.leading() / 2.0,
                right: left + face.width(&text) + air,
                bottom: middle + face.leading() / 2.0,
            };
            canvas.fill(paper, BACKGROUND, 0.85);
            canvas.text((left, middle + face.drop()), &text, face.ink(INK));
        }
    }
}

impl Chart for PrePostPlot {
    fn height(&self) -> f64 {
        self.plane.height() + TO_LEGEND + self.shades.legend_height(LEGEND)
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let (panel, frame) = self.plane.draw(canvas, top);
        for square in &self.data.squares {
            let (left, bottom) = panel.at(square.pre, square.post);
            let width = self.data.width;
            let (right, top) = panel.at(square.pre + width, square.post + width);
            let place = Frame {
                left: left + SEAM,
                top: top + SEAM,
                right: right - SEAM,
                bottom: bottom - SEAM,
            };
            self.shades.fill(canvas, place, square.n);
        }
        let at = |before, after| panel.at(before, after);
        change_lines::draw(canvas, &self.lines, frame, at);
        self.draw_corners(canvas, frame);
        self.plane.name_x(canvas, frame);
        let legend = top + self.plane.height() + TO_LEGEND;
        self.shades.draw_legend(canvas, LEGEND, legend);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plane.describe(f)?;
        let width = self.data.width;
        for square in &self.data.squares {
            let span = |from: f64| format!("{} to {}", plain(from), plain(from + width));
            let (before, after) = (span(square.pre), span(square.post));
            let n = words::shown_count(square.n);
            writeln!(f, "square   before {before} | after {after} | {n}")?;
        }
        for ChangeLine {
            ends,
            name,
            name_above,
            ..
        } in &self.lines
        {
            let [from, to] = ends.map(|(x, y)| format!("{}, {}", plain(x), plain(y)));
            let name = name.as_ref().or(name_above.as_ref());
            let name = name.map(String::as_str).unwrap_or_default();
            writeln!(f, "line     {name} | from {from} | to {to}")?;
        }
        let [rose, fell] = self.corners();
        writeln!(f, "corner   upper left: {rose}")?;
        writeln!(f, "corner   lower right: {fell}")?;
        writeln!(f, "legend   {LEGEND} {}", self.shades.in_words())
    }

    fn table(&self) -> DataTable {
        let columns = [
            "kind",
            "label",
            "before",
            "after",
            "width",
            "points",
            "inclusive",
            "n",
        ];
        let mut table = DataTable::new(&columns);
        for square in &self.data.squares {
            let [before, after, width] = [square.pre, square.post, self.data.width].map(full);
            let n = match square.n {
                Count::Exactly(n) => n.to_string(),
                Count::Suppressed => words::SUPPRESSED.into(),
            };
            let none = String::new;
            table.push(vec![
                "square".into(),
                none(),
                before,
                after,
                width,
                none(),
                none(),
                n,
            ]);
        }
        let changes = self.data.reliable_changes.iter();
        let changes =
            changes.map(|rule| ("reliable_change", &rule.rule, rule.points, rule.inclusive));
        let cutoffs = self.data.cutoffs.iter();
        let cutoffs = cutoffs.map(|rule| ("cutoff", &rule.rule, rule.score, rule.inclusive));
        for (kind, rule, points, inclusive) in changes.chain(cutoffs) {
            let mut row = vec![String::new(); columns.len()];
            (row[0], row[1]) = (kind.into(), rule.clone());
            (row[5], row[6]) = (full(points), inclusive.to_string());
            table.push(row);
        }
        table
    }
}
