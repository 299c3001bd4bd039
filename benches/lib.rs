//! What the benchmarks in `benches/` share: `cargo bench -p tilde-benches`.

mod online;

use tilde::agents::{Agent, AgentSetup, Dqn, DqnConfig};
use tilde::approx::{Activation, ApproximatorConfig, ConvConfig, Initialization};
use tilde::device::Backend;
use tilde::losses::TdLoss;
use tilde::optim::{AdamConfig, OptimizerConfig};
use tilde::replay::Transition;
use tilde::rng::{Stream, stream};
use tilde::schedule::LearningRate;
use tilde_envs::{Ending, Space};

pub use online::{ONLINE_CASES, OnlineRun};

/// Transitions in the replay buffer: enough to leave the first caches.
const STORED: usize = 10_000;

/// A Q-network, and what it is of.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where observations lie.
    pub space: Space,
    /// How many actions there are.
    pub actions: usize,
    /// The network.
    pub approximator: ApproximatorConfig,
}

impl Case {
    /// A multilayer perceptron with rectifiers.
    pub fn mlp(inputs: usize, hidden: &[usize], actions: usize) -> Case {
        let space = Space::Box { low: vec![-1.0; inputs], high: vec![1.0; inputs] };
        let approximator = ApproximatorConfig {
            hidden: hidden.to_vec(),
            activation: Activation::Relu,
            initialization: Initialization::Pytorch,
            ..ApproximatorConfig::default()
        };
        Case { space, actions, approximator }
    }

    /// MinAtar's network and observations (Young & Tian 2019): 10 × 10 × 4 bits, 16 filters of 3 × 3, 128 units, 6
    /// actions.
    pub fn conv() -> Case {
        let space = Space::MultiBinary { shape: vec![10, 10, 4] };
        let network = ConvConfig::default().into();
        let approximator = ApproximatorConfig { network, ..Case::mlp(1, &[128], 1).approximator };
        Case { space, actions: 6, approximator }
    }

    /// Its widths, or what it sees.
    pub fn name(&self) -> String {
        if self.approximator.network.id() == "conv" {
            return "10x10x4-conv16-128-6".to_owned();
        }
        let widths = [&[self.space.len()], self.approximator.hidden.as_slice(), &[self.actions]].concat();
        widths.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
    }

    /// An agent with a filled buffer, in the settings of CleanRL's DQN (MSE, no clipping).
    pub fn agent(&self, batch_size: usize, backend: Backend) -> Dqn {
        let config = DqnConfig {
            buffer_size: STORED,
            batch_size,
            learning_starts: u64::MAX,
            loss: TdLoss::Mse,
            ..DqnConfig::default()
        };
        let setup = AgentSetup {
            approximator: self.approximator.clone(),
            optimizer: OptimizerConfig::from(AdamConfig {
                learning_rate: LearningRate::Constant(2.5e-4),
                beta_1: 0.9,
                beta_2: 0.999,
                epsilon: 1e-8,
                epsilon_inside_root: false,
                lazy: false,
                max_grad_norm: None,
            }),
            space: self.space.clone(),
            normalizer: None,
            actions: self.actions,
            model: None,
            budget: STORED as u64,
            backend,
            seed: 0,
        };
        let mut agent = Dqn::new(&config, &setup);
        let mut rng = stream(0, Stream::Rollout);
        let is_whole = !matches!(self.space, Space::Box { .. });
        for step in 1..=STORED as u64 {
            let mut draw = || -> Vec<f32> {
                let numbers = (0..self.space.len()).map(|_| rng.uniform(-1.0, 1.0) as f32);
                numbers.map(|number| if is_whole { f32::from(u8::from(number > 0.0)) } else { number }).collect()
            };
            let (observation, next_observation) = (draw(), draw());
            let ending = if step % 50 == 0 { Ending::Terminated } else { Ending::Continues };
            let action = (step % self.actions as u64) as usize;
            let (observation, next_observation) = (&observation, &next_observation);
            agent.observe(Transition { observation, action, reward: 1.0, next_observation, ending, env: 0 }, step);
        }
        agent
    }
}
