//! Tilde: reinforcement-learning experiments with interchangeable function approximators, from one config file.
//!
//! Ṽ(x), Q̃(x, u) and h̃(u | x) carry the tilde that marks an approximation. The command `tilde` trains from a config file; this
//! library does the same in code.
//!
//! | to | begin with |
//! |---|---|
//! | train in memory | [`run::Training`] and a [`run::Recorder`], such as [`run::Rows`] |
//! | train a whole experiment into a folder | [`config::load`], [`experiment::prepare`] and [`experiment::run`] |
//! | act with what a run has learned, read Q̃ | [`Policy`]; [`run::load`] has the whole agent |
//! | evaluate trained runs | [`evaluation::evaluate`] |
//! | take a trained function elsewhere | [`export::export`] |
//! | draw an episode | [`render::record`] |
//! | look inside a trained function, draw its values over two components of the state | [`inspect::inspect`], [`inspect::ValueMap`] |
//! | measure a function or an agent while it learns | [`diagnostics`] |
//! | watch an experiment in the terminal | [`watch::watch`] |
//! | write the script that runs an experiment on a cluster | [`cluster`] |
//! | search for hyperparameters | [`config::load_for`], [`tune::Plan`] and [`tune::tune`] |
//! | compare results | [`report::Report`]; of a search, [`report::SearchReport`] |
//! | add parts of your own | [`App`], and the trait of the slot: [`envs::Environment`], [`approx::FeatureSettings`], [`approx::ModuleConfig`], [`agents::Algorithm`], [`optim::OptimizerRule`] |
//!
//! A run in memory, from the text of a config:
//!
//! ```
//! use tilde::run::{Rows, Training};
//!
//! let text = "
//!     name = 'walk'
//!     seeds = [0]
//!     env = 'gridworld'
//!     algorithm = 'q_learning'
//!     approximator = {}
//!     optimizer = { sgd = { learning_rate = 0.5 } }
//!     budget = { steps = 5_000 }";
//! let config = tilde::config::parse(text, "walk.toml", &[])?.variants().remove(0);
//! let mut rows = Rows::default();
//! let summary = Training::new(&config, 0)?.run(&mut rows)?;
//! assert_eq!(summary.final_return(), Some(1.0)); // it walks to the goal
//! assert_eq!(rows.episodes.len() as u64, summary.episodes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is made
//!
//! An experiment is a TOML file ([`config`]). It becomes independent runs ([`experiment`]), each of which is one loop ([`run`])
//! between environments ([`envs`]) and an agent ([`agents`]). Agents learn approximators ([`approx`]) with losses ([`losses`])
//! and optimizers ([`optim`]), online or from a replay buffer ([`replay`]). A run leaves plain files ([`results`]). A [`report`]
//! reads nothing else and says with the estimators of [`stats`] which variant is better.
//!
//! Modules import what stands to the right of them, nothing to the left:
//! `app → cli → {media, study, tune, watch} → {cluster, evaluation, experiment, export, inspect, render, report} → run → config →
//! diagnostics → {agents, supervised, tensorboard} → {approx, losses, replay, search} → optim → {chart, device, schedule, rng} → {checksum,
//! invalid_value, kernels, parallel, rasterizer, registry, results, safetensors, stats, text}`. Three crates hold them, so that
//! each is compiled for what it does: `learn/` what learns, `report/` what reads results and draws, `src/` the rest.

pub use app::App;
/// The version of burn that networks and optimizers of your own are written for.
pub use burn;
pub use run::Policy;
pub use tilde_envs as envs;
pub use tilde_envs::registry;
#[doc(inline)]
pub use tilde_learn::{
    agents, approx, checksum, device, invalid_value, kernels, losses, optim, replay, rng, safetensors, schedule,
    supervised,
};
#[doc(inline)]
pub use tilde_report::{chart, parallel, rasterizer, report, results, stats, text};

mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod diagnostics;
pub mod evaluation;
pub mod experiment;
pub mod export;
pub mod inspect;
pub mod media;
pub mod render;
pub mod run;
pub mod search;
pub mod study;
pub mod tensorboard;
pub mod tune;
pub mod watch;
