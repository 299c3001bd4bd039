//! Q̃, Ṽ and h̃ are burn modules, trained with the TD loss and Adam.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Distribution, Tensor, activation};
use common::{BACKENDS, adam, approximator, setup, train};
use tilde::agents::{
    ActorCriticConfig, Agent, AgentSetup, AlgorithmConfig, Dqn, DqnConfig, GivenPolicy, ReplayConfig,
    TdPredictionConfig, Value,
};
use tilde::approx::{
    Activation, ApproximatorConfig, BurnFunction, FeatureConfig, FeatureMap, Function, FunctionSetup, FunctionState,
    Initialization, Network, OneHotConfig, Weights, networks,
};
use tilde::device::Backend;
use tilde::losses::TdLoss;
use tilde::optim::OptimizerConfig;
use tilde::replay::Transition;
use tilde::rng::{Stream, env_stream, stream};
use tilde::run::ExactSolution;
use tilde::schedule::Linear as Line;
use tilde_envs::{CatchConfig, EnvConfig, Environment, GridworldConfig, MapSource, Probe, Space};

const GAMMA: f64 = 0.9;

fn gridworld() -> EnvConfig {
    EnvConfig::from(GridworldConfig::of_map(MapSource::Name("4x4".to_owned())))
}

/// A network over one-hot features, for the algorithm at hand, by burn.
fn train_by(backend: Backend, env: &EnvConfig, algorithm: &AlgorithmConfig, steps: u64) -> Box<dyn Agent> {
    let made = env.build().unwrap();
    let is_box = matches!(made.observation_space(), Space::Box { .. });
    let features = if is_box { "'identity'" } else { "'one_hot'" };
    let setup = setup(made.as_ref(), approximator(features, &[32]), adam(3e-3, 1e-4), steps, backend);
    train(env, algorithm, &setup, |_, _| {})
}

fn dqn() -> DqnConfig {
    DqnConfig {
        gamma: GAMMA,
        buffer_size: 10_000,
        batch_size: 64,
        learning_starts: 200,
        train_freq: 2,
        target_update_interval: 100,
        loss: TdLoss::Mse,
        exploration: Line { initial: 1.0, end: 0.5, fraction: Some(1.0), steps: None }.into(),
        ..DqnConfig::default()
    }
}

#[test]
fn q_v_and_the_policy_are_burn_modules_trained_with_the_td_loss_and_adam_to_their_known_values() {
    let truth = ExactSolution::new(gridworld().build().unwrap().model().unwrap(), GAMMA);
    for backend in &BACKENDS[1..] {
        // Q̃(x, u), from replay, against Q* of value iteration.
        let mut q = train_by(*backend, &gridworld(), &AlgorithmConfig::from(dqn()), 12_000);
        let found = truth.distance(q.as_mut(), 12_000);
        assert!(found.value_max_error.unwrap() < 0.05 && found.regret.unwrap() < 1e-9, "Q̃ by {backend:?}: {found:?}");

        // Ṽ(x), from replay, against Vπ of the policy that is followed.
        let replay = ReplayConfig {
            buffer_size: 10_000,
            batch_size: 64,
            learning_starts: 200,
            train_freq: 2,
            target_update_interval: 100,
            ..ReplayConfig::default()
        };
        let policy = GivenPolicy::EpsilonGreedy { epsilon: 0.5 };
        let config = TdPredictionConfig { gamma: GAMMA, lambda: 0.0, policy, replay: Some(replay) };
        let mut v = train_by(*backend, &gridworld(), &AlgorithmConfig::from(config), 12_000);
        let found = truth.distance(v.as_mut(), 12_000);
        assert!(found.value_max_error.unwrap() < 0.05, "Ṽ by {backend:?}: {found:?}");

        // h̃(u | x), and its critic: the reward is the action's, 0 or 1, so that the second is right and the state
        // worth 1.
        let probe = Probe::ActionReward.config();
        let config = ActorCriticConfig { n_steps: 16, ..ActorCriticConfig::default() };
        let mut h = train_by(*backend, &probe, &AlgorithmConfig::from(config), 8_000);
        let mut observation = vec![0.0; probe.build().unwrap().observation_space().len()];
        probe.build().unwrap().reset(&mut env_stream(0, 0), &mut observation);
        let estimate = h.estimate(&observation, 8_000);
        let Value::State(value, followed) = estimate.value else { panic!("a critic learns the value of a state") };
        assert!(followed[1] > 0.98 && (value - 1.0).abs() < 0.05, "h̃ by {backend:?}: {followed:?}, Ṽ = {value}");
    }
}

