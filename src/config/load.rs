//! Reads a config file: TOML, then overrides, then types, then checks. Every error knows its key and its line.

use std::path::Path;

use serde_path_to_error::{Path as KeyPath, Segment};
use tilde_envs::{Entry, EnvConfig};
use toml::Table;

use super::grid::{self, Expansion};
use super::locate::{line_at, line_of};
use super::overrides;
use super::{ConfigError, Experiment, defaults};
use crate::invalid::Invalid;

/// Reads and checks a config file, changed by `overrides` of the form `key.path=value`.
///
/// # Errors
/// If the file cannot be read or is no valid experiment.
pub fn load(path: &Path, overrides: &[String]) -> Result<Experiment, ConfigError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
        file: file.clone(),
        line: None,
        key: String::new(),
        message: format!("cannot be read: {error}"),
    })?;
    parse(&text, &file, overrides)
}

/// Reads and checks the text of a config; `file` is what errors call it.
///
/// # Errors
/// If the text is no valid experiment.
pub fn parse(text: &str, file: &str, overrides: &[String]) -> Result<Experiment, ConfigError> {
    let mut source = Source { text, file, overrides, expansion: Expansion::default() };
    let mut table: Table = toml::from_str(text).map_err(|error| source.syntax_error(&error))?;
    grid::nest(&mut table);
    for assignment in overrides {
        overrides::apply(&mut table, assignment).map_err(|message| source.error(None, "", message))?;
    }
    source.expansion = grid::expand(&mut table).map_err(|(path, message)| source.at(&path, message))?;
    defaults::fill(&mut table);
    let experiment: Experiment = serde_path_to_error::deserialize(table).map_err(|error| {
        let path = segments(error.path());
        source.at(&path, with_nearest_name(error.inner().message()))
    })?;
    experiment.check().map_err(|Invalid { key, message }| {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        source.at(&path, message)
    })?;
    Ok(experiment)
}

/// An environment of the registry with the settings of `assignments`, each `key=value`, and defaults for the rest.
///
/// # Errors
/// If an assignment is no setting of this environment.
pub fn env_with_settings(entry: &Entry, assignments: &[String]) -> Result<EnvConfig, String> {
    let mut settings = Table::new();
    for assignment in assignments {
        overrides::apply(&mut settings, assignment)?;
    }
    let table = Table::from_iter([(entry.id.replace('-', "_"), toml::Value::Table(settings))]);
    serde_path_to_error::deserialize(table).map_err(|error| {
        let key = segments(error.path())[1..].join(".");
        format!("--set {key}: {}", with_nearest_name(error.inner().message()))
    })
}

/// Where a config came from, to say where an error stands.
struct Source<'a> {
    text: &'a str,
    file: &'a str,
    overrides: &'a [String],
    /// What a grid was replaced by: what is wrong there was written elsewhere.
    expansion: Expansion,
}

impl Source<'_> {
    fn error(&self, line: Option<usize>, key: &str, message: String) -> ConfigError {
        ConfigError { file: self.file.to_owned(), line, key: key.to_owned(), message }
    }

    fn syntax_error(&self, error: &toml::de::Error) -> ConfigError {
        let line = error.span().map(|span| line_at(self.text, span.start));
        self.error(line, "", format!("not valid TOML: {}", error.message()))
    }

    /// An error about a key, at its line, or with the `--set` that brought it in.
    fn at(&self, path: &[String], message: String) -> ConfigError {
        let path = &self.expansion.as_written(path);
        let key = path.join(".");
        // The last one that set this key, or brought in what stands below it.
        let set = self.overrides.iter().rev().find(|assignment| {
            let set = overrides::path_of(assignment);
            path.starts_with(&set) || (!path.is_empty() && set.starts_with(path))
        });
        match set {
            Some(assignment) => self.error(None, &key, format!("{message} (from --set {assignment})")),
            None => self.error(line_of(self.text, path), &key, message),
        }
    }
}

fn segments(path: &KeyPath) -> Vec<String> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Unknown => None,
        })
        .collect()
}

/// Puts a remedy to messages that have none: what a slot takes, and "did you mean" after serde's messages about unknown
/// names, which list the known ones in backticks.
fn with_nearest_name(message: &str) -> String {
    if message.starts_with("wanted exactly 1 element") {
        return "takes exactly one table with one key, such as [env.cart_pole] or [optimizer.adam]".to_owned();
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let (Some(unknown), true) = (names.next(), message.starts_with("unknown ")) else {
        return message.to_owned();
    };
    match nearest(unknown, names) {
        Some(name) => format!("{message}; did you mean `{name}`?"),
        None => message.to_owned(),
    }
}

/// The name most like `unknown`, if any is like it at all.
pub fn nearest<'a>(unknown: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.map(|name| (strsim::jaro_winkler(unknown, name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score > 0.75).map(|(_, name)| name)
}
