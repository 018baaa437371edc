//! The ground floor: pure numbers.
//!
//! Slices and sufficient statistics come in, small structs go out. Nothing here opens a file, knows a table, prints,
//! reads the clock or draws from a global source of randomness: the confidence level and the seed are arguments.
//!
//! | question | module |
//! |---|---|
//! | How do two measures go together, with others held fixed? | [`correlation`], [`rank`] |
//! | How precise is a correlation, and could it be zero? | [`fisher`] |
//! | Do two correlations differ, of two groups or of the same clients? two means? | [`compare`], [`means`] |
//! | Are they the same for practical purposes? | [`equivalence`] |
//! | What if clients share a therapist? | [`bootstrap`] |
//! | By how many points does the outcome rise with the alliance? with several things at once? | [`adjusted_line`], [`regression`] |
//! | How precise is a share of clients? of their ratings? | [`proportion`], [`clustered`] |
//! | When is a change more than noise? | [`reliable_change`] |
//! | Does a number move from month to month, or only vary as always? | [`control_chart`] |
//! | Which clinics lie outside what chance explains? which result would their clients let expect? | [`funnel_limits`], [`case_mix`] |
//! | Did the alliance break, and was it repaired? | [`rupture`] |
//! | Do the items of a scale belong together? | [`consistency`] |
//! | What if the questionnaires are noisy? | [`attenuation`] |
//! | What could this many clients have shown at all? | [`power`] |
//! | What if many questions were asked? | [`multiplicity`] |
//! | What do many studies say together? | [`meta`] |
//! | What lies between clients or therapists, what within? | [`mixed`] |
//! | Distributions, moments, quantiles, random streams | [`numeric`] |
//!
//! A number that cannot be computed is an [`Undefined`] with its reason; it is never 0, NaN or infinite.

#![forbid(unsafe_code)]

pub mod adjusted_line;
pub mod attenuation;
mod basis;
pub mod bootstrap;
pub mod case_mix;
pub mod clustered;
pub mod compare;
pub mod consistency;
pub mod control_chart;
pub mod correlation;
pub mod equivalence;
pub mod fisher;
pub mod funnel_limits;
pub mod interval;
pub mod means;
pub mod meta;
pub mod mixed;
pub mod multiplicity;
pub mod numeric;
pub mod power;
pub mod proportion;
pub mod rank;
pub mod regression;
pub mod reliable_change;
pub mod rupture;
mod undefined;

pub use undefined::Undefined;
