//! Snapshots and an episode for tests.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tilde_envs::Ending;

use super::replay::{Episode, Wanted, play};
use super::run_data::RunData;
use super::snapshot::{Measure, ShownVariant, Snapshot};
use crate::config::parse;
use crate::results::{EXPERIMENT, EpisodeRow, RunStatus, Summary, UpdateRow};
use crate::run::train;

const NOW: Duration = Duration::from_secs(1_000_000);

/// Two variants of three seeds: finished, finished and diverged; running, stalled and waiting. Evaluations of seed s return s + 1
/// times 100 at step 0 and twice that at step 500.
pub fn snapshot() -> Snapshot {
    let now = SystemTime::UNIX_EPOCH + NOW;
    let run = |variant: usize, seed: u64, quiet: u64, steps: u64, outcome: Option<RunStatus>| {
        let mut run = RunData::new(variant, seed, 1_000, 1);
        let row = |step, episode, total| EpisodeRow { step, episode, total, length: 5, ending: Ending::Terminated };
        run.add_evaluation(&row(0, 1, 100.0 * (seed + 1) as f64));
        run.add_evaluation(&row(500, 1, 200.0 * (seed + 1) as f64));
        run.add_episode(&row(steps, 7, 3.0));
        for (step, loss) in [(100, 100.0), (500, 1.0)] {
            let (epsilon, q_mean) = (Some(0.05), Some(2.0));
            let row = UpdateRow {
                step,
                updates: step,
                loss,
                q_mean,
                grad_norm: 1.0,
                epsilon,
                learning_rate: 0.1,
                temperature: None,
            };
            run.add_update(&row);
        }
        run.modified = Some(now - Duration::from_secs(quiet));
        run.summary = outcome.map(|outcome| (summary(outcome, seed, steps), now));
        Arc::new(run)
    };
    let diverged = RunStatus::Diverged { step: 600, reason: "the loss is NaN".to_owned() };
    let running = Arc::new(RunData { steps_per_second: Some(100.0), ..(*run(1, 0, 1, 600, None)).clone() });
    let runs = vec![
        run(0, 0, 90, 1_000, Some(RunStatus::Finished)),
        run(0, 1, 90, 1_000, Some(RunStatus::Finished)),
        run(0, 2, 90, 600, Some(diverged)),
        running,
        run(1, 1, 34, 500, None),
        Arc::new(RunData::new(1, 2, 1_000, 1)),
    ];
    let variant = |name: &str| ShownVariant {
        name: name.to_owned(),
        environment: "cart_pole".to_owned(),
        algorithm: "dqn".to_owned(),
    };
    let folder = PathBuf::from("runs/small");
    Snapshot {
        name: "small".to_owned(),
        steps: 1_000,
        variants: vec![variant("shallow"), variant("deep")],
        run_folders: runs.iter().map(|run| folder.join(format!("{}/seed-{}", run.variant, run.seed))).collect(),
        runs,
        folder,
        measure: Measure::Evaluation,
        threshold: Some(475.0),
        worked_in: Some(false),
        reading: false,
        lost: None,
        taken: now,
    }
}

fn summary(outcome: RunStatus, seed: u64, steps: u64) -> Summary {
    Summary {
        variant: String::new(),
        seed,
        outcome,
        steps,
        episodes: 7,
        updates: 500,
        parameters: 9,
        training_return: None,
        final_evaluation: None,
        best_evaluation: None,
        distance: None,
    }
}

/// The text of an experiment with one run in this environment.
fn experiment(env: &str) -> String {
    format!(
        "name = 'x'\nseeds = [3]\n[budget]\nsteps = 2_000\n[env.{env}]\n[algorithm.q_learning]\n[approximator]\n\
         features = 'identity'\n[optimizer.sgd]\nlearning_rate = 0.001\n"
    )
}

/// An episode of a run that has just been trained in this environment, and where the run was.
pub fn episode(env: &str) -> (Wanted, Arc<Episode>) {
    let out = tempfile::tempdir().unwrap();
    let experiment = parse(&experiment(env), "x", &[]).unwrap();
    std::fs::write(out.path().join(EXPERIMENT), experiment.to_toml()).unwrap();
    let config = experiment.variants().remove(0);
    let folder = out.path().join("default/seed-3");
    train(&config, 3, &folder, false, None, &Default::default(), &false.into()).unwrap();
    let wanted = Wanted { folder, checkpoint: None, number: 0 };
    let episode = Arc::new(play(&wanted).unwrap());
    (wanted, episode)
}
