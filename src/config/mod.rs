//! From a TOML file to a checked, fully typed experiment. After this module nobody checks a value again.

mod budget;
mod defaults;
mod error;
mod experiment;
mod extension;
mod grid;
mod load;
mod locate;
mod overrides;
mod schema;
mod seeds;

pub use budget::Budget;
pub use error::ConfigError;
pub use experiment::{Experiment, RunConfig, Variant};
pub use extension::extended;
pub use load::{env_with_settings, load, nearest, parse};
pub use schema::schema;
pub use seeds::Seeds;
