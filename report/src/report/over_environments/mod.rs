//! Methods compared over several environments (Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical
//! Precipice"): on normalised scores, on ranks and on the probability of improvement.

mod aggregate;
mod csv;
mod figures;
mod findings;
mod scale;
mod selection;
mod table;

pub use aggregate::OverEnvironments;
pub use csv::csv;
pub use figures::figures;
pub use findings::{cautions, findings, heading, normalisation, score_name};
pub use scale::Scale;
pub use table::table;
