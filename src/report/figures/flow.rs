//! Who is in the analysis, and who is not? A flow diagram of rows and clients.

use std::fmt;

use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{Chart, DataTable, LEFT, RIGHT};
use super::ink::{INK, MUTED};
use super::lettering::Type;
use super::text_box::{Entry, TextBox};
use super::{Drawing, Figure};
use crate::findings::{ClinicAnalysis, Count, Exclusion, Findings, Flow, Stage};
use crate::report::words;

const FILE_GAP: f64 = 16.0;
/// From the files to the clients; the two arrows meet on the way.
const JOIN: f64 = 44.0;
const BELOW_CLIENTS: f64 = 22.0;
const SIDE_LEFT: f64 = LEFT + 396.0;
const MAIN_RIGHT: f64 = LEFT + 356.0;
const GREY: Type = Type::BODY.ink(MUTED);
const BORDER: Stroke = Stroke::new(INK, 1.0);

/// Boxes for the two files, the clients, those left out, and those analysed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FlowDiagram {
    sessions: Stage,
    outcomes: Stage,
    clients: Stage,
    /// Measure in words, clients with both scores.
    complete: Vec<(String, Count)>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let clinic = findings.clinic()?;
    let flow = &clinic.flow;
    let nothing = [&flow.sessions, &flow.outcomes, &flow.clients]
        .iter()
        .all(|stage| stage.read == Count::Exactly(0));
    if nothing {
        return None;
    }
    let diagram = FlowDiagram {
        sessions: flow.sessions.clone(),
        outcomes: flow.outcomes.clone(),
        clients: flow.clients.clone(),
        complete: complete(clinic),
    };
    Some(Figure {
        id: "flow",
        title: "Who is in the analysis, and who is not?".into(),
        subtitle: "Every row and every client is accounted for; each is left out once, at the first reason that holds.".into(),
        alt: alt(flow),
        notes: notes(flow, clinic.settings.minimum_cell),
        drawing: Drawing::Flow(diagram),
    })
}

fn complete(clinic: &ClinicAnalysis) -> Vec<(String, Count)> {
    let name = |key: &str| {
        let measure = clinic.measures.iter().find(|m| m.key == key);
        measure.map_or_else(|| key.to_owned(), |m| m.measure.name.clone())
    };
    clinic
        .flow
        .complete_by_measure
        .iter()
        .map(|(key, n)| (name(key), *n))
        .collect()
}

fn alt(flow: &Flow) -> String {
    format!(
        "Flow diagram: {} session rows and {} outcome rows were read, of {} clients; {} clients were analysed.",
        words::shown_count(flow.sessions.read),
        words::shown_count(flow.outcomes.read),
        words::shown_count(flow.clients.read),
        words::shown_count(flow.clients.used)
    )
}

fn notes(flow: &Flow, minimum_cell: u32) -> Vec<String> {
    let of_stage = |stage: &Stage| {
        let excluded = stage.excluded.iter().map(|e| e.count);
        excluded
            .chain([stage.read, stage.used])
            .any(|n| n == Count::Suppressed)
    };
    let hidden = [&flow.sessions, &flow.outcomes, &flow.clients]
        .into_iter()
        .any(of_stage)
        || flow
            .complete_by_measure
            .iter()
            .any(|(_, n)| *n == Count::Suppressed);
    let note = format!(
        "“{}” stands for a count that is below {minimum_cell}, or from which such a count could be computed, alone or beside the last report.",
        words::SUPPRESSED
    );
    hidden.then_some(note).into_iter().collect()
}

impl FlowDiagram {
    fn file(name: &str, stage: &Stage, width: f64) -> TextBox {
        let out = |e: &Exclusion| Entry::counted(e.count, &format!("left out: {}", e.reason), GREY);
        let mut entries = vec![
            Entry::worded(name, Type::BODY.bold()),
            Entry::counted(stage.read, "rows read", Type::BODY),
        ];
        entries.extend(stage.excluded.iter().map(out));
        entries.push(Entry::counted(stage.used, "rows used", Type::BODY));
        TextBox { width, entries }
    }

    fn side(&self, width: f64) -> TextBox {
        let mut entries = vec![Entry::worded("Clients left out", Type::BODY.bold())];
        let reason = |e: &Exclusion| Entry::counted(e.count, &e.reason, Type::BODY);
        entries.extend(self.clients.excluded.iter().map(reason));
        if self.clients.excluded.is_empty() {
            entries.push(Entry::worded("none", Type::BODY));
        }
        TextBox { width, entries }
    }

    fn analysed(&self, width: f64) -> TextBox {
        let entries = vec![
            Entry::worded("Analysed", Type::BODY.bold()),
            Entry::counted(self.clients.used, "clients", Type::BODY.bold()),
        ];
        TextBox { width, entries }
    }

