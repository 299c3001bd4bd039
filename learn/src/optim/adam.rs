//! Adam.

use burn::tensor::Tensor;
use pulp::{Simd, WithSimd};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flush_to_zero::{flush_mean, flush_means, flush_square, flush_squares};
use super::ranges::{check_common, check_decay, check_epsilon};
use super::update::{divisor, scaled};
use super::{OptimizerRule, OptimizerState, TensorState, TensorUpdate, Update};
use crate::invalid_value::{InvalidValue, all};
use crate::kernels::simd::widest;
use crate::registry::Part;
use crate::schedule::LearningRate;

/// Adam (Kingma & Ba 2015, algorithm 1), with PyTorch's defaults but for the learning rate, which has none:
///
/// m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  θ ← θ − α m̂ / (√v̂ + ε),
/// where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) correct the bias of the zero start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdamConfig {
    /// Learning rate α.
    pub learning_rate: LearningRate,
    /// β₁, the decay of the mean gradient.
    #[serde(default = "AdamConfig::beta_1")]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub beta_1: f64,
    /// β₂, the decay of the mean squared gradient.
    #[serde(default = "AdamConfig::beta_2")]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub beta_2: f64,
    /// ε, which keeps the divisor from zero.
    #[serde(default = "AdamConfig::epsilon")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub epsilon: f64,
    /// Divides by √(v̂ + ε) in place of √v̂ + ε. Then √ε is what counts next to √v̂, which calls for a smaller ε.
    #[serde(default)]
    pub epsilon_inside_root: bool,
    /// Whether the weights of a feature that is zero in all of a step's observations wait, and their moments with them,
    /// as in `torch.optim.SparseAdam`. By default they do not: their moments shrink and go on moving them, as in the
    /// published algorithm, in the same way for sparse and for dense features. With sparse features, waiting makes a
    /// step cost what is active instead of all weights, and needs a learning rate about three times as large.
    #[serde(default)]
    pub lazy: bool,
    /// Longest gradient: longer ones are shortened to it, over all parameters together. Absent means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub max_grad_norm: Option<f64>,
}

impl AdamConfig {
    /// Adam with this constant learning rate and the defaults of a config file.
    pub fn new(learning_rate: f64) -> AdamConfig {
        AdamConfig {
            learning_rate: LearningRate::Constant(learning_rate),
            beta_1: Self::beta_1(),
            beta_2: Self::beta_2(),
            epsilon: Self::epsilon(),
            epsilon_inside_root: false,
            lazy: false,
            max_grad_norm: None,
        }
    }

    pub(super) fn beta_1() -> f64 {
        0.9
    }

    pub(super) fn beta_2() -> f64 {
        0.999
    }

    pub(super) fn epsilon() -> f64 {
        1e-8
    }

    #[inline(always)]
    fn adam_step(&self) -> AdamStep {
        let Self { beta_1, beta_2, epsilon, epsilon_inside_root, .. } = *self;
        AdamStep { beta_1, beta_2, epsilon, epsilon_inside_root, weight_decay: 0.0 }
    }
}

impl Part for AdamConfig {
    const ID: &'static str = "adam";
    const SUMMARY: &'static str = "Adam (Kingma & Ba 2015)";
}

impl OptimizerRule for AdamConfig {
    fn learning_rate(&self) -> &LearningRate {
        &self.learning_rate
    }

    fn max_grad_norm(&self) -> Option<f64> {
        self.max_grad_norm
    }

    fn lazy(&self) -> Option<bool> {
        Some(self.lazy)
    }

    fn keeps_first_moment(&self) -> bool {
        true
    }

    fn keeps_second_moment(&self) -> bool {
        true
    }

    fn usable_rate(&self) -> f64 {
        100.0
    }

    fn check(&self) -> Result<(), InvalidValue> {
        all([
            check_common(&self.learning_rate, self.max_grad_norm),
            check_decay("beta_1", self.beta_1),
            check_decay("beta_2", self.beta_2),
            check_epsilon(self.epsilon),
        ])
    }

    fn step(&self, update: Update, state: &mut OptimizerState) {
        self.adam_step().step(update, state);
    }

    fn step_tensors(&self, update: TensorUpdate, state: &mut TensorState) -> Tensor<1> {
        self.adam_step().step_tensors(update, state)
    }
}

/// The step of Adam and AdamW: with a weight decay of 0 the second is the first.
pub(super) struct AdamStep {
    pub(super) beta_1: f64,
    pub(super) beta_2: f64,
    pub(super) epsilon: f64,
    pub(super) epsilon_inside_root: bool,
    pub(super) weight_decay: f64,
}

impl AdamStep {
    /// Moves the moments and the parameters.
    #[inline(always)]
    pub(super) fn step(self, update: Update, state: &mut OptimizerState) {
        let coefficients = self.coefficients(state.steps, update.scale);
        update.for_each_range(|range, rate, theta, gradient| {
            let (m, v) = (&mut state.first[range.clone()], &mut state.second[range]);
            coefficients.update(rate, theta, gradient, m, v);
        });
    }

