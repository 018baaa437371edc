//! Every fault of the data is found, with its exact place, and nothing is written.

use crate::shared::{Clinic, first_question_only};

const SESSIONS: &str = "\
client_id,session,date,delivery,alliance,symptom,therapist_id,site_id
K1,1,2024-01-08,online,40,12,T1,S1
K1,2,2024-01-15,online,44,11,T1,S1
K2,1,2024-01-09,in_person,50,20,T2,S1
K2,2,2024-01-16,in_person,47,18,T2,S1
K3,1,2024-01-10,online,33,9,T1,S2
K3,2,2024-01-17,hybrid,35,9,T1,S2
";

const OUTCOMES: &str = "\
client_id,measure,pre,post,treatment,diagnosis,status
K1,PHQ-9,15,8,cbt,depression,completed
K2,PHQ-9,20,17,act,anxiety,completed
K3,PHQ-9,11,9,cbt,depression,dropped_out
";

/// The questionnaires, so that the ranges of the sessions are known.
const MEASURES: &str = "[measures]\nalliance = \"WAI-SR\"\nsymptom = \"PHQ-9\"\n";

/// Hints that are promised.
const COMMA: &str = "if the comma is the decimal mark, say so in the study file: [files] decimal = \"comma\"; where only the outcomes have it, decimal_outcomes = \"comma\"";
const EMPTY: &str = "leave the cell empty when the score is missing";
const UTF8: &str = "in a spreadsheet, save as \"CSV UTF-8\"";
const ISO: &str = "03/04/2024 could be two days: export days as YYYY-MM-DD, or say how all are written in the study file: [files] dates = \"dd.mm.yyyy\" or \"mm/dd/yyyy\"";
const ORPHAN: &str = "is the id spelled alike in both files? To leave such clients out and count them, set orphans = \"exclude\" under [policy] in the study file, or use --exclude-orphans";
const IN_QUOTES: &str = "a cell that holds the delimiter itself, such as a decimal comma or a remark, must stand in quotes";

/// A table with one cell replaced; line 1 is the header, columns count from 1.
fn with_cell(table: &str, line: usize, column: usize, cell: &str) -> String {
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    let mut cells: Vec<&str> = lines[line - 1].split(',').collect();
    cells[column - 1] = cell;
    lines[line - 1] = cells.join(",");
    lines.join("\n") + "\n"
}

fn sessions_with(line: usize, column: usize, cell: &str) -> Clinic {
    Clinic::of(with_cell(SESSIONS, line, column, cell), OUTCOMES)
}

fn outcomes_with(line: usize, column: usize, cell: &str) -> Clinic {
    Clinic::of(SESSIONS, with_cell(OUTCOMES, line, column, cell))
}

/// The files are refused by `check` and by `analyze` alike: exit code 3, nothing on stdout, nothing
/// written, and the last report as it was, byte for byte. Returns what was said.
#[track_caller]
fn refused(clinic: &Clinic) -> String {
    clinic.write("report/findings.json", "{\"an\": \"older report\"}\n");
    clinic.write("report/index.html", "<p>an older page</p>\n");
    clinic.write("report/figures/old.svg", "<svg/>");
    let before = clinic.snapshot();
    let check = clinic.check();
    let analyze = clinic.run(&[&["analyze", "--out", "report"][..], &clinic.input()].concat());
    let fresh = clinic.run(&[&["analyze", "--out", "fresh"][..], &clinic.input()].concat());
    for run in [&check, &analyze, &fresh] {
        assert_eq!(run.code, 3, "{run:?}");
        assert_eq!(run.stdout, "", "{run:?}");
        assert_eq!(run.stderr, check.stderr);
    }
    assert!(clinic.snapshot() == before, "something was written");
    assert!(!clinic.exists("fresh") && !clinic.exists("reports"));
    check.stderr
}

/// One problem, with its hint or without.
#[track_caller]
fn says(clinic: &Clinic, problem: &str, hint: Option<&str>) {
    let hint = hint.map_or(String::new(), |hint| format!("  hint: {hint}\n"));
    let expected = format!("{problem}\n{hint}1 problem in 1 file; nothing was analysed.\n");
    assert_eq!(refused(clinic), expected);
}

/// Several problems, in this order, hints left aside.
#[track_caller]
fn says_all(clinic: &Clinic, problems: &[&str]) {
    let said = refused(clinic);
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("  ") && *line != "What helps most:")
        .collect();
    let (last, found) = lines.split_last().expect("something was said");
    assert_eq!(found, problems);
    assert!(
        last.starts_with(&format!("{} problem", problems.len())),
        "{last}"
    );
}

#[track_caller]
fn accepted(clinic: &Clinic) -> String {
    clinic.check().ok()
}

#[test]
fn the_files_that_the_faults_are_made_in_are_sound() {
    assert_eq!(
        accepted(&Clinic::of(SESSIONS, OUTCOMES).study(MEASURES)),
        "6 sessions and 3 outcomes of 3 clients: no problem found.\n"
    );
}

// ---------------------------------------------------------------------------------------- cells

#[test]
fn a_cell_that_is_not_a_number_is_shown_with_its_place() {
    for (cell, found) in [
        ("4.x2", "4.x2"),
        ("4 0", "4 0"),
        ("x", "x"),
        ("-", "-"),
        ("40 points", "text"),
        ("seven", "text"),
        ("1.234.5", "something of 5 digits"),
        ("0x1F", "0x1F"),
        ("40%", "40%"),
        ("true", "true"),
    ] {
        // A word may stand for a score that is missing; a number may not.
        let is_word = !cell.bytes().any(|b| b.is_ascii_digit());
        let hint = is_word.then_some("if such a cell means \"missing\", leave it empty, or add its text to [files] missing = [\"…\"] in the study file");
        let expected = format!("sessions.csv:4:5: alliance: found {found}, expected a number");
        says(&sessions_with(4, 5, cell), &expected, hint);
        let expected = format!("outcomes.csv:3:4: post: found {found}, expected a number");
        says(&outcomes_with(3, 4, cell), &expected, hint);
    }
}

#[test]
fn nan_and_infinity_are_not_numbers() {
    for cell in [
        "NaN",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "-INFINITY",
        "1e999",
    ] {
        for (column, field) in [(5, "alliance"), (6, "symptom")] {
            let expected =
                format!("sessions.csv:2:{column}: {field}: found {cell}, expected a number");
            says(&sessions_with(2, column, cell), &expected, Some(EMPTY));
        }
        for (column, field) in [(3, "pre"), (4, "post")] {
            let expected =
                format!("outcomes.csv:4:{column}: {field}: found {cell}, expected a number");
            says(&outcomes_with(4, column, cell), &expected, Some(EMPTY));
        }
    }
}

#[test]
fn a_score_outside_the_range_of_its_questionnaire_is_refused_and_the_questionnaire_named() {
    let slip = |forms: &str, name: &str, measure: &str| {
        format!(
            "correct a slip in the export; if the column holds {forms}, {name}, or turn the scores into those of {measure} in the export"
        )
    };
    let in_study = |column: &str| format!("name it as [measures] {column} = \"…\"");
    let missing = |key: &str, cell: &str| {
        format!(
            "if {cell} means \"missing\" here, say so in the study file, under [files.missing_in]: {key} = [\"{cell}\"]"
        )
    };
    for (cell, column, field, range) in [
        ("63", 5, "alliance", "12 to 60 (WAI-SR)"),
        ("11.9", 5, "alliance", "12 to 60 (WAI-SR)"),
        ("-1", 5, "alliance", "12 to 60 (WAI-SR)"),
        ("999", 5, "alliance", "12 to 60 (WAI-SR)"),
        ("1e300", 5, "alliance", "12 to 60 (WAI-SR)"),
        ("28", 6, "symptom", "0 to 27 (PHQ-9)"),
    ] {
        let clinic = sessions_with(7, column, cell).study(MEASURES);
        let long = "answers on 7 points, 12 to 84; or WAI-S, 12 to 84";
        let hint = match cell {
            // A usual code, far from every score, is the only thing that is called "missing".
            "-1" | "999" => missing(field, cell),
            "63" => slip(
                &format!("another form ({long})"),
                &in_study(field),
                "WAI-SR",
            ),
            // No other symptom score is below 9.
            "28" => slip(
                "another form (items coded from 1 to 4: 9 less for every total)",
                &in_study(field),
                "PHQ-9",
            ),
            _ => slip("another form or questionnaire", &in_study(field), "WAI-SR"),
        };
        let expected = format!("sessions.csv:7:{column}: {field}: found {cell}, expected {range}");
        says(&clinic, &expected, Some(&hint));
    }
    for (cell, column, field) in [("28", 3, "pre"), ("-9", 4, "post"), ("27.5", 4, "post")] {
        let hint = match cell {
            "-9" => missing("\"post of PHQ-9\"", cell),
            // All others are 9 or more: items coded from 1 give such scores.
            _ => slip(
                "another form (items coded from 1 to 4: 9 less for every total)",
                "name it in the column measure",
                "PHQ-9",
            ),
        };
        let expected =
            format!("outcomes.csv:2:{column}: {field}: found {cell}, expected 0 to 27 (PHQ-9)");
        says(&outcomes_with(2, column, cell), &expected, Some(&hint));
    }
    // The ends of the range belong to it.
    for cell in ["12", "60", "12.0", "60.0"] {
        accepted(&sessions_with(7, 5, cell).study(MEASURES));
    }
    for cell in ["0", "27"] {
        accepted(&outcomes_with(2, 4, cell));
    }
}

