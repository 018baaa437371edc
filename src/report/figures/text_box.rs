//! Boxes of text: counts in one column, words in the other.

use super::canvas::{Canvas, Frame, Stroke};
use super::ink::INK;
use super::lettering::Type;
use crate::findings::Count;
use crate::report::words;

const PAD: f64 = 12.0;
const LINE: f64 = 18.0;
const OUTLINE: Stroke = Stroke::new(INK, 1.0);

/// One line of a box: a number (may be empty) and words.
pub(super) struct Entry {
    number: String,
    words: String,
    face: Type,
}

/// A box of text of a given width.
pub(super) struct TextBox {
    pub width: f64,
    pub entries: Vec<Entry>,
}

impl Entry {
    pub fn counted(number: Count, words: &str, face: Type) -> Entry {
        Entry {
            number: words::shown_count(number),
            words: words.into(),
            face,
        }
    }

    pub fn worded(words: &str, face: Type) -> Entry {
        Entry {
            number: String::new(),
            words: words.into(),
            face,
        }
    }
}

impl TextBox {
    fn number_width(&self) -> f64 {
        let widths = self.entries.iter().map(|e| e.face.width(&e.number));
        widths.fold(0.0, f64::max).ceil()
    }

    fn indent(&self, entry: &Entry) -> f64 {
        if entry.number.is_empty() {
            0.0
        } else {
            self.number_width() + 8.0
        }
    }

    fn lines(&self, entry: &Entry) -> Vec<String> {
        entry
            .face
            .lines(&entry.words, self.width - 2.0 * PAD - self.indent(entry))
    }

    fn entry_height(&self, entry: &Entry) -> f64 {
        let more = self.lines(entry).len().saturating_sub(1);
        LINE + more as f64 * entry.face.leading()
    }

    pub fn height(&self) -> f64 {
        2.0 * PAD - 6.0
            + self
                .entries
                .iter()
                .map(|e| self.entry_height(e))
                .sum::<f64>()
    }

    pub fn draw(&self, canvas: &Canvas<'_>, frame: Frame) {
        canvas.outline(frame, OUTLINE);
        let left = frame.left + PAD;
        let mut y = frame.top + PAD + 8.0;
        for entry in &self.entries {
            let number = (left + self.number_width(), y);
            canvas.text(number, &entry.number, entry.face.right());
            canvas.lines(
                (left + self.indent(entry), y),
                &self.lines(entry),
                entry.face,
            );
            y += self.entry_height(entry);
        }
    }
}
