//! How returns of different environments become scores on one scale.

use crate::report::comparison::Comparison;
use crate::report::read::RunState;
use crate::report::variant_result::VariantResult;
use crate::stats::median;

/// The normalised score of a return x is (x − zero) / (one − zero).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The return that becomes 0.
    pub zero: f64,
    /// The return that becomes 1.
    pub one: f64,
    /// What `zero` is.
    pub zero_is: Zero,
    /// What `one` is.
    pub one_is: One,
}

/// Which return becomes 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// The median of the first evaluations, at step 0, over all runs in the environment.
    BeforeLearning,
    /// The lowest final return of any run in the environment.
    WorstRun,
}

/// Which return becomes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum One {
    /// The return that counts as solved.
    Solved,
    /// The highest final return of any run in the environment.
    BestRun,
    /// All returns are equal, and equal to `zero`: every score is 0.
    Nothing,
}

impl Scale {
    /// The scale of an environment; `None` without final returns.
    ///
    /// 0 is what is returned before learning, if every run was evaluated then, and 1 is the threshold. Where that is not above 0, or
    /// there is none, the best and the worst run take their places.
    pub fn of(comparison: &Comparison) -> Option<Scale> {
        let finals = || comparison.variants.iter().flat_map(VariantResult::final_values);
        let (lowest, highest) = (finals().reduce(f64::min)?, finals().reduce(f64::max)?);
        let start = before_learning(comparison).map(|start| (start, Zero::BeforeLearning));
        let threshold = comparison.threshold.map(|threshold| (threshold, One::Solved));
        for (zero, zero_is) in start.into_iter().chain([(lowest, Zero::WorstRun)]) {
            let above = threshold.into_iter().chain([(highest, One::BestRun)]).find(|(one, _)| *one > zero);
            if let Some((one, one_is)) = above {
                return Some(Scale { zero, one, zero_is, one_is });
            }
        }
        Some(Scale { zero: lowest, one: lowest + 1.0, zero_is: Zero::WorstRun, one_is: One::Nothing })
    }

    /// The normalised score of a return.
    pub fn normalised(self, value: f64) -> f64 {
        (value - self.zero) / (self.one - self.zero)
    }
}

/// The median return at step 0 of all runs that have begun; `None` if one of them was not evaluated then.
fn before_learning(comparison: &Comparison) -> Option<f64> {
    let runs = comparison.variants.iter().flat_map(|variant| &variant.runs);
    let begun = runs.filter(|run| run.state != RunState::Missing).filter(|_| comparison.evaluated);
    let first = begun.map(|run| run.curve.first().filter(|(step, _)| *step == 0.0).map(|(_, value)| *value));
    median(&first.collect::<Option<Vec<f64>>>()?)
}
