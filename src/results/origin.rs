//! Where the runs of an experiment began, if not with new weights: `origin.json`, in the experiment's folder.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ORIGIN;

/// The experiment from whose weights another one goes on. Rows and steps of the new one begin where those of the old one ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The names of all experiments before this one, the oldest first. The weights are those of the last.
    pub experiments: Vec<String>,
    /// The folder of the last, as the command named it.
    pub folder: PathBuf,
    /// The hash of its `experiment.toml`, as its manifests have it.
    pub config_hash: String,
}

impl Origin {
    /// Reads the `origin.json` of an experiment's folder; nothing where its runs began with new weights.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read(folder: &Path) -> io::Result<Option<Origin>> {
        match std::fs::read(folder.join(ORIGIN)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => Ok(Some(serde_json::from_slice(&read?)?)),
        }
    }

    /// The content of the file.
    ///
    /// # Errors
    /// If the folder's name is not Unicode.
    pub fn to_json(&self) -> io::Result<String> {
        serde_json::to_string_pretty(self).map(|text| format!("{text}\n")).map_err(io::Error::other)
    }

    /// Whether the weights are the same ones: whatever way leads to their folder.
    pub fn is_that_of(&self, other: &Origin) -> bool {
        (&self.experiments, &self.config_hash) == (&other.experiments, &other.config_hash)
    }
}
