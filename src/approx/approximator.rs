//! A function approximator: features, a network, its parameters, and what computes its gradient.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::host::{Tape, backward, forward};
use super::{ApproximatorConfig, Encoded, FeatureMap, Gradient, Mlp, Shape};
use crate::device::Backend;
use crate::rng::Rng;
use tilde_envs::Space;

/// A function of observations, y = f(φ(x); θ): Ṽ(x) with one output, Q̃(x, ·) or h̃(· | x) with one per action.
///
/// The parameters θ are one row of numbers on the host, in the order that [`Shape`] describes. Who holds an approximator
/// decides what its outputs mean and what is done with its gradient.
pub struct Approximator {
    features: FeatureMap,
    components: usize,
    shape: Shape,
    parameters: Vec<f32>,
    engine: Engine,
    /// The batch that was evaluated last.
    input: Encoded,
    /// Whether it is remembered for its gradient.
    recorded: bool,
}

/// What computes outputs and gradients.
enum Engine {
    /// Loops over slices, on the processor.
    Fused(Box<Tape>),
    /// burn and its automatic differentiation, on any device.
    Autodiff(Box<Autodiff>),
}

struct Autodiff {
    device: Device,
    /// The network with the parameters as they are; nothing after they changed.
    module: Option<Mlp>,
    /// Outputs `[B, O]` that remember how they came about.
    tracked: Option<Tensor<2>>,
    outputs: Vec<f32>,
}

impl Approximator {
    /// An approximator over the observations of `space` with `outputs` outputs, its parameters drawn from `rng`.
    ///
    /// # Panics
    /// If the features do not fit the space or the device is not there: both are checked with the config.
    pub fn new(
        config: &ApproximatorConfig,
        space: &Space,
        outputs: usize,
        rng: &mut Rng,
        backend: Backend,
    ) -> Approximator {
        let features = FeatureMap::new(&config.features, space).expect("checked features fit the space");
        let shape = config.shape(&features, outputs);
        let engine = match backend.fused() {
            true => Engine::Fused(Box::default()),
            false => Engine::Autodiff(Box::new(Autodiff {
                device: backend.device.open().expect("a checked device opens"),
                module: None,
                tracked: None,
                outputs: Vec::new(),
            })),
        };
        Approximator {
            parameters: config.initialization.draw_network(&shape, &features, rng),
            components: space.len(),
            features,
            shape,
            engine,
            input: Encoded::default(),
            recorded: false,
        }
    }

    /// Outputs `[B · O]` for observations `[B · components]` that lie one after another.
    pub fn outputs(&mut self, observations: &[f32]) -> &[f32] {
        self.evaluate(observations, false)
    }

    /// The same, remembered for [`Approximator::add_gradient`].
    pub fn record(&mut self, observations: &[f32]) -> &[f32] {
        self.evaluate(observations, true)
    }

    fn evaluate(&mut self, observations: &[f32], tracked: bool) -> &[f32] {
        self.input.encode(&self.features, observations, self.components);
        self.recorded = tracked;
        match &mut self.engine {
            Engine::Fused(tape) => {
                forward(&self.shape, &self.parameters, &self.input, tape);
                tape.outputs(&self.shape)
            }
            Engine::Autodiff(engine) => {
                let batch = self.input.batch();
                let features = self.features.encode_batch(observations, batch);
                let features = TensorData::new(features, [batch, self.features.len()]);
                engine.evaluate(&self.shape, &self.parameters, features, tracked);
                &engine.outputs
            }
        }
    }

    /// Adds Σ g · ∂y/∂θ to `gradient`, for the batch recorded last: the gradient of any scalar whose derivative with
    /// respect to the outputs is g = `output_gradient`, `[B · O]`.
    ///
    /// # Panics
    /// If nothing was recorded, or another batch was evaluated or the parameters were changed since.
    pub fn add_gradient(&mut self, output_gradient: &[f32], gradient: &mut Gradient) {
        self.write_gradient(output_gradient, gradient, false);
    }

    /// The same, with that gradient alone in `gradient` in the end: it costs no more to write than to add.
    ///
    /// # Panics
    /// As [`Approximator::add_gradient`].
    pub fn set_gradient(&mut self, output_gradient: &[f32], gradient: &mut Gradient) {
        self.write_gradient(output_gradient, gradient, true);
    }

