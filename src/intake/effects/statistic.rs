//! The ways to report an effect, and what each says of the correlation.

use crate::stats::numeric::distribution::{student_t_quantile, student_t_two_sided_p};

use super::written::Written;

/// A way to report an effect; in the order in which one is taken where a row has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Statistic {
    R,
    /// Fisher's z, and the column says so.
    FisherZ,
    /// Fisher's z, unless it looks like the z of a test.
    Z,
    T,
    /// The z of a test.
    TestZ,
    F,
    ChiSquared,
    D,
    G,
    OddsRatio,
    P,
}

impl Statistic {
    pub const ALL: [Statistic; 11] = [
        Statistic::R,
        Statistic::FisherZ,
        Statistic::Z,
        Statistic::T,
        Statistic::TestZ,
        Statistic::F,
        Statistic::ChiSquared,
        Statistic::D,
        Statistic::G,
        Statistic::OddsRatio,
        Statistic::P,
    ];

    pub fn column(self) -> &'static str {
        match self {
            Statistic::R => "r",
            Statistic::FisherZ => "fisher_z",
            Statistic::Z => "z",
            Statistic::T => "t",
            Statistic::TestZ => "z_statistic",
            Statistic::F => "f",
            Statistic::ChiSquared => "chi_squared",
            Statistic::D => "d",
            Statistic::G => "g",
            Statistic::OddsRatio => "odds_ratio",
            Statistic::P => "p",
        }
    }

    /// What its cell should hold.
    pub fn expected(self) -> &'static str {
        match self {
            Statistic::R => "a correlation between −1 and 1, both excluded: r = ±1 has no interval",
            Statistic::FisherZ | Statistic::Z => "Fisher's z",
            Statistic::T => "a t statistic",
            Statistic::TestZ => "the z of a test",
            Statistic::F => "an F statistic (one numerator df), 0 or more",
            Statistic::ChiSquared => "a χ² statistic (one df), 0 or more and below n",
            Statistic::D | Statistic::G => "a standardised mean difference",
            Statistic::OddsRatio => "an odds ratio above 0",
            Statistic::P => "a two-sided p above 0 and at most 1",
        }
    }

    /// Can it have this value, of so many clients?
    pub fn allows(self, x: f64, clients: Option<f64>) -> bool {
        match self {
            Statistic::R => x.abs() < 1.0,
            Statistic::F => x >= 0.0,
            Statistic::ChiSquared => x >= 0.0 && clients.is_none_or(|n| x < n),
            Statistic::OddsRatio => x > 0.0,
            Statistic::P => x > 0.0 && x <= 1.0,
            _ => true,
        }
    }

    /// Does it say in which direction the effect goes?
    pub fn has_sign(self) -> bool {
        !matches!(self, Statistic::F | Statistic::ChiSquared | Statistic::P)
    }

    /// The direction of a value: below 0 is negative. An odds ratio of 1 has none.
    pub fn direction(self, x: f64) -> f64 {
        if self == Statistic::OddsRatio {
            libm::log(x)
        } else {
            x
        }
    }

    /// The value of the same size in the other direction.
    pub fn turned(self, x: f64) -> f64 {
        if self == Statistic::OddsRatio {
            1.0 / x
        } else {
            -x
        }
    }
}

/// A statistic that a row gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given {
    pub statistic: Statistic,
    pub written: Written,
}

/// Of whom the statistics of a row are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Whom {
    pub clients: f64,
    /// Clients of the two groups.
    pub groups: Option<(f64, f64)>,
}

/// Fisher's z that a statistic, as it is written, can stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub low: f64,
    pub high: f64,
    pub has_sign: bool,
    /// Does it follow by algebra, or by assumptions about the groups?
    pub is_exact: bool,
}

/// `d` of a study whose groups are not known may be of unequal groups (up to 1 to 23, a = 25), or within
/// the clients (t = d·√n, a = 1).
const UNKNOWN_GROUPS: (f64, f64) = (25.0, 1.0);
/// A p written as this or less is often the threshold it is below.
const OFTEN_A_THRESHOLD: f64 = 0.001;

impl Whom {
    /// `(n₁ + n₂)²/(n₁ n₂)`, from the least to the most it can be for.
    fn spread_of_groups(&self) -> (f64, f64) {
        self.groups.map_or(UNKNOWN_GROUPS, |(n1, n2)| {
            let a = (n1 + n2) * (n1 + n2) / (n1 * n2);
            (a, a)
        })
    }

