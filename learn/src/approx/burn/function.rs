//! Any burn module that learns, on any device.

use burn::tensor::{Device, Tensor, TensorData};
use tilde_envs::{Space, StateError};

use super::Network;
use super::draw::make_and_draw;
use super::parameters::Layout;
use crate::approx::function::{Held, first_non_finite};
use crate::approx::{
    Encoded, FeatureConfig, FeatureMap, Function, FunctionSetup, FunctionState, GradientState, HiddenLayer,
    Initialization, ParameterTensor, StepStats, Weights,
};
use crate::invalid_value::{InvalidValue, require};
use crate::optim::{ParamRange, Scope, TensorOptimizer};
use crate::rng::Rng;

/// Features, a network over them, and what moves its parameters: y = f(φ(x); θ).
///
/// θ, θ⁻, the trace and the optimizer's moments are flat tensors that stay on the device from the first step to the
/// last, in the order in which burn visits the module's parameters. Modules are views of them: one that automatic
/// differentiation tracks, for steps, and plain ones for everything else. (A tracked module registers each operation in
/// a graph, behind a lock that the process shares, even where no gradient is wanted.) Only features, outputs and
/// derivatives with respect to outputs are copied to and from the device; and, for a lazy optimizer over dense
/// features, the gradient of the first layer.
pub struct BurnFunction<N> {
    features: FeatureMap,
    components: usize,
    outputs: usize,
    device: Device,
    layout: Layout,
    /// Where the weights of each feature lie, for `lazy` and for factors of learning rates; `None` where that is not
    /// known.
    first_layer: Option<FirstLayer>,
    /// θ.
    online: Tensor<1>,
    /// θ⁻.
    target: Option<Tensor<1>>,
    /// e.
    trace: Option<Tensor<1>>,
    optimizer: TensorOptimizer,
    /// Which parameters a step is for, where all steps are for the same.
    scope: Scope,
    lazy: bool,
    budget: u64,
    /// The network without parameters.
    empty: N,
    /// The network with θ, tracked by automatic differentiation, and plain. Both are `None` while θ is moved: only then
    /// is `online` the one tensor that holds θ, and is moved in place.
    tracked: Option<N>,
    plain: Option<N>,
    /// The network with θ⁻.
    target_network: Option<N>,
    /// Outputs `[B, O]` of the tracked network, with their graph.
    recorded: Option<Tensor<2>>,
    /// Active features of the batch that was recorded, where they are sparse.
    input: Encoded,
    /// The last outputs.
    values: Vec<f32>,
}

/// The weights `[features, row]` that come first among all parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirstLayer {
    /// How many features there are.
    pub features: usize,
    /// How many weights each has.
    pub row: usize,
}

/// How far outputs may differ because sums are rounded in another order, relative to their size.
const ROUNDING: f32 = 1e-3;

impl<N: Network> BurnFunction<N> {
    /// A function with any network over these features. `network` makes it, given the numbers of features and of
    /// outputs and the device, without automatic differentiation; then its linear layers and convolutions are drawn
    /// from `rng`, with all features in the fan-in, sparse or not.
    ///
    /// # Errors
    /// If the features do not fit the space, the device is not there, the network's outputs have another shape, differ
    /// from pass to pass or depend on the rest of the batch, or a setting is for networks whose layers are known.
    pub fn new(
        features: &FeatureConfig,
        initialization: Initialization,
        setup: &FunctionSetup,
        rng: &mut Rng,
        network: impl FnOnce(usize, usize, &Device) -> N,
    ) -> Result<BurnFunction<N>, InvalidValue> {
        let features = FeatureMap::new(features, setup.space).map_err(|e| e.within("features"))?;
        let device = setup.backend.device.open()?;
        require(setup.optimizer.lazy() != Some(true), &format!("optimizer.{}.lazy", setup.optimizer.id()), || {
            "is for networks whose first weights are known to be each of one feature: leave it out".to_owned()
        })?;
        require(features.learning_rate_factors().is_none(), "features.fourier.scale_learning_rate", || {
            "is for networks whose first weights are known to be each of one feature: leave it out".to_owned()
        })?;
        require(
            !matches!(initialization, Initialization::Zero | Initialization::Constant(_)),
            "initialization",
            || "is for linear functions: hidden layers that start at zero never leave it".to_owned(),
        )?;
        require(!matches!(initialization, Initialization::File(_)), "initialization", || {
            "a file is for the functions of a run: give this one weights with `Function::load`".to_owned()
        })?;
        let make = || network(features.len(), setup.outputs, &device);
        let (network, parameters) = make_and_draw(make, &initialization, &device, rng);
        let mut function = BurnFunction::with_parameters(network, parameters, features, None, device, setup);
        function.probe(setup.space)?;
        Ok(function)
    }

