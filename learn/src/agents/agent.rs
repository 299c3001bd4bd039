//! The trait of agents: what the loop asks of them.

use tilde_envs::StateError;
use tilde_envs::render::{Learned, LearnedValue};

use super::state::{StateReader, StateWriter};
use crate::approx::{Function, Normalizer, RunningMoments};
use crate::losses::{argmax, at_share};
use crate::replay::Transition;
use crate::rng::Rng;

/// Something that acts, and learns from what happened.
///
/// An agent owns its random streams: it is a deterministic function of its setup and of the transitions it was shown.
///
/// A run has one environment or several. A vector step makes one environment step in each of them: the actions for all are
/// chosen together, then environment step n is made in environment (n − 1) mod `num_envs`. An agent may learn between two of
/// these steps; the actions that were chosen stay as they are.
///
/// A new agent writes the first four methods. One that learns also lists its functions; what it has beside them (streams,
/// counters, a replay buffer) it saves and loads itself. All else follows.
///
/// ```
/// use tilde::agents::{Agent, StateEstimate, UpdateStats, Value};
/// use tilde::envs::{CartPoleConfig, Environment, Rng};
/// use tilde::replay::Transition;
/// use tilde::run::VecEnv;
///
/// /// Pushes the cart to the side to which the pole leans, and learns nothing.
/// struct Push;
///
/// impl Agent for Push {
///     fn act(&mut self, observations: &[f32], _step: u64, actions: &mut [usize]) {
///         for (observation, action) in observations.chunks_exact(4).zip(actions) {
///             *action = usize::from(observation[2] > 0.0);
///         }
///     }
///
///     fn observe(&mut self, _: Transition<'_>, _step: u64) -> Option<UpdateStats> {
///         None
///     }
///
///     fn act_eval(&mut self, observation: &[f32], _: &mut Rng) -> usize {
///         usize::from(observation[2] > 0.0)
///     }
///
///     fn estimate(&mut self, observation: &[f32], _step: u64) -> StateEstimate {
///         let right = f64::from(u8::from(observation[2] > 0.0));
///         let policy = vec![1.0 - right, right];
///         StateEstimate { value: Value::None, followed: policy.clone(), policy }
///     }
/// }
///
/// // The loop of a run.
/// let (mut agent, mut longest) = (Push, 0);
/// let mut envs = VecEnv::new(CartPoleConfig::default().build_all(2)?, 0);
/// for step in 0..1_000 {
///     let stepped = envs.step(&mut agent, step);
///     longest = stepped.episode.map_or(longest, |episode| longest.max(episode.length));
///     agent.observe(stepped.transition, step + 1);
/// }
/// assert!(longest > 40); // random actions last for 22 steps in the mean
/// # Ok::<(), tilde::envs::ConfigError>(())
/// ```
pub trait Agent: Send {
    /// Chooses an action for each row of `observations` `[B · C]`, exploring as the algorithm does. Row i is for environment
    /// step `step + 1 + i`. Together or one by one, the actions are the same, but where an engine rounds the outputs of a
    /// batch otherwise than those of its rows.
    fn act(&mut self, observations: &[f32], step: u64, actions: &mut [usize]);

    /// Takes in the transition of environment step `step`, counted from 1, and learns where it is time to.
    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats>;

    /// The action for an evaluation: the one with the highest value or preference. A policy that is random by nature draws from
    /// `rng`, the evaluation's own stream, so that a run is the same with and without evaluations.
    fn act_eval(&mut self, observation: &[f32], rng: &mut Rng) -> usize;

    /// The learned value of a state and the policies there after `step` environment steps, for comparison with the exact
    /// solution.
    fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate;

