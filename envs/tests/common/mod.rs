//! The program of `examples/corridor_program.rs`, which serves an environment.

use std::path::PathBuf;

use tilde_envs::ProgramConfig;

/// Its path: cargo builds it with the tests.
pub fn corridor_program() -> String {
    let test = std::env::current_exe().expect("a test knows its file"); // target/release/deps/NAME-…
    let folder: PathBuf = test.ancestors().skip(2).take(1).collect();
    let program = folder.join("examples/corridor_program");
    assert!(
        program.is_file(),
        "build the program first: cargo build --release -p tilde-envs --example corridor_program"
    );
    program.display().to_string()
}

/// Its environment, with a fault of that program or `none`.
pub fn corridor(fault: &str) -> ProgramConfig {
    let settings = [("fault".to_owned(), fault.into())].into_iter().collect();
    ProgramConfig { command: vec![corridor_program()], settings, timeout: 1.0, reward_threshold: None }
}
