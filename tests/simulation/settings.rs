//! Settings: read and written, refused where impossible, drawn where extreme.

use alliance::simulation::{Clinic, Population, write_sessions};

use super::analysis::clients;

fn demo(change: impl Fn(&mut Clinic)) -> Clinic {
    let mut clinic = Clinic::default();
    change(&mut clinic);
    clinic
}

#[test]
fn settings_are_read_and_written_and_a_mistyped_one_is_an_error() {
    let clinic = demo(|c| (c.r_online, c.shuffle) = (0.1, true));
    let written = toml::to_string(&clinic).unwrap();
    assert_eq!(toml::from_str::<Clinic>(&written).unwrap(), clinic);
    assert_eq!(toml::from_str::<Clinic>("").unwrap(), Clinic::default());
    assert!(toml::from_str::<Clinic>("r_onlin = 0.1").is_err());
}

#[test]
fn every_impossible_setting_is_named() {
    for (settings, clinic) in [
        ("therapists", demo(|c| c.therapists = 500)),
        ("sites", demo(|c| c.therapists = 5)),
        ("clients therapists", demo(|c| c.clients = 0)),
        ("sites", demo(|c| c.sites = 25)),
        ("r_online", demo(|c| c.r_online = 1.0)),
        ("r_in_person", demo(|c| c.r_in_person = f64::NAN)),
        ("cbt_shift", demo(|c| c.cbt_shift = -1.0)),
        ("lagged_effect", demo(|c| c.lagged_effect = 2.0)),
        (
            "dropout ruptures",
            demo(|c| (c.dropout, c.ruptures) = (1.0, -0.1)),
        ),
        ("share_online", demo(|c| c.share_online = 0.95)),
        ("share_hybrid", demo(|c| c.share_hybrid = f64::NAN)),
        ("missing_rating", demo(|c| c.missing_rating = 1.0)),
        ("sessions_per_client", demo(|c| c.sessions_per_client = 3.0)),
        ("sessions_per_client", demo(|c| c.dropout = 0.95)),
        (
            "therapist_share_outcome",
            demo(|c| c.therapist_share_outcome = 0.001),
        ),
    ] {
        let problems = clinic.validate().unwrap_err();
        let named: Vec<&str> = problems
            .iter()
            .filter_map(|p| p.split([':', ' ']).next())
            .collect();
        assert_eq!(named.join(" "), settings, "{problems:?}");
    }
}

#[test]
fn a_share_of_therapists_beyond_the_reliability_of_the_ratings_is_refused() {
    let clinic = demo(|c| (c.therapist_share_alliance, c.therapist_share_outcome) = (0.95, 0.2));
    let problems = clinic.validate().unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("can hold at most"));
}

#[test]
fn correlations_that_cannot_exist_are_refused_before_a_row_is_written() {
    let clinic = demo(|c| (c.r_online, c.therapist_share_outcome) = (0.85, 0.5));
    let problems = clinic.validate().unwrap_err();
    let wrong =
        |problem: &String| problem.starts_with("r_online") && problem.contains("cannot exist");
    assert!(problems.iter().all(wrong), "{problems:?}");
    let mut written = Vec::new();
    let refused = write_sessions(&clinic, &mut written).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(written.is_empty());
}

#[test]
fn small_and_extreme_clinics_can_be_drawn() {
    for clinic in [
        demo(|c| (c.clients, c.therapists, c.sites) = (1, 1, 1)),
        demo(|c| (c.dropout, c.ongoing, c.missing_rating, c.missing_post) = (0.0, 0.0, 0.0, 0.0)),
        demo(|c| (c.ruptures, c.missing_rating) = (1.0, 0.95)),
        demo(|c| (c.share_online, c.share_hybrid) = (0.0, 1.0)),
        demo(|c| (c.share_online, c.share_hybrid, c.share_psychosis) = (1.0, 0.0, 1.0)),
        demo(|c| c.sessions_per_client = 4.0),
        demo(|c| c.sessions_per_client = 30.0),
        demo(|c| (c.r_online, c.r_in_person, c.therapist_share_outcome) = (-0.5, 0.6, 0.2)),
    ] {
        let rows = clients(&clinic);
        assert_eq!(rows.len() as u64, clinic.clients);
        let population = Population::new(&clinic).unwrap();
        for (row, number) in rows.iter().zip(0..) {
            let truth = population.client(number);
            assert_eq!(truth.delivery.as_str(), row.delivery());
            assert_eq!(truth.ratings.len(), row.sessions);
        }
    }
}
