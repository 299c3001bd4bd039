//! Reports: tables, sentences and pages from result files, complete and damaged ones.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::{damage, rounds, stdout, tilde};
use rand::RngExt;
use tilde::report::{BestRun, EnvironmentMedia, EpisodePicture, MAX_PAGE_BYTES, Media, Report, ReportOptions};
use tilde::results::{EvaluationSummary, RunStatus, Summary};
use tilde::stats::Bootstrap;
use tilde_envs::Rng;

/// Result files as training would have left them: variant number v climbs to 100 (v + 1) and a little noise.
struct Made {
    folder: PathBuf,
    steps: u64,
    evaluations: u64,
    updates: u64,
    /// The variants' names, and the rest of their tables in the config.
    variants: Vec<(String, String)>,
    /// The experiment's slots.
    slots: String,
}

const CART_POLE: &str = "[env.cart_pole]\ntime_limit = 500\n[algorithm.dqn]\n";
const GRIDWORLD: &str = "[env.gridworld]\nmap = \"4x4\"\nslip = 0.0\n[algorithm.q_learning]\n";
const PREDICTION: &str = "[env.gridworld]\nmap = \"4x4\"\nslip = 0.0\n[algorithm.td_prediction]\n";

impl Made {
    fn new(folder: &Path, name: &str, variants: usize, seeds: u64) -> Made {
        let names: Vec<String> = (0..variants).map(|variant| format!("v{variant}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Made::of(folder, name, &names, seeds, CART_POLE)
    }

    fn of(folder: &Path, name: &str, variants: &[&str], seeds: u64, slots: &str) -> Made {
        let made = Made::unwritten(folder, name, variants, slots);
        made.write(name, seeds);
        made
    }

    fn unwritten(folder: &Path, name: &str, variants: &[&str], slots: &str) -> Made {
        let variants = variants.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        let folder = folder.join(name);
        Made { folder, steps: 50_000, evaluations: 20, updates: 20, variants, slots: slots.to_owned() }
    }

    fn write(&self, name: &str, seeds: u64) {
        fs::create_dir_all(&self.folder).unwrap();
        let mut text = format!(
            "name = \"{name}\"\nseeds = {{ first = 0, count = {seeds} }}\n[budget]\nsteps = {}\nevaluation_episodes = 2\n{}",
            self.steps, self.slots
        );
        for (name, slots) in &self.variants {
            let _ = write!(text, "[[variant]]\nname = \"{name}\"\n{slots}");
        }
        fs::write(self.folder.join("experiment.toml"), text).unwrap();
        for variant in 0..self.variants.len() {
            (0..seeds).for_each(|seed| self.write_run(variant, seed));
        }
    }

    /// Final returns, the same for the last evaluation of the curve.
    fn set_final(&self, variant: usize, seed: u64, score: f64) {
        self.summary(variant, seed, score).write(&self.run(variant, seed)).unwrap();
    }

    /// `values.csv`, with a row for each evaluation: its columns but the step.
    fn set_values(&self, variant: usize, seed: u64, header: &str, row: impl Fn(f64) -> String) {
        let mut text = format!("step,{header}\n");
        for index in 0..=self.evaluations {
            let share = index as f64 / self.evaluations as f64;
            let _ = writeln!(text, "{},{}", index * self.steps / self.evaluations, row(share));
        }
        fs::write(self.run(variant, seed).join("values.csv"), text).unwrap();
    }

    /// Ends a run after two evaluations.
    fn fail(&self, variant: usize, seed: u64) {
        let outcome = RunStatus::Diverged { step: 3_000, reason: "the loss is NaN".to_owned() };
        Summary { outcome, ..self.summary(variant, seed, 200.0) }.write(&self.run(variant, seed)).unwrap();
        for (file, lines) in [("evaluations.csv", 5), ("values.csv", 3)] {
            let path = self.run(variant, seed).join(file);
            if let Ok(text) = fs::read_to_string(&path) {
                fs::write(&path, text.lines().take(lines).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
            }
        }
    }

    fn figure(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join("report/figures").join(file)).unwrap_or_else(|why| panic!("{file}: {why}"))
    }

    fn page(&self) -> String {
        fs::read_to_string(self.folder.join("report/index.html")).unwrap()
    }

    fn run(&self, variant: usize, seed: u64) -> PathBuf {
        self.folder.join(format!("{}/seed-{seed}", self.variants[variant].0))
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
        let evaluated = EvaluationSummary {
            step: self.steps,
            episodes: 2,
            mean: score,
            min: score,
            max: score,
            mean_length: 100.0,
        };
        Summary {
            variant: self.variants[variant].0.clone(),
            seed,
            outcome: RunStatus::Finished,
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
        self.text_with(&[])
    }

    fn text_with(&self, more: &[&str]) -> String {
        let output = tilde(&[&["report", &self.shown(), "--resamples", "500"], more].concat());
        let stderr = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(output.status.success() && stderr.is_empty(), "{stderr}");
        stdout(&output)
    }
}

/// A text in one line: in the report, sentences are wrapped.
fn flat(text: &str) -> String {
    text.replace('\n', " ")
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
fn a_report_names_the_better_variant_and_draws_it() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "clear", 2, 12);
    let text = made.text();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('v')).collect();
    assert!(rows[0].starts_with("variant") && rows[1].starts_with("v1") && rows[2].starts_with("v0"), "{text}");
    assert!(rows[1].contains(" 12 ") && rows[1].contains("0 of 12"), "{text}");
    let wide = Report::read(std::slice::from_ref(&made.folder), ReportOptions::default()).unwrap().text_within(200);
    assert!(wide.contains("12346") && !wide.contains("left out"), "{wide}");
    assert!(
        flat(&text).contains("v1 scores highest, significantly higher than every other variant: v0 (p < 0.001)"),
        "{text}"
    );
    assert!(!flat(&text).contains("warning"), "{text}");

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
    let named = page.replace("http://www.w3.org/2000/svg", ""); // an XML namespace, which no browser requests
    assert!(!named.contains("http://") && !named.contains("https://"), "the page requests nothing");
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
fn runs_and_evaluations_are_exported_as_lines_of_json() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "lines", 2, 3);
    made.fail(1, 2);
    fs::remove_dir_all(made.run(0, 1)).unwrap();
    let shown = made.folder.display().to_string();
    let output = tilde(&["report", &shown, "--no-media", "--resamples", "100", "--export", "jsonl"]);
    assert!(output.status.success());
    let lines = |name: &str| -> Vec<serde_json::Value> {
        let text = fs::read_to_string(made.folder.join("report").join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let runs = lines("runs.jsonl");
    let states = |variant: &str| -> Vec<&str> {
        runs.iter().filter(|run| run["variant"] == variant).map(|run| run["state"].as_str().unwrap()).collect()
    };
    assert_eq!(
        (states("v0"), states("v1")),
        (vec!["finished", "missing", "finished"], vec!["finished", "finished", "failed"])
    );
    assert_eq!(runs[5]["reason"], "diverged at step 3000: the loss is NaN");
    // The numbers are those of the table of scores.
    let scores = fs::read_to_string(made.folder.join("report/scores.csv")).unwrap();
    for score in scores.lines().skip(1) {
        let fields: Vec<&str> = score.split(',').collect();
        let of_run =
            |run: &&serde_json::Value| run["variant"] == fields[1] && run["seed"].as_u64() == fields[2].parse().ok();
        let run = runs.iter().find(of_run).unwrap();
        assert_eq!(run[fields[3]].as_f64(), fields[4].parse().ok(), "{score}");
    }
    let evaluations = lines("evaluations.jsonl");
    let of = |variant: &str, seed: u64| -> Vec<&serde_json::Value> {
        evaluations.iter().filter(|row| row["variant"] == variant && row["seed"] == seed).collect()
    };
    assert_eq!([of("v0", 0).len(), of("v0", 1).len()], [21, 0]);
    let last = of("v1", 1)[20];
    assert_eq!((last["environment"].as_str(), last["step"].as_f64()), (Some("cart-pole"), Some(50_000.0)));
    assert_eq!(last["return"], runs[4]["final_return"]);
}

#[test]
fn a_report_is_a_function_of_files_and_seed() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "same", 2, 5);
    let write = |name: &str, seed: u64| {
        let options = ReportOptions {
            bootstrap: Bootstrap { resamples: 300, seed, ..Bootstrap::default() },
            ..ReportOptions::default()
        };
        let out = folder.path().join(name);
        Report::read(std::slice::from_ref(&made.folder), options).unwrap().write(&out).unwrap();
        files(&out).into_values().collect::<Vec<_>>()
    };
    let first = write("first", 0);
    assert_eq!(first, write("again", 0));
    assert_ne!(first, write("other", 1));
}

