//! The truth comes back: correlations, therapists' shares, and every other share.

use alliance::simulation::{Clinic, Population};

use super::analysis::{Row, clients, intraclass_correlation, partial, slopes};
use super::{assert_near, large, margin};

#[test]
fn the_correlation_comes_back_by_delivery() {
    for (seed, [online, in_person, hybrid]) in [
        (1, [0.0, 0.2, 0.4]),
        (2, [0.3, 0.4, 0.0]),
        (3, [0.2, 0.0, 0.3]),
        (4, [0.4, 0.3, 0.2]),
    ] {
        let clinic = Clinic {
            r_online: online,
            r_in_person: in_person,
            r_hybrid: hybrid,
            ..large(seed, 150_000)
        };
        let rows = clients(&clinic);
        for (delivery, expected) in [
            ("online", online),
            ("in_person", in_person),
            ("hybrid", hybrid),
        ] {
            let (found, n) = partial(rows.iter().filter(|row| row.delivery() == delivery));
            // Three standard errors, and .005 for the rounding and bounds of the outcome.
            let margin = 3.0 / (n as f64).sqrt() + 0.005;
            assert!(margin < 0.02, "{n} clients are too few for this test");
            assert_near(&format!("{delivery}, seed {seed}"), found, expected, margin);
        }
    }
}

#[test]
fn shifts_move_cbt_and_psychosis_and_leave_the_deliveries_alone() {
    let clinic = Clinic {
        cbt_shift: 0.15,
        psychosis_shift: -0.20,
        share_psychosis: 0.30,
        ..large(5, 150_000)
    };
    let rows = clients(&clinic);
    let r = |holds: &dyn Fn(&Row) -> bool| partial(rows.iter().filter(|row| holds(row))).0;
    let psychosis = |row: &Row| row.diagnosis == "psychosis";
    let (cbt, other) = (
        r(&|row| row.treatment == "cbt" && !psychosis(row)),
        r(&|row| row.treatment != "cbt" && !psychosis(row)),
    );
    assert_near("cbt", cbt - other, 0.15, 0.03);
    let (with, without) = (
        r(&|row| row.treatment == "cbtp" && psychosis(row)),
        r(&|row| row.treatment == "cbt"),
    );
    assert_near("psychosis", with - without, -0.20, 0.03);
    assert_near("online", r(&|row| row.delivery() == "online"), 0.27, 0.02);
    assert_near(
        "in person",
        r(&|row| row.delivery() == "in_person"),
        0.29,
        0.02,
    );
}

#[test]
fn the_share_between_therapists_comes_back() {
    for (seed, alliance, outcome) in [(6, 0.0, 0.02), (7, 0.08, 0.06), (8, 0.20, 0.15)] {
        let clinic = Clinic {
            therapist_share_alliance: alliance,
            therapist_share_outcome: outcome,
            ..large(seed, 100_000)
        };
        let rows = clients(&clinic);
        let early = rows
            .iter()
            .filter_map(|row| Some((row.therapist.as_str(), row.early()?)));
        assert_near("alliance", intraclass_correlation(early), alliance, 0.02);
        let pairs: Vec<Vec<f64>> = rows
            .iter()
            .filter_map(|row| Some(vec![row.pre, row.post?]))
            .collect();
        let slope = slopes(&pairs)[1];
        let adjusted = rows
            .iter()
            .filter_map(|row| Some((row.therapist.as_str(), row.post? - slope * row.pre)));
        assert_near("outcome", intraclass_correlation(adjusted), outcome, 0.02);
    }
}

#[test]
fn shares_and_lengths_come_back() {
    for clinic in [
        large(9, 60_000),
        Clinic {
            dropout: 0.35,
            ongoing: 0.10,
            missing_rating: 0.25,
            missing_post: 0.20,
            ruptures: 0.5,
            share_psychosis: 0.4,
            share_online: 0.7,
            share_hybrid: 0.05,
            sessions_per_client: 12.0,
            ..large(10, 60_000)
        },
    ] {
        let rows = clients(&clinic);
        let share = |what: &str, of: &dyn Fn(&Row) -> Option<bool>, expected: f64| {
            let answers: Vec<bool> = rows.iter().filter_map(of).collect();
            let found = answers.iter().filter(|yes| **yes).count() as f64 / answers.len() as f64;
            assert_near(what, found, expected, margin(expected, answers.len()));
        };
        let ended = |row: &Row| row.status != "ongoing";
        share("ongoing", &|row| Some(!ended(row)), clinic.ongoing);
        share(
            "dropout",
            &|row| ended(row).then(|| row.status == "dropped_out"),
            clinic.dropout,
        );
        share(
            "no post",
            &|row| ended(row).then(|| row.post.is_none()),
            clinic.missing_post,
        );
        share(
            "online",
            &|row| Some(row.delivery() == "online"),
            clinic.share_online,
        );
        share(
            "hybrid",
            &|row| Some(row.delivery() == "hybrid"),
            clinic.share_hybrid,
        );
        share(
            "psychosis",
            &|row| Some(row.diagnosis == "psychosis"),
            clinic.share_psychosis,
        );

        let count: usize = rows.iter().map(|row| row.sessions).sum();
        let per_client = count as f64 / rows.len() as f64;
        assert_near("sessions", per_client, clinic.sessions_per_client, 0.1);
        let given: usize = rows
            .iter()
            .map(|row| row.alliance.iter().flatten().count())
            .sum();
        let missing = 1.0 - given as f64 / count as f64;
        assert_near("ratings", missing, clinic.missing_rating, 0.005);

        let population = Population::new(&clinic).unwrap();
        let long: Vec<bool> = (0..clinic.clients)
            .map(|number| population.client(number))
            .filter(|client| client.ratings.len() >= 5)
            .map(|client| client.rupture.is_some())
            .collect();
        let ruptures = long.iter().filter(|yes| **yes).count() as f64 / long.len() as f64;
        assert_near(
            "ruptures",
            ruptures,
            clinic.ruptures,
            margin(clinic.ruptures, long.len()),
        );
    }
}
