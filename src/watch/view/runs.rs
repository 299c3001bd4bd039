//! The table of runs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::numbers::{count, short};
use crate::experiment::in_words;
use crate::text::{Alignment, counted, wrapped};
use crate::watch::model::Model;
use crate::watch::run_data::RunState;
use crate::watch::snapshot::Measure;
use crate::watch::theme::Theme;

/// Columns of the bar of a run.
const BAR: usize = 8;
/// The most lines for what there is to say of the chosen run.
const DETAILS: u16 = 2;

/// A column: its title, its width, the side of its text, and what it says of a run.
struct Column {
    title: &'static str,
    width: usize,
    side: Alignment,
    cell: fn(&Model, usize) -> String,
}

const VARIANT: Column = Column {
    title: "variant",
    width: 24,
    side: Alignment::Left,
    cell: |model, run| model.names[model.snapshot.runs[run].variant].clone(),
};

/// The columns after the variant, the most important ones first. As many are shown as have a place.
const COLUMNS: [Column; 12] = [
    Column {
        title: "seed",
        width: 5,
        side: Alignment::Right,
        cell: |model, run| model.snapshot.runs[run].seed.to_string(),
    },
    Column { title: "progress", width: BAR + 6, side: Alignment::Left, cell: progress },
    Column {
        title: "state",
        width: 8,
        side: Alignment::Left,
        cell: |model, run| model.snapshot.state(run).word().to_owned(),
    },
    Column {
        title: "return",
        width: 7,
        side: Alignment::Right,
        cell: |model, run| or_dash(model.snapshot.measure.last(&model.snapshot.runs[run])),
    },
    Column {
        title: "best",
        width: 7,
        side: Alignment::Right,
        cell: |model, run| or_dash(model.snapshot.measure.best(&model.snapshot.runs[run])),
    },
    Column {
        title: "step",
        width: 6,
        side: Alignment::Right,
        cell: |model, run| count(model.snapshot.runs[run].step() as f64),
    },
    Column { title: "steps/s", width: 7, side: Alignment::Right, cell: speed },
    Column { title: "left", width: 12, side: Alignment::Right, cell: time_left },
    Column {
        title: "loss",
        width: 7,
        side: Alignment::Right,
        cell: |model, run| or_dash(model.snapshot.runs[run].last_update.map(|row| row.loss)),
    },
    Column {
        title: "episodes",
        width: 8,
        side: Alignment::Right,
        cell: |model, run| count(model.snapshot.runs[run].episodes as f64),
    },
    Column {
        title: "updates",
        width: 7,
        side: Alignment::Right,
        cell: |model, run| count(model.snapshot.runs[run].last_update.map_or(0.0, |row| row.updates as f64)),
    },
    Column {
        title: "ε",
        width: 6,
        side: Alignment::Right,
        cell: |model, run| or_dash(model.snapshot.runs[run].last_update.and_then(|row| row.epsilon)),
    },
];

/// Draws the table. The chosen run is always in it.
pub fn draw(model: &Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let (about, about_style) = about(model, theme);
    let about = wrapped(&about, usize::from(area.width.max(20)));
    let needed = about.lines().count() as u16;
    let details = if area.height >= 7 { needed.clamp(1, DETAILS) } else { 1 };
    let rows = area.height.saturating_sub(1 + details);
    let name = model.names.iter().map(|name| name.chars().count()).max().unwrap_or(0).clamp(7, VARIANT.width);
    let columns = fitting(usize::from(area.width), name);
    let title = |column: &Column| {
        if column.title == "return" && model.snapshot.measure == Measure::ValueError { "rmse" } else { column.title }
    };
    let head: String = columns.iter().map(|(column, width)| padded(title(column), *width, column.side)).collect();
    buffer.set_stringn(area.x, area.y, format!("  {head}"), usize::from(area.width), theme.muted());
    let top = first_row(model.chosen, model.snapshot.runs.len(), usize::from(rows));
    for (run, y) in (top..model.snapshot.runs.len()).zip(area.y + 1..area.y + 1 + rows) {
        let is_chosen = run == model.chosen;
        let mut spans = vec![Span::raw(if is_chosen { "› " } else { "  " })];
        for (column, width) in &columns {
            let text = padded(&(column.cell)(model, run), *width, column.side);
            spans.push(Span::styled(text, style(column, model, run, theme)));
        }
        buffer.set_line(area.x, y, &Line::from(spans), area.width);
        if is_chosen {
            buffer.set_style(Rect { y, height: 1, ..area }, theme.chosen_line());
        }
    }
    for (line, y) in about.lines().zip(area.bottom().saturating_sub(details)..area.bottom()) {
        buffer.set_stringn(area.x, y, line, usize::from(area.width), about_style);
    }
}

