//! How do the effects spread around the pooled value? Every effect, with both intervals.

use std::fmt;

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Marker, Stroke};
use super::chart::{Chart, DataTable, LEFT, RIGHT, full};
use super::forest_plot::{FOOT, half_of_square, widest};
use super::ink::{BACKGROUND, BLUE, GRID, INK};
use super::lettering::Type;
use super::pooled_words::{counted, extent_or, first, numbers, prediction, range, spoken};
use super::{Drawing, Figure, phrases};
use crate::findings::pooled::{Orchard, OrchardTrunk};
use crate::findings::{Display, Findings};
use crate::report::words;

const HEAD: f64 = 24.0;
/// Height of a trunk with few effects and with many.
const TRUNK: (f64, f64) = (92.0, 140.0);
/// More effects than this are many.
const MANY: usize = 60;
/// Between the outermost effects of one trunk and the next trunk.
const MARGIN: f64 = 11.0;
/// No effect lies nearer to the middle, where the intervals are.
const CLEAR: f64 = 8.0;
const LABEL_WIDTHS: (f64, f64) = (90.0, 170.0);
const COLUMN_GAP: f64 = 18.0;
/// Radius of the most precise effect, and of the least precise one at least.
const RADII: (f64, f64) = (6.5, 1.5);
/// The fractional part of the golden ratio: its multiples spread evenly.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// Trunks below each other over one axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OrchardPlot {
    axis: Axis,
    number_heading: String,
    trunks: Vec<OrchardTrunk>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let data = first(findings, |display| match display {
        Display::Orchard(orchard) if !orchard.trunks.is_empty() => Some(orchard),
        _ => None,
    })?;
    let level = words::level(data.conf_level);
    let effects = data.trunks.iter().map(|trunk| trunk.effects.len());
    let told = data.trunks.iter().map(|OrchardTrunk { value, .. }| {
        format!("{} {} ({})", value.label, spoken(value), extent(value))
    });
    let told: Vec<String> = told.collect();
    let expects = data.trunks.iter().any(|t| prediction(&t.value).is_some());
    let new_study = if expects {
        "; thin line: prediction interval: where the r of a new study is expected"
    } else {
        ""
    };
    Some(Figure {
        id: "orchard",
        title: "How do the correlations spread around the pooled one?".into(),
        subtitle: format!(
            "Every correlation, and pooled ones with {level} intervals{}: {}.",
            if expects {
                " and prediction intervals"
            } else {
                ""
            },
            extent_or(findings, effects.sum()),
        ),
        alt: format!("Orchard plot: {}.", told.join("; ")),
        notes: vec![format!(
            "Circles: one correlation each, area by its precision (1 / standard error of z); their height has no meaning. Open circle: pooled r; thick line: its {level} interval{new_study}."
        )],
        drawing: Drawing::Orchard(OrchardPlot::of(data, &level, &words::meaning(findings))),
    })
}

fn extent(value: &crate::findings::pooled::PooledValue) -> String {
    super::pooled_words::extent(value, "study")
}

impl OrchardPlot {
    fn of(data: &Orchard, level: &str, meaning: &str) -> OrchardPlot {
        let values: Vec<f64> = data
            .trunks
            .iter()
            .flat_map(|OrchardTrunk { value, effects }| {
                let ends = [Some((value.conf_low, value.conf_high)), prediction(value)];
                let ends = ends
                    .into_iter()
                    .flatten()
                    .flat_map(|(low, high)| [low, high]);
                let effects = effects.iter().map(|effect| effect.0);
                ends.chain(effects).chain([value.r])
            })
            .collect();
        OrchardPlot {
            axis: Axis::of_correlations(&format!("correlation r (positive: {meaning})"), &values),
            number_heading: format!("r [{level} interval]"),
            trunks: data.trunks.clone(),
        }
    }

    /// The height of one trunk.
    fn trunk(&self) -> f64 {
        let crowded = self.trunks.iter().any(|trunk| trunk.effects.len() > MANY);
        if crowded { TRUNK.1 } else { TRUNK.0 }
    }

    fn label_width(&self) -> f64 {
        let names = self.trunks.iter().flat_map(|trunk| {
            let name = Type::BODY.bold().width(&trunk.value.label);
            let extents = extent_lines(trunk).into_iter();
            extents.map(|line| Type::SMALL.width(&line)).chain([name])
        });
        let (least, most) = LABEL_WIDTHS;
        names.fold(least, f64::max).min(most).ceil()
    }

    fn plot(&self, top: f64) -> Frame {
        let values = self.trunks.iter().map(|trunk| &trunk.value);
        let texts = values.flat_map(|value| {
            let expected = prediction(value).map(in_prediction).unwrap_or_default();
            [numbers(value), expected, self.number_heading.clone()]
        });
        Frame {
            left: LEFT + self.label_width() + COLUMN_GAP,
            top: top + HEAD,
            right: RIGHT - widest(texts, Type::BODY.bold()) - COLUMN_GAP,
            bottom: top + HEAD + self.trunk() * self.trunks.len() as f64,
        }
    }

    fn draw_effects(
        &self,
        canvas: &Canvas<'_>,
        trunk: &OrchardTrunk,
        plot: Frame,
        y: f64,
        most: f64,
    ) {
        let reach = self.trunk() / 2.0 - MARGIN;
        for (i, &(r, precision)) in trunk.effects.iter().enumerate() {
            let turn = (i as f64 + 0.5) * GOLDEN;
            let height = (turn - turn.floor()) * 2.0 - 1.0;
            let height = height.signum() * CLEAR + height * (reach - CLEAR);
            let at = (self.axis.at(r, plot.ends()), y + height);
            let radius = half_of_square(precision / most, RADII);
            canvas.disc(at, radius, BLUE, 0.3);
            canvas.ring(at, Marker::Circle, radius, Stroke::new(BLUE, 0.8));
        }
    }

