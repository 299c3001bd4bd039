//! Diagnostics during training: what the rows say, and that nothing else knows of them.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::path::Path;

use common::{BACKENDS, algorithms, is_control, set_parameters, stderr, stdout, tilde, with_settings};
use tilde::agents::Agent;
use tilde::config::{Diagnostics, RunConfig, parse};
use tilde::diagnostics::{Visit, Visits, measure};
use tilde::results::{DiagnosticsRow, RunStatus, Summary};
use tilde::run::{Rows, Training};

fn run_config(text: &str) -> RunConfig {
    let text = format!("name = 'x'\nseeds = [0]\n{text}");
    parse(&text, "x.toml", &[]).unwrap_or_else(|error| panic!("{error}")).variants().remove(0)
}

/// A run of every algorithm of the registry by every engine, and one with convolutions.
fn configs() -> Vec<RunConfig> {
    let text = "budget = { steps = 130, evaluate_every = 40, evaluation_episodes = 1 }\n[env.gridworld]\nslip = 0.5\n\
                [algorithm.q_learning]\n[approximator]\nfeatures = 'one_hot'\nhidden = [6, 4]\n[optimizer.adam]\n\
                learning_rate = 0.01\n";
    let settings = "learning_starts = 20\nbuffer_size = 50\nbatch_size = 8\ntrain_freq = 2\nn_steps = 8";
    let mut all = Vec::new();
    for algorithm in algorithms() {
        let algorithm = with_settings(&algorithm, settings);
        all.extend(BACKENDS.map(|backend| RunConfig { backend, algorithm: algorithm.clone(), ..run_config(text) }));
    }
    let conv = "budget = { steps = 130, evaluate_every = 40, evaluation_episodes = 1 }\nenv = 'catch'\n\
                [algorithm.dqn]\nlearning_starts = 20\nbuffer_size = 50\nbatch_size = 8\n\
                [approximator]\nnetwork = { conv = { filters = [3] } }\nhidden = [5]\n[optimizer.adam]\nlearning_rate = 0.01\n";
    all.extend([conv, &format!("engine = 'burn'\n{conv}")].map(run_config));
    all
}

/// What a run recorded, its summary, and the agent's state at its end.
fn trained(config: &RunConfig) -> (Rows, Summary, Vec<u8>) {
    let (mut rows, mut training) = (Rows::default(), Training::new(config, 3).unwrap());
    let summary = training.run(&mut rows).unwrap();
    (rows, summary, training.agent().save())
}

fn with_diagnostics(config: &RunConfig, every: u64, states: u64) -> RunConfig {
    RunConfig { diagnostics: Some(Diagnostics { every, states }), ..config.clone() }
}

#[test]
fn every_algorithm_learns_the_same_with_and_without_diagnostics() {
    for config in configs() {
        let name = format!("{} {:?}", config.algorithm.id(), config.backend);
        let (rows, summary, state) = trained(&config);
        assert!(rows.diagnostics.is_empty(), "{name}");
        for every in [1, 50] {
            let (mut measured, same_summary, same_state) = trained(&with_diagnostics(&config, every, 12));
            let diagnostics = std::mem::take(&mut measured.diagnostics);
            assert!(measured == rows && same_summary == summary && same_state == state, "{name}");
            let functions = config.algorithm.functions(4).len();
            let steps: Vec<u64> = (0..=130).filter(|step| step % every == 0 || *step == 130).collect();
            let found: Vec<u64> = diagnostics.iter().step_by(functions.max(1)).map(|row| row.step).collect();
            assert_eq!(found, if functions > 0 { steps } else { Vec::new() }, "{name}");
            for row in &diagnostics {
                assert!(row.weight_norm.is_some() && row.dormant.is_some() && row.effective_rank.is_some(), "{row:?}");
            }
            // Each of these is of one function.
            let at_end = || diagnostics.iter().filter(|row| row.step == 130);
            let having = |of: fn(&DiagnosticsRow) -> Option<f64>| at_end().filter(|row| of(row).is_some()).count();
            assert_eq!(having(|row| row.entropy), usize::from(is_control(&config.algorithm)), "{name}");
            let mut losses = diagnostics.iter().filter(|row| row.policy_loss.is_some());
            let learns_by_gradient = config.algorithm.id() == "actor_critic";
            assert_eq!(losses.next().is_some(), learns_by_gradient, "{name}");
            assert!(losses.all(|row| row.function == "actor"), "{name}");
        }
    }
}

