//! What keys do.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{LossScale, Model, View};

/// What a key asks of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To go on.
    Stay,
    /// To leave.
    Quit,
    /// To leave as after a signal: Ctrl-C, which sends none while the view is shown.
    Interrupt,
}

/// Runs of a page.
const PAGE: isize = 10;

/// Changes the view as the key says.
pub fn press(model: &mut Model, key: KeyEvent) -> Outcome {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return if matches!(key.code, KeyCode::Char('c' | 'd')) { Outcome::Interrupt } else { Outcome::Stay };
    }
    let replays = model.view == View::Replay;
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => return Outcome::Quit,
        KeyCode::Char(digit @ '1'..='5') => show(model, View::ALL[digit as usize - '1' as usize]),
        KeyCode::Tab => turn(model, 1),
        KeyCode::BackTab => turn(model, -1),
        KeyCode::Enter => show(model, View::Replay),
        KeyCode::Up | KeyCode::Char('k') => choose(model, -1),
        KeyCode::Down | KeyCode::Char('j') => choose(model, 1),
        KeyCode::PageUp => choose(model, -PAGE),
        KeyCode::PageDown => choose(model, PAGE),
        KeyCode::Home => choose(model, isize::MIN),
        KeyCode::End => choose(model, isize::MAX),
        KeyCode::Left | KeyCode::Char('h') if replays => model.player.go(-1),
        KeyCode::Right | KeyCode::Char('l') if replays => model.player.go(1),
        KeyCode::Left | KeyCode::Char('h') => model.choose_variant(-1),
        KeyCode::Right | KeyCode::Char('l') => model.choose_variant(1),
        KeyCode::Char('g') => model.choose_running(),
        KeyCode::Char('v') => model.alone = !model.alone,
        KeyCode::Char('s') => {
            model.scale = match model.scale {
                LossScale::Automatic => LossScale::Linear,
                LossScale::Linear => LossScale::Logarithmic,
                LossScale::Logarithmic => LossScale::Automatic,
            }
        }
        KeyCode::Char(' ') => model.player.paused = !model.player.paused,
        KeyCode::Char('r') => model.player.again(),
        KeyCode::Char('n') => model.player.next(),
        KeyCode::Char('c') => model.player.exchange_checkpoint(),
        KeyCode::Char('+' | '=') => model.player.change_speed(1),
        KeyCode::Char('-') => model.player.change_speed(-1),
        _ => {}
    }
    Outcome::Stay
}

fn turn(model: &mut Model, by: isize) {
    let now = View::ALL.iter().position(|view| *view == model.view).unwrap_or(0) as isize;
    show(model, View::ALL[(now + by).rem_euclid(View::ALL.len() as isize) as usize]);
}

/// Shows a view. The replay is that of the chosen run.
fn show(model: &mut Model, view: View) {
    model.view = view;
    if view == View::Replay {
        play_chosen(model);
    }
}

fn choose(model: &mut Model, by: isize) {
    model.choose_run(by);
    if model.view == View::Replay {
        play_chosen(model);
    }
}

fn play_chosen(model: &mut Model) {
    if let Some(folder) = model.snapshot.run_folders.get(model.chosen) {
        let (folder, name) = (folder.clone(), model.run_name(model.chosen));
        model.player.show(folder, name);
    }
}

