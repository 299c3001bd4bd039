//! What a variant loses with settings that are good for the others.

/// What a variant loses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// The index of its own best trial.
    pub own: usize,
    /// The index of the trial that is best on average for the others.
    pub others: usize,
    /// What the variant loses there: its normalised best minus its normalised score at that trial, from 0 to 1.
    pub loss: f64,
}

/// How sensitive each variant is to its hyperparameters: its loss where they are those that are best on average elsewhere. This is the
/// idea of Adkins, Bowling & White 2024, "A Method for Evaluating Hyperparameter Sensitivity in Reinforcement Learning".
///
/// `scores` has a row for each variant and a column for each trial; in one column all variants have the same settings. Each row is
/// normalised to [0, 1], from its lowest score to its highest; a failed trial, minus infinity, is 0, and of a row of equal scores every
/// other one is 1. For each variant the column with the largest mean over the other rows is taken, the first of equal ones.
///
/// Deviation: they compare environments for one algorithm, and take the one setting that is best over all of them, where each
/// environment counts itself. Here "elsewhere" are the other variants alone, so a variant cannot vote for its own settings.
///
/// `None` for fewer than two variants, without trials, and if a score is NaN.
///
/// # Panics
/// If rows have different lengths.
pub fn sensitivities(scores: &[Vec<f64>]) -> Option<Vec<Sensitivity>> {
    let trials = scores.first()?.len();
    assert!(scores.iter().all(|row| row.len() == trials), "every variant has a score for every trial");
    if scores.len() < 2 || trials == 0 || scores.iter().flatten().any(|score| score.is_nan()) {
        return None;
    }
    let rows: Vec<Vec<f64>> = scores.iter().map(|row| normalised(row)).collect();
    let of_variant = |variant: usize| {
        let elsewhere = |trial: usize| -> f64 {
            rows.iter().enumerate().filter(|(other, _)| *other != variant).map(|(_, row)| row[trial]).sum()
        };
        let (own, others) = (first_best(trials, |trial| rows[variant][trial]), first_best(trials, elsewhere));
        Sensitivity { own, others, loss: rows[variant][own] - rows[variant][others] }
    };
    Some((0..rows.len()).map(of_variant).collect())
}

fn normalised(row: &[f64]) -> Vec<f64> {
    let sound = row.iter().copied().filter(|score| score.is_finite());
    let (low, high) = sound.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| (low.min(s), high.max(s)));
    let share = |&score: &f64| match score {
        _ if !score.is_finite() => 0.0,
        _ if high == low => 1.0,
        _ => (score - low) / (high - low),
    };
    row.iter().map(share).collect()
}

/// The first trial with the largest value.
fn first_best(trials: usize, value: impl Fn(usize) -> f64) -> usize {
    (0..trials).fold(0, |best, trial| if value(trial) > value(best) { trial } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_variants_by_hand() {
        let scores = [vec![0.0, 10.0, 5.0, 2.0], vec![100.0, 300.0, 200.0, 100.0], vec![-1.0, -4.0, -2.0, -5.0]];
        // Normalised: (0, 1, .5, .2), (0, 1, .5, 0), (1, .25, .75, 0).
        let found = sensitivities(&scores).unwrap();
        // Without the first: (1, 1.25, 1.25, 0): trial 1, where it is at its best. Likewise (1, 1.25, 1.25, .2) without the second.
        assert_eq!(found[0], Sensitivity { own: 1, others: 1, loss: 0.0 });
        assert_eq!(found[1], Sensitivity { own: 1, others: 1, loss: 0.0 });
        // Without the third: (0, 2, 1, .2): trial 1, where it has .25.
        assert_eq!(found[2], Sensitivity { own: 0, others: 1, loss: 0.75 });
    }

    #[test]
    fn a_failed_trial_is_worth_nothing() {
        let scores = [vec![1.0, 2.0, 3.0], vec![7.0, 7.0, f64::NEG_INFINITY]];
        let found = sensitivities(&scores).unwrap();
        // The second variant's sound trials are equal, so the first of them is best for the other, which has its worst score there.
        assert_eq!(found[0], Sensitivity { own: 2, others: 0, loss: 1.0 });
        assert_eq!(found[1], Sensitivity { own: 0, others: 2, loss: 1.0 });
        let all_failed = sensitivities(&[vec![1.0, 2.0], vec![f64::NEG_INFINITY; 2]]).unwrap();
        assert_eq!((all_failed[0].loss, all_failed[1].loss), (1.0, 0.0));
    }

    #[test]
    fn one_variant_has_no_others() {
        assert_eq!(sensitivities(&[vec![1.0, 2.0]]), None);
        assert_eq!(sensitivities(&[]), None);
        assert_eq!(sensitivities(&[vec![], vec![]]), None);
        assert_eq!(sensitivities(&[vec![1.0], vec![f64::NAN]]), None);
    }
}
