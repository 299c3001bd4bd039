//! Checkpoints: everything that a run needs to go on, in a file that is whole or refused, and the one before it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::container::{Appended, Container, HEADER};
use super::policy_loss::PolicyLoss;
use super::positions::Positions;
use super::tally::Tally;
use super::vec_env_state::EnvSlotState;
use crate::results::write_atomically;

/// Everything a run needs to go on exactly as if it had never stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The version of the program that wrote it.
    pub program: String,
    /// The run's counters.
    pub tally: Tally,
    /// The environments, with their running episodes.
    pub envs: Vec<EnvSlotState>,
    /// The agent's own state.
    pub agent: Vec<u8>,
    /// Where each row file ended.
    pub positions: Positions,
}

/// The files in a run's folder that are kept when it is over: its newest checkpoint, and the best one.
pub const CHECKPOINTS: [&str; 2] = ["checkpoint/state.bin", "checkpoint/best.bin"];

/// The version of this program.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// The version of the program that wrote the newest whole checkpoint of the run in `folder`, if there is one.
pub fn program_of(folder: &Path) -> Option<String> {
    let folder = folder.join("checkpoint");
    let whole = |path| decode(&fs::read(path).ok()?).ok();
    [current(&folder), previous(&folder)].into_iter().find_map(whole).map(|snapshot| snapshot.program)
}

/// The file of a checkpoint.
const CONTAINER: Container = Container { magic: b"tilde checkpoint", version: 6 };

impl Snapshot {
    /// Writes the checkpoint into `folder`, and keeps the one before it. The folder has to exist: if it was deleted, so were the
    /// run's rows.
    ///
    /// # Errors
    /// If the folder cannot be written; the last good checkpoint is then still there.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let content = self.encode()?;
        let current = current(folder);
        match fs::rename(&current, previous(folder)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error), // there is none yet
            _ => {}
        }
        write_atomically(&current, &content)
    }

    /// The file for the state of another run that a run begins from; `folder` is the run's folder of checkpoints.
    pub fn start_path(folder: &Path) -> PathBuf {
        folder.join("start.bin")
    }

    /// Keeps this state as the one that the run with the checkpoints in `folder` begins from.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write_start(&self, folder: &Path) -> io::Result<()> {
        write_atomically(&Self::start_path(folder), &self.encode()?)
    }

    /// The state that the run with the checkpoints in `folder` begins from; nothing if it begins with new weights.
    ///
    /// # Errors
    /// If there is one and it cannot be read: the run must not begin with new weights then.
    pub fn read_start(folder: &Path) -> io::Result<Option<Snapshot>> {
        let path = Self::start_path(folder);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => decode(&read?)
                .map(Some)
                .map_err(|why| io::Error::other(format!("{} cannot be used: {why}", path.display()))),
        }
    }

    /// The file's content.
    fn encode(&self) -> io::Result<Vec<u8>> {
        let diagnostics = self.positions.diagnostics.zip(self.tally.policy_loss);
        CONTAINER.encode(&(self, Appended(diagnostics)), self.agent.len() + 4096) // nearly all of it are the agent's bytes
    }

    /// The files of the checkpoints in `folder`, the newest first.
    pub fn paths(folder: &Path) -> impl Iterator<Item = PathBuf> {
        [current(folder), previous(folder)].into_iter().filter(|path| path.is_file())
    }

    /// Reads the file of a checkpoint; or says why its content cannot be used.
    ///
    /// # Errors
    /// If the file cannot be read now: it may be good.
    pub fn read(path: &Path) -> io::Result<Result<Snapshot, String>> {
        let content =
            fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(decode(&content).map_err(|why| format!("{} cannot be used: {why}", path.display())))
    }

    /// Reads the checkpoints in `folder`, the newest first. One that cannot be used is an error, which says why.
    pub fn try_read_all(folder: &Path) -> impl Iterator<Item = Result<Snapshot, String>> {
        Self::paths(folder).map(|path| Self::read(&path).map_err(|error| error.to_string())?)
    }

    /// Reads the checkpoints in `folder` that are whole, the newest first, with a warning for each that is not.
    pub fn read_all(folder: &Path) -> impl Iterator<Item = Snapshot> {
        let mut left = Self::paths(folder).count();
        Self::try_read_all(folder).filter_map(move |read| {
            left = left.saturating_sub(1);
            let next = if left > 0 { "; the one before it is tried" } else { "" };
            read.inspect_err(|why| tracing::warn!("{why}{next}")).ok()
        })
    }
}

/// The step of the newest checkpoint in `folder`, from the beginning of its file; `None` where there is none. The file may be
/// damaged elsewhere.
pub fn step_of_newest(folder: &Path) -> Option<u64> {
    let mut beginning = Vec::new();
    fs::File::open(current(folder)).ok()?.take(HEADER as u64 + 256).read_to_end(&mut beginning).ok()?;
    // A snapshot begins with the program's version, and its counters begin with the step.
    let ((_, step), _) = postcard::take_from_bytes::<(&str, u64)>(beginning.get(HEADER..)?).ok()?;
    Some(step)
}

fn current(folder: &Path) -> PathBuf {
    folder.join("state.bin")
}

fn previous(folder: &Path) -> PathBuf {
    folder.join("previous.bin")
}

