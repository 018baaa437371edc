//! Why a number could not be computed.
//! **Question.** What do we say when there is no number?
//! **Method.** One reason per variant, with the evidence in it; its text is a plain sentence a clinician can read.
//! **Not.** Problems of the data files (line, column): those belong to the intake floor.
//! **Sources.** None: that "could not be estimated" is an answer with a reason is a rule of this program.

use std::fmt;

/// The reason why a number could not be computed; its `Display` is one plain sentence.
///
/// ```
/// use alliance_stats::Undefined;
/// let reason = Undefined::TooFew { found: 3, needed: 4 };
/// assert_eq!(reason.to_string(), "there are 3 complete observations and at least 4 are needed");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Undefined {
    /// Fewer complete observations than the formula needs.
    TooFew {
        /// Complete observations at hand.
        found: usize,
        /// Fewest that would do.
        needed: usize,
    },
    /// Fewer clusters (therapists) than the method needs.
    TooFewClusters {
        /// Clusters with at least one complete observation.
        found: usize,
        /// Fewest that would do.
        needed: usize,
    },
    /// A variable has the same value for everybody.
    NoVariation {
        /// Which one, in words.
        variable: &'static str,
    },
    /// A variable says nothing beyond the variables it is adjusted for.
    Collinear,
    /// The correlation is exactly −1 or 1: it has no interval and no test.
    Perfect,
    /// A value is missing, NaN or infinite, or too large to be squared.
    NotFinite {
        /// Which one, in words.
        variable: &'static str,
    },
    /// Columns that belong together have different lengths.
    UnequalLengths {
        /// Length of the first.
        first: usize,
        /// Length of the other.
        second: usize,
    },
    /// A value lies outside what it may be.
    OutOfRange {
        /// What the value is, in words.
        what: &'static str,
        /// The value found.
        value: f64,
        /// The values allowed, in words.
        allowed: &'static str,
    },
    /// Correcting for unreliability gives a correlation no two variables can have.
    ImpossibleAfterCorrection {
        /// The value the correction gave; its size is 1 or more.
        value: f64,
    },
    /// Too many bootstrap samples gave no number.
    UnstableResampling {
        /// Replicates without a number.
        undefined: usize,
        /// Replicates drawn.
        replicates: usize,
    },
    /// There is only one study.
    OneStudy,
    /// Fewer studies than the method needs.
    TooFewStudies {
        /// Studies at hand.
        found: usize,
        /// Fewest that would do.
        needed: usize,
    },
    /// The effects do not differ beyond rounding, so that their spread cannot measure an error.
    EqualEffects,
    /// A search ended without an answer.
    NoOptimum {
        /// What was searched, in words.
        what: &'static str,
    },
    /// The predictors tell the two outcomes apart without error, so that a logistic model has no finite coefficients.
    Separated,
    /// The bias correction has no finite value: the replicates lie too far to one side of the estimate.
    OneSidedResampling,
    /// All effects come from one study, so that there is nothing between studies.
    NothingBetweenStudies {
        /// Effects of that study.
        effects: usize,
    },
    /// Every study has one effect, so that two variances cannot be told apart.
    NoRepeatedStudy {
        /// Studies, as many as effects.
        studies: usize,
    },
    /// The moderators leave nothing between studies, or nothing that differs from what they leave within.
    StudiesExplained,
    /// Every cluster contributes exactly 0: their spread says nothing about the error.
    NoSpreadBetweenClusters,
    /// Effects of one study differ in a moderator, so that studies cannot exchange it.
    VariesWithinStudies,
    /// No degree of freedom is left for a joint test.
    JointTestTooLarge {
        /// Coefficients tested at once.
        coefficients: usize,
    },
    /// Every group has one row, so that groups cannot be told from rows.
    NoRepeatedGroup {
        /// Groups, as many as rows.
        groups: usize,
    },
    /// Every larger group holds one group, so that the two levels cannot be told apart.
    NoRepeatedParent {
        /// Larger groups, as many as groups.
        parents: usize,
    },
    /// A group was said to lie in two larger groups.
    TwoParents,
    /// A group was not said to lie in a larger group.
    NoParent,
    /// Predictors and groups reproduce the outcome exactly: nothing is left to measure the error with.
    NothingLeft,
    /// The model has no such variance, or the variance has no such test.
    NotInModel,
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { found, needed } => write!(
                f,
                "there {are} {found} complete observation{s} and at least {needed} are needed",
                are = if *found == 1 { "is" } else { "are" },
                s = if *found == 1 { "" } else { "s" },
            ),
            Self::TooFewClusters { found, needed } => write!(
                f,
                "there {are} {found} group{s} to resample and at least {needed} are needed",
                are = if *found == 1 { "is" } else { "are" },
                s = if *found == 1 { "" } else { "s" },
            ),
            Self::NoVariation { variable } => write!(f, "{variable} has the same value everywhere"),
            Self::Collinear => f.write_str(
                "one variable is completely determined by the variables it is adjusted for",
            ),
            Self::Perfect => f.write_str(
                "the correlation is exactly -1 or 1, so it has neither an interval nor a test",
            ),
            Self::NotFinite { variable } => {
                write!(f, "{variable} has a value that is not a usable number")
            }
            Self::UnequalLengths { first, second } => {
                write!(f, "{first} values cannot be paired with {second} values")
            }
            Self::OutOfRange {
                what,
                value,
                allowed,
            } => {
                write!(f, "{what} is {value} and must be {allowed}")
            }
            Self::ImpossibleAfterCorrection { value } => write!(
                f,
                "corrected for unreliability the correlation would be {value:.2}, which is impossible: \
                 the reliabilities are too low for the correlations observed"
            ),
            Self::UnstableResampling {
                undefined,
                replicates,
            } => write!(
                f,
                "{undefined} of {replicates} bootstrap samples gave no number, more than 1 in 100"
            ),
            Self::OneStudy => f.write_str("one study cannot be pooled"),
            Self::TooFewStudies { found, needed } => {
                write!(
                    f,
                    "there are {found} studies and the method needs at least {needed} studies"
                )
            }
            Self::EqualEffects => f.write_str(
                "the effects are all equal, so their spread cannot serve as the measure of error",
            ),
            Self::NoOptimum { what } => write!(f, "the search for {what} ended without an answer"),
            Self::Separated => f.write_str(
                "the predictors tell some of the two outcomes apart without error, so a logistic model has no finite answer",
            ),
            Self::OneSidedResampling => f.write_str(
                "the bootstrap samples lie too far to one side of the estimate to correct its bias",
            ),
            Self::NothingBetweenStudies { effects } => write!(
                f,
                "all {effects} effects come from one study, so nothing can be said about differences between studies"
            ),
            Self::NoRepeatedStudy { studies } => write!(
                f,
                "each of the {studies} studies has one effect, so differences between studies cannot be told from differences within them"
            ),
            Self::StudiesExplained => f.write_str(
                "the moderators leave no differences between studies that could be told from differences within them",
            ),
            Self::NoSpreadBetweenClusters => f.write_str(
                "the studies agree exactly, so their spread gives no standard error",
            ),
            Self::VariesWithinStudies => f.write_str(
                "effects of one study differ in the moderator, so studies cannot exchange it whole",
            ),
            Self::JointTestTooLarge { coefficients } => write!(
                f,
                "there are too few studies to test {coefficients} coefficients at once"
            ),
            Self::NoRepeatedGroup { groups } => write!(
                f,
                "each of the {groups} groups has one row, so differences between groups cannot be told from differences within them"
            ),
            Self::NoRepeatedParent { parents } => write!(
                f,
                "each of the {parents} larger groups holds one group, so the two levels cannot be told apart"
            ),
            Self::TwoParents => f.write_str("a group appears in two larger groups"),
            Self::NoParent => f.write_str("it is not known in which larger group a group lies"),
            Self::NotInModel => f.write_str("the model has no such part, or the part has no such test"),
            Self::NothingLeft => f.write_str(
                "predictors and groups reproduce the outcome exactly, so nothing is left to measure its error with",
            ),
        }
    }
}

impl std::error::Error for Undefined {}
