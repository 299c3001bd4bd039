//! The functions of an agent as an ONNX graph: features, networks and weights.

use super::graph::{Attribute, Graph, Name, OBSERVATION};
use super::onnx_features::features;
use crate::agents::{named_weights, prefixes};
use crate::approx::{Activation, Architecture, FeatureMap, NORM_EPSILON, Normalizer};
use crate::run::LoadedRun;
use crate::safetensors::Tensors;

/// The content of an ONNX file. Its input is `observation` `[N, components]`; its outputs are the functions' `[N, outputs]`,
/// each under the function's prefix, such as `q`.
///
/// # Errors
/// If a feature map or a network has no form in ONNX here.
pub fn onnx(loaded: &LoadedRun) -> Result<Vec<u8>, String> {
    let setup = loaded.config.agent_setup(loaded.seed);
    let weights = named_weights(loaded.agent.as_ref());
    let mut graph = Graph::default();
    let space = setup.function_space();
    let observation = match loaded.agent.normalizer() {
        Some(normalizer) => normalized(&mut graph, &OBSERVATION.to_owned(), &normalizer),
        None => OBSERVATION.to_owned(),
    };
    let approximators = loaded.config.approximators(setup.actions);
    for (prefix, (outputs, approximator)) in prefixes(loaded.agent.as_ref()).into_iter().zip(approximators) {
        let map = FeatureMap::new(&approximator.features, &space).map_err(|error| error.to_string())?;
        let network = approximator.network_setup(&map, &space, outputs);
        let architecture = approximator.network.known_architecture(&network).ok_or_else(|| {
            format!("the network `{}` has no form in ONNX here: use --format safetensors", approximator.network.id())
        })?;
        let x = features(&mut graph, &observation, approximator.features.id(), &map)?;
        let mut layers = Layers { graph: &mut graph, weights: &weights, prefix: &prefix };
        let y = layers.network(x, &architecture);
        graph.output(&y, &prefix, outputs);
    }
    Ok(graph.encode(setup.space.len()))
}

/// Observations `[N, C]` normalised, in 32 bits.
fn normalized(graph: &mut Graph, x: &Name, normalizer: &Normalizer) -> Name {
    let single = |numbers: &[f64]| numbers.iter().map(|&number| number as f32).collect::<Vec<f32>>();
    let (mean, deviation) = (single(normalizer.moments().mean()), single(normalizer.deviations()));
    let mean = graph.floats(&[1, mean.len()], &mean);
    let deviation = graph.floats(&[1, deviation.len()], &deviation);
    let clip = normalizer.config().clip as f32;
    let [low, high] = [-clip, clip].map(|bound| graph.floats(&[1, 1], &[bound]));
    let centred = graph.apply("Sub", &[x, &mean], &[]);
    let divided = graph.apply("Div", &[&centred, &deviation], &[]);
    let above = graph.apply("Max", &[&divided, &low], &[]);
    graph.apply("Min", &[&above, &high], &[])
}

/// Adds the layers of a function to a graph.
struct Layers<'a> {
    graph: &'a mut Graph,
    weights: &'a Tensors,
    prefix: &'a str,
}