fn decode(content: &[u8]) -> Result<Snapshot, String> {
    let (mut snapshot, diagnostics): (Snapshot, Option<(u64, PolicyLoss)>) = CONTAINER.decode(content)?;
    (snapshot.positions.diagnostics, snapshot.tally.policy_loss) = diagnostics.unzip();
    Ok(snapshot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::checksum;
    use crate::config::Budget;
    use crate::results::Distance;
    use crate::run::files::RunFiles;
    use crate::run::positions::OptionalFiles;

    fn snapshot(folder: &Path, step: u64) -> Snapshot {
        let tally = Tally {
            step,
            episodes: 3,
            recent_returns: [1.0, 2.0].into(),
            updates: 11,
            distance: Some(Distance::default()),
            policy_loss: Some(PolicyLoss::default()),
            ..Tally::new(&Budget::of(100))
        };
        let optional = OptionalFiles { values: true, diagnostics: true };
        Snapshot {
            program: "0.0.1".to_owned(),
            tally,
            envs: Vec::new(),
            agent: vec![1, 2, 3],
            positions: RunFiles::open(folder, None, optional).unwrap().flush().unwrap(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let written = snapshot(folder.path(), 5);
        written.write(folder.path()).unwrap();
        assert_eq!(Snapshot::read_all(folder.path()).next(), Some(written));
    }

    #[test]
    fn the_step_is_read_from_the_beginning_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(step_of_newest(folder.path()), None);
        for step in [5, 300, u64::MAX] {
            Snapshot { agent: vec![7; 10_000], ..snapshot(folder.path(), step) }.write(folder.path()).unwrap();
            assert_eq!(step_of_newest(folder.path()), Some(step));
        }
    }

    #[test]
    fn a_run_without_diagnostics_has_the_bytes_that_it_had_before_there_were_any() {
        let folder = tempfile::tempdir().unwrap();
        let mut plain = snapshot(folder.path(), 5);
        let with_diagnostics = plain.encode().unwrap();
        (plain.positions.diagnostics, plain.tally.policy_loss) = (None, None);
        let bytes = plain.encode().unwrap();
        assert_eq!(bytes[HEADER..], postcard::to_stdvec(&plain).unwrap());
        assert_eq!(decode(&bytes), Ok(plain));
        assert!(bytes.len() < with_diagnostics.len());
    }

    #[test]
    fn a_whole_checkpoint_tells_the_version_of_its_program() {
        let run = tempfile::tempdir().unwrap();
        let folder = run.path().join("checkpoint");
        fs::create_dir(&folder).unwrap();
        assert_eq!(program_of(run.path()), None);
        let written = snapshot(run.path(), 5);
        written.write(&folder).unwrap();
        Snapshot { program: PROGRAM.to_owned(), ..written }.write(&folder).unwrap();
        assert_eq!(program_of(run.path()).as_deref(), Some(PROGRAM));
        fs::write(current(&folder), "half").unwrap();
        assert_eq!(program_of(run.path()).as_deref(), Some("0.0.1"));
    }

    /// `tests/data/format-6` was written when this was the format. Where this fails, the layout has changed: raise the version of [`CONTAINER`].
    #[test]
    fn a_file_of_this_version_of_the_format_is_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-6/default/seed-4/checkpoint");
        let read = Snapshot::read_all(&folder).next().unwrap();
        assert_eq!((read.tally.step, read.tally.updates, read.envs.len()), (200, 200, 1));
        assert_eq!(read.tally.final_evaluation.map(|evaluated| (evaluated.step, evaluated.episodes)), Some((200, 2)));
    }

    #[test]
    fn nonsense_with_a_fitting_checksum_is_an_error_or_a_snapshot() {
        use rand::RngExt;

        let folder = tempfile::tempdir().unwrap();
        let payload = postcard::to_stdvec(&snapshot(folder.path(), 1)).unwrap();
        let mut rng = crate::rng::Rng::from_seed(3);
        for _ in 0..2_000 {
            let mut bytes = payload.clone();
            for _ in 0..rng.random_range(1..5) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random_range(0..=255);
            }
            bytes.truncate(rng.random_range(bytes.len() / 2..=bytes.len()));
            let sum = checksum(&bytes).to_le_bytes();
            let _ = decode(&[CONTAINER.magic.as_slice(), &CONTAINER.version.to_le_bytes(), &sum, &bytes].concat());
        }
    }

    #[test]
    fn a_damaged_checkpoint_falls_back_to_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (snapshot(folder.path(), 1), snapshot(folder.path(), 2));
        first.write(folder.path()).unwrap();
        second.write(folder.path()).unwrap();
        let path = current(folder.path());
        let good = fs::read(&path).unwrap();
        for damage in [0, 17, HEADER, good.len() - 1] {
            let mut bad = good.clone();
            bad[damage] ^= 1;
            fs::write(&path, bad).unwrap();
            assert_eq!(Snapshot::read_all(folder.path()).next().as_ref(), Some(&first), "byte {damage}");
        }
        fs::write(&path, &good[..good.len() / 2]).unwrap();
        assert_eq!(Snapshot::read_all(folder.path()).collect::<Vec<_>>(), [first]);
    }
}
