//! Reads a config file: parses the TOML, applies overrides, reads the experiment and checks its values. Every error has
//! its key and its line, and all errors are reported at once.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use tilde_envs::EnvConfig;
use tilde_envs::registry::{Entry, Slot, SlotKind};
use toml::de::DeTable;
use toml::{Spanned, Table, Value};

use super::error::{ConfigError, ConfigErrors, MAX_SHOWN};
use super::experiment::LONE_VARIANT;
use super::grid::{self, Expansion};
use super::locate::span_of;
use super::mistake::Mistake;
use super::overrides::{self, Override, Target, VARIANT};
use super::reach::Reach;
use super::read::{read, read_env, read_part};
use super::{Experiment, Written, defaults, example, search_check, search_keys, weights};
use crate::invalid_value::InvalidValue;
use crate::results::most_like;

/// An experiment, and notes on it for the user.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The experiment, with all of its variants.
    pub experiment: Experiment,
    /// Sentences about overrides that change some of the variants and not others.
    pub notes: Vec<String>,
    /// What the file says, for a search.
    pub written: Written,
}

/// The largest size of a config file in bytes. The resolved text of the largest experiment is smaller.
const MAX_BYTES: u64 = 16 << 20;

/// Reads and checks a config file, after `overrides` of the form `key.path=value`.
///
/// ```
/// use tilde::config::load;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("walk.toml"); // in a program of your own: "walk.toml".as_ref()
/// # let text = "
/// #     name = 'walk'
/// #     seeds = [0]
/// #     env = 'gridworld'
/// #     algorithm = 'q_learning'
/// #     approximator = {}
/// #     optimizer = { sgd = { learning_rate = 0.5 } }
/// #     budget = { steps = 5_000 }";
/// # std::fs::write(&path, text)?;
/// let experiment = load(&path, &["budget.steps=2_000".to_owned(), "seeds=[0, 1]".to_owned()])?;
/// assert_eq!((experiment.budget.steps, experiment.seeds.count()), (2_000, 2));
///
/// let wrong = load(&path, &["algorithm.q_learning.gama=0.9".to_owned()]).unwrap_err();
/// assert!(wrong.to_string().contains("did you mean `gamma`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be read or is not a valid experiment.
pub fn load(path: &Path, overrides: &[String]) -> Result<Experiment, ConfigErrors> {
    load_for(path, overrides, &[]).map(|loaded| loaded.experiment)
}

/// The same for a command that runs only the variants named in `only`, or all if it is empty.
///
/// `tilde::tune::tune` has an example.
///
/// # Errors
/// If the file cannot be read or is not a valid experiment, or if an override changes none of the variants to run.
pub fn load_for(path: &Path, overrides: &[String], only: &[String]) -> Result<Loaded, ConfigErrors> {
    let file = path.display().to_string();
    let text = text_of(path).map_err(|message| ConfigError::of_file(&file, message))?;
    parse_for(&text, &file, path.parent(), overrides, only)
}

