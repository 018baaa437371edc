//! A sheet to draw on: pixels with one decimal, on plotters' SVG backend.
//!
//! plotters places everything on whole units. The sheet therefore has ten units to the pixel, and
//! its header is replaced by one that says so.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{Pos, VPos};

use super::lettering::{self, FAMILY, Type};
use crate::study::text::readable;

/// Units of the sheet to the pixel.
pub(super) const FINE: f64 = 10.0;
/// plotters divides the size of letters by this before it writes them.
const PLOTTERS_FONT_SCALE: f64 = 1.24;
/// plotters' upper anchor lies this far above the baseline, in em.
const TOP_ANCHOR: f64 = 0.76;
const NEVER_FAILS: &str = "drawing into a string does not fail";

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The sheet.
pub(super) struct Canvas<'a> {
    pub(super) area: Area<'a>,
}

/// A line: its colour, width and dashes.
#[derive(Clone, Copy)]
pub(super) struct Stroke {
    pub ink: RGBColor,
    pub width: f64,
    /// Lengths of dash and gap.
    pub dash: Option<(f64, f64)>,
}

/// The shape of a marker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
}

/// A rectangle by its upper left and lower right corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Stroke {
    pub const fn new(ink: RGBColor, width: f64) -> Stroke {
        Stroke {
            ink,
            width,
            dash: None,
        }
    }

    pub const fn dashed(self, dash: f64, gap: f64) -> Stroke {
        Stroke {
            dash: Some((dash, gap)),
            ..self
        }
    }

    pub fn style(self) -> ShapeStyle {
        self.ink.stroke_width(fine(self.width).unsigned_abs())
    }
}

/// What a reader who cannot see the figure is told.
pub(super) struct Spoken<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub alt: &'a str,
}

/// Units of the sheet.
pub(super) fn fine(pixels: f64) -> i32 {
    (pixels * FINE).round() as i32
}

/// The font for plotters, so that the wanted size is the one that is written.
pub(super) fn font(face: Type) -> FontDesc<'static> {
    let size = face.size * FINE * PLOTTERS_FONT_SCALE;
    FontDesc::new(FontFamily::Name(FAMILY), size, face.style())
}

/// Draws on a white sheet and returns it as SVG.
pub(super) fn sheet(
    (width, height): (f64, f64),
    spoken: &Spoken<'_>,
    draw: impl FnOnce(&Canvas<'_>),
) -> String {
    lettering::register();
    let size = (fine(width).unsigned_abs(), fine(height).unsigned_abs());
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        let canvas = Canvas { area };
        canvas.fill(
            Frame {
                left: 0.0,
                top: 0.0,
                right: width,
                bottom: height,
            },
            super::ink::BACKGROUND,
            1.0,
        );
        draw(&canvas);
        canvas.area.present().expect(NEVER_FAILS);
    }
    let body = drawn.split_once(">\n").map_or("", |(_, body)| body);
    let (id, title, alt) = (spoken.id, escaped(spoken.title), escaped(spoken.alt));
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{alt}</desc>\n{body}",
        size.0, size.1
    );
    readable(&svg).into_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

