//! The report of a search, from files that were made by hand: every number in it is worked out here.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{stderr, stdout, tilde};
use serde_json::{Value as Json, json};

/// A search of the variants `a` and `b`, drawn at random.
const SEARCH: &str = r#"
name = "made"
seeds = [0, 1]

[budget]
steps = 900
evaluation_episodes = 1

[env.gridworld]

[algorithm.q_learning]

[[variant]]
name = "a"

[[variant]]
name = "b"

[search]
seeds = { first = 100, count = 3 }
trials = 10
sampler = "random"
pruner = "none"
objective = "final"

[search.space]
"optimizer.sgd.learning_rate" = { log_uniform = [0.001, 0.512] }

[search.variant.b]
"approximator.hidden" = { choice = [[16], [32]] }
"#;

struct Made {
    folder: PathBuf,
    lines: Vec<Json>,
}

impl Made {
    fn new(folder: &Path, text: &str) -> Made {
        let folder = folder.join("made");
        fs::create_dir_all(&folder).unwrap();
        for name in ["search.toml", "resolved.toml"] {
            fs::write(folder.join(name), text).unwrap();
        }
        Made { folder, lines: Vec::new() }
    }

    /// Proposes a trial and measures it at the first rung; `None` is a failed one.
    fn trial(&mut self, variant: &str, trial: usize, settings: Json, objective: Option<f64>) {
        self.lines
            .push(json!({"event": "proposed", "variant": variant, "trial": trial, "round": 0, "settings": settings}));
        self.measured(variant, trial, 0, objective);
    }

    fn measured(&mut self, variant: &str, trial: usize, rung: usize, objective: Option<f64>) {
        self.lines.push(json!({"event": "measured", "variant": variant, "trial": trial, "rung": rung, "steps": 900,
                               "objective": objective, "scores": [objective], "failures": []}));
    }

    fn chosen(&mut self, variant: &str, trial: usize, rung: usize) {
        let none: Option<f64> = None;
        self.lines.push(json!({"event": "chosen", "variant": variant, "trial": trial, "rung": rung, "objective": none,
                               "settings": {}}));
    }

    /// Ten trials of each variant whose learning rates double: `a` rises from 0 to 9, `b` falls from 9 to 1 and fails at last.
    fn ten_trials(&mut self) {
        for trial in 0..10 {
            let rate = 0.001 * f64::from(1 << trial);
            self.trial("a", trial as usize, json!({"optimizer.sgd.learning_rate": rate}), Some(f64::from(trial)));
            let settings = json!({"optimizer.sgd.learning_rate": rate, "approximator.hidden": [if trial % 2 == 0 { 16 } else { 32 }]});
            self.trial("b", trial as usize, settings, (trial < 9).then(|| f64::from(9 - trial)));
        }
    }

    fn write(&self) {
        let lines: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.folder.join("journal.jsonl"), lines).unwrap();
    }

    /// Writes the journal and makes the report, which has to succeed; returns what it printed, in one line.
    fn report(&self) -> String {
        self.write();
        let output = tilde(&["report", self.folder.to_str().unwrap()]);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn page(&self) -> String {
        fs::read_to_string(self.folder.join("report/index.html")).unwrap()
    }

    fn figure(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(format!("report/figures/search-{name}"))).unwrap()
    }
}

/// Whether a table of a page has this row.
fn row(page: &str, variant: &str, cells: &[&str]) -> bool {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    page.contains(&format!("{variant}</span></th>{cells}</tr>"))
}

