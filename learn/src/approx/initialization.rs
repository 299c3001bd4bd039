//! How first weights are drawn: on the host, from the run's own stream, so that a seed fixes them on every device. Or the
//! file that has them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FeatureMap, Layer, Shape, WeightsFile};
use crate::rng::Rng;

/// A distribution of first weights. Biases start at zero, but for [`Pytorch`](Initialization::Pytorch).
///
/// The fan-in of a layer is the number of its inputs that can differ from zero at once: all of them; for sparse
/// features, only the active ones. The papers choose a variance such that sums over the inputs have a given variance,
/// and an input that is zero adds nothing to a sum. PyTorch, which does not know of sparse inputs, counts all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Initialization {
    /// Weights and biases uniform in ±1/√fan_in: the default of `torch.nn.Linear`, and so of Stable-Baselines3's DQN;
    /// ours where there are hidden layers.
    Pytorch,
    /// Normal with variance 1 / fan_in (LeCun et al. 1998), cut off where a draw is two standard deviations from zero:
    /// the default of Flax's layers.
    Lecun,
    /// Normal with variance 2 / fan_in (He et al. 2015), made for rectifiers.
    He,
    /// Uniform with variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010), made for tanh and sigmoid.
    Glorot,
    /// Rows or columns orthonormal (Saxe et al. 2014), times √2 in hidden layers and 1 in the last. It keeps lengths,
    /// whatever the inputs, so that it needs no fan-in.
    Orthogonal,
    /// Every output is this number everywhere, for linear functions: values that are too high at the start make an
    /// agent try everything (optimistic initial values, Sutton & Barto 2018, section 2.6).
    Constant(f64),
    /// All zero, the default of tables and other linear functions. A hidden layer would stay at zero.
    Zero,
    /// The weights in a safetensors file, such as one that `tilde export` wrote. A run takes them over when it begins.
    File(WeightsFile),
}

/// The sizes of a layer that decide how large its first weights are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fan {
    /// Numbers that reach an output, zeros included.
    pub(super) inputs: usize,
    /// Those of them that can differ from zero at once.
    pub(super) fan_in: usize,
    /// Outputs.
    pub(super) outputs: usize,
}

impl Initialization {
    /// Draws the parameters of a network over `features`, in the order that [`Shape`] describes.
    pub fn draw_network(&self, shape: &Shape, features: &FeatureMap, rng: &mut Rng) -> Vec<f32> {
        if let Initialization::Constant(value) = self {
            return constant(*value, shape, features);
        }
        let mut parameters = Vec::with_capacity(shape.parameters());
        for (index, layer) in shape.layers().enumerate() {
            let Layer { inputs, outputs, .. } = layer;
            let fan_in = if index == 0 { features.active().unwrap_or(inputs) } else { inputs };
            let fan = Fan { inputs, fan_in, outputs };
            parameters.extend(self.draw_weights(fan, index + 1 == shape.depth(), rng));
            parameters.extend(&self.draw_biases(fan, rng)[..layer.biases.len()]);
        }
        parameters
    }

    /// Draws the weights `[inputs, outputs]` of one layer, row by row. `last` says whether its outputs are those of the
    /// whole network.
    pub(super) fn draw_weights(&self, fan: Fan, last: bool, rng: &mut Rng) -> Vec<f32> {
        let Fan { inputs, outputs, .. } = fan;
        let (fan_in, fan_out) = (fan.fan_in as f64, outputs as f64);
        let size = inputs * outputs;
        match self {
            // Those of a file come in their place.
            Initialization::Pytorch | Initialization::File(_) => uniform(1.0 / fan_in.sqrt(), size, rng),
            Initialization::Lecun => {
                let deviation = (1.0 / fan_in).sqrt() / DEVIATION_WITHIN_TWO;
                (0..size).map(|_| (deviation * normal_within_two(rng)) as f32).collect()
            }
            Initialization::He => {
                let deviation = (2.0 / fan_in).sqrt();
                normal(size, rng).iter().map(|z| (deviation * z) as f32).collect()
            }
            Initialization::Glorot => uniform((6.0 / (fan_in + fan_out)).sqrt(), size, rng),
            Initialization::Orthogonal => {
                let gain = if last { 1.0 } else { std::f64::consts::SQRT_2 };
                orthogonal(inputs, outputs, rng).iter().map(|w| (gain * w) as f32).collect()
            }
            Initialization::Zero | Initialization::Constant(_) => vec![0.0; size],
        }
    }

