//! Made-up answers on ruptures, items, shares and two groups, and the edges of what their figures
//! must bear.

use alliance::findings::*;
use alliance::study::{PublishedConfidence, PublishedResult};

use super::sample;

const REASON: &str = "fewer than 5 clients in it or in what could be computed from it";
const NEGATIVE: f64 = -1.0;

/// A clinic of 542 clients.
pub fn common() -> Findings {
    let mut findings = sample::empty();
    findings.answers = vec![
        correlations(),
        ruptures(),
        items(),
        change(),
        dropout(),
        ratings(),
        compared("cbt_technique", "CBT − others", (0.2311, 298), 0.0291),
        compared("psychosis", "psychosis − others", (0.2402, 450), -0.0321),
    ];
    findings.published = published();
    findings
}

/// One row or column of each, and nothing published.
pub fn one_row() -> Findings {
    let mut findings = common();
    findings.published.clear();
    for answer in &mut findings.answers {
        answer.estimates.retain(|e| {
            let kept = [
                "alliance_outcome.cbt.partial",
                "alliance_outcome.psychosis.partial",
                "items.heard.partial",
                "change.nhs.recovered",
                "dropout.overall.share",
                "ratings.complete",
            ];
            kept.contains(&e.id.as_str()) || e.id.starts_with("ruptures.k1.half.")
        });
    }
    let courses = courses_of(&mut findings);
    courses.courses.truncate(1);
    courses.courses[0].ruptures = 1;
    courses.courses[0].points.retain(|p| p.offset == 0);
    findings
}

/// Intervals as wide as their scale, shares of 0 and 1, long labels.
pub fn extreme() -> Findings {
    let mut findings = common();
    let long = "clients of the day hospital programme for borderline personality disorder, without those whose treatment is ongoing";
    for answer in &mut findings.answers {
        for (i, e) in answer.estimates.iter_mut().enumerate() {
            let wide = e.clone();
            *e = match e.scale {
                Scale::Correlation if i % 2 == 0 => wide
                    .with_estimate(-0.87 + 0.31 * (i % 4) as f64)
                    .with_interval(-0.98, 0.96, 0.95)
                    .with_n(5),
                Scale::Correlation => wide
                    .with_estimate(0.995)
                    .with_interval(-0.002, 0.9999, 0.95)
                    .with_n(1_234_567),
                Scale::DifferenceOfCorrelations => wide
                    .with_estimate(-1.52)
                    .with_interval(-1.9, 1.41, 0.95)
                    .with_n(8),
                Scale::Proportion => match i % 4 {
                    0 => share(&wide, 0, 12, (0.0, 0.2425)),
                    1 => share(&wide, 12, 12, (0.7575, 1.0)),
                    2 => wide.not_estimable("no client has both scores"),
                    _ => share(&wide, 1_234, 1_234_567, (0.000_945, 0.001_057)),
                },
                _ => wide,
            };
            if i % 5 == 1 && e.scale != Scale::Count && answer.question != "items" {
                e.label = format!("{}: {long}", e.label);
            }
        }
    }
    let answer = &mut findings.answers[1];
    for (id, count) in [
        ("k1.half.none", 3.0),
        ("k1.half.repaired", 0.0),
        ("k1.half.unrepaired", 123_456.0),
        ("k1.all.none", 540.0),
        ("k1.all.repaired", 1.0),
        ("k1.all.unrepaired", 1.0),
        ("k2.half.none", 0.0),
        ("k2.half.repaired", 0.0),
        ("k2.half.unrepaired", 0.0),
    ] {
        let id = format!("ruptures.{id}");
        let estimate = answer.estimates.iter_mut().find(|e| e.id == id);
        let estimate = estimate.expect("the sample has it");
        *estimate = estimate.clone().with_estimate(count);
    }
    for estimate in &mut answer.estimates {
        if estimate.id == "ruptures.k2.all.repaired" {
            *estimate = estimate.clone().suppressed(REASON);
        }
    }
    let courses = courses_of(&mut findings);
    courses.criterion = format!("{}, in {long}", courses.criterion);
    courses.y_label = format!("{}, filled in on paper or on a screen", courses.y_label);
    for point in courses.courses.iter_mut().flat_map(|c| &mut c.points) {
        (point.conf_low, point.conf_high) = (point.mean - 140.0, point.mean + 190.0);
    }
    courses.courses[0].ruptures = 1_234_565;
    courses.courses[1].points.retain(|p| p.offset < 1);
    findings
}

