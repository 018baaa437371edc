//! Made-up findings: a clinic of 542 clients, and the edges of what a figure must bear.

use std::path::Path;

use alliance::findings::*;
use alliance::study::{Measure, PublishedConfidence, PublishedResult, Study};

const QUESTION: &str = "alliance_outcome";

/// A clinic as most are.
pub fn clinic() -> Findings {
    let mut findings = empty();
    analysed(&mut findings).measures = vec![
        measure(Role::PrimaryOutcome, "phq9", "PHQ-9"),
        measure(Role::OtherOutcome, "gad7", "GAD-7"),
    ];
    analysed(&mut findings).flow = flow();
    let mut alliance = answer(QUESTION, "Does a better alliance go with a better outcome?");
    alliance.estimates = clinic_correlations();
    alliance.displays = vec![Display::BinnedScatter(scatter())];
    let mut courses = answer("courses", "How do the scores develop?");
    courses.displays = vec![Display::Courses(courses_of(10))];
    let mut sensitivity = answer("sensitivity", "Does it depend on the choices?");
    sensitivity.estimates = variants();
    findings.answers = vec![alliance, online_vs_in_person(), courses, sensitivity];
    findings.published = published();
    findings
}

/// Everything is suppressed.
pub fn all_suppressed() -> Findings {
    let mut findings = clinic();
    let hidden = Stage {
        read: Count::Suppressed,
        excluded: vec![out("the outcome is missing", Count::Suppressed)],
        used: Count::Suppressed,
    };
    analysed(&mut findings).flow = Flow {
        sessions: hidden.clone(),
        outcomes: hidden.clone(),
        clients: hidden,
        complete_by_measure: vec![("phq9".into(), Count::Suppressed)],
    };
    for answer in &mut findings.answers {
        answer.displays.clear();
        answer.verdicts.clear();
        for e in &mut answer.estimates {
            *e = e
                .clone()
                .suppressed("fewer than 5 clients in it or in what could be computed from it");
        }
    }
    findings
}

/// One row, no modality, nothing published, no reasons.
pub fn one_row() -> Findings {
    let mut findings = empty();
    let stage = Stage {
        read: Count::Exactly(31),
        excluded: vec![],
        used: Count::Exactly(31),
    };
    analysed(&mut findings).flow = Flow {
        sessions: stage.clone(),
        outcomes: stage.clone(),
        clients: stage,
        complete_by_measure: vec![],
    };
    let mut alliance = answer(QUESTION, "Does a better alliance go with a better outcome?");
    alliance.estimates = vec![r("overall", "all clients", 0.31, Some((-0.06, 0.6)), 31)];
    let mut scatter = scatter();
    scatter.bins.truncate(1);
    scatter.line.band.clear();
    alliance.displays = vec![
        Display::BinnedScatter(scatter),
        Display::Courses(courses_of(1)),
        Display::Distributions(Distributions {
            x_label: "early alliance (WAI-SR, 12 to 60 points, higher is better)".into(),
            groups: vec![distribution("in_person", "in person", 44.2, 0.9, 31)],
        }),
    ];
    findings.answers = vec![alliance];
    findings
}

/// Forty treatments with long names.
pub fn many_rows() -> Findings {
    let mut findings = clinic();
    let names = [
        "Trauma-focused cognitive behavioural therapy",
        "ACT",
        "Mentalisation-based treatment for borderline personality disorder, day hospital programme with weekly supervision",
        "Short-term psychodynamic psychotherapy",
        "Internet-delivered CBT",
    ];
    let rows = (0..40).map(|i| {
        let name = format!("{} {}", names[i % names.len()], i + 1);
        let middle = 0.25 + 0.3 * libm::sin(i as f64);
        let n = 8 + 7 * i;
        let half = 1.8 / (n as f64).sqrt();
        let row = r(
            &format!("treatment.t{i}"),
            &name,
            middle,
            Some(((middle - half).max(-0.8), (middle + half).min(0.93))),
            n,
        );
        match i % 13 {
            4 => row.suppressed("fewer than 5 clients"),
            7 => row.not_estimable("no variation of the outcome"),
            _ => row,
        }
    });
    findings.answers[0]
        .estimates
        .retain(|e| !e.group.starts_with("treatment."));
    findings.answers[0].estimates.extend(rows);
    let Some(Display::Courses(courses)) = findings.answers[2].displays.first_mut() else {
        unreachable!()
    };
    *courses = courses_of(24);
    let reason = "the last rating of the alliance was made at or after the day on which the outcome was measured, so that the order of the two is unknown";
    analysed(&mut findings)
        .flow
        .clients
        .excluded
        .push(out(reason, Count::Exactly(7)));
    analysed(&mut findings)
        .flow
        .sessions
        .excluded
        .push(out(reason, Count::Exactly(1_234_567)));
    findings
}

