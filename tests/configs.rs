//! Every file in `configs/` is an experiment, and an experiment written back is the same experiment.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::fs;
use std::path::{Path, PathBuf};

use tilde::config::{Experiment, load, parse};

fn config_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3);
    files
}

/// The example of the documentation, as a user would copy it.
const EXAMPLE: &str = r#"
name = "cart-pole"
device = "flex"                      # or "ndarray"
seeds = { first = 0, count = 5 }

[budget]
steps = 50_000                       # environment steps of one run, exactly
evaluate_every = 5_000               # also at step 0 and at the end
evaluation_episodes = 10
checkpoint_every = 10_000

[env.cart_pole]
time_limit = 500

[algorithm.dqn]
gamma = 0.99
buffer_size = 100_000
batch_size = 64
learning_starts = 1_000
train_freq = 256
gradient_steps = 128
target_update_interval = 10
tau = 1.0
double = false
loss = "huber"                       # or "mse"
exploration = { initial = 1.0, final = 0.04, fraction = 0.16 }   # or steps = 8_000 instead of fraction

[approximator]
features = "identity"
hidden = [256, 256]
activation = "relu"

[optimizer.adam]
learning_rate = 2.3e-3
max_grad_norm = 10.0

[[variant]]
name = "wide"

[[variant]]
name = "narrow"
[variant.approximator]
features = "identity"
hidden = [16]
activation = "tanh"
"#;

fn example_with(overrides: &[&str]) -> Result<Experiment, String> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    parse(EXAMPLE, "example.toml", &overrides).map_err(|error| error.to_string())
}

/// The example with one piece of text replaced, and the error that follows.
fn error_of(from: &str, to: &str) -> String {
    assert!(EXAMPLE.contains(from), "{from}");
    let text = EXAMPLE.replacen(from, to, 1);
    parse(&text, "example.toml", &[]).expect_err(&format!("{to} should be refused")).to_string()
}

