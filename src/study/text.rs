//! Text that people can read: which characters it may hold, and how much of it there may be.
//!
//! A label goes from a file to pages, figures, tables and XML. A control character ends an XML document, a
//! mark of direction turns the words after it around, and a character without a width makes two labels look
//! alike that are not. Such characters are refused where a text enters ([`unseen`], [`faults`]), and
//! made visible where one is written all the same ([`readable`]).

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;

/// The longest label, in characters: of a treatment, a study, a moderator.
pub const LONGEST_LABEL: usize = 200;
/// The longest text of a study file or a policy: a reason, a citation, the rule of a group.
pub const LONGEST_TEXT: usize = 2_000;
/// The longest sentence of findings or of a review, which may list hundreds of units.
const LONGEST_SENTENCE: usize = 200_000;
/// Faults told of one file.
const MOST: usize = 20;
/// Characters of a line that a message repeats.
const OF_A_LINE: usize = 160;
/// Characters of a key that a message repeats.
const OF_A_KEY: usize = 40;

/// The first character of a text that nobody can see and that changes what is seen or read.
pub fn unseen(text: &str) -> Option<char> {
    let mut before = None;
    text.chars().find(|c| is_unseen(*c, before.replace(*c)))
}

/// Tabs and line ends are white space. Letters of any script, and what they need, can be read.
fn is_unseen(c: char, before: Option<char>) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        ' '..='~' => false,
        // Joiners and marks of direction belong to scripts that need them; among Latin letters they only hide.
        '\u{61c}' | '\u{200c}'..='\u{200f}' => before.is_none_or(|before| before.is_ascii()),
        // Soft hyphens, fillers, spaces without a width, overrides of direction, tags.
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{e0000}'..='\u{e007f}' => true,
        // The last two of every plane are no characters.
        c => c.is_control() || u32::from(c) & 0xfffe == 0xfffe,
    }
}

/// The text with every such character replaced by one that is seen.
pub fn readable(text: &str) -> Cow<'_, str> {
    if unseen(text).is_none() {
        return text.into();
    }
    let mut before = None;
    text.chars()
        .map(|c| match is_unseen(c, before.replace(c)) {
            true => char::REPLACEMENT_CHARACTER,
            false => c,
        })
        .collect()
}

/// `found U+0001, a character that cannot be seen, expected text`
pub fn unseen_in_words(c: char) -> String {
    format!(
        "found U+{:04X}, a character that cannot be seen, expected letters, digits and signs",
        u32::from(c)
    )
}

/// What to do about such a character.
pub fn without_unseen(c: char) -> &'static str {
    if ('\u{80}'..='\u{9f}').contains(&c) {
        "it comes from a text that was read in another encoding than it was written in: export again as UTF-8 (in a spreadsheet, \"CSV UTF-8\")"
    } else {
        "it comes with text copied from web pages and other programs: type the text again"
    }
}

/// Why a text is too long to be one of at most `most` characters.
pub fn too_long(text: &str, most: usize) -> Option<String> {
    // No character has less than a byte.
    if text.len() <= most {
        return None;
    }
    let characters = text.chars().count();
    (characters > most)
        .then(|| format!("found a text of {characters} characters, expected at most {most}"))
}

/// As much of a text as a message may repeat.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// The texts of a document, keys too, that cannot be read or are longer than `longest` says of their
/// key; each with its place, such as `answers[2].title`.
pub fn faults(document: &serde_json::Value, longest: impl Fn(&str) -> usize) -> Vec<String> {
    let mut walk = Walk {
        longest,
        faults: Vec::new(),
    };
    walk.value(document, "");
    walk.faults
}

/// The faults of a JSON text that this program wrote once, where it has any.
pub fn json_faults(text: &str) -> Option<String> {
    let document = serde_json::from_str(text).ok()?;
    // Labels are drawn, and several may be put together.
    let drawn = ["label", "title", "name", "group", "topic", "study", "unit"];
    let found = faults(&document, |place| {
        let key = place.rsplit('.').next().unwrap_or_default();
        if drawn.contains(&key) {
            LONGEST_TEXT
        } else {
            LONGEST_SENTENCE
        }
    });
    (!found.is_empty()).then(|| found.join("\n"))
}

/// What is wrong with a TOML text, with its place. A line of the text is repeated in part only.
pub fn toml_fault(error: &toml::de::Error) -> String {
    let lines = error.to_string();
    let lines: Vec<_> = lines
        .trim_end()
        .lines()
        .map(|line| shortened(line, OF_A_LINE))
        .collect();
    lines.join("\n")
}