    /// Draws its biases `[outputs]`.
    pub(super) fn draw_biases(&self, fan: Fan, rng: &mut Rng) -> Vec<f32> {
        match self {
            Initialization::Pytorch => uniform(1.0 / (fan.fan_in as f64).sqrt(), fan.outputs, rng),
            _ => vec![0.0; fan.outputs],
        }
    }
}

/// The parameters of a linear function whose outputs are `value` everywhere.
fn constant(value: f64, shape: &Shape, features: &FeatureMap) -> Vec<f32> {
    let mut parameters = vec![0.0; shape.parameters()];
    let layer = shape.layer(0);
    match features.constant_one() {
        _ if !layer.biases.is_empty() => parameters[layer.biases].fill(value as f32),
        Some(weights) => {
            for (row, weight) in parameters[layer.weights].chunks_exact_mut(layer.outputs).zip(weights) {
                row.fill((value * f64::from(weight)) as f32);
            }
        }
        None => unreachable!("features that do not span the constants come with biases"),
    }
    parameters
}

/// `count` draws, uniform in ±`bound`.
fn uniform(bound: f64, count: usize, rng: &mut Rng) -> Vec<f32> {
    (0..count).map(|_| rng.uniform(-bound, bound) as f32).collect()
}

/// `count` standard normal draws.
fn normal(count: usize, rng: &mut Rng) -> Vec<f64> {
    (0..count).map(|_| one_normal(rng)).collect()
}

/// One standard normal draw, of two uniform ones (Box & Muller 1958).
fn one_normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random()).ln()).sqrt(); // 1 − u lies in (0, 1]: its logarithm is finite
    radius * (std::f64::consts::TAU * rng.random()).cos()
}

/// A standard normal draw from those between −2 and 2.
fn normal_within_two(rng: &mut Rng) -> f64 {
    loop {
        let draw = one_normal(rng);
        if draw.abs() < 2.0 {
            return draw;
        }
    }
}

/// Standard deviation of such draws: √(1 − 4 φ(2) / (Φ(2) − Φ(−2))), φ being the density and Φ the distribution
/// function.
const DEVIATION_WITHIN_TWO: f64 = 0.879_625_661_034_239_8;

