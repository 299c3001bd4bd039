//! A run whose config is built in code, with its rows in memory and no folder: DQN learns to balance a pole.
//!
//! `cargo run --release --example train_in_code` takes a few seconds.

use tilde::agents::{DqnConfig, Exploration};
use tilde::approx::{ApproximatorConfig, Initialization};
use tilde::config::{Budget, RunConfig, Wrappers};
use tilde::device::Backend;
use tilde::losses::TdLoss;
use tilde::optim::AdamConfig;
use tilde::run::{Rows, Training};
use tilde::schedule::{LearningRate, Linear};
use tilde_envs::CartPoleConfig;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // As in configs/cart_pole.toml, with a third of its budget.
    let exploration = Exploration::EpsilonGreedy(Linear { initial: 1.0, end: 0.05, fraction: Some(0.5), steps: None });
    let falling = Linear { initial: 5e-4, end: 0.0, fraction: Some(1.0), steps: None };
    let config = RunConfig {
        variant: "dqn".to_owned(),
        backend: Backend::default(),
        budget: Budget { evaluate_every: 10_000, ..Budget::of(100_000) },
        diagnostics: None,
        env: CartPoleConfig::default().into(),
        wrappers: Wrappers::default(),
        algorithm: DqnConfig {
            buffer_size: 10_000,
            batch_size: 128,
            learning_starts: 10_000,
            train_freq: 10,
            loss: TdLoss::Mse,
            exploration,
            ..DqnConfig::default()
        }
        .into(),
        approximator: ApproximatorConfig {
            hidden: vec![120, 84],
            initialization: Initialization::Pytorch,
            ..ApproximatorConfig::default()
        },
        optimizer: AdamConfig { learning_rate: LearningRate::Linear(falling), ..AdamConfig::new(5e-4) }.into(),
    };

    let mut rows = Rows::default();
    let mut training = Training::new(&config, 0)?;
    let summary = training.run(&mut rows)?;

    println!("  steps  mean return of an evaluation");
    for evaluation in rows.evaluations.chunk_by(|a, b| a.step == b.step) {
        let mean = evaluation.iter().map(|row| row.total).sum::<f64>() / evaluation.len() as f64;
        println!("{:7}  {mean:6.1}", evaluation[0].step);
    }
    println!("{}: {} episodes, {} gradient steps", summary.outcome, summary.episodes, summary.updates);

    let values = training.agent().estimate(&[0.0; 4], summary.steps).value;
    println!("Q̃ of an upright pole at rest: {:.1?}", values.numbers());
    Ok(())
}
