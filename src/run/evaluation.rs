//! Evaluations: episodes without exploration, on an environment and a random stream of their own, and the distance from the
//! exact solution.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use tilde_envs::{Env, Stopped};

use super::exact_solution::ExactSolution;
use super::recorder::Recorder;
use super::tally::Tally;
use crate::agents::Agent;
use crate::config::RunConfig;
use crate::results::{Distance, EpisodeRow, EvaluationSummary, ValueRow};
use crate::rng::{Rng, evaluation_stream};

/// Evaluates the agent of a run.
pub struct Evaluator {
    env: Box<dyn Env>,
    /// Where the environment has one.
    exact: Option<ExactSolution>,
    episodes: u64,
    seed: u64,
}

impl Evaluator {
    /// The evaluations of a run, in an environment of their own.
    pub fn new(config: &RunConfig, env: Box<dyn Env>, seed: u64) -> Evaluator {
        let exact = env.model().map(|model| ExactSolution::new(model, config.algorithm.gamma()));
        Evaluator { env, exact, episodes: config.budget.evaluation_episodes, seed }
    }

    /// Whether learned values are compared with an exact solution.
    pub fn has_exact_solution(&self) -> bool {
        self.exact.is_some()
    }

    /// Evaluates `agent` at the step at hand. If one of its parameters is not finite, the run has diverged. Once `stop` is set,
    /// the evaluation is broken off: nothing of it is recorded, and it is pending.
    ///
    /// # Errors
    /// If it cannot be recorded.
    pub fn evaluate(
        &mut self,
        agent: &mut dyn Agent,
        tally: &mut Tally,
        recorder: &mut dyn Recorder,
        stop: &AtomicBool,
    ) -> io::Result<()> {
        tally.diverge_if(agent.non_finite_parameter());
        tally.evaluation_pending = tally.status.is_none();
        if !tally.evaluation_pending {
            return Ok(());
        }
        let Ok((rows, distance)) = self.measure(agent, tally.step, stop) else { return Ok(()) };
        tally.evaluation_pending = false;
        let evaluation = EvaluationSummary::of(&rows);
        tally.count_evaluation(evaluation);
        if let Some(distance) = distance {
            tally.distance = Some(distance);
            recorder.value(&ValueRow { step: tally.step, distance })?;
        }
        recorder.evaluation(&rows)?;
        evaluation.map_or(Ok(()), |evaluation| recorder.evaluated(&evaluation, agent))
    }

    /// A row for each episode, and the distance from the exact solution.
    fn measure(
        &mut self,
        agent: &mut dyn Agent,
        step: u64,
        stop: &AtomicBool,
    ) -> Result<(Vec<EpisodeRow>, Option<Distance>), Stopped> {
        let stopped = || stop.load(Ordering::Relaxed);
        let mut rng = evaluation_stream(self.seed, step);
        let episodes = (1..=self.episodes).map(|episode| {
            let greedy = |observation: &[f32], rng: &mut Rng| agent.act_eval(observation, rng);
            let row = play_episode(greedy, self.env.as_mut(), &mut rng, &stopped)?;
            Ok(EpisodeRow { step, episode, ..row })
        });
        let rows = episodes.collect::<Result<Vec<EpisodeRow>, Stopped>>()?;
        let distance = self.exact.as_ref().map(|exact| exact.try_distance(agent, step, &stopped)).transpose()?;
        Ok((rows, distance))
    }
}

/// Plays one episode with the actions of `act`, as number 1 at step 0.
///
/// # Errors
/// If `stopped` says so before the end.
pub(super) fn play_episode(
    mut act: impl FnMut(&[f32], &mut Rng) -> usize,
    env: &mut dyn Env,
    rng: &mut Rng,
    stopped: &dyn Fn() -> bool,
) -> Result<EpisodeRow, Stopped> {
    let mut observation = vec![0.0; env.observation_space().len()];
    let (mut total, mut length) = (0.0, 0);
    env.reset(rng, &mut observation);
    while !stopped() {
        let action = act(&observation, rng);
        let outcome = env.step(action, rng, &mut observation);
        total += f64::from(outcome.reward);
        length += 1;
        if outcome.ending.is_over() {
            return Ok(EpisodeRow { step: 0, episode: 1, total, length, ending: outcome.ending });
        }
    }
    Err(Stopped)
}
