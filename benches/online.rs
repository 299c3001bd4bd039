//! Online Q-learning, everything included: action, environment, one update, resets.

use tilde::agents::{Agent, AgentSetup, AlgorithmConfig, Exploration, QLearningConfig};
use tilde::device::Backend;
use tilde::optim::{OptimizerConfig, SgdConfig};
use tilde::run::VecEnv;
use tilde::schedule::LearningRate;
use tilde_envs::{CartPoleConfig, EnvConfig, GridworldConfig};

/// Names; features as a config file has them; widths of hidden layers.
pub const ONLINE_CASES: [(&str, &str, &[usize]); 4] = [
    ("gridworld/one_hot", "'one_hot'", &[]),
    ("cart-pole/tiles", TILES, &[]),
    ("cart-pole/64-64", "'identity'", &[64, 64]),
    ("cart-pole/tiles-64-64", TILES, &[64, 64]),
];

/// 8 tilings × 7⁴ tiles × 2 actions = 38,416 weights of a linear function.
const TILES: &str = "{ tiles = { tiles = 6, low = [-2.4, -3.0, -0.21, -3.0], high = [2.4, 3.0, 0.21, 3.0] } }";

/// An agent in its environment.
pub struct OnlineRun {
    envs: VecEnv,
    agent: Box<dyn Agent>,
    step: u64,
}

impl OnlineRun {
    /// The run of one of [`ONLINE_CASES`] before its first step.
    ///
    /// # Panics
    /// If there is no such case.
    pub fn new(name: &str) -> OnlineRun {
        let (_, features, hidden) = ONLINE_CASES.into_iter().find(|case| case.0 == name).expect("one of the cases");
        let approximator = toml::from_str(&format!("features = {features}\nhidden = {hidden:?}"));
        let env_config = if name.starts_with("gridworld") {
            EnvConfig::from(GridworldConfig { slip: 2.0 / 3.0, ..GridworldConfig::default() })
        } else {
            EnvConfig::from(CartPoleConfig::default())
        };
        let env = env_config.build().expect("the default environments build");
        let setup = AgentSetup {
            approximator: approximator.expect("the settings are valid"),
            optimizer: OptimizerConfig::from(SgdConfig {
                learning_rate: LearningRate::Constant(1e-3),
                max_grad_norm: None,
            }),
            space: env.observation_space().clone(),
            normalizer: None,
            actions: env.actions(),
            model: None,
            budget: 1_000_000,
            backend: Backend::default(),
            seed: 0,
        };
        let config = QLearningConfig { exploration: Exploration::constant(0.1), ..QLearningConfig::default() };
        let agent = AlgorithmConfig::from(config).build(&setup);
        let envs = VecEnv::new(vec![env], 0);
        OnlineRun { envs, agent, step: 0 }
    }

    /// Goes on for that many environment steps.
    pub fn steps(&mut self, count: u64) {
        for _ in 0..count {
            let transition = self.envs.step(self.agent.as_mut(), self.step).transition;
            self.step += 1;
            self.agent.observe(transition, self.step);
        }
    }
}
