//! The network slot: what lies between features and outputs.

use schemars::JsonSchema;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use super::Counts;
use super::architecture::{Convolutional, Window};
use super::name_or_table::{self, NameOrTable};
use crate::invalid_value::{InvalidValue, all, require};

/// The choice of a network: a name, such as `"conv"`, or a table with one key, such as `{ conv = { filters = [32, 64] } }`. A
/// name alone stands for its table without settings.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(deny_unknown_fields, transform = name_or_table::add_names)]
pub enum NetworkConfig {
    /// A multilayer perceptron: the hidden layers alone.
    Mlp(MlpConfig),
    /// Convolutions before the hidden layers, for observations with a shape [height, width, channels].
    Conv(ConvConfig),
}

/// Settings of the multilayer perceptron.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MlpConfig {
    /// Whether each hidden layer is normalised over its units, before the nonlinearity (Ba et al. 2016).
    pub layer_norm: bool,
    /// Whether each hidden layer that is as wide as the one before is added to it (He et al. 2016): with 10 layers and more, the
    /// gradient needs such a way to get through.
    pub residual: bool,
}

/// Settings of the convolutional network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConvConfig {
    /// Filters of each convolution.
    pub filters: Vec<usize>,
    /// Side of the square that a filter sees: one number for all convolutions, or one for each.
    pub kernel_size: Counts,
    /// From one square to the next.
    pub stride: Counts,
    /// Rows and columns of zeros around the image.
    pub padding: Counts,
    /// Whether each convolution is normalised over its filters at each place, and each hidden layer over its units, before the
    /// nonlinearity (Ba et al. 2016).
    pub layer_norm: bool,
    /// Whether each convolution and hidden layer whose output has the shape of its input is added to it (He et al. 2016). Of
    /// convolutions that wants a stride of 1 and a padding of half the kernel.
    pub residual: bool,
}

impl Default for ConvConfig {
    /// MinAtar's (Young & Tian 2019).
    fn default() -> Self {
        ConvConfig {
            filters: vec![16],
            kernel_size: Counts::All(3),
            stride: Counts::All(1),
            padding: Counts::All(0),
            layer_norm: false,
            residual: false,
        }
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        NetworkConfig::Mlp(MlpConfig::default())
    }
}

/// More than any image has.
const MAX_SIZE: usize = 4_096;

/// Numbers that a convolution may make of one observation: a batch of 32 then takes half a gigabyte.
const MAX_OUTPUTS: usize = 1 << 22;

/// Convolutions of one network.
const MAX_CONVOLUTIONS: usize = 100;

impl NetworkConfig {
    /// The network's name in a config file.
    pub fn name(&self) -> &'static str {
        match self {
            NetworkConfig::Mlp(_) => "mlp",
            NetworkConfig::Conv(_) => "conv",
        }
    }

    /// Whether it is a chain of hidden layers and nothing else, which the loops on the processor compute.
    pub fn is_plain(&self) -> bool {
        *self == NetworkConfig::default()
    }

    /// Whether layers are normalised, and whether they are added to what they come from.
    pub fn tricks(&self) -> (bool, bool) {
        match self {
            NetworkConfig::Mlp(config) => (config.layer_norm, config.residual),
            NetworkConfig::Conv(config) => (config.layer_norm, config.residual),
        }
    }

    /// The convolutions over observations of this shape, where there are any.
    ///
    /// # Errors
    /// If a setting is out of range, or the observations are no image that is large enough.
    pub(super) fn convolutions(&self, shape: &[usize]) -> Result<Option<Convolutional>, InvalidValue> {
        match self {
            NetworkConfig::Mlp(_) => Ok(None),
            NetworkConfig::Conv(config) => config.fit(shape).map(Some).map_err(|e| e.within("conv")),
        }
    }
}

impl ConvConfig {
    fn fit(&self, shape: &[usize]) -> Result<Convolutional, InvalidValue> {
        let layers = self.filters.len();
        require((1..=MAX_CONVOLUTIONS).contains(&layers), "filters", || {
            format!("needs one number for each convolution, 1 to {MAX_CONVOLUTIONS} of them, not {layers}")
        })?;
        all(self.filters.iter().enumerate().map(|(index, &filters)| {
            require((1..=MAX_SIZE).contains(&filters), &format!("filters.{index}"), || {
                format!("a convolution has 1 to {MAX_SIZE} filters, not {filters}")
            })
        }))?;
        let sizes = self.kernel_size.of_layers(layers, "kernel_size", (1, MAX_SIZE))?;
        let strides = self.stride.of_layers(layers, "stride", (1, MAX_SIZE))?;
        let paddings = self.padding.of_layers(layers, "padding", (0, MAX_SIZE))?;
        let &[height, width, channels] = shape else {
            return Err(InvalidValue::new(
                "",
                format!(
                    "is for observations with a shape [height, width, channels], not {shape:?}: use `mlp`, or an environment \
                     with such observations (`tilde envs`)"
                ),
            ));
        };
        let mut image = [height, width, channels];
        let mut convolutions = Vec::new();
        for (index, &filters) in self.filters.iter().enumerate() {
            let window = Window { size: sizes[index], stride: strides[index], padding: paddings[index] };
            let sides = window.count(image[0]).zip(window.count(image[1]));
            let (high, wide) = sides.ok_or_else(|| {
                let [height, width, _] = image;
                let message = format!(
                    "convolution {index} sees squares of {size} × {size}, but what reaches it has {height} × {width}: lower it, \
                     or raise `padding`",
                    size = window.size
                );
                InvalidValue::new("kernel_size", message)
            })?;
            convolutions.push((window, image));
            image = [high, wide, filters];
            let outputs = high.saturating_mul(wide).saturating_mul(filters);
            require(outputs <= MAX_OUTPUTS, "filters", || {
                format!(
                    "convolution {index} makes {outputs} numbers of an observation, more than {MAX_OUTPUTS}: lower it, or raise \
                     `stride`"
                )
            })?;
        }
        Ok(Convolutional { convolutions, image })
    }
}

/// The table form, which serde derives; the name form is turned into it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, remote = "NetworkConfig")]
enum Tagged {
    Mlp(MlpConfig),
    Conv(ConvConfig),
}

impl NameOrTable for NetworkConfig {
    const EXPECTED: &'static str = "the name of a network, or a table with that one key";

    fn from_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tagged::deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for NetworkConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        name_or_table::deserialize(deserializer)
    }
}
