//! Episodes as pictures: an animation, or a PNG file for each step. No display is needed.
//!
//! [`record`] plays a greedy episode and keeps what a drawing shows of it. The environment's
//! [`Render`](tilde_envs::render::Render) draws; what is here plays, rasterises and writes.

mod animation;
mod error;
mod files;
mod recording;

pub use animation::{Animation, AnimationLimits, MAX_GIF_BYTES};
pub use error::RenderError;
pub use recording::{Recording, record};
