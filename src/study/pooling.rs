//! How correlations are pooled: of the studies of a meta-analysis, or of the sites of a clinic.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::MetaSpec;

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
