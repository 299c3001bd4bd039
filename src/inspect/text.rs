//! An inspection as text for a terminal.

use super::function::InspectedFunction;
use super::inspection::Inspection;
use super::layers::Layer;
use crate::diagnostics::{Bin, Calibration, Interference, Regions, UnitActivity, effective_rank};
use crate::text::{Alignment, WIDTH, counted, fixed, text_table, three_digits, wrapped};

/// Everything but the maps: which run, its functions layer by layer, and its values against returns.
pub fn inspection_text(inspection: &Inspection) -> String {
    let Inspection { checkpoint, step, steps, .. } = inspection;
    let head = format!("{}: the {checkpoint} checkpoint, of step {step} of {steps}.", inspection.run.display());
    let notes = inspection.notes.iter().map(|note| wrapped(&format!("note: {note}"), WIDTH));
    let functions = inspection.functions.iter().map(|function| of_function(function, inspection.tau));
    format!(
        "{}{}{}{}\n{}",
        wrapped(&head, WIDTH),
        notes.collect::<String>(),
        wrapped(&states(inspection), WIDTH),
        functions.collect::<String>(),
        calibration(inspection)
    )
}

/// Which states everything is measured on.
fn states(inspection: &Inspection) -> String {
    let Inspection { visits, env, changes, .. } = inspection;
    let changed = if changes.is_empty() { String::new() } else { format!(", changed: {}", changes.join(", ")) };
    format!(
        "States: {} of {}, from the policy whose values are learned, in {}{changed}.",
        counted(visits.visits.len(), "step"),
        counted(visits.episodes, "episode"),
        env.id()
    )
}

fn of_function(function: &InspectedFunction, tau: f64) -> String {
    let parameters: usize = function.layers.iter().map(|layer| layer.parameters).sum();
    let head = format!(
        "{}: {}; {}, ‖θ‖ {}",
        function.name,
        function.summary,
        counted(parameters, "parameter"),
        three_digits(function.norm)
    );
    format!(
        "\n{}{}{}{}{}",
        wrapped(&head, WIDTH),
        indented(&layer_table(function)),
        indented(&unit_table(function, tau)),
        regions(&function.regions),
        interference(function.interference.as_ref())
    )
}

fn layer_table(function: &InspectedFunction) -> String {
    let columns = [
        ("parameters", Alignment::Left),
        ("shape", Alignment::Right),
        ("norm", Alignment::Right),
        ("rms", Alignment::Right),
        ("largest\nσ", Alignment::Right),
        ("smallest\nσ", Alignment::Right),
        ("effective\nrank", Alignment::Right),
    ];
    let row = |layer: &Layer| {
        let shape = layer.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
        let [largest, smallest, rank] = match &layer.singular_values {
            Some(values) if !values.is_empty() => [
                three_digits(values[0]),
                three_digits(values[values.len() - 1]),
                format!("{} of {}", effective_rank(values), values.len()),
            ],
            _ => ["–"; 3].map(str::to_owned),
        };
        vec![layer.name.clone(), shape, three_digits(layer.norm), three_digits(layer.rms), largest, smallest, rank]
    };
    text_table(&columns, &function.layers.iter().map(row).collect::<Vec<_>>())
}

fn unit_table(function: &InspectedFunction, tau: f64) -> String {
    if function.units.is_empty() {
        return String::new();
    }
    let dormant = format!("dormant (τ = {tau})");
    let columns = [
        ("hidden layer", Alignment::Left),
        ("units", Alignment::Right),
        ("always on", Alignment::Right),
        ("always off", Alignment::Right),
        (dormant.as_str(), Alignment::Right),
    ];
    let row = |layer: &UnitActivity| {
        let of_rectifier =
            |units: Vec<usize>| if function.rectifies { units.len().to_string() } else { "–".to_owned() };
        let [on, off] = [layer.always_on(), layer.always_off()].map(of_rectifier);
        vec![layer.name.clone(), layer.units().to_string(), on, off, layer.dormant(tau).len().to_string()]
    };
    let table = text_table(&columns, &function.units.iter().map(row).collect::<Vec<_>>());
    let rank = function.rank().map_or(String::new(), |(rank, units)| {
        format!("Last hidden layer: effective rank {rank} of {units}, on {}.\n", counted(function.states, "state"))
    });
    format!("\n{table}{rank}")
}

fn regions(regions: &Result<Regions, &'static str>) -> String {
    let text = match regions {
        Ok(Regions { pieces, distinct }) => {
            let regions = counted(*distinct, "region");
            format!("Along the first episode: {} in {regions}.", counted(*pieces, "linear piece"))
        }
        Err(why) => format!("Linear regions are not counted: {why}."),
    };
    wrapped(&text, WIDTH)
}

fn interference(interference: Option<&Interference>) -> String {
    let Some(interference) = interference else { return String::new() };
    let others: Vec<f64> = interference.others().collect();
    let count = others.len() as f64;
    let size = others.iter().map(|change| change.abs()).sum::<f64>() / count;
    let negative = others.iter().filter(|change| **change < 0.0).count() as f64 / count;
    let text = format!(
        "Interference between {}: a gradient step that changes the output by 1 at one state changes it by {} at another, on \
         average of the sizes; {} % of the changes are negative.",
        counted(interference.states, "state"),
        three_digits(size),
        fixed(100.0 * negative, 0)
    );
    wrapped(&text, WIDTH)
}

fn calibration(inspection: &Inspection) -> String {
    let Inspection { visits, gamma, .. } = inspection;
    let known = inspection.calibration.as_ref().map_or(0, |calibration| calibration.states);
    let total = visits.visits.len();
    let cut = match total - known {
        0 => String::new(),
        unknown => format!(
            " The returns of {} are unknown: their episodes were cut off too soon after them.",
            counted(unknown, "state")
        ),
    };
    let Some(found) = &inspection.calibration else {
        let text = match visits.visits.first().is_some_and(|visit| visit.predicted.is_some()) {
            false => "Calibration: the agent learns no values.".to_owned(),
            true => format!(
                "Calibration: no return is known.{cut} Longer episodes may help: raise the environment's time limit with --set \
                 env.KEY=VALUE."
            ),
        };
        return wrapped(&text, WIDTH);
    };
    let share = match (found.overestimation() / found.obtained).abs() {
        share if share < 10.0 => format!(" ({} % of it)", fixed(100.0 * share, 1)),
        _ => String::new(),
    };
    let direction = if found.overestimation() < 0.0 { "underestimation" } else { "overestimation" };
    let explained =
        found.explained_variance.map_or(String::new(), |share| format!("; explained variance {}", fixed(share, 3)));
    let text = format!(
        "Calibration: learned values against discounted returns (γ = {gamma}) of {}.{cut}\nPredicted {}, obtained {}: {direction} \
         {}{share}; RMSE {}{explained}.",
        counted(found.states, "state"),
        three_digits(found.predicted),
        three_digits(found.obtained),
        three_digits(found.overestimation().abs()),
        three_digits(found.rmse)
    );
    text.lines().map(|line| wrapped(line, WIDTH)).collect::<String>() + &indented(&bin_table(found))
}

fn bin_table(calibration: &Calibration) -> String {
    let columns = ["states", "predicted", "obtained", "sd of returns"].map(|title| (title, Alignment::Right));
    let row = |bin: &Bin| {
        vec![
            bin.states.to_string(),
            three_digits(bin.predicted),
            three_digits(bin.obtained),
            three_digits(bin.deviation),
        ]
    };
    text_table(&columns, &calibration.bins.iter().map(row).collect::<Vec<_>>())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}
