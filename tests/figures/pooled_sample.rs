//! Made-up poolings: a common one, and the edges of what its figures must bear.

use alliance::findings::pooled::*;
use alliance::findings::{Display, Findings};

use super::sample;

const NAMES: [&str; 5] = [
    "Horvath & Greenberg",
    "Gaston et al.",
    "The Vanderbilt Collaborative Psychotherapy Research Group for Brief Dynamic Therapy",
    "Flückiger, Del Re & Wampold",
    "Luborsky",
];

/// What a pooling is made of.
struct Made {
    studies: usize,
    /// Effects of the study at a place.
    effects: fn(usize) -> usize,
    /// Clients of the study at a place.
    clients: fn(usize) -> u64,
    /// How far the correlations lie apart, in z.
    apart: f64,
    /// The level of the moderator of an effect.
    subgroup: fn(usize) -> Option<&'static str>,
}

/// Ten studies, two of them with several effects, in three subgroups, one of a single study.
pub fn common() -> Findings {
    let made = Made {
        studies: 10,
        effects: |study| [1, 3, 1, 2, 1][study % 5],
        clients: |study| [47, 138, 9, 60, 211, 32, 88, 14, 173, 25][study],
        apart: 0.25,
        subgroup: |effect| Some(["client", "therapist", "client", "client"][effect % 4]),
    };
    let mut forest = made.forest();
    forest.effects[15].subgroup = None;
    if let Some(last) = forest.effects.iter_mut().find(|e| e.study.contains("1984")) {
        last.subgroup = Some("observer".into());
    }
    forest.subgroups = ["client", "therapist", "observer"]
        .map(|label| subgroup(&forest, label))
        .to_vec();
    let mut findings = made.findings(&forest);
    let displays = &mut findings.answers[1].displays;
    displays.push(Display::Bubble(bubble(
        &forest,
        "year of publication",
        1980.0,
    )));
    displays.push(Display::Bubble(bubble(
        &forest,
        "number of sessions before the alliance was rated, as far as the study tells it",
        3.0,
    )));
    for display in displays {
        if let Display::Funnel(funnel) = display {
            funnel.filled_z = Some(0.21);
            let filled = [(-0.31, 0.35), (-0.12, 0.28), (-0.44, 0.30)];
            funnel
                .points
                .extend(filled.map(|(z, std_error)| FunnelPoint {
                    label: "filled".into(),
                    z,
                    std_error,
                    filled: true,
                }));
        }
    }
    findings
}

/// The fewest that can be pooled, both alike: no variation, nothing on the other side of zero.
pub fn two() -> Findings {
    let made = Made {
        studies: 2,
        effects: |_| 1,
        clients: |study| [28, 160][study],
        apart: 0.0,
        subgroup: |_| None,
    };
    let mut findings = made.findings(&made.forest());
    for display in &mut findings.answers[1].displays {
        match display {
            Display::Funnel(funnel) => funnel.egger = None,
            Display::Profiles(profiles) => {
                for profile in &mut profiles.profiles {
                    profile.estimate = 0.0;
                    profile.interval = Some((0.0, 0.3));
                    for (x, y) in &mut profile.points {
                        *y = -10.0 - *x;
                    }
                    profile.cutoff = -11.9;
                }
            }
            _ => {}
        }
    }
    findings
}

/// Tiny studies: intervals from −1 to 1, and only filled points in the funnel.
pub fn huge_intervals() -> Findings {
    let made = Made {
        studies: 6,
        effects: |_| 1,
        clients: |_| 4,
        apart: 1.6,
        subgroup: |_| None,
    };
    let mut findings = made.findings(&made.forest());
    for display in &mut findings.answers[1].displays {
        if let Display::Funnel(funnel) = display {
            funnel
                .points
                .iter_mut()
                .for_each(|point| point.filled = true);
        }
    }
    findings
}

/// As many studies as anybody has pooled.
pub fn three_hundred() -> Findings {
    with_rows(300)
}

/// Some number of studies with one effect each.
pub fn with_rows(studies: usize) -> Findings {
    let made = Made {
        studies,
        effects: |_| 1,
        clients: |study| 12 + (study as u64 * 37) % 290,
        apart: 0.3,
        subgroup: |_| None,
    };
    let forest = made.forest();
    let mut findings = made.findings(&forest);
    let bubble = bubble(&forest, "year of publication", 1980.0);
    findings.answers[1].displays.push(Display::Bubble(bubble));
    findings
}

