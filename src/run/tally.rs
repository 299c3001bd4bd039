//! The counters of a run, and the rows that they become.

use std::collections::VecDeque;
use std::io;

use serde::{Deserialize, Serialize};

use super::recorder::Recorder;
use super::vec_env::{Episode, Stepped};
use crate::agents::UpdateStats;
use crate::config::{Budget, RunConfig};
use crate::results::{Distance, EpisodeRow, EvaluationSummary, RunStatus, Summary, UpdateRow};

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

    /// Counts an environment step and what was learned after it, and hands the rows that they complete to `recorder`.
    ///
    /// # Errors
    /// If a row cannot be recorded.
    pub fn record(
        &mut self,
        stepped: &Stepped<'_>,
        update: Option<&UpdateStats>,
        budget: &Budget,
        recorder: &mut dyn Recorder,
    ) -> io::Result<()> {
        self.step += 1;
        if let Some(episode) = stepped.episode {
            let row = self.count_episode(episode, stepped);
            recorder.episode(&row)?;
        }
        if let Some(update) = update {
            self.updates = update.updates;
            self.interval.add(self.step, update);
            let non_finite = non_finite_figure(update);
            if self.step >= self.next_log || non_finite.is_some() {
                self.record_interval(recorder)?;
                self.next_log = next_multiple(self.step, budget.log_every);
            }
            self.diverge_if(non_finite);
        }
        recorder.step(self);
        Ok(())
    }

    /// Hands the row of the rounds of learning since the last one to `recorder`, if there were any.
    ///
    /// # Errors
    /// If it cannot be recorded.
    pub fn record_interval(&mut self, recorder: &mut dyn Recorder) -> io::Result<()> {
        self.interval.take().map_or(Ok(()), |row| recorder.update(&row))
    }

    fn count_episode(&mut self, Episode { total, length }: Episode, stepped: &Stepped<'_>) -> EpisodeRow {
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

/// The first multiple of `interval` after `step`.
fn next_multiple(step: u64, interval: u64) -> u64 {
    (step / interval + 1) * interval
}

/// Names the first figure that is not a finite number: the run has diverged.
#[inline]
fn non_finite_figure(update: &UpdateStats) -> Option<String> {
    let figures =
        [("loss", update.loss), ("mean Q", update.q_mean.unwrap_or(0.0)), ("gradient norm", update.grad_norm)];
    figures.into_iter().find(|(_, value)| !value.is_finite()).map(|(name, value)| format!("the {name} is {value}"))
}

/// Sums over the rounds of learning since the last row of updates. A checkpoint keeps them, so that a resumed run completes the
/// row as a run that was never stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    rounds: u64,
    loss: f64,
    /// Where action values are learned.
    q_mean: Option<f64>,
    grad_norm: f64,
    /// Of the last round: its environment step, the gradient steps so far, ε, the step size and the temperature.
    step: u64,
    updates: u64,
    epsilon: Option<f64>,
    learning_rate: f64,
    temperature: Option<f64>,
}

impl Interval {
    /// Adds the round of learning at environment step `step`.
    #[inline]
    fn add(&mut self, step: u64, update: &UpdateStats) {
        self.rounds += 1;
        self.loss += update.loss;
        self.q_mean = update.q_mean.map(|q| self.q_mean.unwrap_or(0.0) + q);
        self.grad_norm += update.grad_norm;
        self.step = step;
        self.updates = update.updates;
        self.epsilon = update.epsilon;
        self.learning_rate = update.learning_rate;
        self.temperature = update.temperature;
    }

    /// The row of the rounds so far, if there were any; the next interval begins.
    fn take(&mut self) -> Option<UpdateRow> {
        let sums = std::mem::take(self);
        let rounds = sums.rounds as f64;
        (sums.rounds > 0).then(|| UpdateRow {
            step: sums.step,
            updates: sums.updates,
            loss: sums.loss / rounds,
            q_mean: sums.q_mean.map(|sum| sum / rounds),
            grad_norm: sums.grad_norm / rounds,
            epsilon: sums.epsilon,
            learning_rate: sums.learning_rate,
            temperature: sums.temperature,
        })
    }
}

#[cfg(test)]
mod tests {
    use tilde_envs::Ending;