/// Few clients: intervals from −.90 to .95, three groups, raw points.
pub fn wide() -> Findings {
    let mut findings = clinic();
    findings.answers[0].estimates = vec![
        r("overall", "all clients", 0.41, Some((-0.9, 0.95)), 6),
        r("delivery.online", "online", -0.62, Some((-0.9, 0.62)), 5),
        r("delivery.in_person", "in person", 0.9, None, 3),
        r("cbt", "CBT", 0.2, Some((-0.84, 0.93)), 6),
        r("psychosis", "psychosis", 0.0, None, 0).not_measured("there is no column diagnosis"),
    ];
    let Display::BinnedScatter(scatter) = &mut findings.answers[0].displays[0] else {
        unreachable!()
    };
    scatter.points = (0..60)
        .map(f64::from)
        .map(|i| {
            (
                36.0 + 22.0 * (0.5 + 0.5 * libm::sin(i * 1.7)),
                9.0 * libm::cos(i * 2.3),
            )
        })
        .collect();
    let online = &mut findings.answers[1];
    online.estimates[0] = difference(
        "correlation",
        Scale::DifferenceOfCorrelations,
        -1.52,
        (-1.9, 1.41),
        0.95,
        8,
    );
    online.estimates[1] = online.estimates[1]
        .clone()
        .not_estimable("fewer than 4 clients online");
    let Display::Distributions(d) = &mut online.displays[0] else {
        unreachable!()
    };
    d.groups.push(distribution(
        "hybrid",
        "hybrid, of both kinds and with an unusually long name",
        51.0,
        1.3,
        38,
    ));
    findings
}

pub fn empty() -> Findings {
    let mut settings =
        Study::of_files(Path::new("sessions.csv"), Path::new("outcomes.csv")).settings;
    settings.name = "clinic".into();
    settings.title = "A made-up clinic".into();
    Findings {
        schema_version: SCHEMA_VERSION.into(),
        program: Program {
            name: "alliance".into(),
            version: "0.1.0".into(),
        },
        subject: Subject::Clinic(Box::new(ClinicAnalysis {
            period: None,
            settings,
            measures: vec![],
            flow: Flow {
                sessions: Stage {
                    read: Count::Exactly(0),
                    excluded: vec![],
                    used: Count::Exactly(0),
                },
                outcomes: Stage {
                    read: Count::Exactly(0),
                    excluded: vec![],
                    used: Count::Exactly(0),
                },
                clients: Stage {
                    read: Count::Exactly(0),
                    excluded: vec![],
                    used: Count::Exactly(0),
                },
                complete_by_measure: vec![],
            },
        })),
        inputs: vec![],
        key_messages: vec![],
        answers: vec![],
        published: vec![],
        limits: vec![],
        last_shown: Default::default(),
    }
}

fn measure(role: Role, key: &str, name: &str) -> MeasureInUse {
    MeasureInUse {
        role,
        key: key.into(),
        measure: Measure::named(name),
    }
}

pub fn answer(question: &str, title: &str) -> Answer {
    Answer {
        question: question.into(),
        title: title.into(),
        not_measured: None,
        estimates: vec![],
        verdicts: vec![],
        displays: vec![],
        caveats: vec![],
    }
}

fn out(reason: &str, count: Count) -> Exclusion {
    Exclusion {
        reason: reason.into(),
        count,
    }
}

fn flow() -> Flow {
    Flow {
        sessions: Stage {
            read: Count::Exactly(5_128),
            excluded: vec![
                out("no rating of the alliance", Count::Exactly(214)),
                out("after session 40", Count::Suppressed),
                out("the same session twice", Count::Suppressed),
            ],
            used: Count::Exactly(4_911),
        },
        outcomes: Stage {
            read: Count::Exactly(603),
            excluded: vec![out("another measure than PHQ-9", Count::Exactly(0))],
            used: Count::Exactly(603),
        },
        clients: Stage {
            read: Count::Exactly(611),
            excluded: vec![
                out("in one file only", Count::Exactly(8)),
                out(
                    "fewer than 2 ratings of the alliance in sessions 1 to 5",
                    Count::Exactly(19),
                ),
                out("treatment is ongoing", Count::Exactly(31)),
                out("the score after treatment is missing", Count::Exactly(11)),
            ],
            used: Count::Exactly(542),
        },
        complete_by_measure: vec![
            ("phq9".into(), Count::Exactly(542)),
            ("gad7".into(), Count::Exactly(497)),
        ],
    }
}