    /// Adds the gradient to what is there, or, `alone`, has it take the place of that.
    fn write_gradient(&mut self, output_gradient: &[f32], gradient: &mut Gradient, alone: bool) {
        assert!(self.recorded, "the gradient is that of a batch that was just recorded");
        // Dense loops write all numbers; what else there is adds to some of them, or to all.
        let replace = alone && self.input.active().is_none() && matches!(self.engine, Engine::Fused(_));
        if alone && !replace {
            gradient.clear();
        }
        match &mut self.engine {
            Engine::Fused(tape) => {
                backward(&self.shape, &self.parameters, &self.input, tape, output_gradient, gradient, replace);
            }
            Engine::Autodiff(engine) => {
                gradient.cover(&self.input);
                let flat = engine.gradient(output_gradient);
                gradient.values_mut().iter_mut().zip(flat).for_each(|(to, from)| *to += from);
            }
        }
    }

    /// An empty gradient of this approximator.
    pub fn no_gradient(&self) -> Gradient {
        Gradient::new(&self.shape, self.features.active().is_some(), self.features.learning_rate_factors())
    }

    /// All parameters.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// All parameters, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        self.recorded = false;
        if let Engine::Autodiff(engine) = &mut self.engine {
            (engine.module, engine.tracked) = (None, None);
        }
        &mut self.parameters
    }

    /// Numbers per observation.
    pub fn components(&self) -> usize {
        self.components
    }

    /// Its widths, activation and biases.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// θ ← (1 − `share`) θ + `share` θ′: Polyak averaging (Lillicrap et al. 2016); a share of 1 copies θ′ to the bit.
    pub fn move_towards(&mut self, other: &Approximator, share: f64) {
        let parameters = self.parameters_mut();
        if share == 1.0 {
            return parameters.copy_from_slice(&other.parameters);
        }
        let (keep, take) = ((1.0 - share) as f32, share as f32);
        parameters.iter_mut().zip(&other.parameters).for_each(|(own, other)| *own = keep * *own + take * other);
    }
}

impl Autodiff {
    fn evaluate(&mut self, shape: &Shape, parameters: &[f32], features: TensorData, tracked: bool) {
        let device = &self.device;
        let module =
            self.module.get_or_insert_with(|| Mlp::from_parameters(shape, parameters, &device.clone().autodiff()));
        let features = Tensor::<2>::from_data(features, device);
        let outputs = if tracked {
            let outputs = module.forward(Tensor::from_inner(features));
            self.tracked.insert(outputs).clone().inner()
        } else {
            module.valid().forward(features)
        };
        self.outputs = outputs.into_data().try_into_vec().expect("outputs are 32-bit floats");
    }

