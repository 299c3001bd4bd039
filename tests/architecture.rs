//! Data flows one way: a module imports what stands to its right, and burn stays where learning is.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::fs;
use std::path::{Path, PathBuf};

/// From the command line down to what depends on nothing. Modules of one row do not import each other.
const LAYERS: &[&[&str]] = &[
    &["app"],
    &["cli"],
    &["media", "study", "tune", "watch"],
    &["cluster", "evaluation", "experiment", "export", "inspect", "render", "report"],
    &["run"],
    &["config"],
    &["diagnostics"],
    &["agents", "supervised", "tensorboard"],
    &["approx", "losses", "replay", "search"],
    &["optim"],
    &["chart", "device", "schedule", "rng"],
    &[
        "checksum",
        "invalid_value",
        "kernels",
        "parallel",
        "rasterizer",
        "registry",
        "results",
        "safetensors",
        "stats",
        "text",
    ],
];

/// The crates that the modules are in. What is in another crate has the same path: `crate::approx` is `tilde_learn::approx`.
const CRATES: &[&str] = &["src", "learn/src", "report/src"];

/// The modules that may know of tensors.
const WITH_BURN: &[&str] = &["approx", "device", "optim", "study"];

fn layer(module: &str) -> usize {
    let found = LAYERS.iter().position(|row| row.contains(&module));
    found.unwrap_or_else(|| panic!("`{module}` has no layer yet: give it one in this test"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// Every file below a top-level module, with the module's name.
fn files() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = CRATES.iter().flat_map(|sources_of| sources(&root.join(sources_of))).map(|path| {
        let inside = path.strip_prefix(root).unwrap();
        let mut folders = inside.iter().map(|name| name.to_str().unwrap());
        folders.find(|&folder| folder == "src").unwrap();
        let module = folders.next().unwrap().trim_end_matches(".rs").to_owned();
        (module, inside.display().to_string(), fs::read_to_string(&path).unwrap())
    });
    named.filter(|(module, _, _)| module != "lib" && module != "main").collect()
}

/// The modules that a file names. What its tests import is their own business.
fn imports(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let named = code.split("crate::").skip(1);
    named.map(|import| import.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned()).collect()
}

#[test]
fn imports_go_one_way() {
    let files = files();
    assert!(files.len() > 20, "the sources were not found");
    for (module, file, text) in files {
        let around = ["tilde_learn::", "tilde_report::"].iter().find(|path| text.contains(**path));
        assert!(around.is_none(), "{file} says {around:?} where `crate::` does");
        for target in imports(&text) {
            let target = target.as_str();
            if target != module {
                assert!(
                    layer(target) > layer(&module),
                    "{file} imports `{target}`, which stands to the left of `{module}`"
                );
            }
        }
    }
}

#[test]
fn a_report_imports_result_files_statistics_charts_pixels_threads_and_text_alone() {
    for (_, file, text) in files().into_iter().filter(|(module, _, _)| module == "report") {
        for target in imports(&text) {
            assert!(
                ["chart", "parallel", "rasterizer", "report", "results", "stats", "text"].contains(&target.as_str()),
                "{file} imports `{target}`"
            );
        }
    }
}

#[test]
fn burn_stays_where_learning_is() {
    for (module, file, text) in files() {
        let uses_burn = text.contains("burn::");
        assert!(!uses_burn || WITH_BURN.contains(&module.as_str()), "{file} uses burn");
    }
}
