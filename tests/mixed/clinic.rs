//! The made-up clinic: the data frames of the questions, built as the questions say.

use std::collections::{BTreeMap, HashMap};

use alliance::stats::mixed::{Coefficient, GroupSums, Likelihood, MixedModel, RandomEffects};
use alliance::stats::numeric::distribution::student_t_two_sided_p;
use serde_json::Value;

use super::read::{Table, close, codes, fit, json, list, nested_in, parents, sums};
use super::reference::{ordered, variances};

/// One row per session, in the order of client and session.
pub struct Session {
    pub client: String,
    pub therapist: String,
    pub session: f64,
    pub alliance: f64,
    /// Oriented: higher is better.
    pub outcome: f64,
}

pub fn sessions() -> Vec<Session> {
    let table = Table::read("clinic/sessions.csv");
    let (session, alliance, symptom) = (
        table.numbers("session"),
        table.numbers("alliance"),
        table.numbers("symptom"),
    );
    let mut rows: Vec<Session> = (0..session.len())
        .map(|i| Session {
            client: table.text("client_id")[i].clone(),
            therapist: table.text("therapist_id")[i].clone(),
            session: session[i],
            alliance: alliance[i],
            outcome: -symptom[i],
        })
        .collect();
    rows.sort_by(|a, b| {
        a.client
            .cmp(&b.client)
            .then(a.session.total_cmp(&b.session))
    });
    // Therapist of the first session.
    let mut first: HashMap<String, String> = HashMap::new();
    for row in &mut rows {
        row.therapist = first
            .entry(row.client.clone())
            .or_insert_with(|| row.therapist.clone())
            .clone();
    }
    rows
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Complete clients: therapist, early alliance, oriented outcome before and after.
fn clients() -> (Vec<String>, [Vec<f64>; 3]) {
    let mut early: BTreeMap<String, (String, Vec<f64>)> = BTreeMap::new();
    for row in sessions() {
        let entry = early
            .entry(row.client)
            .or_insert((row.therapist, Vec::new()));
        if row.session <= 5.0 && row.alliance.is_finite() {
            entry.1.push(row.alliance);
        }
    }
    let table = Table::read("clinic/outcomes.csv");
    let (pre, post) = (table.numbers("pre"), table.numbers("post"));
    let (mut therapists, mut columns) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
    for (i, client) in table.text("client_id").iter().enumerate() {
        let Some((therapist, ratings)) = early.get(client) else {
            continue;
        };
        let row = [mean(ratings), -pre[i], -post[i]];
        if row.iter().all(|value| value.is_finite()) && !therapist.is_empty() {
            therapists.push(therapist.clone());
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
    }
    (therapists, columns)
}

fn group_means(values: &[f64], groups: &[usize]) -> Vec<f64> {
    let of = |group: usize| {
        let both = values.iter().zip(groups);
        let own: Vec<f64> = both
            .filter_map(|(value, own)| (*own == group).then_some(*value))
            .collect();
        mean(&own)
    };
    let last = groups.iter().max().map_or(0, |last| last + 1);
    let means: Vec<f64> = (0..last).map(of).collect();
    groups.iter().map(|&group| means[group]).collect()
}

/// Names as in the reference that came with the clinic, in the order of our coefficients.
struct Question {
    key: &'static str,
    names: &'static [&'static str],
    sums: GroupSums,
    random: RandomEffects,
}

fn questions() -> Vec<Question> {
    let (therapists, [alliance, pre, post]) = clients();
    let therapists = codes(&therapists);
    let between = group_means(&alliance, &therapists);
    let within: Vec<f64> = alliance.iter().zip(&between).map(|(a, b)| a - b).collect();
    let mut all = vec![
        Question {
            key: "between_within",
            names: &["(Intercept)", "opre", "ab", "aw"],
            sums: sums(&[&pre, &between, &within], &post, &therapists),
            random: RandomEffects::Intercept,
        },
        Question {
            key: "icc_alliance",
            names: &["(Intercept)"],
            sums: sums(&[], &alliance, &therapists),
            random: RandomEffects::Intercept,
        },
        Question {
            key: "icc_outcome",
            names: &["(Intercept)", "opre"],
            sums: sums(&[&pre], &post, &therapists),
            random: RandomEffects::Intercept,
        },
    ];
    let rows = sessions();
    // Consecutive sessions only.
    let pairs: Vec<(&Session, &Session)> = rows
        .windows(2)
        .map(|pair| (&pair[0], &pair[1]))
        .filter(|(a, b)| a.client == b.client && b.session == a.session + 1.0)
        .filter(|(a, b)| a.alliance.is_finite() && a.outcome.is_finite() && b.outcome.is_finite())
        .collect();
    let names: Vec<String> = pairs.iter().map(|(_, b)| b.client.clone()).collect();
    let clients = codes(&names);
    let therapists: Vec<String> = pairs.iter().map(|(_, b)| b.therapist.clone()).collect();
    let column = |of: fn(&(&Session, &Session)) -> f64| pairs.iter().map(of).collect::<Vec<_>>();
    let before = column(|(a, _)| a.outcome);
    let alliance = column(|(a, _)| a.alliance);
    let session = column(|(_, b)| b.session);
    let outcome = column(|(_, b)| b.outcome);
    let means = group_means(&alliance, &clients);
    let deviations: Vec<f64> = alliance.iter().zip(&means).map(|(a, m)| a - m).collect();
    let lagged = sums(
        &[&before, &deviations, &means, &session],
        &outcome,
        &clients,
    );
    let names = &["(Intercept)", "ylag", "adev", "amean", "session"];
    all.push(Question {
        key: "lagged",
        names,
        sums: lagged.clone(),
        random: RandomEffects::Intercept,
    });
    all.push(Question {
        key: "nested",
        names,
        sums: nested_in(lagged, &parents(&clients, &codes(&therapists))),
        random: RandomEffects::NestedIntercepts,
    });
    let growth: Vec<&Session> = rows
        .iter()
        .filter(|row| row.session <= 8.0 && row.alliance.is_finite())
        .collect();
    let names: Vec<String> = growth.iter().map(|row| row.client.clone()).collect();
    let session: Vec<f64> = growth.iter().map(|row| row.session).collect();
    let rating: Vec<f64> = growth.iter().map(|row| row.alliance).collect();
    all.push(Question {
        key: "growth",
        names: &["(Intercept)", "session"],
        sums: sums(&[&session], &rating, &codes(&names)),
        random: RandomEffects::Slope { predictor: 0 },
    });
    all
}

/// lmerTest's df come from differences of deviances and are good to 1e-7; far out in the tail p feels that, so there p is compared at its df.
pub fn check_p(what: &str, ours: &Coefficient, t: f64, df: f64, p: f64) {
    if p == 0.0 {
        // R has no number below 1e-308; here a p is never 0.
        assert_eq!(ours.p, f64::MIN_POSITIVE, "{what}");
    } else {
        close(what, student_t_two_sided_p(t, df), p, 1e-6);
        close(what, student_t_two_sided_p(ours.t, ours.df), ours.p, 1e-15);
        if p > 1e-12 {
            close(what, ours.p, p, 1e-6);
        }
    }
}

fn compare(question: &Question, fit: &MixedModel, expected: &Value) {
    let key = question.key;
    let [estimate, se, df, t, p] =
        ["estimate", "se", "df", "t", "p"].map(|name| list(&expected[name]));
    for (i, coefficient) in fit.coefficients.iter().enumerate() {
        let what = |quantity: &str| format!("{key} {quantity} {i}");
        close(&what("estimate"), coefficient.estimate, estimate[i], 1e-8);
        close(&what("std_error"), coefficient.std_error, se[i], 1e-8);
        close(&what("t"), coefficient.t, t[i], 1e-8);
        close(&what("df"), coefficient.df, df[i], 1e-6);
        check_p(&what("p"), coefficient, t[i], df[i], p[i]);
    }
    for (ours, theirs) in variances(fit)
        .into_iter()
        .zip(ordered(&expected["variance"]))
    {
        close(key, ours, theirs, 1e-6);
    }
    close(
        key,
        fit.log_likelihood,
        expected["loglik"].as_f64().expect("a number"),
        1e-12,
    );
}

#[test]
fn every_question_equals_lme4_with_its_search_finished_by_newton() {
    let expected = json("mixed/expected.json");
    for question in questions() {
        for (key, likelihood) in [("reml", Likelihood::Reml), ("ml", Likelihood::Ml)] {
            let fit = fit(&question.sums, question.random, likelihood);
            println!(
                "{} {key} {:?} {:?}",
                question.key, fit.theta, fit.certificate
            );
            assert!(fit.certificate.converged);
            compare(&question, &fit, &expected["clinic"][question.key][key]);
        }
    }
}

#[test]
fn every_question_equals_the_reference_of_the_clinic_as_far_as_bobyqa_went() {
    let reference = json("clinic/expected.json");
    for question in questions() {
        let group = ["therapists", "within_client"]
            .into_iter()
            .find(|group| !reference[group][question.key].is_null())
            .expect("a reference");
        let expected = &reference[group][question.key];
        let fit = fit(&question.sums, question.random, Likelihood::Reml);
        assert_eq!(fit.rows as u64, expected["n"].as_u64().expect("rows"));
        let groups = expected["groups"].as_object().expect("groups");
        let mut counts: Vec<u64> = groups.values().filter_map(Value::as_u64).collect();
        counts.sort_unstable();
        let mut ours: Vec<u64> = [Some(fit.groups), fit.parents]
            .into_iter()
            .flatten()
            .map(|n| n as u64)
            .collect();
        ours.sort_unstable();
        assert_eq!(ours, counts, "{}", question.key);
        for (name, coefficient) in question.names.iter().zip(&fit.coefficients) {
            let theirs = |key: &str| expected["coef"][name][key].as_f64().expect("a number");
            let what = format!("{} {name}", question.key);
            // bobyqa compares deviances: theta is good to 1e-7, and what follows from it. Ours is the lower deviance, by rounding.
            close(&what, coefficient.estimate, theirs("estimate"), 1e-7);
            close(&what, coefficient.std_error, theirs("se"), 1e-7);
            close(&what, coefficient.t, theirs("t"), 1e-7);
            close(&what, coefficient.df, theirs("df"), 1e-3);
            check_p(&what, coefficient, theirs("t"), theirs("df"), theirs("p"));
        }
        let theirs = ordered(&expected["variance"]);
        for (ours, theirs) in variances(&fit).into_iter().zip(theirs) {
            close(question.key, ours, theirs, 1e-6);
        }
        let loglik = expected["loglik"].as_f64().expect("a number");
        assert!(fit.log_likelihood >= loglik - 1e-10);
    }
}

/// The rows of the lagged model.
pub fn lagged() -> GroupSums {
    let question = questions()
        .into_iter()
        .find(|question| question.key == "lagged");
    question.expect("one of them").sums
}