impl Canvas<'_> {
    /// Text whose baseline is at `y`.
    pub fn text(&self, (x, y): (f64, f64), text: &str, face: Type) {
        if text.is_empty() {
            return;
        }
        let font = font(face);
        let style = font.color(&face.ink).pos(Pos::new(face.anchor, VPos::Top));
        let top = y - TOP_ANCHOR * face.size;
        self.area
            .draw_text(text, &style, (fine(x), fine(top)))
            .expect(NEVER_FAILS);
    }

    /// Lines of text from the first baseline downward.
    pub fn lines(&self, (x, y): (f64, f64), lines: &[String], face: Type) {
        for (i, line) in lines.iter().enumerate() {
            self.text((x, y + i as f64 * face.leading()), line, face);
        }
    }

    /// A line through points.
    pub fn line(&self, points: &[(f64, f64)], stroke: Stroke) {
        let points: Vec<(i32, i32)> = points.iter().map(|&(x, y)| (fine(x), fine(y))).collect();
        match stroke.dash {
            None => self.area.draw(&PathElement::new(points, stroke.style())),
            Some((dash, gap)) => self.area.draw(&DashedPathElement::new(
                points,
                fine(dash),
                fine(gap),
                stroke.style(),
            )),
        }
        .expect(NEVER_FAILS);
    }

    /// A filled rectangle.
    pub fn fill(&self, frame: Frame, ink: RGBColor, alpha: f64) {
        let corners = [
            (fine(frame.left), fine(frame.top)),
            (fine(frame.right), fine(frame.bottom)),
        ];
        self.area
            .draw(&Rectangle::new(corners, ink.mix(alpha).filled()))
            .expect(NEVER_FAILS);
    }

    /// The outline of a rectangle.
    pub fn outline(&self, frame: Frame, stroke: Stroke) {
        let Frame {
            left,
            top,
            right,
            bottom,
        } = frame;
        self.line(
            &[
                (left, top),
                (right, top),
                (right, bottom),
                (left, bottom),
                (left, top),
            ],
            stroke,
        );
    }

    /// A filled polygon.
    pub fn polygon(&self, points: &[(f64, f64)], ink: RGBColor) {
        let points: Vec<(i32, i32)> = points.iter().map(|&(x, y)| (fine(x), fine(y))).collect();
        self.area
            .draw(&Polygon::new(points, ink))
            .expect(NEVER_FAILS);
    }

    /// A disc that lets what lies below it shine through.
    pub fn disc(&self, at: (f64, f64), radius: f64, ink: RGBColor, alpha: f64) {
        let place = (fine(at.0), fine(at.1));
        let disc = Circle::new(place, fine(radius), ink.mix(alpha).filled());
        self.area.draw(&disc).expect(NEVER_FAILS);
    }

    /// A filled marker; `half` is half its width.
    pub fn marker(&self, at: (f64, f64), marker: Marker, half: f64, ink: RGBColor) {
        match marker {
            Marker::Circle => self.disc(at, half, ink, 1.0),
            _ => self.polygon(&marker.corners(at, half), ink),
        }
    }

    /// A marker of which only the outline has colour.
    pub fn hollow_marker(&self, at: (f64, f64), marker: Marker, half: f64, stroke: Stroke) {
        self.marker(at, marker, half, super::ink::BACKGROUND);
        self.ring(at, marker, half, stroke);
    }

    /// The outline of a marker; what lies below it shines through.
    pub fn ring(&self, at: (f64, f64), marker: Marker, half: f64, stroke: Stroke) {
        let mut outline = marker.corners(at, half);
        outline.extend_from_within(..2.min(outline.len()));
        self.line(&outline, stroke);
    }

    /// An arrow head that points down to `tip`.
    pub fn arrow_down(&self, tip: (f64, f64), ink: RGBColor) {
        let (x, y) = tip;
        self.polygon(&[(x, y), (x - 4.0, y - 8.0), (x + 4.0, y - 8.0)], ink);
    }

    /// An arrow head that points right to `tip`.
    pub fn arrow_right(&self, tip: (f64, f64), ink: RGBColor) {
        let (x, y) = tip;
        self.polygon(&[(x, y), (x - 8.0, y - 4.0), (x - 8.0, y + 4.0)], ink);
    }
}

impl Marker {
    fn corners(self, (x, y): (f64, f64), half: f64) -> Vec<(f64, f64)> {
        match self {
            Marker::Circle => (0..24)
                .map(|i| std::f64::consts::TAU * f64::from(i) / 24.0)
                .map(|turn| (x + half * libm::cos(turn), y + half * libm::sin(turn)))
                .collect(),
            Marker::Square => {
                vec![
                    (x - half, y - half),
                    (x + half, y - half),
                    (x + half, y + half),
                    (x - half, y + half),
                ]
            }
            Marker::Triangle => {
                let half = half * 1.15;
                vec![
                    (x, y - half),
                    (x + half, y + half * 0.8),
                    (x - half, y + half * 0.8),
                ]
            }
            Marker::Diamond => {
                let half = half * 1.25;
                vec![(x, y - half), (x + half, y), (x, y + half), (x - half, y)]
            }
        }
    }
}

impl Frame {
    pub fn width(self) -> f64 {
        self.right - self.left
    }

    /// Left and right.
    pub fn ends(self) -> (f64, f64) {
        (self.left, self.right)
    }

    pub fn centre(self) -> f64 {
        (self.left + self.right) / 2.0
    }
}
