//! Clipping by the global norm.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scales all gradients by one factor so that their joint Euclidean norm is at most `max_norm` (Pascanu et al. 2013), and
/// returns the norm before that. Without `max_norm` the gradients stay as they are.
///
/// As in `torch.nn.utils.clip_grad_norm_`; burn's own clipping looks at each tensor by itself, which turns the gradient
/// into another direction.
pub fn clip_global_norm<M: Module>(gradients: &mut GradientsParams, module: &M, max_norm: Option<f64>) -> f64 {
    let mut sum = SumOfSquares { gradients, total: None };
    module.visit(&mut sum);
    let norm = sum.total.map_or(0.0, |total| f64::from(total.into_scalar::<f32>()).sqrt());
    if let Some(max_norm) = max_norm
        && norm > max_norm
    {
        module.visit(&mut Scale { gradients, factor: max_norm / norm });
    }
    norm
}

/// Adds up the squares on the device: one number is read back, not one per parameter.
struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    total: Option<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let square = gradient.square().sum();
            self.total = Some(match self.total.take() {
                Some(total) => total + square,
                None => square,
            });
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient.mul_scalar(self.factor));
        }
    }
}
