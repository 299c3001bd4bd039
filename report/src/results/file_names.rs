//! The names of the result files.

/// The resolved experiment: `experiment.toml`, in the experiment's folder.
pub const EXPERIMENT: &str = "experiment.toml";
/// The resolved experiment with its search: `search.toml`, in the folder of a search.
pub const SEARCH: &str = "search.toml";
/// The same with all defaults filled in.
pub const RESOLVED: &str = "resolved.toml";
/// The folder of the experiment that judges what a search has chosen, in the folder of the search.
pub const VERDICT: &str = "verdict";
/// The experiment whose weights the runs began with, if they did not begin with new ones; in the experiment's folder.
pub const ORIGIN: &str = "origin.json";
/// The default folder of a report, in the experiment's folder.
pub const REPORT: &str = "report";
/// The output of workers that another program started, in the experiment's folder.
pub const LOGS: &str = "logs";
/// The script that submitted or started the workers of an experiment, in its folder.
pub const SUBMIT: &str = "submit.sh";
/// Training episodes of a run.
pub const EPISODES: &str = "episodes.csv";
/// Evaluation episodes of a run.
pub const EVALUATIONS: &str = "evaluations.csv";
/// Losses and gradients of a run.
pub const UPDATES: &str = "updates.csv";
/// Distances from the exact solution, where the environment has one.
pub const VALUES: &str = "values.csv";
/// Measures of the learned functions, where the experiment asks for them.
pub const DIAGNOSTICS: &str = "diagnostics.csv";
/// The final figures of a run.
pub const SUMMARY: &str = "summary.json";
/// The program, the machine and the time of a run.
pub const MANIFEST: &str = "manifest.json";
