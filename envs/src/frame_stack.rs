//! Frame stack, as a wrapper around any environment.

use crate::{Env, Rng, Space, StateError, Step};

/// Observations that are the latest few of the environment's, the oldest first (Mnih et al. 2015). At the start of an episode the
/// first one stands in every place, as in Gymnasium's `FrameStackObservation` with `padding_type = "reset"`.
///
/// Vectors follow each other: `k` observations of `C` components are one vector of `k · C`, and a state number becomes
/// [`Space::MultiDiscrete`]. Boards and images `[height, width, channels]` are stacked along their channels, as in
/// Stable-Baselines3's `VecFrameStack`, so that a convolution sees one image of `k · channels`. There is no exact model: a stack is no
/// state of the environment.
///
/// Saved state: the environment's own; then the observations of the stack, the oldest first.
#[derive(Clone, Debug)]
pub struct FrameStack<E> {
    env: E,
    space: Space,
    /// The latest observations, the oldest first `[frames · C]`.
    frames: Vec<f32>,
    /// C of one observation, and how many of its numbers stay beside each other: its channels, or all of them.
    components: usize,
    run: usize,
}

impl<E: Env> FrameStack<E> {
    /// Stacks of `frames` observations.
    ///
    /// # Panics
    /// If `frames` is zero. Settings are checked for that.
    pub fn new(env: E, frames: usize) -> Self {
        assert!(frames > 0, "a stack has at least one observation");
        let space = env.observation_space();
        let components = space.len();
        let run = match space.shape()[..] {
            [_, _, channels] => channels,
            _ => components,
        };
        FrameStack { space: stacked(space, frames), frames: vec![0.0; frames * components], components, run, env }
    }

    /// Makes the oldest place free for the next observation, at the end.
    fn advance(&mut self) {
        self.frames.copy_within(self.components.., 0);
    }

    /// The place of the newest observation.
    fn newest(&self) -> std::ops::Range<usize> {
        self.frames.len() - self.components..self.frames.len()
    }

    /// Writes the stack, in the order of its space.
    fn write(&self, observation: &mut [f32]) {
        assert_eq!(observation.len(), self.frames.len(), "an observation has the length of its space");
        let (run, count) = (self.run, self.frames.len() / self.components);
        for (frame, numbers) in self.frames.chunks_exact(self.components).enumerate() {
            for (place, channels) in numbers.chunks_exact(run).enumerate() {
                let start = (place * count + frame) * run;
                observation[start..start + run].copy_from_slice(channels);
            }
        }
    }
}

/// The space of `frames` observations of a space.
fn stacked(space: &Space, frames: usize) -> Space {
    let along_channels = |shape: &[usize]| match *shape {
        [height, width, channels] => vec![height, width, frames * channels],
        _ => vec![frames * shape.iter().product::<usize>()],
    };
    match space {
        Space::Discrete { n } => Space::MultiDiscrete { sizes: vec![*n; frames] },
        Space::MultiDiscrete { sizes } => Space::MultiDiscrete { sizes: sizes.repeat(frames) },
        Space::Box { low, high } => Space::Box { low: low.repeat(frames), high: high.repeat(frames) },
        Space::MultiBinary { shape } => Space::MultiBinary { shape: along_channels(shape) },
        Space::Image { shape: [height, width, channels] } => {
            Space::Image { shape: [*height, *width, frames * channels] }
        }
    }
}

/// The places of the newest of `frames` observations in a stack of observations of `space`, in their order.
pub(crate) fn newest_places(space: &Space, frames: usize) -> Vec<usize> {
    let components = space.len();
    match space.shape()[..] {
        [_, _, channels] => {
            let place = |number: usize| ((number / channels) * frames + frames - 1) * channels + number % channels;
            (0..components).map(place).collect()
        }
        _ => ((frames - 1) * components..frames * components).collect(),
    }
}

impl<E: Env> Env for FrameStack<E> {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        self.env.actions()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        let newest = self.newest();
        self.env.reset(rng, &mut self.frames[newest.clone()]);
        (0..newest.start).step_by(self.components).for_each(|place| self.frames.copy_within(newest.clone(), place));
        self.write(observation);
    }

    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
        self.advance();
        let newest = self.newest();
        let step = self.env.step(action, rng, &mut self.frames[newest]);
        self.write(observation);
        step
    }

    fn is_running(&self) -> bool {
        self.env.is_running()
    }

    fn state(&self) -> Vec<f64> {
        let mut state = self.env.state();
        state.extend(self.frames.iter().copied().map(f64::from));
        state
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let (inner, frames) =
            state.len().checked_sub(self.frames.len()).map(|own| state.split_at(own)).ok_or_else(|| {
                StateError(format!("a saved state of a stack has at least {} numbers", self.frames.len()))
            })?;
        let frames: Vec<f32> = frames.iter().map(|&number| number as f32).collect();
        if !frames.chunks_exact(self.components).all(|frame| self.env.observation_space().contains(frame)) {
            return Err(StateError("a saved stack with an observation outside of the space".to_owned()));
        }
        self.env.set_state(inner)?;
        self.frames = frames;
        Ok(())
    }

    fn announce(&mut self, action: usize, rng: &Rng) {
        self.env.announce(action, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_numbers_become_a_vector_and_images_get_more_channels() {
        assert_eq!(stacked(&Space::Discrete { n: 5 }, 3), Space::MultiDiscrete { sizes: vec![5, 5, 5] });
        let image = Space::Image { shape: [8, 4, 3] };
        assert_eq!(stacked(&image, 4), Space::Image { shape: [8, 4, 12] });
        // The last three of the twelve channels of the second pixel.
        assert_eq!(newest_places(&image, 4)[3..6], [21, 22, 23]);
    }
}
