//! What is on the screen, at the size of a small terminal and of a large one.

use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw;
use crate::watch::model::{LossScale, Model, View};
use crate::watch::player::Wish;
use crate::watch::replay::{Done, ReplayThread};
use crate::watch::snapshot::Snapshot;
use crate::watch::test_runs::{episode, snapshot};
use crate::watch::theme::{Depth, Theme};

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (200, 50);

/// The lines of the screen.
fn screen(model: &mut Model, (columns, rows): (u16, u16)) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let theme = Theme { depth: Depth::True, light: false };
    terminal.draw(|frame| draw(model, frame.area(), frame.buffer_mut(), &theme)).unwrap();
    let cells: Vec<&str> = terminal.backend().buffer().content().iter().map(|cell| cell.symbol()).collect();
    cells.chunks(usize::from(columns.max(1))).map(|row| row.concat().trim_end().to_owned()).collect()
}

fn shown(snapshot: Snapshot, view: View, size: (u16, u16)) -> String {
    let mut model = Model::new(Arc::new(snapshot));
    model.view = view;
    screen(&mut model, size).join("\n")
}

#[track_caller]
fn assert_has(screen: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(screen.contains(sentence), "{sentence:?} is not in\n{screen}");
    }
}

#[test]
fn the_overview_has_curves_and_runs() {
    for size in [SMALL, LARGE] {
        let screen = shown(snapshot(), View::Overview, size);
        let counts = "small  2 of 6 runs finished, 1 running, 1 stalled, 1 diverged, 1 waiting, 68 %";
        let title = "Return of evaluations, mean and range of 3 seeds, dotted: solved (475)";
        assert_has(&screen, &[counts, " 1 overview   2 curves ", "cart_pole, dqn", title, "q quit  1-5 view"]);
        // At step 500: the mean of 200, 400 and 600; and of 200 and 400 of the second variant, whose third run waits.
        assert_has(&screen, &["━━ shallow 400.0", "━━ deep 300.0 (2/3)"]);
        assert_has(
            &screen,
            &["variant   seed  progress        state", "› shallow      0  ━━━━━━━━ 100 %  finished    200.0    200.0"],
        );
    }
    let large = shown(snapshot(), View::Overview, LARGE);
    assert_has(
        &large,
        &["68 %, about 19 s left", "Loss, logarithmic", "Enter plays a greedy episode of the chosen run"],
    );
}

#[test]
fn every_state_of_a_run_is_named_with_its_reason() {
    for size in [SMALL, LARGE] {
        let mut model = Model::new(Arc::new(snapshot()));
        model.view = View::Runs;
        let mut about = |run| {
            model.chosen = run;
            let screen = screen(&mut model, size).join("\n");
            assert_has(&screen, &["60 %  diverged", "60 %  running", "50 %  stalled", "0 %  waiting"]);
            screen
        };
        assert_has(&about(0), &["shallow/seed-0 finished: 7 episodes, 500 updates, loss 1.000"]);
        assert_has(&about(2), &["shallow/seed-2 diverged at step 600: the loss is NaN"]);
        assert_has(&about(4), &["deep/seed-1: no new rows for 34 s, and no process works in this folder;"]);
        assert_has(&about(4), &["`tilde train … --resume` goes on"]);
        assert_has(&about(5), &["deep/seed-2 has not begun"]);
        assert_eq!(about(0).contains("episodes  updates       ε"), size == LARGE);
    }
}

#[test]
fn curves_and_losses_fill_the_screen() {
    for size in [SMALL, LARGE] {
        let screen = shown(snapshot(), View::Curves, size);
        assert_has(&screen, &["Return of evaluations", "┤", "└", "1000"]);
        assert!(screen.chars().filter(|letter| ('\u{2801}'..='\u{28ff}').contains(letter)).count() > 80, "{screen}");
        assert_has(&shown(snapshot(), View::Losses, size), &["Loss, logarithmic", "━━ shallow 1.000", "s scale"]);
    }
    assert_has(&shown(snapshot(), View::Losses, LARGE), &["Norm of the gradient", "Mean predicted value"]);
    let mut model = Model::new(Arc::new(snapshot()));
    (model.view, model.scale) = (View::Losses, LossScale::Linear);
    assert!(!screen(&mut model, SMALL).concat().contains("logarithmic"));
}

