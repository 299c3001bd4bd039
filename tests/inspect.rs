//! `tilde inspect`: what was planted is found, for every algorithm and engine, and no file is changed.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{algorithms, stderr, stdout, tilde};
use tilde::config::parse;
use tilde::diagnostics::Regions;
use tilde::export::{Format, export};
use tilde::inspect::{Inspection, InspectionOptions, inspect};
use tilde::run::{Checkpoint, train};
use tilde::safetensors::{decode, encode};

/// Where cart-pole's features lie.
const RANGES: &str = "low = [-2.4, -3, -0.21, -3], high = [2.4, 3, 0.21, 3]";

/// Trains the run of a config without variants, and returns its folder.
fn trained(out: &Path, text: &str) -> PathBuf {
    let experiment = parse(text, out.join("x.toml").to_str().unwrap(), &[]).unwrap_or_else(|e| panic!("{text}\n{e}"));
    let config = experiment.variants().remove(0);
    fs::create_dir_all(out).unwrap();
    fs::write(out.join("experiment.toml"), experiment.to_toml()).unwrap();
    let folder = out.join("default/seed-3");
    train(&config, 3, &folder, false, None, &Default::default(), &false.into()).unwrap();
    folder
}

fn last(folder: &Path) -> Inspection {
    inspect(folder, &InspectionOptions { checkpoint: Some(Checkpoint::Last), ..Default::default() }).unwrap()
}

/// DQN that never learns, so that its weights stay as they were planted.
fn planted(env: &str, approximator: &str, gamma: f64) -> String {
    format!(
        "name = 'x'\nseeds = [3]\nbudget = {{ steps = 100, evaluation_episodes = 0 }}\nenv = '{env}'\n\
         [algorithm.dqn]\nlearning_starts = 99\ntrain_freq = 50\ngamma = {gamma}\n[approximator]\n{approximator}\n\
         [optimizer.sgd]\nlearning_rate = 1e-9\n"
    )
}

