//! The cheap measures of all functions of an agent, as they are logged during training.

use super::{Calibration, UnitActivity, Visits, effective_rank, singular_values};
use crate::agents::Agent;
use crate::approx::Function;
use crate::results::DiagnosticsRow;

/// The most states that hidden layers are computed for: enough for a rank, and what it costs grows faster than their number.
const LAYER_STATES: usize = 256;

/// Measures each function of `agent` after `step` environment steps, on the states of `visits`. What a function lacks, and
/// what is not a finite number, is left out; so is the policy loss, which belongs to updates.
pub fn measure(agent: &mut dyn Agent, visits: &Visits, step: u64) -> Vec<DiagnosticsRow> {
    let observations: Vec<&[f32]> =
        visits.sample(LAYER_STATES).into_iter().map(|visit| &visit.observation[..]).collect();
    let observations = observations.concat();
    let roles = agent.roles();
    let names: Vec<&str> = agent.functions().into_iter().map(|(name, _)| name).collect();
    let functions = names.into_iter().zip(agent.functions_mut());
    let mut rows: Vec<DiagnosticsRow> = functions
        .map(|(name, function)| DiagnosticsRow {
            step,
            function: name.replace(',', " "), // as the fields of a row are separated
            ..of_function(function, &observations)
        })
        .collect();
    if let Some(row) = rows.get_mut(roles.values) {
        let calibration = Calibration::of(&visits.predictions(), 1);
        row.overestimation = calibration.as_ref().map(Calibration::overestimation).filter(finite);
        row.explained_variance = calibration.and_then(|calibration| calibration.explained_variance).filter(finite);
    }
    if let Some(row) = rows.get_mut(roles.policy) {
        row.entropy = visits.entropy().filter(finite);
    }
    rows
}

/// Weights, units and rank of a function.
fn of_function(function: &mut dyn Function, observations: &[f32]) -> DiagnosticsRow {
    let norm = function.weights().iter().map(|&weight| f64::from(weight).powi(2)).sum::<f64>().sqrt();
    let layers = if observations.is_empty() { Vec::new() } else { function.hidden_layers(observations) };
    let layers =
        if layers.iter().flat_map(|layer| &layer.outputs).all(|h| h.is_finite()) { layers } else { Vec::new() };
    let units: usize = layers.iter().map(|layer| layer.units).sum();
    let dormant = layers.iter().map(|layer| UnitActivity::of(layer).dormant(UnitActivity::TAU).len()).sum::<usize>();
    let rank = layers.last().map(|last| effective_rank(&singular_values(&last.outputs, last.units)) as f64);
    DiagnosticsRow {
        weight_norm: Some(norm).filter(finite),
        dormant: (units > 0).then(|| dormant as f64 / units as f64),
        effective_rank: rank,
        ..DiagnosticsRow::default()
    }
}

fn finite(number: &f64) -> bool {
    number.is_finite()
}
