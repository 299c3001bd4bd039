//! Both forms of every rule compute the same.

use burn::tensor::TensorData;

use super::*;
use crate::optim::optimizers;

const P: usize = 137; // no multiple of any vector's length, and more than a short range
const RATE: f64 = 0.02;

/// Settings that take other branches than the defaults.
const OTHERS: [&str; 5] = [
    "momentum = { learning_rate = 1, form = 'weighted', beta = 0.8 }",
    "normalized_gradient = { learning_rate = 1, form = 'pointwise' }",
    "rmsprop = { learning_rate = 1, rho = 0.9, epsilon = 0.1, epsilon_inside_root = true }",
    "adam = { learning_rate = 1, beta_1 = 0.5, beta_2 = 0.9, epsilon = 0.1, epsilon_inside_root = true }",
    "adamw = { learning_rate = 1, weight_decay = 0.5 }",
];

/// Every listed optimizer with its defaults, and [`OTHERS`]; and each of these with a limit that some gradients exceed
/// and with one that all exceed, where it has a limit.
fn configs() -> Vec<OptimizerConfig> {
    let defaults = optimizers().all().into_iter().map(|entry| format!("{} = {{ learning_rate = 1 }}", entry.id));
    let each = |text: String| {
        let limits = [" }", ", max_grad_norm = 25.0 }", ", max_grad_norm = 0.1 }"];
        let unlimited = toml::from_str::<OptimizerConfig>(&text).unwrap();
        let limited = limits.into_iter().flat_map(move |limit| toml::from_str(&text.replace(" }", limit)));
        limited.take(if unlimited.id() == "normalized_gradient" { 1 } else { 3 })
    };
    defaults.chain(OTHERS.map(str::to_owned)).flat_map(each).collect()
}

#[allow(deprecated)]
fn devices() -> [Device; 2] {
    [Device::flex(), Device::ndarray()]
}

/// The optimizer on each device whose steps are operations on tensors.
fn of_tensors(config: &OptimizerConfig) -> [TensorOptimizer; 2] {
    devices().map(|device| TensorOptimizer::of_tensors(config, P, &device))
}

/// These, and the one of slices.
fn every_form(config: &OptimizerConfig) -> Vec<TensorOptimizer> {
    let mut all = of_tensors(config).to_vec();
    all.push(TensorOptimizer::new(config, P, &Device::flex()));
    all
}

/// A number in −1..1 that looks random (Weyl's sequence).
fn number(seed: usize) -> f32 {
    (2.0 * (seed as f64 * 0.618_033_988_749_894_9).fract() - 1.0) as f32
}

fn start() -> Vec<f32> {
    (0..P).map(|p| 2.0 * number(p)).collect()
}

/// The gradient of step `t`: of another size in each step and for each parameter, zero here and there.
fn gradient(t: usize) -> Vec<f32> {
    let size = |p: usize| if (p + t).is_multiple_of(7) { 0.0 } else { 10f32.powi((p % 5) as i32 - 3) };
    (0..P).map(|p| size(p) * (0.5 + (t % 3) as f32) * number(1000 * t + p)).collect()
}

fn range(range: std::ops::Range<usize>, factor: f32) -> ParamRange {
    ParamRange { range, factor }
}

type Scopes = fn(usize) -> Vec<ParamRange>;

/// All parameters; factors; some parameters in some steps; the same with factors.
const SCOPES: [Scopes; 4] = [
    |_| vec![range(0..P, 1.0)],
    |_| vec![range(0..1, 0.5), range(1..90, 1.0), range(90..P, 0.25)],
    |t| if t % 3 == 0 { vec![range(2..5, 1.0), range(70..P, 1.0)] } else { vec![range(0..100, 1.0)] },
    |t| if t % 2 == 0 { vec![range(3..7, 2.0)] } else { vec![range(0..2, 0.5), range(2..P, 1.0)] },
];

