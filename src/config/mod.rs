//! From a TOML file to a checked, typed experiment. No other module checks a setting again.

mod budget;
mod defaults;
mod diagnostics;
mod error;
mod example;
mod experiment;
mod extension;
mod foreign;
mod form;
mod grid;
mod load;
mod locate;
mod mistake;
mod overrides;
mod reach;
mod read;
mod schema;
mod search;
mod search_check;
mod search_keys;
mod seeds;
mod validate;
mod warnings;
mod weights;
mod wrappers;
mod written;

pub use budget::Budget;
pub use diagnostics::Diagnostics;
pub use error::{ConfigError, ConfigErrors, Excerpt};
pub use experiment::{Experiment, RunConfig, Variant};
pub use extension::extended;
pub use load::{Loaded, changed_env, load, load_for, nearest, parse, parse_in, with_settings};
pub use schema::schema;
pub use search::Search;
pub use search_check::check_rungs;
pub use seeds::Seeds;
pub use warnings::warnings;
pub use weights::name_copies;
pub use wrappers::Wrappers;
pub use written::{Refusal, Written};

use experiment::{MAX_VARIANTS, SLOTS};
