//! Does a better alliance go with a better outcome?
//!
//! Overall, by every level of every modality and for every named group; with a bootstrap of whole
//! therapists, the correction for attenuation, and the smallest correlation this many clients
//! could have shown.

use super::counts::blurred;
use super::sample::{Analysis, Complete, four_correlations};
use crate::findings::{Answer, BinnedScatter, Display, Estimate, Line, Scale, ScatterBin};
use crate::stats::Undefined;
use crate::stats::adjusted_line::adjusted_line;
use crate::stats::attenuation::{Reliability, corrected, corrected_interval, corrected_partial};
use crate::stats::bootstrap::{ClusterBootstrap, cluster_bootstrap};
use crate::stats::fisher::fisher_interval;
use crate::stats::interval::{Interval, Level};
use crate::stats::numeric::moments::{CrossProducts, Moments};
use crate::stats::numeric::random::{stream, uniform};
use crate::stats::power::{Plan, smallest_correlation};
use crate::study::HeadlineOutcome;

pub const QUESTION: &str = "alliance_outcome";

/// The fewest therapists whose resampling is shown.
const FEWEST_THERAPISTS: usize = 10;
/// The fewest clients whose single points may be drawn, on request.
const FEWEST_POINTS: usize = 20;

pub fn answer(analysis: &Analysis) -> Answer {
    let adjusted_for = usize::from(analysis.settings.outcome == HeadlineOutcome::Adjusted);
    let mut estimates = Vec::new();
    let mut displays = Vec::new();
    for shown in &analysis.groups {
        let complete = analysis.of_group(&shown.group);
        estimates.extend(four_correlations(
            QUESTION,
            shown,
            &complete,
            "early alliance",
            analysis,
        ));
        if shown.hidden.is_none() {
            estimates.push(detectable(
                &shown.group.key,
                &shown.group.label,
                complete.n(),
                adjusted_for,
            ));
        }
        if shown.group.key == "overall" && shown.hidden.is_none() {
            estimates.extend(therapist_bootstrap(analysis, &complete));
            estimates.extend(attenuation(analysis, &complete));
            displays.extend(scatter(analysis, &complete).map(Display::BinnedScatter));
        }
    }
    for (key, what) in [
        ("cbt", analysis.clients.has_treatment),
        ("psychosis", analysis.clients.has_diagnosis),
    ] {
        if !what {
            for estimate in estimates.iter_mut().filter(|e| e.group == key) {
                let column = if key == "cbt" {
                    "treatment"
                } else {
                    "diagnosis"
                };
                *estimate = estimate
                    .clone()
                    .not_measured(format!("the outcomes file has no column {column}"));
            }
        }
    }
    Answer {
        question: QUESTION.into(),
        title: "Does a better alliance go with a better outcome?".into(),
        not_measured: None,
        estimates,
        verdicts: Vec::new(),
        displays,
        caveats: caveats(analysis),
    }
}

fn caveats(analysis: &Analysis) -> Vec<String> {
    let mut caveats = vec![
        "A correlation between clients does not show that a better alliance causes a better outcome: early improvement can raise the alliance, and clients who do well may rate everything higher.".to_owned(),
        "The intervals of single groups treat clients as independent. Clients who share a therapist are not; for all clients together the bootstrap of whole therapists allows for it.".to_owned(),
        "Clients without a second score are left out; if those who left early rated their alliance lower, the correlation is likely to be too small or too large.".to_owned(),
    ];
    if analysis.alliance_measure().is_none() {
        caveats.push("The alliance questionnaire is not named, so its range was not checked and its reliability is not known.".into());
    }
    caveats
}

/// The smallest correlation that `n` clients would have shown with 80 % power.
fn detectable(group: &str, label: &str, n: usize, adjusted_for: usize) -> Estimate {
    let estimate = Estimate::new(
        QUESTION,
        group,
        "detectable",
        Scale::Correlation,
        "smallest correlation detectable with 80 % power at α = .05, two-sided, by Fisher z",
    )
    .labelled(label)
    .with_n(n);
    match smallest_correlation(Plan::USUAL, n, adjusted_for) {
        Ok(r) => estimate.with_estimate(r),
        Err(reason) => estimate.not_estimable(reason),
    }
}

