//! One difference against its zone of equivalence.

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Marker, Stroke};
use super::chart::{LEFT, RIGHT};
use super::effect::{Effect, Shown};
use super::ink::{BLUE, INK, MUTED, SKY};
use super::lettering::Type;
use super::phrases;
use crate::findings::{Answer, Scale, VerdictOn};
use crate::report::words;

const HEAD: f64 = 58.0;
const HEAD_WITHOUT_PLOT: f64 = 46.0;
const PLOT: f64 = 40.0;
const FOOT: f64 = 44.0;
const INSET: f64 = 8.0;
/// Room for the letter before a panel's title.
const LETTER: f64 = 18.0;

/// A difference, its two intervals, and the zone in which it is too small to matter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct EquivalencePanel {
    pub id: String,
    /// The question of this panel.
    pub title: &'static str,
    /// What lies left and right of zero.
    pub sides: (&'static str, &'static str),
    pub axis: Axis,
    pub difference: Option<Effect>,
    /// The same difference with the interval that equivalence is read from.
    pub for_equivalence: Option<Effect>,
    pub verdict: Option<VerdictOn>,
    pub scale: Scale,
}

impl EquivalencePanel {
    pub fn of(
        answer: &Answer,
        (term, scale): (&str, Scale),
        (title, what): (&'static str, &str),
        sides: (&'static str, &'static str),
    ) -> EquivalencePanel {
        let id = format!("{}.{term}", answer.question);
        let difference = answer.estimate(&id).map(Effect::of);
        let for_equivalence = answer.estimate(&format!("{id}.ci90")).map(Effect::of);
        let verdict = answer.verdict(&id).cloned();
        let values = [&difference, &for_equivalence]
            .into_iter()
            .flatten()
            .flat_map(Effect::values)
            .chain(verdict.iter().map(|v| v.bound * 1.2));
        let axis = Axis::of_differences(what, values, 8);
        let axis = match scale {
            Scale::DifferenceOfCorrelations => axis.without_leading_zero(),
            _ => axis,
        };
        EquivalencePanel {
            id,
            title,
            sides,
            axis,
            difference,
            for_equivalence,
            verdict,
            scale,
        }
    }

    /// The difference, or else the one for equivalence.
    pub fn effect(&self) -> Option<&Effect> {
        self.difference.as_ref().or(self.for_equivalence.as_ref())
    }

    fn number(&self) -> Option<f64> {
        self.effect().and_then(Effect::estimate)
    }

    pub fn height(&self) -> f64 {
        match self.number() {
            Some(_) => HEAD + PLOT + FOOT,
            None => HEAD_WITHOUT_PLOT + 2.0 * Type::BODY.leading(),
        }
    }

    pub fn verdict_in_words(&self) -> String {
        match (&self.verdict, self.number()) {
            (Some(verdict), Some(_)) => words::verdict(verdict.verdict).into(),
            _ => String::new(),
        }
    }

    fn numbers(&self) -> String {
        let Some(effect) = self.effect() else {
            return "no estimate".into();
        };
        let n = effect
            .n
            .map(|n| format!(", n = {}", words::count(n)))
            .unwrap_or_default();
        let also = match self.for_equivalence.as_ref().map(|e| &e.shown) {
            Some(Shown::Word { word, .. }) if self.number().is_some() => {
                format!("; interval for equivalence: {word}")
            }
            _ => String::new(),
        };
        format!("{}{n}{also}", effect.in_words())
    }

    pub fn bound_in_words(&self) -> Option<String> {
        let bound = self.verdict.as_ref()?.bound;
        Some(format!(
            "zone of equivalence ±{}",
            words::on_scale(bound, self.scale)
        ))
    }

    pub fn in_words(&self) -> String {
        let what = match self.scale {
            Scale::Points => "mean early alliance in points",
            _ => "correlation of alliance with outcome",
        };
        let verdict = self.verdict_in_words();
        let verdict = if verdict.is_empty() {
            verdict
        } else {
            format!(" ({verdict})")
        };
        format!("{what} {}{verdict}", self.numbers())
    }

    pub fn draw(&self, canvas: &Canvas<'_>, letter: char, top: f64) {
        let frame = Frame {
            left: LEFT + INSET,
            top: top + HEAD,
            right: RIGHT - INSET,
            bottom: top + HEAD + PLOT,
        };
        let heading = Type::BODY.bold();
        canvas.text((LEFT, top + 12.0), &letter.to_string(), heading);
        canvas.text((LEFT + LETTER, top + 12.0), self.title, heading);
        canvas.text(
            (RIGHT, top + 12.0),
            &self.verdict_in_words(),
            heading.right(),
        );
        let numbers = format!(
            "{}: {}",
            phrases::capitalised(&self.axis.label),
            self.numbers()
        );
        canvas.text((LEFT + LETTER, top + 29.0), &numbers, Type::BODY);
        if self.number().is_none() {
            draw_word(canvas, top + HEAD_WITHOUT_PLOT, self.effect());
            return;
        }
        self.draw_zone(canvas, frame);
        let zero = self.axis.at(0.0, frame.ends());
        canvas.line(
            &[(zero, frame.top), (zero, frame.bottom)],
            Stroke::new(INK, 1.0),
        );
        self.draw_effect(canvas, frame);
        self.axis.below(canvas, frame);
        let y = frame.bottom + 35.0;
        canvas.text(
            (frame.left, y),
            &format!("← {}", self.sides.0),
            Type::SMALL.ink(INK),
        );
        canvas.text(
            (frame.right, y),
            &format!("{} →", self.sides.1),
            Type::SMALL.ink(INK).right(),
        );
    }

    fn draw_zone(&self, canvas: &Canvas<'_>, frame: Frame) {
        let (Some(verdict), Some(label)) = (&self.verdict, self.bound_in_words()) else {
            return;
        };
        let x = |value| self.axis.at(value, frame.ends());
        let (left, right) = (x(-verdict.bound), x(verdict.bound));
        canvas.fill(
            Frame {
                left,
                right,
                ..frame
            },
            SKY,
            0.25,
        );
        for edge in [left, right] {
            canvas.line(
                &[(edge, frame.top), (edge, frame.bottom)],
                Stroke::new(MUTED, 1.0).dashed(4.0, 3.0),
            );
        }
        canvas.text((x(0.0), frame.top - 6.0), &label, Type::SMALL.centred());
    }

    fn draw_effect(&self, canvas: &Canvas<'_>, frame: Frame) {
        let y = frame.top + PLOT / 2.0;
        let x = |value| self.axis.at(value, frame.ends());
        let span = |effect: &Option<Effect>, width| {
            if let Some((low, high)) = effect.as_ref().and_then(Effect::interval) {
                canvas.line(&[(x(low), y), (x(high), y)], Stroke::new(BLUE, width));
            }
        };
        span(&self.difference, 1.5);
        span(&self.for_equivalence, 5.0);
        let Some(estimate) = self.number() else {
            return;
        };
        canvas.hollow_marker((x(estimate), y), Marker::Circle, 4.6, Stroke::new(INK, 1.6));
    }
}

/// Why there is nothing to draw.
fn draw_word(canvas: &Canvas<'_>, y: f64, effect: Option<&Effect>) {
    let reason = match effect.map(|e| &e.shown) {
        Some(Shown::Word { reason, .. }) => reason.as_str(),
        _ => "",
    };
    let lines = Type::BODY.fitted(reason, RIGHT - LEFT - LETTER, 2);
    canvas.lines((LEFT + LETTER, y), &lines, Type::BODY.ink(MUTED));
}
