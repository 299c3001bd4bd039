//! Methods compared over several environments, on result files whose answer is known by hand.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{stdout, tilde};
use tilde::report::{Report, ReportOptions};
use tilde::results::{EvaluationSummary, RunStatus, Summary};
use tilde::stats::Bootstrap;

/// The steps of every run.
const STEPS: u64 = 1_000;

/// CartPole, which counts as solved at 475.
const CART_POLE: &str = "{ cart_pole = { time_limit = 500 } }";

/// Environments of other versions, which have no threshold here.
const TANK: &str = "{ tank = { size = 1 } }";
const MAZE: &str = "{ maze = { size = 9 } }";

/// The runs of a variant in an environment.
struct Ran<'a> {
    name: &'a str,
    /// The rest of its table in the config.
    keys: String,
    /// What every run returns at step 0; `None` if it is not evaluated then.
    start: Option<f64>,
    /// The final return of each run; a run without one diverged.
    finals: Vec<Option<f64>>,
}

fn ran<'a>(name: &'a str, env: &str, start: f64, finals: &[f64]) -> Ran<'a> {
    let finals = finals.iter().copied().map(Some).collect();
    Ran { name, keys: format!("env = {env}\n"), start: Some(start), finals }
}

/// The same for a variant with a method.
fn of_method<'a>(name: &'a str, method: &str, env: &str, start: f64, finals: &[f64]) -> Ran<'a> {
    let plain = ran(name, env, start, finals);
    Ran { keys: format!("method = \"{method}\"\n{}", plain.keys), ..plain }
}

/// Writes the results of an experiment, as training leaves them.
fn write(folder: &Path, experiment: &str, variants: &[Ran]) -> PathBuf {
    write_evaluated(folder, experiment, 1, variants)
}

fn write_evaluated(folder: &Path, experiment: &str, episodes: u64, variants: &[Ran]) -> PathBuf {
    let folder = folder.join(experiment);
    let seeds = variants.iter().map(|variant| variant.finals.len()).max().unwrap();
    let mut text = format!(
        "name = \"{experiment}\"\nseeds = {{ first = 0, count = {seeds} }}\nbudget = {{ steps = {STEPS}, evaluation_episodes = \
         {episodes} }}\nalgorithm = {{ dqn = {{}} }}\n"
    );
    for variant in variants {
        text += &format!("[[variant]]\nname = \"{}\"\n{}", variant.name, variant.keys);
        for (seed, end) in variant.finals.iter().enumerate() {
            write_run(&folder.join(format!("{}/seed-{seed}", variant.name)), variant, seed as u64, *end);
        }
    }
    fs::write(folder.join("experiment.toml"), text).unwrap();
    folder
}

fn write_run(folder: &Path, variant: &Ran, seed: u64, end: Option<f64>) {
    fs::create_dir_all(folder).unwrap();
    let points = variant.start.map(|start| (0, start)).into_iter().chain(end.map(|end| (STEPS, end)));
    let rows: String = points.map(|(step, total)| format!("{step},1,{total},9,terminated\n")).collect();
    fs::write(folder.join("evaluations.csv"), format!("step,episode,return,length,ending\n{rows}")).unwrap();
    fs::write(folder.join("episodes.csv"), "step,episode,return,length,ending\n100,1,3,9,terminated\n").unwrap();
    fs::write(folder.join("updates.csv"), "step,update,loss,q_mean,grad_norm,epsilon,learning_rate\n").unwrap();
    let evaluated =
        end.map(|mean| EvaluationSummary { step: STEPS, episodes: 1, mean, min: mean, max: mean, mean_length: 9.0 });
    let diverged = RunStatus::Diverged { step: 300, reason: "the loss is NaN".to_owned() };
    let summary = Summary {
        variant: variant.name.to_owned(),
        seed,
        outcome: if end.is_some() { RunStatus::Finished } else { diverged },
        steps: if end.is_some() { STEPS } else { 300 },
        episodes: 1,
        updates: 1,
        parameters: 1,
        training_return: Some(3.0),
        final_evaluation: evaluated,
        best_evaluation: evaluated,
        distance: None,
    };
    summary.write(folder).unwrap();
}

