//! What the benchmarks in `benches/` share: `cargo bench -p tilde-benches`.

use tilde::agents::{Agent, AgentSetup, Dqn, DqnConfig};
use tilde::approx::{Activation, ApproximatorConfig, FeatureConfig, Initialization};
use tilde::device::Backend;
use tilde::losses::TdLoss;
use tilde::optim::{AdamConfig, OptimizerConfig};
use tilde::replay::Transition;
use tilde::rng::{Stream, stream};
use tilde::schedule::LearningRate;
use tilde_envs::{Ending, Space};

/// Transitions in the replay buffer: enough to leave the first caches.
const STORED: usize = 10_000;

/// A cart-pole agent with a filled buffer, in the settings of CleanRL's DQN (MSE, no clipping).
pub fn agent(hidden: &[usize], batch_size: usize, backend: Backend) -> Dqn {
    let config = DqnConfig {
        buffer_size: STORED,
        batch_size,
        learning_starts: u64::MAX,
        loss: TdLoss::Mse,
        ..DqnConfig::default()
    };
    let setup = AgentSetup {
        approximator: ApproximatorConfig {
            features: FeatureConfig::default(),
            hidden: hidden.to_vec(),
            activation: Activation::Relu,
            initialization: Initialization::Pytorch,
        },
        optimizer: OptimizerConfig::Adam(AdamConfig {
            learning_rate: LearningRate::Constant(2.5e-4),
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            epsilon_inside_root: false,
            lazy: false,
            max_grad_norm: None,
        }),
        space: Space::Box { low: vec![-1.0; 4], high: vec![1.0; 4] },
        actions: 2,
        model: None,
        budget: STORED as u64,
        backend,
        seed: 0,
    };
    let mut agent = Dqn::new(&config, &setup);
    let mut rng = stream(0, Stream::Rollout);
    for step in 1..=STORED as u64 {
        let mut draw = || [(); 4].map(|()| rng.uniform(-1.0, 1.0) as f32);
        let (observation, next_observation) = (draw(), draw());
        let ending = if step % 50 == 0 { Ending::Terminated } else { Ending::Continues };
        let action = (step % 2) as usize;
        let (observation, next_observation) = (&observation, &next_observation);
        agent.observe(Transition { observation, action, reward: 1.0, next_observation, ending, env: 0 }, step);
    }
    agent
}
