//! Parquet files of eight writers, damaged ones, and what is written for others to read.

use std::path::{Path, PathBuf};

use alliance::intake::Problems;
use alliance::study::Study;
use alliance::{features, questions};

use crate::shared::{Clinic, Run, alliance_in};

const WRITERS: [&str; 8] = [
    "pandas",
    "pyarrow",
    "pyarrow14",
    "fastparquet",
    "polars",
    "duckdb",
    "spark",
    "javascript",
];

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference/parquet")
        .join(name)
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(reference(name)).expect("the file is committed")
}

/// The little clinic as CSV.
fn clinic() -> Clinic {
    Clinic::of(bytes_of("sessions.csv"), bytes_of("outcomes.csv"))
}

/// What is found in two files, their digests and unused columns apart.
fn found_in(sessions: &Path, outcomes: &Path) -> serde_json::Value {
    let study = Study::of_files(sessions, outcomes);
    let clients = features::by_client(&study, &|_| ())
        .unwrap_or_else(|problems| panic!("{}: {problems}", sessions.display()));
    let findings = questions::answer(&study, &clients, Default::default()).expect("it can be");
    let mut found = serde_json::to_value(&findings).expect("findings are JSON");
    found["inputs"].take();
    found
}

#[test]
fn every_writers_files_give_what_the_csv_of_the_same_rows_gives() {
    let csv = found_in(&reference("sessions.csv"), &reference("outcomes.csv"));
    assert!(
        csv["answers"]
            .as_array()
            .is_some_and(|answers| answers.len() > 5)
    );
    for writer in WRITERS {
        let sessions = reference(&format!("{writer}-sessions.parquet"));
        let outcomes = reference(&format!("{writer}-outcomes.parquet"));
        let found = found_in(&sessions, &outcomes);
        assert!(found == csv, "{writer}");
    }
}

#[test]
fn columns_that_cannot_be_read_are_named_among_those_not_used() {
    let clinic = clinic();
    clinic.write("sessions.parquet", bytes_of("pyarrow-sessions.parquet"));
    clinic
        .run(&[
            "analyze",
            "sessions.parquet",
            "outcomes.csv",
            "--out",
            "report",
        ])
        .ok();
    let findings: serde_json::Value =
        serde_json::from_str(&clinic.read("report/findings.json")).expect("it is JSON");
    let unused = findings["inputs"][0]["columns_not_used"].to_string();
    for column in [
        "items", "answers", "scale", "lasted", "began", "half", "raw", "empty",
    ] {
        assert!(unused.contains(&format!("{column:?}")), "{unused}");
    }
}

/// What `check` says of a Parquet file beside the little clinic's outcomes, with a study file.
fn check(sessions: Vec<u8>, settings: &str) -> Run {
    let clinic = clinic();
    clinic.write("sessions.parquet", sessions);
    let files = "[files]\nsessions = \"sessions.parquet\"\noutcomes = \"outcomes.csv\"\n";
    clinic.write("study.toml", settings.replace("[files]\n", files));
    clinic.run(&["check", "study.toml"])
}

#[test]
fn a_needed_column_of_lists_or_times_is_refused_for_what_it_is() {
    for (column, what) in [
        ("items", "lists, maps or groups"),
        ("answers", "lists, maps or groups"),
        ("lasted", "durations"),
        ("began", "times of day without a day"),
    ] {
        let settings = format!("[files]\n[columns.sessions]\nempathy = \"{column}\"\n");
        let run = check(bytes_of("pyarrow-sessions.parquet"), &settings);
        assert_eq!(run.code, 3, "{run:?}");
        let says = format!(
            "empathy: found {what}, expected text, numbers or days\n  hint: write the column"
        );
        assert!(run.stderr.contains(&says), "{run:?}");
    }
}

#[test]
fn a_typed_number_or_day_is_read_whatever_the_study_says_of_csv() {
    for writer in ["pyarrow", "polars", "duckdb"] {
        for dates in ["dd.mm.yyyy", "mm/dd/yyyy", "yyyy-mm-dd"] {
            let settings = format!(
                "[files]\ndecimal = \"comma\"\ndecimal_outcomes = \"point\"\ndates = \"{dates}\"\n"
            );
            let run = check(bytes_of(&format!("{writer}-sessions.parquet")), &settings);
            assert_eq!(run.code, 0, "{writer}, {dates}: {run:?}");
        }
    }
}