    use super::*;
    use crate::replay::Transition;
    use crate::run::Rows;

    fn update(updates: u64, figure: f64) -> UpdateStats {
        UpdateStats {
            updates,
            loss: figure,
            q_mean: Some(10.0 * figure),
            grad_norm: 100.0 * figure,
            epsilon: Some(1.0 / figure),
            learning_rate: figure,
            temperature: Some(2.0 * figure),
        }
    }

    /// A step without an end, or the last of an episode with this return and length.
    fn stepped(episode: Option<(f64, u64)>) -> Stepped<'static> {
        let ending = if episode.is_some() { Ending::Truncated } else { Ending::Continues };
        let transition = Transition { observation: &[], action: 0, reward: 0.0, next_observation: &[], ending, env: 0 };
        Stepped { transition, episode: episode.map(|(total, length)| Episode { total, length }) }
    }

    fn budget() -> Budget {
        Budget { steps: 6, evaluate_every: 4, evaluation_episodes: 1, checkpoint_every: 3, log_every: 2 }
    }

    #[test]
    fn steps_become_rows_as_worked_out_by_hand() {
        let (budget, mut rows) = (budget(), Rows::default());
        let mut tally = Tally::new(&budget);
        let mut record = |tally: &mut Tally, episode, learned: Option<UpdateStats>| {
            tally.record(&stepped(episode), learned.as_ref(), &budget, &mut rows).unwrap();
        };
        record(&mut tally, None, Some(update(1, 1.0)));
        record(&mut tally, Some((5.0, 2)), None);
        record(&mut tally, None, Some(update(2, 3.0))); // the first at step 2 or later
        record(&mut tally, Some((8.0, 2)), Some(update(3, 4.0)));
        assert_eq!((tally.step, tally.episodes, tally.updates), (4, 2, 3));
        assert_eq!((tally.training_return(), tally.next_log), (Some(6.5), 6));
        let episode = |step, episode, total| {
            let ending = Ending::Truncated;
            EpisodeRow { step, episode, total, length: 2, ending }
        };
        assert_eq!(rows.episodes, [episode(2, 1, 5.0), episode(4, 2, 8.0)]);
        let means = |row: &UpdateRow| (row.step, row.updates, row.loss, row.q_mean, row.grad_norm);
        let settings = |row: &UpdateRow| (row.epsilon, row.learning_rate, row.temperature);
        assert_eq!(
            rows.updates.iter().map(means).collect::<Vec<_>>(),
            [(3, 2, 2.0, Some(20.0), 200.0), (4, 3, 4.0, Some(40.0), 400.0),]
        );
        assert_eq!(settings(&rows.updates[0]), (Some(1.0 / 3.0), 3.0, Some(6.0)), "those of the last round");
    }

    #[test]
    fn a_non_finite_number_ends_the_run_and_completes_a_row() {
        let (budget, mut rows) = (Budget { log_every: 100, ..budget() }, Rows::default());
        let mut tally = Tally::new(&budget);
        tally.record(&stepped(None), Some(&update(1, 1.0)), &budget, &mut rows).unwrap();
        assert!(rows.updates.is_empty() && !tally.is_over(&budget));
        let broken = UpdateStats { loss: f64::NAN, q_mean: None, ..update(2, 1.0) };
        tally.record(&stepped(None), Some(&broken), &budget, &mut rows).unwrap();
        assert!(rows.updates[0].loss.is_nan() && rows.updates[0].grad_norm == 100.0);
        assert_eq!(rows.updates[0].q_mean, None);
        assert_eq!(tally.status, Some(RunStatus::Diverged { step: 2, reason: "the loss is NaN".to_owned() }));
        assert!(tally.is_over(&budget) && !tally.evaluation_is_due(&budget) && !tally.checkpoint_is_due(&budget));
        assert_eq!(tally.interval, Interval::default(), "the next interval is empty");
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
        tally.evaluation_pending = true;
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

    #[test]
    fn a_hundred_recent_returns_count() {
        let (budget, mut tally) = (budget(), Tally::new(&budget()));
        for episode in 1..=150 {
            tally.record(&stepped(Some((f64::from(episode), 1))), None, &budget, &mut ()).unwrap();
        }
        assert_eq!((tally.episodes, tally.training_return()), (150, Some(100.5)));
    }
}
