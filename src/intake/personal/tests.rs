//! Small columns, and whether they are refused.

use super::*;

/// Who would be refused: the content of a column, a row per cell.
fn finding(header: &str, purpose: Purpose, cells: &[&str]) -> Option<Finding> {
    let mut evidence = Evidence::new();
    for (line, cell) in (2..).zip(cells) {
        evidence.look(cell.as_bytes(), line);
    }
    identifies(header, purpose, &evidence)
}

fn content(purpose: Purpose, cells: &[&str]) -> Option<Personal> {
    finding("extra", purpose, cells).map(|found| found.kind)
}

#[test]
fn contents_that_identify_people_are_found_in_any_column() {
    use Personal::*;
    for (cell, kind) in [
        ("x@y.org", Email),
        ("+44 20 7946 0958", Phone),
        ("078-05-1120", RecordNumber),
        ("DE89 3704 0044 0532 0130 00", RecordNumber),
        ("GB82WEST12345698765432", RecordNumber),
        ("1984-05-17", BirthDate),
        ("SW1A 1AA", Address),
        ("12 High Street", Address),
        ("Hauptstrasse 7a", Address),
        ("51.5074, -0.1278", Place),
        ("Client was upset about the move to a new flat.", FreeText),
        ("Dr. Müller", Name),
        ("Frau Klein", Name),
    ] {
        assert_eq!(content(Purpose::Unused, &[cell]), Some(kind), "{cell}");
        assert_eq!(
            content(Purpose::Code, &["T1", cell, "T3"]),
            Some(kind),
            "{cell}"
        );
    }
    let names = ["Mary Smith", "John Brown", "Ann Lee"];
    assert_eq!(content(Purpose::Unused, &names), Some(Name));
    let numbers = ["9434765919", "4010232137", "9434765870"];
    assert_eq!(content(Purpose::Code, &numbers), Some(RecordNumber));
    for name in ["K. Müller", "Meier, Anna", "Mary Smith"] {
        assert_eq!(content(Purpose::Code, &[name, "T2", "T3"]), Some(Name));
        assert_eq!(content(Purpose::Site, &[name, "T2", "T3"]), Some(Name));
    }
    for names in [["Anna", "Peter", "Maria"], ["Jörg", "Jürgen", "Änne"]] {
        assert_eq!(content(Purpose::Code, &names), Some(Name));
    }
    let allowed = [
        "Mary Smith",
        "Client was upset about the move to a new flat.",
    ];
    assert_eq!(content(Purpose::Allowed, &allowed), None);
    assert_eq!(content(Purpose::Allowed, &["x@y.org"]), Some(Email));
}

#[test]
fn codes_labels_and_towns_as_sites_pass() {
    let codes = ["C104882", "T07", "S3", "1000000001", "a8f3"];
    assert_eq!(content(Purpose::Code, &codes), None);
    let labels = ["Major Depression", "Panic Disorder", "Major Depression"];
    assert_eq!(content(Purpose::Label, &labels), None);
    let long = ["Cognitive behavioural therapy for psychosis"];
    assert_eq!(content(Purpose::Label, &long), None);
    assert_eq!(content(Purpose::Unused, &["2024-03-01", "12", "yes"]), None);
    for towns in [
        ["Leeds", "Bristol", "York"],
        ["Den Haag", "Utrecht", "Bergen op Zoom"],
        ["Victoria House", "Milton Keynes", "Florence"],
    ] {
        assert_eq!(content(Purpose::Site, &towns), None);
    }
    // A probability is no phone number, a day of treatment is no birth.
    assert_eq!(content(Purpose::Unused, &["0.123456789"]), None);
    assert_eq!(
        content(
            Purpose::Unused,
            &["2024-03-01T10:11:12Z", "1900-01-01", "2023-02-03"]
        ),
        None
    );
}

#[test]
fn the_order_of_rows_and_the_parts_of_a_file_change_nothing() {
    let cells: Vec<String> = (0..2000)
        .map(|i| match i % 3 {
            0 => format!("{}-03-0{}", 1950 + i * 7 % 60, 1 + i % 9),
            1 => format!("{}", i % 11),
            _ => String::new(),
        })
        .collect();
    let of = |cells: &[String]| {
        let mut evidence = Evidence::new();
        for (line, cell) in (0..).zip(cells) {
            evidence.look(cell.as_bytes(), line);
        }
        evidence
    };
    let whole = of(&cells);
    let verdict = identifies("x", Purpose::Unused, &whole);
    assert!(verdict.is_some());
    let mut merged = of(&cells[..700]);
    merged.merge(of(&cells[700..]), 700);
    assert_eq!(identifies("x", Purpose::Unused, &merged), verdict);
    let mut parts = of(&cells[..0]);
    for (at, part) in cells.chunks(13).enumerate() {
        parts.merge(of(part), 13 * at as u64);
    }
    assert_eq!(identifies("x", Purpose::Unused, &parts), verdict);
    let mut backwards = cells.clone();
    backwards.reverse();
    let backwards = identifies("x", Purpose::Unused, &of(&backwards));
    assert_eq!(
        backwards.map(|found| (found.kind, found.why)),
        verdict.map(|found| (found.kind, found.why))
    );
}

#[test]
fn a_sure_word_needs_content_that_can_be_it_and_an_unsure_one_content_that_is_hardly_else() {
    let why = |header, cells: &[&str]| {
        finding(header, Purpose::Unused, cells).map(|found| (found.kind, found.why))
    };
    use Personal::*;
    assert_eq!(why("dob", &["17.5.84"]), Some((BirthDate, Why::Both)));
    assert_eq!(why("dob", &["2011-05-17"]), Some((BirthDate, Why::Header)));
    assert_eq!(why("dob", &["", "NA", "-"]), None);
    assert_eq!(why("phone", &["0", "1", "3"]), None);
    assert_eq!(
        why("phone", &["0", "1", "5550123"]),
        Some((Phone, Why::Header))
    );
    assert_eq!(why("insurance", &["public", "private", "public"]), None);
    let numbers = ["104882331", "104882334", "204882332"];
    assert_eq!(why("insurance", &numbers), Some((RecordNumber, Why::Both)));
    assert_eq!(why("device", &["ios", "android", "web"]), None);
    assert_eq!(why("surname", &["yes", "no"]), None);
    assert_eq!(why("surname", &["Li"]), Some((Name, Why::Header)));
}
