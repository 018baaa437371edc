//! From the rows of an effects file to effects on Fisher's scale, their studies and moderators.

use std::collections::BTreeMap;

use crate::findings::ids;
use crate::intake::{EffectRow, Effects, OtherCells, Size};
use crate::stats::Undefined;
use crate::stats::attenuation::Reliability;
use crate::stats::interval::Level;
use crate::stats::meta::design::Design;
use crate::stats::meta::effect_size::{Effect, ReliabilityEstimate, Sign};
use crate::study::{MetaSettings, MetaStudy, Model, TauSquared, moderator_name, nearest};

/// The effects of a meta-analysis, ready to be pooled.
pub struct Pool<'a> {
    pub settings: &'a MetaSettings,
    pub level: Level,
    pub effects: Vec<Effect>,
    pub names: Vec<EffectName>,
    /// The study of each effect, as a position in `study_names`.
    pub studies: Vec<usize>,
    pub study_names: Vec<String>,
    /// Clients of each effect, where known.
    pub clients: Vec<Option<u64>>,
    pub moderators: Vec<Moderator>,
    /// The effects corrected for attenuation, or why they cannot be; none where no reliability is given.
    pub corrected: Option<Result<Vec<Effect>, String>>,
    pub is_three_level: bool,
}

/// What an effect is called.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectName {
    pub study: String,
    /// Where the study has several, or the file names it.
    pub effect: Option<String>,
    /// Does the study have other effects?
    pub has_siblings: bool,
}

impl EffectName {
    /// The part of an estimate id: the study, and the effect where the study has several.
    pub fn id(&self) -> String {
        match &self.effect {
            Some(effect) if self.has_siblings => {
                format!("{}.{}", study_id(&self.study), ids::last(effect, &[]))
            }
            _ => study_id(&self.study),
        }
    }

    /// In words.
    pub fn label(&self) -> String {
        match &self.effect {
            Some(effect) if self.has_siblings => format!("{}: {effect}", self.study),
            _ => self.study.clone(),
        }
    }
}

/// The part of an estimate id that a study is.
pub fn study_id(study: &str) -> String {
    ids::part(study, &[])
}

/// A column that may explain why the effects differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Moderator {
    pub name: String,
    pub values: ModeratorValues,
}

/// One value per effect.
#[derive(Clone, Debug, PartialEq)]
pub enum ModeratorValues {
    Numbers(Vec<Option<f64>>),
    /// Levels in alphabetical order, and the level of each effect as a position among them.
    Levels {
        levels: Vec<String>,
        of: Vec<Option<usize>>,
    },
}

impl Moderator {
    /// The positions of the effects that have a value.
    pub fn known(&self) -> Vec<usize> {
        let is_known = |i: &usize| match &self.values {
            ModeratorValues::Numbers(x) => x[*i].is_some(),
            ModeratorValues::Levels { of, .. } => of[*i].is_some(),
        };
        (0..self.len()).filter(is_known).collect()
    }

    fn len(&self) -> usize {
        match &self.values {
            ModeratorValues::Numbers(x) => x.len(),
            ModeratorValues::Levels { of, .. } => of.len(),
        }
    }

    /// How many columns of a design it is: one, or each level but the first.
    pub fn columns_of_design(&self) -> usize {
        match &self.values {
            ModeratorValues::Numbers(_) => 1,
            ModeratorValues::Levels { levels, .. } => levels.len().saturating_sub(1),
        }
    }

    /// Its columns of one effect that has a value.
    fn columns(&self, i: usize) -> Vec<f64> {
        match &self.values {
            ModeratorValues::Numbers(x) => vec![x[i].unwrap_or_default()],
            ModeratorValues::Levels { levels, of } => (1..levels.len())
                .map(|level| f64::from(u8::from(of[i] == Some(level))))
                .collect(),
        }
    }
}

/// Intercept and moderators of the effects at these positions.
pub fn design_of(moderators: &[&Moderator], rows: &[usize]) -> Result<Design, Undefined> {
    let rows: Vec<Vec<f64>> = rows
        .iter()
        .map(|i| {
            let mut row = vec![1.0];
            row.extend(moderators.iter().flat_map(|m| m.columns(*i)));
            row
        })
        .collect();
    Design::new(&rows)
}

