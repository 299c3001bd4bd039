//! One function of a trained agent from inside.

use std::collections::BTreeSet;

use tilde_envs::Space;

use super::layers::{Layer, layers, norm};
use super::plane::Plane;
use super::weight_map::WeightMap;
use crate::approx::{Activation, ApproximatorConfig, Detail, FeatureMap, Function, Normalizer};
use crate::diagnostics::{Interference, Regions, UnitActivity, Visit, Visits, effective_rank, singular_values};
use crate::run::LoadedRun;

/// Units are measured on at most this many states.
const STATES: usize = 1_000;

/// Interference is measured between at most this many states.
const POINTS: usize = 40;

/// And between so few that their gradients have at most this many numbers together.
const GRADIENTS: usize = 20_000_000;

/// A function of a trained agent.
pub struct InspectedFunction {
    /// Its name: `Q-function`, `critic`.
    pub name: &'static str,
    /// Its features and its network in a few words.
    pub summary: String,
    /// Its parameters, tensor by tensor.
    pub layers: Vec<Layer>,
    /// ‖θ‖₂.
    pub norm: f64,
    /// How many states units and ranks are measured on.
    pub states: usize,
    /// Its hidden layers.
    pub units: Vec<UnitActivity>,
    /// Whether units are on and off: where the nonlinearity rectifies.
    pub rectifies: bool,
    /// Singular values of the outputs of the last hidden layer `[states, units]`; of a convolution, of each filter's outputs at
    /// every place.
    pub last_hidden: Option<Vec<f64>>,
    /// The linear regions that the first episode passes through, or why they are not counted.
    pub regions: Result<Regions, &'static str>,
    /// What a step at one state changes at others; `None` where gradients are too many numbers.
    pub interference: Option<Interference>,
    /// The weights of a linear function over two components of the state.
    pub weights: Vec<WeightMap>,
}

impl InspectedFunction {
    /// The functions of a run's agent, on the states that were visited. `plane` is what maps of weights are over.
    ///
    /// # Errors
    /// If the agent has other functions than its algorithm says.
    pub fn all(run: &mut LoadedRun, visits: &Visits, plane: Option<&Plane>) -> Result<Vec<InspectedFunction>, String> {
        let setup = run.config.agent_setup(run.seed);
        let (space, normalizer) = (setup.function_space(), run.agent.normalizer());
        let normalizer = normalizer.as_ref();
        let approximators = run.config.approximators_of(run.agent.as_ref(), setup.actions)?;
        let names: Vec<&'static str> = run.agent.functions().iter().map(|(name, _)| *name).collect();
        let functions = run.agent.functions_mut().into_iter().zip(names).zip(approximators);
        Ok(functions
            .map(|((function, name), (outputs, approximator))| {
                let subject = Subject { approximator, space: &space, normalizer, outputs, visits };
                subject.inspect(name, function, plane)
            })
            .collect())
    }

    /// The effective rank of the last hidden layer (Kumar et al. 2021), and how many units it has.
    pub fn rank(&self) -> Option<(usize, usize)> {
        Some((effective_rank(self.last_hidden.as_ref()?), self.units.last()?.units()))
    }
}

/// What a function is inspected on.
struct Subject<'a> {
    approximator: &'a ApproximatorConfig,
    /// Where the observations lie that it takes, normalised if they are.
    space: &'a Space,
    normalizer: Option<&'a Normalizer>,
    outputs: usize,
    visits: &'a Visits,
}

