//! The device of tensors. It is always named: burn's default depends on the features of the build.

#[cfg(any(test, feature = "cuda", feature = "wgpu"))]
mod trial;

use std::cell::Cell;
#[cfg(any(feature = "cuda", feature = "wgpu"))]
use std::sync::OnceLock;

use burn::tensor::Device;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid_value::InvalidValue;
use crate::registry::accept_old_name;

/// The device of an experiment, by its name in a config file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceName {
    /// burn-flex: pure Rust on the CPU, the fastest for small networks.
    #[default]
    Flex,
    /// burn-ndarray: the older pure Rust backend for the CPU.
    Ndarray,
    /// An NVIDIA GPU; needs a binary built with `--features cuda`.
    Cuda,
    /// Any GPU that wgpu supports; needs a binary built with `--features wgpu`.
    Wgpu,
}

impl DeviceName {
    /// All devices, in the order of messages.
    pub const ALL: [DeviceName; 4] = [DeviceName::Flex, DeviceName::Ndarray, DeviceName::Cuda, DeviceName::Wgpu];

    /// The name in a config file.
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
    /// If this binary was built without the device, or this machine does not have it. The message names the remedy.
    pub fn open(self) -> Result<Device, InvalidValue> {
        match self {
            DeviceName::Flex => Ok(Device::flex()),
            // Deprecated in burn in favour of flex; supported here as long as burn has it.
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
            #[allow(unreachable_patterns)] // no device is missing if all features are enabled
            missing => missing.check_built_in().map(|()| unreachable!("a device of this binary has a line above")),
        }
    }

    /// Checks that runs can use the device: here, or within [`for_another_machine`] in this binary elsewhere.
    ///
    /// # Errors
    /// Those of [`DeviceName::open`], as far as they are known.
    pub fn check(self) -> Result<(), InvalidValue> {
        if ELSEWHERE.get() { self.check_built_in() } else { self.open().map(|_| ()) }
    }

    fn check_built_in(self) -> Result<(), InvalidValue> {
        let is_built_in = match self {
            DeviceName::Flex | DeviceName::Ndarray => true,
            DeviceName::Cuda => cfg!(feature = "cuda"),
            DeviceName::Wgpu => cfg!(feature = "wgpu"),
        };
        if is_built_in {
            return Ok(());
        }
        let message = format!(
            "this binary was built without `{name}`: build one with `cargo build --release --features {name}`, or use \"flex\"",
            name = self.name()
        );
        Err(InvalidValue::new("device", message))
    }
}

thread_local! {
    /// Whether what this thread checks will run on another machine.
    static ELSEWHERE: Cell<bool> = const { Cell::new(false) };
}

/// Does some work of this thread for another machine: devices that are checked meanwhile are not opened, since this machine may lack
/// them, as the login node of a cluster lacks the GPU. The other machine opens them before its first run.
pub fn for_another_machine<T>(work: impl FnOnce() -> T) -> T {
    /// Goes back to what was before, also if the work panics.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            ELSEWHERE.set(self.0);
        }
    }
    let _before = Before(ELSEWHERE.replace(true));
    work()
}

/// What computes the outputs and gradients of an approximator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(transform = with_old_name)]
pub enum EngineName {
    /// Hand-written loops for multilayer perceptrons on the device `flex`; burn for other networks and on other devices.
    #[default]
    Auto,
    /// burn with its automatic differentiation for all of them.
    #[serde(alias = "autodiff")]
    Burn,
}

fn with_old_name(schema: &mut schemars::Schema) {
    accept_old_name(schema, "autodiff", "burn");
}

/// Where and how approximators are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backend {
    /// The device of tensors.
    pub device: DeviceName,
    /// What computes the approximators.
    pub engine: EngineName,
}

impl Backend {
    /// Whether hand-written loops may compute instead of burn.
    pub fn allows_host(self) -> bool {
        self.device == DeviceName::Flex && self.engine == EngineName::Auto
    }
}

impl std::str::FromStr for DeviceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = DeviceName::ALL.into_iter().find(|device| device.name() == text);
        let cpu = if text == "cpu" { ": the processor is `flex`" } else { "" };
        found.ok_or_else(|| format!("unknown device `{text}`, expected one of flex, ndarray, cuda, wgpu{cpu}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_for_another_machine_is_not_opened_but_has_to_be_built_in() {
        for device in DeviceName::ALL {
            let elsewhere = for_another_machine(|| device.check());
            assert_eq!(elsewhere, device.check_built_in(), "{device:?}");
            let is_missing = device.check().is_err_and(|error| error.to_string().contains("built without"));
            assert_eq!(elsewhere.is_err(), is_missing, "{device:?}");
        }
        assert!(!ELSEWHERE.get(), "it lasts as long as the work");
    }
}
