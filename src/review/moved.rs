//! What moved since the last review, and is it more than chance?
//!
//! The two reports share clients, so their numbers depend on each other. They are compared as if they
//! did not: where most clients are in both, the interval of a difference is too wide, and only a large
//! move is told. Clients of one therapist are taken as independent. The family of all comparisons is
//! adjusted by Holm. Shares of ruptures are not compared: their yardstick is made anew from each report's
//! own ratings.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Basis, Previous};
use crate::findings::earlier::Number;
use crate::findings::{Estimate, Findings, Scale};
use crate::stats::multiplicity::holm;
use crate::stats::numeric::distribution::normal_two_sided_p;

/// Two reviews beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The day of the data before.
    pub previous_data_lock: Option<String>,
    /// What differs in how the numbers were made; if anything does, none is compared.
    pub changed: Vec<String>,
    /// Comparisons made, which the p values are adjusted for.
    pub compared: u64,
    pub movements: Vec<Movement>,
}

/// One estimate, before and now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Movement {
    pub estimate_id: String,
    pub label: String,
    pub scale: Scale,
    pub before: Option<f64>,
    pub now: Option<f64>,
    pub difference: Option<f64>,
    pub conf_low: Option<f64>,
    pub conf_high: Option<f64>,
    /// Adjusted by Holm.
    pub p_value: Option<f64>,
    #[serde(flatten)]
    pub state: State,
}

/// Did it move?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Moved,
    WithinNoise,
    NotComparable { reason: String },
}

/// The estimates a review watches, in the order of the report.
pub(super) fn watched(findings: &Findings) -> impl Iterator<Item = &Estimate> {
    findings.estimates().filter(|e| is_watched(e))
}

fn is_watched(e: &Estimate) -> bool {
    match e.question.as_str() {
        "alliance_outcome" => ["partial", "post", "change"].contains(&e.term.as_str()),
        "online_vs_in_person" => ["correlation", "alliance"].contains(&e.term.as_str()),
        "empathy" => e.term == "partial",
        "items" => ["partial", "post", "change"].contains(&e.term.as_str()),
        "change" => e.term.ends_with("_rate") || e.term == "pre_post_d" || e.term == "completeness",
        "dropout" => true,
        "ratings" => e.scale == Scale::Proportion,
        "sites" => e.id == "sites.pooled",
        _ => false,
    }
}

/// Compares what the last review was based on with what this one is.
pub(super) fn compare(last: &Previous, now: &Basis) -> Comparison {
    let changed = Changes::between(&last.basis, now);
    let minimum = u64::from(now.settings.minimum_cell);
    let mut movements: Vec<Movement> = now
        .estimates
        .iter()
        .map(|estimate| {
            let before = last.basis.estimates.iter().find(|e| e.id == estimate.id);
            movement(before, estimate, &changed, minimum)
        })
        .collect();
    let tested: Vec<usize> = (0..movements.len())
        .filter(|at| movements[*at].p_value.is_some())
        .collect();
    let p: Vec<f64> = tested
        .iter()
        .filter_map(|at| movements[*at].p_value)
        .collect();
    let adjusted = holm(&p).unwrap_or_default();
    for (at, p) in tested.iter().zip(adjusted) {
        movements[*at].p_value = Some(p);
        movements[*at].state = if p < 1.0 - now.settings.confidence_level {
            State::Moved
        } else {
            State::WithinNoise
        };
    }
    Comparison {
        previous_data_lock: last.data_lock.clone(),
        changed: changed.all,
        compared: tested.len() as u64,
        movements,
    }
}

/// What differs in how the numbers were made.
struct Changes {
    /// What makes every number another one, in words.
    all: Vec<String>,
    /// Groups whose rule is another one, or new.
    groups: BTreeSet<String>,
    /// Is pooling over units done otherwise?
    pooling: bool,
}