/// The gradient in the ranges. Outside it is NaN, which nobody may read.
fn inside(ranges: &[ParamRange], dense: &[f32]) -> Vec<f32> {
    let mut sparse = vec![f32::NAN; P];
    ranges.iter().for_each(|s| sparse[s.range.clone()].copy_from_slice(&dense[s.range.clone()]));
    sparse
}

fn tensor(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), (device, DType::F32))
}

fn values(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

impl TensorOptimizer {
    /// A step of slices.
    fn step_slices(&mut self, theta: &mut Vec<f32>, gradient: &[f32], scope: &Scope) -> f64 {
        let device = self.device.clone();
        let (moved, norm) = self.step(tensor(theta, &device), tensor(gradient, &device), scope, RATE);
        *theta = values(moved);
        norm
    }
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-5 * (1.0 + expected.abs()), "{what}: {found} is not {expected}");
    }
}

/// Forty steps of an optimizer and of the loops over slices. Each step may round differently in its last digit, 6e-8 of
/// a number near 1; the norm is summed in single precision, and a clipped gradient carries that sum's rounding.
fn compare(config: &OptimizerConfig, optimizer: &mut TensorOptimizer, scopes: Scopes, as_ranges: bool, exact: bool) {
    let (mut theta, mut expected, mut host) = (start(), start(), Optimizer::new(config, P));
    let what = format!("{config:?} on {:?}", optimizer.device);
    for t in 0..40 {
        let ranges = scopes(t);
        let gradient = inside(&ranges, &gradient(t));
        let expected_norm = host.step(&mut expected, &gradient, &ranges, RATE);
        let scope = Scope::Ranges(ranges);
        let (factors, takes_part) = scope.tensors(&optimizer.device, P);
        let scope = if as_ranges { scope } else { Scope::Tensors { factors, takes_part } };
        let norm = optimizer.step_slices(&mut theta, &gradient, &scope);
        assert!((norm / expected_norm - 1.0).abs() < 1e-6, "{what}: ‖g‖ = {expected_norm}, not {norm}");
    }
    let (state, host) = (optimizer.state(), host.state());
    assert_eq!(state.steps, 40);
    if exact {
        assert_eq!((theta, &state), (expected, host), "{what}");
    } else {
        assert_close(&theta, &expected, &what);
        assert_close(&state.first, &host.first, &what);
        assert_close(&state.second, &host.second, &what);
    }
}

#[test]
fn operations_on_tensors_are_the_steps_of_the_loops_over_slices() {
    for config in configs() {
        for scopes in SCOPES {
            of_tensors(&config).iter_mut().for_each(|optimizer| compare(&config, optimizer, scopes, false, false));
            of_tensors(&config).iter_mut().for_each(|optimizer| compare(&config, optimizer, scopes, true, false));
        }
    }
}

#[test]
fn on_flex_a_step_is_that_of_the_loops_over_slices_to_the_bit() {
    for config in configs() {
        for scopes in SCOPES {
            for as_ranges in [false, true] {
                let optimizer = &mut TensorOptimizer::new(&config, P, &Device::flex());
                compare(&config, optimizer, scopes, as_ranges, true);
            }
        }
    }
}

#[test]
fn parameters_outside_the_ranges_and_their_moments_stay_to_the_bit() {
    for config in configs() {
        for mut optimizer in every_form(&config) {
            let mut theta = start();
            optimizer.step_slices(&mut theta, &gradient(1), &Scope::ALL);
            let (before, state) = (theta.clone(), optimizer.state());
            optimizer.step_slices(&mut theta, &gradient(2), &Scope::Ranges(vec![range(0..100, 1.0)]));
            let after = optimizer.state();
            assert_eq!(before[100..], theta[100..]);
            for (old, new) in [(state.first, after.first), (state.second, after.second)] {
                assert!(old.is_empty() || (old[..100] != new[..100] && old[100..] == new[100..]), "{config:?}");
            }
            assert_eq!(after.steps, 2, "the count is of all steps");
        }
    }
}

