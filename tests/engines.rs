//! The loops on the processor against burn's automatic differentiation, and both against finite differences in double
//! precision.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, adam, approximator, feature_maps, function, set_parameters, setup, sgd, train};
use rand::RngExt;
use tilde::agents::{Agent, AlgorithmConfig, DqnConfig, Value};
use tilde::approx::{Activation, ApproximatorConfig, Function, Initialization, Weights};
use tilde::device::Backend;
use tilde::losses::TdLoss;
use tilde::optim::{OptimizerConfig, optimizers};
use tilde::rng::{Stream, stream};
use tilde::schedule::Linear;
use tilde_envs::{CartPoleConfig, Ending, EnvConfig, Rng, Space};

fn normal(rng: &mut Rng) -> f32 {
    (0..12).map(|_| rng.uniform(-0.5, 0.5)).sum::<f64>() as f32
}

fn pick<T: Clone>(choices: &[T], rng: &mut Rng) -> T {
    choices[rng.random_range(0..choices.len())].clone()
}

/// Every listed optimizer with its defaults, and settings that take other branches.
fn optimizer_configs() -> Vec<OptimizerConfig> {
    let defaults = optimizers().all().into_iter().map(|entry| format!("{} = {{ learning_rate = 1e-2 }}", entry.id));
    let others = [
        "sgd = { learning_rate = 1e-1 }",
        "adam = { learning_rate = 1e-2, max_grad_norm = 1 }",
        "momentum = { learning_rate = 1e-2, max_grad_norm = 1, form = 'weighted' }",
        "rmsprop = { learning_rate = 1e-2, max_grad_norm = 1, rho = 0.9, epsilon = 1e-6 }",
        "rmsprop = { learning_rate = 1e-2, rho = 0.9, epsilon = 1e-6, epsilon_inside_root = true, lazy = true }",
        "normalized_gradient = { learning_rate = 1e-2, form = 'pointwise' }",
        "adamw = { learning_rate = 1e-2, beta_2 = 0.99, max_grad_norm = 1 }",
    ];
    defaults.chain(others.map(str::to_owned)).map(|text| toml::from_str(&text).unwrap()).collect()
}

/// Derivatives `[B · O]` of a TD loss, by the action taken in each row, or by all outputs. Targets lie above the
/// values: of sums whose terms cancel, rounding would be more than the sum has digits, whichever engine adds them up.
fn derivatives(batch: usize, outputs: usize, loss: TdLoss, of_all: bool, rng: &mut Rng) -> Vec<f32> {
    let mut g = vec![0.0; batch * outputs];
    for row in 0..batch {
        let taken = rng.random_range(0..outputs);
        for output in (0..outputs).filter(|&output| of_all || output == taken) {
            g[row * outputs + output] = loss.derivative(3.0 * normal(rng).abs()) / batch as f32;
        }
    }
    g
}

fn gradient(function: &mut dyn Function, observations: &[f32], g: &[f32]) -> Vec<f32> {
    function.record(observations);
    function.gradient(g)
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let norm = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|x| x * x).sum::<f64>().sqrt();
    let difference = norm(&mut a.iter().zip(b).map(|(a, b)| f64::from(a - b)));
    difference / norm(&mut a.iter().map(|&a| f64::from(a))).max(1e-12)
}

/// With `TILDE_DAMAGE=10_000` in the environment, so many networks.
#[test]
fn gradients_of_random_networks_agree() {
    // On all cores, because burn-ndarray is built without optimisation.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let cases = (first..common::rounds(150)).step_by(threads);
            scope.spawn(|| cases.for_each(gradients_of_a_random_network_agree));
        }
    });
}

