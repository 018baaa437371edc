//! The mean rating from three ratings before a rupture to three after it.

use super::Series;
use crate::findings::{RuptureCourse, RuptureCourses, RupturePoint};
use crate::questions::counts::{blurred, rounded};
use crate::questions::sample::Analysis;
use crate::stats::means::paired;
use crate::stats::numeric::moments::Moments;

use crate::stats::rupture::Rupture;

/// Ratings before and after.
const REACH: i32 = 3;
/// The fewest ruptures behind a point.
const FEWEST: usize = 10;

/// The courses that may be shown, if there are any.
pub fn courses(
    analysis: &Analysis,
    criterion: &str,
    series: &[Series],
    found: &[Vec<Rupture>],
) -> Option<RuptureCourses> {
    let kinds = [("repaired", true), ("not repaired", false)];
    let courses: Vec<RuptureCourse> = kinds
        .into_iter()
        .filter_map(|(label, is_repaired)| {
            let points: Vec<RupturePoint> = (-REACH..=REACH)
                .filter_map(|offset| point(analysis, series, found, is_repaired, offset))
                .collect();
            let ruptures = found
                .iter()
                .flatten()
                .filter(|r| r.repaired_after.is_some() == is_repaired)
                .count();
            (!points.is_empty()).then(|| RuptureCourse {
                label: label.into(),
                ruptures: rounded(ruptures),
                points,
            })
        })
        .collect();
    let alliance = analysis.alliance_measure().map_or("alliance", |m| &m.name);
    (!courses.is_empty()).then(|| RuptureCourses {
        y_label: format!("{alliance} rating (higher is better)"),
        criterion: criterion.into(),
        conf_level: analysis.level.value(),
        courses,
    })
}

/// The ratings so many ratings after the ruptures of one kind.
///
/// METHOD: ruptures are taken as independent; a client with several counts several times.
fn point(
    analysis: &Analysis,
    series: &[Series],
    found: &[Vec<Rupture>],
    is_repaired: bool,
    offset: i32,
) -> Option<RupturePoint> {
    let mut ratings = Vec::new();
    let mut clients = 0;
    for (s, ruptures) in series.iter().zip(found) {
        let before = ratings.len();
        ratings.extend(
            ruptures
                .iter()
                .filter(|r| r.repaired_after.is_some() == is_repaired)
                .filter_map(|r| {
                    let at = usize::try_from(r.at as i64 + i64::from(offset)).ok()?;
                    s.ratings.get(at).copied()
                }),
        );
        clients += usize::from(ratings.len() > before);
    }
    if ratings.len() < FEWEST || analysis.is_small(clients) {
        return None;
    }
    let mean = paired(&Moments::from_values(&ratings).ok()?, analysis.level).ok()?;
    let range = analysis.alliance_measure().and_then(|m| m.range());
    let blurred = |mean: f64| blurred(mean, ratings.len(), range);
    Some(RupturePoint {
        offset,
        mean: blurred(mean.mean),
        conf_low: blurred(mean.interval.low()),
        conf_high: blurred(mean.interval.high()),
    })
}
