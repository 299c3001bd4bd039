//! Preparing an experiment's folder, and running the experiment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::job::{Job, Part, jobs};
use super::lock::{Lock, is_locked};
use super::manifest::ManifestWriter;
use super::source::Source;
use super::workers::{self, RunEnd, Workers};
use super::{FolderError, IfExists, Progress, RunResult, contradictions, folder, version};
use crate::approx::WeightsFile;
use crate::checksum::checksum_text;
use crate::config::{Experiment, extended, parse, parse_in};
use crate::results::{EXPERIMENT, write_atomically};

/// How an experiment is run. No result depends on it.
pub struct Options {
    /// The folder of the experiments' folders.
    pub out: PathBuf,
    /// What to do if there are results already.
    pub existing: IfExists,
    /// The folder of the experiment whose weights a new one begins with.
    pub from: Option<PathBuf>,
    /// How many runs are made at the same time.
    pub jobs: usize,
    /// The part of the runs that is made; `None` for all of them.
    pub part: Option<Part>,
    /// Whether to wait for runs that other processes make, and to take over those of a process that ends.
    pub wait: bool,
    /// How long is waited for other processes that work in a folder which has to change: one that begins an experiment needs a
    /// moment.
    pub patience: Duration,
    /// Whether runs write event files for TensorBoard.
    pub tensorboard: bool,
    /// The command line, for the manifests.
    pub command_line: Vec<String>,
    /// Set by a signal handler to end early: runs in progress write a checkpoint, no other run begins.
    pub stop: Arc<AtomicBool>,
}

impl Options {
    /// Runs into a folder of its own in `out`, one on each core; earlier results there are left alone.
    pub fn new(out: impl Into<PathBuf>) -> Options {
        Options {
            out: out.into(),
            existing: IfExists::Refuse,
            from: None,
            jobs: workers::default_jobs(),
            part: None,
            wait: false,
            patience: Duration::from_secs(2),
            tensorboard: false,
            command_line: Vec::new(),
            stop: Arc::default(),
        }
    }
}

/// An experiment whose folder is ready.
pub struct Prepared {
    /// The experiment's folder.
    pub folder: PathBuf,
    /// How the experiment continues earlier results, in words that follow "This is"; `None` where it does not.
    pub continuation: Option<String>,
    jobs: Vec<Job>,
    /// Held until the experiment ends.
    _lock: Lock,
}

impl Prepared {
    /// How many runs there are to make.
    pub fn runs(&self) -> usize {
        self.jobs.len()
    }

    /// How many of them are not over, or have damaged files.
    pub fn open_runs(&self) -> usize {
        self.open().count()
    }

    /// How many of those no process is making now, as far as the file system tells.
    pub fn free_runs(&self) -> usize {
        self.open().filter(|job| is_locked(&job.folder) != Some(true)).count()
    }

    fn open(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| workers::whole_before(job).is_none())
    }
}

/// Creates the experiment's folder and writes `experiment.toml` there. When results are resumed, that file covers all variants and
/// seeds, the ones with results and the ones that are asked for; only the latter are run.
///
/// More seeds are added to results that are there:
///
/// ```
/// use tilde::experiment::{IfExists, Options, Progress, prepare, run};
///
/// # let text = "
/// #     name = 'walk'
/// #     seeds = [0]
/// #     env = 'gridworld'
/// #     algorithm = 'q_learning'
/// #     approximator = {}
/// #     optimizer = { sgd = { learning_rate = 0.5 } }
/// #     budget = { steps = 5_000 }";
/// # let out = tempfile::tempdir()?;
/// let seeds = |seeds: &str| tilde::config::parse(text, "walk.toml", &[format!("seeds = {seeds}")]);
/// let mut options = Options::new(out.path());
/// run(prepare(&seeds("[0, 1]")?, &options)?, &options, &Progress::new(true));
///
/// assert!(prepare(&seeds("[0, 1, 2]")?, &options).is_err()); // results are never replaced silently
/// options.existing = IfExists::Resume;
/// let prepared = prepare(&seeds("[0, 1, 2]")?, &options)?;
/// assert_eq!((prepared.runs(), prepared.open_runs()), (3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the experiment has a search; if there are results that may not be replaced or resumed; if another version of the program
/// made the results that are to be resumed; if another process works in the folder; if the weights to begin with are missing or
/// belong to another environment or algorithm; or if the folder cannot be written. Nothing has been run then.
pub fn prepare(experiment: &Experiment, options: &Options) -> Result<Prepared, FolderError> {
    refuse_search(experiment)?;
    let from = options.from.as_deref().map(Source::read).transpose()?;
    let asked = from.as_ref().map_or_else(|| Ok(experiment.clone()), |source| source.renamed(experiment))?;
    if let Some(file) = asked.weights_files().iter().find(|file| file.checksum().is_none()) {
        let shown = file.path();
        return Err(FolderError(format!("{shown} was not read: read the config with `config::load` or `parse_in`")));
    }
    prepare_in(options.out.join(&asked.name), &asked, from.as_ref(), options.existing, options)
}

