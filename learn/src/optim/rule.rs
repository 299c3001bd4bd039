//! The optimizer slot: what a config file can name after `optimizer`.

use std::sync::{Arc, LazyLock};

use burn::tensor::Tensor;
use tilde_envs::registry::{AnyPart, DefaultPart, Entry, Part, Registry, Slot, SlotKind, Takes};

use super::state::{OptimizerState, TensorState};
use super::update::{TensorUpdate, Update};
use super::{AdamConfig, AdamwConfig, MomentumConfig, NormalizedGradientConfig, RmspropConfig, SgdConfig};
use crate::invalid_value::InvalidValue;
use crate::schedule::LearningRate;

/// The settings of an optimizer, and its rule: how a gradient moves the parameters.
///
/// A rule has two forms, which compute the same: loops over slices in host memory ([`OptimizerRule::step`]), and a few
/// operations on tensors for every other device ([`OptimizerRule::step_tensors`]). [`Optimizer`](super::Optimizer) and
/// [`TensorOptimizer`](super::TensorOptimizer) do what all rules share: they measure the gradient, clip it, count the
/// steps, and keep the moments.
///
/// ```
/// use burn::tensor::Tensor;
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use tilde::invalid_value::InvalidValue;
/// use tilde::optim::{Optimizer, OptimizerConfig, OptimizerRule, OptimizerState, ParamRange};
/// use tilde::optim::{TensorState, TensorUpdate, Update};
/// use tilde::registry::Part;
/// use tilde::schedule::LearningRate;
///
/// /// θ ← θ − α g, and then θ ← (1 − λ) θ.
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// struct FadingConfig {
///     /// α.
///     learning_rate: LearningRate,
///     /// λ.
///     fade: f32,
/// }
///
/// impl Part for FadingConfig {
///     const ID: &'static str = "fading";
///     const SUMMARY: &'static str = "gradient descent whose weights fade";
/// }
///
/// impl OptimizerRule for FadingConfig {
///     fn learning_rate(&self) -> &LearningRate {
///         &self.learning_rate
///     }
///
///     fn check(&self) -> Result<(), InvalidValue> {
///         self.learning_rate.check().map_err(|e| e.within("learning_rate"))
///     }
///
///     fn step(&self, update: Update, _: &mut OptimizerState) {
///         let scale = update.scale;
///         update.for_each_range(|_, rate, theta, gradient| {
///             for (theta, g) in theta.iter_mut().zip(gradient) {
///                 *theta = (1.0 - self.fade) * (*theta - rate * (scale * g));
///             }
///         });
///     }
///
///     fn step_tensors(&self, update: TensorUpdate, _: &mut TensorState) -> Tensor<1> {
///         (update.parameters - update.rate.of(update.gradient)) * (1.0 - self.fade)
///     }
/// }
///
/// let config = OptimizerConfig::from(FadingConfig { learning_rate: LearningRate::Constant(0.5), fade: 0.1 });
/// let (mut theta, whole) = ([1.0], ParamRange { range: 0..1, factor: 1.0 });
/// Optimizer::new(&config, 1).step(&mut theta, &[1.0], &[whole], 0.5);
/// assert_eq!(theta, [0.45]);
/// ```
pub trait OptimizerRule: AnyPart {
    /// The learning rate and its schedule.
    fn learning_rate(&self) -> &LearningRate;

    /// Checks every range.
    ///
    /// # Errors
    /// The settings out of range, under keys of their own table, such as `beta_1`.
    fn check(&self) -> Result<(), InvalidValue>;

    /// Moves the parameters in place, and the moments that the rule keeps.
    fn step(&self, update: Update, state: &mut OptimizerState);

    /// The same step of tensors: returns the moved parameters `[P]`.
    fn step_tensors(&self, update: TensorUpdate, state: &mut TensorState) -> Tensor<1>;

    /// The longest gradient: longer ones are clipped to this norm, over all parameters together. `None` clips nothing.
    fn max_grad_norm(&self) -> Option<f64> {
        None
    }

    /// Whether the weights of features that are zero in all of a step's observations wait, and their moments with them.
    /// `None` for a rule without moments: it leaves weights without a gradient where they are in any case.
    fn lazy(&self) -> Option<bool> {
        None
    }

    /// Whether it keeps an average gradient m of each parameter, [`OptimizerState::first`].
    fn keeps_first_moment(&self) -> bool {
        false
    }

    /// Whether it keeps an average squared gradient v of each parameter, [`OptimizerState::second`].
    fn keeps_second_moment(&self) -> bool {
        false
    }

    /// The largest learning rate that anything is known to learn with; a config with a larger one is warned of.
    /// Gradients may be small, and 1000, the default, is beyond what the smallest features need. 100 is enough for a
    /// rule that divides the gradient by its own size: each step then moves a parameter, or all of them together, by
    /// about the learning rate.
    fn usable_rate(&self) -> f64 {
        1000.0
    }
}

/// An optimizer with its settings, as a config file has it: `[optimizer.adam]` and its keys.
pub type OptimizerConfig = Slot<dyn OptimizerRule>;

/// Every optimizer: one line each.
static OPTIMIZERS: LazyLock<Registry<dyn OptimizerRule>> = LazyLock::new(|| {
    Registry::new([
        Entry::of::<SgdConfig>(),
        Entry::of::<MomentumConfig>(),
        Entry::of::<NormalizedGradientConfig>(),
        Entry::of::<RmspropConfig>(),
        Entry::of::<AdamConfig>(),
        Entry::of::<AdamwConfig>(),
    ])
});

/// The optimizers by name.
pub fn optimizers() -> &'static Registry<dyn OptimizerRule> {
    &OPTIMIZERS
}

impl SlotKind for dyn OptimizerRule {
    const NAME: &'static str = "OptimizerConfig";
    const NOUN: &'static str = "an optimizer";

    fn registry() -> &'static Registry<dyn OptimizerRule> {
        &OPTIMIZERS
    }
}

impl<P: Part + OptimizerRule> Takes<P> for dyn OptimizerRule {
    fn erase(part: P) -> Arc<Self> {
        Arc::new(part)
    }
}

impl DefaultPart for dyn OptimizerRule {
    /// Gradient descent with a learning rate of 1, for what does not learn.
    fn default_part() -> OptimizerConfig {
        SgdConfig::constant(1.0).into()
    }
}

impl dyn OptimizerRule {
    /// How many numbers of state it keeps per parameter: 0, 1 or 2.
    pub fn state_per_parameter(&self) -> usize {
        usize::from(self.keeps_first_moment()) + usize::from(self.keeps_second_moment())
    }
}
