//! The curves of single runs.

use super::comparison::Comparison;
use super::quantity::Quantity;
use super::read::RunRecord;
use super::variant_result::VariantResult;

/// A run's curve.
pub struct RunCurve {
    /// The run's name.
    pub name: String,
    /// (environment steps, value) as measured.
    pub measured: Vec<(f64, f64)>,
    /// The same as it counts in means: after its failure, a failed run has the worst value that any run had.
    pub counted: Vec<(f64, f64)>,
}

impl Comparison {
    /// The curves of a variant's runs. A failed run goes on with the worst value, as in the scores. Without that, a mean curve would
    /// follow the runs that survive.
    pub fn run_curves(&self, variant: &VariantResult, quantity: Quantity) -> Vec<RunCurve> {
        let worst = self.worst_of(quantity).filter(|_| variant.runs.iter().any(|run| quantity.is_in(run)));
        let steps = self.measured_steps(variant, quantity);
        let curve = |run: &RunRecord| {
            let measured = quantity.curve(run);
            let end = measured.last().map_or(f64::NEG_INFINITY, |(step, _)| *step);
            let after_failure = worst.filter(|_| run.failed()).map_or_else(Vec::new, |worst| {
                steps.iter().filter(|step| **step > end).map(|step| (*step, worst)).collect()
            });
            RunCurve {
                name: format!("seed {}", run.seed),
                counted: [measured.clone(), after_failure].concat(),
                measured,
            }
        };
        variant.runs.iter().map(curve).filter(|curve| !curve.counted.is_empty()).collect()
    }

    /// The steps at which the finished runs of a variant were measured; if none is finished, those of other variants; if there are
    /// none either, the end of the budget.
    fn measured_steps(&self, variant: &VariantResult, quantity: Quantity) -> Vec<f64> {
        let of = |runs: &mut dyn Iterator<Item = &RunRecord>| {
            let finished = runs.filter(|run| run.finished());
            let mut steps: Vec<f64> = finished.flat_map(|run| quantity.curve(run)).map(|(step, _)| step).collect();
            steps.sort_by(f64::total_cmp);
            steps.dedup();
            steps
        };
        let own = of(&mut variant.runs.iter());
        let others = || of(&mut self.variants.iter().flat_map(|variant| &variant.runs));
        let mut steps = if own.is_empty() { others() } else { own };
        steps.retain(|step| *step <= variant.steps as f64);
        if steps.is_empty() { vec![variant.steps as f64] } else { steps }
    }
}
