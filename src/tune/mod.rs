//! A hyperparameter search over an experiment's runs: trials, a journal of them, and a verdict on fresh seeds.
//!
//! ```text
//! <out>/<experiment name>/
//!   search.toml               the experiment with its `[search]`, which repeats the search: what a trial may change as the config file
//!                             says it, with everything else filled in
//!   initial-<…>.safetensors   copies of the files of weights that it names
//!   journal.jsonl             what was proposed, measured, promoted and chosen: one JSON object per line, only ever appended
//!   trials/<variant>-<NNN>/   each trial: an experiment of its own, with the tuning seeds
//!   tuned.toml                an experiment without a search: the chosen settings on the judging seeds
//!   verdict/<name>-tuned/     the results of `tuned.toml`
//!   report/                   a page with figures of all this, by `tilde tune` at its end and by `tilde report`
//! ```
//!
//! Trials and the verdict are ordinary experiments, so every command that reads an experiment or a run reads them. A trial that is
//! promoted is its own experiment, resumed with a larger `budget.steps`: no step is made twice.
//!
//! # By many processes, and with more trials
//!
//! One process at a time drives a search: the one that has the lock of its folder. [`work`] drives it, or makes runs of the trials that
//! another process has prepared and takes over when that one ends. A longer search can go on from a shorter one: see [`Extension`].
//!
//! # `journal.jsonl`
//!
//! Every line has the key `event`, and with it:
//!
//! | event | keys |
//! |---|---|
//! | `proposed` | `variant`, `trial` (from 0; 0 has the config's own settings), `round` (from 0), `settings` (dotted keys to values; those that apply) and, for a combination that the config refuses, `refused` (why) |
//! | `measured` | `variant`, `trial`, `rung` (from 0), `steps` (environment steps of each run), `objective` (larger is better; null: failed), `auc` (mean height of the learning curves, which decides between equal objectives; not where it is the objective, where there are no curves, or where the trial failed), `scores` (of each tuning seed, in the order of the config; null: that run failed) and `failures` (`{"seed", "reason"}` of each of those) |
//! | `promoted` | `variant`, `rung` (that they go on to) and `trials` |
//! | `chosen` | `variant`, `trial`, `rung`, `objective` and `settings` |
//!
//! Scores have twelve significant digits; `objective` and `auc` are interquartile means over the seeds. Lines are in the order of rounds, variants and trials, whatever the order was in which runs
//! ended, so the file depends on the config alone. A line that a crash has cut off is removed, and written again.

mod driver;
mod extension;
mod folder;
mod journal;
mod outcome;
mod plan;
mod score;
mod status;
mod worker;

pub use driver::{Finished, TuneError, tune};
pub use extension::{Extension, extension};
pub use folder::begin;
pub use outcome::Chosen;
pub use plan::{Plan, VariantPlan};
pub use status::{RunningTrial, SearchStatus, VariantStatus, status};
pub use worker::{Worked, work};
