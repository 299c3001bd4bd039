//! The search itself: rounds of trials, rungs, the choice and the verdict.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use toml::Table;

use super::folder::{self, TRIALS, TUNED};
use super::journal::{Journal, Scores, as_json, measured};
use super::outcome::{self, Chosen};
use super::plan::{Plan, VariantPlan, trial_name};
use super::score::{Score, score};
use crate::config::{Experiment, RunConfig, Variant, check_rungs, name_copies, parse};
use crate::experiment::{
    FolderError, IfExists, LOOK_EVERY, Lock, LockKind, Options, Prepared, Progress, RunResult, copy_weights, prepare,
    run_all,
};
use crate::results::{EXPERIMENT, Entry, Failure, VERDICT, remove_partials, write_atomically};
use crate::search::{
    Candidate, FAILED, Measurement, Observation, Proposal, Settings, best_trial, equal_to_best, of_scores,
};

/// Why a search did not end.
#[derive(Debug)]
pub enum TuneError {
    /// The folder cannot be used. Nothing was run.
    Folder(FolderError),
    /// A signal stopped it. It can be resumed.
    Interrupted,
    /// Something failed while running.
    Failed(String),
}

/// A search that has ended.
pub struct Finished {
    /// The folder of the search.
    pub folder: PathBuf,
    /// The folder of the verdict's experiment.
    pub verdict: PathBuf,
    /// The runs of the verdict.
    pub results: Vec<RunResult>,
    /// A table of what was found, with the chosen settings and warnings.
    pub text: String,
    /// Held while the report is written: other processes see that the search is over, and write it too.
    _lock: Lock,
}

/// Makes the search of a plan, or finishes one that was interrupted, and judges what it has chosen.
///
/// ```
/// use tilde::experiment::{Options, Progress};
/// use tilde::tune::{Plan, tune};
///
/// # let out = tempfile::tempdir()?;
/// # let path = out.path().join("steps.toml");
/// let text = "
///     name = 'steps'
///     seeds = [0, 1]
///     env = 'gridworld'
///     algorithm = 'q_learning'
///     approximator = {}
///     optimizer = { sgd = { learning_rate = 0.5 } }
///     budget = { steps = 2_000, evaluation_episodes = 1 }
///     [search]
///     seeds = [10]
///     trials = 3
///     sampler = 'sobol'
///     [search.space]
///     'optimizer.sgd.learning_rate' = { log_uniform = [0.01, 1.0] }";
/// # std::fs::write(&path, text)?;
/// let plan = Plan::new(&tilde::config::load_for(&path, &[], &[])?)?;
/// assert_eq!(plan.variants[0].trials, 3);
///
/// let options = Options::new(out.path().join("runs"));
/// let found = tune(&plan, &options, &Progress::of_search(true)).map_err(|error| format!("{error:?}"))?;
/// assert_eq!(found.results.len(), 2); // the verdict has the two seeds that the search did not see
/// assert!(found.results.iter().all(|run| run.summary.is_ok()));
/// println!("{}", found.text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the folder cannot be used, a signal stops the search, or a file cannot be written or read.
pub fn tune(plan: &Plan, options: &Options, progress: &Progress) -> Result<Finished, TuneError> {
    let folder = options.out.join(&plan.experiment.name);
    let (lock, plan) = folder::prepare(&folder, plan, options.existing).map_err(TuneError::Folder)?;
    drive(lock, &folder, &plan, options, progress)
}

/// Makes the search in a folder, which this process has locked by `lock`, from where it stands to its end.
pub fn drive(
    lock: Lock,
    folder: &Path,
    plan: &Plan,
    options: &Options,
    progress: &Progress,
) -> Result<Finished, TuneError> {
    let in_folder = |error: io::Error| failed(format!("{}: {error}", folder.display()));
    // What a driver that was killed left half written.
    remove_partials(folder).and_then(|()| folder::write_resolved(folder, plan)).map_err(in_folder)?;
    let journal = Journal::open(folder).map_err(TuneError::Failed)?;
    let trials = within(options, folder.join(TRIALS));
    let variants = plan.variants.iter().map(|plan| VariantState { plan, trials: Vec::new() }).collect();
    let mut search = SearchState { plan, journal, options: &trials, progress, variants };
    search.rounds()?;
    search.rungs()?;
    let chosen = search.choose()?;
    let verdict = verdict(plan, &chosen)?;
    write_tuned(folder, &verdict)?;
    let options = within(options, folder.join(VERDICT));
    forget_other_choices(&verdict, &options)?;
    let prepared = prepare(&verdict, &options).map_err(failed)?;
    let place = prepared.folder.clone();
    let results = completed(vec![prepared], &options, progress)?;
    let shown: Vec<(&VariantPlan, Chosen)> = plan.variants.iter().zip(chosen).collect();
    let text = outcome::text(&shown, &plan.rung_steps);
    // All runs are over, so no process writes in the folders of the experiments.
    folder::experiments(folder).iter().try_for_each(|folder| remove_partials(folder)).map_err(in_folder)?;
    Ok(Finished { text, results, verdict: place, folder: folder.to_owned(), _lock: lock })
}