/// A module of a user's own: two streams, the values of states and the advantages of actions (Wang et al. 2016).
#[derive(Module, Debug)]
struct Dueling {
    body: Linear,
    norm: LayerNorm,
    value: Linear,
    advantages: Linear,
}

impl Dueling {
    fn new(features: usize, actions: usize, device: &Device) -> Dueling {
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Dueling {
            body: linear(features, 32),
            norm: LayerNormConfig::new(32).init(device),
            value: linear(32, 1),
            advantages: linear(32, actions),
        }
    }
}

impl Network for Dueling {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let hidden = activation::relu(self.norm.forward(self.body.forward(features)));
        let advantages = self.advantages.forward(hidden.clone());
        self.value.forward(hidden) + advantages.clone() - advantages.mean_dim(1)
    }
}

fn dueling(setup: &AgentSetup) -> Box<dyn Function> {
    let AgentSetup { optimizer, space, actions, budget, backend, seed, .. } = setup;
    let (outputs, budget, backend) = (*actions, *budget, *backend);
    let setup = FunctionSetup { optimizer, space, outputs, budget, backend };
    let init = &mut stream(*seed, Stream::Init);
    let one_hot = OneHotConfig {}.into();
    Box::new(BurnFunction::new(&one_hot, Initialization::He, &setup, init, Dueling::new).unwrap())
}

/// Trains an agent on the gridworld for all its budget.
fn run(agent: &mut Dqn, setup: &AgentSetup, from: u64, to: u64) {
    let mut env = gridworld().build().unwrap();
    let (mut rng, mut observation, mut next) = (env_stream(from, 0), vec![0.0; 2], vec![0.0; 2]);
    assert!(to <= setup.budget);
    env.reset(&mut rng, &mut observation);
    for step in from + 1..=to {
        let action = common::act(agent, &observation, step - 1);
        let outcome = env.step(action, &mut rng, &mut next);
        let (reward, ending) = (outcome.reward, outcome.ending);
        let (observation_before, next_observation) = (&observation, &next);
        agent.observe(
            Transition { observation: observation_before, action, reward, next_observation, ending, env: 0 },
            step,
        );
        std::mem::swap(&mut observation, &mut next);
        if ending.is_over() {
            env.reset(&mut rng, &mut observation);
        }
    }
}

#[test]
fn a_module_that_this_test_defines_learns_and_goes_on_exactly() {
    let env = gridworld().build().unwrap();
    for backend in &BACKENDS[1..] {
        let setup = setup(env.as_ref(), approximator("'one_hot'", &[]), adam(3e-3, 1e-4), 12_000, *backend);
        let mut agent = Dqn::with_function(&dqn(), dueling(&setup), &setup);
        assert_eq!(agent.parameters(), 16 * 32 + 32 + 2 * 32 + (32 + 1) + (4 * 32 + 4));
        run(&mut agent, &setup, 0, 6_000);
        let mut copy = Dqn::with_function(&dqn(), dueling(&setup), &setup);
        copy.load(&agent.save()).unwrap();
        for agent in [&mut agent, &mut copy] {
            run(agent, &setup, 6_000, 12_000);
        }
        assert!(agent.save() == copy.save(), "a saved agent goes on to the bit");
        let found = ExactSolution::new(env.model().unwrap(), GAMMA).distance(&mut agent, 12_000);
        assert!(found.value_max_error.unwrap() < 0.05 && found.regret.unwrap() < 1e-9, "{backend:?}: {found:?}");
    }
}

fn state_of(seed: u64, backend: Backend) -> FunctionState {
    let env = gridworld().build().unwrap();
    let setup = setup(env.as_ref(), approximator("'one_hot'", &[]), adam(3e-3, 1e-4), 100, backend);
    dueling(&AgentSetup { seed, ..setup }).save()
}

