//! The rounds of learning between two rows of `updates.csv`, of which a row has the mean.

use serde::{Deserialize, Serialize};

use crate::agents::UpdateStats;
use crate::results::UpdateRow;

/// Sums over the rounds of learning since the last row. A checkpoint keeps them, so that the next row of a resumed run is that
/// of a run that was never stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    rounds: u64,
    loss: f64,
    /// Where action values are learned.
    q_mean: Option<f64>,
    grad_norm: f64,
    /// Of the last round: its environment step, the gradient steps so far, ε, the step size and the temperature.
    step: u64,
    updates: u64,
    epsilon: Option<f64>,
    learning_rate: f64,
    temperature: Option<f64>,
}

impl Interval {
    /// Takes in the round of learning at environment step `step`.
    #[inline]
    pub fn add(&mut self, step: u64, learned: &UpdateStats) {
        self.rounds += 1;
        self.loss += learned.loss;
        self.q_mean = learned.q_mean.map(|q| self.q_mean.unwrap_or(0.0) + q);
        self.grad_norm += learned.grad_norm;
        self.step = step;
        self.updates = learned.updates;
        self.epsilon = learned.epsilon;
        self.learning_rate = learned.learning_rate;
        self.temperature = learned.temperature;
    }

    /// The row of the rounds so far, none where there was none; the next interval begins.
    pub fn take(&mut self) -> Option<UpdateRow> {
        let sums = std::mem::take(self);
        let rounds = sums.rounds as f64;
        (sums.rounds > 0).then(|| UpdateRow {
            step: sums.step,
            updates: sums.updates,
            loss: sums.loss / rounds,
            q_mean: sums.q_mean.map(|sum| sum / rounds),
            grad_norm: sums.grad_norm / rounds,
            epsilon: sums.epsilon,
            learning_rate: sums.learning_rate,
            temperature: sums.temperature,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(updates: u64, figure: f64) -> UpdateStats {
        UpdateStats {
            updates,
            loss: figure,
            q_mean: Some(10.0 * figure),
            grad_norm: 100.0 * figure,
            epsilon: Some(1.0 / figure),
            learning_rate: figure,
            temperature: Some(2.0 * figure),
        }
    }

    #[test]
    fn a_row_has_the_means_of_its_interval_and_the_settings_of_its_last_round() {
        let mut interval = Interval::default();
        for (step, updates, figure) in [(2, 1, 1.0), (4, 2, 2.0), (6, 3, 6.0)] {
            interval.add(step, &learned(updates, figure));
        }
        let expected = UpdateRow {
            step: 6,
            updates: 3,
            loss: 3.0,
            q_mean: Some(30.0),
            grad_norm: 300.0,
            epsilon: Some(1.0 / 6.0),
            learning_rate: 6.0,
            temperature: Some(12.0),
        };
        assert_eq!(interval.take(), Some(expected));
        assert_eq!(interval.take(), None, "the next interval is empty");
        interval.add(8, &UpdateStats { q_mean: None, ..learned(4, 0.1) });
        assert_eq!(interval.take().unwrap().q_mean, None);
    }

    #[test]
    fn a_non_finite_number_is_seen_in_the_mean() {
        let mut interval = Interval::default();
        interval.add(1, &learned(1, 1.0));
        interval.add(2, &UpdateStats { loss: f64::NAN, ..learned(2, 1.0) });
        let row = interval.take().unwrap();
        assert!(row.loss.is_nan() && row.grad_norm == 100.0);
    }
}
