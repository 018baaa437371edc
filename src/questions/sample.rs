//! What every question starts from: the clients, their groups, and which of them may be shown.

use super::beside_last::hide_groups;
use super::columns::{AFTER, BEFORE, CHANGE, named};
use crate::features::{ClientGroup, Clients, GroupKind, Rating, Sample};
use crate::findings::disclosure::{self, Hidden, Set};
use crate::findings::earlier::Earlier;
use crate::findings::{Estimate, Scale, Value};
use crate::intake::Score;
use crate::stats::Undefined;
use crate::stats::correlation::{Correlation, pearson};
use crate::stats::fisher::{fisher_interval, fisher_z, t_test};
use crate::stats::interval::Level;
use crate::stats::numeric::moments::CrossProducts;
use crate::stats::proportion::wilson;
use crate::stats::rank::spearman;
use crate::study::{
    Direction, HeadlineOutcome, Measure, Modality, Settings, Study, is_known_label,
};

/// Why nothing is said of symptoms whose questionnaire nobody named.
const SYMPTOM_NOT_NAMED: &str = "the questionnaire of the column symptom is not named, so whether its higher or its lower scores are better is not known: name it with --symptom, or under [measures] in the study file";

/// A study's clients with regard to the primary outcome.
pub struct Analysis<'a> {
    pub study: &'a Study,
    pub settings: &'a Settings,
    pub clients: &'a Clients,
    /// Key of the primary measure.
    pub primary: String,
    pub sample: Sample,
    pub early: Vec<Option<f64>>,
    pub groups: Vec<ShownGroup>,
    /// The sites or years that are pooled.
    pub units: Vec<ShownGroup>,
    pub level: Level,
    /// What the reports before this one showed.
    pub earlier: &'a Earlier,
}

/// A group and whether it may be shown.
pub struct ShownGroup {
    pub group: ClientGroup,
    pub hidden: Option<Hidden>,
}

/// The early alliance of the clients of some groups that are compared.
pub struct EarlyAlliance {
    pub of_groups: Vec<Vec<f64>>,
    /// Of those with both scores only, not of all who gave a rating.
    pub of_complete_only: bool,
}

/// The complete clients of a group in columns; scores are oriented.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Complete {
    /// What stands in the column of the alliance, in words.
    pub rating: &'static str,
    pub alliance: Vec<f64>,
    pub post: Vec<f64>,
    pub pre: Vec<f64>,
    /// The position of each in the list of all clients.
    pub who: Vec<usize>,
}

impl Complete {
    pub fn n(&self) -> usize {
        self.who.len()
    }

    /// The same with something else than the alliance in its column.
    pub fn of(self, rating: &'static str) -> Complete {
        Complete { rating, ..self }
    }

    fn change(&self) -> Vec<f64> {
        self.post
            .iter()
            .zip(&self.pre)
            .map(|(post, pre)| post - pre)
            .collect()
    }

    /// Cross-products of alliance, post and pre.
    pub fn products(&self) -> Result<CrossProducts<3>, Undefined> {
        CrossProducts::from_columns([&self.alliance, &self.post, &self.pre])
    }

    /// r(alliance, post | pre).
    pub fn partial(&self) -> Result<Correlation, Undefined> {
        let found = Correlation::from_cross_products(&self.products()?);
        self.named(found)
    }

    /// The same, where a column has one value throughout, with what stands in it.
    pub fn named<T>(&self, found: Result<T, Undefined>) -> Result<T, Undefined> {
        named(found, [self.rating, AFTER, BEFORE])
    }

    fn post(&self) -> Result<Correlation, Undefined> {
        let found = Correlation::from_cross_products(&self.products()?.pick([0, 1]));
        self.named(found)
    }

    fn changed(&self) -> Result<Correlation, Undefined> {
        named(
            pearson(&self.alliance, &self.change()),
            [self.rating, CHANGE, BEFORE],
        )
    }

    /// The correlation that headlines are about.
    pub fn headline(&self, outcome: HeadlineOutcome) -> Result<Correlation, Undefined> {
        match outcome {
            HeadlineOutcome::Adjusted => self.partial(),
            HeadlineOutcome::Post => self.post(),
            HeadlineOutcome::Change => self.changed(),
        }
    }
}

