//! The clinic's quality review: findings judged against a policy and compared with the last review.
//!
//! It needs no client row: everything comes from findings. What the rules cannot see is never a pass.
//! Nothing depends on the clock: the day of the review is given, or the age of the data is unknown.

mod actions;
mod junit;
mod moved;
mod over_time;
mod page;
pub mod policy;
mod rules;
mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::findings::earlier::Earlier;
use crate::findings::{Display, Estimate, Findings, KeyMessage, MeasureInUse, Scale};
use crate::report::words;
use crate::study::text::json_faults;
use crate::study::{Settings, is_iso_date};
pub use actions::Action;
pub use junit::junit;
pub use moved::{Comparison, Movement, State};
pub use over_time::{Assurance, Watched};
pub use page::page;
use policy::Policy;
pub use text::markdown;

/// The version of the review format this program writes and reads.
pub const SCHEMA_VERSION: &str = "1.2";

/// A review: what was judged, what moved, what is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Version of this format, `major.minor`.
    pub schema_version: String,
    /// The study's short name and title.
    pub name: String,
    pub title: String,
    /// The day the data were locked, where the study states it.
    pub data_lock: Option<String>,
    /// The day of the review, where it was given.
    pub on: Option<String>,
    /// Does any rule hold the review?
    pub outcome: Outcome,
    pub judgements: Vec<Judgement>,
    /// Charts over time that show more than chance since the last review, and units outside the limits, in words.
    #[serde(default)]
    pub signals: Vec<String>,
    /// What each chart over time says.
    #[serde(default)]
    pub over_time: Vec<Watched>,
    /// What is looked at neither over time nor between units, with the reason.
    #[serde(default)]
    pub not_watched: Vec<(String, String)>,
    /// Rules the policy switched off.
    pub not_judged: Vec<String>,
    /// The messages of page one of the report, in words.
    pub key_messages: Vec<String>,
    /// What moved since the last review, where there was one.
    pub comparison: Option<Comparison>,
    /// What was agreed before, then empty lines for the meeting.
    pub actions: Vec<Action>,
    /// When the review is to be repeated; for the meeting to fill in.
    pub re_audit: Option<String>,
    /// What the next review compares with.
    pub basis: Basis,
}

/// The overall outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    Hold,
}

/// One rule applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// Its name in the policy.
    pub rule: String,
    pub title: String,
    /// What is asked, in words.
    pub threshold: String,
    /// Why, as the policy says.
    pub reason: String,
    /// The estimate it looks at.
    pub estimate_id: Option<String>,
    pub observed: Option<f64>,
    pub scale: Option<Scale>,
    pub conf_low: Option<f64>,
    pub conf_high: Option<f64>,
    pub n: Option<u64>,
    pub verdict: Verdict,
    /// Does this verdict hold the review?
    pub holds: bool,
    pub sentence: String,
}

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Hold,
    CannotTell,
}

impl Verdict {
    pub fn in_words(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Hold => "hold",
            Verdict::CannotTell => "cannot tell",
        }
    }
}

/// The numbers that the next review compares with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    pub findings_version: String,
    pub settings: Settings,
    pub measures: Vec<MeasureInUse>,
    pub estimates: Vec<Estimate>,
    /// Everything these findings show, for the next report to be held against.
    #[serde(default)]
    pub earlier: Earlier,
}

/// What a review is compared with: the last review, or the findings it was made of.
#[derive(Clone, Debug)]
pub struct Previous {
    /// The study's short name.
    pub name: String,
    pub data_lock: Option<String>,
    pub basis: Basis,
    pub actions: Vec<Action>,
}

impl Previous {
    /// Reads a review or findings from JSON text.
    ///
    /// # Errors
    /// In plain words, when it is neither, or of a version this program does not read.
    pub fn from_json(text: &str) -> Result<Previous, String> {
        #[derive(Deserialize)]
        struct Kind {
            schema_version: Option<String>,
            judgements: Option<serde::de::IgnoredAny>,
        }
        let text = text.trim_start_matches('\u{feff}');
        let kind: Kind = serde_json::from_str(text)
            .map_err(|e| format!("neither a review.json nor a findings.json: {e}"))?;
        if kind.judgements.is_some() {
            let found = kind.schema_version.unwrap_or_default();
            let major = |version: &str| version.split('.').next().map(str::to_owned);
            if major(&found) != major(SCHEMA_VERSION) {
                return Err(format!(
                    "a review of version {found:?} cannot be read by this program, which reads version {SCHEMA_VERSION}; use the program that wrote it"
                ));
            }
            let review: Review =
                serde_json::from_str(text).map_err(|e| format!("a damaged review: {e}"))?;
            let previous = Previous {
                name: review.name,
                data_lock: review.data_lock,
                basis: review.basis,
                actions: review.actions,
            };
            return match json_faults(text).or_else(|| previous.damage()) {
                Some(what) => Err(format!("a damaged review: {what}")),
                None => Ok(previous),
            };
        }
        let findings = Findings::from_json(text)?;
        Ok(Previous {
            name: findings.name().to_owned(),
            data_lock: findings.data_lock().map(str::to_owned),
            basis: Basis::of(&findings)?,
            actions: Vec::new(),
        })
    }
}

