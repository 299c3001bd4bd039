//! Multilayer perceptrons on the processor, by loops over slices.

mod encoded;
mod function;
mod gradient;
mod network;

pub use encoded::Encoded;
pub use function::HostFunction;
pub use gradient::{Gradient, GradientState};
use network::{Tape, backward, forward};