/// Refuses an experiment with a search, which is not trained as it is.
///
/// # Errors
/// If it has one; the message says what would be right.
pub fn refuse_search(experiment: &Experiment) -> Result<(), FolderError> {
    if experiment.search.is_none() {
        return Ok(());
    }
    Err(FolderError(format!(
        "{}: the config has a [search], which `tilde tune` makes, with --engine on a cluster; to train its own settings without \
         one, leave it out",
        experiment.name
    )))
}

/// Prepares to go on with the experiment in `folder`, as it stands there: all runs that are not over, or the part of them that
/// `options` asks for. Its other choices of an experiment and a folder are not used.
///
/// # Errors
/// As [`prepare`], and if there is no experiment.
pub fn open(folder: &Path, options: &Options) -> Result<Prepared, FolderError> {
    let shown = folder.display();
    let text = std::fs::read_to_string(folder.join(EXPERIMENT)).map_err(|error| {
        FolderError(format!("{shown}: its {EXPERIMENT} cannot be read: {error}; give the folder of an experiment"))
    })?;
    let experiment = parse_in(folder, &text, EXPERIMENT)
        .map_err(|error| FolderError(format!("{shown}: {error}: another version of tilde wrote it")))?;
    prepare_in(folder.to_owned(), &experiment, None, IfExists::Resume, options)
}

fn prepare_in(
    folder: PathBuf,
    asked: &Experiment,
    from: Option<&Source>,
    existing: IfExists,
    options: &Options,
) -> Result<Prepared, FolderError> {
    let resume = existing == IfExists::Resume;
    let origin = from.map(|source| &source.origin);
    // An origin without an experiment is left over from an attempt that was killed.
    let goes_on = resume && from.is_none() && folder.join(EXPERIMENT).is_file();
    let begun = if goes_on { folder::origin_of(&folder)?.map(Source::of) } else { None };
    let source = from.or(begun.as_ref());
    if let Some(source) = source {
        source.check_apart_from(&folder)?;
        source.check(&jobs(asked, asked, &folder, None), resume)?;
    }

    let complete = resume && version::is_complete_of_another(&folder, asked)?;
    let mut continuation = from.map(|source| source.description(asked)).transpose()?;
    let extend = |text: &str| match parse(text, EXPERIMENT, &[]) {
        Ok(before) => {
            let both = extended(&before, asked).map_err(|why| {
                format!(
                    "{why}\nto go on from their weights in a new experiment, --from {} in place of --resume\n",
                    folder.display()
                )
            })?;
            if both.is_none() {
                let found = contradictions::contradictions(&before, asked);
                return Err(found.iter().map(|line| format!("  {line}\n")).collect());
            }
            if complete {
                return Ok(both.map(|_| text.to_owned()));
            }
            continuation = both.as_ref().and_then(|both| additions(&before, both, asked));
            Ok(both.map(|both| both.to_toml()))
        }
        Err(_) => Ok(None), // a file that this version cannot read is another experiment
    };
    let (lock, resolved) = folder::prepare(&folder, &asked.to_toml(), origin, existing, options.patience, extend)?;
    copy_weights(&asked.weights_files(), &folder)?;
    let whole = parse_in(&folder, &resolved, EXPERIMENT)
        .map_err(|error| FolderError(format!("{}: {error}", folder.display())))?;
    let board = options.tensorboard.then(|| resolved.as_str().into());
    let mut jobs = jobs(&whole, asked, &folder, board);
    source.map_or(Ok(()), |source| source.copy(&jobs))?;
    if let Some(part) = options.part {
        jobs = part.of(jobs);
    }
    let config_hash: Arc<str> = checksum_text(resolved.as_bytes()).into();
    jobs.iter_mut().for_each(|job| job.config_hash = Arc::clone(&config_hash));
    Ok(Prepared { jobs, continuation, folder, _lock: lock })
}

