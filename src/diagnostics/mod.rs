//! Measures of what a function has learned: of its units, its layers, its regions, and its values.
//!
//! Pure functions of numbers, of a [`Function`](crate::approx::Function) and of an [`Agent`](crate::agents::Agent). None
//! changes what an agent knows. `tilde inspect` prints them, and `[diagnostics]` logs the cheap ones during training.
//!
//! ```
//! use tilde::approx::HiddenLayer;
//! use tilde::diagnostics::{UnitActivity, effective_rank, singular_values};
//!
//! // The outputs of a hidden layer of three units for two states, [2 · 3].
//! let outputs = vec![3.0, 0.0, 1.0, 4.0, 0.0, 2.0];
//! let activity = UnitActivity::of(&HiddenLayer { name: "layers.0".to_owned(), units: 3, outputs: outputs.clone() });
//! assert_eq!(activity.always_off(), [1]);
//! assert_eq!(activity.dormant(UnitActivity::TAU), [1]);
//!
//! let singular = singular_values(&outputs, 3); // with the sum of their squares ‖A‖² = 9 + 1 + 16 + 4
//! assert!((singular.iter().map(|value| value * value).sum::<f64>() - 30.0).abs() < 1e-5);
//! assert_eq!(effective_rank(&singular), 2);
//! ```

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