    fn z_of_t(&self, t: f64) -> f64 {
        libm::asinh(t / (self.clients - 2.0).sqrt())
    }

    fn z_of_p(&self, p: f64) -> f64 {
        let p = p.clamp(0.0, 1.0);
        if p == 0.0 {
            return f64::INFINITY;
        }
        self.z_of_t(-student_t_quantile(p / 2.0, self.clients - 2.0))
    }

    /// `a` of groups that are known, or taken as equal.
    fn usual_spread(&self) -> f64 {
        self.groups.map_or(4.0, |_| self.spread_of_groups().0)
    }

    /// Fisher's z of a value of a statistic; of a statistic without a sign, its size.
    pub fn z(&self, statistic: Statistic, x: f64) -> f64 {
        const LARGEST: f64 = 0.999_999;
        match statistic {
            Statistic::R => libm::atanh(x.clamp(-LARGEST, LARGEST)),
            Statistic::FisherZ | Statistic::Z => x,
            Statistic::TestZ => x / (self.clients - 3.0).sqrt(),
            Statistic::T => self.z_of_t(x),
            Statistic::F => self.z_of_t(x.max(0.0).sqrt()),
            Statistic::P => self.z_of_p(x),
            Statistic::ChiSquared => libm::atanh((x.max(0.0) / self.clients).sqrt().min(LARGEST)),
            Statistic::D | Statistic::G => libm::asinh(x / self.usual_spread().sqrt()),
            Statistic::OddsRatio => {
                libm::asinh(libm::log(x) * 3f64.sqrt() / std::f64::consts::PI / 2.0)
            }
        }
    }

    /// Which Fisher's z a statistic, as it is written, can stand for.
    pub fn range(&self, given: &Given) -> Range {
        let (low, high) = given.written.range();
        let exact = Range {
            low: self.z(given.statistic, low),
            high: self.z(given.statistic, high),
            has_sign: given.statistic.has_sign(),
            is_exact: true,
        };
        match given.statistic {
            Statistic::P => Range {
                low: exact.high,
                high: if low <= OFTEN_A_THRESHOLD {
                    f64::INFINITY
                } else {
                    exact.low
                },
                ..exact
            },
            Statistic::ChiSquared => {
                // As φ, or as the square of a normal: they part where χ² is near n.
                let normal = |x: f64| (x.max(0.0) / (self.clients - 3.0)).sqrt();
                Range {
                    low: exact.low.min(normal(low)),
                    high: exact.high.max(normal(high)),
                    is_exact: false,
                    ..exact
                }
            }
            Statistic::D | Statistic::G => self.of_difference(low, high),
            // METHOD: its size depends on how common the outcome is; only its direction is held against others.
            Statistic::OddsRatio => Range {
                low: if low < 1.0 { f64::NEG_INFINITY } else { 0.0 },
                high: if high > 1.0 { f64::INFINITY } else { 0.0 },
                is_exact: false,
                ..exact
            },
            _ => exact,
        }
    }

    fn of_difference(&self, low: f64, high: f64) -> Range {
        let (weak, strong) = self.spread_of_groups();
        let of = |d: f64, away_from_zero: bool| {
            let a = if away_from_zero { strong } else { weak };
            libm::asinh(d / a.sqrt())
        };
        Range {
            low: of(low, low < 0.0),
            high: of(high, high > 0.0),
            has_sign: true,
            is_exact: false,
        }
    }

    /// The size that a statistic would have for this Fisher's z.
    pub fn implied(&self, statistic: Statistic, z: f64) -> f64 {
        let t = libm::sinh(z) * (self.clients - 2.0).sqrt();
        match statistic {
            Statistic::R => libm::tanh(z),
            Statistic::FisherZ | Statistic::Z => z,
            Statistic::TestZ => z * (self.clients - 3.0).sqrt(),
            Statistic::T => t,
            Statistic::F => t * t,
            Statistic::P => student_t_two_sided_p(t, self.clients - 2.0),
            Statistic::ChiSquared => self.clients * libm::tanh(z) * libm::tanh(z),
            Statistic::D | Statistic::G => libm::sinh(z) * self.usual_spread().sqrt(),
            Statistic::OddsRatio => {
                libm::exp(libm::sinh(z) * 2.0 * std::f64::consts::PI / 3f64.sqrt())
            }
        }
    }
}