/// Three states, each with a value that is 2 too high; returns differ, so that a part of their variance is explained.
fn visits(components: usize) -> Visits {
    let visit = |index: usize, obtained: f64| Visit {
        observation: vec![index as f32 / 10.0; components],
        action: 0,
        predicted: Some(obtained + 2.0),
        obtained: Some(obtained),
        entropy: 0.5 * index as f64,
        episode: 0,
    };
    Visits { visits: vec![visit(0, 3.0), visit(1, 2.0), visit(2, 1.0)], episodes: 1, cut: 0 }
}

/// Replaces all parameters of a function: the weights by zeros, the biases by these.
fn plant(agent: &mut dyn Agent, function: usize, biases: &[&[f32]]) {
    let function = &mut *agent.functions_mut()[function];
    let mut biases = biases.iter();
    let parameters: Vec<f32> = function
        .tensors()
        .iter()
        .flat_map(|tensor| match tensor.shape[..] {
            [_] => biases.next().unwrap().to_vec(),
            _ => vec![0.0; tensor.shape.iter().product()],
        })
        .collect();
    set_parameters(function, &parameters);
}

const CART_POLE: &str = "budget = { steps = 100 }\nenv = 'cart_pole'\n[approximator]\nhidden = [4, 2]\n[optimizer.sgd]\n\
                         learning_rate = 0.1\n";

#[test]
fn rows_have_what_was_planted() {
    for backend in BACKENDS {
        let config = RunConfig { backend, ..run_config(&format!("algorithm = 'dqn'\n{CART_POLE}")) };
        let mut agent = config.algorithm.build(&config.agent_setup(0));
        // Outputs 1, 2, 0, 0 and then 3, 0 in all states: 3 of 6 units are dormant, and the last layer has rank 1.
        plant(agent.as_mut(), 0, &[&[1.0, 2.0, 0.0, -1.0], &[3.0, -0.5], &[1.0, -2.0]]);
        let [row] = &measure(agent.as_mut(), &visits(4), 70)[..] else { panic!("one function, one row") };
        let norm = (1.0_f64 + 4.0 + 1.0 + 9.0 + 0.25 + 1.0 + 4.0).sqrt();
        let expected = DiagnosticsRow {
            step: 70,
            function: "Q-function".to_owned(),
            weight_norm: Some(norm),
            dormant: Some(0.5),
            effective_rank: Some(1.0),
            overestimation: Some(2.0),
            explained_variance: Some(1.0),
            entropy: Some(0.5),
            policy_loss: None,
        };
        assert_eq!(*row, expected, "{backend:?}");
    }
}

#[test]
fn an_actor_has_the_entropy_and_a_critic_the_values() {
    let config = run_config(&format!("algorithm = 'actor_critic'\n{CART_POLE}"));
    let mut agent = config.algorithm.build(&config.agent_setup(0));
    plant(agent.as_mut(), 0, &[&[0.0; 4], &[0.0; 2], &[0.0; 2]]);
    plant(agent.as_mut(), 1, &[&[1.0; 4], &[0.0, 2.0], &[4.0]]);
    let rows = measure(agent.as_mut(), &visits(4), 8);
    let texts: Vec<String> = rows.iter().map(DiagnosticsRow::to_string).collect();
    // All units of a layer of zeros are dormant, and its rank is 0.
    assert_eq!(texts, ["8,actor,0,1,0,,,0.5,", &format!("8,critic,{},{},1,2,1,,", 24_f64.sqrt(), 1.0 / 6.0)]);
}

#[test]
fn linear_functions_have_no_units() {
    let config =
        run_config(&format!("algorithm = 'dqn'\n{}", CART_POLE.replace("[4, 2]", "[]\nfeatures = 'identity'")));
    let mut agent = config.algorithm.build(&config.agent_setup(0));
    let rows = measure(agent.as_mut(), &visits(4), 0);
    assert_eq!(rows[0].to_string(), "0,Q-function,0,,,2,1,0.5,");
}

#[test]
fn what_is_not_finite_is_left_empty() {
    for config in configs() {
        let mut agent = config.algorithm.build(&config.agent_setup(0));
        let functions = agent.functions().len();
        let env = || config.env.build().unwrap();
        for broken in [f32::NAN, f32::INFINITY] {
            for function in agent.functions_mut() {
                let count = function.parameters();
                set_parameters(function, &vec![broken; count]);
            }
            let mut rng = tilde::rng::diagnostics_stream(0, 0);
            let visits = Visits::play(agent.as_mut(), env().as_mut(), 0.9, [usize::MAX, 30], 50, &mut rng);
            let rows = measure(agent.as_mut(), &visits, 50);
            assert_eq!((rows.len(), visits.visits.len()), (functions, 30), "{}", config.algorithm.id());
            for row in rows {
                let text = row.to_string();
                assert!(row.weight_norm.is_none() && row.overestimation.is_none(), "{text}");
                assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            }
        }
    }
}