    /// A function with these features and first parameters, and a network that needs no [`BurnFunction::probe`].
    pub(super) fn with_parameters(
        network: N,
        parameters: Vec<f32>,
        features: FeatureMap,
        first_layer: Option<FirstLayer>,
        device: Device,
        setup: &FunctionSetup,
    ) -> BurnFunction<N> {
        let layout = Layout::of(&network);
        assert_eq!(parameters.len(), layout.count(), "one number for each parameter of the network");
        let count = layout.count();
        let scope = match (first_layer, features.learning_rate_factors()) {
            (Some(layer), Some(factors)) => Scope::Ranges(layer.ranges(count, Some(factors), |_| true)),
            _ => Scope::ALL,
        };
        let online = row_on(&device, parameters);
        BurnFunction {
            components: setup.space.len(),
            outputs: setup.outputs,
            empty: layout.empty(network, &device),
            tracked: None,
            plain: None,
            target_network: None,
            online,
            target: None,
            trace: None,
            optimizer: TensorOptimizer::new(setup.optimizer, count, &device),
            scope: scope.on(&device, count),
            lazy: setup.optimizer.lazy() == Some(true) && first_layer.is_some(),
            budget: setup.budget,
            recorded: None,
            input: Encoded::default(),
            values: Vec::new(),
            features,
            device,
            layout,
            first_layer,
        }
    }

    /// Tries the network out, on observations from all over the space, or around zero where it has no end.
    ///
    /// # Errors
    /// If its outputs have another shape, differ from pass to pass or depend on the rest of the batch.
    pub(in crate::approx) fn probe(&mut self, space: &Space) -> Result<(), InvalidValue> {
        const ROWS: usize = 3;
        let component = |index: usize| {
            let (low, high) = space.bounds(index % self.components);
            let place = index * index + index / self.components;
            match space {
                Space::Box { .. } => {
                    let low = low.max(-1.0);
                    low + (place % 5) as f32 / 4.0 * (high.min(1.0) - low).max(0.0)
                }
                _ => (place % (high as usize + 1)) as f32,
            }
        };
        let observations: Vec<f32> = (0..ROWS * self.components).map(component).collect();
        let expected = [ROWS, self.outputs];
        let features = self.encode(&observations, true);
        let dims = self.tracked().forward(features).dims();
        require(dims == expected, "", || {
            format!(
                "the network's outputs for {ROWS} observations have the shape {dims:?}, where {expected:?} is needed"
            )
        })?;
        let first = self.record(&observations).to_vec();
        let again = self.record(&observations).to_vec();
        let plain = self.outputs(Weights::Online, &observations).to_vec();
        let alone: Vec<f32> =
            observations.chunks_exact(self.components).flat_map(|row| self.record(row).to_vec()).collect();
        self.recorded = None;
        require(close(&first, &again) && close(&first, &plain), "", || {
            "the network's outputs differ from pass to pass, or in training from acting: leave out layers that draw random \
             numbers, such as dropout or noise, and batch normalisation"
                .to_owned()
        })?;
        require(close(&first, &alone), "", || {
            "the network's outputs for a row depend on the other rows of the batch: leave out batch normalisation"
                .to_owned()
        })
    }

    /// Features `[B, F]` on the device; `tracked` as constants of automatic differentiation.
    fn encode(&mut self, observations: &[f32], tracked: bool) -> Tensor<2> {
        assert!(observations.len().is_multiple_of(self.components), "observations [B · {}]", self.components);
        let batch = observations.len() / self.components;
        let features = TensorData::new(self.features.encode_batch(observations, batch), [batch, self.features.len()]);
        let features = Tensor::from_data(features, &self.device);
        if tracked { Tensor::from_inner(features) } else { features }
    }