impl Layers<'_> {
    /// The outputs of the network for features `[N, F]`. Normalisation and nonlinearity stand before the weights, so that
    /// the residual sums are an identity map from the first to the last of them.
    fn network(&mut self, x: Name, architecture: &Architecture) -> Name {
        let Architecture { convolutions, shape, layer_norm, residual } = architecture;
        let (mut h, mut head) = (x, String::new());
        if let Some(stack) = convolutions {
            let [height, width, channels] = stack.convolutions[0].1.map(|extent| extent as i64);
            let shape_of_image = self.graph.ints(&[-1, height, width, channels]);
            h = self.graph.apply("Reshape", &[&h, &shape_of_image], &[]);
            h = self.channels_first(&h);
            let made: Vec<[usize; 3]> = stack.outputs().collect();
            for (index, (window, ..)) in stack.layers().enumerate() {
                let from = match index {
                    0 => h.clone(),
                    _ => self.between_images(&h, index - 1, *layer_norm, shape.activation),
                };
                let name = format!("convolutions.{index}");
                let (weight, bias) = (self.weight(&name), self.bias(&name));
                let inputs: Vec<&Name> = [&from, &weight].into_iter().chain(&bias).collect();
                let [size, stride, padding] = [window.size, window.stride, window.padding].map(|extent| extent as i64);
                let attributes = [
                    Attribute::Ints("kernel_shape", &[size; 2]),
                    Attribute::Ints("strides", &[stride; 2]),
                    Attribute::Ints("pads", &[padding; 4]),
                ];
                let next = self.graph.apply("Conv", &inputs, &attributes);
                let is_added = *residual && index > 0 && made[index] == made[index - 1];
                h = if is_added { self.graph.apply("Add", &[&h, &next], &[]) } else { next };
            }
            h = self.between_images(&h, made.len() - 1, *layer_norm, shape.activation);
            h = self.graph.apply("Flatten", &[&h], &[Attribute::Int("axis", 1)]);
            head = "head.".to_owned();
        }
        for (index, layer) in shape.layers().enumerate() {
            let from = match index {
                0 => h.clone(),
                _ => {
                    let norm = layer_norm.then(|| format!("{head}norms.{}", index - 1));
                    let normalised = norm.map(|norm| self.layer_norm(&h, &norm));
                    self.activated(normalised.as_ref().unwrap_or(&h), shape.activation)
                }
            };
            let name = format!("{head}layers.{index}");
            let (weight, bias) = (self.weight(&name), self.bias(&name));
            let inputs: Vec<&Name> = [&from, &weight].into_iter().chain(&bias).collect();
            let next = self.graph.apply("Gemm", &inputs, &[Attribute::Int("transB", 1)]);
            let is_hidden = index > 0 && index + 1 < shape.depth();
            let is_added = *residual && is_hidden && layer.inputs == layer.outputs;
            h = if is_added { self.graph.apply("Add", &[&h, &next], &[]) } else { next };
        }
        h
    }

    /// What comes between two convolutions: a normalisation over the channels of each place, and the nonlinearity.
    fn between_images(&mut self, c: &Name, index: usize, layer_norm: bool, activation: Activation) -> Name {
        if !layer_norm {
            return self.activated(c, activation);
        }
        let channels_last = self.graph.apply("Transpose", &[c], &[Attribute::Ints("perm", &[0, 2, 3, 1])]);
        let normalised = self.layer_norm(&channels_last, &format!("norms.{index}"));
        let channels_first = self.channels_first(&normalised);
        self.activated(&channels_first, activation)
    }

    fn channels_first(&mut self, image: &Name) -> Name {
        self.graph.apply("Transpose", &[image], &[Attribute::Ints("perm", &[0, 3, 1, 2])])
    }

    fn layer_norm(&mut self, h: &Name, name: &str) -> Name {
        let (weight, bias) = (self.weight(name), self.bias(name));
        let inputs: Vec<&Name> = [h, &weight].into_iter().chain(&bias).collect();
        self.graph.apply("LayerNormalization", &inputs, &[Attribute::Float("epsilon", NORM_EPSILON as f32)])
    }

    fn activated(&mut self, z: &Name, activation: Activation) -> Name {
        let graph = &mut *self.graph;
        match activation {
            Activation::Relu => graph.apply("Relu", &[z], &[]),
            Activation::Tanh => graph.apply("Tanh", &[z], &[]),
            Activation::Sigmoid => graph.apply("Sigmoid", &[z], &[]),
            Activation::LeakyRelu => graph.apply("LeakyRelu", &[z], &[Attribute::Float("alpha", 0.01)]),
            Activation::Elu => graph.apply("Elu", &[z], &[Attribute::Float("alpha", 1.0)]),
            Activation::Gelu => {
                let [root, one, half] = [std::f32::consts::FRAC_1_SQRT_2, 1.0, 0.5].map(|n| graph.floats(&[1], &[n]));
                let scaled = graph.apply("Mul", &[z, &root], &[]);
                let erf = graph.apply("Erf", &[&scaled], &[]);
                let above = graph.apply("Add", &[&erf, &one], &[]);
                let distribution = graph.apply("Mul", &[&above, &half], &[]);
                graph.apply("Mul", &[z, &distribution], &[])
            }
            Activation::Silu => {
                let sigmoid = graph.apply("Sigmoid", &[z], &[]);
                graph.apply("Mul", &[z, &sigmoid], &[])
            }
            Activation::Softplus => graph.apply("Softplus", &[z], &[]),
            Activation::Identity => z.clone(),
        }
    }

    fn weight(&mut self, layer: &str) -> Name {
        let name = format!("{layer}.weight");
        self.tensor(&name).unwrap_or_else(|| panic!("`{}` has a tensor `{name}`", self.prefix))
    }

    fn bias(&mut self, layer: &str) -> Option<Name> {
        self.tensor(&format!("{layer}.bias"))
    }

    fn tensor(&mut self, name: &str) -> Option<Name> {
        let name = format!("{}.{name}", self.prefix);
        let tensor = self.weights.get(&name)?;
        Some(self.graph.named_floats(&name, &tensor.shape, &tensor.values))
    }
}
