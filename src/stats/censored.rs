//! When runs reach a threshold, where some are stopped before they do.

use super::curve::Reached;

/// The share of runs that have reached the threshold by each step: 1 − S, with S the estimate of Kaplan & Meier 1958.
///
/// A step function: at the steps given, in ascending order, it jumps to the share beside it, and before the first it is
/// 0. A run that was stopped counts as long as it was looked at, and then no longer; at the step of its last look, it
/// still does. Ignoring such runs would make a variant look fast, and counting their last step as the time would as
/// well.
///
/// Empty where no run has reached the threshold. The steps are numbers, never NaN.
pub fn share_reached(times: &[Reached]) -> Vec<(f64, f64)> {
    let mut reached: Vec<f64> = times.iter().filter_map(|time| reached_at(*time)).collect();
    reached.sort_unstable_by(f64::total_cmp);
    let mut missing = 1.0; // S: the share that has not reached it yet
    let jump = |equal: &[f64]| {
        let in_view = times.iter().filter(|time| last_seen(**time) >= equal[0]).count();
        missing *= 1.0 - equal.len() as f64 / in_view as f64;
        (equal[0], 1.0 - missing)
    };
    reached.chunk_by(|a, b| a == b).map(jump).collect()
}

/// The step by which half of the runs have reached the threshold, or `None` where fewer have by the end.
///
/// The first step at which [`share_reached`] is at least one half.
pub fn median_time(times: &[Reached]) -> Option<f64> {
    // A share that is one half but for the rounding of a product is one half.
    share_reached(times).into_iter().find(|(_, share)| *share >= 0.5 - 1e-12).map(|(step, _)| step)
}

fn reached_at(time: Reached) -> Option<f64> {
    match time {
        Reached::At(step) => Some(step),
        Reached::Censored(_) => None,
    }
}

/// The last step at which the run had not yet reached the threshold, or just then reached it.
fn last_seen(time: Reached) -> f64 {
    match time {
        Reached::At(step) | Reached::Censored(step) => step,
    }
}

#[cfg(test)]
mod tests {
    use super::Reached::{At, Censored};
    use super::*;

    #[test]
    fn without_censoring_it_is_the_share_that_has_arrived() {
        assert_eq!(share_reached(&[At(3.0), At(1.0), At(3.0), At(4.0)]), [(1.0, 0.25), (3.0, 0.75), (4.0, 1.0)]);
        assert_eq!(median_time(&[At(3.0), At(1.0), At(3.0), At(4.0)]), Some(3.0));
        assert_eq!(median_time(&[At(3.0), At(1.0)]), Some(1.0));
    }

    #[test]
    fn a_run_that_was_stopped_counts_as_long_as_it_was_in_view() {
        // Step 2: 1 of 4, one of them looked at for the last time. Step 5: 1 of 2, S = 3/4 · 1/2.
        let times = [At(2.0), Censored(2.0), At(5.0), Censored(9.0)];
        assert_eq!(share_reached(&times), [(2.0, 0.25), (5.0, 0.625)]);
        assert_eq!(median_time(&times), Some(5.0));
    }

    #[test]
    fn there_is_no_median_where_fewer_than_half_arrive() {
        assert_eq!(median_time(&[At(2.0), Censored(9.0), Censored(9.0)]), None);
        assert_eq!(median_time(&[Censored(9.0)]), None);
        assert_eq!(median_time(&[]), None);
        assert_eq!(share_reached(&[Censored(9.0)]), []);
    }

    #[test]
    fn half_is_half_however_it_is_rounded() {
        // Three of six, one at a time: 1 − 5/6 · 4/5 · 3/4.
        let times = [At(1.0), At(2.0), At(3.0), Censored(4.0), Censored(4.0), Censored(4.0)];
        assert_eq!(median_time(&times), Some(3.0));
    }
}
