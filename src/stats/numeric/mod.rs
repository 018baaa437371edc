//! Numerical tools of the floor: distributions, moments, quantiles, random streams.
//!
//! Every elementary function that is not exact by IEEE 754 comes from `libm`, not from the system's library,
//! so that the same study gives the same bytes on every machine.

pub mod distribution;
mod inversion;
pub mod moments;
pub mod quantile;
pub mod random;
pub mod search;
pub(crate) mod tails;
