//! Feature maps φ: what an approximator sees of an observation. Pure functions over slices, no burn.
//!
//! A map is dense, any numbers ([`DenseMap`]), or sparse: a fixed number of features are 1 and all others 0
//! ([`SparseMap`]), so that a layer can add up a few rows of its weights instead of multiplying all of them. Sparse
//! maps cut the space into cells; dense ones compute.
//!
//! A new map is one file: its settings as a [`Part`](crate::registry::Part) with [`FeatureSettings`], and the fitted
//! map; and one line of the list in `settings.rs`. The tests run over that list.

mod bins;
mod cells;
mod counts;
mod feature_map;
mod fourier;
mod grid;
mod identity;
mod one_hot;
mod polynomial;
mod ranges;
mod rbf;
mod scaled;
mod settings;
mod tiles;

pub use bins::BinsConfig;
pub use counts::Counts;
pub use feature_map::{DenseMap, FeatureMap, MAX_ACTIVE, SparseMap};
pub use fourier::FourierConfig;
pub use identity::IdentityConfig;
pub use one_hot::OneHotConfig;
pub use polynomial::PolynomialConfig;
pub use rbf::RbfConfig;
pub use scaled::ScaledConfig;
pub use settings::{FeatureConfig, FeatureSettings, feature_maps};
pub use tiles::TilesConfig;

#[cfg(test)]
mod tests;
