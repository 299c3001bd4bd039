//! How the rows of the CSV files of a run are read, also those of older versions.

use std::path::Path;

use tilde_envs::Ending;

use super::row_file::{Fields, RowFile};
use super::rows::{DiagnosticsRow, EpisodeRow, UpdateRow, ValueRow, ending_name};
use super::{Distance, TrueValues};

impl EpisodeRow {
    /// Reads a file of such rows.
    pub fn read(path: &Path) -> RowFile<EpisodeRow> {
        RowFile::read(path, EpisodeRow::parse)
    }

    /// The rows of a text with a header: that of the file `name`, or a part of it.
    pub fn parse(name: &str, text: &str) -> RowFile<EpisodeRow> {
        RowFile::parse(name, text, EpisodeRow::HEADER, &[], EpisodeRow::of)
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

impl UpdateRow {
    /// Reads a file of such rows.
    pub fn read(path: &Path) -> RowFile<UpdateRow> {
        RowFile::read(path, UpdateRow::parse)
    }

    /// The rows of a text with a header: that of the file `name`, or a part of it.
    pub fn parse(name: &str, text: &str) -> RowFile<UpdateRow> {
        RowFile::parse(name, text, UpdateRow::HEADER, &["q_mean", "epsilon", "temperature"], UpdateRow::of)
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

impl ValueRow {
    /// Reads a file of such rows.
    pub fn read(path: &Path) -> RowFile<ValueRow> {
        RowFile::read(path, ValueRow::parse)
    }

    /// The rows of a text with a header: that of the file `name`, or a part of it.
    pub fn parse(name: &str, text: &str) -> RowFile<ValueRow> {
        let optional = ["value_rmse", "value_max_error", "regret", "value_rmse_on_policy", "bellman_rmse", "truth"];
        RowFile::parse(name, text, ValueRow::HEADER, &optional, ValueRow::of)
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

impl DiagnosticsRow {
    /// Reads a file of such rows.
    pub fn read(path: &Path) -> RowFile<DiagnosticsRow> {
        let parse =
            |name: &str, text: &str| RowFile::parse(name, text, DiagnosticsRow::HEADER, &[], DiagnosticsRow::of);
        RowFile::read(path, parse)
    }

    fn of(fields: &Fields) -> Result<DiagnosticsRow, String> {
        Ok(DiagnosticsRow {
            step: fields.integer("step")?,
            function: fields.text("function").to_owned(),
            weight_norm: fields.optional_number("weight_norm")?,
            dormant: fields.optional_number("dormant")?,
            effective_rank: fields.optional_number("effective_rank")?,
            overestimation: fields.optional_number("overestimation")?,
            explained_variance: fields.optional_number("explained_variance")?,
            entropy: fields.optional_number("entropy")?,
            policy_loss: fields.optional_number("policy_loss")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Display;

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
    fn a_row_of_diagnostics_is_read_as_it_was_written() {
        let row = DiagnosticsRow {
            step: 8,
            function: "critic".to_owned(),
            weight_norm: Some(3.0),
            dormant: Some(0.25),
            effective_rank: Some(7.0),
            overestimation: Some(-0.5),
            explained_variance: Some(0.875),
            entropy: Some(0.625),
            policy_loss: Some(-2.0),
        };
        assert_eq!(row.to_string(), "8,critic,3,0.25,7,-0.5,0.875,0.625,-2");
        let lacking = DiagnosticsRow { step: 9, function: "actor".to_owned(), ..DiagnosticsRow::default() };
        assert_eq!(lacking.to_string(), "9,actor,,,,,,,");
        assert_eq!(DiagnosticsRow::HEADER.split(',').count(), row.to_string().split(',').count());
        let rows = [row, lacking];
        assert_eq!(reread(DiagnosticsRow::HEADER, &rows, DiagnosticsRow::read), rows);
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
