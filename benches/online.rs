//! Online Q-learning, everything included: action, environment, one update, resets.

use tilde::agents::{Agent, AgentSetup, AlgorithmConfig, Exploration, QLearningConfig};
use tilde::device::Backend;
use tilde::optim::{OptimizerConfig, SgdConfig};
use tilde::replay::Transition;
use tilde::rng::env_stream;
use tilde::schedule::LearningRate;
use tilde_envs::{CartPoleConfig, Env, EnvConfig, GridworldConfig, Rng};

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
    env: Box<dyn Env>,
    agent: Box<dyn Agent>,
    rng: Rng,
    step: u64,
    observation: Vec<f32>,
    next_observation: Vec<f32>,
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
        let mut env = env_config.build().expect("the default environments build");
        let setup = AgentSetup {
            approximator: approximator.expect("the settings are valid"),
            optimizer: OptimizerConfig::from(SgdConfig {
                learning_rate: LearningRate::Constant(1e-3),
                max_grad_norm: None,
            }),
            space: env.observation_space().clone(),
            actions: env.actions(),
            model: None,
            budget: 1_000_000,
            backend: Backend::default(),
            seed: 0,
        };
        let config = QLearningConfig { exploration: Exploration::constant(0.1), ..QLearningConfig::default() };
        let agent = AlgorithmConfig::QLearning(config).build(&setup);
        let mut rng = env_stream(0, 0);
        let mut observation = vec![0.0; setup.space.len()];
        env.reset(&mut rng, &mut observation);
        OnlineRun { env, agent, rng, step: 0, next_observation: observation.clone(), observation }
    }

    /// Goes on for that many environment steps.
    pub fn steps(&mut self, count: u64) {
        let OnlineRun { env, agent, rng, step, observation, next_observation } = self;
        for _ in 0..count {
            let action = agent.act(observation, *step);
            let outcome = env.step(action, rng, next_observation);
            *step += 1;
            let (reward, ending) = (outcome.reward, outcome.ending);
            agent.observe(Transition { observation, action, reward, next_observation, ending, env: 0 }, *step);
            std::mem::swap(observation, next_observation);
            if ending.is_over() {
                env.reset(rng, observation);
            }
        }
    }
}
