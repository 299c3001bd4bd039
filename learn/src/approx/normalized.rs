//! A function of normalised observations.

use tilde_envs::StateError;

use super::function::{Function, FunctionState, HiddenLayer, StepStats, Weights};
use super::{ParameterTensor, SharedNormalizer};

/// A function that normalises observations with the moments of the moment. Whoever holds it deals with observations as the
/// environment has them.
pub struct Normalized {
    inner: Box<dyn Function>,
    normalizer: SharedNormalizer,
    /// The batch at hand `[B · C]`.
    rows: Vec<f32>,
}

impl Normalized {
    /// `inner` takes what `normalizer` makes of observations.
    pub fn new(inner: Box<dyn Function>, normalizer: SharedNormalizer) -> Normalized {
        Normalized { inner, normalizer, rows: Vec::new() }
    }
}

impl Function for Normalized {
    fn outputs(&mut self, by: Weights, observations: &[f32]) -> &[f32] {
        self.normalizer.lock().normalize(observations, &mut self.rows);
        self.inner.outputs(by, &self.rows)
    }

    fn record(&mut self, observations: &[f32]) -> &[f32] {
        self.normalizer.lock().normalize(observations, &mut self.rows);
        self.inner.record(&self.rows)
    }

    fn hidden_layers(&mut self, observations: &[f32]) -> Vec<HiddenLayer> {
        self.normalizer.lock().normalize(observations, &mut self.rows);
        self.inner.hidden_layers(&self.rows)
    }

    fn step(&mut self, output_gradient: &[f32], at: u64) -> StepStats {
        self.inner.step(output_gradient, at)
    }

    fn step_along_trace(&mut self, decay: f32, error: f32, at: u64) -> StepStats {
        self.inner.step_along_trace(decay, error, at)
    }

    fn clear_trace(&mut self) {
        self.inner.clear_trace();
    }

    fn update_target(&mut self, tau: f64) {
        self.inner.update_target(tau);
    }

    fn gradient(&mut self, output_gradient: &[f32]) -> Vec<f32> {
        self.inner.gradient(output_gradient)
    }

    fn parameters(&self) -> usize {
        self.inner.parameters()
    }

    fn tensors(&self) -> Vec<ParameterTensor> {
        self.inner.tensors()
    }

    fn weights(&self) -> Vec<f32> {
        self.inner.weights()
    }

    fn set_weights(&mut self, weights: Vec<f32>) -> Result<(), StateError> {
        self.inner.set_weights(weights)
    }

    fn memory(&self) -> usize {
        self.inner.memory()
    }

    fn non_finite_parameter(&self) -> Option<String> {
        self.inner.non_finite_parameter()
    }

    fn save(&self) -> FunctionState {
        self.inner.save()
    }

    fn load(&mut self, state: FunctionState) -> Result<(), StateError> {
        self.inner.load(state)
    }
}