fn options() -> ReportOptions {
    ReportOptions { bootstrap: Bootstrap { resamples: 500, ..Bootstrap::default() }, ..ReportOptions::default() }
}

fn read(folders: &[PathBuf]) -> Report {
    Report::read(folders, options()).unwrap()
}

/// The section over environments, each sentence in a line; empty if there is none.
fn section(report: &Report) -> String {
    let text = report.text_within(10_000);
    text.find("Over ").filter(|at| *at == 0).map_or(String::new(), |_| {
        text.split("\n\n").take_while(|part| !part.contains(" steps")).collect::<Vec<_>>().join("\n\n")
    })
}

/// The lines of `aggregate.csv`.
fn aggregate(report: &Report, folder: &Path) -> Vec<String> {
    report.write(folder).unwrap();
    fs::read_to_string(folder.join("aggregate.csv")).unwrap().lines().map(str::to_owned).collect()
}

/// On CartPole 25 is 0 and 475 is 1, in the tank −100 is 0 and the best return, 100, is 1.
fn two_environments(folder: &Path) -> PathBuf {
    let variants = [
        of_method("good-pole", "good", CART_POLE, 25.0, &[475.0; 4]),
        of_method("weak-pole", "weak", CART_POLE, 25.0, &[250.0; 4]),
        of_method("good-tank", "good", TANK, -100.0, &[100.0, 100.0, 0.0, 0.0]),
        of_method("weak-tank", "weak", TANK, -100.0, &[-100.0; 4]),
    ];
    write(folder, "two", &variants)
}

#[test]
fn two_environments_of_different_scales_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let results = two_environments(folder.path());
    let report = read(&[results]);
    // good: six 1 and two ½, of which the outer quarters are dropped: 1. weak: four ½ and four 0: (½ + ½ + 0 + 0) / 4.
    let rows = aggregate(&report, &folder.path().join("out"));
    let expected = [
        "environment,method,other,metric,value,low,high",
        "cart-pole,,,zero,25,,",
        "cart-pole,,,one,475,,",
        "tank,,,zero,-100,,",
        "tank,,,one,100,,",
        ",good,,normalised_score,1,",
        ",good,,optimality_gap,0.125,",
        ",good,,mean_rank,1,,",
        "cart-pole,good,,normalised_score,1,,",
        "tank,good,,normalised_score,0.75,,",
        ",weak,,normalised_score,0.25,0.25,0.25", // runs are resampled within environments, where they are equal
        ",weak,,optimality_gap,0.75,0.75,0.75",
        ",weak,,mean_rank,2,,",
        "cart-pole,weak,,normalised_score,0.5,,",
        "tank,weak,,normalised_score,0,,",
        ",good,weak,probability_of_improvement,1,1,1",
    ];
    assert_eq!(rows.len(), expected.len(), "{rows:#?}");
    rows.iter().zip(expected).for_each(|(row, start)| assert!(row.starts_with(start), "{row} and not {start}"));
    let scores = fs::read_to_string(folder.path().join("out/scores.csv")).unwrap();
    assert!(scores.contains("tank,good-tank,2,normalised_score,0.5\n"), "{scores}");

    let text = section(&report);
    for part in [
        "Over 2 environments (cart-pole and tank); interquartile mean of the normalised returns of final evaluations:",
        "good has the highest normalised score over environments.",
        "A run of good is probably better than a run of weak (1.00 [1.00, 1.00]).",
        "0 is the median return before learning, at step 0, of all runs there (25 in cart-pole and -100 in tank); 1 is the return that \
         counts as solved (475 in cart-pole), or the highest final return of a run there (100 in tank).",
        "depend on these two numbers and, where a run of this report sets them, on who takes part; mean ranks and the probabilities do not.",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(!text.contains("left out") && !text.contains("warning"), "{text}");
    let page = fs::read_to_string(folder.path().join("out/index.html")).unwrap();
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(at("<h2>Over 2 environments") < at("<h2>cart-pole"), "it comes first");
    for figure in ["normalised-scores", "performance-profile", "probability-of-improvement"] {
        at(&format!("id=\"over-environments-{figure}\""));
        let file = folder.path().join(format!("out/figures/over-environments-{figure}.png"));
        assert!(fs::read(&file).unwrap().starts_with(b"\x89PNG"), "{figure}");
    }
    let profile =
        fs::read_to_string(folder.path().join("out/figures/over-environments-performance-profile.csv")).unwrap();
    // Above ½: all of good's runs on CartPole and half of them in the tank; none of weak's.
    let share =
        |method: &str| profile.lines().find(|row| row.starts_with(&format!("{method},,0.5,"))).unwrap().to_owned();
    assert!(share("good").starts_with("good,,0.5,0.75,") && share("weak").starts_with("weak,,0.5,0,"), "{profile}");
}

