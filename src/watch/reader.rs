//! Reads the files of an experiment in a thread of its own, so that the view never waits for a disk.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::run_data::{RunData, RunState};
use super::run_files::RunFiles;
use super::snapshot::{Measure, ShownVariant, Snapshot};
use super::subject::Subject;
use crate::experiment::is_locked;
use crate::report::{Plan, PlannedVariant, read_plan};
use crate::results::EXPERIMENT;

/// How often files are looked at.
const PERIOD: Duration = Duration::from_millis(500);
/// Runs that are over are looked at once in so many rounds.
const ROUNDS_OF_FINISHED: u64 = 8;
/// How often it is asked whether a process works in the folder.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How long files are read before what was read is shown.
const SHOW_AFTER: Duration = Duration::from_millis(250);

/// Reads an experiment.
pub struct Reader {
    subject: Subject,
    plan: Plan,
    plan_written: Option<SystemTime>,
    runs: Vec<RunFiles>,
    round: u64,
    reading: bool,
    worked_in: Option<bool>,
    asked: Option<Instant>,
    lost: Option<String>,
}

impl Reader {
    /// A reader that has read the plan of the experiment, and no run.
    ///
    /// # Errors
    /// If the plan cannot be read.
    pub fn new(subject: Subject) -> Result<Reader, String> {
        let plan = read_plan(&subject.folder)?;
        let runs = run_files(&subject, &plan);
        Ok(Reader {
            plan_written: written(&subject.folder),
            subject,
            plan,
            runs,
            round: 0,
            reading: true,
            worked_in: None,
            asked: None,
            lost: None,
        })
    }

    /// Reads what is new, but not for much longer than [`SHOW_AFTER`]. Returns whether a snapshot would show a change.
    pub fn look(&mut self) -> bool {
        let was_lost = self.lost.is_some();
        let mut changed = self.look_at_plan();
        if self.lost.is_some() {
            return changed;
        }
        let (began, was_reading, now) = (Instant::now(), self.reading, SystemTime::now());
        let also_finished = self.round.is_multiple_of(ROUNDS_OF_FINISHED) || self.reading || was_lost;
        self.round += 1;
        self.reading = false;
        for run in &mut self.runs {
            let over = matches!(run.data().state(now, self.worked_in), RunState::Finished | RunState::Failed(_));
            if over && !also_finished {
                continue;
            }
            changed |= run.look();
            while run.is_behind() && began.elapsed() < SHOW_AFTER {
                run.look();
            }
            self.reading |= run.is_behind() || began.elapsed() > SHOW_AFTER;
            if began.elapsed() > SHOW_AFTER {
                break;
            }
        }
        changed | self.ask_who_works(now) | (was_reading != self.reading)
    }

    /// Whether there is more to read at once.
    pub fn is_behind(&self) -> bool {
        self.reading && self.lost.is_none()
    }

    /// Reads `experiment.toml` again if it was changed: a resumed experiment may have more variants, seeds or steps.
    fn look_at_plan(&mut self) -> bool {
        let now = written(&self.subject.folder);
        let before = std::mem::replace(&mut self.plan_written, now);
        if now.is_some() && now == before && self.lost.is_none() {
            return false;
        }
        let lost = match now {
            None => Some("the folder is gone: waiting until it is there again".to_owned()),
            Some(_) => match read_plan(&self.subject.folder) {
                Ok(plan) if plan.text == self.plan.text && before.is_some() => None,
                Ok(plan) => {
                    self.runs = run_files(&self.subject, &plan);
                    self.plan = plan;
                    self.reading = true;
                    None
                }
                Err(why) => Some(why),
            },
        };
        let changed = lost != self.lost || self.reading;
        if lost.is_some() {
            self.worked_in = None;
        }
        self.lost = lost;
        changed
    }

    /// Finds out whether a process works in the folder, if a run needs to know.
    fn ask_who_works(&mut self, now: SystemTime) -> bool {
        let in_doubt = |run: &RunFiles| match run.data().state(now, Some(false)) {
            RunState::Stalled(_) => true,
            RunState::Running => {
                run.data().modified.is_some_and(|at| now.duration_since(at).is_ok_and(|age| age > PERIOD * 4))
            }
            _ => false,
        };
        let is_due = self.asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY);
        if !is_due || !self.runs.iter().any(in_doubt) {
            return false;
        }
        self.asked = Some(Instant::now());
        let before = std::mem::replace(&mut self.worked_in, is_locked(&self.subject.folder));
        before != self.worked_in
    }

    /// What is known now.
    pub fn snapshot(&self) -> Snapshot {
        let plan = &self.plan;
        let shown: Vec<&_> = plan.variants.iter().filter(|variant| self.subject.shows(&variant.name)).collect();
        let first_threshold = shown.first().and_then(|variant| variant.environment.threshold);
        let measure = match plan.evaluation_episodes {
            _ if !shown.is_empty() && shown.iter().all(|variant| variant.predicts()) => Measure::ValueError,
            0 => Measure::Training,
            _ => Measure::Evaluation,
        };
        let variant = |variant: &PlannedVariant| ShownVariant {
            name: variant.name.clone(),
            environment: variant.environment.name.clone(),
            algorithm: variant.algorithm.clone(),
        };
        let equal = shown.iter().all(|variant| variant.environment.threshold == first_threshold);
        Snapshot {
            name: plan.name.clone(),
            folder: self.subject.folder.clone(),
            steps: plan.steps,
            variants: plan.variants.iter().map(variant).collect(),
            runs: self.runs.iter().map(|run| Arc::clone(run.data())).collect(),
            run_folders: self.runs.iter().map(|run| run.folder().clone()).collect(),
            measure,
            threshold: first_threshold.filter(|_| equal && measure != Measure::ValueError),
            worked_in: self.worked_in,
            reading: self.reading,
            lost: self.lost.clone(),
            taken: SystemTime::now(),
        }
    }
}

