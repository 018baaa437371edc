//! What is said of a fault that more than one file can have.

use super::cell::NotANumber;
use super::problem::{Problem, shown};
use super::session_row::LONGEST_CODE;
use crate::study::level_key;
use crate::study::text::{LONGEST_LABEL, too_long, unseen_in_words, without_unseen};

/// A label as a message may show it: a number, a word of the trade or nearly one of those
/// expected. Any other word could be a name that slipped into the wrong column.
pub(super) fn label_shown(label: &str, expected: &[&str]) -> String {
    const OF_THE_TRADE: [&str; 67] = [
        "telephone",
        "phone",
        "mobile",
        "video",
        "videocall",
        "call",
        "zoom",
        "teams",
        "skype",
        "webex",
        "chat",
        "text",
        "email",
        "mail",
        "remote",
        "virtual",
        "web",
        "digital",
        "internet",
        "app",
        "live",
        "mixed",
        "both",
        "blended",
        "home",
        "clinic",
        "office",
        "onsite",
        "on",
        "site",
        "in",
        "person",
        "group",
        "face",
        "to",
        "ftf",
        "f2f",
        "finished",
        "complete",
        "done",
        "end",
        "ended",
        "closed",
        "open",
        "active",
        "current",
        "waiting",
        "started",
        "dropout",
        "dropped",
        "drop",
        "out",
        "lost",
        "withdrawn",
        "withdrew",
        "discharged",
        "discharge",
        "transferred",
        "referred",
        "terminated",
        "died",
        "unknown",
        "other",
        "none",
        "yes",
        "no",
        "not",
    ];
    let key = level_key(label);
    let is_code = (1..=2).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_digit());
    let is_word = |word: &str| OF_THE_TRADE.contains(&word);
    let is_near = |wanted: &&str| key.len() >= 5 && strsim::osa_distance(&key, wanted) <= 1;
    let is_known = !key.is_empty() && key.split('_').all(is_word);
    if is_code || is_known || expected.iter().any(is_near) {
        format!("{label:?}")
    } else {
        "a label that is not known".into()
    }
}

/// A cell that should be a number and is not.
pub(super) fn not_a_number(
    line: u64,
    at: usize,
    field: &str,
    text: &[u8],
    why: NotANumber,
) -> Problem {
    let problem = Problem::new(
        line,
        at + 1,
        field,
        format!("found {}, expected a number", shown(text)),
    );
    match why {
        NotANumber::NotFinite => problem.hint("leave the cell empty when the score is missing"),
        NotANumber::DecimalComma => {
            problem.hint("if the comma is the decimal mark, say so in the study file: [files] decimal = \"comma\"; where only the outcomes have it, decimal_outcomes = \"comma\"")
        }
        NotANumber::DecimalPoint => {
            problem.hint("the study file says that the comma is the decimal mark of this file; decimal = \"…\" and decimal_outcomes = \"…\" under [files] may differ, but one mark must hold for a whole file")
        }
        NotANumber::Text if text.iter().any(u8::is_ascii_digit) => problem,
        NotANumber::Text => problem.hint(
            "if such a cell means \"missing\", leave it empty, or add its text to [files] missing = [\"…\"] in the study file",
        ),
    }
}

pub(super) fn not_utf8(line: u64, column: usize) -> Problem {
    Problem::new(line, column, "text", "found bytes that are not UTF-8")
        .hint("in a spreadsheet, save as \"CSV UTF-8\"")
}

/// A code that is too long, where it is.
pub(super) fn code_too_long(line: u64, at: usize, field: &str, text: &[u8]) -> Option<Problem> {
    (text.len() > LONGEST_CODE).then(|| {
        let found = text.len();
        let message = format!(
            "found a text of {found} bytes, expected a code of at most {LONGEST_CODE} bytes"
        );
        Problem::new(line, at + 1, field, message)
    })
}

/// A label that is too long, where it is.
pub(super) fn label_too_long(line: u64, at: usize, field: &str, text: &[u8]) -> Option<Problem> {
    let what = too_long(&String::from_utf8_lossy(text), LONGEST_LABEL)?;
    Some(Problem::new(line, at + 1, field, what))
}

/// A cell with a character that nobody can see.
pub(super) fn unseen_character(line: u64, column: usize, field: &str, found: char) -> Problem {
    Problem::new(line, column, field, unseen_in_words(found)).hint(without_unseen(found))
}

/// A row with more or fewer cells than the header.
pub(super) fn ragged(line: u64, found: usize, expected: usize) -> Problem {
    let plural = if found == 1 { "" } else { "s" };
    let message = format!("found {found} field{plural}, expected {expected} as in the header");
    let problem = Problem::new(line, 0, "row", message);
    if found > expected {
        problem.hint("a cell that holds the delimiter itself, such as a decimal comma or a remark, must stand in quotes")
    } else {
        problem
    }
}

pub(super) fn open_quote(line: u64) -> Problem {
    Problem::new(
        line,
        0,
        "row",
        "found a quote that is never closed, expected another before the file ends",
    )
    .hint("every row from here on was inside the quote")
}