/// The keys of a view, as its last line names them: (key, what it does).
pub fn help(view: View) -> &'static [(&'static str, &'static str)] {
    const CURVES: &[(&str, &str)] =
        &[("↑↓", "run"), ("←→", "variant"), ("g", "running"), ("v", "alone"), ("Enter", "replay")];
    const LOSSES: &[(&str, &str)] = &[("↑↓", "run"), ("←→", "variant"), ("v", "alone"), ("s", "scale")];
    const REPLAY: &[(&str, &str)] = &[
        ("space", "pause"),
        ("←→", "step"),
        ("-+", "speed"),
        ("r", "again"),
        ("n", "next"),
        ("c", "best/last"),
        ("↑↓", "run"),
    ];
    match view {
        View::Overview | View::Curves | View::Runs => CURVES,
        View::Losses => LOSSES,
        View::Replay => REPLAY,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::watch::test_runs::snapshot;

    fn pressed(model: &mut Model, codes: &[KeyCode]) -> Outcome {
        codes.iter().map(|code| press(model, KeyEvent::new(*code, KeyModifiers::NONE))).last().unwrap()
    }

    #[test]
    fn views_are_chosen_by_number_and_in_turn() {
        let mut model = Model::new(Arc::new(snapshot()));
        for (code, view) in [
            (KeyCode::Char('4'), View::Losses),
            (KeyCode::BackTab, View::Runs),
            (KeyCode::Char('1'), View::Overview),
            (KeyCode::BackTab, View::Replay),
            (KeyCode::Tab, View::Overview),
            (KeyCode::Char('9'), View::Overview),
        ] {
            assert_eq!(pressed(&mut model, &[code]), Outcome::Stay);
            assert_eq!(model.view, view);
        }
    }

    #[test]
    fn runs_and_variants_are_chosen_with_arrows() {
        use KeyCode::{Char, Down, End, Home, Left, PageDown, Right, Up};
        let mut model = Model::new(Arc::new(snapshot()));
        let mut chosen = |codes: &[KeyCode]| {
            pressed(&mut model, codes);
            model.chosen
        };
        assert_eq!(chosen(&[Up]), 0);
        assert_eq!(chosen(&[Down, Char('j')]), 2);
        assert_eq!(chosen(&[Right]), 3, "the first run of the second variant");
        assert_eq!(chosen(&[Right]), 0);
        assert_eq!(chosen(&[Left]), 3);
        assert_eq!(chosen(&[PageDown]), 5);
        assert_eq!(chosen(&[Home]), 0);
        assert_eq!(chosen(&[End, Up]), 4);
        assert_eq!(chosen(&[Char('g')]), 3, "the one that is running");
    }

    #[test]
    fn enter_replays_the_chosen_run_and_arrows_then_go_by_steps() {
        let mut model = Model::new(Arc::new(snapshot()));
        pressed(&mut model, &[KeyCode::Down, KeyCode::Enter]);
        assert_eq!((model.view, model.player.name.as_str()), (View::Replay, "shallow/seed-1"));
        pressed(&mut model, &[KeyCode::Right]);
        assert!(model.player.paused && model.chosen == 1);
        pressed(&mut model, &[KeyCode::Char(' '), KeyCode::Char('+'), KeyCode::Down]);
        assert_eq!((model.player.paused, model.player.speed, model.player.name.as_str()), (false, 1, "shallow/seed-2"));
    }

    #[test]
    fn other_keys_change_what_is_drawn() {
        let mut model = Model::new(Arc::new(snapshot()));
        pressed(&mut model, &[KeyCode::Char('v'), KeyCode::Char('s')]);
        assert!(model.alone && model.scale == LossScale::Linear);
        pressed(&mut model, &[KeyCode::Char('v'), KeyCode::Char('s')]);
        assert!(!model.alone && model.scale == LossScale::Logarithmic);
    }

    #[test]
    fn q_and_escape_leave_and_ctrl_c_interrupts() {
        let mut model = Model::new(Arc::new(snapshot()));
        assert_eq!(pressed(&mut model, &[KeyCode::Char('q')]), Outcome::Quit);
        assert_eq!(pressed(&mut model, &[KeyCode::Esc]), Outcome::Quit);
        let control = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        assert_eq!(press(&mut model, control('c')), Outcome::Interrupt);
        assert_eq!(press(&mut model, control('z')), Outcome::Stay);
    }

    #[test]
    fn the_keys_of_every_view_fit_into_80_columns() {
        for view in View::ALL {
            let width: usize =
                help(view).iter().map(|(key, does)| key.chars().count() + does.chars().count() + 2).sum();
            assert!("q quit 1-5 view ".len() + width <= 81, "{view:?}");
        }
    }
}
