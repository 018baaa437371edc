//! Funnels of shares: which clinics lie outside what chance explains?
//! **Question.** Small clinics vary more than large ones: which shares are too far from the common share for their number of clients?
//! **Method.** On the scale asin √share, whose standard error 1/(2√n) does not depend on the share: z scores, their dispersion φ, a variance τ² between units by moments, and limits mapped back.
//! **Not.** A ranking, or a judgement of a clinic: its clients may differ, see [`crate::case_mix`]. With a τ² from few units, the limits are themselves uncertain.
//! **Sources.** Spiegelhalter (2005), Statistics in Medicine 24, 1185–1202, and (2005), Qual. Saf. Health Care 14, 347–351. Checked against the R package FunnelPlotR 0.6.0 in `tests/reference/control_charts/`.

use std::f64::consts::FRAC_PI_2;

use super::Undefined;
use super::numeric::quantile::quantile_of_sorted;

/// Standard errors to the limits that hold 95 % of units without a difference, as printed in the tables.
pub const Z_95: f64 = 1.959964;
/// Standard errors to the limits that hold 99.8 %.
pub const Z_998: f64 = 3.090232;
/// The part of the z scores drawn in at each end.
const TENTH: f64 = 0.1;

/// A clinic, site or therapist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// Clients who show something, from 0 to `of`; not a whole number when standardised for case mix.
    pub count: f64,
    /// All clients of the unit, at least 1; where standardised, see [`effective_number`](crate::case_mix::effective_number).
    pub of: u64,
}

/// Where a unit lies in the funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flag {
    /// On or within the 95 % limits.
    Inside,
    /// Above the 95 % limits, not above the 99.8 % limits.
    Above95,
    /// Below the 95 % limits, not below the 99.8 % limits.
    Below95,
    /// Above the 99.8 % limits.
    Above998,
    /// Below the 99.8 % limits.
    Below998,
}

/// Whether the most extreme units may widen the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Winsorise {
    /// Every z score counts as it is.
    No,
    /// For φ and τ², z scores below their 10 % quantile or above their 90 % quantile are set to it.
    TenPercent,
}

/// A funnel around the common share of at least two units.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// The share that the limits lie about, from 0 to 1.
    pub target: f64,
    /// Mean square of the z scores, about 1 when units differ by chance only; after winsorising.
    pub phi: f64,
    /// Variance between units of asin √share, 0 when they differ no more than by chance.
    pub tau_squared: f64,
    /// `(asin √share − asin √target) · 2√n` per unit, before winsorising and without τ².
    pub z: Vec<f64>,
    /// Per unit, whether its share lies outside the limits at its n, with τ².
    pub flags: Vec<Flag>,
}

/// The funnel of the units, in the order given.
///
/// # Errors
/// [`Undefined::TooFew`] below 2 units, [`Undefined::OutOfRange`] for a unit without clients or a count that is not from 0 to them.
///
/// ```
/// use alliance_stats::funnel_limits::{Flag, Unit, Winsorise, Z_95, funnel};
/// let units = [(30.0, 60), (45.0, 80), (22.0, 50), (60.0, 90), (18.0, 45), (50.0, 100), (41.0, 60), (12.0, 40)]
///     .map(|(count, of)| Unit { count, of });
/// let found = funnel(&units, Winsorise::No).unwrap();
/// assert!((found.target - 0.529524).abs() < 1e-6 && (found.tau_squared - 0.0113299).abs() < 1e-7);
/// let (low, high) = found.limits(60, Z_95);
/// assert!((low - 0.2921).abs() < 1e-4 && (high - 0.7601).abs() < 1e-4);
/// assert!(found.flags.iter().all(|flag| *flag == Flag::Inside));
/// ```
pub fn funnel(units: &[Unit], winsorise: Winsorise) -> Result<Funnel, Undefined> {
    let counts: f64 = units.iter().map(|unit| unit.count).sum();
    let clients: f64 = units.iter().map(|unit| unit.of as f64).sum();
    funnel_about((counts / clients).min(1.0), units, Some(winsorise))
}

