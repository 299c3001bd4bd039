//! `tilde rollout`: steps an environment, to compare it with other implementations.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use rand::RngExt;
use serde::Serialize;
use tilde_envs::{Ending, Env};

use super::{Failure, envs, printed};
use crate::config::with_settings;
use crate::rng::{Rng, Stream, env_stream, stream};

/// Drive an environment and print each step as a line of JSON
#[derive(clap::Args)]
pub struct Args {
    /// The environment: an id that `tilde envs` lists
    env: String,

    /// Seed of the environment; for cart-pole the one of Gymnasium's reset(seed=…)
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// The actions: `random`, or a file with one action per line
    #[arg(long, value_name = "FILE|random", default_value = "random")]
    actions: String,

    /// How many actions to take [default: all of the file, or 100 random ones]
    #[arg(long, value_name = "N")]
    steps: Option<u64>,

    /// Set one value of the environment's config, such as map=8x8; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// One line of the output: the result of a reset or of a step.
#[derive(Serialize)]
struct Line {
    step: u64,
    /// Each `f32` as the `f64` of the same value, with all digits, as Python prints `observation.tolist()`.
    observation: Vec<f64>,
    reward: Option<f64>,
    terminated: bool,
    truncated: bool,
}

/// The number of random actions, if `--steps` is not given.
const DEFAULT_STEPS: u64 = 100;

/// Prints the rollout.
pub fn rollout(args: &Args) -> Result<(), Failure> {
    let config = with_settings(envs::known(&args.env)?, &args.set).map_err(Failure::Usage)?;
    let env = config.build().map_err(|error| Failure::Usage(format!("--set {error}")))?;
    let actions = Actions::new(args, env.actions())?;
    let mut out = BufWriter::new(io::stdout().lock());
    printed(drive(env, args.seed, actions, &mut out).and_then(|()| out.flush()))
}

fn drive(mut env: Box<dyn Env>, seed: u64, actions: Actions, out: &mut dyn Write) -> io::Result<()> {
    let mut rng = env_stream(seed, 0);
    let mut observation = vec![0.0; env.observation_space().len()];
    let mut print = |step: u64, observation: &[f32], reward: Option<f32>, ending: Ending| {
        let (terminated, truncated) = (ending == Ending::Terminated, ending == Ending::Truncated);
        let observation = observation.iter().copied().map(f64::from).collect();
        let line = Line { step, observation, reward: reward.map(f64::from), terminated, truncated };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    };
    env.reset(&mut rng, &mut observation);
    print(0, &observation, None, Ending::Continues)?;
    for (action, step) in actions.zip(1..) {
        let outcome = env.step(action, &mut rng, &mut observation);
        print(step, &observation, Some(outcome.reward), outcome.ending)?;
        if outcome.ending.is_over() {
            env.reset(&mut rng, &mut observation);
            print(step, &observation, None, Ending::Continues)?;
        }
    }
    Ok(())
}

/// The actions to take, one after another.
enum Actions {
    Random { rng: Rng, count: usize, left: u64 },
    Listed(std::vec::IntoIter<usize>),
}

impl Actions {
    fn new(args: &Args, count: usize) -> Result<Actions, Failure> {
        if args.actions == "random" {
            let rng = stream(args.seed, Stream::Rollout);
            return Ok(Actions::Random { rng, count, left: args.steps.unwrap_or(DEFAULT_STEPS) });
        }
        let mut listed = read_actions(Path::new(&args.actions), count).map_err(Failure::Usage)?;
        if let Some(steps) = args.steps {
            if steps > listed.len() as u64 {
                let found = listed.len();
                return Err(Failure::Usage(format!(
                    "{}: has {found} actions, but --steps asks for {steps}",
                    args.actions
                )));
            }
            listed.truncate(usize::try_from(steps).unwrap_or(usize::MAX));
        }
        Ok(Actions::Listed(listed.into_iter()))
    }
}

impl Iterator for Actions {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        match self {
            Actions::Listed(actions) => actions.next(),
            Actions::Random { rng, count, left } => {
                *left = left.checked_sub(1)?;
                Some(rng.random_range(0..*count))
            }
        }
    }
}

/// Reads one action per line, each below `count`.
fn read_actions(path: &Path, count: usize) -> Result<Vec<usize>, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: cannot be read: {error}"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let action = line.trim().parse::<usize>().ok().filter(|&action| action < count);
            action
                .ok_or_else(|| format!("{shown}:{}: `{line}` is not an action: they are 0 to {}", index + 1, count - 1))
        })
        .collect()
}
