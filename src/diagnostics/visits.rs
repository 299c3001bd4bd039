//! The states of a few episodes, with what the agent expected there and what it obtained.

use tilde_envs::{Ending, Env};

use crate::agents::{Agent, StateEstimate, Value, sampled};
use crate::rng::Rng;

/// The rest of a truncated episode is unknown. A return counts as known where what is missing is discounted by this or less.
const UNKNOWN: f64 = 0.01;

/// A state of an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// The observation.
    pub observation: Vec<f32>,
    /// The action that was taken.
    pub action: usize,
    /// What the agent expected: Q̃ of the action, or Ṽ; nothing if it learns no values.
    pub predicted: Option<f64>,
    /// The discounted return from here to the end of the episode. `None` where the episode was cut too early to know it: the
    /// missing part would be discounted by more than 0.01.
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
        let mut observation = vec![0.0; env.observation_space().len()];
        while all.episodes < episodes && all.visits.len() < max_steps {
            let first = all.visits.len();
            let mut rewards = Vec::new();
            env.reset(rng, &mut observation);
            let is_terminal = loop {
                let estimate = agent.estimate(&observation, step);
                let action = sampled(own_policy(&estimate), rng);
                let predicted = predicted(&estimate.value, action);
                let entropy = entropy(&estimate.followed);
                let episode = all.episodes;
                let visit =
                    Visit { observation: observation.clone(), action, predicted, obtained: None, entropy, episode };
                all.visits.push(visit);
                let outcome = env.step(action, rng, &mut observation);
                rewards.push(f64::from(outcome.reward));
                if outcome.ending.is_over() || all.visits.len() == max_steps {
                    break outcome.ending == Ending::Terminated;
                }
            };
            let returns = discounted_returns(&rewards, gamma, is_terminal);
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

/// G_t = r_{t+1} + γ G_{t+1}, with nothing after the last reward; `None` where too much of it is missing.
fn discounted_returns(rewards: &[f64], gamma: f64, is_terminal: bool) -> Vec<Option<f64>> {
    let (mut total, mut missing) = (0.0, if is_terminal { 0.0 } else { 1.0 });
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
        assert_eq!(discounted_returns(&rewards, 0.5, true), [Some(3.0), Some(4.0), Some(4.0)]);
        assert_eq!(discounted_returns(&rewards, 0.5, false), [None, None, None]);
        // What is missing is discounted by 0.05³, 0.05² and 0.05.
        assert_eq!(discounted_returns(&rewards, 0.05, false), [Some(1.0 + 0.05 * 2.2), Some(2.2), None]);
        assert_eq!(discounted_returns(&rewards, 1.0, false), [None, None, None]);
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
