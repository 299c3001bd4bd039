//! A program with parts of your own.

use std::process::ExitCode;

use tilde_envs::registry::{Entry, Part};
use tilde_envs::{Environment, environments};

use crate::agents::{Algorithm, algorithms};
use crate::approx::{FeatureSettings, NetworkSettings, feature_maps, networks};
use crate::cli;
use crate::optim::{OptimizerRule, optimizers};

/// The `tilde` program with parts of your own in its slots.
///
/// A part is a struct of settings: a [`Part`] with the trait of its slot. Each method adds one for the rest of the process.
/// [`App::main`] is the whole command line: training with `--resume`, `check`, the JSON Schema, error messages and reports treat
/// the added parts like those of the library.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// # mod corridor {
/// #     use serde::{Deserialize, Serialize};
/// #     #[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
/// #     pub struct Corridor {}
/// #     impl tilde::registry::Part for Corridor {
/// #         const ID: &'static str = "corridor";
/// #         const SUMMARY: &'static str = "a corridor";
/// #     }
/// #     impl tilde_envs::Environment for Corridor {
/// #         fn build(&self) -> Result<Box<dyn tilde_envs::Env>, tilde_envs::ConfigError> {
/// #             tilde_envs::CartPoleConfig::default().build()
/// #         }
/// #     }
/// # }
/// use corridor::Corridor; // an environment, named `corridor` in a config file
///
/// fn main() -> ExitCode {
///     tilde::App::new().environment::<Corridor>().main()
/// }
/// ```
///
/// A program that trains in code adds its parts in the same way, without [`App::main`]:
///
/// ```
/// # mod corridor {
/// #     use serde::{Deserialize, Serialize};
/// #     #[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
/// #     pub struct Corridor {}
/// #     impl tilde::registry::Part for Corridor {
/// #         const ID: &'static str = "corridor";
/// #         const SUMMARY: &'static str = "a corridor";
/// #     }
/// #     impl tilde_envs::Environment for Corridor {
/// #         fn build(&self) -> Result<Box<dyn tilde_envs::Env>, tilde_envs::ConfigError> {
/// #             tilde_envs::CartPoleConfig::default().build()
/// #         }
/// #     }
/// # }
/// # use corridor::Corridor;
/// tilde::App::new().environment::<Corridor>();
///
/// let text = "name = 'walk'\nseeds = [0]\nenv = 'corridor'\nalgorithm = 'random'\nbudget = { steps = 500 }";
/// let config = tilde::config::parse(text, "walk.toml", &[])?.variants().remove(0);
/// let summary = tilde::run::Training::new(&config, 0)?.run(&mut ())?;
/// assert_eq!((config.env.id(), summary.steps), ("corridor", 500));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The files in `examples/your_own` are a whole program.
///
/// Results record the version of this library, not that of your parts. After a change to a part, train its runs anew: with
/// `--overwrite`, or with another `--out`.
///
/// # Panics
/// Each method panics where its slot has another part with the same ID. Adding the same part twice changes nothing.
#[derive(Debug, Default)]
pub struct App {
    _private: (),
}

impl App {
    /// The program with the parts of the library.
    pub fn new() -> App {
        App::default()
    }

    /// Adds an environment: `[env.ID]` in a config file.
    pub fn environment<P: Part + Environment>(self) -> App {
        environments().add(Entry::of::<P>());
        self
    }

    /// Adds an algorithm: `[algorithm.ID]` in a config file.
    pub fn algorithm<P: Part + Algorithm>(self) -> App {
        algorithms().add(Entry::of::<P>());
        self
    }

    /// Adds a feature map: `approximator.features.ID` in a config file.
    pub fn features<P: Part + FeatureSettings>(self) -> App {
        feature_maps().add(Entry::of::<P>());
        self
    }

    /// Adds a network: `approximator.network.ID` in a config file. A burn module needs a
    /// [`ModuleConfig`](crate::approx::ModuleConfig) and nothing else.
    pub fn network<P: Part + NetworkSettings>(self) -> App {
        networks().add(Entry::of::<P>());
        self
    }

    /// Adds an optimizer: `[optimizer.ID]` in a config file.
    pub fn optimizer<P: Part + OptimizerRule>(self) -> App {
        optimizers().add(Entry::of::<P>());
        self
    }

    /// Runs the command that the process was started with.
    pub fn main(self) -> ExitCode {
        cli::main()
    }
}
