//! An experiment: slots, and variants that replace them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::{Env, EnvConfig, Space};
use toml::Table;

use super::example::example_of;
use super::{Budget, Diagnostics, Search, Seeds, Wrappers};
use crate::agents::{Agent, AgentSetup, AlgorithmConfig, set_weights};
use crate::approx::{ApproximatorConfig, Initialization, WeightsFile};
use crate::device::{Backend, DeviceName, EngineName};
use crate::invalid_value::{InvalidValue, all, require};
use crate::optim::OptimizerConfig;
use crate::results::{EXPERIMENT, LOGS, REPORT, SUBMIT, is_name};

/// A whole experiment: variants × seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The name of the experiment, and of the folder of its results.
    pub name: String,
    /// The device of the tensors.
    #[serde(default)]
    pub device: DeviceName,
    /// The engine: `auto`, or `burn` for burn everywhere.
    #[serde(default)]
    pub engine: EngineName,
    /// The seeds of every variant.
    pub seeds: Seeds,
    /// The length of each run.
    pub budget: Budget,
    /// Measures that are logged during training; none where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Diagnostics>,
    /// The environment, unless every variant has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<EnvConfig>,
    /// Wrappers around the environment and the agent; none where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrappers: Option<Wrappers>,
    /// The algorithm, unless every variant has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<AlgorithmConfig>,
    /// The approximator, unless every variant has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximator: Option<ApproximatorConfig>,
    /// The optimizer, unless every variant has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<OptimizerConfig>,
    /// A search for hyperparameters, which `tilde tune` makes; none where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// The variants to compare. Without any, the slots above are the one variant, named `default`.
    #[serde(default, rename = "variant", skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

/// A named alternative that replaces whole slots of the experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The name of the variant, and of the folder of its runs.
    pub name: String,
    /// What is compared over environments: variants in different environments that have the same method are the same. Without it,
    /// the variant's name. A grid that varies `env` fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// In place of the experiment's environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<EnvConfig>,
    /// In place of the experiment's wrappers, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrappers: Option<Wrappers>,
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

/// One variant with every slot filled. A run depends on it and on the seed alone.
#[derive(Clone, Debug, PartialEq)]
pub struct RunConfig {
    /// The variant's name.
    pub variant: String,
    /// The device and the engine of the approximators.
    pub backend: Backend,
    /// The length of the run.
    pub budget: Budget,
    /// Measures that are logged during training.
    pub diagnostics: Option<Diagnostics>,
    /// The environment, without its wrappers.
    pub env: EnvConfig,
    /// Wrappers around the environment and the agent.
    pub wrappers: Wrappers,
    /// The algorithm.
    pub algorithm: AlgorithmConfig,
    /// The approximator.
    pub approximator: ApproximatorConfig,
    /// The optimizer.
    pub optimizer: OptimizerConfig,
}

/// The name of a variant that has none.
pub const LONE_VARIANT: &str = "default";

/// The slots: a variant can replace them, and a grid can vary them.
pub const SLOTS: [&str; 7] = ["env", "wrappers", "algorithm", "approximator", "optimizer", "device", "engine"];

/// The most variants. A larger number is most likely a typing error.
pub const MAX_VARIANTS: usize = 10_000;

/// The most runs. A larger number is most likely a typing error.
const MAX_RUNS: usize = 100_000;

impl Experiment {
    /// Every variant with its slots filled, in the order of the file.
    ///
    /// # Panics
    /// If a slot is empty: [`Experiment::check`] finds that.
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