/// Everything is suppressed.
pub fn all_suppressed() -> Findings {
    let mut findings = common();
    for answer in &mut findings.answers {
        answer.displays.clear();
        answer.verdicts.clear();
        for e in &mut answer.estimates {
            *e = e.clone().suppressed(REASON);
        }
    }
    findings
}

/// Half of the columns are not there: no empathy, no `seen`, no control chart, no other groups.
pub fn not_measured() -> Findings {
    let mut findings = common();
    for e in findings.answers.iter_mut().flat_map(|a| &mut a.estimates) {
        let missing = e.id.contains("seen")
            || [
                "empathy",
                "control_chart",
                "others",
                "treatment",
                "jacobson",
            ]
            .iter()
            .any(|word| e.id.contains(word));
        if missing {
            *e = e.clone().not_measured("the column is not there");
        }
    }
    let (courses, pair) = (courses_of(&mut findings), "items.heard.with_safe");
    courses.courses[0].points.clear();
    for e in &mut findings.answers[2].estimates {
        if e.id == pair {
            *e = e.clone().suppressed(REASON);
        } else if e.id == "items.safe.partial" {
            *e = e
                .clone()
                .with_estimate(NEGATIVE * 0.42)
                .with_interval(-0.49, -0.34, 0.95);
        }
    }
    findings
}

pub fn courses_of(findings: &mut Findings) -> &mut RuptureCourses {
    match &mut findings.answers[1].displays[0] {
        Display::RuptureCourses(courses) => courses,
        other => panic!("{other:?} is not of ruptures"),
    }
}

fn r(question: &str, group: &str, term: &str, estimate: f64, n: usize) -> Estimate {
    let half = 1.9 * (1.0 - estimate * estimate) / (n as f64).sqrt();
    Estimate::new(question, group, term, Scale::Correlation, "correlation")
        .with_estimate(estimate)
        .with_interval(estimate - half, estimate + half, 0.95)
        .with_n(n)
}

fn correlations() -> Answer {
    Answer {
        estimates: vec![
            r("alliance_outcome", "cbt", "partial", 0.2602, 244).labelled("CBT in any form"),
            r("alliance_outcome", "psychosis", "partial", 0.2081, 92)
                .labelled("psychosis spectrum"),
        ],
        ..sample::answer("alliance_outcome", "Does a better alliance go with it?")
    }
}

fn count(id: &str, count: u64) -> Estimate {
    let (group, term) = id.rsplit_once('.').expect("a criterion and a class");
    Estimate::new("ruptures", group, term, Scale::Count, "clients").with_estimate(count as f64)
}

