//! NHS Talking Therapies counts two questionnaires together: the counting, the sentence that compares it with one
//! alone, what may be shown of the two, and what a review judges.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::shared::{Clinic, alliance_in};
use alliance::findings::earlier::Earlier;
use alliance::findings::{Estimate, Findings, Value};
use alliance::review::policy::Policy;
use alliance::review::{Verdict, review};
use alliance::study::Study;

const TERMS: [&str; 5] = [
    "cases",
    "recovered",
    "reliably_improved",
    "reliably_recovered",
    "reliably_deteriorated",
];
const RATES: [(&str, &str); 4] = [
    ("recovery", "recovery_rate"),
    ("reliable improvement", "reliable_improvement_rate"),
    ("reliable recovery", "reliable_recovery_rate"),
    ("reliable deterioration", "reliable_deterioration_rate"),
];

/// Scores before and after on PHQ-9, and on GAD-7 where there are any.
type Client = ([u32; 2], Option<[u32; 2]>);

/// A clinic of these clients, each with three sessions.
fn clinic(clients: &[Client]) -> Clinic {
    let mut sessions = String::from("client_id,session,alliance\n");
    let mut outcomes = String::from("client_id,measure,pre,post\n");
    for (i, (phq, gad)) in clients.iter().enumerate() {
        for session in 1..=3 {
            writeln!(
                sessions,
                "K{i},{session},{}",
                30 + (i * 7 + session * 5) % 25
            )
            .unwrap();
        }
        writeln!(outcomes, "K{i},PHQ-9,{},{}", phq[0], phq[1]).unwrap();
        if let Some(gad) = gad {
            writeln!(outcomes, "K{i},GAD-7,{},{}", gad[0], gad[1]).unwrap();
        }
    }
    Clinic::of(sessions, outcomes).study("name = \"x\"\n[measures]\nprimary = \"PHQ-9\"\n")
}

fn findings_beside(clinic: &Clinic, earlier: &Earlier) -> Findings {
    let study = Study::load(&clinic.path("study.toml")).expect("the study is sound");
    let clients = alliance::features::by_client(&study, &|_| ()).expect("the files are sound");
    alliance::questions::answer_beside(&study, &clients, Default::default(), earlier)
        .expect("it can be answered")
}

fn findings(clinic: &Clinic) -> Findings {
    findings_beside(clinic, &Earlier::default())
}

/// The report of the demo clinic as Markdown, and its findings.
fn demo() -> (String, Findings) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let study = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/clinic/study.toml");
    let study = study.to_str().expect("a plain path");
    alliance_in(folder.path(), &["analyze", study, "--out", "report"]).ok();
    let read = |name: &str| std::fs::read_to_string(folder.path().join("report").join(name));
    let findings = Findings::from_json(&read("findings.json").unwrap()).expect("findings");
    (read("report.md").unwrap(), findings)
}

fn value(findings: &Findings, id: &str) -> Option<f64> {
    findings.estimate(&format!("change.{id}"))?.estimate()
}

/// Counted from the files, the slow way.
fn counted_by_hand() -> (usize, [usize; 5]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/clinic/outcomes.csv");
    let mut scores: BTreeMap<String, BTreeMap<String, [f64; 2]>> = BTreeMap::new();
    for row in csv::Reader::from_path(path)
        .unwrap()
        .deserialize::<BTreeMap<String, String>>()
    {
        let row = row.unwrap();
        if let (Ok(pre), Ok(post)) = (row["pre"].parse(), row["post"].parse()) {
            let of_client = scores.entry(row["client_id"].clone()).or_default();
            of_client.insert(row["measure"].clone(), [pre, post]);
        }
    }
    let mut counts = [0; 5];
    let mut n = 0;
    for of_client in scores.values() {
        let (Some(phq), Some(gad)) = (of_client.get("PHQ-9"), of_client.get("GAD-7")) else {
            continue;
        };
        n += 1;
        let case = |when: usize| phq[when] >= 10.0 || gad[when] >= 8.0;
        let better = phq[0] - phq[1] >= 6.0 || gad[0] - gad[1] >= 4.0;
        let worse = phq[1] - phq[0] >= 6.0 || gad[1] - gad[0] >= 4.0;
        let recovered = case(0) && !case(1);
        let improved = better && !worse;
        let classes = [
            case(0),
            recovered,
            improved,
            recovered && improved,
            worse && !better,
        ];
        for (count, is_so) in counts.iter_mut().zip(classes) {
            *count += usize::from(is_so);
        }
    }
    (n, counts)
}