struct Walk<F> {
    longest: F,
    faults: Vec<String>,
}

impl<F: Fn(&str) -> usize> Walk<F> {
    fn value(&mut self, value: &serde_json::Value, place: &str) {
        if self.faults.len() >= MOST {
            return;
        }
        match value {
            serde_json::Value::String(text) => self.text(text, place, (self.longest)(place)),
            serde_json::Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.value(item, &format!("{place}[{at}]"));
                }
            }
            serde_json::Value::Object(entries) => {
                for (key, value) in entries {
                    let shown = readable(key);
                    let shown = shortened(&shown, OF_A_KEY);
                    let inside = match place {
                        "" => shown.into_owned(),
                        place => format!("{place}.{shown}"),
                    };
                    self.text(key, &inside, LONGEST_TEXT);
                    self.value(value, &inside);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, place: &str, longest: usize) {
        if let Some(c) = unseen(text) {
            let (what, hint) = (unseen_in_words(c), without_unseen(c));
            self.faults.push(format!("{place}: {what}\n  hint: {hint}"));
        } else if let Some(what) = too_long(text, longest) {
            self.faults.push(format!("{place}: {what}"));
        }
    }
}

/// Why there is no text of a file.
#[derive(Debug)]
pub enum NoText {
    /// It cannot be read.
    CannotRead(io::Error),
    /// What is in it is no text; with the place.
    NotText(String),
}

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoText::CannotRead(e) => write!(f, "cannot be read: {e}"),
            NoText::NotText(what) => f.write_str(what),
        }
    }
}

/// The text of a file that a person or this program wrote, without the mark that some editors begin with.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub fn text_of(path: &Path) -> Result<String, NoText> {
    let bytes = std::fs::read(path).map_err(NoText::CannotRead)?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let what = "found UTF-16 text, expected UTF-8\n  hint: save it as UTF-8";
        return Err(NoText::NotText(what.into()));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let before = String::from_utf8_lossy(&e.as_bytes()[..e.utf8_error().valid_up_to()]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        NoText::NotText(format!(
            "line {line}, column {column}: found bytes that are not UTF-8, expected text\n  hint: save it as UTF-8"
        ))
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_can_be_read() {
        for text in [
            "Ängste & Übergewicht",
            "épisode dépressif – récurrent",
            "пограничное расстройство",
            "うつ病",
            "اضطراب القلق",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "דיכאון\u{200f}!",
            "👩\u{200d}⚕\u{fe0f}",
            "a\tb\r\nc",
            "x\u{a0}y\u{2011}z\u{2009}°",
            "\u{fffd}",
        ] {
            assert_eq!(unseen(text), None, "{text:?}");
            assert!(matches!(readable(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn what_nobody_can_see_is_found_and_made_visible() {
        for c in [
            '\0',
            '\u{1}',
            '\u{b}',
            '\u{1b}',
            '\u{7f}',
            '\u{80}',
            '\u{85}',
            '\u{9f}',
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fdd0}',
            '\u{fffe}',
            '\u{ffff}',
            '\u{1ffff}',
            '\u{e0041}',
        ] {
            let text = format!("cb{c}t");
            assert_eq!(unseen(&text), Some(c), "{c:?}");
            assert_eq!(readable(&text), "cb\u{fffd}t");
        }
        assert!(unseen_in_words('\u{1}').contains("U+0001"));
        assert!(unseen_in_words('\u{e0041}').contains("U+E0041"));
    }

    #[test]
    fn faults_of_a_document_have_their_place() {
        let document = serde_json::json!({
            "title": "fine", "answers": [{ "label": "a\u{202e}b", "n": 3 }], "k\u{1}": "long".repeat(50),
        });
        let found = faults(
            &document,
            |place| if place.starts_with('k') { 100 } else { 10 },
        );
        let starts: Vec<&str> = found.iter().filter_map(|f| f.lines().next()).collect();
        assert_eq!(starts.len(), 3, "{found:?}");
        assert!(
            starts[0].starts_with("answers[0].label: found U+202E"),
            "{starts:?}"
        );
        assert!(
            starts[1].starts_with("k\u{fffd}: found U+0001"),
            "{starts:?}"
        );
        assert!(
            starts[2].contains("200 characters, expected at most 100"),
            "{starts:?}"
        );
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(shortened("Übergröße", 5), "Überg…");
        assert_eq!(shortened("é", 1), "é");
        assert_eq!(too_long("ééé", 3), None);
        assert!(too_long("éééé", 3).is_some_and(|what| what.contains("4 characters")));
    }
}
