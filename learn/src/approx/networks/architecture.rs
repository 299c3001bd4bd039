//! What the networks `mlp` and `conv` are made of, for the observations at hand.

use super::Detail;
use crate::approx::Shape;
use crate::invalid_value::{InvalidValue, require};

/// Convolutions, if there are any, and the linear maps behind them.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// The convolutions, which come first.
    pub convolutions: Option<Convolutional>,
    /// The linear maps, from the features or from the outputs of the last convolution.
    pub shape: Shape,
    /// Whether each layer but the last is normalised.
    pub layer_norm: bool,
    /// Whether each layer whose output has the shape of its input is added to it.
    pub residual: bool,
}

/// ε of a normalisation, which is added to the variance: PyTorch's.
pub const NORM_EPSILON: f64 = 1e-5;

/// A stack of convolutions.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolutional {
    /// Each with the image `[height, width, channels]` that reaches it.
    pub convolutions: Vec<(Window, [usize; 3])>,
    /// The image that the last one makes.
    pub image: [usize; 3],
}

/// How a convolution moves over an image, the same along both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Side of the square that an output sees.
    pub size: usize,
    /// From one square to the next.
    pub stride: usize,
    /// Zeros around the image.
    pub padding: usize,
}

impl Window {
    /// How many squares there are along a side; nothing if the side is shorter than one.
    pub fn count(self, side: usize) -> Option<usize> {
        Some((side + 2 * self.padding).checked_sub(self.size)? / self.stride + 1)
    }
}

impl Convolutional {
    /// Each convolution's window, channels and filters.
    pub fn layers(&self) -> impl Iterator<Item = (Window, usize, usize)> + '_ {
        let pairs = self.convolutions.iter().zip(self.outputs());
        pairs.map(|((window, from), to)| (*window, from[2], to[2]))
    }

    /// The image that each convolution makes.
    pub fn outputs(&self) -> impl Iterator<Item = [usize; 3]> + '_ {
        self.convolutions.iter().skip(1).map(|(_, image)| *image).chain([self.image])
    }
}

impl Architecture {
    /// Checks that normalisation and residual connections have an effect, where they are asked for.
    ///
    /// # Errors
    /// Under the key of the setting without effect.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let hidden = &self.shape.widths[1..self.shape.depth()];
        let images: Vec<[usize; 3]> = self.convolutions.iter().flat_map(Convolutional::outputs).collect();
        let has_layer = !hidden.is_empty() || !images.is_empty();
        require(!self.layer_norm || has_layer, "layer_norm", || {
            "has no layer to normalise: give `hidden` layers, or leave it out".to_owned()
        })?;
        let has_pair =
            hidden.windows(2).any(|pair| pair[0] == pair[1]) || images.windows(2).any(|pair| pair[0] == pair[1]);
        require(!self.residual || has_pair, "residual", || {
            "adds nothing, since no two layers in a row have one shape: give `hidden` layers of one width (or convolutions a \
             `padding` of half the kernel), or leave it out"
                .to_owned()
        })
    }

    /// The network in a few words, such as `10×5×1→8×3×16=384-128-3 layer_norm`.
    pub fn summary(&self, detail: Detail) -> String {
        let image = |[height, width, channels]: [usize; 3]| format!("{height}×{width}×{channels}");
        let convolutions = self.convolutions.iter().map(|stack| {
            let images = [stack.convolutions[0].1].into_iter().chain(stack.outputs()).map(image);
            images.collect::<Vec<_>>().join("→") + "="
        });
        let more = [(self.layer_norm, " layer_norm"), (self.residual, " residual")].into_iter();
        let more = more.filter(|(has, _)| *has).map(|(_, name)| name.to_owned());
        convolutions.chain([detail.widths(&self.shape)]).chain(more).collect()
    }

    /// How many weights and biases there are, gains and offsets of normalisations included.
    pub fn parameters(&self) -> usize {
        let layers = || self.convolutions.iter().flat_map(Convolutional::layers);
        let convolutions: usize =
            layers().map(|(window, channels, filters)| (window.size.pow(2) * channels + 1) * filters).sum();
        let hidden: usize = self.shape.widths[1..self.shape.depth()].iter().sum();
        let filters: usize = layers().map(|(.., filters)| filters).sum();
        let norms = if self.layer_norm { 2 * (hidden + filters) } else { 0 };
        convolutions + self.shape.parameters() + norms
    }
}
