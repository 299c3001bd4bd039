//! `tilde study`, as a user meets it: the list, a study's files, and what is refused.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{stderr, stdout, tilde};
use tilde::study::studies;

/// The files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn every_study_is_listed_and_its_settings_have_defaults() {
    let shown = stdout(&tilde(&["study", "list"]));
    for entry in studies().all() {
        assert!(shown.contains(&entry.name()), "{} is not in {shown}", entry.name());
        let study = entry.default().unwrap();
        assert_eq!(study.check(), Ok(()), "{}", entry.name());
        assert!(!study.title().is_empty());
    }
}

#[test]
fn a_study_writes_the_same_page_numbers_and_figures_again() {
    let out = tempfile::tempdir().unwrap();
    let go = |name: &str| {
        let folder = out.path().join(name);
        let output = tilde(&["study", "shallow-network", "--out", folder.to_str().unwrap()]);
        assert!(output.status.success(), "{}", stderr(&output));
        (stdout(&output).replace(name, "NAME"), files(&folder))
    };
    let (first, second) = (go("first"), go("again"));
    assert_eq!(first, second);
    let page = String::from_utf8(first.1["study.md"].clone()).unwrap();
    for text in [
        "# A shallow network",
        "The claim holds.",
        "| 10 parameters | 10 | yes |",
        "tilde study shallow-network --seed 0",
    ] {
        assert!(page.contains(text), "no `{text}` in\n{page}");
    }
    for picture in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(first.1.contains_key(picture), "the page shows {picture}, which is not there");
    }
    assert!(String::from_utf8(first.1["data.csv"].clone()).unwrap().starts_with("from,to,units_on,slope\n"));
}

#[test]
fn what_cannot_be_studied_is_refused_with_a_remedy() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let refused = |arguments: &[&str], code: i32, words: &[&str]| {
        let folder = out.path().join("nothing");
        let more = if arguments.contains(&"--out") { vec![] } else { vec!["--out", folder.to_str().unwrap()] };
        let output = tilde(&[&["study"], arguments, &more[..]].concat());
        let message = stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(code), "{message}");
        words.iter().for_each(|word| assert!(message.contains(word), "no `{word}` in: {message}"));
        assert!(!folder.exists(), "something was written");
    };
    refused(&["shalow-network"], 2, &["unknown study", "did you mean `shallow-network`?"]);
    refused(&["activations", "--set", "rang=3"], 2, &["rang", "did you mean `range`"]);
    refused(&["activations", "--set", "range=-1"], 2, &["--set range", "between 0.1 and 100"]);
    refused(&["activations", "--set", "range='wide'"], 2, &["range"]);
    refused(&["all", "--set", "range=3"], 2, &["name it instead of `all`"]);
    let below = file.join("below");
    refused(&["activations", "--out", below.to_str().unwrap()], 1, &["choose another folder with --out"]);
}
