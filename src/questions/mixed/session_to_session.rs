//! Question 6: is a session with a better alliance followed by fewer symptoms in the next?
//!
//! Pairs of consecutive sessions of the same client; the rating is taken against the client's own
//! mean, so that stable differences between clients cannot make the link.

use super::{Naming, at_the_boundary};
use crate::features::ScoredSession;
use crate::findings::mixed::{NextSession, NextSessionEffect};
use crate::findings::{Answer, Display};
use crate::questions::counts::{PrintedCounts, rounded, with_released};
use crate::questions::sample::Analysis;
use crate::stats::Undefined;
use crate::stats::mixed::detrend::detrend;
use crate::stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};
use crate::stats::numeric::quantile::median;
use crate::study::Direction;

pub const QUESTION: &str = "session_to_session";
/// Series shorter than this bias the effect of the session before (Nickell 1981).
const SHORT: f64 = 10.0;
/// How far the figure goes to both sides, in standard deviations within clients, and its points.
const REACH: f64 = 2.0;
const POINTS: usize = 21;

/// A session and the one after it; scores are oriented.
#[derive(Clone, Copy, Debug)]
struct Pair {
    session: f64,
    /// Of the session before: the predictor, and the outcome itself.
    x_before: f64,
    y_before: f64,
    y: f64,
}

/// The pairs of all clients, client after client.
#[derive(Default)]
struct Pairs {
    rows: Vec<Pair>,
    /// Which client each row is of, counted among those with a pair.
    client: Vec<usize>,
    /// The therapist of each of these clients.
    therapist: Vec<Option<u32>>,
}

pub fn answer(analysis: &Analysis, printed: &mut PrintedCounts) -> Answer {
    let direction = analysis.symptom_direction();
    let mut answer = Answer {
        question: QUESTION.into(),
        title: "Is a better session followed by fewer symptoms in the next?".into(),
        not_measured: None,
        estimates: Vec::new(),
        verdicts: Vec::new(),
        displays: Vec::new(),
        caveats: vec![
            "A link from one session to the next within a client is not a cause: something else may move both, and what happened between the sessions is not known.".into(),
            "The rating is compared with the client's own mean; stable differences between clients cannot make this link, and it says nothing about them.".into(),
        ],
    };
    let direction = match direction {
        Ok(direction) => direction,
        Err(reason) => {
            answer.not_measured = Some(reason);
            return answer;
        }
    };
    let forward = Pairs::of(analysis, direction, |row| row.alliance, |row| row.symptom);
    let reverse = Pairs::of(analysis, direction, |row| row.symptom, |row| row.alliance);
    if (forward.therapist.len() as u64) < analysis.minimum() {
        answer.not_measured =
            Some("too few clients have two consecutive sessions with both scores".into());
        return answer;
    }
    let usual = median(&forward.lengths()).unwrap_or_default();
    if usual < SHORT {
        answer.caveats.push(format!(
            "Half of the clients have {usual:.0} pairs of sessions or fewer; in series shorter than {SHORT:.0} a model with the score before among its predictors is biased (Nickell 1981)."
        ));
    }
    let alliance_first = [
        ("intercept", "intercept"),
        ("symptom_before", "per point of the symptoms before"),
        (
            "alliance_within",
            "per point the alliance before was above the client's own mean",
        ),
        ("alliance_mean", "per point of the client's mean alliance"),
        ("session", "per session"),
    ];
    let symptoms_first = [
        ("intercept", "intercept"),
        ("alliance_before", "per point of the alliance before"),
        (
            "symptom_within",
            "per point the symptoms before were better than the client's own mean",
        ),
        ("symptom_mean", "per point of the client's mean symptoms"),
        ("session", "per session"),
    ];
    let has_therapists = forward.therapist.iter().all(Option::is_some);
    let models = [
        Model {
            id: "lagged",
            words: "Next symptoms",
            figure: "alliance → next symptoms",
            pairs: &forward,
            terms: &alliance_first,
            is_detrended: false,
            is_nested: false,
            method: "mixed model symptom ~ symptom before + alliance before (deviation and mean) + session + (1 | client), REML, Satterthwaite df; oriented scores, consecutive sessions",
        },
        Model {
            id: "nested",
            words: "Next symptoms, clients within therapists",
            figure: "the same, clients within therapists",
            pairs: &forward,
            terms: &alliance_first,
            is_detrended: false,
            is_nested: true,
            method: "the same with (1 | therapist / client)",
        },
        Model {
            id: "detrended",
            words: "Next symptoms, detrended",
            figure: "the same, detrended",
            pairs: &forward,
            terms: &alliance_first,
            is_detrended: true,
            is_nested: false,
            method: "the same with each client's own line over sessions taken out of the alliance first (Wang & Maxwell 2015); clients with three pairs or more",
        },
        Model {
            id: "reverse",
            words: "Next alliance",
            figure: "symptoms → next alliance",
            pairs: &reverse,
            terms: &symptoms_first,
            is_detrended: false,
            is_nested: false,
            method: "the other direction: alliance ~ alliance before + symptoms before (deviation and mean) + session + (1 | client), REML, Satterthwaite df; oriented scores",
        },
    ];
    let mut effects = Vec::new();
    let mut line = None;
    for model in &models {
        let parents = model.is_nested.then_some("therapist");
        let naming = Naming {
            question: QUESTION,
            model: model.id,
            words: model.words,
            terms: model.terms,
            groups: "client",
            parents,
            method: model.method,
        };
        if model.is_nested && !has_therapists {
            answer
                .estimates
                .extend(naming.not_measured("some clients have no therapist recorded"));
            continue;
        }
        let (fit, spread) = model.fit(analysis);
        if let (Err(reason), "lagged") = (&fit, model.id) {
            // The others ask for more of the same data.
            answer.estimates = naming.without_numbers(reason);
            answer.not_measured = Some(format!("the model cannot be fitted: {reason}"));
            return answer;
        }
        let clients = printed.release(spread.clients);
        answer.estimates.extend(
            naming
                .estimates(&fit, analysis.level)
                .into_iter()
                .map(|e| with_released(e, clients).with_k(spread.rows)),
        );
        if let Ok(fit) = &fit {
            answer.caveats.extend(at_the_boundary(fit, model.words));
            let c = &fit.coefficients[2];
            let scale = spread.x / spread.y;
            effects.push(NextSessionEffect {
                label: model.figure.into(),
                estimate: c.estimate * scale,
                low: c.interval.low() * scale,
                high: c.interval.high() * scale,
            });
            if model.id == "lagged" {
                let shown = clients.map_or_else(|| rounded(spread.clients), |n| n as u64);
                line = Some((*c, spread.x, shown));
            }
        }
    }
    if let Some((c, sd, clients)) = line {
        answer.displays.push(Display::NextSession(figure(
            analysis,
            direction,
            &forward,
            &c,
            (sd, clients),
            effects,
        )));
    }
    answer
}