fn run_files(subject: &Subject, plan: &Plan) -> Vec<RunFiles> {
    let run = |(variant, seed): (usize, u64)| {
        let folder = subject.run_folder(&plan.variants[variant].name, seed);
        RunFiles::new(folder, RunData::new(variant, seed, plan.steps, plan.evaluation_episodes))
    };
    subject.runs(plan).map(run).collect()
}

/// When `experiment.toml` was written; `None` where there is none.
fn written(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder.join(EXPERIMENT)).and_then(|file| file.modified()).ok()
}

/// A reader in its thread, which ends when this is dropped.
pub struct ReaderThread {
    snapshots: Receiver<Arc<Snapshot>>,
    _stop: Sender<()>,
}

impl ReaderThread {
    /// Starts to read.
    pub fn start(mut reader: Reader) -> ReaderThread {
        let (sender, snapshots) = channel();
        let (stop, stopped) = channel::<()>();
        thread::spawn(move || {
            loop {
                if reader.look() && sender.send(Arc::new(reader.snapshot())).is_err() {
                    return;
                }
                let pause = if reader.is_behind() { Duration::ZERO } else { PERIOD };
                if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        ReaderThread { snapshots, _stop: stop }
    }

    /// The newest snapshot since the last call, if there is one.
    ///
    /// # Errors
    /// If the thread has ended, which is a bug.
    pub fn newest(&self) -> Result<Option<Arc<Snapshot>>, String> {
        let mut newest = None;
        loop {
            match self.snapshots.try_recv() {
                Ok(snapshot) => newest = Some(snapshot),
                Err(std::sync::mpsc::TryRecvError::Empty) => return Ok(newest),
                Err(std::sync::mpsc::TryRecvError::Disconnected) => {
                    return Err("the thread that reads the files has ended".to_owned());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::EpisodeRow;

    const TEXT: &str = "name = 'x'\nseeds = [3, 4]\n[budget]\nsteps = 100\nevaluation_episodes = 1\n[env.cart_pole]\n\
        [algorithm.dqn]\n";

    fn reader() -> (tempfile::TempDir, Reader) {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join(EXPERIMENT), TEXT).unwrap();
        let subject = Subject { folder: out.path().to_owned(), variant: None, seed: None };
        (out, Reader::new(subject).unwrap())
    }

    fn write_run(folder: &Path, seed: u64) {
        let run = folder.join(format!("default/seed-{seed}"));
        fs::create_dir_all(&run).unwrap();
        let row = format!("{}\n50,1,9,9,terminated\n", EpisodeRow::HEADER);
        fs::write(run.join("evaluations.csv"), row).unwrap();
    }

    #[test]
    fn runs_are_found_when_they_begin_and_the_plan_is_read_again() {
        let (out, mut reader) = reader();
        assert!(reader.look());
        write_run(out.path(), 3);
        assert!(reader.look() && !reader.look());
        let snapshot = reader.snapshot();
        assert_eq!((snapshot.measure, snapshot.threshold), (Measure::Evaluation, Some(475.0)));
        assert_eq!([snapshot.state(0), snapshot.state(1)], [RunState::Running, RunState::Waiting]);
        assert_eq!(snapshot.progress(), (50, 200));
        let extended = TEXT.replace("[3, 4]", "[3, 4, 5]").replace("steps = 100", "steps = 400");
        fs::remove_file(out.path().join(EXPERIMENT)).unwrap();
        assert!(reader.look());
        fs::write(out.path().join(EXPERIMENT), extended).unwrap();
        assert!(reader.look());
        assert_eq!(reader.snapshot().progress(), (50, 1_200));
    }

    #[test]
    fn a_folder_that_is_removed_is_waited_for() {
        let (out, mut reader) = reader();
        write_run(out.path(), 3);
        reader.look();
        fs::remove_file(out.path().join(EXPERIMENT)).unwrap();
        fs::remove_dir_all(out.path().join("default")).unwrap();
        assert!(reader.look() && !reader.look());
        let snapshot = reader.snapshot();
        assert_eq!(snapshot.lost.as_deref(), Some("the folder is gone: waiting until it is there again"));
        assert_eq!(snapshot.runs[0].last_return(), Some(9.0), "the last state stays in view");
        fs::write(out.path().join(EXPERIMENT), TEXT).unwrap();
        assert!(reader.look());
        let snapshot = reader.snapshot();
        assert_eq!((snapshot.lost.clone(), snapshot.state(0)), (None, RunState::Waiting));
    }

    #[test]
    fn errors_of_values_are_shown_where_a_given_policy_is_learned() {
        let (out, _) = reader();
        let text = TEXT.replace("[algorithm.dqn]", "[algorithm.td_prediction]");
        fs::write(out.path().join(EXPERIMENT), text).unwrap();
        let subject = Subject { folder: out.path().to_owned(), variant: None, seed: None };
        let snapshot = Reader::new(subject).unwrap().snapshot();
        assert_eq!((snapshot.measure, snapshot.threshold), (Measure::ValueError, None));
    }
}
