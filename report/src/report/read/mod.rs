//! Reading experiments from their folders. Whatever is wrong with a file becomes a warning; no run is left out without one.

mod experiment;
mod folders;
mod plan;
mod run;
mod training;
mod warnings;

pub use experiment::{ExperimentResults, read};
pub use folders::experiments_in;
pub use plan::{Plan, PlannedEnvironment, PlannedVariant, parse_plan, read_plan};
pub use run::{RunRecord, RunState};
pub use training::{TrainingMedians, training_interval};
