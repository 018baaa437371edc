//! Pooling: what do many studies say together?
//!
//! An effect is a correlation on Fisher's scale with its sampling variance. The files, in the order of reading:
//!
//! | question | module |
//! |---|---|
//! | How does a published statistic become an effect? | [`effect_size`] |
//! | Which moderators belong to which effect? | [`design`] |
//! | How much do the studies truly differ? | [`tau_squared`] |
//! | What is the pooled effect, and how sure is it? | [`two_level`] |
//! | Which mean correlation is that? | [`mean_correlation`] |
//! | Is it stronger in some studies than in others? | [`moderators`] |
//! | Is that more than chance? | [`permutation`] |
//! | Does the literature look complete? | [`bias`] |
//! | Does the answer hang on one study? | [`influence`] |
//! | What would Hunter and Schmidt say? | [`hunter_schmidt`] |
//! | Several effects per study: how large is the effect, and where does it vary? | [`three_level`], [`nested`] |
//! | What if effects of one study err together in ways the model does not know? | [`robust`] |
//! | How was that found? | [`certificate`] |

pub mod bias;
pub mod certificate;
pub mod design;
pub mod effect_size;
pub mod hunter_schmidt;
pub mod influence;
mod linear;
pub mod mean_correlation;
pub mod moderators;
pub mod nested;
pub mod permutation;
pub mod robust;
pub mod tau_squared;
pub mod three_level;
pub mod two_level;
mod wald;
mod weighting;
