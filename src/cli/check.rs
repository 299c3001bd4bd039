//! `tilde check`.

use super::selection::Selection;
use super::{Failure, print};
use crate::approx::{ApproximatorConfig, FeatureMap};
use crate::config::RunConfig;
use crate::report::{Alignment, aligned};

/// Validate an experiment and list its runs, without running anything
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    experiment: Selection,

    /// Print the resolved experiment, with every default and override filled in, in place of the list
    #[arg(long)]
    print: bool,
}

/// Prints what the experiment would run, or the experiment itself.
pub fn check(args: &Args) -> Result<(), Failure> {
    let experiment = args.experiment.load(false)?;
    if args.print {
        return print(&experiment.to_toml());
    }
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
        ("active", Right),
        ("memory", Right),
        ("engine", Left),
        ("observations", Left),
        ("actions", Right),
    ];
    aligned(&header, &variants.iter().map(row).collect::<Vec<_>>())
}

fn row(run: &RunConfig) -> Vec<String> {
    let setup = run.agent_setup(0);
    let agent = run.algorithm.build(&setup);
    let function = |config: &ApproximatorConfig, outputs: usize| {
        let features = FeatureMap::new(&config.features, &setup.space).expect("checked features fit the space");
        let shape = config.shape(&features, outputs);
        let active = features.active().unwrap_or(features.len());
        (format!("{} {shape}", config.features.name()), format!("{active} of {}", features.len()))
    };
    let own = run.algorithm.outputs(setup.actions).map(|outputs| function(&run.approximator, outputs));
    let critic = run.algorithm.critic(&run.approximator).map(|critic| function(critic, 1));
    let joined = |part: fn((String, String)) -> String| {
        let parts: Vec<String> = own.iter().chain(&critic).cloned().map(part).collect();
        if parts.is_empty() { "–".to_owned() } else { parts.join(" + ") }
    };
    let (approximator, active) = (joined(|(shape, _)| shape), joined(|(_, active)| active));
    vec![
        run.variant.clone(),
        run.env.id().to_owned(),
        run.algorithm.id().to_owned(),
        approximator,
        agent.parameters().to_string(),
        active,
        bytes(agent.memory()),
        if run.backend.fused() { "fused" } else { "autodiff" }.to_owned(),
        setup.space.to_string(),
        setup.actions.to_string(),
    ]
}

/// A number of bytes in the unit that suits it.
fn bytes(count: usize) -> String {
    let count = count as f64;
    match count {
        _ if count < 1024.0 => format!("{count} B"),
        _ if count < 1024.0 * 1024.0 => format!("{:.1} KiB", count / 1024.0),
        _ => format!("{:.1} MiB", count / (1024.0 * 1024.0)),
    }
}
