//! The experiment of a command: a config file, and the changes to it on the command line.

use std::io::{self, Write};
use std::path::PathBuf;

use super::Failure;
use crate::config::{Experiment, Loaded, Seeds, load_for, warnings};
use crate::device::DeviceName;

/// Which experiment, which seeds and which variants.
#[derive(clap::Args)]
pub struct Selection {
    /// The experiment, a TOML file
    config: PathBuf,

    /// Set one value of the config, or of one variant with variant.NAME.KEY.PATH=VALUE; may be given several times
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    set: Vec<String>,

    /// Seeds in place of the config's: a half-open range, one seed, or a list [examples: `0..30`, `7`, `1,5,9`]
    #[arg(long, value_name = "SEEDS", value_parser = str::parse::<Seeds>)]
    seeds: Option<Seeds>,

    /// Only this variant; may be given several times
    #[arg(long, value_name = "VARIANT")]
    only: Vec<String>,

    /// Device in place of the config's: flex, ndarray, cuda or wgpu
    #[arg(long, value_name = "D", value_parser = str::parse::<DeviceName>)]
    device: Option<DeviceName>,
}

impl Selection {
    /// Reads the config and applies the changes of the command line. Notes and warnings go to standard error, unless `quiet`.
    pub fn load(&self, quiet: bool) -> Result<Experiment, Failure> {
        self.load_written(quiet).map(|loaded| loaded.experiment)
    }

    /// The same with what the file says, for a search.
    pub fn load_written(&self, quiet: bool) -> Result<Loaded, Failure> {
        let mut overrides = self.set.clone();
        if let Some(device) = self.device {
            device.check().map_err(|error| Failure::Usage(format!("--{error}")))?;
            overrides.push(format!("device={}", device.name())); // so that the file's device need not be there
        }
        let loaded = load_for(&self.config, &overrides, &self.only);
        let mut loaded = loaded.map_err(|errors| Failure::Usage(errors.to_string()))?;
        let experiment = &mut loaded.experiment;
        if let Some(seeds) = &self.seeds {
            experiment.seeds = seeds.clone();
        }
        experiment.keep_only(&self.only).map_err(|message| Failure::Usage(format!("--only {message}")))?;
        if !quiet {
            loaded.notes.iter().for_each(|note| tell("note", note));
            warnings(experiment).iter().for_each(|warning| tell("warning", warning));
        }
        Ok(loaded)
    }
}

fn tell(kind: &str, text: &str) {
    let _ = writeln!(io::stderr(), "{kind}: {text}"); // a failure to write it cannot be reported
}
