//! Wrappers as a config has them: what agents see, what results say, and what is refused.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{damage, rounds, stderr, stdout, tilde};
use tilde::agents::{Agent, WrappedAgent};
use tilde::config::{RunConfig, parse};
use tilde::diagnostics::Visits;
use tilde::results::EpisodeRow;
use tilde::rng::{diagnostics_stream, evaluation_stream};
use tilde::run::{Checkpoint, Rows, Training, VecEnv, load, train};

/// The text of a short experiment with these tables.
fn text(env: &str, algorithm: &str, more: &str) -> String {
    format!(
        "name = 'x'\nseeds = [3]\nenv = {env}\nalgorithm = {algorithm}\n\
         budget = {{ steps = 600, evaluate_every = 100, evaluation_episodes = 5, log_every = 50 }}\n{more}\n"
    )
}

fn config(text: &str) -> RunConfig {
    parse(text, "x.toml", &[]).unwrap_or_else(|error| panic!("{error}")).variants().remove(0)
}

const DQN: &str = "{ dqn = { learning_starts = 50, buffer_size = 500, train_freq = 2, num_envs = 2 } }";

const NETWORK: &str = "approximator = { hidden = [8] }\noptimizer = { adam = { learning_rate = 1e-2 } }";

/// DQN on cart-pole in these wrappers.
fn cart_pole(wrappers: &str) -> RunConfig {
    config(&text("'cart_pole'", DQN, &format!("{NETWORK}\nwrappers = {wrappers}")))
}

fn trained(config: &RunConfig) -> Rows {
    let mut rows = Rows::default();
    Training::new(config, 3).unwrap().run(&mut rows).unwrap();
    rows
}

#[test]
fn moments_are_those_of_all_observations_that_were_acted_on() {
    let run = cart_pole("{ normalize_observation = true, frame_stack = 2 }");
    let mut agent = run.agent(3);
    let mut envs = VecEnv::new(run.environment().build_all(2).unwrap(), 3);
    let mut seen: Vec<Vec<f64>> = Vec::new();
    for step in 0..200 {
        let transition = envs.step(agent.as_mut(), step).transition;
        seen.push(transition.observation.iter().copied().map(f64::from).collect());
        agent.observe(transition, step + 1);
    }
    let normalizer = agent.normalizer().unwrap();
    let moments = normalizer.moments();
    assert_eq!((moments.mean().len(), moments.count()), (8, 200.0001));
    for component in 0..8 {
        let column = || seen.iter().map(|row| row[component]);
        let mean = column().sum::<f64>() / 200.0;
        let variance = column().map(|x| (x - mean).powi(2)).sum::<f64>() / 200.0;
        // A mean of 0 and a variance of 1 count for half a millionth.
        assert!((moments.mean()[component] - mean).abs() < 1e-5, "{component}");
        assert!((moments.variance()[component] - variance).abs() < 1e-5, "{component}");
    }
}

#[test]
fn nothing_but_acting_in_training_changes_the_moments() {
    let run = cart_pole("{ normalize_observation = true, normalize_reward = true }");
    let mut training = Training::new(&run, 3).unwrap();
    training.run(&mut ()).unwrap();
    let agent = training.agent();
    let before = agent.save();
    let mut env = run.environment().build().unwrap();
    Visits::play(agent, env.as_mut(), 0.9, [5, 500], 600, &mut diagnostics_stream(3, 0));
    agent.act_eval(&[9.0; 4], &mut evaluation_stream(3, 0));
    assert_eq!(agent.save(), before);
    let mut actions = [0];
    agent.act(&[9.0; 4], 600, &mut actions);
    assert_ne!(agent.save(), before);
}

