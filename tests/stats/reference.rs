//! Numbers against R: the made-up clinic of `reference/clinic/`, 1e-8 for estimates, 1e-6 for p values, relative.
//!
//! How each value was made: `tests/reference/SOURCES.md`.

use std::collections::HashMap;

use alliance::stats::Undefined;
use alliance::stats::compare::difference;
use alliance::stats::correlation::{Correlation, partial, pearson};
use alliance::stats::equivalence::{Bound, Verdict, two_one_sided_tests};
use alliance::stats::fisher::{fisher_interval, fisher_z, t_test};
use alliance::stats::interval::Level;
use alliance::stats::means::{hedges_g, welch};
use alliance::stats::numeric::moments::Moments;
use alliance::stats::rank::spearman;
use serde_json::Value;

use super::read::{ESTIMATE, P_VALUE, close, close_interval, expected, outcomes, sessions};

/// One client: what the questions of section 4 need.
struct Client {
    early_alliance: Option<f64>,
    first_three: Option<f64>,
    delivery: &'static str,
    pre: Option<f64>,
    post: Option<f64>,
    diagnosis: String,
    treatment: String,
    status: String,
}

fn mean(values: &[f64]) -> Option<f64> {
    Moments::from_values(values)
        .expect("finite ratings")
        .mean(0)
}

fn clinic() -> Vec<Client> {
    let sessions = sessions();
    let outcomes = outcomes();
    let mut ratings: HashMap<&str, Vec<(u32, f64)>> = HashMap::new();
    let mut deliveries: HashMap<&str, Vec<&str>> = HashMap::new();
    for row in &sessions.rows {
        let client = sessions.cell(row, "client_id");
        deliveries
            .entry(client)
            .or_default()
            .push(sessions.cell(row, "delivery"));
        if let Some(rating) = sessions.number(row, "alliance") {
            let session = sessions
                .cell(row, "session")
                .parse()
                .expect("a session number");
            ratings.entry(client).or_default().push((session, rating));
        }
    }
    let up_to = |client: &str, last: u32| {
        let window: Vec<f64> = ratings
            .get(client)
            .into_iter()
            .flatten()
            .filter(|(session, _)| (1..=last).contains(session))
            .map(|(_, rating)| *rating)
            .collect();
        mean(&window)
    };
    outcomes
        .rows
        .iter()
        .map(|row| {
            let id = outcomes.cell(row, "client_id");
            let held = &deliveries[id];
            let most = |way: &str| held.iter().filter(|d| **d == way).count() * 5 >= held.len() * 4;
            Client {
                early_alliance: up_to(id, 5),
                first_three: up_to(id, 3),
                delivery: if most("online") {
                    "online"
                } else if most("in_person") {
                    "in_person"
                } else {
                    "hybrid"
                },
                // PHQ-9: lower is better, so scores are oriented by their sign.
                pre: outcomes.number(row, "pre").map(|score| -score),
                post: outcomes.number(row, "post").map(|score| -score),
                diagnosis: outcomes.cell(row, "diagnosis").to_string(),
                treatment: outcomes.cell(row, "treatment").to_string(),
                status: outcomes.cell(row, "status").to_string(),
            }
        })
        .collect()
}

struct Columns {
    alliance: Vec<f64>,
    pre: Vec<f64>,
    post: Vec<f64>,
    change: Vec<f64>,
}

fn complete(clients: &[Client], group: impl Fn(&Client) -> bool) -> Columns {
    let mut columns = Columns {
        alliance: vec![],
        pre: vec![],
        post: vec![],
        change: vec![],
    };
    for client in clients.iter().filter(|client| group(client)) {
        if let (Some(alliance), Some(pre), Some(post)) =
            (client.early_alliance, client.pre, client.post)
        {
            columns.alliance.push(alliance);
            columns.pre.push(pre);
            columns.post.push(post);
            columns.change.push(post - pre);
        }
    }
    columns
}