fn r(group: &str, label: &str, estimate: f64, interval: Option<(f64, f64)>, n: usize) -> Estimate {
    let row = Estimate::new(
        QUESTION,
        group,
        "partial",
        Scale::Correlation,
        "partial correlation",
    )
    .labelled(label)
    .with_estimate(estimate)
    .with_n(n);
    match interval {
        Some((low, high)) => row.with_interval(low, high, 0.95),
        None => row,
    }
}

fn clinic_correlations() -> Vec<Estimate> {
    vec![
        r(
            "overall",
            "all clients",
            0.2341,
            Some((0.1529, 0.3124)),
            542,
        ),
        r(
            "overall",
            "all clients",
            0.2341,
            Some((0.1529, 0.3124)),
            542,
        )
        .not_estimable("another term")
        .post(),
        r(
            "delivery.online",
            "online",
            0.2253,
            Some((0.1006, 0.3431)),
            237,
        ),
        r(
            "delivery.in_person",
            "in person",
            0.2694,
            Some((0.1542, 0.3773)),
            267,
        ),
        r(
            "delivery.hybrid",
            "hybrid",
            0.0498,
            Some((-0.2759, 0.3654)),
            38,
        ),
        r("treatment.cbt", "CBT", 0.2612, Some((0.1213, 0.3909)), 184),
        r(
            "treatment.cbtp",
            "CBTp",
            0.1925,
            Some((-0.0651, 0.4265)),
            60,
        ),
        r("treatment.act", "ACT", 0.2377, Some((0.0377, 0.4196)), 97),
        r(
            "treatment.psychodynamic",
            "psychodynamic",
            0.3042,
            Some((0.1206, 0.4682)),
            104,
        ),
        r(
            "treatment.mbt",
            "mentalisation-based treatment for borderline personality disorder",
            0.1508,
            Some((-0.0627, 0.3511)),
            88,
        ),
        r("treatment.emdr", "EMDR", 0.0, None, 4).suppressed("fewer than 5 clients"),
        r(
            "diagnosis.depression",
            "depression",
            0.2526,
            Some((0.1316, 0.3664)),
            249,
        ),
        r(
            "diagnosis.anxiety",
            "anxiety",
            0.2175,
            Some((0.0609, 0.3637)),
            153,
        ),
        r(
            "diagnosis.psychosis",
            "psychosis",
            0.2081,
            Some((-0.0001, 0.3993)),
            92,
        ),
        r("diagnosis.ptsd", "PTSD", 0.0, None, 48).not_estimable("the outcome does not vary"),
        r(
            "cbt",
            "CBT in any form",
            0.2402,
            Some((0.1184, 0.3547)),
            244,
        ),
        r(
            "psychosis",
            "psychosis spectrum",
            0.2081,
            Some((-0.0001, 0.3993)),
            92,
        ),
    ]
}

trait OtherTerm {
    fn post(self) -> Self;
}

impl OtherTerm for Estimate {
    /// The same row for another outcome, which the forest must leave out.
    fn post(mut self) -> Estimate {
        self.term = "post".into();
        self.id = self.id.replace(".partial", ".post");
        self
    }
}

fn scatter() -> BinnedScatter {
    let bins = (0..10).map(f64::from).map(|i| {
        let x = 33.4 + 2.31 * i + 0.4 * libm::sin(i * 2.0);
        let y = -2.4 + 0.47 * i + 0.8 * libm::cos(i * 2.1);
        ScatterBin {
            x,
            y,
            y_low: y - 1.41,
            y_high: y + 1.41,
            n: 54 + u64::from(i < 2.0),
        }
    });
    let band = (0..9).map(f64::from).map(|i| {
        let x = 31.0 + 3.2 * i;
        let y = -9.21 + 0.2087 * x;
        let half = 0.42 + 0.0035 * (x - 43.8) * (x - 43.8);
        (x, y - half, y + half)
    });
    BinnedScatter {
        x_label: "early alliance (WAI-SR, 12 to 60 points, higher is better)".into(),
        y_label: "outcome adjusted for intake (PHQ-9 points turned so that higher is better; 0 is the clinic's mean)".into(),
        n: 542,
        bins: bins.collect(),
        line: Line { intercept: -9.21, slope: 0.2087, conf_level: 0.95, band: band.collect() },
        points: vec![],
    }
}

