//! Scores that the questionnaire cannot have. A few are slips, each with its place; many are another
//! form of the questionnaire, and to call them "missing" would throw real scores away.

use super::super::problem::{Problem, may_be_shown, shown, shown_number};
use super::super::suspects::is_usual_code;
use super::{ScoreColumn, Tally, share};
use crate::study::Measure;

/// More than this are one problem of the column, not many of its cells.
const MANY: usize = 20;
/// Different impossible scores that are remembered, besides usual codes: one may be a code, two are none.
const MOST_VALUES: usize = 2;
/// How far from every other score one must lie to be a code, as a share of the range.
const APART: f64 = 0.2;
/// Other forms that are named.
const MOST_FORMS: usize = 4;

/// The impossible scores of a column.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    count: u64,
    /// The first, by line, as they were written.
    first: Vec<(u64, String)>,
    /// Usual codes and the first other values, and how often each is there.
    values: Vec<(f64, u64)>,
    /// Of those that are no usual code.
    lowest: f64,
    highest: f64,
}

impl Outside {
    pub fn new() -> Outside {
        Outside {
            count: 0,
            first: Vec::new(),
            values: Vec::new(),
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
        }
    }

    pub fn add(&mut self, score: f64, text: &[u8], line: u64) {
        self.count += 1;
        if self.first.len() <= MANY {
            self.first.push((line, shown(text)));
        }
        self.add_value(score, 1);
        if !is_usual_code(score) {
            self.lowest = self.lowest.min(score);
            self.highest = self.highest.max(score);
        }
    }

    fn add_value(&mut self, value: f64, count: u64) {
        let known = self.values.iter().position(|(known, _)| *known == value);
        match known {
            Some(at) => self.values[at].1 += count,
            None => {
                let others = self.values.iter().filter(|v| !is_usual_code(v.0));
                if is_usual_code(value) || others.count() < MOST_VALUES {
                    self.values.push((value, count));
                }
            }
        }
    }

