//! Pooling: `cargo bench --bench pooling`. How metafor was measured: `benches/BENCHMARKS.md`.

use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use alliance::stats::meta::influence::leave_one_out;
use alliance::stats::meta::permutation::permutation_test;
use alliance::stats::meta::robust::RobustType;
use alliance::stats::meta::tau_squared::Estimator;
use alliance::stats::meta::three_level::{Component, Likelihood, ThreeLevel};
use alliance::stats::meta::two_level::{Test, TwoLevel};
use alliance::stats::numeric::random::{below, standard_normal, stream};
use divan::Bencher;

const LEVEL: Level = Level::NINETY_FIVE;

fn main() {
    divan::main();
}

/// Studies of 20 to 419 clients around a true z of .28 with τ² = .02.
fn studies(k: usize) -> Vec<Effect> {
    let mut rng = stream(1, k as u64);
    (0..k)
        .map(|_| {
            let variance = 1.0 / (17 + below(&mut rng, 400)) as f64;
            let z = 0.28 + (0.02 + variance).sqrt() * standard_normal(&mut rng);
            Effect::from_fisher_z(z, variance).expect("a finite effect")
        })
        .collect()
}

/// 1,000 effects of 295 studies, every effect with its own n.
fn effects_in_studies() -> (Vec<Effect>, Vec<usize>) {
    let mut rng = stream(2, 0);
    let mut owners: Vec<usize> = (0..295).collect();
    owners.extend((295..1000).map(|_| below(&mut rng, 295)));
    let means: Vec<f64> = (0..295)
        .map(|_| 0.28 + 0.15 * standard_normal(&mut rng))
        .collect();
    let effects = owners
        .iter()
        .map(|&study| {
            let variance = 1.0 / (12 + below(&mut rng, 300)) as f64;
            let z = means[study] + (0.01 + variance).sqrt() * standard_normal(&mut rng);
            Effect::from_fisher_z(z, variance).expect("a finite effect")
        })
        .collect();
    (effects, owners)
}

fn three_level(effects: &[Effect], owners: &[usize]) -> ThreeLevel {
    let design = Design::intercept(effects.len());
    ThreeLevel::fit(effects, owners, &design, Likelihood::Reml, LEVEL).expect("it can be fitted")
}

#[divan::bench(args = [300, 5_000])]
fn reml(bencher: Bencher, k: usize) {
    let (effects, design) = (studies(k), Design::intercept(k));
    bencher.bench_local(|| {
        TwoLevel::fit(&effects, &design, Estimator::Reml, Test::AdHoc, LEVEL)
            .expect("it can be fitted")
            .tau_squared
    });
}

#[divan::bench]
fn leave_one_out_of_1_000(bencher: Bencher) {
    let effects = studies(1_000);
    bencher.bench_local(|| leave_one_out(&effects, Estimator::Reml, Test::AdHoc, LEVEL));
}

#[divan::bench]
fn permutations_1_000_of_300_studies(bencher: Bencher) {
    let effects = studies(300);
    let rows: Vec<[f64; 2]> = (0..300).map(|i| [1.0, f64::from(i % 17)]).collect();
    let design = Design::new(&rows).expect("full rank");
    bencher.bench_local(|| {
        permutation_test(&effects, &design, Estimator::Reml, Test::AdHoc, 1_000, 7)
    });
}

#[divan::bench]
fn three_level_of_1_000_effects(bencher: Bencher) {
    let (effects, owners) = effects_in_studies();
    bencher.bench_local(|| three_level(&effects, &owners).log_likelihood);
}

#[divan::bench]
fn cr2_of_1_000_effects(bencher: Bencher) {
    let (effects, owners) = effects_in_studies();
    let fit = three_level(&effects, &owners);
    bencher.bench_local(|| fit.robust(RobustType::Cr2));
}

#[divan::bench]
fn both_profile_intervals_of_1_000_effects(bencher: Bencher) {
    let (effects, owners) = effects_in_studies();
    let fit = three_level(&effects, &owners);
    bencher.bench_local(|| {
        [Component::BetweenStudies, Component::BetweenEffects]
            .map(|component| fit.profile_interval(component, LEVEL))
    });
}
