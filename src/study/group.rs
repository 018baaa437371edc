//! Modalities and named groups: who is compared with whom.
//!
//! A modality (delivery, treatment, diagnosis) divides the clients into levels. A group is a rule
//! such as `treatment in [cbt, cbtp]`; `cbt` and `psychosis` are built in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How and what: the three ways in which clients are divided.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    Delivery,
    Treatment,
    Diagnosis,
}

impl Modality {
    pub const ALL: [Modality; 3] = [Modality::Delivery, Modality::Treatment, Modality::Diagnosis];

    pub fn as_str(self) -> &'static str {
        match self {
            Modality::Delivery => "delivery",
            Modality::Treatment => "treatment",
            Modality::Diagnosis => "diagnosis",
        }
    }
}

/// The levels one client has, as keys; `None` where nothing is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    pub delivery: Option<String>,
    pub treatment: Option<String>,
    pub diagnosis: Option<String>,
    /// The site, or the year, whichever the study pools by.
    pub unit: Option<String>,
}

impl Levels {
    pub fn of(&self, modality: Modality) -> Option<&str> {
        match modality {
            Modality::Delivery => self.delivery.as_deref(),
            Modality::Treatment => self.treatment.as_deref(),
            Modality::Diagnosis => self.diagnosis.as_deref(),
        }
    }
}

/// The key of a level: lower case, words joined by `_`, so that `In person` and `in-person` are
/// one level.
pub fn level_key(label: &str) -> String {
    words(label).collect::<Vec<_>>().join("_")
}

fn words(label: &str) -> impl Iterator<Item = String> {
    label
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// A named group of clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// The group part of estimate ids.
    pub key: String,
    /// The rule as written.
    pub rule: String,
    conditions: Vec<Condition>,
}

/// One part of a rule; all parts must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Condition {
    OneOf {
        modality: Modality,
        levels: Vec<String>,
    },
    Cbt,
    PsychosisSpectrum,
}

impl Group {
    /// Treatments whose name has the word cbt: cbt, cbtp, tf-cbt, icbt …
    pub fn cbt() -> Group {
        Group {
            key: "cbt".into(),
            rule: "treatment has the word cbt".into(),
            conditions: vec![Condition::Cbt],
        }
    }

    /// The diagnosis psychosis and the names of the schizophrenia spectrum.
    pub fn psychosis() -> Group {
        Group {
            key: "psychosis".into(),
            rule: "diagnosis is psychosis or of the schizophrenia spectrum".into(),
            conditions: vec![Condition::PsychosisSpectrum],
        }
    }

    /// Reads a rule: `modality in [a, b]` or `modality = a`, several joined by ` and `.
    ///
    /// # Errors
    /// In plain words, when the rule is not of that form.
    pub fn parse(key: &str, rule: &str) -> Result<Group, String> {
        let wrong = |why: &str| {
            format!(
                "group {key}: {why} in the rule {rule:?}; expected e.g. \"treatment in [cbt, cbtp]\" or \"diagnosis = depression and delivery = online\""
            )
        };
        let mut conditions = Vec::new();
        for part in rule.split(" and ") {
            let (name, levels) = if let Some((name, list)) = part.split_once(" in ") {
                let list = list
                    .trim()
                    .strip_prefix('[')
                    .and_then(|l| l.strip_suffix(']'))
                    .ok_or_else(|| wrong("no list in brackets after `in`"))?;
                (name, list.split(',').map(level_key).collect::<Vec<_>>())
            } else if let Some((name, level)) = part.split_once('=') {
                (name, vec![level_key(level)])
            } else {
                return Err(wrong("neither `in` nor `=`"));
            };
            if levels.iter().any(String::is_empty) {
                return Err(wrong("an empty level"));
            }
            let modality = Modality::ALL
                .into_iter()
                .find(|m| m.as_str() == name.trim())
                .ok_or_else(|| wrong("a modality other than delivery, treatment or diagnosis"))?;
            conditions.push(Condition::OneOf { modality, levels });
        }
        Ok(Group {
            key: level_key(key),
            rule: rule.into(),
            conditions,
        })
    }

    /// Is a client with these levels in the group?
    pub fn holds(&self, levels: &Levels) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::OneOf {
                modality,
                levels: wanted,
            } => levels
                .of(*modality)
                .is_some_and(|level| wanted.iter().any(|w| w == level)),
            Condition::Cbt => levels.of(Modality::Treatment).is_some_and(is_cbt),
            Condition::PsychosisSpectrum => levels
                .of(Modality::Diagnosis)
                .is_some_and(is_psychosis_spectrum),
        })
    }

    /// The modalities the rule speaks of.
    pub fn modalities(&self) -> impl Iterator<Item = Modality> {
        self.conditions.iter().map(|condition| match condition {
            Condition::OneOf { modality, .. } => *modality,
            Condition::Cbt => Modality::Treatment,
            Condition::PsychosisSpectrum => Modality::Diagnosis,
        })
    }
}

