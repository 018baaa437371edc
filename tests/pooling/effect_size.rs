//! Effects from published statistics: each against its own algebra, worked another way.

use alliance::stats::Undefined;
use alliance::stats::attenuation::Reliability;
use alliance::stats::meta::effect_size::{Conversion, Effect, ReliabilityEstimate, Sign};
use alliance::stats::numeric::distribution::student_t_two_sided_p;

use super::dataset::close;

const CLOSE: f64 = 1e-12;

#[test]
fn t_f_and_p_are_the_same_correlation() {
    for (r, n) in [(0.35, 52), (-0.72, 9), (0.05, 400), (0.96, 30)] {
        let r: f64 = r;
        let df = (n - 2) as f64;
        let t = r * (df / (1.0 - r * r)).sqrt();
        let sign = if r < 0.0 {
            Sign::Negative
        } else {
            Sign::Positive
        };
        let plain = Effect::from_correlation(r, n).unwrap();
        for effect in [
            Effect::from_t(t, n).unwrap(),
            Effect::from_f(t * t, sign, n).unwrap(),
            Effect::from_p(student_t_two_sided_p(t, df), sign, n).unwrap(),
        ] {
            close("z", effect.z(), plain.z(), 1e-11);
            assert_eq!(effect.variance(), plain.variance());
        }
        close(
            "phi",
            Effect::from_chi_squared(r * r * n as f64, sign, n)
                .unwrap()
                .r(),
            r,
            CLOSE,
        );
    }
}

/// R: esc / compute.es style algebra, `r = d/√(d² + a)`; J by `exp(lgamma(m/2) − log(√(m/2)) − lgamma((m−1)/2))`.
#[test]
fn d_g_and_odds_ratios_follow_borenstein() {
    let (d, n1, n2): (f64, usize, usize) = (0.62, 31, 17);
    let a = 48.0 * 48.0 / (31.0 * 17.0);
    close(
        "d",
        Effect::from_d(d, n1, n2).unwrap().r(),
        d / (d * d + a).sqrt(),
        CLOSE,
    );
    // J(46) from R: exp(lgamma(23) - log(sqrt(23)) - lgamma(22.5)) = 0.983_591_557_504_294_4
    let g = d * 0.983_591_557_504_294_4;
    close(
        "g",
        Effect::from_g(g, n1, n2).unwrap().r(),
        d / (d * d + a).sqrt(),
        CLOSE,
    );
    let d = 2.5_f64.ln() * 3f64.sqrt() / std::f64::consts::PI;
    close(
        "OR",
        Effect::from_odds_ratio(2.5, 60).unwrap().r(),
        d / (d * d + 4.0).sqrt(),
        CLOSE,
    );
    close(
        "1/OR",
        Effect::from_odds_ratio(0.4, 60).unwrap().z(),
        -Effect::from_odds_ratio(2.5, 60).unwrap().z(),
        CLOSE,
    );
    assert_eq!(Effect::from_d(d, n1, n2).unwrap().variance(), 1.0 / 45.0);
}

