//! TensorBoard's view of rows that were written earlier.

use std::fs;
use std::io;
use std::path::Path;

use tilde_envs::Ending;

use super::writer::{TensorBoard, has_events, remove_events};
use crate::results::{EPISODES, EVALUATIONS, EpisodeRow, EvaluationSummary, UPDATES, UpdateRow, VALUES};

/// The columns of `values.csv` that are shown, and the names of their curves.
const VALUE_CURVES: [(&str, &str); 5] = [
    ("value_rmse", "value/rmse"),
    ("value_max_error", "value/max_error"),
    ("value_rmse_on_policy", "value/rmse_on_policy"),
    ("bellman_rmse", "value/bellman_rmse"),
    ("regret", "value/regret"),
];

/// Writes the event file of a run that is over, from its row files, unless it has one; says whether it did. `text` is the
/// experiment, and training episodes are `every` environment steps apart.
///
/// # Errors
/// If a row file cannot be read or the event file cannot be written.
pub fn show_finished(folder: &Path, text: &str, every: u64) -> io::Result<bool> {
    if has_events(folder) {
        return Ok(false);
    }
    let shown = TensorBoard::open(folder, text, every, None).and_then(|mut board| {
        show(&mut board, folder)?;
        board.flush()
    });
    if shown.is_err() {
        remove_events(folder)?; // half a view would pass for the whole one next time
    }
    shown.map(|()| true)
}

/// Shows everything that stands in the row files of a run.
///
/// # Errors
/// If a row file cannot be read or the event file cannot be written.
pub fn show(board: &mut TensorBoard, folder: &Path) -> io::Result<()> {
    for_each_row(&folder.join(EPISODES), |row| board.episode(&episode(row)?))?;
    let mut evaluation: Vec<EpisodeRow> = Vec::new();
    let mut show_evaluation = |rows: &mut Vec<EpisodeRow>| {
        let evaluated = EvaluationSummary::of(rows);
        rows.clear();
        evaluated.map_or(Ok(()), |evaluated| board.evaluation(&evaluated))
    };
    for_each_row(&folder.join(EVALUATIONS), |row| {
        let next = episode(row)?;
        if evaluation.first().is_some_and(|first| first.step != next.step) {
            show_evaluation(&mut evaluation)?;
        }
        evaluation.push(next);
        Ok(())
    })?;
    show_evaluation(&mut evaluation)?;
    for_each_row(&folder.join(UPDATES), |row| board.update(&update(row)?))?;
    if folder.join(VALUES).exists() {
        for_each_row(&folder.join(VALUES), |row| {
            // Files of older versions lack some of the columns.
            let number = |column| if row.header.contains(&column) { row.number(column) } else { Ok(None) };
            let figure = |(column, curve)| Ok((curve, number(column)?));
            board.all(row.whole("step")?, &VALUE_CURVES.map(figure).into_iter().collect::<io::Result<Vec<_>>>()?)
        })?;
    }
    Ok(())
}

fn episode(row: &Row<'_>) -> io::Result<EpisodeRow> {
    Ok(EpisodeRow {
        step: row.whole("step")?,
        episode: row.whole("episode")?,
        total: row.needed("return")?,
        length: row.whole("length")?,
        ending: if row.field("ending")? == "truncated" { Ending::Truncated } else { Ending::Terminated },
    })
}

fn update(row: &Row<'_>) -> io::Result<UpdateRow> {
    Ok(UpdateRow {
        step: row.whole("step")?,
        updates: row.whole("update")?,
        loss: row.needed("loss")?,
        q_mean: row.number("q_mean")?,
        grad_norm: row.needed("grad_norm")?,
        epsilon: row.number("epsilon")?,
        learning_rate: row.needed("learning_rate")?,
        temperature: if row.header.contains(&"temperature") { row.number("temperature")? } else { None },
    })
}

/// A line of a row file.
struct Row<'a> {
    path: &'a Path,
    line: usize,
    header: &'a [&'a str],
    fields: Vec<&'a str>,
}

