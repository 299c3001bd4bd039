//! Targets, losses and their derivatives, as pure functions on numbers.
//!
//! A derivative is with respect to an approximator's output, where backpropagation starts. Targets are constants: no
//! derivative is taken of them, which makes every update here a semi-gradient one.

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
/// After a truncation it is bootstrapped: a time limit says nothing about the value of the state it struck in (Pardo et
/// al. 2018). An infinite value behind a terminal step does not reach the target.
#[inline]
pub fn td_target(reward: f32, ending: Ending, gamma: f32, next_value: f32) -> f32 {
    if ending == Ending::Terminated { reward } else { reward + gamma * next_value }
}

/// maxᵤ Q̃(x, u).
#[inline]
pub fn max_value(values: &[f32]) -> f32 {
    values.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The number of the greatest value, the first of equal ones.
#[inline]
pub fn argmax(values: &[f32]) -> usize {
    let better = |best: usize, index: usize| if values[index] > values[best] { index } else { best };
    (1..values.len()).fold(0, better)
}

/// Σᵤ π(u | x) Q̃(x, u) under the ε-greedy policy of these values: the greedy action with probability 1 − ε, and any
/// action, the greedy one included, with ε / n (Sutton & Barto 2018, eq. 6.9 and section 2.2).
pub fn epsilon_greedy_value(values: &[f32], epsilon: f32) -> f32 {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    (1.0 - epsilon) * max_value(values) + epsilon * mean
}

/// exp((Q̃(x, u) − maxᵤ Q̃(x, u)) / T): what the probabilities of Boltzmann's distribution at temperature T are in proportion to.
/// Less the greatest value, so that no power overflows.
pub fn boltzmann_weights(values: &[f32], temperature: f64) -> impl Iterator<Item = f64> + '_ {
    let highest = f64::from(max_value(values));
    values.iter().map(move |&value| libm::exp((f64::from(value) - highest) / temperature))
}

/// The number of the weight in whose share of their sum `goal` lies, from 0 to that sum; nothing where rounding left it behind the last.
pub fn at_share(mut weights: impl Iterator<Item = f64>, goal: f64) -> Option<usize> {
    let mut cumulative = 0.0;
    let exceeds = |weight: f64| {
        cumulative += weight;
        goal < cumulative
    };
    weights.position(exceeds)
}

/// Σᵤ π(u | x) Q̃(x, u) under Boltzmann's distribution at this temperature.
pub fn boltzmann_value(values: &[f32], temperature: f64) -> f32 {
    let weighted = boltzmann_weights(values, temperature).zip(values);
    let (sum, total) =
        weighted.fold((0.0, 0.0), |(sum, total), (weight, &value)| (sum + weight * f64::from(value), total + weight));
    (sum / total) as f32
}

/// Probabilities softmaxᵤ of action preferences (Sutton & Barto 2018, eq. 13.2), into `probabilities`, of which there are
/// as many.
pub fn softmax(preferences: &[f32], probabilities: &mut [f32]) {
    let highest = max_value(preferences); // so that no power overflows
    let mut sum = 0.0;
    for (power, preference) in probabilities.iter_mut().zip(preferences) {
        *power = (preference - highest).exp();
        sum += *power;
    }
    probabilities.iter_mut().for_each(|power| *power /= sum);
}

/// −Σᵤ p ln p.
pub fn entropy(probabilities: &[f32]) -> f32 {
    -probabilities.iter().filter(|&&p| p > 0.0).map(|p| p * p.ln()).sum::<f32>()
}

