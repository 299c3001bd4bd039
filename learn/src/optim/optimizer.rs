//! The step that all optimizers share, over slices: measure the gradient, clip it, move the parameters.

use super::clip::{clip_factor, global_norm};
use super::update::Update;
use super::{OptimizerConfig, OptimizerState, ParamRange};

/// An optimizer with its state, for a flat slice of parameters.
#[derive(Clone, Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    parameters: usize,
    max_grad_norm: Option<f64>,
    state: OptimizerState,
}

impl Optimizer {
    /// An optimizer of that many parameters that has not made a step.
    pub fn new(config: &OptimizerConfig, parameters: usize) -> Optimizer {
        let (max_grad_norm, state) = (config.max_grad_norm(), OptimizerState::zero(config, parameters));
        Optimizer { config: config.clone(), parameters, max_grad_norm, state }
    }

    /// Moves `parameters` one step against `gradient` and returns the gradient's Euclidean norm before clipping.
    ///
    /// Both slices are as long as the optimizer was made for. Only what lies in `ranges`, which do not overlap, is read
    /// or moved. A parameter outside all ranges stays where it is and its moments wait, as if it had no part in this
    /// step; only the count t in Adam's bias corrections is of all steps. The caller says which parameters have ranges
    /// (`lazy` in a config): all of them, as the algorithms are published, or those of active features, which is what
    /// `torch.optim.SparseAdam` does for the rows of an embedding that are not in the batch, and which keeps the cost
    /// of a step proportional to these.
    ///
    /// The norm is over all ranges together, and so is clipping, which leaves the gradient's direction as it is (as
    /// `torch.nn.utils.clip_grad_norm_`). A range's factor multiplies the learning rate, after clipping.
    ///
    /// # Panics
    /// If a slice has another length, or a range reaches beyond it.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], ranges: &[ParamRange], learning_rate: f64) -> f64 {
        assert_eq!(parameters.len(), self.parameters, "the parameters that the optimizer was made for");
        assert_eq!(gradient.len(), self.parameters, "one derivative for each parameter");
        self.state.steps += 1;
        let norm = global_norm(gradient, ranges);
        let scale = clip_factor(norm, self.max_grad_norm);
        self.config.step(Update { parameters, gradient, ranges, learning_rate, scale, norm }, &mut self.state);
        norm
    }

    /// Its settings.
    pub fn config(&self) -> &OptimizerConfig {
        &self.config
    }

    /// The state, for a checkpoint.
    pub fn state(&self) -> &OptimizerState {
        &self.state
    }

    /// Goes on from what [`Optimizer::state`] returned.
    ///
    /// # Errors
    /// If the state is of another number of parameters, or of an optimizer that keeps other moments. The optimizer is
    /// then as before.
    pub fn restore(&mut self, state: OptimizerState) -> Result<(), String> {
        state.check(&self.config, self.parameters)?;
        self.state = state;
        Ok(())
    }
}
