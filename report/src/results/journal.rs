//! `journal.jsonl`: what a search did, line by line.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The name of the file.
pub const JOURNAL: &str = "journal.jsonl";

/// A line. Keys that this version does not know are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Entry {
    /// A trial was proposed.
    Proposed {
        /// The variant.
        variant: String,
        /// The number of the trial.
        trial: usize,
        /// The round in which it was proposed.
        round: usize,
        /// The values of the hyperparameters that apply.
        settings: BTreeMap<String, Json>,
        /// Why the config refuses this combination; such a trial has failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// The runs of a trial were made with the steps of a rung.
    Measured {
        /// The variant.
        variant: String,
        /// The number of the trial.
        trial: usize,
        /// The rung.
        rung: usize,
        /// Environment steps of each run.
        steps: u64,
        /// The objective; `None` for a failed trial.
        objective: Option<f64>,
        /// The interquartile mean of the mean heights of the learning curves, which decides between equal objectives; `None` where
        /// it is the objective, where there are no curves, and for a failed trial.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        auc: Option<f64>,
        /// The score of each tuning seed; `None` for a failed run.
        scores: Vec<Option<f64>>,
        /// Why runs failed.
        failures: Vec<Failure>,
    },
    /// Trials go on with more steps.
    Promoted {
        /// The variant.
        variant: String,
        /// The rung that they go on to.
        rung: usize,
        /// Their numbers.
        trials: Vec<usize>,
    },
    /// The settings of a variant were chosen.
    Chosen {
        /// The variant.
        variant: String,
        /// The number of the trial.
        trial: usize,
        /// The rung that it was measured at.
        rung: usize,
        /// Its objective there; `None` if all trials have failed.
        objective: Option<f64>,
        /// The values of its hyperparameters.
        settings: BTreeMap<String, Json>,
    },
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// Why.
    pub reason: String,
}

impl Entry {
    /// The line, with its end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("an entry is plain numbers and names") + "\n"
    }

    /// The entries of a folder's journal, in their order, and what is wrong with its lines; none where there is no file. A last line
    /// without an end is being written and does not count.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read_all(folder: &Path) -> io::Result<(Vec<Entry>, Vec<String>)> {
        let text = match fs::read(folder.join(JOURNAL)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
            read => read?,
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        for (index, line) in text[..whole].lines().enumerate() {
            match serde_json::from_str(line) {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    problems.push(format!("{JOURNAL}:{}: the line is damaged and left out: {error}", index + 1));
                }
            }
        }
        Ok((entries, problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_were_written_and_damaged_ones_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Entry::read_all(folder.path()).unwrap(), (vec![], vec![]));
        let promoted = Entry::Promoted { variant: "a".to_owned(), rung: 1, trials: vec![3, 5] };
        let line = "{\"event\":\"promoted\",\"variant\":\"a\",\"rung\":1,\"trials\":[3,5]}\n";
        assert_eq!(promoted.line(), line);
        let of_tomorrow = "{\"event\":\"measured\",\"variant\":\"a\",\"trial\":0,\"rung\":0,\"steps\":9,\"objective\":null,\
                           \"auc\":0.5,\"of_tomorrow\":1,\"scores\":[null],\"failures\":[{\"seed\":1,\"reason\":\"why\"}]}\n";
        let text = format!("{line}{of_tomorrow}{{\"event\":\"chosen\"}}\n{line}{{\"event\":\"prom");
        fs::write(folder.path().join(JOURNAL), text).unwrap();
        let (entries, problems) = Entry::read_all(folder.path()).unwrap();
        assert!(matches!(&entries[1], Entry::Measured { objective: None, steps: 9, .. }), "{entries:?}");
        assert_eq!((entries.len(), &entries[2]), (3, &promoted));
        assert!(problems.len() == 1 && problems[0].starts_with("journal.jsonl:3: "), "{problems:?}");
    }
}
