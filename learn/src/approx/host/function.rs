//! A multilayer perceptron that learns, on the processor.

use tilde_envs::StateError;

use super::{Encoded, Gradient, Tape, backward, forward};
use crate::approx::function::{Held, first_non_finite};
use crate::approx::{
    FeatureMap, Function, FunctionSetup, FunctionState, HiddenLayer, NetworkSetup, ParameterTensor, Shape, StepStats,
    Weights,
};
use crate::optim::Optimizer;
use crate::rng::Rng;

/// Features, a network over them, and what moves its parameters: y = f(φ(x); θ).
///
/// Parameters are one row of numbers, in the order that [`Shape`] describes.
pub struct HostFunction {
    features: FeatureMap,
    components: usize,
    shape: Shape,
    /// θ.
    parameters: Vec<f32>,
    /// θ⁻.
    target: Option<Vec<f32>>,
    /// e.
    trace: Option<Gradient>,
    gradient: Gradient,
    optimizer: Optimizer,
    budget: u64,
    /// The batch that was evaluated last, and the results of its layers.
    input: Encoded,
    tape: Tape,
    /// Whether it was evaluated for a step, and θ has not changed since.
    recorded: bool,
}

/// With sparse features, rows of a trace that are smaller are set to zero: a TD error of size 1 no longer changes the
/// last bit of a weight of size 1.
const MIN_TRACE: f32 = 1e-8;

impl HostFunction {
    /// A multilayer perceptron over these features, its parameters drawn from `rng`.
    pub fn new(network: &NetworkSetup, setup: &FunctionSetup, rng: &mut Rng) -> HostFunction {
        let (features, shape) = (network.features.clone(), network.shape());
        HostFunction {
            parameters: network.initialization.draw_network(&shape, &features, rng),
            target: None,
            trace: None,
            gradient: Gradient::new(&shape, features.active().is_some(), features.learning_rate_factors()),
            optimizer: Optimizer::new(setup.optimizer, shape.parameters()),
            budget: setup.budget,
            components: setup.space.len(),
            features,
            shape,
            input: Encoded::default(),
            tape: Tape::default(),
            recorded: false,
        }
    }

    #[inline]
    fn evaluate(&mut self, by: Weights, observations: &[f32], recorded: bool) -> &[f32] {
        let HostFunction { features, components, shape, parameters, target, input, tape, .. } = self;
        let parameters = match by {
            Weights::Online => parameters,
            Weights::Target => target.as_ref().expect("the target is made before it is used"),
        };
        input.encode(features, observations, *components);
        self.recorded = recorded;
        forward(shape, parameters, input, tape);
        tape.outputs(shape)
    }

    /// Sets the gradient to Σ g · ∂y/∂θ of the recorded batch.
    fn set_gradient(&mut self, output_gradient: &[f32]) {
        assert!(self.recorded, "the gradient is that of a batch that was just recorded");
        let HostFunction { shape, parameters, input, tape, gradient, .. } = self;
        // Dense loops overwrite all numbers; sparse ones add to the rows of active features.
        let is_dense = input.active().is_none();
        if !is_dense {
            gradient.zero_gradient();
        }
        backward(shape, parameters, input, tape, output_gradient, gradient, is_dense);
    }

    fn apply(&mut self, at: u64) -> StepStats {
        self.recorded = false;
        let config = self.optimizer.config();
        let learning_rate = config.learning_rate().value(at, self.budget);
        let (gradient, ranges) = self.gradient.to_step(config.lazy());
        let grad_norm = self.optimizer.step(&mut self.parameters, gradient, ranges, learning_rate);
        StepStats { grad_norm, learning_rate }
    }

    fn held(&self) -> Held {
        let (has_target, has_trace) = (self.target.is_some(), self.trace.is_some());
        Held { parameters: self.parameters.len(), has_target, has_trace }
    }

    fn trace(&mut self) -> &mut Gradient {
        let (shape, features) = (&self.shape, &self.features);
        self.trace
            .get_or_insert_with(|| Gradient::new(shape, features.active().is_some(), features.learning_rate_factors()))
    }
}

/// θ⁻ ← (1 − τ) θ⁻ + τ θ.
fn polyak_update(target: &mut [f32], online: &[f32], tau: f64) {
    let (keep, take) = ((1.0 - tau) as f32, tau as f32);
    target.iter_mut().zip(online).for_each(|(target, online)| *target = keep * *target + take * online);
}

impl Function for HostFunction {
    #[inline]
    fn outputs(&mut self, by: Weights, observations: &[f32]) -> &[f32] {
        self.evaluate(by, observations, false)
    }

    #[inline]
    fn record(&mut self, observations: &[f32]) -> &[f32] {
        self.evaluate(Weights::Online, observations, true)
    }

    fn step(&mut self, output_gradient: &[f32], at: u64) -> StepStats {
        self.set_gradient(output_gradient);
        self.apply(at)
    }

    fn step_along_trace(&mut self, decay: f32, error: f32, at: u64) -> StepStats {
        assert!(self.recorded, "a step along the trace is that of an observation that was just recorded");
        let trace = self.trace();
        if decay == 0.0 {
            trace.zero_gradient();
        } else {
            trace.decay(decay, MIN_TRACE);
        }
        let HostFunction { shape, parameters, input, tape, trace, gradient, .. } = self;
        let trace = trace.as_mut().expect("it was just made");
        backward(shape, parameters, input, tape, &[1.0], trace, false);
        gradient.set_scaled(trace, -error);
        self.apply(at)
    }

    fn clear_trace(&mut self) {
        self.trace().zero_gradient();
    }

    fn update_target(&mut self, tau: f64) {
        let Some(target) = self.target.as_mut().filter(|_| tau != 1.0) else {
            return self.target.get_or_insert_default().clone_from(&self.parameters);
        };
        polyak_update(target, &self.parameters, tau);
    }

    fn gradient(&mut self, output_gradient: &[f32]) -> Vec<f32> {
        self.set_gradient(output_gradient);
        self.gradient.values().to_vec()
    }

    fn parameters(&self) -> usize {
        self.parameters.len()
    }

    fn tensors(&self) -> Vec<ParameterTensor> {
        self.shape.tensors()
    }

    fn hidden_layers(&mut self, observations: &[f32]) -> Vec<HiddenLayer> {
        self.evaluate(Weights::Online, observations, false);
        let HostFunction { shape, tape, .. } = self;
        let hidden = |index: usize| HiddenLayer {
            name: Shape::layer_name(index),
            units: shape.layer(index).outputs,
            outputs: tape.hidden(shape, index),
        };
        (0..shape.depth() - 1).map(hidden).collect()
    }

    fn memory(&self) -> usize {
        self.held().memory(self.optimizer.config())
    }

    fn non_finite_parameter(&self) -> Option<String> {
        first_non_finite(&self.parameters)
    }

    fn weights(&self) -> Vec<f32> {
        self.parameters.clone()
    }

    fn save(&self) -> FunctionState {
        FunctionState {
            parameters: self.parameters.clone(),
            target: self.target.clone(),
            trace: self.trace.as_ref().map(Gradient::save),
            optimizer: self.optimizer.state().clone(),
        }
    }

    fn load(&mut self, state: FunctionState) -> Result<(), StateError> {
        self.held().check(&state)?;
        let FunctionState { parameters, target, trace, optimizer } = state;
        self.optimizer.restore(optimizer).map_err(StateError)?;
        if let (Some(own), Some(saved)) = (&mut self.trace, trace) {
            own.restore(saved).map_err(StateError)?;
        }
        (self.parameters, self.target, self.recorded) = (parameters, target, false);
        Ok(())
    }
}
