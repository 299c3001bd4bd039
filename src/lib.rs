//! Tilde: reinforcement-learning experiments with interchangeable function approximators, from one config file.
//!
//! Ṽ(x), Q̃(x, u) and h̃(u | x) carry the tilde that marks an approximation. An experiment is a TOML file ([`config`]); it
//! becomes independent runs ([`experiment`]), each of which is one visible loop ([`run`]) between an environment
//! ([`tilde_envs`]) and an agent ([`agents`]). [`run::Training`] is that loop without files, for use in code, and [`run::load`]
//! reads a trained agent back. Agents learn approximators ([`approx`]) with losses ([`losses`]) and
//! optimizers ([`optim`]), online or from replayed experience ([`replay`]). What a run leaves behind are plain files
//! ([`results`]); a [`report`] reads nothing else, and says with the estimators of [`stats`] which variant is better.
//!
//! Modules import what stands to the right of them, nothing to the left:
//! `app → cli → {experiment, report} → run → config → agents → {approx, losses, replay} → optim → {device, schedule, rng} →
//! {invalid_value, kernels, results, stats}`.
//!
//! An [`App`] is the whole program with environments, feature maps, networks, algorithms and optimizers of your own.

pub use app::App;
/// The version of burn that networks and optimizers of your own are written for.
pub use burn;
pub use tilde_envs::registry;

pub mod agents;
mod app;
pub mod approx;
pub mod cli;
pub mod config;
pub mod device;
pub mod experiment;
pub mod invalid_value;
pub mod kernels;
pub mod losses;
pub mod optim;
pub mod replay;
pub mod report;
pub mod results;
pub mod rng;
pub mod run;
pub mod schedule;
pub mod stats;
pub mod tensorboard;
pub mod text;
