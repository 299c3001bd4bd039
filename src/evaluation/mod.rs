//! Evaluating trained runs: episodes without learning, their statistics, as text and as JSON. No file of a run is changed.

mod episodes;
mod evaluate;
mod histogram;
mod spread;
mod text;

pub use episodes::{Episode, Episodes};
pub use evaluate::{Evaluation, EvaluationOptions, Subject, evaluate, open};
pub use histogram::{Bin, histogram};
pub use spread::Spread;
pub use text::{evaluation_table, evaluation_text, setting};
