//! `work KIND COUNT` does that many steps of a kind and nothing else, and prints the microseconds that each took: for
//! tools that count instructions, and for a look. The kinds are `[burn-]gradient-step`, `[burn-]wide-step`,
//! `burn-conv-step`, `environment-step`, `random-steps/ENVIRONMENT` for every environment, and the names of [`ONLINE_CASES`], such
//! as `cart-pole/tiles`.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use rand::RngExt;
use tilde::device::{Backend, DeviceName, EngineName};
use tilde_benches::{Case, ONLINE_CASES, OnlineRun};
use tilde_envs::{CartPoleConfig, EnvConfig, Rng, environments};

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// burn on the processor.
const BURN: Backend = Backend { device: DeviceName::Flex, engine: EngineName::Burn };

fn gradient_steps(case: &Case, batch: usize, backend: Backend, count: usize) {
    let mut agent = case.agent(batch, backend);
    let start = Instant::now();
    (0..count).for_each(|_| {
        black_box(agent.gradient_step(1));
    });
    println!("{:.2}", start.elapsed().as_secs_f64() * 1e6 / count as f64);
}

/// Of cart-pole, resets included, with actions that take turns.
fn environment_steps(count: usize) {
    let mut env = EnvConfig::from(CartPoleConfig::default()).build().expect("defaults are valid");
    let (mut rng, mut observation) = (Rng::from_seed(0), [0.0; 4]);
    env.reset(&mut rng, &mut observation);
    for step in 0..count {
        if black_box(env.step(step % 2, &mut rng, &mut observation)).ending.is_over() {
            env.reset(&mut rng, &mut observation);
        }
    }
}

/// Of an environment by its name, resets included, with random actions that are drawn beforehand.
fn random_steps(name: &str, count: usize) -> Result<(), String> {
    let entry = environments().find(name).ok_or_else(|| format!("there is no environment `{name}`"))?;
    let config = entry.default().map_err(|error| error.to_string())?;
    let mut env = black_box(config.build().map_err(|error| error.to_string())?);
    let mut rng = Rng::from_seed(0);
    let mut observation = vec![0.0; env.observation_space().len()];
    let actions: Vec<usize> = (0..1 << 14).map(|_| rng.random_range(0..env.actions())).collect();
    let start = Instant::now();
    env.reset(&mut rng, &mut observation);
    for &action in actions.iter().cycle().take(count) {
        if black_box(env.step(action, &mut rng, &mut observation)).ending.is_over() {
            env.reset(&mut rng, &mut observation);
        }
    }
    println!("{:.5}", start.elapsed().as_secs_f64() * 1e6 / count as f64);
    Ok(())
}

/// Online steps of one of [`ONLINE_CASES`].
fn online_steps(case: &str, count: usize) {
    let mut run = OnlineRun::new(case);
    let start = Instant::now();
    run.steps(count as u64);
    println!("{:.3}", start.elapsed().as_secs_f64() * 1e6 / count as f64);
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = arguments.get(1).and_then(|count| count.parse().ok());
    match (arguments.first().map(String::as_str), count) {
        (Some("gradient-step"), Some(count)) => {
            gradient_steps(&Case::mlp(4, &[120, 84], 2), 128, Backend::default(), count)
        }
        (Some("wide-step"), Some(count)) => {
            gradient_steps(&Case::mlp(4, &[256, 256], 2), 128, Backend::default(), count)
        }
        (Some("burn-gradient-step"), Some(count)) => gradient_steps(&Case::mlp(4, &[120, 84], 2), 128, BURN, count),
        (Some("burn-wide-step"), Some(count)) => gradient_steps(&Case::mlp(4, &[256, 256], 2), 128, BURN, count),
        (Some("burn-conv-step"), Some(count)) => gradient_steps(&Case::conv(), 32, BURN, count),
        (Some("environment-step"), Some(count)) => environment_steps(count),
        (Some(case), Some(count)) if ONLINE_CASES.iter().any(|(name, ..)| *name == case) => online_steps(case, count),
        (Some(kind), Some(count)) if kind.starts_with("random-steps/") => {
            if let Err(error) = random_steps(&kind["random-steps/".len()..], count) {
                eprintln!("{error}");
                return ExitCode::from(2);
            }
        }
        _ => {
            let online = ONLINE_CASES.map(|(name, ..)| name).join("|");
            eprintln!(
                "usage: work [burn-]gradient-step|[burn-]wide-step|burn-conv-step|environment-step|\
                 random-steps/ENVIRONMENT|{online} COUNT"
            );
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