#[test]
fn a_saved_agent_in_wrappers_comes_back_and_no_other_one_does() {
    let all = "{ normalize_observation = true, normalize_reward = true, clip_reward = [-1, 1] }";
    let [run, without, other] = [all, "{ scale_reward = 0.5 }", "{ normalize_observation = true }"].map(cart_pole);
    let mut training = Training::new(&run, 3).unwrap();
    training.run(&mut ()).unwrap();
    let saved = training.agent().save();
    let mut copy = run.agent(4);
    copy.load(&saved).unwrap();
    assert_eq!(copy.save(), saved);
    for wrong in [&without, &other] {
        assert!(wrong.agent(3).load(&saved).is_err());
    }
    for length in [0, 7, 8, saved.len() - 1] {
        assert!(run.agent(3).load(&saved[..length]).is_err(), "{length} bytes");
    }
    // Damaged bytes are an error or a state to go on from, never a panic.
    let mut rng = evaluation_stream(5, 0);
    for _ in 0..rounds(300) {
        let mut agent = run.agent(3);
        if agent.load(&damage(&saved, &[0xff; 9], &mut rng)).is_ok() {
            agent.act(&[0.5; 8], 0, &mut [0, 0]);
        }
    }
    // An agent without wrappers has its own bytes, as it is not wrapped at all.
    let plain = cart_pole("{ normalize_observation = false, frame_stack = 1 }");
    assert_eq!(plain.agent(3).save(), plain.algorithm.build(&plain.agent_setup(3)).save());
}

/// All numbers are multiplied by a power of two, so that none is rounded otherwise.
#[test]
fn scaled_rewards_learn_scaled_values_and_are_compared_with_the_exact_ones() {
    let learned = |wrappers: &str| {
        let more = format!(
            "approximator = {{}}\noptimizer = {{ sgd = {{ learning_rate = 0.5 }} }}\nwrappers = {wrappers}\n\
             diagnostics = {{ every = 200, states = 300 }}"
        );
        let text = text("{ gridworld = { map = ['S..', '..G'], slip = 0.2 } }", "'q_learning'", &more);
        let run = config(&text.replace("steps = 600", "steps = 2_000"));
        let mut training = Training::new(&run, 3).unwrap();
        let mut rows = Rows::default();
        training.run(&mut rows).unwrap();
        let weights = training.agent().functions()[0].1.weights();
        (rows, weights)
    };
    let (plain, weights) = learned("{}");
    let (scaled, eightfold) = learned("{ scale_reward = 8 }");
    assert!(weights.iter().any(|&weight| weight > 0.0));
    assert_eq!(eightfold, weights.iter().map(|weight| 8.0 * weight).collect::<Vec<f32>>());
    assert_eq!(
        (&scaled.values, &scaled.episodes, &scaled.evaluations),
        (&plain.values, &plain.episodes, &plain.evaluations)
    );
    let overestimated = |rows: &Rows| rows.diagnostics.iter().map(|row| row.overestimation).collect::<Vec<_>>();
    assert_eq!(overestimated(&scaled), overestimated(&plain));
    assert!(overestimated(&plain).iter().any(Option::is_some));

    // Values of clipped rewards are not compared; the regret of the policy is.
    let (clipped, _) = learned("{ scale_reward = 8, clip_reward = [0, 1] }");
    for row in &clipped.values {
        assert!(
            row.distance.value_rmse.is_none() && row.distance.bellman_rmse.is_none() && row.distance.regret.is_some()
        );
    }
    assert!(overestimated(&clipped).iter().all(Option::is_none));
    assert!(clipped.episodes.iter().all(|episode| episode.total <= 1.0), "returns are the environment's");
    assert_eq!(clipped.values[0].distance.regret, plain.values[0].distance.regret);
}