#[track_caller]
fn check(what: &str, correlation: Result<Correlation, Undefined>, expected: &Value) {
    let correlation = correlation.expect("estimable");
    assert_eq!(
        correlation.n() as u64,
        expected["n"].as_u64().expect("a count"),
        "{what}: n"
    );
    close(
        &format!("{what} r"),
        correlation.r(),
        &expected["r"],
        ESTIMATE,
    );
    close_interval(
        what,
        &fisher_interval(&correlation, Level::NINETY_FIVE).expect("an interval"),
        &expected["ci"],
    );
    let test = t_test(&correlation).expect("a test");
    close(&format!("{what} p"), test.p, &expected["p"], P_VALUE);
    if !expected["z"].is_null() {
        let z = fisher_z(&correlation).expect("a z");
        close(&format!("{what} z"), z.z, &expected["z"], ESTIMATE);
        close(
            &format!("{what} se"),
            z.std_error,
            &expected["se"],
            ESTIMATE,
        );
        close(&format!("{what} t"), test.t, &expected["t"], ESTIMATE);
        close(&format!("{what} df"), test.df, &expected["df"], 0.0);
    }
}

fn check_group(name: &str, columns: &Columns, expected: &Value) {
    check(
        &format!("{name}.partial"),
        partial(&columns.alliance, &columns.post, &columns.pre),
        &expected["partial"],
    );
    check(
        &format!("{name}.post"),
        pearson(&columns.alliance, &columns.post),
        &expected["post"],
    );
    check(
        &format!("{name}.change"),
        pearson(&columns.alliance, &columns.change),
        &expected["change"],
    );
    let rho = spearman(&columns.alliance, &columns.change).expect("estimable");
    assert_eq!(
        rho.n() as u64,
        expected["spearman_change"]["n"].as_u64().expect("a count")
    );
    close(
        &format!("{name}.spearman"),
        rho.rho(),
        &expected["spearman_change"]["r"],
        ESTIMATE,
    );
}

#[test]
fn the_overall_correlations_match_r() {
    let columns = complete(&clinic(), |_| true);
    let expected = expected();
    assert_eq!(
        columns.alliance.len() as u64,
        expected["analysed"].as_u64().expect("a count")
    );
    check_group("overall", &columns, &expected["overall"]);
}

#[test]
fn every_level_of_every_modality_matches_r() {
    let clients = clinic();
    let expected = expected();
    let mut checked = 0;
    for (modality, level_of) in [
        (
            "delivery",
            (|client: &Client| client.delivery.to_string()) as fn(&Client) -> String,
        ),
        ("treatment", |client| client.treatment.clone()),
        ("diagnosis", |client| client.diagnosis.clone()),
    ] {
        for (level, values) in expected[modality].as_object().expect("levels") {
            let columns = complete(&clients, |client| level_of(client) == *level);
            check_group(&format!("{modality}.{level}"), &columns, values);
            checked += 1;
        }
    }
    assert_eq!(checked, 13);
}

#[test]
fn the_built_in_groups_cbt_and_psychosis_match_r() {
    let (clients, expected) = (clinic(), expected());
    let cbt = complete(&clients, |client| {
        ["cbt", "cbtp"].contains(&client.treatment.as_str())
    });
    check_group("cbt", &cbt, &expected["cbt"]);
    check_group(
        "psychosis",
        &complete(&clients, |client| client.diagnosis == "psychosis"),
        &expected["psychosis"],
    );
}