/// Copies the files of weights that runs begin with into a folder, so that its results do not depend on others.
///
/// # Errors
/// If one cannot be read or written.
pub fn copy_weights(files: &[WeightsFile], folder: &Path) -> Result<(), FolderError> {
    for file in files {
        let Some(copy) = file.copy_name().map(|name| folder.join(name)).filter(|copy| !copy.is_file()) else {
            continue;
        };
        let written =
            file.read().and_then(|(bytes, _)| write_atomically(&copy, &bytes).map_err(|error| error.to_string()));
        written.map_err(|error| FolderError(format!("{}: {error}; --resume tries again", copy.display())))?;
    }
    Ok(())
}

/// What an experiment has beyond the one that it extends, and which of its variants were not asked for, in words that follow
/// "This is"; `None` where it has nothing more.
fn additions(before: &Experiment, after: &Experiment, asked: &Experiment) -> Option<String> {
    let more = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 more {what}")),
        count => Some(format!("{count} more {what}s")),
    };
    let steps = after.budget.steps - before.budget.steps;
    let added = [
        more(after.variants().len().saturating_sub(before.variants().len()), "variant"),
        more(after.seeds.list().len().saturating_sub(before.seeds.list().len()), "seed"),
        (steps > 0).then(|| format!("{steps} more steps")),
    ];
    let added: Vec<String> = added.into_iter().flatten().collect();
    let asked: Vec<String> = asked.variants().into_iter().map(|variant| variant.variant).collect();
    let names = before.variants().into_iter().map(|variant| variant.variant);
    let kept: Vec<String> = names.filter(|name| !asked.contains(name)).collect();
    let kept = match &kept[..] {
        [] => String::new(),
        kept => format!("; it keeps {} of before, not asked for now", kept.join(", ")),
    };
    (!added.is_empty())
        .then(|| format!("an exact extension by {}: every file is the same as from scratch{kept}", added.join(" and ")))
}

/// How the runs of an experiment ended.
pub struct Ended {
    /// The runs that are over, in the order of variants and seeds; not those that were interrupted.
    pub results: Vec<RunResult>,
    /// How many runs other processes are making.
    pub elsewhere: usize,
}

/// Makes all runs. Returns how each of them ended, in the order of variants and seeds, without those that were interrupted or that
/// another process makes.
///
/// ```
/// use tilde::experiment::{Options, Progress, prepare, run};
///
/// # let text = "
/// #     name = 'walk'
/// #     seeds = [0, 1]
/// #     env = 'gridworld'
/// #     algorithm = 'q_learning'
/// #     approximator = {}
/// #     optimizer = { sgd = { learning_rate = 0.5 } }
/// #     budget = { steps = 5_000 }";
/// # let out = tempfile::tempdir()?;
/// # let experiment = tilde::config::parse(text, "walk.toml", &[])?;
/// let options = Options { jobs: 2, ..Options::new(out.path()) };
/// for result in run(prepare(&experiment, &options)?, &options, &Progress::new(true)) {
///     let summary = result.summary?;
///     assert!(summary.finished() && summary.steps == 5_000, "{}, seed {}", result.variant, result.seed);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run(prepared: Prepared, options: &Options, progress: &Progress) -> Vec<RunResult> {
    run_all(vec![prepared], options, progress).into_iter().flat_map(|ended| ended.results).collect()
}

/// Makes all runs of several experiments, and shares the threads among them. Returns how each experiment ended.
///
/// Runs go on from their checkpoints. A new experiment has none at first; another process may have made some of its runs meanwhile.
pub fn run_all(prepared: Vec<Prepared>, options: &Options, progress: &Progress) -> Vec<Ended> {
    let manifests = ManifestWriter::new(options.command_line.clone());
    let workers =
        Workers { threads: options.jobs, wait: options.wait, manifests: &manifests, progress, stop: &options.stop };
    let mut counts = Vec::new();
    let (mut jobs, mut locks) = (Vec::new(), Vec::new());
    for one in prepared {
        counts.push(one.jobs.len());
        jobs.extend(one.jobs);
        locks.push(one._lock);
    }
    let mut ends = workers.run(jobs).into_iter();
    counts.into_iter().map(|count| Ended::of(ends.by_ref().take(count))).collect()
}

impl Ended {
    fn of(ends: impl Iterator<Item = RunEnd>) -> Ended {
        let mut ended = Ended { results: Vec::new(), elsewhere: 0 };
        for end in ends {
            match end {
                RunEnd::Over(result) => ended.results.push(*result),
                RunEnd::Elsewhere => ended.elsewhere += 1,
                RunEnd::Interrupted => {}
            }
        }
        ended.results.sort_by_key(|result| result.variant_index); // stable: seeds stay in their order
        ended
    }
}