    /// The functions that the agent learns, each with its name, in an order that never changes.
    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        Vec::new()
    }

    /// The same functions in the same order.
    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        Vec::new()
    }

    /// Which of its functions learns values, and which the policy. By default the first one does both.
    fn roles(&self) -> Roles {
        Roles::default()
    }

    /// What its functions normalise observations with, if they do.
    fn normalizer(&self) -> Option<Normalizer> {
        None
    }

    /// Goes on with other moments of observations.
    ///
    /// # Errors
    /// If the agent normalises none, or observations of another length.
    fn set_moments(&mut self, _moments: RunningMoments) -> Result<(), StateError> {
        Err(StateError("moments of observations, which this agent does not normalise".to_owned()))
    }

    /// How many times the environment's rewards the ones are that it learns from, and so the values too; nothing if no number says
    /// so.
    fn reward_factor(&self) -> Option<f64> {
        Some(1.0)
    }

    /// Bytes that the agent has at the end of a run beside its functions.
    fn extra_memory(&self) -> usize {
        0
    }

    /// Appends everything but the functions that the agent needs to go on exactly.
    fn save_extras(&self, _to: &mut StateWriter) {}

    /// Reads what [`Agent::save_extras`] appended.
    ///
    /// # Errors
    /// If it is not the state of such an agent.
    fn load_extras(&mut self, _from: &mut StateReader<'_>) -> Result<(), StateError> {
        Ok(())
    }

    /// How many parameters the agent learns.
    fn parameters(&self) -> usize {
        self.functions().iter().map(|(_, function)| function.parameters()).sum()
    }

    /// Bytes of parameters, optimizers and buffers at the end of a run.
    fn memory(&self) -> usize {
        self.functions().iter().map(|(_, function)| function.memory()).sum::<usize>() + self.extra_memory()
    }

    /// The first parameter that is not a finite number, if there is one, in words.
    fn non_finite_parameter(&self) -> Option<String> {
        let functions = self.functions();
        functions.iter().find_map(|(name, function)| {
            let found = function.non_finite_parameter()?;
            Some(if functions.len() > 1 { format!("of the {name}, {found}") } else { found })
        })
    }

    /// Everything that the agent needs to go on exactly, as bytes for a checkpoint.
    fn save(&self) -> Vec<u8> {
        let mut state = StateWriter::default();
        let functions = self.functions();
        state.reserve(functions.iter().map(|(_, function)| function.memory()).sum());
        functions.iter().for_each(|(_, function)| state.put(&function.save()));
        self.save_extras(&mut state);
        state.into_bytes()
    }

    /// Goes on from what [`Agent::save`] returned for the same setup.
    ///
    /// # Errors
    /// If the bytes are not the state of such an agent; some of them may have been taken over then.
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        let mut state = StateReader::new(state);
        for function in self.functions_mut() {
            function.load(state.take()?)?;
        }
        self.load_extras(&mut state)
    }
}

/// Chooses the actions of [`Agent::act`] row by row, for agents that have no use for a batch.
#[inline]
pub(super) fn act_row_by_row(
    observations: &[f32],
    step: u64,
    actions: &mut [usize],
    mut choose: impl FnMut(&[f32], u64) -> usize,
) {
    if let [action] = actions {
        *action = choose(observations, step);
        return;
    }
    let rows = observations.chunks_exact(observations.len() / actions.len());
    rows.zip(actions).zip(step..).for_each(|((row, action), step)| *action = choose(row, step));
}

/// What an agent's functions are for: places in [`Agent::functions`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The function whose values [`Agent::estimate`] has.
    pub values: usize,
    /// The function that the policy follows from.
    pub policy: usize,
}

/// The value of a state and the policies there, as an agent has them.
#[derive(Clone, Debug, PartialEq)]
pub struct StateEstimate {
    /// The learned value.
    pub value: Value,
    /// Probability of each action in an evaluation.
    pub policy: Vec<f64>,
    /// Probability of each action in training, exploration included.
    pub followed: Vec<f64>,
}

