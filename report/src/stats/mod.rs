//! Statistics of experiments: what the scores of a variant over several seeds say about the variant.
//!
//! All functions are pure functions of numbers; those that draw random numbers get a seed. Names are rliable's where rliable has the
//! same function (Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice").
//!
//! - Estimates: [`mean`], [`median`], [`interquartile_mean`], [`optimality_gap`]; [`performance_profile`].
//! - Their intervals: [`Bootstrap`]. How many seeds a narrow interval takes: [`seeds_needed`].
//! - Two variants: [`probability_of_improvement`]. On differences of runs with the same seed: [`wilcoxon_signed_rank`] and
//!   [`pseudo_median`]. For more than two variants: [`holm()`].
//! - Several environments, each a stratum of runs: [`iqm_over_tasks`], [`optimality_gap_over_tasks`],
//!   [`improvement_over_tasks`], [`performance_profile_over_tasks`], [`mean_ranks`], and [`Bootstrap::interval_of_strata`].
//! - Learning curves: [`area_under_curve`]; [`steps_to_threshold`], [`share_reached`] and [`median_time`] for how long it takes,
//!   where some runs never reach the threshold.
//! - Searches: [`expected_maximum`] of a number of trials; [`explained_by_groups`], the share of the variance that a hyperparameter
//!   explains; [`sensitivities`], what variants lose with settings that are good for the others.
//!
//! Scores are `&[f64]`, one per run of a variant in one environment; over several environments, which papers call tasks, they are
//! normalised, and there is one such list for each. NaN is not a score: functions that need an order or a sum of all
//! scores return `None` for it, and also where there are no scores. The caller decides what a diverged run is worth.
//!
//! ```
//! use tilde::stats::{Bootstrap, interquartile_mean, probability_of_improvement};
//!
//! // The final returns of eight runs of each of two variants.
//! let (x, y) = ([9.0, 10.0, 11.0, 12.0, 12.0, 13.0, 14.0, 95.0], [7.0, 8.0, 8.0, 9.0, 9.0, 10.0, 10.0, 11.0]);
//! assert_eq!(interquartile_mean(&x), Some(12.0)); // of 11, 12, 12 and 13: one lucky run changes nothing
//! let interval = Bootstrap::default().iqm_interval(&x).expect("eight numbers");
//! assert!(interval.contains(12.0) && interval.low > 9.0);
//!
//! let probability = probability_of_improvement(&x, &y).expect("sixteen numbers");
//! assert_eq!(probability, 57.5 / 64.0); // of 64 pairs, a tie counting half
//! ```

mod bootstrap;
mod censored;
mod curve;
mod estimates;
mod expected_maximum;
mod explained;
mod holm;
mod improvement;
mod profile;
mod quantile;
mod resample;
mod seeds;
mod sensitivity;
mod signed_rank;
mod tasks;

pub use bootstrap::{Bootstrap, ConfidenceInterval};
pub use censored::{median_time, share_reached};
pub use curve::{Reached, area_under_curve, steps_to_threshold};
pub use estimates::{interquartile_mean, mean, median, optimality_gap};
pub use expected_maximum::expected_maximum;
pub use explained::{Explained, explained_by_groups, thirds};
pub use holm::holm;
pub use improvement::probability_of_improvement;
pub use profile::{performance_profile, performance_profile_intervals};
pub use quantile::quantile;
pub use seeds::seeds_needed;
pub use sensitivity::{Sensitivity, sensitivities};
pub use signed_rank::{pseudo_median, wilcoxon_signed_rank};
pub use tasks::{
    improvement_over_tasks, iqm_over_tasks, mean_ranks, optimality_gap_over_tasks,
    performance_profile_intervals_over_tasks, performance_profile_over_tasks,
};
