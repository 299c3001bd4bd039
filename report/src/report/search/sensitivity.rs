//! What a variant loses with the settings that are best for the others.

use super::searched::{SearchResults, SearchedVariant, Trial};
use crate::results::{FAILED, Settings};
use crate::stats::{Sensitivity, sensitivities};
use crate::text::counted;

/// With fewer trials nothing is said.
const FEWEST: usize = 3;

/// The trials in which all variants had the same values of the hyperparameters that they share, and what each variant loses there.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    /// The hyperparameters that all variants share.
    pub keys: Vec<String>,
    /// The numbers of the trials.
    pub trials: Vec<usize>,
    /// Of each variant, in their order.
    pub variants: Vec<Loss>,
}

/// What a variant loses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// The number of its own best trial among them, and the objective there.
    pub own: (usize, f64),
    /// The number of the trial that is best on average for the others, and this variant's objective there.
    pub others: (usize, f64),
    /// The loss as a share of the variant's range.
    pub share: f64,
}

/// The losses of all variants.
///
/// # Errors
/// If there are too few variants or trials; the message says why.
pub fn losses(results: &SearchResults) -> Result<Losses, String> {
    let variants = &results.variants;
    if variants.len() < 2 {
        return Err("it compares variants, and there is only one".to_owned());
    }
    let keys = shared_keys(variants);
    if keys.is_empty() {
        return Err("the variants share no hyperparameter".to_owned());
    }
    let trials: Vec<usize> = variants[0]
        .trials
        .iter()
        .map(|trial| trial.number)
        .filter(|&number| is_common(variants, number, &keys))
        .collect();
    if trials.len() < FEWEST {
        return Err(format!(
            "it takes {FEWEST} trials in which all variants were measured with the same values of what they share ({}), and there {} {}",
            keys.join(", "),
            if trials.len() == 1 { "is" } else { "are" },
            if trials.is_empty() { "none".to_owned() } else { counted(trials.len(), "such trial") }
        ));
    }
    let objective =
        |variant: &SearchedVariant, number: usize| variant.trial(number).and_then(Trial::first).unwrap_or(FAILED);
    let scores: Vec<Vec<f64>> =
        variants.iter().map(|variant| trials.iter().map(|&number| objective(variant, number)).collect()).collect();
    let found = sensitivities(&scores).ok_or("an objective is not a number")?;
    let loss = |(Sensitivity { own, others, loss }, row): (Sensitivity, &Vec<f64>)| Loss {
        own: (trials[own], row[own]),
        others: (trials[others], row[others]),
        share: loss,
    };
    let variants = found.into_iter().zip(&scores).map(loss).collect();
    Ok(Losses { keys, trials, variants })
}

/// The hyperparameters that every variant has and that apply to a trial of each.
fn shared_keys(variants: &[SearchedVariant]) -> Vec<String> {
    let is_used = |variant: &SearchedVariant, key: &str| variant.trials.iter().any(|t| t.settings.contains_key(key));
    let keys = variants[0].space.iter().map(|one| one.key.clone());
    keys.filter(|key| variants.iter().all(|variant| is_used(variant, key))).collect()
}

/// Whether all variants were measured in the trial with this number, with the same values of these keys.
fn is_common(variants: &[SearchedVariant], number: usize, keys: &[String]) -> bool {
    let shared = |variant: &SearchedVariant| -> Option<Settings> {
        let trial = variant.trial(number).filter(|trial| trial.first().is_some())?;
        let of_keys = keys.iter().filter_map(|key| Some((key.clone(), trial.settings.get(key)?.clone())));
        Some(of_keys.collect())
    };
    let first = shared(&variants[0]);
    first.is_some() && variants.iter().all(|variant| shared(variant) == first)
}
