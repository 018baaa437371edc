//! One number with its uncertainty, or the reason why there is none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One number with its uncertainty: a row of `estimates.csv`.
///
/// `id` is stable between versions; the parts of it are `question`, `group` and `term`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    pub id: String,
    pub question: String,
    /// The group of clients, e.g. `overall`, `delivery.online`.
    pub group: String,
    /// What was estimated, e.g. `partial`.
    pub term: String,
    /// The group in words, as the clinic spells it.
    pub label: String,
    #[serde(flatten)]
    pub value: Value,
    pub scale: Scale,
    /// How the number was made, in words.
    pub method: String,
}

/// A number, or one of three different reasons why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Value {
    Estimated {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        estimate: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        std_error: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        conf_low: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        conf_high: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        conf_level: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        statistic: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        df: Option<f64>,
        /// Denominator degrees of freedom, where the statistic is an F; `df` is then the numerator's.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        df_residual: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        p_value: Option<f64>,
        /// Clients.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        n: Option<u64>,
        /// Clusters, levels or tests, as the method says.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        k: Option<u64>,
    },
    /// The data are there, but no number follows from them.
    NotEstimable {
        reason: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        n: Option<u64>,
    },
    /// Shown, it would point at fewer clients than the minimum cell.
    Suppressed { reason: String },
    /// The columns it needs are not there.
    NotMeasured { reason: String },
}

/// In what unit an estimate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    Correlation,
    FisherZ,
    DifferenceOfCorrelations,
    /// Points of the alliance measure.
    Points,
    /// Units of standard deviation.
    StandardDeviations,
    Count,
    /// Squared units of Fisher's z, as τ².
    Variance,
    /// Shares of 100, as I².
    Percent,
    /// Points of one score per point of another.
    Slope,
    /// Shares of 1, as an intraclass correlation.
    Proportion,
    /// Numbers without a unit: H², a log-likelihood, Cook's distance.
    Unitless,
}

impl Scale {
    pub fn as_str(self) -> &'static str {
        match self {
            Scale::Correlation => "r",
            Scale::FisherZ => "z",
            Scale::DifferenceOfCorrelations => "r1-r2",
            Scale::Points => "points",
            Scale::StandardDeviations => "sd",
            Scale::Count => "count",
            Scale::Variance => "variance",
            Scale::Percent => "percent",
            Scale::Slope => "slope",
            Scale::Proportion => "proportion",
            Scale::Unitless => "unitless",
        }
    }
}

/// An estimate as a row of `estimates.csv`: the column names are broom's.
///
/// Where there is no number, `estimate` holds `suppressed`, `not_estimable` or `not_measured` and
/// `method` says why; a term that has no interval leaves those cells empty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EstimateRow<'a> {
    pub id: &'a str,
    pub question: &'a str,
    pub group: &'a str,
    pub term: &'a str,
    pub estimate: Cell,
    pub std_error: Option<f64>,
    pub conf_low: Option<f64>,
    pub conf_high: Option<f64>,
    pub conf_level: Option<f64>,
    pub statistic: Option<f64>,
    pub df: Option<f64>,
    pub p_value: Option<f64>,
    pub n: Option<u64>,
    pub k: Option<u64>,
    pub scale: &'static str,
    pub method: String,
}

/// A number, a mark, or nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    Number(Option<f64>),
    Mark(&'static str),
}

impl Value {
    /// Nothing known yet; the `with_` methods of [`Estimate`] fill it.
    fn empty() -> Value {
        Value::Estimated {
            estimate: None,
            std_error: None,
            conf_low: None,
            conf_high: None,
            conf_level: None,
            statistic: None,
            df: None,
            df_residual: None,
            p_value: None,
            n: None,
            k: None,
        }
    }
}

/// `None` for what is not a finite number, so that NaN and infinity can never be written.
fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

macro_rules! field {
    ($self:ident, $field:ident = $value:expr) => {{
        if let Value::Estimated { $field, .. } = &mut $self.value {
            *$field = $value;
        }
        $self
    }};
}

impl Estimate {
    /// An estimate of `term` in `group` of `question`; its id joins the three by dots.
    pub fn new(question: &str, group: &str, term: &str, scale: Scale, method: &str) -> Estimate {
        let id = [question, group, term]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(".");
        Estimate {
            id,
            question: question.into(),
            group: group.into(),
            term: term.into(),
            label: group.into(),
            value: Value::empty(),
            scale,
            method: method.into(),
        }
    }

    /// The same under an id that is not made of its parts.
    pub fn called(mut self, id: &str) -> Estimate {
        self.id = id.into();
        self
    }

    pub fn labelled(mut self, label: &str) -> Estimate {
        self.label = label.into();
        self
    }

    pub fn with_estimate(mut self, x: f64) -> Estimate {
        field!(self, estimate = finite(x))
    }

    pub fn with_std_error(mut self, x: f64) -> Estimate {
        field!(self, std_error = finite(x))
    }

    pub fn with_interval(mut self, low: f64, high: f64, level: f64) -> Estimate {
        if let Value::Estimated {
            conf_low,
            conf_high,
            conf_level,
            ..
        } = &mut self.value
        {
            (*conf_low, *conf_high, *conf_level) = (finite(low), finite(high), finite(level));
        }
        self
    }

