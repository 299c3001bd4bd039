//! Whether a device works. burn panics at the first use of a missing device, so it is tried before a run begins.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use burn::tensor::{Device, Tensor};

use super::DeviceName;
use crate::invalid_value::InvalidValue;

/// The device that `make` returns, after a first computation on it. burn opens a GPU with the first operation and panics if that fails.
///
/// # Errors
/// If the device does not work; the message says what it needs.
pub fn tried(name: DeviceName, make: impl FnOnce() -> Device) -> Result<Device, InvalidValue> {
    let computed = without_panic(|| {
        let device = make();
        let sum = Tensor::<1>::from_floats([1.0, 2.0], &device).sum().into_scalar::<f32>();
        assert!(sum == 3.0, "1 + 2 is {sum} on this device");
        device
    });
    computed.map_err(|reason| {
        let needs = match name {
            DeviceName::Cuda => "it needs an NVIDIA GPU that `nvidia-smi` lists, and the CUDA toolkit",
            DeviceName::Wgpu => {
                "it needs a GPU with a driver for Vulkan, Metal or DirectX 12, or on Linux Mesa's software Vulkan (Debian's \
                 package mesa-vulkan-drivers), which is slow"
            }
            DeviceName::Flex | DeviceName::Ndarray => "it needs nothing but the CPU, so this is a bug",
        };
        let name = name.name();
        InvalidValue::new("device", format!("\"{name}\" does not work on this machine: {needs}; or use \"flex\" ({reason})"))
    })
}

/// What `work` returns, or the message of the first panic during it, in one line. Panics are not printed. The first one has the cause:
/// a thread of the device panics, and then the caller, because that thread is gone.
fn without_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    /// The panic hook belongs to the process. Two threads that replace it at the same time could not restore the original one.
    static HOOK: Mutex<()> = Mutex::new(());
    let _guard = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let first = Arc::new(OnceLock::new());
    let (usual, heard) = (take_hook(), first.clone());
    set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        heard.get_or_init(|| message.split_whitespace().collect::<Vec<_>>().join(" "));
    }));
    let result = catch_unwind(AssertUnwindSafe(work));
    set_hook(usual);
    result.map_err(|_| first.get().cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absent() -> Device {
        let runner = std::thread::spawn(|| panic!("no adapter\n  was found"));
        runner.join().expect("the device's thread answers");
        Device::flex()
    }

    /// One test for all, because the panic hook belongs to the process.
    #[test]
    fn a_device_that_panics_becomes_an_error_and_later_panics_are_printed() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (usual, list) = (take_hook(), heard.clone());
        set_hook(Box::new(move |panic| {
            list.lock().unwrap().push(panic.payload_as_str().unwrap_or_default().to_owned())
        }));
        let errors = [DeviceName::Cuda, DeviceName::Wgpu].map(|name| tried(name, absent));
        let works = tried(DeviceName::Flex, Device::flex);
        let later = catch_unwind(|| panic!("after the trials"));
        set_hook(usual);

        for (error, remedy) in errors.into_iter().zip(["nvidia-smi", "mesa-vulkan-drivers"]) {
            let error = error.unwrap_err();
            assert_eq!(error.key, "device");
            for part in [remedy, "\"flex\"", "(no adapter was found)"] {
                assert!(error.message.contains(part), "{part} in {error}");
            }
        }
        assert_eq!(works, Ok(Device::flex()));
        let heard = heard.lock().unwrap();
        assert!(later.is_err() && heard.iter().any(|message| message == "after the trials"), "{heard:?}");
        assert!(!heard.iter().any(|message| message.contains("adapter")), "{heard:?}");
    }
}
