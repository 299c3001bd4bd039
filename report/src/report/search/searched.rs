//! A search as its files have it.

use std::collections::BTreeMap;

use super::verdict::Judged;
use crate::report::read::Plan;
use crate::results::{Candidate, FAILED, Hyperparameter, Measurement, SearchSettings, Settings, best_trial};

/// A search, over or not.
pub struct SearchResults {
    /// The experiment with its judging seeds.
    pub plan: Plan,
    /// Its search.
    pub search: SearchSettings,
    /// The variants that have trials.
    pub variants: Vec<SearchedVariant>,
    /// The names of the variants without hyperparameters.
    pub unsearched: Vec<String>,
    /// How far it is.
    pub stage: Stage,
    /// What the verdict says of each variant, by name; empty before there is one.
    pub verdict: BTreeMap<String, Judged>,
    /// What is wrong with the files.
    pub problems: Vec<String>,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Trials are proposed and measured.
    Searching,
    /// The chosen settings are judged.
    Judging,
    /// All is over.
    Over,
}

/// The search of a variant.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchedVariant {
    /// Its index among the experiment's variants. It decides the colour.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its hyperparameters.
    pub space: Vec<Hyperparameter>,
    /// Its trials, by their numbers.
    pub trials: Vec<Trial>,
    /// The number of the trial that was chosen, and its rung; `None` before the choice.
    pub chosen: Option<(usize, usize)>,
}

/// A trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// Its number. That with the number 0 has the config's own settings.
    pub number: usize,
    /// The values of the hyperparameters that apply.
    pub settings: Settings,
    /// Its objective at each rung at which it was measured; [`FAILED`] if it failed there.
    pub objectives: BTreeMap<usize, f64>,
    /// What decides between equal objectives, at each rung at which it is known.
    pub areas: BTreeMap<usize, f64>,
}

impl Trial {
    /// Its objective at the first rung; `None` before it is measured.
    pub fn first(&self) -> Option<f64> {
        self.objectives.get(&0).copied()
    }

    /// Whether it failed at the last rung that it reached.
    pub fn failed(&self) -> bool {
        self.objectives.values().next_back() == Some(&FAILED)
    }

    /// What it reached at a rung.
    fn at(&self, rung: usize) -> Option<Candidate> {
        let (&objective, auc) = (self.objectives.get(&rung)?, self.areas.get(&rung));
        let measured = Measurement { objective, auc: auc.copied().unwrap_or(FAILED) };
        Some(Candidate { trial: self.number, rung, measured })
    }

    fn candidate(&self) -> Option<Candidate> {
        self.at(*self.objectives.last_key_value()?.0)
    }
}

impl SearchedVariant {
    /// A trial by its number.
    pub fn trial(&self, number: usize) -> Option<&Trial> {
        self.trials.iter().find(|trial| trial.number == number)
    }

    /// The trials that were measured, each with its objective at the first rung.
    pub fn measured(&self) -> impl Iterator<Item = (&Trial, f64)> {
        self.trials.iter().filter_map(|trial| Some((trial, trial.first()?)))
    }

    /// The number of trials that failed.
    pub fn failed(&self) -> usize {
        self.trials.iter().filter(|trial| trial.failed()).count()
    }

    /// The chosen trial or, before the choice, the one that would be chosen now. `None` before any is measured.
    pub fn best(&self) -> Option<Candidate> {
        match self.chosen {
            Some((trial, rung)) => self.trial(trial)?.at(rung),
            None => best_trial(&self.trials.iter().filter_map(Trial::candidate).collect::<Vec<_>>()),
        }
    }

    /// The trials that have the best objective at the same rung, the best one among them; 0 if all failed.
    pub fn tied(&self) -> usize {
        let Some(best) = self.best().filter(|best| !best.measured.is_failed()) else { return 0 };
        self.trials.iter().filter(|trial| trial.objectives.get(&best.rung) == Some(&best.measured.objective)).count()
    }

    /// The highest rung at which both trial 0 and the best trial were measured, and the objectives of both there.
    pub fn against_default(&self) -> Option<(usize, f64, f64)> {
        let (own, best) = (self.trial(0)?, self.trial(self.best()?.trial)?);
        let both = |(rung, objective): (&usize, &f64)| Some((*rung, *objective, *best.objectives.get(rung)?));
        own.objectives.iter().filter_map(both).next_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(number: usize, objectives: &[f64]) -> Trial {
        Trial { number, objectives: objectives.iter().copied().enumerate().collect(), ..Trial::default() }
    }

    fn variant(trials: Vec<Trial>, chosen: Option<(usize, usize)>) -> SearchedVariant {
        SearchedVariant { index: 0, name: "a".to_owned(), space: vec![], trials, chosen }
    }

    #[test]
    fn the_best_trial_is_compared_with_the_default_where_both_were_measured() {
        let trials = vec![trial(0, &[1.0]), trial(1, &[3.0, 5.0]), trial(2, &[2.0, 5.0]), trial(3, &[FAILED])];
        let searched = variant(trials.clone(), None);
        assert_eq!(searched.best(), Some(Candidate { trial: 1, rung: 1, measured: 5.0.into() }));
        assert_eq!(searched.against_default(), Some((0, 1.0, 3.0)));
        assert_eq!((searched.tied(), searched.failed(), searched.measured().count()), (2, 1, 4));
        // The area under the learning curves decides between trials 1 and 2.
        let mut told_apart = variant(trials.clone(), None);
        told_apart.trials[2].areas.insert(1, 4.0);
        assert_eq!(told_apart.best().map(|best| best.trial), Some(2));
        // What the journal says was chosen is the choice.
        assert_eq!(variant(trials, Some((2, 1))).best().map(|best| best.trial), Some(2));
    }

    #[test]
    fn before_the_first_measurement_there_is_no_best_trial() {
        assert_eq!(variant(vec![trial(0, &[])], None).best(), None);
        let failed = variant(vec![trial(0, &[FAILED])], None);
        assert_eq!((failed.tied(), failed.against_default()), (0, Some((0, FAILED, FAILED))));
    }
}