#[test]
fn the_numbers_of_a_search_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Made::new(folder.path(), SEARCH);
    made.ten_trials();
    made.chosen("a", 9, 0);
    made.chosen("b", 0, 0);
    let text = made.report();
    let page = made.page();
    // Trials, failed ones, the default, the best and its number.
    assert!(row(&page, "a", &["10", "0", "0", "9.00", "9"]) && row(&page, "b", &["10", "1", "9.00", "9.00", "0"]));
    assert!(text.contains("a 10 0 0 9.00 9 b 10 1 9.00 9.00 0"), "{text}");
    for said in [
        "a: optimizer.sgd.learning_rate lies at the upper end of its range: larger values may be better",
        "b: optimizer.sgd.learning_rate lies at the lower end of its range: smaller values may be better",
        "the chosen settings have not been judged yet",
    ] {
        assert!(text.contains(said) && page.contains(said), "{said:?} is missing:\n{text}");
    }
    assert_eq!(made.figure("tuned.csv"), "variant,from,to,value,low,high\na,0,9,,,\nb,9,9,,,\n");
    // Ranks 1 to 3, 4 to 7 and 8 to 10 are the thirds; their means are 2, 5.5 and 9. So 73.5 of 82.5 lies between them, and
    // ε² = 1 − 9/7 · (1 − 73.5/82.5) = 0.8597. Of all orders, 2 · 3! · 4! · 3! / 10! = 0.0005 explain as much.
    let explained = "a</span></th><td>optimizer.sgd.learning_rate</td><td>10</td><td>86 %</td><td>";
    let p_value: f64 = page.split(explained).nth(1).unwrap().split('<').next().unwrap().parse().unwrap();
    assert!((0.0001..0.0015).contains(&p_value), "{p_value}");
    // What both choices explain: ranks 10, 8, 6, 4, 2 against 9, 7, 5, 3, 1 have means 6 and 5: less than chance does.
    assert!(page.contains("<td>approximator.hidden</td><td>10</td><td>0 %</td>"));
    // Trial 0 is best for b, and a has nothing there; trial 9 is best for a, and b fails there.
    assert!(
        row(&page, "a", &["9.00", "9", "0", "0", "9.00", "1.00"])
            && row(&page, "b", &["9.00", "0", "failed", "9", "–", "1.00"])
    );
    assert!(page.contains("Compared are the 10 trials"));
    // The mean of 1 to 9 is 5, and the expected best of four of them is 9 − 8772/6561 = 7.663, of nine 9 − Σ (i/9)⁹ = 8.518.
    // Of b: 8 to 1 and a failed one, which counts as the lowest of all, 0: all is 1 lower.
    let best_of = |row: &str| -> Vec<f64> {
        let curve = made.figure("expected-best.csv");
        let points =
            curve.lines().filter(|line| line.starts_with(row)).map(|line| line.split(',').nth(3).unwrap().to_owned());
        points.map(|y| y.parse().unwrap()).collect()
    };
    let (a, b) = (best_of("a,"), best_of("b,"));
    assert_eq!((a.len(), b.len()), (9, 9));
    assert!((a[0] - 5.0).abs() < 1e-9 && (a[3] - (9.0 - 8772.0 / 6561.0)).abs() < 1e-9, "{a:?}");
    assert!(b.iter().zip(&a).all(|(b, a)| (a - b - 1.0).abs() < 1e-9), "{b:?}");
    assert!(row(&page, "a", &["5.00", "7.66", "8.52 (9)", "0", "3.00", "9.00 (10)"]), "{page}");
    assert!(row(&page, "b", &["4.00", "6.66", "7.52 (9)", "9.00", "9.00", "9.00 (10)"]));
    // A point for each trial of the slice, the two ends of the range, and the chosen one.
    let slice = made.figure("slices-a.csv");
    assert_eq!(slice.lines().filter(|line| line.contains(",trial,dots,")).count(), 10);
    assert!(slice.contains(",chosen,rings,0.512,9\n"), "{slice}");
    assert_eq!(slice.lines().filter(|line| line.contains(",contour,0.001,")).count(), 2);
    let coordinates = made.figure("coordinates-b.csv");
    assert!(
        coordinates.contains("\ntrial 9,[32],0.512,,false\n") && coordinates.contains("\ntrial 0,[16],0.001,9,true\n")
    );
    for kind in ["svg", "png", "csv"] {
        for name in ["tuned", "trials", "coordinates-a", "slices-b", "expected-best", "best-so-far"] {
            let file = format!("report/figures/search-{name}.{kind}");
            assert!(made.folder.join(&file).is_file() && page.contains(file.trim_start_matches("report/")), "{file}");
        }
    }
}

#[test]
fn the_report_is_a_function_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Made::new(folder.path(), SEARCH);
    made.ten_trials();
    made.report();
    let (page, picture) = (made.page(), fs::read(made.folder.join("report/figures/search-trials.png")).unwrap());
    let moved = Made { folder: folder.path().join("moved"), lines: made.lines.clone() };
    fs::create_dir_all(&moved.folder).unwrap();
    for name in ["search.toml", "resolved.toml"] {
        fs::write(moved.folder.join(name), SEARCH).unwrap();
    }
    moved.report();
    assert!(
        page == moved.page() && picture == fs::read(moved.folder.join("report/figures/search-trials.png")).unwrap()
    );
}

