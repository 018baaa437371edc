//! What a study says of single columns of scores: codes that mean "missing" in them, and what the
//! program asks about and is right.
//!
//! A code belongs to a column. 99 is "no answer" in one and a score of another, and 0 after treatment
//! is a recovery for one client and an empty form for the next.

use std::collections::BTreeMap;
use std::fmt;

use super::faults::Faults;
use super::group::level_key;
use super::measure::{Catalogue, measure_key};
use super::sources::STATUS_WORDS;

/// The columns that hold scores.
const SCORE_COLUMNS: [&str; 9] = [
    "alliance",
    "symptom",
    "empathy",
    "technique",
    "heard",
    "safe",
    "seen",
    "pre",
    "post",
];
const OUTCOME_SCORES: [&str; 2] = ["pre", "post"];
const EQUALS_PRE: &str = "equals pre";
const NONE_BELOW: &str = "none below ";
const NONE_ABOVE: &str = "none above ";

/// A column of scores: in the outcomes perhaps those of one questionnaire, and of those clients whose
/// treatment ended in one way. As a study file writes it: `post of PHQ-9 when dropped_out`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScoresOf {
    pub column: &'static str,
    /// The name of the questionnaire.
    pub measure: Option<String>,
    /// A word of the column status.
    pub when: Option<&'static str>,
}

impl ScoresOf {
    /// A column of the sessions file.
    pub fn column(column: &'static str) -> ScoresOf {
        ScoresOf {
            column,
            measure: None,
            when: None,
        }
    }

    /// The same of one questionnaire.
    pub fn of(self, measure: &str) -> ScoresOf {
        ScoresOf {
            measure: Some(measure.into()),
            ..self
        }
    }

    /// The same of those whose treatment ended so.
    pub fn when(self, status: &'static str) -> ScoresOf {
        ScoresOf {
            when: Some(status),
            ..self
        }
    }

    fn parse(text: &str, catalogue: &Catalogue) -> Result<ScoresOf, String> {
        let (rest, when) = match text.rsplit_once(" when ") {
            Some((rest, when)) => (rest, Some(when)),
            None => (text, None),
        };
        let (column, measure) = match rest.split_once(" of ") {
            Some((column, measure)) => (column, Some(measure.trim())),
            None => (rest, None),
        };
        let known = |column: &str| SCORE_COLUMNS.into_iter().find(|known| *known == column);
        let column = known(column.trim()).ok_or_else(|| {
            format!(
                "there is no such column of scores; expected {}, or e.g. \"post of PHQ-9\"",
                SCORE_COLUMNS.join(", ")
            )
        })?;
        let in_outcomes = OUTCOME_SCORES.contains(&column);
        if !in_outcomes && (measure.is_some() || when.is_some()) {
            return Err(format!(
                "{column} is a column of the sessions; \"of\" and \"when\" are for pre and post"
            ));
        }
        let measure = match measure {
            Some(name) => Some(
                catalogue
                    .find(name)
                    .ok_or_else(|| format!("{name:?} is not in the catalogue"))?
                    .name
                    .clone(),
            ),
            None => None,
        };
        let when = match when {
            Some(word) => {
                let key = level_key(word);
                let known = STATUS_WORDS.into_iter().find(|known| *known == key);
                Some(known.ok_or_else(|| {
                    format!(
                        "found when {word}, expected when {}",
                        STATUS_WORDS.join(" or ")
                    )
                })?)
            }
            None => None,
        };
        Ok(ScoresOf {
            column,
            measure,
            when,
        })
    }

    /// Is this said of a column whose questionnaire has this name?
    fn holds_for(&self, column: &str, measure: Option<&str>) -> bool {
        let same = |a: &str, b: &str| measure_key(a) == measure_key(b);
        self.column == column
            && self
                .measure
                .as_deref()
                .is_none_or(|named| measure.is_some_and(|measure| same(named, measure)))
    }
}