#[test]
fn a_run_that_diverges_has_the_rows_before_and_the_same_end() {
    let text = "budget = { steps = 3_000, evaluate_every = 3_000 }\nenv = 'cart_pole'\n[algorithm.q_learning]\ngamma = 1.0\n\
                [approximator]\nhidden = [16]\n[optimizer.sgd]\nlearning_rate = 0.8\n";
    let config = run_config(text);
    let (_, summary, _) = trained(&config);
    let RunStatus::Diverged { step, .. } = summary.outcome else { panic!("{:?}", summary.outcome) };
    let (rows, same, _) = trained(&with_diagnostics(&config, 1, 20));
    assert_eq!(same, summary);
    assert_eq!(rows.diagnostics.len() as u64, step, "from step 0 to the one before");
    let norms = rows.diagnostics.iter().filter_map(|row| row.weight_norm);
    assert!(norms.fold(0.0, f64::max) > 100.0);
}

#[test]
fn the_policy_loss_is_that_of_the_updates_since_the_row_before() {
    // Every step is an update. At first, both actions have the probability 1/2 and the value is 0, so that the advantage is
    // the reward, 1.
    let config = run_config(
        "budget = { steps = 6 }\nenv = 'cart_pole'\n[algorithm.actor_critic]\nn_steps = 1\n\
         [approximator]\nfeatures = 'identity'\nhidden = []\n[optimizer.sgd]\nlearning_rate = 0.1\n",
    );
    let losses = |every: u64| {
        let (rows, ..) = trained(&with_diagnostics(&config, every, 5));
        let of_actor = rows.diagnostics.into_iter().filter(|row| row.function == "actor");
        of_actor.map(|row| row.policy_loss).collect::<Vec<_>>()
    };
    let each = losses(1);
    assert_eq!((each.len(), each[0]), (7, None));
    assert!((each[1].unwrap() - 2.0_f64.ln()).abs() < 1e-6, "{each:?}");
    let mean = |range: std::ops::Range<usize>| {
        let (sum, count) = (each[range.clone()].iter().map(|loss| loss.unwrap()).sum::<f64>(), range.len() as f64);
        Some(sum / count)
    };
    assert_eq!(losses(4), [None, mean(1..5), mean(5..7)]);
}

#[test]
fn overestimation_is_that_of_a_known_value() {
    // A corridor of three cells with a reward of 1 behind the second step, γ = 0.5 and values of 3: greedy episodes never end.
    let text = "budget = { steps = 10 }\n[env.gridworld]\nmap = ['S.G']\ntime_limit = 5\n[algorithm.q_learning]\ngamma = 0.5\n\
                [approximator]\nfeatures = 'one_hot'\ninitialization = { constant = 3.0 }\n[optimizer.sgd]\nlearning_rate = 0.1\n";
    let config = run_config(text);
    let (rows, ..) = trained(&with_diagnostics(&config, 100, 50));
    let first = &rows.diagnostics[0];
    // Of equal values the first action is taken: left, into the wall. All returns are 0.
    assert_eq!(
        (first.overestimation, first.explained_variance),
        (None, None),
        "5 steps with γ = 0.5 leave too much unknown"
    );
    let longer = run_config(&text.replace("time_limit = 5", "time_limit = 20"));
    let (rows, ..) = trained(&with_diagnostics(&longer, 100, 60));
    let first = &rows.diagnostics[0];
    // The return is known from 7 steps before the end (0.5⁷ < 0.01) to all 20; the end itself counts for 3 · 0.5ᵏ.
    let obtained = (7..=20).map(|k| 3.0 * 0.5_f64.powi(k)).sum::<f64>() / 14.0;
    assert!((first.overestimation.unwrap() - (3.0 - obtained)).abs() < 1e-9, "{first:?}");
    assert!(first.explained_variance.unwrap().abs() < 1e-9, "a constant explains nothing");
}

const CONFIG: &str = "name = \"measured\"\nseeds = [3]\nbudget = { steps = 400, checkpoint_every = 100 }\nenv = \"cart_pole\"\n\
                      approximator = { hidden = [8] }\noptimizer = { sgd = { learning_rate = 0.01 } }\n\
                      [diagnostics]\nevery = 150\nstates = 40\n[[variant]]\nname = \"ac\"\nalgorithm = \"actor_critic\"\n\
                      [[variant]]\nname = \"q\"\nalgorithm = \"q_learning\"\n[[variant]]\nname = \"random\"\nalgorithm = \"random\"\n";

