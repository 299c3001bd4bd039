//! What runs began with. How fast variants learn can be compared only between runs that began alike.

use super::comparison::Comparison;
use super::findings::list;
use super::read::RunRecord;
use super::variant_result::VariantResult;
use crate::results::ORIGIN;
use crate::text::counted;

impl Comparison {
    /// Whether all runs began with new weights and all learning curves begin at the same step. Only then can the steps to a return
    /// and the mean heights of curves be compared.
    pub fn begins_alike(&self) -> bool {
        self.variants.iter().all(|variant| variant.origin.is_none()) && self.first_steps().len() <= 1
    }

    /// Whether learning curves also end at the same step.
    pub fn spans_alike(&self) -> bool {
        self.begins_alike() && self.variants.iter().all(|variant| variant.steps == self.variants[0].steps)
    }

    /// The steps of first evaluations, each with the names of its variants. Empty without evaluations: the step of the first
    /// training episode only says how long that episode was.
    fn first_steps(&self) -> Vec<(f64, Vec<String>)> {
        let mut groups: Vec<(f64, Vec<String>)> = Vec::new();
        for variant in self.variants.iter().filter(|_| self.evaluated) {
            let Some(step) = variant.first_step() else { continue };
            match groups.iter_mut().find(|(known, _)| *known == step) {
                Some((_, names)) => names.push(variant.name.clone()),
                None => groups.push((step, vec![variant.name.clone()])),
            }
        }
        groups
    }

    /// The experiments whose runs did not begin with new weights, each with one of its variants.
    fn continued(&self) -> Vec<(&str, &VariantResult)> {
        let mut found: Vec<(&str, &VariantResult)> = Vec::new();
        for variant in self.variants.iter().filter(|variant| variant.origin.is_some()) {
            if !found.iter().any(|(known, _)| *known == variant.experiment) {
                found.push((&variant.experiment, variant));
            }
        }
        found
    }
}

impl VariantResult {
    /// The first step of the learning curves of its runs.
    fn first_step(&self) -> Option<f64> {
        let first = |run: &RunRecord| run.curve.first().map(|(step, _)| *step);
        self.runs.iter().filter_map(first).reduce(f64::min)
    }

    /// The experiments before its own, the oldest first; empty where its runs began with new weights.
    fn earlier_experiments(&self) -> String {
        self.origin.as_ref().map_or(String::new(), |origin| origin.experiments.join(", then of "))
    }
}

/// Which experiments continue from the weights of which others, for a heading; empty if none does.
pub fn origins(comparison: &Comparison) -> String {
    let phrase = |(name, variant): &(&str, &VariantResult)| {
        format!("; {name} continues from the weights of {}", variant.earlier_experiments())
    };
    comparison.continued().iter().map(phrase).collect()
}

/// What cannot be compared because runs did not begin alike.
pub fn cautions(comparison: &Comparison) -> Vec<String> {
    let mut cautions: Vec<String> = Vec::new();
    for (name, variant) in comparison.continued() {
        let begin = variant.first_step().map_or(String::new(), |step| format!(" and are measured from step {step} on"));
        cautions.push(format!(
            "{name} did not begin with new weights: its runs continue from the weights of {} ({ORIGIN}){begin}",
            variant.earlier_experiments()
        ));
    }
    let firsts = comparison.first_steps();
    if cautions.is_empty() && firsts.len() > 1 {
        let group = |(step, names): &(f64, Vec<String>)| format!("step {step} ({})", list(names.iter().cloned()));
        cautions.push(format!(
            "learning curves begin at {}: {}",
            counted(firsts.len(), "different step"),
            firsts.iter().map(group).collect::<Vec<_>>().join(", ")
        ));
    }
    if !comparison.begins_alike() && !comparison.prediction {
        cautions.push(
            "learning speed is not compared, because runs did not all begin alike: mean returns (AUC) and the steps to a return or \
             to regret 0 are left out; only the ends of runs are compared"
                .to_owned(),
        );
    }
    cautions
}