#[test]
fn what_cannot_be_an_effect_is_refused_with_its_reason() {
    assert_eq!(Effect::from_correlation(1.0, 20), Err(Undefined::Perfect));
    assert_eq!(Effect::from_correlation(-1.0, 20), Err(Undefined::Perfect));
    assert_eq!(
        Effect::from_correlation(0.3, 3),
        Err(Undefined::TooFew {
            found: 3,
            needed: 4
        })
    );
    for r in [1.2, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            Effect::from_correlation(r, 20),
            Err(Undefined::OutOfRange { .. })
        ));
    }
    for (z, v) in [
        (f64::NAN, 0.1),
        (f64::INFINITY, 0.1),
        (0.1, 0.0),
        (0.1, -0.1),
        (0.1, f64::NAN),
        (0.1, f64::INFINITY),
    ] {
        assert!(Effect::from_fisher_z(z, v).is_err(), "{z} {v}");
    }
    assert!(Effect::from_t(f64::NAN, 20).is_err() && Effect::from_t(f64::INFINITY, 20).is_err());
    assert!(Effect::from_f(-1.0, Sign::Positive, 20).is_err());
    assert!(Effect::from_f(f64::NAN, Sign::Positive, 20).is_err());
    assert_eq!(
        Effect::from_chi_squared(20.0, Sign::Positive, 20),
        Err(Undefined::Perfect)
    );
    assert!(Effect::from_d(0.5, 0, 20).is_err() && Effect::from_d(f64::NAN, 10, 20).is_err());
    assert!(Effect::from_g(0.5, 1, 2).is_err());
    assert!(
        Effect::from_odds_ratio(0.0, 20).is_err()
            && Effect::from_odds_ratio(f64::INFINITY, 20).is_err()
    );
    for p in [0.0, -0.1, 1.1, f64::NAN] {
        assert!(Effect::from_p(p, Sign::Positive, 20).is_err(), "{p}");
    }
    assert_eq!(Effect::from_p(1.0, Sign::Positive, 20).unwrap().z(), 0.0);
}

#[test]
fn every_conversion_says_what_was_done() {
    let all = [
        Effect::from_correlation(0.3, 20),
        Effect::from_fisher_z(0.3, 0.1),
        Effect::from_t(2.0, 20),
        Effect::from_f(4.0, Sign::Positive, 20),
        Effect::from_chi_squared(4.0, Sign::Positive, 20),
        Effect::from_d(0.4, 10, 10),
        Effect::from_g(0.4, 10, 10),
        Effect::from_odds_ratio(2.0, 20),
        Effect::from_p(0.04, Sign::Positive, 20),
    ];
    let words: Vec<String> = all
        .iter()
        .map(|e| e.unwrap().conversion().to_string())
        .collect();
    let mut distinct = words.clone();
    distinct.dedup();
    assert_eq!(distinct.len(), 9);
    assert_eq!(
        Conversion::P.to_string(),
        "a correlation from a two-sided p value, by way of t"
    );
}

fn estimate(value: f64, std_error: Option<f64>) -> ReliabilityEstimate {
    ReliabilityEstimate {
        reliability: Reliability::new(value).unwrap(),
        std_error,
    }
}

#[test]
fn perfect_reliability_changes_no_bit_of_an_effect() {
    for (r, n) in [(0.36, 100), (-0.83, 7), (0.0, 50), (0.999, 12)] {
        let plain = Effect::from_correlation(r, n).unwrap();
        for error in [None, Some(0.0)] {
            let same = Effect::corrected_for_attenuation(
                r,
                n,
                [estimate(1.0, error), estimate(1.0, None)],
            )
            .unwrap();
            assert_eq!((same.z(), same.variance()), (plain.z(), plain.variance()));
        }
    }
}

/// The delta method against numerical derivatives of `atanh(r/√(ρx ρy))`.
#[test]
fn the_corrected_variance_is_the_delta_method() {
    let (r, n, x, y): (f64, usize, f64, f64) = (0.31, 120, 0.83, 0.77);
    let f = |r: f64, x: f64, y: f64| (r / (x * y).sqrt()).atanh();
    let h = 1e-5;
    let slope = [
        (f(r + h, x, y) - f(r - h, x, y)) / (2.0 * h),
        (f(r, x + h, y) - f(r, x - h, y)) / (2.0 * h),
        (f(r, x, y + h) - f(r, x, y - h)) / (2.0 * h),
    ];
    let (sx, sy) = (0.02, 0.03);
    let variance = slope[0].powi(2) * (1.0 - r * r).powi(2) / 117.0
        + (slope[1] * sx).powi(2)
        + (slope[2] * sy).powi(2);
    let ours =
        Effect::corrected_for_attenuation(r, n, [estimate(x, Some(sx)), estimate(y, Some(sy))])
            .unwrap();
    close("variance", ours.variance(), variance, 1e-8);
    close("z", ours.z(), f(r, x, y), 1e-14);
}