#[test]
fn first_weights_are_drawn_from_the_runs_stream_the_same_on_every_device_and_in_every_thread() {
    let [flex, ndarray] = [state_of(3, BACKENDS[1]), state_of(3, BACKENDS[2])];
    assert_eq!(flex, ndarray);
    assert_ne!(flex, state_of(4, BACKENDS[1]));
    let (norms, body) = (&flex.parameters[16 * 32 + 32..][..64], &flex.parameters[..16 * 32]);
    assert!(norms[..32].iter().all(|&gain| gain == 1.0) && norms[32..].iter().all(|&offset| offset == 0.0));
    let variance = body.iter().map(|w| w * w).sum::<f32>() / 512.0;
    assert!((variance / (2.0 / 16.0) - 1.0).abs() < 0.2, "He et al.: two divided by the inputs, not {variance}");
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(|| state_of(3, BACKENDS[1]))).collect();
    threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), flex));
}

/// What draws random numbers as it is evaluated.
#[derive(Module, Debug)]
struct Noisy {
    layer: Linear,
    dropout: Dropout,
}

impl Network for Noisy {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        self.layer.forward(self.dropout.forward(features))
    }
}

/// What looks at the whole batch.
#[derive(Module, Debug)]
struct Centred {
    layer: Linear,
}

impl Network for Centred {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let mean = features.clone().mean_dim(0);
        self.layer.forward(features - mean)
    }
}

#[test]
fn networks_whose_outputs_are_no_function_of_the_observation_are_refused() {
    for space in [
        Space::Box { low: vec![-1.0; 6], high: vec![1.0; 6] },
        Space::MultiDiscrete { sizes: vec![4; 6] },
        Space::MultiBinary { shape: vec![2, 3, 1] },
    ] {
        let optimizer: OptimizerConfig = adam(1e-3, 1e-3);
        let setup = FunctionSetup { optimizer: &optimizer, space: &space, outputs: 2, budget: 1, backend: BACKENDS[1] };
        let (identity, init) = (FeatureConfig::default(), Initialization::Pytorch);
        let rng = || stream(0, Stream::Init);
        let linear = |inputs, outputs, device: &Device| LinearConfig::new(inputs, outputs).init(device);
        let noisy = BurnFunction::new(&identity, init.clone(), &setup, &mut rng(), |inputs, outputs, device| Noisy {
            layer: linear(inputs, outputs, device),
            dropout: DropoutConfig::new(0.5).init(),
        });
        assert!(noisy.err().unwrap().message.contains("dropout"));
        let centred = BurnFunction::new(&identity, init.clone(), &setup, &mut rng(), |inputs, outputs, device| {
            Centred { layer: linear(inputs, outputs, device) }
        });
        assert!(centred.err().unwrap().message.contains("other rows of the batch"));
        let narrow = BurnFunction::new(&identity, init.clone(), &setup, &mut rng(), |inputs, outputs, device| {
            Centred { layer: linear(inputs, outputs - 1, device) }
        });
        assert!(narrow.err().unwrap().message.contains("[3, 1]"));
    }
}

/// What draws a parameter of its own while it is made, and another when it is first asked for.
#[derive(Module, Debug)]
struct Shifted {
    now: Param<Tensor<1>>,
    later: Param<Tensor<1>>,
    layer: Linear,
}

impl Network for Shifted {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        self.layer.forward(features + (self.now.val() + self.later.val()).unsqueeze())
    }
}

#[test]
fn what_a_module_draws_itself_goes_by_the_seed_in_every_thread() {
    let first = |seed: u64| {
        let space = Space::Box { low: vec![-1.0; 6], high: vec![1.0; 6] };
        let optimizer: OptimizerConfig = adam(1e-3, 1e-3);
        let setup = FunctionSetup { optimizer: &optimizer, space: &space, outputs: 2, budget: 1, backend: BACKENDS[1] };
        let (identity, rng) = (FeatureConfig::default(), &mut stream(seed, Stream::Init));
        let function =
            BurnFunction::new(&identity, Initialization::Pytorch, &setup, rng, |inputs, outputs, device| Shifted {
                now: Param::from_tensor(Tensor::random([inputs], Distribution::Default, device)),
                later: Initializer::Uniform { min: 0.0, max: 1.0 }.init([inputs], device),
                layer: LinearConfig::new(inputs, outputs).init(device),
            });
        function.unwrap().save().parameters
    };
    let expected = first(1);
    assert!(expected[..12] != first(2)[..12] && expected[..6] != expected[6..12]);
    let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(move || first(1))).collect();
    threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), expected));
}