#[test]
fn a_restored_optimizer_goes_on_exactly() {
    for config in configs() {
        for mut optimizer in every_form(&config) {
            let mut theta = start();
            for t in 0..5 {
                optimizer.step_slices(&mut theta, &gradient(t), &Scope::ALL);
            }
            let (mut other_theta, mut other) = (theta.clone(), optimizer.clone());
            let fresh = OptimizerState { steps: 0, ..optimizer.state() };
            other.restore(fresh).unwrap();
            assert_ne!(other.state(), optimizer.state());
            other.restore(optimizer.state()).unwrap();
            assert_eq!(other.state(), optimizer.state());
            for t in 5..9 {
                optimizer.step_slices(&mut theta, &gradient(t), &Scope::ALL);
            }
            for t in 5..9 {
                other.step_slices(&mut other_theta, &gradient(t), &Scope::ALL);
            }
            assert_eq!(theta, other_theta);
            assert_eq!(other.state(), optimizer.state());
        }
    }
}

#[test]
fn a_state_of_other_moments_is_refused_as_by_the_loops_and_changes_nothing() {
    for config in configs() {
        let longer = OptimizerState { steps: 7, first: vec![0.0; P + 1], second: vec![0.0; P + 1] };
        let message = Optimizer::new(&config, P).restore(longer.clone()).unwrap_err();
        for mut optimizer in every_form(&config) {
            optimizer.step_slices(&mut start(), &gradient(1), &Scope::ALL);
            let before = optimizer.state();
            assert_eq!(optimizer.restore(longer.clone()).unwrap_err(), message);
            assert_eq!(optimizer.state(), before);
        }
    }
}

#[test]
fn a_zero_gradient_moves_what_the_loops_would_move() {
    for config in configs() {
        let (mut expected, mut host) = (start(), Optimizer::new(&config, P));
        assert_eq!(host.step(&mut expected, &[0.0; P], &[range(0..P, 1.0)], RATE), 0.0);
        for mut optimizer in every_form(&config) {
            let mut theta = start();
            assert_eq!(optimizer.step_slices(&mut theta, &[0.0; P], &Scope::ALL), 0.0);
            assert_eq!(theta, expected, "{config:?}");
            assert_eq!(optimizer.state(), *host.state());
        }
    }
}

#[test]
fn a_gradient_that_is_not_finite_leaves_the_same_kinds_of_numbers_as_the_loops() {
    for config in configs() {
        for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut gradient = gradient(1);
            gradient[5] = broken;
            let (mut expected, mut host) = (start(), Optimizer::new(&config, P));
            let expected_norm = host.step(&mut expected, &gradient, &[range(0..P, 1.0)], RATE);
            for mut optimizer in every_form(&config) {
                let mut theta = start();
                let norm = optimizer.step_slices(&mut theta, &gradient, &Scope::ALL);
                assert_eq!(norm.to_string(), expected_norm.to_string());
                let kinds = |theta: &[f32]| theta.iter().map(|t| (t.is_nan(), t.is_finite())).collect::<Vec<_>>();
                assert_eq!(kinds(&theta), kinds(&expected), "{config:?} under {broken}");
            }
        }
    }
}

#[test]
fn moments_that_shrink_end_at_zero() {
    let config = toml::from_str("adam = { learning_rate = 1, beta_1 = 0.1, beta_2 = 0.1 }").unwrap();
    for mut optimizer in every_form(&config) {
        optimizer.step_slices(&mut start(), &[1.0; P], &Scope::ALL);
        // 0.9 · 10⁻²⁸ is above what counts as an average, 0.9 · 10⁻³⁰ is not; 0.9 · 10⁻³⁷ is a normal number, 10⁻³⁸ is
        // not.
        let expected = [(28, true, true), (1, true, true), (1, false, true), (7, false, true), (1, false, false)];
        for (steps, first, second) in expected {
            for _ in 0..steps {
                optimizer.step_slices(&mut start(), &[0.0; P], &Scope::ALL);
            }
            let state = optimizer.state();
            assert_eq!((state.first[0] > 0.0, state.second[0] > 0.0), (first, second), "{}", state.steps);
        }
    }
}

