//! A checkpoint of any bytes under a good checksum is refused, or the run goes on from it.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use libfuzzer_sys::fuzz_target;
use tilde::config::{RunConfig, parse};
use tilde::results::checksum;
use tilde::run::{LiveProgress, train};

const CONFIG: &str = "name = 'fuzzed'\nseeds = [0]\n[budget]\nsteps = 60\nevaluate_every = 30\nevaluation_episodes = 1\n\
    checkpoint_every = 20\n[env.gridworld]\ntime_limit = 9\n[approximator]\nfeatures = 'one_hot'\n[optimizer.adam]\n\
    learning_rate = 0.1\n[[variant]]\nname = 'replay'\n[variant.algorithm.dqn]\nbuffer_size = 20\nlearning_starts = 5\n\
    batch_size = 4\n[[variant]]\nname = 'trace'\n[variant.algorithm.td_prediction]\nlambda = 0.8\n[[variant]]\n\
    name = 'actor'\n[variant.algorithm.actor_critic]\nnum_envs = 2\n";

/// A folder in memory, where the system has one, and the variants.
static RUNS: LazyLock<(PathBuf, Vec<RunConfig>)> = LazyLock::new(|| {
    let place = if fs::metadata("/dev/shm").is_ok() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(place).expect("a folder").keep();
    (folder, parse(CONFIG, "fuzzed.toml", &[]).expect("a good config").variants())
});

/// The first byte is the variant, the others are the checkpoint's content behind its header.
fuzz_target!(|bytes: &[u8]| {
    let Some((choice, payload)) = bytes.split_first() else { return };
    let (folder, variants) = &*RUNS;
    let config = &variants[usize::from(*choice) % variants.len()];
    let run = folder.join("run");
    let _ = fs::remove_dir_all(&run);
    fs::create_dir_all(run.join("checkpoint")).expect("a folder");
    let header = [&b"tilde checkpoint"[..], &6_u32.to_le_bytes(), &checksum(payload).to_le_bytes()].concat();
    fs::write(run.join("checkpoint/state.bin"), [&header, payload].concat()).expect("a file");
    // Rows enough that no position is refused for the lack of them.
    for file in ["episodes.csv", "evaluations.csv", "updates.csv", "values.csv"] {
        fs::write(run.join(file), vec![b'\n'; 1 << 12]).expect("a file");
    }
    match train(config, 0, &run, true, None, &LiveProgress::default(), &AtomicBool::new(false)) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(summary) => assert!(!summary.outcome.to_string().starts_with("panicked"), "{}", summary.outcome),
    }
});
