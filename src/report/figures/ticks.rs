//! Round numbers for the ticks of an axis.

/// The smallest and the largest finite value; 0 to 1 where there is none.
pub(super) fn range(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|v| v.is_finite());
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = finite.fold(none, |(low, high), v| (low.min(v), high.max(v)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// 1, 2 or 5 times a power of ten, at least about as large as `rough`.
pub(super) fn round_step(rough: f64) -> f64 {
    let magnitude = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|s| s * magnitude >= rough * 0.999);
    step.unwrap_or(10.0) * magnitude
}

/// The decimals that a multiple of the step needs.
pub(super) fn decimals(step: f64) -> usize {
    (0..8)
        .find(|&d| step * libm::pow(10.0, f64::from(d)) > 0.999)
        .unwrap_or(8) as usize
}
