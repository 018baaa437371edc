//! Counts as shades of one colour, darker where there are more, and the legend that says how many.

use super::canvas::{Canvas, Frame, Stroke};
use super::chart::{LEFT, RIGHT};
use super::ink::{BACKGROUND, BLUE, INK, MUTED};
use super::lettering::Type;
use crate::findings::Count;
use crate::report::words;

/// Most shades that can be told apart on paper.
const MOST: u64 = 5;
/// The lightest and the darkest shade; lines over the darkest can still be seen in grey.
const ALPHA: (f64, f64) = (0.14, 0.78);
/// The shade where there is one only.
const ONLY: f64 = 0.45;
/// Between the lines of a hatching, across.
const HATCH: f64 = 7.0;
/// The side of a swatch, from it to its words, and from those to the next swatch.
const SWATCH: f64 = 13.0;
const TO_WORDS: f64 = 5.0;
const BETWEEN: f64 = 18.0;
const ROW: f64 = 20.0;

/// Classes of counts, each of its shade; a hidden count is hatched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shades {
    /// The least and the most of each class, from the lightest to the darkest.
    classes: Vec<(u64, u64)>,
    hidden: Option<String>,
}

impl Shades {
    /// Classes of about equal width over these counts; `hidden` says what a hatched square means.
    pub fn of(counts: impl Iterator<Item = Count>, hidden: String) -> Shades {
        let counts: Vec<Count> = counts.collect();
        let shown = || counts.iter().filter_map(|count| count.exactly());
        let classes = match (shown().min(), shown().max()) {
            (Some(least), Some(most)) => {
                let wide = (most - least + 1).div_ceil(MOST);
                (least..=most)
                    .step_by(wide as usize)
                    .map(|low| (low, (low + wide - 1).min(most)))
                    .collect()
            }
            _ => Vec::new(),
        };
        Shades {
            classes,
            hidden: counts.contains(&Count::Suppressed).then_some(hidden),
        }
    }

    fn alpha(&self, class: usize) -> f64 {
        match self.classes.len() {
            0 | 1 => ONLY,
            many => ALPHA.0 + (ALPHA.1 - ALPHA.0) * class as f64 / (many as f64 - 1.0),
        }
    }

    /// Fills a rectangle with the shade of a count.
    pub fn fill(&self, canvas: &Canvas<'_>, frame: Frame, count: Count) {
        canvas.fill(frame, BACKGROUND, 1.0);
        let Some(n) = count.exactly() else {
            return hatch(canvas, frame);
        };
        let class = self.classes.iter().position(|&(_, most)| n <= most);
        canvas.fill(frame, BLUE, self.alpha(class.unwrap_or_default()));
    }

    /// A swatch per class with its words, in rows as wide as the figure.
    fn entries(&self) -> Vec<(Count, String)> {
        let shown = self.classes.iter().map(|&(least, most)| {
            let words = if least == most {
                words::count(least)
            } else {
                format!("{} to {}", words::count(least), words::count(most))
            };
            (Count::Exactly(least), words)
        });
        let hidden = self
            .hidden
            .iter()
            .map(|words| (Count::Suppressed, words.clone()));
        shown.chain(hidden).collect()
    }

    /// Each entry with its place in the legend, and the number of rows.
    fn placed(&self, title: &str) -> (Vec<(f64, usize, Count, String)>, usize) {
        let face = Type::SMALL;
        let start = LEFT + face.width(title) + 12.0;
        let (mut x, mut row) = (start, 0);
        let mut placed = Vec::new();
        for (count, words) in self.entries() {
            let width = SWATCH + TO_WORDS + face.width(&words);
            if x > start && x + width > RIGHT {
                (x, row) = (start, row + 1);
            }
            placed.push((x, row, count, words));
            x += width + BETWEEN;
        }
        (placed, row + 1)
    }

    pub fn legend_height(&self, title: &str) -> f64 {
        self.placed(title).1 as f64 * ROW
    }

    pub fn draw_legend(&self, canvas: &Canvas<'_>, title: &str, top: f64) {
        let face = Type::SMALL.ink(INK);
        canvas.text((LEFT, top + 11.0), title, face);
        for (x, row, count, words) in self.placed(title).0 {
            let top = top + row as f64 * ROW;
            let swatch = Frame {
                left: x,
                top,
                right: x + SWATCH,
                bottom: top + SWATCH,
            };
            self.fill(canvas, swatch, count);
            canvas.outline(swatch, Stroke::new(MUTED, 0.6));
            canvas.text((swatch.right + TO_WORDS, top + 11.0), &words, face);
        }
    }

    /// `5 to 11, 12 to 18, hatched: fewer than 5`
    pub fn in_words(&self) -> String {
        let each: Vec<String> = self
            .entries()
            .into_iter()
            .map(|(count, words)| match count {
                Count::Exactly(_) => words,
                Count::Suppressed => format!("hatched: {words}"),
            })
            .collect();
        each.join(", ")
    }
}

/// Falling lines inside a rectangle.
fn hatch(canvas: &Canvas<'_>, frame: Frame) {
    let (width, height) = (frame.width(), frame.bottom - frame.top);
    let stroke = Stroke::new(MUTED, 0.5);
    let lines = ((width + height) / HATCH).ceil() as i32;
    for i in 0..lines {
        // Every line falls from the left or upper edge to the lower or right one.
        let start = (f64::from(i) + 0.5) * HATCH - height;
        let (from, to) = (start.max(0.0), (start + height).min(width));
        if from < to {
            let at = |x: f64| (frame.left + x, frame.top + x - start);
            canvas.line(&[at(from), at(to)], stroke);
        }
    }
    canvas.outline(frame, stroke);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[u64]) -> Shades {
        Shades::of(counts.iter().map(|&n| Count::Exactly(n)), "fewer".into())
    }

    #[test]
    fn classes_hold_every_count_once() {
        for counts in [
            &[5, 6, 31][..],
            &[7],
            &[5, 9],
            &[5, 1000],
            &[0, 1, 2, 3, 4, 5],
        ] {
            let classes = of(counts).classes;
            assert!((1..=5).contains(&classes.len()), "{classes:?}");
            for &n in counts {
                let holding = classes
                    .iter()
                    .filter(|(low, high)| (*low..=*high).contains(&n));
                assert_eq!(holding.count(), 1, "{n} in {classes:?}");
            }
            assert_eq!(classes[0].0, counts[0]);
            assert_eq!(classes.last().map(|c| c.1), counts.last().copied());
        }
        assert_eq!(of(&[]).classes, []);
    }

    #[test]
    fn more_clients_are_darker() {
        let shades = of(&[5, 54]);
        let alphas: Vec<f64> = (0..shades.classes.len()).map(|i| shades.alpha(i)).collect();
        assert!(
            alphas.windows(2).all(|pair| pair[1] - pair[0] > 0.1),
            "{alphas:?}"
        );
    }

    #[test]
    fn a_hidden_count_is_told_only_where_there_is_one() {
        assert_eq!(of(&[5, 6]).in_words(), "5, 6");
        let counts = [Count::Exactly(5), Count::Suppressed];
        let shades = Shades::of(counts.into_iter(), "fewer than 5".into());
        assert_eq!(shades.in_words(), "5, hatched: fewer than 5");
    }
}
