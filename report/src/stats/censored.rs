//! When runs reach a threshold, if some of them end before they do.

use super::curve::Reached;

/// The share of runs that have reached the threshold by each step: 1 − S, with S the estimate of Kaplan & Meier 1958.
///
/// A step function: 0 before the first step; at each step, in ascending order, it jumps to the share beside it. A run that ended
/// before it reached the threshold counts up to its last evaluation, including that step. Leaving such runs out would make a variant
/// look faster, and so would counting their last step as the time.
///
/// Empty where no run has reached the threshold. Steps must not be NaN.
pub fn share_reached(times: &[Reached]) -> Vec<(f64, f64)> {
    let mut reached: Vec<f64> = times.iter().filter_map(|time| reached_at(*time)).collect();
    reached.sort_unstable_by(f64::total_cmp);
    let mut remaining = 1.0; // S: the share that has not reached the threshold
    let jump = |equal: &[f64]| {
        let at_risk = times.iter().filter(|time| last_step(**time) >= equal[0]).count();
        remaining *= 1.0 - equal.len() as f64 / at_risk as f64;
        (equal[0], 1.0 - remaining)
    };
    reached.chunk_by(|a, b| a == b).map(jump).collect()
}

/// The step by which half of the runs have reached the threshold; `None` if fewer ever do.
///
/// The first step at which [`share_reached`] is at least one half.
pub fn median_time(times: &[Reached]) -> Option<f64> {
    // The product may be one half minus a rounding error.
    share_reached(times).into_iter().find(|(_, share)| *share >= 0.5 - 1e-12).map(|(step, _)| step)
}

fn reached_at(time: Reached) -> Option<f64> {
    match time {
        Reached::At(step) => Some(step),
        Reached::Censored(_) => None,
    }
}

/// The step at which the run reached the threshold, or its last evaluation.
fn last_step(time: Reached) -> f64 {
    match time {
        Reached::At(step) | Reached::Censored(step) => step,
    }
}

#[cfg(test)]
mod tests {
    use super::Reached::{At, Censored};
    use super::*;

    #[test]
    fn without_censoring_it_is_the_share_of_runs() {
        assert_eq!(share_reached(&[At(3.0), At(1.0), At(3.0), At(4.0)]), [(1.0, 0.25), (3.0, 0.75), (4.0, 1.0)]);
        assert_eq!(median_time(&[At(3.0), At(1.0), At(3.0), At(4.0)]), Some(3.0));
        assert_eq!(median_time(&[At(3.0), At(1.0)]), Some(1.0));
    }

    #[test]
    fn a_censored_run_counts_up_to_its_last_evaluation() {
        // Step 2: 1 of 4, since the run that is censored at 2 still counts. Step 5: 1 of 2, S = 3/4 · 1/2.
        let times = [At(2.0), Censored(2.0), At(5.0), Censored(9.0)];
        assert_eq!(share_reached(&times), [(2.0, 0.25), (5.0, 0.625)]);
        assert_eq!(median_time(&times), Some(5.0));
    }

    #[test]
    fn there_is_no_median_if_fewer_than_half_reach_it() {
        assert_eq!(median_time(&[At(2.0), Censored(9.0), Censored(9.0)]), None);
        assert_eq!(median_time(&[Censored(9.0)]), None);
        assert_eq!(median_time(&[]), None);
        assert_eq!(share_reached(&[Censored(9.0)]), []);
    }

    #[test]
    fn a_share_of_one_half_may_be_rounded() {
        // Three of six, one at a time: 1 − 5/6 · 4/5 · 3/4.
        let times = [At(1.0), At(2.0), At(3.0), Censored(4.0), Censored(4.0), Censored(4.0)];
        assert_eq!(median_time(&times), Some(3.0));
    }
}
