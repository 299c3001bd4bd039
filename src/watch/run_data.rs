//! What is known of one run, in memory that does not grow with its rows.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use super::binned::Binned;
use crate::results::{EpisodeRow, RunStatus, Summary, UpdateRow, ValueRow};

/// Training episodes that the shown return is the mean of.
const RECENT: usize = 100;

/// How far a run is.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// It has no files yet.
    Waiting,
    /// It has begun and goes on.
    Running,
    /// It has begun and is not over, but nothing was written for this long.
    Stalled(Duration),
    /// The whole budget was used.
    Finished,
    /// It ended early, for this reason.
    Failed(String),
}

impl RunState {
    /// A word for it.
    pub fn word(&self) -> &'static str {
        match self {
            RunState::Waiting => "waiting",
            RunState::Running => "running",
            RunState::Stalled(_) => "stalled",
            RunState::Finished => "finished",
            RunState::Failed(reason) if reason.starts_with("diverged") => "diverged",
            RunState::Failed(_) => "failed",
        }
    }
}

/// An evaluation, as far as its episodes are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluated {
    /// Environment steps of the run before it.
    pub step: u64,
    episodes: u64,
    sum: f64,
}

impl Evaluated {
    /// Its mean return.
    pub fn mean(&self) -> f64 {
        self.sum / self.episodes as f64
    }
}

/// What the files of a run say.
#[derive(Clone, Debug)]
pub struct RunData {
    /// The variant's index in the experiment.
    pub variant: usize,
    /// The seed.
    pub seed: u64,
    /// Environment steps of the whole run.
    pub budget: u64,
    /// Episodes of an evaluation.
    pub evaluation_episodes: u64,
    /// The steps of the last rows of episodes, evaluations, updates and values.
    pub last_steps: [u64; 4],
    /// Finished training episodes.
    pub episodes: u64,
    /// Their returns over the budget.
    pub training: Binned,
    /// Returns of the latest of them.
    pub recent: VecDeque<f64>,
    /// The evaluations.
    pub evaluations: Vec<Evaluated>,
    /// The loss over the budget.
    pub loss: Binned,
    /// The norm of the gradient over the budget.
    pub gradient: Binned,
    /// The mean predicted action value over the budget.
    pub q_mean: Binned,
    /// The last row of updates.
    pub last_update: Option<UpdateRow>,
    /// (step, root mean square error of the values) where there is an exact solution.
    pub errors: Vec<(u64, f64)>,
    /// The final figures, and when they were written.
    pub summary: Option<(Summary, SystemTime)>,
    /// When a row was last written; `None` before the first file.
    pub modified: Option<SystemTime>,
    /// The longest time between two writes that were seen.
    pub longest_pause: Duration,
    /// Environment steps per second, by the times of the writes that were seen.
    pub steps_per_second: Option<f64>,
    /// What is wrong with a file.
    pub problem: Option<String>,
}

impl RunData {
    /// A run without files.
    pub fn new(variant: usize, seed: u64, budget: u64, evaluation_episodes: u64) -> RunData {
        RunData {
            variant,
            seed,
            budget,
            evaluation_episodes,
            last_steps: [0; 4],
            episodes: 0,
            training: Binned::new(budget),
            recent: VecDeque::new(),
            evaluations: Vec::new(),
            loss: Binned::new(budget),
            gradient: Binned::new(budget),
            q_mean: Binned::new(budget),
            last_update: None,
            errors: Vec::new(),
            summary: None,
            modified: None,
            longest_pause: Duration::ZERO,
            steps_per_second: None,
            problem: None,
        }
    }

    /// Takes in a training episode.
    pub fn add_episode(&mut self, row: &EpisodeRow) {
        self.last_steps[0] = row.step;
        self.episodes = row.episode;
        self.training.add(row.step, row.total);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(row.total);
    }

    /// Forgets the training episodes.
    pub fn clear_episodes(&mut self) {
        (self.last_steps[0], self.episodes) = (0, 0);
        self.training = Binned::new(self.budget);
        self.recent.clear();
    }

    /// Takes in an episode of an evaluation.
    pub fn add_evaluation(&mut self, row: &EpisodeRow) {
        self.last_steps[1] = row.step;
        match self.evaluations.last_mut().filter(|last| last.step == row.step) {
            Some(last) => (last.episodes, last.sum) = (last.episodes + 1, last.sum + row.total),
            None => self.evaluations.push(Evaluated { step: row.step, episodes: 1, sum: row.total }),
        }
    }

    /// Forgets the evaluations.
    pub fn clear_evaluations(&mut self) {
        self.last_steps[1] = 0;
        self.evaluations.clear();
    }

    /// Takes in a row of updates.
    pub fn add_update(&mut self, row: &UpdateRow) {
        self.last_steps[2] = row.step;
        self.loss.add(row.step, row.loss);
        self.gradient.add(row.step, row.grad_norm);
        if let Some(q_mean) = row.q_mean {
            self.q_mean.add(row.step, q_mean);
        }
        self.last_update = Some(*row);
    }

    /// Forgets the updates.
    pub fn clear_updates(&mut self) {
        (self.last_steps[2], self.last_update) = (0, None);
        for binned in [&mut self.loss, &mut self.gradient, &mut self.q_mean] {
            *binned = Binned::new(self.budget);
        }
    }

    /// Takes in a distance from the exact solution.
    pub fn add_value(&mut self, row: &ValueRow) {
        self.last_steps[3] = row.step;
        self.errors.extend(row.distance.value_rmse.map(|rmse| (row.step, rmse)));
    }

    /// Forgets the distances.
    pub fn clear_values(&mut self) {
        self.last_steps[3] = 0;
        self.errors.clear();
    }

