//! What figures may show beside those of the last report.

use super::Held;
use crate::findings::earlier::of_display;
use crate::findings::{Answer, Display};

/// Leaves out of an answer's figures what tells of a few clients beside the last report.
pub fn protect(answer: &mut Answer, held: &Held) {
    let question = answer.question.clone();
    let pooled_is_shown = answer
        .estimate("sites.pooled")
        .is_none_or(|e| e.estimate().is_some());
    answer.displays.retain_mut(|display| {
        let is_safe = |display: &Display| {
            of_display(&question, display)
                .iter()
                .all(|(name, now)| held.allows(name, now))
        };
        match display {
            Display::Courses(courses) => {
                for course in &mut courses.courses {
                    let (score, group) = (course.score.clone(), course.group.clone());
                    course.points.retain(|point| {
                        let one = crate::findings::Course {
                            score: score.clone(),
                            group: group.clone(),
                            points: vec![point.clone()],
                            y_label: String::new(),
                            label: String::new(),
                        };
                        let alone =
                            Display::Courses(crate::findings::Courses { courses: vec![one] });
                        is_safe(&alone)
                    });
                }
                // One session is no course.
                courses.courses.retain(|course| course.points.len() >= 2);
                !courses.courses.is_empty()
            }
            Display::Distributions(all) => {
                all.groups.retain(|group| {
                    let alone = Display::Distributions(crate::findings::Distributions {
                        x_label: String::new(),
                        groups: vec![group.clone()],
                    });
                    is_safe(&alone) && has_the_same_bins(&question, &alone, held)
                });
                !all.groups.is_empty()
            }
            Display::BinnedScatter(_) => {
                is_safe(display) && has_the_same_bins(&question, display, held)
            }
            // Its effects give the number and the mean of each therapist's clients.
            Display::Caterpillar(_) => of_display(&question, display).iter().all(|(name, now)| {
                held.earlier
                    .numbers
                    .get(name)
                    .is_none_or(|last| last == now)
            }),
            Display::PooledForest(_) => pooled_is_shown,
            // Decided on where they are made.
            Display::ControlChart(_) | Display::UnitFunnel(_) => true,
            other => is_safe(other),
        }
    });
}

/// Bins with other limits than last time would tell what lies between the two.
fn has_the_same_bins(question: &str, binned: &Display, held: &Held) -> bool {
    let now = of_display(question, binned);
    let Some((whole, _)) = now.first() else {
        return true;
    };
    let of_this = format!("{whole}/");
    let before = held
        .earlier
        .numbers
        .keys()
        .filter(|name| name.starts_with(&of_this));
    let before: Vec<&String> = before.collect();
    before.is_empty()
        || before.len() + 1 == now.len() && now[1..].iter().all(|(name, _)| before.contains(&name))
}
