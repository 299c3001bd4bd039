//! `tilde check`.

use tilde_envs::Space;

use super::selection::Selection;
use super::{Failure, print};
use crate::approx::{ApproximatorConfig, Detail, FeatureMap};
use crate::config::{Diagnostics, RunConfig};
use crate::replay::ReplayBuffer;
use crate::text::{Alignment, WIDTH, counted, text_table, under_names, wrapped};
use crate::tune::Plan;

/// Validate an experiment and list its runs, without running anything
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    experiment: Selection,

    /// Print the resolved experiment, with every default and override filled in, in place of the list
    #[arg(long)]
    print: bool,
}

/// Prints the runs of the experiment, or the experiment itself.
pub fn check(args: &Args) -> Result<(), Failure> {
    let loaded = args.experiment.load_written(false)?;
    let experiment = &loaded.experiment;
    if args.print {
        return print(&experiment.to_toml());
    }
    let variants = experiment.variants();
    let seeds = experiment.seeds.list();
    let runs = variants.len() * seeds.len();
    let plan = match &experiment.search {
        Some(_) => Plan::new(&loaded).map_err(Failure::Usage)?.text() + "\n",
        None => String::new(),
    };
    print(&format!(
        "{}: {} × {} = {} of {} steps\n\n{plan}{}",
        experiment.name,
        counted(variants.len(), "variant"),
        counted(seeds.len(), "seed"),
        counted(runs, "run"),
        experiment.budget.steps,
        listing(&variants.iter().map(Row::of).collect::<Vec<_>>())
    ))
}

/// What stands where there is nothing.
const NONE: &str = "–";

/// A variant's row.
struct Row {
    name: String,
    /// The environment's name, its observation space and its number of actions.
    environment: [String; 3],
    algorithm: String,
    device: String,
    engine: String,
    /// Its text in each of [`Detail::ALL`].
    approximator: [String; Detail::ALL.len()],
    parameters: String,
    active: String,
    memory: String,
    /// How often and on how many states functions are measured, if they are.
    diagnostics: Option<String>,
    /// Its wrappers as a config has them, and what follows for its learned values.
    wrappers: String,
    values: Option<String>,
    /// The capacity of the replay buffer and how it stores observations, if there is one.
    replay: Option<String>,
}

impl Row {
    fn of(run: &RunConfig) -> Row {
        let setup = run.agent_setup(0);
        let (agent, space) = (run.agent(0), setup.function_space());
        let function = |config: &ApproximatorConfig, outputs: usize| {
            let features = FeatureMap::new(&config.features, &space).expect("checked features fit the space");
            let network = config.network_setup(&features, &space, outputs);
            let active = features.active().unwrap_or(features.len());
            let told = Detail::ALL
                .map(|detail| format!("{} {}", config.features.id(), config.network.summary(&network, detail)));
            (told, format!("{active} of {}", features.len()))
        };
        let functions: Vec<_> =
            run.approximators(setup.actions).into_iter().map(|(outputs, config)| function(config, outputs)).collect();
        let joined = |parts: Vec<&str>| if parts.is_empty() { NONE.to_owned() } else { parts.join(" + ") };
        Row {
            name: run.variant.clone(),
            environment: [run.env.name(), setup.space.to_string(), setup.actions.to_string()],
            algorithm: run.algorithm.id().to_owned(),
            device: run.backend.device.name().to_owned(),
            engine: run.engine().to_owned(),
            approximator: std::array::from_fn(|detail| {
                joined(functions.iter().map(|(told, _)| told[detail].as_str()).collect())
            }),
            parameters: agent.parameters().to_string(),
            active: joined(functions.iter().map(|(_, active)| active.as_str()).collect()),
            memory: bytes(agent.memory()),
            diagnostics: diagnostics(run),
            wrappers: joined(run.wrappers.described().iter().map(String::as_str).collect()).replace(" + ", ", "),
            values: run.wrappers.without_comparison().filter(|_| setup.model.is_some()),
            replay: replay(run, &setup.space),
        }
    }
}

/// The diagnostics of a run, if it has some.
fn diagnostics(run: &RunConfig) -> Option<String> {
    let Diagnostics { every, states } = run.diagnostics.as_ref().filter(|_| run.algorithm.learns())?;
    Some(format!("every {every} steps, on {states} states"))
}

