//! What a file is by its first bytes, where it is not the text or the Parquet that is expected.
//!
//! A file is often handed over under the wrong name, or as the program that made it saves by default.
//! Each kind has one sentence and the way out.

use super::problem::Problem;

/// Where a kind of file begins as it does.
enum Begins {
    /// With these bytes.
    With(&'static [u8]),
    /// With these letters, large or small, after blanks.
    Saying(&'static str),
    /// With the first, and the second follows within the first page.
    Holding(&'static [u8], &'static [u8]),
}

use Begins::{Holding, Saying, With};

const SPREADSHEET: &str = "in a spreadsheet, save as \"CSV UTF-8\"";
const UNPACK: &str = "unpack it and give the CSV or Parquet file that is in it";
const DATABASE: &str =
    "export the table or query as CSV (UTF-8), with the names of the columns in the first row";
const WEB: &str = "it is a page or a message, not the data: download the export itself, as CSV";
const DOCUMENT: &str = "ask for the data themselves: an export as CSV (UTF-8)";
const SPSS: &str = "in SPSS: File > Save As > \"CSV\" with the encoding UTF-8, variable names in the first row, and labels instead of codes for treatment, diagnosis and status";
const STATA: &str = "in Stata: export delimited using \"sessions.csv\"; then the labels of values are written, not their codes";
const SAS: &str = "in SAS: proc export data=… outfile=\"sessions.csv\" dbms=csv; formats of labels must be applied first";
const R: &str = "in R: write.csv(data, \"sessions.csv\", row.names = FALSE, na = \"\", fileEncoding = \"UTF-8\")";
const ARROW: &str =
    "write it as Parquet or CSV: in R or Python with write_parquet, to_parquet or to_csv";

/// How a kind of file begins, its name, and the way out; the first that fits holds.
const KINDS: &[(Begins, &str, &str)] = &[
    (With(b"$FL2"), "an SPSS file (.sav)", SPSS),
    (With(b"$FL3"), "an SPSS file (.zsav)", SPSS),
    (
        Holding(b"", b"SPSSPORT"),
        "an SPSS portable file (.por)",
        SPSS,
    ),
    (With(b"<stata_dta>"), "a Stata file (.dta)", STATA),
    (With(b"\x73\x01\x01\0"), "a Stata file (.dta)", STATA),
    (With(b"\x73\x02\x01\0"), "a Stata file (.dta)", STATA),
    (With(b"\x72\x01\x01\0"), "a Stata file (.dta)", STATA),
    (With(b"\x72\x02\x01\0"), "a Stata file (.dta)", STATA),
    (
        With(b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60"),
        "a SAS file (.sas7bdat)",
        SAS,
    ),
    (
        With(b"HEADER RECORD*******"),
        "a SAS transport file (.xpt)",
        SAS,
    ),
    (With(b"RDX2\n"), "an R file (.RData)", R),
    (With(b"RDX3\n"), "an R file (.RData)", R),
    (With(b"X\n\0\0\0"), "an R file (.rds)", R),
    (With(b"ARROW1\0\0"), "an Arrow or Feather file", ARROW),
    (Holding(b"ORC", b"\0"), "an ORC file", ARROW),
    (
        Holding(b"PARE", b"\0"),
        "an encrypted Parquet file",
        "write it without encryption, to a place that only those may read who may see the data",
    ),
    (
        Holding(b"PAR1", b"\0"),
        "a Parquet file",
        "export it as CSV (UTF-8)",
    ),
    (With(b"SQLite format 3\0"), "an SQLite database", DATABASE),
    (With(b"\0\x01\0\0Standard "), "an Access database", DATABASE),
    (
        Holding(b"PK\x03\x04", b"opendocument.spreadsheet"),
        "a spreadsheet (.ods)",
        SPREADSHEET,
    ),
    (
        Holding(b"PK\x03\x04", b"[Content_Types].xml"),
        "a spreadsheet (.xlsx) or another Office file",
        SPREADSHEET,
    ),
    (
        With(b"PK\x03\x04"),
        "a spreadsheet or zip file",
        "in a spreadsheet, save as \"CSV UTF-8\"; unpack a zip file",
    ),
    (
        With(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        "an old Excel workbook (.xls) or one that a password protects",
        SPREADSHEET,
    ),
    (
        With(b"\x1f\x8b"),
        "a compressed file (gzip; R's .rds is one too)",
        UNPACK,
    ),
    (
        Holding(b"BZh", b"1AY&SY"),
        "a compressed file (bzip2)",
        UNPACK,
    ),
    (With(b"\xfd7zXZ\0"), "a compressed file (xz)", UNPACK),
    (
        With(b"7z\xbc\xaf\x27\x1c"),
        "a compressed file (7z)",
        UNPACK,
    ),
    (
        With(b"\x28\xb5\x2f\xfd"),
        "a compressed file (zstd)",
        UNPACK,
    ),
    (With(b"%PDF-"), "a PDF document", DOCUMENT),
    (With(b"{\\rtf"), "a text document (.rtf)", DOCUMENT),
    (Saying("<!doctype html"), "a web page (HTML)", WEB),
    (Saying("<html"), "a web page (HTML)", WEB),
    (
        Saying("<?xml"),
        "an XML file",
        "export as CSV (UTF-8); an XML spreadsheet: open it and save as \"CSV UTF-8\"",
    ),
    (With(b"\x89PNG"), "a picture", DOCUMENT),
];

impl Begins {
    fn fits(&self, head: &[u8]) -> bool {
        match self {
            With(bytes) => head.starts_with(bytes),
            Saying(letters) => without_mark(head)
                .trim_ascii_start()
                .get(..letters.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(letters.as_bytes())),
            Holding(bytes, then) => {
                let page = &head[..head.len().min(4096)];
                head.starts_with(bytes) && memchr::memmem::find(page, then).is_some()
            }
        }
    }
}

fn without_mark(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)
}

fn found(what: &str, expected: &str, way_out: &str) -> Problem {
    Problem::new(1, 0, "file", format!("found {what}, expected {expected}")).hint(way_out)
}

/// Does a file that begins so hold text, as far as can be seen?
///
/// # Errors
/// What it holds instead, and what to do.
pub fn is_text(head: &[u8]) -> Result<(), Problem> {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err(found("UTF-16 text", "UTF-8", SPREADSHEET));
    }
    if let Some((_, what, way_out)) = KINDS.iter().find(|(begins, ..)| begins.fits(head)) {
        return Err(found(what, "CSV text", way_out));
    }
    if is_json(without_mark(head)) {
        return Err(found(
            "a JSON file",
            "CSV text",
            "export as CSV (UTF-8), one row per session or outcome",
        ));
    }
    // Text holds no zero byte; UTF-16 without its mark does, and so do most files that are not text.
    if memchr::memchr(0, &head[..head.len().min(4096)]).is_some() {
        return Err(found(
            "bytes that are not text",
            "CSV text",
            "is it the export? In a spreadsheet, save as \"CSV UTF-8\"",
        ));
    }
    Ok(())
}

/// Is this the beginning of a Parquet file?
pub fn is_parquet(head: &[u8]) -> bool {
    let is_control = |b: &u8| b.is_ascii_control() && !b.is_ascii_whitespace();
    // A column of a CSV file may be called so.
    head.starts_with(b"PAR1")
        && (head.len() == 4 || head[4..head.len().min(4096)].iter().any(is_control))
}

/// `{"`, `[{`, `[[`, blanks between them.
fn is_json(head: &[u8]) -> bool {
    let mut marks = head.iter().filter(|b| !b.is_ascii_whitespace());
    match (marks.next(), marks.next()) {
        (Some(b'{'), next) => matches!(next, Some(b'"' | b'}')),
        (Some(b'['), next) => matches!(next, Some(b'{' | b'[' | b']')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_called_like_the_first_bytes_of_a_kind_is_a_column() {
        assert!(!is_parquet(b"PAR1_total,session\n3,4\n"));
        assert!(is_parquet(b"PAR1\x15\x04"));
        assert!(is_text(b"ORC,BZh,PAR1\n1,2,3\n").is_ok());
    }

    #[test]
    fn headers_of_csv_files_are_text_whatever_their_first_column() {
        for header in [
            "client_id,session",
            "\u{feff}client_id;session",
            "\"client_id\",\"session\"",
            "ORCA_total,PARTNER,PKB",
            "[client],[session]",
            "{client},{session}",
            "<client>,<session>",
            "BZH,session",
            "Übung\tSitzung",
        ] {
            assert!(is_text(header.as_bytes()).is_ok(), "{header}");
        }
    }
}
