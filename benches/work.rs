//! `work gradient-step|environment-step COUNT` does that much of it and nothing else: for tools that count instructions.

use std::hint::black_box;
use std::process::ExitCode;

use tilde::device::Backend;
use tilde_benches::agent;
use tilde_envs::{Rng, find};

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn gradient_steps(count: usize) {
    let mut agent = agent(&[120, 84], 128, Backend::default());
    (0..count).for_each(|_| {
        black_box(agent.gradient_step(2.5e-4));
    });
}

/// Of cart-pole, resets included, with actions that take turns.
fn environment_steps(count: usize) {
    let mut env = (find("cart-pole").expect("it is listed").default)().build().expect("defaults are valid");
    let (mut rng, mut observation) = (Rng::from_seed(0), [0.0; 4]);
    env.reset(&mut rng, &mut observation);
    for step in 0..count {
        if black_box(env.step(step % 2, &mut rng, &mut observation)).ending.is_over() {
            env.reset(&mut rng, &mut observation);
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = arguments.get(1).and_then(|count| count.parse().ok());
    match (arguments.first().map(String::as_str), count) {
        (Some("gradient-step"), Some(count)) => gradient_steps(count),
        (Some("environment-step"), Some(count)) => environment_steps(count),
        _ => {
            eprintln!("usage: work gradient-step|environment-step COUNT");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