/// The replay buffer of a run, if it has one.
fn replay(run: &RunConfig, space: &Space) -> Option<String> {
    let rows = run.algorithm.replay_settings()?.rows_ever_held(run.budget.steps);
    Some(ReplayBuffer::new(rows, space).to_string())
}

/// A line for each thing that all variants share, and a table of the rest.
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
    let environments = distinct(|row| row.environment.to_vec());
    let devices = distinct(|row| vec![row.device.clone()]);
    let (algorithms, engines) = (distinct(|row| vec![row.algorithm.clone()]), distinct(|row| vec![row.engine.clone()]));
    let mut shared: Vec<[&str; 2]> = Vec::new();
    if let [device] = &devices[..] {
        shared.push(["device", &device[0]]);
    }
    for environment in &environments {
        let [id, space, actions] = [0, 1, 2].map(|index| environment[index].as_str());
        shared.extend([["environment", id], ["observations", space], ["actions", actions]]);
    }
    if let [algorithm] = &algorithms[..] {
        shared.push(["algorithm", &algorithm[0]]);
    }
    let wrappers = distinct(|row| vec![row.wrappers.clone()]);
    if let [wrappers] = &wrappers[..]
        && rows.iter().any(|row| row.wrappers != NONE)
    {
        shared.push(["wrappers", &wrappers[0]]);
    }
    let values = distinct(|row| row.values.iter().cloned().collect());
    shared.extend(values.iter().flatten().map(|values| ["values", values.as_str()]));
    if let [engine] = &engines[..] {
        shared.push(["engine", &engine[0]]);
    }
    let buffers = distinct(|row| row.replay.iter().cloned().collect());
    let buffers: Vec<&String> = buffers.iter().flatten().collect();
    if let [buffer] = buffers[..] {
        shared.push(["replay", buffer]);
    }
    if let Some(diagnostics) = rows.iter().find_map(|row| row.diagnostics.as_deref()) {
        shared.push(["diagnostics", diagnostics]);
    }
    // Further lines of a value are aligned with its first.
    let field = |[key, value]: [&str; 2]| {
        format!("{key:<12}  {}\n", wrapped(value, WIDTH - 14).trim_end().replace('\n', &format!("\n{:14}", "")))
    };
    let shared: String = shared.into_iter().map(field).collect();

    let several = |count: usize| if count > 1 { Some(Left) } else { None };
    type Column<'a> = (&'a str, Option<Alignment>, fn(&Row, usize) -> &String);
    let columns: [Column; 9] = [
        ("environment", several(environments.len()), |row, _| &row.environment[0]),
        ("wrappers", several(wrappers.len()), |row, _| &row.wrappers),
        ("algorithm", several(algorithms.len()), |row, _| &row.algorithm),
        ("device", several(devices.len()), |row, _| &row.device),
        ("engine", several(engines.len()), |row, _| &row.engine),
        ("approximator", Some(Left), |row, detail| &row.approximator[detail]),
        ("parameters", Some(Right), |row, _| &row.parameters),
        ("active", Some(Right), |row, _| &row.active),
        ("memory", Some(Right), |row, _| &row.memory),
    ];
    let shown: Vec<_> = columns.into_iter().filter_map(|(title, side, of)| Some(((title, side?), of))).collect();
    let header: Vec<(&str, Alignment)> = shown.iter().map(|(head, _)| *head).collect();
    // The most detailed networks for which the table fits into the width, with the names beside it or else above its rows.
    let table = |detail: usize| {
        let cells = |row: &Row| shown.iter().map(|(_, of)| of(row, detail).clone()).collect::<Vec<String>>();
        let named = |row: &Row| [vec![row.name.clone()], cells(row)].concat();
        let beside =
            text_table(&[&[("variant", Left)], &header[..]].concat(), &rows.iter().map(named).collect::<Vec<_>>());
        if width(&beside) <= WIDTH {
            return (beside, true);
        }
        let below = text_table(&header, &rows.iter().map(cells).collect::<Vec<_>>());
        let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
        (under_names("variant", &names, &below, " "), width(&below) < WIDTH)
    };
    let (mut text, mut fits) = table(0);
    for detail in 1..Detail::ALL.len() {
        if !fits {
            (text, fits) = table(detail);
        }
    }
    format!("{shared}\n{text}")
}

/// Columns of the longest line.
fn width(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
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