    /// Environment steps up to the last row that was written.
    pub fn step(&self) -> u64 {
        let of_summary = self.summary.as_ref().map_or(0, |(summary, _)| summary.steps);
        self.last_steps.into_iter().fold(of_summary, u64::max).min(self.budget)
    }

    /// The evaluations whose episodes are all written.
    pub fn whole_evaluations(&self) -> impl DoubleEndedIterator<Item = &Evaluated> {
        self.evaluations.iter().filter(|evaluated| evaluated.episodes >= self.evaluation_episodes)
    }

    /// The mean return of the last evaluation, or of the latest training episodes where nothing was evaluated.
    pub fn last_return(&self) -> Option<f64> {
        let recent = || crate::stats::mean(self.recent.iter().copied().collect::<Vec<_>>().as_slice());
        self.whole_evaluations().next_back().map(Evaluated::mean).or_else(recent)
    }

    /// The highest mean return of an evaluation.
    pub fn best_return(&self) -> Option<f64> {
        self.whole_evaluations().map(Evaluated::mean).reduce(f64::max)
    }

    /// How far the run is at the time `now`. `worked_in` says whether a process works in the experiment's folder, if that is
    /// known.
    pub fn state(&self, now: SystemTime, worked_in: Option<bool>) -> RunState {
        let Some(modified) = self.modified else { return RunState::Waiting };
        let quiet = now.duration_since(modified).unwrap_or(Duration::ZERO);
        if let Some((summary, written)) = &self.summary {
            match &summary.outcome {
                RunStatus::Finished if summary.steps >= self.budget => return RunState::Finished,
                RunStatus::Finished => {}
                // A run that is made again after a failure writes its rows after that summary.
                RunStatus::Failed { .. } | RunStatus::Panicked { .. } if modified > *written => {}
                outcome => return RunState::Failed(outcome.to_string()),
            }
        }
        let limit = STALLED_AFTER.max(3 * self.longest_pause);
        if worked_in == Some(true) || quiet < limit { RunState::Running } else { RunState::Stalled(quiet) }
    }
}

/// A run that no process is known to work at is stalled if it has written nothing for so long, and for three times its longest
/// pause.
const STALLED_AFTER: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use tilde_envs::Ending;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn run() -> RunData {
        RunData { modified: Some(at(100)), ..RunData::new(0, 3, 1_000, 2) }
    }

    fn summary(outcome: RunStatus, steps: u64) -> Summary {
        Summary {
            variant: "a".to_owned(),
            seed: 3,
            outcome,
            steps,
            episodes: 0,
            updates: 0,
            parameters: 0,
            training_return: None,
            final_evaluation: None,
            best_evaluation: None,
            distance: None,
        }
    }

    fn row(step: u64, total: f64) -> EpisodeRow {
        EpisodeRow { step, episode: 1, total, length: 1, ending: Ending::Terminated }
    }

    #[test]
    fn a_run_is_stalled_when_it_is_quiet_and_nobody_works_at_it() {
        let state = |run: &RunData, now, worked_in| run.state(at(now), worked_in);
        assert_eq!(state(&RunData { modified: None, ..run() }, 100, Some(true)), RunState::Waiting);
        assert_eq!(state(&run(), 105, Some(false)), RunState::Running);
        assert_eq!(state(&run(), 110, Some(false)), RunState::Stalled(Duration::from_secs(10)));
        assert_eq!(state(&run(), 130, None), RunState::Stalled(Duration::from_secs(30)));
        assert_eq!(state(&run(), 9_000, Some(true)), RunState::Running);
        let slow = RunData { longest_pause: Duration::from_secs(20), ..run() };
        assert_eq!(state(&slow, 150, None), RunState::Running);
        assert_eq!(state(&slow, 160, None), RunState::Stalled(Duration::from_secs(60)));
    }

    #[test]
    fn a_summary_says_how_a_run_ended_unless_it_goes_on() {
        let with = |outcome, steps| RunData { summary: Some((summary(outcome, steps), at(100))), ..run() };
        assert_eq!(with(RunStatus::Finished, 1_000).state(at(900), None), RunState::Finished);
        let extended = with(RunStatus::Finished, 500);
        assert_eq!(extended.state(at(101), None), RunState::Running);
        let reason = || "the loss is NaN".to_owned();
        let diverged = with(RunStatus::Diverged { step: 7, reason: reason() }, 7).state(at(101), None);
        assert_eq!(diverged, RunState::Failed("diverged at step 7: the loss is NaN".to_owned()));
        assert_eq!(diverged.word(), "diverged");
        let panicked = with(RunStatus::Panicked { step: 7, reason: reason() }, 7);
        assert_eq!(panicked.state(at(101), None).word(), "failed");
        let made_again = RunData { modified: Some(at(102)), ..panicked };
        assert_eq!(made_again.state(at(103), None), RunState::Running);
    }

    #[test]
    fn the_return_is_that_of_the_last_whole_evaluation_or_of_training() {
        let mut run = run();
        assert_eq!((run.last_return(), run.best_return(), run.step()), (None, None, 0));
        run.add_episode(&row(10, 2.0));
        run.add_episode(&row(20, 4.0));
        assert_eq!((run.last_return(), run.step()), (Some(3.0), 20));
        run.add_evaluation(&row(50, 7.0));
        assert_eq!(run.last_return(), Some(3.0), "half an evaluation");
        run.add_evaluation(&row(50, 9.0));
        run.add_evaluation(&row(100, 1.0));
        run.add_evaluation(&row(100, 2.0));
        assert_eq!((run.last_return(), run.best_return(), run.step()), (Some(1.5), Some(8.0), 100));
        run.clear_evaluations();
        assert_eq!((run.last_return(), run.step()), (Some(3.0), 20));
    }
}