#[test]
fn clipped_and_scaled_rewards_reach_the_agent_and_no_result() {
    // The first weights are 0, so that the loss of the first update is r²/2.
    let learned = |wrappers: &str| {
        let more = format!(
            "approximator = {{ features = 'identity' }}\noptimizer = {{ sgd = {{ learning_rate = 1e-3 }} }}\n\
             wrappers = {wrappers}"
        );
        let text = text("'cart_pole'", "'q_learning'", &more).replace("log_every = 50", "log_every = 1");
        trained(&config(&text))
    };
    let (plain, clipped, scaled) =
        (learned("{}"), learned("{ clip_reward = [0, 0.25] }"), learned("{ scale_reward = 4 }"));
    assert_eq!([&plain, &clipped, &scaled].map(|rows| rows.updates[0].loss), [0.5, 0.5 * 0.0625, 8.0]);
    for rows in [plain, clipped, scaled] {
        assert!(rows.episodes.iter().all(|episode| episode.total == episode.length as f64), "one for each step");
    }
}

#[test]
fn a_repeated_action_is_one_step_of_the_run() {
    let rows = trained(&cart_pole("{ action_repeat = 4, time_limit = 10 }"));
    // At most 10 steps of the environment, which are three of the run.
    assert!(rows.evaluations.iter().chain(&rows.episodes).all(|episode| episode.length <= 3));
    let longest = rows.episodes.iter().find(|episode| episode.length == 3 && episode.total == 10.0);
    assert!(longest.is_some(), "4 + 4 + 2 rewards of 1");
}

/// The folder of a run, as `tilde train` leaves it.
fn folder(out: &Path, text: &str) -> (RunConfig, PathBuf) {
    let experiment = parse(text, "x.toml", &[]).unwrap();
    fs::write(out.join("experiment.toml"), experiment.to_toml()).unwrap();
    let (config, folder) = (experiment.variants().remove(0), out.join("default/seed-3"));
    train(&config, 3, &folder, false, None, &Default::default(), &false.into()).unwrap();
    (config, folder)
}

#[test]
fn the_best_checkpoint_acts_with_the_moments_of_its_evaluation() {
    let out = tempfile::tempdir().unwrap();
    let wrappers = "wrappers = { action_repeat = 2, frame_stack = 2, normalize_observation = true }";
    let (config, folder) = folder(out.path(), &text("'cart_pole'", DQN, &format!("{NETWORK}\n{wrappers}")));
    let mut best = load(&folder, Some(Checkpoint::Best)).unwrap();
    let last = load(&folder, Some(Checkpoint::Last)).unwrap();
    assert!(best.step < 600, "choose a seed whose best evaluation is not the last");
    let count = |agent: &dyn Agent| agent.normalizer().unwrap().moments().count();
    assert_eq!([count(best.agent.as_ref()), count(last.agent.as_ref())], [best.step as f64 + 1e-4, 600.0001]);
    let (mut env, mut rng) = (config.environment().build().unwrap(), best.evaluation_stream());
    let played = (1..=5).map(|episode| EpisodeRow { episode, ..best.play(env.as_mut(), false, &mut rng) }.to_string());
    let played: Vec<String> = played.collect();
    let rows = fs::read_to_string(folder.join("evaluations.csv")).unwrap();
    let of_step = rows.lines().filter(|row| row.starts_with(&format!("{},", best.step)));
    assert_eq!(of_step.collect::<Vec<_>>(), played);
}