#[test]
fn the_two_questionnaires_of_the_demo_are_counted_as_by_hand() {
    let (text, findings) = demo();
    let (n, counts) = counted_by_hand();
    assert_eq!((n, counts[0]), (302, 282), "counted elsewhere too");
    for (term, count) in TERMS.iter().zip(counts) {
        let id = format!("change.nhs_both.{term}");
        let e = findings.estimate(&id).expect(&id);
        assert_eq!(
            (e.estimate(), e.n()),
            (Some(count as f64), Some(n as u64)),
            "{id}"
        );
    }
    for ((_, rate), (at, of, percent)) in RATES.iter().zip([
        (1, counts[0], 37.6),
        (2, n, 58.3),
        (3, counts[0], 33.7),
        (4, n, 5.3),
    ]) {
        let share = value(&findings, &format!("nhs_both.{rate}")).expect("a rate");
        assert!(
            (share - counts[at] as f64 / of as f64).abs() < 1e-12,
            "{rate}"
        );
        assert!(
            (100.0 * share - percent).abs() < 0.05,
            "{rate}: counted elsewhere too"
        );
    }
    // The rule is printed with the number.
    let rule = &findings
        .estimate("change.nhs_both.reliably_improved")
        .unwrap()
        .method;
    assert_eq!(
        rule,
        "NHS Talking Therapies rule: better on at least one (PHQ-9 by ≥ 6 points or GAD-7 by ≥ 4 points) and worse by as much on neither"
    );
    assert!(text.contains(rule.as_str()));
    let header = text
        .lines()
        .find(|line| line.starts_with("| Clients | NHS"))
        .expect("a table");
    assert_eq!(
        header,
        "| Clients | NHS Talking Therapies rule, PHQ-9 alone: clients | share | NHS Talking Therapies, PHQ-9 and GAD-7: clients | share | Jacobson–Truax: clients | share |"
    );
}

/// One better and one worse is neither; at the cutoff is a case; the points themselves are enough.
#[test]
fn every_way_to_change_on_two_questionnaires_is_counted_as_the_rule_says() {
    let clients = |n: usize, phq, gad| std::iter::repeat_n((phq, Some(gad)), n);
    let all: Vec<Client> = clients(10, [10, 4], [7, 3]) // a case on PHQ-9 alone, recovered, better on both
        .chain(clients(11, [9, 9], [8, 7])) // a case on GAD-7 alone, recovered, not by enough
        .chain(clients(12, [16, 10], [12, 12])) // better on one, still a case on both
        .chain(clients(13, [15, 9], [5, 9])) // better on one and worse on the other
        .chain(clients(14, [12, 17], [9, 13])) // worse on GAD-7 by four, on PHQ-9 by five
        .chain(clients(15, [9, 8], [7, 6])) // no case, no change
        .collect();
    let findings = findings(&clinic(&all));
    let of = |group: &str| TERMS.map(|term| value(&findings, &format!("{group}.{term}")));
    assert_eq!(
        of("nhs_both"),
        [Some(60.0), Some(21.0), Some(22.0), Some(10.0), Some(14.0)]
    );
    assert_eq!(
        of("nhs"),
        [Some(49.0), Some(23.0), Some(35.0), Some(23.0), Some(0.0)]
    );
}

/// The sentence that compares the two countings, and the countings themselves.
#[track_caller]
fn sentence_is_true(text: &str, findings: &Findings) -> [Vec<&'static str>; 3] {
    let mut sides = [Vec::new(), Vec::new(), Vec::new()];
    for (what, rate) in RATES {
        let of = |group: &str| value(findings, &format!("{group}.{rate}"));
        if let (Some(one), Some(both)) = (of("nhs"), of("nhs_both")) {
            sides[if both > one {
                0
            } else if both < one {
                1
            } else {
                2
            }]
            .push(what);
        }
    }
    let sentence = text
        .split_once("Compared with PHQ-9 alone, counting PHQ-9 and GAD-7 together gives ")
        .and_then(|(_, rest)| rest.split_once('.'))
        .expect("a sentence")
        .0;
    let clauses: Vec<&str> = sentence.split("; ").collect();
    for (side, words) in sides
        .iter()
        .zip(["a higher share", "a lower share", "the same share"])
    {
        let clause = clauses.iter().find(|clause| clause.starts_with(words));
        assert_eq!(clause.is_some(), !side.is_empty(), "{words}: {sentence}");
        let told = clause.map_or(String::new(), |c| {
            c[words.len() + 5..].replace(" and ", ", ")
        });
        assert_eq!(told, side.join(", "), "{words}: {sentence}");
    }
    for claim in ["gives more recovery", "more reliable change than"] {
        assert!(!text.contains(claim), "{claim}");
    }
    sides
}

