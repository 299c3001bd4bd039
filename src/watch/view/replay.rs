//! A replayed episode: the picture, and the step, the return and the learned values as text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tilde_envs::Ending;
use tilde_envs::render::{LearnedValue, Scene, number, return_so_far};

use crate::text::{without_middle, wrapped};
use crate::watch::model::Model;
use crate::watch::picture::size_within;
use crate::watch::player::Player;
use crate::watch::replay::Episode;
use crate::watch::theme::Theme;

/// Columns of the values where they stand beside the picture: a mark, a name, a bar and a number.
const BESIDE: u16 = 38;
const NAME: usize = 11;
const BAR: usize = 16;
/// More actions than this are not shown one by one.
const MOST_ACTIONS: usize = 12;

/// Draws the replay, and tells the player the size of its picture.
pub fn draw(model: &mut Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let player = &mut model.player;
    let Some(wanted) = &player.wanted else {
        return write(area, buffer, "Replay", "Enter plays a greedy episode of the chosen run", theme);
    };
    let title = format!("Replay of {}", player.name);
    if let Some(why) = &player.failure {
        return write(area, buffer, &title, &format!("{why}\n\nr tries again"), theme);
    }
    let Some(episode) = player.episode.clone() else {
        let which = wanted.checkpoint.map_or(String::new(), |checkpoint| format!("{} ", checkpoint.name()));
        return write(area, buffer, &title, &format!("the agent of the {which}checkpoint plays an episode …"), theme);
    };
    // The numbers are those of the picture, which may be a little late.
    let step = player.drawn.as_ref().map_or(player.step(), |drawn| drawn.step);
    let scene = episode.recording.scene(step);
    buffer.set_line(area.x, area.y, &head(&title, &episode, player, theme), area.width);
    buffer.set_line(area.x, area.y + 1, &facts(&scene, &episode, theme), area.width);
    let mut inner = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let lines = values(&scene, &episode, theme);
    let [_, _, width, height] = episode.recording.renderer().stage();
    // Whatever leaves more to the picture.
    let beside = (inner.width.saturating_sub(BESIDE + 2), inner.height);
    let below = (inner.width, inner.height.saturating_sub(lines.len() as u16 + 1));
    let scale = |(columns, rows): (u16, u16)| (f64::from(columns) / width).min(2.0 * f64::from(rows) / height);
    let place = if lines.is_empty() {
        inner
    } else if scale(beside) > scale(below) {
        let place = Rect { x: inner.right() - BESIDE, width: BESIDE, ..inner };
        inner.width -= BESIDE + 2;
        Rect { y: place.y + 1, height: place.height.saturating_sub(1), ..place }
    } else {
        inner.height = size_within(width, height, below.0, below.1).1; // the values stand right below the picture
        Rect { y: inner.bottom() + 1, height: lines.len() as u16, ..inner }
    };
    for (line, y) in lines.iter().zip(place.y..place.bottom().min(area.bottom())) {
        buffer.set_line(place.x, y, line, place.width);
    }
    player.size = (inner.width > 0 && inner.height > 0).then_some((inner.width, inner.height));
    if let Some(drawn) = &player.drawn {
        drawn.picture.draw(inner, buffer, theme);
    }
}

