//! `tilde check`.

use super::selection::Selection;
use super::{Failure, print};
use crate::approx::{ApproximatorConfig, FeatureMap};
use crate::config::RunConfig;
use crate::report::{Alignment, WIDTH, aligned};

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
        "{}: {} variants × {} seeds = {runs} runs of {} steps\n\ndevice        {}\n{}",
        experiment.name,
        variants.len(),
        seeds.len(),
        experiment.budget.steps,
        experiment.device.name(),
        listing(&variants.iter().map(Row::of).collect::<Vec<_>>())
    ))
}

/// What is told of a variant.
struct Row {
    name: String,
    /// The environment's id, with its spaces.
    environment: [String; 3],
    algorithm: String,
    engine: String,
    approximator: String,
    parameters: String,
    active: String,
    memory: String,
}

impl Row {
    fn of(run: &RunConfig) -> Row {
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
        Row {
            name: run.variant.clone(),
            environment: [run.env.id().to_owned(), setup.space.to_string(), setup.actions.to_string()],
            algorithm: run.algorithm.id().to_owned(),
            engine: if run.backend.fused() { "fused" } else { "autodiff" }.to_owned(),
            approximator: joined(|(shape, _)| shape),
            parameters: agent.parameters().to_string(),
            active: joined(|(_, active)| active),
            memory: bytes(agent.memory()),
        }
    }
}

/// What all variants share, line by line, and then a table of what they differ in.
fn listing(rows: &[Row]) -> String {
    use Alignment::{Left, Right};
    let distinct = |of: fn(&Row) -> Vec<String>| {
        let mut all: Vec<Vec<String>> = Vec::new();
        rows.iter().map(of).for_each(|one| {
            if !all.contains(&one) {
                all.push(one)
            }
        });
        all
    };
    let (environments, algorithms) =
        (distinct(|row| row.environment.to_vec()), distinct(|row| vec![row.algorithm.clone()]));
    let mut shared: Vec<[&str; 2]> = Vec::new();
    for environment in &environments {
        let [id, space, actions] = [0, 1, 2].map(|index| environment[index].as_str());
        shared.extend([["environment", id], ["observations", space], ["actions", actions]]);
    }
    if let [algorithm] = &algorithms[..] {
        shared.push(["algorithm", &algorithm[0]]);
    }
    shared.extend(rows.first().map(|row| ["engine", row.engine.as_str()]));
    let shared: String = shared.into_iter().map(|[key, value]| format!("{key:<12}  {value}\n")).collect();

    let several = |count: usize| if count > 1 { Some(Left) } else { None };
    type Column<'a> = (&'a str, Option<Alignment>, fn(&Row) -> &String);
    let columns: [Column; 6] = [
        ("environment", several(environments.len()), |row| &row.environment[0]),
        ("algorithm", several(algorithms.len()), |row| &row.algorithm),
        ("approximator", Some(Left), |row| &row.approximator),
        ("parameters", Some(Right), |row| &row.parameters),
        ("active", Some(Right), |row| &row.active),
        ("memory", Some(Right), |row| &row.memory),
    ];
    let shown: Vec<_> = columns.into_iter().filter_map(|(title, side, of)| Some(((title, side?), of))).collect();
    let header: Vec<(&str, Alignment)> = shown.iter().map(|(head, _)| *head).collect();
    let cells = |row: &Row| shown.iter().map(|(_, of)| of(row).clone()).collect::<Vec<String>>();
    let named = |row: &Row| [vec![row.name.clone()], cells(row)].concat();
    let table = aligned(&[&[("variant", Left)], &header[..]].concat(), &rows.iter().map(named).collect::<Vec<_>>());
    let fits = table.lines().all(|line| line.chars().count() <= WIDTH);
    format!(
        "{shared}\n{}",
        if fits { table } else { names_above(rows, &aligned(&header, &rows.iter().map(cells).collect::<Vec<_>>())) }
    )
}

/// The table without names, each in a line of its own above its row: names may be long.
fn names_above(rows: &[Row], table: &str) -> String {
    let mut lines = table.lines();
    let head: String = lines.by_ref().take(2).map(|line| format!(" {line}\n")).collect();
    rows.iter().zip(lines).fold(format!("variant\n{head}"), |text, (row, line)| text + &row.name + "\n " + line + "\n")
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