/// One of the models of this question.
struct Model<'a> {
    id: &'static str,
    words: &'static str,
    /// Its row in the figure.
    figure: &'static str,
    pairs: &'a Pairs,
    terms: &'a [(&'a str, &'a str)],
    is_detrended: bool,
    is_nested: bool,
    method: &'static str,
}

/// Standard deviations within clients, and what they are of.
struct Spread {
    x: f64,
    y: f64,
    clients: usize,
    rows: usize,
}

impl Pairs {
    /// Pairs of consecutive sessions with the predictor and the outcome before, and the outcome after.
    fn of(
        analysis: &Analysis,
        direction: Direction,
        predictor: fn(&ScoredSession) -> Option<f64>,
        outcome: fn(&ScoredSession) -> Option<f64>,
    ) -> Pairs {
        let therapists = analysis.clients.therapists();
        let mut pairs = Pairs::default();
        for (client, therapist) in therapists.into_iter().enumerate() {
            let mut before: Option<ScoredSession> = None;
            let first = pairs.rows.len();
            for row in analysis.clients.series(client) {
                let row = ScoredSession {
                    symptom: row.symptom.map(|x| direction.orient(x)),
                    ..row
                };
                if let Some(last) = before
                    && row.session == last.session + 1
                    && let (Some(x_before), Some(y_before), Some(y)) =
                        (predictor(&last), outcome(&last), outcome(&row))
                {
                    pairs.rows.push(Pair {
                        session: f64::from(row.session),
                        x_before,
                        y_before,
                        y,
                    });
                }
                before = Some(row);
            }
            let found = pairs.rows.len() - first;
            if found > 0 {
                let number = pairs.therapist.len();
                pairs.client.extend(std::iter::repeat_n(number, found));
                pairs.therapist.push(therapist);
            }
        }
        pairs
    }

