//! A meta-analysis in words: the messages of page one, and the paragraphs of a paper in APA style.
//!
//! Every number comes from the findings; a sentence whose number is not there is left out.

use super::words::{self, capital, correlation, count, level, number, p_value};
use crate::findings::{Estimate, Findings, Judgement, KeyMessage, MetaAnalysis, Verdict, ids};
use crate::study::{PoolingTest, Robust, TauSquared, moderator_name};

/// The pooled correlation that headlines are about: the robust one where there is one.
pub fn headline(findings: &Findings) -> Option<&Estimate> {
    ["robust.r", "pooled.r"]
        .into_iter()
        .filter_map(|id| findings.estimate(id))
        .find(|e| e.estimate().is_some())
}

fn prediction(findings: &Findings) -> Option<&Estimate> {
    ["robust.prediction.r", "prediction.r"]
        .into_iter()
        .filter_map(|id| findings.estimate(id))
        .find(|e| e.interval().is_some())
}

fn is_three_level(findings: &Findings) -> bool {
    findings.estimate("sigma2.study").is_some()
}

/// `95 % CI [.15, .38]`.
fn ci(estimate: &Estimate) -> String {
    match estimate.interval() {
        Some((low, high, conf)) => format!(
            "{} CI [{}, {}]",
            level(conf),
            words::on_scale(low, estimate.scale),
            words::on_scale(high, estimate.scale)
        ),
        None => "no interval".into(),
    }
}

/// `t(12.6) = 4.63, p < .001` or `z = 2.10, p = .036`.
fn test(estimate: &Estimate, symbol: &str) -> String {
    let p = estimate.p_value().map(p_value).unwrap_or_default();
    match estimate.statistic() {
        Some((x, Some(df))) => {
            let second = estimate
                .df_residual()
                .map(|df| format!(", {}", degrees(df)))
                .unwrap_or_default();
            format!("{symbol}({}{second}) = {}, {p}", degrees(df), number(x, 2))
        }
        Some((x, None)) => format!("{symbol} = {}, {p}", number(x, 2)),
        None => p,
    }
}

fn degrees(df: f64) -> String {
    number(df, 1).trim_end_matches(".0").to_owned()
}

/// One message of page one as a sentence.
pub fn key_message(message: &KeyMessage, findings: &Findings) -> String {
    let (Some(estimate), Some(meta)) = (findings.estimate(&message.estimate_id), findings.meta())
    else {
        return format!("{}: not in these findings.", message.topic);
    };
    let predictor = &meta.settings.predictor;
    let outcome = &meta.settings.outcome;
    let value = super::sentences::number_with_interval(estimate);
    match estimate.id.as_str() {
        "pooled.r" | "robust.r" => {
            let claim = match (message.judgement, estimate.estimate()) {
                (Judgement::MoreThanChance, Some(r)) if r > 0.0 => {
                    format!("{predictor} goes with a better {outcome}")
                }
                (Judgement::MoreThanChance, _) => {
                    format!("{predictor} goes with a worse {outcome}")
                }
                (Judgement::NotDistinguishable, _)
                    if message.verdict == Some(Verdict::Equivalent) =>
                {
                    let bound = correlation(findings.equivalence_correlation());
                    format!(
                        "a link of {predictor} with {outcome} as large as ±{bound} is ruled out"
                    )
                }
                (Judgement::NotDistinguishable, _) => {
                    format!("a link of {predictor} with {outcome} cannot be told from chance")
                }
                (Judgement::TooFew, _) => {
                    format!(
                        "there are too few studies to say whether {predictor} goes with {outcome}"
                    )
                }
            };
            format!(
                "{}: pooled {value}, from {} effects of {} studies.",
                capital(&claim),
                estimate.k().map_or_else(|| "–".into(), count),
                count(meta.studies)
            )
        }
        "prediction.r" | "robust.prediction.r" => {
            let Some((low, high, conf)) = estimate.interval() else {
                return format!("Where a new study would lie cannot be said: {value}.");
            };
            let means = match message.judgement {
                Judgement::MoreThanChance => "the link is expected to have the same sign there",
                _ => "it may be absent or reversed there",
            };
            format!(
                "The true correlation of a new study is expected between {} and {} ({} prediction interval): {means}.",
                correlation(low),
                correlation(high),
                level(conf)
            )
        }
        "q" => {
            let claim = match message.judgement {
                Judgement::MoreThanChance => "the studies differ by more than chance",
                _ => "differences between the studies cannot be told from chance",
            };
            format!(
                "{}: {}{}.",
                capital(claim),
                test(estimate, "Q"),
                shares(findings)
            )
        }
        id if id.starts_with("egger.") => {
            let claim = match message.judgement {
                Judgement::MoreThanChance => {
                    "small studies report other correlations than large ones, as they do when some results are not published"
                }
                Judgement::NotDistinguishable => {
                    "that small studies report other correlations than large ones is not shown; with few studies this test sees little"
                }
                Judgement::TooFew => {
                    "there are too few studies to compare small ones with large ones"
                }
            };
            let symbol = if estimate.statistic().is_some_and(|(_, df)| df.is_some()) {
                "t"
            } else {
                "z"
            };
            format!("{}: {}.", capital(claim), test(estimate, symbol))
        }
        id if id.starts_with("moderator.") => {
            let claim = match message.judgement {
                Judgement::MoreThanChance => "the correlation differs with it",
                Judgement::NotDistinguishable => {
                    "that the correlation differs with it is not shown"
                }
                Judgement::TooFew => {
                    "there are too few studies to say whether the correlation differs with it"
                }
            };
            let symbol = omnibus_symbol(estimate);
            format!("{}: {}.", capital(claim), test(estimate, symbol))
        }
        _ => format!("{}: {value}.", message.topic),
    }
}

