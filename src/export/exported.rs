//! The files of an export.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::description::Description;
use crate::agents::named_weights;
use crate::results::write_atomically;
use crate::run::{Checkpoint, load};
use crate::safetensors::encode;

/// What a trained agent has learned, as the content of two files.
pub struct Exported {
    /// A safetensors file with all weights.
    pub weights: Vec<u8>,
    /// A JSON document: the environment, its spaces, the features with their constants, the networks, and the run.
    pub description: String,
}

/// Exports the agent of the run in the folder `run`, as a checkpoint has it: `None` for the best if there is one, else the last.
///
/// # Errors
/// If the run cannot be loaded, or its agent learns nothing. The message says what to do.
pub fn export(run: &Path, checkpoint: Option<Checkpoint>) -> Result<Exported, String> {
    let loaded = load(run, checkpoint).map_err(|error| error.to_string())?;
    let weights = named_weights(loaded.agent.as_ref());
    if weights.is_empty() {
        let algorithm = loaded.config.algorithm.id();
        return Err(format!(
            "{}: the algorithm `{algorithm}` learns nothing, so there are no weights: export a run of another one",
            run.display()
        ));
    }
    let description = Description::of(&loaded, run)?;
    let text = serde_json::to_string_pretty(&description).map_err(|error| error.to_string())?;
    let metadata = [("format", "pt"), ("description", "the JSON document beside this file")];
    let metadata = metadata.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
    Ok(Exported { weights: encode(&weights, &metadata), description: text + "\n" })
}

impl Exported {
    /// Writes the weights to `file` and the description to the path with `.json` at its end, which is returned. Files of these
    /// names are replaced.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, file: &Path) -> io::Result<PathBuf> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = file.file_name().ok_or_else(|| io::Error::other("the path has no file name"))?;
        fs::create_dir_all(folder)?;
        let description = file.with_added_extension("json");
        write_atomically(&folder.join(name), &self.weights)?;
        write_atomically(&folder.join(name).with_added_extension("json"), self.description.as_bytes())?;
        Ok(description)
    }
}
