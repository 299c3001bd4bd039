//! Every file in `configs/` is an experiment, and an experiment written back is the same experiment.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::fs;
use std::path::{Path, PathBuf};

use tilde::config::{Experiment, load, load_for, parse};

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
    texts.push(EXAMPLE.replace(
        "learning_rate = 2.3e-3",
        "learning_rate = { linear = { initial = 1e-3, final = 0.0, steps = 9_000 } }",
    ));
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
fn a_misspelt_grid_is_told_of_the_grid() {
    let grid = |name: &str| {
        error_of("[[variant]]", &format!("[{name}]\n\"optimizer.adam.learning_rate\" = [1e-3]\n[[variant]]"))
    };
    assert!(grid("gird").contains("did you mean `grid`?"), "{}", grid("gird"));
    let error = error_of("[[variant]]", "[[variants]]\nname = \"x\"\n[[variant]]");
    assert!(error.contains("did you mean `variant`?"), "{error}");
}

#[test]
fn names_of_other_libraries_are_answered_with_ours() {
    for (from, to, words) in [
        (
            "tau = 1.0",
            "learning_rate = 1e-3",
            "`learning_rate`: here this is `learning_rate` in the table of the optimizer",
        ),
        ("tau = 1.0", "lr = 1e-3", "`lr`: here this is `learning_rate` in the table of the optimizer"),
        (
            "learning_rate = 2.3e-3",
            "lr = 1e-3",
            "example.toml:34: optimizer.adam.lr: unknown key `lr`: here this is `learning_rate`",
        ),
        ("tau = 1.0", "net_arch = [64]", "`hidden` in `[approximator]`"),
        (
            "hidden = [16]",
            "net_arch = [16]",
            "variant.1.approximator.net_arch: unknown key `net_arch`: here this is `hidden`",
        ),
        ("tau = 1.0", "policy = \"MlpPolicy\"", "the table `[approximator]`"),
        ("tau = 1.0", "n_envs = 2", "`num_envs`"),
        ("tau = 1.0", "exploration_final_eps = 0.1", "exploration = { initial"),
        (
            "evaluate_every = 5_000",
            "total_timesteps = 10",
            "budget.total_timesteps: unknown key `total_timesteps`: here this is `steps`",
        ),
        ("name = \"cart-pole\"", "name = \"cart-pole\"\ntotal_timesteps = 10", "`steps` in `[budget]`"),
    ] {
        let error = error_of(from, to);
        assert!(error.contains(words) && !error.contains("did you mean"), "{to} gave {error}");
        assert!(!error.contains("errors"), "one mistake: {error}");
    }
}

