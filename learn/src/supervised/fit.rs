//! Gradient steps on a data set.

use super::{Batches, Dataset, Targets};
use crate::approx::{Function, Weights};
use crate::losses::{cross_entropy, least_squares};

/// Makes `steps` steps on batches. Returns the loss of each batch before its step.
///
/// # Panics
/// If the function has other inputs or outputs than the data.
pub fn fit(function: &mut dyn Function, data: &Dataset, batches: &mut Batches, steps: u64) -> Vec<f64> {
    (0..steps).map(|at| step(function, &data.select(batches.next_rows()), at)).collect()
}

/// One step on a batch. `at` counts the steps, for schedules. Returns the loss before the step.
///
/// # Panics
/// As [`fit`].
pub fn step(function: &mut dyn Function, batch: &Dataset, at: u64) -> f64 {
    let mut derivatives = Vec::new();
    let loss = of_outputs(function.record(batch.inputs()), batch, &mut derivatives);
    function.step(&derivatives, at);
    loss
}

/// The loss over the whole data set.
///
/// # Panics
/// As [`fit`].
pub fn loss(function: &mut dyn Function, data: &Dataset) -> f64 {
    of_outputs(function.outputs(Weights::Online, data.inputs()), data, &mut Vec::new())
}

fn of_outputs(outputs: &[f32], data: &Dataset, derivatives: &mut Vec<f32>) -> f64 {
    match data.targets() {
        Targets::Numbers { values, .. } => least_squares(outputs, values, data.rows(), derivatives),
        Targets::Classes(classes) => cross_entropy(outputs, classes, derivatives),
    }
}
