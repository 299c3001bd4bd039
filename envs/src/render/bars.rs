//! Learned values and probabilities as bars.

use super::{Anchor, BLUE, CARD, Drawing, GREY, INK, LearnedValue, MUTED, ORANGE, Scene, number, with_minus};
use crate::Ending;

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
pub fn draw_learned(
    drawing: &mut Drawing,
    [x, y]: [f64; 2],
    width: f64,
    names: &[impl AsRef<str>],
    scene: &Scene,
) -> f64 {
    let (low, high) = ends(scene.range);
    let longest = names.iter().map(|name| name.as_ref().chars().count()).max().unwrap_or(0);
    let left = longest as f64 * CHARACTER * FONT + 8.0;
    let column = Column { x, left, width };
    // In a terminal state there is nothing to show. Titles and names stay where they were.
    let shown = scene.ending != Ending::Terminated;
    let learned = scene.learned;
    let mut y = y;
    let (title, numbers, range): (Option<&str>, Vec<f64>, (f64, f64)) = match &learned.value {
        LearnedValue::Actions(values) => {
            y = column.title_with_ends(drawing, y, "action values Q̃(x, u)", (low, high));
            (None, values.iter().copied().map(f64::from).collect(), (low, high))
        }
        LearnedValue::State(value) => {
            y = column.title_with_ends(drawing, y, "state value Ṽ(x)", (low, high));
            y = column.row(drawing, y, "", shown.then_some(f64::from(*value)), (low, high), false) + 6.0;
            (Some("policy π(u | x)"), learned.policy.clone(), (0.0, 1.0))
        }
        LearnedValue::None => (Some("policy π(u | x)"), learned.policy.clone(), (0.0, 1.0)),
    };
    if let Some(title) = title {
        y = column.title(drawing, y, title);
    }
    for (index, name) in names.iter().enumerate() {
        let number = numbers.get(index).copied().filter(|_| shown);
        y = column.row(drawing, y, name.as_ref(), number, range, scene.action == Some(index));
    }
    y
}

/// Both ends of the bars: zero is one of them, unless all values of the episode are so far from it that their bars would look alike.
fn ends((low, high): (f32, f32)) -> (f64, f64) {
    let (low, high) = (f64::from(low), f64::from(high));
    let spread = high - low;
    if low > 0.0 && spread > 0.0 && spread < 0.5 * high {
        return ((low - 0.25 * spread).floor().max(0.0), high);
    }
    if high < 0.0 && spread > 0.0 && spread < 0.5 * -low {
        return (low, (high + 0.25 * spread).ceil().min(0.0));
    }
    (low.min(0.0), high.max(0.0))
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

    /// The same, with the number at which bars begin, if that is not zero.
    fn title_with_ends(&self, drawing: &mut Drawing, y: f64, title: &str, (low, high): (f64, f64)) -> f64 {
        let origin = if low > 0.0 { low } else { high.min(0.0) };
        if origin != 0.0 {
            let origin = format!("bars from {}", with_minus(&format!("{origin:.0}")));
            drawing.text([self.x + self.width, y + 0.5 * ROW], 0.85 * FONT, Anchor::End, MUTED, &origin);
        }
        self.title(drawing, y, title)
    }

    /// A name, a bar to `value` from zero or the end next to it, and the number; returns the y below them.
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
            let (start, end) = (place(0.0_f64.clamp(low, high)), place(value.clamp(low, high)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_at_zero_unless_all_values_are_far_from_it() {
        assert_eq!(ends((0.25, 1.0)), (0.0, 1.0));
        assert_eq!(ends((-1.0, 3.0)), (-1.0, 3.0));
        assert_eq!(ends((-4.0, -1.0)), (-4.0, 0.0));
        assert_eq!(ends((96.0, 104.0)), (94.0, 104.0));
        assert_eq!(ends((-104.0, -96.0)), (-104.0, -94.0));
        assert_eq!(ends((5.0, 5.0)), (0.0, 5.0));
        assert_eq!(ends((0.0, 0.0)), (0.0, 0.0));
    }
}