#[test]
fn variants_of_the_same_name_in_several_experiments_are_one_method() {
    let folder = tempfile::tempdir().unwrap();
    let one = [ran("good", CART_POLE, 25.0, &[475.0; 4]), ran("weak", CART_POLE, 25.0, &[250.0; 4])];
    let two = [ran("weak", TANK, -100.0, &[-100.0; 4]), ran("good", TANK, -100.0, &[100.0, 100.0, 0.0, 0.0])];
    let (one, two) = (write(folder.path(), "left", &one), write(folder.path(), "right", &two));
    let together = two_environments(folder.path());
    assert_eq!(section(&read(&[one.clone(), two.clone()])), section(&read(&[together])));
    // Each of them alone has one environment, and nothing is said.
    assert_eq!(section(&read(std::slice::from_ref(&one))), "");
    // What is written for both is gone where the report is one of only one of them.
    let out = folder.path().join("out");
    aggregate(&read(&[one.clone(), two.clone()]), &out);
    read(std::slice::from_ref(&one)).write(&out).unwrap();
    assert!(!out.join("aggregate.csv").exists());
    // Twice the same method in an environment: it is unclear which of the two is meant.
    let again = write(folder.path(), "again", &[ran("good", TANK, -100.0, &[0.0; 4])]);
    let text = section(&read(&[one, two, again]));
    assert!(text.starts_with("Over environments nothing can be compared:"), "{text}");
    assert!(
        text.contains(
            "left out: good, because it is the method of several variants in tank: again/good and right/good"
        ),
        "{text}"
    );
}

#[test]
fn equal_results_tie() {
    let folder = tempfile::tempdir().unwrap();
    let finals = [10.0, 20.0, 30.0, 40.0];
    let variants = [
        of_method("a1", "a", CART_POLE, 9.0, &finals),
        of_method("b1", "b", CART_POLE, 9.0, &finals),
        of_method("a2", "a", TANK, 0.0, &finals),
        of_method("b2", "b", TANK, 0.0, &finals),
    ];
    let report = read(&[write(folder.path(), "tie", &variants)]);
    let text = section(&report);
    assert!(text.contains("a and b share the highest normalised score."), "{text}");
    assert!(text.contains("These runs do not show whether a is better than b (0.50 ["), "{text}");
    let rows = aggregate(&report, &folder.path().join("out"));
    for start in [",a,,mean_rank,1.5,,", ",b,,mean_rank,1.5,,", ",a,b,probability_of_improvement,0.5,"] {
        assert!(rows.iter().any(|row| row.starts_with(start)), "no {start} in {rows:#?}");
    }
}

#[test]
fn an_environment_without_all_methods_is_left_out_and_so_is_a_method_of_one_environment() {
    let folder = tempfile::tempdir().unwrap();
    let mut variants = vec![
        of_method("a1", "a", CART_POLE, 25.0, &[475.0; 4]),
        of_method("b1", "b", CART_POLE, 25.0, &[25.0; 4]),
        of_method("a2", "a", TANK, 0.0, &[2.0; 4]),
        of_method("b2", "b", TANK, 0.0, &[0.0; 4]),
        of_method("a3", "a", MAZE, 0.0, &[0.0; 4]),
        of_method("c2", "c", TANK, 0.0, &[5.0; 4]),
    ];
    let text = section(&read(&[write(folder.path(), "some", &variants)]));
    assert!(text.starts_with("Over 2 environments (cart-pole and tank);"), "{text}");
    assert!(text.contains("left out: maze, because b did not run there"), "{text}");
    assert!(text.contains("left out: c, which ran in one environment only"), "{text}");
    // A method that was to run there, and has not yet.
    variants.push(of_method("b3", "b", MAZE, 0.0, &[]));
    let text = section(&read(&[write(folder.path(), "waiting", &variants)]));
    assert!(text.contains("left out: maze, because no run of b has ended there"), "{text}");
}