/// Would showing these clients beside those tell something about fewer than the minimum?
pub fn too_close(shown: &Complete, other: &Complete, minimum: u64) -> bool {
    let is_small = |n: usize| n > 0 && (n as u64) < minimum;
    // Both lists are in the order of the clients.
    let mut others = other.who.iter().peekable();
    let shared = shown
        .who
        .iter()
        .filter(|who| {
            while others.next_if(|other| other < who).is_some() {}
            others.peek() == Some(who)
        })
        .count();
    is_small(shown.n() - shared) || is_small(other.n() - shared)
}

impl<'a> Analysis<'a> {
    /// # Errors
    /// When the study's primary measure is not in the outcomes.
    pub fn new(
        study: &'a Study,
        clients: &'a Clients,
        earlier: &'a Earlier,
    ) -> Result<Analysis<'a>, String> {
        let settings = &study.settings;
        let primary = primary_measure(study, clients)?;
        let sample = clients.sample(&primary);
        let early = clients.ratings(Rating::Early);
        let level = Level::new(settings.confidence_level).map_err(|e| e.to_string())?;
        let mut analysis = Analysis {
            study,
            settings,
            clients,
            primary,
            sample,
            early,
            groups: Vec::new(),
            units: Vec::new(),
            level,
            earlier,
        };
        let complete = analysis.is_complete(&analysis.sample);
        let rated: Vec<bool> = analysis.early.iter().map(Option::is_some).collect();
        (analysis.groups, analysis.units) = shown_groups(clients, settings, &complete, &rated, &[]);
        hide_groups(&mut analysis);
        Ok(analysis)
    }

    pub fn measure(&self) -> &Measure {
        &self.clients.measures[&self.primary]
    }

    pub fn alliance_measure(&self) -> Option<&Measure> {
        self.measure_called(&self.settings.alliance_measure)
    }

    pub fn symptom_measure(&self) -> Option<&Measure> {
        self.measure_called(&self.settings.symptom_measure)
    }

    pub fn items_measure(&self) -> Option<&Measure> {
        self.measure_called(&self.settings.items_measure)
    }

    fn measure_called(&self, name: &Option<String>) -> Option<&Measure> {
        name.as_ref()
            .and_then(|name| self.study.catalogue.find(name))
    }

    /// Which scores of the sessions' symptom column are good news, or why nothing can be said of them.
    ///
    /// METHOD: only the questionnaire tells. Scores of distress fall and scores of wellbeing rise as a
    /// client gets better, and both are kept session by session.
    pub fn symptom_direction(&self) -> Result<Direction, String> {
        if !self.clients.has.score(Score::Symptom) {
            return Err("the sessions file has no column symptom".into());
        }
        self.symptom_measure()
            .and_then(|measure| measure.direction)
            .ok_or_else(|| SYMPTOM_NOT_NAMED.into())
    }

    pub fn is_complete(&self, sample: &Sample) -> Vec<bool> {
        (0..self.clients.len())
            .map(|i| self.early[i].is_some() && sample.pre[i].is_some() && sample.post[i].is_some())
            .collect()
    }

    /// The complete clients among those `holds` says yes to, with an alliance rating of any kind.
    pub fn complete(
        &self,
        ratings: &[Option<f64>],
        sample: &Sample,
        holds: &dyn Fn(usize) -> bool,
    ) -> Complete {
        let mut complete = Complete::default().of("the alliance");
        let scores = ratings
            .iter()
            .zip(&sample.pre)
            .zip(&sample.post)
            .enumerate();
        for (i, ((alliance, pre), post)) in scores {
            if let (Some(alliance), Some(pre), Some(post)) = (alliance, pre, post)
                && holds(i)
            {
                complete.alliance.push(*alliance);
                complete.pre.push(*pre);
                complete.post.push(*post);
                complete.who.push(i);
            }
        }
        complete
    }

    /// The complete clients of a group with regard to the primary outcome.
    pub fn of_group(&self, group: &ClientGroup) -> Complete {
        self.complete(&self.early, &self.sample, &|i| group.holds[i])
    }

    /// The early alliance of the clients of each group.
    ///
    /// METHOD: of all who gave a rating; but of those with both scores only, in every group alike, where
    /// in any group the two differ by fewer clients than the minimum cell, which the two n would give
    /// away.
    pub fn early_alliance_of(&self, groups: &[&ShownGroup]) -> EarlyAlliance {
        let mut complete = Vec::new();
        let mut rated: Vec<Vec<f64>> = Vec::new();
        for shown in groups {
            complete.push(self.of_group(&shown.group).alliance);
            let held = self.early.iter().zip(&shown.group.holds);
            let held = held.filter(|(_, holds)| **holds);
            rated.push(held.filter_map(|(x, _)| *x).collect());
        }
        let of_complete_only = complete
            .iter()
            .zip(&rated)
            .any(|(complete, rated)| self.is_small(rated.len() - complete.len()));
        EarlyAlliance {
            of_groups: if of_complete_only { complete } else { rated },
            of_complete_only,
        }
    }

    /// Why nothing can be said of the early alliance, if so: nobody has one.
    pub fn no_early_rating(&self) -> Option<String> {
        let ratings = match self.settings.early_alliance.fewest_ratings {
            1 => "an alliance rating".to_owned(),
            fewest => format!("{fewest} alliance ratings or more"),
        };
        let nobody = self.early.iter().all(Option::is_none);
        nobody.then(|| format!("no client has {ratings} in {}", self.window_in_words()))
    }

    /// `sessions 1–5`
    pub fn window_in_words(&self) -> String {
        let window = self.settings.early_alliance;
        match (window.first_session, window.last_session) {
            (first, last) if first == last => format!("session {first}"),
            (first, last) => format!("sessions {first}–{last}"),
        }
    }

    pub fn group(&self, key: &str) -> Option<&ShownGroup> {
        self.groups.iter().find(|g| g.group.key == key)
    }

    /// The id of the correlation that the report is about, in a group.
    pub fn headline_id(&self, group: &str) -> String {
        let term = self.settings.outcome.term();
        format!("{}.{group}.{term}", super::alliance_outcome::QUESTION)
    }

    /// The group of all clients.
    pub fn everybody(&self) -> &ShownGroup {
        &self.groups[0]
    }

    /// The smallest number of clients that may be shown.
    pub fn minimum(&self) -> u64 {
        u64::from(self.settings.minimum_cell)
    }

    /// Are so many clients too few to be shown? Nobody is not too few.
    pub fn is_small(&self, clients: usize) -> bool {
        clients > 0 && (clients as u64) < self.minimum()
    }

    /// Why something about too few clients is not shown.
    pub fn too_few(&self) -> String {
        Hidden::TooSmall.in_words(self.minimum())
    }

    /// Why something is not shown from which a number of too few clients would follow.
    pub fn too_few_follow(&self) -> String {
        format!(
            "it, or a number that would follow from it, counts fewer than {} clients",
            self.minimum()
        )
    }
}