    pub fn with_test(mut self, statistic_value: f64, df_value: Option<f64>, p: f64) -> Estimate {
        if let Value::Estimated {
            statistic,
            df,
            p_value,
            ..
        } = &mut self.value
        {
            (*statistic, *df, *p_value) = (finite(statistic_value), df_value, finite(p));
        }
        self
    }

    pub fn with_df_residual(mut self, df: Option<f64>) -> Estimate {
        field!(self, df_residual = df)
    }

    pub fn with_p_value(mut self, p: f64) -> Estimate {
        field!(self, p_value = finite(p))
    }

    pub fn with_n(mut self, clients: usize) -> Estimate {
        match &mut self.value {
            Value::Estimated { n, .. } | Value::NotEstimable { n, .. } => *n = Some(clients as u64),
            Value::Suppressed { .. } | Value::NotMeasured { .. } => {}
        }
        self
    }

    /// The clients, where their number is known: 0 says that it is not.
    pub fn with_clients(self, clients: u64) -> Estimate {
        if clients > 0 {
            self.with_n(clients as usize)
        } else {
            self
        }
    }

    pub fn with_k(mut self, clusters: usize) -> Estimate {
        field!(self, k = Some(clusters as u64))
    }

    pub fn not_estimable(mut self, reason: impl ToString) -> Estimate {
        let n = self.n();
        self.value = Value::NotEstimable {
            reason: reason.to_string(),
            n,
        };
        self
    }

    pub fn suppressed(mut self, reason: impl ToString) -> Estimate {
        self.value = Value::Suppressed {
            reason: reason.to_string(),
        };
        self
    }

    pub fn not_measured(mut self, reason: impl ToString) -> Estimate {
        self.value = Value::NotMeasured {
            reason: reason.to_string(),
        };
        self
    }

    /// The number itself, where there is one.
    pub fn estimate(&self) -> Option<f64> {
        match self.value {
            Value::Estimated { estimate, .. } => estimate,
            _ => None,
        }
    }

    /// The limits of the interval and its level, where there is one.
    pub fn interval(&self) -> Option<(f64, f64, f64)> {
        match self.value {
            Value::Estimated {
                conf_low: Some(low),
                conf_high: Some(high),
                conf_level: Some(level),
                ..
            } => Some((low, high, level)),
            _ => None,
        }
    }

    /// The test statistic with its degrees of freedom, where there is one.
    pub fn statistic(&self) -> Option<(f64, Option<f64>)> {
        match self.value {
            Value::Estimated {
                statistic: Some(statistic),
                df,
                ..
            } => Some((statistic, df)),
            _ => None,
        }
    }

    /// The denominator degrees of freedom of an F.
    pub fn df_residual(&self) -> Option<f64> {
        match self.value {
            Value::Estimated { df_residual, .. } => df_residual,
            _ => None,
        }
    }

    pub fn std_error(&self) -> Option<f64> {
        match self.value {
            Value::Estimated { std_error, .. } => std_error,
            _ => None,
        }
    }

    pub fn p_value(&self) -> Option<f64> {
        match self.value {
            Value::Estimated { p_value, .. } => p_value,
            _ => None,
        }
    }

    pub fn n(&self) -> Option<u64> {
        match self.value {
            Value::Estimated { n, .. } | Value::NotEstimable { n, .. } => n,
            _ => None,
        }
    }

    pub fn k(&self) -> Option<u64> {
        match self.value {
            Value::Estimated { k, .. } => k,
            _ => None,
        }
    }

    /// Why there is no number, where there is none.
    pub fn reason(&self) -> Option<&str> {
        match &self.value {
            Value::Estimated { .. } => None,
            Value::NotEstimable { reason, .. }
            | Value::Suppressed { reason }
            | Value::NotMeasured { reason } => Some(reason),
        }
    }

    /// The estimate as a row of `estimates.csv`.
    pub fn row(&self) -> EstimateRow<'_> {
        let mut row = EstimateRow {
            id: &self.id,
            question: &self.question,
            group: &self.group,
            term: &self.term,
            estimate: Cell::Number(None),
            std_error: None,
            conf_low: None,
            conf_high: None,
            conf_level: None,
            statistic: None,
            df: None,
            p_value: None,
            n: self.n(),
            k: None,
            scale: self.scale.as_str(),
            method: self.method.clone(),
        };
        match &self.value {
            Value::Estimated {
                estimate,
                std_error,
                conf_low,
                conf_high,
                conf_level,
                statistic,
                df,
                p_value,
                n,
                k,
                ..
            } => {
                row.estimate = Cell::Number(*estimate);
                (row.std_error, row.conf_low, row.conf_high) = (*std_error, *conf_low, *conf_high);
                (row.conf_level, row.statistic, row.df) = (*conf_level, *statistic, *df);
                (row.p_value, row.n, row.k) = (*p_value, *n, *k);
            }
            Value::NotEstimable { reason, .. } => {
                row.estimate = Cell::Mark("not_estimable");
                row.method = format!("not estimable: {reason}");
            }
            Value::Suppressed { reason } => {
                row.estimate = Cell::Mark("suppressed");
                row.method = format!("suppressed: {reason}");
            }
            Value::NotMeasured { reason } => {
                row.estimate = Cell::Mark("not_measured");
                row.method = format!("not measured: {reason}");
            }
        }
        row
    }
}