fn gradients_of_a_random_network_agree(case: usize) {
    let mut rng = stream(case as u64, Stream::Rollout);
    let features = pick(&["'identity'", "'scaled'", "'tiles'", "'polynomial'"], &mut rng);
    // burn has the tiles of a batch as a dense matrix: more components would be minutes, and nothing new.
    let components = rng.random_range(1..if features == "'tiles'" { 4 } else { 6 });
    let (outputs, batch) = (rng.random_range(1..5), pick(&[1, 2, 3, 7, 31, 32, 40, 64, 130], &mut rng));
    let hidden: Vec<usize> = (0..rng.random_range(0..4)).map(|_| rng.random_range(1..70)).collect();
    // burn differentiates an approximation of GELU, where the loops have its exact derivative.
    let activations: Vec<Activation> = Activation::ALL.into_iter().filter(|f| *f != Activation::Gelu).collect();
    let config = ApproximatorConfig {
        activation: pick(&activations, &mut rng),
        initialization: pick(&[Initialization::Pytorch, Initialization::He, Initialization::Glorot], &mut rng),
        ..approximator(features, &hidden)
    };
    let (loss, of_all) = (pick(&[TdLoss::Mse, TdLoss::Huber], &mut rng), rng.random_range(0..2) == 0);
    let space = Space::Box { low: vec![-1.0; components], high: vec![1.0; components] };
    let optimizer = pick(&optimizer_configs(), &mut rng);
    let mut functions = BACKENDS.map(|backend| function(&config, &optimizer, &space, outputs, backend, case as u64));
    let observations: Vec<f32> = (0..batch * components).map(|_| rng.uniform(-1.0, 1.0) as f32).collect();
    for step in 0..3 {
        let g = derivatives(batch, outputs, loss, of_all, &mut rng);
        let [host, flex, ndarray] = &mut functions;
        let expected = gradient(flex.as_mut(), &observations, &g);
        let found = gradient(host.as_mut(), &observations, &g);
        for (name, other) in [("flex", &expected), ("ndarray", &gradient(ndarray.as_mut(), &observations, &g))] {
            let apart = distance(other, &found);
            assert!(
                apart < 1e-5,
                "case {case}, step {step}: {apart:e} from {name}, {config:?}, batch {batch}, {optimizer:?}"
            );
        }
        // On from where the loops go, which another batch in between does not change.
        host.outputs(Weights::Online, &observations[..components]);
        let start = host.save().parameters;
        let moved = [host, flex, ndarray].map(|function| {
            function.record(&observations);
            function.step(&g, 1);
            function.save().parameters
        });
        // A step down the sign of a derivative, or down one divided by its own size, goes the other way where
        // rounding does.
        let largest = |from: &[f32], to: &[f32]| from.iter().zip(to).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let step_length = largest(&start, &moved[0]);
        for other in &moved[1..] {
            let parted = largest(&moved[0], other);
            assert!(parted <= 2.01 * step_length, "case {case}, step {step}: {parted} {step_length} {optimizer:?}");
            let close = moved[0].iter().zip(other).filter(|(a, b)| (*a - *b).abs() <= 0.05 * step_length).count();
            assert!(
                100 * close >= 99 * start.len(),
                "case {case}, step {step}: {close} of {} {optimizer:?}",
                start.len()
            );
        }
        set_parameters(functions[1].as_mut(), &moved[0]);
        set_parameters(functions[2].as_mut(), &moved[0]);
    }
}

/// Σ g y of a network with these parameters over observations, in double precision.
fn weighted_outputs(widths: &[usize], f: fn(f64) -> f64, parameters: &[f64], observations: &[f32], g: &[f32]) -> f64 {
    let rows = observations.chunks_exact(widths[0]).zip(g.chunks_exact(widths[widths.len() - 1]));
    let outputs = |row: &[f32]| {
        let (mut a, mut rest): (Vec<f64>, _) = (row.iter().map(|&x| f64::from(x)).collect(), parameters);
        for (layer, pair) in widths.windows(2).enumerate() {
            let (weights, after) = rest.split_at(pair[0] * pair[1]);
            let (biases, after) = after.split_at(pair[1]);
            rest = after;
            let z = |j: usize| biases[j] + a.iter().enumerate().map(|(i, a)| a * weights[i * pair[1] + j]).sum::<f64>();
            a = (0..pair[1]).map(|j| if layer + 2 < widths.len() { f(z(j)) } else { z(j) }).collect();
        }
        a
    };
    rows.map(|(row, g)| outputs(row).iter().zip(g).map(|(y, g)| y * f64::from(*g)).sum::<f64>()).sum()
}

