//! Made-up mixed models: a common clinic, and the edges of what their figures must bear.

use alliance::findings::mixed::*;
use alliance::findings::{Answer, Display, Estimate, Findings, Scale};

use super::sample;

const RATING: &str = "early alliance (WAI-SR, points)";
const OUTCOME: &str = "outcome (PHQ-9 adjusted for intake, points turned so that higher is better)";

/// A clinic with 45 therapists and 312 clients whose sessions were followed.
pub fn common() -> Findings {
    of(
        vec![
            panel(RATING, 43, 2, Some((0.021, 0.1504)), 1.0),
            panel(OUTCOME, 43, 2, None, 0.4),
        ],
        next_session(-0.0481, 0.0122),
        growth(12, 1),
        levels(),
    )
}

/// Two therapists, two sessions, next to nothing known.
pub fn two() -> Findings {
    let mut growth = growth(1, 1);
    growth.clients = 11;
    let mut next = next_session(-0.0481, 0.0122);
    next.line.truncate(1);
    next.effects.truncate(1);
    let mut levels = levels();
    levels.truncate(1);
    of(
        vec![panel(RATING, 2, 1, Some((0.0, 0.94)), 1.0)],
        next,
        growth,
        levels,
    )
}

/// As many therapists as there are, and sixty sessions.
pub fn many() -> Findings {
    let mut levels = levels();
    for estimate in &mut levels {
        estimate.label = format!(
            "{}, without clients whose whole treatment lies inside the window",
            estimate.label
        );
    }
    of(
        vec![
            panel(RATING, 200, 31, Some((0.058, 0.094)), 1.0),
            panel(OUTCOME, 187, 1, Some((0.0, 0.0002)), 0.02),
        ],
        next_session(-0.00031, 0.000_09),
        growth(60, 3),
        levels,
    )
}

/// Few clients: intervals many times as wide as what they are about, and long labels.
pub fn huge_intervals() -> Findings {
    let mut next = next_session(2.31, 41.7);
    for effect in &mut next.effects {
        effect.label = format!(
            "{} in clients of whom there were at least five sessions in a row",
            effect.label
        );
    }
    next.x_label = format!(
        "{}, which the clients filled in on paper or on a screen after each of their sessions",
        next.x_label
    );
    let mut growth = growth(5, 1);
    for at in &mut growth.mean {
        (at.2, at.3) = (at.1 - 160.0, at.1 + 240.0);
    }
    let mut levels = levels();
    levels[0] = levels[0].clone().with_interval(-0.98, 0.99, 0.95);
    levels[1] = levels[1].clone().suppressed("fewer than 5 clients");
    levels[2] = levels[2].clone().not_estimable("the outcome does not vary");
    of(
        vec![panel(OUTCOME, 5, 0, Some((0.0, 1.0)), 60.0)],
        next,
        growth,
        levels,
    )
}

fn of(
    panels: Vec<CaterpillarPanel>,
    next: NextSession,
    growth: Growth,
    levels: Vec<Estimate>,
) -> Findings {
    let mut findings = sample::empty();
    let answered = |question: &str, display: Display| Answer {
        displays: vec![display],
        ..sample::answer(question, "What do the models say?")
    };
    let mut correlations = sample::answer("multilevel_correlation", "On which level?");
    correlations.estimates = levels;
    findings.answers = vec![
        answered("therapists", Display::Caterpillar(Caterpillar { panels })),
        correlations,
        answered("next_session", Display::NextSession(next)),
        answered("growth", Display::Growth(growth)),
    ];
    findings
}

fn panel(
    label: &str,
    drawn: usize,
    not_drawn: u64,
    icc: Option<(f64, f64)>,
    wide: f64,
) -> CaterpillarPanel {
    let (low, high) = icc.unzip();
    let effects = (0..drawn).map(|i| {
        let place = (i as f64 + 0.5) / drawn as f64 * 2.0 - 1.0;
        let effect = (1.9 * place + 0.9 * place * place * place) * wide;
        let half = (2.2 + 0.7 * libm::sin(i as f64 * 2.7)) * wide;
        CaterpillarEffect {
            effect,
            low: effect - half,
            high: effect + half,
        }
    });
    CaterpillarPanel {
        label: label.into(),
        conf_level: 0.95,
        icc: match icc {
            Some((low, high)) => low + (high - low) * 0.42,
            None => 0.0417,
        },
        icc_low: low,
        icc_high: high,
        therapists: drawn as u64 + not_drawn,
        not_drawn,
        effects: effects.collect(),
    }
}

fn next_session(slope: f64, std_error: f64) -> NextSession {
    let line = (-6..=6).map(|i| {
        let x = f64::from(i) * 0.5;
        let half = 1.96 * std_error * x.abs();
        (x, slope * x, slope * x - half, slope * x + half)
    });
    let effect = |label: &str, estimate: f64, std_error: f64| NextSessionEffect {
        label: label.into(),
        estimate,
        low: estimate - 1.96 * std_error,
        high: estimate + 1.96 * std_error,
    };
    NextSession {
        x_label: "rating of this session against the client's own mean (SRS, points)".into(),
        y_label: "change of the next score (PHQ-9, points, lower is better)".into(),
        conf_level: 0.95,
        line: line.collect(),
        effects: vec![
            effect("alliance → next symptoms", slope, std_error),
            effect("clients within therapists", slope * 0.97, std_error * 1.1),
            effect("detrended", slope * 0.6, std_error * 1.2),
            effect("symptoms → next alliance", slope * 1.4, std_error * 0.9),
        ],
        clients: 312,
        pairs: 2904,
    }
}

fn growth(sessions: u32, every: u32) -> Growth {
    let at = |session: u32| {
        let s = f64::from(session);
        (s, 41.3 + 2.4 * libm::log(s))
    };
    let steps = (1..=sessions).step_by(every as usize);
    let half = |s: f64| 0.6 + 0.02 * (s - 6.0) * (s - 6.0) / f64::from(sessions);
    Growth {
        y_label: "alliance (WAI-SR, 12 to 60 points, higher is better)".into(),
        conf_level: 0.95,
        mean: steps
            .clone()
            .map(at)
            .map(|(s, y)| (s, y, y - half(s), y + half(s)))
            .collect(),
        spread: steps
            .clone()
            .map(at)
            .map(|(s, y)| (s, y - 7.1 - 0.05 * s, y + 7.1 + 0.05 * s))
            .collect(),
        spread_share: 0.8,
        clients: 312,
    }
}

fn levels() -> Vec<Estimate> {
    let row = |level: &str, label: &str, r: f64, (low, high): (f64, f64), n: usize| {
        Estimate::new(
            "multilevel_correlation",
            level,
            "",
            Scale::Correlation,
            "correlation on one level",
        )
        .labelled(label)
        .with_estimate(r)
        .with_interval(low, high, 0.95)
        .with_n(n)
    };
    vec![
        row("within", "within clients", 0.1183, (0.0712, 0.1649), 298).with_k(2904),
        row("between", "between clients", 0.3371, (0.2311, 0.4361), 312),
        row(
            "total",
            "all sessions together",
            0.2417,
            (0.1706, 0.3101),
            312,
        )
        .with_k(3216),
        row(
            "repeated_measures",
            "within clients, repeated measures",
            0.1207,
            (0.0823, 0.1587),
            298,
        )
        .with_k(2904),
    ]
}
