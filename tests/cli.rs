//! The command line, as a user meets it: exit codes, messages, and what is left on disk.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{stderr, stdout, tilde};

fn config(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name).display().to_string()
}

/// Expects exit code 2, one message with these words, no backtrace, and an empty output folder.
fn refused(arguments: &[&str], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out").display().to_string();
    let output = tilde(&[arguments, &["--out", &out]].concat());
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    for word in words {
        assert!(message.contains(word), "{arguments:?}: no `{word}` in: {message}");
    }
    assert!(!message.contains("panicked") && !message.contains("backtrace"), "{message}");
    assert_eq!(stdout(&output), "");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?} wrote something");
}

#[test]
fn the_smoke_experiment_trains_and_ends_with_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let output = tilde(&["train", &config("smoke.toml"), "--out", &out]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("variant") && stdout(&output).contains("shallow"), "{}", stdout(&output));
    assert!(!stdout(&output).contains("INFO"), "log records belong on standard error");
    assert!(stderr(&output).contains("shallow/seed-0"));
    let run = folder.path().join("smoke/shallow/seed-0");
    let head = |file: &str| fs::read_to_string(run.join(file)).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(head("episodes.csv"), "step,episode,return,length,ending");
    assert_eq!(head("evaluations.csv"), "step,episode,return,length,ending");
    assert_eq!(head("updates.csv"), "step,update,loss,q_mean,grad_norm,epsilon,learning_rate,temperature");
    for file in ["summary.json", "manifest.json"] {
        let text = fs::read_to_string(run.join(file)).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap().is_object());
    }
    assert!(run.join("checkpoint/state.bin").is_file());

    // The same again is refused, and nothing is lost by it.
    let again = tilde(&["train", &config("smoke.toml"), "--out", &out]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("--resume") && stderr(&again).contains("--overwrite"), "{}", stderr(&again));
    let resumed = tilde(&["train", &config("smoke.toml"), "--out", &out, "--resume"]);
    assert!(resumed.status.success() && stderr(&resumed).contains("already finished"), "{}", stderr(&resumed));
    for (sets, forbids) in [
        (&["algorithm.dqn.gamma=0.5", "seeds.count=5", "budget.steps=90_000"][..], "algorithm.dqn.gamma 0.99 → 0.5"),
        (&["budget.steps=1_000"], "budget.steps 2000 → 1000: fewer steps than the results have"),
    ] {
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let changed = tilde(&[&["train", &config("smoke.toml"), "--out", &out, "--resume"], &sets[..]].concat());
        assert_eq!(changed.status.code(), Some(2));
        let listed: Vec<String> =
            stderr(&changed).lines().filter(|line| line.starts_with("  ")).map(str::to_owned).collect();
        assert!(listed.len() == 1 && listed[0].contains(forbids), "{}", stderr(&changed));
        assert!(stderr(&changed).lines().all(|line| line.chars().count() <= 80), "{}", stderr(&changed));
    }
    let overwritten = tilde(&["train", &config("smoke.toml"), "--out", &out, "--overwrite", "--quiet"]);
    assert!(overwritten.status.success());
    assert_eq!(stderr(&overwritten), "", "--quiet means nothing but errors");
}

#[test]
fn both_devices_train_and_an_absent_one_says_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let small = ["--seeds", "0", "--only", "shallow", "--set", "budget.steps=600", "--out", &out, "--overwrite"];
    for device in ["flex", "ndarray"] {
        let output = tilde(&[&["train", &config("smoke.toml"), "--device", device], &small[..]].concat());
        assert!(output.status.success(), "{device}: {}", stderr(&output));
        let resolved = fs::read_to_string(folder.path().join("smoke/experiment.toml")).unwrap();
        assert!(resolved.contains(&format!("device = \"{device}\"")));
    }
    if !cfg!(feature = "cuda") {
        let output = tilde(&["check", &config("smoke.toml"), "--set", "device=cuda", "--device", "flex"]);
        assert!(output.status.success(), "what --device replaces need not be there: {}", stderr(&output));
        refused(&["train", &config("smoke.toml"), "--device", "cuda"], &["--features cuda"]);
    }
    refused(&["train", &config("smoke.toml"), "--device", "tpu"], &["tpu", "flex, ndarray, cuda, wgpu"]);
}