#[test]
fn every_command_on_a_run_takes_its_wrappers() {
    let out = tempfile::tempdir().unwrap();
    let more = "wrappers = { time_limit = 40, frame_stack = 2, normalize_observation = true }\n\
                approximator = { hidden = [8] }\noptimizer = { adam = { learning_rate = 1e-2 } }";
    let (_, folder) = folder(out.path(), &text("'cart_pole'", DQN, more));
    let run = folder.display().to_string();
    let succeeds = |arguments: &[&str]| {
        let output = tilde(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    };
    let evaluation: serde_json::Value =
        serde_json::from_str(&succeeds(&["evaluate", &run, "--json", "--episodes", "20"])).unwrap();
    let episodes = evaluation["episodes"].as_array().unwrap();
    assert!(episodes.len() == 20 && episodes.iter().all(|episode| episode["length"].as_u64().unwrap() <= 40));
    assert_eq!(
        (&evaluation["wrappers"]["time_limit"], &evaluation["wrappers"]["frame_stack"]),
        (&40.into(), &2.into())
    );
    let gif = out.path().join("x.gif");
    succeeds(&["evaluate", &run, "--episodes", "1", "--gif", &gif.display().to_string()]);
    assert!(gif.exists());
    let inspected = out.path().join("inspected");
    succeeds(&["inspect", &run, "--out", &inspected.display().to_string()]);
    succeeds(&["report", &out.path().display().to_string()]);
}

const EXAMPLE: &str = "name = \"x\"\nseeds = [0]\nalgorithm = \"dqn\"\nbudget = { steps = 1_000 }\napproximator = { hidden = [8] }\n\
                       optimizer = { sgd = { learning_rate = 0.01 } }\n";

#[test]
fn wrong_wrappers_are_refused_with_their_key_and_the_remedy() {
    let of = |env: &str, wrappers: &str| {
        let text = format!("{EXAMPLE}env = '{env}'\n[wrappers]\n{wrappers}\n");
        parse(&text, "x.toml", &[]).unwrap_err().to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (env, wrappers, expected) in [
        ("cart_pole", "frame_stack = 0", "wrappers.frame_stack: must lie between 1 and 1000"),
        ("cart_pole", "action_repeat = 0", "wrappers.action_repeat: must be at least 1, not 0"),
        ("cart_pole", "time_limit = 0", "wrappers.time_limit: must be at least 1 step"),
        ("cart_pole", "time_limit = 501", "or raise `env.cart_pole.time_limit` instead"),
        (
            "cart_pole",
            "clip_reward = [1, -1]",
            "wrappers.clip_reward: takes the lower bound and then the upper one, not [1, -1]",
        ),
        ("cart_pole", "clip_reward = [1, 2, 3]", "wrappers.clip_reward: takes two numbers"),
        ("cart_pole", "clip_reward = 1", "takes a list"),
        ("cart_pole", "scale_reward = -1", "wrappers.scale_reward: must be a positive number, not -1"),
        (
            "cart_pole",
            "normalize_observation = { clip = 0 }",
            "wrappers.normalize_observation.clip: must be a positive number",
        ),
        ("cart_pole", "normalize_reward = { epsilon = 0 }", "wrappers.normalize_reward.epsilon"),
        ("cart_pole", "normalize_observation = 'yes'", "wrappers.normalize_observation: takes true or false"),
        ("cart_pole", "frame_skip = 4", "unknown key `frame_skip`"),
        (
            "catch",
            "normalize_observation = true",
            "wrappers.normalize_observation: is for observations of real numbers",
        ),
        ("gridworld", "normalize_observation = true", "MultiDiscrete([4, 4])"),
    ] {
        let error = of(env, wrappers);
        assert!(error.contains(expected) && error.contains("x.toml:"), "{wrappers}: {error}");
    }
    // What does not fit a variant is found in the variant.
    let text = format!(
        "{EXAMPLE}env = 'cart_pole'\nwrappers = {{ normalize_observation = true }}\n[[variant]]\nname = 'a'\n\
         [variant.wrappers]\nframe_stack = 0\n[[variant]]\nname = 'b'\nenv = 'catch'\n"
    );
    let error = parse(&text, "x.toml", &[]).unwrap_err().to_string();
    assert!(error.contains("variant.0.wrappers.frame_stack"), "{error}");
}

#[test]
fn wrappers_are_a_slot_that_variants_grids_and_overrides_change() {
    let text = format!(
        "{EXAMPLE}env = 'cart_pole'\nwrappers = {{ frame_stack = 2, scale_reward = 0.5 }}\n[[variant]]\nname = 'own'\n\
         [variant.wrappers]\n[[variant]]\nname = 'shared'\n"
    );
    let experiment = parse(&text, "x.toml", &["variant.shared.wrappers.frame_stack=3".to_owned()]).unwrap();
    let [own, shared] = &experiment.variants()[..] else { panic!("two variants") };
    assert!(own.wrappers.is_empty());
    assert_eq!((shared.wrappers.frame_stack, shared.wrappers.scale_reward), (Some(3), Some(0.5)));
    // The resolved experiment is the same one.
    assert_eq!(parse(&experiment.to_toml(), "x.toml", &[]).unwrap(), experiment);

    let grid = format!("{EXAMPLE}env = 'cart_pole'\n[grid]\n'wrappers.normalize_observation' = [true, false]\n");
    let names = parse(&grid, "x.toml", &[]).unwrap().variant_names();
    assert_eq!(names, ["normalize_observation=true", "normalize_observation=false"]);
    // An experiment without wrappers says nothing of them.
    let plain = parse(&format!("{EXAMPLE}env = 'cart_pole'\n"), "x.toml", &[]).unwrap();
    assert!(!plain.to_toml().contains("wrappers"), "{}", plain.to_toml());
}

#[test]
fn check_shows_the_wrappers_and_the_spaces_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    let checked = |text: String| {
        fs::write(&path, text).unwrap();
        let output = tilde(&["check", &path.display().to_string()]);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let text = checked(format!(
        "{EXAMPLE}env = 'catch'\n[wrappers]\nframe_stack = 4\ntime_limit = 5\nclip_reward = [-1, 1]\n"
    ));
    for expected in [
        "observations  MultiBinary((10, 5, 4))",
        "wrappers      time_limit = 5, frame_stack = 4, clip_reward = [-1.0, 1.0]",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    let grid = "[grid]\n'wrappers.clip_reward' = [[-1, 1], [-2, 2]]\n";
    let text = checked(format!("{EXAMPLE}env = 'gridworld'\n{grid}"));
    assert!(text.contains("not compared with exact ones") && text.contains("clip_reward = [-2.0, 2.0]"), "{text}");
    let text = checked(format!("{EXAMPLE}env = 'cart_pole'\n"));
    assert!(!text.contains("wrappers") && !text.contains("values "), "{text}");
}

#[test]
fn a_search_varies_what_leaves_the_problem_as_it_is() {
    let searched = |wrappers: &str, key: &str, values: &str| {
        let search = format!(
            "[search]\nseeds = [9]\ntrials = 2\nsampler = 'random'\n[search.space]\n'wrappers.{key}' = {values}\n"
        );
        let text = format!("{EXAMPLE}env = 'cart_pole'\n{wrappers}\n{search}");
        let error = parse(&text, "x.toml", &[]).err().map(|error| error.to_string());
        error.map(|error| error.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(searched("wrappers = {}", "scale_reward", "{ log_uniform = [0.1, 1.0] }"), None);
    assert_eq!(searched("wrappers = {}", "normalize_observation", "{ choice = [true, false] }"), None);
    let refused = |wrappers, key, values| searched(wrappers, key, values).unwrap();
    let of_problem = refused("wrappers = {}", "time_limit", "{ integer = [10, 20] }");
    assert!(of_problem.contains("would change the problem"), "{of_problem}");
    let nowhere = refused("", "scale_reward", "{ log_uniform = [0.1, 1.0] }");
    assert!(nowhere.contains("none has the table `wrappers`"), "{nowhere}");
    let wrong = refused("wrappers = {}", "frame_stack", "{ integer = [0, 3] }");
    assert!(wrong.contains("must lie between 1 and 1000"), "{wrong}");
}

/// Anything that is an agent can be wrapped by hand.
#[test]
fn an_agent_without_a_normaliser_has_no_moments() {
    let run = cart_pole("{ scale_reward = 2 }");
    let mut agent = run.agent(0);
    assert_eq!(agent.reward_factor(), Some(2.0));
    assert!(agent.normalizer().is_none());
    let moments = cart_pole("{ normalize_observation = true }").agent(0).normalizer().unwrap().moments().clone();
    assert!(agent.set_moments(moments).unwrap_err().0.contains("does not normalise"));
    fn is_agent<A: Agent>() {}
    is_agent::<WrappedAgent>();
}
