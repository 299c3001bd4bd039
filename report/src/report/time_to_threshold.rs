//! When runs first reached a return, or an optimal policy.

use super::quantity::Quantity;
use super::read::RunRecord;
use crate::stats::{Reached, steps_to_threshold};

/// A regret up to here is rounding.
const NO_REGRET: f64 = 1e-9;

/// Whether a regret says that the policy is optimal.
pub fn is_optimal(regret: f64) -> bool {
    regret <= NO_REGRET
}

/// When a run of `steps` environment steps first reached a return. A sum of rewards may be below the threshold by its rounding.
pub fn first_reached(run: &RunRecord, threshold: f64, steps: u64) -> Reached {
    let rounding = 1e-6 * threshold.abs().max(1.0);
    first_at_least(run, &Quantity::Return.curve(run), threshold - rounding, steps)
}

/// When a run's policy first had no regret.
pub fn first_optimal(run: &RunRecord, steps: u64) -> Reached {
    let negated: Vec<(f64, f64)> =
        Quantity::Regret.curve(run).into_iter().map(|(step, regret)| (step, -regret)).collect();
    first_at_least(run, &negated, -NO_REGRET, steps)
}

/// When a curve was first at least as high as the threshold, step 0 excluded: the run had not learned anything then. A run that
/// failed before that will never get there, so it counts as observed to the end of the `steps` that it should have made.
fn first_at_least(run: &RunRecord, curve: &[(f64, f64)], threshold: f64, steps: u64) -> Reached {
    let (mut at, mut heights): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for &(step, height) in curve.iter().filter(|(step, _)| *step > 0.0) {
        // A damaged file may have a step twice.
        if at.last().is_none_or(|before| *before < step) {
            at.push(step);
            heights.push(height);
        }
    }
    match steps_to_threshold(&at, &heights, threshold) {
        Reached::Censored(_) if run.failed() => Reached::Censored(steps as f64),
        other => other,
    }
}
