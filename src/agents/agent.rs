//! What an agent is to the loop that runs it.

use tilde_envs::StateError;

use crate::replay::Transition;
use crate::rng::Rng;

/// Something that acts, and learns from what happened.
///
/// An agent owns its random streams: it is a deterministic function of its setup and of the transitions it was shown.
///
/// Where an algorithm asks for several environments, they are stepped in rounds: the actions of a round are chosen
/// together, then environment step n is made in environment (n − 1) mod `num_envs`, and an agent keeps apart what belongs
/// to which. It may learn between two steps of a round, whose actions stay as they are.
pub trait Agent: Send {
    /// Chooses the action for environment step `step + 1`, exploring as the algorithm does.
    fn act(&mut self, observation: &[f32], step: u64) -> usize;

    /// Chooses the actions of a round of environments, that of environment i for environment step `step + 1 + i` and the
    /// row i of `observations` `[num_envs · components]`. They are those that [`Agent::act`] would choose one by one,
    /// but where an engine rounds the values of a batch otherwise than those of its rows.
    fn act_in_all(&mut self, observations: &[f32], step: u64, actions: &mut [usize]) {
        let rows = observations.chunks_exact(observations.len() / actions.len());
        for ((row, action), step) in rows.zip(actions).zip(step..) {
            *action = self.act(row, step);
        }
    }

    /// Takes in the transition of environment step `step`, counted from 1, and learns where it is time to.
    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats>;

    /// The action for an evaluation: the one the agent holds best. What is random by nature draws from `rng`, the
    /// evaluation's own stream, so that evaluating leaves no trace in a run.
    fn act_eval(&mut self, observation: &[f32], rng: &mut Rng) -> usize;

    /// What the agent believes about a state after `step` environment steps, for comparison with the exact solution.
    fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate;

    /// How many weights the agent learns.
    fn parameters(&self) -> usize;

    /// Bytes that its weights, optimizers and buffers take at the end of a run.
    fn memory(&self) -> usize;

    /// The first weight that is not a finite number, if there is one, in words.
    fn non_finite_parameter(&self) -> Option<String>;

    /// Everything needed to go on exactly, as bytes for a checkpoint.
    fn save(&self) -> Vec<u8>;

    /// Goes on from what [`Agent::save`] returned for the same setup.
    ///
    /// # Errors
    /// If the bytes are not the state of such an agent.
    fn load(&mut self, state: &[u8]) -> Result<(), StateError>;
}

/// What an agent believes about a state.
#[derive(Clone, Debug, PartialEq)]
pub struct StateEstimate {
    /// The value it has learned.
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

impl StateEstimate {
    /// Of an agent that learns action values and evaluates greedily, the first of equal values being its choice. The values
    /// are those of the policy `followed` where the agent is `on_policy`, else the optimal ones.
    pub fn greedy(action_values: &[f32], followed: Vec<f64>, on_policy: bool) -> StateEstimate {
        let policy = certain(crate::losses::argmax(action_values), action_values.len());
        let values = action_values.to_vec();
        let value = if on_policy { Value::ActionsUnder(values, followed.clone()) } else { Value::Actions(values) };
        StateEstimate { value, policy, followed }
    }
}

/// The probabilities of a policy that takes one of `actions` actions for certain.
pub fn certain(action: usize, actions: usize) -> Vec<f64> {
    (0..actions).map(|other| f64::from(u8::from(other == action))).collect()
}

/// What one round of learning did; means are over its gradient steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateStats {
    /// Gradient steps since the run began.
    pub updates: u64,
    /// Mean over the batch of the TD loss, before the step: δ²/2, or Huber's where the algorithm minimises that, with
    /// δ = target − prediction. The target is the algorithm's own (one step, or n in the actor–critic, of which it is the
    /// critic's loss alone: no term of the policy or its entropy).
    pub loss: f64,
    /// Mean predicted value of the actions taken, where action values are learned.
    pub q_mean: Option<f64>,
    /// Mean Euclidean norm of the whole gradient, before clipping.
    pub grad_norm: f64,
    /// Probability with which the next action is random, where exploration is ε-greedy.
    pub epsilon: Option<f64>,
    /// Step size of the optimizer.
    pub learning_rate: f64,
    /// Temperature with which the next action is drawn, where exploration is by Boltzmann's distribution.
    pub temperature: Option<f64>,
}

impl UpdateStats {
    /// Names the first figure that is not a finite number: the run has diverged.
    #[inline]
    pub fn non_finite_figure(&self) -> Option<String> {
        let figures = [("loss", self.loss), ("mean Q", self.q_mean.unwrap_or(0.0)), ("gradient norm", self.grad_norm)];
        figures.into_iter().find(|(_, value)| !value.is_finite()).map(|(name, value)| format!("the {name} is {value}"))
    }
}
