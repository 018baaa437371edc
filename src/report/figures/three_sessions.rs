//! Are three sessions magic? What the rating of each session tells, and when it stops changing.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame};
use super::chart::{Chart, DataTable, full};
use super::effect::Effect;
use super::ink::{GRID, INK};
use super::lettering::Type;
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
    pub outcome: Option<SessionPanel>,
    pub change: Option<SessionPanel>,
    pub later: Option<SessionPanel>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let panels = SessionPanels::of(findings)?;
    Some(Figure {
        id: QUESTION,
        title: "Are three sessions magic?".into(),
        subtitle: panels.subtitle(),
        alt: panels.alt(),
        notes: panels.notes(findings),
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
    let value = findings.headline()?.estimate()?;
    let r = format!("r = {}", words::correlation(value));
    Some(Reference {
        value,
        name: ["early alliance,".into(), r],
    })
}

impl SessionPanels {
    fn of(findings: &Findings) -> Option<SessionPanels> {
        let answer = findings.answer(QUESTION)?;
        let term = findings.clinic()?.settings.outcome.term();
        let outcome = SessionPanel::of(
            "Does the rating of one session go with the outcome?",
            &format!("correlation r with {}", phrases::outcome(findings)),
            marks(answer, false, |s| format!("by_session.{s}.{term}")),
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
    pub fn shown(&self) -> Vec<(char, &SessionPanel)> {
        let panels = [&self.outcome, &self.change, &self.later];
        ('a'..).zip(panels.into_iter().flatten()).collect()
    }

    /// The marks of the correlations, or else of the changes.
    pub fn leading(&self) -> &[Mark] {
        let panels = [&self.outcome, &self.later, &self.change];
        let first = panels.into_iter().flatten().next();
        first.map_or(&[], |panel| &panel.marks)
    }

    fn third(&self) -> Option<f64> {
        let (low, high) = self.sessions.span();
        (low < THIRD && THIRD < high).then_some(THIRD)
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
