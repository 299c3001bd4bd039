//! The layers of a multilayer perceptron, and where their parameters lie.

use super::{Activation, ParameterTensor};

/// Layer widths, the nonlinearity between layers, and whether the outputs have a bias.
///
/// All parameters in one row, which is how they are drawn, stepped, saved and exported: layer by layer the weights
/// `[inputs, outputs]` row by row, then the biases `[outputs]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Widths from the features to the outputs, at least two.
    pub widths: Vec<usize>,
    /// The nonlinearity after every layer but the last.
    pub activation: Activation,
    /// Whether the last layer has biases; the others always have. Tables and other linear functions of features that
    /// span the constants have none: a bias would be a second weight for the same thing.
    pub output_bias: bool,
}

/// Where one layer's parameters lie among all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// Its weights `[inputs, outputs]`.
    pub weights: std::ops::Range<usize>,
    /// Its biases `[outputs]`, or an empty range.
    pub biases: std::ops::Range<usize>,
}

impl Shape {
    /// How many features come in.
    pub fn features(&self) -> usize {
        self.widths[0]
    }

    /// How many numbers come out.
    pub fn outputs(&self) -> usize {
        self.widths[self.widths.len() - 1]
    }

    /// How many layers of weights there are.
    pub fn depth(&self) -> usize {
        self.widths.len() - 1
    }

    /// The layers, from the features to the outputs.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = Layer> + ExactSizeIterator + '_ {
        (0..self.depth()).map(|index| self.layer(index))
    }

    /// The layer number `index`, from 0.
    pub fn layer(&self, index: usize) -> Layer {
        let start = self.widths[..=index].windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum();
        let (inputs, outputs) = (self.widths[index], self.widths[index + 1]);
        let weights = start..start + inputs * outputs;
        let biased = self.output_bias || index + 1 < self.depth();
        let biases = weights.end..weights.end + if biased { outputs } else { 0 };
        Layer { inputs, outputs, weights, biases }
    }

    /// The name of layer `index` in a module of these layers.
    pub fn layer_name(index: usize) -> String {
        format!("layers.{index}")
    }

    /// The weights and biases of each layer, under the names that a module of these layers gives them.
    pub fn tensors(&self) -> Vec<ParameterTensor> {
        let of_layer = |(index, layer): (usize, Layer)| {
            let weights =
                ParameterTensor::linear(format!("{}.weight", Shape::layer_name(index)), layer.inputs, layer.outputs);
            let biases = ParameterTensor::new(format!("{}.bias", Shape::layer_name(index)), vec![layer.outputs]);
            [weights].into_iter().chain((!layer.biases.is_empty()).then_some(biases))
        };
        self.layers().enumerate().flat_map(of_layer).collect()
    }

    /// How many weights and biases there are.
    pub fn parameters(&self) -> usize {
        self.layers().last().map_or(0, |layer| layer.biases.end)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let widths: Vec<String> = self.widths.iter().map(usize::to_string).collect();
        f.write_str(&widths.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_lie_one_after_another() {
        let shape = Shape { widths: vec![3, 2, 4], activation: Activation::Relu, output_bias: false };
        let layers: Vec<Layer> = shape.layers().collect();
        assert_eq!((&layers[0].weights, &layers[0].biases), (&(0..6), &(6..8)));
        assert_eq!((&layers[1].weights, &layers[1].biases), (&(8..16), &(16..16)));
        assert_eq!(shape.parameters(), 16);
        assert_eq!(Shape { output_bias: true, ..shape }.parameters(), 20);
    }
}