#[test]
fn the_range_is_known_from_the_command_line_too() {
    let clinic = sessions_with(3, 5, "61");
    let run = clinic.run(&[
        "check",
        "sessions.csv",
        "outcomes.csv",
        "--alliance",
        "WAI-SR",
    ]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr
            .starts_with("sessions.csv:3:5: alliance: found 61, expected 12 to 60 (WAI-SR)\n"),
        "{run:?}"
    );
}

#[test]
fn sessions_are_whole_numbers_from_one() {
    for (cell, found) in [
        ("0", "0"),
        ("-1", "-1"),
        ("2.5", "2.5"),
        ("", "an empty cell"),
        ("10000", "something of 5 digits"),
        ("two", "text"),
        ("1,5", "1,5"),
    ] {
        let table = SESSIONS.replace(',', ";");
        let mut cells: Vec<String> = table.lines().map(str::to_owned).collect();
        cells[5] = format!("K3;{cell};2024-01-10;online;33;9;T1;S2");
        let clinic = Clinic::of(cells.join("\n") + "\n", OUTCOMES);
        let expected = format!(
            "sessions.csv:6:2: session: found {found}, expected a whole number from 1 to 9999"
        );
        let from_zero =
            "sessions count from 1; where the export counts from 0, add 1 to every session";
        says(&clinic, &expected, (found == "0").then_some(from_zero));
    }
}

#[test]
fn days_are_days_of_the_calendar() {
    for cell in [
        "08.01.2024",
        "08/01/2024",
        "2024-1-8",
        "2024-13-01",
        "2024-02-30",
        "2023-02-29",
        "2100-02-29",
        "45299",
        "2024-00-10",
        "2024-04-31",
        "24-01-08",
        "2024-01-08 in the morning",
    ] {
        says(
            &sessions_with(5, 3, cell),
            "sessions.csv:5:3: date: found something else, expected a day as YYYY-MM-DD",
            Some(ISO),
        );
    }
    for cell in [
        "2024-02-29",
        "2000-02-29",
        "2024-01-08T10:00",
        "2024-01-08 10:00:00",
        "",
        "NA",
    ] {
        accepted(&sessions_with(5, 3, cell));
    }
}

#[test]
fn unknown_labels_are_refused_with_a_way_out() {
    let mean =
        |label: &str| format!("say what it means in the study file: [labels.{label}], then e.g. ");
    for (cell, found, hint) in [
        ("telephone", "\"telephone\"", mean("delivery") + "\"telephone\" = \"online\""),
        ("2", "\"2\"", mean("delivery") + "\"telephone\" = \"online\""),
        (
            "onlin",
            "\"onlin\"",
            "did you mean online? Otherwise say what it means under [labels.delivery] in the study file".into(),
        ),
    ] {
        let expected = format!(
            "sessions.csv:6:4: delivery: found {found}, expected online, in_person or hybrid"
        );
        says(&sessions_with(6, 4, cell), &expected, Some(&hint));
    }
    for (cell, found, hint) in [
        ("finished", "\"finished\"", mean("status") + "\"finished\" = \"completed\""),
        (
            "complete",
            "\"complete\"",
            "did you mean completed? Otherwise say what it means under [labels.status] in the study file".into(),
        ),
    ] {
        let expected = format!(
            "outcomes.csv:4:7: status: found {found}, expected completed, dropped_out or ongoing"
        );
        says(&outcomes_with(4, 7, cell), &expected, Some(&hint));
    }
}

#[test]
fn labels_are_mapped_in_the_study_file_and_spelling_does_not_matter() {
    let clinic = Clinic::of(
        SESSIONS.replace("in_person", "Praesenz").replace("hybrid", "TELEPHONE"),
        OUTCOMES.replace("completed", "Fertig").replace(",act,", ",ACT (group),"),
    )
    .study(
        "[labels.delivery]\npraesenz = \"in_person\"\ntelephone = \"online\"\n[labels.status]\nfertig = \"completed\"\n[labels.treatment]\n\"act group\" = \"act\"\n",
    );
    accepted(&clinic);
    for delivery in [
        "Online",
        "IN PERSON",
        "in-person",
        "face to face",
        "Video",
        "Hybrid",
    ] {
        accepted(&sessions_with(6, 4, delivery));
    }
}

#[test]
fn a_label_mapped_to_nothing_known_is_a_fault_of_the_study_file() {
    let clinic = Clinic::of(SESSIONS, OUTCOMES)
        .study("[labels.delivery]\nphone = \"onlin\"\n[labels.status]\nfertig = \"finished\"\n");
    let run = clinic.check();
    assert_eq!(run.code, 2);
    assert_eq!(
        run.stderr,
        "study.toml: labels.delivery.\"phone\": found \"onlin\", expected online, in_person or hybrid\n\
         study.toml: labels.status.\"fertig\": found \"finished\", expected completed, dropped_out or ongoing\n"
    );
}

#[test]
fn the_usual_words_for_missing_are_missing() {
    for cell in ["", "NA", "N/A", ".", "NULL", "  ", " NA "] {
        for column in [3, 4, 5, 6, 7, 8] {
            accepted(&sessions_with(3, column, cell));
        }
        for column in [3, 4, 5, 6, 7] {
            accepted(&outcomes_with(3, column, cell));
        }
    }
}

#[test]
fn a_study_says_which_cells_are_missing_even_where_they_could_be_scores() {
    // The OQ-45 goes to 180, so that its 99 is said for its column, not for all.
    let settings = "name = \"x\"\n[files.missing_in]\n\"post of OQ-45.2 (US)\" = [\"99\"]\n[files]\nmissing = [\"-9\", \"k.A.\"]\n";
    let reference = Clinic::reference();
    let sessions = reference.read("sessions.csv");
    let outcomes = reference
        .read("outcomes.csv")
        .replace("phq9", "OQ-45.2 (US)");
    let estimates = |alliance: &str, post: &str| {
        let clinic = Clinic::of(
            with_cell(&sessions, 2, 7, alliance),
            with_cell(&outcomes, 2, 4, post),
        )
        .study(settings);
        clinic.analyze();
        clinic.read("report/estimates.csv")
    };
    let empty = estimates("", "");
    assert_eq!(estimates("-9", "99"), empty);
    assert_eq!(estimates("k.A.", "k.A."), empty);
    assert_ne!(estimates("9", "98"), empty);
    let clinic = |sessions: String, outcomes: &str| Clinic::of(sessions, outcomes).study(settings);
    // The list adds to the usual one.
    accepted(&clinic(with_cell(SESSIONS, 2, 5, "NA"), OUTCOMES));
}

// ------------------------------------------------------------------------- decimals, delimiters

#[test]
fn a_decimal_comma_is_refused_with_a_hint_and_never_becomes_another_number() {
    let semicolons = |table: &str| table.replace(',', ";");
    let sessions = semicolons(SESSIONS).replace(";50;", ";1,5;");
    let outcomes = semicolons(OUTCOMES).replace(";8;", ";8,25;");
    says(
        &Clinic::of(&sessions, OUTCOMES),
        "sessions.csv:4:5: alliance: found 1,5, expected a number",
        Some(COMMA),
    );
    says(
        &Clinic::of(SESSIONS, &outcomes),
        "outcomes.csv:2:4: post: found 8,25, expected a number",
        Some(COMMA),
    );
    // Declared, it is the same number as with a point.
    let declared =
        Clinic::of(&sessions, &outcomes).study("name = \"x\"\n[files]\ndecimal = \"comma\"\n");
    let point = Clinic::of(
        with_cell(SESSIONS, 4, 5, "1.5"),
        with_cell(OUTCOMES, 2, 4, "8.25"),
    )
    .study("name = \"x\"\n[files]\ndecimal = \"point\"\n");
    declared.analyze();
    point.analyze();
    assert_eq!(
        declared.read("report/estimates.csv"),
        point.read("report/estimates.csv")
    );
    // 1,5 as 15 would lie in the range of the WAI-SR; 1.5 does not.
    let ranged = Clinic::of(&sessions, &outcomes)
        .study(&format!("[files]\ndecimal = \"comma\"\n{MEASURES}"));
    assert!(
        refused(&ranged)
            .starts_with("sessions.csv:4:5: alliance: found 1,5, expected 12 to 60 (WAI-SR)\n")
    );
}