/// How long a search waits for other processes that work in the folder of a trial, or of the verdict, which has to change. They leave
/// when their runs there are over, and the search changes it only after that.
const PATIENCE: Duration = Duration::from_secs(30);

/// The options of experiments that the search makes in `out`, new ones or ones that were begun.
fn within(options: &Options, out: PathBuf) -> Options {
    Options {
        existing: IfExists::Resume,
        jobs: options.jobs,
        wait: true,
        patience: PATIENCE,
        tensorboard: options.tensorboard,
        command_line: options.command_line.clone(),
        stop: Arc::clone(&options.stop),
        ..Options::new(out)
    }
}

/// Makes all runs of some experiments, or waits for other processes that make some of them.
fn completed(prepared: Vec<Prepared>, options: &Options, progress: &Progress) -> Result<Vec<RunResult>, TuneError> {
    let runs: usize = prepared.iter().map(Prepared::runs).sum();
    let results: Vec<RunResult> =
        run_all(prepared, options, progress).into_iter().flat_map(|ended| ended.results).collect();
    if results.len() == runs { Ok(results) } else { Err(TuneError::Interrupted) }
}

fn failed(why: impl ToString) -> TuneError {
    TuneError::Failed(why.to_string())
}

/// A search in progress.
struct SearchState<'a> {
    plan: &'a Plan,
    journal: Journal,
    options: &'a Options,
    progress: &'a Progress,
    variants: Vec<VariantState<'a>>,
}

/// The trials of a variant so far.
struct VariantState<'a> {
    plan: &'a VariantPlan,
    trials: Vec<Trial>,
}

/// A trial.
struct Trial {
    settings: Settings,
    /// The trial's experiment, with the steps of the last rung; `None` if the config refuses its settings.
    experiment: Option<Experiment>,
    /// What it reached at each rung.
    measured: Vec<Measurement>,
}

/// How many trials are measured together.
const AT_A_TIME: usize = 64;

/// A trial of a variant, both by their index.
type TrialId = (usize, usize);

