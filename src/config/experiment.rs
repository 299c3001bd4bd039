//! The experiment as a value: slots, and variants that replace them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::EnvConfig;

use super::{Budget, Seeds};
use crate::agents::{AgentSetup, AlgorithmConfig};
use crate::approx::ApproximatorConfig;
use crate::device::{Backend, DeviceName, EngineName};
use crate::invalid::{Invalid, require};
use crate::optim::OptimizerConfig;
use crate::results::{EXPERIMENT, REPORT, is_name};

/// A whole experiment: variants × seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Names the folder of the results.
    pub name: String,
    /// Where tensors live.
    #[serde(default)]
    pub device: DeviceName,
    /// What computes: `auto`, or `autodiff` to have burn do it everywhere.
    #[serde(default)]
    pub engine: EngineName,
    /// The seeds of every variant.
    pub seeds: Seeds,
    /// The length of each run.
    pub budget: Budget,
    /// The environment, unless every variant has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<EnvConfig>,
    /// The algorithm, unless every variant has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<AlgorithmConfig>,
    /// The approximator, unless every variant has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximator: Option<ApproximatorConfig>,
    /// The optimizer, unless every variant has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<OptimizerConfig>,
    /// What is compared. Without any, the slots above are the one variant, named `default`.
    #[serde(default, rename = "variant", skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

/// A named alternative that replaces whole slots of the experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Names the folder of the variant's runs.
    pub name: String,
    /// In place of the experiment's environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<EnvConfig>,
    /// In place of the experiment's algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<AlgorithmConfig>,
    /// In place of the experiment's approximator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximator: Option<ApproximatorConfig>,
    /// In place of the experiment's optimizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<OptimizerConfig>,
}

/// One variant with every slot filled: all that a run depends on, beside its seed.
#[derive(Clone, Debug, PartialEq)]
pub struct RunConfig {
    /// The variant's name.
    pub variant: String,
    /// Where and how approximators are computed.
    pub backend: Backend,
    /// The length of the run.
    pub budget: Budget,
    /// The environment.
    pub env: EnvConfig,
    /// The algorithm.
    pub algorithm: AlgorithmConfig,
    /// The approximator.
    pub approximator: ApproximatorConfig,
    /// The optimizer.
    pub optimizer: OptimizerConfig,
}

/// The name of a variant that has none.
const LONE_VARIANT: &str = "default";

impl Experiment {
    /// Every variant with its slots filled, in the order of the file.
    ///
    /// # Panics
    /// If a slot stays empty: [`Experiment::check`] finds that first.
    pub fn variants(&self) -> Vec<RunConfig> {
        self.with_names()
            .into_iter()
            .map(|variant| self.resolve(&variant).expect("a checked experiment fills every slot"))
            .collect()
    }

