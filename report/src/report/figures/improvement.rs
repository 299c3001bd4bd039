//! Probabilities of improvement, for every two variants.

use std::collections::BTreeMap;

use super::figure::Figure;
use crate::chart::{Chart, MatrixCell, MatrixChart};
use crate::parallel::on_all_cores;
use crate::report::comparison::Comparison;
use crate::report::findings::p_value;
use crate::report::measure::Measure;
use crate::report::pairs::Pair;
use crate::report::variant_result::VariantResult;
use crate::stats::{Bootstrap, ConfidenceInterval};
use crate::text::counted;
use crate::text::fixed;

/// Intervals of probabilities by the indices of a pair.
type Intervals = BTreeMap<(usize, usize), ConfidenceInterval>;

/// The probability that a run of one variant is better than a run of another.
pub fn improvement(comparison: &Comparison, bootstrap: &Bootstrap) -> Option<Figure> {
    let ranked: Vec<&VariantResult> =
        comparison.ranked().into_iter().filter(|variant| variant.score.is_some()).collect();
    if ranked.len() < 2 {
        return None;
    }
    let interval = |pair: &Pair| Some(((pair.first, pair.second), comparison.probability_interval(pair, bootstrap)?));
    let intervals: Intervals = on_all_cores(&comparison.pairs, interval).into_iter().flatten().collect();
    let row = |row: &&VariantResult| ranked.iter().map(|column| cell(comparison, &intervals, row, column)).collect();
    let is_better = match comparison.measure {
        Measure::FinalReturn => "scores higher",
        Measure::MeanReturn => "learns faster (by the mean return over the run)",
        Measure::ValueError => "has a smaller error",
    };
    Some(Figure {
        id: "probability-of-improvement".to_owned(),
        title: "Probability of improvement".to_owned(),
        caption: format!(
            "Probability that a run of the row {is_better} than a run of the column, ties as ½ (Mann–Whitney). In bold: the \
             differences over shared seeds are significant in that direction (Wilcoxon's signed ranks, Holm's correction over \
             {}, 5 %).",
            match comparison.baseline {
                Some(index) => format!(
                    "{} with the baseline {}",
                    counted(comparison.tests(), "test"),
                    comparison.variants[index].name
                ),
                None => counted(comparison.tests(), "pair"),
            }
        ),
        chart: Chart::Matrix(MatrixChart {
            names: ranked.iter().map(|variant| (variant.index, variant.name.clone())).collect(),
            cells: ranked.iter().map(row).collect(),
        }),
    })
}

/// The same for learning speeds, of the variants that tie for the best.
pub fn speed_improvement(speeds: &Comparison, bootstrap: &Bootstrap) -> Option<Figure> {
    Some(Figure {
        id: "probability-of-faster-learning".to_owned(),
        title: "Probability of faster learning among those that tie for the best".to_owned(),
        ..improvement(speeds, bootstrap)?
    })
}

fn cell(
    comparison: &Comparison,
    intervals: &Intervals,
    row: &VariantResult,
    column: &VariantResult,
) -> Option<MatrixCell> {
    let (pair, turned) = comparison.pair(row.index, column.index)?;
    let turn = |share: f64| if turned { 1.0 - share } else { share };
    let value = turn(pair.probability);
    let interval = intervals.get(&(pair.first, pair.second)).map(|interval| {
        let (low, high) = (turn(interval.low), turn(interval.high));
        (low.min(high), low.max(high))
    });
    let difference = pair.difference.map(|difference| if turned { -difference } else { difference });
    let shown = interval.map_or(String::new(), |(low, high)| format!(" [{low:.3}, {high:.3}]"));
    let test = match (difference, pair.p_value) {
        (None, _) => "; no shared seeds".to_owned(),
        (Some(difference), p) => format!(
            "; better by {} over {}, {}",
            fixed(difference, 4),
            counted(pair.shared, "shared seed"),
            p.map_or("not tested".to_owned(), p_value)
        ),
    };
    let winner = if value >= 0.5 { row } else { column };
    Some(MatrixCell {
        value,
        interval,
        difference,
        p_value: pair.p_value,
        bold: pair.won_by(winner.index),
        tip: format!("P({} better than {}) = {value:.3}{shown}{test}", row.name, column.name),
    })
}
