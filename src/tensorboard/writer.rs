//! The curves that TensorBoard shows of a run.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::event_file::{EventFile, is_event_file};
use super::finished::write_earlier_rows;
use crate::results::{DiagnosticsRow, EXPERIMENT, EpisodeRow, EvaluationSummary, UpdateRow, ValueRow};

/// Writes the curves of one run to an event file. No result depends on it.
pub struct TensorBoard {
    events: EventFile,
    /// Fewest environment steps between two episodes that are written, so that there are about as many of them as of other rows.
    every: u64,
    /// The step from which on the next episode is written.
    next_episode: u64,
}

impl TensorBoard {
    /// Opens an event file in `folder` and writes `text`, the experiment, to it. Episodes are written at least `every` environment
    /// steps apart. A run that is resumed gives the step of its checkpoint, `from_step`: the new file then continues the event
    /// files in the folder. Where there are none, the rows of the CSV files are written first.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn open(folder: &Path, text: &str, every: u64, from_step: Option<u64>) -> io::Result<TensorBoard> {
        if from_step.is_none() {
            remove_events(folder)?; // of an attempt without a checkpoint
        }
        let continued = from_step.filter(|_| has_events(folder));
        let events = EventFile::create(folder, SystemTime::now(), continued)?;
        let mut board = TensorBoard { events, every, next_episode: 0 };
        if continued.is_none() {
            board.events.text(EXPERIMENT, &format!("```toml\n{text}\n```"))?;
        }
        if from_step.is_some()
            && continued.is_none()
            && let Err(why) = write_earlier_rows(&mut board, folder)
        {
            tracing::warn!("{}: TensorBoard will not show all earlier rows: {why}", folder.display());
        }
        Ok(board)
    }

    /// Writes a training episode, unless it ends too soon after the last one that was written.
    pub fn episode(&mut self, row: &EpisodeRow) -> io::Result<()> {
        if row.step < self.next_episode {
            return Ok(());
        }
        self.next_episode = row.step + self.every;
        self.events.scalar(row.step, "rollout/return", row.total)?;
        self.events.scalar(row.step, "rollout/length", row.length as f64)
    }

    /// Writes an evaluation.
    pub fn evaluation(&mut self, evaluated: &EvaluationSummary) -> io::Result<()> {
        self.events.scalar(evaluated.step, "eval/mean_return", evaluated.mean)?;
        self.events.scalar(evaluated.step, "eval/mean_length", evaluated.mean_length)
    }

    /// Writes a row of `updates.csv`.
    pub fn update(&mut self, row: &UpdateRow) -> io::Result<()> {
        let figures = [
            ("train/loss", Some(row.loss)),
            ("train/q_mean", row.q_mean),
            ("train/grad_norm", Some(row.grad_norm)),
            ("train/epsilon", row.epsilon),
            ("train/learning_rate", Some(row.learning_rate)),
            ("train/temperature", row.temperature),
        ];
        self.scalars(row.step, &figures)
    }

    /// Writes a row of `values.csv`.
    pub fn value(&mut self, ValueRow { step, distance }: &ValueRow) -> io::Result<()> {
        let figures = [
            ("value/rmse", distance.value_rmse),
            ("value/max_error", distance.value_max_error),
            ("value/rmse_on_policy", distance.value_rmse_on_policy),
            ("value/bellman_rmse", distance.bellman_rmse),
            ("value/regret", distance.regret),
        ];
        self.scalars(*step, &figures)
    }

    /// Writes a row of `diagnostics.csv`, whose curves have the name of the function.
    pub fn diagnostics(&mut self, row: &DiagnosticsRow) -> io::Result<()> {
        let figures = [
            ("weight_norm", row.weight_norm),
            ("dormant", row.dormant),
            ("effective_rank", row.effective_rank),
            ("overestimation", row.overestimation),
            ("explained_variance", row.explained_variance),
            ("entropy", row.entropy),
            ("policy_loss", row.policy_loss),
        ];
        self.scalars(row.step, &figures.map(|(figure, value)| (format!("{}/{figure}", row.function), value)))
    }

    /// Writes a point of each curve that has a value.
    fn scalars(&mut self, step: u64, figures: &[(impl AsRef<str>, Option<f64>)]) -> io::Result<()> {
        let mut points = figures.iter().filter_map(|(tag, value)| Some((tag, (*value)?)));
        points.try_for_each(|(tag, value)| self.events.scalar(step, tag.as_ref(), value))
    }

    /// Flushes the event file.
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
