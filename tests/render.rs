//! Episodes as pictures: what the drawings have, and `tilde evaluate --gif --frames`.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use resvg::usvg;
use tilde::agents::Agent;
use tilde::config::{RunConfig, parse};
use tilde::envs::render::TextDrawing;
use tilde::envs::{Ending, environments};
use tilde::render::{MAX_GIF_BYTES, Recording, record};
use tilde::rng::Rng;

const LEARNERS: [&str; 5] = ["dqn", "q_learning", "td_prediction", "actor_critic", "random"];

/// A run of one environment and one algorithm, with their defaults or with settings.
fn config(env: &str, algorithm: &str) -> RunConfig {
    let learns =
        if algorithm == "random" { "" } else { "approximator = {}\noptimizer = { adam = { learning_rate = 1e-3 } }\n" };
    let text = format!(
        "name = 'x'\nseeds = [0]\nenv = {env}\nalgorithm = '{algorithm}'\n{learns}budget = {{ steps = 200 }}\n"
    );
    parse(&text, "x.toml", &[]).unwrap().variants().remove(0)
}

fn untrained(config: &RunConfig) -> Box<dyn Agent> {
    config.algorithm.build(&config.agent_setup(0))
}

fn recorded(config: &RunConfig) -> Recording {
    record(untrained(config).as_mut(), &config.env, &mut Rng::from_seed(1), 0).unwrap()
}

#[test]
fn every_environment_with_a_renderer_is_drawn_for_every_kind_of_learner() {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(notosans::REGULAR_TTF.to_vec());
    let options = usvg::Options { fontdb: fonts.into(), ..usvg::Options::default() };
    let mut drawn = Vec::new();
    for id in environments().all().iter().filter(|entry| entry.has_defaults()).map(|entry| entry.id) {
        if config(&format!("'{id}'"), "random").env.renderer().is_none() {
            continue;
        }
        for algorithm in LEARNERS {
            let recording = recorded(&config(&format!("'{id}'"), algorithm));
            for step in [0, recording.length() / 2, recording.length()] {
                let svg = recording.svg(step);
                let tree = usvg::Tree::from_str(&svg, &options).unwrap_or_else(|error| panic!("{id}: {error}\n{svg}"));
                let (width, height) = recording.renderer().size();
                assert_eq!((tree.size().width(), tree.size().height()), (width as f32, height as f32), "{id}");
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                // A learner of action values shows them, and one of state values shows its policy too.
                let titles = ["action values", "state value", "policy"].map(|title| svg.contains(title));
                let expected = match algorithm {
                    "dqn" | "q_learning" => [true, false, false],
                    "random" => [false, false, true],
                    _ => [false, true, true],
                };
                assert_eq!(titles, expected, "{id}, {algorithm}, step {step}");
            }
        }
        drawn.push(id.to_owned());
    }
    let known =
        ["cart_pole", "mountain_car", "acrobot", "pendulum", "dc_motor", "inverted_pendulum", "catch", "gridworld"];
    let toy_text = ["frozen_lake", "cliff_walking", "windy_gridworld", "taxi", "blackjack"];
    assert_eq!(drawn, [&known[..], &toy_text, &["random_walk", "chain"]].concat());
}

#[test]
fn what_a_terminal_shows_fits_the_drawing_and_the_terminal() {
    for id in environments().all().iter().filter(|entry| entry.has_defaults()).map(|entry| entry.id) {
        let config = config(&format!("'{id}'"), "dqn");
        let Some(renderer) = config.env.renderer() else { continue };
        let ([x, y, width, height], size) = (renderer.stage(), renderer.size());
        assert!(x >= 0.0 && y >= 0.0 && width > 0.0 && height > 0.0, "{id}");
        assert!(x + width <= f64::from(size.0) && y + height <= f64::from(size.1), "{id}");
        assert_eq!(config.env.action_names().len(), config.env.build().unwrap().actions(), "{id}");
        let recording = recorded(&config);
        for (columns, rows) in [(0, 0), (1, 1), (20, 9), (78, 18), (200, 50)] {
            for step in [0, recording.length()] {
                let text = renderer.text(&recording.scene(step), columns, rows);
                let fits =
                    |text: &TextDrawing| text.columns() <= columns && text.cells().len() <= text.columns() * rows;
                assert!(text.is_none_or(|text| fits(&text)), "{id} in {columns} × {rows}");
            }
        }
    }
}

