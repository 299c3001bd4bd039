//! The policy gradient: softmax, its entropy, their derivatives, and advantages.

use tilde_envs::Ending;

use super::td::max_value;

/// Writes the probabilities softmaxᵤ of action preferences `[A]` (Sutton & Barto 2018, eq. 13.2) to `probabilities` `[A]`.
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

/// −A ln h̃(u | x) with advantage A, whose derivative is the policy gradient (Sutton & Barto 2018, eq. 13.12 with a baseline).
pub fn policy_loss(probabilities: &[f32], action: usize, advantage: f32) -> f32 {
    -advantage * probabilities[action].ln()
}

/// Writes the derivatives of −A ln h̃(u | x) − c H(h̃(· | x)) with respect to the action preferences to `derivatives`.
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
            f64::from(policy_loss(&p, action, advantage) - c * entropy(&p))
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
