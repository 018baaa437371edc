//! The rows of a pooling: studies and their effects, pooled values, and what a new study may show.

use std::fmt;

use super::canvas::{Canvas, Frame, Marker, Stroke};
use super::chart::{digits, full};
use super::effect::{count_or_blank, words_of};
use super::forest_plot::{HALF_MARKER, half_of_square};
use super::ink::{BACKGROUND, BLUE, INK};
use super::lettering::Type;
use super::pooled_words::range;
use crate::findings::Scale;
use crate::report::words;

const INDENT: f64 = 12.0;

/// What a row is, and with that how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The name of a subgroup.
    Section,
    /// The name of a study with several effects.
    Study,
    /// One effect; indented where its study stands above it.
    Effect { indented: bool },
    /// Everything pooled but one study.
    LeftOut,
    /// The pooled value of a subgroup.
    Subgroup,
    /// The pooled value of everything.
    Overall,
    /// Where a new study's correlation is expected.
    Prediction,
}

/// One row: what is written and what is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StudyRow {
    pub kind: Kind,
    pub label: String,
    pub study: String,
    pub effect: Option<String>,
    pub subgroup: Option<String>,
    pub n: Option<u64>,
    /// In percent.
    pub weight: Option<f64>,
    pub r: Option<f64>,
    pub interval: Option<(f64, f64)>,
    pub prediction: Option<(f64, f64)>,
}

/// How much room a row has: few rows are set larger than many.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub row: f64,
    section: f64,
    pub face: Type,
    /// Lines a name may take.
    pub lines: usize,
}

const ROOMY: Setting = Setting {
    row: 20.0,
    section: 27.0,
    face: Type::BODY,
    lines: 2,
};
const CLOSE: Setting = Setting {
    row: 15.0,
    section: 22.0,
    face: Type::SMALL.ink(INK),
    lines: 1,
};
/// More rows than this are set close.
const MANY: usize = 45;

impl Setting {
    pub fn of(rows: usize) -> Setting {
        if rows > MANY { CLOSE } else { ROOMY }
    }
}

impl StudyRow {
    pub fn named(kind: Kind, label: &str) -> StudyRow {
        StudyRow {
            kind,
            label: label.to_owned(),
            study: String::new(),
            effect: None,
            subgroup: None,
            n: None,
            weight: None,
            r: None,
            interval: None,
            prediction: None,
        }
    }

