//! What is asked of a meta-analysis: the `[meta]` table, resolved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::{MetaSpec, Spec};
use super::{Decimal, StudyError, is_iso_date, is_study_name, nearest};

/// The columns of an effects file; every other column can be a moderator.
pub const EFFECT_COLUMNS: [&str; 21] = [
    "study",
    "effect",
    "n",
    "n1",
    "n2",
    "r",
    "z",
    "variance",
    "std_error",
    "t",
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

/// A choice among a few words, the same in the study file, on the command line and in the findings.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),+];
            /// The words, in the order of `ALL`.
            pub const WORDS: &[&str] = &[$($word),+];

            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            pub fn of_word(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|choice| choice.word() == word)
            }
        }
    };
}

choice! {
    /// How many levels the model has.
    Model {
        /// Three-level when a study has several effects, two-level otherwise.
        #[default]
        Auto = "auto",
        TwoLevel = "two-level",
        ThreeLevel = "three-level",
    }
}

choice! {
    /// The estimator of the variance between studies, τ².
    TauSquared {
        #[default]
        Reml = "reml",
        Ml = "ml",
        DerSimonianLaird = "dl",
        PauleMandel = "pm",
        EmpiricalBayes = "eb",
        Hedges = "he",
        HunterSchmidt = "hs",
        SidikJonkman = "sj",
        /// A common effect: τ² is taken to be 0.
        None = "none",
    }
}

choice! {
    /// The test and interval of a two-level model.
    PoolingTest {
        /// Knapp–Hartung, never narrower than without it.
        #[default]
        AdHoc = "adhoc",
        KnappHartung = "knha",
        Normal = "z",
    }
}

impl PoolingTest {
    pub fn in_words(self) -> &'static str {
        match self {
            PoolingTest::AdHoc => "ad hoc Knapp–Hartung",
            PoolingTest::KnappHartung => "Knapp–Hartung",
            PoolingTest::Normal => "normal test",
        }
    }
}

choice! {
    /// The cluster-robust variance of a three-level model.
    Robust {
        #[default]
        Cr2 = "cr2",
        Cr1 = "cr1",
        Cr0 = "cr0",
        None = "none",
    }
}

choice! {
    /// Whose defaults hold where nothing else is said.
    Compat {
        /// This program's.
        #[default]
        None = "none",
        /// metafor's `rma` and `rma.mv`: REML, normal tests, no robust variance.
        Metafor = "metafor",
    }
}

choice! {
    /// What question 12 pools within a clinic.
    PoolBy {
        #[default]
        Site = "site",
        Therapist = "therapist",
        Year = "year",
    }
}

/// How correlations are pooled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pooling {
    pub model: Model,
    pub tau_squared: TauSquared,
    pub test: PoolingTest,
    pub robust: Robust,
}

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

impl Pooling {
    /// The `[meta]` table with the defaults of `compat` where it is silent.
    pub(super) fn resolve(spec: &MetaSpec) -> Pooling {
        let compat = spec.compat.unwrap_or_default();
        let (test, robust) = match compat {
            Compat::None => (PoolingTest::default(), Robust::default()),
            Compat::Metafor => (PoolingTest::Normal, Robust::None),
        };
        Pooling {
            model: spec.model.unwrap_or_default(),
            tau_squared: spec.tau2.unwrap_or_default(),
            test: spec.test.unwrap_or(test),
            robust: spec.robust.unwrap_or(robust),
        }
    }
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
        let mut problems = Vec::new();
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
                problems.push(
                    "meta.effects: missing\n  hint: [meta]\n        effects = \"effects.csv\""
                        .into(),
                );
                PathBuf::new()
            }
        };
        let name = spec.name.unwrap_or_else(|| "meta".into());
        if !is_study_name(&name) {
            problems.push(format!(
                "name: found {name:?}, expected letters, digits, `-`, `_` (the report folder is called after it)"
            ));
        }
        if let Some(lock) = &spec.data_lock
            && !is_iso_date(lock.as_bytes())
        {
            problems.push(format!(
                "data_lock: found {lock:?}, expected a day as YYYY-MM-DD"
            ));
        }
        let mut between = |name: &str, value: f64, low: f64, high: f64| {
            if !(value > low && value < high) {
                problems.push(format!(
                    "{name}: found {value}, expected a number between {low} and {high}"
                ));
            }
            value
        };
        let confidence_level = match overrides.level {
            Some(level) => between("--level", level, 0.5, 1.0),
            None => between(
                "analysis.confidence_level",
                spec.analysis.confidence_level.unwrap_or(0.95),
                0.5,
                1.0,
            ),
        };
        let equivalence_correlation = between(
            "equivalence.correlation",
            spec.equivalence.correlation.unwrap_or(0.10),
            0.0,
            1.0,
        );
        for column in meta.columns.keys() {
            if !EFFECT_COLUMNS.contains(&column.as_str()) {
                let hint = nearest(column, &EFFECT_COLUMNS)
                    .map(|n| format!("; did you mean {n}?"))
                    .unwrap_or_default();
                problems.push(format!(
                    "meta.columns.{column}: there is no such column{hint}"
                ));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
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
                seed: spec.analysis.seed.unwrap_or(super::SEED),
                permutations: meta.permutations.unwrap_or(1000),
            },
            effects,
            decimal: spec.files.decimal.unwrap_or_default(),
            missing: spec.files.missing.unwrap_or_else(super::missing_words),
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