#[test]
fn two_decimal_marks_in_one_file_are_refused() {
    let clinic = Clinic::of(
        SESSIONS
            .replace(',', ";")
            .replace(";50;", ";50.5;")
            .replace(";47;", ";47,5;"),
        OUTCOMES,
    )
    .study("name = \"x\"\n[files]\ndecimal = \"comma\"\n");
    says(
        &clinic,
        "sessions.csv:4:5: alliance: found 50.5, expected a number",
        Some(
            "the study file says that the comma is the decimal mark of this file; decimal = \"…\" and decimal_outcomes = \"…\" under [files] may differ, but one mark must hold for a whole file",
        ),
    );
}

#[test]
fn a_decimal_comma_between_commas_is_a_row_with_too_many_fields() {
    let clinic = Clinic::of(SESSIONS.replace(",50,", ",50,5,"), OUTCOMES);
    says(
        &clinic,
        "sessions.csv:4: row: found 9 fields, expected 8 as in the header",
        Some(IN_QUOTES),
    );
}

#[test]
fn semicolons_tabs_and_bars_delimit_like_commas() {
    let plain = Clinic::of(SESSIONS, OUTCOMES);
    plain.analyze();
    for delimiter in [";", "\t", "|"] {
        let other = Clinic::of(
            SESSIONS.replace(',', delimiter),
            OUTCOMES.replace(',', delimiter),
        );
        other.analyze();
        assert_eq!(
            other.read("report/estimates.csv"),
            plain.read("report/estimates.csv")
        );
        // The places of faults are the same as well.
        let table = SESSIONS.replace(",47,", ",4x7y,").replace(',', delimiter);
        says(
            &Clinic::of(table, OUTCOMES),
            "sessions.csv:5:5: alliance: found 4x7y, expected a number",
            None,
        );
    }
}

// ------------------------------------------------------------------------------- rows and files

#[test]
fn ragged_rows_are_refused() {
    for (row, found, hint) in [
        ("K2,1,2024-01-09,in_person,50,20,T2", "7 fields", None),
        ("K2", "1 field", None),
        (
            "K2,1,2024-01-09,in_person,50,20,T2,S1,",
            "9 fields",
            Some(IN_QUOTES),
        ),
        (
            "K2,1,2024-01-09,in_person,50,20,T2,S1,x,y",
            "10 fields",
            Some(IN_QUOTES),
        ),
    ] {
        let mut lines: Vec<&str> = SESSIONS.lines().collect();
        lines[3] = row;
        let expected = format!("sessions.csv:4: row: found {found}, expected 8 as in the header");
        says(&Clinic::of(lines.join("\n"), OUTCOMES), &expected, hint);
    }
    let short = Clinic::of(
        SESSIONS,
        OUTCOMES.replace(",cbt,depression,dropped_out", ""),
    );
    says_all(
        &short,
        &["outcomes.csv:4: row: found 4 fields, expected 7 as in the header"],
    );
}

#[test]
fn files_without_rows_are_refused() {
    for (content, problem) in [
        (
            "",
            "1: file: found an empty file, expected a header and rows",
        ),
        (
            "\n \r\n",
            "1: file: found an empty file, expected a header and rows",
        ),
        (
            "\u{feff}",
            "1: file: found an empty file, expected a header and rows",
        ),
        (
            "client_id,session,alliance\n",
            "1: file: found a header but no rows",
        ),
        (
            "client_id,session,alliance",
            "1: file: found a header but no rows",
        ),
        (
            "client_id,session,alliance\n\n\n",
            "1: file: found a header but no rows",
        ),
    ] {
        says(
            &Clinic::of(content, OUTCOMES),
            &format!("sessions.csv:{problem}"),
            None,
        );
    }
    says(
        &Clinic::of(SESSIONS, ""),
        "outcomes.csv:1: file: found an empty file, expected a header and rows",
        None,
    );
    says(
        &Clinic::of(SESSIONS, "client_id,measure,pre,post\r\n"),
        "outcomes.csv:1: file: found a header but no rows",
        None,
    );
    says_all(
        &Clinic::of("", ""),
        &[
            "sessions.csv:1: file: found an empty file, expected a header and rows",
            "outcomes.csv:1: file: found an empty file, expected a header and rows",
        ],
    );
}

#[test]
fn a_file_of_one_column_is_refused() {
    says(
        &Clinic::of(SESSIONS.replace(',', ":"), OUTCOMES),
        "sessions.csv:1:1: header: found one column, expected several separated by a comma, semicolon, tab or bar",
        None,
    );
}

#[test]
fn missing_columns_are_named_with_the_nearest_there_is() {
    for (from, to, problem, hint) in [
        (
            "alliance",
            "aliance",
            "sessions.csv:1: alliance: the column \"alliance\" is missing",
            Some(
                "is it the column \"aliance\"? Then say so in the study file: [columns.sessions] alliance = \"aliance\"",
            ),
        ),
        (
            "client_id",
            "ClientID",
            "sessions.csv:1: client_id: the column \"client_id\" is missing",
            Some(
                "is it the column \"ClientID\"? Then say so in the study file: [columns.sessions] client_id = \"ClientID\"",
            ),
        ),
        (
            "alliance",
            "wai",
            "sessions.csv:1: alliance: the column \"alliance\" is missing",
            Some(
                "if a column of the file is meant, say so in the study file: [columns.sessions] alliance = \"…\"; the first row must hold the names of the columns",
            ),
        ),
    ] {
        says(
            &Clinic::of(SESSIONS.replacen(from, to, 1), OUTCOMES),
            problem,
            hint,
        );
    }
    says(
        &Clinic::of(SESSIONS, OUTCOMES.replacen("post", "postscore", 1)),
        "outcomes.csv:1: post: the column \"post\" is missing",
        Some(
            "is it the column \"postscore\"? Then say so in the study file: [columns.outcomes] post = \"postscore\"",
        ),
    );
    says_all(
        &Clinic::of("a,b\n1,2\n", "a,b\n1,2\n"),
        &[
            "sessions.csv:1: client_id: the column \"client_id\" is missing",
            "sessions.csv:1: session: the column \"session\" is missing",
            "sessions.csv:1: alliance: the column \"alliance\" is missing",
            "outcomes.csv:1: client_id: the column \"client_id\" is missing",
            "outcomes.csv:1: measure: the column \"measure\" is missing",
            "outcomes.csv:1: pre: the column \"pre\" is missing",
            "outcomes.csv:1: post: the column \"post\" is missing",
        ],
    );
}

#[test]
fn a_column_that_the_study_renames_must_be_there() {
    let clinic = Clinic::of(SESSIONS.replacen("alliance", "WAI total", 1), OUTCOMES)
        .study("[columns.sessions]\nalliance = \"WAI total\"\n");
    accepted(&clinic);
    let clinic = Clinic::of(SESSIONS.replacen("alliance", "WAI Total", 1), OUTCOMES)
        .study("[columns.sessions]\nalliance = \"WAI total\"\n");
    says(
        &clinic,
        "sessions.csv:1: alliance: the column \"WAI total\" is missing",
        Some(
            "is it the column \"WAI Total\"? Then say so in the study file: [columns.sessions] alliance = \"WAI Total\"",
        ),
    );
}

#[test]
fn a_column_that_is_there_twice_is_refused() {
    says(
        &Clinic::of(SESSIONS.replacen("symptom", "Alliance", 1), OUTCOMES),
        "sessions.csv:1:6: alliance: the column \"alliance\" is there 2 times, expected once",
        None,
    );
    says(
        &Clinic::of(
            SESSIONS,
            OUTCOMES
                .replacen("post", "pre", 1)
                .replacen("status", "post", 1),
        ),
        "outcomes.csv:1:4: pre: the column \"pre\" is there 2 times, expected once",
        None,
    );
}

