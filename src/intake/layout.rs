//! Files that are laid out otherwise: rows that describe the columns, and one row per client where one per session is
//! expected.

use std::collections::BTreeMap;

use super::problem::Problem;

/// Columns that are numbered on, from which a file is told to be wide.
const SERIES: usize = 3;

/// The bytes and lines of the rows below the header that describe the columns instead of holding data: Qualtrics puts
/// the texts of the questions in the second row of a file and `{"ImportId":…}` in the third. The third row cannot be
/// anything else, and where it is there, the second is what Qualtrics says it is.
pub(super) fn described(rows: &[u8], delimiter: u8) -> (u64, u64) {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(rows);
    let mut record = csv::ByteRecord::new();
    // A row that is not whole yet, or no row at all, describes nothing.
    for _ in 0..2 {
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            return (0, 0);
        }
    }
    let is_import_id = |cell: &[u8]| cell.trim_ascii().starts_with(b"{\"ImportId\"");
    if record.is_empty() || !record.iter().all(is_import_id) {
        return (0, 0);
    }
    let mut end = (reader.position().byte() as usize).min(rows.len());
    // The csv crate leaves the line end for the next record.
    while let Some(b'\n' | b'\r') = rows.get(end) {
        end += 1;
    }
    let lines = memchr::memchr_iter(b'\n', &rows[..end]).count();
    (end as u64, lines as u64)
}

/// What is wrong with a file that has one row per client; nothing where its columns do not say so. `missing` is the
/// first column that was looked for and is not there.
pub(super) fn wide(
    columns: &[String],
    (line, missing): (u64, &str),
    table: &str,
) -> Option<Problem> {
    let is_of_sessions = table == "columns.sessions";
    // Where the column that tells rows apart is there, numbered columns are the items of a questionnaire.
    let tells_rows_apart = if is_of_sessions { "session" } else { "measure" };
    if missing != tells_rows_apart {
        return None;
    }
    let (first, last) = series(columns).or_else(|| before_and_after(columns))?;
    let (rows, how) = if is_of_sessions {
        (
            "one row per session",
            "client_id, session (its number) and alliance",
        )
    } else {
        (
            "one row per client and questionnaire",
            "client_id, measure (the name of the questionnaire), pre and post",
        )
    };
    let message =
        format!("found one row per client, with columns such as {first} … {last}; expected {rows}");
    let hint = format!(
        "turn the columns into rows, so that the file has the columns {how}: in Excel, Data > From Table > Unpivot Columns; in R, tidyr::pivot_longer; in Python, pandas.wide_to_long"
    );
    Some(Problem::new(line, 0, missing, message).hint(hint))
}

/// The first and the last of the columns that are alike but for a number, where they are several and run on.
fn series(columns: &[String]) -> Option<(&str, &str)> {
    let mut stems: BTreeMap<String, Vec<(u32, &str)>> = BTreeMap::new();
    for name in columns {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = name[stem.len()..].parse::<u32>();
        if let Ok(number) = number
            && stem.chars().any(char::is_alphabetic)
        {
            let same = stems.entry(stem.to_lowercase()).or_default();
            same.push((number, name.as_str()));
        }
    }
    stems.into_values().find_map(|mut same| {
        same.sort_unstable();
        let runs_on = same.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1);
        let is_of_times = same[0].0 == 0 && same.len() == 2;
        let is_series = runs_on && same[0].0 <= 1 && (same.len() >= SERIES || is_of_times);
        is_series.then(|| (same[0].1, same[same.len() - 1].1))
    })
}

/// Two columns that are alike but for `pre` and `post`.
fn before_and_after(columns: &[String]) -> Option<(&str, &str)> {
    let without = |name: &str, word: &str| {
        let lower = name.to_lowercase();
        let rest = lower
            .strip_suffix(word)
            .or_else(|| lower.strip_prefix(word))?;
        let rest = rest.trim_matches(['_', '-', ' ', '.']);
        (!rest.is_empty()).then(|| rest.to_owned())
    };
    columns.iter().find_map(|before| {
        let of = without(before, "pre")?;
        let after = columns
            .iter()
            .find(|after| without(after, "post").is_some_and(|other| other == of))?;
        Some((before.as_str(), after.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(header: &str, table: &str) -> Option<String> {
        let columns: Vec<String> = header.split(',').map(str::to_owned).collect();
        let missing = if table == "columns.sessions" {
            "session"
        } else {
            "measure"
        };
        wide(&columns, (1, missing), table).map(|problem| problem.message)
    }

    #[test]
    fn a_column_for_each_session_or_time_makes_a_file_wide() {
        for (header, table, named) in [
            ("id,srs_1,srs_2,srs_3", "columns.sessions", "srs_1 … srs_3"),
            (
                "code,WAI.S1,WAI.S2,WAI.S3,WAI.S4",
                "columns.sessions",
                "WAI.S1 … WAI.S4",
            ),
            (
                "code,phq9_t0,phq9_t1",
                "columns.outcomes",
                "phq9_t0 … phq9_t1",
            ),
            (
                "code,oq45_pre,oq45_post",
                "columns.outcomes",
                "oq45_pre … oq45_post",
            ),
            (
                "code,Pre BDI,Post BDI",
                "columns.outcomes",
                "Pre BDI … Post BDI",
            ),
        ] {
            let told = told(header, table).unwrap_or_default();
            assert!(told.contains(named), "{header}: {told}");
        }
        for (header, table) in [
            ("client,phq9,gad7,core10", "columns.sessions"),
            ("client,visit,score", "columns.sessions"),
            ("client,scale,before,after", "columns.outcomes"),
            ("client,pre,post", "columns.outcomes"),
        ] {
            assert_eq!(told(header, table), None, "{header}");
        }
    }

    #[test]
    fn only_rows_that_describe_every_column_are_passed_over() {
        let described = |rows: &str| described(rows.as_bytes(), b',');
        let ids = "\"{\"\"ImportId\"\":\"\"QID1\"\"}\",\"{\"\"ImportId\"\":\"\"QID2\"\"}\"\n";
        let texts = "\"How was it?\nTell us\",Code\n";
        let both = format!("{texts}{ids}1,2\n");
        assert_eq!(described(&both), ((texts.len() + ids.len()) as u64, 3));
        let crlf = both.replace('\n', "\r\n");
        assert_eq!(described(&crlf).1, 3);
        assert_eq!(
            described(&format!("{ids}1,2\n")),
            (0, 0),
            "in the second row"
        );
        assert_eq!(described("1,2\n3,4\n"), (0, 0));
        assert_eq!(described("a,b\n\"{\"\"ImportId\"\":1}\",4\n"), (0, 0));
        assert_eq!(described(""), (0, 0));
    }
}
