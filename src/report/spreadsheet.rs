//! CSV files that a spreadsheet may open.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and runs it. A text that begins
//! so gets an apostrophe before it, as does a text that begins with an apostrophe: whoever takes one apostrophe
//! away from the cells that begin with one has every text as it was. Numbers stay what they are.

use std::borrow::Cow;

use crate::study::text::readable;

/// A table as CSV.
///
/// # Errors
/// When it cannot be written, which does not happen in memory.
pub fn csv_of(header: &[String], rows: &[Vec<String>]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header.iter().map(|name| cell(name).into_owned()))?;
    for row in rows {
        writer.write_record(row.iter().map(|text| cell(text).into_owned()))?;
    }
    Ok(writer.into_inner()?)
}

fn cell(text: &str) -> Cow<'_, str> {
    let text = readable(text);
    if is_taken_for_more(&text) {
        format!("'{text}").into()
    } else {
        text
    }
}

/// Would a spreadsheet make something else of this text, or a reader of our apostrophe?
fn is_taken_for_more(text: &str) -> bool {
    // Spreadsheets of languages with wide letters know wide signs.
    let starts = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠',
    ];
    text.starts_with(starts) && text.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written_and_read(text: &str) -> (String, String) {
        let csv = csv_of(&["label".to_owned()], &[vec![text.to_owned()]]).expect("it is written");
        let mut reader = csv::Reader::from_reader(&csv[..]);
        let record = reader.records().next().expect("a row").expect("it is CSV");
        let written = record[0].to_owned();
        let read = written.strip_prefix('\'').unwrap_or(&written).to_owned();
        (written, read)
    }

    #[test]
    fn a_text_that_looks_like_a_formula_is_a_text_and_reads_back() {
        for text in [
            "=1+2",
            "=HYPERLINK(\"http://x\")",
            "+SUM(A1)",
            "-2+3",
            "@SUM(1)",
            "\tx",
            "\rx",
            "'quoted'",
            "''",
            "＝1",
            "- other",
        ] {
            let (written, read) = written_and_read(text);
            assert!(written.starts_with('\''), "{written:?}");
            assert_eq!(read, text);
        }
    }

    #[test]
    fn numbers_and_other_texts_stay_as_they_are() {
        for text in [
            "-0.31", "+5", "-1e-7", "CBT", "−0.31", "a=b", "x'y", "–", "1 - 2",
        ] {
            assert_eq!(written_and_read(text), (text.to_owned(), text.to_owned()));
        }
    }
}
