//! What one run of a trial scores, from its result files.

use std::path::Path;

use crate::config::RunConfig;
use crate::results::{EVALUATIONS, EpisodeRow, RowFile, Summary, VALUES, ValueRow};
use crate::search::Objective;
use crate::stats::{area_under_curve, mean};

/// What a run scores: numbers with twelve significant digits, larger for better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// By the objective.
    pub score: f64,
    /// The mean height of its learning curve, where that is not the objective and there is a curve.
    pub auc: Option<f64>,
}

/// What a run that is over scores, or why it failed.
///
/// It is computed from the files, also where the run has just ended, so that an interrupted search goes on with the same number.
///
/// # Errors
/// If the files cannot be read, or lack what the objective is made of.
pub fn score(folder: &Path, run: &RunConfig, objective: Objective) -> Result<Result<Score, String>, String> {
    let shown = folder.display();
    let summary = Summary::read(folder).map_err(|error| format!("{shown}: {error}"))?;
    let summary = summary.ok_or_else(|| format!("{shown}: there is no summary of the run"))?;
    if !summary.finished() {
        return Ok(Err(summary.outcome.to_string()));
    }
    let is_evaluated = predicts(run) || run.budget.evaluation_episodes > 0;
    let curve = if predicts(run) {
        values(ValueRow::read(&folder.join(VALUES)))
    } else if !is_evaluated {
        let Some(mean) = summary.training_return else { return Ok(Err("no training episode ended".to_owned())) };
        Ok(vec![(summary.steps as f64, mean)])
    } else {
        evaluations(EpisodeRow::read(&folder.join(EVALUATIONS)))
    };
    let curve = match curve {
        Ok(curve) if curve.is_empty() => return Ok(Err("nothing was measured".to_owned())),
        Ok(curve) => curve,
        Err(why) => return Err(format!("{shown}: {why}")),
    };
    let last = curve.last().map(|(_, value)| *value);
    let (steps, values): (Vec<f64>, Vec<f64>) = curve.into_iter().unzip();
    let area = area_under_curve(&steps, &values, run.budget.steps as f64);
    let (score, auc) = match objective {
        Objective::Final => (last, area.filter(|_| is_evaluated)),
        Objective::Auc => (area, None),
    };
    let finite = |score: Option<f64>| score.filter(|score| score.is_finite()).map(rounded);
    let score = finite(score).map(|score| Score { score, auc: finite(auc) });
    Ok(score.ok_or_else(|| "its score is not finite".to_owned()))
}

/// Whether an algorithm learns the values of a given policy alone, so that returns say nothing about what it learns.
pub fn predicts(run: &RunConfig) -> bool {
    run.algorithm.learns() && run.algorithm.functions(2).iter().all(|function| function.outputs == 1)
}

/// (step, mean return) of each evaluation.
fn evaluations(file: RowFile<EpisodeRow>) -> Result<Vec<(f64, f64)>, String> {
    let rows = file.undamaged().map_err(|error| error.to_string())?;
    let each = rows.chunk_by(|one, next| one.step == next.step);
    Ok(each
        .filter_map(|rows| {
            let returns: Vec<f64> = rows.iter().map(|row| row.total).collect();
            Some((rows.first()?.step as f64, mean(&returns)?))
        })
        .collect())
}

/// (step, minus the root-mean-square error of the values) of each comparison with the exact solution.
fn values(file: RowFile<ValueRow>) -> Result<Vec<(f64, f64)>, String> {
    let rows = file.undamaged().map_err(|error| error.to_string())?;
    Ok(rows.iter().filter_map(|row| Some((row.step as f64, -row.distance.value_rmse?))).collect())
}

/// Twelve significant digits: as many as JSON readers return unchanged.
fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().expect("a printed number can be read")
}