#[test]
fn both_engines_have_the_derivatives_that_finite_differences_have() {
    type Function = fn(f64) -> f64;
    let activations: [(Activation, Function); 5] = [
        (Activation::Relu, |z| z.max(0.0)),
        (Activation::Tanh, f64::tanh),
        (Activation::Sigmoid, |z| 1.0 / (1.0 + (-z).exp())),
        (Activation::LeakyRelu, |z| z.max(0.01 * z)),
        (Activation::Silu, |z| z / (1.0 + (-z).exp())),
    ];
    let mut rng = stream(8, Stream::Rollout);
    for (activation, f) in activations {
        for hidden in [vec![], vec![12], vec![9, 17]] {
            let config = ApproximatorConfig {
                activation,
                initialization: Initialization::Pytorch,
                ..approximator("'identity'", &hidden)
            };
            let space = Space::Box { low: vec![-1.0; 3], high: vec![1.0; 3] };
            let observations: Vec<f32> = (0..3 * 20).map(|_| rng.uniform(-1.0, 1.0) as f32).collect();
            let g: Vec<f32> = (0..2 * 20).map(|_| normal(&mut rng)).collect();
            for backend in BACKENDS {
                let mut function = function(&config, &sgd(1.0), &space, 2, backend, 1);
                let found = gradient(function.as_mut(), &observations, &g);
                let widths = [&[3], hidden.as_slice(), &[2]].concat();
                let parameters: Vec<f64> = function.save().parameters.iter().map(|&p| f64::from(p)).collect();
                let at = |index: usize, change: f64| {
                    let mut parameters = parameters.clone();
                    parameters[index] += change;
                    weighted_outputs(&widths, f, &parameters, &observations, &g)
                };
                let expected: Vec<f32> =
                    (0..found.len()).map(|index| ((at(index, 1e-6) - at(index, -1e-6)) / 2e-6) as f32).collect();
                let apart = distance(&expected, &found);
                assert!(apart < 1e-5, "{activation:?} {hidden:?}: {apart:e} by {backend:?}");
            }
        }
    }
}

/// Two engines that learned from the same 5,000 steps choose the same. Their weights differ by rounding, which many
/// updates let grow; so they may part where the values of two actions are within 1 % of each other, and nowhere else.
#[test]
fn a_run_of_five_thousand_steps_ends_with_the_same_choices() {
    let env_config = EnvConfig::from(CartPoleConfig::default());
    let algorithm = AlgorithmConfig::from(DqnConfig {
        buffer_size: 5_000,
        batch_size: 64,
        learning_starts: 500,
        train_freq: 5,
        target_update_interval: 250,
        loss: TdLoss::Mse,
        exploration: Linear { initial: 1.0, end: 0.1, fraction: Some(0.5), steps: None }.into(),
        ..DqnConfig::default()
    });
    let env = env_config.build().unwrap();
    let setup_of =
        |backend| setup(env.as_ref(), approximator("'identity'", &[64, 64]), adam(1e-3, 1e-3), 5_000, backend);
    for backend in &BACKENDS[1..] {
        let (mut pupil, mut again) = (algorithm.build(&setup_of(*backend)), algorithm.build(&setup_of(*backend)));
        let mut step = 0;
        let mut host = train(&env_config, &algorithm, &setup_of(BACKENDS[0]), |_, t| {
            step += 1;
            for agent in [&mut pupil, &mut again] {
                common::act(agent.as_mut(), t.observation, step - 1); // which moves its stream of random numbers on
                agent.observe(t, step);
            }
        });
        assert!(pupil.save() == again.save(), "an engine by itself is the same to the bit");
        let mut rng = stream(9, Stream::Rollout);
        let shares = (0..20).map(|_| agreement(&env_config, host.as_mut(), pupil.as_mut(), &mut rng));
        let share = shares.sum::<f64>() / 20.0;
        assert!(share >= 0.98, "only {share} of the choices are the same by {backend:?}");
    }
}

/// Plays an episode with one agent; in what share of its steps the other would choose the same.
fn agreement(config: &EnvConfig, a: &mut dyn Agent, b: &mut dyn Agent, rng: &mut Rng) -> f64 {
    let mut env = config.build().unwrap();
    let mut observation = vec![0.0; env.observation_space().len()];
    env.reset(rng, &mut observation);
    let (mut same, mut steps) = (0, 0);
    loop {
        let (action, other) = (a.act_eval(&observation, rng), b.act_eval(&observation, rng));
        if action != other {
            let Value::Actions(values) = a.estimate(&observation, 0).value else { panic!("it learns action values") };
            let gap = (values[action] - values[other]).abs();
            assert!(gap < 1e-2 * values[action].abs(), "{values:?} are not close, and yet they part");
        }
        (same, steps) = (same + u32::from(action == other), steps + 1);
        if env.step(action, rng, &mut observation).ending != Ending::Continues {
            return f64::from(same) / f64::from(steps);
        }
    }
}

fn grid() -> Space {
    Space::MultiDiscrete { sizes: vec![4, 5] }
}