#[test]
fn missing_and_damaged_files_become_warnings_and_the_rest_is_reported() {
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
    let diverged = RunStatus::Diverged { step: 77, reason: "the loss is NaN".to_owned() };
    Summary { outcome: diverged, ..made.summary(0, 7, 1.0) }.write(&made.run(0, 7)).unwrap();
    Summary { final_evaluation: None, training_return: None, ..made.summary(0, 8, 1.0) }
        .write(&made.run(0, 8))
        .unwrap();
    fs::create_dir(made.folder.join("v0/seed-99")).unwrap();

    // Files of other runs, and folders that are not in the plan.
    fs::copy(made.run(0, 10).join("summary.json"), made.run(0, 9).join("summary.json")).unwrap();
    fs::create_dir_all(made.folder.join("v7/seed-0")).unwrap();
    fs::write(made.run(0, 10).join("manifest.json"), "{").unwrap();
    edit(11, "evaluations.csv", &|text| text.replacen("50000,2,", "49999,2,", 1)); // half an evaluation, twice

    let text = made.text();
    for warning in [
        "v0/seed-0: evaluations.csv ends within a line, which is left out",
        "1 of 12 runs of v0 are missing: seed 1",
        "v0/seed-2: evaluations.csv has non-finite returns, 1 in all",
        "v0/seed-3: updates.csv has the unknown column \"mystery\", which is ignored",
        "v0/seed-4: updates.csv has no header",
        "v0/seed-5: summary.json cannot be read, so the run has no score",
        "2 of 12 runs of v0 are not finished",
        "1 of 12 runs of v0 failed and count as 0.0000, the worst value that any run here ever had: seed 7; the first diverged",
        "1 of 12 runs of v0 finished without a score",
        "v0/seed-99: is not among the seeds",
        "v7: is not among the variants",
        "v0/seed-9: summary.json is that of another run",
        "v0/seed-10: manifest.json cannot be read",
        "v0/seed-11: evaluations.csv has evaluations that do not have 2 episodes, 2 in all, which are left out",
        "too few seeds",
    ] {
        assert!(flat(&text).contains(warning), "no `{warning}` in:\n{text}");
    }
    assert!(flat(&text).contains("8 of 12"), "{text}");
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
fn sentences_follow_from_the_scores() {
    let by = |score: &dyn Fn(f64) -> f64| (0..12).map(|seed| score(f64::from(seed))).collect::<Vec<f64>>();
    let equal = sentences(&[by(&|_| 500.0), by(&|_| 500.0)]);
    assert!(
        flat(&equal).contains(
            "Final returns of all variants tie: each has an interquartile mean of 500, and no two differ significantly"
        ),
        "{equal}"
    );
    assert!(flat(&equal).contains("v1 learns fastest, significantly faster than every other variant: v0"), "{equal}");

    let unclear = sentences(&[by(&|seed| 10.0 + seed % 3.0), by(&|seed| 10.1 + (seed + 1.0) % 3.0)]);
    assert!(
        !flat(&unclear).contains("significantly higher than v")
            && flat(&unclear).contains("These runs do not show whether"),
        "{unclear}"
    );

    // v0 is a little worse on every seed but one, where it is much better; its interquartile mean is higher.
    let (one, other) = ([0.0, 1.0, 2.0, 90.0, 91.0, 92.0, 93.0, 94.0, 95.0, 190.0, 191.0, 192.0], [1.0; 12]);
    let other: Vec<f64> = one.iter().zip(other).map(|(score, more)| score + more).collect();
    let mut one = one.to_vec();
    one[0] = 99.0;
    let disagreeing = sentences(&[one, other]);
    assert!(
        flat(&disagreeing).contains("v0 scores highest")
            && flat(&disagreeing).contains("But v1 (p = 0.033) is significantly better than v0 on shared seeds"),
        "{disagreeing}"
    );

    let three = sentences(&[by(&|seed| seed), by(&|seed| seed + 100.0), by(&|seed| seed + 100.5)]);
    assert!(flat(&three).contains("v2 scores highest, significantly higher than every other variant: v1"), "{three}");
    assert!(flat(&three).contains("Among the others these differences are significant: v1 over v0."), "{three}");
    assert!(flat(&three).contains("Wilcoxon's signed ranks, Holm's correction over 3 pairs"), "{three}");
}

#[test]
fn failed_runs_count_against_a_variant() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "fragile", 2, 12);
    for seed in 0..12 {
        for variant in 0..2 {
            made.set_values(variant, seed, "value_rmse,value_max_error,regret", |share| {
                format!("{},1,0.5", 2.0 - share - 0.1 * variant as f64)
            });
        }
    }
    (0..8).for_each(|seed| made.fail(1, seed));
    let text = made.text();
    assert!(flat(&text).contains("v0 scores highest") && flat(&text).contains("8 of 12 runs of v1 failed"), "{text}");
    let curve = fs::read_to_string(made.folder.join("report/figures/cart-pole-sample-efficiency.csv")).unwrap();
    let last = curve.lines().rfind(|line| line.starts_with("v1,,")).unwrap();
    assert!(last.starts_with("v1,,50000,0,"), "a run that failed never reaches the threshold: {last}");
    // In curves and columns of errors all twelve count to the end, failed ones with the worst value of all runs.
    let last_of = |file: &str, variant: &str| {
        let curve = made.figure(file);
        let row = curve.lines().rfind(|line| line.starts_with(&format!("{variant},,50000,"))).unwrap().to_owned();
        row.split(',').map(|field| field.parse().unwrap_or(f64::NAN)).collect::<Vec<f64>>()
    };
    let returns = last_of("cart-pole-learning-curves.csv", "v1");
    // Nine of twelve are left of the middle: 0 eight times, then a survivor once or more among the six in the middle.
    assert!(returns[3] < 50.0 && returns[6] == 12.0, "{returns:?}");
    assert_eq!(last_of("cart-pole-learning-curves.csv", "v0")[6], 12.0);
    let errors = last_of("cart-pole-value-error.csv", "v1");
    // Five of the middle six failed and count with 2, the largest of v0 at the beginning; one is at 0.9.
    assert!((errors[3] - (5.0 * 2.0 + 0.9) / 6.0).abs() < 1e-9 && errors[6] == 12.0, "{errors:?}");
    let wide = Report::read(std::slice::from_ref(&made.folder), ReportOptions::default()).unwrap().text_within(200);
    assert!(
        wide.lines().any(|line| line.starts_with("v1 ") && line.contains("1.8167")),
        "the table tells the figure's average: {wide}"
    );
    assert!(made.page().contains("From its failure on, a failed run has the worst value that any run here ever had"));
    assert!(made.page().contains("8 of 12 of v1"));
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
    assert!(
        stdout(&all).lines().any(|line| line.trim_end().ends_with("475") || line.contains(" 475 ")),
        "{}",
        stdout(&all)
    );
    assert!(
        flat(&stdout(&both))
            .contains("\u{201c}Reached 150\u{201d} is the first evaluation after step 0 with a mean return that high")
    );
    // Another experiment of the same name, and one folder under several names.
    let twin = Made::new(&folder.path().join("b"), "two", 1, 6);
    let dotted = format!("{}/./", two.shown());
    let named = tilde(&["report", &two.shown(), &dotted, &twin.shown(), "--out", &out, "--resamples", "200"]);
    assert!(flat(&stdout(&named)).contains(&format!("{}/v0", twin.shown())), "{}", stdout(&named));
    let rows = |folder: &str| stdout(&named).lines().filter(|line| *line == format!("{folder}/v0")).count();
    assert_eq!([rows(&two.shown()), rows(&twin.shown())], [1, 1], "{}", stdout(&named));

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
        text.lines().skip_while(|line| !line.starts_with("variant")).take(5).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(table(&stdout(&trained)), table(&reported));
    assert!(table(&reported).contains("shallow"), "{reported}");
}

