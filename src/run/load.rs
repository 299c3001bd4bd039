//! A trained agent from the folder of its run.

use std::path::Path;

use super::checkpoint::Snapshot;
use crate::agents::Agent;
use crate::config::{Experiment, RunConfig, parse};
use crate::results::EXPERIMENT;
use crate::rng::{Rng, evaluation_stream};

/// A trained agent, as its run's newest checkpoint has it.
pub struct LoadedRun {
    /// The run's settings.
    pub config: RunConfig,
    /// The run's seed.
    pub seed: u64,
    /// Environment steps that the agent was trained for.
    pub step: u64,
    /// The agent, which can go on learning.
    pub agent: Box<dyn Agent>,
}

impl LoadedRun {
    /// The action of an evaluation: greedy, or drawn from `rng` if the policy is random by nature.
    pub fn act(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        self.agent.act_eval(observation, rng)
    }

    /// What the agent has learned about a state: Q̃(x, ·), one number per action, or Ṽ(x) alone, or nothing.
    pub fn values(&mut self, observation: &[f32]) -> Vec<f32> {
        self.agent.estimate(observation, self.step).value.numbers().to_vec()
    }

    /// The random stream of the run's own evaluation at this step: with it, the first episodes are those of that evaluation.
    pub fn evaluation_stream(&self) -> Rng {
        evaluation_stream(self.seed, self.step)
    }
}

/// A run that cannot be loaded: why, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError(String);

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LoadError {}

/// Loads the newest whole checkpoint of a run. `folder` is the run's, such as `runs/smoke/default/seed-0`; the settings are those
/// of `experiment.toml` in the folder of the experiment.
///
/// ```no_run
/// let mut run = tilde::run::load("runs/smoke/default/seed-0".as_ref())?;
/// let (mut env, mut rng) = (run.config.env.build()?, run.evaluation_stream());
/// let mut observation = vec![0.0; env.observation_space().len()];
/// env.reset(&mut rng, &mut observation);
/// println!("action {}, of values {:?}", run.act(&observation, &mut rng), run.values(&observation));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If it is not the folder of a run, or has no checkpoint that this version can use.
pub fn load(folder: &Path) -> Result<LoadedRun, LoadError> {
    read(folder).map_err(|why| LoadError(format!("{}: {why}", folder.display())))
}

fn read(folder: &Path) -> Result<LoadedRun, String> {
    // Names are taken from the whole path: `folder` may be `.`.
    let folder = folder.canonicalize().map_err(|error| format!("{error}; name the folder of a run"))?;
    if folder.join(EXPERIMENT).is_file() {
        return Err(of_a_whole_experiment(&folder));
    }
    let names = || {
        let seed = folder.file_name()?.to_str()?.strip_prefix("seed-")?.parse::<u64>().ok()?;
        let variant = folder.parent()?;
        Some((seed, variant.file_name()?.to_str()?, variant.parent()?))
    };
    let (seed, variant, experiment) = names().ok_or(
        "is not the folder of a run: name one such as EXPERIMENT/VARIANT/seed-0, in the folder of an experiment",
    )?;
    let config = variant_of(&settings(experiment)?, variant)?;
    let snapshot = Snapshot::read_all(&folder.join("checkpoint")).next().ok_or_else(|| {
        format!(
            "has no checkpoint that this version can use: train the run with it, `tilde train {} --resume --out {}`",
            experiment.join(EXPERIMENT).display(),
            experiment.parent().unwrap_or(experiment).display()
        )
    })?;
    let mut agent = config.algorithm.build(&config.agent_setup(seed));
    agent
        .load(&snapshot.agent)
        .map_err(|why| format!("its checkpoint does not fit its {EXPERIMENT} ({why}): was that file changed?"))?;
    Ok(LoadedRun { config, seed, step: snapshot.tally.step, agent })
}

/// The experiment of a folder.
fn settings(experiment: &Path) -> Result<Experiment, String> {
    let path = experiment.join(EXPERIMENT);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!("the settings of the run cannot be read from {} ({error}): copy that file too", path.display())
    })?;
    parse(&text, EXPERIMENT, &[])
        .map_err(|error| format!("{} was written by another version of the program:\n{error}", path.display()))
}

fn variant_of(experiment: &Experiment, name: &str) -> Result<RunConfig, String> {
    let known = || experiment.variant_names().join(", ");
    let found = experiment.variants().into_iter().find(|config| config.variant == name);
    found.ok_or_else(|| format!("{EXPERIMENT} has no variant `{name}`, only {}", known()))
}

