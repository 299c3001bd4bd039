//! Links between pages, and to pictures.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::page;

/// The Markdown files below a folder, by their paths from the root of the repository, in order.
pub fn markdown_files(root: &Path, folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// What is wrong with the links of a file, one line for each.
///
/// A page of the book is shown without the rest of the repository: it may link to what is below `docs`, and to the web.
pub fn mistakes(root: &Path, file: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join(file)).unwrap();
    let is_of_book = file.starts_with("docs");
    let wrong = page::links(&text).into_iter().filter_map(|link| {
        let why = wrong(root, file, &text, &link.target, is_of_book)?;
        Some(format!("{}:{}: `{}` {why}", file.display(), link.line, link.target))
    });
    wrong.collect()
}

/// What is wrong with a link.
fn wrong(root: &Path, file: &Path, text: &str, target: &str, is_of_book: bool) -> Option<String> {
    if target.is_empty() {
        return (!file.ends_with("SUMMARY.md")).then(|| "leads nowhere".to_owned()); // there, it is a heading
    }
    if ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme)) {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let Some(to) = resolved(file, path) else { return Some("leads out of the repository".to_owned()) };
    if !path.is_empty() && !root.join(&to).exists() {
        return Some(format!("leads to {}, which is not there", to.display()));
    }
    if is_of_book && !to.starts_with("docs") {
        return Some(
            "leads out of docs/, where the book ends: name the file in code, `src/lib.rs`, without a link".to_owned(),
        );
    }
    if is_of_book && root.join(&to).is_dir() {
        return Some("leads to a folder: link a page".to_owned());
    }
    let anchor = anchor?;
    let there = if path.is_empty() { text.to_owned() } else { fs::read_to_string(root.join(&to)).ok()? };
    let anchors: BTreeSet<String> = page::anchors(&there);
    (!anchors.contains(anchor)).then(|| format!("leads to no heading of {}", to.display()))
}

/// The path of a link in a file, from the root of the repository; nothing if it leads out of there.
fn resolved(file: &Path, link: &str) -> Option<PathBuf> {
    if link.is_empty() {
        return Some(file.to_owned());
    }
    let mut path = file.parent()?.to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => path.pop().then_some(())?,
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}
