//! What is asked of a meta-analysis: the `[meta]` table, resolved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::pooling::{Compat, Model, Pooling, PoolingTest, Robust, TauSquared};
use super::settings::SEED;
use super::sources::missing_words;
use super::spec::{MetaSpec, Spec};
use super::{Decimal, StudyError};

/// The columns of an effects file; every other column can be a moderator.
pub const EFFECT_COLUMNS: [&str; 23] = [
    "study",
    "effect",
    "n",
    "n1",
    "n2",
    "r",
    "fisher_z",
    "z",
    "variance",
    "std_error",
    "t",
    "z_statistic",
    "f",
    "chi_squared",
    "d",
    "g",
    "odds_ratio",
    "p",
    "sign",
    "reliability_alliance",
    "reliability_alliance_se",
    "reliability_outcome",
    "reliability_outcome_se",
];

/// What is correlated with the outcome, unless the study says otherwise.
pub const DEFAULT_PREDICTOR: &str = "the alliance";

/// Everything that shapes a number of a meta-analysis, with defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetaSettings {
    /// Short name; the report folder is called after it.
    pub name: String,
    pub title: String,
    /// The day the data were locked, as the study states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_lock: Option<String>,
    /// What goes with the outcome, in words: `the alliance`.
    pub predictor: String,
    /// What it goes with, in words: `outcome`.
    pub outcome: String,
    pub pooling: Pooling,
    /// Canonical column name → name in the file, where they differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// The columns tested as moderators, in the order they were named.
    pub moderators: Vec<String>,
    /// The categorical moderator that divides the forest, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forest_by: Option<String>,
    pub confidence_level: f64,
    /// Half the width of the range in which two correlations count as equal.
    pub equivalence_correlation: f64,
    pub seed: u64,
    /// Replicates of the permutation test of a moderator; 0 leaves it out.
    pub permutations: u32,
}

/// A meta-analysis: what is asked, of which file.
#[derive(Clone, Debug)]
pub struct MetaStudy {
    pub settings: MetaSettings,
    pub effects: PathBuf,
    pub decimal: Decimal,
    /// Cells that mean "missing".
    pub missing: Vec<String>,
    /// Are variances taken as given though they look like standard errors?
    pub trust_variances: bool,
}

/// Settings given on the command line; each wins over the study file.
#[derive(Clone, Debug, Default)]
pub struct MetaOverrides {
    pub model: Option<Model>,
    pub tau_squared: Option<TauSquared>,
    pub test: Option<PoolingTest>,
    pub robust: Option<Robust>,
    pub compat: Option<Compat>,
    pub moderators: Vec<String>,
    pub level: Option<f64>,
}

impl MetaStudy {
    /// Reads a study file with a `[meta]` table; paths in it are relative to its folder.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn load(path: &Path, overrides: MetaOverrides) -> Result<MetaStudy, StudyError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let spec = Spec::load(path)?;
        MetaStudy::resolve(spec, folder, overrides).map_err(|problems| StudyError {
            file: path.into(),
            problems,
        })
    }

    /// The meta-analysis of one effects file, with every default.
    ///
    /// # Errors
    /// A confidence level that is none.
    pub fn of_file(effects: &Path, overrides: MetaOverrides) -> Result<MetaStudy, StudyError> {
        let spec = Spec {
            name: Some("meta".into()),
            title: Some("A meta-analysis".into()),
            meta: Some(MetaSpec {
                effects: Some(effects.into()),
                ..MetaSpec::default()
            }),
            ..Spec::default()
        };
        MetaStudy::resolve(spec, Path::new(""), overrides).map_err(|problems| StudyError {
            file: effects.into(),
            problems,
        })
    }

    fn resolve(
        spec: Spec,
        folder: &Path,
        overrides: MetaOverrides,
    ) -> Result<MetaStudy, Vec<String>> {
        let mut faults = Faults::default();
        let Some(mut meta) = spec.meta else {
            return Err(vec![
                "there is no [meta] table\n  hint: [meta]\n        effects = \"effects.csv\"\n        For sessions and outcomes of clients, use `alliance analyze`".into(),
            ]);
        };
        meta.model = overrides.model.or(meta.model);
        meta.tau2 = overrides.tau_squared.or(meta.tau2);
        meta.test = overrides.test.or(meta.test);
        meta.robust = overrides.robust.or(meta.robust);
        meta.compat = overrides.compat.or(meta.compat);
        for moderator in overrides.moderators {
            if !meta.moderators.contains(&moderator) {
                meta.moderators.push(moderator);
            }
        }
        let effects = match &meta.effects {
            Some(path) => folder.join(path),
            None => {
                faults.push(
                    "meta.effects: missing\n  hint: [meta]\n        effects = \"effects.csv\"",
                );
                PathBuf::new()
            }
        };
        let name = faults.study_name(spec.name, "meta");
        faults.day("data_lock", &spec.data_lock);
        let confidence_level = match overrides.level {
            Some(level) => faults.between("--level", level, 0.5, 1.0),
            None => faults.confidence_level(&spec.analysis),
        };
        let equivalence_correlation = faults.equivalence_correlation(&spec.equivalence);
        faults.columns("meta.columns", &meta.columns, &EFFECT_COLUMNS);
        faults.none()?;
        Ok(MetaStudy {
            settings: MetaSettings {
                title: spec.title.unwrap_or_else(|| name.clone()),
                name,
                data_lock: spec.data_lock,
                pooling: Pooling::resolve(&meta),
                predictor: meta.predictor.unwrap_or_else(|| DEFAULT_PREDICTOR.into()),
                outcome: meta.outcome.unwrap_or_else(|| "outcome".into()),
                columns: meta.columns,
                moderators: meta.moderators,
                forest_by: meta.forest_by,
                confidence_level,
                equivalence_correlation,
                seed: spec.analysis.seed.unwrap_or(SEED),
                permutations: meta.permutations.unwrap_or(1000),
            },
            effects,
            decimal: spec.files.decimal.unwrap_or_default(),
            missing: missing_words(&spec.files.missing),
            trust_variances: meta.trust_variances.unwrap_or(false),
        })
    }
}

/// The column of a moderator as it was named: `factor(year)` is the column `year`, taken as
/// categories.
pub fn moderator_name(named: &str) -> &str {
    named
        .strip_prefix("factor(")
        .and_then(|rest| rest.strip_suffix(')'))
        .map_or(named, str::trim)
}