#[test]
fn damaged_results_never_make_a_report_panic() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "noise", 2, 2);
    let good = files(&made.folder);
    let options =
        ReportOptions { bootstrap: Bootstrap { resamples: 10, ..Bootstrap::default() }, ..ReportOptions::default() };
    let mut rng = Rng::from_seed(5);
    for round in 0..rounds(300) {
        let (path, bytes) = good.iter().nth(rng.random_range(0..good.len())).unwrap();
        fs::write(path, damage(bytes, b"1e308,-inf,NaN\n\"", &mut rng)).unwrap();
        if let Ok(report) = Report::read(std::slice::from_ref(&made.folder), options.clone()) {
            assert!(!report.text().is_empty());
            // Drawing is slow compared with reading.
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
    let names: Vec<String> = (0..10).map(|variant| format!("v{variant}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = Made { evaluations: 50, updates: 1_000, ..Made::unwritten(folder.path(), "large", &names, CART_POLE) };
    made.write("large", 20);
    let clock = Instant::now();
    assert!(tilde(&["report", &made.shown()]).status.success());
    let took = clock.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    println!("200 runs reported in {took:?}");
}

/// The lines of the first table of a text.
fn table(text: &str) -> Vec<&str> {
    text.lines().skip_while(|line| !line.starts_with("variant")).take_while(|line| !line.is_empty()).collect()
}

#[test]
fn the_algorithm_decides_what_is_scored() {
    let folder = tempfile::tempdir().unwrap();
    let columns = "value_rmse,value_max_error,regret,value_rmse_on_policy,bellman_rmse,truth";
    let with_values = |name: &str, slots: &str, truth: &str| {
        let made = Made::of(folder.path(), name, &["good", "bad"], 12, slots);
        for (variant, seed) in (0..2).flat_map(|variant| (0..12).map(move |seed| (variant, seed))) {
            made.set_final(variant, seed, 1.0);
            let error = 0.1 * (variant + 1) as f64 + 0.001 * seed as f64;
            made.set_values(variant, seed, columns, |share| {
                format!("{},1,{},0.05,0.02,{truth}", error, if share < 0.5 { 0.3 } else { 0.0 })
            });
        }
        made
    };
    // All returns are equal, and there are errors of values. For control, learning speed decides.
    let control = with_values("control", GRIDWORLD, "q_star").text();
    assert!(
        flat(&control)
            .contains("Final returns of all variants tie: every run of each ends with an exactly optimal policy")
            && flat(&control).contains("bad learns fastest"),
        "{control}"
    );
    assert!(
        !flat(&control).contains("the policy is given") && !flat(&control).contains("The policy is given"),
        "{control}"
    );
    let first = table(&control)[0];
    assert!(first.contains("mean return") && !first.contains("reached"), "{control}");
    // The environment has a model, so optimality is exact.
    assert!(
        flat(&control).contains(
            "Exactly optimal at the end (regret 0, by the environment's model): 12 of 12 runs of each of bad and good. First \
             optimal, in the median over runs: bad at step 25000 and good at step 25000."
        ),
        "{control}"
    );
    assert!(
        flat(&control).contains("Errors of values are distances from Q*, the values of optimal actions."),
        "{control}"
    );

    let predicted = with_values("prediction", PREDICTION, "v_pi");
    let text = predicted.text();
    let wide =
        Report::read(std::slice::from_ref(&predicted.folder), ReportOptions::default()).unwrap().text_within(200);
    let head = table(&wide)[0].to_owned();
    assert!(head.contains("final value rmse to vπ") && !head.contains("reached") && !head.contains("return"), "{text}");
    assert!(
        flat(&text).contains("good has the smallest error, significantly smaller than every other variant: bad"),
        "{text}"
    );
    assert!(head.contains("on-policy") && head.contains("Bellman"), "{text}");
    assert!(!flat(&text).contains("Reached") && !flat(&text).contains("optimal"), "{text}");
    let page = predicted.page();
    let figure = |title: &str| page.find(&format!("<h3>{title}")).unwrap_or_else(|| panic!("no {title}"));
    assert!(figure("Error of the values: distance from vπ") < figure("Final scores"));
    assert!(!page.contains("<h3>Learning curves") && !page.contains("<h3>Sample efficiency"));
}

#[test]
fn a_given_policy_without_an_exact_solution_has_no_score() {
    let folder = tempfile::tempdir().unwrap();
    let slots = CART_POLE.replace("dqn", "td_prediction");
    let made = Made::of(folder.path(), "blind", &["a", "b"], 3, &slots);
    let text = made.text();
    assert!(
        flat(&text).contains("this environment has no exact solution to measure them against, so there is no score"),
        "{text}"
    );
    assert!(!flat(&text).contains("scores highest"), "{text}");
}

#[test]
fn errors_name_the_true_values_they_are_measured_against() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Made::unwritten(folder.path(), "truths", &["q", "sarsa"], GRIDWORLD);
    made.variants[1].1 = "[variant.algorithm.sarsa]\n".to_owned();
    made.write("truths", 6);
    let columns = "value_rmse,value_max_error,regret,value_rmse_on_policy,bellman_rmse,truth";
    for seed in 0..6 {
        made.set_values(0, seed, columns, |_| "0.5,1,0.1,0.4,0.3,q_star".to_owned());
        made.set_values(1, seed, columns, |_| "0.6,1,0.1,0.25,0.35,q_pi".to_owned());
    }
    let text = made.text();
    assert!(
        flat(&text).contains(
            "Errors of values are distances from different true values and cannot be compared: q from Q*, the values of optimal actions; \
             sarsa from Qπ, the action values of the policy that is followed."
        ),
        "{text}"
    );
    let wide = Report::read(std::slice::from_ref(&made.folder), ReportOptions::default()).unwrap().text_within(250);
    let rows = table(&wide);
    assert!(rows[0].contains("rmse against"), "{wide}");
    let row = |name: &str| rows.iter().find(|row| row.starts_with(name)).unwrap().to_string();
    for (name, cells) in [("q ", ["0.5000", "Q*", "0.4000", "0.3000"]), ("sarsa", ["0.6000", "Qπ", "0.2500", "0.3500"])]
    {
        cells.iter().for_each(|cell| assert!(row(name).contains(cell), "{cell} in {wide}"));
    }
    assert!(made.figure("gridworld-value-error.csv").contains("sarsa to Qπ,,"));
    // With the same true values for all variants, titles name them. In older results they follow from the algorithm.
    let old = Made::of(folder.path(), "old", &["q"], 6, GRIDWORLD);
    (0..6).for_each(|seed| old.set_values(0, seed, "value_rmse,value_max_error,regret", |_| "0.5,1,0.1".to_owned()));
    old.text();
    let page = old.page();
    assert!(page.contains("<h3>Error of the values: distance from Q*</h3>"), "{page}");
    assert!(page.contains(">value rmse to Q*</th>") && !page.contains("on-policy rmse</th>"));
    // The regret is always 0.1, but both axes begin at 0.
    assert_eq!(old.figure("gridworld-regret.svg").matches(">0</text>").count(), 2);
}

#[test]
fn with_a_baseline_few_seeds_can_be_enough() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::of(folder.path(), "many", &["table", "tiles", "rbf", "linear", "deep", "twin"], 8, CART_POLE);
    for seed in 0..8 {
        made.set_final(5, seed, made_score(&made, 0, seed) + if seed % 2 == 0 { 1.0 } else { -1.0 });
    }
    let all = made.text();
    assert!(flat(&all).contains("no difference can be significant"), "{all}");
    assert!(flat(&all).contains("with --baseline VARIANT there are fewer tests, and these seeds are enough"), "{all}");
    let against = made.text_with(&["--baseline", "table"]);
    assert!(
        flat(&against).contains("Significantly better than the baseline table: deep (p = 0.039), linear (p = 0.039), rbf (p = 0.039) and tiles"),
        "{against}"
    );
    assert!(
        flat(&against).contains("No significant difference from the baseline table: twin (p = ")
            && flat(&against).contains("Holm's correction over 5 comparisons with the baseline"),
        "{against}"
    );
    assert!(
        !flat(&against).contains("no difference can be significant") && !flat(&against).contains("Among the others"),
        "{against}"
    );
    assert!(
        flat(&against).contains("Every other variant against the baseline table:")
            && flat(&against).contains("P(better)"),
        "{against}"
    );
    assert!(
        made.page().contains("Holm&#39;s correction over 5 tests")
            || made.page().contains("correction over 5 tests with the baseline table")
    );

    let unknown = tilde(&["report", &made.shown(), "--baseline", "Tabel"]);
    let stderr = String::from_utf8(unknown.stderr.clone()).unwrap();
    assert_eq!((unknown.status.code(), stdout(&unknown).as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.contains("--baseline Tabel: there is no such variant; the nearest name is `table`"), "{stderr}");
}

fn made_score(made: &Made, variant: usize, seed: u64) -> f64 {
    Summary::read(&made.run(variant, seed)).unwrap().unwrap().final_return().unwrap()
}

#[test]
fn a_grid_gets_a_parameter_study_and_the_best_setting_of_each_approximator() {
    let folder = tempfile::tempdir().unwrap();
    let rates = ["0.001", "0.01", "0.1"];
    let names: Vec<String> = ["table", "deep"]
        .iter()
        .flat_map(|base| {
            rates
                .iter()
                .flat_map(move |rate| ["none", "8-4"].map(|h| format!("{base}-hidden={h}-learning_rate={rate}")))
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = Made::of(folder.path(), "tuned", &names, 3, CART_POLE);
    // For each approximator the middle rate is best.
    for (variant, name) in names.iter().enumerate() {
        let best = if name.contains("0.01") && !name.contains("8-4") { 100.0 } else { 0.0 };
        for seed in 0..3 {
            made.set_final(variant, seed, 200.0 + variant as f64 + best + seed as f64);
        }
    }
    let text = made.text();
    let best: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("approximator"))
        .skip(1)
        .filter(|l| l.contains("learning_rate = "))
        .collect();
    assert!(best[0].starts_with("deep") && best[0].contains("hidden = none, learning_rate = 0.01"), "{text}");
    assert!(best[1].starts_with("table") && best[1].contains(" 6 "), "{text}");
    assert!(flat(&text).contains("chosen and judged by the same seeds, which flatters it"), "{text}");
    let study = made.figure("cart-pole-parameter-study-learning-rate.csv");
    // One line for each approximator and each of the other key's values, over the three values of this one.
    assert!(study.contains("table, hidden = none,,0.001,") || study.contains("\"table, hidden"), "{study}");
    assert_eq!(study.lines().count(), 1 + 4 * 3, "{study}");
    let page = made.page();
    assert!(page.contains("Parameter study: learning_rate") && page.contains("Parameter study: hidden"));
    assert!(page.contains("on a logarithmic axis"));
    assert!(page.contains("<ul class=\"keys\">"), "curves of several variants have a legend of their own");
    // Twelve variants: the eleventh has the first one's colour, and dashes.
    assert!(
        made.figure("cart-pole-learning-curves.svg").contains("<path class=\"line s c0\" stroke-dasharray=\"6 3\"")
    );
}

#[test]
fn tables_fit_a_terminal_of_80_columns() {
    let folder = tempfile::tempdir().unwrap();
    let long = |variant: &str| {
        format!("a-variant-with-a-name-that-is-as-long-as-a-grid-makes-it-{variant}-with-more-behind-it")
    };
    let names = [long("one"), long("two"), "short".to_owned()];
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (name, slots) in [("cart", CART_POLE), ("grid", GRIDWORLD), ("given", PREDICTION)] {
        let made = Made::of(folder.path(), name, &names, 10, slots);
        if slots != CART_POLE {
            for (variant, seed) in (0..3).flat_map(|variant| (0..10).map(move |seed| (variant, seed))) {
                made.set_values(
                    variant,
                    seed,
                    "value_rmse,value_max_error,regret,value_rmse_on_policy,bellman_rmse,truth",
                    |share| format!("{},1,{},0.05,0.02,q_star", 0.1 + 0.01 * seed as f64, 1.0 - share),
                );
            }
        }
        let text = made.text_with(&["--baseline", "short"]);
        let mut inside = false;
        for line in text.lines() {
            inside = line.starts_with("variant") || (inside && !line.is_empty());
            // Only names may be longer; in the table they are in lines of their own.
            assert!(line.chars().count() <= 80 || names.iter().any(|name| line.contains(name)), "{line}\n{text}");
            assert!(!inside || line.chars().count() <= 80 || names.contains(&line), "{line}\n{text}");
        }
        let rows = table(&text);
        assert!(names.iter().all(|name| rows.contains(name)) && !text.contains('…'), "{text}");
        let wide = Command::new(env!("CARGO_BIN_EXE_tilde"))
            .args(["report", &made.shown(), "--resamples", "100"])
            .env("COLUMNS", "300")
            .output()
            .unwrap();
        assert!(stdout(&wide).contains("steps/s") && !stdout(&wide).contains("columns left out"), "{}", stdout(&wide));
    }
}

#[test]
fn a_file_in_place_of_a_folder_is_refused_before_anything_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "file", 1, 2);
    let file = made.folder.join("experiment.toml").display().to_string();
    let output = tilde(&["report", &file]);
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.contains(&format!("{file}: is a file: give its folder, {}", made.shown())), "{stderr}");
}

