//! Mixed models: `cargo bench --bench mixed_models`. How the peers were measured: `benches/BENCHMARKS.md`.

use alliance::stats::interval::Level;
use alliance::stats::mixed::multilevel_correlation::multilevel_bootstrap;
use alliance::stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};
use alliance::stats::numeric::moments::CrossProducts;
use alliance::stats::numeric::random::{standard_normal, stream};
use divan::Bencher;

const LEVEL: Level = Level::NINETY_FIVE;

fn main() {
    divan::main();
}

/// Rows of clients, 20 each: four predictors, the outcome, the client.
struct Rows {
    predictors: [Vec<f64>; 4],
    outcome: Vec<f64>,
    client: Vec<usize>,
}

fn rows(clients: usize) -> Rows {
    let mut rows = Rows {
        predictors: Default::default(),
        outcome: Vec::new(),
        client: Vec::new(),
    };
    for client in 0..clients {
        let mut rng = stream(3, client as u64);
        let level = 2.0 * standard_normal(&mut rng);
        let slope = 0.2 * standard_normal(&mut rng);
        for session in 0..20 {
            let x: [f64; 3] = std::array::from_fn(|_| standard_normal(&mut rng));
            let time = f64::from(session);
            let noise = 2.0 * standard_normal(&mut rng);
            rows.outcome
                .push(10.0 + level + (slope - 0.1) * time + 0.3 * x[0] + noise);
            for (column, value) in rows.predictors.iter_mut().zip([time, x[0], x[1], x[2]]) {
                column.push(value);
            }
            rows.client.push(client);
        }
    }
    rows
}

fn fit(rows: &Rows, random: RandomEffects) -> MixedModel {
    let predictors: Vec<&[f64]> = rows.predictors.iter().map(Vec::as_slice).collect();
    let sums = GroupSums::from_columns(&predictors, &rows.outcome, &rows.client).expect("finite");
    MixedModel::fit(&sums, random, Likelihood::Reml, LEVEL).expect("it can be fitted")
}

/// From rows in memory to coefficients with Satterthwaite's degrees of freedom.
#[divan::bench(args = [100_000, 1_000_000], sample_count = 20, sample_size = 1)]
fn random_intercept(bencher: Bencher, count: usize) {
    let rows = rows(count / 20);
    bencher.bench_local(|| fit(&rows, RandomEffects::Intercept).log_likelihood);
}

#[divan::bench(args = [100_000], sample_count = 20, sample_size = 1)]
fn random_slope(bencher: Bencher, count: usize) {
    let rows = rows(count / 20);
    bencher.bench_local(|| fit(&rows, RandomEffects::Slope { predictor: 0 }).log_likelihood);
}

/// r within, between and total of 2,000 clients × 2,000 replicates.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn multilevel_bootstrap_of_2_000_clients(bencher: Bencher) {
    let clients: Vec<CrossProducts<2>> = (0..2_000)
        .map(|client| {
            let mut rng = stream(4, client);
            let rows: Vec<[f64; 2]> = (0..8)
                .map(|_| {
                    let x = standard_normal(&mut rng);
                    [x, 0.3 * x + standard_normal(&mut rng)]
                })
                .collect();
            CrossProducts::from_rows(&rows).expect("finite")
        })
        .collect();
    bencher.bench_local(|| multilevel_bootstrap(&clients, 2_000, 7));
}
