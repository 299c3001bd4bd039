//! Where tensors live. The device is always named: burn's own default would depend on which features were built in.

#[cfg(any(test, feature = "cuda", feature = "wgpu"))]
mod trial;

#[cfg(any(feature = "cuda", feature = "wgpu"))]
use std::sync::OnceLock;

use burn::tensor::Device;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid_value::InvalidValue;

/// The device of an experiment, by the name a config file gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceName {
    /// burn-flex: pure Rust on the CPU, the quickest for small networks.
    #[default]
    Flex,
    /// burn-ndarray: the older pure Rust backend for the CPU.
    Ndarray,
    /// An NVIDIA GPU, where the binary was built with `--features cuda`.
    Cuda,
    /// Any GPU that wgpu reaches, where the binary was built with `--features wgpu`.
    Wgpu,
}

impl DeviceName {
    /// Every name, in the order in which messages list them.
    pub const ALL: [DeviceName; 4] = [DeviceName::Flex, DeviceName::Ndarray, DeviceName::Cuda, DeviceName::Wgpu];

    /// The name as a config file writes it.
    pub fn name(self) -> &'static str {
        match self {
            DeviceName::Flex => "flex",
            DeviceName::Ndarray => "ndarray",
            DeviceName::Cuda => "cuda",
            DeviceName::Wgpu => "wgpu",
        }
    }

    /// The device itself, without automatic differentiation.
    ///
    /// # Errors
    /// If this binary was built without it, or this machine does not have it; the message names the remedy.
    pub fn open(self) -> Result<Device, InvalidValue> {
        match self {
            DeviceName::Flex => Ok(Device::flex()),
            // Deprecated upstream in favour of flex; supported here as long as burn ships it.
            #[allow(deprecated)]
            DeviceName::Ndarray => Ok(Device::ndarray()),
            #[cfg(feature = "cuda")]
            DeviceName::Cuda => {
                static OPENED: OnceLock<Result<Device, InvalidValue>> = OnceLock::new();
                OPENED.get_or_init(|| trial::tried(self, || Device::cuda(0))).clone()
            }
            #[cfg(feature = "wgpu")]
            DeviceName::Wgpu => {
                static OPENED: OnceLock<Result<Device, InvalidValue>> = OnceLock::new();
                OPENED
                    .get_or_init(|| trial::tried(self, || Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)))
                    .clone()
            }
            #[allow(unreachable_patterns)] // with every feature built in, nothing is missing
            missing => Err(InvalidValue::new(
                "device",
                format!(
                    "this binary was built without `{name}`: build one that has it with `cargo build --release --features \
                     {name}`, or use \"flex\"",
                    name = missing.name()
                ),
            )),
        }
    }
}

/// What computes outputs and gradients of an approximator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EngineName {
    /// Loops over slices for multilayer perceptrons on the device `flex`, burn for any other network and on any other device.
    #[default]
    Auto,
    /// burn and its automatic differentiation everywhere.
    #[serde(alias = "autodiff")]
    Burn,
}

/// Where and how approximators are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backend {
    /// Where tensors live.
    pub device: DeviceName,
    /// What computes.
    pub engine: EngineName,
}

impl Backend {
    /// Whether loops over slices may compute, and not burn.
    pub fn allows_host(self) -> bool {
        self.device == DeviceName::Flex && self.engine == EngineName::Auto
    }
}

impl std::str::FromStr for DeviceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = DeviceName::ALL.into_iter().find(|device| device.name() == text);
        found.ok_or_else(|| format!("unknown device `{text}`, expected one of flex, ndarray, cuda, wgpu"))
    }
}
