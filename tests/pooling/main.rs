//! Pooling against R metafor, closed forms and laws.

mod bias;
mod dataset;
mod design;
mod effect_size;
mod influence;
mod moderators;
mod pitfalls;
mod search;
mod tau_squared;
mod two_level;
