//! The rows of the CSV files of a run: their columns, how they are written and how they are read.

use std::fmt::{Display, Formatter};
use std::path::Path;

use tilde_envs::Ending;

use super::row_file::{Fields, RowFile};
use super::{Distance, TrueValues};

/// A finished episode: a row of `episodes.csv` or `evaluations.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpisodeRow {
    /// Environment steps of the run up to the end of the episode; for an evaluation, up to its beginning.
    pub step: u64,
    /// Number of the episode, from 1; for an evaluation, within that evaluation.
    pub episode: u64,
    /// Sum of the rewards, not discounted.
    pub total: f64,
    /// Environment steps of the episode.
    pub length: u64,
    /// How the episode ended.
    pub ending: Ending,
}

impl EpisodeRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,episode,return,length,ending";

    /// Reads a file of such rows.
    pub fn read(path: &Path) -> RowFile<EpisodeRow> {
        RowFile::read(path, EpisodeRow::HEADER, &[], EpisodeRow::of)
    }

    fn of(fields: &Fields) -> Result<EpisodeRow, String> {
        let ending = [Ending::Terminated, Ending::Truncated, Ending::Continues]
            .into_iter()
            .find(|ending| ending_name(*ending) == fields.text("ending"))
            .ok_or_else(|| fields.invalid("ending", "terminated, truncated or running"))?;
        Ok(EpisodeRow {
            step: fields.integer("step")?,
            episode: fields.integer("episode")?,
            total: fields.number("return")?,
            length: fields.integer("length")?,
            ending,
        })
    }
}

impl Display for EpisodeRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let EpisodeRow { step, episode, total, length, ending } = *self;
        write!(f, "{step},{episode},{total},{length},{}", ending_name(ending))
    }
}

fn ending_name(ending: Ending) -> &'static str {
    match ending {
        Ending::Terminated => "terminated",
        Ending::Truncated => "truncated",
        Ending::Continues => "running",
    }
}

/// The updates since the row before: a row of `updates.csv`.
///
/// Loss, mean Q and gradient norm are means over these updates; the number of gradient steps, ε, the step size and the temperature
/// are those of the last one. What an algorithm lacks stays empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateRow {
    /// Environment steps of the run at the last of these updates.
    pub step: u64,
    /// Gradient steps of the run so far.
    pub updates: u64,
    /// Mean TD loss over the batches, with δ = target − prediction: δ²/2, or Huber's loss (the same where |δ| ≤ 1) where the
    /// algorithm minimises that. For the actor–critic it is the critic's.
    pub loss: f64,
    /// Mean predicted value of the actions taken, where action values are learned.
    pub q_mean: Option<f64>,
    /// Mean Euclidean norm of the gradient before clipping.
    pub grad_norm: f64,
    /// ε of ε-greedy exploration.
    pub epsilon: Option<f64>,
    /// Step size of the optimizer.
    pub learning_rate: f64,
    /// Temperature of Boltzmann exploration.
    pub temperature: Option<f64>,
}

impl UpdateRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,update,loss,q_mean,grad_norm,epsilon,learning_rate,temperature";

    /// Reads a file of such rows.
    pub fn read(path: &Path) -> RowFile<UpdateRow> {
        RowFile::read(path, UpdateRow::HEADER, &["q_mean", "epsilon", "temperature"], UpdateRow::of)
    }

    fn of(fields: &Fields) -> Result<UpdateRow, String> {
        Ok(UpdateRow {
            step: fields.integer("step")?,
            updates: fields.integer("update")?,
            loss: fields.number("loss")?,
            q_mean: fields.optional_number("q_mean")?,
            grad_norm: fields.number("grad_norm")?,
            epsilon: fields.optional_number("epsilon")?,
            learning_rate: fields.number("learning_rate")?,
            temperature: fields.optional_number("temperature")?,
        })
    }
}

impl Display for UpdateRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let UpdateRow { step, updates, loss, q_mean, grad_norm, epsilon, learning_rate, temperature } = *self;
        let (q_mean, epsilon, temperature) = (OrEmpty(q_mean), OrEmpty(epsilon), OrEmpty(temperature));
        write!(f, "{step},{updates},{loss},{q_mean},{grad_norm},{epsilon},{learning_rate},{temperature}")
    }
}

/// The distance of the learned values from the exact solution: a row of `values.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRow {
    /// Environment steps of the run so far.
    pub step: u64,
    /// The distance.
    pub distance: Distance,
}

