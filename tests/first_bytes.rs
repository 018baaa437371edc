//! A file of another kind under the name of a CSV file: what it is, and the way out.

use crate::shared::Clinic;

const OUTCOMES: &str = "client_id,measure,pre,post\nK1,PHQ-9,12,6\n";

#[test]
fn a_file_of_another_kind_is_named_and_the_way_out_said() {
    let ods = b"PK\x03\x04\x14\0\0\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet";
    let sas = b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60\xb3\x14\x11\xcf";
    let portable = [
        &[b' '; 200][..],
        b"ASCII SPSS PORT FILE",
        &[b'0'; 64],
        b"SPSSPORT",
    ]
    .concat();
    let cases: [(&[u8], &str, &str); 22] = [
        (
            b"$FL2@(#) IBM SPSS STATISTICS 64-bit\0\0",
            "an SPSS file (.sav)",
            "in SPSS: File > Save As",
        ),
        (
            b"$FL3@(#) SPSS DATA FILE\0\0",
            "an SPSS file (.zsav)",
            "in SPSS: File > Save As",
        ),
        (&portable, "an SPSS portable file (.por)", "in SPSS: "),
        (
            b"<stata_dta><header><release>118</release>",
            "a Stata file (.dta)",
            "export delimited",
        ),
        (
            b"\x72\x02\x01\0\x05\0",
            "a Stata file (.dta)",
            "export delimited",
        ),
        (sas, "a SAS file (.sas7bdat)", "proc export"),
        (
            b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!",
            "a SAS transport file (.xpt)",
            "proc export",
        ),
        (
            b"PK\x03\x04\x14\0\x06\0[Content_Types].xml",
            "a spreadsheet (.xlsx) or another Office file",
            "CSV UTF-8",
        ),
        (ods, "a spreadsheet (.ods)", "CSV UTF-8"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
            "an old Excel workbook (.xls) or one that a password protects",
            "CSV UTF-8",
        ),
        (
            b"\x1f\x8b\x08\0\0",
            "a compressed file (gzip; R's .rds is one too)",
            "unpack it",
        ),
        (b"BZh91AY&SY\0", "a compressed file (bzip2)", "unpack it"),
        (b"RDX3\nX\n\0\0\0", "an R file (.RData)", "write.csv"),
        (b"%PDF-1.7\n", "a PDF document", "export as CSV"),
        (
            b"\n<!DOCTYPE html><html>",
            "a web page (HTML)",
            "download the export itself",
        ),
        (
            b"\xef\xbb\xbf<HTML lang=\"de\">",
            "a web page (HTML)",
            "download the export itself",
        ),
        (
            b"<?xml version=\"1.0\"?><Workbook/>",
            "an XML file",
            "open it and save",
        ),
        (
            b"[ {\"client_id\": \"K1\"} ]",
            "a JSON file",
            "one row per session",
        ),
        (
            b"{\n  \"sessions\": []\n}",
            "a JSON file",
            "one row per session",
        ),
        (
            b"SQLite format 3\0\x10\0",
            "an SQLite database",
            "export the table",
        ),
        (
            b"ARROW1\0\0\xff\xff\xff\xff",
            "an Arrow or Feather file",
            "write it as Parquet or CSV",
        ),
        (
            b"c\0l\0i\0e\0n\0t\0,\0s\0\n\0",
            "bytes that are not text",
            "save as \"CSV UTF-8\"",
        ),
    ];
    for (bytes, what, way_out) in cases {
        let clinic = Clinic::of(bytes, OUTCOMES);
        let run = clinic.run(&["check", "sessions.csv", "outcomes.csv"]);
        assert_eq!(run.code, 3, "{run:?}");
        let mut lines = run.stderr.lines();
        let says = format!("sessions.csv:1: file: found {what}, expected CSV text");
        assert_eq!(lines.next(), Some(says.as_str()), "{run:?}");
        let hint = lines.next().unwrap_or_default();
        assert!(
            hint.starts_with("  hint: ") && hint.contains(way_out),
            "{run:?}"
        );
        assert_eq!(
            lines.next(),
            Some("1 problem in 1 file; nothing was analysed.")
        );
    }
}

#[test]
fn a_file_of_another_kind_called_parquet_is_named_too() {
    for (bytes, hint) in [
        (
            &b"client_id,session,alliance\nK1,1,40\n"[..],
            "if it is a CSV file, call it .csv",
        ),
        (
            b"$FL2@(#) SPSS DATA FILE\0",
            "found an SPSS file (.sav), expected CSV text; in SPSS: ",
        ),
        (
            b"PARE\x15\x02\0\0",
            "found an encrypted Parquet file, expected CSV text; write it without",
        ),
    ] {
        let clinic = Clinic::of("", OUTCOMES);
        clinic.write("sessions.parquet", bytes);
        let run = clinic.run(&["check", "sessions.parquet", "outcomes.csv"]);
        assert_eq!(run.code, 3, "{run:?}");
        let first = "sessions.parquet:1: file: cannot be read as Parquet: it does not begin as a Parquet file does\n  hint: ";
        assert!(run.stderr.starts_with(&format!("{first}{hint}")), "{run:?}");
    }
}

#[test]
fn effects_and_actions_of_another_kind_are_named_as_well() {
    let clinic = Clinic::of(b"$FL2@(#) SPSS DATA FILE\0", OUTCOMES);
    let run = clinic.run(&["meta", "sessions.csv"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("found an SPSS file (.sav)"), "{run:?}");
}
