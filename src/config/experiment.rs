//! The experiment as a value: slots, and variants that replace them.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::EnvConfig;

use super::example::example_of;
use super::{Budget, Seeds};
use crate::agents::{AgentSetup, AlgorithmConfig};
use crate::approx::ApproximatorConfig;
use crate::device::{Backend, DeviceName, EngineName};
use crate::invalid_value::{InvalidValue, all, require};
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
    /// What computes: `auto`, or `burn` to have burn do it everywhere.
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
    /// In place of the experiment's device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceName>,
    /// In place of the experiment's engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineName>,
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
pub const LONE_VARIANT: &str = "default";

/// What a variant can replace, and a grid vary.
pub const SLOTS: [&str; 6] = ["env", "algorithm", "approximator", "optimizer", "device", "engine"];

/// More variants than anybody compares.
pub const MAX_VARIANTS: usize = 10_000;

/// More runs than anybody waits for.
const MAX_RUNS: usize = 100_000;

impl Experiment {
    /// Every variant with its slots filled, in the order of the file.
    ///
    /// # Panics
    /// If a slot stays empty: [`Experiment::check`] finds that first.
    pub fn variants(&self) -> Vec<RunConfig> {
        self.with_names()
            .into_iter()
            .map(|variant| self.resolve(variant).expect("a checked experiment fills every slot"))
            .collect()
    }

    /// The name of every variant, in the order of the file.
    pub fn variant_names(&self) -> Vec<String> {
        self.with_names().into_iter().map(|variant| variant.name).collect()
    }

    /// Drops every variant whose name is not in `names`; no names keep all.
    ///
    /// # Errors
    /// If there is no variant of such a name; the message begins with the name.
    pub fn keep_only(&mut self, names: &[String]) -> Result<(), String> {
        if names.is_empty() {
            return Ok(());
        }
        let known = self.variant_names();
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
        let name = LONE_VARIANT.to_owned();
        let (env, algorithm, approximator, optimizer) = (None, None, None, None);
        vec![Variant { name, env, algorithm, approximator, optimizer, device: None, engine: None }]
    }

    /// The variant with the experiment's slots in place of those that it does not replace.
    fn filled(&self, variant: Variant) -> Variant {
        Variant {
            name: variant.name,
            env: variant.env.or_else(|| self.env.clone()),
            algorithm: variant.algorithm.or_else(|| self.algorithm.clone()),
            approximator: variant.approximator.or_else(|| self.approximator.clone()),
            optimizer: variant.optimizer.or_else(|| self.optimizer.clone()),
            device: variant.device.or(Some(self.device)),
            engine: variant.engine.or(Some(self.engine)),
        }
    }

    fn resolve(&self, variant: Variant) -> Option<RunConfig> {
        let Variant { name, env, algorithm, approximator, optimizer, device, engine } = self.filled(variant);
        let algorithm = algorithm?;
        // Only what learns has to say how.
        let idle = !algorithm.learns();
        Some(RunConfig {
            variant: name,
            backend: Backend { device: device?, engine: engine? },
            budget: self.budget.clone(),
            env: env?,
            algorithm,
            approximator: if idle { approximator.unwrap_or_default() } else { approximator? },
            optimizer: if idle { optimizer.unwrap_or_default() } else { optimizer? },
        })
    }