#[test]
fn a_birth_day_in_a_column_of_timestamps_is_seen() {
    let run = check(bytes_of("pandas-born.parquet"), "[files]\n");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stderr
            .contains("since: its content looks like dates of birth"),
        "{run:?}"
    );
    assert!(
        !run.stderr.contains("1951") && !run.stderr.contains("05-17"),
        "{run:?}"
    );
}

#[test]
fn days_that_became_moments_of_another_zone_are_refused_and_never_moved() {
    for file in ["pandas-greenwich.parquet", "pandas-int96.parquet"] {
        let run = check(bytes_of(file), "[files]\n");
        assert_eq!(run.code, 3, "{run:?}");
        let says = "date: found moments that are midnights of another time zone, expected days\n  hint: write the column as a date";
        assert!(run.stderr.contains(says), "{run:?}");
    }
}

#[test]
fn a_table_without_rows_is_not_damaged() {
    let run = check(bytes_of("pyarrow-empty.parquet"), "[files]\n");
    assert_eq!(run.code, 3, "{run:?}");
    let says = "sessions.parquet:1: file: found a header but no rows\n";
    assert!(run.stderr.contains(says), "{run:?}");
}

#[test]
fn blanks_around_a_name_do_not_hide_that_the_column_is_needed() {
    let run = check(bytes_of("pyarrow-blanks.parquet"), "[files]\n");
    assert_eq!(run.code, 3, "{run:?}");
    let says = "alliance: found lists, maps or groups, expected text, numbers or days";
    assert!(run.stderr.contains(says), "{run:?}");
}

/// The sessions in two parts, as a cluster writes them: the columns of the second in another order.
fn parts(clinic: &Clinic) {
    let sessions = String::from_utf8(bytes_of("sessions.csv")).expect("it is text");
    let rows: Vec<Vec<&str>> = sessions
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    let text = |rows: &mut dyn Iterator<Item = &Vec<&str>>, order: [usize; 5]| -> String {
        rows.map(|row| order.map(|at| row[at]).join(",") + "\n")
            .collect()
    };
    clinic.write("parts/_SUCCESS", "");
    clinic.write("parts/.part-0.parquet.crc", "crc");
    for (part, rows, order) in [
        (
            0,
            &mut rows[..31].iter() as &mut dyn Iterator<Item = _>,
            [0, 1, 2, 3, 4],
        ),
        (1, &mut rows[..1].iter().chain(&rows[31..]), [4, 2, 0, 3, 1]),
    ] {
        let csv = clinic.path("part.csv");
        std::fs::write(&csv, text(rows, order)).expect("there is room");
        let to = clinic.path(&format!("parts/part-{part}.snappy.parquet"));
        alliance::intake::csv_to_parquet(&csv, &to).expect("they are numbers");
    }
}

#[test]
fn a_folder_of_part_files_is_read_as_one_file() {
    let clinic = clinic();
    parts(&clinic);
    let outcomes = clinic.path("outcomes.csv");
    let found = found_in(&clinic.path("parts"), &outcomes);
    assert!(found == found_in(&clinic.path("sessions.csv"), &outcomes));
    clinic.run(&["check", "parts", "outcomes.csv"]).ok();

    // Its digest is that of the parts, one after the other.
    let study = Study::of_files(&clinic.path("parts"), &outcomes);
    let clients = features::by_client(&study, &|_| ()).expect("it is sound");
    let read = |part: &str| std::fs::read(clinic.path(part)).expect("it is there");
    let both = [
        read("parts/part-0.snappy.parquet"),
        read("parts/part-1.snappy.parquet"),
    ]
    .concat();
    clinic.write("both", both);
    let study = Study::of_files(&clinic.path("sessions.csv"), &outcomes);
    let other = features::by_client(&study, &|_| ()).expect("it is sound");
    assert_eq!(
        clients.digests().expect("it is still")[1],
        other.digests().expect("it is")[1]
    );
    let digest = alliance::intake::Input::open(&clinic.path("both")).expect("it is there");
    assert_eq!(
        clients.digests().expect("it is still")[0],
        digest.digest().expect("it is still")
    );

    // A part more is another export.
    clinic.write(
        "parts/part-2.snappy.parquet",
        read("parts/part-1.snappy.parquet"),
    );
    let told = clients
        .digests()
        .expect_err("there is one more")
        .to_string();
    assert!(
        told.contains("parts:1: file: the file changed while it was read"),
        "{told}"
    );
}