/// What is wrong with the folder of a whole experiment, and one of its runs.
fn of_a_whole_experiment(folder: &Path) -> String {
    let run = settings(folder).ok().and_then(|experiment| {
        let variant = experiment.variant_names().into_iter().next()?;
        let seed = experiment.seeds.list().into_iter().next()?;
        Some(folder.join(variant).join(format!("seed-{seed}")))
    });
    let such_as = run.map_or(String::new(), |run| format!(", such as {}", run.display()));
    format!("is the folder of a whole experiment: name one of its runs{such_as}")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::agents::Value;
    use crate::run::{Training, train};

    const EXPERIMENT_TEXT: &str = "name = 'x'\nseeds = [3]\n[budget]\nsteps = 400\n[env.gridworld]\nmap = '4x4'\n\
        [approximator]\nfeatures = 'one_hot'\n[optimizer.sgd]\nlearning_rate = 0.5\n[[variant]]\nname = 'q'\n\
        [variant.algorithm.q_learning]\n[[variant]]\nname = 'td'\n[variant.algorithm.td_prediction]\n";

    /// The folders of two runs, as `tilde train` leaves them.
    fn trained() -> (tempfile::TempDir, [(RunConfig, PathBuf); 2]) {
        let out = tempfile::tempdir().unwrap();
        let experiment = parse(EXPERIMENT_TEXT, "x", &[]).unwrap();
        fs::write(out.path().join(EXPERIMENT), experiment.to_toml()).unwrap();
        let runs = experiment.variants().into_iter().map(|config| {
            let folder = out.path().join(&config.variant).join("seed-3");
            train(&config, 3, &folder, false, None, &Default::default(), &false.into()).unwrap();
            (config, folder)
        });
        let runs: Vec<_> = runs.collect();
        (out, runs.try_into().unwrap())
    }

    #[test]
    fn a_loaded_agent_acts_as_the_trained_one_and_has_its_values() {
        let (_out, runs) = trained();
        for (config, folder) in runs {
            let mut loaded = load(&folder).unwrap();
            assert_eq!((&loaded.config, loaded.seed, loaded.step), (&config, 3, 400));
            let mut training = Training::new(&config, 3).unwrap();
            training.run(&mut ()).unwrap();
            for observation in [[0.0, 0.0], [2.0, 1.0], [3.0, 2.0]] {
                let mut rngs = [loaded.evaluation_stream(), loaded.evaluation_stream()];
                let expected = training.agent().act_eval(&observation, &mut rngs[0]);
                assert_eq!(loaded.act(&observation, &mut rngs[1]), expected);
                let expected = match training.agent().estimate(&observation, 400).value {
                    Value::Actions(values) => values,
                    Value::State(value, _) => vec![value],
                    other => panic!("neither learns {other:?}"),
                };
                assert_eq!(loaded.values(&observation), expected);
            }
        }
    }

    #[test]
    fn what_cannot_be_loaded_is_told_with_the_remedy() {
        let (out, [(_, q), (_, td)]) = trained();
        let refused = |folder: &Path| load(folder).err().unwrap().to_string();
        assert!(refused(&out.path().join("nowhere")).contains("name the folder of a run"));
        assert!(refused(&out.path().join("q")).contains("EXPERIMENT/VARIANT/seed-0"));
        let whole = refused(out.path());
        assert!(whole.contains("whole experiment") && whole.ends_with("q/seed-3"), "{whole}");
        let renamed = out.path().join("other/seed-3");
        fs::create_dir_all(&renamed).unwrap();
        assert!(refused(&renamed).ends_with("has no variant `other`, only q, td"), "{}", refused(&renamed));
        fs::copy(q.join("checkpoint/state.bin"), td.join("checkpoint/state.bin")).unwrap();
        assert!(refused(&td).contains("does not fit its experiment.toml"), "{}", refused(&td));
        fs::remove_dir_all(q.join("checkpoint")).unwrap();
        assert!(refused(&q).contains("--resume --out"), "{}", refused(&q));
        fs::write(out.path().join(EXPERIMENT), "name = 3").unwrap();
        assert!(refused(&q).contains("another version"), "{}", refused(&q));
        fs::remove_file(out.path().join(EXPERIMENT)).unwrap();
        assert!(refused(&q).contains("copy that file too"), "{}", refused(&q));
    }
}