#[test]
fn a_number_in_place_of_a_list_is_answered_with_the_list() {
    let features = "features = { tiles = { low = -3, high = [1, 1, 1, 1] } }";
    let error = error_of("features = \"identity\"", features);
    assert!(error.contains("takes a list, not -3, such as [-3, -3, -3, -3]: one value for each component"), "{error}");
    let error = error_of("hidden = [256, 256]", "hidden = 64");
    assert!(error.contains("approximator.hidden: takes a list, not 64, such as [64]"), "{error}");
    let error = error_of("hidden = [16]", "hidden = 16");
    assert!(error.contains("variant.1.approximator.hidden: takes a list, not 16, such as [16]"), "{error}");
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
        ("count = 5", "count = 18446744073709551615", "example.toml:4: a whole number is at most"),
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
fn a_method_belongs_to_one_variant_in_each_environment() {
    let with = |wide: &str, narrow: &str| {
        let keys = [("\"wide\"", wide), ("\"narrow\"", narrow)];
        let add = |text: String, (name, keys): (&str, &str)| {
            text.replace(&format!("name = {name}\n"), &format!("name = {name}\n{keys}\n"))
        };
        parse(&keys.into_iter().fold(EXAMPLE.to_owned(), add), "example.toml", &[])
    };
    let different = with("method = 'm'", "method = 'm'\nenv = 'gridworld'").unwrap();
    assert_eq!(parse(&different.to_toml(), "resolved", &[]).unwrap(), different);
    assert_eq!(different.to_toml().matches("method = \"m\"").count(), 2);
    // Without a method, the name is the method.
    for (wide, narrow, expected) in [
        (
            "method = 'm'",
            "method = 'm'",
            "example.toml:43: variant.1.method: `m` is the method of the variant `wide` too",
        ),
        ("", "method = 'wide'", "example.toml:43: variant.1.method: `wide` is the method of the variant `wide` too"),
        ("method = 'narrow'", "", "example.toml:42: variant.1.name: `narrow` is the method of the variant `wide` too"),
        ("method = 'a/b'", "", "example.toml:39: variant.0.method: \"a/b\" cannot name a method"),
        ("method = 3", "", "example.toml:39: variant.0.method"),
        ("methods = 'm'", "", "example.toml:39: variant.0.methods: unknown key `methods`"),
    ] {
        let error = with(wide, narrow).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{wide} {narrow}\n  gave      {error}\n  expected  {expected}");
    }
    let set = |assignment: &str| example_with(&[assignment]);
    assert!(set("variant.narrow.method=m").unwrap().to_toml().contains("method = \"m\""));
    assert!(set("variant.narrow.method=wide").unwrap_err().contains("--set variant.narrow.method=wide"));
    // The same environment twice in a grid.
    let grid = EXAMPLE.split("[[variant]]").next().unwrap().replace("[env.cart_pole]\ntime_limit = 500\n", "")
        + "[grid]\nenv = ['cart_pole', 'cart_pole']\n";
    let error = parse(&grid, "x", &[]).unwrap_err().to_string();
    assert!(error.contains("grid") && error.contains("`default` is the method of"), "{error}");
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
        (
            "[algorithm.actor_critic]\nnum_envs = 8\nn_steps = 6251\n\n",
            "algorithm.actor_critic.n_steps: the first update",
        ),
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

#[test]
fn all_mistakes_are_found_at_once_with_their_lines() {
    let text = EXAMPLE
        .replace("gamma = 0.99", "gamma = 1.5")
        .replace("batch_size = 64", "batch_siz = 64")
        .replace("steps = 50_000 ", "steps = 50_000.5 ")
        .replace("activation = \"relu\"", "activation = \"Relu\"")
        .replace("learning_rate = 2.3e-3", "learning_rate = true")
        .replace("hidden = [16]", "hidden = [\"wide\"]");
    let errors = parse(&text, "example.toml", &[]).unwrap_err();
    let found: Vec<(Option<usize>, &str)> = errors.list().iter().map(|e| (e.line, e.key.as_str())).collect();
    let expected = [
        (Some(7), "budget.steps"),
        (Some(18), "algorithm.dqn.batch_siz"),
        (Some(31), "approximator.activation"),
        (Some(34), "optimizer.adam.learning_rate"),
        (Some(44), "variant.1.approximator.hidden.0"),
    ];
    assert_eq!(found, expected, "{errors}");
    let shown = errors.to_string();
    for words in [
        "takes a whole number, not 50000.5\n  7 | steps = 50_000.5 ",
        "\n     | ^^^^^^^^^\n",
        "unknown name `Relu`",
        "did you mean `relu`?",
        "5 errors",
    ] {
        assert!(shown.contains(words), "no {words:?} in {shown}");
    }
    for rust in ["usize", "u64", "f64", "invalid type"] {
        assert!(!shown.contains(rust), "{shown}");
    }
}

#[test]
fn values_that_cannot_be_are_found_in_all_tables_at_once() {
    let text = EXAMPLE
        .replace("gamma = 0.99", "gamma = 1.5")
        .replace("tau = 1.0", "tau = 0.0")
        .replace("fraction = 0.16", "fraction = 2.0")
        .replace("evaluate_every = 5_000", "evaluate_every = 0")
        .replace("time_limit = 500", "time_limit = 0")
        .replace("max_grad_norm = 10.0", "max_grad_norm = -1.0\nbeta_1 = 1.0")
        .replace("name = \"narrow\"", "name = \"wide\"");
    let errors = parse(&text, "example.toml", &[]).unwrap_err();
    let keys: Vec<&str> = errors.list().iter().map(|error| error.key.as_str()).collect();
    for key in ["budget.evaluate_every", "env.cart_pole.time_limit", "variant.1.name"] {
        assert!(keys.contains(&key), "no {key} in {errors}");
    }
    let text = text.replace("time_limit = 0", "time_limit = 500");
    let errors = parse(&text, "example.toml", &[]).unwrap_err();
    let keys: Vec<&str> = errors.list().iter().map(|error| error.key.as_str()).collect();
    let expected = [
        "budget.evaluate_every",
        "algorithm.dqn.gamma",
        "algorithm.dqn.tau",
        "algorithm.dqn.exploration.fraction",
        "optimizer.adam.max_grad_norm",
        "optimizer.adam.beta_1",
        "variant.1.name",
    ];
    assert_eq!(keys, expected, "{errors}");
}

#[test]
fn what_follows_from_a_mistake_is_no_second_one() {
    let keys = |from: &str, to: &str| {
        assert!(EXAMPLE.contains(from));
        let errors = parse(&EXAMPLE.replacen(from, to, 1), "example.toml", &[]).unwrap_err();
        errors.list().iter().map(|error| error.key.clone()).collect::<Vec<_>>()
    };
    // Without the misspelt key, the schedule has no end, the slot is empty, the variant has no name, and the budget
    // none either.
    assert_eq!(keys("fraction = 0.16", "fractoin = 0.16"), ["algorithm.dqn.exploration.fractoin"]);
    assert_eq!(keys("[env.cart_pole]\ntime_limit = 500", "[env.cart_pol]"), ["env.cart_pol"]);
    assert_eq!(keys("name = \"narrow\"", "name = 3"), ["variant.1.name"]);
    assert_eq!(keys("steps = 50_000 ", "steps = \"many\" "), ["budget.steps"]);
    assert_eq!(keys("learning_rate = 2.3e-3\n", ""), ["optimizer.adam"]);
    assert_eq!(keys("seeds = { first = 0, count = 5 }", "seeds = 3"), ["seeds"]);
    assert_eq!(keys("name = \"cart-pole\"\n", ""), [""]);
}

/// The keys of all errors of a text, and the errors as they are shown.
fn errors_of(text: &str, overrides: &[&str]) -> (Vec<String>, String) {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    let errors = parse(text, "x.toml", &overrides).unwrap_err();
    (errors.list().iter().map(|error| error.key.clone()).collect(), errors.to_string())
}

#[test]
fn a_mistake_in_a_temperature_is_one_mistake() {
    let line = "{ initial = 1.0, final = 0.04, fraction = 0.16 }";
    assert!(EXAMPLE.contains(line));
    let at = "algorithm.dqn.exploration";
    for (written, key) in [
        ("{ boltzmann = { initial = 'x', final = 0.1, fraction = 0.5 } }", format!("{at}.boltzmann.initial")),
        ("{ boltzmann = { initial = 1.0, fianl = 0.1, fraction = 0.5 } }", format!("{at}.boltzmann.fianl")),
        ("{ boltzmann = { temperature = 1.0 } }", format!("{at}.boltzmann.temperature")),
        ("{ boltzmann = 1.0 }", format!("{at}.boltzmann")),
        ("{ boltzmann = 1.0, fraction = 0.5 }", format!("{at}.boltzmann")),
        ("{ boltzman = { initial = 1.0, final = 0.1, fraction = 0.5 } }", format!("{at}.boltzman")),
        ("{ temperature = 1.0 }", format!("{at}.temperature")),
        ("{ fraction = 0.5 }", at.to_owned()),
    ] {
        let (keys, shown) = errors_of(&EXAMPLE.replace(line, written), &[]);
        assert_eq!(keys, [key], "{written} gave {shown}");
    }
    let (keys, shown) = errors_of(&EXAMPLE.replace(line, "{ boltzmann = { initial = 'x' } }"), &[]);
    let table = format!("{at}.boltzmann");
    assert_eq!(keys, [format!("{table}.initial"), table.clone(), table], "{shown}");
    assert!(shown.contains("the key `final` is missing: it takes a number"), "{shown}");
    assert!(shown.contains("the key `fraction` or `steps` is missing"), "{shown}");
    assert!(!shown.contains("`initial` is missing"), "{shown}");
    let (_, shown) = errors_of(&EXAMPLE.replace(line, "{}"), &[]);
    assert!(shown.contains("the key `initial` or `boltzmann` is missing"), "{shown}");
}

#[test]
fn every_missing_key_is_named() {
    let missing = |from: &str, to: &str| {
        assert!(EXAMPLE.contains(from));
        let (keys, shown) = errors_of(&EXAMPLE.replacen(from, to, 1), &[]);
        let names: Vec<String> = shown
            .lines()
            .filter_map(|line| Some(line.split_once("the key `")?.1.split_once('`')?.0.to_owned()))
            .collect();
        assert_eq!(keys.len(), names.len(), "{shown}");
        names
    };
    assert_eq!(missing("{ first = 0, count = 5 }", "{}"), ["first", "count"]);
    assert_eq!(missing("learning_rate = 2.3e-3", "learning_rate = { step = {} }"), ["initial", "factor", "every"]);
    assert_eq!(
        missing("learning_rate = 2.3e-3", "learning_rate = { exponential = {} }"),
        ["initial", "final", "fraction"]
    );
    assert_eq!(
        missing("{ initial = 1.0, final = 0.04, fraction = 0.16 }", "{ boltzmann = { fraction = 0.5 } }"),
        ["initial", "final"]
    );
    // One that is missing hides nothing else.
    let text = EXAMPLE
        .replace("learning_rate = 2.3e-3\n", "")
        .replace("gamma = 0.99", "gamma = 1.5")
        .replace("name = \"cart-pole\"\n", "")
        .replace("name = \"wide\"\n", "");
    let (keys, shown) = errors_of(&text, &[]);
    assert_eq!(keys, ["", "algorithm.dqn.gamma", "optimizer.adam", "variant.0"], "{shown}");
}

#[test]
fn a_mistake_in_the_budget_hides_only_what_depends_on_it() {
    let text = EXAMPLE
        .replace("gamma = 0.99", "gamma = 3")
        .replace("max_grad_norm = 10.0", "max_grad_norm = -1.0")
        .replace("learning_starts = 1_000", "learning_starts = 1_000_000_000");
    let other = ["algorithm.dqn.gamma", "optimizer.adam.max_grad_norm"];
    for (budget, key) in
        [("step = 50_000", "budget.step"), ("steps = 'many'", "budget.steps"), ("steps = -1", "budget.steps")]
    {
        let (keys, shown) = errors_of(&text.replace("steps = 50_000 ", budget), &[]);
        assert_eq!(keys, [&[key], &other[..]].concat(), "{shown}");
    }
    // With a budget, what does not fit into it is found beside a mistake in another key of its table.
    let (keys, shown) = errors_of(&text.replace("evaluate_every = 5_000", "evaluate_every = 'x'"), &[]);
    assert!(keys.contains(&"algorithm.dqn.learning_starts".to_owned()), "{shown}");
}

#[test]
fn a_table_with_a_key_too_many_names_its_keys_and_how_to_replace_them() {
    let lone = EXAMPLE.split("[[variant]]").next().unwrap();
    for (overrides, words) in [
        (
            "optimizer.sgd.learning_rate=9",
            ["`adam` and `sgd`", "--set 'optimizer={ sgd = { learning_rate = 9 } }' replaces"],
        ),
        ("env.gridworld.map=4x4", ["`cart_pole` and `gridworld`", "--set 'env={ gridworld = { map = \"4x4\" } }'"]),
        (
            "variant.default.optimizer.sgd.learning_rate=9",
            ["`adam` and `sgd`", "'variant.default.optimizer={ sgd = { learning_rate = 9 } }'"],
        ),
        ("approximator.features={ tiles = {}, rbf = {} }", ["`rbf` and `tiles`", "exactly one table with one key"]),
        ("approximator.features={}", ["approximator.features: takes exactly", "one table with one key"]),
        (
            "optimizer.adam.learning_rate={ step = {}, linear = {} }",
            ["such as { linear = { initial = …", "`linear` and `step`"],
        ),
    ] {
        let (_, shown) = errors_of(lone, &[overrides]);
        assert!(words.iter().all(|words| shown.contains(words)), "{overrides} gave {shown}");
    }
    // The remedy is one.
    let set = "optimizer={ sgd = { learning_rate = 9 } }".to_owned();
    assert!(parse(lone, "x", &[set]).unwrap().to_toml().contains("[optimizer.sgd]"));
    // Where no override is to blame, none is advised.
    let (_, shown) = errors_of(&lone.replace("[optimizer.adam]", "[optimizer.sgd]\n[optimizer.adam]"), &[]);
    assert!(shown.contains("here stand `adam` and `sgd`, where only one may") && !shown.contains("--set"), "{shown}");
}

#[test]
fn a_name_alone_that_needs_more_says_what() {
    for (set, words) in [
        (
            "approximator.initialization=constant",
            "approximator.initialization: `constant` takes a number: write { constant = 1.0 } (from --set",
        ),
        (
            "optimizer=adam",
            "optimizer: `adam` takes a table: write [optimizer.adam], or { adam = { learning_rate = … } } in one line",
        ),
        (
            "algorithm={ td_prediction = { policy = \"epsilon_greedy\" } }",
            "td_prediction.policy: `epsilon_greedy` takes a table: write { epsilon_greedy = { epsilon = … } }",
        ),
        ("env=3", "env: takes"),
        (
            "algorithm={ td_prediction = { policy = { epsilon_greedy = { epsilon = 0.1, gamma = 2 } } } }",
            "epsilon_greedy.gamma: unknown key",
        ),
    ] {
        let (keys, shown) = errors_of(EXAMPLE, &[set]);
        assert!(shown.contains(words) && keys.len() == 1, "{set} gave {shown}");
    }
}

#[test]
fn a_file_with_little_in_it_is_answered_with_what_to_write() {
    let (_, shown) = errors_of("# nothing yet\n", &[]);
    for line in ["x.toml: has no keys yet", "name = \"cart-pole\"\n", "[budget]\nsteps = 50_000\n", "`tilde envs`"] {
        assert!(shown.contains(line), "no {line} in {shown}");
    }
    // What is shown there is an experiment.
    let (_, from) = shown.split_once("\n\n").unwrap();
    parse(from.split_once("\n\n").unwrap().0, "x", &[]).unwrap();
    let (keys, shown) = errors_of("name = 'x'\n", &[]);
    // In the order in which they are usually written.
    assert_eq!(keys, ["", "", "env", "algorithm", "approximator", "optimizer"], "{shown}");
    for line in [
        "the key `seeds` is missing: add `seeds = { first = 0, count = 5 }`",
        "the key `budget` is missing: add `[budget]` and below it `steps = 50_000`",
        "env: is missing: add a table here, such as `[env.cart_pole]`, or one to every variant",
        "such as `[algorithm.dqn]`",
        "such as `[approximator]`",
        "such as `[optimizer.adam]` and below it `learning_rate = 1e-3`",
    ] {
        assert!(shown.contains(line), "no {line} in {shown}");
    }
    let random = "name = 'x'\nseeds = [0]\n[budget]\nsteps = 1\n[algorithm.random]\n";
    assert_eq!(errors_of(random, &[]).0, ["env"], "what learns nothing needs no more");
}

#[test]
fn all_mistakes_of_the_syntax_are_found_at_once() {
    let text = "name = 'x'\nseeds = = 3\n[budget]\nsteps = \n";
    let errors = parse(text, "x.toml", &[]).unwrap_err();
    assert_eq!(errors.list().iter().map(|error| error.line).collect::<Vec<_>>(), [Some(2), Some(4)], "{errors}");
}

#[test]
fn a_run_that_can_make_no_update_is_refused() {
    let dqn = &EXAMPLE[EXAMPLE.find("[algorithm.dqn]").unwrap()..EXAMPLE.find("[approximator]").unwrap()];
    for (algorithm, steps, expected) in [
        (
            "dqn]\nlearning_starts = 1_001",
            1_000,
            Some("algorithm.dqn.learning_starts: the first update would come at step 1004"),
        ),
        ("dqn]\nlearning_starts = 1_000", 1_000, None),
        ("dqn]\nlearning_starts = 990\ntrain_freq = 101", 1_000, Some("algorithm.dqn.train_freq")),
        ("dqn]\nlearning_starts = 0\ntrain_freq = 1_001", 1_000, Some("algorithm.dqn.train_freq")),
        ("dqn]\nlearning_starts = 900\nnum_envs = 64", 1_000, None),
        ("dqn]\nlearning_starts = 9223372036854775807", 1_000, Some("algorithm.dqn.learning_starts")),
        ("actor_critic]\nnum_envs = 8\nn_steps = 126", 1_000, Some("algorithm.actor_critic.n_steps")),
        ("actor_critic]\nnum_envs = 8\nn_steps = 125", 1_000, None),
        ("q_learning]", 1, None),
        ("sarsa]", 1, None),
        ("expected_sarsa]", 1, None),
        ("td_prediction]", 1, None),
        ("random]", 1, None),
    ] {
        let text = EXAMPLE
            .replace(dqn, &format!("[algorithm.{algorithm}\n\n"))
            .replace("steps = 50_000 ", &format!("steps = {steps} "));
        let parsed = parse(&text, "example.toml", &[]).map_err(|error| error.to_string());
        match (expected, parsed) {
            (None, Ok(_)) => {}
            (Some(expected), Err(error)) => {
                assert!(error.contains(expected) && error.contains("budget.steps"), "{error}");
            }
            (_, parsed) => panic!("{algorithm} in {steps} steps gave {:?}", parsed.map(|_| ())),
        }
    }
}

#[test]
fn a_learning_rate_that_is_zero_from_the_first_update_on_is_refused() {
    // The first update of the example comes at step 1,024.
    for (rate, is_refused) in [
        ("{ linear = { initial = 1e-3, final = 0.0, steps = 1_024 } }", true),
        ("{ linear = { initial = 1e-3, final = 0.0, steps = 1_025 } }", false),
        ("{ linear = { initial = 1e-3, final = 1e-5, steps = 10 } }", false),
        ("{ cosine = { initial = 1e-3, steps = 1_000 } }", true),
        ("{ cosine = { initial = 1e-3, fraction = 0.5 } }", false),
        ("{ linear = { initial = 1e-3, final = 0.0, fraction = 0.0 } }", true),
    ] {
        let text = EXAMPLE.replace("learning_rate = 2.3e-3", &format!("learning_rate = {rate}"));
        match parse(&text, "example.toml", &[]) {
            Ok(_) => assert!(!is_refused, "{rate}"),
            Err(error) => {
                let error = error.to_string();
                assert!(
                    is_refused && error.starts_with("example.toml:34: optimizer.adam.learning_rate: has fallen"),
                    "{error}"
                );
            }
        }
    }
}

/// Two variants, of which the second has an optimizer of its own, and one that learns nothing.
const VARIED: &str = r#"
name = "varied"
seeds = [0]
[budget]
steps = 1_000
[env.gridworld]
[algorithm.q_learning]
[approximator]
features = "one_hot"
[optimizer.sgd]
learning_rate = 0.1
max_grad_norm = 5.0
[[variant]]
name = "shared"
[[variant]]
name = "own.1"
[variant.optimizer.sgd]
learning_rate = 0.2
[[variant]]
name = "random"
[variant.algorithm.random]
"#;

/// The experiment as it is written down, or what is wrong; and the notes.
fn changed(text: &str, overrides: &[&str], only: &[&str]) -> Result<(String, Vec<String>), String> {
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("varied.toml");
    fs::write(&file, text).unwrap();
    let loaded = load_for(&file, &strings(overrides), &strings(only)).map_err(|error| error.to_string())?;
    Ok((loaded.experiment.to_toml(), loaded.notes))
}

#[test]
fn an_override_that_every_run_replaces_is_refused_and_the_variants_are_named() {
    let rate = "optimizer.sgd.learning_rate=9";
    let (resolved, notes) = changed(VARIED, &[rate], &[]).unwrap();
    assert!(resolved.contains("learning_rate = 9.0"));
    assert!(notes.len() == 1 && notes[0].contains(rate) && notes[0].contains("`own.1`"), "{notes:?}");
    assert!(!notes[0].contains("`random`"), "what learns nothing misses nothing: {notes:?}");
    assert_eq!(changed(VARIED, &[rate], &["shared"]).unwrap().1, Vec::<String>::new());
    let error = changed(VARIED, &[rate], &["own.1"]).unwrap_err();
    for words in
        ["varied.toml", rate, "`own.1`", "has an `optimizer`", "--set variant.own.1.optimizer.sgd.learning_rate="]
    {
        assert!(error.contains(words), "no {words} in {error}");
    }
    assert!(changed(VARIED, &[rate], &["random"]).unwrap_err().contains("no run learns"));
    // Of a table that is set, any key that gets through counts.
    let table = "optimizer={ sgd = { learning_rate = 9, max_grad_norm = 1.0 } }";
    let grid = format!("{VARIED}[grid]\n'optimizer.sgd.learning_rate' = [0.3, 0.4]\n");
    assert!(changed(&grid, &[table], &["shared-learning_rate=0.3"]).is_ok());
    let error = changed(&grid, &[rate], &[]).unwrap_err();
    for words in ["`shared-learning_rate=0.3`", "the grid sets", "grid.optimizer.sgd.learning_rate=[…]"] {
        assert!(error.contains(words), "no {words} in {error}");
    }
    assert!(changed(&grid, &["optimizer.sgd.max_grad_norm=2.0"], &["shared-learning_rate=0.3"]).unwrap().1.is_empty());
    assert!(changed(&grid, &["grid.optimizer.sgd.learning_rate=[9]"], &[]).unwrap().0.contains("learning_rate = 9.0"));
    // What is no slot, nothing replaces.
    assert!(changed(VARIED, &["budget.steps=2000", "name=other", "seeds=[1]"], &["random"]).is_ok());
}

#[test]
fn an_override_of_one_variant_is_as_if_written_in_its_table() {
    let same = |text: &str, overrides: &[&str], from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let written = parse(&text.replacen(from, to, 1), "x", &[]).unwrap().to_toml();
        let (changed, notes) = changed(text, overrides, &[]).unwrap();
        assert_eq!(changed, written, "{overrides:?}");
        assert!(notes.is_empty(), "{notes:?}");
    };
    let own = "learning_rate = 0.2";
    same(VARIED, &["variant.own.1.optimizer.sgd.learning_rate=9"], own, "learning_rate = 9.0");
    // A slot that the variant does not replace starts from the experiment's.
    let copied = "name = \"shared\"\n[variant.optimizer.sgd]\nlearning_rate = 9.0\nmax_grad_norm = 5.0";
    same(VARIED, &["variant.shared.optimizer.sgd.learning_rate=9"], "name = \"shared\"", copied);
    same(VARIED, &["variant.shared.name=other"], "name = \"shared\"", "name = \"other\"");
    let both = copied.replace("5.0", "1.0");
    let overrides = ["variant.shared.optimizer.sgd.learning_rate=9", "variant.shared.optimizer.sgd.max_grad_norm=1.0"];
    same(VARIED, &overrides, "name = \"shared\"", &both);
    // One of the variants that a grid stands for, by its full name; and all that stem from one of the file's.
    let grid = format!("{VARIED}[grid]\n'optimizer.sgd.max_grad_norm' = [1.0, 2.0]\n");
    same(&grid, &["variant.own.1.optimizer.sgd.learning_rate=9"], own, "learning_rate = 9.0");
    let (one, _) = changed(&grid, &["variant.own.1-max_grad_norm=2.0.optimizer.sgd.learning_rate=9"], &[]).unwrap();
    assert_eq!(one.matches("learning_rate = 9.0").count(), 1);
    // Without variants, there is the one called default.
    let lone = VARIED.split("[[variant]]").next().unwrap();
    same(lone, &["variant.default.optimizer.sgd.learning_rate=9"], "learning_rate = 0.1", "learning_rate = 9.0");

    for (assignment, words) in [
        ("variant.nobody.optimizer.sgd.learning_rate=9", ["--set variant.nobody", "`shared`, `own.1`, `random`"]),
        ("variant.shared.optimiser.sgd.learning_rate=9", ["did you mean `optimizer`?", "(from --set variant.shared"]),
        ("variant.shared.optimizer.sgd.learning_rate=-9", ["above 0", "(from --set variant.shared"]),
        ("variant.shared.optimizer.adam.learning_rate=9", ["exactly one table", "(from --set variant.shared"]),
        ("variant.shared.optimizer", ["--set variant.shared.optimizer", "write a dotted key"]),
    ] {
        let error = changed(VARIED, &[assignment], &[]).unwrap_err();
        assert!(words.iter().all(|word| error.contains(word)), "{assignment} gave {error}");
    }
    let error = changed(VARIED, &["variant.shared.optimizer.sgd.learning_rate=9"], &["own.1"]).unwrap_err();
    assert!(error.contains("changes nothing"), "{error}");
    // An override of the experiment that every variant's own overrides hide changes nothing.
    let hidden = ["optimizer.sgd.learning_rate=9", "variant.shared.optimizer.sgd.learning_rate=8"];
    assert!(changed(VARIED, &hidden, &["shared"]).unwrap_err().contains("another --set"));
}

#[test]
fn sizes_are_bounded() {
    let lone = EXAMPLE.split("[[variant]]").next().unwrap();
    let many = (0..200_000).map(|i| format!("[[variant]]\nname = 'v{i}'\n")).collect::<String>();
    let deep = "a.".repeat(100_000);
    let layers = "1, ".repeat(1_000_000);
    for (text, words) in [
        (format!("{lone}{many}"), "variant: 200000 variants are more than an experiment may have"),
        (format!("{lone}[grid]\n'optimizer.{deep}b' = [1]\n"), "keys in a row are more than any setting has"),
        (lone.replace("[256, 256]", &format!("[{layers}]")), "approximator.hidden: 1000000 hidden layers are more"),
        (
            lone.replace("count = 5", "count = 50_001") + &many[..many.find("[[variant]]\nname = 'v2'").unwrap()],
            "seeds: 100002 runs",
        ),
    ] {
        let error = parse(&text, "x.toml", &[]).unwrap_err().to_string();
        assert!(error.contains(words) && error.len() < 2_000, "{error}");
    }
    let error = parse(lone, "x.toml", &[format!("{deep}b=1")]).unwrap_err().to_string();
    assert!(error.contains("keys in a row"), "{}", &error[error.len() - 200..]);
}

#[test]
fn ten_thousand_variants_are_checked_in_linear_time() {
    let lone = EXAMPLE.split("[[variant]]").next().unwrap();
    let seconds = |count: usize| {
        let many = (0..count).map(|i| format!("[[variant]]\nname = 'v{i}'\n")).collect::<String>();
        let text = format!("{lone}{many}");
        let once = |_| {
            let start = std::time::Instant::now();
            assert_eq!(parse(&text, "x", &[]).unwrap().variants().len(), count);
            start.elapsed().as_secs_f64()
        };
        (0..5).map(once).fold(f64::INFINITY, f64::min)
    };
    let (few, many) = (seconds(1_000), seconds(10_000));
    // A quadratic part would make it a hundred times as long; a busy machine and its caches make ten times into twenty
    // or thirty.
    assert!(many < 60.0 * few, "ten times the variants took {many} s in place of {few} s");
}

#[test]
fn what_is_wrong_in_every_variant_is_said_in_a_few_lines() {
    let many = (0..9_000)
        .map(|i| format!("[[variant]]\nname = 'v{i}'\n[variant.algorithm.dqn]\ngamma = 2\n"))
        .collect::<String>();
    let lone = EXAMPLE.split("[[variant]]").next().unwrap();
    let error = parse(&format!("{lone}{many}"), "x.toml", &[]).unwrap_err().to_string();
    assert!(error.contains("more than 20 errors") && error.lines().count() < 70, "{error}");
}
