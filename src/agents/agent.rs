//! What an agent is to the loop that runs it.

use tilde_envs::StateError;

use crate::replay::Transition;

/// Something that acts, and learns from what happened.
///
/// An agent owns its random streams: it is a deterministic function of its setup and of the transitions it was shown.
pub trait Agent: Send {
    /// Chooses the action for environment step `step + 1`, exploring as the algorithm does; `step` steps were taken so far.
    fn act(&mut self, observation: &[f32], step: u64) -> usize;

    /// Takes in the transition of environment step `step`, counted from 1, and learns where it is time to.
    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<Learned>;

    /// The action the agent holds best; it draws nothing, so evaluating leaves no trace in a run.
    fn greedy(&mut self, observation: &[f32]) -> usize;

    /// How many weights the agent learns.
    fn parameters(&self) -> usize;

    /// The first weight that is not a finite number, if there is one, in words.
    fn broken_weight(&self) -> Option<String>;

    /// Everything needed to go on exactly, as bytes for a checkpoint.
    fn save(&self) -> Vec<u8>;

    /// Goes on from what [`Agent::save`] returned for the same setup.
    ///
    /// # Errors
    /// If the bytes are not the state of such an agent.
    fn load(&mut self, state: &[u8]) -> Result<(), StateError>;
}

/// What one round of learning did; means are over its gradient steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// Gradient steps since the run began.
    pub updates: u64,
    /// Mean loss.
    pub loss: f64,
    /// Mean predicted value of the actions taken.
    pub q_mean: f64,
    /// Mean Euclidean norm of the whole gradient, before clipping.
    pub grad_norm: f64,
    /// Probability with which the next action is random.
    pub epsilon: f64,
    /// Step size of the optimizer.
    pub learning_rate: f64,
}

impl Learned {
    /// Names the first figure that is not a finite number: the run has diverged.
    pub fn broken_figure(&self) -> Option<String> {
        let figures = [("loss", self.loss), ("mean Q", self.q_mean), ("gradient norm", self.grad_norm)];
        figures.into_iter().find(|(_, value)| !value.is_finite()).map(|(name, value)| format!("the {name} is {value}"))
    }
}
