//! The truth within a treatment: ruptures, leaving early, relief, technique.

use alliance::simulation::{Clinic, Population, Status};

use super::analysis::{clients, mean, slopes};
use super::{assert_near, large};

#[test]
fn open_ruptures_end_worse_and_weak_alliances_leave_early() {
    let clinic = large(11, 60_000);
    let population = Population::new(&clinic).unwrap();
    let everybody: Vec<_> = (0..clinic.clients)
        .map(|number| population.client(number))
        .collect();
    let post = |open: Option<bool>| {
        let scores: Vec<f64> = everybody
            .iter()
            .filter(|c| c.status == Status::Completed && c.ratings.len() >= 5)
            .filter(|c| c.rupture.map(|r| r.repaired_in.is_none()) == open)
            .filter_map(|c| c.phq9.post.map(f64::from))
            .collect();
        mean(&scores)
    };
    let (none, repaired, unrepaired) = (post(None), post(Some(false)), post(Some(true)));
    assert!(unrepaired > none + 1.5, "{unrepaired} against {none}");
    assert!((repaired - none).abs() < 0.5, "{repaired} against {none}");
    let first = |status| {
        let left = everybody.iter().filter(|c| c.status == status);
        mean(
            &left
                .map(|c| f64::from(c.ratings[0].score))
                .collect::<Vec<_>>(),
        )
    };
    assert!(first(Status::DroppedOut) < first(Status::Completed) - 1.0);
    for client in everybody.iter().filter(|c| c.rupture.is_some()) {
        let rupture = client.rupture.unwrap();
        let last = client.ratings.len() as u32;
        assert!((3..last).contains(&rupture.session));
        assert!(
            rupture
                .repaired_in
                .is_none_or(|s| s <= last && s - rupture.session <= 3)
        );
    }
}

#[test]
fn a_good_session_is_followed_by_relief_of_the_set_size() {
    for (seed, lagged_effect) in [(12, 0.0), (13, 0.10), (14, 0.25)] {
        let rows = clients(&Clinic {
            lagged_effect,
            ..large(seed, 60_000)
        });
        let mut within = Vec::new();
        for row in &rows {
            let own: Vec<Vec<f64>> = (1..row.sessions)
                .filter_map(|s| {
                    let session = s as f64;
                    Some(vec![
                        row.symptom[s - 1]?,
                        row.alliance[s - 1]?,
                        session,
                        row.symptom[s]?,
                    ])
                })
                .collect();
            let means: Vec<f64> = (0..4)
                .map(|i| mean(&own.iter().map(|v| v[i]).collect::<Vec<_>>()))
                .collect();
            within.extend(
                own.iter()
                    .map(|v| v.iter().zip(&means).map(|(a, m)| a - m).collect::<Vec<_>>()),
            );
        }
        assert_near("relief", -slopes(&within)[2], lagged_effect, 0.02);
    }
}

#[test]
fn technique_works_better_where_the_alliance_is_stronger() {
    let product = |technique_by_alliance| {
        let rows = clients(&Clinic {
            technique_by_alliance,
            ..large(15, 60_000)
        });
        let complete: Vec<[f64; 4]> = rows
            .iter()
            .filter(|row| row.treatment.starts_with("cbt"))
            .filter_map(|row| {
                let technique: Vec<f64> = row.technique.iter().flatten().copied().collect();
                let [alliance, post, pre] = row.complete()?;
                Some([pre, alliance, mean(&technique), post])
            })
            .collect();
        let centre = |i: usize| mean(&complete.iter().map(|v| v[i]).collect::<Vec<_>>());
        let (alliance, technique) = (centre(1), centre(2));
        let centred: Vec<Vec<f64>> = complete
            .iter()
            .map(|v| (v, v[1] - alliance, v[2] - technique))
            .map(|(v, a, t)| vec![v[0], a, t, a * t, v[3]])
            .collect();
        slopes(&centred)[4]
    };
    assert_near("no interaction", product(0.0), 0.0, 0.015);
    assert!(product(0.15) > 0.06);
}
