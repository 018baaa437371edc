//! Letters: the embedded font, its widths, and text broken to fit.

use std::sync::OnceLock;

use plotters::style::text_anchor::HPos;
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, register_font};

use super::ink::{INK, MUTED};

/// The font families of every figure, the embedded one first.
pub const FAMILY: &str = "Inter, Helvetica, Arial, sans-serif";
/// Inter Regular, a subset with Latin, Greek and mathematical signs (SIL Open Font License 1.1).
pub const REGULAR: &[u8] = include_bytes!("../../../data/fonts/Inter-Regular.otf");
/// Inter SemiBold, the same subset.
pub const SEMIBOLD: &[u8] = include_bytes!("../../../data/fonts/Inter-SemiBold.otf");

/// Ascent and descent of the font in em: the size plotters measures by.
const LINE_HEIGHT: f64 = (2728.0 + 680.0) / 2816.0;
/// Half the height of a capital in em.
const HALF_CAPITAL: f64 = 0.364;

/// How a text looks and which of its ends is held.
#[derive(Clone, Copy)]
pub struct Type {
    pub size: f64,
    pub bold: bool,
    pub ink: RGBColor,
    pub anchor: HPos,
}

impl Type {
    /// Titles.
    pub const TITLE: Type = Type {
        size: 15.0,
        bold: true,
        ..Type::BODY
    };
    /// Labels and numbers.
    pub const BODY: Type = Type {
        size: 12.0,
        bold: false,
        ink: INK,
        anchor: HPos::Left,
    };
    /// Subtitles.
    pub const SUBTITLE: Type = Type {
        ink: MUTED,
        ..Type::BODY
    };
    /// Tick labels, notes and asides.
    pub const SMALL: Type = Type {
        size: 11.0,
        ink: MUTED,
        ..Type::BODY
    };

    pub const fn bold(self) -> Type {
        Type { bold: true, ..self }
    }

    pub const fn ink(self, ink: RGBColor) -> Type {
        Type { ink, ..self }
    }

    /// The right end of the text is held.
    pub const fn right(self) -> Type {
        Type {
            anchor: HPos::Right,
            ..self
        }
    }

    /// The middle of the text is held.
    pub const fn centred(self) -> Type {
        Type {
            anchor: HPos::Center,
            ..self
        }
    }

