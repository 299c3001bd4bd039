//! The fused engine against burn's automatic differentiation, and both against finite differences in double precision.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, adam, approximator, setup, sgd, train};
use rand::RngExt;
use tilde::agents::{Agent, AlgorithmConfig, DqnConfig, Value};
use tilde::approx::{Activation, Approximator, ApproximatorConfig, Initialization};
use tilde::losses::TdLoss;
use tilde::optim::{AdamwConfig, MomentumConfig, MomentumForm, NormalizedGradientConfig, NormalizedGradientForm};
use tilde::optim::{Optimizer, OptimizerConfig, RmspropConfig};
use tilde::rng::{Stream, stream};
use tilde::schedule::{LearningRate, Linear};
use tilde_envs::{CartPoleConfig, Ending, EnvConfig, Rng, Space};

fn normal(rng: &mut Rng) -> f32 {
    (0..12).map(|_| rng.uniform(-0.5, 0.5)).sum::<f64>() as f32
}

fn pick<T: Clone>(choices: &[T], rng: &mut Rng) -> T {
    choices[rng.random_range(0..choices.len())].clone()
}

fn optimizers() -> [OptimizerConfig; 8] {
    let learning_rate = LearningRate::Constant(1e-2);
    let max_grad_norm = Some(1.0);
    let normalized = |form| {
        OptimizerConfig::NormalizedGradient(NormalizedGradientConfig { learning_rate: learning_rate.clone(), form })
    };
    [
        sgd(1e-1),
        adam(1e-2, 1e-2),
        OptimizerConfig::Momentum(MomentumConfig {
            learning_rate: learning_rate.clone(),
            beta: 0.9,
            form: MomentumForm::Classical,
            lazy: false,
            max_grad_norm,
        }),
        OptimizerConfig::Rmsprop(RmspropConfig {
            learning_rate: learning_rate.clone(),
            rho: 0.9,
            epsilon: 1e-6,
            epsilon_inside_root: false,
            lazy: false,
            max_grad_norm,
        }),
        OptimizerConfig::Rmsprop(RmspropConfig {
            learning_rate: learning_rate.clone(),
            rho: 0.9,
            epsilon: 1e-6,
            epsilon_inside_root: true,
            lazy: true,
            max_grad_norm,
        }),
        normalized(NormalizedGradientForm::Norm),
        normalized(NormalizedGradientForm::Pointwise),
        OptimizerConfig::Adamw(AdamwConfig {
            learning_rate,
            beta_1: 0.9,
            beta_2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.01,
            lazy: false,
            max_grad_norm,
        }),
    ]
}

/// Derivatives `[B · O]` of a TD loss, by the action taken in each row, or by all outputs. Targets lie above the values: of
/// sums whose terms cancel, rounding would be more than the sum has digits, whichever engine adds them up.
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

fn gradient(function: &mut Approximator, observations: &[f32], g: &[f32]) -> Vec<f32> {
    let mut gradient = function.no_gradient();
    function.record(observations);
    function.set_gradient(g, &mut gradient);
    gradient.values().to_vec()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let norm = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|x| x * x).sum::<f64>().sqrt();
    let difference = norm(&mut a.iter().zip(b).map(|(a, b)| f64::from(a - b)));
    difference / norm(&mut a.iter().map(|&a| f64::from(a))).max(1e-12)
}

