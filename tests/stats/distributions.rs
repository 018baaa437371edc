//! Distributions against 60-digit witnesses from mpmath (`reference/distributions.csv`, made by `distributions.py`).

use alliance::stats::numeric::distribution::{
    chi_squared_quantile, chi_squared_sf, f_quantile, f_sf, normal_cdf, normal_quantile, normal_sf,
    normal_two_sided_p, student_t_quantile, student_t_sf, student_t_two_sided_p,
};
use proptest::prelude::*;

struct Witness {
    function: &'static str,
    arguments: [f64; 3],
    value: f64,
}

fn witnesses() -> Vec<Witness> {
    include_str!("../reference/distributions.csv")
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |i: usize| cells[i].parse().unwrap_or(f64::NAN);
            Witness {
                function: cells[0],
                arguments: [number(1), number(2), number(3)],
                value: number(4),
            }
        })
        .collect()
}

fn computed(function: &str, [a, b, c]: [f64; 3]) -> f64 {
    match function {
        "normal_sf" => normal_sf(a),
        "normal_quantile" => normal_quantile(a),
        "t_sf" => student_t_sf(a, b),
        "t_quantile" => student_t_quantile(a, b),
        "chi_sf" => chi_squared_sf(a, b),
        "chi_quantile" => chi_squared_quantile(a, b),
        "f_sf" => f_sf(a, b, c),
        "f_quantile" => f_quantile(a, b, c),
        other => panic!("no function {other}"),
    }
}

fn largest_error(function: &str) -> (f64, usize) {
    let mut worst = (0.0_f64, String::new());
    let mut rows = 0;
    for witness in witnesses()
        .iter()
        .filter(|witness| witness.function == function)
    {
        let value = computed(function, witness.arguments);
        let error = if witness.value == 0.0 {
            value.abs()
        } else {
            ((value - witness.value) / witness.value).abs()
        };
        assert!(
            error.is_finite(),
            "{function}{:?}: {value} instead of {}",
            witness.arguments,
            witness.value
        );
        if error > worst.0 {
            worst = (
                error,
                format!(
                    "{:?}: {value} instead of {}",
                    witness.arguments, witness.value
                ),
            );
        }
        rows += 1;
    }
    println!(
        "{function}: largest relative error {:.1e} in {rows} rows, at {}",
        worst.0, worst.1
    );
    (worst.0, rows)
}

#[test]
fn normal_tails_and_quantiles_have_full_precision() {
    assert!(matches!(largest_error("normal_sf"), (error, 14) if error < 1e-12));
    assert!(matches!(largest_error("normal_quantile"), (error, 17) if error < 1e-14));
}

#[test]
fn student_tails_are_accurate_down_to_1e_minus_300() {
    assert!(matches!(largest_error("t_sf"), (error, 178) if error < 1e-12));
}

#[test]
fn student_quantiles_are_accurate_for_1_to_a_million_degrees_of_freedom() {
    assert!(matches!(largest_error("t_quantile"), (error, 175) if error < 1e-12));
}

#[test]
fn chi_squared_tails_and_quantiles_are_accurate() {
    assert!(matches!(largest_error("chi_sf"), (error, 56) if error < 1e-12));
    assert!(matches!(largest_error("chi_quantile"), (error, 49) if error < 1e-12));
}

#[test]
fn f_tails_and_quantiles_are_accurate() {
    assert!(matches!(largest_error("f_sf"), (error, 80) if error < 1e-12));
    assert!(matches!(largest_error("f_quantile"), (error, 60) if error < 1e-12));
}

#[test]
fn values_known_from_r_are_met() {
    for (p, df, expected) in [
        (0.975, 30.0, 2.042272456301238),
        (0.025, 5.0, -2.570581835636314),
        (0.975, 1e6, 1.959966356814107),
        (0.75, 1.0, 1.0),
    ] {
        let value = student_t_quantile(p, df);
        assert!(
            (value / expected - 1.0).abs() < 1e-13,
            "qt({p}, {df}) = {value}"
        );
    }
    assert!((student_t_sf(1e200, 1.0) / (1e-200 / std::f64::consts::PI) - 1.0).abs() < 1e-12);
}

#[test]
fn many_degrees_of_freedom_join_the_normal_without_a_step() {
    for t in [0.1, 1.0, 1.7, 1.8, 5.0, 20.0, 37.0] {
        for df in [1e8, 1e10, 1e13, 1e16, 0.9e20, 1.1e20, 1e300] {
            // The first term of the expansion of the tail in 1/df bounds what may be left.
            let allowed = 2e-13 + (t * t * t * t + t * t + t) / df;
            let ratio = student_t_sf(t, df) / normal_sf(t);
            assert!(
                (ratio - 1.0).abs() <= allowed,
                "t = {t}, df = {df}: {ratio}"
            );
        }
    }
}

