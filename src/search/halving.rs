//! Which trials get more steps.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Measurement;
use crate::invalid_value::{InvalidValue, all, require};
use crate::results::rung_steps;

/// Whether trials that look bad early get fewer steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", from = "WrittenPruner")]
pub enum Pruner {
    /// Every trial gets the whole budget.
    #[default]
    None,
    /// All trials begin with a small part of the budget, and the best ones of each rung go on.
    SuccessiveHalving(SuccessiveHalving),
}

/// The pruner as a file has it: a name alone stands for the defaults.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum WrittenPruner {
    Name(PrunerName),
    Table(PrunerTable),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum PrunerName {
    None,
    SuccessiveHalving,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum PrunerTable {
    /// All trials begin with a small part of the budget, and the best ones of each rung go on.
    SuccessiveHalving(SuccessiveHalving),
}

impl From<WrittenPruner> for Pruner {
    fn from(written: WrittenPruner) -> Pruner {
        match written {
            WrittenPruner::Name(PrunerName::None) => Pruner::None,
            WrittenPruner::Name(PrunerName::SuccessiveHalving) => {
                Pruner::SuccessiveHalving(SuccessiveHalving::default())
            }
            WrittenPruner::Table(PrunerTable::SuccessiveHalving(settings)) => Pruner::SuccessiveHalving(settings),
        }
    }
}

/// Successive halving (Jamieson & Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization"): the last
/// rung has the whole budget and each rung before it `1 / reduction` of the next one's; the best `1 / reduction` of the trials of a
/// rung, at least one, go on in the next. A trial that goes on is the same runs, resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SuccessiveHalving {
    /// How many times as many steps each rung has, and how many times as few trials.
    #[schemars(range(min = 2, max = 100))]
    pub reduction: u64,
    /// The number of rungs.
    #[schemars(range(min = 2, max = 9))]
    pub rungs: u64,
}

impl Default for SuccessiveHalving {
    fn default() -> Self {
        SuccessiveHalving { reduction: 3, rungs: 3 }
    }
}

impl SuccessiveHalving {
    /// Checks every range.
    ///
    /// # Errors
    /// If a number is too small or too large.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let Self { reduction, rungs } = *self;
        all([
            require((2..=100).contains(&reduction), "reduction", || format!("must be from 2 to 100, not {reduction}")),
            require((2..=9).contains(&rungs), "rungs", || format!("must be from 2 to 9, not {rungs}")),
        ])
    }
}

impl Pruner {
    /// The environment steps of a run at each rung, the last of which is `steps`; one rung without pruning.
    ///
    /// # Errors
    /// If the budget cannot be divided; the message says so.
    pub fn rung_steps(&self, steps: u64) -> Result<Vec<u64>, String> {
        let Pruner::SuccessiveHalving(SuccessiveHalving { reduction, rungs }) = *self else { return Ok(vec![steps]) };
        rung_steps(steps, reduction, rungs).ok_or_else(|| {
            format!(
                "{rungs} rungs that grow {reduction}-fold do not divide `budget.steps`, {steps}: choose steps that are a \
                 multiple of {reduction}^{}",
                rungs - 1
            )
        })
    }

    /// The number of trials at each rung, of `trials` at the first.
    pub fn rung_trials(&self, trials: usize) -> Vec<usize> {
        match self {
            Pruner::None => vec![trials],
            Pruner::SuccessiveHalving(halving) => {
                let rungs = usize::try_from(halving.rungs).unwrap_or(usize::MAX);
                std::iter::successors(Some(trials), |&trials| Some(halving.kept(trials))).take(rungs).collect()
            }
        }
    }

    /// The environment steps that `trials` trials take, of runs with `steps` steps at the last rung, for each seed.
    ///
    /// # Errors
    /// As [`Pruner::rung_steps`].
    pub fn cost(&self, trials: usize, steps: u64) -> Result<u64, String> {
        let ends = self.rung_steps(steps)?;
        let starts = [0].into_iter().chain(ends.iter().copied());
        let added = ends.iter().zip(starts).map(|(end, start)| end - start);
        let trials = self.rung_trials(trials).into_iter().map(|trials| trials as u64);
        Ok(added.zip(trials).fold(0, |sum: u64, (steps, trials)| sum.saturating_add(steps.saturating_mul(trials))))
    }

    /// The trials of a rung that go on, each with what it reached there, in the order of their numbers: the best ones, of equal ones
    /// those with the smaller numbers. Failed trials do not go on.
    pub fn promoted(&self, measured: &[(usize, Measurement)]) -> Vec<usize> {
        let Pruner::SuccessiveHalving(halving) = self else { return Vec::new() };
        let mut ranked = measured.to_vec();
        ranked.sort_by(|a, b| b.1.order(&a.1).then(Reverse(b.0).cmp(&Reverse(a.0))));
        let kept = ranked.iter().take(halving.kept(measured.len())).filter(|(_, measured)| !measured.is_failed());
        let mut kept: Vec<usize> = kept.map(|(trial, _)| *trial).collect();
        kept.sort_unstable();
        kept
    }
}

impl SuccessiveHalving {
    /// How many of the trials of a rung go on.
    fn kept(&self, trials: usize) -> usize {
        (trials / usize::try_from(self.reduction).unwrap_or(usize::MAX)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::FAILED;
    use super::*;

    const NINE: Pruner = Pruner::SuccessiveHalving(SuccessiveHalving { reduction: 3, rungs: 3 });

    #[test]
    fn rungs_grow_to_the_whole_budget_and_nothing_is_paid_twice() {
        assert_eq!(NINE.rung_steps(900), Ok(vec![100, 300, 900]));
        assert_eq!(NINE.rung_trials(27), [27, 9, 3]);
        // 27 · 100 + 9 · 200 + 3 · 600.
        assert_eq!(NINE.cost(27, 900), Ok(6_300));
        assert_eq!((Pruner::None.rung_steps(900), Pruner::None.cost(7, 900)), (Ok(vec![900]), Ok(6_300)));
        assert!(NINE.rung_steps(1_000).unwrap_err().contains("multiple of 3^2"));
        assert_eq!(NINE.rung_trials(2), [2, 1, 1]);
    }

    #[test]
    fn the_best_third_goes_on_and_failed_trials_never_do() {
        let measured = [1.0, 5.0, 5.0, 2.0, 5.0, FAILED].map(Measurement::from);
        let mut measured: Vec<(usize, Measurement)> = measured.into_iter().enumerate().collect();
        assert_eq!(NINE.promoted(&measured), [1, 2], "of three equal ones the first two");
        measured[4].1.auc = 3.0;
        assert_eq!(
            NINE.promoted(&measured),
            [1, 4],
            "then the one with the larger area under the curve, and the first"
        );
        assert_eq!(NINE.promoted(&[(0, Measurement::FAILED), (1, Measurement::FAILED)]), [0; 0]);
        assert_eq!(Pruner::None.promoted(&measured), [0; 0]);
    }

    #[test]
    fn a_name_alone_stands_for_the_defaults() {
        #[derive(Deserialize)]
        struct Slot {
            pruner: Pruner,
        }
        let read = |text: &str| toml::from_str::<Slot>(&format!("pruner = {text}")).map(|slot| slot.pruner);
        assert_eq!(read("'none'"), Ok(Pruner::None));
        assert_eq!(read("'successive_halving'"), Ok(NINE));
        assert_eq!(read("{ successive_halving = { rungs = 3 } }"), Ok(NINE));
        assert!(read("{ successive_halving = { rung = 3 } }").is_err());
    }
}
