//! Steps per second of an environment of Gymnasium through its process, with random actions: for `benches/peers/bridge.py`.
//!
//! ```text
//! bridge_speed PYTHON ID IMPORT ENVS STEPS
//! ```

use std::error::Error;
use std::time::Instant;

use rand::RngExt;
use tilde_envs::{Environment, GymnasiumConfig, Rng};

fn main() -> Result<(), Box<dyn Error>> {
    let [python, id, import, count, steps] =
        <[String; 5]>::try_from(std::env::args().skip(1).collect::<Vec<_>>()).map_err(|_| "five arguments")?;
    let config = GymnasiumConfig { python, ..GymnasiumConfig::of_id(&id) };
    let config = if import.is_empty() { config } else { config.importing(&import) };
    let (count, steps): (usize, usize) = (count.parse()?, steps.parse()?);
    let mut envs = config.build_all(count)?;
    let (length, choices) = (envs[0].observation_space().len(), envs[0].actions());
    let mut rngs: Vec<Rng> = (0..count as u64).map(Rng::from_seed).collect();
    let (mut choice, mut observations, mut actions) = (Rng::from_seed(9), vec![0.0; count * length], vec![0; count]);
    for ((env, rng), row) in envs.iter_mut().zip(&mut rngs).zip(observations.chunks_exact_mut(length)) {
        env.reset(rng, row);
    }
    let clock = Instant::now();
    for _ in 0..steps / count {
        actions.fill_with(|| choice.random_range(0..choices));
        for ((env, rng), &action) in envs.iter_mut().zip(&rngs).zip(&actions) {
            env.announce(action, rng);
        }
        let slots = envs.iter_mut().zip(&mut rngs).zip(&actions).zip(observations.chunks_exact_mut(length));
        for (((env, rng), &action), row) in slots {
            if env.step(action, rng, row).ending.is_over() {
                env.reset(rng, row);
            }
        }
    }
    println!("{:.0}", steps as f64 / clock.elapsed().as_secs_f64());
    Ok(())
}