#[test]
fn what_is_wrong_is_refused_before_anything_is_written() {
    let smoke = config("smoke.toml");
    let set = |assignment: &'static str| ["train".to_owned(), smoke.clone(), "--set".to_owned(), assignment.to_owned()];
    let cases: [(&str, &[&str]); 9] = [
        ("algorithm.dqn.batch_siz=3", &["batch_siz", "did you mean `batch_size`?"]),
        ("algorithm.dqn.batch_size=many", &["algorithm.dqn.batch_size", "takes a whole number, not the text \"many\""]),
        ("algorithm.dqn.batch_size=2001", &["algorithm.dqn.batch_size", "buffer_size"]),
        ("optimizer.adam.learning_rate=-1", &["optimizer.adam.learning_rate", "above 0"]),
        ("seeds=[]", &["seeds", "no seed"]),
        ("env={ cart_pol = {} }", &["cart_pol", "did you mean `cart_pole`?"]),
        ("env={ gridworld = { map = [\"SG\", \"F\"] } }", &["env.gridworld.map"]),
        ("name=a/b", &["name", "folder"]),
        ("novalue", &["--set novalue"]),
    ];
    for (assignment, words) in cases {
        let arguments = set(assignment);
        refused(&arguments.each_ref().map(String::as_str), words);
    }
    refused(&["train", "no-such-file.toml"], &["no-such-file.toml", "cannot be read"]);
    refused(&["train", &config("cartpole.toml")], &["there is no such file; did you mean", "cart_pole.toml`?"]);
    refused(&["train", &config("")], &["is a folder, and a config is a TOML file"]);
    refused(&["train", &smoke, "--seeds", "5..5"], &["5..5", "no seed"]);
    refused(&["train", &smoke, "--only", "shalow"], &["shalow", "shallow, linear"]);
    refused(&["train", &smoke, "--jobs", "0"], &["--jobs"]);
    refused(&["train", &smoke, "--resume", "--overwrite"], &["--resume", "--overwrite"]);
    refused(&["trian", &smoke], &["train"]);
}

