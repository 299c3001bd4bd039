//! One step of experience.

use tilde_envs::Ending;

/// What an agent learns from: in `observation` the `action` gave `reward` and led to `next_observation`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition<'a> {
    /// x.
    pub observation: &'a [f32],
    /// u.
    pub action: usize,
    /// r.
    pub reward: f32,
    /// x', the last observation of the old episode where one ended, never the first of the next.
    pub next_observation: &'a [f32],
    /// Whether and how the episode ended with this step.
    pub ending: Ending,
    /// The environment it happened in, where there are several; else 0.
    pub env: usize,
}