    fn outcomes(&self, width: f64) -> TextBox {
        let mut outcomes = Self::file("Outcomes file", &self.outcomes, width);
        let complete = |(name, n): &(String, Count)| {
            Entry::counted(*n, &format!("clients with both scores of {name}"), GREY)
        };
        outcomes.entries.extend(self.complete.iter().map(complete));
        outcomes
    }

    fn boxes(&self) -> Boxes {
        let half = (RIGHT - LEFT - FILE_GAP) / 2.0;
        let main = MAIN_RIGHT - LEFT;
        let clients = vec![
            Entry::worded("Clients in either file", Type::BODY.bold()),
            Entry::counted(self.clients.read, "clients", Type::BODY),
        ];
        Boxes {
            half,
            sessions: Self::file("Sessions file", &self.sessions, half),
            outcomes: self.outcomes(half),
            clients: TextBox {
                width: main,
                entries: clients,
            },
            side: self.side(RIGHT - SIDE_LEFT),
            analysed: self.analysed(main),
        }
    }

    fn stages(&self) -> [(&'static str, &Stage); 3] {
        [
            ("session rows", &self.sessions),
            ("outcome rows", &self.outcomes),
            ("clients", &self.clients),
        ]
    }
}

/// The boxes with their lines broken to fit.
struct Boxes {
    half: f64,
    sessions: TextBox,
    outcomes: TextBox,
    clients: TextBox,
    side: TextBox,
    analysed: TextBox,
}

impl Boxes {
    fn files_height(&self) -> f64 {
        self.sessions.height().max(self.outcomes.height())
    }

    fn between_height(&self) -> f64 {
        self.side.height() + 2.0 * BELOW_CLIENTS
    }

    fn height(&self) -> f64 {
        self.files_height()
            + JOIN
            + self.clients.height()
            + self.between_height()
            + self.analysed.height()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let files = top + self.files_height();
        let left = Frame {
            left: LEFT,
            top,
            right: LEFT + self.half,
            bottom: files,
        };
        let right = Frame {
            left: RIGHT - self.half,
            right: RIGHT,
            ..left
        };
        self.sessions.draw(canvas, left);
        self.outcomes.draw(canvas, right);
        let main = |top: f64, text: &TextBox| Frame {
            left: LEFT,
            top,
            right: MAIN_RIGHT,
            bottom: top + text.height(),
        };
        let clients = main(files + JOIN, &self.clients);
        self.clients.draw(canvas, clients);
        let analysed = main(clients.bottom + self.between_height(), &self.analysed);
        self.analysed.draw(canvas, analysed);
        let middle = clients.centre();
        let meet = files + JOIN / 2.0;
        canvas.line(
            &[
                (right.centre(), files),
                (right.centre(), meet),
                (middle, meet),
            ],
            BORDER,
        );
        down(canvas, middle, files, clients.top);
        down(canvas, middle, clients.bottom, analysed.top);
        self.draw_side(canvas, middle, clients.bottom + BELOW_CLIENTS);
    }

    fn draw_side(&self, canvas: &Canvas<'_>, from: f64, top: f64) {
        let bottom = top + self.side.height();
        self.side.draw(
            canvas,
            Frame {
                left: SIDE_LEFT,
                top,
                right: RIGHT,
                bottom,
            },
        );
        let y = (top + bottom) / 2.0;
        canvas.line(&[(from, y), (SIDE_LEFT - 6.0, y)], BORDER);
        canvas.arrow_right((SIDE_LEFT, y), INK);
    }
}

fn down(canvas: &Canvas<'_>, x: f64, from: f64, to: f64) {
    canvas.line(&[(x, from), (x, to - 6.0)], BORDER);
    canvas.arrow_down((x, to), INK);
}

impl Chart for FlowDiagram {
    fn height(&self) -> f64 {
        self.boxes().height()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        self.boxes().draw(canvas, top);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, stage) in self.stages() {
            writeln!(
                f,
                "box      {what} read | {}",
                words::shown_count(stage.read)
            )?;
            for e in &stage.excluded {
                writeln!(f, "out      {} | {}", e.reason, words::shown_count(e.count))?;
            }
            writeln!(
                f,
                "box      {what} used | {}",
                words::shown_count(stage.used)
            )?;
        }
        self.complete
            .iter()
            .try_for_each(|(name, n)| writeln!(f, "scores   {name} | {}", words::shown_count(*n)))
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&["of", "step", "reason", "count"]);
        let cell = |n: Count| {
            n.exactly()
                .map_or_else(|| words::SUPPRESSED.into(), |n| n.to_string())
        };
        let mut push = |of: &str, step: &str, reason: &str, n: Count| {
            table.push(vec![of.into(), step.into(), reason.into(), cell(n)]);
        };
        for (of, stage) in self.stages() {
            push(of, "read", "", stage.read);
            for e in &stage.excluded {
                push(of, "left out", &e.reason, e.count);
            }
            push(of, "used", "", stage.used);
        }
        for (name, n) in &self.complete {
            push("clients with both scores", "complete", name, *n);
        }
        table
    }
}