#[test]
fn unequal_budgets_are_stated_group_by_group() {
    let folder = tempfile::tempdir().unwrap();
    let one = Made::new(folder.path(), "one", 2, 6);
    let two = Made { steps: 80_000, ..Made::unwritten(folder.path(), "two", &["v0"], CART_POLE) };
    two.write("two", 6);
    let out = folder.path().join("out").display().to_string();
    let output = stdout(&tilde(&["report", &one.shown(), &two.shown(), "--out", &out, "--resamples", "200"]));
    assert!(
        flat(&output).contains("unequal budgets: 50000 steps (one/v0 and one/v1), 80000 steps (two/v0); "),
        "{output}"
    );
    assert!(!flat(&output).contains("cart-pole, 80000 steps"), "{output}");
    let rows = table(&output);
    assert!(rows.iter().any(|row| row.starts_with("two/v0") && row.contains("80000")), "{output}");
}

#[test]
fn variants_of_a_grid_have_their_whole_names_in_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let mut names: Vec<String> = Vec::new();
    for features in ["one_hot", "identity"] {
        for (lazy, rate) in [("false", "0.003"), ("true", "0.003"), ("false", "0.01"), ("true", "0.01")] {
            names.push(format!("features={features}-replay_buffer.lazy={lazy}-adam.learning_rate={rate}-hidden=64-64"));
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = Made::of(folder.path(), "grid", &names, 6, CART_POLE);
    let text = made.text();
    let rows = table(&text);
    for name in &names {
        let place = rows.iter().position(|row| row == name).unwrap_or_else(|| panic!("no {name} in\n{text}"));
        assert!(
            rows[place + 1].starts_with("     6") && rows[place + 1].contains('['),
            "its figures are below it: {text}"
        );
    }
    assert!(rows.iter().all(|row| row.chars().count() <= 80), "{text}");
    // Figures leave out what all names share, and keep what differs.
    let matrix = made.figure("cart-pole-probability-of-improvement.svg");
    let legend = made.figure("cart-pole-learning-curves.svg");
    for label in [
        "features=one_hot-replay_buffer.lazy=true-adam.learning_rate=0.003",
        "features=identity-replay_buffer.lazy=false",
    ] {
        assert!(matrix.contains(label) && legend.contains(label), "{label}");
    }
    assert!(!matrix.contains('…') && !legend.contains('…'));
}

#[test]
fn variants_that_tie_for_the_best_are_compared_by_how_fast_they_learn() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::of(folder.path(), "tied", &["slow", "fast", "bad", "worst"], 12, CART_POLE);
    for seed in 0..12 {
        // The learning curves of `slow` and `fast` climb to 100 and to 200.
        made.set_final(0, seed, 500.0);
        made.set_final(1, seed, 500.0);
        made.set_final(2, seed, 100.0 + seed as f64);
        made.set_final(3, seed, 50.0 + seed as f64);
    }
    let text = made.text();
    let flat_text = flat(&text);
    for sentence in [
        "By final returns these differences are significant: fast and slow over bad and worst; bad over worst.",
        "Final returns of fast and slow tie: each has an interquartile mean of 500, and no two differ significantly. So these are \
         compared by how fast they learn: by the mean return over the run (AUC).",
        "fast learns fastest, significantly faster than all that tie with it: slow (by 48.2, p < 0.001).",
        "Tested: differences of final returns over shared seeds, Wilcoxon's signed ranks, Holm's correction over 6 pairs",
        "Tested: differences of mean returns (AUC) over shared seeds, Wilcoxon's signed ranks, Holm's correction over 1 pair,",
    ] {
        assert!(flat_text.contains(sentence), "no `{sentence}` in\n{text}");
    }
    let names: Vec<&str> = table(&text)[3..].iter().filter_map(|row| row.split(' ').next()).take(4).collect();
    assert_eq!(names, ["fast", "slow", "bad", "worst"], "the faster of the best comes first: {text}");
    assert!(text.contains("(AUC)"), "what decides has a column: {text}");
    let speeds = made.figure("cart-pole-learning-speeds.csv");
    assert!(speeds.contains("fast,") && speeds.contains("slow,") && !speeds.contains("bad,"), "{speeds}");
    assert!(made.page().contains("Learning speeds of those that tie for the best"));

    let against = flat(&made.text_with(&["--baseline", "slow"]));
    assert!(
        against.contains("Significantly worse than the baseline slow: bad (p = 0.001) and worst (p = 0.001)."),
        "{against}"
    );
    assert!(against.contains("Significantly faster than the baseline slow: fast (p < 0.001)."), "{against}");
    assert!(!against.contains("No significant difference") && !against.contains("no two differ"), "{against}");
    let elsewhere = flat(&made.text_with(&["--baseline", "bad"]));
    assert!(
        !elsewhere.contains(" tie: ") && elsewhere.contains("Significantly better than the baseline bad: "),
        "{elsewhere}"
    );
}

