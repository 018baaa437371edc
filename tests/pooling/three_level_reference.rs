//! The reference studies of `tests/reference/meta` with the numbers of `three_level.json`, made by `three_level.R`.

use std::path::Path;

use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use serde_json::Value;

pub const ESTIMATE: f64 = 1e-8;
pub const VARIANCE: f64 = 1e-6;
pub const P_VALUE: f64 = 1e-6;
pub const INJECTED: f64 = 1e-11;

/// The studies with several effects.
pub const STUDIES: [&str; 4] = [
    "relationship_outcome",
    "craft2003",
    "crede2010",
    "cohen1981",
];
/// The moderator of each, as `three_level.R` names it; `egger` and `intercept` are everywhere.
pub const MODERATORS: [(&str, &str); 3] = [
    ("relationship_outcome", "rater"),
    ("craft2003", "pair"),
    ("crede2010", "source"),
];

pub struct Reference {
    pub effects: Vec<Effect>,
    pub studies: Vec<usize>,
    rows: Vec<csv::StringRecord>,
    header: csv::StringRecord,
    pub expected: Value,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/meta"))
}

pub fn reference(name: &str) -> Reference {
    let mut reader =
        csv::Reader::from_path(folder().join(name).with_extension("csv")).expect("a table");
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let column = |what: &str| {
        header
            .iter()
            .position(|name| name == what)
            .expect("a column")
    };
    let (study, r, n) = (column("study"), column("r"), column("n"));
    let mut names: Vec<&str> = Vec::new();
    let studies = rows
        .iter()
        .map(|row| {
            let name = &row[study];
            names
                .iter()
                .position(|known| *known == name)
                .unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                })
        })
        .collect();
    let number = |row: &csv::StringRecord, c: usize| row[c].parse::<f64>().expect("a number");
    let effects = rows
        .iter()
        .map(|row| {
            Effect::from_correlation(number(row, r), number(row, n) as usize).expect("an effect")
        })
        .collect();
    let text = std::fs::read_to_string(folder().join("three_level.json")).expect("the reference");
    let all: Value = serde_json::from_str(&text).expect("valid JSON");
    Reference {
        effects,
        studies,
        expected: all[name].clone(),
        header,
        rows,
    }
}

impl Reference {
    pub fn k(&self) -> usize {
        self.effects.len()
    }

    /// The design of a term: nothing, the standard error, or a category against its first level.
    pub fn design(&self, term: &str) -> Design {
        if term == "intercept" {
            return Design::intercept(self.k());
        }
        if term == "egger" {
            let rows: Vec<[f64; 2]> = self
                .effects
                .iter()
                .map(|e| [1.0, e.variance().sqrt()])
                .collect();
            return Design::new(&rows).expect("a design");
        }
        let column = self
            .header
            .iter()
            .position(|name| name == term)
            .expect("a moderator");
        let mut levels: Vec<&str> = self.rows.iter().map(|row| &row[column]).collect();
        levels.sort_unstable();
        levels.dedup();
        let rows: Vec<Vec<f64>> = self
            .rows
            .iter()
            .map(|row| {
                let dummy = levels[1..]
                    .iter()
                    .map(|level| f64::from(u8::from(&row[column] == *level)));
                std::iter::once(1.0).chain(dummy).collect()
            })
            .collect();
        Design::new(&rows).expect("a design")
    }
}

/// Every study with every term that its reference holds.
pub fn models() -> Vec<(&'static str, &'static str)> {
    let plain = STUDIES
        .iter()
        .flat_map(|&name| [(name, "intercept"), (name, "egger")]);
    plain.chain(MODERATORS).collect()
}

/// One number or a list of numbers.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values
            .iter()
            .map(|v| v.as_f64().expect("a number"))
            .collect(),
        Value::Number(number) => vec![number.as_f64().expect("a number")],
        other => panic!("{other} holds no numbers"),
    }
}

#[track_caller]
pub fn close(what: &str, found: f64, expected: f64, relative: f64) {
    assert!(found.is_finite(), "{what}: {found}");
    if expected == 0.0 {
        assert!(found == 0.0, "{what}: {found} and not exactly 0");
    }
    let apart = (found - expected).abs();
    assert!(
        apart <= relative * expected.abs(),
        "{what}: {found:e} and not {expected:e}, {:e} apart",
        apart / expected.abs()
    );
}

#[track_caller]
pub fn all_close(
    what: &str,
    found: impl IntoIterator<Item = f64>,
    expected: &Value,
    relative: f64,
) {
    let (found, expected): (Vec<f64>, Vec<f64>) = (found.into_iter().collect(), numbers(expected));
    assert_eq!(found.len(), expected.len(), "{what}: how many");
    for (i, (found, expected)) in found.into_iter().zip(expected).enumerate() {
        close(&format!("{what}[{i}]"), found, expected, relative);
    }
}
