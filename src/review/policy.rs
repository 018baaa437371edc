//! The policy of a review: thresholds with their reasons, from a TOML file laid over the defaults.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::rules::RULES;
use crate::study::text::{LONGEST_TEXT, faults, text_of, toml_fault};

/// The policy that is shipped, as text.
pub const DEFAULT: &str = include_str!("../../data/policy.toml");

/// The rules as they are applied: each one of the review, by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    rules: BTreeMap<String, Rule>,
}

/// A rule's threshold, its reason, and what it does when nothing can be told.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub at_least: Option<f64>,
    pub at_most: Option<f64>,
    pub at_most_days: Option<i64>,
    pub lower_limit_at_least: Option<f64>,
    pub reason: Option<String>,
    pub cannot_tell: Option<CannotTell>,
    pub off: Option<bool>,
}

/// Does a rule that cannot tell hold the review?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CannotTell {
    #[default]
    Hold,
    Pass,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[serde(default)]
    rules: BTreeMap<String, Rule>,
}

impl Policy {
    /// The policy that is shipped.
    pub fn shipped() -> Policy {
        let spec: Spec =
            toml::from_str(DEFAULT).expect("data/policy.toml is valid: a test reads it");
        let is_named = |(name, _): &(&str, _)| spec.rules.contains_key(*name);
        assert!(
            spec.rules.len() == RULES.len() && RULES.iter().all(is_named),
            "data/policy.toml has one entry for each rule: a test reads it"
        );
        Policy { rules: spec.rules }
    }

    /// What is asked of the rule with this name, which is one of the review's.
    pub(super) fn rule(&self, name: &str) -> &Rule {
        &self.rules[name]
    }

    /// Reads a policy file; what it does not name keeps its default.
    ///
    /// # Errors
    /// Every problem of the file, in plain words.
    pub fn load(path: &Path) -> Result<Policy, String> {
        let in_file = |problem: String| format!("{}: {problem}", path.display());
        let text = text_of(path).map_err(|why| in_file(why.to_string()))?;
        Policy::from_toml(&text).map_err(in_file)
    }

    /// The same from text.
    ///
    /// # Errors
    /// Every problem of the text, in plain words.
    pub fn from_toml(text: &str) -> Result<Policy, String> {
        let spec: Spec = toml::from_str(text).map_err(|e| toml_fault(&e))?;
        let mut policy = Policy::shipped();
        // Whatever is a policy is a document.
        let document = toml::from_str(text).unwrap_or_default();
        let mut problems = faults(&document, |_| LONGEST_TEXT);
        for (name, own) in spec.rules {
            let Some(rule) = policy.rules.get_mut(&name) else {
                let hint = crate::study::nearest(&name, &RULES.map(|(name, _)| name))
                    .map(|near| format!("; did you mean {near}?"))
                    .unwrap_or_default();
                problems.push(format!("rules.{name}: there is no such rule{hint}"));
                continue;
            };
            for (key, given, known) in [
                ("at_least", own.at_least.is_some(), rule.at_least.is_some()),
                ("at_most", own.at_most.is_some(), rule.at_most.is_some()),
                (
                    "at_most_days",
                    own.at_most_days.is_some(),
                    rule.at_most_days.is_some(),
                ),
                (
                    "lower_limit_at_least",
                    own.lower_limit_at_least.is_some(),
                    rule.lower_limit_at_least.is_some(),
                ),
            ] {
                if given && !known {
                    problems.push(format!(
                        "rules.{name}.{key}: this rule has no such threshold"
                    ));
                }
            }
            problems.extend(out_of_place(&name, &own));
            problems.extend(without_reason(&name, &own, rule));
            *rule = Rule {
                at_least: own.at_least.or(rule.at_least),
                at_most: own.at_most.or(rule.at_most),
                at_most_days: own.at_most_days.or(rule.at_most_days),
                lower_limit_at_least: own.lower_limit_at_least.or(rule.lower_limit_at_least),
                reason: own.reason.or(rule.reason.take()),
                cannot_tell: own.cannot_tell.or(rule.cannot_tell),
                off: own.off.or(rule.off),
            };
        }
        if policy.rules.values().all(|rule| rule.off == Some(true)) {
            problems.push("every rule is switched off; a review of nothing would pass".into());
        }
        if problems.is_empty() {
            Ok(policy)
        } else {
            Err(problems.join("\n"))
        }
    }
}

/// A rule that is changed needs a reason of its own: the one that is shipped speaks of the shipped threshold.
fn without_reason(name: &str, own: &Rule, shipped: &Rule) -> Option<String> {
    let is_changed = own.at_least.is_some_and(|x| Some(x) != shipped.at_least)
        || own.at_most.is_some_and(|x| Some(x) != shipped.at_most)
        || own
            .at_most_days
            .is_some_and(|x| Some(x) != shipped.at_most_days)
        || own
            .lower_limit_at_least
            .is_some_and(|x| Some(x) != shipped.lower_limit_at_least)
        || own.cannot_tell == Some(CannotTell::Pass)
        || own.off == Some(true);
    let reason = own.reason.as_deref().map(str::trim).unwrap_or_default();
    let has_own = !reason.is_empty() && own.reason != shipped.reason;
    (is_changed && !has_own).then(|| {
        format!("rules.{name}: it is changed without a reason of its own; say why: reason = \"…\"")
    })
}

/// The thresholds that lie where no number of the rule can.
fn out_of_place(name: &str, rule: &Rule) -> Vec<String> {
    // A share is written 0.3; 30 would hold for every clinic.
    let (low, high, what) = match name {
        "minimum_n" => (1.0, 1e9, "a number of clients"),
        _ => (0.0, 1.0, "a share from 0 to 1, such as 0.3 for 30 %"),
    };
    let shares = [("at_least", rule.at_least), ("at_most", rule.at_most)]
        .map(|(key, value)| (key, value, low, high, what));
    let correlation = (
        "lower_limit_at_least",
        rule.lower_limit_at_least,
        -1.0,
        1.0,
        "a correlation from -1 to 1",
    );
    let days = (
        "at_most_days",
        rule.at_most_days.map(|days| days as f64),
        0.0,
        36_500.0,
        "a number of days",
    );
    shares
        .into_iter()
        .chain([correlation, days])
        .filter_map(|(key, value, low, high, what)| {
            let value = value.filter(|x| !(low..=high).contains(x))?;
            Some(format!(
                "rules.{name}.{key}: found {value}, expected {what}"
            ))
        })
        .collect()
}