    /// Checks everything that can be wrong about an experiment, without running anything.
    ///
    /// # Errors
    /// Everything that was found, each thing once: [`InvalidValue::each`] takes it apart.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let whole = all([
            check_name("name", &self.name),
            self.seeds.check().map_err(|e| e.within("seeds")),
            self.budget.check().map_err(|e| e.within("budget")),
            self.check_size(),
            self.check_names(),
        ]);
        // A budget of none says nothing about what fits into it.
        let steps = if self.budget.steps == 0 { u64::MAX } else { self.budget.steps };
        let mut findings = Findings::default();
        findings.add(whole);
        for (index, variant) in self.with_names().into_iter().enumerate() {
            let own = [
                variant.env.is_some(),
                variant.algorithm.is_some(),
                variant.approximator.is_some(),
                variant.optimizer.is_some(),
                variant.device.is_some(),
                variant.engine.is_some(),
            ];
            let checked = self.filled(variant).check(steps);
            for invalid in checked.err().into_iter().flat_map(InvalidValue::each) {
                let slot = SLOTS.iter().position(|slot| invalid.key.split('.').next() == Some(slot));
                let is_own = slot.is_some_and(|slot| own[slot]);
                findings.add(Err(if is_own { invalid.within(&format!("variant.{index}")) } else { invalid }));
            }
        }
        all(findings.list.into_iter().map(Err))
    }

    /// Checks the number of runs.
    fn check_size(&self) -> Result<(), InvalidValue> {
        let variants = self.variants.len().max(1);
        require(variants <= MAX_VARIANTS, "variant", || {
            format!("{variants} variants are more than an experiment may have ({MAX_VARIANTS}): split it up")
        })?;
        let runs = variants.saturating_mul(self.seeds.count());
        require(runs <= MAX_RUNS, "seeds", || {
            format!("{runs} runs are more than an experiment may have ({MAX_RUNS}): list fewer seeds or variants")
        })
    }

    /// Checks the name of every variant: each becomes a folder of its own.
    fn check_names(&self) -> Result<(), InvalidValue> {
        let mut taken = BTreeSet::new();
        all(self.variants.iter().enumerate().map(|(index, Variant { name, .. })| {
            let neighbour = NEIGHBOURS.into_iter().find(|neighbour| name.eq_ignore_ascii_case(neighbour));
            let is_new = taken.insert(name.to_ascii_lowercase());
            let checked = check_name("name", name).and_then(|()| {
                require(neighbour.is_none(), "name", || {
                    format!("`{name}` stands in the same folder: choose another name")
                })?;
                require(is_new, "name", || {
                    format!("an earlier variant is called `{name}` too: every variant needs a name of its own")
                })
            });
            checked.map_err(|e| e.within(&format!("variant.{index}")))
        }))
    }

    /// The experiment as a TOML file with all defaults filled in.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("an experiment is plain numbers, names and tables")
    }
}

/// What was found, each thing once: variants share slots.
#[derive(Default)]
struct Findings {
    list: Vec<InvalidValue>,
    seen: BTreeSet<(String, String)>,
}

impl Findings {
    fn add(&mut self, checked: Result<(), InvalidValue>) {
        for invalid in checked.err().into_iter().flat_map(InvalidValue::each) {
            if self.seen.insert((invalid.key.clone(), invalid.message.clone())) {
                self.list.push(invalid);
            }
        }
    }
}

impl Variant {
    /// Checks every slot, and that none is missing, for runs of `budget` environment steps; this variant's slots are filled with
    /// the experiment's.
    fn check(&self, budget: u64) -> Result<(), InvalidValue> {
        let env = present("env", &self.env)
            .and_then(|env| env.build().map_err(|e| InvalidValue::new(e.key, e.message).within(&env_key(env))));
        let algorithm = present("algorithm", &self.algorithm);
        let outputs = match (&algorithm, &env) {
            (Ok(algorithm), Ok(env)) => algorithm.outputs(env.actions()),
            _ => None, // what is found in the other slots may depend on these
        };
        // Only what learns has to say how; what is not there yet will most likely learn.
        let learns = algorithm.as_ref().map_or(true, |algorithm| algorithm.learns());
        let learning = || {
            let approximator = present("approximator", &self.approximator).and_then(|approximator| {
                let (Ok(env), Some(outputs)) = (&env, outputs) else { return Ok(()) };
                approximator.check(env.observation_space(), outputs).map_err(|e| e.within("approximator"))
            });
            let optimizer = present("optimizer", &self.optimizer).and_then(|optimizer| {
                optimizer.check().map_err(|e| e.within(optimizer.id()).within("optimizer")).map(|()| optimizer)
            });
            let waits = match (&self.approximator, &optimizer, &algorithm) {
                (Some(approximator), Ok(optimizer), Ok(algorithm)) => {
                    all([check_lazy(approximator, optimizer), check_lazy_critic(algorithm, approximator, optimizer)])
                }
                _ => Ok(()),
            };
            let moves = match (&algorithm, &optimizer) {
                (Ok(algorithm), Ok(optimizer)) => check_moves(algorithm, optimizer, budget),
                _ => Ok(()),
            };
            all([approximator, optimizer.map(|_| ()), waits, moves])
        };
        let of_algorithm = match (&algorithm, &env) {
            (Ok(algorithm), Ok(env)) => algorithm.check(env.as_ref(), budget).map_err(|e| e.within("algorithm")),
            _ => Ok(()),
        };
        let of_learning = if learns { learning() } else { Ok(()) };
        let device = self.device.map_or(Ok(()), |device| device.open().map(|_| ()));
        all([device, env.map(|_| ()), algorithm.map(|_| ()), of_algorithm, of_learning])
    }
}

