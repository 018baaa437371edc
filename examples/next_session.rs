//! From CSV files to one model: is a session rated better than usual followed by fewer symptoms?
//!
//! `cargo run --release --example next_session SESSIONS.csv OUTCOMES.csv`
//!
//! The same model as `session_to_session.lagged` of the report, fitted through the library: rows are
//! read and validated, reduced to clients, summed up client by client, and only then fitted.

use std::path::Path;

use alliance::features::{self, ScoredSession};
use alliance::stats::interval::Level;
use alliance::stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};
use alliance::study::{Direction, Orphans, Study};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [sessions, outcomes] = &arguments[..] else {
        anyhow::bail!("usage: next_session SESSIONS.csv OUTCOMES.csv");
    };
    let mut study = Study::of_files(Path::new(sessions), Path::new(outcomes));
    // The model needs sessions only.
    study.settings.orphans = Orphans::Exclude;
    let clients = features::by_client(&study, &|_| ()).map_err(|problems| {
        anyhow::anyhow!(
            "{} problems; `alliance check` lists them",
            problems
                .files
                .iter()
                .map(|f| f.problems.len())
                .sum::<usize>()
        )
    })?;
    let mut sums = GroupSums::new(4);
    let mut pairs: Vec<[f64; 4]> = Vec::new();
    for client in 0..clients.len() {
        let mut before: Option<ScoredSession> = None;
        for next in clients.series(client) {
            if let Some(before) = before
                && next.session == before.session + 1
                && let (Some(symptom), Some(alliance), Some(then)) =
                    (before.symptom, before.alliance, next.symptom)
            {
                let oriented = |score| Direction::LowerIsBetter.orient(score);
                let session = f64::from(next.session);
                pairs.push([oriented(symptom), alliance, session, oriented(then)]);
            }
            before = Some(next);
        }
        let mean = pairs.iter().map(|pair| pair[1]).sum::<f64>() / pairs.len() as f64;
        for [symptom, alliance, session, then] in pairs.drain(..) {
            sums.insert(client, &[symptom, alliance - mean, mean, session], then)?;
        }
    }
    let level = Level::NINETY_FIVE;
    let fit = MixedModel::fit(&sums, RandomEffects::Intercept, Likelihood::Reml, level)?;
    let within = fit.coefficients[2];
    println!(
        "per point above the client's own mean: {} [{}, {}], df {:.0}, p {:.1e}",
        within.estimate,
        within.interval.low(),
        within.interval.high(),
        within.df,
        within.p
    );
    Ok(())
}