    /// Drops every variant whose name is not in `names`; without names, keeps all.
    ///
    /// # Errors
    /// If there is no variant with such a name; the message begins with the name.
    pub fn keep_only(&mut self, names: &[String]) -> Result<(), String> {
        if names.is_empty() {
            return Ok(());
        }
        let known = self.variant_names();
        if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
            return Err(format!("{unknown}: there is no such variant, only {}", known.join(", ")));
        }
        self.variants.retain(|variant| names.contains(&variant.name));
        if let Some(search) = &mut self.search {
            search.variants.retain(|variant, _| names.contains(variant));
        }
        Ok(())
    }

    /// Every variant of the file, or the lone one if it has none.
    pub(super) fn with_names(&self) -> Vec<Variant> {
        if !self.variants.is_empty() {
            return self.variants.clone();
        }
        vec![Variant { name: LONE_VARIANT.to_owned(), ..Variant::default() }]
    }

    /// The variant with all slots: its own, or the experiment's.
    pub(super) fn filled(&self, variant: Variant) -> Variant {
        Variant {
            name: variant.name,
            method: variant.method,
            env: variant.env.or_else(|| self.env.clone()),
            wrappers: variant.wrappers.or_else(|| self.wrappers.clone()),
            algorithm: variant.algorithm.or_else(|| self.algorithm.clone()),
            approximator: variant.approximator.or_else(|| self.approximator.clone()),
            optimizer: variant.optimizer.or_else(|| self.optimizer.clone()),
            device: variant.device.or(Some(self.device)),
            engine: variant.engine.or(Some(self.engine)),
        }
    }

    fn resolve(&self, variant: Variant) -> Option<RunConfig> {
        let filled = self.filled(variant);
        let algorithm = filled.algorithm?;
        // An algorithm that learns nothing needs no approximator and no optimizer.
        let learns = algorithm.learns();
        Some(RunConfig {
            variant: filled.name,
            backend: Backend { device: filled.device?, engine: filled.engine? },
            budget: self.budget.clone(),
            diagnostics: self.diagnostics.clone(),
            env: filled.env?,
            wrappers: filled.wrappers.unwrap_or_default(),
            algorithm,
            approximator: filled.approximator.or_else(|| (!learns).then(ApproximatorConfig::default))?,
            optimizer: filled.optimizer.or_else(|| (!learns).then(OptimizerConfig::default))?,
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
            check_diagnostics(self.diagnostics.as_ref()),
            self.check_search(),
            self.check_size(),
            self.check_names(),
            self.check_methods(),
        ]);
        // A budget of zero steps is an error; it must not lead to others.
        let steps = if self.budget.steps == 0 { u64::MAX } else { self.budget.steps };
        self.check_variants(whole, |variant| self.filled(variant).check(steps))
    }

    /// Fills in what only the environments themselves can tell. [`Experiment::check`] has passed.
    pub(super) fn complete_envs(&mut self) {
        let slots = self.variants.iter_mut().map(|variant| &mut variant.env).chain([&mut self.env]);
        for env in slots.filter_map(Option::as_mut) {
            if let Some(completed) = env.completed() {
                *env = completed;
            }
        }
    }

    /// Reads the files of weights that the experiment names, and checks that they fit. [`Experiment::check`] has passed.
    ///
    /// # Errors
    /// As [`Experiment::check`].
    pub fn check_weights(&self) -> Result<(), InvalidValue> {
        self.check_variants(Ok(()), |variant| self.resolve(variant).map_or(Ok(()), |run| run.check_weights()))
    }

    /// What is found in the whole experiment and in each variant, under the keys of the experiment.
    fn check_variants(
        &self,
        whole: Result<(), InvalidValue>,
        check: impl Fn(Variant) -> Result<(), InvalidValue>,
    ) -> Result<(), InvalidValue> {
        let mut findings = Findings::default();
        findings.add(whole);
        for (index, variant) in self.with_names().into_iter().enumerate() {
            let Err(invalid) = check(variant.clone()) else { continue };
            // The slots that the variant replaces are found by their keys.
            let own = Table::try_from(&variant).expect("a variant is plain numbers, names and tables");
            for invalid in invalid.each() {
                let is_own = invalid.key.split('.').next().is_some_and(|slot| own.contains_key(slot));
                findings.add(Err(if is_own { invalid.within(&format!("variant.{index}")) } else { invalid }));
            }
        }
        all(findings.list.into_iter().map(Err))
    }

    /// Every file of weights that the runs begin with, each once.
    pub fn weights_files(&self) -> Vec<WeightsFile> {
        let mut files: Vec<WeightsFile> = Vec::new();
        for run in self.variants() {
            for (_, _, file) in run.weights_files() {
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
        files
    }

    fn check_search(&self) -> Result<(), InvalidValue> {
        let Some(search) = self.search.as_ref().filter(|_| self.budget.check().is_ok()) else { return Ok(()) };
        search.check(&self.seeds, &self.budget).map_err(|e| e.within("search"))
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

    /// Checks the method of every variant: in each environment it belongs to one variant.
    fn check_methods(&self) -> Result<(), InvalidValue> {
        let mut earlier: BTreeMap<&str, Vec<(&str, Option<&EnvConfig>)>> = BTreeMap::new();
        all(self.variants.iter().enumerate().map(|(index, variant)| {
            let (method, env) = (variant.method(), variant.env.as_ref().or(self.env.as_ref()));
            let same_method = earlier.entry(method).or_default();
            let twin = same_method.iter().find(|(_, known)| *known == env).map(|(name, _)| *name);
            same_method.push((&variant.name, env));
            // Equal names are refused elsewhere.
            let twin = twin.filter(|name| *name != variant.name);
            let key = if variant.method.is_some() { "method" } else { "name" };
            let checked = require(variant.method.is_none() || is_name(method), key, || {
                format!("{method:?} cannot name a method: use letters, digits and -_.= (1 to 128 of them, not a dot first)")
            });
            let checked = checked.and_then(|()| {
                require(twin.is_none(), key, || {
                    format!(
                        "`{method}` is the method of the variant `{}` too, in the same environment: a method is compared over \
                         different environments, so give one of the two another `method` or another `env`",
                        twin.unwrap_or_default()
                    )
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

/// Findings, each of them once: variants share slots.
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
    /// What the variant is called where it is compared over environments.
    fn method(&self) -> &str {
        self.method.as_deref().unwrap_or(&self.name)
    }

    /// Checks every slot, and that none is missing, for runs of `budget` environment steps; this variant's slots are filled with
    /// the experiment's.
    fn check(&self, budget: u64) -> Result<(), InvalidValue> {
        let device = self.device.map_or(Ok(()), |device| device.check());
        let env = self.checked_env();
        let algorithm = present("algorithm", &self.algorithm);
        let of_algorithm = match (&algorithm, &env) {
            (Ok(algorithm), Ok((env, _))) => {
                algorithm.check(env.as_ref(), budget).map_err(|e| e.within(&key_of("algorithm", algorithm.id())))
            }
            _ => Ok(()), // what is found in it may depend on the missing one
        };
        // An algorithm that is missing most likely learns.
        let of_learning = match &algorithm {
            Ok(algorithm) if !algorithm.learns() => Ok(()),
            _ => self.check_learning(algorithm.as_ref().ok().copied(), env.as_ref().ok(), budget),
        };
        all([device, env.map(|_| ()), algorithm.map(|_| ()), of_algorithm, of_learning])
    }

    /// The environment in its wrappers, and the space of what functions see of it.
    fn checked_env(&self) -> Result<(Box<dyn Env>, Space), InvalidValue> {
        let config = present("env", &self.env)?;
        let env =
            config.build().map_err(|e| InvalidValue::new(e.key, e.message).within(&key_of("env", config.id())))?;
        self.wrappers.clone().unwrap_or_default().check(config, env).map_err(|e| e.within("wrappers"))
    }

    /// Checks the approximators and the optimizers of an algorithm that learns, as far as the other slots are known: the environment
    /// with the space of what functions see of it.
    fn check_learning(
        &self,
        algorithm: Option<&AlgorithmConfig>,
        env: Option<&(Box<dyn Env>, Space)>,
        budget: u64,
    ) -> Result<(), InvalidValue> {
        let mut checks = vec![
            present("approximator", &self.approximator).map(|_| ()),
            present("optimizer", &self.optimizer).map(|_| ()),
        ];
        let Some(algorithm) = algorithm else {
            let optimizer = self.optimizer.as_ref().map(|optimizer| check_optimizer("optimizer", optimizer));
            return all(checks.into_iter().chain(optimizer));
        };
        // The most outputs of each approximator: functions may share one, and more outputs have more parameters.
        let mut outputs: BTreeMap<String, (&ApproximatorConfig, usize)> = BTreeMap::new();
        for function in algorithm.functions(env.map_or(1, |(env, _)| env.actions())) {
            let own = (function.approximator, function.optimizer);
            let (key, approximator) = placed("approximator", algorithm.id(), own.0, self.approximator.as_ref());
            if let Some(approximator) = approximator {
                let most = &mut outputs.entry(key).or_insert((approximator, 0)).1;
                *most = function.outputs.max(*most);
            }
            if let (key, Some(optimizer)) = placed("optimizer", algorithm.id(), own.1, self.optimizer.as_ref()) {
                checks.push(check_optimizer(&key, optimizer).and_then(|()| {
                    let lazy = approximator.map_or(Ok(()), |approximator| check_lazy(&key, optimizer, approximator));
                    all([lazy, check_moves(&key, optimizer, algorithm.first_update(), budget)])
                }));
            }
        }
        if let Some((_, space)) = env {
            checks.extend(
                outputs.into_iter().map(|(key, (approximator, outputs))| {
                    approximator.check(space, outputs).map_err(|e| e.within(&key))
                }),
            );
        }
        all(checks)
    }
}

impl From<RunConfig> for Variant {
    fn from(run: RunConfig) -> Variant {
        Variant {
            name: run.variant,
            method: None,
            env: Some(run.env),
            wrappers: Some(run.wrappers),
            algorithm: Some(run.algorithm),
            approximator: Some(run.approximator),
            optimizer: Some(run.optimizer),
            device: Some(run.backend.device),
            engine: Some(run.backend.engine),
        }
    }
}

fn check_diagnostics(diagnostics: Option<&Diagnostics>) -> Result<(), InvalidValue> {
    diagnostics.map_or(Ok(()), |diagnostics| diagnostics.check().map_err(|e| e.within("diagnostics")))
}

/// Checks the settings of an optimizer under `key`.
fn check_optimizer(key: &str, optimizer: &OptimizerConfig) -> Result<(), InvalidValue> {
    optimizer.check().map_err(|e| e.within(optimizer.id()).within(key))
}

/// Checks that a lazy optimizer under `key` can tell which weights belong to which feature.
fn check_lazy(key: &str, optimizer: &OptimizerConfig, approximator: &ApproximatorConfig) -> Result<(), InvalidValue> {
    let knows = approximator.network.has_weights_per_feature();
    require(knows || optimizer.lazy() != Some(true), &format!("{key}.{}.lazy", optimizer.id()), || {
        format!(
            "is for networks whose first weights are each of one feature, not `{}`: leave it out, or use the network `mlp`",
            approximator.network.id()
        )
    })
}

/// Checks that the first update of a run of `budget` steps, if it makes one, has a step size above zero.
fn check_moves(key: &str, optimizer: &OptimizerConfig, first_update: u64, budget: u64) -> Result<(), InvalidValue> {
    let moves = first_update > budget || optimizer.learning_rate().value(first_update, budget) > 0.0;
    require(moves, &format!("{key}.{}.learning_rate", optimizer.id()), || {
        format!(
            "has fallen to 0 before the first update, at step {first_update} of {budget}, so nothing would be learned: let it \
             fall later or less far, or raise `budget.steps`"
        )
    })
}

impl RunConfig {
    /// Checks everything that can be wrong about a run, without running anything.
    ///
    /// # Errors
    /// Everything that was found: [`InvalidValue::each`] takes it apart.
    pub fn check(&self) -> Result<(), InvalidValue> {
        all([
            self.budget.check().map_err(|e| e.within("budget")),
            check_diagnostics(self.diagnostics.as_ref()),
            Variant::from(self.clone()).check(self.budget.steps),
        ])
    }

    /// The functions that the run learns in an environment with `actions` actions, each with its approximator.
    pub fn approximators(&self, actions: usize) -> Vec<(usize, &ApproximatorConfig)> {
        let functions = self.algorithm.functions(actions).into_iter();
        functions.map(|function| (function.outputs, function.approximator_or(&self.approximator))).collect()
    }

    /// The same for the functions that its agent has.
    ///
    /// # Errors
    /// If these are not the functions that the algorithm announces.
    pub fn approximators_of(
        &self,
        agent: &dyn Agent,
        actions: usize,
    ) -> Result<Vec<(usize, &ApproximatorConfig)>, String> {
        let (announced, learned) = (self.approximators(actions), agent.functions().len());
        if announced.len() == learned {
            return Ok(announced);
        }
        let (id, announced) = (self.algorithm.id(), announced.len());
        Err(format!(
            "the algorithm `{id}` announces {announced} functions and learns {learned}: `Algorithm::functions` and \
             `Agent::functions` have to name the same ones"
        ))
    }

    /// The optimizers of all functions that the run learns, each once, with its key in a config file.
    pub fn optimizers(&self) -> Vec<(String, &OptimizerConfig)> {
        let mut optimizers: Vec<(String, &OptimizerConfig)> = Vec::new();
        for function in self.algorithm.functions(1) {
            let placed = placed("optimizer", self.algorithm.id(), function.optimizer, Some(&self.optimizer));
            if let (key, Some(optimizer)) = placed
                && optimizers.iter().all(|(known, _)| *known != key)
            {
                optimizers.push((key, optimizer));
            }
        }
        optimizers
    }

    /// What computes the run's approximators: `host`, loops over slices on the processor, or `burn`, or one each.
    pub fn engine(&self) -> &'static str {
        let approximators = self.approximators(1);
        let on_host = approximators.iter().filter(|(_, approximator)| approximator.is_on_host(self.backend)).count();
        match (on_host, approximators.len()) {
            (0, 0) if self.backend.allows_host() => "host",
            (0, _) => "burn",
            (some, all) if some < all => "host and burn",
            _ => "host",
        }
    }

    /// The files of weights that the run begins with: for each the index of the function, the key of its approximator in a
    /// config file, and the file.
    fn weights_files(&self) -> Vec<(usize, String, WeightsFile)> {
        let functions = self.algorithm.functions(1);
        let placed = functions.into_iter().enumerate().filter_map(|(index, function)| {
            let shared = Some(&self.approximator);
            let (key, approximator) = placed("approximator", self.algorithm.id(), function.approximator, shared);
            match &approximator?.initialization {
                Initialization::File(file) => Some((index, key, file.clone())),
                _ => None,
            }
        });
        placed.collect()
    }

    /// Gives an agent of this run that has not learned yet the weights of the files that the config names, if it names some.
    ///
    /// # Errors
    /// If a file cannot be read, or its tensors have other names or shapes than the function's.
    pub fn set_initial_weights(&self, agent: &mut dyn Agent) -> Result<(), InvalidValue> {
        all(self.weights_files().into_iter().map(|(index, key, file)| {
            let set = file.tensors().and_then(|weights| {
                set_weights(agent, index, &weights).map_err(|why| format!("{} {why}", file.path()))
            });
            set.map_err(|message| InvalidValue::new(format!("{key}.initialization.file"), message))
        }))
    }

    /// Reads the files of weights that the config names, and checks that they fit. [`RunConfig::check`] has passed.
    ///
    /// # Errors
    /// As [`RunConfig::set_initial_weights`].
    fn check_weights(&self) -> Result<(), InvalidValue> {
        if self.weights_files().is_empty() {
            return Ok(());
        }
        self.set_initial_weights(self.agent(0).as_mut())
    }

    /// The environment in its wrappers. It has the name and the settings of the one inside.
    pub fn environment(&self) -> EnvConfig {
        self.wrappers.around_env(&self.env)
    }

    /// An agent that has seen nothing yet, in its wrappers.
    ///
    /// # Panics
    /// If the run was not checked.
    pub fn agent(&self, seed: u64) -> Box<dyn Agent> {
        let setup = self.agent_setup(seed);
        let agent = self.algorithm.build(&setup);
        let (gamma, num_envs) = (self.algorithm.gamma(), self.algorithm.num_envs());
        self.wrappers.around_agent(agent, setup.normalizer, gamma, num_envs)
    }

    /// What the run's agent is made from, inside its wrappers.
    ///
    /// # Panics
    /// If the run was not checked.
    pub fn agent_setup(&self, seed: u64) -> AgentSetup {
        let env = self.environment().build().expect("a checked environment builds");
        AgentSetup {
            normalizer: self.wrappers.normalizer(env.observation_space()),
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

/// The table of a part in a config file.
fn key_of(slot: &str, id: &str) -> String {
    format!("{slot}.{id}")
}

/// The settings that a learned function has, its own or those of the experiment's `slot`, and their key in a config file.
fn placed<'a, T>(
    slot: &str,
    algorithm: &str,
    own: Option<(&str, &'a T)>,
    shared: Option<&'a T>,
) -> (String, Option<&'a T>) {
    match own {
        Some((key, own)) => (format!("{}.{key}", key_of("algorithm", algorithm)), Some(own)),
        None => (slot.to_owned(), shared),
    }
}

fn present<'a, T>(key: &str, slot: &'a Option<T>) -> Result<&'a T, InvalidValue> {
    slot.as_ref().ok_or_else(|| {
        let example = example_of(key).map_or(String::new(), |lines| format!(", such as {lines}"));
        InvalidValue::new(key, format!("is missing: add a table here{example}, or one to every variant"))
    })
}

/// Other names in an experiment's folder.
const NEIGHBOURS: [&str; 4] = [EXPERIMENT, LOGS, REPORT, SUBMIT];

/// A name becomes a folder.
fn check_name(key: &str, name: &str) -> Result<(), InvalidValue> {
    require(is_name(name), key, || {
        format!("{name:?} cannot name a folder: use letters, digits and -_.= (1 to 128 of them, not a dot first)")
    })
}
