//! The folders of experiments and runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::results::{EXPERIMENT, SEARCH, VERDICT, most_like};

/// The experiments at a path: the folder itself, or the experiments in it.
///
/// # Errors
/// If there are none; the message suggests another folder.
pub fn experiments_in(path: &Path) -> Result<Vec<PathBuf>, String> {
    let is_experiment = |folder: &Path| folder.join(EXPERIMENT).is_file();
    let shown = path.display();
    if path.is_file() && path.file_name().is_some_and(|name| name == EXPERIMENT) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return Err(format!("{shown}: is a file: give its folder, {}", folder.display()));
    }
    if is_experiment(path) {
        return Ok(vec![path.to_owned()]);
    }
    if let Some(above) = path.ancestors().skip(1).take(2).find(|above| is_experiment(above)) {
        return Err(format!("{shown}: is a part of the experiment in {0}: give {0}", above.display()));
    }
    let entries = fs::read_dir(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{shown}: there is no such folder{}", nearest_beside(path)),
        _ => format!("{shown}: {error}"),
    })?;
    let inside: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_experiment(path)).collect();
    if inside.is_empty() && path.join(SEARCH).is_file() {
        let verdict = path.join(VERDICT);
        return Err(format!(
            "{shown}: is the folder of a search, which `tilde report` takes alone: give {} for what it has chosen, once it is over; \
             `tilde tune` with --resume goes on",
            verdict.display()
        ));
    }
    let is_search = |name: &String| path.join(name).join(SEARCH).is_file();
    if inside.is_empty()
        && let Some(name) = names_in(path).into_iter().find(is_search)
    {
        return Err(format!(
            "{shown}: has searches and no experiment: give one of them, {}",
            path.join(name).display()
        ));
    }
    if inside.is_empty() {
        return Err(format!(
            "{shown}: neither it nor a folder in it has {EXPERIMENT}: give the folder that `tilde train` named, such as \
             runs/cart-pole"
        ));
    }
    Ok(inside)
}

/// What to do about a missing folder: the most similar name beside it, or a general hint.
fn nearest_beside(path: &Path) -> String {
    let wanted = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let beside = parent.unwrap_or(Path::new("."));
    let names = names_in(beside);
    let folders = names.iter().map(String::as_str).filter(|name| beside.join(name).is_dir());
    match most_like(&wanted, folders) {
        Some((name, _)) => {
            format!("; the nearest name is {}", parent.map_or(name.into(), |parent| parent.join(name)).display())
        }
        None => ": give the folder that `tilde train` named, such as runs/cart-pole".to_owned(),
    }
}

/// The names of the files and folders in a folder, sorted.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// The names of the runs in a variant's folder.
pub fn runs_in(folder: &Path) -> Vec<String> {
    names_in(folder).into_iter().filter(|name| name.starts_with("seed-")).collect()
}
