//! An approximator that learns: the parameters, their gradient, and the optimizer that moves them.

use serde::{Deserialize, Serialize};
use tilde_envs::StateError;

use crate::approx::{Approximator, ApproximatorConfig, Gradient};
use crate::optim::{Optimizer, OptimizerConfig, OptimizerState};
use crate::rng::Rng;

use super::AgentSetup;

/// θ, ∂J/∂θ, and the step from one θ to the next.
pub struct Learner {
    approximator: Approximator,
    gradient: Gradient,
    optimizer: Optimizer,
    config: OptimizerConfig,
    budget: u64,
}

/// What a checkpoint keeps of a [`Learner`].
#[derive(Serialize, Deserialize)]
pub struct LearnerState {
    parameters: Vec<f32>,
    optimizer: OptimizerState,
}

impl Learner {
    /// A learner with `outputs` outputs for the run's observations, its parameters drawn from `rng`.
    pub fn new(
        approximator: &ApproximatorConfig,
        optimizer: &OptimizerConfig,
        outputs: usize,
        setup: &AgentSetup,
        rng: &mut Rng,
    ) -> Learner {
        let approximator = Approximator::new(approximator, &setup.space, outputs, rng, setup.backend);
        Learner {
            gradient: approximator.no_gradient(),
            optimizer: Optimizer::new(optimizer, approximator.parameters().len()),
            config: optimizer.clone(),
            budget: setup.budget,
            approximator,
        }
    }

    /// Outputs `[B · O]` for observations that lie one after another.
    #[inline]
    pub fn outputs(&mut self, observations: &[f32]) -> &[f32] {
        self.approximator.outputs(observations)
    }

    /// The same, remembered for [`Learner::step`].
    #[inline]
    pub fn record(&mut self, observations: &[f32]) -> &[f32] {
        self.approximator.record(observations)
    }

    /// Moves the parameters one step down a loss whose derivative with respect to the recorded outputs is
    /// `output_gradient`, `[B · O]`; returns the norm of the gradient before clipping.
    #[inline]
    pub fn step(&mut self, output_gradient: &[f32], learning_rate: f64) -> f64 {
        self.approximator.set_gradient(output_gradient, &mut self.gradient);
        self.apply(learning_rate)
    }

    /// Adds ∂y/∂θ of the recorded output to an eligibility trace.
    pub fn add_to_trace(&mut self, trace: &mut Gradient) {
        self.approximator.add_gradient(&[1.0], trace);
    }

    /// Moves the parameters one step along `factor` · `trace`; returns the length of what was handed to the optimizer.
    pub fn step_along(&mut self, trace: &Gradient, factor: f32, learning_rate: f64) -> f64 {
        self.gradient.set_scaled(trace, -factor);
        self.apply(learning_rate)
    }

    fn apply(&mut self, learning_rate: f64) -> f64 {
        let parameters = self.approximator.parameters_mut();
        let (gradient, spans) = self.gradient.to_step(self.config.lazy());
        self.optimizer.step(parameters, gradient, spans, learning_rate)
    }

    /// The step size after `step` environment steps.
    #[inline]
    pub fn learning_rate(&self, step: u64) -> f64 {
        self.config.learning_rate().value(step, self.budget)
    }

    /// The function itself.
    pub fn approximator(&self) -> &Approximator {
        &self.approximator
    }

    /// How many parameters there are.
    pub fn parameters(&self) -> usize {
        self.approximator.parameters().len()
    }

    /// Bytes of parameters, gradient and the optimizer's state.
    pub fn memory(&self) -> usize {
        size_of::<f32>() * self.parameters() * (2 + self.config.state_per_parameter())
    }

    /// The first parameter that is not a finite number, in words.
    pub fn broken_weight(&self) -> Option<String> {
        let parameters = self.approximator.parameters();
        let broken = parameters.iter().position(|weight| !weight.is_finite());
        broken.map(|index| format!("weight {index} is {}", parameters[index]))
    }

    /// What a checkpoint keeps.
    pub fn save(&self) -> LearnerState {
        LearnerState { parameters: self.approximator.parameters().to_vec(), optimizer: self.optimizer.state().clone() }
    }