impl Changes {
    fn between(before: &Basis, now: &Basis) -> Changes {
        let mut all = Vec::new();
        let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
        if major(&before.findings_version) != major(&now.findings_version) {
            all.push("format of the findings".into());
        }
        // What names, days and charts are called, or what is asked besides, changes no number here.
        const FREE: [&str; 15] = [
            "name",
            "title",
            "data_lock",
            "questions",
            "contrasts",
            "rebases",
            "large_ranges",
            "bootstrap_replicates",
            "seed",
            "equivalence_correlation",
            "equivalence_alliance_sd",
            "equivalence_change_sd",
            "sessions_in_courses",
            "raw_points",
            "groups",
        ];
        const POOLING: [&str; 2] = ["pool_by", "pooling"];
        let fields =
            |basis: &Basis| serde_json::to_value(&basis.settings).expect("settings are plain data");
        let (a, b) = (fields(before), fields(now));
        let mut pooling = false;
        if let (Some(a), Some(b)) = (a.as_object(), b.as_object()) {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys.into_iter().filter(|key| a.get(*key) != b.get(*key)) {
                if POOLING.contains(&key.as_str()) {
                    pooling = true;
                } else if !FREE.contains(&key.as_str()) {
                    let told = |of: &serde_json::Map<String, serde_json::Value>| {
                        of.get(key)
                            .map_or_else(|| "nothing".into(), ToString::to_string)
                    };
                    all.push(format!("setting {key}, from {} to {}", told(a), told(b)));
                }
            }
        }
        if before.measures != now.measures {
            all.push("questionnaires".into());
        }
        let old = &before.settings.groups;
        let groups = now
            .settings
            .groups
            .iter()
            .filter(|group| !old.contains(group));
        Changes {
            all,
            groups: groups.map(|group| group.key.clone()).collect(),
            pooling,
        }
    }

    /// Why an estimate is not made as it was, if so.
    fn of(&self, e: &Estimate) -> Option<String> {
        if !self.all.is_empty() {
            Some(format!("not made in the same way: {}", self.all.join("; ")))
        } else if self.groups.contains(&e.group) {
            Some("the rule of the group is another one, or new".into())
        } else if self.pooling && e.question == "sites" {
            Some("pooled in another way".into())
        } else {
            None
        }
    }
}

fn movement(
    before: Option<&Estimate>,
    now: &Estimate,
    changed: &Changes,
    minimum: u64,
) -> Movement {
    let not = |reason: String| Movement {
        estimate_id: now.id.clone(),
        label: now.label.clone(),
        scale: now.scale,
        before: None,
        now: None,
        difference: None,
        conf_low: None,
        conf_high: None,
        p_value: None,
        state: State::NotComparable { reason },
    };
    if let Some(reason) = changed.of(now) {
        return not(reason);
    }
    let Some(before) = before else {
        return not("not in the last review".into());
    };
    let values = |e: &Estimate| Some((e.estimate()?, e.interval()?));
    let (Some((x, (x_low, x_high, level))), Some((y, (y_low, y_high, same)))) =
        (values(before), values(now))
    else {
        return not("no number in one of the two".into());
    };
    if before.method != now.method || (level - same).abs() > 1e-12 {
        return not("made by another method".into());
    }
    // METHOD: two numbers whose clients differ by a few would tell of those few.
    if let (Some(a), Some(b)) = (Number::of_estimate(before), Number::of_estimate(now))
        && !b.is_safe_beside(&a, minimum, false)
    {
        return not(format!(
            "the two are of almost the same clients; beside each other they would tell of fewer than {minimum}"
        ));
    }
    // METHOD: the limits of a difference from those of its parts (Zou and Donner 2008), which keeps
    // the asymmetry of shares and correlations.
    let difference = y - x;
    let low = difference - libm::hypot(y - y_low, x_high - x);
    let high = difference + libm::hypot(y_high - y, x - x_low);
    let toward_zero = if difference > 0.0 {
        difference - low
    } else {
        high - difference
    };
    let level = crate::stats::interval::Level::new(level).ok();
    let p = level
        .filter(|_| toward_zero > 0.0)
        .map(|level| normal_two_sided_p(difference / (toward_zero / level.critical_z())));
    match p.filter(|p| p.is_finite()) {
        Some(p) => Movement {
            before: Some(x),
            now: Some(y),
            difference: Some(difference),
            conf_low: Some(low),
            conf_high: Some(high),
            p_value: Some(p),
            ..not(String::new())
        },
        None => not("no interval in one of the two".into()),
    }
}
