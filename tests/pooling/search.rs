//! The search itself: minima and roots that are known in closed form, and many random hills.

use alliance::stats::numeric::random::stream;
use alliance::stats::numeric::search::{
    Scale, minimum_by_slope, minimum_on_half_line, root, root_above,
};

use super::dataset::{between, close};

/// Sums of dips `−h/(1 + (u − m)²/s²)` in `u = ln(1 + t)`: as many local minima as there are dips, or fewer.
struct Hills(Vec<[f64; 3]>);

impl Hills {
    fn value(&self, t: f64) -> f64 {
        let u = t.ln_1p();
        let dip = |[h, m, s]: [f64; 3]| -h / (1.0 + ((u - m) / s).powi(2));
        0.01 * u + self.0.iter().map(|&d| dip(d)).sum::<f64>()
    }

    fn slope(&self, t: f64) -> f64 {
        let u = t.ln_1p();
        let dip =
            |[h, m, s]: [f64; 3]| 2.0 * h * (u - m) / s / s / (1.0 + ((u - m) / s).powi(2)).powi(2);
        (0.01 + self.0.iter().map(|&d| dip(d)).sum::<f64>()) / (1.0 + t)
    }
}

#[test]
fn no_hill_hides_the_lowest_valley() {
    let scale = Scale {
        finest: 1.0,
        farthest: 20f64.exp(),
    };
    let (mut several, mut edges, mut shallow) = (0, 0, 0);
    for seed in 0..500 {
        let mut rng = stream(41, seed);
        let dips = (0..1 + seed as usize % 4)
            .map(|_| {
                [
                    between(&mut rng, 0.2, 1.0),
                    between(&mut rng, -3.0, 12.0),
                    between(&mut rng, 0.4, 1.5),
                ]
            })
            .collect();
        let hills = Hills(dips);
        let by_value = minimum_on_half_line(|t| hills.value(t), scale).unwrap();
        let by_slope = minimum_by_slope(|t| hills.slope(t), |t| hills.value(t), scale).unwrap();
        for found in [by_value, by_slope] {
            for i in 0..=4000 {
                let t = (i as f64 * 0.005).exp_m1();
                assert!(hills.value(t) >= found.value - 1e-12, "seed {seed} at {t}");
            }
            assert_eq!(found.at_boundary, found.at == 0.0);
            assert!(found.evaluations < 400, "{}", found.evaluations);
        }
        assert!(
            (by_value.at - by_slope.at).abs() <= 1e-6 * (1.0 + by_slope.at),
            "seed {seed}"
        );
        assert_eq!(by_value.at_boundary, by_slope.at_boundary, "seed {seed}");
        // Values alone cannot see a second valley so shallow that no grid point lies in it.
        shallow += usize::from(match (by_value.competing, by_slope.competing) {
            (Some(a), Some(b)) => (a - b).abs() > 1e-6 * (1.0 + b),
            (a, b) => a != b,
        });
        several += usize::from(by_slope.competing.is_some());
        edges += usize::from(by_slope.at_boundary);
    }
    assert!(
        several > 100 && edges > 20 && shallow < 10,
        "{several} {edges} {shallow}"
    );
}

#[test]
fn a_search_that_cannot_end_says_so() {
    let scale = Scale {
        finest: 1.0,
        farthest: 10.0,
    };
    assert_eq!(minimum_on_half_line(|t| -t, scale), None);
    assert_eq!(minimum_on_half_line(|_| f64::NAN, scale), None);
    assert_eq!(minimum_by_slope(|_| -1.0, |t| -t, scale), None);
    assert_eq!(minimum_by_slope(|_| f64::NAN, |_| 0.0, scale), None);
    for finest in [0.0, -1.0, f64::NAN] {
        assert_eq!(
            minimum_on_half_line(
                |t| t,
                Scale {
                    finest,
                    farthest: 1.0
                }
            ),
            None
        );
    }
    assert_eq!(root(|x| x, 1.0, 2.0), None);
    assert_eq!(root(|_| f64::NAN, 1.0, 2.0), None);
    assert_eq!(root_above(|x| 1.0 + x, 0.0, 1.0), None);
}

/// A minimum far beyond the end of the grid is still found: the grid goes on while the function falls.
#[test]
fn the_end_of_the_grid_is_no_limit() {
    let far = 1e9;
    let value = |t: f64| ((1.0 + t) / far).ln().powi(2);
    let scale = Scale {
        finest: 1.0,
        farthest: 5.0,
    };
    let found = minimum_on_half_line(value, scale).unwrap();
    close("by value", found.at, far - 1.0, 1e-6);
    let slope = |t: f64| 2.0 * ((1.0 + t) / far).ln() / (1.0 + t);
    let found = minimum_by_slope(slope, value, scale).unwrap();
    close("by slope", found.at, far - 1.0, 1e-13);
}

#[test]
fn roots_are_full_precision() {
    close(
        "cube",
        root(|x| x * x * x - 2.0, 0.0, 9.0).unwrap(),
        2f64.cbrt(),
        4e-16,
    );
    close(
        "cosine",
        root(|x| x.cos() - x, 0.0, 1.0).unwrap(),
        0.739_085_133_215_160_6,
        4e-16,
    );
    close(
        "flat",
        root(|x| (x - 1.0).powi(5), -3.0, 2.0).unwrap(),
        1.0,
        1e-3,
    );
    close("tiny", root(|x| x - 1e-12, 0.0, 1.0).unwrap(), 1e-12, 4e-16);
    close(
        "above",
        root_above(|x| x.ln() - 50.0, 1.0, 2.0).unwrap(),
        50f64.exp(),
        1e-14,
    );
}
