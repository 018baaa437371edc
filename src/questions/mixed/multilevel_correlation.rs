//! Is the link within clients or between them?
//!
//! "The" correlation of ratings and symptoms over sessions mixes two: sessions of a client that are
//! better than usual for this client, and clients who are better off than others.

use crate::findings::{Answer, Estimate, Scale};
use crate::questions::counts::{PrintedCounts, with_released};
use crate::questions::sample::Analysis;
use crate::stats::Undefined;
use crate::stats::interval::Interval;
use crate::stats::mixed::multilevel_correlation::{
    GroupReliability, MultilevelCorrelation, multilevel_bootstrap, multilevel_correlation,
    multilevel_jackknife, repeated_measures,
};
use crate::stats::numeric::moments::CrossProducts;
use crate::study::Direction;

pub const QUESTION: &str = "multilevel_correlation";
/// Clients up to which they are resampled.
const MOST_RESAMPLED: usize = 10_000;

pub fn answer(analysis: &Analysis, printed: &mut PrintedCounts) -> Answer {
    let mut answer = Answer {
        question: QUESTION.into(),
        title: "Over sessions, is the link within clients or between them?".into(),
        not_measured: None,
        estimates: Vec::new(),
        verdicts: Vec::new(),
        displays: Vec::new(),
        caveats: vec![
            "Within: sessions rated above a client's own mean, with the symptoms of the same session. It is no cause, and both may only move with time.".into(),
            "Between: clients with higher mean ratings, with their mean symptoms. It says nothing about what a better session does for a client.".into(),
            "Total ignores who is who; it is neither, and stands here because it is often reported.".into(),
        ],
    };
    let direction = match analysis.symptom_direction() {
        Ok(direction) => direction,
        Err(reason) => {
            answer.not_measured = Some(reason);
            return answer;
        }
    };
    let clients = cross_products(analysis, direction);
    let with_rows = clients.iter().filter(|c| c.count() > 0).count();
    if (with_rows as u64) < analysis.minimum() {
        answer.not_measured = Some("too few clients have a session with both scores".into());
        return answer;
    }
    let found = match multilevel_correlation(&clients) {
        Ok(found) => found,
        Err(reason) => {
            answer.not_measured = Some(reason.to_string());
            return answer;
        }
    };
    let clients_printed = printed.release(found.clients);
    let (limits, how) = limits(analysis, &clients, found.clients);
    for (part, limits) in Part::ALL.into_iter().zip(limits) {
        let (term, label, what) = part.words();
        let method = format!("{what}; {how}");
        let shell = Estimate::new(QUESTION, "", term, Scale::Correlation, &method)
            .labelled(label)
            .with_k(found.rows);
        let shell = with_released(shell, clients_printed);
        answer.estimates.push(match part.of(&found) {
            Err(reason) => shell.not_estimable(reason),
            Ok(r) => {
                let shell = shell.with_estimate(*r);
                match limits {
                    Some(i) => shell.with_interval(i.low(), i.high(), i.level().value()),
                    None => shell,
                }
            }
        });
    }
    let shell = Estimate::new(
        QUESTION,
        "",
        "repeated_measures",
        Scale::Correlation,
        "repeated-measures correlation: one slope for all clients (Bakdash & Marusich 2017); clients with one session left out",
    )
    .labelled("Repeated measures");
    answer
        .estimates
        .push(match repeated_measures(&clients, analysis.level) {
            Ok(r) => with_released(shell, printed.release(r.clients))
                .with_estimate(r.r)
                .with_interval(
                    r.interval.low(),
                    r.interval.high(),
                    r.interval.level().value(),
                )
                .with_test(r.t, Some(r.df), r.p),
            Err(reason) => shell.not_estimable(reason),
        });
    for (id, words, reliability) in [
        ("alliance", "alliance", &found.first),
        ("symptom", "symptoms", &found.second),
    ] {
        answer
            .estimates
            .extend(shares(id, words, reliability, clients_printed));
    }
    if found.single_row_clients > 0 {
        answer.caveats.push(
            "Clients with one session that has both scores say nothing about what happens within a client."
                .into(),
        );
    }
    answer
}