#[test]
fn optimal_policies_tie_whatever_their_evaluations_returned() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::of(folder.path(), "optimal", &["slow", "fast", "linear"], 12, GRIDWORLD);
    for seed in 0..12 {
        made.set_final(0, seed, 0.74 + 0.01 * (seed % 3) as f64);
        made.set_final(1, seed, 0.74 + 0.01 * ((seed + 1) % 3) as f64 - 0.001);
        made.set_final(2, seed, 0.2 + 0.01 * seed as f64);
        for (variant, regret) in [0.0, 1e-12, 0.36].into_iter().enumerate() {
            // One run of `linear` ends with an optimal policy.
            let regret = if (variant, seed) == (2, 3) { 0.0 } else { regret };
            made.set_values(variant, seed, "value_rmse,value_max_error,regret", |share| {
                format!("0.1,0.2,{}", if share < 0.5 { 0.5 } else { regret })
            });
        }
    }
    let text = made.text();
    let flat_text = flat(&text);
    for sentence in [
        "Final returns of fast and slow tie: every run of each ends with an exactly optimal policy (regret 0), and no two differ \
         significantly.",
        "fast learns fastest",
        "Exactly optimal at the end (regret 0, by the environment's model): 12 of 12 runs of each of fast and slow; 1 of 12 runs of \
         linear.",
    ] {
        assert!(flat_text.contains(sentence), "no `{sentence}` in\n{text}");
    }
    let rows = table(&text);
    assert!(rows[0].contains("regret 0") && rows[1].contains("at end"), "{text}");
    for (name, share) in [("fast", "12 of 12"), ("linear", "1 of 12")] {
        assert!(rows.iter().any(|row| row.starts_with(name) && row.contains(share)), "{text}");
    }
    let scores = fs::read_to_string(made.folder.join("report/scores.csv")).unwrap();
    assert!(
        scores.contains("linear,3,regret_0_at_end,1\n") && scores.contains("linear,4,regret_0_at_end,0\n"),
        "{scores}"
    );
}

