//! Plays one episode with what a run has learned. `cargo run --release -- train configs/smoke.toml` trains one, and
//! `cargo run --release --example act -- runs/smoke/default/seed-0` plays.

use std::error::Error;

use tilde::Policy;
use tilde::envs::Rng;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of a run, such as runs/smoke/default/seed-0")?;
    let mut policy = Policy::load(folder)?;

    let (mut env, mut rng) = (policy.env(), Rng::from_seed(0));
    let mut observation = vec![0.0; env.observation_space().len()];
    env.reset(&mut rng, &mut observation);
    println!("values of the first observation: {:?}", policy.values(&observation));
    let (mut total, mut length) = (0.0, 0);
    loop {
        let step = env.step(policy.act(&observation), &mut rng, &mut observation);
        (total, length) = (total + step.reward, length + 1);
        if step.ending.is_over() {
            println!("return {total} in {length} steps, {:?}", step.ending);
            return Ok(());
        }
    }
}