/// Outputs, and the gradient for some derivatives of the outputs, one number after another.
fn results(function: &mut dyn Function) -> Vec<f32> {
    let observations = [0.0, 0.0, 3.0, 4.0, 1.0, 2.0, 1.0, 2.0];
    let outputs = function.record(&observations).to_vec();
    let g: Vec<f32> = (0..outputs.len()).map(|i| i as f32 / 4.0 - 1.0).collect();
    let found = function.gradient(&g);
    // Written over what is there, a gradient is what it was when there was nothing.
    assert_eq!(gradient(function, &observations, &g), found);
    [outputs, found].concat()
}

#[test]
fn the_loops_agree_with_automatic_differentiation_for_every_activation_over_every_feature_map() {
    let others = [
        "{ bins = { bins = 3 } }",
        "{ rbf = { centres = 3, normalized = true } }",
        "{ tiles = { tilings = 3 } }",
        "{ tiles = { tilings = 8, memory = 11 } }",
        "{ fourier = { order = 2, scale_learning_rate = true } }",
    ];
    let maps: Vec<String> =
        feature_maps().iter().map(|name| format!("'{name}'")).chain(others.map(str::to_owned)).collect();
    for (features, hidden) in maps.iter().flat_map(|map| [vec![], vec![9], vec![7, 20]].map(|hidden| (map, hidden))) {
        for activation in Activation::ALL {
            let config = ApproximatorConfig {
                activation,
                initialization: Initialization::He,
                ..approximator(features, &hidden)
            };
            let [host, flex, ndarray] =
                BACKENDS.map(|backend| results(function(&config, &sgd(1.0), &grid(), 3, backend, 2).as_mut()));
            // burn differentiates the approximation of GELU by tanh, where the loops have its exact derivative.
            let tolerance = if activation == Activation::Gelu { 1e-2 } else { 1e-4 };
            for (device, other) in [("flex", flex), ("ndarray", ndarray)] {
                for (index, (a, b)) in host.iter().zip(other).enumerate() {
                    let close = (a - b).abs() < tolerance * (1.0 + a.abs());
                    assert!(close, "{features} {hidden:?} {activation:?}, number {index}: {a} and {b} on {device}");
                }
            }
        }
    }
}

#[test]
fn the_last_layer_over_the_last_hidden_one_gives_the_outputs() {
    let observations = [0.0, 0.0, 3.0, 4.0, 1.0, 2.0, 1.0, 2.0];
    let check = |function: &mut dyn Function, observations: &[f32], rows: usize, what: &str| -> Vec<f32> {
        let outputs = function.outputs(Weights::Online, observations).to_vec();
        let hidden = function.hidden_layers(observations);
        let (tensors, weights) = (function.tensors(), function.weights());
        let layers = tensors.iter().filter(|tensor| tensor.shape.len() > 1).map(|t| t.name.trim_end_matches(".weight"));
        let (last, names) = layers.collect::<Vec<_>>().split_last().map(|(a, b)| (a.to_string(), b.to_vec())).unwrap();
        assert_eq!(hidden.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>(), names, "{what}");
        let of = |name: String| {
            let index = tensors.iter().position(|tensor| tensor.name == name)?;
            let start = tensors[..index].iter().map(|tensor| tensor.len()).sum::<usize>();
            Some(tensors[index].to_file(&weights[start..start + tensors[index].len()]))
        };
        let (matrix, biases) = (of(format!("{last}.weight")).unwrap(), of(format!("{last}.bias")));
        let h = &hidden.last().unwrap();
        let (units, count) = (h.units, outputs.len() / rows);
        // A hidden image is a row in which the filters of a place lie together; in the file, filters come first.
        let places = h.outputs.len() / rows / units;
        for (row, h) in h.outputs.chunks_exact(places * units).enumerate() {
            for output in 0..count {
                let weight = |place: usize, unit: usize| matrix[(output * units + unit) * places + place];
                let terms = (0..places).flat_map(|place| (0..units).map(move |unit| (place, unit)));
                let sum: f32 = terms.map(|(place, unit)| weight(place, unit) * h[place * units + unit]).sum();
                let y = sum + biases.as_ref().map_or(0.0, |biases| biases[output]);
                assert!((y - outputs[row * count + output]).abs() < 1e-4, "{what}: {y} and {outputs:?}");
            }
        }
        hidden.into_iter().flat_map(|layer| layer.outputs).collect()
    };
    for (features, activation) in
        ["'identity'", "'one_hot'", "'tiles'"].iter().flat_map(|map| Activation::ALL.map(|a| (map, a)))
    {
        let config = ApproximatorConfig { activation, ..approximator(features, &[9, 20]) };
        let [host, flex, ndarray] = BACKENDS.map(|backend| {
            let mut function = function(&config, &sgd(1.0), &grid(), 3, backend, 2);
            check(function.as_mut(), &observations, 4, &format!("{features} {activation:?}"))
        });
        let tolerance = if activation == Activation::Gelu { 1e-2 } else { 1e-4 };
        let close = |other: &[f32]| host.iter().zip(other).all(|(a, b)| (a - b).abs() < tolerance * (1.0 + a.abs()));
        assert!(host.len() == flex.len() && close(&flex) && close(&ndarray), "{features} {activation:?}");
    }
    let board = tilde_envs::CatchConfig { rows: 5, columns: 4 };
    let board = EnvConfig::from(board).build().unwrap().observation_space().clone();
    let rows: Vec<f32> = (0..3 * board.len()).map(|place| (place % 3 == 0) as u8 as f32).collect();
    for network in [
        "{ mlp = { layer_norm = true, residual = true } }\nhidden = [8, 8, 8]",
        "{ mlp = { layer_norm = true } }\nhidden = [8]",
        "{ conv = { filters = [4, 3], kernel_size = 2 } }\nhidden = [6]",
        "{ conv = { filters = [4, 3], kernel_size = 2 } }\nhidden = []",
        "{ conv = { filters = [4, 4], kernel_size = 3, padding = 1, residual = true, layer_norm = true } }\nhidden = []",
    ] {
        let text = format!("network = {network}\ninitialization = 'pytorch'");
        let config: ApproximatorConfig = toml::from_str(&text).unwrap();
        for backend in BACKENDS {
            check(function(&config, &sgd(1.0), &board, 3, backend, 2).as_mut(), &rows, 3, network);
        }
    }
}

