//! The interface between agents and approximators: what an agent holds of Ṽ, Q̃ or h̃.
//!
//! Agents work with outputs, and with derivatives of a loss with respect to outputs. Everything behind the outputs,
//! parameters θ, target parameters θ⁻, an eligibility trace, an optimizer with its moments, belongs to the engine:
//! loops on the processor ([`super::host`]), or a burn module on any device ([`super::burn`]).

use serde::{Deserialize, Serialize};
use tilde_envs::{Space, StateError};

use super::{GradientState, ParameterTensor};
use crate::device::Backend;
use crate::optim::{OptimizerConfig, OptimizerState};

/// A function of observations, y = f(x; θ), that learns: Ṽ(x) with one output, Q̃(x, ·) or h̃(· | x) with one per
/// action.
///
/// Batches are flat and row-major: observations `[B · C]`, outputs and derivatives with respect to them `[B · O]`. The
/// agent decides what the outputs mean, and of which loss it gives the derivatives.
pub trait Function: Send {
    /// Outputs `[B · O]` for observations `[B · C]`.
    ///
    /// # Panics
    /// If the observations are no whole number of rows, or the target weights are asked for before there are any.
    fn outputs(&mut self, by: Weights, observations: &[f32]) -> &[f32];

    /// The outputs by θ, recorded for the one step that follows.
    fn record(&mut self, observations: &[f32]) -> &[f32];

    /// θ ← optimizer(clip(Σ g · ∂y/∂θ)) with g = `output_gradient` `[B · O]`, the derivative of a loss with respect to
    /// the outputs that were recorded. `at` is the environment step, for schedules.
    ///
    /// # Panics
    /// If nothing was recorded, or other outputs were computed or the parameters were changed since.
    fn step(&mut self, output_gradient: &[f32], at: u64) -> StepStats;

    /// e ← `decay` e + ∂y/∂θ; θ ← optimizer(−`error` e); the trace e is zero at the start. This is TD(λ) where the
    /// decay is γλ and the error is δ. The function has one output, and one observation was recorded.
    ///
    /// # Panics
    /// As [`Function::step`].
    fn step_along_trace(&mut self, decay: f32, error: f32, at: u64) -> StepStats;

    /// e ← 0, where an episode ends. The first call makes the trace.
    fn clear_trace(&mut self);

    /// θ⁻ ← (1 − τ) θ⁻ + τ θ: Polyak averaging (Lillicrap et al. 2016). τ = 1 copies θ to the bit, and the first call
    /// makes the target weights so.
    fn update_target(&mut self, tau: f64);

    /// Σ g · ∂y/∂θ for the batch that was recorded, in the order of the saved parameters: the gradient that a step
    /// would use.
    ///
    /// # Panics
    /// As [`Function::step`].
    fn gradient(&mut self, output_gradient: &[f32]) -> Vec<f32>;

    /// How many parameters there are.
    fn parameters(&self) -> usize;

    /// The parameters as named tensors, in the order of the saved ones. By default one tensor, `parameters`.
    fn tensors(&self) -> Vec<ParameterTensor> {
        vec![ParameterTensor::new("parameters", vec![self.parameters()])]
    }

    /// θ, in the order of the saved parameters.
    fn weights(&self) -> Vec<f32> {
        self.save().parameters
    }

    /// θ ← `weights`, in the order of the saved parameters. All else stays as it is.
    ///
    /// # Errors
    /// If there are not as many as the function has.
    fn set_weights(&mut self, weights: Vec<f32>) -> Result<(), StateError> {
        let state = self.save();
        self.load(FunctionState { parameters: weights, ..state })
    }

    /// The outputs of the hidden layers by θ for observations `[B · C]`, from the first layer to the last. By default none,
    /// as of a linear function.
    fn hidden_layers(&mut self, _observations: &[f32]) -> Vec<HiddenLayer> {
        Vec::new()
    }

    /// Bytes of parameters, target parameters, gradient, trace and the optimizer's state.
    fn memory(&self) -> usize;

    /// The first parameter that is not a finite number, in words.
    fn non_finite_parameter(&self) -> Option<String>;

    /// What a checkpoint keeps.
    fn save(&self) -> FunctionState;

    /// Goes on from what [`Function::save`] returned, exactly.
    ///
    /// # Errors
    /// If it was saved by another function.
    fn load(&mut self, state: FunctionState) -> Result<(), StateError>;
}

/// Which parameters outputs are computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// θ, which learn.
    Online,
    /// θ⁻, which follow θ.
    Target,
}

/// The outputs of a hidden layer for a batch of observations, after its nonlinearity.
#[derive(Clone, Debug, PartialEq)]
pub struct HiddenLayer {
    /// The name of the layer's weights without `.weight`, such as `layers.0`.
    pub name: String,
    /// How many units it has. The units of a convolution are its filters: one computes the same at every place of an image.
    pub units: usize,
    /// The outputs `[rows · units]`: a row for each observation, or for each observation and place of its image.
    pub outputs: Vec<f32>,
}

/// Figures of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepStats {
    /// Euclidean norm of the whole gradient, before clipping.
    pub grad_norm: f64,
    /// Step size of the optimizer.
    pub learning_rate: f64,
}

/// What a checkpoint keeps of a function: rows of numbers, the same for every engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionState {
    /// θ.
    pub parameters: Vec<f32>,
    /// θ⁻.
    pub target: Option<Vec<f32>>,
    /// e.
    pub trace: Option<GradientState>,
    /// Steps and moments.
    pub optimizer: OptimizerState,
}

/// What a function is made for, beside its own settings.
#[derive(Clone, Copy, Debug)]
pub struct FunctionSetup<'a> {
    /// What moves its parameters.
    pub optimizer: &'a OptimizerConfig,
    /// Where observations lie.
    pub space: &'a Space,
    /// O.
    pub outputs: usize,
    /// Environment steps of the whole run, for schedules that are a fraction of it.
    pub budget: u64,
    /// Where and how it is computed.
    pub backend: Backend,
}

/// The first number that is not finite, in words.
pub(super) fn first_non_finite(parameters: &[f32]) -> Option<String> {
    let index = parameters.iter().position(|weight| !weight.is_finite())?;
    Some(format!("weight {index} is {}", parameters[index]))
}

/// The flat rows that a function keeps, each of `parameters` numbers, beside the gradient and the optimizer's state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) parameters: usize,
    pub(super) has_target: bool,
    pub(super) has_trace: bool,
}

impl Held {
    /// Bytes of all rows.
    pub(super) fn memory(self, optimizer: &OptimizerConfig) -> usize {
        let more = usize::from(self.has_target) + usize::from(self.has_trace);
        size_of::<f32>() * self.parameters * (2 + optimizer.state_per_parameter() + more)
    }

    /// Checks a saved state's θ and θ⁻, and that it has a target and a trace where the function has.
    pub(super) fn check(self, state: &FunctionState) -> Result<(), StateError> {
        let FunctionState { parameters, target, trace, .. } = state;
        let of_another = |row: &&Vec<f32>| row.len() != self.parameters;
        if let Some(row) = [parameters].into_iter().chain(target).find(of_another) {
            let (saved, own) = (row.len(), self.parameters);
            return Err(StateError(format!("the state of an approximator with {saved} parameters, not {own}")));
        }
        if (target.is_some(), trace.is_some()) != (self.has_target, self.has_trace) {
            return Err(StateError("the state of an approximator with another target or trace".to_owned()));
        }
        Ok(())
    }
}
