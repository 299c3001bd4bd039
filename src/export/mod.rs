//! Trained functions for other programs: their weights as safetensors, or features, networks and weights as an ONNX graph;
//! and a description of everything that is needed to compute their outputs.

mod description;
mod exported;
mod graph;
mod onnx;
mod onnx_features;
mod protobuf;

pub use exported::{Exported, Format, export};