fn write(folder: &Path, text: &str) -> String {
    let path = folder.join("measured.toml");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_run_has_a_file_with_a_row_for_each_function_at_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), CONFIG);
    let output = tilde(&["train", &config, "--out", &folder.path().display().to_string(), "--quiet"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let file = |variant: &str| folder.path().join(format!("measured/{variant}/seed-3/diagnostics.csv"));
    let text = fs::read_to_string(file("ac")).unwrap();
    let header =
        "step,function,weight_norm,dormant,effective_rank,overestimation,explained_variance,entropy,policy_loss";
    assert_eq!(text.lines().next(), Some(header));
    let begin = |line: &str| line.split(',').take(2).collect::<Vec<_>>().join(" ");
    let expected = [0, 150, 300, 400].map(|step| [format!("{step} actor"), format!("{step} critic")]);
    assert_eq!(text.lines().skip(1).map(begin).collect::<Vec<_>>(), expected.concat());
    let q = DiagnosticsRow::read(&file("q")).undamaged().unwrap();
    assert_eq!(q.iter().map(|row| row.step).collect::<Vec<_>>(), [0, 150, 300, 400]);
    assert!(!file("random").exists(), "it learns nothing");
    let resolved = fs::read_to_string(folder.path().join("measured/experiment.toml")).unwrap();
    assert!(resolved.contains("[diagnostics]\nevery = 150\nstates = 40\n"), "{resolved}");
}

#[test]
fn the_table_has_defaults_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str, more: &[&str]| tilde(&[&["check", &write(folder.path(), text), "--print"], more].concat());
    let plain = CONFIG.replace("[diagnostics]\nevery = 150\nstates = 40\n", "");
    assert!(!stdout(&check(&plain, &[])).contains("diagnostics"));
    for (set, expected) in [
        ("diagnostics={}", "[diagnostics]\nevery = 50000\nstates = 500\n"),
        ("diagnostics.every=7", "[diagnostics]\nevery = 7\nstates = 500\n"),
    ] {
        let output = check(&plain, &["--set", set]);
        assert!(stdout(&output).contains(expected), "{set}: {}", stderr(&output));
    }
    for (change, expected) in [
        (
            ("every = 150", "evry = 150"),
            "diagnostics.evry: unknown key `evry`, expected `every` or `states`; did you mean `every`?",
        ),
        (("every = 150", "every = 0"), "measured.toml:8: diagnostics.every must be at least 1, not 0"),
        (("states = 40", "states = 0"), "measured.toml:9: diagnostics.states must lie between 1 and 1000000, not at 0"),
        (("every = 150", "every = 'often'"), "diagnostics.every: takes a whole number, not the text \"often\""),
    ] {
        let output = check(&CONFIG.replacen(change.0, change.1, 1), &[]);
        let message = stderr(&output).replace('`', "");
        let plain = |text: &str| text.replace([':', '`'], "");
        assert!(output.status.code() == Some(2) && plain(&message).contains(&plain(expected)), "{message}");
    }
    // Without a variant that learns, there is nothing to measure.
    let output = check(&plain, &["--set", "diagnostics.every=7", "--set", "name=y"]);
    assert!(output.status.success());
    let random = "name = 'x'\nseeds = [0]\nbudget = { steps = 10 }\nenv = 'cart_pole'\nalgorithm = 'random'\n";
    let output = check(random, &["--set", "diagnostics.every=7"]);
    assert!(stderr(&output).contains("no run learns, so none has a use for `diagnostics`"), "{}", stderr(&output));
}

#[test]
fn results_are_not_continued_with_other_diagnostics() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let train = |more: &[&str]| {
        let config = write(folder.path(), CONFIG);
        tilde(&[&["train", &config, "--out", &out, "--quiet"], more].concat())
    };
    assert!(train(&[]).status.success());
    let output = train(&["--resume", "--set", "diagnostics.every=100"]);
    assert!(output.status.code() == Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("diagnostics.every 150 → 100"), "{}", stderr(&output));
    // 400 steps are no multiple of 150: a longer run would have no rows there.
    let output = train(&["--resume", "--set", "budget.steps=600", "--set", "budget.evaluate_every=10_000"]);
    assert!(output.status.code() == Some(2), "{}", stderr(&output));
}