/// Percentile and BCa intervals of the partial correlation from resampling whole therapists.
fn therapist_bootstrap(analysis: &Analysis, complete: &Complete) -> Vec<Estimate> {
    let new = |term: &str, method: &str| {
        let group = "overall";
        Estimate::new(QUESTION, group, term, Scale::Correlation, method).labelled("All clients")
    };
    let replicates = analysis.settings.bootstrap_replicates;
    let estimates = [
        new(
            "partial.bootstrap",
            &format!(
                "partial correlation; percentile interval from {replicates} bootstrap samples of whole therapists"
            ),
        ),
        new(
            "partial.bca",
            &format!(
                "partial correlation; BCa interval from {replicates} bootstrap samples of whole therapists"
            ),
        ),
    ];
    if !analysis.clients.has.therapist {
        return estimates
            .into_iter()
            .map(|e| e.not_measured("the sessions file has no column therapist_id"))
            .collect();
    }
    // METHOD: a client without a recorded therapist is a caseload of one, so that n stays that of
    // the headline; such caseloads do not count towards the fewest therapists.
    let therapists = analysis.clients.therapists();
    let mut caseloads: std::collections::BTreeMap<u32, CrossProducts<3>> =
        std::collections::BTreeMap::new();
    let mut alone = Vec::new();
    for (at, &who) in complete.who.iter().enumerate() {
        let row = [complete.alliance[at], complete.post[at], complete.pre[at]];
        let caseload = match therapists[who] {
            Some(therapist) => caseloads.entry(therapist).or_default(),
            None => {
                alone.push(CrossProducts::empty());
                alone.last_mut().expect("one was just pushed")
            }
        };
        caseload.insert(&row).expect("scores are finite");
    }
    let recorded = caseloads.len();
    let clusters: Vec<CrossProducts<3>> = caseloads.into_values().chain(alone).collect();
    let found = if recorded < FEWEST_THERAPISTS {
        Err(Undefined::TooFewClusters {
            found: recorded,
            needed: FEWEST_THERAPISTS,
        })
    } else {
        let seed = analysis.settings.seed;
        complete.named(cluster_bootstrap(&clusters, replicates as usize, seed))
    };
    let bootstrap = match found {
        Ok(bootstrap) => bootstrap,
        Err(reason) => {
            return estimates
                .into_iter()
                .map(|e| e.not_estimable(reason))
                .collect();
        }
    };
    let [percentile, bca] = estimates;
    let fill = |estimate: Estimate, interval: Result<Interval, Undefined>, b: &ClusterBootstrap| {
        match interval {
            Ok(interval) => estimate
                .with_n(b.estimate().n())
                .with_k(b.clusters())
                .with_estimate(b.estimate().r())
                .with_std_error(b.std_error())
                .with_interval(interval.low(), interval.high(), interval.level().value()),
            Err(reason) => estimate.not_estimable(reason),
        }
    };
    vec![
        fill(percentile, bootstrap.percentile(analysis.level), &bootstrap),
        fill(bca, bootstrap.bca(analysis.level), &bootstrap),
    ]
}

/// What the correlation would be between scores without measurement error.
fn attenuation(analysis: &Analysis, complete: &Complete) -> Vec<Estimate> {
    let new = |term: &str, method: String| {
        Estimate::new(QUESTION, "overall", term, Scale::Correlation, &method)
            .labelled("All clients")
            .with_n(complete.n())
    };
    let alliance = analysis.alliance_measure().and_then(|m| m.reliability);
    let outcome = analysis.measure().reliability;
    let (Some(alliance), Some(outcome)) = (alliance, outcome) else {
        let what = if alliance.is_none() {
            "the alliance questionnaire"
        } else {
            "the outcome questionnaire"
        };
        return ["post.corrected", "partial.corrected"]
            .map(|term| {
                new(term, "corrected for attenuation".into())
                    .not_measured(format!("no reliability of {what} is known"))
            })
            .into();
    };
    let how = format!(
        "corrected for attenuation with reliabilities {} (alliance, {}) and {} (outcome, {}), taken as known",
        alliance.value,
        alliance.kind.in_words(),
        outcome.value,
        outcome.kind.in_words()
    );
    let simple = || -> Result<Estimate, Undefined> {
        let (x, y) = (
            Reliability::new(alliance.value)?,
            Reliability::new(outcome.value)?,
        );
        let observed = complete.headline(HeadlineOutcome::Post)?;
        let interval = corrected_interval(&fisher_interval(&observed, analysis.level)?, x, y)?;
        Ok(new(
            "post.corrected",
            format!("Pearson correlation with post, {how}; limits divided alike"),
        )
        .with_estimate(corrected(&observed, x, y)?)
        .with_interval(interval.low(), interval.high(), interval.level().value()))
    };
    let partial = || -> Result<Estimate, Undefined> {
        let (x, y) = (
            Reliability::new(alliance.value)?,
            Reliability::new(outcome.value)?,
        );
        let found = corrected_partial(&complete.products()?, [x, y, y], analysis.level);
        let found = complete.named(found)?;
        Ok(new("partial.corrected", format!("partial correlation from its three correlations, {how}; delta-method interval on Fisher's scale (std_error on that scale)"))
            .with_estimate(found.r)
            .with_std_error(found.std_error_z)
            .with_interval(found.interval.low(), found.interval.high(), found.interval.level().value()))
    };
    let or_reason = |found: Result<Estimate, Undefined>, term: &str| {
        found.unwrap_or_else(|reason| new(term, how.clone()).not_estimable(reason))
    };
    vec![
        or_reason(simple(), "post.corrected"),
        or_reason(partial(), "partial.corrected"),
    ]
}

