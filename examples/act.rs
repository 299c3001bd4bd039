//! Loads a trained run and plays one greedy episode. `cargo run --release -- train configs/smoke.toml` trains one, and
//! `cargo run --release --example act -- runs/smoke/default/seed-0` plays.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: act RUN_FOLDER, such as runs/smoke/default/seed-0");
        return ExitCode::from(2);
    };
    match play(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn play(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut run = tilde::run::load(folder)?;
    let mut env = run.config.env.build()?;
    let mut rng = run.evaluation_stream();
    let mut observation = vec![0.0; env.observation_space().len()];
    env.reset(&mut rng, &mut observation);
    println!("{} with seed {} after {} steps", run.config.variant, run.seed, run.step);
    println!("values of the first observation: {:?}", run.values(&observation));
    let mut total = 0.0;
    for length in 1.. {
        let action = run.act(&observation, &mut rng);
        let outcome = env.step(action, &mut rng, &mut observation);
        total += outcome.reward;
        if outcome.ending.is_over() {
            println!("return {total} in {length} steps, {:?}", outcome.ending);
            break;
        }
    }
    Ok(())
}
