//! A run: an agent in its environments for a budget of steps, and what is recorded of it.
//!
//! [`Training`] is a run in memory, with the loop; a [`Recorder`] is told what happens. [`train`] is the same in a folder, with
//! checkpoints to resume from, and [`load`] reads a trained agent from there; [`Policy`] is the same for acting alone.

mod best;
mod changed_env;
mod checkpoint;
mod container;
mod diagnoser;
mod evaluation;
mod exact_solution;
mod files;
mod live_progress;
mod load;
mod main_loop;
mod policy;
mod policy_loss;
mod positions;
mod recorder;
mod start;
mod tally;
#[cfg(test)]
mod test_agent;
mod train;
mod training;
mod vec_env;
mod vec_env_state;

pub use checkpoint::{CHECKPOINTS, PROGRAM, program_of};
pub use container::HEADER as CHECKPOINT_HEADER;
pub use exact_solution::ExactSolution;
pub use live_progress::LiveProgress;
pub use load::{Checkpoint, LoadError, LoadedRun, load, run_folders};
pub use main_loop::Interval;
pub use policy::Policy;
pub use policy_loss::PolicyLoss;
pub use recorder::{Recorder, Rows};
pub use start::{check_start, copy_start, has_start, updates_before};
pub use tally::Tally;
pub use train::{clean_up, train};
pub use training::{RunError, Training, panic_message};
pub use vec_env::{Episode, Stepped, VecEnv};
pub use vec_env_state::EnvSlotState;