/// Heights of the line are printed as a mean of so many clients would be.
const COARSE: usize = 10;

/// Bins of clients by early alliance, with the line of the adjusted outcome.
fn scatter(analysis: &Analysis, complete: &Complete) -> Option<BinnedScatter> {
    let line = adjusted_line(&complete.products().ok()?).ok()?;
    let measure = analysis.measure();
    let direction = measure
        .direction
        .expect("intake refuses unknown directions");
    // METHOD: the post score less what intake explains, on the questionnaire's own scale.
    let raw = |oriented: f64| direction.orient(oriented);
    let adjusted: Vec<f64> = complete
        .post
        .iter()
        .zip(&complete.pre)
        .map(|(post, pre)| raw(post - line.slope_of_z * (pre - line.mean_z)))
        .collect();
    let mut order: Vec<usize> = (0..complete.n()).collect();
    order.sort_by(|&a, &b| complete.alliance[a].total_cmp(&complete.alliance[b]));
    let bins = bins(
        &order,
        &complete.alliance,
        &adjusted,
        analysis.minimum() as usize,
        analysis.level,
        [
            analysis.alliance_measure().and_then(|m| m.range()),
            measure.range(),
        ],
    );
    if bins.len() < 3 {
        return None;
    }
    // METHOD: an exact line goes through the means, and gives their sums.
    let coarse = |y: f64| blurred(y, COARSE, measure.range());
    let (first, last) = (bins[0].x, bins[bins.len() - 1].x);
    let band = (0..=40)
        .map(|i| first + (last - first) * f64::from(i) / 40.0)
        .filter_map(|x| {
            let height = line.height(x, analysis.level).ok()?;
            let (a, b) = (coarse(raw(height.low())), coarse(raw(height.high())));
            Some((x, a.min(b), a.max(b)))
        })
        .collect();
    let points = if analysis.settings.raw_points && complete.n() >= FEWEST_POINTS {
        let mut rng = stream(analysis.settings.seed, u64::MAX);
        let mut jitter = |x: f64| x + 0.6 * (uniform(&mut rng) - 0.5);
        complete
            .alliance
            .iter()
            .zip(&adjusted)
            .map(|(x, y)| (jitter(*x), jitter(*y)))
            .collect()
    } else {
        Vec::new()
    };
    let alliance = analysis
        .alliance_measure()
        .map_or(String::new(), |m| format!("{}, ", m.name));
    Some(BinnedScatter {
        x_label: format!("Early alliance ({alliance}points; higher is better)"),
        y_label: format!(
            "{} after treatment, adjusted for intake (points; {})",
            measure.name,
            direction.in_words()
        ),
        n: complete.n() as u64,
        bins,
        line: Line {
            intercept: coarse(raw(line.intercept)),
            slope: blurred(raw(line.slope), COARSE * 100, measure.range()),
            conf_level: analysis.level.value(),
            band,
        },
        points,
    })
}

/// Bins of about equally many clients; equal ratings stay together.
fn bins(
    order: &[usize],
    x: &[f64],
    y: &[f64],
    minimum: usize,
    level: Level,
    [range_x, range_y]: [Option<(f64, f64)>; 2],
) -> Vec<ScatterBin> {
    let smallest = minimum.max(10);
    let target = (order.len() as f64 / 10.0).ceil().max(smallest as f64) as usize;
    let mut groups: Vec<Vec<usize>> = vec![Vec::new()];
    for (at, &client) in order.iter().enumerate() {
        let is_new_value = at > 0 && x[order[at - 1]] != x[client];
        if is_new_value && groups.last().is_some_and(|g| g.len() >= target) {
            groups.push(Vec::new());
        }
        groups
            .last_mut()
            .expect("it starts with one group")
            .push(client);
    }
    if groups.len() > 1 && groups.last().is_some_and(|g| g.len() < smallest) {
        let rest = groups.pop().expect("there are two");
        groups.last_mut().expect("there is one").extend(rest);
    }
    groups
        .iter()
        .filter(|group| group.len() >= smallest)
        .filter_map(|group| {
            let moments = |values: &[f64]| {
                Moments::from_values(&group.iter().map(|&i| values[i]).collect::<Vec<_>>()).ok()
            };
            let (mx, my) = (moments(x)?, moments(y)?);
            let n = group.len() as f64;
            let margin = level.critical_t(n - 1.0) * (my.variance(0)? / n).sqrt();
            let mean = my.mean(0)?;
            let height = |y: f64| blurred(y, group.len(), range_y);
            Some(ScatterBin {
                x: blurred(mx.mean(0)?, group.len(), range_x),
                y: height(mean),
                y_low: height(mean - margin),
                y_high: height(mean + margin),
                n: group.len() as u64,
            })
        })
        .collect()
}