#[test]
fn values_of_a_given_policy_and_what_was_not_evaluated_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let given = |name, method| {
        let control = of_method(name, method, MAZE, 0.0, &[9.0; 4]);
        Ran { keys: format!("{}algorithm = {{ td_prediction = {{}} }}\n", control.keys), ..control }
    };
    let variants = [
        of_method("a1", "a", CART_POLE, 25.0, &[475.0; 4]),
        of_method("b1", "b", CART_POLE, 25.0, &[25.0; 4]),
        of_method("a2", "a", TANK, 0.0, &[2.0; 4]),
        of_method("b2", "b", TANK, 0.0, &[0.0; 4]),
        given("a3", "a"),
        given("b3", "b"),
    ];
    let evaluated = write(folder.path(), "evaluated", &variants);
    let trained = [ran("a", MAZE, 0.0, &[3.0; 4]), ran("b", MAZE, 0.0, &[3.0; 4])];
    let trained = write_evaluated(folder.path(), "trained", 0, &trained);
    let text = section(&read(&[evaluated, trained]));
    assert!(text.starts_with("Over 2 environments (cart-pole and tank);"), "{text}");
    assert!(text.contains(", because the policy is given there, so returns do not measure what is learned"), "{text}");
    assert!(text.contains(", because runs there were not evaluated"), "{text}");
}

#[test]
fn failed_runs_count_with_the_worst_return_of_their_environment() {
    let folder = tempfile::tempdir().unwrap();
    let mut good = of_method("good-pole", "good", CART_POLE, 25.0, &[475.0; 4]);
    good.finals[3] = None;
    let variants = [
        good,
        of_method("weak-pole", "weak", CART_POLE, 25.0, &[250.0, 250.0, 250.0, -20.0]),
        of_method("good-tank", "good", TANK, 0.0, &[1.0; 4]),
        of_method("weak-tank", "weak", TANK, 0.0, &[0.5; 4]),
    ];
    let report = read(&[write(folder.path(), "failed", &variants)]);
    let rows = aggregate(&report, &folder.path().join("out"));
    // The worst return is −20, which is (−20 − 25) / 450 = −0.1. So good's runs on CartPole are 1, 1, 1 and −0.1: its gap is 1.1 / 8.
    let gap = rows.iter().find_map(|row| row.strip_prefix(",good,,optimality_gap,")).unwrap();
    let gap: f64 = gap.split(',').next().unwrap().parse().unwrap();
    assert!((gap - 1.1 / 8.0).abs() < 1e-12, "{gap}");
    let probability = ",good,weak,probability_of_improvement,";
    let row = rows.iter().find_map(|row| row.strip_prefix(probability)).unwrap();
    // 3 × 4 wins of the sound runs, and half a win of the failed one against the −20.
    assert!(row.starts_with(&format!("{},", (12.5 / 16.0 + 1.0) / 2.0)), "{row}");
    let scores = fs::read_to_string(folder.path().join("out/scores.csv")).unwrap();
    assert!(scores.contains("cart-pole,good-pole,3,normalised_score,-0.1\n"), "{scores}");
    assert!(section(&report).contains("may be far below 0 on the normalised scale: 1 of good"), "{}", section(&report));
}

