//! Measures of what a function has learned: of its units, its layers, its regions, and its values.
//!
//! Pure functions of numbers, of a [`Function`](crate::approx::Function) and of an [`Agent`](crate::agents::Agent). None
//! changes what an agent knows. `tilde inspect` prints them, and `[diagnostics]` logs the cheap ones during training.

mod calibration;
mod interference;
mod measure;
mod plane_regions;
mod regions;
mod singular_values;
mod units;
mod visits;

pub use calibration::{Bin, Calibration};
pub use interference::Interference;
pub use measure::measure;
pub use plane_regions::{ActivationRegion, RectifiedLayer, Slice, regions_in_plane, regions_on_line};
pub use regions::Regions;
pub use singular_values::{effective_rank, singular_values};
pub use units::UnitActivity;
pub use visits::{Visit, Visits};