    /// Adds those of a later part of the file, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: &Outside, first_line: u64) {
        self.count += later.count;
        let room = (MANY + 1).saturating_sub(self.first.len());
        let more = later.first.iter().take(room);
        self.first
            .extend(more.map(|(line, text)| (line + first_line, text.clone())));
        for (value, count) in &later.values {
            self.add_value(*value, *count);
        }
        self.lowest = self.lowest.min(later.lowest);
        self.highest = self.highest.max(later.highest);
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// Each impossible score, or one problem for all where they are many.
pub(super) fn problems(column: &ScoreColumn, tally: &Tally) -> Vec<Problem> {
    let outside = &tally.outside;
    let (Some(measure), Some((first, _))) = (column.measure, outside.first.first()) else {
        return Vec::new();
    };
    let range = measure
        .range_in_words()
        .unwrap_or_else(|| "another score".into());
    let codes = lone_codes(measure, tally);
    let is_code = |value: f64| codes.contains(&value);
    let mut others = outside.values.iter().map(|(value, _)| *value);
    let has_others = others.clone().any(|value| !is_code(value));
    let (low, high) = if others.all(is_code) {
        (tally.lowest, tally.highest)
    } else {
        (
            tally.lowest.min(outside.lowest),
            tally.highest.max(outside.highest),
        )
    };
    let mut hints: Vec<String> = codes
        .iter()
        .map(|code| column.if_missing(&column.of, *code))
        .collect();
    if has_others {
        hints.push(if_another_form(column, measure, (low, high)));
    }
    let hint = hints.join("; ");
    if outside.count as usize > MANY {
        let of = tally.count + outside.count;
        let reach = if low <= high {
            let (low, high) = (shown_number(low), shown_number(high));
            format!("the scores of the column run from {low} to {high}")
        } else {
            "none of the column lies inside".to_owned()
        };
        let message = format!(
            "found {} outside {range} ({}); {reach}{}",
            share(outside.count, of),
            measure.name,
            and_codes(&codes)
        );
        return vec![column.problem(*first, message).hint(hint)];
    }
    let each = outside.first.iter().map(|(line, found)| {
        let message = format!("found {found}, expected {range} ({})", measure.name);
        column.problem(*line, message).hint(hint.clone())
    });
    each.collect()
}

fn and_codes(codes: &[f64]) -> String {
    match codes {
        [] => String::new(),
        codes => {
            let codes: Vec<String> = codes.iter().map(f64::to_string).collect();
            format!(", and there is {}", codes.join(" and "))
        }
    }
}

/// The impossible scores that stand alone, as a code for "missing" does: one that statistics programs
/// use, or the only one, met more than once, far from every score.
fn lone_codes(measure: &Measure, tally: &Tally) -> Vec<f64> {
    let outside = &tally.outside;
    let width = measure
        .range()
        .map_or(f64::INFINITY, |(low, high)| high - low);
    let is_only = outside.values.len() == 1;
    let is_code = |(value, count): &(f64, u64)| {
        let is_usual = is_usual_code(*value);
        let (mut lowest, mut highest) = (tally.lowest, tally.highest);
        if !is_only || is_usual {
            (lowest, highest) = (lowest.min(outside.lowest), highest.max(outside.highest));
        }
        // One among the scores of a longer form is none; nor is one at the end of them.
        let is_negative = *value < 0.0 && measure.minimum.is_some_and(|low| low >= 0.0);
        let distance = if is_usual && is_negative {
            0.0
        } else {
            APART * width
        };
        let is_apart = *value < lowest - distance || *value > highest + distance;
        // What may be somebody's number is no code, and is not repeated.
        is_apart && may_be_shown(*value) && (is_usual || (is_only && *count > 1))
    };
    let found = outside.values.iter().filter(|value| is_code(value));
    found.map(|(value, _)| *value).collect()
}

/// What to do about scores of a form that is not the one named.
fn if_another_form(column: &ScoreColumn, measure: &Measure, found: (f64, f64)) -> String {
    let mut forms = codings(measure, found);
    forms.extend(relatives(column, measure, found));
    forms.truncate(MOST_FORMS);
    let forms = if forms.is_empty() {
        "another form or questionnaire".to_owned()
    } else {
        format!("another form ({})", forms.join("; or "))
    };
    let field = column.field();
    let name = match field {
        "pre" | "post" => "name it in the column measure".to_owned(),
        "heard" | "safe" | "seen" => "name it as [measures] items = \"…\"".to_owned(),
        _ => format!("name it as [measures] {field} = \"…\""),
    };
    format!(
        "correct a slip in the export; if the column holds {forms}, {name}, or turn the scores into those of {} in the export",
        measure.name
    )
}

/// Other codings of the same items that would give such scores.
fn codings(measure: &Measure, (low, high): (f64, f64)) -> Vec<String> {
    let (Some(items), Some((minimum, maximum))) = (measure.items, measure.range()) else {
        return Vec::new();
    };
    let k = f64::from(items);
    let fits = |a: f64, b: f64| low >= a - 1e-9 && high <= b + 1e-9;
    let (first, last) = (minimum / k, maximum / k);
    let is_sum = items > 1 && first.fract() == 0.0 && last.fract() == 0.0;
    let mut forms = Vec::new();
    if is_sum {
        if fits(first, last) {
            forms.push(format!(
                "the mean of the items, {first} to {last}: times {items}"
            ));
        }
        if first >= 1.0 && fits(minimum - k, maximum - k) {
            forms.push(format!(
                "items coded from {} to {}: {items} more for every total",
                first - 1.0,
                last - 1.0
            ));
        }
        if first == 0.0 && fits(minimum + k, maximum + k) {
            forms.push(format!(
                "items coded from {} to {}: {items} less for every total",
                first + 1.0,
                last + 1.0
            ));
        }
        if first == 1.0 && last < 7.0 && fits(k, 7.0 * k) {
            forms.push(format!("answers on 7 points, {items} to {}", 7.0 * k));
        }
    } else if items > 1 && maximum <= 10.0 && fits(minimum * k, maximum * k) {
        forms.push(format!(
            "the sum of the items, {} to {}: divided by {items}",
            minimum * k,
            maximum * k
        ));
    }
    forms
}

/// Questionnaires of the same family whose range holds such scores.
fn relatives(column: &ScoreColumn, measure: &Measure, (low, high): (f64, f64)) -> Vec<String> {
    let family = |name: &str| {
        name.chars()
            .take_while(char::is_ascii_alphabetic)
            .collect::<String>()
    };
    let ours = family(&measure.name);
    let is_relative = |other: &&Measure| {
        other.name != measure.name
            && other.construct == measure.construct
            && other.rater == measure.rater
            && family(&other.name) == ours
            && other.range().is_some_and(|(a, b)| low >= a && high <= b)
    };
    let named = |other: &Measure| Some(format!("{}, {}", other.name, other.range_in_words()?));
    column
        .catalogue()
        .iter()
        .filter(is_relative)
        .filter_map(named)
        .collect()
}
