//! The one step that all optimizers share, for parameters in one flat tensor.
//!
//! On the device `flex` a tensor is a slice in host memory, so there the step is [`Optimizer`]'s, in place. On every other device it
//! is a few operations on tensors. burn's extension macro would route between the two as well, but wants a form of each backend's
//! own, where one of tensors serves all but flex.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Bool, DType, Device, Tensor, TensorData};

use super::clip::{clip_factor, norm_of_tensor};
use super::update::{Rate, TensorUpdate, scaled};
use super::{Optimizer, OptimizerConfig, OptimizerState, ParamRange, Scope};

/// An optimizer with its state on a device, for parameters in one flat tensor `[P]`.
#[derive(Clone, Debug)]
pub struct TensorOptimizer {
    config: OptimizerConfig,
    parameters: usize,
    device: Device,
    form: Form,
}

/// What makes the steps, with its state.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // there is one of it for each optimizer
enum Form {
    /// Loops over slices.
    Slices(Optimizer),
    /// Operations on tensors.
    Tensors(TensorState),
}

/// What an optimizer carries from step to step, on a device.
#[derive(Clone, Debug)]
pub(super) struct TensorState {
    /// Steps made so far, the one being made included.
    pub(super) steps: u64,
    /// The average gradient m, `[P]`, of an optimizer that keeps one.
    pub(super) first: Option<Tensor<1>>,
    /// The average squared gradient v, `[P]`, of an optimizer that keeps one.
    pub(super) second: Option<Tensor<1>>,
}

impl TensorState {
    fn zero(config: &OptimizerConfig, parameters: usize, device: &Device) -> TensorState {
        let moment = |kept: bool| kept.then(|| Tensor::zeros([parameters], (device, DType::F32)));
        TensorState { steps: 0, first: moment(config.keeps_first()), second: moment(config.keeps_second()) }
    }

    /// m, to be moved and put back. Taken out, since burn works in place on a tensor that nothing else holds.
    pub(super) fn take_first(&mut self) -> Tensor<1> {
        self.first.take().expect("an optimizer that averages gradients has their average between steps")
    }

    /// v, in the same way.
    pub(super) fn take_second(&mut self) -> Tensor<1> {
        self.second.take().expect("an optimizer that averages squares has their average between steps")
    }
}

/// √v + ε, or √(v + ε).
pub(super) fn divisor(v: Tensor<1>, epsilon: f32, epsilon_inside_root: bool) -> Tensor<1> {
    if epsilon_inside_root { (v + epsilon).sqrt() } else { v.sqrt() + epsilon }
}

impl TensorOptimizer {
    /// An optimizer of that many parameters that has not made a step.
    ///
    /// # Panics
    /// If the device differentiates: what an optimizer does to parameters is not part of any graph.
    pub fn new(config: &OptimizerConfig, parameters: usize, device: &Device) -> TensorOptimizer {
        if *device == Device::flex() {
            TensorOptimizer::with(config, parameters, device, Form::Slices(Optimizer::new(config, parameters)))
        } else {
            TensorOptimizer::of_tensors(config, parameters, device)
        }
    }

    /// The optimizer whose steps are operations on tensors, whatever the device.
    fn of_tensors(config: &OptimizerConfig, parameters: usize, device: &Device) -> TensorOptimizer {
        let state = TensorState::zero(config, parameters, device);
        TensorOptimizer::with(config, parameters, device, Form::Tensors(state))
    }

    fn with(config: &OptimizerConfig, parameters: usize, device: &Device, form: Form) -> TensorOptimizer {
        assert!(!device.is_autodiff(), "an optimizer works outside any graph");
        TensorOptimizer { config: config.clone(), parameters, device: device.clone(), form }
    }

