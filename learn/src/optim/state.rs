//! What an optimizer carries from step to step, in host memory and on a device.

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::OptimizerConfig;

/// What an optimizer carries from step to step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerState {
    /// Steps made so far; to a rule, the number of the step that it makes, from 1.
    pub steps: u64,
    /// The average gradient m of each parameter, `[P]`; empty for an optimizer that keeps none.
    pub first: Vec<f32>,
    /// The average squared gradient v of each parameter, `[P]`; empty for an optimizer that keeps none.
    pub second: Vec<f32>,
}

impl OptimizerState {
    /// The state before the first step.
    pub(super) fn zero(config: &OptimizerConfig, parameters: usize) -> OptimizerState {
        let moment = |kept| vec![0.0; if kept { parameters } else { 0 }];
        let (first, second) = (moment(config.keeps_first_moment()), moment(config.keeps_second_moment()));
        OptimizerState { steps: 0, first, second }
    }

    /// Checks that the moments are those of an optimizer with this config over that many parameters.
    pub(super) fn check(&self, config: &OptimizerConfig, parameters: usize) -> Result<(), String> {
        let length = |kept| if kept { parameters } else { 0 };
        let expected = (length(config.keeps_first_moment()), length(config.keeps_second_moment()));
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

/// What an optimizer carries from step to step, on a device.
#[derive(Clone, Debug)]
pub struct TensorState {
    /// Steps made so far; to a rule, the number of the step that it makes, from 1.
    pub steps: u64,
    /// The average gradient m, `[P]`; `None` for an optimizer that keeps none.
    pub first: Option<Tensor<1>>,
    /// The average squared gradient v, `[P]`; `None` for an optimizer that keeps none.
    pub second: Option<Tensor<1>>,
}

impl TensorState {
    /// The state before the first step.
    pub(super) fn zero(config: &OptimizerConfig, parameters: usize, device: &Device) -> TensorState {
        let moment = |kept: bool| kept.then(|| Tensor::zeros([parameters], (device, DType::F32)));
        let (first, second) = (moment(config.keeps_first_moment()), moment(config.keeps_second_moment()));
        TensorState { steps: 0, first, second }
    }

    /// A state of host memory, brought to the device.
    pub(super) fn on(device: &Device, state: OptimizerState) -> TensorState {
        let moment = |values: Vec<f32>| {
            let length = values.len();
            (length > 0).then(|| Tensor::from_data(TensorData::new(values, [length]), (device, DType::F32)))
        };
        TensorState { steps: state.steps, first: moment(state.first), second: moment(state.second) }
    }

    /// The same numbers in host memory.
    pub(super) fn to_host(&self) -> OptimizerState {
        let read = |moment: &Option<Tensor<1>>| moment.clone().map_or_else(Vec::new, numbers);
        OptimizerState { steps: self.steps, first: read(&self.first), second: read(&self.second) }
    }

    /// Takes m out, for a rule to move and put back: burn works in place on a tensor that nothing else holds.
    ///
    /// # Panics
    /// If the rule does not say that it keeps it ([`keeps_first_moment`](super::OptimizerRule::keeps_first_moment)).
    pub fn take_first(&mut self) -> Tensor<1> {
        self.first.take().expect("a rule that averages gradients says that it keeps the first moment")
    }

    /// Takes v out, in the same way.
    ///
    /// # Panics
    /// If the rule does not say that it keeps it ([`keeps_second_moment`](super::OptimizerRule::keeps_second_moment)).
    pub fn take_second(&mut self) -> Tensor<1> {
        self.second.take().expect("a rule that averages squares says that it keeps the second moment")
    }

    /// Puts back the moments of `before` where `takes_part` is false.
    pub(super) fn keep_where_not(&mut self, takes_part: &Tensor<1, Bool>, before: TensorState) {
        let merged =
            |before: Option<Tensor<1>>, moved: Option<Tensor<1>>| Some(before?.mask_where(takes_part.clone(), moved?));
        self.first = merged(before.first, self.first.take());
        self.second = merged(before.second, self.second.take());
    }
}

fn numbers(moment: Tensor<1>) -> Vec<f32> {
    moment.into_data().try_into_vec().expect("moments are 32-bit floats")
}