    /// The pairs of one client after the other: the client, where they begin, and they.
    fn by_client(&self) -> impl Iterator<Item = (usize, usize, &[Pair])> {
        let mut end = 0;
        self.client.chunk_by(|a, b| a == b).map(move |run| {
            let start = end;
            end += run.len();
            (run[0], start, &self.rows[start..end])
        })
    }

    /// Pairs of each client.
    fn lengths(&self) -> Vec<f64> {
        let mut lengths = vec![0.0; self.therapist.len()];
        self.client
            .iter()
            .for_each(|client| lengths[*client] += 1.0);
        lengths
    }
}

impl Model<'_> {
    /// The predictor of every pair without its client's own line, where this model asks for it.
    fn detrended(&self) -> Option<Vec<Option<f64>>> {
        let column = |of: fn(&Pair) -> f64| self.pairs.rows.iter().map(of).collect::<Vec<f64>>();
        let (values, times) = (column(|p| p.x_before), column(|p| p.session));
        self.is_detrended
            .then(|| detrend(&values, &times, &self.pairs.client).ok())
            .flatten()
            .map(|lines| lines.residuals)
    }

    fn fit(&self, analysis: &Analysis) -> (Result<MixedModel, Undefined>, Spread) {
        let mut sums = GroupSums::new(4);
        let lines = self.detrended();
        let (mut x_squares, mut y_squares, mut rows, mut clients) = (0.0, 0.0, 0usize, 0usize);
        let mut filled = Ok(());
        for (client, start, pairs) in self.pairs.by_client() {
            let n = pairs.len() as f64;
            let mean = |of: fn(&Pair) -> f64| pairs.iter().map(of).sum::<f64>() / n;
            let (x_mean, y_mean) = (mean(|p| p.x_before), mean(|p| p.y));
            let own_mean = || Some(pairs.iter().map(|p| p.x_before - x_mean).collect());
            let within: Option<Vec<f64>> = match &lines {
                None => own_mean(),
                Some(lines) => lines[start..start + pairs.len()].iter().copied().collect(),
            };
            // A client with fewer than three pairs has no line of his own.
            let Some(within) = within else { continue };
            for (pair, within) in pairs.iter().zip(&within) {
                x_squares += within * within;
                y_squares += (pair.y - y_mean) * (pair.y - y_mean);
                let row = [pair.y_before, *within, x_mean, pair.session];
                if filled.is_ok() {
                    filled = sums.insert(client, &row, pair.y);
                }
            }
            if self.is_nested
                && filled.is_ok()
                && let Some(therapist) = self.pairs.therapist[client]
            {
                filled = sums.nest(client, therapist as usize);
            }
            rows += pairs.len();
            clients += 1;
        }
        let left = (rows.saturating_sub(clients)).max(1) as f64;
        let spread = Spread {
            x: (x_squares / left).sqrt(),
            y: (y_squares / left).sqrt(),
            clients,
            rows,
        };
        let random = if self.is_nested {
            RandomEffects::NestedIntercepts
        } else {
            RandomEffects::Intercept
        };
        let fit =
            filled.and_then(|()| MixedModel::fit(&sums, random, Likelihood::Reml, analysis.level));
        (fit, spread)
    }
}

fn figure(
    analysis: &Analysis,
    direction: Direction,
    pairs: &Pairs,
    c: &crate::stats::mixed::Coefficient,
    (sd, clients): (f64, u64),
    effects: Vec<NextSessionEffect>,
) -> NextSession {
    let symptom = analysis.symptom_measure();
    // The figure shows the score as it is recorded: oriented back.
    let mut at: Vec<f64> = (0..POINTS)
        .map(|i| sd * REACH * (2.0 * i as f64 / (POINTS - 1) as f64 - 1.0))
        // One point better than usual is named in the figure.
        .chain([1.0])
        .collect();
    at.sort_by(f64::total_cmp);
    let line = at
        .into_iter()
        .map(|x| {
            let change = |slope: f64| direction.orient(slope * x);
            let ends = [change(c.interval.low()), change(c.interval.high())];
            (
                x,
                change(c.estimate),
                ends[0].min(ends[1]),
                ends[0].max(ends[1]),
            )
        })
        .collect();
    let alliance = analysis.alliance_measure().map_or("alliance", |m| &m.name);
    NextSession {
        x_label: format!("{alliance} in a session against the client's own mean (points)"),
        y_label: format!(
            "next {} score (points; {})",
            symptom.map_or("symptom", |m| &m.name),
            direction.in_words()
        ),
        conf_level: analysis.level.value(),
        line,
        effects,
        clients,
        pairs: pairs.rows.len() as u64,
    }
}
