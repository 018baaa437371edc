//! What a row of effects says, and what it cannot mean: signs, contradictions, a test's z, copies, ids.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use alliance::findings::Findings;
use alliance::intake::{Problems, read_effects};
use alliance::questions::pool;
use alliance::stats::numeric::distribution::student_t_two_sided_p;
use alliance::stats::numeric::random::{below, stream};
use alliance::study::{MetaOverrides, MetaStudy};

use crate::shared::Clinic;

/// Reads effects; `declared` are lines of the table `[meta.columns]`.
fn read(effects: &str, declared: &str, moderators: &[&str]) -> Result<Findings, Problems> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("e.csv"), effects).expect("it can be written");
    let quoted: Vec<String> = moderators.iter().map(|m| format!("{m:?}")).collect();
    let study = format!(
        "[meta]\neffects = \"e.csv\"\npermutations = 50\nmoderators = [{}]\n[meta.columns]\n{declared}",
        quoted.join(", ")
    );
    let path = folder.path().join("study.toml");
    std::fs::write(&path, study).expect("it can be written");
    let study = MetaStudy::load(&path, MetaOverrides::default()).expect("the study is valid");
    let effects = read_effects(&study)?;
    Ok(pool(&study, &effects, "0".repeat(64)).expect("it can be pooled"))
}