    /// Backpropagates Σ g y, whose derivative with respect to the outputs y is g.
    fn gradient(&mut self, output_gradient: &[f32]) -> Vec<f32> {
        let tracked = self.tracked.take().expect("a batch was recorded");
        let g = Tensor::<2>::from_data(TensorData::new(output_gradient.to_vec(), tracked.dims()), &self.device);
        let gradients = (tracked * Tensor::from_inner(g)).sum().backward();
        self.module.as_ref().expect("the recorded network").flat_gradients(&gradients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::{Activation, FeatureConfig, Initialization, TilesConfig};
    use crate::device::{DeviceName, EngineName};
    use crate::rng::{Stream, stream};

    fn grid() -> Space {
        Space::MultiDiscrete { sizes: vec![4, 5] }
    }

    fn build(features: &FeatureConfig, hidden: &[usize], activation: Activation, backend: Backend) -> Approximator {
        let features = features.clone();
        let config =
            ApproximatorConfig { features, hidden: hidden.to_vec(), activation, initialization: Initialization::He };
        Approximator::new(&config, &grid(), 3, &mut stream(2, Stream::Init), backend)
    }

    /// Outputs, and the gradient for some derivatives of the outputs, one number after another.
    fn results(mut function: Approximator) -> Vec<f32> {
        let observations = [0.0, 0.0, 3.0, 4.0, 1.0, 2.0, 1.0, 2.0];
        let mut results = function.record(&observations).to_vec();
        let g: Vec<f32> = (0..results.len()).map(|i| i as f32 / 4.0 - 1.0).collect();
        let mut gradient = function.no_gradient();
        function.add_gradient(&g, &mut gradient);
        results.extend(gradient.values());
        // Written over what is there, a gradient is what it was when added to nothing.
        function.record(&observations);
        function.set_gradient(&g, &mut gradient);
        assert_eq!(results[g.len()..], *gradient.values());
        results
    }

    #[test]
    fn the_loops_agree_with_automatic_differentiation() {
        let tiles = FeatureConfig::Tiles(TilesConfig { tilings: 3, ..TilesConfig::default() });
        let hashed = FeatureConfig::Tiles(TilesConfig { tilings: 8, memory: Some(11), ..TilesConfig::default() });
        let maps = [FeatureConfig::default(), FeatureConfig::OneHot {}, tiles, hashed];
        for (features, hidden) in maps.iter().flat_map(|map| [vec![], vec![9], vec![7, 20]].map(|hidden| (map, hidden)))
        {
            for activation in Activation::ALL {
                let by = |device, engine| results(build(features, &hidden, activation, Backend { device, engine }));
                let fused = by(DeviceName::Flex, EngineName::Auto);
                // burn differentiates the approximation of GELU by tanh, where the loops have its exact derivative.
                let tolerance = if activation == Activation::Gelu { 1e-2 } else { 1e-4 };
                for device in [DeviceName::Flex, DeviceName::Ndarray] {
                    for (index, (a, b)) in fused.iter().zip(by(device, EngineName::Autodiff)).enumerate() {
                        let close = (a - b).abs() < tolerance * (1.0 + a.abs());
                        assert!(close, "{features:?} {hidden:?} {activation:?}, number {index}: {a} and {b}");
                    }
                }
            }
        }
    }

    #[test]
    fn linear_functions_start_at_the_constant_that_they_are_told() {
        for features in ["'one_hot'", "'tiles'", "'scaled'", "'fourier'", "{ rbf = { normalized = true } }"] {
            let config: ApproximatorConfig =
                toml::from_str(&format!("features = {features}\ninitialization = {{ constant = 2.5 }}")).unwrap();
            config.check(&grid(), 3).unwrap();
            let mut function = Approximator::new(&config, &grid(), 3, &mut stream(2, Stream::Init), Backend::default());
            for output in function.outputs(&[0.0, 0.0, 3.0, 4.0, 1.0, 2.0]) {
                assert!((output - 2.5).abs() < 1e-6, "{features}: {output}");
            }
        }
        let hidden: ApproximatorConfig = toml::from_str("hidden = [3]\ninitialization = { constant = 2.5 }").unwrap();
        assert_eq!(hidden.check(&grid(), 3).unwrap_err().key, "initialization");
    }

    #[test]
    fn a_weight_that_is_not_a_number_reaches_the_outputs_through_every_activation() {
        let observations: Vec<f32> = (0..40).flat_map(|i| [(i % 4) as f32, (i % 5) as f32]).collect();
        for (features, activation) in [FeatureConfig::default(), FeatureConfig::OneHot {}]
            .iter()
            .flat_map(|features| Activation::ALL.map(|activation| (features, activation)))
        {
            for (hidden, batch) in [(vec![5], 1), (vec![5], 40), (vec![40, 3], 1), (vec![40, 3], 40)] {
                for engine in [EngineName::Auto, EngineName::Autodiff] {
                    let backend = Backend { device: DeviceName::Flex, engine };
                    let mut function = build(features, &hidden, activation, backend);
                    let bias = function.shape().layer(0).biases.start;
                    function.parameters_mut()[bias] = f32::NAN;
                    let outputs = function.outputs(&observations[..2 * batch]);
                    let what = format!("{features:?} {activation:?} {hidden:?} {batch} by {engine:?}");
                    assert!(outputs.iter().all(|output| output.is_nan()), "{what}");
                }
            }
        }
    }

    #[test]
    fn averaging_moves_by_the_given_share() {
        for engine in [EngineName::Auto, EngineName::Autodiff] {
            let backend = Backend { device: DeviceName::Flex, engine };
            let constant = |value: f32| {
                let mut function = build(&FeatureConfig::default(), &[], Activation::Relu, backend);
                function.parameters_mut().fill(value);
                function
            };
            let mut moved = constant(1.0);
            moved.outputs(&[1.0, 1.0]);
            moved.move_towards(&constant(5.0), 0.25);
            assert_eq!(moved.parameters(), [2.0; 9]);
            assert_eq!(moved.outputs(&[1.0, 1.0]), [6.0; 3], "what was computed before is forgotten");
            moved.move_towards(&constant(0.1), 1.0);
            assert_eq!(moved.parameters(), [0.1; 9]);
        }
    }
}