#[test]
fn the_sentence_on_the_two_countings_says_which_is_higher_whichever_it_is() {
    let (text, findings) = demo();
    let sides = sentence_is_true(&text, &findings);
    assert_eq!(
        sides,
        [
            vec!["reliable improvement", "reliable deterioration"],
            vec!["recovery", "reliable recovery"],
            vec![]
        ]
    );
    // Here GAD-7 changes nothing but who recovers.
    let all: Vec<Client> = (0..60)
        .map(|i| {
            let (pre, post) = (12 + i % 5, if i % 2 == 0 { 4 } else { 13 });
            ([pre, post], Some([9, if i % 4 == 0 { 1 } else { 8 }]))
        })
        .collect();
    let same = clinic(&all);
    same.analyze();
    let of = Findings::from_json(&same.read("report/findings.json")).unwrap();
    let other = sentence_is_true(&same.read("report/report.md"), &of);
    assert_ne!(other, sides);
    assert!(
        other[1].contains(&"recovery") && !other[2].is_empty(),
        "{other:?}"
    );
}

#[test]
fn where_only_one_questionnaire_is_there_the_report_says_so_and_claims_no_more() {
    let all: Vec<Client> = (0..60).map(|i| ([10 + i % 9, 3 + i % 11], None)).collect();
    let one = clinic(&all);
    one.analyze();
    let text = one.read("report/report.md");
    let findings = Findings::from_json(&one.read("report/findings.json")).unwrap();
    let both = findings.estimate("change.nhs_both.cases").unwrap();
    assert_eq!(both.reason(), Some("the outcomes hold no GAD-7"));
    assert!(!text.contains("Compared with PHQ-9 alone"), "with nothing");
    let caveat = "NHS Talking Therapies counts two questionnaires together (PHQ-9 and GAD-7); here PHQ-9 alone is counted: the service's own shares may be higher or lower.";
    assert!(text.contains(caveat));
    let header = text
        .lines()
        .find(|line| line.starts_with("| Clients | NHS"))
        .expect("a table");
    assert_eq!(header.matches("share").count(), 2, "{header}");
}

#[test]
fn the_study_may_name_two_other_questionnaires_that_have_what_the_rule_needs() {
    let load = |measures: &str| {
        let all: Vec<Client> = vec![([12, 4], None); 6];
        let clinic = clinic(&all).study(&format!(
            "name = \"x\"\n[measures]\nprimary = \"PHQ-9\"\n{measures}"
        ));
        Study::load(&clinic.path("study.toml")).map_err(|e| e.problems.join("\n"))
    };
    let wsas =
        "[measures.define.WSAS]\nreliable_change = { points = 8.0, boundary = \"at_least\" }\n";
    let study = load(&format!("nhs = [\"phq9\", \"wsas\"]\n{wsas}")).expect("both are described");
    assert_eq!(study.settings.nhs_measures, ["PHQ-9", "WSAS"]);
    for (measures, told) in [
        (
            "nhs = [\"PHQ-9\", \"WSAS\"]\n",
            "no reliable change of WSAS is known",
        ),
        (
            "nhs = [\"PHQ-9\", \"phq 9\"]\n",
            "measures.nhs: found PHQ-9 twice",
        ),
        (
            "nhs = [\"PHQ-9\", \"GAD7x\"]\n",
            "measures.nhs: \"GAD7x\" is not in the catalogue",
        ),
        ("nhs = [\"PHQ-9\"]\n", "nhs"),
    ] {
        let fault = load(measures).expect_err(measures);
        assert!(fault.contains(told), "{measures}: {fault}");
    }
}

/// Three clients are cases by GAD-7 alone: the two numbers of cases differ by them.
#[test]
fn a_few_who_are_a_case_on_the_second_questionnaire_alone_do_not_follow() {
    for few in [3, 7] {
        let all: Vec<Client> = (0..80)
            .map(|i| match i {
                i if i < few => ([6, 2], Some([9, 3])),
                i if i < 30 => ([5 + i % 4, 2], Some([4, 2])),
                _ => ([12 + i % 8, 6 + i % 9], Some([11, 5 + i % 7])),
            })
            .collect();
        let findings = findings(&clinic(&all));
        let cases = |group: &str| value(&findings, &format!("{group}.cases"));
        assert_eq!(cases("nhs"), Some(50.0));
        assert_eq!(cases("nhs_both").is_some(), few == 7, "{few}");
        let recovery = value(&findings, "nhs_both.recovery_rate");
        assert_eq!(recovery.is_some(), few == 7, "a share of a hidden number");
    }
}

