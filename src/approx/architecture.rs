//! What an approximator's network is made of, for the observations at hand.

use super::Shape;
use crate::invalid_value::{InvalidValue, require};

/// Convolutions, if there are any, and the linear maps behind them.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// What comes first.
    pub convolutions: Option<Convolutional>,
    /// The linear maps, from the features, or from what the convolutions make of them.
    pub shape: Shape,
    /// Whether each layer but the last is normalised.
    pub layer_norm: bool,
    /// Whether layers are added to what they come from.
    pub residual: bool,
}

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
    /// Checks that layers are normalised, or added to what they come from, if that is asked for.
    ///
    /// # Errors
    /// Under the key of the setting without effect.
    pub(super) fn check_tricks(&self) -> Result<(), InvalidValue> {
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
