//! Do the statistics of a row say the same? A row that contradicts itself is never pooled unasked.
//!
//! METHOD: each statistic, as it is written, stands for a range of Fisher's z; two contradict each other
//! when their ranges lie further apart than rounding, other degrees of freedom and near-exact tests can
//! explain. The slack is wide: a p that is one-sided may pass beside its r, because r is what is pooled.

use super::statistic::{Given, Range, Statistic, Whom};
use crate::intake::problem::shown;

/// How far two ranges may lie apart: standard errors of Fisher's z, and a share of the larger of the two.
const EXACT: (f64, f64) = (0.1, 0.1);
/// The same where one of them rests on assumptions about the groups.
const ASSUMED: (f64, f64) = (0.3, 0.35);

/// Two statistics of a row that cannot be of the same clients.
pub(super) struct Contradiction {
    /// The one that is wrong if the other is right.
    pub column: &'static str,
    pub message: String,
    pub hint: String,
}

pub(super) const TEST_Z: &str = "a test's z goes into a column z_statistic, Fisher's z = atanh(r) into a column fisher_z; in the study file: [meta.columns] z_statistic = \"z\", or fisher_z = \"z\"";

/// The first two statistics of a row that contradict each other.
pub(super) fn contradiction(given: &[Given], whom: &Whom) -> Option<Contradiction> {
    given.iter().enumerate().find_map(|(i, first)| {
        given[i + 1..]
            .iter()
            .find(|second| !agree(&whom.range(first), &whom.range(second), whom))
            .map(|second| between(first, second, whom))
    })
}

fn agree(a: &Range, b: &Range, whom: &Whom) -> bool {
    let (a, b) = if a.has_sign && b.has_sign {
        (*a, *b)
    } else {
        (without_sign(a), without_sign(b))
    };
    let (errors, share) = if a.is_exact && b.is_exact {
        EXACT
    } else {
        ASSUMED
    };
    let apart = (a.low - b.high).max(b.low - a.high);
    let largest = [a.low, a.high, b.low, b.high]
        .into_iter()
        .filter(|z| z.is_finite())
        .fold(0.0, |most: f64, z| most.max(z.abs()));
    apart <= errors / (whom.clients - 3.0).sqrt() + share * largest
}

fn without_sign(range: &Range) -> Range {
    let least = range.low.max(-range.high).max(0.0);
    let most = range.low.abs().max(range.high.abs());
    Range {
        low: least,
        high: most,
        ..*range
    }
}

fn between(first: &Given, second: &Given, whom: &Whom) -> Contradiction {
    if let Some(of_a_test) = as_test(first, second, whom) {
        return of_a_test;
    }
    let z = whom.z(first.statistic, first.written.value);
    let (one, other) = (first.statistic.column(), second.statistic.column());
    let text = |given: &Given| shown(given.written.text.as_bytes());
    // The direction of an odds ratio is all that is held against others.
    let is_odds = |given: &Given| given.statistic == Statistic::OddsRatio;
    let expected = if is_odds(first) || is_odds(second) {
        "the other direction".to_owned()
    } else {
        format!("about {}", about(whom.implied(second.statistic, z)))
    };
    let of_p = if second.statistic == Statistic::P {
        "; a p is two-sided (a one-sided one is half of it), and a bound is written as one, such as <.05"
    } else {
        ""
    };
    Contradiction {
        column: other,
        message: format!(
            "found {}, expected {expected} beside {one} = {} of {} clients: they contradict each other",
            text(second),
            text(first),
            whom.clients.round()
        ),
        hint: format!(
            "one of the two is wrong, or they are of different analyses; correct it, or leave that cell empty which is not meant; where the column {other} is about something else, give it another name{of_p}"
        ),
    }
}

/// Is the z of this row a test's, so that it does agree with the other?
fn as_test(first: &Given, second: &Given, whom: &Whom) -> Option<Contradiction> {
    let (z, other) = match (first.statistic, second.statistic) {
        (Statistic::Z, _) => (first, second),
        (_, Statistic::Z) => (second, first),
        _ => return None,
    };
    let test = Given {
        statistic: Statistic::TestZ,
        written: z.written.clone(),
    };
    agree(&whom.range(&test), &whom.range(other), whom).then(|| Contradiction {
        column: "z",
        message: format!(
            "found {}, which beside {} = {} of {} clients is the z of a test, expected Fisher's z",
            shown(z.written.text.as_bytes()),
            other.statistic.column(),
            shown(other.written.text.as_bytes()),
            whom.clients.round()
        ),
        hint: TEST_Z.into(),
    })
}

/// A number with the digits that tell two of them apart.
fn about(x: f64) -> String {
    if x != 0.0 && x.abs() < 0.001 {
        return format!("{x:.0e}");
    }
    format!("{}", (x * 1000.0).round() / 1000.0)
}