#[test]
fn what_spreadsheets_do_to_a_file_does_not_change_the_answer() {
    let plain = Clinic::of(SESSIONS, OUTCOMES);
    plain.analyze();
    let expected = plain.read("report/estimates.csv");
    let quoted = |table: &str| {
        table
            .lines()
            .map(|line| {
                let cells: Vec<String> = line.split(',').map(|c| format!("\"{c}\"")).collect();
                cells.join(",") + "\r\n"
            })
            .collect::<String>()
    };
    let padded = |table: &str| table.replace(',', " , ").replace('\n', "  \n");
    let reordered = |table: &str| {
        table
            .lines()
            .map(|line| {
                let mut cells: Vec<&str> = line.split(',').collect();
                cells.reverse();
                cells.join(",") + "\n"
            })
            .collect::<String>()
    };
    let shouted = |table: &str| {
        let (header, rows) = table.split_once('\n').unwrap();
        let header = header.to_uppercase().replace('_', " ");
        format!("{}\n{rows}", header.replace(',', " ,  "))
    };
    type Rewrite<'a> = &'a dyn Fn(&str) -> String;
    let variants: [(&str, Rewrite); 10] = [
        ("a byte order mark", &|t| format!("\u{feff}{t}")),
        ("CR LF", &|t| t.replace('\n', "\r\n")),
        ("no line end at the end", &|t| t.trim_end().into()),
        ("blank lines", &|t| {
            format!("\r\n\n{}\n\n", t.replace('\n', "\n\n"))
        }),
        ("lines of spaces", &|t| t.replace("\nK2", "\n   \nK2")),
        ("quotes and CR LF", &quoted),
        ("a byte order mark before a quote", &|t| {
            format!("\u{feff}{}", quoted(t))
        }),
        ("spaces around cells", &padded),
        ("columns in another order", &reordered),
        ("a header in capitals", &shouted),
    ];
    for (what, change) in variants {
        let clinic = Clinic::of(change(SESSIONS), change(OUTCOMES));
        clinic.analyze();
        assert_eq!(clinic.read("report/estimates.csv"), expected, "{what}");
    }
}

#[test]
fn swapped_columns_are_read_by_name_and_faults_have_the_place_in_the_file() {
    let swapped = "alliance,client_id,session\n40,K1,1\nx4y9z,K2,1\n33,K3,1\n";
    says_all(
        &Clinic::of(swapped, OUTCOMES),
        &["sessions.csv:3:1: alliance: found text, expected a number"],
    );
}

#[test]
fn line_numbers_are_the_files_own_whatever_stands_before() {
    let fault = "sessions.csv:{}:5: alliance: found 4x7y, expected a number";
    let table = SESSIONS.replace(",47,", ",4x7y,");
    let with_line = |line: usize| fault.replace("{}", &line.to_string());
    for (what, sessions, line) in [
        ("as it is", table.clone(), 5),
        ("CR LF", table.replace('\n', "\r\n"), 5),
        ("blank lines before the header", format!("\n\r\n{table}"), 7),
        (
            "blank lines after the header",
            table.replacen('\n', "\n\n\n", 1),
            7,
        ),
        (
            "a blank line in the middle",
            table.replace("\nK2,1", "\n\nK2,1"),
            6,
        ),
        ("a line of spaces", table.replace("\nK2,1", "\n  \nK2,1"), 6),
        ("a quote", table.replace(",T2,", ",\"T2\","), 5),
        (
            "a quote and CR LF",
            table.replace(",T2,", ",\"T2\",").replace('\n', "\r\n"),
            5,
        ),
        (
            "a quote and blank lines",
            table
                .replace(",T2,", ",\"T2\",")
                .replace("\nK2", "\n\n  \nK2"),
            9,
        ),
        (
            "a quoted header",
            table.replacen("client_id", "\"client_id\"", 1),
            5,
        ),
        (
            "a header of two lines",
            table
                .replacen("site_id\n", "site_id,\"a\nb\"\n", 1)
                .replace(",S1\n", ",S1,\n")
                .replace(",S2\n", ",S2,\n"),
            6,
        ),
    ] {
        assert_eq!(
            refused(&Clinic::of(sessions, OUTCOMES)).lines().next(),
            Some(&*with_line(line)),
            "{what}"
        );
    }
}