impl Subject<'_> {
    fn inspect(&self, name: &'static str, function: &mut dyn Function, plane: Option<&Plane>) -> InspectedFunction {
        let ApproximatorConfig { features, network, activation, .. } = self.approximator;
        let map = FeatureMap::new(features, self.space).expect("checked features fit the space");
        let setup = self.approximator.network_setup(&map, self.space, self.outputs);
        let network = network.summary(&setup, Detail::ALL[0]);
        let states = self.visits.sample(STATES);
        let observations: Vec<f32> = states.iter().flat_map(|visit| visit.observation.iter().copied()).collect();
        let hidden = if states.is_empty() { Vec::new() } else { function.hidden_layers(&observations) };
        let layers = layers(function);
        let last_hidden = hidden.last().filter(|layer| layer.outputs.iter().all(|h| h.is_finite()));
        InspectedFunction {
            name,
            summary: match hidden.is_empty() {
                true => format!("{} features, {network}", features.id()),
                false => format!("{} features, {network} {}", features.id(), activation.name()),
            },
            norm: norm(&layers),
            states: states.len(),
            units: hidden.iter().map(UnitActivity::of).collect(),
            rectifies: matches!(activation, Activation::Relu | Activation::LeakyRelu | Activation::Elu),
            last_hidden: last_hidden.map(|layer| singular_values(&layer.outputs, layer.units)),
            regions: self.regions(function, &map),
            interference: self.interference(function),
            weights: plane.map_or(Vec::new(), |plane| self.weight_maps(function, &map, plane)),
            layers,
        }
    }

    /// The output that belongs to a visited state: that of the action taken, or the only one.
    fn output(&self, visit: &Visit) -> usize {
        if self.outputs == 1 { 0 } else { visit.action }
    }

    /// The regions along the first episode.
    fn regions(&self, function: &mut dyn Function, map: &FeatureMap) -> Result<Regions, &'static str> {
        let ApproximatorConfig { features, network, activation, .. } = self.approximator;
        let architecture = network.known_architecture(&self.approximator.network_setup(map, self.space, self.outputs));
        let Some(architecture) = architecture else { return Err("the network does not say what it computes") };
        if architecture.shape.depth() == 1 && architecture.convolutions.is_none() {
            return Err("the function is linear in its features");
        }
        if architecture.layer_norm {
            return Err("a normalisation is not piecewise linear");
        }
        if !matches!(activation, Activation::Relu | Activation::LeakyRelu) {
            return Err("the nonlinearity is not piecewise linear");
        }
        if !matches!(features.id(), "identity" | "scaled") {
            return Err("the features are not linear in the observation");
        }
        let path: Vec<&[f32]> = self.visits.first_episode().map(|visit| &*visit.observation).collect();
        if self.normalizer.is_some_and(|normalizer| normalizer.clips(&path.concat())) {
            return Err("a normalised observation of the episode is cut off, which is not linear");
        }
        Regions::along(function, &path).ok_or("no state was visited")
    }

    fn interference(&self, function: &mut dyn Function) -> Option<Interference> {
        let points = POINTS.min(GRADIENTS / function.parameters().max(1));
        let mut known = BTreeSet::new();
        // Each state once: a table that comes back to a state would seem to generalise.
        let distinct: Vec<(&[f32], usize)> = self
            .visits
            .visits
            .iter()
            .filter(|visit| known.insert(visit.observation.iter().map(|x| x.to_bits()).collect::<Vec<_>>()))
            .map(|visit| (&*visit.observation, self.output(visit)))
            .collect();
        let taken = distinct.len().min(points);
        let chosen: Vec<_> = (0..taken).map(|index| distinct[index * distinct.len() / taken]).collect();
        (taken > 1).then(|| Interference::between(function, &chosen))
    }

    fn weight_maps(&self, function: &dyn Function, map: &FeatureMap, plane: &Plane) -> Vec<WeightMap> {
        // Of normalised observations, features have other places than the plane.
        if !self.approximator.is_linear() || self.normalizer.is_some() {
            return Vec::new();
        }
        // Of several outputs, that of the action that was taken most often.
        let mut counts = vec![0_usize; self.outputs];
        self.visits.visits.iter().for_each(|visit| counts[self.output(visit)] += 1);
        let output = (0..self.outputs).rev().max_by_key(|&output| counts[output]).unwrap_or(0);
        let weights = function.weights();
        let own: Vec<f32> = (0..map.len()).map(|feature| weights[feature * self.outputs + output]).collect();
        WeightMap::all(map, &own, (self.outputs > 1).then_some(output), plane)
    }
}
