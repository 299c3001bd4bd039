//! The files of an export.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::description::Description;
use super::onnx::onnx;
use crate::agents::named_weights;
use crate::results::write_atomically;
use crate::run::{Checkpoint, load};
use crate::safetensors::encode;

/// The format of an exported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// All weights as named tensors, with PyTorch's order of axes.
    Safetensors,
    /// An ONNX graph from observations to the outputs of every function.
    Onnx,
}

/// What a trained agent has learned, as the content of two files.
pub struct Exported {
    /// The file in the format that was asked for.
    pub file: Vec<u8>,
    /// A JSON document: the environment, its spaces, the features with their constants, the networks, and the run.
    pub description: String,
}

/// Exports the agent of the run in the folder `run`, as a checkpoint has it: `None` for the best if there is one, else the last.
///
/// ```
/// use tilde::export::{Format, export};
///
/// # let text = "name = 'walk'\nseeds = [0]\nenv = 'gridworld'\nalgorithm = 'q_learning'\napproximator = {}\n\
/// #     optimizer = { sgd = { learning_rate = 0.5 } }\nbudget = { steps = 5_000 }";
/// # let out = tempfile::tempdir()?;
/// # let options = tilde::experiment::Options::new(out.path());
/// # let prepared = tilde::experiment::prepare(&tilde::config::parse(text, "walk.toml", &[])?, &options)?;
/// # let folder = prepared.folder.join("default/seed-0"); // in a program of your own: "runs/walk/default/seed-0"
/// # tilde::experiment::run(prepared, &options, &tilde::experiment::Progress::new(true));
/// let exported = export(&folder, None, Format::Safetensors)?;
/// let tensors = tilde::safetensors::decode(&exported.file)?;
/// let table = &tensors["q.layers.0.weight"];
/// assert_eq!(table.shape, [4, 16]); // actions × states
/// exported.write(&out.path().join("q.safetensors"))?; // and q.safetensors.json, which says what the file holds
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the run cannot be loaded, its agent learns nothing, or a part of it has no form in ONNX. The message says what to do.
pub fn export(run: &Path, checkpoint: Option<Checkpoint>, format: Format) -> Result<Exported, String> {
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
    let file = match format {
        Format::Safetensors => encode(&weights, &[("format".to_owned(), "pt".to_owned())].into()),
        Format::Onnx => onnx(&loaded).map_err(|why| format!("{}: {why}", run.display()))?,
    };
    Ok(Exported { file, description: text + "\n" })
}

impl Exported {
    /// Writes the file to `path` and the description to the path with `.json` at its end, which is returned. Files of these
    /// names are replaced.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<PathBuf> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().ok_or_else(|| io::Error::other("the path has no file name"))?;
        fs::create_dir_all(folder)?;
        let description = path.with_added_extension("json");
        write_atomically(&folder.join(name), &self.file)?;
        write_atomically(&folder.join(name).with_added_extension("json"), self.description.as_bytes())?;
        Ok(description)
    }
}
