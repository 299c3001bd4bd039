//! The parameters of a function, tensor by tensor.

use crate::approx::{Function, ParameterTensor};
use crate::diagnostics::singular_values;

/// Singular values take time with the third power of the shorter side: of longer ones, they are left out.
const MAX_SIDE: usize = 1_024;

/// A tensor of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its name, as an export has it.
    pub name: String,
    /// Its extents, in PyTorch's order.
    pub shape: Vec<usize>,
    /// How many parameters it has.
    pub parameters: usize,
    /// The root of the sum of their squares: the Frobenius norm of a matrix.
    pub norm: f64,
    /// The root of their mean square, which does not grow with the layer.
    pub rms: f64,
    /// Of a matrix: its singular values, the largest first. A convolution is the matrix `[filters, inputs · height · width]`.
    /// `None` for vectors, for matrices whose shorter side is longer than 1,024, and where a number is not finite.
    pub singular_values: Option<Vec<f64>>,
}

/// Every tensor of a function, in the order of its parameters.
pub fn layers(function: &dyn Function) -> Vec<Layer> {
    let weights = function.weights();
    let mut rest = &weights[..];
    let layer = |tensor: ParameterTensor| {
        let (own, behind) = rest.split_at(tensor.len());
        rest = behind;
        let squares: f64 = own.iter().map(|weight| f64::from(*weight).powi(2)).sum();
        let columns: usize = tensor.shape.iter().skip(1).product();
        let is_matrix = tensor.shape.len() > 1 && columns.min(tensor.shape[0]) <= MAX_SIDE && squares.is_finite();
        Layer {
            parameters: own.len(),
            norm: squares.sqrt(),
            rms: (squares / own.len().max(1) as f64).sqrt(),
            singular_values: is_matrix.then(|| singular_values(&tensor.to_file(own), columns)),
            name: tensor.name,
            shape: tensor.shape,
        }
    };
    function.tensors().into_iter().map(layer).collect()
}

/// ‖θ‖₂ of all layers together.
pub fn norm(layers: &[Layer]) -> f64 {
    layers.iter().map(|layer| layer.norm.powi(2)).sum::<f64>().sqrt()
}