#[test]
fn a_search_that_is_running_has_a_report_and_damaged_lines_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Made::new(folder.path(), SEARCH);
    // Before anything is proposed.
    let text = made.report();
    assert!(text.contains("the search is not over"), "{text}");
    assert!(made.page().contains("It cannot be computed"));
    made.trial("a", 0, json!({"optimizer.sgd.learning_rate": 0.1}), Some(2.0));
    made.trial("b", 0, json!({"optimizer.sgd.learning_rate": 0.1, "approximator.hidden": [16]}), None);
    made.lines.push(json!({"event": "proposed", "variant": "a", "trial": 1, "round": 0, "settings": {}}));
    made.write();
    let path = made.folder.join("journal.jsonl");
    let torn = fs::read_to_string(&path).unwrap() + "{\"event\":\"measured\"}\n{\"event\":\"meas";
    fs::write(&path, torn).unwrap();
    let output = tilde(&["report", made.folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    let page = made.page();
    for said in ["the search is not over", "journal.jsonl:6: the line is damaged", "b: the only trial failed"] {
        assert!(text.contains(said) && page.contains(said), "{said:?} is missing:\n{text}");
    }
    assert!(!text.contains("searched equally"), "while it runs, variants may be ahead of each other: {text}");
    assert!(row(&page, "a", &["2", "0", "2.00", "2.00", "0"]) && page.contains("<td>too few</td>"), "{page}");
    assert!(
        page.contains(
            "it takes 3 trials in which all variants were measured with the same values of what they share \
                           (optimizer.sgd.learning_rate), and there is 1 such trial"
        ),
        "{page}"
    );
}

#[test]
fn ties_unequal_budgets_and_other_settings_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Made::new(folder.path(), SEARCH);
    for trial in 0..9 {
        // The variants differ in what they share.
        let rate = |of: f64| json!({"optimizer.sgd.learning_rate": of});
        made.trial(
            "a",
            trial,
            rate(0.01 + 0.01 * trial as f64),
            Some([1.0, 5.0, 5.0, 5.0, 2.0, 3.0, 4.0, 0.0, 0.5][trial]),
        );
        if trial < 4 {
            made.trial("b", trial, rate(0.1 + 0.01 * trial as f64), None);
        }
    }
    made.chosen("a", 1, 0);
    made.chosen("b", 0, 0);
    let text = made.report();
    for said in [
        "a: 3 of 9 trials tie for the best",
        "b: all 4 trials failed",
        "the variants were not searched equally: 9 trials of a, 4 trials of b",
    ] {
        assert!(text.contains(said), "{said:?} is missing:\n{text}");
    }
    let page = made.page();
    assert!(row(&page, "a", &["9", "0", "1.00", "5.00", "1", "3"]), "{page}");
    assert!(page.contains("and there are none"), "{page}");
}

#[test]
fn trials_of_the_estimator_are_not_independent_and_rungs_are_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let text = SEARCH
        .replace("sampler = \"random\"", "sampler = { tpe = { n_startup_trials = 4 } }")
        .replace("pruner = \"none\"", "pruner = { successive_halving = { reduction = 3, rungs = 2 } }");
    let mut made = Made::new(folder.path(), &text);
    for trial in 0..8 {
        made.trial("a", trial, json!({"optimizer.sgd.learning_rate": 0.01}), Some(trial as f64));
    }
    for (trial, objective) in [(6, 50.0), (7, 40.0)] {
        made.measured("a", trial, 1, Some(objective));
    }
    made.chosen("a", 6, 1);
    let text = made.report();
    assert!(text.contains("successive halving over runs of 300, 900 steps"), "{text}");
    let page = made.page();
    // The default has its steps with it; the variant b has no trial, and is not searched.
    assert!(
        row(&page, "a", &["8", "0", "0 at 300", "50.0", "6"]) && row(&page, "b", &["0", "–", "–", "–", "–"]),
        "{page}"
    );
    // Circle and dot are both at the first rung.
    assert_eq!(made.figure("tuned.csv"), "variant,from,to,value,low,high\na,0,6,,,\nb,,,,,\n");
    // Of trials 1, 2 and 3 alone: 2, 3 − (1 + 4)/9 and 3 − (1 + 8)/27.
    let curve = made.figure("expected-best.csv");
    let ys: Vec<f64> = curve.lines().skip(1).map(|line| line.split(',').nth(3).unwrap().parse().unwrap()).collect();
    assert!(
        ys.len() == 3 && ys.iter().zip([2.0, 22.0 / 9.0, 24.0 / 9.0]).all(|(y, by_hand)| (y - by_hand).abs() < 1e-9)
    );
    assert!(page.contains("Only trials 1 to 3 are independent draws"));
    assert!(page.contains("it compares variants, and there is only one"));
    let slice = made.figure("slices-a.csv");
    assert!(slice.contains(",promoted,dots,0.01,7\n") && slice.contains(",chosen,rings,0.01,6\n"), "{slice}");
    assert!(made.figure("trials.csv").contains(",trial at 900 steps,dots,6,50\n"));
}

#[test]
fn what_cannot_be_reported_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Made::new(folder.path(), SEARCH);
    made.ten_trials();
    made.write();
    let place = made.folder.to_str().unwrap();
    for (more, said) in [
        (&["--baseline", "a"][..], "--baseline: is for experiments"),
        (&["--threshold", "1"], "--threshold: is for experiments"),
        (&["--export", "jsonl"], "--export: is for experiments"),
    ] {
        let output = tilde(&[&["report", place], more].concat());
        assert!(output.status.code() == Some(2) && stderr(&output).contains(said), "{}", stderr(&output));
    }
    let output = tilde(&["report", place, folder.path().to_str().unwrap()]);
    assert!(
        output.status.code() == Some(2) && stderr(&output).contains("is the folder of a search"),
        "{}",
        stderr(&output)
    );
    for (from, to, said) in
        [("sampler", "sampling", "search.sampler"), ("[budget]", "[budgets]", "`budget` is missing")]
    {
        fs::write(made.folder.join("resolved.toml"), SEARCH.replace(from, to)).unwrap();
        let output = tilde(&["report", place]);
        let message = stderr(&output);
        assert!(
            output.status.code() == Some(2) && message.contains(said) && message.contains("resolved.toml"),
            "{message}"
        );
    }
    assert!(!made.folder.join("report").exists());
}