    /// Moves `parameters` one step against `gradient`: returns the moved parameters, and the gradient's Euclidean norm before
    /// clipping, for which it waits for the device once.
    ///
    /// The step is that of [`Optimizer::step`]: on the device `flex` to the bit, elsewhere up to rounding. Both tensors are `[P]`,
    /// of 32-bit floats, on the optimizer's device and without a graph. Parameters that nothing else holds are moved in place:
    /// drop views of them (a network's layers) before.
    ///
    /// # Panics
    /// If a tensor is another than that.
    pub fn step(
        &mut self,
        parameters: Tensor<1>,
        gradient: Tensor<1>,
        scope: &Scope,
        learning_rate: f64,
    ) -> (Tensor<1>, f64) {
        assert_eq!(parameters.dims(), [self.parameters], "the parameters that the optimizer was made for");
        assert_eq!(gradient.dims(), [self.parameters], "one derivative for each parameter");
        for tensor in [&parameters, &gradient] {
            assert_eq!(tensor.dtype(), DType::F32, "an optimizer computes in 32 bits");
        }
        match &mut self.form {
            Form::Slices(optimizer) => {
                let ranges = scope.ranges(self.parameters);
                step_in_place(optimizer, parameters, gradient, &ranges, learning_rate)
            }
            Form::Tensors(state) => {
                let (factors, takes_part) = scope.tensors(&self.device, self.parameters);
                let gradient = match &takes_part {
                    Some(part) => gradient.mask_fill(part.clone().bool_not(), 0.0),
                    None => gradient,
                };
                // Held for those who wait. Without these, nothing is held and all of the step is in place.
                let before = takes_part.map(|part| (part, parameters.clone(), state.clone()));
                let rate = Rate::new(learning_rate, factors);
                let (parameters, norm) = step_tensors(&self.config, state, parameters, gradient, rate);
                match before {
                    Some((part, parameters_before, state_before)) => {
                        state.first = moved_where(&part, state_before.first, state.first.take());
                        state.second = moved_where(&part, state_before.second, state.second.take());
                        (parameters_before.mask_where(part, parameters), norm)
                    }
                    None => (parameters, norm),
                }
            }
        }
    }

    /// Its settings.
    pub fn config(&self) -> &OptimizerConfig {
        &self.config
    }

    /// The state, for a checkpoint: [`Optimizer`]'s, whatever the device.
    pub fn state(&self) -> OptimizerState {
        match &self.form {
            Form::Slices(optimizer) => optimizer.state().clone(),
            Form::Tensors(state) => {
                let read = |moment: &Option<Tensor<1>>| moment.clone().map_or_else(Vec::new, numbers);
                OptimizerState { steps: state.steps, first: read(&state.first), second: read(&state.second) }
            }
        }
    }

    /// Goes on from what [`TensorOptimizer::state`] or [`Optimizer::state`] returned.
    ///
    /// # Errors
    /// Those of [`Optimizer::restore`].
    pub fn restore(&mut self, state: OptimizerState) -> Result<(), String> {
        match &mut self.form {
            Form::Slices(optimizer) => optimizer.restore(state),
            Form::Tensors(own) => {
                state.check(&self.config, self.parameters)?;
                let (length, device) = (self.parameters, &self.device);
                let moment = |kept: bool, values: Vec<f32>| {
                    kept.then(|| Tensor::from_data(TensorData::new(values, [length]), (device, DType::F32)))
                };
                *own = TensorState {
                    steps: state.steps,
                    first: moment(self.config.keeps_first(), state.first),
                    second: moment(self.config.keeps_second(), state.second),
                };
                Ok(())
            }
        }
    }
}

/// The step of the slices that two tensors on flex are.
fn step_in_place(
    optimizer: &mut Optimizer,
    parameters: Tensor<1>,
    gradient: Tensor<1>,
    ranges: &[ParamRange],
    learning_rate: f64,
) -> (Tensor<1>, f64) {
    let (mut parameters, gradient) = (whole(parameters), whole(gradient));
    let norm = optimizer.step(parameters.storage_mut(), gradient.storage(), ranges, learning_rate);
    (Tensor::from_primitive::<Flex>(parameters), norm)
}

/// A tensor on flex whose storage is its numbers, in order and no others: a view is copied.
fn whole(tensor: Tensor<1>) -> FlexTensor {
    let tensor = tensor.try_into_primitive::<Flex>();
    tensor.expect("parameters and gradient are on the optimizer's device, without a graph").to_contiguous()
}

/// One step of all parameters by operations on tensors.
fn step_tensors(
    config: &OptimizerConfig,
    state: &mut TensorState,
    parameters: Tensor<1>,
    gradient: Tensor<1>,
    rate: Rate,
) -> (Tensor<1>, f64) {
    state.steps += 1;
    let norm = norm_of_tensor(&gradient);
    let gradient = scaled(gradient, clip_factor(norm, config.max_grad_norm()));
    let update = TensorUpdate { parameters, gradient, rate };
    let parameters = match config {
        OptimizerConfig::Sgd(config) => config.step_tensors(update),
        OptimizerConfig::Momentum(config) => config.step_tensors(update, state),
        OptimizerConfig::NormalizedGradient(config) => config.step_tensors(update, norm),
        OptimizerConfig::Rmsprop(config) => config.step_tensors(update, state),
        OptimizerConfig::Adam(config) => config.step_tensors(update, state),
        OptimizerConfig::Adamw(config) => config.step_tensors(update, state),
    };
    (parameters, norm)
}

