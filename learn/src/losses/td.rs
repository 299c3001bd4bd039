//! TD targets and TD losses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Ending;

/// Which function of the TD error δ = target − prediction is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TdLoss {
    /// δ²/2 where |δ| ≤ 1, |δ| − 1/2 beyond (Huber 1964): its derivative is δ clipped to ±1, as Mnih et al. 2015 clip it.
    /// `torch.nn.functional.smooth_l1_loss`.
    #[default]
    Huber,
    /// δ²/2: its derivative is −δ, so that a step of gradient descent adds α δ ∂y/∂θ, as the textbook's updates do. It is
    /// half of `torch.nn.functional.mse_loss`: for the same step as with that one, SGD needs twice the learning rate (and
    /// `max_grad_norm` half the norm).
    Mse,
}

impl TdLoss {
    /// The loss of one TD error δ.
    pub fn value(self, error: f32) -> f32 {
        match self {
            TdLoss::Mse => 0.5 * error * error,
            TdLoss::Huber => {
                let clipped = error.abs().min(1.0);
                clipped * (error.abs() - 0.5 * clipped) // both branches in one
            }
        }
    }

    /// Its derivative with respect to the prediction.
    pub fn derivative(self, error: f32) -> f32 {
        match self {
            TdLoss::Mse => -error,
            TdLoss::Huber => -error.clamp(-1.0, 1.0),
        }
    }

    /// The mean loss of a batch, and the mean of the predictions. Row b has the target `targets[b]` `[B]`; its prediction is
    /// `values[place(b)]`. Writes the derivatives of the mean loss with respect to all `values`, which are zero but at these
    /// places.
    #[inline]
    pub fn of_batch(
        self,
        targets: &[f32],
        values: &[f32],
        place: impl Fn(usize) -> usize,
        derivatives: &mut Vec<f32>,
    ) -> (f64, f64) {
        let (mut loss_sum, mut value_sum) = (0.0, 0.0);
        derivatives.clear();
        derivatives.resize(values.len(), 0.0);
        for (row, target) in targets.iter().enumerate() {
            let place = place(row);
            let error = target - values[place];
            loss_sum += f64::from(self.value(error));
            value_sum += f64::from(values[place]);
            derivatives[place] = self.derivative(error) / targets.len() as f32;
        }
        let count = targets.len() as f64;
        (loss_sum / count, value_sum / count)
    }
}

/// The TD target r + γ v(x'), without the second term where the episode terminated (Sutton & Barto 2018, eq. 6.2).
///
/// After a truncation it is bootstrapped: the time limit is not part of the state, whose value remains (Pardo et al. 2018). An
/// infinite next value does not reach the target of a terminal step.
#[inline]
pub fn td_target(reward: f32, ending: Ending, gamma: f32, next_value: f32) -> f32 {
    if ending == Ending::Terminated { reward } else { reward + gamma * next_value }
}

/// maxᵤ Q̃(x, u).
#[inline]
pub fn max_value(values: &[f32]) -> f32 {
    values.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The index of the greatest value, the first of equal ones.
#[inline]
pub fn argmax(values: &[f32]) -> usize {
    let better = |best: usize, index: usize| if values[index] > values[best] { index } else { best };
    (1..values.len()).fold(0, better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_bootstraps_unless_terminated() {
        // γ = 1/2: 1 + 8/2 = 5;  2 + 0 = 2;  −1 + 4/2 = 1.
        assert_eq!(td_target(1.0, Ending::Continues, 0.5, 8.0), 5.0);
        assert_eq!(td_target(2.0, Ending::Terminated, 0.5, f32::INFINITY), 2.0);
        assert_eq!(td_target(-1.0, Ending::Truncated, 0.5, 4.0), 1.0);
    }

    #[test]
    fn losses_and_derivatives_are_those_worked_out_by_hand() {
        let cases = [(TdLoss::Huber, [2.5, 0.125, 0.5, 1.5], [1.0, 0.5, -1.0, -1.0])];
        let cases = cases.into_iter().chain([(TdLoss::Mse, [4.5, 0.125, 0.5, 2.0], [3.0, 0.5, -1.0, -2.0])]);
        for (loss, values, derivatives) in cases {
            for (i, error) in [-3.0, -0.5, 1.0, 2.0].into_iter().enumerate() {
                assert_eq!(loss.value(error), values[i], "{loss:?} of {error}");
                assert_eq!(loss.derivative(error), derivatives[i], "{loss:?} of {error}");
            }
        }
    }
}
