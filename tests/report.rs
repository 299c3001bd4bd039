//! Reports: from result files, whatever has become of them, to tables and pages.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rand::RngExt;
use tilde::report::{Report, Settings};
use tilde::results::{Evaluated, Outcome, Summary};
use tilde::stats::Bootstrap;
use tilde_envs::Rng;

fn tilde(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tilde")).args(arguments).env_remove("RUST_LOG").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Result files as training would have left them: an experiment on cart-pole in which variant number v climbs to 100 (v + 1)
/// and a little noise.
struct Made {
    folder: PathBuf,
    steps: u64,
    evaluations: u64,
    updates: u64,
}

impl Made {
    fn new(folder: &Path, name: &str, variants: usize, seeds: u64) -> Made {
        let made = Made { folder: folder.join(name), steps: 50_000, evaluations: 20, updates: 20 };
        made.write(name, variants, seeds);
        made
    }

    fn write(&self, name: &str, variants: usize, seeds: u64) {
        fs::create_dir_all(&self.folder).unwrap();
        let mut text = format!(
            "name = \"{name}\"\nseeds = {{ first = 0, count = {seeds} }}\n[budget]\nsteps = {}\nevaluation_episodes = 2\n\
             [env.cart_pole]\ntime_limit = 500\n",
            self.steps
        );
        for variant in 0..variants {
            let _ = write!(text, "[[variant]]\nname = \"v{variant}\"\n");
        }
        fs::write(self.folder.join("experiment.toml"), text).unwrap();
        for variant in 0..variants {
            (0..seeds).for_each(|seed| self.write_run(variant, seed));
        }
    }

    fn run(&self, variant: usize, seed: u64) -> PathBuf {
        self.folder.join(format!("v{variant}/seed-{seed}"))
    }

    fn write_run(&self, variant: usize, seed: u64) {
        let folder = self.run(variant, seed);
        fs::create_dir_all(&folder).unwrap();
        let mut rng = Rng::from_seed_and_key(seed, &[variant as u64]);
        let top = 100.0 * (variant + 1) as f64 + rng.uniform(-10.0, 10.0);
        let mut evaluations = "step,episode,return,length,ending\n".to_owned();
        let mut updates = "step,update,loss,q_mean,grad_norm,epsilon,learning_rate\n".to_owned();
        for row in 0..=self.evaluations {
            let (step, share) = (row * self.steps / self.evaluations, row as f64 / self.evaluations as f64);
            for episode in 1..=2 {
                let _ = writeln!(evaluations, "{step},{episode},{},100,terminated", top * share);
            }
        }
        for row in 0..=self.updates {
            let (step, loss) = (row * self.steps / self.updates, rng.uniform(0.5, 2.0));
            let _ = writeln!(updates, "{step},{row},{loss},{},1.5,0.1,0.001", row as f64);
        }
        fs::write(folder.join("evaluations.csv"), evaluations).unwrap();
        fs::write(folder.join("episodes.csv"), "step,episode,return,length,ending\n100,1,9,9,terminated\n").unwrap();
        fs::write(folder.join("updates.csv"), updates).unwrap();
        fs::write(folder.join("manifest.json"), "{\"tilde\": \"0.1.0\", \"steps_per_second\": 12345.6}\n").unwrap();
        self.summary(variant, seed, top).write(&folder).unwrap();
    }

    fn summary(&self, variant: usize, seed: u64, score: f64) -> Summary {
        let evaluated =
            Evaluated { step: self.steps, episodes: 2, mean: score, min: score, max: score, mean_length: 100.0 };
        Summary {
            variant: format!("v{variant}"),
            seed,
            outcome: Outcome::Finished,
            steps: self.steps,
            episodes: 500,
            updates: 100,
            parameters: 42,
            training_return: Some(score),
            final_evaluation: Some(evaluated),
            best_evaluation: Some(evaluated),
            distance: None,
        }
    }

    fn shown(&self) -> String {
        self.folder.display().to_string()
    }

    /// The report's text, with an exit code of 0 and no panic.
    fn text(&self) -> String {
        let output = tilde(&["report", &self.shown(), "--resamples", "500"]);
        let stderr = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(output.status.success() && stderr.is_empty(), "{stderr}");
        stdout(&output)
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn a_report_says_who_is_better_and_draws_it() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "clear", 2, 12);
    let text = made.text();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('v')).collect();
    assert!(rows[0].starts_with("variant") && rows[1].starts_with("v1") && rows[2].starts_with("v0"), "{text}");
    assert!(rows[1].contains(" 12 ") && rows[1].contains("0 of 12") && rows[1].contains("12346"), "{text}");
    assert!(
        text.contains("v1 scores highest, significantly higher than every other variant: v0 (p < 0.001)"),
        "{text}"
    );
    assert!(!text.contains("warning"), "{text}");

    let report = made.folder.join("report");
    let page = fs::read_to_string(report.join("index.html")).unwrap();
    for part in [
        "Learning curves",
        "Final scores",
        "Performance profiles",
        "Probability of improvement",
        "Loss",
        "prefers-color-scheme",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    let named = page.replace("http://www.w3.org/2000/svg", ""); // the name of a language, which nobody fetches
    assert!(!named.contains("http://") && !named.contains("https://"), "a page of its own asks nobody");
    let figures = files(&report.join("figures"));
    for name in [
        "learning-curves",
        "final-scores",
        "performance-profile",
        "probability-of-improvement",
        "sample-efficiency",
        "loss",
    ] {
        let file =
            |kind: &str| &figures[&report.join(format!("figures/cart-pole-{name}.{kind}")).display().to_string()];
        assert!(file("png").starts_with(b"\x89PNG") && file("png").len() > 5_000, "{name}");
        assert!(
            file("svg").starts_with(b"<svg") && file("csv").iter().filter(|byte| **byte == b'\n').count() > 2,
            "{name}"
        );
    }
    let scores = fs::read_to_string(report.join("scores.csv")).unwrap();
    assert!(scores.starts_with("environment,variant,seed,metric,value\ncart_pole,v0,0,final_return,"), "{scores}");
    assert_eq!(scores.lines().filter(|line| line.contains(",area_under_curve,")).count(), 24);
}

#[test]
fn a_report_is_a_function_of_files_and_seed() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "same", 2, 5);
    let write = |name: &str, seed: u64| {
        let settings =
            Settings { bootstrap: Bootstrap { resamples: 300, seed, ..Bootstrap::default() }, threshold: None };
        let out = folder.path().join(name);
        Report::read(std::slice::from_ref(&made.folder), settings).unwrap().write(&out).unwrap();
        files(&out).into_values().collect::<Vec<_>>()
    };
    let first = write("first", 0);
    assert_eq!(first, write("again", 0));
    assert_ne!(first, write("other", 1));
}

