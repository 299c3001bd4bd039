//! `tilde export`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Failure, checkpoints, in_columns, print};
use crate::export;
use crate::run::Checkpoint;

/// Write what a trained run has learned for other programs: weights, or a whole graph, and a description
#[derive(clap::Args)]
pub struct Args {
    /// The folder of a run [example: runs/cart-pole/default/seed-0]
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,

    /// The format of the file
    #[arg(long, value_enum)]
    format: Format,

    /// The file to write; FILE.json describes it: spaces, features with their constants, networks, and the run
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// The parameters of the evaluation with the highest mean return, or the newest ones [default: best, or last if there is no best]
    #[arg(long, value_name = "WHICH", value_parser = checkpoints())]
    checkpoint: Option<Checkpoint>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Named tensors with PyTorch's order of axes, for PyTorch, NumPy, JAX, and `initialization = { file = … }` of a config
    Safetensors,
    /// A graph from observations to the outputs, features included, for ONNX Runtime and others
    Onnx,
}

/// Loads the run and writes both files.
pub fn export(args: &Args) -> Result<(), Failure> {
    let format = match args.format {
        Format::Safetensors => export::Format::Safetensors,
        Format::Onnx => export::Format::Onnx,
    };
    let exported =
        export::export(&args.run, args.checkpoint, format).map_err(|why| Failure::Usage(in_columns(&why)))?;
    let written = exported.write(&args.out);
    let description = written.map_err(|error| {
        let message = format!("{}: cannot be written: {error}; choose another file with --out", args.out.display());
        Failure::Running(in_columns(&message))
    })?;
    print(&format!("Exported: {}\nDescription: {}\n", args.out.display(), description.display()))
}
