//! The `tilde` command.

use std::process::ExitCode;

/// Tensors come and go with every operation: mimalloc hands the same memory out again where the system's allocator
/// returns large blocks to the kernel and faults them in anew.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tilde::cli::main()
}