impl SearchState<'_> {
    /// Proposes all trials and measures them at the first rung, round by round, the variants side by side.
    fn rounds(&mut self) -> Result<(), TuneError> {
        let sampler = self.plan.search.sampler;
        let rounds: Vec<Vec<_>> = self.variants.iter().map(|variant| sampler.rounds(variant.plan.trials)).collect();
        let most = rounds.iter().map(Vec::len).max().unwrap_or(0);
        for round in 0..most {
            let (mut proposed, mut entries) = (Vec::new(), Vec::new());
            for (index, variant) in self.variants.iter_mut().enumerate() {
                let Some(range) = rounds[index].get(round).cloned() else { continue };
                for (trial, settings) in range.clone().zip(variant.proposals(self.plan, range)) {
                    let (experiment, refused) = match trial_experiment(self.plan, variant.plan, trial, &settings) {
                        Ok(experiment) => (Some(experiment), None),
                        Err(why) => (None, Some(why)),
                    };
                    entries.push(Entry::Proposed {
                        variant: variant.plan.name.clone(),
                        trial,
                        round,
                        settings: as_json(&with_copies(&settings)),
                        refused,
                    });
                    variant.trials.push(Trial { settings, experiment, measured: Vec::new() });
                    proposed.push((index, trial));
                }
            }
            self.journal.write(&entries).map_err(TuneError::Failed)?;
            self.measure(&proposed, 0)?;
        }
        Ok(())
    }

    /// Gives the trials that are promoted more steps, rung by rung.
    fn rungs(&mut self) -> Result<(), TuneError> {
        for rung in 1..self.plan.rung_steps.len() {
            let (mut promoted, mut entries) = (Vec::new(), Vec::new());
            for (index, variant) in self.variants.iter().enumerate() {
                let before = rung - 1;
                let at_rung = variant.trials.iter().enumerate();
                let measured: Vec<(usize, Measurement)> =
                    at_rung.filter_map(|(trial, state)| Some((trial, *state.measured.get(before)?))).collect();
                let trials = self.plan.search.pruner.promoted(&measured);
                promoted.extend(trials.iter().map(|&trial| (index, trial)));
                entries.push(Entry::Promoted { variant: variant.plan.name.clone(), rung, trials });
            }
            self.journal.write(&entries).map_err(TuneError::Failed)?;
            self.measure(&promoted, rung)?;
        }
        Ok(())
    }

    /// Measures trials at a rung, some of them at a time: each has an open file, and a long round shows its best so far.
    fn measure(&mut self, trials: &[TrialId], rung: usize) -> Result<(), TuneError> {
        trials.chunks(AT_A_TIME).try_for_each(|trials| self.measure_together(trials, rung))
    }

    /// Makes the runs of trials with the steps of a rung, those that are not in the journal, and notes their objectives.
    fn measure_together(&mut self, trials: &[TrialId], rung: usize) -> Result<(), TuneError> {
        let steps = self.plan.rung_steps[rung];
        let is_known = |id: &TrialId| self.journal.measurement(&self.variants[id.0].plan.name, id.1, rung).is_some();
        let missing: Vec<TrialId> = trials
            .iter()
            .copied()
            .filter(|id| !is_known(id) && self.variants[id.0].trials[id.1].experiment.is_some())
            .collect();
        let mut prepared: Vec<Prepared> = Vec::with_capacity(missing.len());
        for &(variant, trial) in &missing {
            let Some(experiment) = &self.variants[variant].trials[trial].experiment else { continue };
            let mut experiment = experiment.clone();
            experiment.budget.steps = steps;
            prepared.push(prepare(&experiment, self.options).map_err(failed)?);
        }
        let results = completed(prepared, self.options, self.progress)?;
        if let Some(why) = results.iter().find_map(|run| run.summary.as_ref().err()) {
            return Err(failed(why));
        }
        let mut entries = Vec::with_capacity(trials.len());
        for &(variant, trial) in trials {
            let state = &self.variants[variant];
            let name = &state.plan.name;
            let scores = match self.journal.measurement(name, trial, rung) {
                Some(known) => known,
                None => self.scores((variant, trial), steps)?,
            };
            self.variants[variant].trials[trial].measured.push(scores.measurement());
            entries.push(measured(&self.variants[variant].plan.name, trial, rung, steps, scores));
        }
        self.journal.write(&entries).map_err(TuneError::Failed)?;
        if !missing.is_empty() {
            self.variants.iter().for_each(VariantState::tell_best);
        }
        Ok(())
    }

    /// The scores of a trial's runs, which are over, and why some of them failed.
    fn scores(&self, (variant, trial): TrialId, steps: u64) -> Result<Scores, TuneError> {
        let seeds = self.plan.search.seeds.list();
        let Some(experiment) = &self.variants[variant].trials[trial].experiment else {
            return Ok(Scores { scores: vec![None; seeds.len()], ..Scores::default() });
        };
        let mut run = experiment.variants().remove(0);
        run.budget.steps = steps;
        let folder = self.options.out.join(&experiment.name).join(&run.variant);
        let (mut scores, mut areas, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        for seed in seeds {
            match score(&folder.join(format!("seed-{seed}")), &run, self.plan.search.objective).map_err(failed)? {
                Ok(Score { score, auc }) => {
                    scores.push(Some(score));
                    areas.push(auc);
                }
                Err(reason) => {
                    scores.push(None);
                    areas.push(None);
                    failures.push(Failure { seed, reason });
                }
            }
        }
        Ok(Scores { scores, auc: Some(of_scores(&areas)).filter(|auc| *auc > FAILED), failures })
    }

    /// Chooses the best trial of each variant.
    fn choose(&mut self) -> Result<Vec<Chosen>, TuneError> {
        let chosen: Vec<Chosen> = self.variants.iter().filter_map(VariantState::chosen).collect();
        let entry = |(variant, chosen): (&VariantState, &Chosen)| Entry::Chosen {
            variant: variant.plan.name.clone(),
            trial: chosen.trial,
            rung: chosen.rung,
            objective: Some(chosen.objective).filter(|objective| *objective > FAILED),
            settings: as_json(&with_copies(&chosen.settings)),
        };
        let entries: Vec<Entry> = self.variants.iter().zip(&chosen).map(entry).collect();
        self.journal.write(&entries).map_err(TuneError::Failed)?;
        Ok(chosen)
    }
}