impl ValueRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,value_rmse,value_max_error,regret,value_rmse_on_policy,bellman_rmse,truth";

    /// Reads a file of such rows.
    pub fn read(path: &Path) -> RowFile<ValueRow> {
        let optional = ["value_rmse", "value_max_error", "regret", "value_rmse_on_policy", "bellman_rmse", "truth"];
        RowFile::read(path, ValueRow::HEADER, &optional, ValueRow::of)
    }

    fn of(fields: &Fields) -> Result<ValueRow, String> {
        let truth = match fields.text("truth") {
            "" => None,
            id => Some(
                TrueValues::ALL
                    .into_iter()
                    .find(|truth| truth.id() == id)
                    .ok_or_else(|| fields.invalid("truth", "q_star, q_pi or v_pi"))?,
            ),
        };
        let distance = Distance {
            value_rmse: fields.optional_number("value_rmse")?,
            value_max_error: fields.optional_number("value_max_error")?,
            regret: fields.optional_number("regret")?,
            value_rmse_on_policy: fields.optional_number("value_rmse_on_policy")?,
            bellman_rmse: fields.optional_number("bellman_rmse")?,
            truth,
        };
        Ok(ValueRow { step: fields.integer("step")?, distance })
    }
}

impl Display for ValueRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Distance { value_rmse, value_max_error, regret, value_rmse_on_policy, bellman_rmse, truth } = self.distance;
        let figures = [value_rmse, value_max_error, regret, value_rmse_on_policy, bellman_rmse];
        write!(f, "{}", self.step)?;
        figures.into_iter().try_for_each(|figure| write!(f, ",{}", OrEmpty(figure)))?;
        write!(f, ",{}", truth.map_or("", TrueValues::id))
    }
}

/// A number, or an empty field.
struct OrEmpty(Option<f64>);

impl Display for OrEmpty {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |value| write!(f, "{value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file of these lines.
    fn reread<R>(header: &str, rows: &[impl Display], read: fn(&Path) -> RowFile<R>) -> Vec<R> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        std::fs::write(&path, format!("{header}\n{lines}")).unwrap();
        let file = read(&path);
        assert_eq!(file.problems, [""; 0]);
        file.rows
    }

    #[test]
    fn a_row_of_episodes_is_read_as_it_was_written() {
        let row = |ending| EpisodeRow { step: 8, episode: 3, total: -0.5, length: 4, ending };
        let rows = [Ending::Terminated, Ending::Truncated, Ending::Continues].map(row);
        let written = ["8,3,-0.5,4,terminated", "8,3,-0.5,4,truncated", "8,3,-0.5,4,running"];
        assert_eq!(rows.map(|row| row.to_string()), written);
        assert_eq!(reread(EpisodeRow::HEADER, &rows, EpisodeRow::read), rows);
    }

    #[test]
    fn a_row_of_updates_is_read_as_it_was_written_and_by_older_versions_without_temperature() {
        let row = UpdateRow {
            step: 8,
            updates: 3,
            loss: 0.5,
            q_mean: Some(2.0),
            grad_norm: 4.0,
            epsilon: None,
            learning_rate: 0.125,
            temperature: Some(0.75),
        };
        assert_eq!(row.to_string(), "8,3,0.5,2,4,,0.125,0.75");
        let other = UpdateRow { epsilon: Some(1.0), temperature: None, ..row };
        assert_eq!(other.to_string(), "8,3,0.5,2,4,1,0.125,");
        assert_eq!(reread(UpdateRow::HEADER, &[row, other], UpdateRow::read), [row, other]);
        let older = reread(
            "step,update,loss,q_mean,grad_norm,epsilon,learning_rate",
            &["8,3,0.5,2,4,1,0.125"],
            UpdateRow::read,
        );
        assert_eq!(older, [other]);
    }

    #[test]
    fn a_row_of_values_is_read_as_it_was_written_and_by_older_versions_without_later_columns() {
        let distance = Distance {
            value_rmse: Some(0.5),
            value_max_error: Some(1.25),
            regret: None,
            value_rmse_on_policy: Some(0.25),
            bellman_rmse: Some(0.125),
            truth: Some(TrueValues::QPi),
        };
        let rows = [distance, Distance::default()].map(|distance| ValueRow { step: 8, distance });
        assert_eq!(rows.map(|row| row.to_string()), ["8,0.5,1.25,,0.25,0.125,q_pi", "8,,,,,,"]);
        assert_eq!(reread(ValueRow::HEADER, &rows, ValueRow::read), rows);
        let older = reread("step,value_rmse,value_max_error,regret", &["8,0.5,1.25,"], ValueRow::read);
        let distance = Distance { value_rmse_on_policy: None, bellman_rmse: None, truth: None, ..distance };
        assert_eq!(older, [ValueRow { step: 8, distance }]);
        for truth in TrueValues::ALL {
            assert_eq!(serde_json::to_value(truth).unwrap(), truth.id());
        }
    }
}