/// With `TILDE_DAMAGE=10_000` in the environment, so many networks.
#[test]
fn gradients_of_random_networks_agree() {
    let mut rng = stream(7, Stream::Rollout);
    for case in 0..common::rounds(150) {
        let (components, outputs, batch) =
            (rng.random_range(1..6), rng.random_range(1..5), pick(&[1, 2, 3, 7, 31, 32, 40, 64, 130], &mut rng));
        let hidden: Vec<usize> = (0..rng.random_range(0..4)).map(|_| rng.random_range(1..70)).collect();
        // burn differentiates an approximation of GELU, where the loops have its exact derivative.
        let activations: Vec<Activation> = Activation::ALL.into_iter().filter(|f| *f != Activation::Gelu).collect();
        let config = ApproximatorConfig {
            activation: pick(&activations, &mut rng),
            initialization: pick(&[Initialization::Pytorch, Initialization::He, Initialization::Glorot], &mut rng),
            ..approximator(pick(&["'identity'", "'scaled'", "'tiles'", "'polynomial'"], &mut rng), &hidden)
        };
        let (loss, of_all) = (pick(&[TdLoss::Mse, TdLoss::Huber], &mut rng), rng.random_range(0..2) == 0);
        let space = Space::Box { low: vec![-1.0; components], high: vec![1.0; components] };
        let mut functions = BACKENDS.map(|backend| {
            Approximator::new(&config, &space, outputs, &mut stream(case as u64, Stream::Init), backend)
        });
        let observations: Vec<f32> = (0..batch * components).map(|_| rng.uniform(-1.0, 1.0) as f32).collect();
        let optimizer = pick(&optimizers(), &mut rng);
        let mut fused_optimizer = Optimizer::new(&optimizer, functions[0].parameters().len());
        for step in 0..3 {
            let g = derivatives(batch, outputs, loss, of_all, &mut rng);
            let [fused, flex, ndarray] = &mut functions;
            let expected = gradient(flex, &observations, &g);
            let found = gradient(fused, &observations, &g);
            for (name, other) in [("flex", &expected), ("ndarray", &gradient(ndarray, &observations, &g))] {
                let apart = distance(other, &found);
                assert!(
                    apart < 1e-5,
                    "case {case}, step {step}: {apart:e} from {name}, {config:?}, batch {batch}, {optimizer:?}"
                );
            }
            // On from where the fused engine goes, which another batch in between does not change.
            fused.outputs(&observations[..components]);
            let mut of_fused = fused.no_gradient();
            fused.record(&observations);
            fused.set_gradient(&g, &mut of_fused);
            // Added once more, it is twice the gradient.
            fused.record(&observations);
            fused.add_gradient(&g, &mut of_fused);
            let twice: Vec<f32> = found.iter().map(|number| 2.0 * number).collect();
            assert!(distance(&twice, of_fused.values()) < 1e-5, "case {case}, step {step}: {config:?}, batch {batch}");
            fused.record(&observations);
            fused.set_gradient(&g, &mut of_fused);
            fused_optimizer.step(fused.parameters_mut(), of_fused.values(), of_fused.spans(), 1e-2);
            let parameters = fused.parameters().to_vec();
            flex.parameters_mut().copy_from_slice(&parameters);
            ndarray.parameters_mut().copy_from_slice(&parameters);
        }
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
                let mut function = Approximator::new(&config, &space, 2, &mut stream(1, Stream::Init), backend);
                let found = gradient(&mut function, &observations, &g);
                let widths = function.shape().widths.clone();
                let parameters: Vec<f64> = function.parameters().iter().map(|&p| f64::from(p)).collect();
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

/// Two engines that learned from the same 5,000 steps choose the same. Their weights differ by rounding, which many updates
/// let grow; so they may part where the values of two actions are within 1 % of each other, and nowhere else.
#[test]
fn a_run_of_five_thousand_steps_ends_with_the_same_choices() {
    let env_config = EnvConfig::CartPole(CartPoleConfig::default());
    let algorithm = AlgorithmConfig::Dqn(DqnConfig {
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
        let mut fused = train(&env_config, &algorithm, &setup_of(BACKENDS[0]), |_, t| {
            step += 1;
            for agent in [&mut pupil, &mut again] {
                agent.act(t.observation, step - 1); // which moves its stream of random numbers on
                agent.observe(t, step);
            }
        });
        assert!(pupil.save() == again.save(), "an engine by itself is the same to the bit");
        let mut rng = stream(9, Stream::Rollout);
        let shares = (0..20).map(|_| agreement(&env_config, fused.as_mut(), pupil.as_mut(), &mut rng));
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
        let (action, other) = (a.exploit(&observation, rng), b.exploit(&observation, rng));
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