impl fmt::Display for ScoresOf {
    /// The key in the study file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = self.column.to_owned();
        if let Some(measure) = &self.measure {
            key += &format!(" of {measure}");
        }
        if let Some(when) = self.when {
            key += &format!(" when {when}");
        }
        if key == self.column {
            f.write_str(&key)
        } else {
            write!(f, "{key:?}")
        }
    }
}

/// A number that means "missing" in a column.
#[derive(Clone, Debug, PartialEq)]
struct Code {
    of: ScoresOf,
    value: f64,
}

/// Something that was asked about and is right.
#[derive(Clone, Debug, PartialEq)]
struct Right {
    of: ScoresOf,
    what: WhatIsRight,
}

/// What a study can say is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WhatIsRight {
    /// This number is a score, however often it is there.
    Score(f64),
    /// Nobody has a lower score.
    NoneBelow(f64),
    /// Nobody has a higher score.
    NoneAbove(f64),
    /// So many scores after treatment equal those before.
    EqualsPre,
}

impl WhatIsRight {
    fn parse(text: &str) -> Option<WhatIsRight> {
        let text = text.trim();
        if text == EQUALS_PRE {
            return Some(WhatIsRight::EqualsPre);
        }
        if let Some(lowest) = text.strip_prefix(NONE_BELOW) {
            return number_of(lowest).map(WhatIsRight::NoneBelow);
        }
        if let Some(highest) = text.strip_prefix(NONE_ABOVE) {
            return number_of(highest).map(WhatIsRight::NoneAbove);
        }
        number_of(text).map(WhatIsRight::Score)
    }
}

impl fmt::Display for WhatIsRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhatIsRight::Score(score) => write!(f, "{score}"),
            WhatIsRight::NoneBelow(lowest) => write!(f, "{NONE_BELOW}{lowest}"),
            WhatIsRight::NoneAbove(highest) => write!(f, "{NONE_ABOVE}{highest}"),
            WhatIsRight::EqualsPre => f.write_str(EQUALS_PRE),
        }
    }
}

/// A finite number, whichever the decimal mark.
pub(super) fn number_of(text: &str) -> Option<f64> {
    let number: f64 = text.trim().replace(',', ".").parse().ok()?;
    number.is_finite().then_some(number)
}

/// What the study file says of its columns of scores.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    codes: Vec<Code>,
    right: Vec<Right>,
}

impl Declared {
    pub(super) fn of(
        missing_in: &BTreeMap<String, Vec<String>>,
        right: &BTreeMap<String, Vec<String>>,
        catalogue: &Catalogue,
        faults: &mut Faults,
    ) -> Declared {
        let mut declared = Declared::default();
        for (key, texts) in missing_in {
            let of = match ScoresOf::parse(key, catalogue) {
                Ok(of) => of,
                Err(why) => {
                    faults.push(format!("files.missing_in.{key:?}: {why}"));
                    continue;
                }
            };
            for text in texts {
                match number_of(text) {
                    Some(value) => declared.codes.push(Code {
                        of: of.clone(),
                        value,
                    }),
                    None => faults.push(format!(
                        "files.missing_in.{key:?}: found {text:?}, expected a number\n  hint: a text that means \"missing\" goes to [files] missing; no score can be mistaken for it"
                    )),
                }
            }
        }
        for (key, texts) in right {
            let of = match ScoresOf::parse(key, catalogue) {
                Ok(of) => of,
                Err(why) => {
                    faults.push(format!("files.right.{key:?}: {why}"));
                    continue;
                }
            };
            for text in texts {
                match WhatIsRight::parse(text) {
                    Some(what) => declared.right.push(Right {
                        of: of.clone(),
                        what,
                    }),
                    None => faults.push(format!(
                        "files.right.{key:?}: found {text:?}, expected a number that is a score, \"{NONE_BELOW}\" or \"{NONE_ABOVE}\" and a number, or \"{EQUALS_PRE}\""
                    )),
                }
            }
        }
        declared
    }

    /// The numbers that mean "missing" in a column, each with the word of the status it is bound to.
    pub fn codes_in(
        &self,
        column: &str,
        measure: Option<&str>,
    ) -> Vec<(f64, Option<&'static str>)> {
        let here = self.codes.iter();
        here.filter(|code| code.of.holds_for(column, measure))
            .map(|code| (code.value, code.of.when))
            .collect()
    }

