//! Whoever uses the program may: every crate that is built into it has a licence that asks for no more than to be named.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::process::Command;

/// Licences that ask for no more than their text beside the program, or, the MPL, for the source of their own files.
const ALLOWED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unlicense",
    "CC0-1.0",
    "BSL-1.0",
    "MPL-2.0", // of its own files
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "OFL-1.1",
    "Apache-2.0 WITH LLVM-exception",
];

/// Whether one of the alternatives of a licence expression is made of allowed licences alone.
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    let alternatives: Vec<&str> = plain.split(" OR ").collect();
    alternatives.iter().any(|all| all.split(" AND ").all(|licence| ALLOWED.contains(&licence.trim())))
}

#[test]
fn every_crate_has_a_licence_that_allows_any_use() {
    let arguments = ["tree", "--prefix", "none", "-e", "normal,build", "--format", "{p}|{l}", "--offline", "--locked"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('|')).collect();
    assert!(crates.len() > 100, "{text}");
    for (name, licence) in crates {
        assert!(is_allowed(licence.trim_end_matches(" (*)")), "{name} has the licence {licence:?}");
    }
}

#[test]
fn licence_expressions_are_understood() {
    assert!(is_allowed("MIT OR Apache-2.0") && is_allowed("MIT/Apache-2.0") && is_allowed("GPL-3.0 OR MIT"));
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0") && is_allowed("BSD-3-Clause AND BSD-2-Clause"));
    assert!(!is_allowed("GPL-3.0-only") && !is_allowed("MIT AND GPL-3.0") && !is_allowed(""));
}