    fn draw_value(&self, canvas: &Canvas<'_>, trunk: &OrchardTrunk, plot: Frame, y: f64) {
        let value = &trunk.value;
        let x = |r| self.axis.at(r, plot.ends());
        let span = |(low, high): (f64, f64), width: f64, ink| {
            canvas.line(&[(x(low), y), (x(high), y)], Stroke::new(ink, width));
        };
        // On paper of its own, so that it is seen among many effects.
        if let Some(limits) = prediction(value) {
            span(limits, 4.0, BACKGROUND);
            span(limits, 1.6, INK);
        }
        let interval = (value.conf_low, value.conf_high);
        span(interval, 8.0, BACKGROUND);
        span(interval, 5.5, INK);
        let centre = (x(value.r), y);
        canvas.hollow_marker(centre, Marker::Circle, 4.6, Stroke::new(INK, 2.0));
    }

    fn draw_words(&self, canvas: &Canvas<'_>, trunk: &OrchardTrunk, y: f64) {
        let width = self.label_width();
        let bold = Type::BODY.bold();
        let name = bold.fitted(&phrases::capitalised(&trunk.value.label), width, 2);
        let below = extent_lines(trunk);
        let rise = (name.len() - 1) as f64 * bold.leading() / 2.0;
        let first = y - 8.0 - rise;
        canvas.lines((LEFT, first), &name, bold);
        let second = first + name.len() as f64 * bold.leading();
        canvas.lines((LEFT, second), &below, Type::SMALL);
        canvas.text((RIGHT, y), &numbers(&trunk.value), bold.right());
        if let Some(limits) = prediction(&trunk.value) {
            let words = in_prediction(limits);
            canvas.text((RIGHT, y + 15.0), &words, Type::SMALL.right());
        }
    }
}

/// `new study [−.16, .61]`
fn in_prediction(limits: (f64, f64)) -> String {
    format!("new study {}", range(limits))
}

/// `102 effects`, `15 studies, n 1,523`
fn extent_lines(trunk: &OrchardTrunk) -> Vec<String> {
    let value = &trunk.value;
    vec![
        format!("k = {}", counted(value.k, "effect")),
        match value.n {
            0 => counted(value.studies, "study"),
            n => format!(
                "{}, n = {}",
                counted(value.studies, "study"),
                words::count(n)
            ),
        },
    ]
}

impl Chart for OrchardPlot {
    fn height(&self) -> f64 {
        HEAD + self.trunk() * self.trunks.len() as f64 + FOOT
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let plot = self.plot(top);
        self.axis.grid(canvas, plot);
        let zero = self.axis.at(0.0, plot.ends());
        canvas.line(
            &[(zero, plot.top), (zero, plot.bottom)],
            Stroke::new(INK, 1.0),
        );
        let heading = (RIGHT, plot.top - 8.0);
        canvas.text(heading, &self.number_heading, Type::SMALL.right());
        canvas.line(
            &[(LEFT, plot.top), (RIGHT, plot.top)],
            Stroke::new(INK, 1.0),
        );
        let effects = self.trunks.iter().flat_map(|trunk| &trunk.effects);
        let most = effects
            .map(|effect| effect.1)
            .fold(f64::MIN_POSITIVE, f64::max);
        for (i, trunk) in self.trunks.iter().enumerate() {
            let from = plot.top + self.trunk() * i as f64;
            if i > 0 {
                canvas.line(&[(LEFT, from), (RIGHT, from)], Stroke::new(GRID, 0.8));
            }
            let y = from + self.trunk() / 2.0;
            self.draw_effects(canvas, trunk, plot, y, most);
            self.draw_value(canvas, trunk, plot, y);
            self.draw_words(canvas, trunk, y);
        }
        self.axis.labelled(canvas, plot);
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "x axis   {}", self.axis)?;
        for trunk in &self.trunks {
            let value = &trunk.value;
            writeln!(
                f,
                "trunk    {} | {} | {}",
                value.label,
                extent(value),
                spoken(value)
            )?;
            for &(r, precision) in &trunk.effects {
                let (r, precision) = (words::correlation(r), words::number(precision, 1));
                writeln!(f, "circle   {r} | precision {precision}")?;
            }
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&[
            "kind",
            "trunk",
            "effects",
            "studies",
            "n",
            "r",
            "precision",
            "conf_low",
            "conf_high",
            "prediction_low",
            "prediction_high",
        ]);
        for OrchardTrunk { value, effects } in &self.trunks {
            let mut row = |kind: &str, counts: [String; 3], numbers: [Option<f64>; 6]| {
                let start = [kind.to_owned(), value.label.clone()];
                let numbers = numbers.map(full);
                table.push(start.into_iter().chain(counts).chain(numbers).collect());
            };
            let (low, high) = prediction(value).unzip();
            let interval = [Some(value.conf_low), Some(value.conf_high)];
            let counts = [value.k, value.studies, value.n].map(|n| n.to_string());
            let numbers = [Some(value.r), None, interval[0], interval[1], low, high];
            row("pooled", counts, numbers);
            for &(r, precision) in effects {
                let numbers = [Some(r), Some(precision), None, None, None, None];
                row("effect", Default::default(), numbers);
            }
        }
        table
    }
}