#[test]
fn parts_that_do_not_belong_together_and_folders_without_any_are_refused() {
    let clinic = clinic();
    parts(&clinic);
    clinic.write("parts/part-2.parquet", bytes_of("duckdb-outcomes.parquet"));
    let run = clinic.run(&["check", "parts", "outcomes.csv"]);
    assert_eq!(run.code, 3, "{run:?}");
    let says = "parts:1: file: the part \"part-2.parquet\" has other columns than the first";
    assert!(run.stderr.starts_with(says), "{run:?}");
    clinic.write("empty/_SUCCESS", "");
    let run = clinic.run(&["check", "empty", "outcomes.csv"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.contains("cannot read empty: it is a folder"),
        "{run:?}"
    );
}

#[test]
fn a_folder_with_a_part_that_is_not_understood_is_refused_not_read_in_part() {
    for other in [
        "parts/part-2.csv",
        "parts/part-2.pq",
        "parts/more/part-2.parquet",
    ] {
        let clinic = clinic();
        parts(&clinic);
        assert_eq!(clinic.run(&["check", "parts", "outcomes.csv"]).code, 0);
        clinic.write(other, "client_id,session,alliance\n");
        let run = clinic.run(&["check", "parts", "outcomes.csv"]);
        assert_eq!(run.code, 1, "{other}: {run:?}");
        assert!(run.stderr.contains("and nothing else"), "{other}: {run:?}");
    }
}

#[test]
fn parquet_is_known_by_its_first_bytes_under_any_name() {
    let clinic = clinic();
    clinic.write("export.csv", bytes_of("duckdb-sessions.parquet"));
    clinic.run(&["check", "export.csv", "outcomes.csv"]).ok();
    // A column of a CSV file may be called as those bytes are.
    let named = |header: &str| header.replacen("client_id", "PAR1", 1);
    let sessions = String::from_utf8(bytes_of("sessions.csv")).expect("it is text");
    clinic.write("named.csv", named(&sessions));
    let run = clinic.run(&["check", "named.csv", "outcomes.csv"]);
    assert!(
        run.stderr.contains("the column \"client_id\" is missing"),
        "{run:?}"
    );
}

#[test]
fn an_effects_file_may_be_parquet_too() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let csv = "study,r,n,year\nA,0.25,40,2001\nB,0.31,62,2004\nC,0.12,55,2010\nD,0.4,38,2015\n";
    std::fs::write(folder.path().join("effects.csv"), csv).expect("there is room");
    let from = folder.path().join("numbers.csv");
    std::fs::write(&from, csv.replace("r,n,year", "pre,post,session")).expect("there is room");
    let to = folder.path().join("effects.parquet");
    alliance::intake::csv_to_parquet(&from, &to).expect("they are numbers");
    std::fs::write(
        folder.path().join("study.toml"),
        "name = \"a\"\ntitle = \"A\"\n[meta]\neffects = \"effects.parquet\"\n[meta.columns]\nr = \"pre\"\nn = \"post\"\n",
    )
    .expect("there is room");
    let estimates = |input: &str, out: &str| {
        alliance_in(folder.path(), &["meta", input, "--out", out]).ok();
        let path = folder.path().join(out).join("estimates.csv");
        std::fs::read_to_string(path).expect("it was written")
    };
    assert_eq!(
        estimates("effects.csv", "csv"),
        estimates("study.toml", "parquet")
    );
}

// ------------------------------------------------------------------------------------- damaged files

/// What is found when the sessions are read; `None` when there is no fault. Never a panic.
fn problems_of(sessions: &[u8], outcomes: &Path) -> Option<Problems> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("sessions.parquet");
    std::fs::write(&path, sessions).expect("there is room");
    features::without_series(&Study::of_files(&path, outcomes), &|_| ()).err()
}

#[test]
fn a_file_cut_off_anywhere_is_damaged() {
    for writer in ["pandas", "polars", "spark"] {
        let whole = bytes_of(&format!("{writer}-sessions.parquet"));
        for length in (4..whole.len()).step_by(97).chain([whole.len() - 1]) {
            let problems = problems_of(&whole[..length], &reference("outcomes.csv"));
            let problems = problems.expect("it is not whole").to_string();
            assert!(problems.contains("file: the file is damaged"), "{problems}");
        }
    }
}

