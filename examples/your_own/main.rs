//! The `tilde` program with an environment, a feature map, a network and two algorithms of its own:
//!
//! ```sh
//! cargo run --release --example your_own -- train examples/your_own/your_own.toml
//! cargo run --release --example your_own -- envs windy-ridge
//! ```
//!
//! A crate of your own is the same: these files, and `tilde-rl`, `serde` and `schemars` among its dependencies.

mod algorithm;
mod double_q;
mod environment;
mod features;
mod network;

use std::process::ExitCode;

fn main() -> ExitCode {
    tilde::App::new()
        .environment::<environment::WindyRidge>()
        .features::<features::HatsConfig>()
        .network::<network::DuelingConfig>()
        .algorithm::<algorithm::Mellowmax>()
        .algorithm::<double_q::DoubleQ>()
        .main()
}