/// One of the three numbers that are called "the" correlation.
#[derive(Clone, Copy)]
enum Part {
    Within,
    Between,
    Total,
}

impl Part {
    const ALL: [Part; 3] = [Part::Within, Part::Between, Part::Total];

    /// Term of the id, label, and how it is made.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Part::Within => (
                "within",
                "Within clients",
                "correlation of the deviations from the clients' own means",
            ),
            Part::Between => (
                "between",
                "Between clients",
                "correlation of the clients' means, each client once; not corrected for their reliability",
            ),
            Part::Total => (
                "total",
                "Total",
                "correlation of all sessions, clients ignored",
            ),
        }
    }

    fn of(self, found: &MultilevelCorrelation) -> &Result<f64, Undefined> {
        match self {
            Part::Within => &found.within,
            Part::Between => &found.between,
            Part::Total => &found.total,
        }
    }
}

/// The intervals of the three correlations, where there are any, and how they were made.
///
/// METHOD: by a bootstrap of whole clients; with very many clients by their jackknife, which then
/// says the same for a hundredth of the work.
fn limits(
    analysis: &Analysis,
    clients: &[CrossProducts<2>],
    count: usize,
) -> ([Option<Interval>; 3], String) {
    if count > MOST_RESAMPLED {
        let how = format!("jackknife interval, as there are more than {MOST_RESAMPLED} clients");
        let found = multilevel_jackknife(clients, analysis.level);
        let Ok(found) = found else {
            return ([None; 3], how);
        };
        let parts = [found.within, found.between, found.total];
        return (parts.map(|part| part.ok().map(|part| part.interval)), how);
    }
    let replicates = analysis.settings.bootstrap_replicates as usize;
    let how = format!("percentile interval of {replicates} samples of whole clients");
    let found = multilevel_bootstrap(clients, replicates, analysis.settings.seed);
    let Ok(found) = found else {
        return ([None; 3], how);
    };
    let parts = [found.within, found.between, found.total];
    let limits = parts.map(|part| part.ok()?.percentile(analysis.level).ok());
    (limits, how)
}

/// Alliance and oriented symptoms of the same session, summed up client by client.
fn cross_products(analysis: &Analysis, direction: Direction) -> Vec<CrossProducts<2>> {
    (0..analysis.clients.len())
        .map(|client| {
            let mut sums = CrossProducts::empty();
            for row in analysis.clients.series(client) {
                if let (Some(alliance), Some(symptom)) = (row.alliance, row.symptom) {
                    sums.insert(&[alliance, direction.orient(symptom)])
                        .expect("scores are finite");
                }
            }
            sums
        })
        .collect()
}

/// How much of a score lies between clients.
fn shares(
    id: &str,
    words: &str,
    found: &Result<GroupReliability, Undefined>,
    clients: Option<usize>,
) -> [Estimate; 3] {
    let shells = [
        (
            "icc1",
            "ICC(1), share between clients",
            "by analysis of variance",
        ),
        (
            "icc2",
            "ICC(2), reliability of a client's mean",
            "by analysis of variance",
        ),
        (
            "reliability",
            "λ, reliability of the mean of as many sessions as clients have on average",
            "by ICC(1) and Spearman–Brown",
        ),
    ]
    .map(|(term, label, method)| {
        Estimate::new(
            QUESTION,
            "",
            &format!("{term}.{id}"),
            if term == "icc1" {
                Scale::Proportion
            } else {
                Scale::Unitless
            },
            method,
        )
        .labelled(&format!("{words}: {label}"))
    });
    let shells = shells.map(|e| with_released(e, clients));
    match found {
        Err(reason) => shells.map(|e| e.not_estimable(reason)),
        Ok(found) => {
            let values = [found.icc1, found.icc2, found.reliability];
            let mut values = values.into_iter();
            shells.map(|e| e.with_estimate(values.next().expect("three values")))
        }
    }
}
