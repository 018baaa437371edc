//! What is asked: the study file as written (`spec`) becomes a complete, validated `Study`.
//!
//! `Settings` is the part that shapes numbers; it is stored with the findings, defaults and all.
//! `Sources` says where the data are; it never leaves this machine.

mod day;
mod declared;
mod faults;
mod group;
mod measure;
mod meta;
mod pooling;
mod published;
mod question;
mod resolve;
mod roles;
mod settings;
mod sources;
mod spec;
pub mod text;

use std::fmt;
use std::path::{Path, PathBuf};

pub use day::{Dates, Day, Month, day_number, is_iso_date, iso_day};
pub use declared::{Declared, ScoresOf, WhatIsRight};
pub use group::{Group, Levels, Modality, is_known_label, level_key};
pub use measure::{
    Boundary, Catalogue, Confidence, Construct, Cutoff, Direction, Measure, Rater, ReliabilityKind,
    ReliabilityOf, ReliableChange, Side, measure_key,
};
pub use meta::{
    DEFAULT_PREDICTOR, EFFECT_COLUMNS, MetaOverrides, MetaSettings, MetaStudy, moderator_name,
};
pub use pooling::{Compat, Model, PoolBy, Pooling, PoolingTest, Robust, TauSquared};
pub use published::{PublishedConfidence, PublishedResult, published};
pub use question::Question;
use roles::{unknown_measure, wrong_direction};
pub use settings::{
    CHARTS, HeadlineOutcome, LargeRanges, Orphans, Rebase, ReferenceSd, Settings, Window,
};
pub use sources::{
    DELIVERY_WORDS, Decimal, OUTCOME_COLUMNS, SESSION_COLUMNS, STATUS_WORDS, Sources,
};
use spec::Spec;

/// A study: what is asked, of which files.
#[derive(Clone, Debug)]
pub struct Study {
    pub settings: Settings,
    /// Published results to stand beside the study's own: those the program knows, then those of
    /// the study file.
    pub published: Vec<PublishedResult>,
    pub sources: Sources,
    pub catalogue: Catalogue,
}

/// Questionnaires that are named outside the study file, by the role they play.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeasureNames<'a> {
    pub alliance: Option<&'a str>,
    pub symptom: Option<&'a str>,
    pub empathy: Option<&'a str>,
    pub primary: Option<&'a str>,
}

/// Everything that is wrong with a study file.
#[derive(Debug)]
pub struct StudyError {
    pub file: PathBuf,
    pub problems: Vec<String>,
}

impl fmt::Display for StudyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: {problem}", self.file.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for StudyError {}

impl Study {
    /// Reads a study file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn load(path: &Path) -> Result<Study, StudyError> {
        let spec = Spec::load(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        resolve::study(spec, folder).map_err(|problems| StudyError {
            file: path.into(),
            problems,
        })
    }

    /// The study of two files with canonical columns and every default.
    pub fn of_files(sessions: &Path, outcomes: &Path) -> Study {
        let spec = Spec {
            files: spec::Files {
                sessions: Some(sessions.into()),
                outcomes: Some(outcomes.into()),
                ..Default::default()
            },
            ..Default::default()
        };
        resolve::study(spec, Path::new("")).expect("the defaults are a valid study")
    }

    /// Names the questionnaires from outside the study file; a name given here wins.
    ///
    /// # Errors
    /// In plain words, when a name is not in the catalogue or its direction is unknown.
    pub fn name_measures(&mut self, names: &MeasureNames) -> Result<(), String> {
        let settings = &mut self.settings;
        for (role, name, setting) in [
            ("alliance", names.alliance, &mut settings.alliance_measure),
            ("symptom", names.symptom, &mut settings.symptom_measure),
            ("empathy", names.empathy, &mut settings.empathy_measure),
            ("primary", names.primary, &mut settings.primary_measure),
        ] {
            if let Some(name) = name {
                let measure = self
                    .catalogue
                    .find(name)
                    .ok_or_else(|| unknown_measure(&self.catalogue, role, name))?;
                if let Some(problem) = wrong_direction(role, measure) {
                    return Err(problem);
                }
                *setting = Some(measure.name.clone());
            }
        }
        Ok(())
    }
}

/// The longest name of a study, in bytes.
const LONGEST_NAME: usize = 100;

/// May a report folder be called this? Nothing that could lead out of `reports/`.
pub fn is_study_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    // Names of files end at 255 bytes, and this one gets an ending.
    (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(is_plain) && !name.starts_with('.')
}

/// The candidate that looks most like `name`, if any does.
pub fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .iter()
        .map(|c| (strsim::jaro_winkler(&name, &c.to_lowercase()), *c))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}