fn distribution(group: &str, label: &str, mean: f64, stretch: f64, n: u64) -> Distribution {
    let bin = |low: f64, high: f64| {
        let density = |x: f64| {
            libm::exp(-0.5 * ((x - mean) / (6.4 * stretch)) * ((x - mean) / (6.4 * stretch)))
        };
        let area = density((low + high) / 2.0) * (high - low) / (6.4 * stretch * 2.5066);
        Bin {
            low,
            high,
            n: (area * n as f64).round() as u64,
        }
    };
    let mut bins: Vec<Bin> = (0..11)
        .map(f64::from)
        .map(|i| bin(33.0 + 2.0 * i, 35.0 + 2.0 * i))
        .collect();
    bins.insert(0, bin(24.0, 33.0));
    bins.push(bin(55.0, 60.0));
    Distribution {
        group: group.into(),
        label: label.into(),
        n,
        mean,
        sd: 6.4137 * stretch,
        bins,
    }
}

fn difference(
    term: &str,
    scale: Scale,
    d: f64,
    (low, high): (f64, f64),
    level: f64,
    n: usize,
) -> Estimate {
    Estimate::new(
        "online_vs_in_person",
        "",
        term,
        scale,
        "online minus in person",
    )
    .labelled("online − in person")
    .with_estimate(d)
    .with_interval(low, high, level)
    .with_n(n)
}

fn online_vs_in_person() -> Answer {
    let mut online = answer(
        "online_vs_in_person",
        "Is it the same online and in person?",
    );
    online.estimates = vec![
        difference(
            "correlation",
            Scale::DifferenceOfCorrelations,
            -0.0441,
            (-0.2108, 0.1236),
            0.95,
            504,
        ),
        difference(
            "correlation.ci90",
            Scale::DifferenceOfCorrelations,
            -0.0441,
            (-0.1841, 0.0967),
            0.90,
            504,
        ),
        difference(
            "alliance",
            Scale::Points,
            -0.6213,
            (-1.7441, 0.5015),
            0.95,
            504,
        ),
        difference(
            "alliance.ci90",
            Scale::Points,
            -0.6213,
            (-1.5631, 0.3205),
            0.90,
            504,
        ),
        difference(
            "alliance.g",
            Scale::StandardDeviations,
            -0.097,
            (-0.27, 0.08),
            0.95,
            504,
        ),
    ];
    online.verdicts = vec![
        VerdictOn {
            estimate_id: "online_vs_in_person.correlation".into(),
            verdict: Verdict::NotDistinguishable,
            bound: 0.1,
        },
        VerdictOn {
            estimate_id: "online_vs_in_person.alliance".into(),
            verdict: Verdict::Equivalent,
            bound: 1.9241,
        },
    ];
    online.displays = vec![Display::Distributions(Distributions {
        x_label: "early alliance (WAI-SR, 12 to 60 points, higher is better)".into(),
        groups: vec![
            distribution("online", "online", 43.56, 1.02, 237),
            distribution("in_person", "in person", 44.18, 0.98, 267),
        ],
    })];
    online
}

fn courses_of(sessions: u32) -> Courses {
    let course =
        |score: &str, label: &str, y_label: &str, start: f64, change: f64, n: f64| Course {
            score: score.into(),
            y_label: y_label.into(),
            group: label.replace(' ', "_"),
            label: label.into(),
            points: (1..=sessions)
                .map(|session| {
                    let s = f64::from(session);
                    let mean = start + change * libm::log(s);
                    let n = (n * libm::exp(-0.07 * (s - 1.0))).round();
                    let half = 1.96 * 6.4 / n.sqrt();
                    CoursePoint {
                        session,
                        mean,
                        conf_low: mean - half,
                        conf_high: mean + half,
                        n: n as u64,
                    }
                })
                .collect(),
        };
    let alliance = "Alliance (WAI-SR, 12 to 60 points, higher is better)";
    let symptom = "Symptoms (PHQ-9, 0 to 27 points, lower is better)";
    Courses {
        courses: vec![
            course("alliance", "online", alliance, 41.1, 2.2, 237.0),
            course("alliance", "in person", alliance, 41.9, 2.1, 267.0),
            course("alliance", "hybrid", alliance, 40.2, 2.6, 38.0),
            course("symptom", "online", symptom, 15.8, -2.5, 237.0),
            course("symptom", "in person", symptom, 15.4, -2.6, 267.0),
        ],
    }
}