#[test]
fn learning_speed_is_not_compared_where_runs_did_not_begin_alike() {
    let folder = tempfile::tempdir().unwrap();
    let origin = Made::of(folder.path(), "short", &["a", "b"], 6, GRIDWORLD);
    let longer = Made::of(folder.path(), "long", &["a", "b"], 6, GRIDWORLD);
    for (variant, seed) in (0..2).flat_map(|variant| (0..6).map(move |seed| (variant, seed))) {
        for made in [&origin, &longer] {
            made.set_final(variant, seed, 1.0);
            made.set_values(variant, seed, "value_rmse,value_max_error,regret", |share| {
                format!("0.1,0.2,{}", if share < 0.5 { 0.3 } else { 0.0 })
            });
        }
        // The longer experiment continues the other one: its first row is at step 25000.
        for file in ["evaluations.csv", "values.csv"] {
            let path = longer.run(variant, seed).join(file);
            let text = fs::read_to_string(&path).unwrap();
            let later = |line: &&str| line.split(',').next().unwrap().parse().map_or(true, |step: u64| step >= 25_000);
            fs::write(&path, text.lines().filter(later).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        }
    }
    let out = folder.path().join("out");
    let report = |folders: &[String]| {
        let more = ["--out".to_owned(), out.display().to_string(), "--resamples".to_owned(), "200".to_owned()];
        let all: Vec<String> = [&["report".to_owned()], folders, &more].concat();
        let output = tilde(&all.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        flat(&stdout(&output))
    };
    let speeds = ["(AUC) [95 %]", " ever ", "First optimal", "learns fastest", "tie:"];
    // Without an origin.json too, curves that begin at different steps are not compared.
    let without_origin = report(&[origin.shown(), longer.shown()]);
    assert!(
        without_origin.contains(
            "learning curves begin at 2 different steps: step 25000 (long/a and long/b), step 0 (short/a and short/b)"
        ),
        "{without_origin}"
    );
    let json = r#"{"experiments": ["short"], "folder": "runs/short", "config_hash": "c0ffee"}"#;
    fs::write(longer.folder.join("origin.json"), json).unwrap();
    let both = report(&[origin.shown(), longer.shown()]);
    for text in [
        "gridworld, 50000 steps; long continues from the weights of short; interquartile mean of",
        "warning: long did not begin with new weights: its runs continue from the weights of short (origin.json) and are measured from step \
         25000 on",
        "warning: learning speed is not compared, because runs did not all begin alike",
        "Exactly optimal at the end (regret 0, by the environment's model): 6 of 6 runs of each of",
    ] {
        assert!(both.contains(text), "no `{text}` in {both}");
    }
    for text in [&without_origin, &both] {
        assert!(speeds.iter().all(|word| !text.contains(word)), "{text}");
    }
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(
        page.contains("long continues from the weights of short") && page.contains("did not begin with new weights")
    );
    assert!(page.contains("in runs/short when they began (config c0ffee)"));
    assert!(page.contains("long/experiment.toml --from runs/short --out again"), "the command that reproduces it");
    assert!(!page.contains("<h3>Sample efficiency"));
    // The first experiment alone is compared in full. An unreadable origin.json becomes a warning.
    assert!(report(&[origin.shown()]).contains("learns fastest"));
    fs::write(longer.folder.join("origin.json"), "{").unwrap();
    assert!(
        report(&[longer.shown()]).contains("origin.json: cannot be read, so it is unknown what its runs began with")
    );
}

#[test]
fn zero_has_no_sign_in_the_table_of_the_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::of(folder.path(), "zero", &["a", "b"], 8, CART_POLE);
    (0..8).for_each(|seed| made.set_final(0, seed, made_score(&made, 1, seed) - 1e-5));
    let text = made.text_with(&["--baseline", "b"]);
    assert!(text.contains(" 0.0000") && !text.contains("-0.0000"), "{text}");
}

#[test]
fn sentences_are_wrapped_at_the_width_of_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "prose", 6, 4);
    made.fail(1, 2);
    fs::create_dir(made.folder.join("v0/seed-99")).unwrap();
    let longest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap();
    let report = Report::read(std::slice::from_ref(&made.folder), ReportOptions::default()).unwrap();
    let temporary = made.shown().chars().count() + 40; // a path is one word
    for width in [80, 120] {
        let text = report.text_within(width);
        assert!(longest(&text) <= width.max(temporary), "{text}");
    }
    let words =
        |width: usize| flat(&report.text_within(width)).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let sentence = |words: Vec<String>| words.join(" ").contains("Holm's correction over 15 pairs, level 5 %.");
    assert!(sentence(words(80)) && sentence(words(120)));
}