#[test]
fn a_budget_without_an_update_and_an_override_without_effect_are_refused() {
    let cart_pole = config("cart_pole.toml");
    let words =
        ["cart_pole.toml:", "algorithm.dqn.learning_starts", "\n  23 | learning_starts = 10_000\n", "budget.steps"];
    refused(&["train", &cart_pole, "--set", "budget.steps=5000"], &words);
    let (rate, varied) = ("optimizer.adam.learning_rate=9", config("approximators_gridworld.toml"));
    let words = [rate, "`table`", "`deep`", "--set variant.table.optimizer.adam.learning_rate="];
    refused(&["train", &varied, "--set", rate], &words);
    let one = ["check", &varied, "--set", "variant.table.optimizer.adam.learning_rate=0.5", "--print"];
    let printed = tilde(&one);
    assert!(printed.status.success() && stderr(&printed).is_empty(), "{}", stderr(&printed));
    assert_eq!(stdout(&printed).matches("learning_rate = 0.5\n").count(), 1);
    // Where some variants have their own, that is noted; not with --quiet.
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let some = ["--set", "approximator.hidden=[4]", "--seeds", "0", "--out", &out];
    for (quiet, noted) in [(&[][..], true), (&["--quiet", "--overwrite"][..], false)] {
        let output = tilde(&[&["train", &config("smoke.toml")][..], &some, quiet].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let note = "note: --set approximator.hidden=[4] does not reach the variant `linear`";
        assert_eq!(stderr(&output).contains(note), noted, "{}", stderr(&output));
    }
}

#[test]
fn what_no_machine_or_optimizer_can_do_is_warned_of() {
    let smoke = config("smoke.toml");
    let steps = "budget.steps=9_000_000_000_000_000_000";
    let output = tilde(&["check", &smoke, "--set", "optimizer.adam.learning_rate=1e308", "--set", steps]);
    assert!(output.status.success(), "{}", stderr(&output));
    for words in ["warning: budget.steps: ", "warning: variant `shallow`: optimizer.adam.learning_rate: "] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert!(!stdout(&output).contains("warning"));
    assert_eq!(stderr(&tilde(&["check", &smoke])), "");
}

#[test]
#[cfg(unix)]
fn what_never_ends_is_read_to_a_bound_and_a_pipe_is_read() {
    let endless = tilde(&["check", "/dev/zero"]);
    assert_eq!(endless.status.code(), Some(2));
    assert!(stderr(&endless).contains("/dev/zero: is longer than a config may be (16 MiB)"), "{}", stderr(&endless));
    let file = fs::File::open(config("smoke.toml")).unwrap();
    let mut piped = Command::new(env!("CARGO_BIN_EXE_tilde"));
    let output = piped.args(["check", "/dev/stdin"]).stdin(file).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin1.toml");
    fs::write(&path, b"name = 'caf\xe9'\n").unwrap();
    assert!(stderr(&tilde(&["check", &path.display().to_string()])).contains("UTF-8"));
}

#[test]
fn the_resolved_experiment_is_printed_and_trains_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let changes = ["--set", "budget.steps=600", "--seeds", "1", "--only", "shallow"];
    let printed = tilde(&[&["check", &config("smoke.toml"), "--print"], &changes[..]].concat());
    assert!(printed.status.success() && stderr(&printed).is_empty(), "{}", stderr(&printed));
    let text = stdout(&printed);
    for default in
        ["engine = \"auto\"", "beta_1 = 0.9", "gamma = 0.99", "log_every = 1\n", "initialization = \"pytorch\""]
    {
        assert!(text.contains(default), "no {default} in {text}");
    }
    let resolved = folder.path().join("resolved.toml");
    fs::write(&resolved, &text).unwrap();
    let train = |arguments: &[&str], out: &str| {
        let out = folder.path().join(out);
        let output = tilde(&[&["train"], arguments, &["--quiet", "--out", &out.display().to_string()]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let read = |file: &str| fs::read_to_string(out.join("smoke").join(file)).unwrap();
        (read("experiment.toml"), read("shallow/seed-1/updates.csv"), read("shallow/seed-1/evaluations.csv"))
    };
    let direct = train(&[&[config("smoke.toml").as_str()], &changes[..]].concat(), "direct");
    assert_eq!(direct, train(&[&resolved.display().to_string()], "resolved"));
    assert_eq!(direct.0, text);
}

#[test]
fn completions_know_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = tilde(&["completions", shell]);
        assert!(output.status.success() && stderr(&output).is_empty(), "{shell}: {}", stderr(&output));
        for word in ["train", "rollout", "overwrite", "completions"] {
            assert!(stdout(&output).contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(tilde(&["completions", "cmd"]).status.code(), Some(2));
}

#[test]
fn an_unwritable_output_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let output = tilde(&["train", &config("smoke.toml"), "--out", &file.display().to_string()]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("--out"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a folder");
}

#[test]
fn a_run_that_diverges_is_recorded_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let path = folder.path().join("diverging.toml");
    let smoke = fs::read_to_string(config("smoke.toml")).unwrap();
    fs::write(&path, smoke + "\n[[variant]]\nname = \"diverging\"\n[variant.optimizer.adam]\nlearning_rate = 1e38\n")
        .unwrap();
    let output = tilde(&["train", &path.display().to_string(), "--out", &out]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("diverging/seed-0: diverged at step"), "{}", stderr(&output));
    let summary = |run: &str| fs::read_to_string(folder.path().join("smoke").join(run).join("summary.json")).unwrap();
    assert!(summary("diverging/seed-1").contains("\"status\": \"diverged\""));
    assert!(summary("linear/seed-1").contains("\"status\": \"finished\""));
}

#[test]
fn check_lists_runs_and_parameters_and_runs_nothing() {
    let output = tilde(&["check", &config("cart_pole.toml")]);
    assert!(output.status.success());
    assert!(stdout(&output).contains(": 1 variant × 5 seeds = 5 runs of"), "{}", stdout(&output));
    // 4·120 + 120 + 120·84 + 84 + 84·2 + 2
    assert!(stdout(&output).contains("10934") && stdout(&output).contains("4-120-84-2"), "{}", stdout(&output));
    assert!(stdout(&output).contains("engine        host"), "{}", stdout(&output));
    assert!(stdout(&output).contains("\nreplay        10000 × 2 × 4 floats\n"), "{}", stdout(&output));
    let catch = stdout(&tilde(&["check", &config("cart_pole.toml"), "--set", "env={ catch = {} }"]));
    // 10,000 × (2 × 7 + 12) bytes, and a few kilobytes of weights.
    assert!(catch.contains("\nreplay        10000 × 2 × 50 bits\n") && catch.contains(" KiB"), "{catch}");
    assert!(catch.contains("\nobservations  MultiBinary((10, 5, 1))\n") && catch.contains("50-120-84-3"), "{catch}");
    // The engine's name before version 0.3 was `autodiff`.
    let output = tilde(&["check", &config("approximators_gridworld.toml"), "--set", "engine=autodiff"]);
    let table = stdout(&output);
    let row = |variant: &str| table.lines().find(|line| line.starts_with(variant)).unwrap().to_owned();
    // 16 states × 4 actions, in numbers of 4 bytes for the weights, their gradient and Adam's two moments.
    for part in ["one_hot 16-4", " 64 ", "1 of 16", "1.0 KiB"] {
        assert!(row("table").contains(part), "{part} in {}", row("table"));
    }
    assert!(row("engine").contains("burn") && row("environment").contains("gridworld"), "{table}");
    // 8 tilings × 3² tiles.
    assert!(row("tiles").contains("tiles 72-4") && row("tiles").contains("8 of 72"), "{table}");
    assert!(row("random").contains("–"), "{table}");
}

#[test]
fn a_convolutional_network_is_told_of_and_only_for_observations_with_a_shape() {
    let output = tilde(&["check", &config("catch.toml")]);
    // 9·16 + 16, (8·3·16)·64 + 64, 64·3 + 3.
    for part in ["MultiBinary", "engine        burn", "10×5×1→8×3×16=384-64-3", "24995"] {
        assert!(stdout(&output).contains(part), "{part} in {}", stdout(&output));
    }
    let set = |assignment: &'static str| {
        vec!["train".to_owned(), config("catch.toml"), "--set".to_owned(), assignment.to_owned()]
    };
    let cases: [(&str, &[&str]); 10] = [
        ("env={ cart_pole = {} }", &["approximator.network.conv", "[height, width, channels]", "[4]", "`mlp`"]),
        ("approximator.features=one_hot", &["approximator.features", "one_hot"]),
        ("approximator.features=fourier", &["approximator", "fourier"]),
        ("approximator.network.conv.kernel_size=11", &["approximator.network.conv.kernel_size", "11 × 11", "10 × 5"]),
        ("approximator.network.conv.filters=[]", &["approximator.network.conv.filters"]),
        ("approximator.network.conv.stride=[1, 2]", &["approximator.network.conv.stride", "2 numbers", "1 layers"]),
        ("optimizer.adam.lazy=true", &["optimizer.adam.lazy", "`conv`"]),
        ("approximator.network={ mlp = { residual = true } }", &["approximator.network.mlp.residual", "of one width"]),
        ("approximator.network.conv.residual=true", &["approximator.network.conv.residual", "`padding`"]),
        ("approximator.network.conv.padding=4000", &["approximator.network.conv.filters", "numbers of an observation"]),
    ];
    for (assignment, words) in cases {
        let arguments = set(assignment);
        refused(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), words);
    }
}

#[test]
fn lists_fit_a_terminal_of_80_columns() {
    let list = stdout(&tilde(&["envs"]));
    assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    for file in fs::read_dir(config("")).unwrap().map(|entry| entry.unwrap().path().display().to_string()) {
        let list = stdout(&tilde(&["check", &file]));
        assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    }
}

#[test]
fn long_shapes_are_shortened_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.toml");
    let layers = |count: usize, width: usize| vec![width.to_string(); count].join(", ");
    let listed = |hidden: &str, algorithm: &str, name: &str| {
        let text = format!(
            "name = 'deep'\nseeds = [0]\n[budget]\nsteps = 1000\n[env.cart_pole]\n[algorithm.{algorithm}]\n\
             [approximator]\nfeatures = 'identity'\nhidden = [{hidden}]\n[optimizer.adam]\nlearning_rate = 1e-3\n\
             [[variant]]\nname = '{name}'\n"
        );
        fs::write(&path, text).unwrap();
        let list = stdout(&tilde(&["check", &path.display().to_string()]));
        assert!(!list.is_empty() && list.lines().all(|line| line.chars().count() <= 80), "{list}");
        list
    };
    assert!(listed(&layers(200, 8), "dqn", "a").contains(" 4-8-8-…-8-2 (200 hidden) "));
    assert!(listed(&layers(3, 8), "dqn", "a").contains(" 4-8-8-8-2 "));
    assert!(listed(&layers(3, 8), "dqn", &"long".repeat(19)).contains(" 4-8-8-8-2 "));
    assert!(listed(&layers(12, 2048), "dqn", "a").contains("…"));
    // Two networks, the actor's and the critic's.
    let both = listed(&layers(100, 64), "actor_critic", "a");
    assert!(both.contains(" identity 4-…-2 + identity 4-…-1 "), "{both}");
}

