//! Probe environments: five tiny MDPs whose values are known in closed form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::Part;
use crate::{
    ConfigError, Env, EnvConfig, Environment, Outcome, Space, Tabular, TimeLimit, TransitionModel, time_limit,
};

/// Five tiny MDPs whose values are known in closed form, in the order in which to try them. Each of them detects one kind of
/// bug: a learner with this bug does not learn the probe's values, which takes seconds to see. The idea is Andy Jones',
/// "Debugging RL, without the agonizing pain", 2021.
///
/// The observation after a terminating step has a value of its own, so that bootstrapping from it gives a wrong number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// One state, one action, one step, reward 1. V = 1. Fails if not even a constant can be learned, or if a terminal state is
    /// bootstrapped from.
    ConstantReward,
    /// Observation -1 or +1 at random; the reward of the only step equals it. V(o) = o. Fails if the approximator does not get
    /// the observation, or not its gradient.
    ObservationReward,
    /// Two steps, seen as 0 and then 1; only the second is rewarded, with 1. V(0) = γ, V(1) = 1. Fails if discounting
    /// or bootstrapping is wrong.
    TwoStep,
    /// One step; action 0 gives -1, action 1 gives +1. Q = (-1, 1). Fails if values or advantages are not those of the
    /// action taken, or if the policy does not improve.
    ActionReward,
    /// One state, one action, reward 1 per step and no terminal state, but episodes are truncated after a few steps.
    /// V = 1/(1 - γ). Fails if a learner does not bootstrap after a truncation.
    Truncation,
}

/// A probe without settings.
macro_rules! probe_without_settings {
    ($config:ident, $probe:expr, $id:literal, $summary:literal) => {
        #[doc = concat!("The probe `", $id, "`, which has no settings.")]
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $config {}

        impl Part for $config {
            const ID: &'static str = $id;
            const SUMMARY: &'static str = $summary;
        }

        impl Environment for $config {
            fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
                Ok(Box::new($probe.env()))
            }
        }
    };
}

probe_without_settings!(
    ProbeConstantRewardConfig,
    Probe::ConstantReward,
    "probe_constant_reward",
    "one step, reward 1: can a value be learned at all?"
);
probe_without_settings!(
    ProbeObservationRewardConfig,
    Probe::ObservationReward,
    "probe_observation_reward",
    "one step, the reward is the observation: does the approximator see it?"
);
probe_without_settings!(
    ProbeTwoStepConfig,
    Probe::TwoStep,
    "probe_two_step",
    "two steps, reward at the end: is it discounted and bootstrapped?"
);
probe_without_settings!(
    ProbeActionRewardConfig,
    Probe::ActionReward,
    "probe_action_reward",
    "one step, the reward depends on the action: are actions distinguished?"
);

/// The settings of the truncation probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProbeTruncationConfig {
    /// The step after which an episode is truncated.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
}

impl Default for ProbeTruncationConfig {
    fn default() -> Self {
        ProbeTruncationConfig { time_limit: 5 }
    }
}

impl Part for ProbeTruncationConfig {
    const ID: &'static str = "probe_truncation";
    const SUMMARY: &'static str = "reward 1 in every step, truncated: is the last state bootstrapped from?";
}

impl Environment for ProbeTruncationConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        Ok(Box::new(TimeLimit::new(Probe::Truncation.env(), time_limit::check(self.time_limit)?)))
    }
}

impl Probe {
    /// All of them.
    pub const ALL: [Probe; 5] =
        [Probe::ConstantReward, Probe::ObservationReward, Probe::TwoStep, Probe::ActionReward, Probe::Truncation];

    /// The probe as a config file has it, with the default of its settings.
    pub fn config(self) -> EnvConfig {
        match self {
            Probe::ConstantReward => ProbeConstantRewardConfig {}.into(),
            Probe::ObservationReward => ProbeObservationRewardConfig {}.into(),
            Probe::TwoStep => ProbeTwoStepConfig {}.into(),
            Probe::ActionReward => ProbeActionRewardConfig {}.into(),
            Probe::Truncation => ProbeTruncationConfig::default().into(),
        }
    }

    /// The optimal action values in closed form, for every observation that an action can be taken at;
    /// `gamma` < 1.
    pub fn exact_values(self, gamma: f64) -> Vec<(Vec<f32>, Vec<f64>)> {
        match self {
            Probe::ConstantReward => vec![(vec![0.0], vec![1.0])],
            Probe::ObservationReward => vec![(vec![-1.0], vec![-1.0]), (vec![1.0], vec![1.0])],
            Probe::TwoStep => vec![(vec![0.0], vec![gamma]), (vec![1.0], vec![1.0])],
            Probe::ActionReward => vec![(vec![0.0], vec![-1.0, 1.0])],
            Probe::Truncation => vec![(vec![0.0], vec![1.0 / (1.0 - gamma)])],
        }
    }

    /// The probe as an environment; the truncation probe without its time limit.
    pub(crate) fn env(self) -> Tabular {
        // Finite bounds, so that every feature map can be used.
        Tabular::new(self.model(), Space::Box { low: vec![-1.0], high: vec![1.0] })
    }

    fn model(self) -> TransitionModel {
        let certain = |next, reward, terminated| vec![Outcome { probability: 1.0, next, reward, terminated }];
        let always = vec![(0, 1.0)];
        let one_state = vec![vec![0.0]];
        match self {
            Probe::ConstantReward => TransitionModel::new(1, one_state, always, |_, _| certain(0, 1.0, true)),
            Probe::ObservationReward => {
                let reward = [-1.0, 1.0];
                let observations = vec![vec![-1.0], vec![1.0]];
                TransitionModel::new(1, observations, vec![(0, 0.5), (1, 0.5)], |state, _| {
                    certain(state, reward[state], true)
                })
            }
            Probe::TwoStep => TransitionModel::new(1, vec![vec![0.0], vec![1.0]], always, |state, _| {
                if state == 0 { certain(1, 0.0, false) } else { certain(1, 1.0, true) }
            }),
            Probe::ActionReward => {
                let reward = [-1.0, 1.0];
                TransitionModel::new(2, one_state, always, |_, action| certain(0, reward[action], true))
            }
            Probe::Truncation => TransitionModel::new(1, one_state, always, |_, _| certain(0, 1.0, false)),
        }
    }
}
