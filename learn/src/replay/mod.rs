//! Experience replay (Lin 1992): transitions in a ring, drawn at random. No burn in here.

mod bits;
mod buffer;
mod bytes;
mod memory;
mod storage;
mod transition;

pub use buffer::{Batch, ReplayBuffer};
pub use transition::Transition;