impl VariantState<'_> {
    /// The settings of the trials of a round.
    fn proposals(&self, plan: &Plan, round: std::ops::Range<usize>) -> Vec<Settings> {
        let own = (round.start == 0).then(|| self.plan.own.clone());
        let rest = round.start.max(1)..round.end.max(1);
        let proposed = match &self.plan.grid {
            Some(points) => rest.filter_map(|trial| points.get(trial - 1).cloned()).collect(),
            None => {
                let applies = |key: &str, chosen: &Settings| plan.written.applies(&self.plan.name, key, chosen);
                let proposal = Proposal {
                    space: &self.plan.space,
                    applies: &applies,
                    seed: plan.search.seed,
                    variant: &self.plan.name,
                };
                let observed = self.trials.iter().map(|trial| Observation {
                    settings: trial.settings.clone(),
                    measured: trial.measured.first().copied().unwrap_or(Measurement::FAILED),
                });
                plan.search.sampler.propose(&proposal, rest, &observed.collect::<Vec<_>>())
            }
        };
        own.into_iter().chain(proposed).collect()
    }

    fn candidates(&self) -> Vec<Candidate> {
        let candidate = |(trial, state): (usize, &Trial)| {
            let measured = *state.measured.last()?;
            Some(Candidate { trial, rung: state.measured.len() - 1, measured })
        };
        self.trials.iter().enumerate().filter_map(candidate).collect()
    }

    fn chosen(&self) -> Option<Chosen> {
        let candidates = self.candidates();
        let best = best_trial(&candidates)?;
        let own = &self.trials.first()?.measured;
        let failed = candidates.iter().filter(|candidate| candidate.measured.is_failed()).count();
        Some(Chosen {
            trial: best.trial,
            rung: best.rung,
            objective: best.measured.objective,
            equal: equal_to_best(&candidates),
            settings: self.trials[best.trial].settings.clone(),
            trials: self.trials.len(),
            failed,
            own: (own.last().map_or(FAILED, |measured| measured.objective), own.len().saturating_sub(1)),
        })
    }

    /// Logs the best trial so far.
    fn tell_best(&self) {
        if let Some(best) = best_trial(&self.candidates()) {
            let (name, count) = (&self.plan.name, self.trials.len());
            let settings = outcome::in_line(&self.trials[best.trial].settings);
            let objective = outcome::shown(best.measured.objective);
            tracing::info!("{name}: best of {count} trials so far: {objective}, trial {}: {settings}", best.trial);
        }
    }
}

/// The experiment of a trial with the whole budget, or why the config refuses it.
fn trial_experiment(
    plan: &Plan,
    variant: &VariantPlan,
    trial: usize,
    settings: &Settings,
) -> Result<Experiment, String> {
    let (base, name) = (&plan.experiment, trial_name(&variant.name, trial));
    // The first trial is the variant as it is.
    let changed = if trial == 0 { &Settings::new() } else { settings };
    let mut experiment = plan.written.with(&variant.name, changed).map_err(|refused| {
        let said: Vec<String> =
            refused.iter().map(|(path, message)| format!("{}: {message}", path.join("."))).collect();
        said.join("; ")
    })?;
    experiment.seeds = plan.search.seeds.clone();
    experiment.budget = base.budget.clone();
    experiment.variants = vec![Variant { name: name.clone(), ..Variant::default() }];
    experiment.name = name;
    check_rungs(&mut experiment, &plan.rung_steps)?;
    Ok(experiment)
}

