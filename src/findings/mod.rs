//! What is answered: the one value every table, figure, page and review is made from.
//!
//! `Findings` is a file format before it is a type: clinics archive it, `alliance report` redraws
//! everything from it, and a review compares two of them without seeing a client row. It holds no
//! client id, no path, no host name and no clock. Its JSON Schema is `data/findings.schema.json`.

pub mod classes;
pub mod disclosure;
mod display;
pub mod earlier;
mod estimate;
mod flow;
pub mod ids;
pub mod mixed;
pub mod monitoring;
pub mod pooled;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use display::{
    Bin, BinnedScatter, Course, CoursePoint, Courses, CutoffRule, Display, Distribution,
    Distributions, Interaction, InteractionLine, Line, PrePost, PrePostSquare, ReliableChangeRule,
    RuptureCourse, RuptureCourses, RupturePoint, ScatterBin,
};
pub use estimate::{Estimate, EstimateRow, Scale, Value};
pub use flow::{Count, Exclusion, Flow, Stage};

use crate::study::text::json_faults;
use crate::study::{Measure, MetaSettings, PublishedResult, Question, Settings};

/// More than any count of clients, studies or sessions.
const MOST: f64 = 1e15;

/// The version of the findings format this program writes and reads.
pub const SCHEMA_VERSION: &str = "2.3";

/// Everything one run found out, and all that is needed to draw its report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// Version of this format, `major.minor`; a reader refuses another major version.
    pub schema_version: String,
    /// The program that wrote it.
    pub program: Program,
    /// What was analysed, and how: a clinic's clients or published studies.
    #[serde(flatten)]
    pub subject: Subject,
    /// The files that were read.
    pub inputs: Vec<Input>,
    /// The five messages of page one.
    pub key_messages: Vec<KeyMessage>,
    /// One answer per question, in the order of the report.
    pub answers: Vec<Answer>,
    /// Published results that stand beside the study's own as context.
    pub published: Vec<PublishedResult>,
    /// What this report cannot say.
    pub limits: Vec<String>,
    /// What reports before this one showed and this one does not, as it was shown last, so that the
    /// next report can be held against it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub last_shown: BTreeMap<String, earlier::Number>,
}

/// What was analysed: `kind` says which of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    Clinic(Box<ClinicAnalysis>),
    Meta(Box<MetaAnalysis>),
}

/// The clients of a clinic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClinicAnalysis {
    /// The study as resolved: every setting with its value, defaults included.
    pub settings: Settings,
    /// The questionnaires in use, by role.
    pub measures: Vec<MeasureInUse>,
    /// How many rows and clients were read, used and left out, and why.
    pub flow: Flow,
    /// From when to when the sessions are, where they have days.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub period: Option<Period>,
}

/// From when to when the sessions are, as months: `2025-03`. No single client can be told from it, nor one wrongly
/// typed day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    /// By the end of this month as many clients as the minimum cell had had their first session.
    pub first: String,
    /// Since the beginning of this month as many clients as the minimum cell had their last session.
    pub last: String,
}

/// The studies of a meta-analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetaAnalysis {
    /// The study as resolved: every setting with its value, defaults included.
    pub settings: MetaSettings,
    /// Rows of the effects file.
    pub effects: Stage,
    /// Studies the effects used come from.
    pub studies: u64,
    /// Clients of these studies, each study counted once, by its largest effect.
    pub clients: u64,
    /// Which conversions were used, in words, with the number of effects each was used for.
    pub conversions: Vec<(String, u64)>,
}

/// Name and version of the program that wrote the findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Program {
    pub name: String,
    pub version: String,
}

/// A questionnaire and what it was used for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureInUse {
    pub role: Role,
    /// The identifier part of the measure in estimate ids, e.g. `phq9`.
    pub key: String,
    pub measure: Measure,
}

/// What a questionnaire was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Alliance,
    Empathy,
    Symptom,
    Items,
    PrimaryOutcome,
    OtherOutcome,
}

/// A file that was read: what it was for, its size and its digest, never its path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    pub role: String,
    /// Rows read; hidden where the flow hides them.
    pub rows: Count,
    /// SHA-256 of the bytes, in hexadecimal, so that a report can be audited.
    pub sha256: String,
    /// Columns that were there but not used, by name.
    pub columns_not_used: Vec<String>,
}

/// One line of page one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyMessage {
    /// What the line is about, e.g. `Online against in person`.
    pub topic: String,
    /// The estimate the line speaks of.
    pub estimate_id: String,
    pub judgement: Judgement,
    /// The verdict of an equivalence question, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<Verdict>,
}

/// What chance allows one to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    MoreThanChance,
    NotDistinguishable,
    TooFew,
}

/// The answer to "is it the same?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The interval for equivalence lies inside the bounds, and no difference is seen.
    Equivalent,
    /// A difference is seen, and it may be larger than the bounds.
    Different,
    /// A difference is seen, and it is smaller than the bounds.
    Both,
    /// Neither a difference nor equivalence can be shown with this many clients.
    NotDistinguishable,
}

/// One question and what the data say to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The identifier of the question, e.g. `alliance_outcome`.
    pub question: String,
    /// The question in words.
    pub title: String,
    /// Why the question could not be asked of these data at all, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_measured: Option<String>,
    pub estimates: Vec<Estimate>,
    /// The verdicts reached, by the id of the estimate they are about.
    pub verdicts: Vec<VerdictOn>,
    /// What a figure shows beyond the estimates.
    pub displays: Vec<Display>,
    /// What the numbers do not mean.
    pub caveats: Vec<String>,
}

/// A verdict and what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictOn {
    pub estimate_id: String,
    pub verdict: Verdict,
    /// The bound of equivalence, in the scale of the estimate.
    pub bound: f64,
}

