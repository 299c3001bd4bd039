//! Targets and losses as pure functions on tensors.
//!
//! Every function asserts its shapes first: a `[B]` against a `[B, 1]` broadcasts silently to `[B, B]`, the field's
//! classic mistake. Functions of the target take plain tensors; only predictions carry gradients, which makes every
//! update here a semi-gradient one.

use burn::tensor::{Int, Tensor};
use serde::{Deserialize, Serialize};

/// Which function of the TD error is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TdLoss {
    /// δ²/2 where |δ| ≤ 1, |δ| − 1/2 beyond (Huber 1964): its gradient is δ clipped to ±1, as Mnih et al. 2015 clip it.
    /// `torch.nn.functional.smooth_l1_loss`.
    #[default]
    Huber,
    /// δ². `torch.nn.functional.mse_loss`.
    Mse,
}

/// Value of the greedy action in each row: maxᵤ Q̃(x', u), `[B, A]` to `[B]`.
pub fn max_value(values: Tensor<2>) -> Tensor<1> {
    values.max_dim(1).squeeze_dim(1)
}

/// Double Q-learning's value: Q̃_target(x', argmaxᵤ Q̃_online(x', u)), two `[B, A]` to `[B]` (van Hasselt et al. 2016,
/// eq. 4).
pub fn double_value(online: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    assert_eq!(online.dims(), target.dims(), "both networks value the same batch [B, A]");
    target.gather(1, online.argmax(1)).squeeze_dim(1)
}

/// Value of the action taken in each row: Q̃(x, u), `[B, A]` and `[B]` to `[B]`.
pub fn chosen_value(values: Tensor<2>, actions: Tensor<1, Int>) -> Tensor<1> {
    assert_eq!(values.dims()[0], actions.dims()[0], "one action [B] for each row of values [B, A]");
    values.gather(1, actions.unsqueeze_dim(1)).squeeze_dim(1)
}

/// The TD target r + γ (1 − terminated) v(x'), all `[B]` (Mnih et al. 2015, algorithm 1).
///
/// `terminated` is 1 where the episode reached a terminal state and 0 elsewhere, after a truncation too: a time limit
/// says nothing about the value of the state it struck in (Pardo et al. 2018).
pub fn td_target(rewards: Tensor<1>, terminated: Tensor<1>, next_values: Tensor<1>, gamma: f64) -> Tensor<1> {
    assert_eq!(rewards.dims(), terminated.dims(), "rewards [B] and terminations [B]");
    assert_eq!(rewards.dims(), next_values.dims(), "rewards [B] and next values [B]");
    // Selected, not multiplied: an infinite value behind a terminal step must not turn into 0 · ∞.
    let bootstrapped = next_values.mul_scalar(gamma).mask_fill(terminated.greater_elem(0.5), 0.0);
    rewards + bootstrapped
}

/// Mean loss `[1]` of predictions against targets, both `[B]`. The targets are constants: they carry no gradient.
pub fn td_loss(predictions: Tensor<1>, targets: Tensor<1>, loss: TdLoss) -> Tensor<1> {
    assert_eq!(predictions.dims(), targets.dims(), "predictions [B] and targets [B]");
    let error = predictions - targets;
    match loss {
        TdLoss::Mse => error.square().mean(),
        TdLoss::Huber => huber(error).mean(),
    }
}

/// Huber's function of each error, `[B]` to `[B]`: with c = min(|δ|, 1) both of its branches are c (|δ| − c/2).
fn huber(error: Tensor<1>) -> Tensor<1> {
    let size = error.abs();
    let clipped = size.clone().clamp_max(1.0);
    clipped.clone() * (size - clipped.mul_scalar(0.5))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::device::DeviceName;

    fn devices() -> [Device; 2] {
        [DeviceName::Flex, DeviceName::Ndarray].map(|name| name.open().unwrap())
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn the_target_bootstraps_unless_terminated() {
        for device in devices() {
            let vector = |values: [f32; 3]| Tensor::<1>::from_floats(values, &device);
            // Continues, terminated, truncated (which the learner sees as "not terminated"), γ = 1/2:
            // 1 + 8/2 = 5;  2 + 0 = 2;  −1 + 4/2 = 1.
            let target = td_target(vector([1.0, 2.0, -1.0]), vector([0.0, 1.0, 0.0]), vector([8.0, 8.0, 4.0]), 0.5);
            assert_eq!(numbers(target), [5.0, 2.0, 1.0]);
        }
    }

    #[test]
    fn an_infinite_value_behind_a_terminal_step_does_not_reach_the_target() {
        for device in devices() {
            let vector = |value: f32| Tensor::<1>::from_floats([value], &device);
            let target = td_target(vector(1.0), vector(1.0), vector(f32::INFINITY), 0.9);
            assert_eq!(numbers(target), [1.0]);
        }
    }

    #[test]
    fn max_and_double_value_differ_where_the_networks_disagree() {
        for device in devices() {
            let online = Tensor::<2>::from_floats([[1.0, 3.0], [5.0, 4.0]], &device);
            let target = Tensor::<2>::from_floats([[10.0, 20.0], [30.0, 40.0]], &device);
            assert_eq!(numbers(max_value(target.clone())), [20.0, 40.0]);
            assert_eq!(numbers(double_value(online, target)), [20.0, 30.0]);
        }
    }

    #[test]
    fn the_chosen_value_is_the_actions_column() {
        for device in devices() {
            let values = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device);
            let actions = Tensor::<1, Int>::from_ints([1, 0, 1], &device);
            assert_eq!(numbers(chosen_value(values, actions)), [2.0, 3.0, 6.0]);
        }
    }

    #[test]
    fn losses_and_gradients_are_those_worked_out_by_hand() {
        for device in devices() {
            let device = device.autodiff();
            // Errors −3, −1/2, 1, 2. Huber: 5/2, 1/8, 1/2, 3/2, mean 37/32. MSE: 9, 1/4, 1, 4, mean 57/16.
            // Gradients, over B = 4: Huber −1, −1/2, 1, 1; MSE −6, −1, 2, 4.
            let cases =
                [(TdLoss::Huber, 1.15625, [-0.25, -0.125, 0.25, 0.25]), (TdLoss::Mse, 3.5625, [-1.5, -0.25, 0.5, 1.0])];
            for (loss, expected, gradient) in cases {
                let predictions = Tensor::<1>::from_floats([-3.0, 0.5, 2.0, 4.0], &device).require_grad();
                let targets = Tensor::<1>::from_floats([0.0, 1.0, 1.0, 2.0], &device);
                let value = td_loss(predictions.clone(), targets, loss);
                let gradients = value.backward();
                assert_eq!(numbers(value), [expected], "{loss:?}");
                assert_eq!(numbers(predictions.grad(&gradients).unwrap()), gradient, "{loss:?}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "predictions [B] and targets [B]")]
    fn different_batch_sizes_are_refused() {
        let device = DeviceName::Flex.open().unwrap();
        td_loss(Tensor::zeros([3], &device), Tensor::zeros([1], &device), TdLoss::Mse);
    }
}
