//! The choice of the best trial of a search.

use std::cmp::Ordering;

/// The objective of a trial that failed: worse than any other.
pub const FAILED: f64 = f64::NEG_INFINITY;

/// What a trial reached at a rung.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// Its objective; [`FAILED`] if it failed.
    pub objective: f64,
    /// The interquartile mean of the mean heights of its learning curves (the objective `auc`), which decides between trials with the
    /// same objective: several may reach the largest return that there is. [`FAILED`] where it is not known.
    pub auc: f64,
}

impl Measurement {
    /// That of a failed trial.
    pub const FAILED: Measurement = Measurement { objective: FAILED, auc: FAILED };

    /// Whether the trial failed.
    pub fn is_failed(&self) -> bool {
        self.objective == FAILED
    }

    /// The order of two trials: by their objectives, of equal ones by the areas under their learning curves. The better one is greater.
    pub fn order(&self, other: &Measurement) -> Ordering {
        self.objective.total_cmp(&other.objective).then(self.auc.total_cmp(&other.auc))
    }
}

impl From<f64> for Measurement {
    /// An objective alone.
    fn from(objective: f64) -> Measurement {
        Measurement { objective, auc: FAILED }
    }
}

/// A trial with what it reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Its number.
    pub trial: usize,
    /// The highest rung that it was measured at.
    pub rung: usize,
    /// What it reached there.
    pub measured: Measurement,
}

/// The best trial: of those measured at the highest rung at which one did not fail, the one with the largest objective; of equal ones,
/// the one with the largest area under the learning curve, then the one with the smallest number. `None` without trials.
///
/// Trials of lower rungs had fewer steps, so their objectives say nothing about the whole budget.
pub fn best_trial(candidates: &[Candidate]) -> Option<Candidate> {
    let sound = candidates.iter().filter(|candidate| !candidate.measured.is_failed());
    let Some(top) = sound.map(|candidate| candidate.rung).max() else {
        return candidates.iter().min_by_key(|candidate| candidate.trial).copied(); // all failed
    };
    let at_top = candidates.iter().filter(|candidate| candidate.rung == top).copied();
    at_top.reduce(|best, next| {
        let order = next.measured.order(&best.measured).then(best.trial.cmp(&next.trial));
        if order.is_gt() { next } else { best }
    })
}

/// How many trials have the objective of the [`best_trial`] one at its rung, itself among them.
pub fn equal_to_best(candidates: &[Candidate]) -> usize {
    let Some(best) = best_trial(candidates) else { return 0 };
    let is_equal = |other: &&Candidate| other.rung == best.rung && other.measured.objective == best.measured.objective;
    candidates.iter().filter(is_equal).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(trial: usize, rung: usize, objective: f64) -> Candidate {
        Candidate { trial, rung, measured: objective.into() }
    }

    #[test]
    fn the_highest_rung_decides_and_of_equal_objectives_the_first_trial() {
        let all = [candidate(0, 0, 9.0), candidate(3, 1, 5.0), candidate(2, 1, 5.0), candidate(1, 1, 4.0)];
        assert_eq!(best_trial(&all), Some(all[2]));
        assert_eq!(best_trial(&[candidate(1, 0, FAILED), candidate(0, 0, FAILED)]).map(|best| best.trial), Some(0));
        let failed_later = [candidate(0, 0, 3.0), candidate(1, 0, 4.0), candidate(2, 1, FAILED)];
        assert_eq!(
            best_trial(&failed_later).map(|best| best.trial),
            Some(1),
            "what failed with more steps is not chosen"
        );
        assert_eq!(best_trial(&[]), None);
        let of = |trial, auc| Candidate { trial, rung: 0, measured: Measurement { objective: 500.0, auc } };
        let tied = [of(0, 200.0), of(1, 300.0), of(2, 300.0), of(3, 100.0)];
        assert_eq!(best_trial(&tied), Some(tied[1]), "the area under the curve decides between equal objectives");
        assert_eq!(equal_to_best(&tied), 4);
        assert_eq!(equal_to_best(&all), 2, "what other rungs reached does not count");
    }
}
