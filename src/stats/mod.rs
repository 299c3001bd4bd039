//! Statistics of experiments: what a variant's scores over several seeds say about the variant.
//!
//! Everything here is a pure function on numbers, and has its seed where it draws. Names are rliable's where rliable
//! has the same thing (Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice").
//!
//! - Estimates of one task: [`mean`], [`median`], [`interquartile_mean`], [`optimality_gap`]; over several: the
//!   `aggregate_` functions and [`performance_profile`].
//! - Intervals of any of them: [`Bootstrap`], whose expanded interval is the one for reports. How many seeds a narrow
//!   one takes: [`seeds_needed`].
//! - Two variants: [`probability_of_improvement`]; [`wilcoxon_signed_rank`], the test for reports, with [`pseudo_median`], and
//!   [`paired_permutation_test`], on differences of runs with the same seed; [`holm()`] for more than two variants.
//! - Learning curves: [`area_under_curve`]; [`steps_to_threshold`], [`share_reached`] and [`median_time`] for how long
//!   it takes, where some runs never get there.
//!
//! Scores of a task are `&[f64]`, one per run. NaN is no score: functions that cannot do without an order or a sum of
//! all scores return `None`, as they do where there are no scores. What a diverged run is worth is the caller's to say.

mod aggregate;
mod bootstrap;
mod censored;
mod curve;
mod estimates;
mod holm;
mod improvement;
mod profile;
mod quantile;
mod resample;
mod seeds;
mod sign_flip;
mod signed_rank;

pub use aggregate::{aggregate_iqm, aggregate_mean, aggregate_median, aggregate_optimality_gap};
pub use bootstrap::{Bootstrap, Interval};
pub use censored::{median_time, share_reached};
pub use curve::{Reached, area_under_curve, steps_to_threshold};
pub use estimates::{interquartile_mean, mean, median, optimality_gap};
pub use holm::holm;
pub use improvement::probability_of_improvement;
pub use profile::{performance_profile, performance_profile_intervals};
pub use quantile::quantile;
pub use seeds::seeds_needed;
pub use sign_flip::paired_permutation_test;
pub use signed_rank::{pseudo_median, wilcoxon_signed_rank};