    /// Every value the axis must hold.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        let ends = [self.interval, self.prediction].into_iter().flatten();
        ends.flat_map(|(low, high)| [low, high]).chain(self.r)
    }

    /// How the name is written, and how far it is indented.
    pub fn name(&self, setting: Setting) -> (Type, f64) {
        let face = setting.face;
        match self.kind {
            Kind::Section | Kind::Overall => (face.bold(), 0.0),
            Kind::Effect { indented: true } => (face, INDENT),
            _ => (face, 0.0),
        }
    }

    /// Is it one of the pooled rows below the effects?
    pub fn is_total(&self) -> bool {
        matches!(self.kind, Kind::Overall | Kind::Prediction)
    }

    /// The correlation with its interval; the range alone where a new study is expected.
    pub fn number(&self) -> String {
        match (self.kind, self.r, self.prediction) {
            (Kind::Prediction, _, Some(limits)) => range(limits),
            (_, Some(r), _) => words_of(r, self.interval, Scale::Correlation),
            _ => String::new(),
        }
    }

    pub fn weight_in_words(&self) -> String {
        let weight = self.weight.map(|weight| words::number(weight, 1));
        weight.unwrap_or_default()
    }

    /// Height with a name of this many lines.
    pub fn height(&self, setting: Setting, lines: usize) -> f64 {
        let base = match self.kind {
            Kind::Section => setting.section,
            _ => setting.row,
        };
        base + lines.saturating_sub(1) as f64 * setting.face.leading()
    }

    /// Draws square, diamond or bar in the middle of the row; `most` is the largest weight.
    pub fn mark(&self, canvas: &Canvas<'_>, x: impl Fn(f64) -> f64, y: f64, most: f64, row: f64) {
        let span = |(low, high): (f64, f64), stroke| {
            canvas.line(&[(x(low), y), (x(high), y)], stroke);
        };
        let cap = (row * 0.2).min(4.0);
        match self.kind {
            Kind::Section | Kind::Study => {}
            Kind::Effect { .. } | Kind::LeftOut => {
                if let Some(interval) = self.interval {
                    span(interval, Stroke::new(BLUE, 1.3));
                }
                let Some(r) = self.r else { return };
                let sizes = (HALF_MARKER.0.min(row * 0.36), HALF_MARKER.1);
                let half = match self.weight {
                    Some(weight) => half_of_square(weight / most, sizes),
                    None => 3.2,
                };
                let marker = match self.kind {
                    Kind::LeftOut => Marker::Circle,
                    _ => Marker::Square,
                };
                canvas.marker((x(r), y), marker, half, BLUE);
            }
            Kind::Subgroup | Kind::Overall => {
                if let Some(limits) = self.prediction.filter(|_| self.kind == Kind::Subgroup) {
                    span(limits, Stroke::new(INK, 1.0).dashed(3.0, 2.5));
                }
                let (Some(r), Some((low, high))) = (self.r, self.interval) else {
                    return;
                };
                let overall = self.kind == Kind::Overall;
                let half = if overall { row * 0.36 } else { row * 0.26 };
                let outline = [
                    (x(low), y),
                    (x(r), y - half),
                    (x(high), y),
                    (x(r), y + half),
                    (x(low), y),
                ];
                canvas.polygon(&outline[..4], if overall { INK } else { BACKGROUND });
                canvas.line(&outline, Stroke::new(INK, 1.2));
            }
            Kind::Prediction => {
                let Some((low, high)) = self.prediction else {
                    return;
                };
                span((low, high), Stroke::new(INK, 1.5).dashed(5.0, 3.0));
                for end in [low, high] {
                    let end = x(end);
                    canvas.line(&[(end, y - cap), (end, y + cap)], Stroke::new(INK, 1.5));
                }
            }
        }
    }

    /// The row of the data table; headings have none, and the range stands beside its pooled value.
    pub fn cells(&self) -> Option<Vec<String>> {
        let kind = match self.kind {
            Kind::Section | Kind::Study | Kind::Prediction => return None,
            Kind::Effect { .. } => "effect",
            Kind::LeftOut => "left_out",
            Kind::Subgroup => "subgroup",
            Kind::Overall => "overall",
        };
        let (low, high) = self.interval.unzip();
        let (prediction_low, prediction_high) = self.prediction.unzip();
        let study = match self.kind {
            Kind::Effect { .. } => &self.study,
            _ => &self.label,
        };
        Some(vec![
            kind.into(),
            study.clone(),
            self.effect.clone().unwrap_or_default(),
            self.subgroup.clone().unwrap_or_default(),
            digits(self.n),
            full(self.weight),
            full(self.r),
            full(low),
            full(high),
            full(prediction_low),
            full(prediction_high),
        ])
    }
}

/// The heads of [`StudyRow::cells`].
pub(super) const COLUMNS: [&str; 11] = [
    "kind",
    "study",
    "effect",
    "subgroup",
    "n",
    "weight",
    "estimate",
    "conf_low",
    "conf_high",
    "prediction_low",
    "prediction_high",
];

impl fmt::Display for StudyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.kind {
            Kind::Section => "section ",
            Kind::Study => "study   ",
            Kind::Effect { indented: false } => "effect  ",
            Kind::Effect { indented: true } => "effect   ",
            Kind::LeftOut => "without ",
            Kind::Subgroup => "subgroup",
            Kind::Overall => "overall ",
            Kind::Prediction => "dashes  ",
        };
        write!(f, "{word} {}", self.label)?;
        if self.n.is_some() {
            write!(f, " | {}", count_or_blank(self.n))?;
        }
        if !self.number().is_empty() {
            write!(f, " | {}", self.number())?;
        }
        if self.weight.is_some() {
            write!(f, " | {} %", self.weight_in_words())?;
        }
        match (self.kind, self.prediction) {
            (Kind::Subgroup, Some(limits)) => write!(f, " | new studies {}", range(limits)),
            _ => Ok(()),
        }
    }
}

/// A band over all rows, with the line of its middle.
pub(super) fn draw_band(canvas: &Canvas<'_>, plot: Frame, (low, high): (f64, f64)) {
    let band = Frame {
        left: low,
        right: high,
        ..plot
    };
    canvas.fill(band, super::ink::SKY, 0.28);
}