    /// What was asked about a column and is right.
    pub fn right_in(&self, column: &str, measure: Option<&str>) -> Vec<WhatIsRight> {
        let here = self.right.iter();
        here.filter(|right| right.of.holds_for(column, measure))
            .map(|right| right.what)
            .collect()
    }

    /// The line of the study file by which one more number means "missing" in a column.
    pub fn with_code(&self, of: &ScoresOf, code: f64) -> String {
        let known = self.codes.iter().filter(|known| known.of == *of);
        let codes = known.map(|known| known.value).chain([code]);
        line_of(of, codes.map(|code| code.to_string()))
    }

    /// The line of the study file that says of one more thing that it is right.
    pub fn with_right(&self, of: &ScoresOf, what: WhatIsRight) -> String {
        let known = self.right.iter().filter(|known| known.of == *of);
        let all = known.map(|known| known.what).chain([what]);
        line_of(of, all.map(|what| what.to_string()))
    }
}

fn line_of(of: &ScoresOf, words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.map(|word| format!("{word:?}")).collect();
    format!("{of} = [{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(missing_in: &str, right: &str) -> Result<Declared, Vec<String>> {
        let table = |text: &str| toml::from_str(text).expect("the test writes TOML");
        let mut faults = Faults::default();
        let catalogue = Catalogue::built_in();
        let found = Declared::of(&table(missing_in), &table(right), catalogue, &mut faults);
        faults.none().map(|()| found)
    }

    #[test]
    fn a_code_is_said_for_a_column_a_questionnaire_and_an_ending() {
        let found = declared(
            "alliance = [\"0\"]\n\"post of phq9 when dropped_out\" = [\"0\"]\npre = [\"-9\"]\n",
            "",
        )
        .unwrap();
        assert_eq!(found.codes_in("alliance", Some("SRS")), [(0.0, None)]);
        assert_eq!(
            found.codes_in("post", Some("PHQ-9")),
            [(0.0, Some("dropped_out"))]
        );
        assert!(found.codes_in("post", Some("GAD-7")).is_empty());
        assert_eq!(found.codes_in("pre", Some("GAD-7")), [(-9.0, None)]);
        assert!(found.codes_in("symptom", None).is_empty());
    }

    #[test]
    fn the_lines_that_hints_propose_are_read_back_and_keep_what_was_said_before() {
        let of = ScoresOf::column("post").of("PHQ-9").when("dropped_out");
        let line = Declared::default().with_code(&of, 0.0);
        assert_eq!(line, "\"post of PHQ-9 when dropped_out\" = [\"0\"]");
        let both = declared(&line, "").unwrap().with_code(&of, -9.0);
        assert_eq!(both, "\"post of PHQ-9 when dropped_out\" = [\"0\", \"-9\"]");
        let column = ScoresOf::column("symptom");
        let mut line = Declared::default().with_right(&column, WhatIsRight::NoneBelow(9.0));
        for what in [WhatIsRight::Score(0.0), WhatIsRight::EqualsPre] {
            line = declared("", &line).unwrap().with_right(&column, what);
        }
        assert_eq!(line, "symptom = [\"none below 9\", \"0\", \"equals pre\"]");
    }

    #[test]
    fn what_cannot_be_meant_is_a_fault_of_the_study_file() {
        for (missing_in, right) in [
            ("allianz = [\"0\"]", ""),
            ("\"alliance of SRS\" = [\"0\"]", ""),
            ("\"post of Nothing\" = [\"0\"]", ""),
            ("\"post when cured\" = [\"0\"]", ""),
            ("post = [\"k.A.\"]", ""),
            ("", "post = [\"fine\"]"),
            ("", "date = [\"0\"]"),
        ] {
            let faults = declared(missing_in, right).unwrap_err();
            assert_eq!(faults.len(), 1, "{missing_in}{right}: {faults:?}");
        }
    }
}