#[test]
fn a_turned_byte_is_a_fault_of_the_data_or_goes_unseen_but_never_ends_the_program() {
    let (mut damaged, mut other) = (0, 0);
    for (writer, mask) in WRITERS
        .iter()
        .zip([0xff, 0x80, 0x01, 0x10].into_iter().cycle())
    {
        let whole = bytes_of(&format!("{writer}-sessions.parquet"));
        for at in (0..whole.len()).step_by(23) {
            let mut bytes = whole.clone();
            bytes[at] ^= mask;
            match problems_of(&bytes, &reference("outcomes.csv")) {
                Some(problems) if problems.to_string().contains("the file is damaged") => {
                    damaged += 1
                }
                _ => other += 1,
            }
        }
    }
    assert!(damaged > 100, "{damaged} of {}", damaged + other);
}

/// A footer that says of a list that it has 2,147,483,647 elements.
fn with_endless_list() -> Vec<u8> {
    let footer = [0x15, 0x02, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07];
    let mut bytes = b"PAR1\x15\x04".to_vec();
    bytes.extend(footer);
    bytes.extend((footer.len() as u32).to_le_bytes());
    bytes.extend(b"PAR1");
    bytes
}

#[test]
fn a_damaged_file_is_said_to_be_so_in_one_line_and_nothing_of_a_panic_is_printed() {
    let whole = bytes_of("pandas-sessions.parquet");
    let mut no_schema = whole.clone();
    let footer = whole.len()
        - 8
        - u32::from_le_bytes(
            whole[whole.len() - 8..whole.len() - 4]
                .try_into()
                .expect("four bytes"),
        ) as usize;
    no_schema[footer + 4..footer + 40].fill(0xff);
    let mut no_pages = whole.clone();
    no_pages[4..footer].fill(0xaa);
    for bytes in [
        whole[..whole.len() / 2].to_vec(),
        no_schema,
        no_pages,
        with_endless_list(),
        b"PAR1\x15\x04\x15PAR1".to_vec(),
    ] {
        let clinic = clinic();
        clinic.write("sessions.parquet", bytes);
        let run = clinic.run(&["check", "sessions.parquet", "outcomes.csv"]);
        assert_eq!(run.code, 3, "{run:?}");
        assert_eq!(
            run.stderr,
            "sessions.parquet:1: file: the file is damaged: it begins as Parquet does, but what follows cannot be read\n  hint: export it again; if it was copied or is being written, wait until it is complete\n1 problem in 1 file; nothing was analysed.\n"
        );
    }
}

// ------------------------------------------------------------------------------------- for older readers

/// The kinds of text in the schema that a file carries for Arrow's readers.
fn kinds_of_text(bytes: &[u8]) -> Vec<polars_arrow::datatypes::ArrowDataType> {
    use base64::Engine;
    let metadata = polars_parquet::read::read_metadata(&mut std::io::Cursor::new(bytes));
    let metadata = metadata.expect("it is Parquet");
    let texts = metadata.key_value_metadata().clone().unwrap_or_default();
    let schema = texts.iter().find(|text| text.key == "ARROW:schema");
    let schema = schema
        .and_then(|schema| schema.value.clone())
        .expect("it is there");
    let schema = base64::engine::general_purpose::STANDARD
        .decode(schema)
        .expect("it is base64");
    let (schema, ..) =
        polars_arrow::io::ipc::read::deserialize_schema(&schema[8..]).expect("it is a schema");
    let kinds = schema.iter_values().map(|field| field.dtype.clone());
    kinds.filter(|kind| !kind.is_numeric()).collect()
}

#[test]
fn what_is_written_as_parquet_has_no_kind_of_text_that_older_readers_do_not_know() {
    use polars_arrow::datatypes::ArrowDataType::LargeUtf8;
    let clinic = clinic();
    clinic
        .run(&["analyze", "sessions.csv", "outcomes.csv", "--out", "report"])
        .ok();
    clinic
        .run(&[
            "simulate",
            "--out",
            "made-up",
            "--clients",
            "60",
            "--parquet",
        ])
        .ok();
    for file in [
        "report/estimates.parquet",
        "made-up/sessions.parquet",
        "made-up/outcomes.parquet",
    ] {
        let kinds = kinds_of_text(&std::fs::read(clinic.path(file)).expect("it was written"));
        assert!(
            kinds.len() > 1 && kinds.iter().all(|kind| *kind == LargeUtf8),
            "{kinds:?}"
        );
    }
}
