//! The runs of several experiments.

use crate::experiment::{Options, Prepared, Progress, RunResult, run};

/// Makes the runs of all experiments, and returns their results, in the order of the experiments; `None` if a signal ended it early.
pub fn run_all(prepared: Vec<Prepared>, options: &Options, progress: &Progress) -> Option<Vec<Vec<RunResult>>> {
    let mut all = Vec::with_capacity(prepared.len());
    for prepared in prepared {
        let runs = prepared.runs();
        let results = run(prepared, options, progress);
        if results.len() < runs {
            return None;
        }
        all.push(results);
    }
    Some(all)
}