/// A random matrix `[inputs, outputs]`, row-major, whose shorter side's vectors are orthonormal.
///
/// Gram–Schmidt on normal vectors, in two passes: the second removes the rounding errors of the first.
fn orthogonal(inputs: usize, outputs: usize, rng: &mut Rng) -> Vec<f64> {
    let (vectors, length) = (inputs.min(outputs), inputs.max(outputs));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(vectors);
    while basis.len() < vectors {
        let mut vector = normal(length, rng);
        for earlier in basis.iter().chain(basis.iter()) {
            let shadow = dot(&vector, earlier);
            vector.iter_mut().zip(earlier).for_each(|(v, e)| *v -= shadow * e);
        }
        let norm = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|v| *v /= norm);
        basis.push(vector);
    }
    let entry = |row: usize, column: usize| if inputs <= outputs { basis[row][column] } else { basis[column][row] };
    (0..inputs * outputs).map(|index| entry(index / outputs, index % outputs)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::{Activation, FeatureConfig};
    use crate::rng::{Stream, stream};

    struct LayerWeights {
        weight: Vec<f32>,
        bias: Vec<f32>,
    }

    fn draw(initialization: Initialization, inputs: usize, outputs: usize) -> LayerWeights {
        let (fan, rng) = (Fan { inputs, fan_in: inputs, outputs }, &mut stream(7, Stream::Init));
        LayerWeights {
            weight: initialization.draw_weights(fan, false, rng),
            bias: initialization.draw_biases(fan, rng),
        }
    }

    fn variance(values: &[f32]) -> f64 {
        values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / values.len() as f64
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        let cases = [
            (Initialization::Pytorch, 1.0 / (3.0 * 300.0)), // uniform in ±b has variance b²/3
            (Initialization::Lecun, 1.0 / 300.0),
            (Initialization::He, 2.0 / 300.0),
            (Initialization::Glorot, 2.0 / 500.0),
        ];
        for (initialization, expected) in cases {
            let ratio = variance(&draw(initialization.clone(), 300, 200).weight) / expected;
            assert!((ratio - 1.0).abs() < 0.03, "{initialization:?}: variance is {ratio} of what it should be");
        }
    }

    /// Mean square of the pre-activations of 200 units over all observations of a 12 × 12 grid, from weights alone.
    fn spread(features: &str, initialization: Initialization) -> f64 {
        #[derive(Deserialize)]
        struct Slot {
            features: FeatureConfig,
        }
        let config = toml::from_str::<Slot>(&format!("features = {features}")).unwrap().features;
        let features = FeatureMap::new(&config, &tilde_envs::Space::MultiDiscrete { sizes: vec![12, 12] }).unwrap();
        let shape = Shape { widths: vec![features.len(), 200, 1], activation: Activation::Relu, output_bias: true };
        let parameters = initialization.draw_network(&shape, &features, &mut stream(3, Stream::Init));
        let weights = &parameters[shape.layer(0).weights];
        let places: Vec<[f32; 2]> = (0..144).map(|place| [(place / 12) as f32, (place % 12) as f32]).collect();
        let mut squares = 0.0;
        for place in &places {
            let x = features.encode_batch(place, 1);
            for unit in 0..200 {
                let z: f32 = x.iter().zip(weights.chunks_exact(200)).map(|(x, row)| x * row[unit]).sum();
                squares += f64::from(z).powi(2);
            }
        }
        squares / (200.0 * places.len() as f64)
    }

    /// With a fan-in that counted all inputs, the first two would be 2/144 and 16/(8 · 169), a 144th and a 169th of
    /// this.
    #[test]
    fn sums_over_sparse_inputs_have_the_variance_that_the_papers_ask_for() {
        for features in ["'one_hot'", "{ tiles = { tilings = 8, tiles = 12 } }"] {
            let he = spread(features, Initialization::He);
            assert!((he / 2.0 - 1.0).abs() < 0.1, "{features}: {he}");
            let lecun = spread(features, Initialization::Lecun);
            assert!((lecun - 1.0).abs() < 0.1, "{features}: {lecun}");
            // 2 / (fan_in + fan_out) times the number of active features, which is the fan-in.
            let active = if features == "'one_hot'" { 1.0 } else { 8.0 };
            let glorot = spread(features, Initialization::Glorot) * (active + 200.0) / (2.0 * active);
            assert!((glorot - 1.0).abs() < 0.1, "{features}: {glorot}");
            let pytorch = spread(features, Initialization::Pytorch);
            assert!((3.0 * pytorch - 1.0).abs() < 0.1, "{features}: {pytorch}");
        }
    }

    #[test]
    fn lecun_cuts_off_at_two_deviations_of_the_whole_normal() {
        let limit = (2.0 / 300_f64.sqrt() / DEVIATION_WITHIN_TWO) as f32;
        let longest =
            draw(Initialization::Lecun, 300, 200).weight.iter().fold(0.0, |longest: f32, w| longest.max(w.abs()));
        assert!(longest <= limit && longest > 0.99 * limit);
    }

    #[test]
    fn only_pytorch_draws_biases() {
        let bound = 1.0 / 300_f32.sqrt();
        let bias = draw(Initialization::Pytorch, 300, 200).bias;
        assert!(bias.iter().any(|b| b.abs() > 0.5 * bound) && bias.iter().all(|b| b.abs() <= bound));
        use Initialization::{Glorot, He, Lecun, Orthogonal, Zero};
        for other in [Lecun, He, Glorot, Orthogonal, Zero] {
            assert_eq!(draw(other, 3, 2).bias, [0.0, 0.0]);
        }
    }

    #[test]
    fn orthogonal_weights_have_gain_times_orthonormal_vectors_on_the_shorter_side() {
        for (inputs, outputs) in [(3, 5), (5, 3), (4, 4)] {
            let matrix = orthogonal(inputs, outputs, &mut stream(1, Stream::Init));
            let at = |row: usize, column: usize| matrix[row * outputs + column];
            let side = inputs.min(outputs);
            for i in 0..side {
                for j in 0..side {
                    let product: f64 = if inputs <= outputs {
                        (0..outputs).map(|k| at(i, k) * at(j, k)).sum()
                    } else {
                        (0..inputs).map(|k| at(k, i) * at(k, j)).sum()
                    };
                    assert!((product - f64::from(u8::from(i == j))).abs() < 1e-12);
                }
            }
        }
        let hidden = variance(&draw(Initialization::Orthogonal, 4, 4).weight);
        assert!((hidden - 2.0 / 4.0).abs() < 1e-6); // √2 times rows of length 1 and width 4
    }
}