/// The experiment that judges the chosen settings on the seeds of the experiment.
fn verdict(plan: &Plan, chosen: &[Chosen]) -> Result<Experiment, TuneError> {
    let base = &plan.experiment;
    let mut experiment = Experiment { name: format!("{}-tuned", base.name), search: None, ..base.clone() };
    for (variant, chosen) in plan.variants.iter().zip(chosen) {
        let trial = trial_experiment(plan, variant, chosen.trial, &chosen.settings).map_err(failed)?;
        let tuned = Variant { name: variant.name.clone(), ..Variant::from(trial.variants().remove(0)) };
        match experiment.variants.iter_mut().find(|own| own.name == variant.name) {
            Some(own) => *own = Variant { method: own.method.take(), ..without_shared(tuned, base) },
            // The experiment itself is the one variant.
            None => {
                (experiment.env, experiment.algorithm) = (tuned.env, tuned.algorithm);
                experiment.wrappers = tuned.wrappers.filter(|wrappers| !wrappers.is_empty());
                (experiment.approximator, experiment.optimizer) = (tuned.approximator, tuned.optimizer);
            }
        }
    }
    experiment.check().map_err(failed)?;
    Ok(experiment)
}

/// A variant without the slots that are those of the experiment.
fn without_shared(variant: Variant, experiment: &Experiment) -> Variant {
    Variant {
        name: variant.name,
        method: variant.method,
        env: variant.env.filter(|env| experiment.env.as_ref() != Some(env)),
        wrappers: variant.wrappers.filter(|own| *own != experiment.wrappers.clone().unwrap_or_default()),
        algorithm: variant.algorithm.filter(|algorithm| experiment.algorithm.as_ref() != Some(algorithm)),
        approximator: variant.approximator.filter(|own| experiment.approximator.as_ref() != Some(own)),
        optimizer: variant.optimizer.filter(|own| experiment.optimizer.as_ref() != Some(own)),
        device: variant.device.filter(|device| experiment.device != *device),
        engine: variant.engine.filter(|engine| experiment.engine != *engine),
    }
}

/// Settings as the journal has them: the same wherever the search is, so files of weights have the names of their copies.
fn with_copies(settings: &Settings) -> Settings {
    let mut table = Table::from_iter(settings.clone());
    name_copies(&mut table);
    table.into_iter().collect()
}

/// Deletes the results of variants for which an earlier, shorter search chose other settings. The experiment is replaced after that:
/// until then it says that they have to go.
fn forget_other_choices(verdict: &Experiment, options: &Options) -> Result<(), TuneError> {
    let folder = options.out.join(&verdict.name);
    let file = folder.join(EXPERIMENT);
    let others = || -> Result<Vec<PathBuf>, TuneError> {
        let Ok(text) = fs::read_to_string(&file) else { return Ok(Vec::new()) };
        let before = parse(&text, &file.display().to_string(), &[]).map_err(failed)?;
        let now = verdict.variants();
        let is_other =
            |run: &RunConfig| now.iter().all(|new| *new != RunConfig { budget: new.budget.clone(), ..run.clone() });
        Ok(before.variants().into_iter().filter(is_other).map(|run| folder.join(run.variant)).collect())
    };
    if others()?.is_empty() {
        return Ok(());
    }
    let _lock = alone(&folder, options)?;
    let cannot_write = |error: io::Error| failed(format!("{}: {error}", folder.display()));
    for folder in others()?.iter().filter(|folder| folder.exists()) {
        fs::remove_dir_all(folder).map_err(cannot_write)?;
    }
    write_atomically(&file, verdict.to_toml().as_bytes()).map_err(cannot_write)
}

/// Locks a folder for this process alone, and waits a while for others to leave it.
fn alone(folder: &Path, options: &Options) -> Result<Lock, TuneError> {
    let began = Instant::now();
    loop {
        let lock = Lock::take(folder, LockKind::Exclusive);
        match lock.map_err(|error| failed(format!("{}: {error}", folder.display())))? {
            Some(lock) => return Ok(lock),
            None if options.stop.load(Ordering::Relaxed) => return Err(TuneError::Interrupted),
            None if began.elapsed() > options.patience => {
                let shown = folder.display();
                return Err(failed(format!(
                    "{shown}: another process works in this folder, and the experiment would change: wait until it has ended"
                )));
            }
            None => std::thread::sleep(LOOK_EVERY[0]),
        }
    }
}

/// Writes `tuned.toml`, and copies the files of weights that it names.
fn write_tuned(folder: &Path, verdict: &Experiment) -> Result<(), TuneError> {
    copy_weights(&verdict.weights_files(), folder).map_err(failed)?;
    let path = folder.join(TUNED);
    if fs::read_to_string(&path).is_ok_and(|there| there == verdict.to_toml()) {
        return Ok(());
    }
    write_atomically(&path, verdict.to_toml().as_bytes())
        .map_err(|error| failed(format!("{}: {error}", path.display())))
}
