//! A search by many processes. All of them do the same: whoever locks the search's folder drives it, and the others make runs that it
//! has prepared. The operating system releases the lock of a driver that ends, even if it is killed; then another process drives.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread;

use super::driver::{Finished, TuneError, drive};
use super::folder::{experiments, plan_of, take};
use crate::experiment::{FolderError, IfExists, LOOK_EVERY, Options, Progress, open, run_all};
use crate::results::{EXPERIMENT, SEARCH};

/// How the work of a process at a search ended.
pub enum Worked {
    /// The search is over.
    Over(Finished),
    /// Another process drives the search, and there is nothing left to do now. This process has made so many runs.
    NothingLeft(usize),
}

/// Works at the search in `folder`: drives it if no other process does, and otherwise makes runs of its trials and of its verdict that no
/// other process has. A process that helps ends when there is nothing to do, or, if `options` say so, waits for the end of the search.
///
/// # Errors
/// If there is no search, or its file system has no locks; if a signal stops the work; or if a file cannot be written or read.
pub fn work(folder: &Path, options: &Options, progress: &Progress) -> Result<Worked, TuneError> {
    let refused = |why: String| TuneError::Folder(FolderError(format!("{}: {why}", folder.display())));
    if !folder.join(SEARCH).is_file() {
        return Err(refused(format!("has no {SEARCH}: give the folder of a search")));
    }
    let mut helper = Helper { folder, options, progress, over: BTreeMap::new() };
    let [first, most] = LOOK_EVERY;
    let (mut pause, mut made) = (first, 0);
    loop {
        if let Some(lock) = take(folder).map_err(|error| refused(error.to_string()))? {
            if !lock.is_real {
                return Err(refused(
                    "the file system has no locks, so only one process can make this search: `tilde tune` with --resume"
                        .to_owned(),
                ));
            }
            let plan = plan_of(folder).map_err(TuneError::Folder)?;
            return drive(lock, folder, &plan, options, progress).map(Worked::Over);
        }
        let now = helper.make_runs()?;
        made += now;
        if options.stop.load(Ordering::Relaxed) {
            return Err(TuneError::Interrupted);
        }
        if now > 0 {
            pause = first;
            continue;
        }
        if !options.wait {
            return Ok(Worked::NothingLeft(made));
        }
        thread::sleep(pause);
        pause = most.min(2 * pause);
    }
}

/// A process that helps the driver of a search.
struct Helper<'a> {
    folder: &'a Path,
    options: &'a Options,
    progress: &'a Progress,
    /// The text of the experiments without an open run. One that is promoted has another text.
    over: BTreeMap<PathBuf, String>,
}

impl Helper<'_> {
    /// Makes runs that no other process has, about as many as there are threads. Returns how many it made.
    ///
    /// An experiment is locked from before its text is read until its runs are over, and no longer: meanwhile the driver does not change
    /// it, so a run has the steps that it is to have.
    fn make_runs(&mut self) -> Result<usize, TuneError> {
        let options = Options {
            existing: IfExists::Resume,
            jobs: self.options.jobs,
            tensorboard: self.options.tensorboard,
            command_line: self.options.command_line.clone(),
            stop: std::sync::Arc::clone(&self.options.stop),
            ..Options::new(self.folder)
        };
        let (mut prepared, mut free) = (Vec::new(), 0);
        for folder in experiments(self.folder) {
            let Ok(text) = fs::read_to_string(folder.join(EXPERIMENT)) else { continue }; // about to be written
            if self.over.get(&folder) == Some(&text) {
                continue;
            }
            // Where it cannot be opened, the driver changes it, or will say what is wrong.
            let Ok(experiment) = open(&folder, &options) else { continue };
            let runs = experiment.free_runs();
            if runs > 0 {
                free += runs;
                prepared.push(experiment);
            } else if experiment.open_runs() == 0 {
                self.over.insert(folder, text);
            }
            if free >= options.jobs {
                break;
            }
        }
        if prepared.is_empty() {
            return Ok(0);
        }
        let ended = run_all(prepared, &options, self.progress);
        let results = ended.iter().flat_map(|ended| &ended.results);
        if let Some(why) = results.clone().find_map(|run| run.summary.as_ref().err()) {
            return Err(TuneError::Failed(why.clone()));
        }
        Ok(results.filter(|run| !run.was_over).count())
    }
}