#[test]
fn what_is_missing_or_damaged_is_told_and_the_rest_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "damaged", 1, 12);
    let edit = |seed: u64, file: &str, change: &dyn Fn(String) -> String| {
        let path = made.run(0, seed).join(file);
        fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    };
    edit(0, "evaluations.csv", &|text| text[..text.len() - 9].to_owned()); // cut off within a line
    fs::remove_dir_all(made.run(0, 1)).unwrap();
    edit(2, "evaluations.csv", &|text| text.replacen(",0,100,", ",NaN,100,", 1));
    edit(3, "updates.csv", &|text| text.replace("epsilon", "mystery"));
    edit(4, "updates.csv", &|_| String::new());
    edit(5, "summary.json", &|text| text[..40].to_owned());
    fs::remove_file(made.run(0, 6).join("summary.json")).unwrap(); // still being written
    let diverged = Outcome::Diverged { step: 77, reason: "the loss is NaN".to_owned() };
    Summary { outcome: diverged, ..made.summary(0, 7, 1.0) }.write(&made.run(0, 7)).unwrap();
    Summary { final_evaluation: None, training_return: None, ..made.summary(0, 8, 1.0) }
        .write(&made.run(0, 8))
        .unwrap();
    fs::create_dir(made.folder.join("v0/seed-99")).unwrap();

    let text = made.text();
    for warning in [
        "v0/seed-0: evaluations.csv, line 43, is left out: the line is not finished",
        "1 of 12 runs of v0 are missing: seed 1",
        "v0/seed-2: evaluations.csv has 1 episodes whose return is not a finite number",
        "v0/seed-3: updates.csv has the unknown column \"mystery\", which is left out",
        "v0/seed-4: updates.csv has no header",
        "v0/seed-5: summary.json cannot be read, so the run has no score",
        "2 of 12 runs of v0 are not finished",
        "1 of 12 runs of v0 failed and have no score: seed 7 diverged at step 77: the loss is NaN",
        "1 of 12 runs of v0 finished without a score",
        "v0/seed-99: is not among the seeds",
        "too few seeds",
    ] {
        assert!(text.contains(warning), "no `{warning}` in:\n{text}");
    }
    assert!(text.contains("8 of 12"), "{text}");
    let page = fs::read_to_string(made.folder.join("report/index.html")).unwrap();
    assert!(
        page.contains("line 43, is left out") && page.contains("diverged at step 77"),
        "warnings belong on the page too"
    );
}