#[test]
fn a_gridworld_shows_each_cell_of_its_map() {
    let count = |svg: &str, piece: &str| svg.matches(piece).count();
    for observation in ["position", "planes"] {
        let env = format!(
            "{{ gridworld = {{ map = ['S.#', '..G', '#H.'], time_limit = 5, observation = '{observation}' }} }}"
        );
        let recording = recorded(&config(&env, "dqn"));
        assert_eq!(recording.renderer().states().len(), 5); // nine cells without two walls, the hole and the goal
        let svg = recording.svg(0);
        assert_eq!(count(&svg, "fill=\"#4a4f57\""), 2, "walls: {svg}");
        assert_eq!(count(&svg, "<circle") - 2, 1, "a hole, and the two circles of the agent: {svg}");
        assert_eq!(count(&svg, "rx=\"2.7\" fill=\"#2f8f5b\""), 1, "the goal: {svg}");
        assert_eq!(count(&svg, "<polygon"), 5 + 1, "an arrow for each cell, and the flag: {svg}");
        assert_eq!(count(&svg, ">S</text>"), 1, "the start: {svg}");
        // No way has been gone yet; at the end every piece of it is drawn twice, white and orange.
        let path = |svg: &str| count(svg, "stroke=\"#e76300\"");
        let last = recording.svg(recording.length());
        assert_eq!(path(&svg), 0);
        let moved = recording.scene(recording.length()).path.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(path(&last) > 0, moved > 0, "{last}");
    }
}

#[test]
fn a_cart_is_drawn_at_its_place_with_its_push() {
    let recording = recorded(&config("'cart_pole'", "dqn"));
    let scene = recording.scene(0);
    let svg = recording.svg(0);
    // 100 pixels of a metre from the middle at 320; the cart is 60 wide.
    let left = 320.0 + 100.0 * scene.observation[0] - 30.0;
    assert!(svg.contains(&format!("<rect x=\"{left:.1}\"")), "{svg}");
    assert!(svg.contains("time 0.00 s") && svg.contains("return 0<"), "{svg}");
    assert_eq!(svg.matches("<polygon").count(), 1, "the push is an arrow: {svg}");
    let last = recording.svg(recording.length());
    assert_eq!(last.matches("<polygon").count(), 0, "nothing is pushed at the end: {last}");
    assert!(last.contains("the pole fell"), "{last}");
    assert!(last.contains(&format!("return {}<", recording.length())), "{last}");
}

#[test]
fn a_ball_that_is_missed_stays_in_its_column() {
    let recording = recorded(&config("'catch'", "dqn"));
    let svgs = [recording.svg(0), recording.svg(9)];
    let column = |svg: &str| svg.split("<circle cx=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(column(&svgs[0]), column(&svgs[1]));
    let outcome = if recording.total() > 0.0 { "caught" } else { "missed" };
    assert!(svgs[1].contains(outcome), "{}", svgs[1]);
}

#[test]
fn the_recorded_episode_is_the_first_of_the_evaluation() {
    let config = config("'cart_pole'", "actor_critic");
    let mut agent = untrained(&config);
    let recording = record(agent.as_mut(), &config.env, &mut Rng::from_seed(5), 0).unwrap();
    let (mut env, mut rng, mut observation) = (config.env.build().unwrap(), Rng::from_seed(5), vec![0.0; 4]);
    let mut path = Vec::new();
    env.reset(&mut rng, &mut observation);
    loop {
        path.push(observation.clone());
        let action = agent.act_eval(&observation, &mut rng);
        assert_eq!(recording.scene(path.len() - 1).action, Some(action));
        if env.step(action, &mut rng, &mut observation).ending.is_over() {
            break;
        }
    }
    assert_eq!(recording.length(), path.len());
    assert_eq!(recording.scene(path.len()).path[..path.len()], path);
    assert_eq!(recording.total(), path.len() as f64);
}

#[test]
fn an_environment_without_a_renderer_is_told_what_to_implement() {
    let config = config("'probe_two_step'", "dqn");
    let error = record(untrained(&config).as_mut(), &config.env, &mut Rng::from_seed(0), 0).err().unwrap().to_string();
    assert!(error.contains("`probe_two_step` has no renderer"), "{error}");
    assert!(error.contains("tilde::envs::render::Render") && error.contains("Environment::renderer"), "{error}");
}

#[test]
fn five_hundred_steps_of_cart_pole_are_a_small_animation() {
    // Pushing to the side to which the pole leans and turns holds it up for the whole episode.
    struct Leaning;
    impl Agent for Leaning {
        fn act(&mut self, _: &[f32], _: u64, _: &mut [usize]) {}
        fn observe(&mut self, _: tilde::replay::Transition<'_>, _: u64) -> Option<tilde::agents::UpdateStats> {
            None
        }
        fn act_eval(&mut self, observation: &[f32], _: &mut Rng) -> usize {
            usize::from(observation[2] + 0.2 * observation[3] + 0.01 * observation[0] + 0.03 * observation[1] > 0.0)
        }
        fn estimate(&mut self, observation: &[f32], _: u64) -> tilde::agents::StateEstimate {
            let values = [90.0 + 8.0 * observation[2], 90.0 - 8.0 * observation[3]];
            tilde::agents::StateEstimate::greedy(&values, vec![0.5; 2], false)
        }
    }
    let env = config("'cart_pole'", "random").env;
    let recording = record(&mut Leaning, &env, &mut Rng::from_seed(0), 0).unwrap();
    assert_eq!((recording.length(), recording.ending()), (500, Ending::Truncated));
    let animation = recording.gif().unwrap();
    assert_eq!((animation.frames, animation.every, animation.speed), (251, 2, 1));
    assert!(animation.bytes.len() < MAX_GIF_BYTES, "{} bytes", animation.bytes.len());
    let mut decoder = gif::DecodeOptions::new().read_info(&animation.bytes[..]).unwrap();
    assert_eq!((u32::from(decoder.width()), u32::from(decoder.height())), recording.renderer().size());
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        delays.push(frame.delay);
    }
    assert_eq!(delays.len(), 251);
    assert!(delays[..250].iter().all(|&delay| delay == 4) && delays[250] == 100, "{delays:?}");
}

