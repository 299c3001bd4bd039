//! A trained agent from the folder of its run.

use std::path::{Path, PathBuf};

use tilde_envs::Env;

use super::best::BestCheckpoint;
use super::checkpoint::Snapshot;
use super::evaluation::play_episode;
use crate::agents::{Agent, sampled};
use crate::config::{Experiment, RunConfig, parse};
use crate::results::{EXPERIMENT, EpisodeRow, Manifest, RunStatus, Summary};
use crate::rng::{Rng, evaluation_stream};

/// Which parameters of a run are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpoint {
    /// Those of the evaluation with the highest mean return, the last of equal ones.
    Best,
    /// The newest ones.
    Last,
}

impl Checkpoint {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Checkpoint::Best => "best",
            Checkpoint::Last => "last",
        }
    }
}

/// A trained agent, as a checkpoint of its run has it.
pub struct LoadedRun {
    /// The run's settings.
    pub config: RunConfig,
    /// The run's seed.
    pub seed: u64,
    /// Which checkpoint it is.
    pub checkpoint: Checkpoint,
    /// Environment steps that the agent was trained for.
    pub step: u64,
    /// Mean return of its evaluation in training, if this is the best checkpoint.
    pub best_return: Option<f64>,
    /// Environment steps of the run at its newest checkpoint; an unfinished run has fewer than its budget.
    pub steps_made: u64,
    /// What a user should know of the run: that it is unfinished, or that a file could not be used.
    pub notes: Vec<String>,
    /// The agent. That of the last checkpoint can go on learning. That of the best one is for acting: beside the parameters, all is
    /// as at the last checkpoint.
    pub agent: Box<dyn Agent>,
}

impl LoadedRun {
    /// The action of an evaluation: greedy, or drawn from `rng` if the policy is random by nature.
    pub fn act(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        self.agent.act_eval(observation, rng)
    }

    /// An action of the policy that is followed in training, exploration included, drawn from `rng`.
    pub fn act_stochastic(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        sampled(&self.agent.estimate(observation, self.step).followed, rng)
    }