/// The measure the study names, or else the one with most complete pairs, first by name.
fn primary_measure(study: &Study, clients: &Clients) -> Result<String, String> {
    if let Some(name) = &study.settings.primary_measure {
        let measure = study
            .catalogue
            .find(name)
            .expect("a resolved study names known measures");
        let key = measure.key();
        if clients.measures.contains_key(&key) {
            return Ok(key);
        }
        let there: Vec<&str> = clients.measures.values().map(|m| m.name.as_str()).collect();
        return Err(format!(
            "measures.primary: the outcomes hold no row of {name}; they hold {}",
            there.join(", ")
        ));
    }
    let pairs = clients.complete_pairs();
    let most = pairs.values().max().copied().unwrap_or_default();
    pairs
        .into_iter()
        .find(|(_, n)| *n == most)
        .map(|(key, _)| key)
        .ok_or_else(|| "the outcomes hold no measure".into())
}

/// Which groups, and which sites or years, may be shown when `complete` says which clients are
/// analysed, and `rated` which have an early rating. `already` are the same groups and units as they were
/// decided on elsewhere: what is hidden there is hidden here, and has no more of a name.
pub fn shown_groups(
    clients: &Clients,
    settings: &Settings,
    complete: &[bool],
    rated: &[bool],
    already: &[Option<Hidden>],
) -> (Vec<ShownGroup>, Vec<ShownGroup>) {
    let mut groups = clients.groups(settings);
    groups.extend(clients.units());
    let minimum = u64::from(settings.minimum_cell);
    let sets: Vec<Set> = groups
        .iter()
        .filter(|group| group.kind != GroupKind::Overall)
        .map(|group| Set {
            holds: clients.classes_of(group),
            division: match group.kind {
                GroupKind::Level(modality) => Some(modality as usize),
                GroupKind::Unit => Some(Modality::ALL.len()),
                GroupKind::Overall | GroupKind::Named => None,
            },
        })
        .collect();
    // METHOD: a group is hidden when it, or one that can be had by subtraction, is below the
    // minimum, counted over the clients analysed as well as over those with an early rating.
    let populations = [complete, rated].map(|count| clients.classes(count));
    let mut hidden = disclosure::release(&populations, &sets, minimum).into_iter();
    let mut shown: Vec<ShownGroup> = groups
        .into_iter()
        .map(|group| {
            let hidden = if group.kind == GroupKind::Overall {
                let n = complete.iter().filter(|c| **c).count() as u64;
                (n > 0 && n < minimum).then_some(Hidden::TooSmall)
            } else {
                hidden.next().expect("one decision per set")
            };
            ShownGroup { group, hidden }
        })
        .collect();
    for (shown, already) in shown.iter_mut().zip(already) {
        shown.hidden = shown.hidden.or(*already);
    }
    hide_odd_labels(&mut shown);
    shown
        .into_iter()
        .partition(|shown| shown.group.kind != GroupKind::Unit)
}