    /// Backpropagates Σ g y, whose derivative with respect to the outputs y is g.
    fn backpropagate(&mut self, output_gradient: &[f32]) -> Tensor<1> {
        let outputs = self.recorded.take().expect("the gradient is that of a batch that was just recorded");
        let g = Tensor::<2>::from_data(TensorData::new(output_gradient.to_vec(), outputs.dims()), &self.device);
        let gradients = (outputs * Tensor::from_inner(g)).backward();
        let network = self.tracked.as_ref().expect("the network whose outputs were recorded");
        self.layout.gather(network, gradients, &self.device)
    }

    /// The network with θ, for automatic differentiation.
    fn tracked(&mut self) -> &N {
        let BurnFunction { tracked, layout, empty, online, .. } = self;
        tracked.get_or_insert_with(|| layout.install(empty.clone(), online, true))
    }

    /// The network with θ, without automatic differentiation.
    fn plain(&mut self) -> &N {
        let BurnFunction { plain, layout, empty, online, .. } = self;
        plain.get_or_insert_with(|| layout.install(empty.clone(), online, false))
    }

    /// Moves θ by one step of the optimizer.
    fn apply(&mut self, gradient: Tensor<1>, scope: Option<Scope>, at: u64) -> StepStats {
        let learning_rate = self.optimizer.config().learning_rate().value(at, self.budget);
        self.forget();
        let online = std::mem::replace(&mut self.online, Tensor::zeros([0], &self.device));
        let scope = scope.as_ref().unwrap_or(&self.scope);
        let (online, grad_norm) = self.optimizer.step(online, gradient, scope, learning_rate);
        self.online = online;
        StepStats { grad_norm, learning_rate }
    }

    fn held(&self) -> Held {
        let (has_target, has_trace) = (self.target.is_some(), self.trace.is_some());
        Held { parameters: self.layout.count(), has_target, has_trace }
    }

    /// Drops everything that holds θ, but `online`.
    fn forget(&mut self) {
        (self.tracked, self.plain, self.recorded) = (None, None, None);
    }

    fn set_target(&mut self, target: Tensor<1>) {
        self.target_network = Some(self.layout.install(self.empty.clone(), &target, false));
        self.target = Some(target);
    }

    /// Which parameters a lazy step is for: the weights of active features, or, for dense features and traces, those
    /// whose gradient is not zero; and all behind the first layer's weights.
    fn lazy_scope(&self, gradient: &Tensor<1>, active: Option<&[u32]>) -> Option<Scope> {
        let layer = self.first_layer.filter(|_| self.lazy)?;
        let FirstLayer { features, row } = layer;
        let mut takes_part = vec![false; features];
        match active {
            Some(active) => active.iter().for_each(|&feature| takes_part[feature as usize] = true),
            None => {
                let gradient = numbers(gradient.clone().slice(0..features * row));
                let rows = gradient.chunks_exact(row).zip(&mut takes_part);
                rows.for_each(|(row, takes_part)| *takes_part = row.iter().any(|&g| g != 0.0));
            }
        }
        let factors = self.features.learning_rate_factors();
        Some(Scope::Ranges(layer.ranges(self.layout.count(), factors, |feature| takes_part[feature])))
    }
}

impl FirstLayer {
    /// The ranges of the features that take part in a step, with the factors of their learning rates, and the range of
    /// all other parameters.
    fn ranges(self, parameters: usize, factors: Option<&[f32]>, takes_part: impl Fn(usize) -> bool) -> Vec<ParamRange> {
        let FirstLayer { features, row } = self;
        let of_feature = |feature: usize| ParamRange {
            range: feature * row..(feature + 1) * row,
            factor: factors.map_or(1.0, |factors| factors[feature]),
        };
        let rest = ParamRange { range: features * row..parameters, factor: 1.0 };
        (0..features).filter(|&feature| takes_part(feature)).map(of_feature).chain([rest]).collect()
    }
}

/// (1 − τ) θ⁻ + τ θ.
fn polyak_update(target: Tensor<1>, online: Tensor<1>, tau: f64) -> Tensor<1> {
    let (keep, take) = ((1.0 - tau) as f32, tau as f32);
    target * keep + online * take
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= ROUNDING * (1.0 + a.abs()))
}

