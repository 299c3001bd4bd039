//! Losses, values and gradients of a run, summed up.

use std::collections::BTreeMap;

use crate::results::UpdateRow;
use crate::stats::median;

/// Figures of training are summed up over this many intervals of a run.
const INTERVALS: f64 = 100.0;

/// The medians of the figures of `updates.csv` in hundredths of a run, each with the number of its interval from the left. Thousands of
/// runs have millions of rows, which do not fit into memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingMedians {
    /// Of the loss.
    pub loss: Vec<(u64, f64)>,
    /// Of the mean predicted value of the actions taken; empty where none is learned.
    pub mean_q: Vec<(u64, f64)>,
    /// Of the norm of the gradient.
    pub gradient_norm: Vec<(u64, f64)>,
}

/// Environment steps of an interval of a run with so many steps.
pub fn training_interval(steps: u64) -> f64 {
    (steps as f64 / INTERVALS).max(1.0)
}

impl TrainingMedians {
    /// Those of a run with so many steps.
    pub fn of(rows: &[UpdateRow], steps: u64) -> TrainingMedians {
        let interval = training_interval(steps);
        let medians = |figure: fn(&UpdateRow) -> Option<f64>| {
            let mut values: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
            for row in rows {
                if let Some(value) = figure(row).filter(|value| value.is_finite()) {
                    values.entry((row.step as f64 / interval).ceil() as u64).or_default().push(value);
                }
            }
            values.into_iter().filter_map(|(index, values)| Some((index, median(&values)?))).collect()
        };
        TrainingMedians {
            loss: medians(|row| Some(row.loss)),
            mean_q: medians(|row| row.q_mean),
            gradient_norm: medians(|row| Some(row.grad_norm)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundredth_of_the_run_has_one_median_of_its_finite_values() {
        let row = |step: u64, loss: f64| UpdateRow {
            step,
            updates: step,
            loss,
            q_mean: None,
            grad_norm: 1.0,
            epsilon: None,
            learning_rate: 0.1,
            temperature: None,
        };
        // Of 1,000 steps, an interval has 10: 1 to 10, and 11 to 20.
        let rows = [row(1, 5.0), row(9, 7.0), row(10, 6.0), row(11, f64::NAN), row(20, 3.0)];
        let medians = TrainingMedians::of(&rows, 1_000);
        assert_eq!(medians.loss, [(1, 6.0), (2, 3.0)]);
        assert_eq!((medians.mean_q.len(), medians.gradient_norm), (0, vec![(1, 1.0), (2, 1.0)]));
    }
}