    /// Drops every variant whose name is not in `names`; no names keep all.
    ///
    /// # Errors
    /// If there is no variant of such a name; the message begins with the name.
    pub fn keep_only(&mut self, names: &[String]) -> Result<(), String> {
        if names.is_empty() {
            return Ok(());
        }
        let known: Vec<String> = self.with_names().into_iter().map(|variant| variant.name).collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
            return Err(format!("{unknown}: there is no such variant, only {}", known.join(", ")));
        }
        self.variants.retain(|variant| names.contains(&variant.name));
        Ok(())
    }

    /// Every variant as the file has it; the lone one where it has none.
    pub(super) fn with_names(&self) -> Vec<Variant> {
        if !self.variants.is_empty() {
            return self.variants.clone();
        }
        vec![Variant { name: LONE_VARIANT.to_owned(), env: None, algorithm: None, approximator: None, optimizer: None }]
    }

    fn resolve(&self, variant: &Variant) -> Result<RunConfig, Invalid> {
        let algorithm = slot("algorithm", &variant.algorithm, &self.algorithm)?;
        // Only what learns has to say how.
        let approximator = slot("approximator", &variant.approximator, &self.approximator);
        let optimizer = slot("optimizer", &variant.optimizer, &self.optimizer);
        let idle = algorithm.outputs(0).is_none();
        Ok(RunConfig {
            variant: variant.name.clone(),
            backend: Backend { device: self.device, engine: self.engine },
            budget: self.budget.clone(),
            env: slot("env", &variant.env, &self.env)?,
            algorithm,
            approximator: if idle { approximator.unwrap_or_default() } else { approximator? },
            optimizer: if idle { optimizer.unwrap_or_default() } else { optimizer? },
        })
    }

    /// Checks everything that can be wrong about an experiment, without running anything.
    pub fn check(&self) -> Result<(), Invalid> {
        check_name("name", &self.name)?;
        self.device.open()?;
        self.seeds.check().map_err(|e| e.within("seeds"))?;
        self.budget.check().map_err(|e| e.within("budget"))?;
        for (index, variant) in self.variants.iter().enumerate() {
            let prefix = format!("variant.{index}");
            check_name("name", &variant.name).map_err(|e| e.within(&prefix))?;
            let taken = NEIGHBOURS.into_iter().find(|neighbour| variant.name.eq_ignore_ascii_case(neighbour));
            require(taken.is_none(), &format!("{prefix}.name"), || {
                format!("`{}` stands in the same folder: choose another name", variant.name)
            })?;
            let twin = self.variants[..index].iter().any(|earlier| earlier.name.eq_ignore_ascii_case(&variant.name));
            require(!twin, &format!("{prefix}.name"), || {
                format!("an earlier variant is called `{}` too: every variant needs a name of its own", variant.name)
            })?;
        }
        for (index, variant) in self.with_names().iter().enumerate() {
            let run = self.resolve(variant)?;
            run.check().map_err(|invalid| self.where_it_stands(index, variant, invalid))?;
        }
        Ok(())
    }

    /// A slot's finding, under the variant where the variant has that slot.
    fn where_it_stands(&self, index: usize, variant: &Variant, invalid: Invalid) -> Invalid {
        let own = match invalid.key.split('.').next() {
            Some("env") => variant.env.is_some(),
            Some("algorithm") => variant.algorithm.is_some(),
            Some("approximator") => variant.approximator.is_some(),
            Some("optimizer") => variant.optimizer.is_some(),
            _ => false,
        };
        if own { invalid.within(&format!("variant.{index}")) } else { invalid }
    }

    /// The experiment as a TOML file with all defaults filled in.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("an experiment is plain numbers, names and tables")
    }
}

impl RunConfig {
    fn check(&self) -> Result<(), Invalid> {
        let env = self.env.build().map_err(|e| Invalid::new(e.key, e.message).within(&env_key(&self.env)))?;
        self.algorithm.check(env.as_ref(), self.budget.steps).map_err(|e| e.within("algorithm"))?;
        if let Some(outputs) = self.algorithm.outputs(env.actions()) {
            self.approximator.check(env.observation_space(), outputs).map_err(|e| e.within("approximator"))?;
            self.optimizer.check().map_err(|e| e.within("optimizer"))?;
        }
        Ok(())
    }

    /// The parts of an agent for this run.
    ///
    /// # Panics
    /// If the run was not checked.
    pub fn agent_setup(&self, seed: u64) -> AgentSetup {
        let env = self.env.build().expect("a checked environment builds");
        AgentSetup {
            approximator: self.approximator.clone(),
            optimizer: self.optimizer.clone(),
            space: env.observation_space().clone(),
            actions: env.actions(),
            model: env.model(),
            budget: self.budget.steps,
            backend: self.backend,
            seed,
        }
    }
}

/// The environment's table in a config file.
fn env_key(env: &EnvConfig) -> String {
    format!("env.{}", env.id().replace('-', "_"))
}

fn slot<T: Clone>(key: &str, of_variant: &Option<T>, of_experiment: &Option<T>) -> Result<T, Invalid> {
    let filled = of_variant.as_ref().or(of_experiment.as_ref()).cloned();
    filled.ok_or_else(|| Invalid::new(key, format!("is missing: add a table [{key}.…], or one to every variant")))
}

/// What else stands in an experiment's folder.
const NEIGHBOURS: [&str; 2] = [EXPERIMENT, REPORT];

/// A name becomes a folder.
fn check_name(key: &str, name: &str) -> Result<(), Invalid> {
    require(is_name(name), key, || {
        format!("{name:?} cannot name a folder: use letters, digits and -_.= (1 to 128 of them, not a dot first)")
    })
}