    /// Goes on from what [`Learner::save`] returned.
    ///
    /// # Errors
    /// If it was saved by a learner with another number of parameters.
    pub fn load(&mut self, state: LearnerState) -> Result<(), StateError> {
        set_parameters(&mut self.approximator, &state.parameters)?;
        self.optimizer.restore(state.optimizer).map_err(StateError)
    }
}

/// Replaces all parameters.
///
/// # Errors
/// If there are more or fewer of them.
pub fn set_parameters(approximator: &mut Approximator, parameters: &[f32]) -> Result<(), StateError> {
    let own = approximator.parameters_mut();
    if own.len() != parameters.len() {
        let (own, saved) = (own.len(), parameters.len());
        return Err(StateError(format!("the state of an approximator with {saved} parameters, not {own}")));
    }
    own.copy_from_slice(parameters);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Backend;
    use crate::optim::{AdamConfig, MomentumConfig};
    use crate::rng::{Stream, stream};
    use tilde_envs::Space;

    fn optimizers(lazy: bool) -> [OptimizerConfig; 2] {
        let adam: AdamConfig = toml::from_str(&format!("learning_rate = 0.1\nlazy = {lazy}")).unwrap();
        let momentum: MomentumConfig = toml::from_str(&format!("learning_rate = 0.1\nlazy = {lazy}")).unwrap();
        [OptimizerConfig::Adam(adam), OptimizerConfig::Momentum(momentum)]
    }

    /// A network over four states, which are numbers for sparse features, and vectors with a single 1 for dense ones.
    fn learner(sparse: bool, optimizer: &OptimizerConfig) -> Learner {
        let space = match sparse {
            true => Space::Discrete { n: 4 },
            false => Space::Box { low: vec![0.0; 4], high: vec![1.0; 4] },
        };
        let features = if sparse { "one_hot" } else { "identity" };
        let approximator: ApproximatorConfig =
            toml::from_str(&format!("features = '{features}'\nhidden = [5]\nactivation = 'tanh'")).unwrap();
        let setup = AgentSetup {
            approximator: approximator.clone(),
            optimizer: optimizer.clone(),
            space,
            actions: 2,
            model: None,
            budget: 100,
            backend: Backend::default(),
            seed: 0,
        };
        let mut learner = Learner::new(&approximator, optimizer, 2, &setup, &mut stream(0, Stream::Init));
        let start = learner.approximator.parameters_mut();
        (0..).zip(start).for_each(|(index, weight)| *weight = (index as f32 * 0.7).sin());
        learner
    }

    /// Trains on one state for a while, then on another; returns the first layer's weights of each state `[4][5]`.
    fn train(sparse: bool, optimizer: &OptimizerConfig) -> [Vec<Vec<f32>>; 2] {
        let mut learner = learner(sparse, optimizer);
        [1, 2].map(|state| {
            for _ in 0..5 {
                let unit: Vec<f32> = (0..4).map(|other| f32::from(u8::from(other == state))).collect();
                let number = [state as f32];
                learner.record(if sparse { &number } else { &unit });
                learner.step(&[0.5, -1.0], 0.1);
            }
            learner.approximator().parameters()[..20].chunks(5).map(<[f32]>::to_vec).collect()
        })
    }

    #[test]
    fn a_step_is_the_same_for_sparse_and_dense_features_lazy_or_not() {
        for lazy in [false, true] {
            for optimizer in optimizers(lazy) {
                let [sparse, dense] = [true, false].map(|sparse| train(sparse, &optimizer));
                for (a, b) in sparse.iter().flatten().flatten().zip(dense.iter().flatten().flatten()) {
                    assert!((a - b).abs() < 1e-5, "{optimizer:?}: {a} and {b}");
                }
                let [before, after] = sparse;
                assert_eq!(before[0], after[0], "what never had a gradient stays");
                assert_eq!(before[1] == after[1], lazy, "{optimizer:?}: what had one goes on, unless lazy");
                assert_ne!(before[2], after[2]);
            }
        }
    }
}
