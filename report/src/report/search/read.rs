//! Reading a search from its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use toml::Value;

use super::searched::{SearchResults, SearchedVariant, Stage, Trial};
use super::verdict;
use crate::report::options::ReportOptions;
use crate::report::read::parse_plan;
use crate::results::{Entry, FAILED, SEARCH, SearchSettings, Settings};

/// Reads the search in `folder`, over or not.
///
/// # Errors
/// If `search.toml` or the journal cannot be read; the message names the file.
pub fn read(folder: &Path, options: &ReportOptions) -> Result<SearchResults, String> {
    let path = folder.join(SEARCH);
    let named = |why: String| format!("{}: {why}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
    let plan = parse_plan(&text).map_err(named)?;
    let table = text.parse().map_err(|error| named(format!("{error}")))?;
    let search = SearchSettings::of(&table).map_err(named)?;
    let (entries, mut problems) = Entry::read_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut variants: Vec<SearchedVariant> = plan
        .variants
        .iter()
        .enumerate()
        .map(|(index, variant)| {
            let (name, space) = (variant.name.clone(), search.space_of(&variant.name));
            SearchedVariant { index, name, space, trials: Vec::new(), chosen: None }
        })
        .collect();
    let is_chosen = entries.iter().any(|entry| matches!(entry, Entry::Chosen { .. }));
    for entry in entries {
        add(&mut variants, entry);
    }
    let unsearched = variants.iter().filter(|variant| variant.trials.is_empty()).map(|variant| variant.name.clone());
    let unsearched = unsearched.collect();
    variants.retain(|variant| !variant.trials.is_empty());
    let verdict = verdict::read(folder, &plan, &search, options, &mut problems);
    let is_judged = verdict.len() == plan.variants.len() && verdict.values().all(|judged| judged.over == judged.runs);
    let stage = match (is_chosen, is_judged) {
        (false, _) => Stage::Searching,
        (true, false) => Stage::Judging,
        (true, true) => Stage::Over,
    };
    Ok(SearchResults { plan, search, variants, unsearched, stage, verdict, problems })
}

/// Adds what a line of the journal says. A line about an unknown variant says nothing.
fn add(variants: &mut [SearchedVariant], entry: Entry) {
    let (Entry::Proposed { variant, .. }
    | Entry::Measured { variant, .. }
    | Entry::Promoted { variant, .. }
    | Entry::Chosen { variant, .. }) = &entry;
    let Some(searched) = variants.iter_mut().find(|searched| searched.name == *variant) else { return };
    match entry {
        Entry::Proposed { trial, settings, .. } => trial_of(searched, trial).settings = as_settings(settings),
        Entry::Measured { trial, rung, objective, auc, .. } => {
            let trial = trial_of(searched, trial);
            trial.objectives.insert(rung, objective.unwrap_or(FAILED));
            trial.areas.extend(auc.map(|auc| (rung, auc)));
        }
        Entry::Chosen { trial, rung, .. } => searched.chosen = Some((trial, rung)),
        Entry::Promoted { .. } => {} // what is measured at a rung has been promoted to it
    }
}

/// The trial of a variant with a number, a new one if it is not there.
fn trial_of(variant: &mut SearchedVariant, number: usize) -> &mut Trial {
    let index = variant.trials.partition_point(|trial| trial.number < number);
    if variant.trials.get(index).is_none_or(|trial| trial.number != number) {
        variant.trials.insert(index, Trial { number, ..Trial::default() });
    }
    &mut variant.trials[index]
}

/// Settings of the journal as a config has them. TOML has no null, and no setting is one.
fn as_settings(settings: BTreeMap<String, Json>) -> Settings {
    settings.into_iter().filter_map(|(key, value)| Some((key, Value::try_from(value).ok()?))).collect()
}
