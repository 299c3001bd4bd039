//! The choice of the best trial of a search.

/// The objective of a trial that failed: worse than any other.
pub const FAILED: f64 = f64::NEG_INFINITY;

/// A trial with what it reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Its number.
    pub trial: usize,
    /// The highest rung that it was measured at.
    pub rung: usize,
    /// Its objective there.
    pub objective: f64,
}

/// The best trial: of those measured at the highest rung at which one did not fail, the one with the largest objective; of equal ones,
/// the one with the smallest number. `None` without trials.
///
/// Trials of lower rungs had fewer steps, so their objectives say nothing about the whole budget.
pub fn best_trial(candidates: &[Candidate]) -> Option<Candidate> {
    let sound = candidates.iter().filter(|candidate| candidate.objective > FAILED);
    let Some(top) = sound.map(|candidate| candidate.rung).max() else {
        return candidates.iter().min_by_key(|candidate| candidate.trial).copied(); // all failed
    };
    let at_top = candidates.iter().filter(|candidate| candidate.rung == top).copied();
    at_top.reduce(|best, next| {
        let order = next.objective.total_cmp(&best.objective).then(best.trial.cmp(&next.trial));
        if order.is_gt() { next } else { best }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(trial: usize, rung: usize, objective: f64) -> Candidate {
        Candidate { trial, rung, objective }
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
    }
}
