//! Action values under a policy: ε-greedy, or Boltzmann's distribution.

use super::td::max_value;

/// Σᵤ π(u | x) Q̃(x, u) under the ε-greedy policy of these values: the greedy action with probability 1 − ε, and any
/// action, the greedy one included, with ε / n (Sutton & Barto 2018, eq. 6.9 and section 2.2).
pub fn epsilon_greedy_value(values: &[f32], epsilon: f32) -> f32 {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    (1.0 - epsilon) * max_value(values) + epsilon * mean
}

/// The weights of Boltzmann's distribution at temperature T: exp((Q̃(x, u) − maxᵤ Q̃(x, u)) / T). Its probabilities are in
/// proportion to them. The greatest value is subtracted so that no power overflows.
pub fn boltzmann_weights(values: &[f32], temperature: f64) -> impl Iterator<Item = f64> + '_ {
    let highest = f64::from(max_value(values));
    values.iter().map(move |&value| libm::exp((f64::from(value) - highest) / temperature))
}

/// The first index at which the cumulative weight exceeds `goal`, from 0 to their sum; nothing if rounding made their sum
/// smaller.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::argmax;

    #[test]
    fn values_of_policies_over_one_states_actions() {
        let values = [1.0, 5.0, 3.0, 5.0];
        assert_eq!((max_value(&values), argmax(&values)), (5.0, 1));
        // 0.6 · 5 + 0.4 · 3.5.
        assert!((epsilon_greedy_value(&values, 0.4) - 4.4).abs() < 1e-6);
        assert_eq!(epsilon_greedy_value(&values, 0.0), 5.0);
    }
}