#[test]
fn experiments_are_compared_across_folders_and_without_an_experiment_there_is_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (Made::new(folder.path(), "one", 1, 6), Made::new(folder.path(), "two", 2, 6));
    let out = folder.path().join("out").display().to_string();
    let all = tilde(&["report", &folder.path().display().to_string(), "--out", &out, "--resamples", "200"]);
    let both =
        tilde(&["report", &one.shown(), &two.shown(), "--out", &out, "--resamples", "200", "--threshold", "150"]);
    for output in [&all, &both] {
        assert!(output.status.success());
        assert!(stdout(output).contains("one/v0") && stdout(output).contains("two/v1"), "{}", stdout(output));
    }
    assert!(stdout(&all).contains("reached 475") && stdout(&both).contains("reached 150"));

    let nothing = tempfile::tempdir().unwrap();
    for place in [nothing.path().to_owned(), nothing.path().join("nowhere")] {
        let output = tilde(&["report", &place.display().to_string()]);
        let stderr = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(&place.display().to_string()) && !place.join("report").exists(), "{stderr}");
    }
}

#[test]
fn training_ends_with_the_table_of_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/smoke.toml").display().to_string();
    let trained = tilde(&["train", &config, "--quiet", "--out", &folder.path().display().to_string()]);
    assert!(trained.status.success());
    let results = folder.path().join("smoke").display().to_string();
    assert!(stdout(&trained).ends_with(&format!("tilde report {results}\n")), "{}", stdout(&trained));
    let reported = stdout(&tilde(&["report", &results]));
    let table = |text: &str| {
        text.lines().skip_while(|line| !line.starts_with("variant")).take(4).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(table(&stdout(&trained)), table(&reported));
    assert!(table(&reported).contains("shallow"), "{reported}");
}

#[test]
fn damaged_results_never_end_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "noise", 2, 2);
    let good = files(&made.folder);
    let rounds = std::env::var("TILDE_DAMAGE").map_or(300, |rounds| rounds.replace('_', "").parse().unwrap());
    let settings = Settings { bootstrap: Bootstrap { resamples: 10, ..Bootstrap::default() }, threshold: None };
    let mut rng = Rng::from_seed(5);
    for round in 0..rounds {
        let (path, bytes) = good.iter().nth(rng.random_range(0..good.len())).unwrap();
        let mut damaged = bytes.clone();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..damaged.len().max(1));
            match rng.random_range(0..4) {
                0 => damaged.truncate(at),
                1 => damaged.insert(at.min(damaged.len()), rng.random_range(0..=255)),
                2 => damaged.splice(at..at, *b"1e308,-inf,NaN\n\"").for_each(drop),
                _ if at < damaged.len() => damaged[at] = rng.random_range(0..=255),
                _ => {}
            }
        }
        fs::write(path, &damaged).unwrap();
        if let Ok(report) = Report::read(std::slice::from_ref(&made.folder), settings) {
            assert!(!report.text().is_empty());
            // Drawing is slow beside reading; what is drawn is the same few kinds of numbers.
            if round % 10 == 0 {
                report.write(&folder.path().join("out")).unwrap();
            }
        }
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn two_hundred_runs_are_reported_in_seconds() {
    let folder = tempfile::tempdir().unwrap();
    // An evaluation every thousand steps; a thousand logged rounds of learning are the default.
    let made = Made { folder: folder.path().join("large"), steps: 50_000, evaluations: 50, updates: 1_000 };
    made.write("large", 10, 20);
    let clock = Instant::now();
    assert!(tilde(&["report", &made.shown()]).status.success());
    let took = clock.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    println!("200 runs reported in {took:?}");
}
