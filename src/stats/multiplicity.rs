//! Many questions at once: how small must a p be when several were asked?
//! **Question.** Which contrasts of a family still hold when all of them are counted?
//! **Method.** Holm's step-down: the smallest p times m, the next times m − 1, …; never decreasing, never above 1.
//! **Not.** A false discovery rate; Holm bounds the chance of even one false claim, whatever the dependence.
//! **Sources.** Holm (1979), Scand. J. Stat. 6, 65–70. The same as R `p.adjust(p, "holm")`; checked against values worked by hand, with ties and the cap.

use super::Undefined;

/// Holm's adjusted p values, in the order given.
///
/// # Errors
/// [`Undefined::OutOfRange`] if a p value is NaN or not from 0 to 1.
///
/// ```
/// use alliance_stats::multiplicity::holm;
/// // p.adjust(c(.01, .04, .03), "holm") in the words of R
/// let adjusted = holm(&[0.01, 0.04, 0.03]).unwrap();
/// assert_eq!(adjusted, [0.03, 0.06, 0.06]);
/// ```
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, Undefined> {
    if let Some(&value) = p_values.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(Undefined::OutOfRange {
            what: "a p value",
            value,
            allowed: "from 0 to 1",
        });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (smaller, &i) in order.iter().enumerate() {
        let remaining = (p_values.len() - smaller) as f64;
        largest = largest.max(remaining * p_values[i]).min(1.0);
        adjusted[i] = largest;
    }
    Ok(adjusted)
}