/// The text of a file, or a message that says why it cannot be read.
fn text_of(path: &Path) -> Result<String, String> {
    if path.is_dir() {
        return Err("cannot be read: it is a folder, and a config is a TOML file".to_owned());
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| match neighbour(path).filter(|_| error.kind() == ErrorKind::NotFound) {
        Some(like) => format!("cannot be read: there is no such file; did you mean `{like}`?"),
        None => format!("cannot be read: {error}"),
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("is longer than a config may be ({} MiB)", MAX_BYTES >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "cannot be read: it is not UTF-8 text".to_owned())
}

/// The TOML file in the same folder with the most similar name, if one is similar enough.
fn neighbour(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names = fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut stems: Vec<String> = names.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
    stems.sort_unstable(); // a folder lists its files in no order
    let like = nearest(path.file_stem()?.to_str()?, stems.iter().map(String::as_str))?;
    Some(path.with_file_name(format!("{like}.toml")).display().to_string())
}

/// The message for a file without keys.
fn nothing_written() -> String {
    format!(
        "has no keys yet. The smallest complete experiment, with defaults for the rest:\n\n{}\n\
         `tilde envs` lists the environments, and `tilde schema` prints every key for your editor.",
        example::smallest()
    )
}

/// Reads and checks the text of a config. Errors give `file` as the name of the file. Files of weights that it names are
/// neither read nor checked.
///
/// ```
/// let text = "
///     name = 'walk'
///     seeds = [0]
///     env = 'gridword'
///     algorithm = 'random'
///     budget = { steps = 100 }";
/// let wrong = tilde::config::parse(text, "walk.toml", &[]).unwrap_err().to_string();
/// assert!(wrong.starts_with("walk.toml:4: env: unknown name `gridword`"));
///
/// let right = tilde::config::parse(&text.replace("gridword", "gridworld"), "walk.toml", &[])?;
/// assert_eq!(right.variants().len(), 1);
/// # Ok::<(), tilde::config::ConfigErrors>(())
/// ```
///
/// # Errors
/// If the text is not a valid experiment.
pub fn parse(text: &str, file: &str, overrides: &[String]) -> Result<Experiment, ConfigErrors> {
    parse_for(text, file, None, overrides, &[]).map(|loaded| loaded.experiment)
}

/// The same for the text of a config in `folder`, where the files of weights lie that it names: they are read and checked.
///
/// # Errors
/// If the text is not a valid experiment, or a file of weights cannot be read or does not fit.
pub fn parse_in(folder: &Path, text: &str, file: &str) -> Result<Experiment, ConfigErrors> {
    parse_for(text, file, Some(folder), &[], &[]).map(|loaded| loaded.experiment)
}

fn parse_for(
    text: &str,
    file: &str,
    folder: Option<&Path>,
    overrides: &[String],
    only: &[String],
) -> Result<Loaded, ConfigErrors> {
    let mut source = Source { text, file, ..Source::default() };
    let mut table = source.table()?;
    if table.is_empty() && overrides.is_empty() {
        return Err(ConfigError::of_file(file, nothing_written()).into());
    }
    grid::nest(&mut table);
    search_keys::nest(&mut table);
    source.change(&mut table, overrides)?;
    search_keys::flatten(&mut table);
    let mut as_written = table.clone();
    defaults::fill(&mut table);
    let unreadable = folder.map_or_else(Vec::new, |folder| weights::resolve(&mut table, folder));
    folder.map(|folder| weights::resolve(&mut as_written, folder)); // what is unreadable is known
    let written = Written::new(as_written);
    let read = read(table);
    let mut errors: Vec<ConfigError> = read.mistakes.iter().map(|mistake| source.at_mistake(mistake)).collect();
    errors.extend(unreadable.into_iter().map(|(path, message)| source.at(&path, message)));
    if let Some(experiment) = &read.experiment {
        let found = experiment.check().err().into_iter().flat_map(InvalidValue::each);
        let found = found.filter(|found| read.is_sound(&found.key)).take(MAX_SHOWN + 1);
        errors.extend(found.map(|found| source.at_invalid(found)));
        if errors.is_empty() && folder.is_some() {
            let found = experiment.check_weights().err().into_iter().flat_map(InvalidValue::each);
            errors.extend(found.take(MAX_SHOWN + 1).map(|found| source.at_invalid(found)));
        }
    }
    let search = read.experiment.as_ref().and_then(|experiment| Some((experiment, experiment.search.as_ref()?)));
    if let Some((experiment, search)) = search.filter(|_| errors.is_empty()) {
        let found = search_check::check(experiment, search, &written).into_iter().take(MAX_SHOWN + 1);
        errors.extend(found.map(|(path, message)| source.at(&path, message)));
    }
    match read.experiment.filter(|_| errors.is_empty()) {
        Some(mut experiment) => {
            experiment.complete_envs();
            Ok(Loaded { notes: source.check_reach(&experiment, only)?, experiment, written })
        }
        None => Err(ConfigErrors::new(errors)),
    }
}

/// A part of a slot with the settings `assignments`, each `key=value`, and defaults for the rest.
///
/// # Errors
/// If an assignment is not a valid setting of this part.
pub fn with_settings<T: SlotKind + ?Sized>(entry: &Entry<T>, assignments: &[String]) -> Result<Slot<T>, String> {
    let mut settings = Table::new();
    for assignment in assignments {
        overrides::read(assignment)?.apply(&mut settings)?;
    }
    let table = Table::from_iter([(entry.id.to_owned(), Value::Table(settings))]);
    read_part(table).map_err(|mistakes| said(&mistakes, |path| path.get(1..).unwrap_or_default().join(".")))
}

/// Mistakes as a command tells them, each with the key of `--set` that leads to its path.
fn said(mistakes: &[Mistake], key: impl Fn(&[String]) -> String) -> String {
    let said = |mistake: &Mistake| format!("--set {}: {}", key(&mistake.path), mistake.message());
    mistakes.iter().map(said).collect::<Vec<_>>().join("\n")
}

/// The config of an environment after changes, each `env.key=value` or, as in a config file, `env.ID.key=value`.
///
/// # Errors
/// If a change is not one of the environment, or not a valid setting of it.
pub fn changed_env(env: &EnvConfig, assignments: &[String]) -> Result<EnvConfig, String> {
    let mut table = Table::try_from(env).expect("the settings of an environment are plain numbers, names and tables");
    for assignment in assignments {
        let mut change = overrides::read(assignment)?;
        if change.path.len() < 2 || change.path[0] != "env" {
            return Err(format!("--set {assignment}: only the environment can be changed here, with env.KEY=VALUE"));
        }
        change.path[0] = env.id().to_owned();
        if change.path[1] == env.id() {
            change.path.remove(0);
        }
        change.apply(&mut table)?;
    }
    let read = read_env(table).map_err(|mistakes| said(&mistakes, |path| format!("env.{}", path.join("."))))?;
    match read.build() {
        Ok(_) => Ok(read),
        Err(error) => Err(format!("--set env.{}.{}: {}", read.id(), error.key, error.message)),
    }
}

/// The text and the overrides of a config, from which the place of an error is found.
#[derive(Default)]
struct Source<'a> {
    text: &'a str,
    file: &'a str,
    /// The parsed text with the position of every key, if the text is valid TOML.
    places: Option<Spanned<DeTable<'a>>>,
    /// The overrides, in the order of their application.
    overrides: Vec<Override>,
    /// The slots that overrides copied from the experiment into a variant.
    copied: Vec<(Target, String)>,
    /// The slots of each variant in the file, before the overrides of single variants.
    own_slots: Vec<BTreeSet<String>>,
    /// The variants of the grid. The text of an error in them is elsewhere: in the grid, the experiment or a variant.
    expansion: Expansion,
}

impl Source<'_> {
    fn error(&self, key: &str, message: String) -> ConfigError {
        ConfigError { key: key.to_owned(), ..ConfigError::of_file(self.file, message) }
    }

    /// The text as a table.
    fn table(&mut self) -> Result<Table, ConfigErrors> {
        let (places, errors) = DeTable::parse_recoverable(self.text);
        if errors.is_empty() {
            self.places = Some(places);
            let parsed = toml::from_str(self.text);
            return parsed.map_err(|error: toml::de::Error| self.syntax_error(&error).into());
        }
        let mut errors: Vec<ConfigError> = errors.iter().map(|error| self.syntax_error(error)).collect();
        errors.sort_by_key(|error| error.line);
        errors.dedup_by_key(|error| error.line); // the second error of a line often follows from the first
        Err(ConfigErrors::new(errors))
    }

    fn syntax_error(&self, error: &toml::de::Error) -> ConfigError {
        let message = match error.message() {
            "u64 value was too large" => format!("a whole number is at most {}", i64::MAX),
            other => format!("not valid TOML: {other}"),
        };
        match error.span() {
            Some(span) => ConfigError::at(self.file, self.text, span, String::new(), message),
            None => ConfigError::of_file(self.file, message),
        }
    }

    /// Applies the overrides and multiplies out the grid. Overrides of the experiment and of the file's variants come
    /// before the grid, overrides of single variants of the grid after it.
    fn change(&mut self, table: &mut Table, assignments: &[String]) -> Result<(), ConfigErrors> {
        let (of_variants, others): (Vec<&String>, Vec<&String>) =
            assignments.iter().partition(|assignment| overrides::addresses_variant(assignment));
        let mut errors = Vec::new();
        for assignment in others {
            let set = overrides::read(assignment);
            errors.extend(set.and_then(|set| self.apply(table, set)).err());
        }
        self.own_slots = slots_of_variants(table);
        let names = variant_names(table);
        let mut later = Vec::new();
        for assignment in of_variants {
            let set = overrides::read_for_variant(assignment, &names, Target::Variant).transpose();
            match set {
                Some(set) => errors.extend(set.and_then(|set| self.apply(table, set)).err()),
                None => later.push(assignment),
            }
        }
        let (file, has_grid) = (self.file, table.contains_key("grid"));
        match grid::expand(table) {
            Ok(expansion) => self.expansion = expansion,
            Err((path, message)) => return Err(self.at(&path, message).into()),
        }
        let names = if has_grid { variant_names(table) } else { names };
        for assignment in later {
            let set = match overrides::read_for_variant(assignment, &names, Target::Expanded).transpose() {
                None if names.is_empty() => {
                    // The experiment itself is the one variant.
                    let lone = [LONE_VARIANT.to_owned()];
                    overrides::read_for_variant(assignment, &lone, |_| Target::Experiment).transpose()
                }
                found => found,
            };
            let set = set.unwrap_or_else(|| Err(unknown_variant(assignment, &names)));
            errors.extend(set.and_then(|set| self.apply(table, set)).err());
        }
        let errors: Vec<ConfigError> = errors.into_iter().map(|message| ConfigError::of_file(file, message)).collect();
        if errors.is_empty() { Ok(()) } else { Err(ConfigErrors::new(errors)) }
    }

    fn apply(&mut self, table: &mut Table, set: Override) -> Result<(), String> {
        if set.apply(table)? {
            self.copied.push((set.target, set.path[0].clone()));
        }
        self.overrides.push(set);
        Ok(())
    }

    /// Refuses overrides that change nothing, and notes those that change only some variants.
    fn check_reach(&self, experiment: &Experiment, only: &[String]) -> Result<Vec<String>, ConfigErrors> {
        if self.overrides.is_empty() {
            return Ok(Vec::new());
        }
        let variants = experiment.variants();
        let reach = Reach {
            overrides: &self.overrides,
            own_slots: &self.own_slots,
            expansion: &self.expansion,
            variants: &variants,
            only,
        };
        reach.check().map_err(|idle| {
            let said =
                |(set, message): (&Override, String)| self.error("", format!("--set {}: {message}", set.assignment));
            ConfigErrors::new(idle.into_iter().map(said).collect())
        })
    }

    /// The error of a mistake. If an override added a second key to a table with one key, the message also says how to
    /// replace the whole table.
    fn at_mistake(&self, mistake: &Mistake) -> ConfigError {
        self.at_with(&mistake.path, |set| {
            let whole = set.filter(|_| mistake.is_crowded()).and_then(|(set, depth)| set.of_whole_table(depth));
            mistake.message() + &whole.map_or(String::new(), |whole| format!("; {whole} replaces what is there"))
        })
    }

    /// An error about a value that is out of its range.
    fn at_invalid(&self, invalid: InvalidValue) -> ConfigError {
        let path: Vec<String> = invalid.key.split('.').map(str::to_owned).collect();
        self.at(&path, invalid.message)
    }

    /// An error about a key, with its line or with the `--set` that set it.
    fn at(&self, path: &[String], message: String) -> ConfigError {
        self.at_with(path, |_| message)
    }

    /// The same with a message that may depend on the `--set` that set it, and on how many of its keys lead to `path`.
    fn at_with(&self, path: &[String], message: impl FnOnce(Option<(&Override, usize)>) -> String) -> ConfigError {
        // A key of a search's space has dots.
        let path = &match path {
            [search, ..] if search == "search" => {
                path.iter().flat_map(|key| key.split('.')).map(str::to_owned).collect()
            }
            _ => path.to_vec(),
        }[..];
        let written = self.expansion.as_written(path);
        let own = |target: fn(usize) -> Target, path: &[String]| match path {
            [variant, index, rest @ ..] if variant == VARIANT => Some((target(index.parse().ok()?), rest.to_vec())),
            _ => None,
        };
        // From the narrowest target, whose overrides were applied last, to the experiment.
        let mut places = [own(Target::Expanded, path), own(Target::Variant, &written)].to_vec();
        let is_copy = |(target, rest): &(Target, Vec<String>)| {
            rest.first().is_some_and(|slot| self.copied.contains(&(*target, slot.clone())))
        };
        let copy = places.iter().flatten().find(|place| is_copy(place)).map(|(_, rest)| rest.clone());
        let shown = copy.unwrap_or(written);
        places.push(Some((Target::Experiment, shown.clone())));
        // The last override that set this key, or a key below it.
        let brought = |set: &Override| {
            places.iter().flatten().find_map(|(target, path)| {
                let is_it = *target == set.target
                    && (path.starts_with(&set.path) || (!path.is_empty() && set.path.starts_with(path)));
                is_it.then_some(path.len())
            })
        };
        match self.overrides.iter().rev().find_map(|set| Some((set, brought(set)?))) {
            Some((set, depth)) => {
                let key = if set.target == Target::Experiment { &shown } else { path };
                let message = message(Some((set, depth)));
                self.error(&key.join("."), format!("{message} (from --set {})", set.assignment))
            }
            None => match self.places.as_ref().and_then(|places| span_of(places.get_ref(), &shown)) {
                Some(span) => ConfigError::at(self.file, self.text, span, shown.join("."), message(None)),
                None => self.error(&shown.join("."), message(None)),
            },
        }
    }
}

fn unknown_variant(assignment: &str, names: &[String]) -> String {
    let hint = match names {
        [] => format!("without variants, there is only `{LONE_VARIANT}`"),
        _ => format!(
            "there are {}",
            names.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    format!("--set {assignment}: no variant has this name: {hint}")
}

/// The tables of the variants; `None` for one that is not a table.
fn variants(table: &Table) -> impl Iterator<Item = Option<&Table>> {
    table.get(VARIANT).and_then(Value::as_array).into_iter().flatten().map(Value::as_table)
}

/// The names of the variants; empty for one without a name.
fn variant_names(table: &Table) -> Vec<String> {
    let name = |variant: Option<&Table>| Some(variant?.get("name")?.as_str()?.to_owned());
    variants(table).map(|variant| name(variant).unwrap_or_default()).collect()
}

fn slots_of_variants(table: &Table) -> Vec<BTreeSet<String>> {
    variants(table).map(|variant| variant.into_iter().flat_map(Table::keys).cloned().collect()).collect()
}

/// The name that is most similar to `unknown`, if one is similar enough. Case does not count.
pub fn nearest<'a>(unknown: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    most_like(unknown, names).filter(|(_, likeness)| *likeness > 0.75).map(|(name, _)| name)
}