#[test]
fn linear_functions_start_at_the_constant_that_they_are_told() {
    for features in ["'one_hot'", "'tiles'", "'scaled'", "'fourier'", "{ rbf = { normalized = true } }"] {
        let config: ApproximatorConfig =
            toml::from_str(&format!("features = {features}\ninitialization = {{ constant = 2.5 }}")).unwrap();
        config.check(&grid(), 3).unwrap();
        for backend in BACKENDS {
            let mut function = function(&config, &sgd(1.0), &grid(), 3, backend, 2);
            for output in function.outputs(Weights::Online, &[0.0, 0.0, 3.0, 4.0, 1.0, 2.0]) {
                assert!((output - 2.5).abs() < 1e-6, "{features}: {output}");
            }
        }
    }
    let hidden: ApproximatorConfig = toml::from_str("hidden = [3]\ninitialization = { constant = 2.5 }").unwrap();
    assert_eq!(hidden.check(&grid(), 3).unwrap_err().key, "initialization");
}

#[test]
fn a_weight_that_is_not_a_number_reaches_the_outputs_through_every_activation() {
    let observations: Vec<f32> = (0..40).flat_map(|i| [(i % 4) as f32, (i % 5) as f32]).collect();
    for (features, activation) in
        ["'identity'", "'one_hot'"].iter().flat_map(|features| Activation::ALL.map(|activation| (features, activation)))
    {
        for (hidden, batch) in [(vec![5], 1), (vec![5], 40), (vec![40, 3], 1), (vec![40, 3], 40)] {
            for backend in &BACKENDS[..2] {
                let config = ApproximatorConfig { activation, ..approximator(features, &hidden) };
                let mut function = function(&config, &sgd(1.0), &grid(), 3, *backend, 2);
                let mut parameters = function.save().parameters;
                let bias = hidden[0] * if *features == "'identity'" { 2 } else { 20 };
                parameters[bias] = f32::NAN;
                set_parameters(function.as_mut(), &parameters);
                let outputs = function.outputs(Weights::Online, &observations[..2 * batch]);
                let what = format!("{features} {activation:?} {hidden:?} {batch} by {backend:?}");
                assert!(outputs.iter().all(|output| output.is_nan()), "{what}");
                assert_eq!(function.non_finite_parameter(), Some(format!("weight {bias} is NaN")));
            }
        }
    }
}

