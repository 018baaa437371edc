//! The policy of a review: thresholds with their reasons, from a TOML file laid over the defaults.

use std::path::Path;

use serde::Deserialize;

/// The policy that is shipped, as text.
pub const DEFAULT: &str = include_str!("../../data/policy.toml");

/// The rules as they are applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub rules: Rules,
}

/// One entry per rule; each is a file in `rules/`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub minimum_n: Rule,
    pub data_age: Rule,
    pub completeness: Rule,
    pub sessions_rated: Rule,
    pub alliance_outcome: Rule,
    pub online_vs_in_person: Rule,
    pub deterioration: Rule,
    pub dropout: Rule,
    pub unrepaired_ruptures: Rule,
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
    rules: std::collections::BTreeMap<String, Rule>,
}

impl Policy {
    /// The policy that is shipped.
    pub fn shipped() -> Policy {
        #[derive(Deserialize)]
        struct File {
            rules: Rules,
        }
        let file: File =
            toml::from_str(DEFAULT).expect("data/policy.toml is valid: a test reads it");
        Policy { rules: file.rules }
    }

    /// Reads a policy file; what it does not name keeps its default.
    ///
    /// # Errors
    /// Every problem of the file, in plain words.
    pub fn load(path: &Path) -> Result<Policy, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| format!("{}: cannot be read: {e}", path.display()))?;
        Policy::from_toml(&text).map_err(|problem| format!("{}: {problem}", path.display()))
    }

    /// The same from text.
    ///
    /// # Errors
    /// Every problem of the text, in plain words.
    pub fn from_toml(text: &str) -> Result<Policy, String> {
        let spec: Spec = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
        let mut policy = Policy::shipped();
        let mut problems = Vec::new();
        for (name, own) in spec.rules {
            let words: Vec<&str> = NAMES.to_vec();
            let Some(rule) = policy.rules.by_name(&name) else {
                let hint = crate::study::nearest(&name, &words)
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
            let numbers = [own.at_least, own.at_most, own.lower_limit_at_least];
            if numbers.into_iter().flatten().any(|x| !x.is_finite()) {
                problems.push(format!("rules.{name}: a threshold must be a number"));
            }
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
        if problems.is_empty() {
            Ok(policy)
        } else {
            Err(problems.join("\n"))
        }
    }
}

/// The names of the rules.
pub const NAMES: [&str; 9] = [
    "minimum_n",
    "data_age",
    "completeness",
    "sessions_rated",
    "alliance_outcome",
    "online_vs_in_person",
    "deterioration",
    "dropout",
    "unrepaired_ruptures",
];

impl Rules {
    fn by_name(&mut self, name: &str) -> Option<&mut Rule> {
        Some(match name {
            "minimum_n" => &mut self.minimum_n,
            "data_age" => &mut self.data_age,
            "completeness" => &mut self.completeness,
            "sessions_rated" => &mut self.sessions_rated,
            "alliance_outcome" => &mut self.alliance_outcome,
            "online_vs_in_person" => &mut self.online_vs_in_person,
            "deterioration" => &mut self.deterioration,
            "dropout" => &mut self.dropout,
            "unrepaired_ruptures" => &mut self.unrepaired_ruptures,
            _ => return None,
        })
    }
}
