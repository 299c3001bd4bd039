//! Diagnostics during training: measures of the learned functions, on an environment and a random stream of their own.

use std::io;

use tilde_envs::Env;

use super::main_loop::next_multiple;
use super::recorder::Recorder;
use super::tally::Tally;
use crate::agents::Agent;
use crate::config::{Budget, Diagnostics, RunConfig};
use crate::diagnostics::{Visits, measure};
use crate::results::DiagnosticsRow;
use crate::rng::diagnostics_stream;

/// Measures the functions of a run's agent.
pub struct Diagnoser {
    config: Diagnostics,
    env: Box<dyn Env>,
    gamma: f64,
    /// Else the policy is given, and its entropy says nothing about what is learned.
    learns_policy: bool,
    seed: u64,
    /// No measurement is due before this step.
    next: u64,
}

impl Diagnoser {
    /// The diagnostics of a run, in an environment of their own; nothing if the run has none, or if its algorithm does not learn.
    pub fn new(config: &RunConfig, env: Box<dyn Env>, seed: u64) -> Option<Diagnoser> {
        let diagnostics = config.diagnostics.as_ref().filter(|_| config.algorithm.learns())?;
        Some(Diagnoser {
            config: diagnostics.clone(),
            env,
            gamma: config.algorithm.gamma(),
            learns_policy: config.algorithm.learns_policy(),
            seed,
            next: 0,
        })
    }

    /// Whether a measurement may be due after `step` environment steps: a comparison, as it is asked after every step.
    #[inline]
    pub fn may_be_due(&self, step: u64) -> bool {
        step >= self.next
    }

    /// Measures `agent`, if it is time to, and hands a row for each function to `recorder`.
    ///
    /// # Errors
    /// If a row cannot be recorded.
    pub fn diagnose(
        &mut self,
        agent: &mut dyn Agent,
        tally: &mut Tally,
        budget: &Budget,
        recorder: &mut dyn Recorder,
    ) -> io::Result<()> {
        let is_due = tally.diagnostics_are_due(&self.config, budget);
        if tally.evaluation_pending {
            return Ok(());
        }
        self.next = next_multiple(tally.step, self.config.every).min(budget.steps);
        if !is_due {
            return Ok(());
        }
        let mut rng = diagnostics_stream(self.seed, tally.step);
        let size = [usize::MAX, self.config.states as usize];
        let visits = Visits::play(agent, self.env.as_mut(), self.gamma, size, tally.step, &mut rng);
        let mut rows = measure(agent, &visits, tally.step);
        let policy_loss = tally.policy_loss.as_mut().and_then(|losses| losses.take());
        if let Some(row) = rows.get_mut(agent.roles().policy) {
            row.policy_loss = policy_loss.filter(|loss| loss.is_finite());
        }
        let shown = |row: DiagnosticsRow| DiagnosticsRow { entropy: row.entropy.filter(|_| self.learns_policy), ..row };
        rows.into_iter().try_for_each(|row| recorder.diagnostics(&shown(row)))
    }
}
