//! Learned values and probabilities as bars.

use super::{Anchor, BLUE, CARD, Drawing, GREY, INK, LearnedValue, MUTED, ORANGE, Scene, number};

/// Font size of the rows and of the titles above them.
const FONT: f64 = 13.0;
/// Height of a row.
const ROW: f64 = 21.0;
/// Height of a bar.
const BAR: f64 = 13.0;
/// Width of a number to the right of its bar.
const NUMBER: f64 = 50.0;
/// About the width of a character as a share of the font size.
const CHARACTER: f64 = 0.6;

/// Draws what the agent has learned about the present observation, from the point `at` downwards: a bar for each action value,
/// or for the value of the state and the probability of each action. `names` are those of the actions. The action that is
/// chosen is orange. Returns the y below the last row.
pub fn draw_learned(drawing: &mut Drawing, [x, y]: [f64; 2], width: f64, names: &[&str], scene: &Scene) -> f64 {
    let (low, high) = (f64::from(scene.range.0).min(0.0), f64::from(scene.range.1).max(0.0));
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let left = longest as f64 * CHARACTER * FONT + 8.0;
    let column = Column { x, left, width };
    // In a terminal state there is nothing to show. The names stay where they were.
    let kind = scene.learned.map(|learned| &learned.value);
    let mut y = y;
    match (scene.learned, kind) {
        (Some(learned), Some(LearnedValue::State(value))) => {
            y = column.title(drawing, y, "state value Ṽ(x)");
            y = column.row(drawing, y, "", Some(f64::from(*value)), (low, high), false);
            y = column.title(drawing, y + 6.0, "policy π(u | x)");
            for (index, name) in names.iter().enumerate() {
                let probability = learned.policy.get(index).copied();
                y = column.row(drawing, y, name, probability, (0.0, 1.0), scene.action == Some(index));
            }
        }
        (Some(learned), Some(LearnedValue::None)) => {
            y = column.title(drawing, y, "policy π(u | x)");
            for (index, name) in names.iter().enumerate() {
                let probability = learned.policy.get(index).copied();
                y = column.row(drawing, y, name, probability, (0.0, 1.0), scene.action == Some(index));
            }
        }
        (_, kind) => {
            let values = kind.map_or(&[][..], LearnedValue::numbers);
            y = column.title(drawing, y, "action values Q̃(x, u)");
            for (index, name) in names.iter().enumerate() {
                let value = values.get(index).map(|value| f64::from(*value));
                y = column.row(drawing, y, name, value, (low, high), scene.action == Some(index));
            }
        }
    }
    y
}

/// The place of the rows.
struct Column {
    x: f64,
    /// Width of the names.
    left: f64,
    /// Width of names, bars and numbers.
    width: f64,
}

impl Column {
    /// A line of text; returns the y below it.
    fn title(&self, drawing: &mut Drawing, y: f64, title: &str) -> f64 {
        drawing.text([self.x, y + 0.5 * ROW], FONT, Anchor::Start, MUTED, title);
        y + ROW
    }

    /// A name, a bar from zero to `value` and its number; returns the y below them.
    fn row(
        &self,
        drawing: &mut Drawing,
        y: f64,
        name: &str,
        value: Option<f64>,
        (low, high): (f64, f64),
        chosen: bool,
    ) -> f64 {
        let middle = y + 0.5 * ROW;
        let left = if name.is_empty() { 0.0 } else { self.left };
        let (from, room) = (self.x + left, self.width - left - NUMBER);
        let place = |value: f64| from + room * if high > low { (value - low) / (high - low) } else { 0.0 };
        let colour = if value.is_some() { INK } else { MUTED };
        if chosen {
            drawing.bold([self.x, middle], FONT, Anchor::Start, INK, name);
        } else if !name.is_empty() {
            drawing.text([self.x, middle], FONT, Anchor::Start, colour, name);
        }
        drawing.rectangle([from, middle - 0.5 * BAR, room, BAR], 2.0, CARD);
        let Some(value) = value else { return y + ROW };
        if value.is_finite() {
            let (start, end) = (place(0.0), place(value.clamp(low, high)));
            let fill = if chosen { ORANGE } else { BLUE };
            drawing.rectangle([start.min(end), middle - 0.5 * BAR, (end - start).abs(), BAR], 2.0, fill);
        }
        if low < 0.0 && high > 0.0 {
            drawing.line([place(0.0), middle - 0.5 * ROW, place(0.0), middle + 0.5 * ROW], GREY, 1.0);
        }
        drawing.text([self.x + self.width, middle], FONT, Anchor::End, INK, &number(value));
        y + ROW
    }
}