fn omnibus_symbol(estimate: &Estimate) -> &'static str {
    if estimate.df_residual().is_some() {
        "F"
    } else {
        "χ²"
    }
}

/// `; I² = 82 % between studies and 9 % between effects of a study`.
fn shares(findings: &Findings) -> String {
    let percent = |id: &str| {
        let estimate = findings.estimate(id)?;
        Some(words::on_scale(estimate.estimate()?, estimate.scale))
    };
    match (percent("i2.study"), percent("i2.effect"), percent("i2")) {
        (Some(study), Some(effect), _) => format!(
            "; of the total variance {study} lies between studies and {effect} between effects of one study"
        ),
        (_, _, Some(all)) => format!("; I² = {all}"),
        _ => String::new(),
    }
}

/// The methods paragraph.
pub fn methods(findings: &Findings) -> String {
    let Some(meta) = findings.meta() else {
        return String::new();
    };
    let pooling = &meta.settings.pooling;
    let mut text = vec![conversions(meta)];
    if is_three_level(findings) {
        text.push(format!(
            "Because studies contributed several effects, a three-level random-effects model (effects nested in studies; Cheung, 2014) was fitted by {}.",
            if pooling.tau_squared == TauSquared::Ml { "maximum likelihood" } else { "restricted maximum likelihood" }
        ));
        text.push(match pooling.robust {
            Robust::Cr2 => "Tests and confidence intervals of coefficients use cluster-robust CR2 standard errors with Satterthwaite degrees of freedom (Pustejovsky & Tipton, 2018), clustered by study.".into(),
            Robust::Cr1 => "Tests and confidence intervals of coefficients use cluster-robust CR1 standard errors with Satterthwaite degrees of freedom, clustered by study.".into(),
            Robust::Cr0 => "Tests and confidence intervals of coefficients use cluster-robust CR0 standard errors with Satterthwaite degrees of freedom, clustered by study.".into(),
            Robust::None => "Tests and confidence intervals are model-based (normal).".to_owned(),
        });
    } else if pooling.tau_squared == TauSquared::None {
        text.push("A common-effect model was fitted.".into());
    } else {
        text.push(format!(
            "A random-effects model was fitted with the {} estimator of τ².",
            estimator(pooling.tau_squared)
        ));
    }
    if !is_three_level(findings) {
        text.push(match pooling.test {
            PoolingTest::AdHoc => "Tests and confidence intervals follow Knapp and Hartung (2003), never narrower than those of the normal approximation.".into(),
            PoolingTest::KnappHartung => "Tests and confidence intervals follow Knapp and Hartung (2003).".into(),
            PoolingTest::Normal => "Tests and confidence intervals are based on the normal distribution.".to_owned(),
        });
    }
    text.push("Heterogeneity is described by Q, I² and a prediction interval for the true correlation of a new study; results were transformed back to r.".into());
    if findings
        .answer("bias")
        .is_some_and(|a| a.not_measured.is_none())
    {
        text.push("Small-study effects were examined by Egger's regression, Begg's rank correlation, trim and fill, and PET-PEESE.".into());
    }
    if !meta.settings.moderators.is_empty() {
        text.push(format!(
            "Moderators tested: {}.",
            meta.settings.moderators.join(", ")
        ));
    }
    text.push(format!(
        "Analyses were made with alliance {}; {} is the confidence level throughout.",
        findings.program.version,
        level(meta.settings.confidence_level)
    ));
    text.join(" ")
}