#[test]
fn averaging_moves_the_target_by_the_given_share() {
    for backend in BACKENDS {
        let mut function = function(&approximator("'identity'", &[]), &sgd(1.0), &grid(), 3, backend, 0);
        let count = function.parameters();
        let mut follow = |online: f32, tau: f64| {
            set_parameters(function.as_mut(), &vec![online; count]);
            function.update_target(tau);
            (function.save().target.unwrap(), function.outputs(Weights::Target, &[1.0, 1.0]).to_vec())
        };
        assert_eq!(follow(1.0, 0.3), (vec![1.0; 9], vec![3.0; 3]), "the first is a copy");
        assert_eq!(follow(5.0, 0.25), (vec![2.0; 9], vec![6.0; 3]));
        assert_eq!(follow(0.1, 1.0).0, [0.1; 9]);
    }
}

#[test]
fn a_trace_without_decay_is_the_sum_of_the_gradients() {
    for backend in BACKENDS {
        for (features, hidden) in [("'identity'", vec![7, 5]), ("'tiles'", vec![]), ("'one_hot'", vec![6])] {
            let mut function = function(&approximator(features, &hidden), &sgd(0.5), &grid(), 1, backend, 4);
            let start = function.save().parameters;
            function.clear_trace();
            let mut trace = vec![0.0; start.len()];
            for (observation, error) in [([1.0, 2.0], 0.0), ([1.0, 2.0], 0.0), ([3.0, 4.0], 2.0)] {
                function.record(&observation);
                let gradient = function.gradient(&[1.0]);
                trace.iter_mut().zip(&gradient).for_each(|(e, g)| *e += g);
                function.record(&observation);
                function.step_along_trace(1.0, error, 1);
            }
            let moved: Vec<f32> = function.save().parameters.iter().zip(&start).map(|(new, old)| new - old).collect();
            assert!(distance(&trace, &moved) < 1e-5, "{features} by {backend:?}: θ moves by 0.5 · 2 e");
            function.clear_trace();
            assert!(function.save().trace.unwrap().into_values().iter().all(|&e| e == 0.0));
        }
    }
}

/// Trains a network over four states on one state for a while, then on another; returns the first layer's weights of
/// each state `[4][5]`. States are numbers for sparse features, and vectors with a single 1 for dense ones.
fn train_on_states(is_sparse: bool, optimizer: &OptimizerConfig, backend: Backend) -> [Vec<Vec<f32>>; 2] {
    let (space, features) = match is_sparse {
        true => (Space::Discrete { n: 4 }, "'one_hot'"),
        false => (Space::Box { low: vec![0.0; 4], high: vec![1.0; 4] }, "'identity'"),
    };
    let config = ApproximatorConfig { activation: Activation::Tanh, ..approximator(features, &[5]) };
    let mut function = function(&config, optimizer, &space, 2, backend, 0);
    let start: Vec<f32> = (0..function.parameters()).map(|index| (index as f32 * 0.7).sin()).collect();
    set_parameters(function.as_mut(), &start);
    [1, 2].map(|state| {
        for _ in 0..5 {
            let unit: Vec<f32> = (0..4).map(|other| f32::from(u8::from(other == state))).collect();
            let number = [state as f32];
            function.record(if is_sparse { &number } else { &unit });
            function.step(&[0.5, -1.0], 1);
        }
        function.save().parameters[..20].chunks(5).map(<[f32]>::to_vec).collect()
    })
}

#[test]
fn a_step_is_the_same_for_sparse_and_dense_features_lazy_or_not() {
    for (lazy, name) in [false, true].into_iter().flat_map(|lazy| ["adam", "momentum"].map(|name| (lazy, name))) {
        let optimizer = format!("{name} = {{ learning_rate = 0.1, lazy = {lazy} }}");
        let optimizer: OptimizerConfig = toml::from_str(&optimizer).unwrap();
        let reference = train_on_states(true, &optimizer, BACKENDS[0]);
        for (backend, is_sparse) in BACKENDS.iter().flat_map(|backend| [true, false].map(|sparse| (backend, sparse))) {
            let found = train_on_states(is_sparse, &optimizer, *backend);
            for (a, b) in reference.iter().flatten().flatten().zip(found.iter().flatten().flatten()) {
                assert!((a - b).abs() < 1e-5, "{optimizer:?} by {backend:?}: {a} and {b}");
            }
            let [before, after] = found;
            assert_eq!(before[0], after[0], "what never had a gradient stays");
            assert_eq!(before[1] == after[1], lazy, "{optimizer:?}: what had one goes on, unless lazy");
            assert_ne!(before[2], after[2]);
        }
    }
}
