//! The files of one run, read as they grow.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::run_data::RunData;
use super::tail::Tail;
use crate::results::{EPISODES, EVALUATIONS, EpisodeRow, SUMMARY, Summary, UPDATES, UpdateRow, VALUES, ValueRow};

/// Reads the files of a run.
pub struct RunFiles {
    folder: PathBuf,
    episodes: Tail<EpisodeRow>,
    evaluations: Tail<EpisodeRow>,
    updates: Tail<UpdateRow>,
    values: Tail<ValueRow>,
    summary_written: Option<SystemTime>,
    /// A step and its time, from which the speed is measured.
    measured_from: Option<(u64, SystemTime)>,
    data: Arc<RunData>,
}

impl RunFiles {
    /// Of the run in `folder`, which need not be there yet; `data` is that of a run without files.
    pub fn new(folder: PathBuf, data: RunData) -> RunFiles {
        RunFiles {
            episodes: Tail::new(folder.join(EPISODES), EpisodeRow::parse),
            evaluations: Tail::new(folder.join(EVALUATIONS), EpisodeRow::parse),
            updates: Tail::new(folder.join(UPDATES), UpdateRow::parse),
            values: Tail::new(folder.join(VALUES), ValueRow::parse),
            summary_written: None,
            measured_from: None,
            data: Arc::new(data),
            folder,
        }
    }

    /// The run's folder.
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// What is known of the run.
    pub fn data(&self) -> &Arc<RunData> {
        &self.data
    }

    /// Whether rows are left to be read: one look reads a limited number.
    pub fn is_behind(&self) -> bool {
        let Self { episodes, evaluations, updates, values, .. } = self;
        episodes.is_behind() || evaluations.is_behind() || updates.is_behind() || values.is_behind()
    }

    /// Reads what is new. Returns whether there was anything.
    pub fn look(&mut self) -> bool {
        let rows = self.look_at_rows();
        let summary = self.look_at_summary();
        let times =
            [self.episodes.modified(), self.evaluations.modified(), self.updates.modified(), self.values.modified()];
        let modified = times.into_iter().flatten().max();
        if modified != self.data.modified {
            let data = Arc::make_mut(&mut self.data);
            let pause = modified.zip(data.modified).and_then(|(now, before)| now.duration_since(before).ok());
            // A longer one is that of a run that was resumed.
            let pause = pause.filter(|pause| *pause < Duration::from_secs(600)).unwrap_or_default();
            data.longest_pause = data.longest_pause.max(pause);
            data.modified = modified;
            self.measure_speed();
            return true;
        }
        rows || summary
    }

    /// Measures the speed over a second or more.
    fn measure_speed(&mut self) {
        let Some(now) = self.data.modified.filter(|_| !self.is_behind()) else { return };
        let step = self.data.step();
        let (from_step, from) = *self.measured_from.get_or_insert((step, now));
        let seconds = now.duration_since(from).map_or(0.0, |time| time.as_secs_f64());
        if step < from_step {
            self.measured_from = Some((step, now)); // it began again
        } else if seconds >= 1.0 {
            Arc::make_mut(&mut self.data).steps_per_second = Some((step - from_step) as f64 / seconds);
            self.measured_from = Some((step, now));
        }
    }

    fn look_at_rows(&mut self) -> bool {
        let mut changed = false;
        if let Some(found) = self.episodes.look() {
            let data = Arc::make_mut(&mut self.data);
            if found.restarted {
                data.clear_episodes();
            }
            found.rows.iter().for_each(|row| data.add_episode(row));
            changed = true;
        }
        if let Some(found) = self.evaluations.look() {
            let data = Arc::make_mut(&mut self.data);
            if found.restarted {
                data.clear_evaluations();
            }
            found.rows.iter().for_each(|row| data.add_evaluation(row));
            changed = true;
        }
        if let Some(found) = self.updates.look() {
            let data = Arc::make_mut(&mut self.data);
            if found.restarted {
                data.clear_updates();
            }
            found.rows.iter().for_each(|row| data.add_update(row));
            changed = true;
        }
        if let Some(found) = self.values.look() {
            let data = Arc::make_mut(&mut self.data);
            if found.restarted {
                data.clear_values();
            }
            found.rows.iter().for_each(|row| data.add_value(row));
            changed = true;
        }
        let Self { episodes, evaluations, updates, values, .. } = &*self;
        let problems = [episodes.problem(), evaluations.problem(), updates.problem(), values.problem()];
        let problem = problems.into_iter().flatten().next();
        if problem != self.data.problem.as_deref() {
            let problem = problem.map(str::to_owned);
            Arc::make_mut(&mut self.data).problem = problem;
            changed = true;
        }
        changed
    }

    fn look_at_summary(&mut self) -> bool {
        let written = fs::metadata(self.folder.join(SUMMARY)).and_then(|file| file.modified()).ok();
        if written == self.summary_written {
            return false;
        }
        self.summary_written = written;
        // It is written under another name first, so what is there is whole. A damaged one counts as none.
        let summary = Summary::read(&self.folder).ok().flatten();
        Arc::make_mut(&mut self.data).summary = summary.zip(written);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(name), text).unwrap();
    }

    #[test]
    fn the_files_of_a_run_are_followed_from_before_its_beginning_to_its_removal() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("seed-3");
        let mut files = RunFiles::new(folder.clone(), RunData::new(0, 3, 100, 1));
        assert!(!files.look() && files.data().modified.is_none());
        let (episodes, updates) = (format!("{}\n9,1,9,9,terminated\n", EpisodeRow::HEADER), UpdateRow::HEADER);
        write(&folder, EPISODES, &episodes);
        write(&folder, UPDATES, &format!("{updates}\n10,5,0.5,1,2,0.1,0.01,\n20,9,0.25,1,2,0.1,0.01,\n"));
        write(&folder, EVALUATIONS, &format!("{}\n0,1,3,3,terminated\n", EpisodeRow::HEADER));
        assert!(files.look() && !files.look());
        let data = Arc::clone(files.data());
        assert_eq!((data.step(), data.episodes, data.last_return()), (20, 1, Some(3.0)));
        assert_eq!(data.last_update.map(|row| row.loss), Some(0.25));
        // It is resumed from a checkpoint before the second row of updates.
        write(&folder, UPDATES, &format!("{updates}\n10,5,0.5,1,2,0.1,0.01,\n"));
        assert!(files.look());
        assert_eq!((files.data().step(), files.data().last_update.map(|row| row.loss)), (10, Some(0.5)));
        assert_eq!(data.step(), 20, "what was handed out stays as it was");
        fs::remove_dir_all(&folder).unwrap();
        assert!(files.look() && files.data().modified.is_none() && files.data().last_return().is_none());
    }
}