#[test]
fn quotes_may_hold_line_ends_delimiters_and_quotes() {
    for end in ["\n", "\r\n"] {
        let sessions = [
            "client_id,session,alliance,place",
            "K1,1,40,\"near",
            "\"\"x\"\", y",
            "\"",
            "K1,2,44,x",
            "K2,1,4x9y,\"a,b\"",
            "K2,2,47,\"\"",
            "",
            "K3,0,33,\"",
            "\"",
            "K3,1,35,\"z\"",
            "K3,2,99z9,",
        ]
        .join(end);
        says_all(
            &Clinic::of(sessions, OUTCOMES),
            &[
                "sessions.csv:6:3: alliance: found 4x9y, expected a number",
                "sessions.csv:9:2: session: found 0, expected a whole number from 1 to 9999",
                "sessions.csv:12:3: alliance: found 99z9, expected a number",
            ],
        );
    }
    let outcomes = "client_id,measure,pre,post,place\nK1,PHQ-9,15,8,\"a\n\n\nb\"\nK2,\"PHQ-9\",20,4x9y,\nK3,PHQ-9,11,9,\n";
    says_all(
        &Clinic::of(SESSIONS, outcomes),
        &["outcomes.csv:6:4: post: found 4x9y, expected a number"],
    );
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_rest_in_silence() {
    let hint = Some("every row from here on was inside the quote");
    for table in [
        SESSIONS.replace("50,20,T2,S1", "50,20,T2,\"S1"),
        SESSIONS.replace("50,20,T2,S1", "50,20,T2,\"S1\"\""),
    ] {
        says(
            &Clinic::of(table, OUTCOMES),
            "sessions.csv:4: row: found a quote that is never closed, expected another before the file ends",
            hint,
        );
    }
    says(
        &Clinic::of(
            SESSIONS,
            OUTCOMES.replace("anxiety,completed", "anxiety,\"completed"),
        ),
        "outcomes.csv:3: row: found a quote that is never closed, expected another before the file ends",
        hint,
    );
    // Quotes in the middle of a cell and a closed one at the end of the file are sound.
    accepted(&Clinic::of(SESSIONS.replace("S1\n", "5\" S1\n"), OUTCOMES));
    accepted(&Clinic::of(
        SESSIONS.replace("T1,S2\n", "T1,\"S2\"\n").trim_end(),
        OUTCOMES,
    ));
}

#[test]
fn text_that_is_not_utf8_is_refused_with_its_place() {
    let with_bytes = |from: &str, to: &[u8]| {
        let at = SESSIONS.find(from).unwrap();
        let mut bytes = SESSIONS.as_bytes().to_vec();
        bytes.splice(at..at + from.len(), to.iter().copied());
        bytes
    };
    // München in Windows-1252.
    says(
        &Clinic::of(with_bytes("T2,S1", b"T2,M\xfcnchen"), OUTCOMES),
        "sessions.csv:4:8: text: found bytes that are not UTF-8",
        Some(UTF8),
    );
    says(
        &Clinic::of(with_bytes("T2,S1", b"T2,\"M\xfcnchen\""), OUTCOMES),
        "sessions.csv:4:8: text: found bytes that are not UTF-8",
        Some(UTF8),
    );
    says(
        &Clinic::of(with_bytes("site_id", b"stra\xdfe"), OUTCOMES),
        "sessions.csv:1:8: header: found text that is not UTF-8",
        Some(UTF8),
    );
    accepted(&Clinic::of(SESSIONS.replace(",S2", ",Köln"), OUTCOMES));
}

#[test]
fn other_encodings_and_formats_are_named() {
    let utf16 = |big: bool| {
        let mark = if big {
            vec![0xfe, 0xff]
        } else {
            vec![0xff, 0xfe]
        };
        let units = SESSIONS.encode_utf16();
        let bytes = units.flat_map(|u| {
            if big {
                u.to_be_bytes()
            } else {
                u.to_le_bytes()
            }
        });
        mark.into_iter().chain(bytes).collect::<Vec<u8>>()
    };
    for big in [false, true] {
        says(
            &Clinic::of(utf16(big), OUTCOMES),
            "sessions.csv:1: file: found UTF-16 text, expected UTF-8",
            Some(UTF8),
        );
    }
    says(
        &Clinic::of(b"PK\x03\x04 a spreadsheet", OUTCOMES),
        "sessions.csv:1: file: found a spreadsheet or zip file, expected CSV text",
        Some("in a spreadsheet, save as \"CSV UTF-8\"; unpack a zip file"),
    );
    says(
        &Clinic::of(SESSIONS.replace('\n', "\r"), OUTCOMES),
        "sessions.csv:1: file: found lines that end in CR alone, expected LF or CR LF",
        Some("in a spreadsheet, save as \"CSV UTF-8\", not as Macintosh text"),
    );
}

// ---------------------------------------------------------------------------- clients and measures

#[test]
fn a_session_of_a_client_is_there_once() {
    says(
        &sessions_with(5, 2, "1"),
        "sessions.csv:5:2: session: session 1 of this client is there twice",
        Some("the first is 1 line above"),
    );
    // The rows of the client stand apart.
    let rows: Vec<&str> = SESSIONS.lines().collect();
    let apart = [
        rows[0], rows[1], rows[3], rows[5], rows[2], rows[4], rows[6], rows[1],
    ]
    .join("\n");
    says(
        &Clinic::of(apart, OUTCOMES),
        "sessions.csv:8:2: session: session 1 of this client is there twice",
        Some("the first is 6 lines above"),
    );
    let thrice = format!("{SESSIONS}{0}\n{0}\n", rows[3]);
    says_all(
        &Clinic::of(thrice, OUTCOMES),
        &[
            "sessions.csv:8:2: session: session 1 of this client is there twice",
            "sessions.csv:9:2: session: session 1 of this client is there twice",
        ],
    );
}

#[test]
fn a_measure_of_a_client_is_there_once_however_it_is_spelled() {
    for name in ["PHQ-9", "phq9", "PHQ 9"] {
        let again = OUTCOMES.lines().nth(1).expect("K1 has a row");
        let outcomes = format!("{OUTCOMES}{}\n", again.replace("PHQ-9", name));
        says(
            &Clinic::of(SESSIONS, outcomes),
            "outcomes.csv:5:2: measure: this client and measure are there twice",
            Some("the other row is line 2"),
        );
    }
    let outcomes = format!("{OUTCOMES}K1,GAD-7,15,8,cbt,depression,completed\n");
    accepted(&Clinic::of(SESSIONS, outcomes));
}

#[test]
fn a_client_has_one_treatment_and_one_diagnosis() {
    let outcomes = format!("{OUTCOMES}K1,GAD-7,15,8,act,anxiety,completed\n");
    says_all(
        &Clinic::of(SESSIONS, outcomes),
        &[
            "outcomes.csv:5:5: treatment: found another label than in an earlier row of this client",
            "outcomes.csv:5:6: diagnosis: found another label than in an earlier row of this client",
        ],
    );
}

#[test]
fn orphans_stand_in_the_file_that_has_them() {
    let sessions = format!("{SESSIONS}K7,1,2024-01-10,online,33,9,T1,S2\n");
    says(
        &Clinic::of(sessions, OUTCOMES),
        "sessions.csv:8:1: client_id: this client has no outcome row in the other file",
        Some(ORPHAN),
    );
    let outcomes = format!("{OUTCOMES}K8,PHQ-9,15,8,cbt,depression,completed\n");
    says(
        &Clinic::of(SESSIONS, outcomes),
        "outcomes.csv:5:1: client_id: this client has no session in the other file",
        Some(ORPHAN),
    );
    // Ids are compared as they are.
    says_all(
        &outcomes_with(4, 1, "k3"),
        &[
            "sessions.csv:6:1: client_id: 1 client is in both files under codes that differ by capital letters, as k17 and K17 do",
        ],
    );
}

#[test]
fn orphans_are_left_out_and_counted_when_the_clinic_says_so() {
    let read = |file| std::fs::read_to_string(crate::shared::reference(file)).unwrap();
    // Thirteen clients without an outcome row, twelve without a session; and eight without a first
    // score, who are hidden in their place beside the two of the reference without a rating.
    let mut sessions = read("sessions.csv");
    let mut outcomes = read("outcomes.csv");
    for i in 0..13 {
        sessions.push_str(&format!(
            "X{i},T01,S1,1,2024-01-08,online,50,26,17,4,4,3,\n"
        ));
    }
    for i in 0..12 {
        outcomes.push_str(&format!("Y{i},phq9,15,8,depression,cbt,completed\n"));
    }
    for i in 0..8 {
        sessions.push_str(&format!(
            "Z{i},T01,S1,1,2024-01-08,online,50,26,17,4,4,3,\n"
        ));
        outcomes.push_str(&format!("Z{i},phq9,,8,depression,cbt,completed\n"));
    }
    let by_flag = Clinic::of(&sessions, &outcomes);
    assert_eq!(by_flag.check().code, 3);
    let run = by_flag.run(&[
        "analyze",
        "sessions.csv",
        "outcomes.csv",
        "--exclude-orphans",
        "--out",
        "report",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    let by_policy =
        Clinic::of(&sessions, &outcomes).study("name = \"x\"\n[policy]\norphans = \"exclude\"\n");
    by_policy.analyze();
    assert_eq!(
        by_flag.read("report/estimates.csv"),
        by_policy.read("report/estimates.csv")
    );
    let flow = by_flag.read("report/tables/flow.csv");
    assert!(flow.contains("clients,left out: no session,12\n"), "{flow}");
    assert!(
        flow.contains("clients,left out: no PHQ-9 row,13\n"),
        "{flow}"
    );
    assert!(flow.contains("clients,read,633\n"), "{flow}");
    // Those who stay are those of the clinic without orphans.
    let whole = Clinic::reference();
    whole.analyze();
    let correlations = |clinic: &Clinic| -> Vec<String> {
        let text = clinic.read("report/estimates.csv");
        let lines = text.lines().filter(|l| l.starts_with("alliance_outcome."));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(correlations(&whole), correlations(&by_flag));
}

#[test]
fn a_measure_whose_direction_is_not_known_is_refused_never_guessed() {
    let describe = "direction = \"lower_is_better\" or \"higher_is_better\", minimum, maximum";
    says(
        &Clinic::of(SESSIONS, OUTCOMES.replace("PHQ-9", "XQ-31")),
        "outcomes.csv:2:2: measure: \"XQ-31\" is not in the catalogue, so which scores are better is not known",
        Some(&format!(
            "describe it in the study file: [measures.define.\"XQ-31\"], {describe}"
        )),
    );
    let clinic = Clinic::of(SESSIONS, OUTCOMES.replace("PHQ-9", "Wellbeing"))
        .study("[measures.define.Wellbeing]\nminimum = 0\nmaximum = 100\n");
    says(
        &clinic,
        "outcomes.csv:2:2: measure: whether a higher or a lower score of \"Wellbeing\" is better is not known",
        Some(&format!(
            "describe it in the study file: [measures.define.\"Wellbeing\"], {describe}"
        )),
    );
    let clinic = Clinic::of(SESSIONS, OUTCOMES.replace("PHQ-9", "Wellbeing"))
        .study("[measures.define.Wellbeing]\ndirection = \"higher_is_better\"\n");
    accepted(&clinic);
    says(
        &outcomes_with(3, 2, ""),
        "outcomes.csv:3:2: measure: found an empty cell, expected the name of a questionnaire",
        None,
    );
    let said = refused(&Clinic::of(SESSIONS, OUTCOMES.replace("PHQ-9", "PHQ-99")));
    assert!(
        said.contains("  hint: did you mean \"PHQ-9\"? Otherwise describe it"),
        "{said}"
    );
}

#[test]
fn the_direction_of_a_score_decides_the_sign() {
    let reference = Clinic::reference();
    reference.analyze();
    let turned = Clinic::of(
        reference.read("sessions.csv"),
        reference.read("outcomes.csv"),
    )
    .study("[measures.define.phq9]\ndirection = \"higher_is_better\"\n");
    turned.analyze();
    let r = |clinic: &Clinic| -> f64 {
        let text = clinic.read("report/estimates.csv");
        let row = text
            .lines()
            .find(|l| l.starts_with("alliance_outcome.overall.partial,"))
            .unwrap();
        row.split(',').nth(4).unwrap().parse().unwrap()
    };
    assert!(r(&reference) > 0.0);
    assert!((r(&reference) + r(&turned)).abs() < 1e-12);
}

// ------------------------------------------------------------------------------------ everything at once

#[test]
fn forty_problems_in_two_files_are_told_in_one_run_by_line() {
    let mut sessions = String::from("client_id,session,date,delivery,alliance\n");
    let mut expected_sessions = Vec::new();
    for i in 1..=30 {
        let line = i + 1;
        let at = |column: usize, text: &str| format!("sessions.csv:{line}:{column}: {text}");
        let row = match i % 5 {
            0 => {
                expected_sessions.push(at(
                    2,
                    "session: found 0, expected a whole number from 1 to 9999",
                ));
                format!("K{i},0,2024-01-08,online,40")
            }
            1 => {
                expected_sessions.push(at(
                    3,
                    "date: found something else, expected a day as YYYY-MM-DD",
                ));
                expected_sessions.push(at(5, "alliance: found 4x0y, expected a number"));
                format!("K{i},1,8.1.2024,online,4x0y")
            }
            2 => {
                expected_sessions.push(at(
                    4,
                    "delivery: found \"telephone\", expected online, in_person or hybrid",
                ));
                format!("K{i},1,2024-01-08,telephone,40")
            }
            3 => {
                expected_sessions.push(format!(
                    "sessions.csv:{line}: row: found 4 fields, expected 5 as in the header"
                ));
                format!("K{i},1,2024-01-08,online")
            }
            _ => format!("K{i},1,2024-01-08,online,40"),
        };
        sessions.push_str(&row);
        sessions.push('\n');
    }
    sessions.push_str("K4,1,2024-01-09,online,41\n");
    expected_sessions
        .push("sessions.csv:32:2: session: session 1 of this client is there twice".into());
    // 6 + 12 + 6 + 6 + 1 = 31 in the sessions, 9 in the outcomes.
    let mut outcomes = String::from("client_id,measure,pre,post,status\n");
    let mut expected_outcomes = Vec::new();
    for i in 1..=30 {
        let line = i + 1;
        let row = match i {
            2 => {
                expected_outcomes.push(format!(
                    "outcomes.csv:{line}:3: pre: found 28, expected 0 to 27 (PHQ-9)"
                ));
                expected_outcomes.push(format!(
                    "outcomes.csv:{line}:4: post: found NaN, expected a number"
                ));
                format!("K{i},PHQ-9,28,NaN,completed")
            }
            5 => {
                expected_outcomes.push(format!("outcomes.csv:{line}:5: status: found \"finished\", expected completed, dropped_out or ongoing"));
                format!("K{i},PHQ-9,20,10,finished")
            }
            9 => {
                expected_outcomes.push(format!("outcomes.csv:{line}:2: measure: \"XQ-31\" is not in the catalogue, so which scores are better is not known"));
                format!("K{i},XQ-31,20,10,completed")
            }
            14 => {
                expected_outcomes.push(format!("outcomes.csv:{line}:1: client_id: found an empty cell, expected a code of at most 100 bytes"));
                ",PHQ-9,20,10,completed".into()
            }
            20 => {
                expected_outcomes.push(format!(
                    "outcomes.csv:{line}:2: measure: this client and measure are there twice"
                ));
                "K1,PHQ-9,20,10,completed".into()
            }
            22 => {
                expected_outcomes.push(format!("outcomes.csv:{line}:2: measure: found an empty cell, expected the name of a questionnaire"));
                format!("K{i},,20,10,completed")
            }
            27 => {
                expected_outcomes.push(format!(
                    "outcomes.csv:{line}: row: found 6 fields, expected 5 as in the header"
                ));
                format!("K{i},PHQ-9,20,10,completed,")
            }
            30 => {
                expected_outcomes.push(format!(
                    "outcomes.csv:{line}:4: post: found 1e999, expected a number"
                ));
                format!("K{i},PHQ-9,20,1e999,completed")
            }
            _ => format!("K{i},PHQ-9,20,10,completed"),
        };
        outcomes.push_str(&row);
        outcomes.push('\n');
    }
    let expected: Vec<&str> = expected_sessions
        .iter()
        .chain(&expected_outcomes)
        .map(String::as_str)
        .collect();
    assert_eq!(expected.len(), 40);
    let clinic = Clinic::of(sessions, outcomes);
    says_all(&clinic, &expected);
    assert!(refused(&clinic).ends_with("40 problems in 2 files; nothing was analysed.\n"));
}

#[test]
fn other_faults_do_not_hide_orphans() {
    let sessions = with_cell(SESSIONS, 3, 2, "1") + "K7,1,2024-01-10,online,33,9,T1,S2\n";
    let sessions = with_cell(&sessions, 6, 2, "0");
    let sessions = with_cell(&sessions, 7, 2, "0");
    let outcomes = OUTCOMES.to_owned() + "K8,PHQ-9,15,8,cbt,depression,completed\n";
    // K3 has sessions, though none that can be read: it is no orphan.
    says_all(
        &Clinic::of(sessions, outcomes),
        &[
            "sessions.csv:3:2: session: session 1 of this client is there twice",
            "sessions.csv:6:2: session: found 0, expected a whole number from 1 to 9999",
            "sessions.csv:7:2: session: found 0, expected a whole number from 1 to 9999",
            "sessions.csv:8:1: client_id: this client has no outcome row in the other file",
            "outcomes.csv:5:1: client_id: this client has no session in the other file",
        ],
    );
    // A row that could be anybody's leaves it open who has no session.
    let outcomes = OUTCOMES.to_owned() + "K8,PHQ-9,15,8,cbt,depression,completed\n";
    let ragged = format!("{SESSIONS}K8,1\n");
    says_all(
        &Clinic::of(ragged, outcomes),
        &["sessions.csv:8: row: found 2 fields, expected 8 as in the header"],
    );
}

#[test]
fn problems_beyond_a_thousand_are_counted_and_the_first_are_shown() {
    let mut sessions = String::from("client_id,session,alliance\n");
    for i in 0..3000 {
        sessions.push_str(&format!("K{i},1,no answer\n"));
    }
    // The duplicate is found last and stands first.
    sessions = sessions.replacen("\n", "\nK0,2,40\nK0,2,40\n", 1);
    let clinic = Clinic::of(sessions, OUTCOMES).study("[policy]\norphans = \"exclude\"\n");
    let said = refused(&clinic);
    let told: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("  hint: "))
        .collect();
    assert_eq!(
        told,
        [
            "sessions.csv:3:2: session: session 2 of this client is there twice",
            "sessions.csv:4:3: alliance: found text, expected a number",
            "sessions.csv:5:3: alliance: found text, expected a number",
            "sessions.csv:6:3: alliance: found text, expected a number",
            "sessions.csv: alliance: and 2997 more like it, in lines 7 to 3003",
            "3001 problems in 1 file; nothing was analysed.",
        ]
    );
    let kept = clinic.run(&["check", "--json", "study.toml"]).json()["files"][0]["problems"]
        .as_array()
        .map(Vec::len);
    assert_eq!(kept, Some(1000), "machines get more of them");
}

#[test]
fn a_code_for_missing_is_asked_about_where_the_range_is_not_known() {
    // WAI-SR scores run to 60; without its name nobody knows, but 99 lies far from the others.
    let sessions = with_cell(&with_cell(SESSIONS, 2, 5, "99"), 5, 5, "99");
    let said = refused(&Clinic::of(&sessions, OUTCOMES));
    assert!(
        said.starts_with("sessions.csv:2:5: alliance: found 99 in 2 rows, every other score is "),
        "{said}"
    );
    assert!(
        said.contains("under [files.missing_in]: alliance = [\"99\"]"),
        "{said}"
    );
    let one = "[files.missing_in]\nalliance = [\"99\"]\n";
    let declared = Clinic::of(&sessions, OUTCOMES).study(one);
    accepted(&declared);
    // What is declared stays in the next hint.
    let more = with_cell(&sessions, 3, 5, "-9");
    let said = refused(&Clinic::of(&more, OUTCOMES).study(one));
    assert!(said.contains("alliance = [\"99\", \"-9\"]"), "{said}");
    let both = "[files.missing_in]\nalliance = [\"99\", \"-9\"]\n";
    let both = Clinic::of(&more, OUTCOMES).study(both);
    accepted(&both);
    // Of an outcome measure that the study describes without its range.
    let outcomes = with_cell(&OUTCOMES.replace("PHQ-9", "Own"), 3, 4, "999");
    let own = "[measures.define.Own]\ndirection = \"lower_is_better\"\n";
    let said = refused(&Clinic::of(SESSIONS, outcomes).study(own));
    assert!(
        said.starts_with("outcomes.csv:3:4: post: found 999 in 1 row,"),
        "{said}"
    );
}

#[test]
fn each_file_may_have_its_own_decimal_mark_and_days_their_form() {
    let outcomes = with_cell(OUTCOMES, 2, 4, "7#5");
    let outcomes = outcomes.replace(',', ";").replace('#', ",");
    let mut sessions = String::new();
    for line in SESSIONS.lines() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let [year, month, day] = cells[2].split('-').collect::<Vec<_>>()[..] {
            cells[2] = format!("{day}.{month}.{year}");
        }
        sessions.push_str(&format!("{}\n", cells.join(",")));
    }
    let sessions = sessions.replace(",50,", ",50.5,");
    let settings = "[files]\ndates = \"dd.mm.yyyy\"\ndecimal_outcomes = \"comma\"\n";
    let german = Clinic::of(&sessions, &outcomes).study(settings);
    accepted(&german);
    let points = with_cell(OUTCOMES, 2, 4, "7.5");
    let plain = Clinic::of(SESSIONS.replace(",50,", ",50.5,"), points);
    german.analyze();
    plain.analyze();
    assert_eq!(
        german.read("report/estimates.csv"),
        plain.read("report/estimates.csv")
    );
    let said =
        refused(&Clinic::of(&sessions, &outcomes).study("[files]\ndecimal_outcomes = \"comma\"\n"));
    assert!(
        said.contains("date: found something else, expected a day as YYYY-MM-DD"),
        "{said}"
    );
}

#[test]
fn no_session_is_later_than_the_data_lock() {
    let clinic =
        |lock: &str| Clinic::of(SESSIONS, OUTCOMES).study(&format!("data_lock = \"{lock}\"\n"));
    accepted(&clinic("2030-01-01"));
    let said = refused(&clinic("2020-01-01"));
    assert!(
        said.starts_with("sessions.csv:2:3: date: found 6 of 6 sessions (100 %) later than the data lock, 2020-01-01; the last is of 2024-"),
        "{said}"
    );
    assert!(said.ends_with("\n1 problem in 1 file; nothing was analysed.\n"));
}

#[test]
fn a_client_has_one_status() {
    let outcomes = OUTCOMES.to_owned() + "K1,GAD-7,15,8,cbt,depression,dropped_out\n";
    let said = refused(&Clinic::of(SESSIONS, outcomes));
    assert!(
        said.starts_with("outcomes.csv:5:7: status: found another label than in an earlier row of this client\n  hint: compare line 2; a client has one status\n"),
        "{said}"
    );
}

#[test]
fn what_a_spreadsheet_notes_for_itself_and_what_numbers_with_gaps_become_are_read() {
    let sessions = format!("sep=,\n{SESSIONS}");
    let sessions = with_cell(&sessions, 3, 2, "1.0");
    let clinic = Clinic::of(&sessions, OUTCOMES);
    accepted(&clinic);
    let faulty = Clinic::of(with_cell(&sessions, 4, 5, "4x"), OUTCOMES);
    assert!(refused(&faulty).starts_with("sessions.csv:4:5: alliance: found 4x"));
}

// ------------------------------------------------------------------------- what must not be repeated

#[test]
fn what_may_identify_a_person_is_never_repeated_whatever_column_it_ended_up_in() {
    let secrets = [
        "Mary",
        "mary",
        "Li",
        "O'Brien",
        "Mary Smith",
        "smith",
        "SMITH",
        "mary.smith@example.org",
        "07700 900123",
        "07700900123",
        "+44 7700 900123",
        "9434765919",
        "943 476 5919",
        "078-05-1120",
        "17.05.1984",
        "1984-05-17",
        "17/05/84",
        "170584",
        "12 High Street",
        "SW1A 1AA",
        "Was upset about her brother and cried",
    ];
    for secret in secrets {
        for (column, field) in [
            (2, "session"),
            (3, "date"),
            (4, "delivery"),
            (5, "alliance"),
            (6, "symptom"),
        ] {
            if field == "date" && secret == "1984-05-17" {
                continue;
            }
            let clinic = sessions_with(4, column, secret).study(MEASURES);
            let said = refused(&clinic);
            assert!(
                said.starts_with(&format!("sessions.csv:4:{column}: {field}: ")),
                "{said}"
            );
            assert!(!said.contains(secret), "{said}");
            let json = clinic.run(&["check", "study.toml", "--json"]);
            assert_eq!(json.code, 3);
            assert!(!json.stdout.contains(secret), "{}", json.stdout);
        }
        for (column, field) in [(2, "measure"), (3, "pre"), (4, "post"), (7, "status")] {
            let said = refused(&outcomes_with(3, column, secret));
            assert!(
                said.starts_with(&format!("outcomes.csv:3:{column}: {field}: ")),
                "{said}"
            );
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[test]
fn client_therapist_and_site_codes_and_unknown_columns_are_never_repeated() {
    let client = "K-secret-31";
    let cases: Vec<Clinic> = vec![
        // Twice, orphan both ways, too long, with a fault in another cell.
        Clinic::of(
            SESSIONS
                .replace("K1,2", &format!("{client},1"))
                .replace("K1,1", &format!("{client},1")),
            OUTCOMES.replace("K1", client),
        ),
        Clinic::of(SESSIONS.replace("K1", client), OUTCOMES),
        Clinic::of(SESSIONS, OUTCOMES.replace("K1", client)),
        Clinic::of(SESSIONS.replace("K1,1", &format!("{client},x")), OUTCOMES),
        Clinic::of(
            SESSIONS,
            OUTCOMES.replace("K1,PHQ-9,15", &format!("{client},PHQ-9,x")),
        ),
        Clinic::of(
            SESSIONS,
            format!("{OUTCOMES}{client},PHQ-9,1,1,cbt,anxiety,completed\n")
                .repeat(2)
                .replacen("K1,P", "K1,Q", 9),
        ),
        Clinic::of(SESSIONS.replace("K1", &client.repeat(12)), OUTCOMES),
        sessions_with(2, 7, "K-secret-31 and some words"),
        sessions_with(2, 8, "K-secret-31 and some words"),
        sessions_with(2, 7, "K-secret-31@example.org"),
        Clinic::of(
            SESSIONS
                .replace("site_id", "site_id,remark_code")
                .replace(",S1\n", ",S1,K-secret-31@example.org\n")
                .replace(",S2\n", ",S2,x\n"),
            OUTCOMES,
        ),
        Clinic::of(
            SESSIONS
                .replace("site_id", "site_id,remark_code")
                .replace(",S1\n", ",S1,K-secret-31\n"),
            OUTCOMES,
        ),
    ];
    for (i, clinic) in cases.iter().enumerate() {
        let said = refused(clinic);
        assert!(!said.contains("secret"), "case {i}: {said}");
        let json = clinic.run(&["check", "sessions.csv", "outcomes.csv", "--json"]);
        assert!(!json.stdout.contains("secret"), "case {i}: {}", json.stdout);
    }
}

#[test]
fn columns_whose_names_identify_people_are_refused() {
    for (name, cell, kind) in [
        ("Client_FirstName", "mary", "names of people"),
        ("Nachname", "Huber", "names of people"),
        ("Provider_Email", "m.huber(at)example", "e-mail addresses"),
        ("phone number", "5550123", "phone numbers"),
        ("NHS Number", "1234567890", "national or record numbers"),
        ("SSN", "078051120", "national or record numbers"),
        ("Postcode", "10115", "addresses"),
        ("Street", "Mill", "addresses"),
        ("town", "Otley", "towns, small areas or coordinates"),
        ("DateOfBirth", "2012-05-17", "dates of birth or death"),
        ("dob", "17051984", "dates of birth or death"),
        ("session notes", "late for session", "free text"),
        ("Comment", "late for session", "free text"),
        ("photo", "IMG_2041.jpg", "web or device addresses"),
    ] {
        let with = |cell: &str| {
            SESSIONS
                .replacen("site_id\n", &format!("site_id,{name}\n"), 1)
                .replace(",S1\n", ",S1,\n")
                .replace(",S2\n", &format!(",S2,{cell}\n"))
        };
        let sessions = with(cell);
        says(
            &Clinic::of(&sessions, OUTCOMES),
            &format!(
                "sessions.csv:1:9: {name}: its name says {kind}; the file must be anonymized first"
            ),
            Some(&format!(
                "remove the column from the export; if it identifies nobody, add not_personal = [\"{name}\"] under [policy] in the study file"
            )),
        );
        let allowed = Clinic::of(&sessions, OUTCOMES)
            .study(&format!("[policy]\nnot_personal = [\"{name}\"]\n"));
        accepted(&allowed);
        // Nobody is identified by an empty column, nor by answers.
        for nobody in ["", "NA", "0", "yes"] {
            accepted(&Clinic::of(with(nobody), OUTCOMES));
        }
        // What the study file allows already stays in the line to write.
        let second =
            Clinic::of(&sessions, OUTCOMES).study("[policy]\nnot_personal = [\"site_id\"]\n");
        let said = refused(&second);
        let line = format!("write not_personal = [\"site_id\", \"{name}\"] under [policy]");
        assert!(said.contains(&line), "{said}");
    }
}

#[test]
fn cells_that_identify_people_are_refused_in_any_column_that_could_hold_them() {
    let with_extra = |cell: &str| {
        SESSIONS
            .replacen("site_id\n", "site_id,extra\n", 1)
            .replace(",S1\n", ",S1,\n")
            .replacen(",T1,S2\n", ",T1,S2,\n", 1)
            .replacen(",T1,S2\n", &format!(",T1,S2,{cell}\n"), 1)
    };
    for (cell, kind) in [
        ("mary@example.org", "e-mail addresses"),
        ("+44 20 7946 0958", "phone numbers"),
        ("(030) 123 45 67", "phone numbers"),
        ("078-05-1120", "national or record numbers"),
        ("943 476 5919", "national or record numbers"),
        ("AB123456C", "national or record numbers"),
        ("SW1A 1AA", "addresses"),
        ("12 High Street", "addresses"),
        ("Hauptstraße 7a", "addresses"),
        ("1984-05-17", "dates of birth or death"),
        ("17.05.1984", "dates of birth or death"),
        ("was upset about the move to a new flat", "free text"),
        ("https://example.org/mary", "web or device addresses"),
        ("192.168.1.17", "web or device addresses"),
    ] {
        says(
            &Clinic::of(with_extra(cell), OUTCOMES),
            &format!(
                "sessions.csv:7:9: extra: its content looks like {kind}; the file must be anonymized first"
            ),
            Some(
                "remove the column from the export; if it identifies nobody, add not_personal = [\"extra\"] under [policy] in the study file",
            ),
        );
        let allowed =
            Clinic::of(with_extra(cell), OUTCOMES).study("[policy]\nnot_personal = [\"extra\"]\n");
        if kind == "e-mail addresses" {
            // Beyond doubt, whatever the study file says.
            let said = refused(&allowed);
            assert!(said.contains("hint: the study file says that this column identifies nobody: remove these cells"), "{said}");
        } else {
            accepted(&allowed);
        }
        // The codes of therapists and sites, in any row of a client.
        for (column, name) in [(7, "therapist_id"), (8, "site_id")] {
            let said = refused(&sessions_with(5, column, cell));
            assert!(
                said.starts_with(&format!(
                    "sessions.csv:5:{column}: {name}: its content looks like {kind};"
                )),
                "{said}"
            );
        }
    }
}

#[test]
fn names_of_people_are_refused_as_codes_and_in_columns_not_used() {
    for (column, name) in [(7, "therapist_id"), (8, "site_id")] {
        says(
            &sessions_with(3, column, "Mary Smith"),
            &format!(
                "sessions.csv:3:{column}: {name}: its content looks like names of people; the file must be anonymized first"
            ),
            Some(&format!(
                "put a code in place of each, the same in every row and both files; if it identifies nobody, add not_personal = [\"{name}\"] under [policy] in the study file"
            )),
        );
    }
    // Given names as client codes.
    let named = |table: &str| {
        table
            .replace("K1", "Anna")
            .replace("K2", "Peter")
            .replace("K3", "Maria")
    };
    says_all(
        &Clinic::of(format!("\n{}", named(SESSIONS)), named(OUTCOMES)),
        &[
            "sessions.csv:3:1: client_id: its content looks like names of people; the file must be anonymized first",
            "outcomes.csv:2:1: client_id: its content looks like names of people; the file must be anonymized first",
        ],
    );
    // NHS numbers as client codes.
    let numbered = |table: &str| {
        table
            .replace("K1", "9434765919")
            .replace("K2", "4010232137")
            .replace("K3", "9434765870")
    };
    says_all(
        &Clinic::of(numbered(SESSIONS), numbered(OUTCOMES)),
        &[
            "sessions.csv:2:1: client_id: its content looks like national or record numbers; the file must be anonymized first",
            "outcomes.csv:2:1: client_id: its content looks like national or record numbers; the file must be anonymized first",
        ],
    );
    // Labels of two words are labels while they repeat.
    accepted(&Clinic::of(
        SESSIONS,
        OUTCOMES.replace("depression", "Major Depression"),
    ));
    let allowed = Clinic::of(named(SESSIONS), named(OUTCOMES))
        .study("[policy]\nnot_personal = [\"client_id\"]\n");
    accepted(&allowed);
}

// ------------------------------------------------------------------------------------- large files

/// About 12 MB of sessions, so that the file is read in several ranges of 4 MiB.
const CLIENTS: usize = 32_000;
const OF_EACH: usize = 9;

fn large_sessions() -> Vec<String> {
    let mut lines =
        vec!["client_id,therapist_id,session,date,delivery,alliance,symptom".to_owned()];
    for client in 0..CLIENTS {
        for session in 1..=OF_EACH {
            let alliance = 20 + (client * 7 + session * 3) % 37;
            let symptom = (client + session) % 24;
            lines.push(format!(
                "K{client:07},T{:03},{session},2024-01-{:02},{},{alliance},{symptom}",
                client % 211,
                session + 1,
                if client % 3 == 0 {
                    "online"
                } else {
                    "in_person"
                },
            ));
        }
    }
    lines
}

fn large_outcomes() -> String {
    let mut text = String::from("client_id,measure,pre,post,treatment\n");
    for client in 0..CLIENTS {
        let (pre, post) = (8 + client % 17, (client * 5 + client / 3) % 22);
        text.push_str(&format!("K{client:07},PHQ-9,{pre},{post},cbt\n"));
    }
    text
}

/// Every problem of the sessions with its place, as machines are told; on a page they would be told by kind.
fn places(clinic: &Clinic) -> Vec<String> {
    let json = clinic
        .run(&["check", "--json", "sessions.csv", "outcomes.csv"])
        .json();
    let problems = json["files"][0]["problems"].as_array().expect("problems");
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    problems
        .iter()
        .map(|p| {
            let (field, message) = (text(&p["field"]), text(&p["message"]));
            format!(
                "sessions.csv:{}:{}: {field}: {message}",
                p["line"], p["column"]
            )
        })
        .collect()
}

#[test]
fn faults_in_a_large_file_have_their_exact_lines() {
    const RANGE: usize = 4 << 20;
    let mut lines = large_sessions();
    let bytes: usize = lines.iter().map(|l| l.len() + 1).sum();
    assert!(bytes > 2 * RANGE + RANGE / 2, "{bytes}");
    // The lines around every range boundary, the first row and the last.
    let (mut at, mut starts) = (0, Vec::new());
    for line in &lines {
        starts.push(at);
        at += line.len() + 1;
    }
    let mut faulty = vec![1, 2, lines.len() - 2, lines.len() - 1];
    let rows_start = lines[0].len() + 1;
    for boundary in [rows_start + RANGE, rows_start + 2 * RANGE] {
        let there = starts.partition_point(|start| *start <= boundary) - 1;
        faulty.extend(there - 12..there + 13);
    }
    faulty.sort_unstable();
    let mut expected = Vec::new();
    for &i in &faulty {
        let (head, symptom) = lines[i].rsplit_once(',').unwrap();
        let (head, _) = head.rsplit_once(',').unwrap();
        // As long as before, so that the boundaries stay where they are.
        lines[i] = format!("{head},4x,{symptom}");
        expected.push(format!(
            "sessions.csv:{}:6: alliance: found 4x, expected a number",
            i + 1
        ));
    }
    let sorted = Clinic::of(lines.join("\n"), large_outcomes());
    assert_eq!(places(&sorted), expected);
    let one_thread = sorted.run_with(
        &["check", "sessions.csv", "outcomes.csv"],
        &[("RAYON_NUM_THREADS", "1")],
    );
    assert_eq!(one_thread.stderr, sorted.check().stderr);
    // With a quote the file is read by another way, with CR LF by other line ends.
    let with_quote = lines.join("\r\n").replacen(",T005,", ",\"T005\",", 1);
    let with_quote = Clinic::of(with_quote, large_outcomes());
    assert_eq!(places(&with_quote), expected);
}

#[test]
fn a_session_that_is_there_twice_is_found_across_a_large_shuffled_file() {
    let mut lines = large_sessions();
    let rows = lines.len() - 1;
    // A fixed permutation: the step has no factor in common with the number of rows.
    let step = 100_003;
    assert!(!rows.is_multiple_of(step));
    let shuffled: Vec<String> = (0..rows)
        .map(|i| lines[1 + i * step % rows].clone())
        .collect();
    lines.truncate(1);
    lines.extend(shuffled);
    let again = lines[4321].clone();
    lines.push(again);
    let last = lines.len();
    let far_orphan = "Z1,T001,1,2024-01-08,online,40,9".to_owned();
    lines.insert(120_000, far_orphan);
    says_all(
        &Clinic::of(lines.join("\n"), large_outcomes()),
        &[
            "sessions.csv:120001:1: client_id: this client has no outcome row in the other file",
            &format!(
                "sessions.csv:{}:3: session: session {} of this client is there twice",
                last + 1,
                lines[4321].split(',').nth(2).unwrap()
            ),
        ],
    );
}

#[test]
fn sorted_shuffled_and_quoted_files_give_the_same_estimates() {
    let lines = large_sessions();
    let rows = lines.len() - 1;
    let shuffled = std::iter::once(lines[0].clone())
        .chain((0..rows).map(|i| lines[1 + i * 100_003 % rows].clone()))
        .collect::<Vec<_>>()
        .join("\n");
    let sorted = lines.join("\n");
    let quoted = sorted.replacen(",T007,", ",\"T007\",", 1);
    let quoted_and_shuffled = shuffled.replacen(",T007,", ",\"T007\",", 1);
    let outcomes = large_outcomes();
    let mut estimates = Vec::new();
    for sessions in [sorted, shuffled, quoted, quoted_and_shuffled] {
        let clinic = Clinic::of(sessions, &outcomes).study(&format!(
            "name = \"large\"\n[analysis]\nbootstrap_replicates = 100\n{}",
            first_question_only()
        ));
        clinic.analyze();
        estimates.push(clinic.read("report/estimates.csv"));
    }
    assert!(estimates[0].lines().count() > 20);
    for other in &estimates[1..] {
        assert!(*other == estimates[0]);
    }
}
