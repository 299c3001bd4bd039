//! What a search will do, before it does it.

use crate::config::{Experiment, Loaded, Search, Written};
use crate::results::is_name;
use crate::search::{Pruner, Sampler, Settings, Space, grid_points};
use crate::text::counted;

/// The plan of a search.
///
/// See [`tune`](super::tune) for an example.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment with its judging seeds.
    pub experiment: Experiment,
    /// Its search.
    pub search: Search,
    /// What the config file says.
    pub written: Written,
    /// The variants that are searched.
    pub variants: Vec<VariantPlan>,
    /// The variants without hyperparameters, which go to the verdict as they are.
    pub unsearched: Vec<String>,
    /// Environment steps of a run at each rung.
    pub rung_steps: Vec<u64>,
}

/// The search of one variant.
#[derive(Clone, Debug)]
pub struct VariantPlan {
    /// The variant's name.
    pub name: String,
    /// Its hyperparameters.
    pub space: Space,
    /// The values that the config itself has for those that apply: the settings of trial 0.
    pub own: Settings,
    /// The number of trials, trial 0 among them.
    pub trials: usize,
    /// The settings of the trials after the first, for a grid.
    pub grid: Option<Vec<Settings>>,
    /// Environment steps of all of its trials.
    pub steps: u64,
}

impl Plan {
    /// The plan of a loaded experiment with a search.
    ///
    /// # Errors
    /// If the experiment has no search, or one that its seeds or names do not allow; the message says what would be right.
    pub fn new(loaded: &Loaded) -> Result<Plan, String> {
        let Loaded { experiment, written, .. } = loaded;
        let verdict = format!("{}-tuned", experiment.name);
        if !is_name(&verdict) {
            return Err(format!("name: the verdict would be called `{verdict}`, which is too long: shorten `name`"));
        }
        let Some(search) = experiment.search.clone() else {
            return Err(
                "there is no [search]: add one with `seeds`, `trials` and [search.space], or use `tilde train`"
                    .to_owned(),
            );
        };
        // The command line may have other seeds than the file.
        search
            .check_disjoint(&experiment.seeds)
            .map_err(|invalid| format!("search.{}: {}", invalid.key, invalid.message))?;
        let refused =
            |invalid: crate::invalid_value::InvalidValue| format!("search.{}: {}", invalid.key, invalid.message);
        let most = search.trials(&experiment.budget).map_err(refused)?;
        let rung_steps = search.pruner.rung_steps(experiment.budget.steps)?;
        let (mut variants, mut unsearched) = (Vec::new(), Vec::new());
        for name in experiment.variant_names() {
            let space = search.space_of(&name);
            let applies = |key: &str, chosen: &Settings| written.applies(&name, key, chosen);
            let own = written.own(&name, &space);
            if !space.parameters().iter().any(|parameter| applies(&parameter.key, &Settings::new())) {
                unsearched.push(name);
                continue;
            }
            let grid = match search.sampler {
                Sampler::Grid => {
                    let points =
                        grid_points(&space, &applies, most).map_err(|(key, message)| format!("{key}: {message}"))?;
                    Some(points.into_iter().filter(|point| *point != own).collect::<Vec<_>>())
                }
                _ => None,
            };
            let trials = grid.as_ref().map_or(most, |points| most.min(1 + points.len()));
            let last = trial_name(&name, trials.saturating_sub(1));
            if !is_name(&last) {
                return Err(format!(
                    "variant `{name}`: its trials would be called `{last}`, which is too long: shorten its name"
                ));
            }
            let each_seed = search.pruner.cost(trials, experiment.budget.steps)?;
            let steps = each_seed.saturating_mul(search.seeds.count() as u64);
            variants.push(VariantPlan { name, space, own, trials, grid, steps });
        }
        Ok(Plan { experiment: experiment.clone(), search, written: written.clone(), variants, unsearched, rung_steps })
    }

    /// The plan in words: trials, runs and steps of every variant, and the runs of the verdict.
    pub fn text(&self) -> String {
        let Plan { experiment, search, .. } = self;
        let seeds = search.seeds.count();
        let mut lines: Vec<String> = Vec::new();
        for variant in &self.variants {
            let runs = counted(variant.trials * seeds, "run");
            let grid = match (&variant.grid, search.trials(&experiment.budget)) {
                (Some(_), Ok(budget)) if variant.trials < budget => {
                    format!("; the grid is smaller than the budget of {budget} trials")
                }
                _ => String::new(),
            };
            lines.push(format!(
                "search of {}: {} × {} = {runs}, {} steps in all{grid}",
                variant.name,
                counted(variant.trials, "trial"),
                counted(seeds, "seed"),
                variant.steps
            ));
            if let Pruner::SuccessiveHalving(_) = search.pruner {
                let rungs = self.rung_steps.iter().zip(search.pruner.rung_trials(variant.trials));
                let rungs: Vec<String> = rungs.map(|(steps, trials)| format!("{trials} with {steps} steps")).collect();
                lines.push(format!("  rungs: {}", rungs.join(", ")));
            }
        }
        if self.variants.windows(2).any(|pair| pair[0].trials != pair[1].trials) {
            lines.push("warning: the grids differ in size, so the variants are not searched equally".to_owned());
        }
        if !self.unsearched.is_empty() {
            lines.push(format!("no hyperparameters, judged as they are: {}", self.unsearched.join(", ")));
        }
        let judged = experiment.variant_names().len();
        lines.push(format!(
            "verdict: {} × {} of {} steps",
            counted(judged, "variant"),
            counted(experiment.seeds.count(), "seed"),
            experiment.budget.steps
        ));
        lines.into_iter().map(|line| line + "\n").collect()
    }
}

/// The name of a trial, and of its folder.
pub fn trial_name(variant: &str, trial: usize) -> String {
    format!("{variant}-{trial:03}")
}
