//! The `tilde` command.

use std::process::ExitCode;

/// Every tensor operation allocates and frees memory. mimalloc keeps freed blocks; the system's allocator returns large ones to
/// the kernel, and page faults bring them back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tilde::App::new().main()
}