/// The first run of the table: the chosen one stays in the middle, as far as that is possible.
fn first_row(chosen: usize, runs: usize, rows: usize) -> usize {
    chosen.saturating_sub(rows / 2).min(runs.saturating_sub(rows))
}

/// The columns that have a place, with their widths.
fn fitting(width: usize, name: usize) -> Vec<(&'static Column, usize)> {
    let mut left = width.saturating_sub(2);
    let all = std::iter::once((&VARIANT, name)).chain(COLUMNS.iter().map(|column| (column, column.width)));
    let fits = |(_, width): &(&Column, usize)| {
        let fits = left > *width;
        left = left.saturating_sub(width + 2);
        fits
    };
    all.take_while(fits).collect()
}

fn padded(text: &str, width: usize, side: Alignment) -> String {
    let cut: String = text.chars().take(width).collect();
    match side {
        Alignment::Left => format!("{cut:<width$}  "),
        Alignment::Right => format!("{cut:>width$}  "),
    }
}

fn style(column: &Column, model: &Model, run: usize, theme: &Theme) -> Style {
    let state = model.snapshot.state(run);
    match column.title {
        "variant" => theme.variant(model.snapshot.runs[run].variant),
        "progress" | "state" => match state {
            RunState::Waiting => theme.muted(),
            RunState::Running => theme.busy(),
            RunState::Stalled(_) => theme.warning(),
            RunState::Finished => theme.good(),
            RunState::Failed(_) => theme.bad(),
        },
        _ => Style::new(),
    }
}

fn or_dash(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), short)
}

fn progress(model: &Model, run: usize) -> String {
    let run = &model.snapshot.runs[run];
    let share = run.step() as f64 / run.budget.max(1) as f64;
    let halves = ((share * 2.0 * BAR as f64) as usize).min(2 * BAR);
    let bar = "━".repeat(halves / 2) + if halves % 2 == 1 { "╸" } else { "" };
    format!("{}{} {:>3.0} %", bar, " ".repeat(BAR - bar.chars().count()), (100.0 * share).floor())
}

fn speed(model: &Model, run: usize) -> String {
    let speed = model.snapshot.runs[run].steps_per_second.filter(|_| model.snapshot.state(run) == RunState::Running);
    speed.map_or("–".to_owned(), count)
}

fn time_left(model: &Model, run: usize) -> String {
    let data = &model.snapshot.runs[run];
    let speed = data.steps_per_second.filter(|speed| *speed > 0.0 && model.snapshot.state(run) == RunState::Running);
    let left =
        speed.map(|speed| std::time::Duration::from_secs_f64(((data.budget - data.step()) as f64 / speed).min(1e12)));
    left.map_or("–".to_owned(), in_words)
}

/// What there is to say of the chosen run.
fn about(model: &Model, theme: &Theme) -> (String, Style) {
    let Some(data) = model.snapshot.runs.get(model.chosen) else { return (String::new(), Style::new()) };
    let name = model.run_name(model.chosen);
    let problem = data.problem.as_ref().map_or(String::new(), |problem| format!("; {problem}"));
    match model.snapshot.state(model.chosen) {
        RunState::Failed(why) => (format!("{name} {why}{problem}"), theme.bad()),
        RunState::Stalled(quiet) => {
            let known =
                if model.snapshot.worked_in == Some(false) { ", and no process works in this folder" } else { "" };
            let text = format!(
                "{name}: no new rows for {}{known}; `tilde\u{a0}train\u{a0}…\u{a0}--resume` goes on{problem}",
                in_words(quiet)
            );
            (text, theme.warning())
        }
        _ if data.problem.is_some() => (format!("{name}{problem}"), theme.warning()),
        RunState::Waiting => (format!("{name} has not begun"), theme.muted()),
        state => {
            let row = data.last_update;
            let loss = row.map_or(String::new(), |row| format!(", {} updates, loss {}", row.updates, short(row.loss)));
            (format!("{name} {}: {}{loss}", state.word(), counted(data.episodes as usize, "episode")), theme.muted())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_run_is_in_the_table() {
        assert_eq!([0, 2, 5, 9].map(|chosen| first_row(chosen, 10, 4)), [0, 0, 3, 6]);
        assert_eq!(first_row(2, 3, 8), 0);
    }

    #[test]
    fn as_many_columns_are_shown_as_have_a_place() {
        let titles = |width| fitting(width, 10).iter().map(|(column, _)| column.title).collect::<Vec<_>>();
        assert_eq!(titles(40), ["variant", "seed", "progress"]);
        assert_eq!(titles(80), ["variant", "seed", "progress", "state", "return", "best", "step"]);
        assert_eq!(titles(200).len(), 13);
    }
}
