//! `tilde envs`.

use tilde_envs::{Entry, find, registry};

use super::{Failure, print};
use crate::config::nearest;
use crate::text::{WIDTH, wrapped};

/// List the environments, or describe one
#[derive(clap::Args)]
pub struct Args {
    /// The environment to describe
    id: Option<String>,
}

/// Prints the registry, or one entry of it.
pub fn envs(args: &Args) -> Result<(), Failure> {
    match &args.id {
        None => print(&list()),
        Some(id) => print(&describe(known(id)?)),
    }
}

/// The environment of this name.
pub fn known(id: &str) -> Result<&'static Entry, Failure> {
    find(id).ok_or_else(|| {
        let names = registry().iter().map(|entry| entry.id);
        let hint = nearest(id, names.clone()).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        let list = names.collect::<Vec<_>>().join(", ");
        Failure::Usage(format!("unknown environment `{id}`, expected one of {list}{hint}"))
    })
}

/// Each environment in a few lines of at most [`WIDTH`] columns.
fn list() -> String {
    let entry = |entry: &Entry| {
        let env = (entry.default)().build().expect("defaults build");
        let summary: String = wrapped(entry.summary, WIDTH - 2).lines().map(|line| format!("  {line}\n")).collect();
        let spaces = [("observations", env.observation_space().to_string()), ("actions", env.actions().to_string())];
        format!("{}\n{summary}{}", entry.id, spaces.map(|(name, value)| field(name, &value)).concat())
    };
    registry().iter().map(entry).collect::<Vec<_>>().join("\n")
}

/// A name and what belongs to it, which goes on below its beginning.
fn field(name: &str, value: &str) -> String {
    let lines = wrapped(value, WIDTH - 16);
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    names.zip(lines.lines()).map(|(name, line)| format!("  {name:<12}  {line}\n")).collect()
}

fn describe(entry: &Entry) -> String {
    let config = (entry.default)();
    let env = config.build().expect("defaults build");
    let table =
        toml::Table::from_iter([("env".to_owned(), toml::Value::try_from(&config).expect("a config is plain TOML"))]);
    format!(
        "{}: {}\n\nobservations  {}\nactions       {}\n\nIn a config file, with every default:\n\n{}",
        entry.id,
        entry.summary,
        env.observation_space(),
        env.actions(),
        toml::to_string(&table).expect("a config is plain TOML")
    )
}