/// The sites of a clinic.
pub fn sites() -> Findings {
    let made = Made {
        studies: 4,
        effects: |_| 1,
        clients: |site| [130, 88, 41, 61][site],
        apart: 0.12,
        subgroup: |_| None,
    };
    let mut forest = made.forest();
    forest.unit = "site".into();
    forest.overall.label = "all 4 sites".into();
    let names = ["North", "South", "Outpatient department Zürich", "Online"];
    for (effect, name) in forest.effects.iter_mut().zip(names) {
        effect.study = name.into();
    }
    let mut findings = sample::empty();
    let mut answer = sample::answer("sites", "Do the sites differ?");
    answer.displays = vec![Display::PooledForest(forest)];
    findings.answers.push(answer);
    findings
}

/// A clinic that has sites among its answers.
pub fn clinic_with_sites() -> Findings {
    let mut findings = sample::clinic();
    findings.answers.extend(sites().answers);
    findings
}

impl Made {
    fn name(&self, study: usize) -> String {
        let year = 1980 + study % 40;
        format!(
            "{} {year}{}",
            NAMES[study % NAMES.len()],
            ["", "b", "c", "d", "e", "f", "g", "h"][study / 40]
        )
    }

    fn forest(&self) -> PooledForest {
        let mut effects = Vec::new();
        for study in 0..self.studies {
            let (n, several) = ((self.clients)(study), (self.effects)(study));
            let std_error = 1.0 / ((n - 3) as f64).sqrt();
            for i in 0..several {
                let z = 0.28 + self.apart * libm::sin(effects.len() as f64 * 2.3 + 0.4);
                effects.push(PooledEffect {
                    study: self.name(study),
                    effect: (several > 1).then(|| format!("WAI, outcome {}", i + 1)),
                    r: libm::tanh(z),
                    conf_low: libm::tanh(z - 1.96 * std_error),
                    conf_high: libm::tanh(z + 1.96 * std_error),
                    n,
                    weight: 1.0 / (std_error * std_error + 0.02) / several as f64,
                    subgroup: (self.subgroup)(effects.len()).map(str::to_owned),
                });
            }
        }
        let all: f64 = effects.iter().map(|effect| effect.weight).sum();
        effects
            .iter_mut()
            .for_each(|effect| effect.weight *= 100.0 / all);
        let varies = self.apart > 0.0;
        PooledForest {
            conf_level: 0.95,
            unit: "study".into(),
            overall: PooledValue {
                label: format!("all {} studies", self.studies),
                r: 0.2687,
                conf_low: 0.146,
                conf_high: 0.384,
                prediction_low: varies.then_some(-0.157),
                prediction_high: varies.then_some(0.609),
                k: effects.len() as u64,
                studies: self.studies as u64,
                n: (0..self.studies).map(|study| (self.clients)(study)).sum(),
            },
            effects,
            subgroups: vec![],
            method: "three-level REML, CR2".into(),
        }
    }

    fn findings(&self, forest: &PooledForest) -> Findings {
        let mut findings = sample::empty();
        let mut pooled = sample::answer("pooled", "How strongly does it go with outcome?");
        pooled.displays = vec![Display::PooledForest(forest.clone())];
        let mut more = sample::answer("bias", "Do small studies find something else?");
        more.displays = vec![
            Display::Orchard(orchard(forest)),
            Display::Funnel(funnel(forest)),
            Display::Baujat(baujat(forest)),
            Display::LeaveOneOut(self.leave_one_out(forest)),
            Display::Profiles(profiles()),
        ];
        findings.answers = vec![pooled, more];
        findings
    }

    fn leave_one_out(&self, forest: &PooledForest) -> LeaveOneOut {
        let rows = (0..self.studies).map(|study| {
            let r = forest.overall.r + 0.03 * libm::sin(study as f64);
            LeftOut {
                label: self.name(study),
                r,
                conf_low: r - 0.13,
                conf_high: r + 0.12,
            }
        });
        LeaveOneOut {
            conf_level: 0.95,
            unit: "study".into(),
            overall: forest.overall.clone(),
            rows: rows.collect(),
        }
    }
}

fn label(effect: &PooledEffect) -> String {
    match &effect.effect {
        Some(which) => format!("{}, {which}", effect.study),
        None => effect.study.clone(),
    }
}

