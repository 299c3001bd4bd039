//! What a trained approximator looks like inside.
//!
//! | to | begin with |
//! |---|---|
//! | map values, advantages and greedy actions over two components of the state | [`Plane`] and [`ValueMap`] |

mod plane;
mod value_map;

pub use plane::{Others, Plane};
pub use value_map::ValueMap;
