//! `tilde envs`.

use tilde_envs::{Entry, find, registry};

use super::{Failure, print};
use crate::config::nearest;
use crate::report::{Alignment, aligned};

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

fn list() -> String {
    let rows: Vec<Vec<String>> = registry()
        .iter()
        .map(|entry| {
            let env = (entry.default)().build().expect("defaults build");
            vec![
                entry.id.to_owned(),
                env.observation_space().to_string(),
                env.actions().to_string(),
                entry.summary.to_owned(),
            ]
        })
        .collect();
    use Alignment::{Left, Right};
    aligned(&[("id", Left), ("observations", Left), ("actions", Right), ("what it is", Left)], &rows)
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