impl<'a> Pool<'a> {
    /// # Errors
    /// In plain words, when the study asks for a moderator the file does not have, or for a model
    /// that cannot be fitted to these data.
    pub fn new(study: &'a MetaStudy, file: &Effects) -> Result<Pool<'a>, String> {
        let settings = &study.settings;
        let level = Level::new(settings.confidence_level).map_err(|e| e.to_string())?;
        let mut effects = Vec::with_capacity(file.rows.len());
        for row in &file.rows {
            let effect = effect_of(row)
                .map_err(|reason| format!("{}:{}: {reason}", study.effects.display(), row.line))?;
            effects.push(effect);
        }
        let mut study_names: Vec<String> = Vec::new();
        let mut position: BTreeMap<&str, usize> = BTreeMap::new();
        let mut studies = Vec::with_capacity(file.rows.len());
        let mut sizes: Vec<usize> = Vec::new();
        for row in &file.rows {
            let at = *position.entry(&row.study).or_insert_with(|| {
                study_names.push(row.study.clone());
                sizes.push(0);
                study_names.len() - 1
            });
            sizes[at] += 1;
            studies.push(at);
        }
        let names = file
            .rows
            .iter()
            .zip(&studies)
            .map(|(row, &at)| EffectName {
                study: row.study.clone(),
                effect: row.effect.clone(),
                has_siblings: sizes[at] > 1,
            })
            .collect();
        let has_several = sizes.iter().any(|size| *size > 1);
        let pooling = &settings.pooling;
        let by_likelihood = matches!(pooling.tau_squared, TauSquared::Reml | TauSquared::Ml);
        let is_three_level = match pooling.model {
            Model::TwoLevel => false,
            // The other estimators exist for two levels only: naming one asks for two.
            Model::Auto => has_several && by_likelihood,
            Model::ThreeLevel if !by_likelihood => {
                return Err(format!(
                    "a three-level model is fitted by reml or ml, not by {}\n  hint: choose --model two-level for the other estimators",
                    pooling.tau_squared.word()
                ));
            }
            Model::ThreeLevel if !has_several => {
                return Err(
                    "no study has two effects, so the variance between studies and that within them cannot be told apart\n  hint: choose --model two-level, or auto".into(),
                );
            }
            Model::ThreeLevel => true,
        };
        let moderators = moderators(settings, file)?;
        if let Some(name) = &settings.forest_by
            && !moderators
                .iter()
                .any(|m| m.name == *name && matches!(m.values, ModeratorValues::Levels { .. }))
        {
            return Err(format!(
                "meta.forest_by: {name:?} is not one of the categorical moderators"
            ));
        }
        Ok(Pool {
            settings,
            level,
            effects,
            names,
            studies,
            study_names,
            clients: file.rows.iter().map(|row| row.n.map(u64::from)).collect(),
            moderators,
            corrected: corrected(&file.rows),
            is_three_level,
        })
    }

    pub fn k(&self) -> usize {
        self.effects.len()
    }

    /// Is there a study with several effects?
    pub fn has_several(&self) -> bool {
        self.names.iter().any(|name| name.has_siblings)
    }

    /// Every effect's position.
    pub fn all(&self) -> Vec<usize> {
        (0..self.k()).collect()
    }

    /// Studies among these effects.
    pub fn studies_in(&self, rows: &[usize]) -> usize {
        let mut met = vec![false; self.study_names.len()];
        rows.iter().for_each(|i| met[self.studies[*i]] = true);
        met.into_iter().filter(|met| *met).count()
    }

    /// Clients of these effects, each study counted once, by its largest effect.
    pub fn clients_in(&self, rows: &[usize]) -> u64 {
        let mut largest = vec![0; self.study_names.len()];
        for &i in rows {
            let most = &mut largest[self.studies[i]];
            *most = (*most).max(self.clients[i].unwrap_or_default());
        }
        largest.iter().sum()
    }
}

fn effect_of(row: &EffectRow) -> Result<Effect, Undefined> {
    let n = row.n.unwrap_or_default() as usize;
    let sign = |sign: f64| {
        if sign < 0.0 {
            Sign::Negative
        } else {
            Sign::Positive
        }
    };
    let groups = row.groups.map(|(a, b)| (a as usize, b as usize));
    match row.size {
        Size::R(r) => Effect::from_correlation(r, n),
        Size::Z { z, variance } => Effect::from_fisher_z(z, variance),
        Size::T(t) => Effect::from_t(t, n),
        Size::ZStatistic(z) => Effect::from_z_statistic(z, n),
        Size::F { f, sign: s } => Effect::from_f(f, sign(s), n),
        Size::ChiSquared {
            chi_squared,
            sign: s,
        } => Effect::from_chi_squared(chi_squared, sign(s), n),
        Size::D {
            d,
            variance: Some(variance),
        } => Effect::from_d_and_variance(d, variance),
        Size::G {
            g,
            variance: Some(variance),
        } => Effect::from_g_and_variance(g, variance),
        Size::D { d, .. } => match groups {
            Some((a, b)) => Effect::from_d(d, a, b),
            None => Effect::from_d_total(d, n),
        },
        Size::G { g, .. } => match groups {
            Some((a, b)) => Effect::from_g(g, a, b),
            None => Effect::from_g_total(g, n),
        },
        Size::OddsRatio(odds) => Effect::from_odds_ratio(odds, n),
        Size::P { p, sign: s } => Effect::from_p(p, sign(s), n),
    }
}

/// Every effect corrected for the unreliability of both measures, when any row gives reliabilities.
fn corrected(rows: &[EffectRow]) -> Option<Result<Vec<Effect>, String>> {
    if rows
        .iter()
        .all(|row| row.reliability.iter().all(Option::is_none))
    {
        return None;
    }
    let estimate = |given: Option<(f64, Option<f64>)>| -> Result<ReliabilityEstimate, String> {
        let (value, std_error) = given.ok_or("has no reliability")?;
        Ok(ReliabilityEstimate {
            reliability: Reliability::new(value).map_err(|e| e.to_string())?,
            std_error,
        })
    };
    let one = |row: &EffectRow| -> Result<Effect, String> {
        let observed = effect_of(row).map_err(|e| e.to_string())?;
        let n = row.n.ok_or("has no number of clients")?;
        // METHOD: where only one of the two measures has a reliability, the other is taken as free
        // of error: the correction is then a lower bound.
        let perfect = Some((1.0, None));
        let [x, y] = row.reliability;
        if x.is_none() && y.is_none() {
            return Err("has no reliability".into());
        }
        Effect::corrected_for_attenuation(
            observed.r(),
            n as usize,
            [estimate(x.or(perfect))?, estimate(y.or(perfect))?],
        )
        .map_err(|e| e.to_string())
    };
    Some(
        rows.iter()
            .map(|row| one(row).map_err(|why| format!("the effect in line {} {why}", row.line)))
            .collect(),
    )
}

fn moderators(settings: &MetaSettings, file: &Effects) -> Result<Vec<Moderator>, String> {
    let mut moderators: Vec<Moderator> = Vec::new();
    for named in &settings.moderators {
        let moderator = moderator(named, file)?;
        if moderators.iter().any(|m| m.name == moderator.name) {
            return Err(format!(
                "moderator {:?} is named twice\n  hint: name it once: as a number, or as factor({})",
                moderator.name, moderator.name
            ));
        }
        moderators.push(moderator);
    }
    Ok(moderators)
}

fn moderator(named: &str, file: &Effects) -> Result<Moderator, String> {
    let name = moderator_name(named);
    let Some(column) = file.other(name) else {
        let others: Vec<&str> = file.others.iter().map(|c| c.name.as_str()).collect();
        let hint = nearest(name, &others)
            .map(|near| format!("; did you mean {near:?}?"))
            .unwrap_or_default();
        return Err(format!(
            "moderator {name:?}: there is no such column{hint}\n  hint: the columns that can be moderators are {}",
            others.join(", ")
        ));
    };
    let values = match &column.cells {
        OtherCells::Numbers(cells) if name == named => ModeratorValues::Numbers(cells.clone()),
        cells => levels(&cells.labels()),
    };
    Ok(Moderator {
        name: name.to_owned(),
        values,
    })
}

fn levels(labels: &[Option<String>]) -> ModeratorValues {
    let mut levels: Vec<String> = labels.iter().flatten().cloned().collect();
    levels.sort();
    levels.dedup();
    let of = labels
        .iter()
        .map(|label| levels.binary_search(label.as_ref()?).ok())
        .collect();
    ModeratorValues::Levels { levels, of }
}
