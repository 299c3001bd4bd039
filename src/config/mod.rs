//! From a TOML file to a checked, fully typed experiment. After this module nobody checks a value again.

mod budget;
mod defaults;
mod error;
mod example;
mod experiment;
mod extension;
mod foreign;
mod grid;
mod load;
mod locate;
mod overrides;
mod reach;
mod schema;
mod seeds;
mod typed;
mod warnings;
mod words;

pub use budget::Budget;
pub use error::{ConfigError, ConfigErrors, Excerpt};
pub use experiment::{Experiment, RunConfig, Variant};
pub use extension::extended;
pub use load::{Loaded, env_with_settings, load, load_for, nearest, parse};
pub use schema::schema;
pub use seeds::Seeds;
pub use warnings::warnings;

use experiment::{MAX_VARIANTS, SLOTS};
