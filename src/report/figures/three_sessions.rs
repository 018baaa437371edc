//! Are three sessions magic? What the rating of each session tells, and when it stops changing.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame};
use super::chart::{Chart, DataTable, full};
use super::effect::{Effect, Shown};
use super::ink::{GRID, INK};
use super::lettering::Type;
use super::pooled_words::counted;
use super::session_panel::{Mark, Reference, SessionPanel};
use super::{Drawing, Figure, phrases};
use crate::findings::{Answer, Findings};
use crate::report::words;

const QUESTION: &str = "three_sessions";
/// The last session that is asked about, and the one the question is about.
const LAST: u32 = 10;
const THIRD: f64 = 3.0;
/// Half the width of the band at the third session, in sessions.
const BAND: f64 = 0.3;
const BETWEEN: f64 = 20.0;

/// Up to three panels above one axis of sessions; a panel without a number is left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SessionPanels {
    sessions: Axis,
    outcome: Option<SessionPanel>,
    change: Option<SessionPanel>,
    later: Option<SessionPanel>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let panels = SessionPanels::of(findings)?;
    Some(Figure {
        id: QUESTION,
        title: "Are three sessions magic?".into(),
        subtitle: panels.subtitle(),
        alt: panels.alt(),
        notes: panels.notes(),
        drawing: Drawing::ThreeSessions(panels),
    })
}

/// The estimates and verdicts of each session, or of each step to the next one.
fn marks(answer: &Answer, is_step: bool, id: impl Fn(u32) -> String) -> Vec<Mark> {
    (1..=LAST)
        .filter_map(|session| {
            let estimate = answer.estimate(&id(session))?;
            Some(Mark {
                from: session,
                to: is_step.then_some(session + 1),
                effect: Effect::of(estimate),
                verdict: estimate
                    .estimate()
                    .and_then(|_| answer.verdict(&estimate.id).cloned()),
            })
        })
        .collect()
}

/// The correlation of the early alliance with the outcome, which the sessions are compared with.
fn early_alliance(findings: &Findings) -> Option<Reference> {
    let value = findings
        .estimate("alliance_outcome.overall.partial")?
        .estimate()?;
    let r = format!("r = {}", words::correlation(value));
    Some(Reference {
        value,
        name: ["early alliance,".into(), r],
    })
}

impl SessionPanels {
    fn of(findings: &Findings) -> Option<SessionPanels> {
        let answer = findings.answer(QUESTION)?;
        let outcome = SessionPanel::of(
            "Does the rating of one session go with the outcome?",
            &format!("correlation r with {}", phrases::outcome(findings)),
            marks(answer, false, |s| format!("by_session.{s}.partial")),
            early_alliance(findings),
        );
        let step = |s: u32| format!("first_sessions.{s}_{}.change.standardised", s + 1);
        let change = SessionPanel::of(
            "How much does the alliance change from one session to the next?",
            "mean change in standard deviations (above 0: the rating rises)",
            marks(answer, true, step),
            None,
        );
        let later = SessionPanel::of(
            "Does the rating of one session tell the later ones?",
            "correlation r with the mean of the later ratings",
            marks(answer, false, |s| format!("first_sessions.{s}.later")),
            None,
        );
        let shown = [&outcome, &change, &later].into_iter().flatten();
        let all = shown.flat_map(|panel| &panel.marks);
        let first = all.clone().map(|mark| mark.from).min()?;
        let last = all.map(|mark| mark.to.unwrap_or(mark.from)).max()?;
        Some(SessionPanels {
            sessions: Axis::of_whole_numbers("session", first, last, 1),
            outcome,
            change,
            later,
        })
    }

    /// The panels there are, each with its letter.
    fn shown(&self) -> Vec<(char, &SessionPanel)> {
        let panels = [&self.outcome, &self.change, &self.later];
        ('a'..).zip(panels.into_iter().flatten()).collect()
    }

    /// The marks of the correlations, or else of the changes.
    fn leading(&self) -> &[Mark] {
        let panels = [&self.outcome, &self.later, &self.change];
        let first = panels.into_iter().flatten().next();
        first.map_or(&[], |panel| &panel.marks)
    }