/// METHOD: the label of a hidden level is printed only when it is made of words of the trade; what
/// one or two clients have in a label column may be anything, a name included.
fn hide_odd_labels(groups: &mut [ShownGroup]) {
    let taken: Vec<String> = groups.iter().map(|shown| shown.group.key.clone()).collect();
    let mut unnamed = 0;
    // A level or unit may really be called so.
    let mut next = |before: &str| loop {
        unnamed += 1;
        let key = format!("{before}unnamed_{unnamed}");
        if !taken.contains(&key) {
            return key;
        }
    };
    for shown in groups.iter_mut().filter(|shown| shown.hidden.is_some()) {
        match shown.group.kind {
            // The levels of delivery are this program's own words.
            GroupKind::Level(Modality::Delivery) => {}
            GroupKind::Level(modality) if !is_known_label(&shown.group.label) => {
                shown.group.key = next(&format!("{}.", modality.as_str()));
                shown.group.label = format!("A {} that is not named", modality.as_str());
            }
            GroupKind::Unit => {
                shown.group.key = next("");
                shown.group.label = "One that is not named".into();
            }
            _ => {}
        }
    }
}

/// A correlation with its Fisher interval and t test, as an estimate.
pub fn with_correlation(
    estimate: Estimate,
    found: Result<Correlation, Undefined>,
    level: Level,
) -> Estimate {
    let complete = |correlation: &Correlation| -> Result<Estimate, Undefined> {
        let interval = fisher_interval(correlation, level)?;
        let z = fisher_z(correlation)?;
        let test = t_test(correlation)?;
        Ok(estimate
            .clone()
            .with_n(correlation.n())
            .with_estimate(correlation.r())
            .with_std_error(z.std_error)
            .with_interval(interval.low(), interval.high(), level.value())
            .with_test(test.t, Some(test.df), test.p))
    };
    match found.and_then(|correlation| complete(&correlation)) {
        Ok(estimate) => estimate,
        Err(reason) => estimate.not_estimable(reason),
    }
}

/// The same of so many clients; suppressed where they are too few to be shown.
pub fn with_correlation_of(
    estimate: Estimate,
    clients: usize,
    found: Result<Correlation, Undefined>,
    analysis: &Analysis,
) -> Estimate {
    if analysis.is_small(clients) {
        return estimate.suppressed(analysis.too_few());
    }
    with_correlation(estimate.with_n(clients), found, analysis.level)
}

