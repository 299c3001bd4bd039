//! What a drawing shows.

use crate::Ending;

/// One moment of an episode: an observation and the action that the agent chooses there.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The observations of the episode so far, the present one last. There is at least one.
    pub path: &'a [Vec<f32>],
    /// The present observation.
    pub observation: &'a [f32],
    /// Steps taken so far.
    pub step: usize,
    /// The undiscounted return so far.
    pub total: f64,
    /// The action that is chosen here; `None` when the episode is over.
    pub action: Option<usize>,
    /// Whether the episode is over, and how it ended.
    pub ending: Ending,
    /// What the agent has learned about the present observation. In a terminal state it means nothing: the value there is zero by
    /// definition.
    pub learned: &'a Learned,
    /// What the agent has learned about [`Render::states`](super::Render::states), in their order.
    pub states: &'a [Learned],
    /// The smallest and the largest learned value along the whole episode, so that bars keep their scale.
    pub range: (f32, f32),
}

/// What an agent has learned about an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// The values.
    pub value: LearnedValue,
    /// The probability of each action in an evaluation.
    pub policy: Vec<f64>,
}

/// The learned values of an observation.
#[derive(Clone, Debug, PartialEq)]
pub enum LearnedValue {
    /// The agent learns no values.
    None,
    /// Q̃(x, u), one for each action.
    Actions(Vec<f32>),
    /// Ṽ(x).
    State(f32),
}

impl LearnedValue {
    /// The numbers: one per action, or one, or none.
    pub fn numbers(&self) -> &[f32] {
        match self {
            LearnedValue::None => &[],
            LearnedValue::Actions(values) => values,
            LearnedValue::State(value) => std::slice::from_ref(value),
        }
    }
}

impl Learned {
    /// The value of the state: Ṽ(x), or the expectation of Q̃(x, ·) under the policy of an evaluation.
    pub fn state_value(&self) -> Option<f32> {
        match &self.value {
            LearnedValue::None => None,
            LearnedValue::State(value) => Some(*value),
            LearnedValue::Actions(values) => {
                let likely = values.iter().zip(&self.policy).filter(|&(_, &probability)| probability > 0.0);
                Some(likely.map(|(value, probability)| f64::from(*value) * probability).sum::<f64>() as f32)
            }
        }
    }
}
