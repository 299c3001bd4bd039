//! What a trained run's functions give for observations: reads JSON lines with an `observation`, as `tilde rollout` prints them,
//! and prints one line for each, such as `{"q":[0.25,0.5]}`. A copy of the functions elsewhere is checked against them:
//!
//! `tilde rollout cart_pole --steps 1000 | cargo run --release --example values -- runs/cart-pole/default/seed-0`

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use serde::Deserialize;
use tilde::agents::prefixes;
use tilde::approx::Weights;

#[derive(Deserialize)]
struct Line {
    observation: Vec<f32>,
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: values RUN_FOLDER, such as runs/smoke/default/seed-0");
        return ExitCode::from(2);
    };
    match print_values(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn print_values(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut run = tilde::run::load(folder, None)?;
    let prefixes = prefixes(run.agent.as_ref());
    for line in std::io::stdin().lines() {
        let Line { observation } = serde_json::from_str(&line?)?;
        let functions = prefixes.iter().zip(run.agent.functions_mut());
        let values: BTreeMap<&String, Vec<f32>> = functions
            .map(|(name, function)| (name, function.outputs(Weights::Online, &observation).to_vec()))
            .collect();
        println!("{}", serde_json::to_string(&values)?);
    }
    Ok(())
}