/// Is every word of a label one of the trade? A label that is not may be anything that was typed
/// into the export, a person's name among them.
pub fn is_known_label(label: &str) -> bool {
    const WORDS: &str = "cbt cbtp icbt act dbt emdr ipt mbct cft mbt tfp cat pe cpt sfbt pst bt ct rebt ect tms \
        cognitive behavioural behavioral behaviour behavior acceptance commitment dialectical psychodynamic \
        psychoanalysis psychoanalytic analytic dynamic humanistic gestalt existential integrative eclectic systemic \
        family couple couples group individual supportive interpersonal counselling counseling therapy treatment \
        psychotherapy mindfulness exposure schema compassion focused solution problem solving motivational \
        interviewing guided self help internet online art music dance movement play body oriented trauma narrative \
        hypnosis hypnotherapy biofeedback medication pharmacotherapy psychoeducation rehabilitation skills training \
        depression depressive anxiety anxious ptsd ocd gad adhd autism bpd bipolar psychosis psychotic \
        schizophrenia schizoaffective schizophreniform schizotypal delusional dissociative eating anorexia bulimia \
        binge obsessive compulsive panic phobia phobic social agoraphobia specific generalised generalized \
        posttraumatic post traumatic stress acute adjustment grief bereavement personality borderline narcissistic \
        avoidant dependent substance alcohol drug use addiction dependence insomnia sleep somatic somatoform symptom \
        pain chronic health burnout mood affective major minor persistent recurrent single episode dysthymia mania \
        manic cyclothymia sexual gender gambling conduct disorder disorders syndrome mild moderate severe first \
        spectrum comorbid mixed other none unknown unspecified not recorded diagnosis no without with and or of for \
        the in as usual standard brief long short term care control waitlist placebo";
    let key = level_key(label);
    let is_icd_code = |word: &str| {
        word.strip_prefix('f').is_some_and(|digits| {
            (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let is_number = |word: &str| word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    !key.is_empty()
        && key.split('_').all(|word| {
            WORDS.split_ascii_whitespace().any(|w| w == word)
                || is_icd_code(word)
                || is_number(word)
        })
}

fn is_negated(words: &[String]) -> bool {
    words
        .iter()
        .any(|w| matches!(w.as_str(), "non" | "no" | "not" | "without"))
}

fn is_cbt(treatment: &str) -> bool {
    let words: Vec<String> = words(treatment).collect();
    !is_negated(&words)
        && words
            .iter()
            .any(|w| w.starts_with("cbt") || w.ends_with("cbt"))
}

fn is_psychosis_spectrum(diagnosis: &str) -> bool {
    const NAMES: [&str; 7] = [
        "psychosis",
        "psychotic",
        "schizophrenia",
        "schizophreniform",
        "schizoaffective",
        "schizotypal",
        "delusional",
    ];
    let words: Vec<String> = words(diagnosis).collect();
    // ICD-10 F20 to F29 are the schizophrenia spectrum.
    let is_f2 = |w: &String| {
        w.strip_prefix("f2")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    !is_negated(&words)
        && words
            .iter()
            .any(|w| NAMES.contains(&w.as_str()) || is_f2(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(treatment: &str, diagnosis: &str) -> Levels {
        Levels {
            delivery: Some("online".into()),
            treatment: Some(level_key(treatment)),
            diagnosis: Some(level_key(diagnosis)),
            unit: None,
        }
    }

    #[test]
    fn cbt_holds_every_treatment_with_the_word_and_no_other() {
        for name in ["cbt", "CBTp", "TF-CBT", "iCBT", "group cbt"] {
            assert!(Group::cbt().holds(&levels(name, "")), "{name}");
        }
        for name in ["act", "non-CBT", "psychodynamic", "dbt"] {
            assert!(!Group::cbt().holds(&levels(name, "")), "{name}");
        }
    }

    #[test]
    fn psychosis_holds_the_spectrum_and_no_other() {
        for name in [
            "psychosis",
            "First-episode psychosis",
            "Schizoaffective disorder",
            "F20.0",
        ] {
            assert!(Group::psychosis().holds(&levels("", name)), "{name}");
        }
        for name in ["depression", "non-psychotic depression", "schizoid", "F32"] {
            assert!(!Group::psychosis().holds(&levels("", name)), "{name}");
        }
    }

    #[test]
    fn labels_of_the_trade_are_told_from_names() {
        for label in [
            "EMDR",
            "trauma-focused CBT",
            "F32.1",
            "Major depressive disorder",
            "no diagnosis",
        ] {
            assert!(is_known_label(label), "{label}");
        }
        for label in [
            "mary smith",
            "Dr Jones",
            "see letter of 3 May",
            "",
            "müller",
            "Ängste",
            "épisode dépressif",
            "Übergewicht",
            "депрессия",
            "うつ病",
            "é",
        ] {
            assert!(!is_known_label(label), "{label}");
        }
    }

    #[test]
    fn a_rule_is_read_as_written() {
        let group = Group::parse(
            "Online CBT",
            "treatment in [CBT, cbtp] and delivery = online",
        )
        .unwrap();
        assert_eq!(group.key, "online_cbt");
        assert!(group.holds(&levels("cbt", "ptsd")));
        assert!(!group.holds(&levels("act", "ptsd")));
        for bad in [
            "treatment",
            "therapy in [cbt]",
            "treatment in cbt",
            "treatment in []",
        ] {
            assert!(Group::parse("x", bad).is_err(), "{bad}");
        }
    }
}
