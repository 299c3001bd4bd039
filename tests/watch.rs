//! `tilde watch` where it cannot show anything: what it refuses, and with which remedy. The view itself has its tests beside it.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::path::Path;

use common::{stderr, stdout, tilde};

/// The message for a folder, which is refused before anything is shown.
fn refused(folder: &Path) -> String {
    let output = tilde(&["watch", folder.to_str().unwrap()]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{}", stderr(&output));
    stderr(&output).replace('\n', " ")
}

#[test]
fn without_a_terminal_it_says_what_prints_the_results() {
    let out = tempfile::tempdir().unwrap();
    let config = "name = 'x'\nseeds = [0]\n[budget]\nsteps = 9\n[env.gridworld]\n";
    fs::write(out.path().join("experiment.toml"), config).unwrap();
    let message = refused(out.path());
    assert!(
        message.starts_with("error: watch needs a terminal for its view and its keys, and there is none:"),
        "{message}"
    );
    assert!(message.contains("`tilde report ") && message.contains("prints the results so far as text"), "{message}");
    assert!(!message.contains('\u{1b}'), "an escape sequence: {message}");
}

#[test]
fn a_folder_without_an_experiment_is_refused() {
    let out = tempfile::tempdir().unwrap();
    let missing = refused(&out.path().join("no-such-folder"));
    assert!(missing.contains("there is no such folder: give the folder that `tilde train` named"), "{missing}");
    let empty = refused(out.path());
    assert!(empty.contains("neither it nor a folder in it has experiment.toml"), "{empty}");
    fs::write(out.path().join("experiment.toml"), "name = ").unwrap();
    assert!(refused(out.path()).contains("experiment.toml"));
}
