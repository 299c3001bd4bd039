//! The files of a run: rows that are only ever appended to, checkpoints and the summary, in the run's folder.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::best::KeptBest;
use super::checkpoint::{PROGRAM, Snapshot, step_of_newest};
use super::recorder::Recorder;
use super::tally::Tally;
use super::vec_env::VecEnv;
use crate::agents::Agent;
use crate::results::{DiagnosticsRow, EpisodeRow, EvaluationSummary, Summary, UpdateRow, ValueRow};
use crate::tensorboard::TensorBoard;

/// Records a run in its folder, and for TensorBoard beside it.
pub struct RunFiles {
    pub(super) folder: PathBuf,
    pub(super) episodes: BufWriter<File>,
    pub(super) evaluations: BufWriter<File>,
    pub(super) updates: BufWriter<File>,
    /// In environments that have an exact solution.
    pub(super) values: Option<BufWriter<File>>,
    /// Where the experiment asks for them and the agent learns.
    pub(super) diagnostics: Option<BufWriter<File>>,
    pub(super) board: Option<TensorBoard>,
    /// Where the parameters of the best evaluation are kept.
    pub(super) best: Option<KeptBest>,
}

impl Recorder for RunFiles {
    fn episode(&mut self, row: &EpisodeRow) -> io::Result<()> {
        writeln!(self.episodes, "{row}")?;
        self.show(|board| board.episode(row));
        Ok(())
    }

    fn update(&mut self, row: &UpdateRow) -> io::Result<()> {
        writeln!(self.updates, "{row}")?;
        self.show(|board| board.update(row));
        Ok(())
    }

    fn value(&mut self, row: &ValueRow) -> io::Result<()> {
        self.values.as_mut().map_or(Ok(()), |values| writeln!(values, "{row}"))?;
        self.show(|board| board.value(row));
        Ok(())
    }

    /// Flushes all files as well: evaluations are what a user waits for.
    fn evaluation(&mut self, rows: &[EpisodeRow]) -> io::Result<()> {
        rows.iter().try_for_each(|row| writeln!(self.evaluations, "{row}"))?;
        self.show(|board| EvaluationSummary::of(rows).map_or(Ok(()), |evaluation| board.evaluation(&evaluation)));
        self.flush()?;
        Ok(())
    }

    fn evaluated(&mut self, evaluation: &EvaluationSummary, agent: &dyn Agent) -> io::Result<()> {
        self.best.iter_mut().for_each(|best| best.consider(evaluation, agent));
        Ok(())
    }

    fn diagnostics(&mut self, row: &DiagnosticsRow) -> io::Result<()> {
        self.diagnostics.as_mut().map_or(Ok(()), |diagnostics| writeln!(diagnostics, "{row}"))?;
        self.show(|board| board.diagnostics(row));
        Ok(())
    }

    fn checkpoint(&mut self, tally: &Tally, envs: &VecEnv, agent: &dyn Agent) -> io::Result<()> {
        let positions = self.sync()?;
        // Another process may make the same run where the file system has no locks: the one that is ahead keeps its checkpoint.
        if step_of_newest(&self.checkpoints()).is_some_and(|newest| newest > tally.step) {
            return Ok(());
        }
        // Before the checkpoint: a run that goes on from it makes no evaluation before it again.
        self.write_best()?;
        let (program, tally) = (PROGRAM.to_owned(), tally.clone());
        let snapshot = Snapshot { program, tally, envs: envs.save(), agent: agent.save(), positions };
        snapshot.write(&self.checkpoints())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.complete()?;
        let checkpoints = self.checkpoints();
        self.best.as_mut().map_or(Ok(()), |best| best.complete(&checkpoints))?;
        summary.write(&self.folder)
    }
}

impl RunFiles {
    /// Writes the rows to come to `board` as well.
    pub fn show_on(&mut self, board: TensorBoard) {
        self.board = Some(board);
    }

    fn write_best(&mut self) -> io::Result<()> {
        let checkpoints = self.checkpoints();
        self.best.as_mut().map_or(Ok(()), |best| best.write(&checkpoints))
    }

    fn checkpoints(&self) -> PathBuf {
        self.folder.join("checkpoint")
    }

    /// Writes to TensorBoard. A failure there ends no run: it is logged and switches TensorBoard off.
    pub(super) fn show(&mut self, what: impl FnOnce(&mut TensorBoard) -> io::Result<()>) {
        if let Some(Err(error)) = self.board.as_mut().map(what) {
            tracing::warn!("the event file for TensorBoard cannot be written any more: {error}");
            self.board = None;
        }
    }
}