#[track_caller]
fn pooled(effects: &str) -> Findings {
    read(effects, "", &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

#[track_caller]
fn refused(effects: &str) -> String {
    match read(effects, "", &[]) {
        Err(problems) => problems.to_string(),
        Ok(_) => panic!("it was pooled: {effects}"),
    }
}

#[track_caller]
fn r_of(findings: &Findings) -> f64 {
    let pooled = findings.estimate("pooled.r").expect("it is pooled");
    pooled.estimate().expect("it has a value")
}

/// The correlations of the forest, in the order of the file.
fn each(findings: &Findings) -> Vec<f64> {
    findings.answers[0]
        .displays
        .iter()
        .find_map(|display| match display {
            alliance::findings::Display::PooledForest(forest) => {
                Some(forest.effects.iter().map(|effect| effect.r).collect())
            }
            _ => None,
        })
        .expect("there is a forest")
}

#[test]
fn a_sign_turns_a_size_of_any_kind() {
    // The same five effects, with their own signs and as sizes with a sign beside them.
    let own = "study,r,n\na,0.28,50\nb,-0.41,64\nc,0.19,91\nd,-0.33,38\ne,0.24,72\n";
    let wanted = r_of(&pooled(own));
    type OfR = fn(f64, f64) -> f64;
    let columns: [(&str, OfR); 6] = [
        ("r", |r, _| r),
        ("fisher_z", |r, _| r.atanh()),
        ("t", |r, n| r * ((n - 2.0) / (1.0 - r * r)).sqrt()),
        ("z_statistic", |r, n| r.atanh() * (n - 3.0).sqrt()),
        ("d", |r, _| 2.0 * r / (1.0 - r * r).sqrt()),
        ("odds_ratio", |r, _| {
            let d = 2.0 * r / (1.0 - r * r).sqrt();
            (d * std::f64::consts::PI / 3f64.sqrt()).exp()
        }),
    ];
    for (column, of_r) in columns {
        let mut file = format!("study,{column},n,sign\n");
        for (study, size, n, sign) in [
            ("a", 0.28, 50.0, "+"),
            ("b", 0.41, 64.0, "−"),
            ("c", 0.19, 91.0, "positive"),
            ("d", 0.33, 38.0, "-"),
            ("e", 0.24, 72.0, ""),
        ] {
            writeln!(file, "{study},{},{n},{sign}", of_r(size, n))
                .expect("a string can be written");
        }
        let found = r_of(&pooled(&file));
        assert!(
            (found - wanted).abs() < 1e-12,
            "{column}: {found}, {wanted}"
        );
    }
}

#[test]
fn a_sign_that_agrees_changes_nothing_and_one_that_does_not_is_asked_about() {
    let own = "study,r,n\na,0.28,50\nb,-0.41,64\nc,0.19,91\n";
    let with = "study,r,n,sign\na,0.28,50,+\nb,-0.41,64,-\nc,0.19,91,+\n";
    assert_eq!(r_of(&pooled(own)), r_of(&pooled(with)));
    let said = refused("study,t,n,sign\na,2.2,50,+\nb,-3.1,64,+\nc,1.7,91,+\n");
    assert!(
        said.contains("e.csv:3:4: sign: found +, but t is -3.1"),
        "{said}"
    );
    let said = refused("study,odds_ratio,n,sign\na,2.2,50,+\nb,0.4,64,+\nc,1.7,91,+\n");
    assert!(said.contains("e.csv:3:4: sign: found +"), "{said}");
    let said = refused("study,r,n,sign\na,0.2,50,up\nb,0.4,64,+\nc,0.3,91,+\n");
    assert!(
        said.contains("e.csv:2:4: sign: found text, expected + or −"),
        "{said}"
    );
    // One reading of the column must hold for all of it.
    let said = refused("study,r,n,sign\na,0.2,50,+\nb,-0.4,64,-\nc,0.3,91,-\n");
    assert!(
        said.contains("e.csv:4:4: sign: found − beside a positive number, but line 3"),
        "{said}"
    );
}

#[test]
fn statistics_that_contradict_each_other_are_refused_with_what_was_expected() {
    for (row, place) in [
        (
            "study,r,n,p\nb,0.62,45,0.40\n",
            "2:4: p: found 0.40, expected about",
        ),
        ("study,r,n,p\nb,0.05,45,<.001\n", "2:4: p: found <.001"),
        ("study,r,n,p\nb,0.62,45,>.05\n", "2:4: p: found >.05"),
        (
            "study,r,t,n\nb,0.31,5.9,60\n",
            "2:3: t: found 5.9, expected about 2.48",
        ),
        (
            "study,r,t,n\nb,0.31,-2.48,60\n",
            "2:3: t: found -2.48, expected about 2.48",
        ),
        ("study,t,p,n\nb,4.2,0.3,60\n", "2:3: p: found 0.3"),
        ("study,f,p,n,sign\nb,4.2,0.5,60,+\n", "2:3: p: found 0.5"),
        (
            "study,d,p,n1,n2\nb,0.1,0.0001,30,30\n",
            "2:3: p: found 0.0001",
        ),
        ("study,r,d,n\nb,0.3,-0.63,60\n", "2:3: d: found -0.63"),
        (
            "study,r,odds_ratio,n\nb,0.4,0.3,60\n",
            "2:3: odds_ratio: found 0.3",
        ),
        (
            "study,r,fisher_z,n\nb,0.31,1.4,60\n",
            "2:3: fisher_z: found 1.4",
        ),
        (
            "study,r,n,n1,n2\nb,0.31,60,20,20\n",
            "2:3: n: found 60, but n1 and n2 together are 40",
        ),
        (
            "study,d,n,variance\nb,0.4,80,0.9\n",
            "2:4: variance: found the variance of about 5 clients, expected one of 80",
        ),
        (
            "study,r,n,std_error\nb,0.4,80,0.9\n",
            "2:4: std_error: found the variance of about 1 clients",
        ),
        (
            "study,z,variance,std_error\nb,0.31,0.04,0.04\n",
            "2:4: std_error: found 0.04",
        ),
    ] {
        let said = refused(row);
        assert!(said.contains(&format!("e.csv:{place}")), "{row}: {said}");
        assert!(said.contains("1 problem in 1 file"), "{said}");
    }
}

#[test]
fn a_bound_of_p_stands_beside_a_statistic_and_never_for_one() {
    let found =
        pooled("study,r,n,p\na,0.42,80,<.001\nb,0.10,60,> .05\nc,0.45,90,.000\nd,0.3,70,\n");
    assert!((each(&found)[0] - 0.42).abs() < 1e-12);
    let said = refused("study,p,n,sign\na,<.05,80,+\nb,0.03,60,+\n");
    assert!(
        said.contains("e.csv:2:2: p: found <.05, expected a two-sided p"),
        "{said}"
    );
    assert!(said.contains("a bound is no value"), "{said}");
    let said = refused("study,p,n,sign\na,.000,80,+\nb,0.03,60,+\n");
    assert!(said.contains("software prints .000"), "{said}");
}

/// The text of a number rounded to so many decimals.
fn rounded(x: f64, decimals: usize) -> String {
    format!("{x:.decimals$}")
}

#[test]
fn what_is_rounded_from_one_correlation_never_contradicts_itself() {
    let mut rng = stream(20_261_201, 0);
    let mut uniform =
        |low: f64, high: f64| low + (high - low) * below(&mut rng, 1_000_000) as f64 / 1_000_000.0;
    let mut file = "study,r,t,f,d,g,p,n,n1,n2,sign\n".to_owned();
    for row in 0..6000 {
        let n = uniform(8.0, 400.0).floor();
        let n1 = (n * uniform(0.3, 0.7)).floor().max(2.0);
        let n2 = n - n1;
        let r: f64 = uniform(-0.9, 0.9);
        let t = r * ((n - 2.0) / (1.0 - r * r)).sqrt();
        // The d of the two groups with this t.
        let d = t * (1.0 / n1 + 1.0 / n2).sqrt();
        let g = d * (1.0 - 3.0 / (4.0 * (n - 2.0) - 1.0));
        let p = student_t_two_sided_p(t, n - 2.0);
        let digits = 2 + row % 2;
        let p = if p < 0.001 {
            "<.001".to_owned()
        } else {
            rounded(p, 3)
        };
        let f = t * t;
        let cells = [
            rounded(r, digits),
            rounded(t, digits - 1),
            rounded(f, digits),
            rounded(d, digits),
            rounded(g, digits),
            p,
        ];
        // Every row has two or three of them.
        let mut given = vec![String::new(); 6];
        for which in [row % 6, (row / 6 + row + 1) % 6, (row / 36 + 3) % 6] {
            given[which].clone_from(&cells[which]);
        }
        if given.iter().take(5).all(String::is_empty) {
            given[0].clone_from(&cells[0]);
        }
        let sign = if r < 0.0 { "-" } else { "+" };
        let [r, t, f, d, g, p] = &given[..] else {
            unreachable!()
        };
        writeln!(file, "s{row},{r},{t},{f},{d},{g},{p},{n},{n1},{n2},{sign}").expect("a string");
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("e.csv");
    std::fs::write(&path, file).expect("it can be written");
    let study = MetaStudy::of_file(&path, MetaOverrides::default()).expect("it is valid");
    let read = read_effects(&study).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(read.rows.len() > 5900);
}

#[test]
fn real_correlations_agree_with_all_that_follows_from_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/meta");
    for name in [
        "molloy2014",
        "cohen1981",
        "mcdaniel1994",
        "crede2010",
        "craft2003",
        "relationship_outcome",
    ] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.csv"))).expect("committed");
        let study = MetaStudy::of_file(
            &folder.join(format!("{name}.csv")),
            MetaOverrides::default(),
        )
        .expect("it is valid");
        let effects = read_effects(&study).expect("the file has no fault");
        assert!(text.lines().count() > effects.rows.len());
        let mut with_p = "study,effect,r,n,p\n".to_owned();
        let mut as_z = "study,effect,z,n\n".to_owned();
        for (i, row) in effects.rows.iter().enumerate() {
            let alliance::intake::Size::R(r) = row.size else {
                panic!("a correlation")
            };
            let n = f64::from(row.n.expect("clients"));
            let p = student_t_two_sided_p(r * ((n - 2.0) / (1.0 - r * r)).sqrt(), n - 2.0);
            let p = if p < 0.001 {
                "<.001".into()
            } else {
                rounded(p, 2 + i % 2)
            };
            writeln!(with_p, "\"{}\",{i},{r:.2},{n},{p}", row.study).expect("a string");
            writeln!(as_z, "\"{}\",{i},{:.3},{n}", row.study, r.atanh()).expect("a string");
        }
        pooled(&with_p);
        pooled(&as_z);
    }
}

#[test]
fn the_z_of_a_test_is_not_taken_for_fishers() {
    // z of tests of about r = .3, of r near 0 among them.
    let tests = "study,z,n\na,1.9,52\nb,3.3,88\nc,0.4,45\nd,2.2,61\ne,1.4,39\n";
    let said = refused(tests);
    assert!(
        said.contains("e.csv:3:2: z: found a z of 3.3, expected Fisher's z"),
        "{said}"
    );
    assert!(said.contains("z_statistic = \"z\""), "{said}");
    // Declared by its header or in the study file it is converted: Fisher's z is z/√(n − 3).
    let declared = read(tests, "z_statistic = \"z\"\n", &[]).expect("it is declared");
    let by_header = pooled(&tests.replace("study,z,n", "study,z_statistic,n"));
    for found in [&declared, &by_header] {
        for (r, (z, n)) in each(found).iter().zip([(1.9, 52.0), (3.3, 88.0)]) {
            let expected: f64 = z / f64::sqrt(n - 3.0);
            assert!((r - expected.tanh()).abs() < 1e-12);
        }
    }
    // Whoever says that it is Fisher's is believed; a single large one among others is asked about.
    pooled(&tests.replace("study,z,n", "study,fisher_z,n"));
    let said = refused("study,z,n\na,0.2,52\nb,0.3,88\nc,2.4,45\nd,0.1,61\ne,0.4,39\n");
    assert!(
        said.contains("e.csv:4:2") && said.contains("1 problem"),
        "{said}"
    );
    // Beside another statistic its row gives it away.
    let said = refused("study,r,z,n\na,0.27,1.94,52\nb,0.31,0.32,61\n");
    assert!(
        said.contains(
            "e.csv:2:3: z: found 1.94, which beside r = 0.27 of 52 clients is the z of a test"
        ),
        "{said}"
    );
}

#[test]
fn correlations_with_their_variance_are_not_taken_for_fishers_z() {
    let mut plain = "study,z,variance,n\n".to_owned();
    let mut without = "study,z,variance\n".to_owned();
    let mut fishers = "study,z,variance,n\n".to_owned();
    for (study, r, n) in [
        ("a", 0.45_f64, 40.0),
        ("b", 0.52, 66.0),
        ("c", 0.38, 28.0),
        ("d", 0.6, 51.0),
    ] {
        let variance = (1.0 - r * r).powi(2) / (n - 1.0);
        writeln!(plain, "{study},{r},{variance:.5},{n}").expect("a string");
        writeln!(without, "{study},{r},{variance}").expect("a string");
        writeln!(fishers, "{study},{r},{:.5},{n}", 1.0 / (n - 3.0)).expect("a string");
    }
    for file in [&plain, &without] {
        let said = refused(file);
        assert!(
            said.contains("e.csv:2:2: z: found a number with the variance of a correlation"),
            "{said}"
        );
        assert!(said.contains("4 problems"), "{said}");
    }
    pooled(&fishers);
}

#[test]
fn a_difference_with_its_variance_needs_no_number_of_clients() {
    // By hand: d = .8, V = .05: z = asinh(.4), variance .05/(.64 + 4).
    for file in [
        "study,d,variance\na,0.8,0.05\nb,-0.3,0.08\nc,0.5,0.02\n",
        "study,g,std_error\na,0.8,0.223606797749979\nb,-0.3,0.282842712474619\nc,0.5,0.14142135623731\n",
    ] {
        let found = pooled(file);
        let r = each(&found);
        assert!((r[0] - 0.8 / (0.64f64 + 4.0).sqrt()).abs() < 1e-12);
        assert!((r[1] + 0.3 / (0.09f64 + 4.0).sqrt()).abs() < 1e-12);
        let weights = [4.64 / 0.05, 4.09 / 0.08, 4.25 / 0.02];
        let z = [0.4f64.asinh(), -0.15f64.asinh(), 0.25f64.asinh()];
        let mean =
            weights.iter().zip(z).map(|(w, z)| w * z).sum::<f64>() / weights.iter().sum::<f64>();
        let q: f64 = weights
            .iter()
            .zip(z)
            .map(|(w, z)| w * (z - mean) * (z - mean))
            .sum();
        let (statistic, _) = found.estimate("q").and_then(|q| q.statistic()).expect("Q");
        assert!((statistic - q).abs() < 1e-6 * q, "{statistic}, {q}");
        let meta = found.meta().expect("a meta-analysis");
        assert!(
            meta.conversions[0]
                .0
                .contains("own variance V carried over"),
            "{:?}",
            meta.conversions
        );
    }
    let said = refused("study,d,n\na,0.8,\nb,0.3,50\n");
    assert!(
        said.contains("or the variance of this difference"),
        "{said}"
    );
    let said = refused("study,r,variance\na,0.3,0.02\nb,0.2,0.01\n");
    assert!(said.contains("V/(1 − r²)²"), "{said}");
}

#[test]
fn the_clients_of_a_row_have_one_reason_and_numbers_of_papers_are_read() {
    let said = refused("study,r,n\na,0.3,52.5\nb,\"0.2\",\"1,200\"\nc,−.31,n = 40\nd,0.1,70\n");
    assert!(
        said.contains("e.csv:2:3: n: found 52.5, expected a whole number"),
        "{said}"
    );
    assert!(said.contains("mark between thousands"), "{said}");
    assert!(
        !said.contains("is missing") && said.contains("3 problems in 1 file"),
        "{said}"
    );
    let said = refused("study,r,n\na,0.3,12.000\nb,0.2,50\nc,0.1,70\n");
    assert!(
        said.contains("n: found 12.000") && said.contains("mark between thousands"),
        "{said}"
    );
    let found = pooled("study,r,n\na,−.30,52\nb,–0.2,60\nc,+.1,70\n");
    for (r, wanted) in each(&found).into_iter().zip([-0.3, -0.2, 0.1]) {
        assert!((r - wanted).abs() < 1e-12, "{r}");
    }
    for (cell, hint) in [
        ("45", "in percent"),
        ("1.3", "Fisher's z"),
        (".31*", "stars"),
        ("<.30", "a bound"),
    ] {
        let said = refused(&format!("study,r,n\na,0.3,50\nb,{cell},60\n"));
        assert!(said.contains(hint), "{cell}: {said}");
    }
    let said = refused("study,t,n\na,2.1,50\nb,2400,60\n");
    assert!(
        said.contains("found 2400, which is a correlation of ±1.000"),
        "{said}"
    );
}

#[test]
fn effects_without_a_name_are_numbered_and_copies_refused() {
    let plain = "study,r,n,rater\nA,0.30,60,client\nA,0.10,60,client\nB,0.20,50,client\nA,0.30,60,observer\nB,0.4,50,client\n";
    let found = pooled(plain);
    for id in [
        "leave_one_out.A.1",
        "leave_one_out.A.3",
        "leave_one_out.B.2",
    ] {
        assert!(found.estimate(id).is_some(), "{id}");
    }
    let caveats = found.answers[0].caveats.join(" ");
    assert!(
        caveats.contains("5 effects have no name in the column effect"),
        "{caveats}"
    );
    // Names that are there stay, and none is given twice.
    let some = "study,effect,r,n\nA,2,0.30,60\nA,,0.10,60\nA,,0.2,60\nB,1,0.20,50\nC,,0.4,50\n";
    let found = pooled(some);
    for id in [
        "leave_one_out.A.2",
        "leave_one_out.A.3",
        "leave_one_out.A.4",
        "leave_one_out.C",
    ] {
        assert!(found.estimate(id).is_some(), "{id}");
    }
    let said = refused("study,r,n\nA,0.30,60\nB,0.2,50\nA,0.3,60.0\nC,0.1,44\n");
    assert!(
        said.contains("e.csv:4: row: found a copy of line 2: they are alike in every cell"),
        "{said}"
    );
    let said = refused("study,effect,r,n\nA,1,0.30,60\nA,1,0.30,60\nB,1,0.2,50\n");
    assert!(
        said.contains("e.csv:3: row: found a copy of line 2"),
        "{said}"
    );
}

#[test]
fn the_ids_of_a_report_are_unique_whatever_names_the_data_have() {
    let names = [
        "A",
        "A.1",
        "A.",
        ".A",
        "A.1.hat",
        "A..1",
        "A%2E1",
        "hat",
        "cook",
        "joint",
        "et al. 2009",
        "A. 1",
        "%",
        "50%25",
        "a_vs_b",
        "Ä.é",
        "1",
        "1.1",
        "...",
    ];
    let levels = [
        "qm",
        "intercept",
        "a",
        "b_vs_c",
        "a_vs_b",
        "c",
        "tau2",
        "r2",
        "x.r",
        "permutation",
        "vs",
        "a_vs",
        "vs_b",
        "b",
        ".5",
        "qe",
        "%71m",
    ];
    let mut file = "study,effect,r,n,kind,year,joint,kind.a,qm\n".to_owned();
    let mut row = 0;
    for study in names {
        for effect in ["1", "1.hat", ".1", "hat", "2.1"] {
            row += 1;
            let r = 0.2 + 0.05 * f64::from(row % 7);
            let (kind, other) = (
                levels[row as usize % 17],
                ["qm", "year", "b"][row as usize % 3],
            );
            writeln!(
                file,
                "{study},{effect},{r},{},{kind},{},{other},{other},{}",
                30 + row % 40,
                1990 + row % 20,
                row % 11
            )
            .expect("a string");
        }
    }
    for moderators in [
        vec!["kind", "year", "joint", "kind.a", "qm"],
        vec!["kind"],
        vec!["joint", "qm"],
    ] {
        let found = read(&file, "", &moderators).unwrap_or_else(|problems| panic!("{problems}"));
        let ids: Vec<&str> = found.estimates().map(|e| e.id.as_str()).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        let mut seen = BTreeSet::new();
        let twice: Vec<&&str> = ids.iter().filter(|id| !seen.insert(**id)).collect();
        assert_eq!(ids.len(), unique.len(), "{twice:?}");
        let topics: Vec<&str> = found
            .key_messages
            .iter()
            .map(|m| m.topic.as_str())
            .collect();
        assert!(
            topics.iter().all(|topic| !topic.contains('%')),
            "{topics:?}"
        );
    }
    // Ordinary names stay as they are.
    let found = pooled(
        "study,effect,r,n\nAxelsson et al. 2009,1.1,0.3,60\nAxelsson et al. 2009,1.2,0.1,50\nB,1,0.2,40\n",
    );
    assert!(
        found
            .estimate("leave_one_out.Axelsson et al. 2009.1.1")
            .is_some()
    );
}

#[test]
fn a_moderator_of_many_levels_is_adjusted_and_capped() {
    let mut file = "study,r,n,site\n".to_owned();
    for row in 0..60 {
        let r = if row % 20 == 3 {
            0.8
        } else {
            0.2 + 0.001 * f64::from(row)
        };
        writeln!(file, "s{row},{r},{},l{:02}", 40 + row, row % 20).expect("a string");
    }
    let found = read(&file, "", &["site"]).unwrap_or_else(|problems| panic!("{problems}"));
    let pairs: Vec<_> = found
        .estimates()
        .filter(|e| e.term == "difference")
        .collect();
    assert_eq!(pairs.len(), 45);
    let answer = found.answer("moderator").expect("it is answered");
    for pair in &pairs {
        let holm = answer
            .estimate(&format!("{}.holm", pair.id))
            .expect("it is adjusted");
        assert_eq!(holm.k(), Some(190));
        let (plain, adjusted) = (pair.p_value().expect("p"), holm.p_value().expect("p"));
        assert!(
            adjusted >= plain && adjusted <= 190.0 * plain,
            "{plain} {adjusted}"
        );
    }
    let smallest = pairs.iter().filter_map(|e| e.p_value()).fold(1.0, f64::min);
    let of_smallest = pairs
        .iter()
        .find(|e| e.p_value() == Some(smallest))
        .expect("it is there");
    let holm = answer
        .estimate(&format!("{}.holm", of_smallest.id))
        .and_then(|e| e.p_value());
    assert!(
        (holm.expect("p") - 190.0 * smallest).abs() < 1e-12 * smallest.max(1e-300) * 190.0 + 1e-300
    );
    let said = answer.caveats.join(" ");
    assert!(said.contains("site has 20 levels, of which 190 pairs can be compared. The 45 pairs with the smallest p are shown, 145 are left out"), "{said}");
}

#[test]
fn a_permutation_test_that_would_take_minutes_says_so_instead() {
    let mut file = "study,r,n,site\n".to_owned();
    for row in 0..120 {
        let r = 0.2 + 0.002 * f64::from(row % 37);
        writeln!(file, "s{row},{r},{},l{:02}", 40 + row, row % 60).expect("a string");
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("e.csv");
    std::fs::write(&path, file).expect("it can be written");
    let overrides = MetaOverrides {
        moderators: vec!["site".into()],
        ..MetaOverrides::default()
    };
    let study = MetaStudy::of_file(&path, overrides).expect("it is valid");
    let effects = read_effects(&study).unwrap_or_else(|problems| panic!("{problems}"));
    let found = pool(&study, &effects, "0".repeat(64)).expect("it can be pooled");
    let test = found
        .estimate("moderator.site.permutation")
        .expect("it is there");
    assert!(
        format!("{:?}", test.value).contains("1000 fits of 60 coefficients to 120 effects"),
        "{test:?}"
    );
}

#[test]
fn differences_beyond_chance_are_not_called_less_than_chance() {
    let wide = "study,r,n\na,0.61,120\nb,-0.2,90\nc,0.35,200\nd,0.02,75\ne,0.55,64\nf,0.3,150\n";
    let close = "study,r,n\na,0.30,120\nb,0.31,90\nc,0.29,200\nd,0.30,75\n";
    let less = "less than chance";
    let caveats = |file: &str| pooled(file).answers[0].caveats.join(" ");
    assert!(caveats(close).contains(less));
    assert!(!caveats(wide).contains(less));
    // Wherever q after τ² is below 1 though Q is not, something else is said.
    let found = caveats(
        "study,r,n\na,0.41,97\nb,0.36,41\nc,-0.25,131\nd,0.52,150\ne,0.27,88\nf,0.55,120\ng,0.17,60\nh,0.46,110\n",
    );
    assert!(!found.contains(less), "{found}");
}

#[test]
fn the_ids_of_a_clinic_are_unique_whatever_its_sites_and_treatments_are_called() {
    let clinic = Clinic::reference();
    let renamed = |file: &str, names: &[(&str, &str)]| {
        let mut text = clinic.read(file);
        for (old, new) in names {
            text = text.replace(&format!(",{old},"), &format!(",{new},"));
        }
        text
    };
    let sites = [
        ("S1", "pooled"),
        ("S2", "tau2"),
        ("S3", "q"),
        ("S4", "pooled.prediction"),
        ("S5", "unnamed 1"),
        ("S6", "i2"),
    ];
    let treatments = [
        ("act", "cbt vs tau"),
        ("counselling", "tau"),
        ("psychodynamic", "tau vs cbt vs tau"),
        ("family", "overall"),
    ];
    let hostile = Clinic::of(
        renamed("sessions.csv", &sites),
        renamed("outcomes.csv", &treatments),
    );
    hostile.analyze();
    let found: Findings = serde_json::from_value(hostile.findings()).expect("they are findings");
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> = found
        .estimates()
        .map(|e| e.id.as_str())
        .filter(|id| !seen.insert(*id))
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
    for id in [
        "sites.pooled",
        "sites.pooled.partial",
        "sites.tau2",
        "sites.tau2.partial",
    ] {
        assert!(seen.contains(id), "{id}");
    }
}

#[test]
fn an_f_of_several_differences_is_no_correlation() {
    let row = |df: &str| format!("study,f,df1,df2,n,sign\nA,4.4,1,78,80,+\nB,2.2,{df},78,80,+\n");
    let said = refused(&row("2"));
    assert!(
        said.contains("e.csv:3:2: f: found an F with more than one numerator df"),
        "{said}"
    );
    assert_eq!(each(&pooled(&row("1"))).len(), 2);
}