#[test]
fn files_are_replaced_and_frames_of_a_longer_episode_removed() {
    let out = tempfile::tempdir().unwrap();
    let recording = recorded(&config("{ catch = { rows = 4 } }", "dqn"));
    let folder = out.path().join("new/frames");
    assert_eq!(recording.write_frames(&folder), Ok(4));
    for number in 5..8 {
        fs::write(folder.join(format!("frame-{number:04}.png")), "old").unwrap();
    }
    fs::write(folder.join("notes.txt"), "kept").unwrap();
    assert_eq!(recording.write_frames(&folder), Ok(4));
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["frame-0001.png", "frame-0002.png", "frame-0003.png", "frame-0004.png", "notes.txt"]);
    let png = fs::read(folder.join("frame-0004.png")).unwrap();
    let (width, height) = recording.renderer().size();
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (2 * width, 2 * height));
    let path = out.path().join("missing/x.gif");
    let error = recording.write_gif(&path).err().unwrap().to_string();
    assert!(error.starts_with(&path.display().to_string()) && error.contains("a folder that exists"), "{error}");
}

/// Exit code, standard output and standard error of `tilde`.
fn tilde(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tilde")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.flat_map(|path| {
        if path.is_dir() {
            contents(&path).into_iter().collect()
        } else {
            vec![(path.clone(), fs::read(&path).unwrap())]
        }
    });
    files.collect()
}

#[test]
fn evaluate_writes_the_animation_and_the_frames_beside_its_text() {
    let out = tempfile::tempdir().unwrap();
    let train = |env: &str| {
        let text = format!(
            "name = '{env}'\nseeds = [0, 1]\nenv = '{env}'\nalgorithm = 'q_learning'\napproximator = {{}}\n\
             optimizer = {{ sgd = {{ learning_rate = 0.1 }} }}\nbudget = {{ steps = 300 }}\n"
        );
        fs::write(out.path().join("x.toml"), text).unwrap();
        let (code, _, error) = tilde(out.path(), &["train", "x.toml", "--quiet"]);
        assert_eq!(code, Some(0), "{error}");
    };
    train("catch");
    let runs = contents(&out.path().join("runs"));
    let run = "runs/catch/default/seed-0";
    let drawn = ["evaluate", run, "--episodes", "2", "--gif", "x.gif", "--frames", "frames"];
    let (code, text, error) = tilde(out.path(), &drawn);
    assert_eq!(code, Some(0), "{error}");
    assert!(text.contains("First episode: x.gif (10 frames, "), "{text}");
    assert!(text.ends_with("First episode: frames (10 PNG files)\n"), "{text}");
    assert_eq!(fs::read(out.path().join("x.gif")).unwrap()[..6], *b"GIF89a");
    assert_eq!(fs::read_dir(out.path().join("frames")).unwrap().count(), 10);
    let (code, json, _) = tilde(out.path(), &[&drawn[..], &["--json"]].concat());
    assert!(code == Some(0) && serde_json::from_str::<serde_json::Value>(&json).unwrap().is_object(), "{json}");
    assert!(runs == contents(&out.path().join("runs")), "drawing has changed the run");
    let refused = |arguments: &[&str], words: &str| {
        let (code, _, error) = tilde(out.path(), &[&["evaluate"], arguments].concat());
        assert_eq!(code, Some(2), "{error}");
        let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(error.contains(words), "no `{words}` in: {error}");
    };
    refused(&["runs/catch", "--gif", "y.gif"], "draw one run: name its folder, such as runs/catch/default/seed-0");
    refused(&[run, "--gif", "y.gif", "--stochastic"], "cannot be used with");
    train("probe_two_step");
    refused(&["runs/probe_two_step/default/seed-0", "--gif", "y.gif"], "has no renderer, so it cannot be drawn");
    assert!(!out.path().join("y.gif").exists());
    let (code, _, error) = tilde(out.path(), &["evaluate", run, "--episodes", "1", "--gif", "missing/y.gif"]);
    assert!(code == Some(1) && error.contains("missing/y.gif: cannot be written"), "{error}");
}