fn row_on(device: &Device, row: Vec<f32>) -> Tensor<1> {
    let count = row.len();
    Tensor::from_data(TensorData::new(row, [count]), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("all numbers are 32-bit floats")
}

impl<N: Network> Function for BurnFunction<N> {
    fn outputs(&mut self, by: Weights, observations: &[f32]) -> &[f32] {
        self.recorded = None;
        let features = self.encode(observations, false);
        let network = match by {
            Weights::Online => self.plain(),
            Weights::Target => self.target_network.as_ref().expect("the target is made before it is used"),
        };
        let values = numbers(network.forward(features));
        self.values = values;
        &self.values
    }

    fn record(&mut self, observations: &[f32]) -> &[f32] {
        if self.lazy {
            self.input.encode(&self.features, observations, self.components);
        }
        let features = self.encode(observations, true);
        let outputs = self.tracked().forward(features);
        self.values = numbers(outputs.clone().inner());
        self.recorded = Some(outputs);
        &self.values
    }

    fn step(&mut self, output_gradient: &[f32], at: u64) -> StepStats {
        let gradient = self.backpropagate(output_gradient);
        let scope = self.lazy_scope(&gradient, self.input.active().map(|(active, _)| active));
        self.apply(gradient, scope, at)
    }

    fn step_along_trace(&mut self, decay: f32, error: f32, at: u64) -> StepStats {
        let gradient = self.backpropagate(&[1.0]);
        let trace = match self.trace.take() {
            Some(trace) if decay != 0.0 => trace * decay + gradient,
            _ => gradient,
        };
        let gradient = trace.clone() * -error;
        let scope = self.lazy_scope(&gradient, None);
        self.trace = Some(trace);
        self.apply(gradient, scope, at)
    }

    fn clear_trace(&mut self) {
        self.trace = Some(Tensor::zeros([self.layout.count()], &self.device));
    }

    fn update_target(&mut self, tau: f64) {
        let online = self.online.clone();
        let target = match self.target.take().filter(|_| tau != 1.0) {
            Some(target) => polyak_update(target, online, tau),
            None => online,
        };
        self.set_target(target);
    }

    fn gradient(&mut self, output_gradient: &[f32]) -> Vec<f32> {
        numbers(self.backpropagate(output_gradient))
    }

    fn parameters(&self) -> usize {
        self.layout.count()
    }

    fn tensors(&self) -> Vec<ParameterTensor> {
        self.layout.tensors(&self.empty, self.empty.flattened_image())
    }

    fn hidden_layers(&mut self, observations: &[f32]) -> Vec<HiddenLayer> {
        let features = self.encode(observations, false);
        let hidden = self.plain().hidden_layers(features).into_iter().map(|(name, outputs)| {
            let [_, units] = outputs.dims();
            HiddenLayer { name, units, outputs: numbers(outputs) }
        });
        hidden.collect()
    }

    fn memory(&self) -> usize {
        self.held().memory(self.optimizer.config())
    }

    fn non_finite_parameter(&self) -> Option<String> {
        first_non_finite(&numbers(self.online.clone()))
    }

    fn weights(&self) -> Vec<f32> {
        numbers(self.online.clone())
    }

    fn save(&self) -> FunctionState {
        FunctionState {
            parameters: numbers(self.online.clone()),
            target: self.target.clone().map(numbers),
            trace: self.trace.clone().map(|trace| GradientState::whole(numbers(trace))),
            optimizer: self.optimizer.state(),
        }
    }

    fn load(&mut self, state: FunctionState) -> Result<(), StateError> {
        self.held().check(&state)?;
        let FunctionState { parameters, target, trace, optimizer } = state;
        let trace = trace.map(GradientState::into_values);
        if trace.as_ref().is_some_and(|trace| trace.len() != self.layout.count()) {
            return Err(StateError("the gradient of another approximator".to_owned()));
        }
        self.optimizer.restore(optimizer).map_err(StateError)?;
        self.forget();
        self.online = row_on(&self.device, parameters);
        if let Some(target) = target {
            self.set_target(row_on(&self.device, target));
        }
        self.trace = trace.map(|trace| row_on(&self.device, trace));
        Ok(())
    }
}
