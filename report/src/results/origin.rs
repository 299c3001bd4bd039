//! What the runs of an experiment began from, if not from new weights: `origin.json`, in the experiment's folder.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ORIGIN;
use super::json::{read_json, write_json};

/// The experiment whose weights the runs of another one began with. Steps and rows of the new one go on where those of the old one
/// ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The names of all experiments before this one, the oldest first. The weights are those of the last.
    pub experiments: Vec<String>,
    /// The folder of the last one, as the command line named it.
    pub folder: PathBuf,
    /// The checksum of its `experiment.toml`, the same as in its manifests.
    pub config_hash: String,
}

impl Origin {
    /// Reads the `origin.json` of an experiment's folder; `None` where its runs began with new weights.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read(folder: &Path) -> io::Result<Option<Origin>> {
        read_json(&folder.join(ORIGIN))
    }

    /// Writes `origin.json` into an experiment's folder.
    ///
    /// # Errors
    /// If the file cannot be written, or the old folder's name is not Unicode.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        write_json(&folder.join(ORIGIN), self)
    }

    /// Whether both mean the same weights. Their folders may be named differently.
    pub fn is_that_of(&self, other: &Origin) -> bool {
        (&self.experiments, &self.config_hash) == (&other.experiments, &other.config_hash)
    }
}
