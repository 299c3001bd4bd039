//! The states of a few episodes, with what the agent expected there and what it obtained.

use tilde_envs::{Ending, Env};

use crate::agents::{Agent, StateEstimate, Value, sampled};
use crate::rng::Rng;

/// The rest of a truncated episode is unknown. A return counts as known where what is missing is discounted by this or less. The
/// agent's own value of the last state stands for it: if that is wrong by 10 %, the return is wrong by 0.1 % of the value.
const UNKNOWN: f64 = 0.01;

/// A state of an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// The observation.
    pub observation: Vec<f32>,
    /// The action that was taken.
    pub action: usize,
    /// What the agent expected: Q̃ of the action, or Ṽ, in the environment's rewards; nothing if it learns no such values.
    pub predicted: Option<f64>,
    /// The discounted return from here on. Where the episode was cut, what is missing is the value that the agent expects there,
    /// if that is discounted by 0.01 or less; else `None`: the return is unknown.
    pub obtained: Option<f64>,
    /// Entropy of the action probabilities in training, exploration included, in nats.
    pub entropy: f64,
    /// Number of its episode, from 0.
    pub episode: usize,
}

/// The states of a few episodes, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visits {
    /// The states, but the last one of each episode.
    pub visits: Vec<Visit>,
    /// How many episodes there are.
    pub episodes: usize,
    /// How many of them did not end in a terminal state.
    pub cut: usize,
}

impl Visits {
    /// Plays episodes from the policy whose values the agent learns, until there are `episodes` of them or `max_steps` steps:
    /// greedy where it learns the optimal values or none, else the policy of training, exploration included. Only then are
    /// its values to be compared with the returns. `step` is the environment step to which the agent was trained.
    pub fn play(
        agent: &mut dyn Agent,
        env: &mut dyn Env,
        gamma: f64,
        [episodes, max_steps]: [usize; 2],
        step: u64,
        rng: &mut Rng,
    ) -> Visits {
        let mut all = Visits::default();
        // Values of other rewards are not to be compared with returns; those of multiples are, divided by the factor.
        let factor = agent.reward_factor();
        let mut observation = vec![0.0; env.observation_space().len()];
        while all.episodes < episodes && all.visits.len() < max_steps {
            let first = all.visits.len();
            let mut rewards = Vec::new();
            env.reset(rng, &mut observation);
            let ending = loop {
                let estimate = agent.estimate(&observation, step);
                let action = chosen(own_policy(&estimate), rng);
                let predicted = predicted(&estimate.value, action).zip(factor).map(|(value, factor)| value / factor);
                let entropy = entropy(&estimate.followed);
                let episode = all.episodes;
                let visit =
                    Visit { observation: observation.clone(), action, predicted, obtained: None, entropy, episode };
                all.visits.push(visit);
                let outcome = env.step(action, rng, &mut observation);
                rewards.push(f64::from(outcome.reward));
                if outcome.ending.is_over() || all.visits.len() == max_steps {
                    break outcome.ending;
                }
            };
            let is_terminal = ending == Ending::Terminated;
            let rest = (!is_terminal)
                .then(|| factor.map_or(0.0, |factor| own_value(&agent.estimate(&observation, step)) / factor));
            let returns = discounted_returns(&rewards, gamma, rest);
            all.visits[first..].iter_mut().zip(returns).for_each(|(visit, obtained)| visit.obtained = obtained);
            all.episodes += 1;
            all.cut += usize::from(!is_terminal);
        }
        all
    }

    /// Pairs of what was expected and what was obtained, where both are known.
    pub fn predictions(&self) -> Vec<(f64, f64)> {
        self.visits.iter().filter_map(|visit| Some((visit.predicted?, visit.obtained?))).collect()
    }

    /// The states of the first episode.
    pub fn first_episode(&self) -> impl Iterator<Item = &Visit> {
        self.visits.iter().take_while(|visit| visit.episode == 0)
    }

    /// At most `most` of the states, at equal distances, the first one among them.
    pub fn sample(&self, most: usize) -> Vec<&Visit> {
        let count = self.visits.len();
        let taken = count.min(most);
        (0..taken).map(|index| &self.visits[index * count / taken]).collect()
    }

    /// Mean entropy of the policy of training, in nats.
    pub fn entropy(&self) -> Option<f64> {
        let sum: f64 = self.visits.iter().map(|visit| visit.entropy).sum();
        (!self.visits.is_empty()).then(|| sum / self.visits.len() as f64)
    }
}

