//! Curves with their spread over seeds, between axes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::bands::BandPoint;
use super::dots::Dots;
use super::theme::Theme;
use crate::chart::{Axis, Scale};

/// A curve.
#[derive(Clone, Debug)]
pub struct Curve<'a> {
    /// Its points, in the order of their steps.
    pub points: &'a [BandPoint],
    /// The style of the mean.
    pub mean: Style,
    /// The style of the spread; `None` to leave it out.
    pub spread: Option<Style>,
}

/// A plot over environment steps.
#[derive(Clone, Debug)]
pub struct Plot<'a> {
    /// The curves; later ones are drawn over earlier ones.
    pub curves: Vec<Curve<'a>>,
    /// Environment steps at the right end.
    pub steps: u64,
    /// Whether the vertical axis is logarithmic.
    pub logarithmic: bool,
    /// A number that is marked with a dotted line.
    pub mark: Option<f64>,
}

/// Rows from one tick of the vertical axis to the next, and columns on the other one.
const ROWS_PER_TICK: usize = 3;
const COLUMNS_PER_TICK: usize = 14;

impl Plot<'_> {
    /// Draws the plot.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        if area.width < 16 || area.height < 4 {
            return;
        }
        let rows = area.height - 2; // above the axis and its numbers
        let axis = if self.logarithmic { Axis::new("").logarithmic() } else { Axis::new("") };
        let vertical = axis.scale(self.numbers(), f64::from(4 * rows) - 1.0, 0.0);
        let names = axis.ticks(&vertical, (usize::from(rows) / ROWS_PER_TICK).max(2));
        let left = names.iter().map(|(_, name)| name.chars().count()).max().unwrap_or(1) as u16 + 1;
        let inner = Rect::new(area.x + left + 1, area.y, area.width.saturating_sub(left + 1), rows);
        let steps = Axis::new("").between(0.0, self.steps.max(1) as f64);
        let horizontal = steps.scale(std::iter::empty(), 0.0, f64::from(2 * inner.width) - 1.0);
        self.draw_vertical_axis(&names, &vertical, left, inner, buffer, theme);
        draw_horizontal_axis(&steps, &horizontal, inner, buffer, theme);
        let mut dots = Dots::new(inner.width, inner.height);
        if let Some(mark) = self.shown_mark() {
            let y = vertical.place(mark).round() as i64;
            (0..dots.width() as i64).step_by(4).for_each(|x| dots.set(x, y, theme.muted()));
        }
        let place = |step: u64, value: f64| (horizontal.place(step as f64), vertical.place(value));
        for curve in &self.curves {
            if let Some(style) = curve.spread {
                draw_spread(&mut dots, curve.points, style, place);
            }
        }
        for Curve { points, mean, .. } in &self.curves {
            let at: Vec<(f64, f64)> = points.iter().map(|point| place(point.step, point.mean)).collect();
            at.windows(2).for_each(|pair| dots.line(pair[0], pair[1], *mean));
            if let [(x, y)] = at[..] {
                // A point alone would be lost: it gets a small square.
                dots.line((x, y), (x + 1.0, y), *mean);
                dots.line((x, y - 1.0), (x + 1.0, y - 1.0), *mean);
            }
        }
        dots.draw(inner, buffer);
        if self.curves.iter().all(|curve| curve.points.is_empty()) {
            let text = "nothing yet";
            let x = inner.x + inner.width.saturating_sub(text.len() as u16) / 2;
            buffer.set_stringn(x, inner.y + inner.height / 2, text, usize::from(inner.width), theme.muted());
        }
    }

    /// The mark, unless it is so far from all curves that it would press them together.
    pub fn shown_mark(&self) -> Option<f64> {
        let means = || self.curves.iter().flat_map(|curve| curve.points).map(|point| point.mean);
        let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
        self.mark.filter(|mark| (high.max(*mark) - low.min(*mark)) < 2.5 * (high - low))
    }

    /// All numbers that have to be on the vertical axis.
    fn numbers(&self) -> impl Iterator<Item = f64> {
        let shown = |curve: &'_ Curve<'_>| {
            let spread = curve.spread.is_some();
            let of =
                move |point: &BandPoint| if spread { [point.mean, point.low, point.high] } else { [point.mean; 3] };
            curve.points.iter().flat_map(of).collect::<Vec<f64>>()
        };
        self.curves.iter().flat_map(shown).chain(self.shown_mark()).collect::<Vec<f64>>().into_iter()
    }

    fn draw_vertical_axis(
        &self,
        names: &[(f64, String)],
        scale: &Scale,
        left: u16,
        inner: Rect,
        buffer: &mut Buffer,
        theme: &Theme,
    ) {
        let x = inner.x - 1;
        (inner.top()..inner.bottom()).for_each(|y| buffer.set_string(x, y, "│", theme.muted()));
        for (value, name) in names {
            let dot = scale.place(*value).round();
            if (0.0..f64::from(4 * inner.height)).contains(&dot) {
                let y = inner.y + dot as u16 / 4;
                buffer.set_string(x, y, "┤", theme.muted());
                let width = name.chars().count() as u16;
                buffer.set_string(x - 1 - width.min(left - 1), y, name, theme.muted());
            }
        }
    }
}