/// The points of the first variant's curve, in pixels.
fn pixels(svg: &str) -> Vec<(f64, f64)> {
    let drawn = svg.split("overflow=\"hidden\"").nth(1).unwrap(); // the legend has lines too
    let path = drawn.split("<path class=\"line s c0\"").nth(1).unwrap().split(" d=\"").nth(1).unwrap();
    let path = path.split('"').next().unwrap();
    let number = |text: &str| text.parse::<f64>().unwrap();
    path.split(['M', 'L']).filter_map(|point| point.split_once(' ')).map(|(x, y)| (number(x), number(y))).collect()
}

#[test]
fn a_logarithmic_axis_leaves_out_tiny_values() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "norms", 2, 4);
    let set_norms = |smallest: f64| {
        for seed in 0..4 {
            let row = |row: u64| {
                let norm = [0.18, smallest, 2.0 * smallest].get(row as usize).copied().unwrap_or(1.0 + row as f64);
                format!("{},{row},1,1,{norm},0.1,0.001\n", row * 500)
            };
            let rows: String = (0..100).map(row).collect();
            let header = "step,update,loss,q_mean,grad_norm,epsilon,learning_rate\n";
            fs::write(made.run(0, seed).join("updates.csv"), format!("{header}{rows}")).unwrap();
        }
        made.text();
        pixels(&made.figure("cart-pole-gradient-norm.svg"))
    };
    const BOTTOM: f64 = 298.0;
    let drawn = set_norms(0.02);
    assert!(drawn.iter().all(|point| point.1 < BOTTOM), "the axis covers the curve: {drawn:?}");
    assert!(drawn[0].1 < drawn[2].1 && drawn[2].1 < drawn[1].1, "{drawn:?}");
    assert!(!made.page().contains("are cut off"));
    // A much smaller value is beyond the frame, where nothing is drawn.
    let drawn = set_norms(1e-12);
    assert!(drawn[0].1 < BOTTOM && drawn[1].1 > BOTTOM + 20.0 && drawn[3].1 < BOTTOM, "{drawn:?}");
    assert!(made.page().contains("Smaller values than the axis shows are cut off."));
}

#[test]
fn diagnostics_are_drawn_where_runs_have_them() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "measured", 2, 4);
    let figures = || -> Vec<String> {
        let files = files(&made.folder.join("report/figures")).into_keys();
        let names = files.map(|path| path.rsplit('/').next().unwrap().to_owned());
        let of_diagnostics = ["weight-norm", "dormant", "rank", "overest", "explained", "entropy", "policy-loss"];
        names.filter(|name| of_diagnostics.iter().any(|part| name.contains(part)) && name.ends_with(".csv")).collect()
    };
    made.text();
    assert_eq!(figures(), [""; 0]);
    let header =
        "step,function,weight_norm,dormant,effective_rank,overestimation,explained_variance,entropy,policy_loss";
    let set = |variant: usize, seed: u64, rows: &str| {
        fs::write(made.run(variant, seed).join("diagnostics.csv"), format!("{header}\n{rows}")).unwrap();
    };
    for seed in 0..4 {
        set(0, seed, &format!("0,Q-function,1,0.5,3,,,0.7,\n20000,Q-function,{},0.25,4,-2.5,-30,0.1,\n", 10 + seed));
    }
    made.text();
    let of_one = ["dormant-units", "effective-rank", "entropy", "explained-variance", "overestimation", "weight-norm"];
    assert_eq!(figures(), of_one.map(|name| format!("cart-pole-{name}.csv")));
    let csv = made.figure("cart-pole-weight-norm.csv");
    assert!(csv.contains("20000") && csv.contains("11.5"), "the median of 10 to 13: {csv}");
    let page = made.page();
    for text in ["Weight norm<", "Sokar et al. 2023", "Smaller values than the axis shows are cut off."] {
        assert!(page.contains(text), "no {text}");
    }
    // Functions are told apart where a variant has several. The files of the report before stay where they are.
    fs::remove_dir_all(made.folder.join("report/figures")).unwrap();
    for seed in 0..4 {
        set(1, seed, "0,actor,1,0,3,,,0.7,\n0,critic,2,0,4,1,0.5,,\n9,actor,1,0,3,,,0.7,0.5\n9,critic,2,0,4,1,0.5,,\n");
    }
    made.text();
    let all = figures();
    let of_functions: Vec<&String> = all.iter().filter(|name| name.contains("weight-norm")).collect();
    let expected = ["Q-function", "actor", "critic"].map(|name| format!("cart-pole-weight-norm-{name}.csv"));
    assert_eq!(of_functions, expected.iter().collect::<Vec<_>>());
    assert_eq!(all.len(), 3 * 3 + 4, "{all:?}");
    for text in ["Weight norm: critic<", "Overestimation: Q-function, critic<", "Policy loss: actor<"] {
        assert!(made.page().contains(text), "no {text}");
    }
}

#[test]
fn a_jump_at_the_last_step_is_visible() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "last", 2, 4);
    made.text();
    let last = pixels(&made.figure("cart-pole-learning-curves.svg")).last().copied().unwrap();
    assert!((530.0..537.0).contains(&last.0), "the frame is at 540: {last:?}");
    assert!(made.page().contains("Curves that coincide hide each other"));
}

#[test]
fn variants_that_the_table_shows_as_equal_have_no_single_best() {
    let scores = |more: f64| (0..12).map(|seed| f64::from(seed) + more).collect::<Vec<f64>>();
    let two = flat(&sentences(&[scores(100.0), scores(100.001), scores(0.0)]));
    for sentence in [
        "v1 and v0 score highest: their difference of 0.00100 is significant (p = 0.001), but too small to matter.",
        "v1 scores significantly higher than v2 (p = 0.001).",
        "Among the others these differences are significant: v0 over v2.",
    ] {
        assert!(two.contains(sentence), "no `{sentence}` in {two}");
    }
    assert!(!two.contains("scores highest"), "{two}");
    let three = flat(&sentences(&[scores(100.0), scores(100.001), scores(100.002)]));
    assert!(
        three.contains(
            "v2, v1 and v0 score highest: the differences of v2 from v1 (by 0.00100, p = 0.001) and v0 (by 0.00200, p = 0.001) are \
             significant, but too small to matter."
        ),
        "{three}"
    );
}

