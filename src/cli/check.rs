//! `tilde check`.

use super::selection::Selection;
use super::{Failure, print};
use crate::config::RunConfig;
use crate::experiment::{Alignment, aligned};

/// Validate an experiment and list its runs, without running anything
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    experiment: Selection,
}

/// Prints what the experiment would run.
pub fn check(args: &Args) -> Result<(), Failure> {
    let experiment = args.experiment.load()?;
    let variants = experiment.variants();
    let seeds = experiment.seeds.list();
    let runs = variants.len() * seeds.len();
    print(&format!(
        "{}: {} variants × {} seeds = {runs} runs of {} steps on {}\n\n{}",
        experiment.name,
        variants.len(),
        seeds.len(),
        experiment.budget.steps,
        experiment.device.name(),
        table(&variants)
    ))
}

fn table(variants: &[RunConfig]) -> String {
    use Alignment::{Left, Right};
    let header = [
        ("variant", Left),
        ("environment", Left),
        ("algorithm", Left),
        ("approximator", Left),
        ("parameters", Right),
        ("observations", Left),
        ("actions", Right),
    ];
    aligned(&header, &variants.iter().map(row).collect::<Vec<_>>())
}

fn row(run: &RunConfig) -> Vec<String> {
    let env = run.env.build().expect("a checked environment builds");
    let setup = run.agent_setup(0);
    let widths = run.approximator.widths(setup.features.len(), setup.actions);
    vec![
        run.variant.clone(),
        run.env.id().to_owned(),
        run.algorithm.id().to_owned(),
        format!(
            "{} {}",
            run.approximator.features.name(),
            widths.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
        ),
        run.approximator.parameters(setup.features.len(), setup.actions).to_string(),
        env.observation_space().to_string(),
        env.actions().to_string(),
    ]
}