/// Checks that a lazy optimizer knows which weights are of which feature.
fn check_lazy(approximator: &ApproximatorConfig, optimizer: &OptimizerConfig) -> Result<(), InvalidValue> {
    let is_known = approximator.network.has_weights_per_feature();
    require(is_known || optimizer.lazy() != Some(true), &format!("optimizer.{}.lazy", optimizer.id()), || {
        format!(
            "is for networks whose first weights are each of one feature, not `{}`: leave it out, or use the network `mlp`",
            approximator.network.id()
        )
    })
}

/// The same of a critic that has an approximator or an optimizer of its own.
fn check_lazy_critic(
    algorithm: &AlgorithmConfig,
    approximator: &ApproximatorConfig,
    optimizer: &OptimizerConfig,
) -> Result<(), InvalidValue> {
    let AlgorithmConfig::ActorCritic(config) = algorithm else { return Ok(()) };
    let of_critic = config.critic_approximator.as_deref().unwrap_or(approximator);
    match &config.critic_optimizer {
        Some(own) => check_lazy(of_critic, own)
            .map_err(|e| InvalidValue::new(format!("algorithm.actor_critic.critic_{}", e.key), e.message)),
        None => check_lazy(of_critic, optimizer),
    }
}

/// Checks that the first update, and so any, moves something.
fn check_moves(algorithm: &AlgorithmConfig, optimizer: &OptimizerConfig, budget: u64) -> Result<(), InvalidValue> {
    let Some(first) = algorithm.first_update().filter(|&first| first <= budget) else { return Ok(()) };
    let key = format!("optimizer.{}.learning_rate", optimizer.id());
    require(optimizer.learning_rate().value(first, budget) > 0.0, &key, || {
        format!(
            "has fallen to 0 before the first update, at step {first} of {budget}, so nothing would be learned: let it fall \
             later or less far, or raise `budget.steps`"
        )
    })
}

impl RunConfig {
    /// What computes the run's approximators: `host`, loops over slices on the processor, or `burn`, or one each.
    pub fn engine(&self) -> &'static str {
        let is_on_host = |approximator: &ApproximatorConfig| approximator.is_on_host(self.backend);
        let own = is_on_host(&self.approximator);
        match self.algorithm.critic(&self.approximator).map_or(own, is_on_host) {
            critic if critic != own => "host and burn",
            true => "host",
            false => "burn",
        }
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
    format!("env.{}", env.id())
}

fn present<'a, T>(key: &str, slot: &'a Option<T>) -> Result<&'a T, InvalidValue> {
    slot.as_ref().ok_or_else(|| {
        let example = example_of(key).map_or(String::new(), |lines| format!(", such as {lines}"));
        InvalidValue::new(key, format!("is missing: add a table here{example}, or one to every variant"))
    })
}

/// What else stands in an experiment's folder.
const NEIGHBOURS: [&str; 2] = [EXPERIMENT, REPORT];

/// A name becomes a folder.
fn check_name(key: &str, name: &str) -> Result<(), InvalidValue> {
    require(is_name(name), key, || {
        format!("{name:?} cannot name a folder: use letters, digits and -_.= (1 to 128 of them, not a dot first)")
    })
}
