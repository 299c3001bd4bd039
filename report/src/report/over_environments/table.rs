//! The table of methods over environments.

use super::aggregate::{Aggregate, Method};
use crate::report::table::{Column, Table};
use crate::report::tables::{decimals, estimate};
use crate::text::fixed;

/// One row for each method, the best first.
pub fn table(aggregate: &Aggregate) -> Table {
    let digits = decimals(aggregate.methods.iter().map(|method| method.score));
    let of_gaps = decimals(aggregate.methods.iter().map(|method| method.gap));
    let mut columns = vec![
        Column::names("method"),
        Column::numbers("runs", 1),
        Column::numbers("normalised\nscore [95 %]", 0),
        Column::numbers("gap to 1\n[95 %]", 4),
        Column::numbers("mean\nrank", 0),
    ];
    columns.extend(
        aggregate.environments.iter().map(|environment| Column::numbers("in\n", 3).ending_with(&environment.title)),
    );
    let row = |method: &&Method| {
        let runs: usize = method.scores.iter().map(Vec::len).sum();
        let mut cells = vec![
            method.name.clone(),
            runs.to_string(),
            estimate(Some(method.score), digits),
            estimate(Some(method.gap), of_gaps),
            fixed(method.rank, 2),
        ];
        cells.extend(method.of_environments.iter().map(|score| fixed(*score, digits)));
        (method.index, cells)
    };
    Table { columns, rows: aggregate.ranked().iter().map(row).collect() }
}
