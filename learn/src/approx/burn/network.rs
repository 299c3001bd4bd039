//! The one function of a network.

use burn::module::Module;
use burn::tensor::Tensor;

/// Any burn module from a batch of features `[B, F]` to a batch of outputs `[B, O]`. A config names it where a
/// [`ModuleConfig`](crate::approx::ModuleConfig) makes it.
///
/// A row's outputs depend on that row alone, and are the same each time: layers that draw random numbers (dropout,
/// noise) or look at the whole batch (batch normalisation) are refused when a function is made of the network.
///
/// ```
/// use burn::module::Module;
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor, activation};
/// use tilde::approx::Network;
///
/// #[derive(Module, Debug)]
/// struct Dueling {
///     body: Linear,
///     value: Linear,
///     advantages: Linear,
/// }
///
/// impl Network for Dueling {
///     fn forward(&self, features: Tensor<2>) -> Tensor<2> {
///         let hidden = activation::relu(self.body.forward(features));
///         let advantages = self.advantages.forward(hidden.clone());
///         self.value.forward(hidden) + advantages.clone() - advantages.mean_dim(1)
///     }
/// }
///
/// let device = Device::flex();
/// let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(&device);
/// let network = Dueling { body: linear(4, 32), value: linear(32, 1), advantages: linear(32, 2) };
/// assert_eq!(network.forward(Tensor::zeros([5, 4], &device)).dims(), [5, 2]);
/// ```
pub trait Network: Module + Send + 'static {
    /// Outputs `[B, O]` of a batch of features `[B, F]`.
    fn forward(&self, features: Tensor<2>) -> Tensor<2>;

    /// The outputs of the hidden layers of a batch of features `[B, F]`, each after its nonlinearity and with the path of the
    /// layer, from the first to the last: `[B, units]`, or `[B · places, filters]` of a convolution. By default none. What
    /// looks inside a network (`tilde inspect`, `[diagnostics]`) needs them.
    fn hidden_layers(&self, _features: Tensor<2>) -> Vec<(String, Tensor<2>)> {
        Vec::new()
    }

    /// The path of the linear layer whose inputs are an image `[height, width, channels]` in one row, if there is one,
    /// and that image. An export gives that layer's weights the order of inputs that `torch.flatten` has, channels first.
    fn flattened_image(&self) -> Option<(&'static str, [usize; 3])> {
        None
    }
}