/// A title and a message in place of an episode.
fn write(area: Rect, buffer: &mut Buffer, title: &str, message: &str, theme: &Theme) {
    buffer.set_stringn(area.x, area.y, title, usize::from(area.width), theme.strong());
    let lines = message.lines().flat_map(|line| {
        let wrapped = wrapped(line, usize::from(area.width.max(20)));
        wrapped.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    for (line, y) in lines.zip(area.y + 2..area.bottom()) {
        buffer.set_stringn(area.x, y, line, usize::from(area.width), theme.muted());
    }
}

fn head(title: &str, episode: &Episode, player: &Player, theme: &Theme) -> Line<'static> {
    let speed = match (player.paused, player.speed) {
        (true, _) => ", paused".to_owned(),
        (false, 0) => String::new(),
        (false, speed) if speed > 0 => format!(", {} times as fast", 1 << speed),
        (false, speed) => format!(", 1/{} as fast", 1 << -speed),
    };
    let which = format!(": {} checkpoint, step {}", episode.checkpoint.name(), episode.trained);
    Line::from(vec![
        Span::styled(title.to_owned(), theme.strong()),
        Span::styled(which, theme.muted()),
        Span::styled(speed, theme.warning()),
    ])
}

fn facts(scene: &Scene, episode: &Episode, theme: &Theme) -> Line<'static> {
    let recording = &episode.recording;
    let mut spans = vec![Span::raw(format!(
        "step {} of {}  return {} of {}  ",
        scene.step,
        recording.length(),
        return_so_far(scene.total),
        return_so_far(recording.total())
    ))];
    match (scene.ending, scene.action) {
        (Ending::Terminated, _) => spans.push(Span::styled("terminated", theme.warning())),
        (Ending::Truncated, _) => spans.push(Span::styled("time limit reached", theme.warning())),
        (Ending::Continues, Some(action)) => {
            spans.push(Span::styled(format!("▸ {}", action_name(episode, action)), theme.warning()));
        }
        (Ending::Continues, None) => {}
    }
    Line::from(spans)
}

fn action_name(episode: &Episode, action: usize) -> String {
    episode.actions.get(action).map_or_else(|| format!("action {action}"), |name| (*name).to_owned())
}

/// The learned values and the policy, a line for each number.
fn values(scene: &Scene, episode: &Episode, theme: &Theme) -> Vec<Line<'static>> {
    let over = scene.ending == Ending::Terminated; // the value there is zero by definition
    let (low, high) = (f64::from(scene.range.0), f64::from(scene.range.1));
    // Bars begin at zero, unless all values of the episode are so far from it that their bars would look alike.
    let low = if low > 0.0 && low < 0.5 * high { 0.0 } else { low };
    let shown = |value: f64| Some(value).filter(|_| !over);
    let title = |title: &str| Line::styled(title.to_owned(), theme.muted());
    let actions = |numbers: &[f64], range: (f64, f64)| -> Vec<Line<'static>> {
        let names: Vec<String> =
            (0..numbers.len()).map(|action| without_middle(&action_name(episode, action), NAME)).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let line = |(action, (name, value)): (usize, (&String, &f64))| {
            let (mark, style) =
                if scene.action == Some(action) { ("▸", theme.warning()) } else { (" ", theme.busy()) };
            bar(format!("{mark} {name:<width$} "), shown(*value), range, style, theme)
        };
        names.iter().zip(numbers).enumerate().map(line).collect()
    };
    let policy = || [vec![title("policy")], actions(&scene.learned.policy, (0.0, 1.0))].concat();
    match &scene.learned.value {
        _ if scene.learned.policy.len() > MOST_ACTIONS => Vec::new(),
        LearnedValue::Actions(values) => {
            let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
            [vec![title("action values Q̃(x, u)")], actions(&values, (low, high))].concat()
        }
        LearnedValue::State(value) => {
            let value = bar("value Ṽ(x)  ".to_owned(), shown(f64::from(*value)), (low, high), theme.busy(), theme);
            [vec![value], policy()].concat()
        }
        LearnedValue::None => policy(),
    }
}

/// A name, a bar that begins at `low`, and the number.
fn bar(name: String, value: Option<f64>, (low, high): (f64, f64), style: Style, theme: &Theme) -> Line<'static> {
    let share = value.filter(|value| value.is_finite() && high > low).map_or(0.0, |value| (value - low) / (high - low));
    let filled = (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
    Line::from(vec![
        Span::styled(name, style),
        Span::styled("█".repeat(filled), style),
        Span::styled("·".repeat(BAR - filled), theme.muted()),
        Span::raw(format!(" {:>7}", value.map_or("–".to_owned(), number))),
    ])
}