    fn third(&self) -> Option<f64> {
        let (low, high) = self.sessions.span();
        (low < THIRD && THIRD < high).then_some(THIRD)
    }

    fn subtitle(&self) -> String {
        let level = |panel: &SessionPanel| panel.marks.iter().find_map(|mark| mark.effect.level());
        let told = |what: &str, panel: Option<&SessionPanel>| {
            let level =
                level(panel?).map(|level| format!(" with {} intervals", words::level(level)));
            Some(format!("{what}{}", level.unwrap_or_default()))
        };
        let correlations = self.outcome.as_ref().or(self.later.as_ref());
        let parts: Vec<String> = [
            told("correlations", correlations),
            told("mean changes", self.change.as_ref()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let clients: Vec<String> = self
            .ends()
            .iter()
            .filter_map(|mark| {
                let n = counted(mark.effect.n?, "client");
                Some(format!("{n} in session {}", mark.from))
            })
            .collect();
        let clients = match &clients[..] {
            [] => String::new(),
            clients => format!(": {}", clients.join(", ")),
        };
        format!("{}{clients}.", phrases::capitalised(&parts.join(", ")))
    }

    /// The first and the last mark that has a number.
    fn ends(&self) -> Vec<&Mark> {
        let known: Vec<&Mark> = self
            .leading()
            .iter()
            .filter(|mark| mark.effect.estimate().is_some())
            .collect();
        match &known[..] {
            [first, .., last] => vec![first, last],
            _ => known,
        }
    }

    fn alt(&self) -> String {
        let correlations = match (&self.outcome, &self.later) {
            (Some(panel), _) => Some(("the outcome", panel)),
            (None, Some(panel)) => Some(("the mean of the later ratings", panel)),
            (None, None) => None,
        };
        let correlations = correlations.map(|(what, panel)| {
            format!(
                "correlation of the rating of one session with {what} {}",
                spoken(&panel.marks)
            )
        });
        let change = self.change.as_ref().map(settled);
        let told: Vec<String> = [correlations, change].into_iter().flatten().collect();
        format!("{}.", phrases::capitalised(&told.join("; ")))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((panel, bound)) = self.change.as_ref().and_then(|p| Some((p, p.bound?))) {
            let level = panel.marks.iter().find_map(|mark| mark.effect.level());
            let level = level.map(|level| format!("{} ", words::level(level)));
            notes.push(format!(
                "Disc: the change is equivalent to zero, its {}interval lies within ±{} SD. Ring: that is not shown.",
                level.unwrap_or_default(),
                words::number(bound, 2)
            ));
        }
        let mut missing: Vec<&str> = Vec::new();
        for (_, panel) in self.shown() {
            for mark in &panel.marks {
                match &mark.effect.shown {
                    Shown::Word { word, .. } if !missing.contains(word) => missing.push(word),
                    _ => {}
                }
            }
        }
        if !missing.is_empty() {
            notes.push(format!("×: no number ({}).", missing.join(" or ")));
        }
        notes.push("Not the same clients in every session: who stays longer may differ from who leaves early. That a rating goes with the outcome is no proof that it brings it about.".into());
        notes
    }
}

/// `r = .12 [.03, .21] in session 1 (n = 531), …`: sessions 1, 3 and the last with a number.
fn spoken(marks: &[Mark]) -> String {
    let known = |mark: &&Mark| mark.effect.estimate().is_some();
    let last = marks.iter().rfind(known).map(|mark| mark.from);
    let told: Vec<String> = marks
        .iter()
        .filter(|mark| [1, 3].contains(&mark.from) || Some(mark.from) == last)
        .map(|Mark { from, effect, .. }| {
            let n = effect.n.map(|n| format!(" (n = {})", words::count(n)));
            let numbers = effect.in_words();
            match effect.estimate() {
                Some(_) => format!("r = {numbers} in session {from}{}", n.unwrap_or_default()),
                None => format!("{numbers} in session {from}"),
            }
        })
        .collect();
    told.join(", ")
}

/// After which session the rating stops changing, if any, of how many clients.
fn settled(panel: &SessionPanel) -> String {
    match panel.first_equivalent() {
        Some(mark) => {
            let level = mark.effect.level();
            let level = level.map(|level| format!(", {} interval", words::level(level)));
            let n = mark.effect.n.map(|n| format!(", n = {}", words::count(n)));
            let unknown =
                |earlier: &Mark| earlier.from < mark.from && earlier.effect.estimate().is_none();
            let unknown = if panel.marks.iter().any(unknown) {
                "; changes before that one have no number"
            } else {
                ""
            };
            format!(
                "the mean change to the next session is first equivalent to zero after session {} ({} SD{}{}{unknown})",
                mark.from,
                mark.effect.in_words(),
                level.unwrap_or_default(),
                n.unwrap_or_default()
            )
        }
        None => {
            "after no session is the mean change to the next one shown to be equivalent to zero"
                .into()
        }
    }
}

impl Chart for SessionPanels {
    fn height(&self) -> f64 {
        let shown = self.shown();
        let heights = shown.iter().map(|(_, panel)| panel.height(false) + BETWEEN);
        let foot = shown
            .last()
            .map(|(_, panel)| panel.height(true) - panel.height(false));
        heights.sum::<f64>() - BETWEEN + foot.unwrap_or_default()
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let mut y = top;
        let mut placed = Vec::new();
        for (letter, panel) in self.shown() {
            placed.push((letter, panel, y));
            y += panel.height(false) + BETWEEN;
        }
        let [(_, first, start), ..] = placed[..] else {
            return;
        };
        let &(_, last, end) = placed.last().unwrap_or(&placed[0]);
        let frame = Frame {
            top: first.frame(start).top,
            ..last.frame(end)
        };
        if let Some(third) = self.third() {
            let x = |session| self.sessions.at(session, frame.ends());
            let band = Frame {
                left: x(third - BAND),
                right: x(third + BAND),
                ..frame
            };
            canvas.fill(band, GRID, 0.6);
        }
        for (i, &(letter, panel, y)) in placed.iter().enumerate() {
            let bare = self.sessions.bare();
            let is_last = i + 1 == placed.len();
            let axis = if is_last { &self.sessions } else { &bare };
            let third = self.third().filter(|_| i == 0);
            let above = third.map(|third| (third, "session 3".to_owned()));
            panel.draw(canvas, (letter, axis), above, y);
        }
        let below = (frame.centre(), frame.bottom + 36.0);
        canvas.text(below, &self.sessions.label, Type::SMALL.ink(INK).centred());
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "x axis   {}", self.sessions)?;
        let band = self.third().map(|_| writeln!(f, "band     session 3"));
        band.unwrap_or(Ok(()))?;
        self.shown()
            .into_iter()
            .try_for_each(|(letter, panel)| panel.describe(f, letter))
    }

    fn table(&self) -> DataTable {
        let columns = [
            "kind",
            "session",
            "to",
            "estimate",
            "conf_low",
            "conf_high",
            "conf_level",
            "n",
            "verdict",
            "bound",
        ];
        let mut table = DataTable::new(&columns);
        let kinds = [
            ("outcome", &self.outcome),
            ("change", &self.change),
            ("later", &self.later),
        ];
        for (kind, panel) in kinds.iter().filter_map(|(k, p)| Some((k, p.as_ref()?))) {
            for mark in &panel.marks {
                let start = [
                    (*kind).to_owned(),
                    mark.from.to_string(),
                    mark.to.map(|to| to.to_string()).unwrap_or_default(),
                ];
                let verdict = mark.verdict.as_ref();
                let end = [
                    super::chart::digits(mark.effect.n),
                    verdict
                        .map(|on| words::verdict(on.verdict).to_owned())
                        .unwrap_or_default(),
                    full(verdict.map(|on| on.bound)),
                ];
                table.push(
                    start
                        .into_iter()
                        .chain(mark.effect.cells())
                        .chain(end)
                        .collect(),
                );
            }
            if let Some(reference) = &panel.reference {
                let mut row = vec![String::new(); columns.len()];
                row[0] = "reference".into();
                row[3] = full(reference.value);
                table.push(row);
            }
        }
        table
    }
}
