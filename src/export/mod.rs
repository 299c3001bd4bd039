//! Trained functions for other programs: their weights as safetensors, and a description of everything else that is needed
//! to compute their outputs.

mod description;
mod exported;

pub use exported::{Exported, export};
