//! `journal.jsonl` as it is written: a search that goes on repeats what it did.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::results::{Entry, Failure, JOURNAL};
use crate::search::{FAILED, Measurement, Settings, of_scores};

/// The entry of a trial that was measured.
pub fn measured(variant: &str, trial: usize, rung: usize, steps: u64, measured: Scores) -> Entry {
    let known = |value: f64| Some(value).filter(|value| *value > FAILED);
    let Measurement { objective, auc } = measured.measurement();
    let Scores { scores, failures, .. } = measured;
    let (objective, auc) = (known(objective), known(auc));
    Entry::Measured { variant: variant.to_owned(), trial, rung, steps, objective, auc, scores, failures }
}

/// What the runs of a trial scored at a rung.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// The score of each tuning seed, `None` for a failed run.
    pub scores: Vec<Option<f64>>,
    /// The interquartile mean of the mean heights of the learning curves, where that is known and is not the objective.
    pub auc: Option<f64>,
    /// Why runs failed.
    pub failures: Vec<Failure>,
}

impl Scores {
    /// What the trial reached.
    pub fn measurement(&self) -> Measurement {
        let objective = of_scores(&self.scores);
        if objective > FAILED {
            Measurement { objective, auc: self.auc.unwrap_or(FAILED) }
        } else {
            Measurement::FAILED
        }
    }
}

/// Settings as the journal has them.
pub fn as_json(settings: &Settings) -> BTreeMap<String, Json> {
    let json = |value| serde_json::to_value(value).expect("a value of TOML is one of JSON");
    settings.iter().map(|(key, value)| (key.clone(), json(value))).collect()
}

/// The journal of a search that may have been interrupted. A search that goes on repeats what it did: what it writes must be what is
/// there, up to the end of the file, and is appended after that.
pub struct Journal {
    path: PathBuf,
    file: File,
    /// The lines that were read and not yet repeated.
    ahead: VecDeque<String>,
    /// The measurements that were read.
    measured: BTreeMap<(String, usize, usize), Scores>,
}

impl Journal {
    /// Opens the journal of a folder, or begins one. A last line without an end is removed.
    ///
    /// # Errors
    /// If the file cannot be read or written, or a line is none of this program's.
    pub fn open(folder: &Path) -> Result<Journal, String> {
        let path = folder.join(JOURNAL);
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(failed)?,
        };
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(failed)?;
        }
        let mut journal = Journal { file, ahead: VecDeque::new(), measured: BTreeMap::new(), path: path.clone() };
        let damaged = |number: usize| {
            format!("{}:{}: the line is damaged: --overwrite begins the search again", path.display(), number + 1)
        };
        for (number, line) in String::from_utf8_lossy(&bytes[..whole]).lines().enumerate() {
            let entry: Entry = serde_json::from_str(line).map_err(|_| damaged(number))?;
            // A number that does not come back as it was written would lead the search elsewhere.
            if entry.line().trim_end() != line {
                return Err(damaged(number));
            }
            if let Entry::Measured { variant, trial, rung, scores, auc, failures, .. } = entry {
                journal.measured.insert((variant, trial, rung), Scores { scores, auc, failures });
            }
            journal.ahead.push_back(format!("{line}\n"));
        }
        Ok(journal)
    }

    /// The scores of a trial at a rung and its failures, if they are in the journal.
    pub fn measurement(&self, variant: &str, trial: usize, rung: usize) -> Option<Scores> {
        self.measured.get(&(variant.to_owned(), trial, rung)).cloned()
    }

    /// Writes entries, unless they are there.
    ///
    /// # Errors
    /// If the journal has something else in their place, or cannot be written.
    pub fn write(&mut self, entries: &[Entry]) -> Result<(), String> {
        let shown = self.path.display();
        let mut new = String::new();
        for line in entries.iter().map(Entry::line) {
            match self.ahead.pop_front() {
                None => new += &line,
                Some(there) if there == line => {}
                Some(there) => {
                    return Err(format!(
                        "{shown}: the search would not repeat what it did: there is\n  {there}in place of\n  {line}\
                         --overwrite begins it again"
                    ));
                }
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(new.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| format!("{shown}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(trial: usize, scores: Vec<Option<f64>>) -> Entry {
        measured("a", trial, 0, 100, Scores { auc: scores[0], scores, failures: Vec::new() })
    }

    fn entry(trial: usize) -> Entry {
        of(trial, vec![Some(0.1 + trial as f64), None])
    }

    #[test]
    fn what_is_there_is_repeated_and_what_is_not_is_appended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(JOURNAL);
        Journal::open(folder.path()).unwrap().write(&[entry(0), entry(1)]).unwrap();
        let two = fs::read(&path).unwrap();
        let mut torn = two.clone();
        torn.truncate(two.len() - 5);
        fs::write(&path, torn).unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        assert!(journal.measurement("a", 0, 0).is_some() && journal.measurement("a", 1, 0).is_none());
        journal.write(&[entry(0)]).unwrap();
        journal.write(&[entry(1)]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), two);
        let error = Journal::open(folder.path()).unwrap().write(&[entry(7)]).unwrap_err();
        assert!(error.contains("in place of"), "{error}");
    }

    #[test]
    fn a_damaged_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(JOURNAL), entry(0).line() + "{\"event\":\"measured\"}\n").unwrap();
        let error = Journal::open(folder.path()).err().unwrap();
        assert!(error.contains("journal.jsonl:2: the line is damaged"), "{error}");
    }

    #[test]
    fn numbers_of_all_digits_come_back_unchanged() {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand::rngs::SmallRng::seed_from_u64(4);
        let folder = tempfile::tempdir().unwrap();
        let mut entries = Vec::new();
        for trial in 0..500 {
            let scores = (0..5).map(|_| Some(rng.random::<f64>() * 10_f64.powi(rng.random_range(-30..30)))).collect();
            entries.push(of(trial, scores));
        }
        Journal::open(folder.path()).unwrap().write(&entries).unwrap();
        Journal::open(folder.path()).unwrap().write(&entries).unwrap();
    }

    #[test]
    fn scores_of_twelve_digits_come_back_unchanged() {
        for exponent in -9..10 {
            for mantissa in [1.234_567_890_12, 9.999_999_999_99, 1.000_000_000_01, 4.0 / 3.0] {
                let score: f64 = format!("{mantissa:.11}e{exponent}").parse().unwrap();
                let text = serde_json::to_string(&score).unwrap();
                assert_eq!(serde_json::from_str::<f64>(&text).unwrap().to_bits(), score.to_bits(), "{text}");
            }
        }
    }
}
