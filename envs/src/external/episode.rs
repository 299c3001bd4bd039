//! The running episode of an environment in another process, from which it can be played again.

use super::client::ResetWith;
use super::frames::Generator;
use crate::{StateError, saved_state};

/// How an episode began, its actions, and a digest of everything that was seen in it.
///
/// Such an environment has no state that could be saved. A saved episode is played again: where the environment is a function of
/// its seed and the actions, that gives the same state.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Episode {
    pub(super) begun: ResetWith,
    pub(super) actions: Vec<usize>,
    pub(super) digest: Digest,
}

/// A checksum of observations and rewards: FNV-1a over their bits, by words of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Digest(u64);

impl Digest {
    fn new() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, word: u32) {
        self.0 = (self.0 ^ u64::from(word)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    pub(super) fn add_observation(&mut self, observation: &[f32]) {
        observation.iter().for_each(|component| self.add(component.to_bits()));
    }

    pub(super) fn add_reward(&mut self, reward: f64) {
        let bits = reward.to_bits();
        self.add((bits >> 32) as u32);
        self.add(bits as u32);
    }
}

/// The numbers of 32 bits in a saved state before the actions: six of 64 bits for the reset, and the digest.
const WORDS: usize = 2 * 7;

impl Episode {
    /// An episode with this first observation.
    pub(super) fn new(begun: ResetWith, observation: &[f32]) -> Episode {
        let mut digest = Digest::new();
        digest.add_observation(observation);
        Episode { begun, actions: Vec::new(), digest }
    }

    /// Takes in a step.
    pub(super) fn step(&mut self, action: usize, reward: f64, observation: &[f32]) {
        self.actions.push(action);
        self.digest.add_reward(reward);
        self.digest.add_observation(observation);
    }

    /// As numbers that an `f64` has exactly.
    pub(super) fn save(&self) -> Vec<f64> {
        let numbers = [self.begun.seed].into_iter().chain(self.begun.generator).chain([self.digest.0]);
        let words = numbers.flat_map(|number| [(number >> 32) as f64, (number & 0xffff_ffff) as f64]);
        words.chain(self.actions.iter().map(|&action| action as f64)).collect()
    }

    /// What [`Episode::save`] returned, in an environment with so many actions.
    ///
    /// # Errors
    /// If it is no such state.
    pub(super) fn load(state: &[f64], actions: usize) -> Result<Episode, StateError> {
        let too_short = || StateError("a saved episode that is too short".to_owned());
        let (words, played) = state.split_at_checked(WORDS).ok_or_else(too_short)?;
        let mut numbers = [0u64; WORDS / 2];
        for (number, halves) in numbers.iter_mut().zip(words.chunks_exact(2)) {
            for &half in halves {
                *number = *number << 32 | saved_state::whole(half, u32::MAX as usize, "a half of a number")? as u64;
            }
        }
        let [seed, generator @ .., digest] = numbers;
        let generator: Generator = generator;
        let played = played.iter().map(|&action| saved_state::whole(action, actions - 1, "an action"));
        Ok(Episode {
            begun: ResetWith { seed, generator },
            actions: played.collect::<Result<_, _>>()?,
            digest: Digest(digest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_is_saved_and_loaded() {
        let begun = ResetWith { seed: u64::MAX - 3, generator: [1 << 63, 2, 3, 5, 1 << 32 | 7] };
        let mut episode = Episode::new(begun, &[1.0, -0.5]);
        episode.step(1, 0.1, &[0.0, 0.0]);
        let before = episode.digest;
        episode.step(2, f64::NEG_INFINITY, &[2.0, 0.0]);
        assert_ne!(episode.digest, before);
        assert_eq!(Episode::load(&episode.save(), 3), Ok(episode.clone()));
        assert!(Episode::load(&episode.save(), 2).is_err(), "there is no action 2");
        assert!(Episode::load(&episode.save()[..WORDS - 1], 3).is_err());
        assert!(Episode::load(&[vec![0.5], episode.save()].concat(), 3).is_err());
    }
}