/// The probabilities of the policy whose values the agent learns.
fn own_policy(estimate: &StateEstimate) -> &[f64] {
    match &estimate.value {
        Value::None | Value::Actions(_) => &estimate.policy,
        Value::ActionsUnder(_, policy) | Value::State(_, policy) => policy,
    }
}

/// An action of a policy. One that is certain takes nothing from `rng`, so that greedy episodes are those of an evaluation.
fn chosen(policy: &[f64], rng: &mut Rng) -> usize {
    policy.iter().position(|&probability| probability == 1.0).unwrap_or_else(|| sampled(policy, rng))
}

/// The value of a state under the policy whose values the agent learns; 0 if it learns none.
fn own_value(estimate: &StateEstimate) -> f64 {
    match &estimate.value {
        Value::None => 0.0,
        Value::State(value, _) => f64::from(*value),
        Value::Actions(values) | Value::ActionsUnder(values, _) => {
            let likely = values.iter().zip(own_policy(estimate)).filter(|(_, probability)| **probability > 0.0);
            likely.map(|(value, probability)| f64::from(*value) * probability).sum()
        }
    }
}

fn predicted(value: &Value, action: usize) -> Option<f64> {
    match value {
        Value::None => None,
        Value::Actions(values) | Value::ActionsUnder(values, _) => Some(f64::from(values[action])),
        Value::State(value, _) => Some(f64::from(*value)),
    }
}

/// −Σ p ln p.
fn entropy(probabilities: &[f64]) -> f64 {
    probabilities.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum()
}

/// G_t = r_{t+1} + γ G_{t+1}. After the last reward there is nothing, or the `rest`, which is not known exactly; `None` where it
/// counts for too much.
fn discounted_returns(rewards: &[f64], gamma: f64, rest: Option<f64>) -> Vec<Option<f64>> {
    let (mut total, mut missing) = (rest.unwrap_or(0.0), if rest.is_some() { 1.0 } else { 0.0 });
    let mut returns: Vec<Option<f64>> = Vec::with_capacity(rewards.len());
    for reward in rewards.iter().rev() {
        total = reward + gamma * total;
        missing *= gamma;
        returns.push((missing <= UNKNOWN).then_some(total));
    }
    returns.reverse();
    returns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_are_discounted_and_cut_off_where_too_much_is_missing() {
        let rewards = [1.0, 2.0, 4.0];
        assert_eq!(discounted_returns(&rewards, 0.5, None), [Some(3.0), Some(4.0), Some(4.0)]);
        assert_eq!(discounted_returns(&rewards, 0.5, Some(9.0)), [None, None, None]);
        // What is missing is discounted by 2⁻²¹, 2⁻¹⁴ and 2⁻⁷.
        let power = 1.0 / 128.0;
        let last = 4.0 + 128.0 * power;
        let middle = 2.0 + power * last;
        assert_eq!(
            discounted_returns(&rewards, power, Some(128.0)),
            [Some(1.0 + power * middle), Some(middle), Some(last)]
        );
        assert_eq!(discounted_returns(&rewards, 0.05, Some(0.0)), [Some(1.0 + 0.05 * 2.2), Some(2.2), None]);
        assert_eq!(discounted_returns(&rewards, 1.0, Some(0.0)), [None, None, None]);
    }

    #[test]
    fn the_entropy_of_equal_probabilities_is_the_logarithm_of_their_number() {
        assert!((entropy(&[0.25; 4]) - 4.0_f64.ln()).abs() < 1e-12);
        assert_eq!(entropy(&[0.0, 1.0]), 0.0);
    }

    #[test]
    fn a_sample_is_spread_over_all_states() {
        let visit = |place: usize| Visit {
            observation: vec![place as f32],
            action: 0,
            predicted: None,
            obtained: None,
            entropy: 0.0,
            episode: 0,
        };
        let visits = Visits { visits: (0..10).map(visit).collect(), episodes: 1, cut: 0 };
        let places = |most| visits.sample(most).iter().map(|visit| visit.observation[0]).collect::<Vec<_>>();
        assert_eq!(places(4), [0.0, 2.0, 5.0, 7.0]);
        assert_eq!(places(100).len(), 10);
        assert_eq!(Visits::default().sample(4).len(), 0);
    }
}
