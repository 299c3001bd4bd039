//! A run's figures for TensorBoard, beside its result files.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::event_file::{EventFile, is_event_file};
use super::finished;
use crate::results::{EXPERIMENT, EpisodeRow, EvaluationSummary, UpdateRow, ValueRow};

/// The live view of one run. Nothing here reaches a result.
pub struct TensorBoard {
    events: EventFile,
    /// Environment steps between episodes that are shown: an onlooker sees no more of them than of other rows.
    every: u64,
    /// From which step on the next one is shown.
    next_episode: u64,
}

impl TensorBoard {
    /// An event file in `folder` that shows `text`, the experiment, and an episode every so many environment steps; with
    /// `from_step`, one that continues what stood there at that step. Where nothing stood there, what is in the row files is
    /// shown first.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn open(folder: &Path, text: &str, every: u64, from_step: Option<u64>) -> io::Result<TensorBoard> {
        if from_step.is_none() {
            remove_events(folder)?; // of an attempt that left no checkpoint
        }
        let continued = from_step.filter(|_| has_events(folder));
        let events = EventFile::create(folder, SystemTime::now(), continued)?;
        let mut board = TensorBoard { events, every, next_episode: 0 };
        if continued.is_none() {
            board.events.text(EXPERIMENT, &format!("```toml\n{text}\n```"))?;
        }
        if from_step.is_some()
            && continued.is_none()
            && let Err(why) = finished::show(&mut board, folder)
        {
            tracing::warn!("{}: TensorBoard is not shown all earlier rows: {why}", folder.display());
        }
        Ok(board)
    }

    /// A training episode.
    pub fn episode(&mut self, row: &EpisodeRow) -> io::Result<()> {
        if row.step < self.next_episode {
            return Ok(());
        }
        self.next_episode = row.step + self.every;
        self.events.scalar(row.step, "rollout/return", row.total)?;
        self.events.scalar(row.step, "rollout/length", row.length as f64)
    }

    /// An evaluation.
    pub fn evaluation(&mut self, evaluated: &EvaluationSummary) -> io::Result<()> {
        self.events.scalar(evaluated.step, "eval/mean_return", evaluated.mean)?;
        self.events.scalar(evaluated.step, "eval/mean_length", evaluated.mean_length)
    }

    /// A round of learning.
    pub fn update(&mut self, row: &UpdateRow) -> io::Result<()> {
        let figures = [
            ("train/loss", Some(row.loss)),
            ("train/q_mean", row.q_mean),
            ("train/grad_norm", Some(row.grad_norm)),
            ("train/epsilon", row.epsilon),
            ("train/learning_rate", Some(row.learning_rate)),
            ("train/temperature", row.temperature),
        ];
        self.all(row.step, &figures)
    }

    /// A distance from the exact solution.
    pub fn value(&mut self, ValueRow { step, distance }: &ValueRow) -> io::Result<()> {
        let figures = [
            ("value/rmse", distance.value_rmse),
            ("value/max_error", distance.value_max_error),
            ("value/rmse_on_policy", distance.value_rmse_on_policy),
            ("value/bellman_rmse", distance.bellman_rmse),
            ("value/regret", distance.regret),
        ];
        self.all(*step, &figures)
    }

    /// Points of several curves; what is missing is not shown.
    pub fn all(&mut self, step: u64, figures: &[(&str, Option<f64>)]) -> io::Result<()> {
        let mut there = figures.iter().filter_map(|(tag, value)| Some((tag, (*value)?)));
        there.try_for_each(|(tag, value)| self.events.scalar(step, tag, value))
    }

    /// Shows everything so far to whoever looks on.
    pub fn flush(&mut self) -> io::Result<()> {
        self.events.flush()
    }
}

/// Whether there is an event file in a folder.
pub fn has_events(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| is_event_file(&entry.file_name().to_string_lossy()))
}

/// Removes the event files in a folder.
pub fn remove_events(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_event_file(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
