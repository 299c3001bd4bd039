//! Where the row files of a run end.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::results::{EPISODES, EVALUATIONS, UPDATES, VALUES};

/// Bytes in each row file at one time. A run that goes on from a checkpoint cuts the files off at its positions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    pub episodes: u64,
    pub evaluations: u64,
    pub updates: u64,
    pub values: u64,
}

impl Positions {
    /// The first file that has fewer bytes than at the checkpoint, if there is one, in words.
    pub fn missing_rows(&self, folder: &Path) -> Option<String> {
        let files = [
            (EPISODES, self.episodes),
            (EVALUATIONS, self.evaluations),
            (UPDATES, self.updates),
            (VALUES, self.values),
        ];
        files.into_iter().find_map(|(name, expected)| {
            let found = fs::metadata(folder.join(name)).map_or(0, |file| file.len());
            (found < expected).then(|| format!("{name} has {found} bytes, but {expected} were there then"))
        })
    }
}
