//! What an agent learns from in place of the environment's rewards.

use serde::{Deserialize, Serialize};
use tilde_envs::{Ending, StateError};

use crate::approx::{NormalizeConfig, RunningMoments};
use crate::invalid_value::{InvalidValue, all, require};
use crate::replay::Transition;

/// Changes of rewards, in the order in which they apply.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RewardWrappers {
    /// Divides by the running deviation of the discounted return, as Stable-Baselines3's `VecNormalize` does.
    pub normalize: Option<NormalizeConfig>,
    /// Multiplies by this number.
    pub scale: Option<f64>,
    /// Cuts off below and above these two numbers.
    pub clip: Option<[f64; 2]>,
}

impl RewardWrappers {
    /// Checks every range.
    ///
    /// # Errors
    /// If a number is out of range; the keys are `normalize_reward`, `scale_reward` and `clip_reward`.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let scale = self.scale.map_or(Ok(()), |scale| {
            let single = scale as f32;
            require(single > 0.0 && single.is_finite(), "scale_reward", || {
                format!("must be a positive number, not {scale}: anything else would reward other behaviour")
            })
        });
        let clip = self.clip.map_or(Ok(()), |[low, high]| {
            require(low < high && low.is_finite() && high.is_finite(), "clip_reward", || {
                format!("takes the lower bound and then the upper one, not [{low}, {high}], such as [-1.0, 1.0]")
            })
        });
        let normalize = self.normalize.map_or(Ok(()), |normalize| normalize.check());
        all([normalize.map_err(|e| e.within("normalize_reward")), scale, clip])
    }

    /// How many times the environment's rewards the changed ones are; nothing if no number says so.
    pub fn factor(&self) -> Option<f64> {
        let is_plain = self.normalize.is_none() && self.clip.is_none();
        is_plain.then(|| self.scale.unwrap_or(1.0))
    }
}

/// Changes the rewards of a run.
#[derive(Clone, Debug)]
pub struct RewardTransform {
    config: RewardWrappers,
    gamma: f64,
    state: RewardState,
}

/// What normalised rewards depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RewardState {
    /// Σ γᵏ r of each environment's running episode, the latest reward undiscounted.
    returns: Vec<f64>,
    moments: RunningMoments,
}

impl RewardTransform {
    /// For the rewards of `num_envs` environments, discounted by `gamma`.
    pub fn new(config: RewardWrappers, gamma: f64, num_envs: usize) -> RewardTransform {
        let state = RewardState { returns: vec![0.0; num_envs], moments: RunningMoments::new(1) };
        RewardTransform { config, gamma, state }
    }

    /// The settings.
    pub fn config(&self) -> &RewardWrappers {
        &self.config
    }

    /// The reward to learn from.
    pub fn apply(&mut self, transition: &Transition<'_>) -> f32 {
        let mut reward = f64::from(transition.reward);
        if let Some(NormalizeConfig { clip, epsilon }) = self.config.normalize {
            let RewardState { returns, moments } = &mut self.state;
            let total = &mut returns[transition.env];
            *total = self.gamma * *total + reward;
            moments.update(&[*total]);
            if transition.ending != Ending::Continues {
                *total = 0.0;
            }
            reward = (reward / (moments.variance()[0] + epsilon).sqrt()).clamp(-clip, clip);
        }
        reward *= self.config.scale.unwrap_or(1.0);
        if let Some([low, high]) = self.config.clip {
            reward = reward.clamp(low, high);
        }
        reward as f32
    }

    /// What a checkpoint keeps: nothing, where rewards do not depend on earlier ones.
    pub fn save(&self) -> impl Serialize + use<> {
        self.config.normalize.map(|_| self.state.clone())
    }

    /// Goes on from what [`RewardTransform::save`] returned, as bytes have it.
    ///
    /// # Errors
    /// If it was saved by another transform.
    pub fn load(&mut self, state: SavedRewards) -> Result<(), StateError> {
        match (self.config.normalize, state.0) {
            (None, None) => Ok(()),
            (Some(_), Some(state)) if state.returns.len() == self.state.returns.len() => {
                state.moments.check(1)?;
                self.state = state;
                Ok(())
            }
            _ => Err(StateError("the state of other reward wrappers".to_owned())),
        }
    }
}

/// What [`RewardTransform::save`] returned, read from bytes.
#[derive(Deserialize)]
pub struct SavedRewards(Option<RewardState>);

#[cfg(test)]
mod tests {
    use super::*;

    fn transition(reward: f32, env: usize, ending: Ending) -> Transition<'static> {
        Transition { observation: &[], action: 0, reward, next_observation: &[], ending, env }
    }

    #[test]
    fn scaling_comes_before_clipping() {
        let config = RewardWrappers { scale: Some(0.5), clip: Some([-1.0, 2.0]), normalize: None };
        let mut transform = RewardTransform::new(config, 0.9, 1);
        let changed = [1.0, -1.0, 3.0, 8.0, -4.0].map(|r| transform.apply(&transition(r, 0, Ending::Continues)));
        assert_eq!(changed, [0.5, -0.5, 1.5, 2.0, -1.0]);
        assert_eq!(config.factor(), None);
        assert_eq!(RewardWrappers { clip: None, ..config }.factor(), Some(0.5));
        assert_eq!(RewardWrappers::default().factor(), Some(1.0));
    }

    /// The returns 1, 2.5 and −1.75, and after the end of the episode 4, in `RunningMeanStd` of Gymnasium 1.4.0; without the clip,
    /// the first reward would be 70.7, as its return is the only one.
    #[test]
    fn rewards_are_divided_by_the_deviation_of_the_return() {
        let config = RewardWrappers { normalize: Some(NormalizeConfig::default()), ..RewardWrappers::default() };
        let mut transform = RewardTransform::new(config, 0.5, 2);
        let steps =
            [(1.0, Ending::Continues), (2.0, Ending::Continues), (-3.0, Ending::Truncated), (4.0, Ending::Continues)];
        let changed = steps.map(|(reward, ending)| transform.apply(&transition(reward, 0, ending)));
        let expected = [10.0, 2.666_252, -1.704_665_5, 1.883_175_1];
        assert!(changed.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{changed:?}");
        // Each environment has a return of its own.
        transform.apply(&transition(8.0, 1, Ending::Continues));
        assert_eq!(transform.state.returns, [4.0, 8.0]);
    }

    #[test]
    fn wrong_settings_are_refused() {
        let refused = |config: RewardWrappers| config.check().unwrap_err().key;
        let plain = RewardWrappers::default();
        assert_eq!(refused(RewardWrappers { scale: Some(0.0), ..plain }), "scale_reward");
        assert_eq!(refused(RewardWrappers { scale: Some(-1.0), ..plain }), "scale_reward");
        assert_eq!(refused(RewardWrappers { clip: Some([1.0, -1.0]), ..plain }), "clip_reward");
        assert_eq!(refused(RewardWrappers { clip: Some([f64::NAN, 1.0]), ..plain }), "clip_reward");
        let normalize = Some(NormalizeConfig { clip: -1.0, ..NormalizeConfig::default() });
        assert_eq!(refused(RewardWrappers { normalize, ..plain }), "normalize_reward.clip");
    }
}