fn ruptures() -> Answer {
    let point = |offset: i32, mean: f64| RupturePoint {
        offset,
        mean,
        conf_low: mean - 0.9 - 0.11 * f64::from(offset.abs()),
        conf_high: mean + 0.9 + 0.11 * f64::from(offset.abs()),
    };
    let course = |label: &str, ruptures: u64, means: [f64; 7]| RuptureCourse {
        label: label.into(),
        ruptures,
        points: (-3..=3).zip(means).map(|(o, m)| point(o, m)).collect(),
    };
    let courses = RuptureCourses {
        y_label: "alliance (WAI-SR, 12 to 60 points, higher is better)".into(),
        criterion: "a rupture is a fall by 1 SD, a repair regains half of it in three ratings"
            .into(),
        conf_level: 0.95,
        courses: vec![
            course("repaired", 245, [44.1, 44.6, 45.8, 37.2, 43.4, 44.3, 44.9]),
            course(
                "not repaired",
                85,
                [43.2, 43.9, 45.1, 36.8, 37.3, 37.9, 38.4],
            ),
        ],
    };
    let counts = [
        ("k1.half", [208, 205, 98]),
        ("k1.all", [208, 121, 182]),
        ("k2.half", [447, 43, 21]),
        ("k2.all", [447, 29, 35]),
    ];
    let estimates = counts.into_iter().flat_map(|(criterion, counts)| {
        let kinds = ["none", "repaired", "unrepaired"];
        let each = kinds.into_iter().zip(counts);
        each.map(move |(kind, n)| count(&format!("{criterion}.{kind}"), n))
    });
    let charted = [("none", 391), ("ruptured", 47)];
    let charted = charted.map(|(kind, n)| count(&format!("control_chart.{kind}"), n));
    Answer {
        estimates: estimates.chain(charted).collect(),
        displays: vec![Display::RuptureCourses(courses)],
        ..sample::answer("ruptures", "What happens around a rupture?")
    }
}

fn items() -> Answer {
    let mut estimates = Vec::new();
    for (item, outcome, alliance, empathy, rest) in [
        ("heard", 0.2711, 0.5872, 0.6123, 0.5311),
        ("safe", 0.1902, 0.4431, 0.4017, 0.4482),
        ("seen", 0.2283, 0.5215, -0.0512, 0.5027),
    ] {
        let of = |term: &str, estimate: f64| r("items", item, term, estimate, 538);
        estimates.extend([
            of("partial", outcome),
            of("with_alliance", alliance),
            of("with_empathy", empathy),
            of("item_rest", rest),
        ]);
        let end = |term: &str, k: usize| {
            let new = Estimate::new("items", item, term, Scale::Proportion, "Wilson's interval");
            let middle = k as f64 / 538.0;
            share(&new, k, 538, (middle * 0.8, middle * 1.2))
        };
        estimates.extend([end("floor", 17), end("ceiling", 131)]);
    }
    estimates.extend([
        r("items", "heard", "with_safe", 0.4102, 538),
        r("items", "heard", "with_seen", 0.4833, 538),
        r("items", "safe", "with_seen", 0.3621, 538),
    ]);
    Answer {
        estimates,
        ..sample::answer("items", "Do I feel heard, safe, seen?")
    }
}

fn share(estimate: &Estimate, k: usize, n: usize, (low, high): (f64, f64)) -> Estimate {
    let estimate = estimate.clone().with_estimate(k as f64 / n as f64);
    estimate.with_interval(low, high, 0.95).with_n(n).with_k(k)
}

fn wilson(
    question: &str,
    (group, term): (&str, &str),
    label: &str,
    k: usize,
    n: usize,
) -> Estimate {
    let new = Estimate::new(
        question,
        group,
        term,
        Scale::Proportion,
        "Wilson's interval",
    );
    let (p, n_) = (k as f64 / n as f64, n as f64);
    let z = 1.959964;
    let middle = (p + z * z / (2.0 * n_)) / (1.0 + z * z / n_);
    let half = z * (p * (1.0 - p) / n_ + z * z / (4.0 * n_ * n_)).sqrt() / (1.0 + z * z / n_);
    share(&new.labelled(label), k, n, (middle - half, middle + half))
}

fn change() -> Answer {
    let rate = |id: (&str, &str), label: &str, k, n| wilson("change", id, label, k, n);
    let (nhs, jt) = ("nhs", "jacobson_truax");
    let points = Estimate::new("change", jt, "points", Scale::Points, "reliable change");
    Answer {
        estimates: vec![
            rate(
                (nhs, "recovered"),
                "recovery (NHS Talking Therapies)",
                246,
                471,
            ),
            rate(
                (nhs, "reliably_improved"),
                "reliable improvement (NHS)",
                331,
                544,
            ),
            rate(
                (nhs, "reliably_recovered"),
                "reliable recovery (NHS)",
                229,
                471,
            ),
            rate(
                (nhs, "reliably_deteriorated"),
                "reliable deterioration (NHS)",
                29,
                544,
            ),
            rate((jt, "improved"), "improved (Jacobson–Truax)", 298, 544),
            rate((jt, "unchanged"), "unchanged (Jacobson–Truax)", 231, 544),
            rate(
                (jt, "deteriorated"),
                "deteriorated (Jacobson–Truax)",
                15,
                544,
            ),
            points.with_estimate(5.2),
        ],
        ..sample::answer("change", "How many clients changed reliably?")
    }
}

