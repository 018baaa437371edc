//! Scores that are possible one by one and wrong together: what is asked about, and how it is answered.

use std::fmt::Write;

use crate::shared::{Clinic, Run};

/// A spread of whole numbers from 0 to 1 that is no random draw: the middle of the bins of a bell.
fn bell(i: usize, of: usize) -> f64 {
    let p = ((i * 7919) % of) as f64 / of as f64 + 0.5 / of as f64;
    // The inverse of a logistic distribution, cut at its far ends.
    (0.5 + 0.11 * (p / (1.0 - p)).ln()).clamp(0.0, 1.0)
}

/// Sessions of so many clients, four each, with what stands in the columns alliance and symptom.
fn sessions(clients: usize, cells: impl Fn(usize) -> (String, String)) -> String {
    let mut text = String::from("client_id,session,date,delivery,alliance,symptom\n");
    for i in 0..clients * 4 {
        let (alliance, symptom) = cells(i);
        let (client, session) = (i / 4, i % 4 + 1);
        writeln!(
            text,
            "K{client},{session},2024-01-0{session},online,{alliance},{symptom}"
        )
        .unwrap();
    }
    text
}

/// Outcomes of so many clients; every sixth left early.
fn outcomes(clients: usize, measure: &str, cells: impl Fn(usize) -> (String, String)) -> String {
    let mut text = String::from("client_id,measure,pre,post,status\n");
    for i in 0..clients {
        let (pre, post) = cells(i);
        let status = if i % 6 == 0 {
            "dropped_out"
        } else {
            "completed"
        };
        writeln!(text, "K{i},{measure},{pre},{post},{status}").unwrap();
    }
    text
}

const N: usize = 120;

fn whole(low: f64, high: f64, i: usize, of: usize) -> String {
    format!("{:.0}", low + (high - low) * bell(i, of))
}

fn sound_sessions() -> String {
    sessions(N, |i| {
        (whole(14.0, 60.0, i, 4 * N), whole(0.0, 27.0, i + 31, 4 * N))
    })
}

fn sound_outcomes() -> String {
    outcomes(N, "PHQ-9", |i| {
        (whole(6.0, 27.0, i, N), whole(0.0, 22.0, i * 5 + 3, N))
    })
}

const MEASURES: &str = "[measures]\nalliance = \"WAI-SR\"\nsymptom = \"PHQ-9\"\n";

fn with(measures: &str, files: &str) -> String {
    format!("{measures}{files}")
}

/// What `check` says of a clinic that is refused.
#[track_caller]
fn asked(sessions: &str, outcomes: &str, study: &str) -> String {
    let run: Run = Clinic::of(sessions, outcomes).study(study).check();
    assert_eq!(run.code, 3, "{run:?}");
    run.stderr
}