fn draw_horizontal_axis(axis: &Axis, scale: &Scale, inner: Rect, buffer: &mut Buffer, theme: &Theme) {
    let y = inner.bottom();
    buffer.set_string(inner.x - 1, y, format!("└{}", "─".repeat(usize::from(inner.width))), theme.muted());
    let mut free = inner.x.saturating_sub(1); // where the next name may begin
    for (value, name) in axis.ticks(scale, (usize::from(inner.width) / COLUMNS_PER_TICK).max(2)) {
        let column = inner.x + (scale.place(value).round().clamp(0.0, f64::from(2 * inner.width) - 1.0) / 2.0) as u16;
        let width = name.chars().count() as u16;
        let begin =
            column.saturating_sub(width / 2).min(inner.right().saturating_sub(width)).max(inner.x.saturating_sub(1));
        buffer.set_string(column, y, "┬", theme.muted());
        if begin >= free {
            buffer.set_string(begin, y + 1, &name, theme.muted());
            free = begin + width + 1;
        }
    }
}

/// Dots along the lower and the upper edge, and few dots between them.
fn draw_spread(dots: &mut Dots, points: &[BandPoint], style: Style, place: impl Fn(u64, f64) -> (f64, f64)) {
    for pair in points.windows(2) {
        let [(x1, low1), (x2, low2)] = [&pair[0], &pair[1]].map(|point| place(point.step, point.low));
        let [high1, high2] = [&pair[0], &pair[1]].map(|point| place(point.step, point.high).1);
        for x in (x1.round() as i64)..=(x2.round() as i64) {
            let share = if x2 > x1 { ((x as f64 - x1) / (x2 - x1)).clamp(0.0, 1.0) } else { 0.0 };
            let low = (low1 + share * (low2 - low1)).round() as i64;
            let high = (high1 + share * (high2 - high1)).round() as i64;
            if x % 2 == 0 {
                dots.set(x, low, style);
                dots.set(x, high, style);
            }
            // Vertical places grow downwards.
            (high..low).filter(|y| (x + 2 * y).rem_euclid(8) == 0 && y % 2 == 0).for_each(|y| dots.set(x, y, style));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::theme::Depth;

    fn point(step: u64, mean: f64, spread: f64) -> BandPoint {
        BandPoint { step, mean, low: mean - spread, high: mean + spread, runs: 3 }
    }

    fn drawn(plot: &Plot, columns: u16, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        plot.draw(area, &mut buffer, &Theme { depth: Depth::None, light: false });
        let cells: Vec<&str> = buffer.content().iter().map(|cell| cell.symbol()).collect();
        cells.chunks(usize::from(columns)).map(|row| row.concat().trim_end().to_owned()).collect()
    }

    #[test]
    fn a_rising_line_goes_from_corner_to_corner() {
        let points = [point(0, 0.0, 0.0), point(100, 8.0, 0.0)];
        let curve = Curve { points: &points, mean: Style::new(), spread: None };
        let plot = Plot { curves: vec![curve], steps: 100, logarithmic: false, mark: None };
        let expected = [
            "  │             ⢀⡠⠔⠊",
            "5 ┤          ⣀⠤⠒⠁",
            "  │       ⡠⠔⠊",
            "  │   ⢀⠤⠒⠉",
            "0 ┤⡠⠔⠊⠁",
            "  └┬───────┬───────┬",
            "   0      50     100",
        ];
        assert_eq!(drawn(&plot, 20, 7), expected);
    }

    #[test]
    fn a_plot_without_points_says_so_and_a_tiny_one_is_left_out() {
        let plot = Plot { curves: vec![], steps: 10, logarithmic: true, mark: Some(5.0) };
        assert!(drawn(&plot, 40, 9).iter().any(|line| line.contains("nothing yet")));
        assert!(drawn(&plot, 10, 3).iter().all(String::is_empty));
    }

    #[test]
    fn a_mark_far_from_all_curves_is_left_out() {
        let points = [point(0, 0.0, 0.0), point(100, 10.0, 0.0)];
        let curve = Curve { points: &points, mean: Style::new(), spread: None };
        let mark = |mark| Plot { curves: vec![curve.clone()], steps: 100, logarithmic: false, mark }.shown_mark();
        assert_eq!([None, Some(20.0), Some(26.0), Some(-3.0)].map(mark), [None, Some(20.0), None, Some(-3.0)]);
    }

    #[test]
    fn any_numbers_can_be_drawn() {
        let odd = [f64::NAN, f64::INFINITY, -1e300, 1e300, 0.0];
        let points: Vec<BandPoint> = odd.iter().zip(0..).map(|(value, step)| point(step, *value, 1.0)).collect();
        for logarithmic in [false, true] {
            let curve = Curve { points: &points, mean: Style::new(), spread: Some(Style::new()) };
            let plot = Plot { curves: vec![curve], steps: 4, logarithmic, mark: None };
            assert_eq!(drawn(&plot, 60, 20).len(), 20);
        }
    }
}
