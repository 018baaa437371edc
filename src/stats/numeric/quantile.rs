//! Quantiles of a sample.
//! **Question.** Below which value lies a given share of the numbers?
//! **Method.** Type 7 of Hyndman & Fan, the default of R: straight lines between the order statistics.
//! **Not.** Weighted samples, and quantiles of distributions: see [`super::distribution`].
//! **Sources.** Hyndman & Fan (1996), American Statistician 50, 361–365; R `quantile(x, type = 7)`.

/// The quantile at `share` (0 to 1, closed) of numbers already in ascending order, in their unit.
///
/// None for an empty slice or a share outside 0..=1.
///
/// ```
/// use alliance_stats::numeric::quantile::quantile_of_sorted;
/// // R: quantile(c(1, 2, 4, 8), 0.4) is 2.4
/// let value = quantile_of_sorted(&[1.0, 2.0, 4.0, 8.0], 0.4).unwrap();
/// assert!((value - 2.4).abs() < 1e-15);
/// assert_eq!(quantile_of_sorted(&[], 0.5), None);
/// ```
pub fn quantile_of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    debug_assert!(sorted.is_sorted(), "the slice must be in ascending order");
    if !(0.0..=1.0).contains(&share) {
        return None;
    }
    let last = sorted.len().checked_sub(1)?;
    let position = share * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let fraction = position - below as f64;
    Some(sorted[below] + fraction * (sorted[above] - sorted[below]))
}

/// The median of numbers in any order; none for an empty slice or if a value is NaN.
///
/// ```
/// use alliance_stats::numeric::quantile::median;
/// assert_eq!(median(&[8.0, 1.0, 4.0, 2.0]), Some(3.0));
/// ```
pub fn median(values: &[f64]) -> Option<f64> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_of_sorted(&sorted, 0.5)
}
