//! Reports: from result files, whatever has become of them, to tables and pages.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::{damage, rounds};
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
    assert!(scores.starts_with("environment,variant,seed,metric,value\ncart-pole,v0,0,finished,1\n"), "{scores}");
    assert_eq!(scores.lines().filter(|line| line.contains(",area_under_curve,")).count(), 24);
}

#[test]
fn a_report_is_a_function_of_files_and_seed() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "same", 2, 5);
    let write = |name: &str, seed: u64| {
        let settings =
            Settings { bootstrap: Bootstrap { resamples: 300, seed, ..Bootstrap::default() }, ..Settings::default() };
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

    // Foreign files, and folders that nobody planned.
    fs::copy(made.run(0, 10).join("summary.json"), made.run(0, 9).join("summary.json")).unwrap();
    fs::create_dir_all(made.folder.join("v7/seed-0")).unwrap();
    fs::write(made.run(0, 10).join("manifest.json"), "{").unwrap();
    edit(11, "evaluations.csv", &|text| text.replacen("50000,2,", "49999,2,", 1)); // half an evaluation, twice

    let text = made.text();
    for warning in [
        "v0/seed-0: evaluations.csv ends within a line, which is left out",
        "1 of 12 runs of v0 are missing: seed 1",
        "v0/seed-2: evaluations.csv has returns that are no finite numbers, 1 in all",
        "v0/seed-3: updates.csv has the unknown column \"mystery\", which is left out",
        "v0/seed-4: updates.csv has no header",
        "v0/seed-5: summary.json cannot be read, so the run has no score",
        "2 of 12 runs of v0 are not finished",
        "1 of 12 runs of v0 failed and count with 0.0000, the worst that any run here ever had: seed 7; the first diverged",
        "1 of 12 runs of v0 finished without a score",
        "v0/seed-99: is not among the seeds",
        "v7: is not among the variants",
        "v0/seed-9: summary.json is that of another run",
        "v0/seed-10: manifest.json cannot be read",
        "v0/seed-11: evaluations.csv has evaluations that are not of 2 episodes, 2 in all, which are left out",
        "too few seeds",
    ] {
        assert!(text.contains(warning), "no `{warning}` in:\n{text}");
    }
    assert!(text.contains("8 of 12"), "{text}");
    let page = fs::read_to_string(made.folder.join("report/index.html")).unwrap();
    assert!(page.contains("ends within a line") && page.contains("diverged at step 77"), "warnings belong on the page");
}

/// The sentences of an experiment whose variants have these scores, one list for each.
fn sentences(scores: &[Vec<f64>]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "told", scores.len(), scores[0].len() as u64);
    for (variant, scores) in scores.iter().enumerate() {
        for (seed, &score) in scores.iter().enumerate() {
            made.summary(variant, seed as u64, score).write(&made.run(variant, seed as u64)).unwrap();
        }
    }
    made.text()
}

#[test]
fn sentences_say_what_was_found_and_no_more() {
    let by = |score: &dyn Fn(f64) -> f64| (0..12).map(|seed| score(f64::from(seed))).collect::<Vec<f64>>();
    let equal = sentences(&[by(&|_| 500.0), by(&|_| 500.0)]);
    assert!(equal.contains("All variants have the same interquartile mean.") && !equal.contains("highest"), "{equal}");
    assert!(equal.contains("it takes 6 shared seeds whose scores differ, and there are 0 at most"), "{equal}");

    let unclear = sentences(&[by(&|seed| 10.0 + seed % 3.0), by(&|seed| 10.1 + (seed + 1.0) % 3.0)]);
    assert!(!unclear.contains("significantly higher than v") && unclear.contains("cannot tell"), "{unclear}");

    // The one is a little worse on every seed but one, where it is much better, and better in the middle half.
    let (one, other) = ([0.0, 1.0, 2.0, 90.0, 91.0, 92.0, 93.0, 94.0, 95.0, 190.0, 191.0, 192.0], [1.0; 12]);
    let other: Vec<f64> = one.iter().zip(other).map(|(score, more)| score + more).collect();
    let mut one = one.to_vec();
    one[0] = 99.0;
    let torn = sentences(&[one, other]);
    assert!(
        torn.contains("v0 scores highest")
            && torn.contains("Yet on shared seeds v1 (p = 0.033) is significantly better"),
        "{torn}"
    );

    let three = sentences(&[by(&|seed| seed), by(&|seed| seed + 100.0), by(&|seed| seed + 100.5)]);
    assert!(three.contains("v2 scores highest, significantly higher than every other variant: v1"), "{three}");
    assert!(three.contains("Among the others these differences are significant: v1 over v0."), "{three}");
    assert!(three.contains("Wilcoxon's signed ranks, Holm's correction over 3 pairs"), "{three}");
}

#[test]
fn a_variant_whose_runs_fail_does_not_win_by_its_survivors() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "fragile", 2, 12);
    for seed in 0..8 {
        let outcome = Outcome::Diverged { step: 3_000, reason: "the loss is NaN".to_owned() };
        Summary { outcome, ..made.summary(1, seed, 200.0) }.write(&made.run(1, seed)).unwrap();
        // Nothing was evaluated after that.
        let path = made.run(1, seed).join("evaluations.csv");
        let kept: String = fs::read_to_string(&path).unwrap().lines().take(3).map(|line| format!("{line}\n")).collect();
        fs::write(path, kept).unwrap();
    }
    let text = made.text();
    assert!(text.contains("v0 scores highest") && text.contains("8 of 12 runs of v1 failed"), "{text}");
    let curve = fs::read_to_string(made.folder.join("report/figures/cart-pole-sample-efficiency.csv")).unwrap();
    let last = curve.lines().rfind(|line| line.starts_with("v1,,")).unwrap();
    assert!(last.starts_with("v1,,50000,0,"), "a run that failed never reaches the threshold: {last}");
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
    // Another experiment of the same name, and one folder under several names.
    let twin = Made::new(&folder.path().join("b"), "two", 1, 6);
    let dotted = format!("{}/./", two.shown());
    let named = tilde(&["report", &two.shown(), &dotted, &twin.shown(), "--out", &out, "--resamples", "200"]);
    assert!(stdout(&named).contains(&format!("{}/v0", twin.shown())), "{}", stdout(&named));
    assert_eq!(stdout(&named).lines().filter(|line| line.contains("/v0  ")).count(), 2, "{}", stdout(&named));

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
    let settings = Settings { bootstrap: Bootstrap { resamples: 10, ..Bootstrap::default() }, ..Settings::default() };
    let mut rng = Rng::from_seed(5);
    for round in 0..rounds(300) {
        let (path, bytes) = good.iter().nth(rng.random_range(0..good.len())).unwrap();
        fs::write(path, damage(bytes, b"1e308,-inf,NaN\n\"", &mut rng)).unwrap();
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
