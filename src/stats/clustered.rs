//! A share of many answers, several from each client: how precise is it?
//! **Question.** What share of all ratings is at the top of the scale, when some clients gave many of them?
//! **Method.** Ratio of totals; its error from the clients' totals (linearisation, clients as clusters); interval on the logit scale, t with clients − 1 degrees of freedom.
//! **Not.** One answer per client: see [`crate::proportion`].
//! **Sources.** Cochran (1977), Sampling Techniques, section 6; Korn & Graubard (1998), Survey Methodology 24, 193–201. Checked in `tests/reference/` against R survey (`svyciprop`, method `logit`).

use super::Undefined;
use super::interval::{Interval, Level};

/// A share of answers with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredShare {
    /// Between 0 and 1.
    pub share: f64,
    /// None where the share is exactly 0 or 1: the logit has no value there.
    pub interval: Option<Interval>,
}

/// The share `Σ hits / Σ of` over clients, each a pair (hits, of); clients without an answer are left out.
///
/// # Errors
/// [`Undefined::TooFew`] with fewer than 2 clients who gave an answer.
///
/// ```
/// use alliance_stats::{clustered::clustered_share, interval::Level};
/// let found = clustered_share([(1, 4), (0, 3), (2, 3)].into_iter(), Level::NINETY_FIVE).unwrap();
/// assert_eq!(found.share, 0.3);
/// ```
pub fn clustered_share(
    clients: impl Iterator<Item = (u32, u32)> + Clone,
    level: Level,
) -> Result<ClusteredShare, Undefined> {
    let answering = || clients.clone().filter(|(_, of)| *of > 0);
    let n = answering().count();
    if n < 2 {
        return Err(Undefined::TooFew {
            found: n,
            needed: 2,
        });
    }
    let total: f64 = answering().map(|(_, of)| f64::from(of)).sum();
    let hits: f64 = answering().map(|(hits, _)| f64::from(hits)).sum();
    let share = hits / total;
    if share == 0.0 || share == 1.0 {
        return Ok(ClusteredShare {
            share,
            interval: None,
        });
    }
    let squares: f64 = answering()
        .map(|(hits, of)| f64::from(hits) - share * f64::from(of))
        .map(|residual| residual * residual)
        .sum();
    let clusters = n as f64;
    let error = (clusters / (clusters - 1.0) * squares).sqrt() / total;
    let logit = libm::log(share / (1.0 - share));
    let half = level.critical_t(clusters - 1.0) * error / (share * (1.0 - share));
    let back = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    Ok(ClusteredShare {
        share,
        interval: Some(Interval::new(
            back(logit - half),
            back(logit + half),
            level,
        )?),
    })
}
