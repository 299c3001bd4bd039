//! `tilde envs`.

use tilde_envs::registry::Entry;
use tilde_envs::{Env, EnvConfig, Environment, environments, gymnasium_ids};

use super::{Failure, print};
use crate::config::nearest;
use crate::text::{WIDTH, wrapped};

/// List the environments, or describe one
#[derive(clap::Args)]
pub struct Args {
    /// The environment to describe
    #[arg(conflicts_with = "gymnasium")]
    id: Option<String>,

    /// List the environments of Gymnasium instead, by their IDs
    #[arg(long)]
    gymnasium: bool,

    /// The Python that has Gymnasium
    #[arg(long, value_name = "PYTHON", default_value = "python3", requires = "gymnasium")]
    python: String,

    /// A module to import first, which registers environments; may be given several times
    #[arg(long, value_name = "MODULE", requires = "gymnasium")]
    import: Vec<String>,
}

/// Prints the list of environments, or one of them with its settings.
pub fn envs(args: &Args) -> Result<(), Failure> {
    if args.gymnasium {
        let ids = gymnasium_ids(&args.python, &args.import);
        let ids = ids.map_err(|error| Failure::Usage(format!("--{}: {}", error.key, error.message)))?;
        return print(&ids.iter().map(|id| format!("{id}\n")).collect::<String>());
    }
    match &args.id {
        None => print(&list()),
        Some(id) => print(&describe(known(id)?)),
    }
}

/// An environment of the registry.
pub type EnvEntry = Entry<dyn Environment>;

/// The environment of this name.
pub fn known(id: &str) -> Result<&'static EnvEntry, Failure> {
    environments().find(id).ok_or_else(|| {
        let names: Vec<String> = environments().all().iter().map(|entry| entry.name()).collect();
        let nearest = nearest(id, names.iter().map(String::as_str));
        let hint = nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Failure::Usage(format!("unknown environment `{id}`, expected one of {}{hint}", names.join(", ")))
    })
}

/// The environment with its default settings, or why it cannot be made from them.
fn with_defaults(entry: &EnvEntry) -> Result<(EnvConfig, Box<dyn Env>), String> {
    let config = entry.default().map_err(|why| format!("needs settings: {why}"))?;
    let env = config.build().map_err(|error| format!("needs settings: {error}"))?;
    Ok((config, env))
}

/// Each environment in a few lines of at most [`WIDTH`] columns.
fn list() -> String {
    let entry = |entry: &'static EnvEntry| {
        let summary: String = wrapped(entry.summary, WIDTH - 2).lines().map(|line| format!("  {line}\n")).collect();
        let spaces = match with_defaults(entry) {
            Ok((_, env)) => {
                field("observations", &env.observation_space().to_string())
                    + &field("actions", &env.actions().to_string())
            }
            Err(why) => field("settings", &why),
        };
        format!("{}\n{summary}{spaces}", entry.name())
    };
    environments().all().into_iter().map(entry).collect::<Vec<_>>().join("\n")
}

/// A name and its value; further lines of the value are aligned with the first.
fn field(name: &str, value: &str) -> String {
    let lines = wrapped(value, WIDTH - 16);
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    names.zip(lines.lines()).map(|(name, line)| format!("  {name:<12}  {line}\n")).collect()
}

fn describe(entry: &EnvEntry) -> String {
    let head = format!("{}: {}\n", entry.name(), entry.summary);
    let (config, env) = match with_defaults(entry) {
        Ok(made) => made,
        Err(why) => return format!("{head}\n{why}\n\nIn a config file: [env.{}]\n", entry.id),
    };
    let table =
        toml::Table::from_iter([("env".to_owned(), toml::Value::try_from(&config).expect("a config is plain TOML"))]);
    let components: Vec<String> = config.components().into_iter().map(|component| component.name).collect();
    let named = |names: &str| if names.is_empty() { String::new() } else { format!(": {names}") };
    format!(
        "{head}\nobservations  {}{}\nactions       {}{}\n\nIn a config file, with every default:\n\n{}",
        env.observation_space(),
        named(&components.join(", ")),
        env.actions(),
        named(&config.action_names().join(", ")),
        toml::to_string(&table).expect("a config is plain TOML")
    )
}
