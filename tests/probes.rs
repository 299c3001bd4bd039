//! DQN on tiny environments whose values are known in closed form, each of which fails for one kind of bug.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use tilde::agents::{Agent, AgentSetup, Dqn, DqnConfig};
use tilde::approx::{Activation, ApproximatorConfig, FeatureConfig, FeatureMap, Initialization};
use tilde::device::DeviceName;
use tilde::losses::TdLoss;
use tilde::optim::{AdamConfig, OptimizerConfig};
use tilde::replay::Transition;
use tilde::rng::env_stream;
use tilde::schedule::{LearningRate, Linear};
use tilde_envs::{Env, Probe, find};

const GAMMA: f64 = 0.9;
const STEPS: u64 = 3_000;

fn dqn_config(double: bool, loss: TdLoss) -> DqnConfig {
    DqnConfig {
        gamma: GAMMA,
        buffer_size: 500,
        batch_size: 32,
        learning_starts: 50,
        train_freq: 1,
        gradient_steps: 1,
        target_update_interval: 10,
        tau: 1.0,
        double,
        loss,
        exploration: Linear { initial: 1.0, end: 1.0, fraction: Some(1.0), steps: None },
    }
}

/// The probe as the registry makes it, its time limit included.
fn env_of(probe: Probe) -> Box<dyn Env> {
    (find(probe.id()).unwrap().default)().build().unwrap()
}

fn setup(probe: Probe, device: DeviceName) -> AgentSetup {
    let env = env_of(probe);
    let space = env.observation_space();
    AgentSetup {
        approximator: ApproximatorConfig {
            features: FeatureConfig::default(),
            hidden: vec![16],
            activation: Activation::Tanh,
            initialization: Initialization::Pytorch,
        },
        features: FeatureMap::new(&FeatureConfig::default(), space).unwrap(),
        optimizer: OptimizerConfig::Adam(AdamConfig {
            learning_rate: LearningRate::Linear(Linear { initial: 1e-2, end: 1e-4, fraction: Some(1.0), steps: None }),
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            max_grad_norm: Some(10.0),
        }),
        observation_components: space.len(),
        actions: env.actions(),
        budget: STEPS,
        device: device.open().unwrap(),
        seed: 3,
    }
}

/// Trains on the probe and returns the largest distance of a learned value from the true one.
fn worst_error(probe: Probe, config: &DqnConfig, device: DeviceName) -> f64 {
    let mut agent = Dqn::new(config, setup(probe, device));
    let (mut env, mut rng) = (env_of(probe), env_stream(3));
    let mut observation = vec![0.0; env.observation_space().len()];
    let mut next_observation = observation.clone();
    env.reset(&mut rng, &mut observation);
    for step in 1..=STEPS {
        let action = agent.act(&observation, step - 1);
        let outcome = env.step(action, &mut rng, &mut next_observation);
        let (reward, ending) = (outcome.reward, outcome.ending);
        let transition =
            Transition { observation: &observation, action, reward, next_observation: &next_observation, ending };
        agent.observe(transition, step);
        std::mem::swap(&mut observation, &mut next_observation);
        if ending.is_over() {
            env.reset(&mut rng, &mut observation);
        }
    }
    let errors = probe.exact_values(GAMMA).into_iter().flat_map(|(observation, values)| {
        let learned = agent.action_values(&observation);
        values.into_iter().zip(learned).map(|(value, learned)| (value - f64::from(learned)).abs()).collect::<Vec<_>>()
    });
    errors.fold(0.0, f64::max)
}

/// Every probe, with each loss and with both kinds of target.
fn pass_on(device: DeviceName) {
    for probe in Probe::ALL {
        for (double, loss) in [(false, TdLoss::Huber), (true, TdLoss::Huber), (false, TdLoss::Mse), (true, TdLoss::Mse)]
        {
            let error = worst_error(probe, &dqn_config(double, loss), device);
            // Values are 1 in size, and 10 where the probe goes on for ever: 2 % of that.
            let scale = if probe == Probe::Truncation { 10.0 } else { 1.0 };
            assert!(error < 0.02 * scale, "{} with double = {double}, {loss:?}: off by {error}", probe.id());
        }
    }
}

#[test]
fn dqn_learns_every_probe_on_flex() {
    pass_on(DeviceName::Flex);
}

#[test]
fn dqn_learns_every_probe_on_ndarray() {
    pass_on(DeviceName::Ndarray);
}
