//! Made-up answers on technique, the first sessions and change: a common clinic, and the edges of
//! what their figures must bear.

use alliance::findings::*;

use super::sample;

const SCORE: &str = "PHQ-9 (0 to 27 points, lower is better)";
const RULES: [&str; 2] = ["NHS Talking Therapies", "Jacobson–Truax"];
const SMALL_CELL: &str = "fewer than 5 clients in it or in what could be computed from it";

/// A clinic of 312 clients, 118 of them in CBT.
pub fn common() -> Findings {
    of(technique(), three_sessions(10), change(phq9()))
}

/// Two sessions, two values along technique, two squares, one rule.
pub fn two() -> Findings {
    let mut technique = technique();
    let lines = &mut interaction(&mut technique).lines;
    lines.remove(1);
    for line in lines {
        line.line = vec![line.line[0], line.line[20]];
    }
    let mut change = change(phq9());
    let data = pre_post(&mut change);
    data.squares = vec![
        square(12.0, 6.0, Count::Exactly(9)),
        square(15.0, 9.0, Count::Exactly(6)),
    ];
    data.n = 15;
    data.reliable_changes.truncate(1);
    data.cutoffs.clear();
    for e in &mut change.estimates {
        *e = e.clone().with_n(15);
    }
    of(technique, three_sessions(2), change)
}

/// Few clients: intervals many times as wide as what they are about, and long names.
pub fn huge_intervals() -> Findings {
    let mut technique = technique();
    let data = interaction(&mut technique);
    data.x_label = "adherence to the manual and competence in cognitive behavioural technique as rated by two independent observers of tape recordings (CTS-R, points above the mean of these clients)".into();
    for line in &mut data.lines {
        for at in &mut line.line {
            (at.2, at.3) = (at.1 - 60.0 - at.0.abs(), at.1 + 90.0 + at.0.abs());
        }
    }
    for e in &mut technique.estimates {
        *e = e.clone().with_interval(-14.1, 18.9, 0.95);
    }
    let mut sessions = three_sessions(10);
    for e in &mut sessions.estimates {
        let wide = match e.scale {
            Scale::Correlation => (-0.93, 0.98),
            _ => (-2.9, 4.1),
        };
        *e = e.clone().with_interval(wide.0, wide.1, 0.9);
    }
    for verdict in &mut sessions.verdicts {
        verdict.verdict = Verdict::NotDistinguishable;
    }
    let mut change = change(phq9());
    let data = pre_post(&mut change);
    data.score = "Clinical Outcomes in Routine Evaluation, Outcome Measure, total score (0 to 136 points, lower is better)".into();
    for (i, square) in data.squares.iter_mut().enumerate() {
        square.n = Count::Exactly(1_000 + 3_137 * i as u64);
    }
    data.reliable_changes[0].points = 5.2;
    data.reliable_changes[1].points = 26.9;
    data.reliable_changes.push(ReliableChangeRule {
        rule: "a rule with more points than the measure has".into(),
        points: 41.0,
        inclusive: false,
    });
    data.cutoffs[1].score = 10.0;
    of(technique, sessions, change)
}

/// No number may be shown but those that say for how many clients.
pub fn all_suppressed() -> Findings {
    let mut findings = common();
    for answer in &mut findings.answers {
        answer.verdicts.clear();
        for e in &mut answer.estimates {
            *e = e.clone().suppressed(SMALL_CELL);
        }
    }
    for square in &mut pre_post(&mut findings.answers[2]).squares {
        square.n = Count::Suppressed;
    }
    findings
}

/// A measure of functioning: a rise is an improvement; half of the sessions have no number.
pub fn higher_is_better() -> Findings {
    let mut sessions = three_sessions(9);
    for e in &mut sessions.estimates {
        let session: u32 = e.group.chars().take(1).filter_map(|c| c.to_digit(10)).sum();
        *e = match session {
            1 | 2 => e.clone().not_estimable("the ratings do not vary"),
            7..=9 => e.clone().suppressed(SMALL_CELL),
            _ => e.clone(),
        };
    }
    let mut change = change(phq9());
    let data = pre_post(&mut change);
    data.score = "ORS (0 to 40 points, higher is better)".into();
    data.lower_is_better = false;
    for square in &mut data.squares {
        (square.pre, square.post) = (24.0 - square.pre + 6.0, 24.0 - square.post + 9.0);
    }
    data.reliable_changes = vec![reliable(RULES[1], 5.0, false)];
    data.cutoffs = vec![cutoff(RULES[1], 25.0, false)];
    for e in &mut change.estimates {
        if e.id.starts_with("change.nhs") {
            *e = e
                .clone()
                .not_measured("the rule is for lower-is-better measures");
        }
    }
    of(technique(), sessions, change)
}

pub fn interaction(answer: &mut Answer) -> &mut Interaction {
    match &mut answer.displays[0] {
        Display::Interaction(data) => data,
        other => panic!("{other:?} is no interaction"),
    }
}

pub fn pre_post(answer: &mut Answer) -> &mut PrePost {
    match &mut answer.displays[0] {
        Display::PrePost(data) => data,
        other => panic!("{other:?} is not of scores before and after"),
    }
}

fn of(technique: Answer, sessions: Answer, change: Answer) -> Findings {
    let mut findings = sample::empty();
    findings.answers = vec![technique, sessions, change];
    findings
}

