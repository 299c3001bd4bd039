//! An experiment or a search on an existing engine: the scripts that submit its workers to Slurm or HyperQueue, or start them on this machine.
//!
//! Every engine runs the same command in several processes, `tilde work DIR`. Each process takes runs of the experiment's folder that
//! no other has, until none is left; those of a search stay to its end (`--wait`). So a script says how many there are and how long they may take, and nothing of variants or seeds.
//!
//! Nothing here touches a file or starts a process: [`Engine::script`] turns a [`Request`] into the text of a script.
//!
//! ```
//! use tilde::cluster::{Engine, Request, Work};
//!
//! let request = Request {
//!     program: "/opt/tilde".to_owned(),
//!     work: Work::Experiment,
//!     folder: "/shared/runs/cart-pole".to_owned(),
//!     name: "cart-pole".to_owned(),
//!     workers: 8,
//!     time: Some("2h".parse()?),
//!     options: vec!["--partition=cpu".to_owned()],
//! };
//! let script = Engine::Slurm.script(&request)?; // for bash
//! assert!(script.contains("--array=0-7") && script.contains("--time=2:00:00"));
//! assert!(script.contains("/opt/tilde work /shared/runs/cart-pole"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod engine;
mod hyperqueue;
mod local;
mod request;
mod slurm;
#[cfg(test)]
mod test_scripts;
mod time_limit;

pub use engine::Engine;
pub use request::{Request, Work};
pub use time_limit::TimeLimit;
