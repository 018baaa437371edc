//! What is wrong with a study file: everything, not only the first.

use std::collections::BTreeMap;

use super::spec::{Analysis, Equivalence};
use super::text::shortened;
use super::{is_iso_date, is_study_name, nearest};

/// The faults met so far, each a line or a few for people.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<String>);

impl Extend<String> for Faults {
    fn extend<T: IntoIterator<Item = String>>(&mut self, faults: T) {
        self.0.extend(faults);
    }
}

impl IntoIterator for Faults {
    type Item = String;
    type IntoIter = std::vec::IntoIter<String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Faults {
    pub fn push(&mut self, fault: impl Into<String>) {
        self.0.push(fault.into());
    }

    /// Is nothing wrong?
    pub fn none(self) -> Result<(), Vec<String>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }

    /// The value, a fault unless it lies between the two.
    pub fn between(&mut self, key: &str, value: f64, low: f64, high: f64) -> f64 {
        if !(value > low && value < high) {
            self.push(format!(
                "{key}: found {value}, expected a number between {low} and {high}"
            ));
        }
        value
    }

    pub fn confidence_level(&mut self, analysis: &Analysis) -> f64 {
        let level = analysis.confidence_level.unwrap_or(0.95);
        self.between("analysis.confidence_level", level, 0.5, 1.0)
    }

    pub fn equivalence_correlation(&mut self, equivalence: &Equivalence) -> f64 {
        let half = equivalence.correlation.unwrap_or(0.10);
        self.between("equivalence.correlation", half, 0.0, 1.0)
    }

    pub fn day(&mut self, key: &str, day: &Option<String>) {
        if let Some(day) = day
            && !is_iso_date(day.as_bytes())
        {
            self.push(format!(
                "{key}: found {day:?}, expected a day as YYYY-MM-DD"
            ));
        }
    }

    /// The name of the study. The default is never that of a folder: it may be a person's.
    pub fn study_name(&mut self, name: Option<String>, default: &str) -> String {
        let name = name.unwrap_or_else(|| default.into());
        if !is_study_name(&name) {
            self.push(format!(
                "name: found {:?}, expected letters, digits, `-`, `_`, at most 100 of them (the report folder is called after it)",
                shortened(&name, 40)
            ));
        }
        name
    }

    /// The canonical columns that a table renames: each must be there, and be one column of the file.
    pub fn columns(&mut self, table: &str, renamed: &BTreeMap<String, String>, known: &[&str]) {
        for name in renamed.keys().filter(|n| !known.contains(&n.as_str())) {
            let hint = did_you_mean(name, known);
            self.push(format!("{table}.{name}: there is no such column{hint}"));
        }
        let mut met = BTreeMap::new();
        for (column, in_file) in renamed {
            if let Some(other) = met.insert(in_file, column) {
                self.push(format!(
                    "{table}: {other} and {column} are both {in_file:?} in the file\n  hint: two columns cannot be one; which of them is it?"
                ));
            }
        }
    }
}

/// `; did you mean dropout?`, or nothing where no word is near.
pub(super) fn did_you_mean(name: &str, known: &[&str]) -> String {
    nearest(name, known)
        .map(|near| format!("; did you mean {near}?"))
        .unwrap_or_default()
}
