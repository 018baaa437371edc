//! Pooling against outside witnesses: metafor and clubSandwich, closed forms, laws, and the cases in which others stop in
//! the wrong place.

mod bias;
mod dataset;
mod design;
mod effect_size;
mod influence;
mod moderators;
mod pitfalls;
mod robust;
mod search;
mod tau_squared;
mod three_level;
mod three_level_pitfalls;
mod three_level_reference;
mod two_level;