#[test]
fn ends_of_the_scale_are_infinite_and_nonsense_is_nan() {
    assert_eq!(student_t_quantile(0.0, 5.0), f64::NEG_INFINITY);
    assert_eq!(student_t_quantile(1.0, 5.0), f64::INFINITY);
    assert_eq!(student_t_quantile(0.5, 5.0), 0.0);
    assert_eq!(
        student_t_quantile(1e-300, 0.1),
        f64::NEG_INFINITY,
        "beyond the largest double"
    );
    assert_eq!(
        (normal_quantile(0.0), normal_quantile(1.0)),
        (f64::NEG_INFINITY, f64::INFINITY)
    );
    assert_eq!(
        (chi_squared_quantile(0.0, 3.0), f_quantile(1.0, 3.0, 4.0)),
        (0.0, f64::INFINITY)
    );
    assert_eq!(student_t_two_sided_p(f64::INFINITY, 3.0), 0.0);
    assert_eq!((chi_squared_sf(0.0, 3.0), f_sf(0.0, 3.0, 4.0)), (1.0, 1.0));
    for nonsense in [
        student_t_sf(1.0, 0.0),
        student_t_sf(f64::NAN, 3.0),
        student_t_quantile(1.5, 3.0),
        student_t_quantile(f64::NAN, 3.0),
        student_t_quantile(0.5, f64::NAN),
        normal_quantile(-0.1),
        normal_quantile(f64::NAN),
        chi_squared_sf(f64::NAN, 3.0),
        chi_squared_quantile(0.5, -1.0),
        f_sf(1.0, -1.0, 3.0),
        f_quantile(0.5, 3.0, f64::INFINITY),
    ] {
        assert!(nonsense.is_nan());
    }
}

proptest! {
    #[test]
    fn a_quantile_leads_back_to_its_probability(log_p in -690.0..-0.7f64, log_df in -1.0..16.0f64) {
        let (p, df) = (log_p.exp(), log_df.exp());
        let t = student_t_quantile(p, df);
        prop_assume!(t.is_finite());
        // ln p is known to ε·|ln p|; ln t likewise, magnified by the slope t·f(t)/p of the tail, at most about max(df, 2|ln p|).
        let back = student_t_sf(-t, df).ln();
        let allowed = 1e-14 * (1.0 + log_p.abs()) * (1.0 + df.min(2.0 * log_p.abs()));
        prop_assert!((back - log_p).abs() <= allowed, "p = {p}, df = {df}: {back} {log_p}");
    }

    #[test]
    fn chi_squared_and_f_quantiles_lead_back_to_their_probabilities(p in 1e-6..0.999999f64, log_a in -1.0..13.0f64, log_b in -1.0..13.0f64) {
        let (a, b) = (log_a.exp(), log_b.exp());
        let chi = chi_squared_quantile(p, a);
        if chi > 0.0 {
            prop_assert!((chi_squared_sf(chi, a) - (1.0 - p)).abs() < 1e-11);
        }
        let f = f_quantile(p, a, b);
        if f > 0.0 && f.is_finite() {
            prop_assert!((f_sf(f, a, b) - (1.0 - p)).abs() < 1e-11);
        }
    }

    #[test]
    fn tails_fall_and_lie_between_0_and_1(t in -50.0..50.0f64, step in 1e-6..5.0f64, log_df in -5.0..60.0f64) {
        let df = log_df.exp();
        let (near, far) = (student_t_sf(t, df), student_t_sf(t + step, df));
        prop_assert!((0.0..=1.0).contains(&near) && (0.0..=1.0).contains(&far));
        prop_assert!(far <= near * (1.0 + 1e-11), "{near} {far}");
        prop_assert!((student_t_sf(-t, df) + near - 1.0).abs() < 1e-15);
    }

    #[test]
    fn any_bits_give_an_answer_without_hanging(bits in any::<[u64; 4]>()) {
        let [a, b, c, p] = bits.map(f64::from_bits);
        let p = if (0.0..=1.0).contains(&p) { p } else { (p.abs().log10() / 400.0).fract().abs() };
        for value in [student_t_quantile(p, a.abs()), chi_squared_quantile(p, b.abs().min(1e12)), f_quantile(p, a.abs().min(1e9), b.abs().min(1e9))] {
            prop_assert!(!value.is_infinite() || p < 1.0 || value > 0.0);
        }
        for tail in [student_t_sf(c, a.abs()), chi_squared_sf(c.abs(), b.abs()), f_sf(c, a.abs(), b.abs()), normal_sf(c), normal_cdf(c), normal_two_sided_p(c)] {
            prop_assert!(tail.is_nan() || (0.0..=1.0).contains(&tail), "{a} {b} {c}: {tail}");
        }
    }
}