fn conversions(meta: &MetaAnalysis) -> String {
    let converted: Vec<String> = meta
        .conversions
        .iter()
        .map(|(how, n)| format!("{how} ({})", count(*n)))
        .collect();
    let is_own = |how: &str| how.starts_with("Fisher's z") || how.contains("own variance");
    let own = if meta.conversions.iter().any(|(how, _)| is_own(how)) {
        ", or the variance that was given with them"
    } else {
        ""
    };
    format!(
        "Correlations were analysed as Fisher's z with sampling variance 1/(n − 3){own}. Effects were taken from: {}.",
        converted.join("; ")
    )
}

fn estimator(estimator: TauSquared) -> &'static str {
    match estimator {
        TauSquared::Reml => "restricted maximum likelihood",
        TauSquared::Ml => "maximum likelihood",
        TauSquared::DerSimonianLaird => "DerSimonian–Laird",
        TauSquared::PauleMandel => "Paule–Mandel",
        TauSquared::EmpiricalBayes => "empirical Bayes",
        TauSquared::Hedges => "Hedges",
        TauSquared::HunterSchmidt => "Hunter–Schmidt",
        TauSquared::SidikJonkman => "Sidik–Jonkman",
        TauSquared::None => "common-effect",
    }
}

/// The results paragraph.
pub fn results(findings: &Findings) -> String {
    let Some(meta) = findings.meta() else {
        return String::new();
    };
    let mut text = Vec::new();
    if let Some(pooled) = headline(findings) {
        let z = findings.estimate(if pooled.id == "robust.r" {
            "robust.z"
        } else {
            "pooled.z"
        });
        let tested = z.map(|z| {
            let has_df = z.statistic().is_some_and(|(_, df)| df.is_some());
            format!(", {}", test(z, if has_df { "t" } else { "z" }))
        });
        text.push(format!(
            "Across k = {} effects from {} studies (N = {}), {} was related to {} with r = {}, {}{}.",
            pooled.k().map_or_else(|| "–".into(), count),
            count(meta.studies),
            count(meta.clients),
            meta.settings.predictor,
            meta.settings.outcome,
            pooled.estimate().map(correlation).unwrap_or_default(),
            ci(pooled),
            tested.unwrap_or_default()
        ));
    }
    if let Some(q) = findings.estimate("q").filter(|q| q.statistic().is_some()) {
        text.push(format!(
            "The effects were {}heterogeneous, {}{}.",
            if q.p_value()
                .is_some_and(|p| p < 1.0 - meta.settings.confidence_level)
            {
                ""
            } else {
                "not demonstrably "
            },
            test(q, "Q"),
            shares(findings)
        ));
    }
    for (id, name) in [
        ("tau2", "τ²"),
        ("sigma2.study", "The variance between studies was σ²"),
        (
            "sigma2.effect",
            "The variance between effects of a study was σ²",
        ),
    ] {
        if let Some(e) = findings.estimate(id)
            && let Some(x) = e.estimate()
        {
            let limits = e
                .interval()
                .map(|_| format!(", {}", ci(e)))
                .unwrap_or_default();
            text.push(format!("{name} = {}{limits}.", words::on_scale(x, e.scale)));
        }
    }
    if let Some(p) = prediction(findings)
        && let Some((low, high, conf)) = p.interval()
    {
        text.push(format!(
            "The {} prediction interval for the true correlation of a new study was [{}, {}].",
            level(conf),
            correlation(low),
            correlation(high)
        ));
    }
    for name in &meta.settings.moderators {
        let id = format!("moderator.{}.qm", ids::moderator(moderator_name(name)));
        if let Some(qm) = findings.estimate(&id)
            && qm.statistic().is_some()
        {
            text.push(format!(
                "Moderation by {}: {}.",
                moderator_name(name),
                test(qm, omnibus_symbol(qm))
            ));
        }
    }
    let egger = ["egger.robust", "egger.mixed"]
        .into_iter()
        .filter_map(|id| findings.estimate(id))
        .find(|e| e.statistic().is_some());
    if let Some(egger) = egger {
        let has_df = egger.statistic().is_some_and(|(_, df)| df.is_some());
        text.push(format!(
            "Egger's test of small-study effects: {}.",
            test(egger, if has_df { "t" } else { "z" })
        ));
    }
    text.join(" ")
}