impl Previous {
    /// What no program wrote: a day that is none, limits on the wrong side of their number, a share beyond 1.
    fn damage(&self) -> Option<String> {
        if let Some(day) = &self.data_lock
            && !is_iso_date(day.as_bytes())
        {
            return Some(format!(
                "data_lock: found {day:?}, expected a day as YYYY-MM-DD"
            ));
        }
        self.basis.estimates.iter().find_map(|e| {
            let x = e.estimate()?;
            let (low, high, _) = e.interval().unwrap_or((x, x, 0.0));
            let is_share = e.scale == Scale::Proportion;
            let is_possible = low <= x && x <= high && (!is_share || (0.0..=1.0).contains(&x));
            (!is_possible).then(|| format!("{}: found {x} with limits {low} and {high}", e.id))
        })
    }

    /// Is it of the same study, and not of later data?
    ///
    /// # Errors
    /// In plain words, when it is not.
    pub fn comes_before(&self, name: &str, data_lock: Option<&str>) -> Result<(), String> {
        if self.name != name {
            return Err(format!(
                "--against: the last report is of the study {:?}, this one is of {name:?}; only two reports of one study can stand beside each other\n  hint: if the study was renamed, give it its name back in the study file: name = {:?}",
                self.name, self.name
            ));
        }
        match (self.data_lock.as_deref(), data_lock) {
            (Some(before), Some(now)) if before > now => Err(format!(
                "--against: the last report has later data ({before}) than this one ({now})\n  hint: are the two the wrong way around, or is data_lock in the study file an old one?"
            )),
            _ => Ok(()),
        }
    }
}

impl Basis {
    fn of(findings: &Findings) -> Result<Basis, String> {
        let clinic = findings
            .clinic()
            .ok_or("these are the findings of a meta-analysis; a review is about a clinic")?;
        Ok(Basis {
            findings_version: findings.schema_version.clone(),
            settings: clinic.settings.clone(),
            measures: clinic.measures.clone(),
            estimates: moved::watched(findings).cloned().collect(),
            earlier: Earlier::of(findings),
        })
    }
}

/// Judges findings and compares them with the last review. `on` is the day of the review, `YYYY-MM-DD`;
/// `kept` are the actions of the clinic's file, where there is one.
///
/// # Errors
/// In plain words, when the findings are not those of a clinic.
pub fn review(
    findings: &Findings,
    policy: &Policy,
    on: Option<&str>,
    previous: Option<&Previous>,
    kept: Option<Vec<Action>>,
) -> Result<Review, String> {
    if let Some(last) = previous {
        last.comes_before(findings.name(), findings.data_lock())?;
    }
    let basis = Basis::of(findings)?;
    let (judgements, not_judged) = rules::judge(findings, policy, on);
    let outcome = if judgements.iter().any(|j| j.holds) {
        Outcome::Hold
    } else {
        Outcome::Pass
    };
    let over_time = over_time::over_time(findings, policy, previous);
    let last_actions = previous.map_or(&[][..], |last| &last.actions);
    let in_words = |message: &KeyMessage| crate::report::key_message(message, findings);
    Ok(Review {
        schema_version: SCHEMA_VERSION.into(),
        name: findings.name().into(),
        title: findings.title().into(),
        data_lock: findings.data_lock().map(str::to_owned),
        on: on.map(str::to_owned),
        outcome,
        judgements,
        signals: signals(findings, &over_time),
        over_time,
        not_watched: not_watched(findings),
        not_judged,
        key_messages: findings.key_messages.iter().map(in_words).collect(),
        comparison: previous.map(|last| moved::compare(last, &basis)),
        actions: actions::actions(kept, last_actions),
        re_audit: None,
        basis,
    })
}

/// What charts over time since the last review, and funnels, say beyond chance. They are looked at;
/// they do not hold a review.
fn signals(findings: &Findings, watched: &[Watched]) -> Vec<String> {
    let over_time = watched
        .iter()
        .filter(|chart| !chart.signals.is_empty())
        .map(|chart| format!("{}: {}.", chart.title, chart.signals.join("; ")));
    let displays = findings.answers.iter().flat_map(|answer| &answer.displays);
    let between_units = displays.filter_map(|display| match display {
        Display::UnitFunnel(funnel) => funnel.outside().next().map(|_| {
            format!(
                "{}: outside the 95 % limits, {}.",
                funnel.title,
                words::units_outside(funnel)
            )
        }),
        _ => None,
    });
    over_time.chain(between_units).collect()
}

/// Charts over time and funnels that are not there, with the reason.
fn not_watched(findings: &Findings) -> Vec<(String, String)> {
    [("monitoring", "Over time"), ("units", "Between units")]
        .into_iter()
        .filter_map(|(question, what)| {
            let reason = match findings.answer(question) {
                Some(answer) => answer.not_measured.clone()?,
                None => "the study does not ask it".into(),
            };
            Some((what.to_owned(), reason))
        })
        .collect()
}

impl Review {
    /// The review as JSON text, ending in a newline.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a review is plain data");
        text.push('\n');
        text
    }

    /// The JSON Schema of the format.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Review).to_value()
    }

    /// Every file of the review of these findings: name and content. The same findings give the same
    /// bytes.
    pub fn files(&self, findings: &Findings) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        [
            ("review.json", self.to_json()),
            ("review.html", page(self, findings)),
            ("review.md", markdown(self)),
            ("junit.xml", junit(self)),
        ]
        .into_iter()
        .map(|(name, text)| (name.into(), text.into_bytes()))
        .collect()
    }
}
