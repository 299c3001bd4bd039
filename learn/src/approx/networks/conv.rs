//! `conv`: convolutions before the hidden layers.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{Architecture, Convolutional, Detail, NetworkSettings, NetworkSetup, Uses, Window};
use crate::approx::burn::{ConvNet, module_function};
use crate::approx::{Counts, Function, FunctionSetup, Shape};
use crate::invalid_value::{InvalidValue, all, require};
use crate::registry::Part;
use crate::rng::Rng;

/// Settings of the convolutional network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConvConfig {
    /// Filters of each convolution.
    #[schemars(length(min = 1, max = 100), inner(range(min = 1, max = 4_096)))]
    pub filters: Vec<usize>,
    /// Side of the square that a filter sees: one number for all convolutions, or one for each.
    #[schemars(schema_with = "from_one")]
    pub kernel_size: Counts,
    /// From one square to the next.
    #[schemars(schema_with = "from_one")]
    pub stride: Counts,
    /// Rows and columns of zeros around the image.
    #[schemars(schema_with = "from_zero")]
    pub padding: Counts,
    /// Whether each convolution is normalised over its filters at each place, and each hidden layer over its units,
    /// before the nonlinearity (Ba et al. 2016).
    pub layer_norm: bool,
    /// Whether each convolution and hidden layer whose output has the shape of its input is added to it (He et al.
    /// 2016). For convolutions, this takes a stride of 1 and a padding of half the kernel.
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

impl Part for ConvConfig {
    const ID: &'static str = "conv";
    const SUMMARY: &'static str =
        "convolutions before the hidden layers, for observations with a shape [height, width, channels]";
}

/// More than any image has.
const MAX_SIZE: usize = 4_096;

fn from_one(_: &mut SchemaGenerator) -> Schema {
    Counts::schema(1, MAX_SIZE)
}

fn from_zero(_: &mut SchemaGenerator) -> Schema {
    Counts::schema(0, MAX_SIZE)
}

/// Numbers that a convolution may make of one observation: a batch of 32 then takes half a gigabyte.
const MAX_OUTPUTS: usize = 1 << 22;

/// Convolutions of one network.
const MAX_CONVOLUTIONS: usize = 100;

impl ConvConfig {
    /// The convolutions over observations of this shape.
    ///
    /// # Errors
    /// If a setting is out of range, or the observations are no image that is large enough.
    fn convolutions(&self, shape: &[usize]) -> Result<Convolutional, InvalidValue> {
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

    /// The convolutions, and the hidden layers behind them.
    ///
    /// # Errors
    /// If the convolutions do not fit the observations.
    fn architecture(&self, setup: &NetworkSetup) -> Result<Architecture, InvalidValue> {
        let convolutions = self.convolutions(&setup.space.shape())?;
        let mut shape = Shape { output_bias: true, ..setup.shape() };
        shape.widths[0] = convolutions.image.iter().product();
        let (layer_norm, residual) = (self.layer_norm, self.residual);
        Ok(Architecture { convolutions: Some(convolutions), shape, layer_norm, residual })
    }

    fn checked_architecture(&self, setup: &NetworkSetup) -> Architecture {
        self.architecture(setup).expect("checked convolutions fit the observations")
    }
}

impl NetworkSettings for ConvConfig {
    fn uses(&self) -> Uses {
        Uses::ALL
    }

    fn check(&self, setup: &NetworkSetup) -> Result<(), InvalidValue> {
        let architecture = self.architecture(setup)?;
        require(setup.observation_shape().is_some(), "", || {
            format!(
                "sees the observation itself, not the features `{}`: leave `features` out, or set \"identity\" or \"scaled\"",
                setup.feature_config.id()
            )
        })?;
        architecture.check()
    }

    fn parameters(&self, setup: &NetworkSetup) -> usize {
        self.checked_architecture(setup).parameters()
    }

    fn summary(&self, setup: &NetworkSetup, detail: Detail) -> String {
        self.checked_architecture(setup).summary(detail)
    }

    fn known_architecture(&self, setup: &NetworkSetup) -> Option<Architecture> {
        Some(self.checked_architecture(setup))
    }

    /// MinAtar's layer (Young & Tian 2019).
    fn default_hidden(&self) -> Option<&'static [usize]> {
        Some(&[128])
    }

    fn build(&self, network: &NetworkSetup, function: &FunctionSetup, rng: &mut Rng) -> Box<dyn Function> {
        let architecture = self.checked_architecture(network);
        let make = |device: &_| ConvNet::zeros(&architecture, device);
        Box::new(module_function(make, network, function, rng))
    }
}
