//! Pictures of the best runs in a report.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{stderr, tilde};
use tilde::media::draw;
use tilde::report::{MAX_PAGE_BYTES, Report, ReportOptions};
use tilde::stats::Bootstrap;

/// Variants in several environments, each with two seeds.
const CONFIG: &str = r#"
name = "looks"
seeds = [0, 1]
[budget]
steps = 400
evaluate_every = 200
evaluation_episodes = 2
checkpoint_every = 200
[algorithm.dqn]
buffer_size = 400
learning_starts = 50
[optimizer.adam]
learning_rate = 1e-3
[approximator]
[[variant]]
name = "shallow"
env = "cart_pole"
approximator = { hidden = [8] }
[[variant]]
name = "linear"
env = "cart_pole"
[[variant]]
name = "grid"
env = "gridworld"
approximator = { features = "one_hot" }
[[variant]]
name = "board"
env = "catch"
[[variant]]
name = "probe"
env = "probe_two_step"
"#;

/// Trains these variants; the experiment's folder.
fn trained(out: &Path, variants: &[&str]) -> PathBuf {
    let (config, out) = (out.join("looks.toml"), out.display().to_string());
    fs::write(&config, CONFIG).unwrap();
    let config = config.display().to_string();
    let only: Vec<&str> = variants.iter().flat_map(|variant| ["--only", variant]).collect();
    let output = tilde(&[&["train", &config, "--out", &out, "--quiet"], &only[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    Path::new(&out).join("looks")
}

/// The page that `tilde report` writes into a folder of this name.
fn page(experiment: &Path, name: &str, more: &[&str]) -> String {
    let out = experiment.join(name).display().to_string();
    let folder = experiment.display().to_string();
    let output = tilde(&[&["report", &folder, "--resamples", "200", "--out", &out], more].concat());
    assert!(output.status.success() && stderr(&output).is_empty(), "{}", stderr(&output));
    fs::read_to_string(experiment.join(name).join("index.html")).unwrap()
}

fn is_file(path: &Path, magic: &[u8]) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(magic))
}

#[test]
fn the_page_shows_an_episode_of_each_variant_and_maps_of_values() {
    let out = tempfile::tempdir().unwrap();
    let experiment = trained(out.path(), &[]);
    let with = page(&experiment, "with", &[]);
    assert_eq!(
        with.matches("data:image/gif;base64,").count(),
        4,
        "two of cart-pole, one of a gridworld and one of catch"
    );
    assert_eq!(with.matches("prefers-reduced-motion").count(), 4);
    for id in ["cart-pole-episodes", "gridworld-episodes", "catch-episodes", "cart-pole-values", "cart-pole-actions"] {
        assert!(with.contains(&format!("<figure class=\"gallery\" id=\"{id}\">")), "{id}");
    }
    assert!(!with.contains("gridworld-values") && !with.contains("catch-values"), "their drawings show the values");
    assert!(!with.contains("probe-two-step-episodes") && !with.contains("There is no picture"));
    assert!(with.contains("position and velocity at the median of visited states") && with.contains("angle (rad)"));
    assert!(with.len() < MAX_PAGE_BYTES);

    let media = experiment.join("with/media");
    for variant in ["cart-pole-shallow", "cart-pole-linear", "gridworld-grid", "catch-board"] {
        assert!(is_file(&media.join(format!("{variant}.gif")), b"GIF89a"), "{variant}");
        assert!(is_file(&media.join(format!("{variant}.png")), b"\x89PNG"), "{variant}");
    }
    for map in ["shallow-values", "linear-values", "shallow-actions", "linear-actions"] {
        assert!(is_file(&media.join(format!("cart-pole-{map}.png")), b"\x89PNG"), "{map}");
        assert!(is_file(&media.join(format!("cart-pole-{map}.svg")), b"<svg"), "{map}");
        assert!(is_file(&media.join(format!("cart-pole-{map}.csv")), b"x,y,value\n"), "{map}");
    }
    // Every link to a picture leads to a file.
    for link in with.split("href=\"media/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(media.join(link).is_file(), "{link}");
    }
    assert!(with == page(&experiment, "again", &[]), "the same files, the same page");
}

#[test]
fn without_media_the_page_is_that_of_the_result_files_alone() {
    let out = tempfile::tempdir().unwrap();
    let experiment = trained(out.path(), &["shallow", "grid"]);
    let without = page(&experiment, "without", &["--no-media"]);
    assert!(!without.contains("data:image") && !without.contains("class=\"gallery\""), "{without}");
    assert!(!experiment.join("without/media").exists());
    let options =
        ReportOptions { bootstrap: Bootstrap { resamples: 200, ..Bootstrap::default() }, ..ReportOptions::default() };
    let report = Report::read(std::slice::from_ref(&experiment), options).unwrap();
    report.write(&experiment.join("library")).unwrap();
    assert_eq!(without, fs::read_to_string(experiment.join("library/index.html")).unwrap());
}

#[test]
fn a_run_that_cannot_be_loaded_is_named_once_and_the_others_are_shown() {
    let out = tempfile::tempdir().unwrap();
    let experiment = trained(out.path(), &["shallow", "linear"]);
    for seed in [0, 1] {
        for file in ["state.bin", "previous.bin"] {
            let path = experiment.join(format!("linear/seed-{seed}/checkpoint/{file}"));
            if path.exists() {
                fs::write(path, b"nonsense").unwrap();
            }
        }
    }
    let shown = page(&experiment, "damaged", &[]);
    assert_eq!(shown.matches("There is no picture of linear, whose best run cannot be drawn: ").count(), 1);
    assert_eq!(shown.matches("data:image/gif").count(), 1);
    for seed in [0, 1] {
        fs::remove_dir_all(experiment.join(format!("shallow/seed-{seed}/checkpoint"))).unwrap();
    }
    let nothing = page(&experiment, "nothing", &[]);
    assert!(nothing.contains("and none of "), "both are named");
    assert!(!nothing.contains("data:image") && !experiment.join("nothing/media").exists());
}

#[test]
fn an_environment_without_a_renderer_has_no_pictures_and_misses_none() {
    let out = tempfile::tempdir().unwrap();
    let experiment = trained(out.path(), &["probe"]);
    let shown = page(&experiment, "probe", &[]);
    assert!(!shown.contains("class=\"gallery\"") && !shown.contains("picture of"));
}

#[test]
fn progress_counts_the_runs_that_are_drawn() {
    let out = tempfile::tempdir().unwrap();
    let experiment = trained(out.path(), &["grid", "probe"]);
    let report = Report::read(&[experiment], ReportOptions::default()).unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    let media = draw(&report.best_runs(), &|done, total| told.lock().unwrap().push((done, total)));
    assert_eq!(*told.lock().unwrap(), [(1, 2), (2, 2)]);
    assert_eq!(media.environments.iter().map(|environment| environment.episodes.len()).collect::<Vec<_>>(), [1, 0]);
    assert!(media.environments[0].episodes[0].caption.contains("at step 400: return "));
}
