//! What a trained approximator looks like inside.
//!
//! | to | begin with |
//! |---|---|
//! | look inside a trained run: layers, units, regions, calibration | [`inspect()`](inspect) |
//! | map values, advantages and greedy actions over two components of the state | [`Plane`] and [`ValueMap`] |

mod figures;
mod function;
mod inspection;
mod layers;
mod plane;
mod text;
mod value_map;
mod weight_map;

pub use function::InspectedFunction;
pub use inspection::{Inspection, InspectionOptions, inspect};
pub use layers::Layer;
pub use plane::{Others, Plane};
pub use text::inspection_text;
pub use value_map::ValueMap;
pub use weight_map::WeightMap;