/// The share that `count` of so many clients are, with Wilson's interval; suppressed where those
/// counted, or the others, are too few to be shown.
pub fn with_share(estimate: Estimate, count: usize, of: usize, analysis: &Analysis) -> Estimate {
    if analysis.is_small(of) || analysis.is_small(count) || analysis.is_small(of - count) {
        return estimate.suppressed(analysis.too_few());
    }
    with_wilson(estimate, count, of, analysis.level)
}

/// The share that clients already counted in `count` are of so many, with Wilson's interval; without
/// a value for the reason the count has none, and suppressed where the others' number is.
pub fn with_share_of_count(
    estimate: Estimate,
    count: &Estimate,
    of: Option<usize>,
    analysis: &Analysis,
) -> Estimate {
    match (count.estimate(), of, &count.value) {
        (Some(hits), Some(of), _) => with_wilson(estimate, hits as usize, of, analysis.level),
        (_, _, Value::Estimated { .. }) => estimate.suppressed(analysis.too_few_follow()),
        (_, _, reason) => Estimate {
            value: reason.clone(),
            ..estimate
        },
    }
}

fn with_wilson(estimate: Estimate, count: usize, of: usize, level: Level) -> Estimate {
    let estimate = estimate.with_n(of).with_k(count);
    match wilson(count as u64, of as u64, level) {
        Ok(found) => estimate.with_estimate(found.share).with_interval(
            found.interval.low(),
            found.interval.high(),
            found.interval.level().value(),
        ),
        Err(reason) => estimate.not_estimable(reason),
    }
}

/// The four correlations of a group: partial, post, change and Spearman; `rating` says of what.
pub fn four_correlations(
    question: &str,
    shown: &ShownGroup,
    complete: &Complete,
    rating: &str,
    analysis: &Analysis,
) -> Vec<Estimate> {
    let group = &shown.group;
    let level = analysis.level;
    let new = |term: &str, method: &str| {
        let method = method.replacen("early alliance", rating, 1);
        Estimate::new(question, &group.key, term, Scale::Correlation, &method)
            .labelled(&group.label)
            .with_n(complete.n())
    };
    let estimates = [
        new(
            "partial",
            "partial correlation of early alliance and post score given pre score; Fisher z interval (std_error on that scale), t test",
        ),
        new(
            "post",
            "Pearson correlation of early alliance and post score; Fisher z interval (std_error on that scale), t test",
        ),
        new(
            "change",
            "Pearson correlation of early alliance and change (post − pre); Fisher z interval (std_error on that scale), t test",
        ),
        new(
            "spearman",
            "Spearman correlation of early alliance and change (post − pre); Bonett-Wright interval (std_error on Fisher's scale), t test",
        ),
    ];
    if let Some(hidden) = shown.hidden {
        let reason = hidden.in_words(analysis.minimum());
        return estimates
            .into_iter()
            .map(|estimate| estimate.suppressed(&reason))
            .collect();
    }
    let [partial, post, change, rank] = estimates;
    vec![
        with_correlation(partial, complete.partial(), level),
        with_correlation(post, complete.post(), level),
        with_correlation(change, complete.changed(), level),
        with_rank_correlation(rank, complete, level),
    ]
}

fn with_rank_correlation(estimate: Estimate, complete: &Complete, level: Level) -> Estimate {
    let found = || -> Result<Estimate, Undefined> {
        let rank = spearman(&complete.alliance, &complete.change());
        let rank = named(rank, [complete.rating, CHANGE, BEFORE])?;
        let interval = rank.interval(level)?;
        let test = rank.t_test()?;
        Ok(estimate
            .clone()
            .with_estimate(rank.rho())
            .with_std_error(rank.std_error()?)
            .with_interval(interval.low(), interval.high(), level.value())
            .with_test(test.t, Some(test.df), test.p))
    };
    found().unwrap_or_else(|reason| estimate.clone().not_estimable(reason))
}