/// `moved` where `part` is true, else `before`.
fn moved_where(part: &Tensor<1, Bool>, before: Option<Tensor<1>>, moved: Option<Tensor<1>>) -> Option<Tensor<1>> {
    Some(before?.mask_where(part.clone(), moved?))
}

fn numbers(moment: Tensor<1>) -> Vec<f32> {
    moment.into_data().try_into_vec().expect("moments are 32-bit floats")
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: usize = 137; // no multiple of any vector's length, and more than a short part
    const RATE: f64 = 0.02;

    /// Every optimizer in every form, with settings of its own.
    const CONFIGS: [&str; 11] = [
        "sgd = { learning_rate = 1 }",
        "momentum = { learning_rate = 1 }",
        "momentum = { learning_rate = 1, form = 'weighted', beta = 0.8 }",
        "normalized_gradient = { learning_rate = 1 }",
        "normalized_gradient = { learning_rate = 1, form = 'pointwise' }",
        "rmsprop = { learning_rate = 1 }",
        "rmsprop = { learning_rate = 1, rho = 0.9, epsilon = 0.1, epsilon_inside_root = true }",
        "adam = { learning_rate = 1 }",
        "adam = { learning_rate = 1, beta_1 = 0.5, beta_2 = 0.9, epsilon = 0.1, epsilon_inside_root = true }",
        "adamw = { learning_rate = 1 }",
        "adamw = { learning_rate = 1, weight_decay = 0.5 }",
    ];

    /// These, and each with a limit that some gradients exceed and with one that all exceed, where it has a limit.
    fn configs() -> Vec<OptimizerConfig> {
        let limited = |text: &str| {
            let limits = [" }", ", max_grad_norm = 25.0 }", ", max_grad_norm = 0.1 }"];
            let limits = if text.starts_with("normalized") { &limits[..1] } else { &limits[..] };
            limits.iter().map(|limit| text.replace(" }", limit)).collect::<Vec<_>>()
        };
        CONFIGS.into_iter().flat_map(limited).map(|text| toml::from_str(&text).unwrap()).collect()
    }

    #[allow(deprecated)]
    fn devices() -> [Device; 2] {
        [Device::flex(), Device::ndarray()]
    }

    /// The optimizer on each device whose steps are operations on tensors.
    fn of_tensors(config: &OptimizerConfig) -> [TensorOptimizer; 2] {
        devices().map(|device| TensorOptimizer::of_tensors(config, P, &device))
    }

    /// The same and the one of slices.
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

    fn part(range: std::ops::Range<usize>, factor: f32) -> ParamRange {
        ParamRange { range, factor }
    }

    type Scopes = fn(usize) -> Vec<ParamRange>;

    /// All parameters; factors; some parameters in some steps; the same with factors.
    const SCOPES: [Scopes; 4] = [
        |_| vec![part(0..P, 1.0)],
        |_| vec![part(0..1, 0.5), part(1..90, 1.0), part(90..P, 0.25)],
        |t| if t % 3 == 0 { vec![part(2..5, 1.0), part(70..P, 1.0)] } else { vec![part(0..100, 1.0)] },
        |t| if t % 2 == 0 { vec![part(3..7, 2.0)] } else { vec![part(0..2, 0.5), part(2..P, 1.0)] },
    ];

    /// The gradient in the ranges. Outside it is not a number: nobody may look at it.
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
    fn assert_close(found: &[f32], expected: &[f32], of: &str) {
        assert_eq!(found.len(), expected.len(), "{of}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-5 * (1.0 + expected.abs()), "{of}: {found} is not {expected}");
        }
    }

    /// Forty steps of an optimizer and of the loops over slices. Each step may round another way in its last digit, 6e-8 of a
    /// number near 1; the norm is summed in single precision, and a clipped gradient carries that sum's rounding.
    fn compare(config: &OptimizerConfig, optimizer: &mut TensorOptimizer, scopes: Scopes, as_spans: bool, exact: bool) {
        let (mut theta, mut expected, mut host) = (start(), start(), Optimizer::new(config, P));
        let of = format!("{config:?} on {:?}", optimizer.device);
        for t in 0..40 {
            let ranges = scopes(t);
            let gradient = inside(&ranges, &gradient(t));
            let expected_norm = host.step(&mut expected, &gradient, &ranges, RATE);
            let scope = Scope::Ranges(ranges);
            let (factors, takes_part) = scope.tensors(&optimizer.device, P);
            let scope = if as_spans { scope } else { Scope::Tensors { factors, takes_part } };
            let norm = optimizer.step_slices(&mut theta, &gradient, &scope);
            assert!((norm / expected_norm - 1.0).abs() < 1e-6, "{of}: ‖g‖ = {expected_norm}, not {norm}");
        }
        let (state, host) = (optimizer.state(), host.state());
        assert_eq!(state.steps, 40);
        if exact {
            assert_eq!((theta, &state), (expected, host), "{of}");
        } else {
            assert_close(&theta, &expected, &of);
            assert_close(&state.first, &host.first, &of);
            assert_close(&state.second, &host.second, &of);
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
                for as_spans in [false, true] {
                    let optimizer = &mut TensorOptimizer::new(&config, P, &Device::flex());
                    compare(&config, optimizer, scopes, as_spans, true);
                }
            }
        }
    }

    #[test]
    fn who_waits_keeps_parameter_and_moments_to_the_bit() {
        for config in configs() {
            for mut optimizer in every_form(&config) {
                let mut theta = start();
                optimizer.step_slices(&mut theta, &gradient(1), &Scope::ALL);
                let (before, state) = (theta.clone(), optimizer.state());
                optimizer.step_slices(&mut theta, &gradient(2), &Scope::Ranges(vec![part(0..100, 1.0)]));
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
            assert_eq!(host.step(&mut expected, &[0.0; P], &[part(0..P, 1.0)], RATE), 0.0);
            for mut optimizer in every_form(&config) {
                let mut theta = start();
                assert_eq!(optimizer.step_slices(&mut theta, &[0.0; P], &Scope::ALL), 0.0);
                assert_eq!(theta, expected, "{config:?}");
                assert_eq!(optimizer.state(), *host.state());
            }
        }
    }

    #[test]
    fn a_gradient_that_is_not_finite_is_to_be_found_where_the_loops_leave_it() {
        for config in configs() {
            for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut gradient = gradient(1);
                gradient[5] = broken;
                let (mut expected, mut host) = (start(), Optimizer::new(&config, P));
                let expected_norm = host.step(&mut expected, &gradient, &[part(0..P, 1.0)], RATE);
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
    fn averages_that_fade_end_at_zero() {
        let config = toml::from_str("adam = { learning_rate = 1, beta_1 = 0.1, beta_2 = 0.1 }").unwrap();
        for mut optimizer in every_form(&config) {
            optimizer.step_slices(&mut start(), &[1.0; P], &Scope::ALL);
            // 0.9 · 10⁻²⁸ is above what counts as an average, 0.9 · 10⁻³⁰ is not; 0.9 · 10⁻³⁷ is a normal number, 10⁻³⁸ is not.
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
    fn a_norm_whose_square_32_bits_cannot_hold_is_measured_all_the_same() {
        for device in devices() {
            for size in [1e-40_f32, 1e-20, 1.0, 1e20, 1e38] {
                let gradient = [0.6 * size, 0.0, -0.8 * size];
                let exact = f64::from(gradient[0]).hypot(f64::from(gradient[2]));
                let norm = norm_of_tensor(&tensor(&gradient, &device));
                assert!((norm / exact - 1.0).abs() < 1e-6, "{norm} is not {exact}");
                let config = toml::from_str("normalized_gradient = { learning_rate = 1 }").unwrap();
                let mut optimizer = TensorOptimizer::of_tensors(&config, 3, &device);
                let (moved, _) =
                    optimizer.step(tensor(&[0.0; 3], &device), tensor(&gradient, &device), &Scope::ALL, 0.25);
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
        let config = toml::from_str(CONFIGS[7]).unwrap();
        let device = Device::flex();
        let mut optimizer = TensorOptimizer::new(&config, P, &device);
        let (before, theta) = place(tensor(&start(), &device));
        let (theta, _) = optimizer.step(theta, tensor(&gradient(1), &device), &Scope::ALL, RATE);
        let (after, theta) = place(theta);
        assert_eq!(before, after);
        assert_ne!(values(theta), start());
    }

    #[test]
    fn parameters_that_something_else_holds_stay_there_as_they_are() {
        for config in configs() {
            for mut optimizer in every_form(&config) {
                let device = optimizer.device.clone();
                let (mut expected, mut host) = (start(), Optimizer::new(&config, P));
                host.step(&mut expected, &gradient(1), &[part(0..P, 1.0)], RATE);
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
}