#[test]
fn a_run_with_an_exact_solution_says_how_far_from_it_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let small = ["--seeds", "0", "--only", "table", "--set", "budget.steps=20_000", "--out", &out];
    let output = tilde(&[&["train", &config("approximators_gridworld.toml")], &small[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("value rmse") && stdout(&output).contains("regret"), "{}", stdout(&output));
    let run = folder.path().join("approximators-gridworld/table/seed-0");
    let values = fs::read_to_string(run.join("values.csv")).unwrap();
    let figures = |line: &str| line.strip_suffix(",q_star").unwrap().split(',').map(|x| x.parse().unwrap()).collect();
    let rows: Vec<Vec<f64>> = values.lines().skip(1).map(figures).collect();
    assert!(values.starts_with("step,value_rmse,value_max_error,regret,value_rmse_on_policy,bellman_rmse,truth\n"));
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), [0.0, 10_000.0, 20_000.0]);
    assert!(rows[2][1] < rows[0][1] && rows[2][1] <= rows[2][2], "{values}");
    let text = fs::read_to_string(run.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["distance"]["regret"], rows[2][3]);
    assert_eq!(summary["distance"]["value_rmse_on_policy"], rows[2][4]);
    assert_eq!(summary["distance"]["bellman_rmse"], rows[2][5]);
    assert_eq!(summary["distance"]["truth"], "q_star");
}