/// A clinic without a question.
#[track_caller]
fn silent(sessions: &str, outcomes: &str, study: &str) {
    let run = Clinic::of(sessions, outcomes).study(study).check();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn sound_scores_are_asked_nothing() {
    silent(&sound_sessions(), &sound_outcomes(), MEASURES);
}

// -------------------------------------------------------------------------------------- directions

#[test]
fn symptoms_without_a_questionnaire_have_no_sign() {
    // Wellbeing that rises with the alliance.
    let sessions = sessions(N, |i| {
        (whole(20.0, 40.0, i, 4 * N), whole(5.0, 40.0, i, 4 * N))
    });
    let clinic = Clinic::of(&sessions, sound_outcomes());
    let within = |symptom: &[&str]| {
        let args = [
            &[
                "analyze",
                "sessions.csv",
                "outcomes.csv",
                "--alliance",
                "SRS",
                "--out",
                "report",
            ],
            symptom,
        ]
        .concat();
        let run = clinic.run(&args);
        assert_eq!(run.code, 0, "{run:?}");
        let findings = clinic.findings();
        let answers = findings["answers"].as_array().expect("answers").clone();
        let answer = answers
            .iter()
            .find(|a| a["question"] == "multilevel_correlation")
            .expect("it is asked")
            .clone();
        (answer, run.stderr)
    };
    let (answer, said) = within(&[]);
    let reason = answer["not_measured"].as_str().expect("it is not measured");
    assert!(
        reason.contains("the questionnaire of the column symptom is not named"),
        "{reason}"
    );
    assert!(said.contains("--symptom NAME"), "{said}");
    let r = |answer: &serde_json::Value| {
        let estimates = answer["estimates"].as_array().expect("estimates");
        let within = estimates
            .iter()
            .find(|e| e["id"] == "multilevel_correlation.within");
        within.expect("it is there")["estimate"]
            .as_f64()
            .expect("a number")
    };
    let (answer, said) = within(&["--symptom", "ORS"]);
    assert!(r(&answer) > 0.9, "{answer}");
    assert!(!said.contains("Not measured"), "{said}");
    let (answer, _) = within(&["--symptom", "OQ-45.2 (US)"]);
    assert!(r(&answer) < -0.9, "{answer}");
}

// -------------------------------------------------------------------------------- codes for missing

#[test]
fn a_zero_apart_from_every_other_score_is_asked_about_and_answered_either_way() {
    // ORS as the symptom, one in nine not filled in.
    let sessions = sessions(N, |i| {
        let symptom = if i % 9 == 4 {
            "0".into()
        } else {
            whole(12.0, 39.0, i, 4 * N)
        };
        (whole(14.0, 60.0, i, 4 * N), symptom)
    });
    let measures = MEASURES.replace("PHQ-9", "ORS");
    let said = asked(&sessions, &sound_outcomes(), &measures);
    assert!(
        said.starts_with("sessions.csv:6:6: symptom: found 0 in 53 of 480 scores (11 %), "),
        "{said}"
    );
    let missing = "[files.missing_in]\nsymptom = [\"0\"]\n";
    let right = "[files.right]\nsymptom = [\"0\"]\n";
    assert!(
        said.contains("under [files.missing_in]: symptom = [\"0\"]"),
        "{said}"
    );
    assert!(
        said.contains("under [files.right]: symptom = [\"0\"]"),
        "{said}"
    );
    for answer in [missing, right] {
        silent(&sessions, &sound_outcomes(), &with(&measures, answer));
    }
}

#[test]
fn a_code_inside_a_long_range_is_asked_about() {
    let sessions = sessions(N, |i| {
        let alliance = if i % 20 == 7 {
            "99".into()
        } else {
            whole(120.0, 250.0, i, 4 * N)
        };
        (alliance, whole(0.0, 27.0, i + 31, 4 * N))
    });
    let measures = MEASURES.replace("WAI-SR", "WAI-36");
    let said = asked(&sessions, &sound_outcomes(), &measures);
    assert!(
        said.contains("alliance: found 99 in 24 of 480 scores (5 %)"),
        "{said}"
    );
    silent(
        &sessions,
        &sound_outcomes(),
        &with(&measures, "[files.missing_in]\nalliance = [\"99\"]\n"),
    );
}

#[test]
fn a_number_declared_for_every_column_never_takes_a_score_of_one_away() {
    let outcomes = outcomes(N, "OQ-45.2 (US)", |i| {
        (whole(60.0, 140.0, i, N), whole(20.0, 120.0, i * 5 + 3, N))
    });
    let sessions = sessions(N, |i| {
        let alliance = if i % 20 == 7 {
            "99".into()
        } else {
            whole(14.0, 60.0, i, 4 * N)
        };
        (alliance, whole(0.0, 27.0, i + 31, 4 * N))
    });
    assert!(outcomes.contains(",99,"), "the OQ has a real 99");
    let said = asked(
        &sessions,
        &outcomes,
        &with(MEASURES, "[files]\nmissing = [\"99\"]\n"),
    );
    assert!(said.contains("found 99 in "), "{said}");
    assert!(
        said.contains("a possible score (OQ-45.2 (US), 0 to 180)"),
        "{said}"
    );
    assert!(!said.contains("sessions.csv:"), "{said}");
    silent(
        &sessions,
        &outcomes,
        &with(MEASURES, "[files.missing_in]\nalliance = [\"99\"]\n"),
    );
}

#[test]
fn the_one_score_of_those_who_left_is_asked_about_and_the_others_keep_it() {
    let outcomes = outcomes(N, "PHQ-9", |i| {
        let post = if i % 6 == 0 {
            "0".into()
        } else {
            whole(0.0, 22.0, i * 5 + 3, N)
        };
        (whole(6.0, 27.0, i, N), post)
    });
    let said = asked(&sound_sessions(), &outcomes, MEASURES);
    assert!(said.contains("post: found 0 in "), "{said}");
    let line = "\"post of PHQ-9 when dropped_out\" = [\"0\"]";
    assert!(said.contains(line), "{said}");
    silent(
        &sound_sessions(),
        &outcomes,
        &with(MEASURES, &format!("[files.missing_in]\n{line}\n")),
    );
    silent(
        &sound_sessions(),
        &outcomes,
        &with(MEASURES, "[files.right]\n\"post of PHQ-9\" = [\"0\"]\n"),
    );
}

#[test]
fn many_who_are_well_are_no_placeholder() {
    // Ever fewer from 0 on, as in a community.
    let few = |i: usize| {
        let p = ((i * 7919) % N) as f64 / N as f64;
        format!("{:.0}", (-4.0 * (1.0 - p).ln() - 0.9).clamp(0.0, 27.0))
    };
    let outcomes = outcomes(N, "PHQ-9", |i| (few(i), few(i * 5 + 3)));
    silent(&sound_sessions(), &outcomes, MEASURES);
}

// ------------------------------------------------------------------------------------ other forms

#[test]
fn another_form_is_one_line_with_the_forms_it_could_be_and_nothing_is_called_missing() {
    // The HAq-II as item means.
    let sessions = sessions(N, |i| {
        (format!("{:.1}", 1.5 + 4.0 * bell(i, 4 * N)), String::new())
    });
    let measures = "[measures]\nalliance = \"HAq-II\"\n";
    let said = asked(&sessions, &sound_outcomes(), measures);
    assert!(
        said.starts_with(
            "sessions.csv:2:5: alliance: found 480 of 480 scores (100 %) outside 19 to 114 (HAq-II)"
        ),
        "{said}"
    );
    assert!(
        said.contains("the mean of the items, 1 to 6: times 19"),
        "{said}"
    );
    assert!(!said.contains("missing"), "{said}");
    assert!(
        said.ends_with("1 problem in 1 file; nothing was analysed.\n"),
        "{said}"
    );
}

#[test]
fn a_code_beside_real_scores_is_the_only_one_called_missing() {
    let sessions = sessions(N, |i| {
        let alliance = if i % 10 == 3 {
            "0".into()
        } else {
            whole(14.0, 60.0, i, 4 * N)
        };
        (alliance, String::new())
    });
    let said = asked(&sessions, &sound_outcomes(), MEASURES);
    assert!(
        said.contains("found 48 of 480 scores (10 %) outside 12 to 60 (WAI-SR)"),
        "{said}"
    );
    assert!(
        said.contains("under [files.missing_in]: alliance = [\"0\"]"),
        "{said}"
    );
}

#[test]
fn items_coded_from_one_are_asked_about() {
    let score =
        |high: f64, i: usize| format!("{:.0}", (4.0 + (high - 4.0) * bell(i, N)).clamp(7.0, 21.0));
    let shifted = outcomes(N, "GAD-7", |i| (score(28.0, i), score(20.0, i * 5 + 3)));
    let said = asked(&sound_sessions(), &shifted, MEASURES);
    assert!(said.contains("post: found no score below 7 in "), "{said}");
    assert!(said.contains("subtract 7 from every total"), "{said}");
    let right = "[files.right]\n\"post of GAD-7\" = [\"none below 7\"]\n";
    assert!(
        said.contains("under [files.right]: \"post of GAD-7\" = [\"none below 7\"]"),
        "{said}"
    );
    silent(&sound_sessions(), &shifted, &with(MEASURES, right));
}

// ------------------------------------------------------------------------------ current values

#[test]
fn the_score_before_treatment_given_twice_is_asked_about() {
    let outcomes = outcomes(N, "BDI-II", |i| {
        let pre = whole(10.0, 60.0, i, N);
        let post = if i % 3 == 1 {
            pre.clone()
        } else {
            whole(2.0, 45.0, i * 5 + 3, N)
        };
        (pre, post)
    });
    let said = asked(&sound_sessions(), &outcomes, MEASURES);
    assert!(
        said.contains("post: found the score of before treatment once more in "),
        "{said}"
    );
    let right = "[files.right]\n\"post of BDI-II\" = [\"equals pre\"]\n";
    assert!(
        said.contains("\"post of BDI-II\" = [\"equals pre\"]"),
        "{said}"
    );
    silent(&sound_sessions(), &outcomes, &with(MEASURES, right));
}

#[test]
fn rows_that_nobody_filled_in_are_no_sessions() {
    let full = sound_sessions();
    // An export with a row for each planned session.
    let mut planned = full.clone();
    for client in 0..N {
        for session in 5..=8 {
            writeln!(planned, "K{client},{session},,,,").unwrap();
        }
    }
    let estimates = |sessions: &str| {
        let clinic = Clinic::of(sessions, sound_outcomes()).study(MEASURES);
        let said = clinic.check();
        clinic.analyze();
        (clinic.read("report/estimates.csv"), said, clinic.findings())
    };
    let (with_full, said, _) = estimates(&full);
    assert!(said.stdout.starts_with("480 sessions "), "{said:?}");
    let (with_planned, said, findings) = estimates(&planned);
    assert_eq!(with_full, with_planned);
    assert!(said.stdout.starts_with("480 sessions "), "{said:?}");
    assert!(
        said.stderr.contains("480 rows of the sessions file"),
        "{said:?}"
    );
    assert!(
        findings.to_string().contains("never filled in"),
        "it is counted apart"
    );
}

#[test]
fn means_of_items_in_place_of_totals_are_asked_about() {
    let means = {
        outcomes(N, "PHQ-9", |i| {
            let mean = |points: f64| format!("{:.2}", points / 9.0);
            let points = |text: String| text.parse::<f64>().expect("a number");
            let pre = points(whole(6.0, 27.0, i, N));
            (mean(pre), mean(points(whole(0.0, 22.0, i * 5 + 3, N))))
        })
    };
    let said = asked(&sound_sessions(), &means, MEASURES);
    assert!(
        said.contains("pre: found no score above 3 in 120"),
        "{said}"
    );
    assert!(
        said.contains("post: found no score above 3 in 120"),
        "{said}"
    );
    let right = "[files.right]\n\"pre of PHQ-9\" = [\"none above 3\"]\n\"post of PHQ-9\" = [\"none above 3\"]\n";
    silent(&sound_sessions(), &means, &with(MEASURES, right));
}

#[test]
fn a_few_zeros_far_from_every_other_score_are_asked_about() {
    let some = |zeros: usize| {
        sessions(N, |i| {
            let alliance = if i < zeros {
                "0".to_owned()
            } else {
                whole(24.0, 40.0, i, 4 * N)
            };
            (alliance, whole(0.0, 27.0, i + 31, 4 * N))
        })
    };
    let study = "[measures]\nalliance = \"SRS\"\nsymptom = \"PHQ-9\"\nprimary = \"PHQ-9\"\n";
    let said = asked(&some(3), &sound_outcomes(), study);
    assert!(
        said.contains("alliance: found 0 in 3 of 480 scores"),
        "{said}"
    );
    // One or two may be real.
    silent(&some(2), &sound_outcomes(), study);
}

#[test]
fn what_may_be_somebodys_number_is_not_repeated_in_a_hint() {
    for number in ["9434765919", "19700312", "80331"] {
        let sessions = sessions(N, |i| {
            let alliance = if i < 2 {
                number.to_owned()
            } else {
                whole(14.0, 60.0, i, 4 * N)
            };
            (alliance, whole(0.0, 27.0, i + 31, 4 * N))
        });
        let said = asked(&sessions, &sound_outcomes(), MEASURES);
        assert!(!said.contains(number), "{said}");
    }
    let all = sessions(N, |i| {
        ("9434765919".into(), whole(0.0, 27.0, i + 31, 4 * N))
    });
    let said = asked(&all, &sound_outcomes(), MEASURES);
    assert!(
        !said.contains("9434765919") && !said.contains("inf"),
        "{said}"
    );
}