/// The funnel of the units about a share that is given, from 0 to 1: that of all clients, where some units are left out.
///
/// Without `overdispersion` the limits are those of chance alone: τ² is 0, and φ is of every z score as it is.
///
/// # Errors
/// Those of [`funnel`].
pub fn funnel_about(
    target: f64,
    units: &[Unit],
    overdispersion: Option<Winsorise>,
) -> Result<Funnel, Undefined> {
    if units.len() < 2 {
        return Err(Undefined::TooFew {
            found: units.len(),
            needed: 2,
        });
    }
    for unit in units {
        unit.check()?;
    }
    let sizes: Vec<f64> = units.iter().map(|unit| unit.of as f64).collect();
    let z: Vec<f64> = units
        .iter()
        .map(|unit| (angle(unit.share()) - angle(target)) * 2.0 * (unit.of as f64).sqrt())
        .collect();
    let counted = match overdispersion {
        None | Some(Winsorise::No) => z.clone(),
        Some(Winsorise::TenPercent) => winsorised(&z),
    };
    let k = units.len() as f64;
    let squares: f64 = counted.iter().map(|z| z * z).sum();
    let mut found = Funnel {
        target,
        phi: squares / k,
        tau_squared: overdispersion.map_or(0.0, |_| between(&sizes, squares)),
        z,
        flags: Vec::new(),
    };
    found.flags = units.iter().map(|unit| found.flag(unit)).collect();
    Ok(found)
}

impl Funnel {
    /// The shares between which a unit of `n` clients lies when it does not differ: `sin²(asin √target ± z √(1/(4n) + τ²))`.
    ///
    /// `z` is the number of standard errors, 0 or more, such as [`Z_95`]; the angle is kept from 0 to π/2. Nobody (n = 0) may lie anywhere.
    ///
    /// ```
    /// use alliance_stats::funnel_limits::{Funnel, Z_95, Z_998};
    /// let even = Funnel { target: 0.5, phi: 1.0, tau_squared: 0.0, z: vec![], flags: vec![] };
    /// let (low, high) = even.limits(50, Z_95);
    /// assert!((low - 0.3632).abs() < 1e-4 && (high - 0.6368).abs() < 1e-4);
    /// assert!((even.limits(50, Z_998).0 - 0.2884).abs() < 1e-4);
    /// ```
    pub fn limits(&self, n: u64, z: f64) -> (f64, f64) {
        let middle = angle(self.target);
        let margin = z * (0.25 / n as f64 + self.tau_squared).sqrt();
        let share = |angle: f64| libm::sin(angle.clamp(0.0, FRAC_PI_2)).powi(2);
        (share(middle - margin), share(middle + margin))
    }

    fn flag(&self, unit: &Unit) -> Flag {
        // METHOD: the flag compares with the limits that are drawn, so that no unit is called outside where the chart shows it inside.
        let share = unit.share();
        let (low, high) = self.limits(unit.of, Z_95);
        let (lowest, highest) = self.limits(unit.of, Z_998);
        if share > highest {
            Flag::Above998
        } else if share < lowest {
            Flag::Below998
        } else if share > high {
            Flag::Above95
        } else if share < low {
            Flag::Below95
        } else {
            Flag::Inside
        }
    }
}

impl Unit {
    fn share(&self) -> f64 {
        self.count / self.of as f64
    }

    fn check(&self) -> Result<(), Undefined> {
        if self.of == 0 {
            Err(Undefined::OutOfRange {
                what: "the number of clients of a unit",
                value: 0.0,
                allowed: "at least 1",
            })
        } else if (0.0..=self.of as f64).contains(&self.count) {
            Ok(())
        } else {
            Err(Undefined::OutOfRange {
                what: "the count",
                value: self.count,
                allowed: "from 0 to the number it is a share of",
            })
        }
    }
}

fn angle(share: f64) -> f64 {
    libm::asin(share.sqrt())
}

/// τ² by moments from the sum of squared z scores, with the weights 1/s² = 4n.
fn between(sizes: &[f64], squares: f64) -> f64 {
    let sum: f64 = sizes.iter().map(|n| 4.0 * n).sum();
    let sum_of_squares: f64 = sizes.iter().map(|n| (4.0 * n).powi(2)).sum();
    let by_chance = (sizes.len() - 1) as f64;
    ((squares - by_chance) / (sum - sum_of_squares / sum)).max(0.0)
}

fn winsorised(z: &[f64]) -> Vec<f64> {
    let mut sorted = z.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share| quantile_of_sorted(&sorted, share).unwrap_or(f64::NAN);
    let (low, high) = (at(TENTH), at(1.0 - TENTH));
    z.iter().map(|z| z.max(low).min(high)).collect()
}
