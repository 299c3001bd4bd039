//! The whole screen: a head, the view that is chosen, and the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::{curves, losses, replay, runs};
use crate::experiment::in_words;
use crate::text::without_middle;
use crate::watch::keys::help;
use crate::watch::model::{Model, View};
use crate::watch::theme::Theme;

/// The least size.
const LEAST: (u16, u16) = (48, 14);
/// From this size on the overview has all panes.
const LARGE: (u16, u16) = (120, 36);

/// Draws the screen. The player is told where its picture is.
pub fn draw(model: &mut Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    model.player.size = None;
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!("{} × {} is too small: {} × {} needed; q quits", area.width, area.height, LEAST.0, LEAST.1);
        buffer.set_stringn(area.x, area.y, text, usize::from(area.width), theme.warning());
        return;
    }
    let [head, tabs, body, keys] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)])
            .areas(area);
    draw_head(model, head, buffer, theme);
    draw_tabs(model, tabs, buffer, theme);
    match model.view {
        View::Overview if area.width >= LARGE.0 && area.height >= LARGE.1 => draw_large(model, body, buffer, theme),
        View::Overview => {
            let table = (model.snapshot.runs.len() as u16 + 2).clamp(4, (body.height / 2).saturating_sub(1));
            let [top, bottom] = Layout::vertical([Constraint::Fill(1), Constraint::Length(table)]).areas(body);
            curves::draw(model, top, buffer, theme);
            runs::draw(model, bottom, buffer, theme);
        }
        View::Curves => curves::draw(model, body, buffer, theme),
        View::Runs => runs::draw(model, body, buffer, theme),
        View::Losses => losses::draw(model, body, buffer, theme),
        View::Replay => replay::draw(model, body, buffer, theme),
    }
    draw_keys(model, keys, buffer, theme);
}

/// Curves and losses to the left, runs and the replay to the right.
fn draw_large(model: &mut Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let halves = [Constraint::Percentage(52), Constraint::Length(3), Constraint::Fill(1)];
    let [left, between, right] = Layout::horizontal(halves).areas(area);
    for y in between.top()..between.bottom() {
        buffer.set_string(between.x + 1, y, "│", theme.muted());
    }
    let [top, bottom] = Layout::vertical([Constraint::Percentage(58), Constraint::Fill(1)]).areas(left);
    curves::draw(model, top, buffer, theme);
    losses::draw_loss(model, bottom, buffer, theme);
    let table = (model.snapshot.runs.len() as u16 + 4).clamp(8, right.height / 2);
    let rows = [Constraint::Length(table), Constraint::Length(1), Constraint::Fill(1)];
    let [top, line, bottom] = Layout::vertical(rows).areas(right);
    runs::draw(model, top, buffer, theme);
    buffer.set_string(line.x, line.y, "─".repeat(usize::from(line.width)), theme.muted());
    replay::draw(model, bottom, buffer, theme);
}

/// What is watched, and how far it is.
fn draw_head(model: &Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let snapshot = &model.snapshot;
    if let Some(why) = &snapshot.lost {
        let text = format!("{}: {why}", without_middle(&snapshot.folder.display().to_string(), 40));
        buffer.set_stringn(area.x, area.y, text, usize::from(area.width), theme.bad());
        return;
    }
    let (made, all) = snapshot.progress();
    let mut state = model.counts();
    if made < all {
        state += &format!(", {:.0} %", (100.0 * made as f64 / all.max(1) as f64).floor());
    }
    let width = usize::from(area.width);
    let left = snapshot.time_left().map_or(String::new(), |left| format!(", about {} left", in_words(left)));
    if snapshot.reading {
        state = "reading …".to_owned();
    } else if snapshot.name.chars().count() + 2 + state.chars().count() + left.chars().count() <= width {
        state += &left;
    }
    let name = without_middle(&snapshot.name, width.saturating_sub(state.chars().count() + 2).max(12));
    let line =
        Line::from(vec![Span::styled(name, theme.strong()), Span::raw("  "), Span::styled(state, theme.muted())]);
    buffer.set_line(area.x, area.y, &line, area.width);
}

/// The views with their numbers, and what the chosen variant is.
fn draw_tabs(model: &Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let mut spans = Vec::new();
    for (view, number) in View::ALL.into_iter().zip(1..) {
        let style = if view == model.view { theme.chosen() } else { theme.muted() };
        spans.extend([Span::styled(format!(" {number} {} ", view.name()), style), Span::raw(" ")]);
    }
    let line = Line::from(spans);
    buffer.set_line(area.x, area.y, &line, area.width);
    let variant = model.snapshot.runs.get(model.chosen).map(|run| &model.snapshot.variants[run.variant]);
    let about = variant.map_or(String::new(), |variant| format!("{}, {}", variant.environment, variant.algorithm));
    let width = about.chars().count();
    if line.width() + 1 + width <= usize::from(area.width) {
        buffer.set_stringn(area.right() - width as u16, area.y, about, width, theme.muted());
    }
}

fn draw_keys(model: &Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let general = [("q", "quit"), ("1-5", "view")];
    let keys = || general.iter().chain(help(model.view));
    let length: usize = keys().map(|(key, does)| key.chars().count() + does.chars().count() + 3).sum();
    let gap = if length <= usize::from(area.width) { "  " } else { " " };
    let pair = |(key, does): &(&'static str, &'static str)| {
        [Span::styled(*key, theme.strong()), Span::styled(format!(" {does}{gap}"), theme.muted())]
    };
    let mut x = area.x;
    for line in keys().map(|key| Line::from_iter(pair(key))) {
        let width = line.width() as u16;
        if x + width > area.right() + gap.len() as u16 {
            break;
        }
        buffer.set_line(x, area.y, &line, area.right() - x);
        x += width;
    }
}
