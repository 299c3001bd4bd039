//! The loop of a run, and the rows that its updates become.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::recorder::Recorder;
use super::tally::Tally;
use super::training::Training;
use super::vec_env::Stepped;
use crate::agents::UpdateStats;
use crate::config::{Budget, RunConfig};
use crate::results::UpdateRow;

impl Training {
    /// The loop: until the budget is used, a number is not finite, or `stop` is set. No step is made while an evaluation is
    /// pending: that of step 0, or one that was broken off.
    pub(super) fn play(&mut self, recorder: &mut dyn Recorder, stop: &AtomicBool) -> io::Result<()> {
        let Training { config: RunConfig { budget, .. }, agent, envs, evaluator, diagnoser, tally, .. } = self;
        envs.begin();
        while !tally.is_over(budget) && !stop.load(Ordering::Relaxed) {
            if !tally.evaluation_pending {
                let stepped = envs.step(agent.as_mut(), tally.step);
                let update = agent.observe(stepped.transition, tally.step + 1);
                tally.record(&stepped, update.as_ref(), budget, recorder)?;
            }
            if tally.evaluation_is_due(budget) {
                evaluator.evaluate(agent.as_mut(), tally, recorder, stop)?;
            }
            if let Some(diagnoser) = diagnoser.as_mut().filter(|diagnoser| diagnoser.may_be_due(tally.step)) {
                diagnoser.diagnose(agent.as_mut(), tally, budget, recorder)?;
            }
            if tally.checkpoint_is_due(budget) {
                recorder.checkpoint(tally, envs, agent.as_ref())?;
            }
        }
        Ok(())
    }
}

impl Tally {
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
            self.policy_loss.iter_mut().for_each(|losses| losses.add(update.policy_loss));
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
}

/// The first multiple of `interval` after `step`.
pub(super) fn next_multiple(step: u64, interval: u64) -> u64 {
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
    use crate::results::{EpisodeRow, RunStatus};
    use crate::run::{Episode, PolicyLoss, Rows};

    fn update(updates: u64, figure: f64) -> UpdateStats {
        UpdateStats {
            updates,
            loss: figure,
            q_mean: Some(10.0 * figure),
            grad_norm: 100.0 * figure,
            epsilon: Some(1.0 / figure),
            learning_rate: figure,
            temperature: Some(2.0 * figure),
            policy_loss: Some(-figure),
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
    fn policy_losses_are_averaged_in_runs_with_diagnostics() {
        let budget = budget();
        let mut tally = Tally { policy_loss: Some(PolicyLoss::default()), ..Tally::new(&budget) };
        let rounds = [update(1, 1.0), UpdateStats { policy_loss: None, ..update(2, 5.0) }, update(3, 4.0)];
        rounds.iter().for_each(|round| tally.record(&stepped(None), Some(round), &budget, &mut ()).unwrap());
        let losses = tally.policy_loss.as_mut().unwrap();
        assert_eq!((losses.take(), losses.take()), (Some(-2.5), None));
        let mut without = Tally::new(&budget);
        without.record(&stepped(None), Some(&update(1, 1.0)), &budget, &mut ()).unwrap();
        assert_eq!(without.policy_loss, None);
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
    fn a_hundred_recent_returns_count() {
        let (budget, mut tally) = (budget(), Tally::new(&budget()));
        for episode in 1..=150 {
            tally.record(&stepped(Some((f64::from(episode), 1))), None, &budget, &mut ()).unwrap();
        }
        assert_eq!((tally.episodes, tally.training_return()), (150, Some(100.5)));
    }
}