    pub(super) fn style(self) -> FontStyle {
        if self.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        }
    }

    /// The distance from one baseline to the next.
    pub fn leading(self) -> f64 {
        (self.size * 1.32).round()
    }

    /// How far the baseline lies below the middle of the letters.
    pub fn drop(self) -> f64 {
        self.size * HALF_CAPITAL
    }

    /// The width of a text in pixels.
    pub fn width(self, text: &str) -> f64 {
        register();
        let per_thousand =
            FontDesc::new(FontFamily::Name(FAMILY), 1000.0 * LINE_HEIGHT, self.style());
        let ((left, _), (right, _)) = per_thousand
            .layout_box(text)
            .expect("the embedded font is registered");
        f64::from(right - left) / 1000.0 * self.size
    }

    /// The text broken at spaces into lines no wider than `width`.
    pub fn lines(self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in words(text) {
            let longer = lines.last().map(|line| format!("{line} {word}"));
            match longer {
                Some(longer) if self.width(&longer) <= width => {
                    lines.pop();
                    lines.push(longer);
                }
                _ => lines.extend(self.pieces(&word, width)),
            }
        }
        lines
    }

    /// The text in at most `most` lines; what does not fit ends in an ellipsis.
    pub fn fitted(self, text: &str, width: f64, most: usize) -> Vec<String> {
        let mut lines = self.lines(text, width);
        if lines.len() > most {
            let rest = lines[most - 1..].join(" ");
            lines.truncate(most - 1);
            lines.push(self.shortened(&rest, width));
        }
        lines
    }

    /// As much of the text as fits, ending in an ellipsis where it does not.
    pub fn shortened(self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let short = |kept: usize| {
            let kept: String = text.chars().take(kept).collect();
            format!("{}…", kept.trim_end())
        };
        // The most letters that fit, by halves: a text may be long.
        let (mut fit, mut too_many) = (0, text.chars().count());
        while fit + 1 < too_many {
            let middle = fit.midpoint(too_many);
            if self.width(&short(middle)) <= width {
                fit = middle;
            } else {
                too_many = middle;
            }
        }
        short(fit)
    }

    /// As much of the text as fits, with the ellipsis before a last word that holds a digit: names
    /// of studies differ by their year.
    pub fn shortened_inside(self, text: &str, width: f64) -> String {
        let Some((start, last)) = text.rsplit_once(' ') else {
            return self.shortened(text, width);
        };
        let tail = self.width(last) + self.width(" ");
        let tells = last.bytes().any(|b| b.is_ascii_digit()) && tail < width / 2.0;
        if !tells || self.width(text) <= width {
            return self.shortened(text, width);
        }
        format!("{} {last}", self.shortened(start, width - tail))
    }

    /// The text in at most `most` lines; a single one is shortened as the names of studies are.
    pub fn fitted_inside(self, text: &str, width: f64, most: usize) -> Vec<String> {
        let lines = self.lines(text, width);
        if lines.len() <= most {
            return lines;
        }
        let mut kept = lines[..most - 1].to_vec();
        kept.push(self.shortened_inside(&lines[most - 1..].join(" "), width));
        kept
    }

    /// One word, cut where it is wider than a line.
    fn pieces(self, word: &str, width: f64) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for letter in word.chars() {
            let last = pieces.last_mut().expect("there is always a piece");
            last.push(letter);
            if self.width(last) > width && last.chars().count() > 1 {
                last.pop();
                pieces.push(letter.to_string());
            }
        }
        pieces
    }
}

/// Makes the embedded font known to plotters, once.
pub(super) fn register() {
    static REGISTERED: OnceLock<()> = OnceLock::new();
    REGISTERED.get_or_init(|| {
        for (style, bytes) in [(FontStyle::Normal, REGULAR), (FontStyle::Bold, SEMIBOLD)] {
            if register_font(FAMILY, style, bytes).is_err() {
                unreachable!("the embedded font is a font");
            }
        }
    });
}

/// The words of a text; a percent sign stays with its number.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if word.starts_with('%') => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // Advance widths of Inter Regular in 1/2816 em, read from its hmtx table.
        let em = |units: f64| units / 2816.0 * 12.0;
        let digits = Type::BODY.width("00");
        assert!((digits - 2.0 * Type::BODY.width("0")).abs() < 0.05);
        assert!(
            (Type::BODY.width("n") - em(1680.0)).abs() < 0.5,
            "{}",
            Type::BODY.width("n")
        );
        assert_eq!(Type::BODY.width(""), 0.0);
    }

    #[test]
    fn text_is_broken_to_fit_and_nothing_is_lost() {
        let text =
            "Trauma-focused cognitive behavioural therapy for Donaudampfschifffahrtsgesellschaft";
        let lines = Type::BODY.lines(text, 120.0);
        assert!(
            lines.iter().all(|l| Type::BODY.width(l) <= 120.0),
            "{lines:?}"
        );
        assert_eq!(lines.join("").replace(' ', ""), text.replace(' ', ""));
        let two = Type::BODY.fitted(text, 120.0, 2);
        assert!(two.len() == 2 && two[1].ends_with('…'), "{two:?}");
    }

    #[test]
    fn a_shortened_study_keeps_its_year() {
        let long = "The Vanderbilt Collaborative Psychotherapy Research Group 1983a";
        let short = Type::BODY.shortened_inside(long, 160.0);
        assert!(Type::BODY.width(&short) <= 160.0, "{short}");
        assert!(
            short.starts_with("The V") && short.ends_with("… 1983a"),
            "{short}"
        );
        assert_eq!(
            Type::BODY.shortened_inside("Gaston 1991", 160.0),
            "Gaston 1991"
        );
    }
}