/// A learned value, by what it is to be compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The agent learns no values.
    None,
    /// Q̃(x, ·), to be compared with Q*.
    Actions(Vec<f32>),
    /// Q̃(x, ·), to be compared with Qπ of the policy that has these action probabilities in x.
    ActionsUnder(Vec<f32>, Vec<f64>),
    /// Ṽ(x) of the policy that has these action probabilities in x.
    State(f32, Vec<f64>),
}

impl Value {
    /// The learned numbers: Q̃(x, ·), or Ṽ(x) alone, or none.
    pub fn numbers(&self) -> &[f32] {
        match self {
            Value::None => &[],
            Value::Actions(values) | Value::ActionsUnder(values, _) => values,
            Value::State(value, _) => std::slice::from_ref(value),
        }
    }
}

impl StateEstimate {
    /// Of an agent that learns action values and evaluates greedily; of equal values the first is chosen. If `on_policy`, the
    /// values are those of the policy `followed`, else the optimal ones.
    pub fn greedy(action_values: &[f32], followed: Vec<f64>, on_policy: bool) -> StateEstimate {
        let policy = certain(argmax(action_values), action_values.len());
        let values = action_values.to_vec();
        let value = if on_policy { Value::ActionsUnder(values, followed.clone()) } else { Value::Actions(values) };
        StateEstimate { value, policy, followed }
    }
}

/// What a drawing shows of an estimate.
impl From<StateEstimate> for Learned {
    fn from(estimate: StateEstimate) -> Learned {
        let value = match estimate.value {
            Value::None => LearnedValue::None,
            Value::Actions(values) | Value::ActionsUnder(values, _) => LearnedValue::Actions(values),
            Value::State(value, _) => LearnedValue::State(value),
        };
        Learned { value, policy: estimate.policy }
    }
}

/// The probabilities of a policy that always takes the same one of `actions` actions.
pub fn certain(action: usize, actions: usize) -> Vec<f64> {
    (0..actions).map(|other| f64::from(u8::from(other == action))).collect()
}

/// An action with these probabilities, drawn from `rng`.
pub fn sampled(probabilities: &[f64], rng: &mut Rng) -> usize {
    // Rounded probabilities may add up to less than 1.
    let last = || probabilities.iter().rposition(|&probability| probability > 0.0);
    at_share(probabilities.iter().copied(), rng.random()).or_else(last).unwrap_or(0)
}

/// Figures of one round of learning; means are over its gradient steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateStats {
    /// Gradient steps since the run began.
    pub updates: u64,
    /// Mean over the batch of the TD loss, before the step: δ²/2, or Huber's where the algorithm minimises that, with
    /// δ = target − prediction. The target is the algorithm's own: of one step, or in the actor–critic of n. There it is the
    /// critic's loss alone, without the terms of the policy and its entropy.
    pub loss: f64,
    /// Mean predicted value of the actions taken, where action values are learned.
    pub q_mean: Option<f64>,
    /// Mean Euclidean norm of the whole gradient, before clipping.
    pub grad_norm: f64,
    /// Probability that the next action is random, where exploration is ε-greedy.
    pub epsilon: Option<f64>,
    /// Step size of the optimizer.
    pub learning_rate: f64,
    /// Temperature of the next action's distribution, where exploration is by Boltzmann's distribution.
    pub temperature: Option<f64>,
    /// Mean over the batch of −A ln π(u | x) with the advantages A, before the step and without the entropy bonus, where the
    /// policy is learned by its gradient.
    pub policy_loss: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_drawn_with_their_probabilities() {
        let mut rng = Rng::from_seed(5);
        let mut counts = [0; 3];
        (0..10_000).for_each(|_| counts[sampled(&[0.25, 0.0, 0.75], &mut rng)] += 1);
        assert!(counts[1] == 0 && (2_300..2_700).contains(&counts[0]), "{counts:?}");
        // What is missing to 1 belongs to the last action that is possible.
        assert!((0..100).all(|_| sampled(&[0.0, 1e-12, 0.0], &mut rng) == 1));
    }
}