#[test]
fn a_folder_that_is_gone_and_a_terminal_that_is_too_small_are_named() {
    let lost = Some("the folder is gone: waiting until it is there again".to_owned());
    let screen = shown(Snapshot { lost, ..snapshot() }, View::Overview, SMALL);
    assert_has(&screen, &["runs/small: the folder is gone: waiting until it is there again", "━━ shallow 400.0"]);
    assert_has(&shown(snapshot(), View::Overview, (40, 10)), &["40 × 10 is too small: 48 × 14"]);
    assert_has(&shown(snapshot(), View::Overview, (0, 0)), &[]);
    for columns in [48, 60, 119, 121] {
        for rows in [14, 20, 35, 37] {
            View::ALL.iter().for_each(|view| assert_has(&shown(snapshot(), *view, (columns, rows)), &["q quit"]));
        }
    }
}

#[test]
fn an_experiment_without_any_file_yet_is_shown() {
    let waiting = Arc::clone(&snapshot().runs[5]);
    let empty = || Snapshot { runs: vec![Arc::clone(&waiting)], ..snapshot() };
    View::ALL
        .iter()
        .for_each(|view| assert_has(&shown(empty(), *view, SMALL), &["0 of 1 runs finished, 1 waiting, 0 %"]));
    assert_has(&shown(empty(), View::Curves, SMALL), &["nothing yet"]);
}

/// A thread draws the pictures; this waits for the first one.
fn replayed(env: &str, size: (u16, u16)) -> String {
    let (wanted, episode) = episode(env);
    let mut model = Model::new(Arc::new(snapshot()));
    model.view = View::Replay;
    model.player.show(wanted.folder.clone(), "small/seed-3".to_owned());
    assert!(screen(&mut model, size).concat().contains("checkpoint plays an episode …"));
    assert_eq!(model.player.wish(), Some(Wish::Episode(wanted.clone())));
    model.player.receive(Done::Played(wanted, Ok(episode)));
    screen(&mut model, size);
    let Some(Wish::Picture(step, area)) = model.player.wish() else { panic!("no picture is wanted") };
    let thread = ReplayThread::start();
    thread.draw(model.player.episode.as_ref().unwrap(), step, area);
    let done = std::iter::repeat_with(|| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        thread.done().next()
    });
    model.player.receive(done.flatten().next().unwrap());
    screen(&mut model, size).join("\n")
}

#[test]
fn cart_pole_is_replayed_as_pixels_and_a_gridworld_as_characters() {
    for size in [SMALL, LARGE] {
        let screen = replayed("cart_pole", size);
        assert_has(
            &screen,
            &["Replay of small/seed-3: ", " checkpoint, step ", "step 0 of ", "return 0 of ", "▸ push "],
        );
        assert_has(&screen, &["action values Q̃(x, u)", "  push ", "space pause", "n next", "↑↓ run", "▄", "▐"]);
        let screen = replayed("gridworld", size);
        assert_has(&screen, &["action values Q̃(x, u)", "up ", "○", "G", "["]);
    }
}

#[test]
fn an_episode_that_cannot_be_played_says_why() {
    let mut model = Model::new(Arc::new(snapshot()));
    model.view = View::Replay;
    model.player.show("runs/small/a/seed-3".into(), "a/seed-3".to_owned());
    let Some(Wish::Episode(wanted)) = model.player.wish() else { panic!("no episode is wanted") };
    model.player.receive(Done::Played(wanted.clone(), Err("has no checkpoint yet: wait".to_owned())));
    assert_has(
        &screen(&mut model, SMALL).join("\n"),
        &["Replay of a/seed-3", "has no checkpoint yet: wait", "r tries again"],
    );
    assert_eq!(model.player.wish(), None);
    model.player.again();
    assert_eq!(model.player.wish(), Some(Wish::Episode(wanted)));
}