#[test]
fn planted_units_ranks_and_regions_are_found() {
    let out = tempfile::tempdir().unwrap();
    let text = planted("cart_pole", "hidden = [8, 6]", 0.99);
    let drawn = trained(&out.path().join("drawn"), &text);
    let mut tensors = decode(&export(&drawn, Some(Checkpoint::Last), Format::Safetensors).unwrap().file).unwrap();
    let mut set = |name: &str, values: &dyn Fn(usize) -> f32| {
        let (_, tensor) = tensors.iter_mut().find(|(found, _)| found.ends_with(name)).unwrap();
        tensor.values.iter_mut().enumerate().for_each(|(index, value)| *value = values(index));
    };
    // [units, inputs] of PyTorch. Observations of an episode are smaller than 10: units 0 and 1 are off, the others on.
    set("layers.0.weight", &|index| ((index * 7 % 5) as f32 - 2.0) / 10.0);
    set("layers.0.bias", &|unit| if unit < 2 { -100.0 } else { 100.0 });
    // Rank 1: each row is a multiple of the same one. All outputs are positive, but those of unit 4, which is small and on, and
    // of unit 5, which is off.
    set("layers.1.weight", &|index| [1.0, 2.0, 3.0, 4.0, 1e-4, -1.0][index / 8] * (1.0 + (index % 8) as f32));
    set("layers.1.bias", &|_| 0.0);
    let file = encode(&tensors, &BTreeMap::new());
    fs::create_dir_all(out.path().join("planted")).unwrap();
    fs::write(out.path().join("planted/planted.safetensors"), file).unwrap();
    let text = text.replace("hidden = [8, 6]", "hidden = [8, 6]\nINITIALIZATION");
    let file = out.path().join("planted/planted.safetensors");
    let text = text.replace("INITIALIZATION", &format!("initialization = {{ file = '{}' }}", file.display()));
    let folder = trained(&out.path().join("planted"), &text);
    for sets in [vec![], vec!["env.time_limit=20".to_owned()]] {
        let options = InspectionOptions { checkpoint: Some(Checkpoint::Last), changes: sets, ..Default::default() };
        let found = inspect(&folder, &options).unwrap();
        let function = &found.functions[0];
        let [first, second] = &function.units[..] else { panic!("two hidden layers") };
        assert_eq!((first.always_off(), first.always_on()), (vec![0, 1], vec![2, 3, 4, 5, 6, 7]));
        assert_eq!((second.always_off(), second.always_on()), (vec![5], vec![0, 1, 2, 3, 4]));
        assert_eq!((first.dormant(0.025), second.dormant(0.025)), (vec![0, 1], vec![4, 5]));
        assert_eq!(second.dormant(0.0), [5]);
        let values = function.layers.iter().find(|layer| layer.name == "layers.1.weight").unwrap();
        let values = values.singular_values.as_ref().unwrap();
        // |(1, 2, 3, 4, 10⁻⁴, −1)| · |(1, …, 8)| = √31 · √204.
        assert!((values[0] - (31.0_f64 * 204.0).sqrt()).abs() < 1e-3 && values[1] < 1e-5, "{values:?}");
        assert_eq!(function.rank(), Some((1, 6)), "outputs of a layer of rank 1, all of them linear");
        assert_eq!(function.regions, Ok(Regions { pieces: 1, distinct: 1 }), "no unit switches");
    }
    let output = tilde(&["inspect", folder.to_str().unwrap(), "--checkpoint", "last"]);
    let text = stdout(&output);
    assert_eq!(stderr(&output), "");
    for line in [
        "  layers.0          8          6           2                    2",
        "  layers.1          6          5           1                    2",
        "  Last hidden layer: effective rank 1 of 6, on",
        "Along the first episode: 1 linear piece in 1 region.",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    assert!(text.lines().filter(|line| !line.contains('/')).all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn a_planted_overestimation_is_found() {
    let out = tempfile::tempdir().unwrap();
    // Of equal values the first is greedy, so the agent walks against a wall, and all rewards are 0.
    let approximator = "features = 'one_hot'\ninitialization = { constant = 5.0 }";
    let folder = trained(&out.path().join("discounted"), &planted("gridworld", approximator, 0.9));
    let calibration = last(&folder).calibration.unwrap();
    // After k steps without a reward the agent expects 5 again: 5 · 0.9ᵏ, for k from 44 (0.9⁴⁴ < 0.01) to the limit of 100.
    let expected = (44..=100).map(|k| 5.0 * 0.9_f64.powi(k)).sum::<f64>() / 57.0;
    assert!((calibration.obtained - expected).abs() < 1e-9, "{calibration:?}");
    assert!((calibration.overestimation() - (5.0 - expected)).abs() < 1e-9 && calibration.states == 20 * 57);
    let shown = stdout(&tilde(&["inspect", folder.to_str().unwrap()]));
    let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(line.contains("Predicted 5.00, obtained 0.00849: overestimation 4.99; RMSE 4.99;"), "{shown}");
    // Without discount, nothing is known of episodes that a time limit ends.
    let folder = trained(&out.path().join("undiscounted"), &planted("gridworld", approximator, 1.0));
    let found = last(&folder);
    assert_eq!((found.calibration.as_ref(), found.visits.cut), (None, 20));
    let shown = stdout(&tilde(&["inspect", folder.to_str().unwrap()]));
    assert!(shown.contains("no return is known"), "{shown}");
}

#[test]
fn every_algorithm_approximator_and_engine_can_be_inspected() {
    let approximators = [
        ("gridworld", "features = 'one_hot'", "auto"),
        ("gridworld", "features = 'tiles'\nhidden = [8]", "burn"),
        ("cart_pole", "features = { tiles = { RANGES } }", "auto"),
        ("cart_pole", "features = { rbf = { centres = 2, RANGES } }", "auto"),
        ("cart_pole", "features = { fourier = { order = 1, RANGES } }\nhidden = [8]\nactivation = 'tanh'", "auto"),
        ("cart_pole", "hidden = [8, 8]\nnetwork = { mlp = { layer_norm = true, residual = true } }", "auto"),
        ("catch", "network = { conv = { filters = [4], kernel_size = 3 } }\nhidden = [8]", "auto"),
    ];
    for (place, algorithm) in algorithms().iter().enumerate() {
        for (env, approximator, engine) in approximators {
            let out = tempfile::tempdir().unwrap();
            let learns = algorithm.learns();
            let approximator = approximator.replace("RANGES", RANGES);
            let rest = if learns { format!("engine = '{engine}'") } else { String::new() };
            let tables = if learns {
                format!("[approximator]\n{approximator}\n[optimizer.sgd]\nlearning_rate = 1e-3\n")
            } else {
                String::new()
            };
            let text = format!(
                "name = 'x'\nseeds = [3]\nbudget = {{ steps = 300, evaluation_episodes = 1 }}\nenv = '{env}'\n\
                 {rest}\nalgorithm = '{}'\n{tables}",
                algorithm.id()
            );
            let folder = trained(out.path(), &text);
            if !learns {
                let why = inspect(&folder, &InspectionOptions::default()).err().unwrap();
                assert!(why.contains("learns nothing") && why.contains("another one"), "{why}");
                break;
            }
            let options = InspectionOptions { episodes: 2, ..Default::default() };
            let found = inspect(&folder, &options).unwrap();
            assert_eq!(found.functions.len(), algorithm.functions(2).len());
            for function in &found.functions {
                assert!(function.norm.is_finite() && !function.layers.is_empty());
                assert_eq!(function.units.len(), hidden_layers(&approximator), "{env} {approximator}");
                // A walk against a wall has one state, and nothing elsewhere.
                let interference = function.interference.as_ref();
                assert!(interference.is_some() || env == "gridworld", "{env} {approximator}");
                assert!(interference.is_none_or(|found| found.matrix.iter().all(|change| change.is_finite())));
            }
            assert_eq!(found.map.is_ok(), env != "catch");
            // Figures take time: those of one algorithm for each approximator.
            if place == 0 {
                let written = found.write(&out.path().join("inside")).unwrap();
                assert!(written.iter().all(|path| fs::metadata(path).unwrap().len() > 0));
                let names: Vec<_> = written.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
                assert_eq!(names.contains(&"value-map.png"), env != "catch", "{names:?}");
                assert_eq!(names.contains(&"weights-q-function-1.svg"), hidden_layers(&approximator) == 0, "{names:?}");
            }
        }
    }
}

fn hidden_layers(approximator: &str) -> usize {
    usize::from(approximator.contains("conv")) + approximator.matches('8').count()
}

/// Every file below a folder, with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(
            |path| if path.is_dir() { files(&path) } else { BTreeMap::from([(path.clone(), fs::read(path).unwrap())]) },
        )
        .collect()
}

#[test]
fn nothing_of_the_run_is_changed_and_the_same_is_found_again() {
    let out = tempfile::tempdir().unwrap();
    let text = "name = 'x'\nseeds = [3]\nbudget = { steps = 400 }\nenv = 'gridworld'\nalgorithm = 'sarsa'\n\
        [approximator]\nhidden = [8]\n[optimizer.sgd]\nlearning_rate = 0.1\n";
    let folder = trained(&out.path().join("x"), text);
    let before = files(&out.path().join("x"));
    let inside = out.path().join("inside");
    let go = || {
        let output = tilde(&["inspect", folder.to_str().unwrap(), "--out", inside.to_str().unwrap(), "--seed", "5"]);
        assert!(output.status.success(), "{}", stderr(&output));
        (stdout(&output), files(&inside))
    };
    assert_eq!(go(), go());
    assert_eq!(files(&out.path().join("x")), before);
    let (shown, written) = go();
    assert!(shown.contains(&format!("Written: {} ({} files)", inside.display(), written.len())), "{shown}");
}

#[test]
fn what_cannot_be_inspected_is_refused_with_a_remedy() {
    let out = tempfile::tempdir().unwrap();
    let text = format!(
        "name = 'x'\nseeds = [3]\nbudget = {{ steps = 100 }}\nenv = 'cart_pole'\nalgorithm = 'q_learning'\n\
        [approximator]\nfeatures = {{ tiles = {{ {RANGES} }} }}\n[optimizer.sgd]\nlearning_rate = 0.1\n"
    );
    let folder = trained(out.path(), &text);
    let refused = |arguments: &[&str], words: &[&str]| {
        let output = tilde(&[&["inspect"], arguments].concat());
        let message = stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{message}");
        words.iter().for_each(|word| assert!(message.contains(word), "no `{word}` in: {message}"));
    };
    let run = folder.to_str().unwrap();
    refused(&["/"], &["is not the folder of a run"]);
    refused(&[out.path().to_str().unwrap()], &["whole experiment", "default/seed-3"]);
    refused(&[run, "--axes", "1,9"], &["--axes", "from 0 to 3"]);
    refused(&[run, "--tau", "7"], &["--tau", "between 0 and 1"]);
    refused(&[run, "--set", "env.poles=2"], &["poles"]);
    fs::write(folder.join("checkpoint/state.bin"), "half").unwrap();
    refused(&[run, "--checkpoint", "last"], &["no checkpoint that this version can use"]);
}