fn variants() -> Vec<Estimate> {
    let row = |term: &str, label: &str, x: f64, low: f64, high: f64, n: usize| {
        Estimate::new(
            "sensitivity",
            term,
            "partial",
            Scale::Correlation,
            "partial correlation",
        )
        .labelled(label)
        .with_estimate(x)
        .with_interval(low, high, 0.95)
        .with_n(n)
    };
    vec![
        row(
            "session_3",
            "alliance in session 3 alone",
            0.1962,
            0.1091,
            0.2803,
            489,
        ),
        row(
            "sessions_1_3",
            "mean of sessions 1 to 3",
            0.2153,
            0.1331,
            0.2945,
            538,
        ),
        row(
            "sessions_3_5",
            "mean of sessions 3 to 5",
            0.2419,
            0.1589,
            0.3215,
            511,
        ),
        row("last", "last rating", 0.3188, 0.2411, 0.3925, 542),
        row(
            "longer",
            "without clients whose whole treatment lies inside the window",
            0.2267,
            0.1372,
            0.3125,
            461,
        ),
        row(
            "therapists",
            "bootstrap of whole therapists",
            0.0,
            0.0,
            0.0,
            0,
        )
        .not_measured("there is no column therapist_id"),
    ]
}

fn published() -> Vec<PublishedResult> {
    let result = |id: &str,
                  group: &str,
                  population: &str,
                  k: Option<u32>,
                  n: Option<u32>,
                  r: f64,
                  interval: Option<(f64, f64)>,
                  year: u32,
                  citation: &str| {
        PublishedResult {
            id: id.into(),
            topic: QUESTION.into(),
            group: group.into(),
            population: population.into(),
            studies: k,
            clients: n,
            scale: "r".into(),
            estimate: r,
            conf_low: interval.map(|i| i.0),
            conf_high: interval.map(|i| i.1),
            conf_level: interval.map(|_| 0.95),
            prediction_low: None,
            prediction_high: None,
            prediction_level: None,
            year,
            citation: citation.into(),
            doi: None,
            confidence: PublishedConfidence::Abstract,
            note: None,
        }
    };
    let online = PublishedResult {
        prediction_low: Some(-0.02),
        prediction_high: Some(0.49),
        prediction_level: Some(0.95),
        ..result(
            "internet_2019",
            "delivery.online",
            "internet-based",
            Some(18),
            Some(1177),
            0.252,
            Some((0.19, 0.31)),
            2019,
            "Probst, Berger & Flückiger (2019), Verhaltenstherapie",
        )
    };
    vec![
        result(
            "flueckiger_2018",
            "overall",
            "adults",
            Some(295),
            Some(30_000),
            0.278,
            Some((0.256, 0.299)),
            2018,
            "Flückiger, Del Re, Wampold & Horvath (2018), Psychotherapy",
        ),
        result(
            "horvath_2011",
            "overall",
            "adults",
            Some(190),
            Some(14_000),
            0.275,
            Some((0.25, 0.30)),
            2011,
            "Horvath, Del Re, Flückiger & Symonds (2011), Psychotherapy",
        ),
        result(
            "flueckiger_2018_online",
            "delivery.online",
            "internet-based",
            Some(23),
            None,
            0.275,
            None,
            2018,
            "Flückiger, Del Re, Wampold & Horvath (2018), Psychotherapy",
        ),
        online,
        result(
            "cameron_2018",
            "cbt",
            "CBT for depression",
            None,
            None,
            0.26,
            Some((0.19, 0.32)),
            2018,
            "Cameron, Rodgers & Dagnan (2018), Clin Psychol Psychother",
        ),
        result(
            "bourke_2021",
            "psychosis",
            "psychosis; client-rated; global symptoms",
            Some(24),
            Some(1656),
            0.29,
            None,
            2021,
            "Bourke, Barker & Fornells-Ambrojo (2021), Psychol Psychother",
        ),
    ]
}

/// The clinic of these findings.
pub fn analysed(findings: &mut Findings) -> &mut ClinicAnalysis {
    match &mut findings.subject {
        Subject::Clinic(clinic) => clinic,
        Subject::Meta(_) => unreachable!("these are the findings of a clinic"),
    }
}
