//! What runs began from. How fast variants learn compares only between runs that began alike.

use super::comparison::{Comparison, Entry};
use super::findings::{list, number};
use super::read::RunRecord;
use crate::results::ORIGIN;

impl Comparison {
    /// Whether all runs began from new weights, and their learning curves at the same step: only then does it say something when
    /// each of them first reached a return, and how high their curves are in the mean.
    pub fn begins_alike(&self) -> bool {
        self.entries.iter().all(|entry| entry.origin.is_none()) && self.first_steps().len() <= 1
    }

    /// Whether learning curves are also over the same steps, so that their mean heights compare.
    pub fn spans_alike(&self) -> bool {
        self.begins_alike() && self.entries.iter().all(|entry| entry.steps == self.entries[0].steps)
    }

    /// The steps of first evaluations, with the names of the variants. Where training episodes make the curve, the step of the
    /// first one is a matter of its length.
    fn first_steps(&self) -> Vec<(f64, Vec<String>)> {
        let mut groups: Vec<(f64, Vec<String>)> = Vec::new();
        for entry in self.entries.iter().filter(|_| self.evaluated) {
            let Some(step) = entry.first_step() else { continue };
            match groups.iter_mut().find(|(known, _)| *known == step) {
                Some((_, names)) => names.push(entry.name.clone()),
                None => groups.push((step, vec![entry.name.clone()])),
            }
        }
        groups
    }

    /// The experiments whose runs did not begin from new weights, each with one of its variants.
    fn continued(&self) -> Vec<(&str, &Entry)> {
        let mut found: Vec<(&str, &Entry)> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.origin.is_some()) {
            if !found.iter().any(|(known, _)| *known == entry.experiment) {
                found.push((&entry.experiment, entry));
            }
        }
        found
    }
}

impl Entry {
    /// The step of the first evaluation of any of its runs.
    fn first_step(&self) -> Option<f64> {
        let first = |run: &RunRecord| run.curve.first().map(|(step, _)| *step);
        self.runs.iter().filter_map(first).reduce(f64::min)
    }

    /// The experiments before its own, from the first on; nothing where its runs began from new weights.
    fn before(&self) -> String {
        self.origin.as_ref().map_or(String::new(), |origin| origin.experiments.join(", then of "))
    }
}

/// Which experiments go on from the weights of which others, for a heading; nothing where none does.
pub fn origins(comparison: &Comparison) -> String {
    let told = |(name, entry): &(&str, &Entry)| format!("; {name} goes on from the weights of {}", entry.before());
    comparison.continued().iter().map(told).collect()
}

/// What cannot be compared because runs did not begin alike.
pub fn cautions(comparison: &Comparison) -> Vec<String> {
    let mut cautions: Vec<String> = Vec::new();
    for (name, entry) in comparison.continued() {
        let begin = entry.first_step().map_or(String::new(), |step| format!(" and are measured from step {step} on"));
        cautions.push(format!(
            "{name} did not learn from nothing: its runs go on from the weights of {} ({ORIGIN}){begin}",
            entry.before()
        ));
    }
    let firsts = comparison.first_steps();
    if cautions.is_empty() && firsts.len() > 1 {
        let group = |(step, names): &(f64, Vec<String>)| format!("step {step} ({})", list(names.iter().cloned()));
        cautions.push(format!(
            "learning curves begin at {}: {}",
            number(firsts.len(), "different step"),
            firsts.iter().map(group).collect::<Vec<_>>().join(", ")
        ));
    }
    if !comparison.begins_alike() && !comparison.prediction {
        cautions.push(
            "how fast variants learn is not compared, since their runs did not all begin alike: mean returns (AUC) and the steps to \
             a return or to regret 0 are left out, and what is compared is where each came to at its end"
                .to_owned(),
        );
    }
    cautions
}