/// Every class under either rule, as the set of its clients.
fn classes(all: &[Client]) -> Vec<(String, Vec<bool>)> {
    let mut classes = Vec::new();
    let both = |c: &Client| c.1.is_some();
    let of = |group: &str, term: &str, is: &dyn Fn(&Client) -> bool| {
        (
            format!("change.{group}.{term}"),
            all.iter().map(is).collect::<Vec<bool>>(),
        )
    };
    for group in ["nhs", "nhs_both"] {
        let two = group == "nhs_both";
        let counts = move |c: &Client| !two || both(c);
        let any =
            move |c: &Client, phq: &dyn Fn([u32; 2]) -> bool, gad: &dyn Fn([u32; 2]) -> bool| {
                phq(c.0) || two && c.1.is_some_and(gad)
            };
        let case = move |c: &Client| counts(c) && any(c, &|s| s[0] >= 10, &|s| s[0] >= 8);
        let after = move |c: &Client| any(c, &|s| s[1] >= 10, &|s| s[1] >= 8);
        let better = move |c: &Client| any(c, &|s| s[0] >= s[1] + 6, &|s| s[0] >= s[1] + 4);
        let worse = move |c: &Client| any(c, &|s| s[1] >= s[0] + 6, &|s| s[1] >= s[0] + 4);
        let recovered = move |c: &Client| case(c) && !after(c);
        let improved = move |c: &Client| counts(c) && better(c) && !worse(c);
        classes.push(of(group, "cases", &case));
        classes.push(of(group, "recovered", &recovered));
        classes.push(of(group, "reliably_improved", &improved));
        classes.push(of(group, "reliably_recovered", &|c| {
            recovered(c) && improved(c)
        }));
        classes.push(of(group, "reliably_deteriorated", &|c| {
            counts(c) && worse(c) && !better(c)
        }));
    }
    classes
}

/// In clinics of all shapes, some of whose clients lack the second questionnaire: no difference of two shown classes
/// that lie within each other, or of what they leave of their wholes, is of one to four clients.
#[test]
fn nothing_of_a_few_follows_from_the_two_countings_by_subtraction() {
    let mut shown_in_all = 0;
    for seed in 0..24u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut draw = |n: u32| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % u64::from(n)) as u32
        };
        let without = [0, 2, 4, 20][seed as usize % 4];
        let all: Vec<Client> = (0..60 + draw(60))
            .map(|i| {
                let phq = [4 + draw(20), draw(20)];
                let follows = |x: u32, by: u32| (x * 3 / 4 + by).min(21);
                let gad = [follows(phq[0], draw(3)), follows(phq[1], draw(3))];
                (phq, (i >= without).then_some(gad))
            })
            .collect();
        let findings = findings(&clinic(&all));
        let wholes = [
            vec![true; all.len()],
            all.iter().map(|c| c.1.is_some()).collect(),
        ];
        let mut shown: Vec<(String, Vec<bool>)> = Vec::new();
        for (id, class) in classes(&all) {
            let e = findings.estimate(&id).expect(&id);
            let Some(count) = e.estimate() else { continue };
            assert_eq!(
                count as usize,
                class.iter().filter(|c| **c).count(),
                "{seed}: {id}"
            );
            let whole = &wholes[usize::from(id.contains("nhs_both"))];
            let rest = whole
                .iter()
                .zip(&class)
                .map(|(all, own)| *all && !own)
                .collect();
            shown.push((id.clone(), class));
            shown.push((format!("not {id}"), rest));
            shown_in_all += 1;
        }
        for (a, one) in &shown {
            let size = one.iter().filter(|c| **c).count();
            assert!(size == 0 || size >= 5, "{seed}: {a} is of {size}");
            for (b, other) in &shown {
                let beyond = one.iter().zip(other).filter(|(a, b)| **a && !**b).count();
                let is_within = other.iter().zip(one).all(|(b, a)| *a || !*b);
                assert!(
                    !is_within || beyond == 0 || beyond >= 5,
                    "{seed}: {a} beyond {b} are {beyond}"
                );
            }
        }
    }
    assert!(
        shown_in_all > 24 * 4,
        "{shown_in_all}: it must not fall silent"
    );
}

