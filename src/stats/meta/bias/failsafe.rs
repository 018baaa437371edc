//! Fail-safe N: how many null results would undo the finding?
//! **Question.** How many unpublished studies of effect 0 would bring the pooled one-sided p above α?
//! **Method.** Rosenthal's: Stouffer's sum of z statistics, diluted by zeros until it reaches the critical value.
//! **Not.** Evidence of completeness: it assumes the missing studies average exactly 0 and ignores their size.
//! **Sources.** Rosenthal (1979), Psychological Bulletin 86, 638–641. Checked against metafor `fsn`.

use crate::Undefined;
use crate::meta::effect_size::Effect;
use crate::numeric::distribution::normal_quantile;

/// Rosenthal's fail-safe N at one-sided `alpha`.
///
/// # Errors
/// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] for fewer than 3, [`Undefined::OutOfRange`] unless `0 < alpha < 0.5`.
///
/// ```
/// use alliance_stats::meta::{bias::failsafe::rosenthal, effect_size::Effect};
/// // three studies with z = 3: (9/1.644854)² − 3 = 26.94
/// let effects = [0.3; 3].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
/// assert_eq!(rosenthal(&effects, 0.05).unwrap(), 27);
/// ```
pub fn rosenthal(effects: &[Effect], alpha: f64) -> Result<u64, Undefined> {
    super::enough(effects)?;
    if !(alpha > 0.0 && alpha < 0.5) {
        return Err(Undefined::OutOfRange {
            what: "the significance level",
            value: alpha,
            allowed: "between 0 and 0.5",
        });
    }
    let sum: f64 = effects.iter().map(|e| e.z() / e.std_error()).sum();
    let needed = sum / normal_quantile(alpha);
    let number = (needed * needed - effects.len() as f64).max(0.0);
    if number >= 1e15 {
        return Err(Undefined::NotFinite {
            variable: "the fail-safe number",
        });
    }
    // A whole number found with rounding error is that number, not the next.
    let nearest = number.round();
    let whole = if (number - nearest).abs() < 1e-8 {
        nearest
    } else {
        number.ceil()
    };
    Ok(whole as u64)
}