    /// The same of tensors.
    pub(super) fn step_tensors(self, update: TensorUpdate, state: &mut TensorState) -> Tensor<1> {
        let by = self.coefficients(state.steps, 1.0); // the gradient comes clipped
        let TensorUpdate { parameters, gradient: g, rate, .. } = update;
        let m = flush_means(state.take_first() * by.beta_1 + g.clone() * by.weight_1);
        let v = flush_squares(state.take_second() * by.beta_2 + g.clone() * g * by.weight_2);
        state.first = Some(m.clone());
        state.second = Some(v.clone());
        let divisor = divisor(scaled(v, by.correction_2), by.epsilon, by.epsilon_inside_root);
        let parameters = match by.weight_decay {
            0.0 => parameters,
            decay => parameters.clone() - rate.times(decay).of(parameters),
        };
        parameters - rate.times(by.correction_1).of(m) / divisor
    }

    /// What step number `t` (from 1) multiplies by. Worked out in double precision: 1 − β loses digits in single.
    fn coefficients(&self, t: u64, scale: f32) -> Coefficients {
        Coefficients {
            scale,
            beta_1: self.beta_1 as f32,
            beta_2: self.beta_2 as f32,
            weight_1: (1.0 - self.beta_1) as f32,
            weight_2: (1.0 - self.beta_2) as f32,
            correction_1: correction(self.beta_1, t),
            correction_2: correction(self.beta_2, t),
            epsilon: self.epsilon as f32,
            epsilon_inside_root: self.epsilon_inside_root,
            weight_decay: self.weight_decay as f32,
        }
    }
}

/// 1 / (1 − βᵗ).
///
/// βᵗ is at most e^−(1 − β)t, and from e⁻¹⁸ on the result is 1 to 32 bits. Then the power is not computed: it takes
/// most of the time of a step over a few parameters.
fn correction(beta: f64, t: u64) -> f32 {
    if (1.0 - beta) * t as f64 > 18.0 { 1.0 } else { early_correction(beta, t) }
}

#[inline(never)] // the compiler takes a power for cheap, and would work it out before it looks at the condition
fn early_correction(beta: f64, t: u64) -> f32 {
    (1.0 / (1.0 - beta.powi(t as i32))) as f32
}

/// The numbers that are the same for all parameters of a step.
struct Coefficients {
    scale: f32,
    beta_1: f32,
    beta_2: f32,
    weight_1: f32,
    weight_2: f32,
    correction_1: f32,
    correction_2: f32,
    epsilon: f32,
    epsilon_inside_root: bool,
    weight_decay: f32,
}

/// From how many parameters on a range is worth asking the processor for its widest vectors.
const CHUNK: usize = 64;

impl Coefficients {
    /// One range: its parameters, their gradient and their two moments, all of one length.
    #[inline(always)]
    fn update(&self, rate: f32, theta: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32]) {
        if theta.len() < CHUNK {
            self.update_each(rate, theta, gradient, m, v);
        } else {
            widest(LongRange { coefficients: self, rate, theta, gradient, m, v });
        }
    }

    #[inline(always)]
    fn update_each(&self, rate: f32, theta: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32]) {
        if self.epsilon_inside_root {
            self.update_by::<true>(rate, theta, gradient, m, v);
        } else {
            self.update_by::<false>(rate, theta, gradient, m, v);
        }
    }

    #[inline(always)]
    fn update_by<const EPSILON_INSIDE_ROOT: bool>(
        &self,
        rate: f32,
        theta: &mut [f32],
        gradient: &[f32],
        m: &mut [f32],
        v: &mut [f32],
    ) {
        let (step, decay) = (rate * self.correction_1, rate * self.weight_decay);
        for (((theta, g), m), v) in theta.iter_mut().zip(gradient).zip(m).zip(v) {
            let g = self.scale * g;
            *m = flush_mean(self.beta_1 * *m + self.weight_1 * g);
            *v = flush_square(self.beta_2 * *v + self.weight_2 * (g * g));
            let v = *v * self.correction_2;
            let divisor = if EPSILON_INSIDE_ROOT { (v + self.epsilon).sqrt() } else { v.sqrt() + self.epsilon };
            *theta -= decay * *theta;
            *theta -= step * *m / divisor;
        }
    }
}

/// The update of a range that is worth wide vectors.
struct LongRange<'a> {
    coefficients: &'a Coefficients,
    rate: f32,
    theta: &'a mut [f32],
    gradient: &'a [f32],
    m: &'a mut [f32],
    v: &'a mut [f32],
}

impl WithSimd for LongRange<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let LongRange { coefficients, rate, theta, gradient, m, v } = self;
        coefficients.update_each(rate, theta, gradient, m, v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_begins_with_the_whole_bias() {
        assert_eq!(correction(0.0, 1), 1.0);
        assert_eq!(correction(0.5, 1), 2.0);
        assert_eq!(correction(0.5, 2), 4.0 / 3.0);
    }

    #[test]
    fn a_correction_that_is_not_worked_out_would_be_one() {
        for beta in [0.0, 0.5, 0.9, 0.999, 0.9999999] {
            let first = (18.0 / (1.0 - beta)) as u64 + 1;
            assert_eq!(early_correction(beta, first - 1), 1.0);
            assert_eq!(correction(beta, first), 1.0);
            assert_eq!(correction(beta, u64::MAX), 1.0);
        }
    }
}