/// A few more by the second questionnaire since the last report.
#[test]
fn a_few_who_came_since_do_not_follow_from_the_two_countings() {
    let client = |i: usize, has_gad: bool| -> Client {
        let (pre, post) = (8 + (i * 5 % 14) as u32, (i * 7 % 16) as u32);
        ([pre, post], has_gad.then_some([pre * 3 / 4, post * 3 / 4]))
    };
    let of = |n: usize, without: usize| -> Vec<Client> {
        (0..n).map(|i| client(i, i >= without)).collect()
    };
    let before = findings(&clinic(&of(90, 20)));
    // Ten more clients; of those that were there, two have GAD-7 now.
    for now in [of(100, 20), of(100, 18), of(92, 20), of(90, 18)] {
        let after = findings_beside(&clinic(&now), &Earlier::of(&before));
        for group in ["nhs", "nhs_both"] {
            for term in TERMS {
                let id = format!("change.{group}.{term}");
                let count =
                    |f: &Findings| Some((f.estimate(&id)?.estimate()?, f.estimate(&id)?.n()?));
                let (Some((a, of_a)), Some((b, of_b))) = (count(&before), count(&after)) else {
                    continue;
                };
                let few = |d: f64| d != 0.0 && d.abs() < 5.0;
                assert!(!few(b - a), "{id}: {a}, then {b}");
                assert!(
                    !few(of_b as f64 - of_a as f64),
                    "{id}: of {of_a}, then of {of_b}"
                );
                assert!(
                    !few((of_b as f64 - b) - (of_a as f64 - a)),
                    "{id}: the others"
                );
            }
        }
    }
}

fn judged(findings: &Findings) -> (Verdict, String, Option<String>) {
    let review =
        review(findings, &Policy::shipped(), Some("2026-01-12"), None, None).expect("a clinic");
    let found = review
        .judgements
        .into_iter()
        .find(|j| j.rule == "deterioration");
    let j = found.expect("it is judged");
    (j.verdict, j.sentence, j.estimate_id)
}

#[test]
fn the_review_judges_the_counting_of_the_service_and_says_so() {
    let (_, demo) = demo();
    let (verdict, sentence, id) = judged(&demo);
    assert_eq!(verdict, Verdict::Pass);
    assert_eq!(
        id.as_deref(),
        Some("change.nhs_both.reliable_deterioration_rate")
    );
    assert!(
        sentence.contains("on two questionnaires together, as the service counts: 5.3 %"),
        "{sentence}"
    );
    // Many get worse on GAD-7 alone: one questionnaire would not see it.
    let all: Vec<Client> = (0..100u32)
        .map(|i| ([12, 8], Some([8, if i % 3 == 0 { 14 } else { 6 }])))
        .collect();
    let worse = findings(&clinic(&all));
    assert_eq!(value(&worse, "nhs.reliable_deterioration_rate"), Some(0.0));
    assert_eq!(judged(&worse).0, Verdict::Hold);
    // Hidden it is not replaced by another counting.
    let mut hidden = worse.clone();
    let rate = hidden
        .answers
        .iter_mut()
        .flat_map(|a| &mut a.estimates)
        .find(|e| e.id == "change.nhs_both.reliable_deterioration_rate");
    let rate: &mut Estimate = rate.expect("there is one");
    *rate = rate.clone().suppressed("hidden");
    assert!(matches!(rate.value, Value::Suppressed { .. }));
    assert_eq!(judged(&hidden).0, Verdict::CannotTell);
}

#[test]
fn a_few_with_both_questionnaires_do_not_stand_in_for_all() {
    // Ten of a hundred filled in GAD-7, none of them worse; of all, every third is worse on PHQ-9.
    let all: Vec<Client> = (0..100u32)
        .map(|i| {
            let is_worse = i >= 10 && i % 3 == 0;
            (
                [10, if is_worse { 17 } else { 8 }],
                (i < 10).then_some([8, 8]),
            )
        })
        .collect();
    let (verdict, sentence, id) = judged(&findings(&clinic(&all)));
    assert_eq!(verdict, Verdict::Hold);
    assert_eq!(
        id.as_deref(),
        Some("change.nhs.reliable_deterioration_rate")
    );
    assert!(
        sentence.contains("on one questionnaire alone"),
        "{sentence}"
    );
}
