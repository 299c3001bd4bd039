//! One step of experience.

use tilde_envs::Ending;

/// One step of experience: in `observation` the `action` gave `reward` and led to `next_observation`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition<'a> {
    /// x.
    pub observation: &'a [f32],
    /// u.
    pub action: usize,
    /// r.
    pub reward: f32,
    /// x'. If the episode ended, it is its last observation, not the first of the next episode.
    pub next_observation: &'a [f32],
    /// Whether and how the episode ended with this step.
    pub ending: Ending,
    /// The number of the environment.
    pub env: usize,
}
