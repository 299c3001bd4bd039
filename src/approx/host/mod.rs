//! Multilayer perceptrons on the processor, by loops over slices.

mod encoded;
mod gradient;
mod network;

pub use encoded::Encoded;
pub use gradient::{Gradient, GradientState};
pub(super) use network::{Tape, backward, forward};