fn std_error(effect: &PooledEffect) -> f64 {
    1.0 / ((effect.n - 3) as f64).sqrt()
}

/// Somewhere near its effects; without a prediction interval where there is one effect.
fn subgroup(forest: &PooledForest, label: &str) -> PooledValue {
    let effects: Vec<&PooledEffect> = members(forest, label).collect();
    let middle = effects.iter().map(|effect| effect.r).sum::<f64>() / effects.len() as f64;
    let predicted = effects.len() > 1;
    PooledValue {
        label: label.into(),
        r: middle,
        conf_low: middle - 0.14,
        conf_high: middle + 0.13,
        prediction_low: predicted.then_some(middle - 0.4),
        prediction_high: predicted.then_some(middle + 0.35),
        k: effects.len() as u64,
        studies: effects.chunk_by(|a, b| a.study == b.study).count() as u64,
        n: effects.iter().map(|effect| effect.n).sum(),
    }
}

fn members<'a>(forest: &'a PooledForest, label: &str) -> impl Iterator<Item = &'a PooledEffect> {
    let of_group = move |effect: &&PooledEffect| effect.subgroup.as_deref() == Some(label);
    let members: Vec<&PooledEffect> = forest.effects.iter().filter(of_group).collect();
    members.into_iter()
}

fn orchard(forest: &PooledForest) -> Orchard {
    let point = |effect: &PooledEffect| (effect.r, 1.0 / std_error(effect));
    let whole = OrchardTrunk {
        value: forest.overall.clone(),
        effects: forest.effects.iter().map(point).collect(),
    };
    let groups = forest.subgroups.iter().map(|value| OrchardTrunk {
        value: value.clone(),
        effects: members(forest, &value.label).map(point).collect(),
    });
    Orchard {
        conf_level: 0.95,
        trunks: std::iter::once(whole).chain(groups).collect(),
    }
}

fn funnel(forest: &PooledForest) -> Funnel {
    let points = forest.effects.iter().map(|effect| FunnelPoint {
        label: label(effect),
        z: libm::atanh(effect.r),
        std_error: std_error(effect),
        filled: false,
    });
    Funnel {
        points: points.collect(),
        pooled_z: libm::atanh(forest.overall.r),
        contours: vec![(0.10, 1.645), (0.05, 1.96), (0.01, 2.576)],
        egger: Some(EggerLine {
            intercept: 0.19,
            slope: 0.8,
            p_value: 0.034,
        }),
        filled_z: None,
    }
}

fn baujat(forest: &PooledForest) -> Baujat {
    let points = forest.effects.iter().map(|effect| {
        let away = (libm::atanh(effect.r) - 0.2755) / libm::hypot(std_error(effect), 0.14);
        BaujatPoint {
            label: label(effect),
            heterogeneity: away * away,
            influence: away * away * effect.weight / 100.0,
        }
    });
    Baujat {
        points: points.collect(),
    }
}

fn bubble(forest: &PooledForest, moderator: &str, from: f64) -> Bubble {
    let x = |i: usize| from + (i * 7 % 40) as f64;
    let points = forest
        .effects
        .iter()
        .enumerate()
        .map(|(i, effect)| BubblePoint {
            label: label(effect),
            x: x(i),
            r: effect.r,
            weight: effect.weight,
        });
    let line = (0..=10).map(|i| {
        let share = f64::from(i) / 10.0;
        let (r, half) = (
            0.32 - 0.1 * share,
            0.08 + 0.2 * (share - 0.5) * (share - 0.5),
        );
        (from + 39.0 * share, r, r - half, r + half)
    });
    Bubble {
        moderator: moderator.into(),
        conf_level: 0.95,
        points: points.collect(),
        line: line.collect(),
        p_value: Some(0.21),
    }
}

fn profiles() -> Profiles {
    let profile = |component: &str, estimate: f64| Profile {
        component: component.into(),
        estimate,
        interval: Some((estimate * 0.3, estimate * 3.4)),
        conf_level: 0.95,
        cutoff: 118.1,
        points: (0..=40)
            .map(|i| {
                let x = estimate * f64::from(i) / 8.0;
                let away = libm::log((x + estimate * 0.05) / (estimate * 1.05));
                (x, 120.0 - 1.4 * away * away)
            })
            .collect(),
    };
    Profiles {
        profiles: vec![
            profile("between studies", 0.036),
            profile("between effects of a study", 0.0079),
        ],
    }
}