#[test]
fn a_norm_whose_square_overflows_32_bits_is_still_measured() {
    for device in devices() {
        for size in [1e-40_f32, 1e-20, 1.0, 1e20, 1e38] {
            let gradient = [0.6 * size, 0.0, -0.8 * size];
            let exact = f64::from(gradient[0]).hypot(f64::from(gradient[2]));
            let norm = norm_of_tensor(&tensor(&gradient, &device));
            assert!((norm / exact - 1.0).abs() < 1e-6, "{norm} is not {exact}");
            let config = toml::from_str("normalized_gradient = { learning_rate = 1 }").unwrap();
            let mut optimizer = TensorOptimizer::of_tensors(&config, 3, &device);
            let (moved, _) = optimizer.step(tensor(&[0.0; 3], &device), tensor(&gradient, &device), &Scope::ALL, 0.25);
            assert_close(&values(moved), &[-0.15, 0.0, 0.2], "a step as long as the learning rate");
        }
    }
}

#[test]
fn on_flex_parameters_that_nothing_else_holds_are_moved_in_place() {
    let place = |tensor: Tensor<1>| {
        let tensor = whole(tensor);
        (tensor.storage::<f32>().as_ptr(), Tensor::from_primitive::<Flex>(tensor))
    };
    let config = toml::from_str("adam = { learning_rate = 1 }").unwrap();
    let device = Device::flex();
    let mut optimizer = TensorOptimizer::new(&config, P, &device);
    let (before, theta) = place(tensor(&start(), &device));
    let (theta, _) = optimizer.step(theta, tensor(&gradient(1), &device), &Scope::ALL, RATE);
    let (after, theta) = place(theta);
    assert_eq!(before, after);
    assert_ne!(values(theta), start());
}

#[test]
fn parameters_that_something_else_holds_are_copied() {
    for config in configs() {
        for mut optimizer in every_form(&config) {
            let device = optimizer.device.clone();
            let (mut expected, mut host) = (start(), Optimizer::new(&config, P));
            host.step(&mut expected, &gradient(1), &[range(0..P, 1.0)], RATE);
            // A view into more numbers than the parameters, and a gradient that is a view.
            let padded = |numbers: Vec<f32>| [vec![9.0; 3], numbers, vec![9.0; 2]].concat();
            let (all, slopes) = (padded(start()), padded(gradient(1)));
            let (held, slopes) = (tensor(&all, &device), tensor(&slopes, &device));
            let view = |tensor: &Tensor<1>| tensor.clone().slice(3..3 + P);
            let (moved, _) = optimizer.step(view(&held), view(&slopes), &Scope::ALL, RATE);
            assert_eq!(values(held), all);
            assert_close(&values(moved), &expected, "a step of a view");
        }
    }
}

#[test]
#[should_panic(expected = "one derivative for each parameter")]
fn a_gradient_of_another_length_is_a_mistake_of_ours() {
    let (config, device) = (OptimizerConfig::default(), Device::flex());
    let (theta, gradient) = (tensor(&[0.0; 2], &device), tensor(&[0.0; 3], &device));
    TensorOptimizer::new(&config, 2, &device).step(theta, gradient, &Scope::ALL, RATE);
}

#[test]
#[should_panic(expected = "in 32 bits")]
fn numbers_of_another_width_are_a_mistake_of_ours() {
    let (config, device) = (OptimizerConfig::default(), Device::flex());
    let theta = || tensor(&[0.0; 2], &device);
    TensorOptimizer::new(&config, 2, &device).step(theta(), theta().cast(DType::F64), &Scope::ALL, RATE);
}

#[test]
#[should_panic(expected = "outside any graph")]
fn a_device_that_differentiates_is_a_mistake_of_ours() {
    TensorOptimizer::new(&OptimizerConfig::default(), 2, &Device::flex().autodiff());
}
