//! A whole experiment: variants × seeds become runs, in parallel, in one folder.
//!
//! ```
//! use tilde::experiment::{Options, Progress, prepare, run};
//! use tilde::report::{Report, ReportOptions};
//! use tilde::run::Checkpoint;
//!
//! let text = "
//!     name = 'walk'
//!     seeds = [0, 1, 2]
//!     env = 'gridworld'
//!     algorithm = 'q_learning'
//!     approximator = {}
//!     optimizer = { sgd = { learning_rate = 0.5 } }
//!     budget = { steps = 10_000 }";
//! let experiment = tilde::config::parse(text, "walk.toml", &[])?; // or `config::load`, from a file
//! let out = tempfile::tempdir()?;
//! let options = Options::new(out.path());
//! let prepared = prepare(&experiment, &options)?;
//! let folder = prepared.folder.clone();
//! for result in run(prepared, &options, &Progress::new(true)) {
//!     assert_eq!(result.summary?.final_return(), Some(1.0));
//! }
//!
//! let report = Report::read(&[folder.clone()], ReportOptions::default())?;
//! println!("{}", report.text());
//!
//! let mut run = tilde::run::load(&folder.join("default/seed-0"), Some(Checkpoint::Last))?;
//! assert_eq!(run.step, 10_000);
//! let corner = vec![0.0; run.config.env.build()?.observation_space().len()];
//! println!("Q(corner, ·) = {:?}", run.values(&corner));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod contradictions;
mod damage;
mod differences;
mod folder;
mod job;
mod line;
mod lock;
mod manifest;
mod prepare;
mod progress;
mod source;
mod version;
mod workers;

pub(crate) use differences::setting_differences;
pub use folder::{FolderError, IfExists};
pub use job::{Job, Part};
pub(crate) use line::in_words;
pub use lock::{LOCK, Lock, LockKind, is_locked, this_process, worker};
pub use prepare::{Ended, Options, Prepared, copy_weights, open, prepare, refuse_search, run, run_all};
pub use progress::Progress;
pub use workers::{LOOK_EVERY, RunResult, default_jobs};
