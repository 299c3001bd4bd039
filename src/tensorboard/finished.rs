//! TensorBoard's event file of rows that were written earlier.

use std::io;
use std::path::Path;

use super::writer::{TensorBoard, has_events, remove_events};
use crate::results::{
    DIAGNOSTICS, DiagnosticsRow, EPISODES, EVALUATIONS, EpisodeRow, EvaluationSummary, UPDATES, UpdateRow, VALUES,
    ValueRow,
};

/// Writes the event file of a finished run from its CSV files, unless there is one already. Returns whether it did. `text` is the
/// experiment; shown training episodes are at least `every` environment steps apart.
///
/// # Errors
/// If a CSV file is damaged or the event file cannot be written.
pub fn write_finished(folder: &Path, text: &str, every: u64) -> io::Result<bool> {
    if has_events(folder) {
        return Ok(false);
    }
    let written = TensorBoard::open(folder, text, every, None).and_then(|mut board| {
        write_earlier_rows(&mut board, folder)?;
        board.flush()
    });
    if written.is_err() {
        remove_events(folder)?; // the next attempt would take an incomplete file for a complete one
    }
    written.map(|()| true)
}

/// Writes all rows in the CSV files of a run.
///
/// # Errors
/// If a CSV file is damaged or the event file cannot be written.
pub fn write_earlier_rows(board: &mut TensorBoard, folder: &Path) -> io::Result<()> {
    let episodes = EpisodeRow::read(&folder.join(EPISODES)).undamaged()?;
    episodes.iter().try_for_each(|row| board.episode(row))?;
    let evaluations = EpisodeRow::read(&folder.join(EVALUATIONS)).undamaged()?;
    let mut evaluations = evaluations.chunk_by(|a, b| a.step == b.step).filter_map(EvaluationSummary::of);
    evaluations.try_for_each(|evaluated| board.evaluation(&evaluated))?;
    let updates = UpdateRow::read(&folder.join(UPDATES)).undamaged()?;
    updates.iter().try_for_each(|row| board.update(row))?;
    let values = folder.join(VALUES);
    if values.exists() {
        ValueRow::read(&values).undamaged()?.iter().try_for_each(|row| board.value(row))?;
    }
    let diagnostics = folder.join(DIAGNOSTICS);
    if diagnostics.exists() {
        DiagnosticsRow::read(&diagnostics).undamaged()?.iter().try_for_each(|row| board.diagnostics(row))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The bytes of the only event file in a folder.
    fn events(folder: &Path) -> Vec<u8> {
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let found: Vec<_> =
            paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("events.")).collect();
        assert_eq!(found.len(), 1);
        fs::read(&found[0]).unwrap()
    }

    #[test]
    fn an_event_file_is_made_from_csv_files_of_an_older_version() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join(EPISODES),
            "step,episode,return,length,ending\n5,1,1,5,terminated\n7,2,3,2,truncated\n20,3,2,13,terminated\n",
        )
        .unwrap();
        fs::write(
            folder.path().join(EVALUATIONS),
            "step,episode,return,length,ending\n0,1,1,4,terminated\n0,2,3,4,terminated\n10,1,9,1,terminated\n",
        )
        .unwrap();
        fs::write(
            folder.path().join(UPDATES),
            "step,update,loss,q_mean,grad_norm,epsilon,learning_rate\n10,3,NaN,,1.5,0.5,0.1\n",
        )
        .unwrap();
        fs::write(folder.path().join(VALUES), "step,value_rmse,value_max_error,regret\n0,,,0.5\n").unwrap();
        fs::write(folder.path().join(DIAGNOSTICS), format!("{}\n10,critic,2.5,,,,,,\n", DiagnosticsRow::HEADER))
            .unwrap();
        assert!(write_finished(folder.path(), "name = 'x'", 10).unwrap());
        let bytes = events(folder.path());
        let count = |tag: &str| bytes.windows(tag.len()).filter(|window| *window == tag.as_bytes()).count();
        for (tag, times) in [
            ("rollout/return", 2), // the second is less than 10 steps after the first
            ("eval/mean_return", 2),
            ("train/loss", 1),
            ("train/q_mean", 0),
            ("train/learning_rate", 1),
            ("value/regret", 1),
            ("value/rmse", 0),
            ("value/bellman_rmse", 0),
            ("critic/weight_norm", 1),
            ("critic/dormant", 0),
            ("name = 'x'", 1),
        ] {
            assert_eq!(count(tag), times, "{tag}");
        }
        assert!(!write_finished(folder.path(), "name = 'x'", 10).unwrap(), "there is one already");
    }

    #[test]
    fn a_damaged_row_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_finished(folder.path(), "", 1).unwrap_err().to_string();
        assert!(error.contains("episodes.csv"), "{error}");
        fs::write(folder.path().join(EPISODES), "step,episode,return,length,ending\n5,1,x,5,terminated\n").unwrap();
        assert!(!has_events(folder.path()));
        let error = write_finished(folder.path(), "", 1).unwrap_err().to_string();
        assert!(error.contains("episodes.csv, line 2") && error.contains("`return`"), "{error}");
    }
}
