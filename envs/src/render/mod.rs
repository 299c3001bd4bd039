//! Drawings of environments, apart from their dynamics.
//!
//! A [`Render`] turns the [`Scene`] of one step into an SVG text. It knows the observation and nothing of the environment's
//! inner state. [`Environment::renderer`](crate::Environment::renderer) makes it. [`Drawing`] writes the elements of an SVG,
//! and [`draw_learned`] the bars of learned values beside a scene; a renderer of your own may use both or neither. A terminal
//! shows pixels of the SVG, or a [`TextDrawing`] where the renderer makes one.

mod acrobot;
mod bars;
mod cart_pole;
mod catch;
mod colours;
mod drawing;
mod mountain_car;
mod numbers;
mod renderer;
mod rotation;
mod scene;
mod text_drawing;
mod turn;

pub use acrobot::AcrobotRenderer;
pub use bars::draw_learned;
pub use cart_pole::CartPoleRenderer;
pub use catch::CatchRenderer;
pub use colours::{BLUE, CARD, GREEN, GREY, INK, MUTED, ORANGE, RED, sequential};
pub use drawing::{Anchor, Drawing, escaped, typeset};
pub use mountain_car::MountainCarRenderer;
pub use numbers::{number, return_so_far, with_minus};
pub use renderer::Render;
pub use rotation::{Body, RotationRenderer};
pub use scene::{Learned, LearnedValue, Scene};
pub use text_drawing::{TextCell, TextDrawing, rgb};
