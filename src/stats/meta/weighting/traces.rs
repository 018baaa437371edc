//! Traces of the projection matrix, without the matrix.
//! **Question.** What are the traces of P, PV, P², PVP and PVPV, from which standard errors of τ² are made?
//! **Method.** Expanded in p × p matrices, so that the cost is linear in the number of effects; without moderators summed without cancellation.
//! **Not.** τ² itself: see [`super::super::tau_squared`].
//! **Sources.** Viechtbauer (2005), J. Educ. Behav. Stat. 30, 261–293. Checked against metafor's standard errors and against exact fractions.

use super::{Centred, factored};
use crate::Undefined;

/// Traces of products of P and V, the diagonal of the sampling variances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::meta) struct Traces {
    pub p: f64,
    pub pv: f64,
    pub pp: f64,
    pub ppv: f64,
    pub pvpv: f64,
}

impl Centred<'_> {
    /// Traces of `P = A − AXS XᵀA` with `S = (XᵀAX)⁻¹`, A the diagonal of `weight(v)`.
    pub fn traces(&self, weight: impl Fn(f64) -> f64) -> Result<Traces, Undefined> {
        if self.design.is_intercept() {
            return Ok(self.plain_traces(weight));
        }
        let factor = factored(self.cross(&weight))?;
        let solved = |m: fn(f64, f64) -> f64| factor.solve(&self.cross(|v| m(weight(v), v)));
        let sum = |m: fn(f64, f64) -> f64| -> f64 {
            self.variance.iter().map(|&v| m(weight(v), v)).sum()
        };
        let plain = solved(|a, _| a * a);
        let with = solved(|a, v| a * a * v);
        let p = sum(|a, _| a) - plain.trace();
        let pv = sum(|a, v| a * v) - with.trace();
        let pp =
            sum(|a, _| a * a) - 2.0 * solved(|a, _| a * a * a).trace() + (&plain * &plain).trace();
        let ppv = sum(|a, v| a * a * v) - 2.0 * solved(|a, v| a * a * a * v).trace()
            + (&plain * &with).trace();
        let pvpv = sum(|a, v| a * a * v * v) - 2.0 * solved(|a, v| a * a * a * v * v).trace()
            + (&with * &with).trace();
        Ok(Traces {
            p,
            pv,
            pp,
            ppv,
            pvpv,
        })
    }

    /// The same without moderators: `Pᵢᵢ = aᵢ(1 − aᵢ/Σa)`, `Pᵢⱼ = −aᵢaⱼ/Σa`, summed without cancellation.
    fn plain_traces(&self, weight: impl Fn(f64) -> f64) -> Traces {
        let big = self.variance[self.pivot];
        let pivot = weight(big);
        let others = || {
            let places = self.variance.iter().enumerate();
            places.filter(|(i, _)| *i != self.pivot).map(|(_, &v)| v)
        };
        let rest: f64 = others().map(&weight).sum();
        let total = rest + pivot;
        // The diagonal entry of the pivot is a(Σa − a)/Σa.
        let corner = pivot * (rest / total);
        let (mut p, mut pv) = (corner, corner * big);
        let (mut pp, mut ppv, mut pvpv) = (corner * corner, corner * corner * big, 0.0);
        pvpv += corner * corner * big * big;
        let (mut aa, mut aav) = (0.0, 0.0);
        let (mut fourth, mut fourth_v, mut fourth_vv) = (0.0, 0.0, 0.0);
        for v in others() {
            let a = weight(v);
            let entry = a * (1.0 - a / total);
            let square = a * a;
            p += entry;
            pv += entry * v;
            pp += entry * entry;
            ppv += entry * entry * v;
            pvpv += entry * entry * v * v;
            aa += square;
            aav += square * v;
            fourth += square * square;
            fourth_v += square * square * v;
            fourth_vv += square * square * v * v;
        }
        // Σ over i ≠ j of aᵢ²mᵢ aⱼ²nⱼ, with the pivot's products written out.
        let square = (pivot / total) * (pivot / total);
        let of_total = 1.0 / (total * total);
        pp += 2.0 * square * aa + (aa * aa - fourth) * of_total;
        ppv += square * (aav + big * aa) + (aa * aav - fourth_v) * of_total;
        pvpv += 2.0 * square * big * aav + (aav * aav - fourth_vv) * of_total;
        Traces {
            p,
            pv,
            pp,
            ppv,
            pvpv,
        }
    }
}
