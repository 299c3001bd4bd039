//! `tilde schema`.

use super::{Failure, print};
use crate::config;

/// Print the JSON Schema of a config file, for editors
#[derive(clap::Args)]
pub struct Args {}

/// Prints the schema.
pub fn schema(_: &Args) -> Result<(), Failure> {
    print(&format!("{:#}\n", config::schema()))
}
