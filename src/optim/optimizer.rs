//! The one step that all optimizers share: measure the gradient, clip, move the parameters.

use serde::{Deserialize, Serialize};

use super::clip::{clip_factor, global_norm};
use super::update::Update;
use super::{OptimizerConfig, ParamRange};

/// What an optimizer carries from step to step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerState {
    /// Steps made so far.
    pub steps: u64,
    /// The average gradient m of each parameter; empty for an optimizer that keeps none.
    pub first: Vec<f32>,
    /// The average squared gradient v of each parameter; empty for an optimizer that keeps none.
    pub second: Vec<f32>,
}

impl OptimizerState {
    fn zero(config: &OptimizerConfig, parameters: usize) -> OptimizerState {
        let moment = |kept| vec![0.0; if kept { parameters } else { 0 }];
        OptimizerState { steps: 0, first: moment(config.keeps_first()), second: moment(config.keeps_second()) }
    }

    /// Checks that the moments are those of an optimizer with this config over that many parameters.
    pub(super) fn check(&self, config: &OptimizerConfig, parameters: usize) -> Result<(), String> {
        let length = |kept| if kept { parameters } else { 0 };
        let expected = (length(config.keeps_first()), length(config.keeps_second()));
        let found = (self.first.len(), self.second.len());
        if expected != found {
            return Err(format!(
                "the state of {} over {parameters} parameters has moments of lengths {expected:?}, not {found:?}: restore \
                 the state of an optimizer with the same settings",
                config.id(),
            ));
        }
        Ok(())
    }
}

/// An optimizer with its state, for a flat slice of parameters.
#[derive(Clone, Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    parameters: usize,
    state: OptimizerState,
}

impl Optimizer {
    /// An optimizer of that many parameters that has not made a step.
    pub fn new(config: &OptimizerConfig, parameters: usize) -> Optimizer {
        Optimizer { config: config.clone(), parameters, state: OptimizerState::zero(config, parameters) }
    }

    /// Moves `parameters` one step against `gradient` and returns the gradient's Euclidean norm before clipping.
    ///
    /// Both slices are as long as the optimizer was made for. Only what lies in `ranges`, which do not overlap, is read or
    /// moved. A parameter outside all ranges stays where it is and its moments wait, as if it had no part in this step;
    /// only the count t in Adam's bias corrections is of all steps. Which parameters have ranges is for the caller to say
    /// (`lazy` in a config): all of them, as the algorithms are published, or those of active features, which is what
    /// `torch.optim.SparseAdam` does for the rows of an embedding that are not in the batch, and which keeps the cost of a
    /// step proportional to these.
    ///
    /// The norm is over all ranges together, and so is clipping, which leaves the gradient's direction as it is (as
    /// `torch.nn.utils.clip_grad_norm_`). A part's factor multiplies the learning rate, after clipping.
    ///
    /// # Panics
    /// If a slice has another length, or a part reaches beyond it.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], ranges: &[ParamRange], learning_rate: f64) -> f64 {
        assert_eq!(parameters.len(), self.parameters, "the parameters that the optimizer was made for");
        assert_eq!(gradient.len(), self.parameters, "one derivative for each parameter");
        self.state.steps += 1;
        let norm = global_norm(gradient, ranges);
        let scale = clip_factor(norm, self.config.max_grad_norm());
        let update = Update { parameters, gradient, ranges, learning_rate, scale };
        match &self.config {
            OptimizerConfig::Sgd(config) => config.step(update),
            OptimizerConfig::Momentum(config) => config.step(update, &mut self.state),
            OptimizerConfig::NormalizedGradient(config) => config.step(update, norm),
            OptimizerConfig::Rmsprop(config) => config.step(update, &mut self.state),
            OptimizerConfig::Adam(config) => config.step(update, &mut self.state),
            OptimizerConfig::Adamw(config) => config.step(update, &mut self.state),
        }
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
    /// If the state is of another number of parameters, or of an optimizer that keeps other moments. The optimizer is then
    /// as before.
    pub fn restore(&mut self, state: OptimizerState) -> Result<(), String> {
        state.check(&self.config, self.parameters)?;
        self.state = state;
        Ok(())
    }
}