#[test]
fn without_evaluations_at_step_0_the_worst_run_is_0_and_equal_returns_are_0() {
    let folder = tempfile::tempdir().unwrap();
    let late = |name, method, finals: &[f64]| Ran { start: None, ..of_method(name, method, TANK, 0.0, finals) };
    let variants = [
        late("a1", "a", &[30.0; 4]),
        late("b1", "b", &[10.0, 20.0, 20.0, 20.0]),
        of_method("a2", "a", MAZE, 7.0, &[7.0; 4]),
        of_method("b2", "b", MAZE, 7.0, &[7.0; 4]),
    ];
    let report = read(&[write(folder.path(), "late", &variants)]);
    let text = section(&report);
    let sentence = "0 is the lowest final return of a run there (10 in tank); 1 is the highest final return of a run there (30 in tank).";
    assert!(text.contains(sentence), "{text}");
    assert!(text.contains("All final returns are equal, and count as 0: 7 in maze."), "{text}");
    let rows = aggregate(&report, &folder.path().join("out"));
    for row in ["tank,b,,normalised_score,0.5,,", "maze,a,,normalised_score,0,,", "maze,b,,normalised_score,0,,"] {
        assert!(rows.iter().any(|found| found == row), "no {row} in {rows:#?}");
    }
}

#[test]
fn a_solved_start_is_no_unit_and_unequal_runs_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let variants = [
        // 480 before learning is above 475, so the best run is 1.
        of_method("a1", "a", CART_POLE, 480.0, &[500.0; 4]),
        of_method("b1", "b", CART_POLE, 480.0, &[490.0; 4]),
        of_method("a2", "a", TANK, 0.0, &[1.0]),
        of_method("b2", "b", TANK, 0.0, &[2.0]),
    ];
    let report = read(&[write(folder.path(), "solved", &variants)]);
    let rows = aggregate(&report, &folder.path().join("out"));
    for row in ["cart-pole,,,zero,480,,", "cart-pole,,,one,500,,", "cart-pole,b,,normalised_score,0.5,,"] {
        assert!(rows.iter().any(|found| found == row), "no {row} in {rows:#?}");
    }
    let text = section(&report);
    assert!(text.contains("warning: unequal numbers of runs, 1 to 4 of a method in an environment"), "{text}");
    assert!(text.contains("warning: a method with a single run in an environment has no spread there"), "{text}");
}

#[test]
fn a_baseline_is_found_by_its_method() {
    let folder = tempfile::tempdir().unwrap();
    let results = two_environments(folder.path());
    let with = |baseline: &str| {
        Report::read(std::slice::from_ref(&results), ReportOptions { baseline: Some(baseline.to_owned()), ..options() })
    };
    let text = section(&with("weak").unwrap());
    assert!(text.contains("Probably better than the baseline weak: good (1.00 [1.00, 1.00])."), "{text}");
    let text = section(&with("good").unwrap());
    assert!(text.contains("Probably worse than the baseline good: weak (0.00 [0.00, 0.00])."), "{text}");
    // The name of a variant is the baseline of its environment alone.
    assert!(section(&with("weak-pole").unwrap()).contains("good has the highest normalised score"));
    assert!(with("wek").err().unwrap().contains("the nearest name is `weak`"));
}

#[test]
fn a_grid_of_environments_ends_with_the_comparison_over_them() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("grid.toml");
    let text = "name = 'grid'\nseeds = [0, 1]\nalgorithm = 'q_learning'\napproximator = { features = 'one_hot' }\n\
                optimizer = { sgd = { learning_rate = 0.1 } }\n[budget]\nsteps = 200\nevaluate_every = 100\n\
                evaluation_episodes = 2\n[grid]\n'env.gridworld.map' = ['4x4', '8x8']\n\
                'algorithm.q_learning.gamma' = [0.9, 0.99]\n";
    fs::write(&config, text).unwrap();
    let out = folder.path().join("runs").display().to_string();
    let output = tilde(&["train", &config.display().to_string(), "--out", &out, "--quiet"]);
    let shown = stdout(&output);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("Over 2 environments") && shown.contains("gamma=0.9 "), "{shown}");
    let resolved = fs::read_to_string(folder.path().join("runs/grid/experiment.toml")).unwrap();
    assert_eq!(resolved.matches("method = \"gamma=0.99\"").count(), 2, "{resolved}");
}
