//! Targets, losses and their derivatives, as pure functions on numbers.
//!
//! A derivative is with respect to an approximator's output, where backpropagation starts. Targets are constants: no
//! derivative is taken of them, which makes every update here a semi-gradient one.

mod policy_gradient;
mod policy_values;
mod supervised;
mod td;

pub use policy_gradient::{entropy, generalize_advantages, policy_derivatives, policy_loss, softmax};
pub use policy_values::{at_share, boltzmann_value, boltzmann_weights, epsilon_greedy_value};
pub use supervised::{cross_entropy, least_squares};
pub use td::{TdLoss, argmax, max_value, td_target};