#[test]
fn envs_lists_and_describes_the_registry() {
    let list = stdout(&tilde(&["envs"]));
    for entry in tilde_envs::environments().all() {
        assert!(list.contains(&entry.name()));
        let described = tilde(&["envs", &entry.name()]);
        assert!(described.status.success() && stdout(&described).contains("[env."), "{}", stdout(&described));
    }
    let unknown = tilde(&["envs", "cart-pol"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean `cart-pole`?"));
}

#[test]
fn help_names_every_command() {
    let help = stdout(&tilde(&["--help"]));
    let examples = help.split("Examples:").nth(1).unwrap();
    assert!(examples.lines().all(|line| line.chars().count() <= 80), "can be copied: {examples}");
    assert!(examples.contains("--seeds 100..120 \\\n"), "{examples}");
    for command in ["train", "check", "envs", "rollout"] {
        assert!(help.contains(command));
        assert!(tilde(&[command, "--help"]).status.success());
    }
}

/// The lines of a rollout as JSON.
fn rollout(arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = tilde(&[&["rollout"], arguments].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_rollout_resets_from_the_same_generator_when_an_episode_ends() {
    let folder = tempfile::tempdir().unwrap();
    let actions = folder.path().join("actions.txt");
    fs::write(&actions, "1\n".repeat(25)).unwrap();
    let lines = rollout(&["cart-pole", "--seed", "0", "--actions", &actions.display().to_string(), "--steps", "25"]);
    assert_eq!(lines[0]["step"], 0);
    assert!(lines[0]["reward"].is_null());
    // Gymnasium's reset(seed=0), see also the golden trajectories of tilde-envs.
    assert_eq!(lines[0]["observation"][0], 0.013696168549358845);
    let resets = lines.iter().filter(|line| line["reward"].is_null()).count();
    assert_eq!(lines.len(), 25 + resets);
    let end = lines.iter().position(|line| line["terminated"] == true).unwrap();
    assert!(lines[end + 1]["reward"].is_null());
    assert_eq!(lines[end + 1]["step"], lines[end]["step"]);
    assert_ne!(lines[end + 1]["observation"], lines[0]["observation"]);
}

#[test]
fn a_board_is_written_row_by_row() {
    let lines = rollout(&["catch", "--steps", "9", "--set", "columns=3"]);
    let board = |line: &serde_json::Value| -> Vec<usize> {
        let cells = line["observation"].as_array().unwrap();
        (0..cells.len()).filter(|&cell| cells[cell] == 1.0).collect()
    };
    let ball = board(&lines[0])[0];
    assert!(ball < 3, "the ball starts in the first row");
    assert_eq!(board(&lines[0]), [ball, 9 * 3 + 1]);
    assert_eq!(board(&lines[1])[0], 3 + ball);
    assert_eq!((&lines[8]["terminated"], &lines[9]["terminated"]), (&false.into(), &true.into()));
}

#[test]
fn random_rollouts_repeat_and_settings_can_be_changed() {
    let arguments = ["gridworld", "--steps", "30", "--seed", "4", "--set", "map=8x8", "--set", "slip=0.5"];
    let lines = rollout(&arguments);
    assert_eq!(lines, rollout(&arguments));
    assert!(lines.len() >= 31);
    let unknown = tilde(&["rollout", "gridworld", "--set", "slop=0.5"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean `slip`?"), "{}", stderr(&unknown));
    let too_short = tilde(&["rollout", "cart-pole", "--actions", "no-such-file"]);
    assert_eq!(too_short.status.code(), Some(2));
}