/// Derivatives of −A ln h̃(u | x) − c H(h̃(· | x)) with respect to the action preferences, into `derivatives`.
///
/// The first term is the policy gradient with advantage A (Sutton & Barto 2018, eq. 13.12 with a baseline); of the softmax
/// its derivative is A (p − 1ᵤ). The second is the entropy bonus with coefficient c (Williams & Peng 1991; Mnih et al.
/// 2016); its derivative is c p (ln p + H).
pub fn policy_derivatives(
    probabilities: &[f32],
    action: usize,
    advantage: f32,
    entropy_coefficient: f32,
    derivatives: &mut [f32],
) {
    let entropy = entropy(probabilities);
    for (index, (derivative, &p)) in derivatives.iter_mut().zip(probabilities).enumerate() {
        let chosen = if index == action { 1.0 } else { 0.0 };
        let of_entropy = if p > 0.0 { p * (p.ln() + entropy) } else { 0.0 };
        *derivative = advantage * (p - chosen) + entropy_coefficient * of_entropy;
    }
}

/// Turns the TD errors of consecutive steps into generalised advantages (Schulman et al. 2016, eq. 16), from the last to
/// the first: Aₜ = δₜ + γλ Aₜ₊₁, where the sum stops at the end of an episode and at the end of the steps.
///
/// λ = 0 gives the TD errors themselves, λ = 1 the n-step returns minus the baseline (Mnih et al. 2016).
pub fn generalize_advantages(td_errors: &mut [f32], endings: &[Ending], gamma: f32, lambda: f32) {
    for t in (0..td_errors.len().saturating_sub(1)).rev() {
        if !endings[t].is_over() {
            td_errors[t] += gamma * lambda * td_errors[t + 1];
        }
    }
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

    #[test]
    fn values_of_policies_over_one_states_actions() {
        let values = [1.0, 5.0, 3.0, 5.0];
        assert_eq!((max_value(&values), argmax(&values)), (5.0, 1));
        // 0.6 · 5 + 0.4 · 3.5.
        assert!((epsilon_greedy_value(&values, 0.4) - 4.4).abs() < 1e-6);
        assert_eq!(epsilon_greedy_value(&values, 0.0), 5.0);
    }

    #[test]
    fn softmax_and_entropy_of_known_preferences() {
        let mut p = [0.0; 2];
        softmax(&[1000.0, 1000.0 + 3.0_f32.ln()], &mut p);
        assert!((p[0] - 0.25).abs() < 1e-4 && (p[1] - 0.75).abs() < 1e-4);
        assert!((entropy(&[0.5, 0.5, 0.0]) - 2.0_f32.ln()).abs() < 1e-7);
    }

    #[test]
    fn policy_derivatives_are_finite_differences_of_the_objective() {
        let (preferences, action, advantage, c) = ([0.3_f32, -1.0, 0.8], 2, -1.5, 0.2);
        let probabilities = |preferences: &[f32]| {
            let mut p = [0.0; 3];
            softmax(preferences, &mut p);
            p
        };
        let objective = |preferences: &[f32]| {
            let p = probabilities(preferences);
            f64::from(-advantage * p[action].ln() - c * entropy(&p))
        };
        let mut derivatives = [0.0; 3];
        policy_derivatives(&probabilities(&preferences), action, advantage, c, &mut derivatives);
        for i in 0..3 {
            let at = |h: f32| {
                let mut moved = preferences;
                moved[i] += h;
                objective(&moved)
            };
            let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!((difference - f64::from(derivatives[i])).abs() < 1e-4, "{i}: {difference} and {derivatives:?}");
        }
    }

    #[test]
    fn advantages_add_up_until_an_episode_ends() {
        let endings = [Ending::Continues, Ending::Truncated, Ending::Continues, Ending::Continues];
        // γλ = 1/2: the third is 4 + 8/2 = 8, the second stands alone, the first is 1 + 2/2 = 2.
        for (lambda, expected) in [(1.0, [2.0, 2.0, 8.0, 8.0]), (0.0, [1.0, 2.0, 4.0, 8.0])] {
            let mut advantages = [1.0, 2.0, 4.0, 8.0];
            generalize_advantages(&mut advantages, &endings, 0.5, lambda);
            assert_eq!(advantages, expected);
        }
    }
}