fn technique() -> Answer {
    let strengths = [
        ("low", "1 SD below the mean", 36.2, -0.048),
        ("mean", "mean", 44.7, -0.162),
        ("high", "1 SD above the mean", 53.2, -0.276),
    ];
    let lines = strengths.map(|(_, label, at, slope)| InteractionLine {
        label: label.into(),
        at,
        line: (0..=20)
            .map(|i| {
                let x = 20.0 + 1.4 * f64::from(i);
                let away = x - 34.0;
                let y = 9.6 - 0.11 * (at - 44.7) + slope * away;
                let half = libm::sqrt(0.9 + 0.012 * away * away);
                (x, y, y - half, y + half)
            })
            .collect(),
    });
    let mut answer = sample::answer("cbt_technique", "Does technique work better?");
    answer.estimates = strengths
        .map(|(which, label, _, slope)| {
            estimate("cbt_technique", "technique_at", which, Scale::Slope)
                .labelled(label)
                .with_estimate(slope)
                .with_interval(slope - 0.118, slope + 0.118, 0.95)
                .with_n(118)
        })
        .to_vec();
    answer.estimates.push(
        estimate("cbt_technique", "", "alliance_x_technique", Scale::Slope)
            .with_estimate(-0.0134)
            .with_interval(-0.0241, -0.0027, 0.95)
            .with_p_value(0.0147)
            .with_n(118),
    );
    answer.displays = vec![Display::Interaction(Interaction {
        x_label: "technique (CTS-R, points)".into(),
        y_label: "score after treatment (PHQ-9, points, lower is better)".into(),
        moderator: "early alliance (WAI-SR, points)".into(),
        conf_level: 0.95,
        n: 118,
        lines: lines.to_vec(),
    })];
    answer
}

/// Ratings of so many sessions, of fewer clients in each.
fn three_sessions(last: u32) -> Answer {
    let mut answer = sample::answer("three_sessions", "Are three sessions magic?");
    for s in 1..=last {
        let at = f64::from(s);
        let n = 312 - 19 * (s as usize - 1);
        let half = 1.96 / libm::sqrt(n as f64);
        let r = 0.27 - 0.16 / at;
        answer.estimates.push(
            estimate("by_session", &s.to_string(), "partial", Scale::Correlation)
                .with_estimate(r)
                .with_interval(r - half, r + half, 0.95)
                .with_n(n),
        );
        let later = 0.83 - 0.31 / at;
        answer.estimates.push(
            estimate(
                "first_sessions",
                &s.to_string(),
                "later",
                Scale::Correlation,
            )
            .with_estimate(later)
            .with_interval(later - half * 0.6, later + half * 0.35, 0.95)
            .with_n(n),
        );
        let change = 0.52 / (at * at) + 0.01;
        let step = format!("{s}_{}", s + 1);
        let steps = Scale::StandardDeviations;
        let half = 1.645 / libm::sqrt(n as f64);
        let step = estimate("first_sessions", &step, "change.standardised", steps)
            .with_estimate(change)
            .with_interval(change - half, change + half, 0.9)
            .with_n(n - 19);
        if s < last {
            answer.verdicts.push(VerdictOn {
                estimate_id: step.id.clone(),
                verdict: match s {
                    1 | 2 => Verdict::Different,
                    3 => Verdict::Both,
                    _ => Verdict::Equivalent,
                },
                bound: 0.2,
            });
            answer.estimates.push(step);
        }
    }
    let early = estimate("alliance_outcome", "overall", "partial", Scale::Correlation)
        .with_estimate(0.2341)
        .with_interval(0.1263, 0.3362, 0.95)
        .with_n(312);
    answer.estimates.push(early);
    answer
}

fn phq9() -> PrePost {
    let count = |pre: u32, post: u32| {
        let (before, after) = (
            f64::from(pre) - 5.0,
            f64::from(post) - 0.45 * f64::from(pre),
        );
        let n = 24.0 * libm::exp(-(before * before) / 5.0 - after * after / 4.0);
        match n.round() as u64 {
            1..=4 => Count::Suppressed,
            n => Count::Exactly(n),
        }
    };
    let squares = (0..9).flat_map(|pre| (0..9).map(move |post| (pre, post)));
    PrePost {
        score: SCORE.into(),
        lower_is_better: true,
        n: 312,
        width: 3.0,
        squares: squares
            .map(|(pre, post)| {
                square(
                    f64::from(pre) * 3.0,
                    f64::from(post) * 3.0,
                    count(pre, post),
                )
            })
            .collect(),
        reliable_changes: vec![
            reliable(RULES[0], 6.0, true),
            reliable(RULES[1], 5.2041, false),
        ],
        cutoffs: vec![cutoff(RULES[0], 10.0, true), cutoff(RULES[1], 9.37, false)],
    }
}

fn change(data: PrePost) -> Answer {
    let mut answer = sample::answer("change", "Who changed?");
    let rate = |system: &str, term: &str, share: f64, (low, high): (f64, f64)| {
        estimate("change", system, term, Scale::Proportion)
            .with_estimate(share)
            .with_interval(low, high, 0.95)
            .with_n(312)
    };
    answer.estimates = vec![
        rate("nhs", "reliable_improvement_rate", 0.4712, (0.4163, 0.5267)),
        rate(
            "jacobson_truax",
            "improvement_rate",
            0.4904,
            (0.4353, 0.5457),
        ),
    ];
    answer.displays = vec![Display::PrePost(data)];
    answer
}

fn estimate(question: &str, group: &str, term: &str, scale: Scale) -> Estimate {
    Estimate::new(question, group, term, scale, "made up")
}

fn square(pre: f64, post: f64, n: Count) -> PrePostSquare {
    PrePostSquare { pre, post, n }
}

fn reliable(rule: &str, points: f64, inclusive: bool) -> ReliableChangeRule {
    ReliableChangeRule {
        rule: rule.into(),
        points,
        inclusive,
    }
}

fn cutoff(rule: &str, score: f64, inclusive: bool) -> CutoffRule {
    CutoffRule {
        rule: rule.into(),
        score,
        inclusive,
    }
}
