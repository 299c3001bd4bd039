//! A result folder of any bytes is an error or a report. The first byte says which file the others replace.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tilde::report::{Report, ReportOptions};
use tilde::stats::Bootstrap;

const FILES: [&str; 7] = [
    "experiment.toml",
    "default/seed-4/evaluations.csv",
    "default/seed-4/episodes.csv",
    "default/seed-4/updates.csv",
    "default/seed-4/values.csv",
    "default/seed-4/summary.json",
    "default/seed-4/manifest.json",
];

/// A folder in memory, where the system has one, with the good files, and what stands in them.
static GOOD: LazyLock<(PathBuf, Vec<Vec<u8>>)> = LazyLock::new(|| {
    let place = if fs::metadata("/dev/shm").is_ok() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(place).expect("a folder").keep();
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../data/format-3");
    fs::create_dir_all(folder.join("default/seed-4")).expect("a folder");
    let contents: Vec<Vec<u8>> = FILES.iter().map(|file| fs::read(source.join(file)).unwrap_or_default()).collect();
    FILES.iter().zip(&contents).for_each(|(file, content)| fs::write(folder.join(file), content).expect("a file"));
    (folder, contents)
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else { return };
    let (folder, contents) = &*GOOD;
    let which = usize::from(*choice) % FILES.len();
    fs::write(folder.join(FILES[which]), content).expect("a file");
    let bootstrap = Bootstrap { resamples: 20, ..Bootstrap::default() };
    if let Ok(report) = Report::read(std::slice::from_ref(folder), ReportOptions { bootstrap, ..ReportOptions::default() }) {
        assert!(!report.text().is_empty());
        // Drawing takes a thousand times as long as reading.
        if content.len() % 1024 == 1 {
            report.write(&folder.join("report")).expect("a report of whatever was read can be written");
        }
    }
    fs::write(folder.join(FILES[which]), &contents[which]).expect("a file");
});
