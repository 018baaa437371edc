//! How much each effect counts in the pooled value.

use super::data::Pool;
use super::model::{Fit, Levels};

/// The weight of every effect in percent, by position; 0 for those not among `rows`.
///
/// METHOD: in a three-level model the weight of an effect is its row sum of the inverse covariance,
/// which for effects of one study is `w_i / (1 + σ²_study Σ w)` with `w = 1/(v + σ²_effect)`.
pub fn weights(pool: &Pool, fit: &Fit, rows: &[usize]) -> Vec<f64> {
    let (between, within) = match &fit.levels {
        Levels::Two(two) => (0.0, two.tau_squared),
        Levels::Three(three) => (
            three.variances.between_studies,
            three.variances.between_effects,
        ),
    };
    let mut own = vec![0.0; pool.k()];
    let mut of_study = vec![0.0; pool.study_names.len()];
    for &i in rows {
        own[i] = 1.0 / (pool.effects[i].variance() + within);
        of_study[pool.studies[i]] += own[i];
    }
    for &i in rows {
        own[i] /= 1.0 + between * of_study[pool.studies[i]];
    }
    let total: f64 = own.iter().sum();
    own.into_iter().map(|w| 100.0 * w / total).collect()
}