    /// Plays one episode in `env` as number 1: with the actions of an evaluation, or `stochastic` with those of training.
    ///
    /// # Panics
    /// If `env` has another observation space or other actions than the environment of the run.
    pub fn play(&mut self, env: &mut dyn Env, stochastic: bool, rng: &mut Rng) -> EpisodeRow {
        let step = self.step;
        let act = |observation: &[f32], rng: &mut Rng| match stochastic {
            false => self.act(observation, rng),
            true => self.act_stochastic(observation, rng),
        };
        let row = play_episode(act, env, rng, &|| false).expect("nothing stops it");
        EpisodeRow { step, ..row }
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

/// Loads a trained agent. `folder` is the run's, such as `runs/smoke/default/seed-0`; the settings are those of `experiment.toml` in
/// the folder of the experiment. `None` loads the best checkpoint if there is one that can be used, else the last.
///
/// ```
/// # let text = "name = 'walk'\nseeds = [0]\nenv = 'gridworld'\nalgorithm = 'q_learning'\napproximator = {}\n\
/// #     optimizer = { sgd = { learning_rate = 0.5 } }\nbudget = { steps = 5_000 }";
/// # let out = tempfile::tempdir()?;
/// # let options = tilde::experiment::Options::new(out.path());
/// # let prepared = tilde::experiment::prepare(&tilde::config::parse(text, "walk.toml", &[])?, &options)?;
/// # let folder = prepared.folder.join("default/seed-0"); // in a program of your own: "runs/walk/default/seed-0"
/// # tilde::experiment::run(prepared, &options, &tilde::experiment::Progress::new(true));
/// let mut run = tilde::run::load(&folder, None)?;
/// let (mut env, mut rng) = (run.config.environment().build()?, run.evaluation_stream());
/// let episode = run.play(env.as_mut(), false, &mut rng);
/// assert_eq!((episode.total, episode.length), (1.0, 6)); // the shortest way to the goal
///
/// let next_to_the_goal = [3.0, 2.0];
/// assert_eq!(run.act(&next_to_the_goal, &mut rng), 2); // to the right
/// assert_eq!(run.values(&next_to_the_goal).len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If it is not the folder of a run, or has no such checkpoint that this version can use.
pub fn load(folder: &Path, checkpoint: Option<Checkpoint>) -> Result<LoadedRun, LoadError> {
    read(folder, checkpoint).map_err(|why| LoadError(format!("{}: {why}", folder.display())))
}

/// The folders of an experiment's runs if `folder` is that of an experiment, else `folder` alone.
///
/// # Errors
/// If the experiment cannot be read.
pub fn run_folders(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    if !folder.join(EXPERIMENT).is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let experiment = settings(folder).map_err(|why| LoadError(format!("{}: {why}", folder.display())))?;
    let seeds = experiment.seeds.list();
    let of_variant = |name: String| seeds.iter().map(move |seed| folder.join(&name).join(format!("seed-{seed}")));
    Ok(experiment.variant_names().into_iter().flat_map(of_variant).collect())
}

fn read(folder: &Path, checkpoint: Option<Checkpoint>) -> Result<LoadedRun, String> {
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
    let mut notes = Vec::new();
    let snapshot =
        newest(&folder, &mut notes).ok_or_else(|| without_checkpoint(&folder, experiment, &config, &notes))?;
    notes.extend(unfinished(&folder, snapshot.tally.step, config.budget.steps));
    let mut agent = config.agent(seed);
    let misfit = |file: &str, why| format!("its {file} does not fit its {EXPERIMENT} ({why}): was that file changed?");
    agent.load(&snapshot.agent).map_err(|why| misfit("checkpoint", why))?;
    let steps_made = snapshot.tally.step;
    let mut run = LoadedRun {
        config,
        seed,
        checkpoint: Checkpoint::Last,
        step: steps_made,
        best_return: None,
        steps_made,
        notes,
        agent,
    };
    let best =
        if checkpoint == Some(Checkpoint::Last) { Ok(None) } else { BestCheckpoint::read(&folder.join("checkpoint")) };
    match best {
        Ok(Some(best)) => {
            (run.checkpoint, run.step, run.best_return) = (Checkpoint::Best, best.step, Some(best.mean_return));
            let best_of_run = snapshot.tally.best_evaluation.filter(|of_run| of_run.mean > best.mean_return);
            run.notes.extend(best_of_run.map(|of_run| {
                format!(
                    "the best checkpoint is that of step {}, since the file of the better one of step {} (mean return {}) was lost",
                    best.step, of_run.step, of_run.mean
                )
            }));
            best.give_to(run.agent.as_mut()).map_err(|why| misfit("best checkpoint", why))?;
        }
        Ok(None) if checkpoint == Some(Checkpoint::Best) => return Err(without_best(&run)),
        Err(why) if checkpoint == Some(Checkpoint::Best) => {
            return Err(format!("{why}; --checkpoint last has the newest one"));
        }
        Err(why) => run.notes.push(format!("{why}; the last checkpoint is loaded")),
        Ok(None) => {}
    }
    Ok(run)
}

/// The newest checkpoint that can be used; `notes` gets why the others cannot.
fn newest(folder: &Path, notes: &mut Vec<String>) -> Option<Snapshot> {
    let checkpoints = folder.join("checkpoint");
    let mut read = Snapshot::try_read_all(&checkpoints);
    read.find_map(|read| read.map_err(|why| notes.push(why)).ok())
}

/// Says that the newest checkpoint is not of the end of the budget, if so, and why.
fn unfinished(folder: &Path, step: u64, steps: u64) -> Option<String> {
    let summary = Summary::read(folder).ok().flatten();
    let why = match summary.map(|summary| (summary.outcome, summary.steps)) {
        Some((RunStatus::Finished, made)) if made >= steps => "the newest checkpoint that can be used is".to_owned(),
        Some((outcome, _)) if outcome != RunStatus::Finished => format!("the run {outcome}; its newest checkpoint is"),
        _ => "the run is unfinished: its newest checkpoint is".to_owned(),
    };
    (step < steps).then(|| format!("{why} of step {step} of {steps}"))
}

/// Why a run without a checkpoint cannot be loaded, with the remedy; `refused` says why those that are there cannot be used.
fn without_checkpoint(folder: &Path, experiment: &Path, config: &RunConfig, refused: &[String]) -> String {
    let resume = format!(
        "`tilde train {} --resume --out {}`",
        experiment.join(EXPERIMENT).display(),
        experiment.parent().unwrap_or(experiment).display()
    );
    let summary = Summary::read(folder).ok().flatten();
    // A run that is over is not made again where it has its results.
    let is_over = summary.as_ref().is_some_and(|summary| summary.is_settled(config.budget.steps));
    let train = if is_over { "delete this folder and train the run again" } else { "train the run" };
    if refused.is_empty() {
        let first = config.budget.checkpoint_every.min(config.budget.steps);
        return match summary.map(|summary| summary.outcome) {
            Some(outcome) if is_over && outcome != RunStatus::Finished => {
                format!(
                    "has no checkpoint: the run {outcome}, and the first was due at step {first}; change its settings"
                )
            }
            _ if is_over => format!("has no checkpoint any more: {train}, {resume}"),
            _ => format!("has no checkpoint yet: wait for the first, at step {first}, or {train}, {resume}"),
        };
    }
    let wrote = Manifest::read(folder).ok().flatten().map(|manifest| manifest.tilde).filter(|tilde| !tilde.is_empty());
    let version = wrote.map_or(String::new(), |tilde| format!(", version {tilde}"));
    format!(
        "has no checkpoint that this version can use: if another version made it{version}, use that one; else {train}, \
         {resume}\n{}",
        refused.iter().map(|why| format!("  {why}")).collect::<Vec<_>>().join("\n")
    )
}

/// Why a run has no best checkpoint.
fn without_best(run: &LoadedRun) -> String {
    let why = if !run.config.algorithm.learns_policy() || run.agent.functions().is_empty() {
        format!("`{}` learns no policy that is kept", run.config.algorithm.id())
    } else if run.config.budget.evaluation_episodes == 0 {
        "its evaluations have no episodes (`budget.evaluation_episodes = 0`)".to_owned()
    } else {
        "the file is missing, or an older version of the program trained it".to_owned()
    };
    format!("has no best checkpoint: {why}; --checkpoint last has the newest one")
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
            let mut loaded = load(&folder, Some(Checkpoint::Last)).unwrap();
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

    /// By both engines; the last checkpoint of the same run has other parameters.
    #[test]
    fn the_best_checkpoint_acts_and_values_as_the_agent_of_that_evaluation() {
        for engine in ["auto", "burn"] {
            let text = format!(
                "name = 'x'\nseeds = [3]\nengine = '{engine}'\nenv = 'gridworld'\nalgorithm = 'dqn'\n\
                 budget = {{ steps = 600, evaluate_every = 100, evaluation_episodes = 5 }}\n\
                 approximator = {{ features = 'one_hot', hidden = [8] }}\noptimizer = {{ adam = {{ learning_rate = 0.01 }} }}\n"
            );
            let sets = ["env.gridworld.slip=0.5", "algorithm.dqn.learning_starts=50", "algorithm.dqn.buffer_size=500"];
            let experiment = parse(&text, "x", &sets.map(str::to_owned)).unwrap();
            let out = tempfile::tempdir().unwrap();
            fs::write(out.path().join(EXPERIMENT), experiment.to_toml()).unwrap();
            let folder = out.path().join("default/seed-3");
            let config = experiment.variants().remove(0);
            train(&config, 3, &folder, false, None, &Default::default(), &false.into()).unwrap();
            let best = BestCheckpoint::read(&folder.join("checkpoint")).unwrap().unwrap();

            let mut loaded = load(&folder, Some(Checkpoint::Best)).unwrap();
            assert_eq!((loaded.checkpoint, loaded.step, loaded.steps_made), (Checkpoint::Best, best.step, 600));
            assert_eq!((loaded.best_return, &loaded.notes[..]), (Some(best.mean_return), &[][..]));
            assert_eq!(loaded.agent.functions()[0].1.weights(), best.functions[0].1);
            assert_eq!(load(&folder, None).unwrap().step, best.step, "the best is the default");
            // Its episodes are those of that evaluation.
            let (mut env, mut rng) = (config.env.build().unwrap(), loaded.evaluation_stream());
            let played: Vec<EpisodeRow> =
                (1..=5).map(|episode| EpisodeRow { episode, ..loaded.play(env.as_mut(), false, &mut rng) }).collect();
            let rows = fs::read_to_string(folder.join("evaluations.csv")).unwrap();
            let of_step = rows.lines().filter(|row| row.starts_with(&format!("{},", best.step)));
            assert_eq!(of_step.collect::<Vec<_>>(), played.iter().map(ToString::to_string).collect::<Vec<_>>());

            let mut last = load(&folder, Some(Checkpoint::Last)).unwrap();
            assert_eq!((last.checkpoint, last.step, last.best_return), (Checkpoint::Last, 600, None));
            let start = [0.0, 0.0];
            assert!(best.step == 600 || last.values(&start) != loaded.values(&start), "{engine}");
            let mut policy = crate::Policy::load(&folder).unwrap();
            assert_eq!(policy.values(&start), loaded.values(&start));
            assert_eq!(policy.act(&start), loaded.act(&start, &mut rng));
            // Parameters of another approximator are refused.
            let other = BestCheckpoint { functions: vec![("x".to_owned(), vec![0.0])], ..best };
            assert!(other.give_to(last.agent.as_mut()).is_err());
        }
    }

    #[test]
    fn what_cannot_be_loaded_is_told_with_the_remedy() {
        let (out, [(_, q), (_, td)]) = trained();
        let refused = |folder: &Path| load(folder, None).err().unwrap().to_string();
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