/// Rows of a board for the convolutional network, and derivatives of a loss with respect to three outputs.
fn boards() -> (Space, Vec<f32>, Vec<f32>) {
    let space = CatchConfig::default().build().unwrap().observation_space().clone();
    let observations = (0..7 * space.len()).map(|i| f32::from(u8::from(i * i % 7 < 3))).collect();
    (space, observations, (0..21).map(|i| (i % 5) as f32 / 4.0 - 0.5).collect())
}

/// Approximators of boards: every listed network with its defaults, and settings that take other branches.
fn network_configs() -> Vec<ApproximatorConfig> {
    let others = [
        "{ mlp = { layer_norm = true } }",
        "{ mlp = { residual = true } }",
        "{ mlp = { layer_norm = true, residual = true } }",
        "{ conv = { filters = [4, 4, 3], kernel_size = 3, padding = 1, residual = true } }",
        "{ conv = { filters = [5, 4], kernel_size = [3, 2], stride = [2, 1], layer_norm = true } }",
    ];
    let defaults = networks().all().into_iter().map(|entry| format!("'{}'", entry.id));
    let config = |network: String| {
        let mut config: ApproximatorConfig = toml::from_str(&format!("network = {network}")).unwrap();
        let uses = config.network.uses();
        config.hidden = if uses.hidden { vec![8, 8, 6] } else { Vec::new() };
        config.activation = if uses.activation { Activation::Tanh } else { Activation::default() };
        config.initialization = Initialization::Pytorch;
        config
    };
    defaults.chain(others.map(str::to_owned)).map(config).collect()
}

#[test]
fn every_network_has_as_many_parameters_as_it_says_and_the_same_on_every_device() {
    let (space, observations, _) = boards();
    for config in network_configs() {
        let features = FeatureMap::new(&config.features, &space).unwrap();
        let said = config.network.parameters(&config.network_setup(&features, &space, 3));
        let mut functions = BACKENDS.map(|backend| common::function(&config, &adam(1e-3, 1e-3), &space, 3, backend, 1));
        assert_eq!(functions.each_ref().map(|function| function.parameters()), [said; 3], "{config:?}");
        let [host, flex, ndarray] = functions.each_ref().map(|function| function.save().parameters);
        assert!(host == flex && flex == ndarray, "{config:?} is drawn from the seed alone");
        let outputs = functions.each_mut().map(|function| function.outputs(Weights::Online, &observations).to_vec());
        for (a, b) in outputs[0].iter().zip(&outputs[1]).chain(outputs[1].iter().zip(&outputs[2])) {
            assert!((a - b).abs() < 1e-5 * (1.0 + a.abs()), "{config:?}: {a} and {b}");
        }
    }
}

#[test]
fn every_network_has_the_gradient_that_finite_differences_have() {
    let (space, observations, g) = boards();
    for config in network_configs() {
        config.check(&space, 3).unwrap();
        let network = &config.network;
        for backend in &BACKENDS[1..] {
            let mut function = common::function(&config, &adam(1e-3, 1e-3), &space, 3, *backend, 1);
            function.record(&observations);
            let found = function.gradient(&g);
            let start = function.save();
            let mut loss = |index: usize, change: f32| {
                let mut state = start.clone();
                state.parameters[index] += change;
                function.load(state).unwrap();
                let outputs = function.outputs(Weights::Online, &observations);
                outputs.iter().zip(&g).map(|(y, g)| f64::from(y * g)).sum::<f64>()
            };
            for index in (0..found.len()).step_by(found.len() / 60) {
                let difference = (loss(index, 1e-2) - loss(index, -1e-2)) / 2e-2;
                let apart = (f64::from(found[index]) - difference).abs();
                assert!(
                    apart < 5e-3 * (1.0 + difference.abs()),
                    "{network:?} {backend:?} {index}: {} {difference}",
                    found[index]
                );
            }
        }
    }
}
