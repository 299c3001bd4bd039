//! What a search found, in words.

use super::VariantPlan;
use crate::search::{FAILED, Settings};
use crate::text::{Alignment, text_table, three_digits};

/// What was chosen for a variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The number of the trial.
    pub trial: usize,
    /// The rung that it was measured at.
    pub rung: usize,
    /// Its objective there; [`FAILED`] if all trials failed.
    pub objective: f64,
    /// How many trials have this objective at this rung, itself among them.
    pub equal: usize,
    /// The values of its hyperparameters.
    pub settings: Settings,
    /// How many trials the variant had.
    pub trials: usize,
    /// How many of them failed.
    pub failed: usize,
    /// The objective of trial 0, which has the config's own settings, at the highest rung that it reached, and that rung.
    pub own: (f64, usize),
}

/// A table of the variants, the chosen settings of each, and warnings. `rung_steps` are the steps of each rung.
pub fn text(chosen: &[(&VariantPlan, Chosen)], rung_steps: &[u64]) -> String {
    use Alignment::{Left, Right};
    let header = [
        ("variant", Left),
        ("trials", Right),
        ("failed", Right),
        ("default", Right),
        ("best", Right),
        ("trial", Right),
        ("tied", Right),
    ];
    let at = |objective: f64, rung: usize| match rung_steps.get(rung) {
        Some(steps) if rung + 1 < rung_steps.len() => format!("{} at {steps}", shown(objective)),
        _ => shown(objective),
    };
    let row = |(plan, chosen): &(&VariantPlan, Chosen)| {
        vec![
            plan.name.clone(),
            chosen.trials.to_string(),
            chosen.failed.to_string(),
            at(chosen.own.0, chosen.own.1),
            at(chosen.objective, chosen.rung),
            chosen.trial.to_string(),
            chosen.equal.to_string(),
        ]
    };
    let mut text = text_table(&header, &chosen.iter().map(row).collect::<Vec<_>>());
    for (plan, chosen) in chosen {
        text += &format!("\n{}:\n", plan.name);
        for (key, value) in &chosen.settings {
            text += &format!("  {key} = {value}\n");
        }
        if chosen.equal > 1 && chosen.objective > FAILED {
            text += &format!(
                "  {} of {} trials reach {}: of these, the one with the largest area under the learning curve, or else the first\n",
                chosen.equal,
                chosen.trials,
                shown(chosen.objective)
            );
        }
        for warning in warnings(plan, chosen) {
            text += &format!("  warning: {warning}\n");
        }
    }
    text
}

/// Settings in one line.
pub fn in_line(settings: &Settings) -> String {
    settings.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}

/// An objective in words.
pub fn shown(objective: f64) -> String {
    if objective > FAILED { three_digits(objective) } else { "failed".to_owned() }
}

fn warnings(plan: &VariantPlan, chosen: &Chosen) -> Vec<String> {
    if chosen.objective == FAILED {
        return vec!["every trial failed, so the config's own settings are judged".to_owned()];
    }
    let at_edge = |key: &str, value| plan.space.get(key)?.domain().edge_warning(key, value);
    chosen.settings.iter().filter_map(|(key, value)| at_edge(key, value)).collect()
}