#[test]
fn every_config_file_is_a_valid_experiment() {
    for file in config_files() {
        load(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_resolved_experiment_reads_back_as_itself() {
    let mut texts: Vec<String> = config_files().iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    texts.push(EXAMPLE.to_owned());
    texts.push(
        EXAMPLE.replace(
            "learning_rate = 2.3e-3",
            "learning_rate = { linear = { initial = 1e-3, final = 0.0, steps = 9 } }",
        ),
    );
    texts.push(EXAMPLE.replace("seeds = { first = 0, count = 5 }", "seeds = [3, 1, 2]"));
    for text in texts {
        let experiment = parse(&text, "x", &[]).unwrap();
        let resolved = experiment.to_toml();
        let again = parse(&resolved, "resolved", &[]).unwrap_or_else(|error| panic!("{error}\n{resolved}"));
        assert_eq!(again, experiment);
        assert_eq!(again.to_toml(), resolved);
    }
}

#[test]
fn variants_replace_whole_slots() {
    let variants = example_with(&[]).unwrap().variants();
    assert_eq!(variants.iter().map(|v| v.variant.as_str()).collect::<Vec<_>>(), ["wide", "narrow"]);
    assert_eq!(variants[0].approximator.hidden, [256, 256]);
    assert_eq!(variants[1].approximator.hidden, [16]);
    assert_eq!(variants[0].algorithm, variants[1].algorithm);
}

#[test]
fn a_lone_variant_is_called_default() {
    let text = EXAMPLE.split("[[variant]]").next().unwrap();
    let variants = parse(text, "x", &[]).unwrap().variants();
    assert_eq!(variants.iter().map(|v| v.variant.as_str()).collect::<Vec<_>>(), ["default"]);
}

#[test]
fn misspelt_keys_are_found_with_their_line_and_the_nearest_key() {
    let error = error_of("batch_size = 64", "batch_siz = 64");
    assert!(error.starts_with("example.toml:18: algorithm.dqn.batch_siz: "), "{error}");
    assert!(error.contains("did you mean `batch_size`?"), "{error}");
    let error = error_of("[env.cart_pole]", "[env.cart_pol]");
    assert!(error.contains("example.toml:12") && error.contains("did you mean `cart_pole`?"), "{error}");
    let error = error_of("activation = \"relu\"", "activation = \"rely\"");
    assert!(error.contains("approximator.activation") && error.contains("did you mean `relu`?"), "{error}");
    let error = error_of("[optimizer.adam]", "[optimiser.adam]");
    assert!(error.contains("did you mean `optimizer`?"), "{error}");
}

#[test]
fn wrong_types_and_ranges_name_key_and_line() {
    let cases = [
        ("batch_size = 64", "batch_size = \"many\"", "example.toml:18: algorithm.dqn.batch_size"),
        ("batch_size = 64", "batch_size = -64", "example.toml:18: algorithm.dqn.batch_size"),
        ("batch_size = 64", "batch_size = 100_001", "example.toml:18: algorithm.dqn.batch_size"),
        ("learning_rate = 2.3e-3", "learning_rate = -1e-3", "example.toml:34: optimizer.adam.learning_rate"),
        ("learning_rate = 2.3e-3", "learning_rate = nan", "example.toml:34: optimizer.adam.learning_rate"),
        ("max_grad_norm = 10.0", "max_grad_norm = 0.0", "example.toml:35: optimizer.adam.max_grad_norm"),
        ("gamma = 0.99", "gamma = 1.5", "example.toml:16: algorithm.dqn.gamma"),
        ("tau = 1.0", "tau = 0.0", "example.toml:23: algorithm.dqn.tau"),
        ("fraction = 0.16", "fraction = 2.0", "example.toml:26: algorithm.dqn.exploration.fraction"),
        (", fraction = 0.16", "", "example.toml:26: algorithm.dqn.exploration"),
        ("fraction = 0.16", "fraction = 0.16, steps = 8_000", "example.toml:26: algorithm.dqn.exploration"),
        ("final = 0.04", "final = -0.04", "example.toml:26: algorithm.dqn.exploration.final"),
        ("train_freq = 256", "train_freq = 0", "example.toml:20: algorithm.dqn.train_freq"),
        ("count = 5", "count = 0", "example.toml:4: seeds.count"),
        ("seeds = { first = 0, count = 5 }", "seeds = []", "example.toml:4: seeds"),
        ("seeds = { first = 0, count = 5 }", "seeds = [1, 1]", "example.toml:4: seeds"),
        ("steps = 50_000", "steps = 0", "example.toml:7: budget.steps"),
        ("time_limit = 500", "time_limit = 0", "example.toml:13: env.cart_pole.time_limit"),
        ("hidden = [256, 256]", "hidden = [256, 0]", "example.toml:30: approximator.hidden.1"),
        ("hidden = [16]", "hidden = [0]", "example.toml:44: variant.1.approximator.hidden.0"),
        ("features = \"identity\"", "features = \"scaled\"", "example.toml:29: approximator.features.scaled"),
        ("name = \"narrow\"", "name = \"wide\"", "example.toml:41: variant.1.name"),
        ("name = \"narrow\"", "name = \"Experiment.toml\"", "example.toml:41: variant.1.name"),
        ("hidden = [256, 256]", "hidden = [65536, 65536]", "example.toml:30: approximator.hidden: 4"),
        ("max_grad_norm = 10.0", "epsilon = 1e-50", "example.toml:35: optimizer.adam.epsilon"),
        ("[algorithm.dqn]", "[env.gridworld]\n[algorithm.dqn]", "example.toml:12: env: takes exactly one table"),
        ("name = \"narrow\"", "name = \"../narrow\"", "example.toml:41: variant.1.name"),
        ("name = \"cart-pole\"", "name = \"\"", "example.toml:2: name"),
        ("device = \"flex\"", "device = \"cuda\"", "example.toml:3: device"),
        ("name = \"cart-pole\"", "name = cart-pole", "example.toml:2: not valid TOML"),
    ];
    for (from, to, expected) in cases {
        if cfg!(feature = "cuda") && to.contains("cuda") {
            continue; // there it is built in
        }
        let error = error_of(from, to);
        assert!(error.starts_with(expected), "{to}\n  gave      {error}\n  expected  {expected}");
    }
}

#[test]
fn a_grid_becomes_variants_and_its_mistakes_are_found_where_they_stand() {
    let grid = |lines: &str| {
        EXAMPLE.replace("[[variant]]\nname = \"wide\"", &format!("[grid]\n{lines}\n\n[[variant]]\nname = \"wide\""))
    };
    let text = grid("\"optimizer.adam.learning_rate\" = [1e-3, 1e-4]");
    let experiment = parse(&text, "x", &[]).unwrap();
    let names: Vec<String> = experiment.variants().into_iter().map(|variant| variant.variant).collect();
    let expected = [
        "wide-learning_rate=0.001",
        "wide-learning_rate=0.0001",
        "narrow-learning_rate=0.001",
        "narrow-learning_rate=0.0001",
    ];
    assert_eq!(names, expected);
    let resolved = experiment.to_toml();
    assert_eq!(parse(&resolved, "resolved", &[]).unwrap(), experiment);
    let overridden = parse(&text, "x", &["grid.optimizer.adam.learning_rate=[0.5]".to_owned()]).unwrap();
    assert_eq!(overridden.variants().len(), 2);
    for (lines, words) in [
        ("\"optimizer.adam.learning_rat\" = [1e-3]", ["learning_rat", "did you mean `learning_rate`?"]),
        ("\"optimizer.adam.learning_rate\" = 1e-3", ["example.toml:38: grid", "list of values"]),
        ("\"budget.steps\" = [1, 2]", ["example.toml:38: grid", "slots"]),
        ("\"optimizer.sgd.learning_rate\" = [1e-3]", ["example.toml:38: grid", "exactly one table"]),
        ("\"optimizer.adam.learning_rate\" = [-1.0]", ["example.toml:38: grid", "above 0"]),
        ("\"optimizer.adam\" = [{ learning_rate = 1.0 }]\n\"optimizer.adam.epsilon\" = [1.0]", ["grid", "in the way"]),
    ] {
        let error = parse(&grid(lines), "example.toml", &[]).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{lines} gave {error}");
    }
}

#[test]
fn mistakes_beside_a_grid_are_found_where_they_stand() {
    let grid = "[grid]\n\"optimizer.adam.learning_rate\" = [1e-3, 1e-4]\n\n[[variant]]\nname = \"wide\"";
    let text = EXAMPLE.replace("[[variant]]\nname = \"wide\"", grid);
    let error = |from: &str, to: &str, overrides: &[&str]| {
        assert!(text.contains(from));
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
        parse(&text.replace(from, to), "example.toml", &overrides).unwrap_err().to_string()
    };
    let cases = [
        ("hidden = [16]", "hidden = [0]", "example.toml:47: variant.1.approximator.hidden.0"),
        ("max_grad_norm = 10.0", "max_grad_norm = -1", "example.toml:35: optimizer.adam.max_grad_norm"),
        ("batch_size = 64", "batch_size = 0", "example.toml:18: algorithm.dqn.batch_size"),
        ("name = \"narrow\"", "name = \"a/b\"", "example.toml:37: grid"),
    ];
    for (from, to, expected) in cases {
        let error = error(from, to, &[]);
        assert!(error.starts_with(expected), "{to} gave {error}");
    }
    let error = error("tau = 1.0", "tau = 1.0", &["optimizer.adam.max_grad_norm=-1"]);
    assert!(error.contains("(from --set optimizer.adam.max_grad_norm=-1)"), "{error}");
    let no_tables =
        "variant = ['a']\n".to_owned() + EXAMPLE.split("[[variant]]").next().unwrap() + "[grid]\n'env.x' = [1]\n";
    assert!(parse(&no_tables, "x", &[]).is_err(), "what is no variant is not dropped");
}

#[test]
fn what_learns_nothing_needs_no_approximator_and_no_optimizer() {
    let text = "name = 'x'\nseeds = [0]\n[budget]\nsteps = 10\n[env.cart_pole]\n[algorithm.random]\n";
    assert_eq!(parse(text, "x", &[]).unwrap().variants()[0].algorithm.id(), "random");
}

#[test]
fn combinations_that_cannot_be_are_refused() {
    let cases = [
        ("features = \"identity\"\nhidden = [256, 256]", "features = \"one_hot\"", "approximator.features.one_hot"),
        ("features = \"identity\"\nhidden = [256, 256]", "features = \"tiles\"", "approximator.features.tiles"),
        (
            "features = \"identity\"",
            "features = { fourier = { order = 40, low = [0, 0, 0, 0], high = [1, 1, 1, 1] } }",
            "approximator.features",
        ),
        ("hidden = [256, 256]", "hidden = [8]\ninitialization = \"zero\"", "approximator.initialization"),
        ("loss = \"huber\"", "loss = \"huber\"\n[algorithm.sarsa]", "algorithm: takes exactly one table"),
    ];
    for (from, to, key) in cases {
        let error = error_of(from, to);
        assert!(error.contains(key), "{to} gave {error}");
    }
    let dqn = &EXAMPLE[EXAMPLE.find("[algorithm.dqn]").unwrap()..EXAMPLE.find("[approximator]").unwrap()];
    for (algorithm, key) in [
        (
            "[algorithm.td_prediction]\npolicy = \"greedy\"\n\n",
            "algorithm.td_prediction.policy: an optimal policy is known",
        ),
        ("[algorithm.actor_critic]\nnum_envs = 5000\n\n", "algorithm.actor_critic.num_envs"),
        ("[algorithm.actor_critic]\nn_steps = 6251\n\n", "algorithm.actor_critic.n_steps: the first update"),
        ("[algorithm.actor_critic]\nn_steps = 0\n\n", "algorithm.actor_critic.n_steps"),
        (
            "[algorithm.actor_critic]\ncritic_approximator = { features = \"one_hot\" }\n\n",
            "algorithm.actor_critic.critic_approximator.features.one_hot",
        ),
        ("[algorithm.dqn]\nnum_envs = 0\n\n", "algorithm.dqn.num_envs"),
        ("[algorithm.q_learning]\ngamma = 2\n\n", "algorithm.q_learning.gamma"),
    ] {
        let error = error_of(dqn, algorithm);
        assert!(error.contains(key), "{algorithm} gave {error}");
    }
}

#[test]
fn a_missing_slot_is_named() {
    let text = EXAMPLE.split("[optimizer.adam]").next().unwrap();
    let error = parse(text, "x.toml", &[]).unwrap_err().to_string();
    assert!(error.contains("optimizer: is missing"), "{error}");
}

#[test]
fn overrides_change_the_experiment_and_are_named_in_errors() {
    let experiment = example_with(&["algorithm.dqn.gamma=0.5", "approximator.hidden=[8, 8]", "name=other"]).unwrap();
    assert_eq!(experiment.name, "other");
    assert_eq!(experiment.variants()[0].approximator.hidden, [8, 8]);
    let error = example_with(&["algorithm.dqn.gama=0.5"]).unwrap_err();
    assert!(error.contains("algorithm.dqn.gama") && error.contains("--set algorithm.dqn.gama=0.5"), "{error}");
    assert!(error.contains("did you mean `gamma`?"), "{error}");
    let error = example_with(&["env.gridworld.map=4x4"]).unwrap_err();
    assert!(error.contains("exactly one table") && error.contains("(from --set env.gridworld.map=4x4)"), "{error}");
}
