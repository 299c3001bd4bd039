//! The counters of a run.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::main_loop::{Interval, next_multiple};
use super::policy_loss::PolicyLoss;
use super::vec_env::{Episode, Stepped};
use crate::config::{Budget, Diagnostics, RunConfig};
use crate::results::{Distance, EpisodeRow, EvaluationSummary, RunStatus, Summary};

/// Training episodes that the reported training return is the mean of.
const RECENT: usize = 100;

/// The counters of a run. A checkpoint keeps them; the run's summary is made from them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Environment steps taken.
    pub step: u64,
    /// Finished training episodes.
    pub episodes: u64,
    /// Returns of the latest training episodes, the oldest first.
    pub recent_returns: VecDeque<f64>,
    /// Gradient steps.
    pub updates: u64,
    /// The next round of learning at this step or later completes a row of updates.
    pub next_log: u64,
    /// The rounds of learning since the last row of updates.
    pub interval: Interval,
    /// Whether an evaluation belongs after `step` and is still to be made: nothing was done yet, or it was broken off.
    pub evaluation_pending: bool,
    /// The last evaluation.
    pub final_evaluation: Option<EvaluationSummary>,
    /// The evaluation with the highest mean return, the first of equal ones.
    pub best_evaluation: Option<EvaluationSummary>,
    /// The last distance from the exact solution.
    pub distance: Option<Distance>,
    /// The policy loss since the last diagnostics, in a run that has them. Checkpoints keep it apart: most runs have none.
    #[serde(skip)]
    pub policy_loss: Option<PolicyLoss>,
    /// How the run ended, if it ended before its budget. No checkpoint is written after that.
    #[serde(skip)]
    pub status: Option<RunStatus>,
}

impl Tally {
    /// The counters of a run that has not begun.
    pub fn new(budget: &Budget) -> Tally {
        Tally {
            step: 0,
            episodes: 0,
            recent_returns: VecDeque::with_capacity(RECENT),
            updates: 0,
            next_log: budget.log_every,
            interval: Interval::default(),
            evaluation_pending: true,
            final_evaluation: None,
            best_evaluation: None,
            distance: None,
            policy_loss: None,
            status: None,
        }
    }

    /// The counters of a run that begins where a run of another experiment ended. Its rows and evaluations are its own.
    pub fn begin_after(self, budget: &Budget) -> Tally {
        Tally {
            next_log: next_multiple(self.step, budget.log_every),
            interval: Interval::default(),
            evaluation_pending: budget.evaluates_at(self.step),
            final_evaluation: None,
            best_evaluation: None,
            distance: None,
            policy_loss: self.policy_loss.map(|_| PolicyLoss::default()),
            ..self
        }
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self, budget: &Budget) -> bool {
        self.status.is_some() || (self.step >= budget.steps && !self.evaluation_pending)
    }

    /// Whether an evaluation belongs after the step at hand.
    pub fn evaluation_is_due(&self, budget: &Budget) -> bool {
        self.status.is_none() && budget.evaluates_at(self.step)
    }

    /// Whether a checkpoint belongs after the step at hand: if its evaluation was broken off, there is one without being due.
    pub fn checkpoint_is_due(&self, budget: &Budget) -> bool {
        self.status.is_none() && !self.evaluation_pending && budget.checkpoints_at(self.step)
    }

    /// Whether diagnostics belong after the step at hand. Its evaluation comes first: where that is broken off, both are made
    /// when the run goes on.
    pub fn diagnostics_are_due(&self, diagnostics: &Diagnostics, budget: &Budget) -> bool {
        self.status.is_none() && !self.evaluation_pending && diagnostics.measures_at(self.step, budget)
    }

    /// Counts a training episode that ended with the step at hand; its row.
    pub fn count_episode(&mut self, Episode { total, length }: Episode, stepped: &Stepped<'_>) -> EpisodeRow {
        self.episodes += 1;
        if self.recent_returns.len() == RECENT {
            self.recent_returns.pop_front();
        }
        self.recent_returns.push_back(total);
        EpisodeRow { step: self.step, episode: self.episodes, total, length, ending: stepped.transition.ending }
    }

    /// Takes in an evaluation, if it had episodes.
    pub fn count_evaluation(&mut self, evaluation: Option<EvaluationSummary>) {
        self.final_evaluation = evaluation;
        let is_better = |new: &EvaluationSummary| self.best_evaluation.is_none_or(|best| new.mean > best.mean);
        if let Some(new) = evaluation.filter(is_better) {
            self.best_evaluation = Some(new);
        }
    }

    /// Ends the run as diverged, if there is a reason.
    pub fn diverge_if(&mut self, reason: Option<String>) {
        if let Some(reason) = reason {
            self.status = Some(RunStatus::Diverged { step: self.step, reason });
        }
    }

    /// Mean return of the latest training episodes, once there is one.
    pub fn training_return(&self) -> Option<f64> {
        let returns = &self.recent_returns;
        (!returns.is_empty()).then(|| returns.iter().sum::<f64>() / returns.len() as f64)
    }

    /// The figures of a run that is over.
    pub fn summary(&self, config: &RunConfig, seed: u64, parameters: usize) -> Summary {
        Summary {
            variant: config.variant.clone(),
            seed,
            outcome: self.status.clone().unwrap_or(RunStatus::Finished),
            steps: self.step,
            episodes: self.episodes,
            updates: self.updates,
            parameters: parameters as u64,
            training_return: self.training_return(),
            final_evaluation: self.final_evaluation,
            best_evaluation: self.best_evaluation,
            distance: self.distance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        Budget { steps: 6, evaluate_every: 4, evaluation_episodes: 1, checkpoint_every: 3, log_every: 2 }
    }

    #[test]
    fn what_is_due_follows_the_budget() {
        let budget = budget();
        let mut tally = Tally { evaluation_pending: false, ..Tally::new(&budget) };
        let mut due = Vec::new();
        for step in 0..=6 {
            tally.step = step;
            due.push((tally.evaluation_is_due(&budget), tally.checkpoint_is_due(&budget)));
        }
        let [none, evaluation, checkpoint, both] = [(false, false), (true, false), (false, true), (true, true)];
        assert_eq!(due, [evaluation, none, none, checkpoint, evaluation, none, both]);
        assert!(tally.is_over(&budget));
        let diagnostics = Diagnostics { every: 4, ..Diagnostics::default() };
        let due = |tally: &Tally| tally.diagnostics_are_due(&diagnostics, &budget);
        let steps: Vec<u64> = (0..=6).filter(|&step| due(&Tally { step, ..tally.clone() })).collect();
        assert_eq!(steps, [0, 4, 6]);
        tally.evaluation_pending = true;
        assert!(!due(&tally), "the evaluation comes first");
        assert!(!tally.is_over(&budget), "its last evaluation is still to be made");
        assert!(!tally.checkpoint_is_due(&budget));
    }

    #[test]
    fn the_first_of_equal_evaluations_is_the_best() {
        let evaluation =
            |step, mean| Some(EvaluationSummary { step, episodes: 2, mean, min: mean, max: mean, mean_length: 3.0 });
        let mut tally = Tally::new(&budget());
        for (step, mean) in [(0, 1.0), (4, 2.0), (8, 2.0), (12, -1.0)] {
            tally.count_evaluation(evaluation(step, mean));
        }
        assert_eq!((tally.final_evaluation, tally.best_evaluation), (evaluation(12, -1.0), evaluation(4, 2.0)));
    }
}
