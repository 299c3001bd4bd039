//! The step that all optimizers share, for parameters in one flat tensor.
//!
//! On the device `flex` a tensor is a slice in host memory, so there the step is [`Optimizer`]'s, in place. On every
//! other device it is a few operations on tensors. (burn's extension macro could choose between the two as well, but it
//! wants an implementation for each backend, and here one form of tensors serves all but flex.)

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Device, Tensor};

use super::clip::{clip_factor, norm_of_tensor};
use super::update::scaled;
use super::{Optimizer, OptimizerConfig, OptimizerState, ParamRange, Rate, Scope, TensorState, TensorUpdate};

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

impl TensorOptimizer {
    /// An optimizer of that many parameters that has not made a step.
    ///
    /// # Panics
    /// If the device is one of automatic differentiation: an optimizer's step is not part of any graph.
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

    /// Moves `parameters` one step against `gradient`: returns the moved parameters, and the gradient's Euclidean norm
    /// before clipping, for which it waits for the device once.
    ///
    /// The step is that of [`Optimizer::step`]: on the device `flex` to the bit, elsewhere up to rounding. Both tensors
    /// are `[P]`, of 32-bit floats, on the optimizer's device and without a graph. Parameters that nothing else holds
    /// are moved in place: drop views of them (a network's layers) before.
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
                    Some(takes_part) => gradient.mask_fill(takes_part.clone().bool_not(), 0.0),
                    None => gradient,
                };
                // Kept for the parameters that wait. Where none waits, nothing is kept, and the step is in place.
                let before = takes_part.map(|takes_part| (takes_part, parameters.clone(), state.clone()));
                let rate = Rate::new(learning_rate, factors);
                let (moved, norm) = step_tensors(&self.config, state, parameters, gradient, rate);
                match before {
                    Some((takes_part, parameters, state_before)) => {
                        state.keep_where_not(&takes_part, state_before);
                        (parameters.mask_where(takes_part, moved), norm)
                    }
                    None => (moved, norm),
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
            Form::Tensors(state) => state.to_host(),
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
                *own = TensorState::on(&self.device, state);
                Ok(())
            }
        }
    }
}

/// A step of two tensors on flex, which are slices in host memory.
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
    let moved = config.step_tensors(TensorUpdate { parameters, gradient, rate, norm }, state);
    (moved, norm)
}

#[cfg(test)]
mod tests;