fn dropout() -> Answer {
    let rate = |group: &str, label: &str, k, n| wilson("dropout", (group, "share"), label, k, n);
    Answer {
        estimates: vec![
            rate("overall", "all clients", 121, 611),
            rate("delivery.online", "online", 61, 268),
            rate("delivery.in_person", "in person", 52, 301),
            rate("delivery.hybrid", "hybrid", 8, 42),
            rate("treatment.cbt", "CBT", 44, 207),
            rate("treatment.act", "ACT", 0, 6).suppressed(REASON),
            rate("diagnosis.depression", "depression", 51, 280),
            rate("diagnosis.psychosis", "psychosis", 27, 104),
        ],
        ..sample::answer("dropout", "Who leaves early?")
    }
}

fn ratings() -> Answer {
    let rate = |term: &str, label: &str, k, n| wilson("ratings", ("", term), label, k, n);
    Answer {
        estimates: vec![
            rate(
                "complete",
                "sessions with a rating of the alliance",
                4_911,
                5_128,
            ),
            rate("early", "clients with two early ratings or more", 592, 611),
            rate("highest", "ratings at the top of the scale", 712, 4_911),
        ],
        ..sample::answer("ratings", "How complete and how high are the ratings?")
    }
}

fn compared(question: &str, label: &str, (others, n): (f64, usize), apart: f64) -> Answer {
    let scale = Scale::DifferenceOfCorrelations;
    let id = format!("{question}.correlation");
    let difference = Estimate::new(question, "", "correlation", scale, "Zou's interval");
    Answer {
        estimates: vec![
            r(question, "others", "partial", others, n).labelled("all others"),
            difference
                .labelled(label)
                .with_estimate(apart)
                .with_interval(apart - 0.154, apart + 0.149, 0.95)
                .with_n(542),
        ],
        verdicts: vec![VerdictOn {
            estimate_id: id,
            verdict: Verdict::NotDistinguishable,
            bound: 0.1,
        }],
        ..sample::answer(question, "Is it the same in this group?")
    }
}

fn published() -> Vec<PublishedResult> {
    let cited = |id: &str, group: &str, population: &str, estimate: f64| PublishedResult {
        id: id.into(),
        topic: "alliance_outcome".into(),
        group: group.into(),
        population: population.into(),
        studies: None,
        clients: None,
        scale: "r".into(),
        estimate,
        conf_low: None,
        conf_high: None,
        conf_level: None,
        prediction_low: None,
        prediction_high: None,
        prediction_level: None,
        year: 2021,
        citation: "Bourke, Barker & Fornells-Ambrojo (2021), Psychology and Psychotherapy".into(),
        doi: None,
        confidence: PublishedConfidence::Checked,
        note: None,
    };
    vec![
        PublishedResult {
            conf_low: Some(0.19),
            conf_high: Some(0.32),
            conf_level: Some(0.95),
            year: 2018,
            citation: "Cameron, Rodgers & Dagnan (2018), Clinical Psychology".into(),
            ..cited("cameron", "cbt", "adults with depression, CBT", 0.26)
        },
        cited(
            "client",
            "psychosis",
            "psychosis, client-rated alliance, global symptoms",
            0.29,
        ),
        cited(
            "therapist",
            "psychosis",
            "psychosis, therapist-rated alliance, global symptoms",
            0.24,
        ),
        PublishedResult {
            scale: "d".into(),
            ..cited("another_scale", "psychosis", "another scale", 0.9)
        },
    ]
}