fn for_each_row(path: &Path, mut show: impl FnMut(&Row<'_>) -> io::Result<()>) -> io::Result<()> {
    let text = fs::read_to_string(path).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    lines
        .zip(2..)
        .try_for_each(|(text, line)| show(&Row { path, line, header: &header, fields: text.split(',').collect() }))
}

impl Row<'_> {
    /// The text of a column.
    fn field(&self, column: &str) -> io::Result<&str> {
        let place = self.header.iter().position(|name| *name == column);
        let field = place.and_then(|place| self.fields.get(place)).copied();
        field.ok_or_else(|| self.wrong(&format!("has no column `{column}`")))
    }

    /// The number of a column, or nothing where the field is empty.
    fn number(&self, column: &str) -> io::Result<Option<f64>> {
        let field = self.field(column)?;
        let parsed = (!field.is_empty()).then(|| field.parse::<f64>()).transpose();
        parsed.map_err(|_| self.wrong(&format!("`{column}` is no number")))
    }

    fn needed(&self, column: &str) -> io::Result<f64> {
        self.number(column)?.ok_or_else(|| self.wrong(&format!("`{column}` is empty")))
    }

    fn whole(&self, column: &str) -> io::Result<u64> {
        self.field(column)?.parse().map_err(|_| self.wrong(&format!("`{column}` is no whole number")))
    }

    fn wrong(&self, what: &str) -> io::Error {
        io::Error::other(format!("{}, line {}: {what}", self.path.display(), self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an event file holds beside times and names of files: bytes of tags and numbers, told apart by their order.
    fn events(folder: &Path) -> Vec<u8> {
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let found: Vec<_> =
            paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("events.")).collect();
        assert_eq!(found.len(), 1);
        fs::read(&found[0]).unwrap()
    }

    #[test]
    fn rows_on_disk_are_shown_as_they_were_when_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join(EPISODES),
            "step,episode,return,length,ending\n5,1,1,5,terminated\n7,2,3,2,truncated\n20,3,2,13,terminated\n",
        )
        .unwrap();
        fs::write(
            folder.path().join(EVALUATIONS),
            "step,episode,return,length,ending\n0,1,1,4,terminated\n0,2,3,4,terminated\n10,1,9,1,terminated\n",
        )
        .unwrap();
        fs::write(
            folder.path().join(UPDATES),
            "step,update,loss,q_mean,grad_norm,epsilon,learning_rate\n10,3,NaN,,1.5,0.5,0.1\n",
        )
        .unwrap();
        fs::write(folder.path().join(VALUES), "step,value_rmse,value_max_error,regret\n0,,,0.5\n").unwrap();
        assert!(show_finished(folder.path(), "name = 'x'", 10).unwrap());
        let bytes = events(folder.path());
        let count = |tag: &str| bytes.windows(tag.len()).filter(|window| *window == tag.as_bytes()).count();
        for (tag, times) in [
            ("rollout/return", 2), // the second is less than 10 steps after the first
            ("eval/mean_return", 2),
            ("train/loss", 1),
            ("train/q_mean", 0),
            ("train/learning_rate", 1),
            ("value/regret", 1),
            ("value/rmse", 0),
            ("value/bellman_rmse", 0),
            ("name = 'x'", 1),
        ] {
            assert_eq!(count(tag), times, "{tag}");
        }
        assert!(!show_finished(folder.path(), "name = 'x'", 10).unwrap(), "there is one already");
    }

    #[test]
    fn a_damaged_row_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = show_finished(folder.path(), "", 1).unwrap_err().to_string();
        assert!(error.contains("episodes.csv"), "{error}");
        fs::write(folder.path().join(EPISODES), "step,episode,return,length,ending\n5,1,x,5,terminated\n").unwrap();
        assert!(!has_events(folder.path()));
        let error = show_finished(folder.path(), "", 1).unwrap_err().to_string();
        assert!(error.contains("episodes.csv, line 2") && error.contains("`return`"), "{error}");
    }
}