impl Findings {
    /// The estimate with this id, wherever it is.
    pub fn estimate(&self, id: &str) -> Option<&Estimate> {
        self.estimates().find(|e| e.id == id)
    }

    /// Every estimate, in the order of the report.
    pub fn estimates(&self) -> impl Iterator<Item = &Estimate> {
        self.answers.iter().flat_map(|a| a.estimates.iter())
    }

    /// The estimate that headlines are about: of all clients, with the outcome of the settings. None
    /// in the findings of a meta-analysis.
    pub fn headline(&self) -> Option<&Estimate> {
        let term = self.clinic()?.settings.outcome.term();
        self.estimate(&format!("alliance_outcome.overall.{term}"))
    }

    /// The same number with the interval of whole therapists resampled, where there is one.
    pub fn by_therapist(&self, of: &Estimate) -> Option<&Estimate> {
        self.estimate(&format!("{}.bootstrap", of.id))
    }

    /// The answer to a question, if it was asked.
    pub fn answer(&self, question: &str) -> Option<&Answer> {
        self.answers.iter().find(|a| a.question == question)
    }

    /// The clinic these findings are about, if they are about one.
    pub fn clinic(&self) -> Option<&ClinicAnalysis> {
        match &self.subject {
            Subject::Clinic(clinic) => Some(clinic),
            Subject::Meta(_) => None,
        }
    }

    /// The meta-analysis these findings are about, if they are about one.
    pub fn meta(&self) -> Option<&MetaAnalysis> {
        match &self.subject {
            Subject::Clinic(_) => None,
            Subject::Meta(meta) => Some(meta),
        }
    }

    /// The study's short name.
    pub fn name(&self) -> &str {
        match &self.subject {
            Subject::Clinic(clinic) => &clinic.settings.name,
            Subject::Meta(meta) => &meta.settings.name,
        }
    }

    pub fn title(&self) -> &str {
        match &self.subject {
            Subject::Clinic(clinic) => &clinic.settings.title,
            Subject::Meta(meta) => &meta.settings.title,
        }
    }

    /// The day the data were locked, where the study states it.
    pub fn data_lock(&self) -> Option<&str> {
        match &self.subject {
            Subject::Clinic(clinic) => clinic.settings.data_lock.as_deref(),
            Subject::Meta(meta) => meta.settings.data_lock.as_deref(),
        }
    }

    /// From when to when the sessions are, where they have days.
    pub fn period(&self) -> Option<&Period> {
        self.clinic()?.period.as_ref()
    }

    pub fn confidence_level(&self) -> f64 {
        match &self.subject {
            Subject::Clinic(clinic) => clinic.settings.confidence_level,
            Subject::Meta(meta) => meta.settings.confidence_level,
        }
    }

    /// Half the width of the range in which two correlations count as equal.
    pub fn equivalence_correlation(&self) -> f64 {
        match &self.subject {
            Subject::Clinic(clinic) => clinic.settings.equivalence_correlation,
            Subject::Meta(meta) => meta.settings.equivalence_correlation,
        }
    }

    /// The measure used in a role.
    pub fn measure(&self, role: Role) -> Option<&MeasureInUse> {
        self.clinic()?.measures.iter().find(|m| m.role == role)
    }

    /// The findings as JSON text, ending in a newline.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("findings are always valid JSON");
        text.push('\n');
        text
    }

    /// Reads findings from JSON text.
    ///
    /// # Errors
    /// In plain words, when the text is not findings or is of another major version.
    pub fn from_json(text: &str) -> Result<Findings, String> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: Option<String>,
            judgements: Option<serde::de::IgnoredAny>,
        }
        let text = text.trim_start_matches('\u{feff}');
        let version: Version = serde_json::from_str(text)
            .map_err(|e| format!("not a findings file: {e} (expected the JSON that `alliance analyze` writes as findings.json)"))?;
        if version.judgements.is_some() {
            return Err("this is a review, not findings: expected the findings.json that `alliance analyze` writes".into());
        }
        let Some(found) = version.schema_version else {
            return Err("not a findings file: it has no schema_version".into());
        };
        let major = |v: &str| v.split('.').next().unwrap_or_default().to_owned();
        if major(&found) != major(SCHEMA_VERSION) {
            return Err(format!(
                "findings of version {found} cannot be read by this program, which reads version {SCHEMA_VERSION}; use the program that wrote them, or analyze again"
            ));
        }
        let findings: Findings =
            serde_json::from_str(text).map_err(|e| format!("damaged findings: {e}"))?;
        let mut estimates = findings.answers.iter().flat_map(|answer| &answer.estimates);
        let is_none = |e: &&Estimate| {
            let count = e.estimate().filter(|_| e.scale == Scale::Count);
            count.is_some_and(|count| !(0.0..=MOST).contains(&count))
        };
        if let Some(e) = estimates.find(is_none) {
            return Err(format!("damaged findings: {:?} is no count", e.id));
        }
        match json_faults(text) {
            None => Ok(findings),
            Some(what) => Err(format!("damaged findings: {what}")),
        }
    }

    /// The JSON Schema of the format.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Findings).to_value()
    }
}

impl Answer {
    /// An answer with nothing in it yet.
    pub fn new(question: Question, title: &str) -> Answer {
        Answer {
            question: question.word().into(),
            title: title.into(),
            not_measured: None,
            estimates: Vec::new(),
            verdicts: Vec::new(),
            displays: Vec::new(),
            caveats: Vec::new(),
        }
    }

    pub fn estimate(&self, id: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|e| e.id == id)
    }

    pub fn verdict(&self, estimate_id: &str) -> Option<&VerdictOn> {
        self.verdicts.iter().find(|v| v.estimate_id == estimate_id)
    }
}