#[test]
fn online_and_in_person_correlations_compare_as_in_r() {
    let clients = clinic();
    let expected = &expected()["online_vs_in_person"]["correlation"];
    let correlation = |delivery: &str| {
        let columns = complete(&clients, |client| client.delivery == delivery);
        partial(&columns.alliance, &columns.post, &columns.pre).expect("estimable")
    };
    let (online, in_person) = (correlation("online"), correlation("in_person"));
    let at_95 = difference(&online, &in_person, Level::NINETY_FIVE).expect("comparable");
    let at_90 = difference(&online, &in_person, Level::NINETY).expect("comparable");
    close(
        "difference",
        at_95.estimate,
        &expected["difference"],
        ESTIMATE,
    );
    close("z", at_95.z, &expected["z"], ESTIMATE);
    close("p", at_95.p, &expected["p"], P_VALUE);
    close_interval("Zou 95 %", &at_95.interval, &expected["ci95"]);
    close_interval("Zou 90 %", &at_90.interval, &expected["ci90"]);
    let bound = Bound::new(0.10).expect("positive");
    assert_eq!(
        Verdict::of(&at_95.interval, &at_90.interval, bound),
        Verdict::NotDistinguishable
    );
}

#[test]
fn online_and_in_person_alliance_compare_as_in_r() {
    let clients = clinic();
    let expected = &expected()["online_vs_in_person"]["alliance"];
    // Every client with an early alliance counts here, with or without an outcome.
    let moments = |delivery: &str| {
        let values: Vec<f64> = clients
            .iter()
            .filter(|c| c.delivery == delivery)
            .filter_map(|c| c.early_alliance)
            .collect();
        Moments::from_values(&values).expect("finite ratings")
    };
    let (online, in_person) = (moments("online"), moments("in_person"));
    assert_eq!(
        expected["n"],
        serde_json::json!([online.count(), in_person.count()])
    );
    close(
        "mean online",
        online.mean(0).expect("clients"),
        &expected["mean"][0],
        ESTIMATE,
    );
    close(
        "mean in person",
        in_person.mean(0).expect("clients"),
        &expected["mean"][1],
        ESTIMATE,
    );

    let at_95 = welch(&online, &in_person, Level::NINETY_FIVE).expect("comparable");
    let at_90 = welch(&online, &in_person, Level::NINETY).expect("comparable");
    close(
        "difference",
        at_95.difference,
        &expected["difference"],
        ESTIMATE,
    );
    close("t", at_95.t, &expected["welch_t"], ESTIMATE);
    close("df", at_95.df, &expected["df"], ESTIMATE);
    close("p", at_95.p, &expected["p"], P_VALUE);
    close_interval("Welch 95 %", &at_95.interval, &expected["ci95"]);
    close_interval("Welch 90 %", &at_90.interval, &expected["ci90"]);

    let g = hedges_g(&online, &in_person, Level::NINETY_FIVE).expect("comparable");
    close("g", g.g, &expected["hedges_g"], ESTIMATE);
    close(
        "variance of g",
        g.variance,
        &expected["hedges_g_var"],
        ESTIMATE,
    );

    let bound =
        Bound::new(expected["tost"]["bound_sd"].as_f64().expect("a bound")).expect("positive");
    let tests = two_one_sided_tests(&online, &in_person, bound).expect("comparable");
    close(
        "p_lower",
        tests.p_lower,
        &expected["tost"]["p_lower"],
        P_VALUE,
    );
    close(
        "p_upper",
        tests.p_upper,
        &expected["tost"]["p_upper"],
        P_VALUE,
    );
    let points = Bound::new(tests.bound).expect("positive");
    assert_eq!(
        Verdict::of(&at_95.interval, &at_90.interval, points),
        Verdict::Equivalent
    );
}

#[test]
fn hedges_g_of_leaving_early_matches_r() {
    let clients = clinic();
    let expected = &expected()["leaving_early"];
    let moments = |status: &str| {
        let values: Vec<f64> = clients
            .iter()
            .filter(|c| c.status == status)
            .filter_map(|c| c.first_three)
            .collect();
        Moments::from_values(&values).expect("finite ratings")
    };
    let (completed, dropped_out) = (moments("completed"), moments("dropped_out"));
    assert_eq!(
        expected["n"],
        serde_json::json!([completed.count(), dropped_out.count()])
    );
    let g = hedges_g(&completed, &dropped_out, Level::NINETY_FIVE).expect("comparable");
    close("g", g.g, &expected["hedges_g"], ESTIMATE);
}