#[test]
fn a_good_evaluation_at_step_0_does_not_count_as_reached() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::of(folder.path(), "lucky", &["a", "b"], 6, CART_POLE);
    let path = made.run(0, 2).join("evaluations.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\n0,1,0,", "\n0,1,480,").replace("\n0,2,0,", "\n0,2,480,")).unwrap();
    let text = made.text();
    assert!(table(&text).iter().any(|row| row.starts_with("a ") && row.contains("0 of 6")), "{text}");
    assert!(!made.figure("cart-pole-sample-efficiency.csv").contains("a,,0,0.1"));
    let scores = fs::read_to_string(made.folder.join("report/scores.csv")).unwrap();
    assert!(scores.contains("a,2,reached_threshold,0\n") && !scores.contains("a,2,steps_to_threshold"), "{scores}");
    let caption = "Reached is the first evaluation after step 0 with a mean return that high";
    assert!(made.page().contains(caption), "the caption says so");

    // The same for policies that are optimal at step 0 by chance. The largest share comes first.
    let grid = Made::of(folder.path(), "grid", &["a", "b"], 6, GRIDWORLD);
    for (variant, seed) in (0..2).flat_map(|variant| (0..6).map(move |seed| (variant, seed))) {
        let at_end = if seed < 2 + 2 * (1 - variant as u64) { 0.0 } else { 0.4 };
        grid.set_values(variant, seed, "value_rmse,value_max_error,regret", |share| {
            let regret = if share == 0.0 {
                0.0
            } else if share < 1.0 {
                0.3
            } else {
                at_end
            };
            format!("0.1,0.2,{regret}")
        });
    }
    let text = flat(&grid.text());
    assert!(text.contains("by the environment's model): 4 of 6 runs of a; 2 of 6 runs of b."), "{text}");
    let scores = fs::read_to_string(grid.folder.join("report/scores.csv")).unwrap();
    assert!(
        scores.contains("a,0,steps_to_regret_0,50000\n") && scores.contains("a,5,reached_regret_0,0\n"),
        "{scores}"
    );
}

#[test]
fn for_a_missing_folder_the_nearest_name_is_suggested() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "cart-pole", 1, 2);
    fs::create_dir(folder.path().join("else")).unwrap();
    let wrong = folder.path().join("cart-pol").display().to_string();
    let output = tilde(&["report", &wrong]);
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let told = format!("{wrong}: there is no such folder; the nearest name is {}", made.shown());
    assert!(stderr.contains(&told) && !stderr.contains("os error"), "{stderr}");
}

#[test]
fn a_heading_without_scores_names_none() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::of(folder.path(), "given", &["a"], 6, PREDICTION);
    let text = made.text();
    assert!(text.starts_with("gridworld, 50000 steps:\n"), "{text}");
}

#[test]
fn the_best_run_of_a_variant_has_its_highest_score() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "best", 2, 3);
    for (seed, score) in [(0, 50.0), (1, 80.0), (2, 80.0)] {
        made.set_final(0, seed, score);
    }
    made.fail(1, 2);
    let report = Report::read(std::slice::from_ref(&made.folder), ReportOptions::default()).unwrap();
    let runs = report.best_runs().remove(0);
    let found: Vec<(&str, u64)> = runs.iter().map(|run| (run.name.as_str(), run.seed)).collect();
    assert_eq!(found[1], ("v0", 1), "the first of equal ones");
    assert_eq!((found[0].0, found[0].1 < 2), ("v1", true), "no failed run");
    assert_eq!(runs[1].folder, made.run(0, 1));
    // While no run is over, the last evaluation decides.
    for seed in 0..3 {
        fs::remove_file(made.run(0, seed).join("summary.json")).unwrap();
    }
    let rows = "step,episode,return,length,ending\n0,1,9,9,terminated\n0,2,9,9,terminated\n";
    fs::write(made.run(0, 2).join("evaluations.csv"), rows.replace(",9,9,", ",999,9,")).unwrap();
    let report = Report::read(std::slice::from_ref(&made.folder), ReportOptions::default()).unwrap();
    assert_eq!(report.best_runs()[0][1].seed, 2);
}

/// Forty variants with half a megabyte each: stills of the best ones come first, then maps, then animations.
#[test]
fn pictures_never_make_a_page_larger_than_five_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(folder.path(), "many", 40, 1);
    let options =
        ReportOptions { bootstrap: Bootstrap { resamples: 100, ..Bootstrap::default() }, ..ReportOptions::default() };
    let report = Report::read(std::slice::from_ref(&made.folder), options).unwrap();
    let best = report.best_runs().remove(0);
    let written = |still: usize, animation: usize| {
        let episode = |run: &BestRun| EpisodePicture {
            variant: run.variant,
            caption: format!("seed {}", run.seed),
            still: vec![1; still],
            animation: Some(vec![2; animation]),
            size: (640, 360),
        };
        let environment =
            EnvironmentMedia { episodes: best.iter().map(episode).collect(), ..EnvironmentMedia::default() };
        report.write_with(&folder.path().join("out"), &Media { environments: vec![environment] }).unwrap();
        fs::read_to_string(folder.path().join("out/index.html")).unwrap()
    };
    let count = |page: &str, kind: &str| page.matches(&format!(" src=\"data:image/{kind};base64,")).count();
    let all = written(1_000, 2_000);
    assert_eq!((count(&all, "png"), count(&all, "gif"), all.contains("Left out")), (0, 40, false));
    let some = written(10_000, 500_000);
    assert!(some.len() < MAX_PAGE_BYTES && some.len() > MAX_PAGE_BYTES - 800_000, "{}", some.len());
    let animated = count(&some, "gif");
    assert!(animated >= 3 && count(&some, "png") == 40 - animated, "{animated}");
    assert!(some.contains("Left out so that this page stays small") && some.contains("the animations of "));
    let few = written(500_000, 600_000);
    assert!(few.len() < MAX_PAGE_BYTES && count(&few, "png") >= 5 && count(&few, "gif") == 0, "{}", few.len());
    assert!(few.contains("the episodes of ") && few.contains(" others"), "v39 and those after it are shown");
    assert!(few.contains("alt=\"v39: seed 0\"") && !few.contains("alt=\"v0: seed 0\""));
    assert_eq!(fs::read_dir(folder.path().join("out/media")).unwrap().count(), 80, "all of them are files");
}
