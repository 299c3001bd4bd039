//! The picture of a network: units in columns, and the weights between them.

use tilde_envs::render::{Anchor, BLUE, Drawing, INK, ORANGE, number};

/// From one unit to the next, and around the picture.
const SPACING: f64 = 90.0;
const MARGIN: f64 = 60.0;
/// From one layer to the next.
const DISTANCE: f64 = 240.0;
const RADIUS: f64 = 22.0;

/// A layer of weights: `weights[i][j]` leads from unit i to unit j, whose bias is `biases[j]`.
pub struct Connections {
    /// `[inputs][outputs]`.
    pub weights: Vec<Vec<f64>>,
    /// `[outputs]`.
    pub biases: Vec<f64>,
}

/// Draws units with their names, layer by layer from the left, each connection with its weight and each unit with its bias.
/// Positive weights are blue, negative ones orange, and the larger ones thicker.
///
/// # Panics
/// If a layer of names and a layer of weights have different numbers of units.
pub fn network_picture(names: &[Vec<String>], layers: &[Connections]) -> String {
    let most = names.iter().map(Vec::len).max().unwrap_or(0) as f64;
    let size = (2.0 * MARGIN + DISTANCE * (names.len() - 1) as f64, 2.0 * MARGIN + SPACING * (most - 1.0));
    let mut drawing = Drawing::new((size.0 as u32, size.1 as u32));
    let place = |layer: usize, unit: usize| {
        let count = names[layer].len() as f64;
        [MARGIN + DISTANCE * layer as f64, 0.5 * size.1 + SPACING * (unit as f64 - 0.5 * (count - 1.0))]
    };
    for (layer, connections) in layers.iter().enumerate() {
        for (from, weights) in connections.weights.iter().enumerate() {
            assert_eq!(weights.len(), names[layer + 1].len(), "a weight for each unit");
            for (to, &weight) in weights.iter().enumerate() {
                let ([x1, y1], [x2, y2]) = (place(layer, from), place(layer + 1, to));
                let colour = if weight < 0.0 { ORANGE } else { BLUE };
                drawing.line([x1, y1, x2, y2], colour, (0.8 + weight.abs()).min(5.0));
            }
        }
    }
    for (layer, connections) in layers.iter().enumerate() {
        for (from, weights) in connections.weights.iter().enumerate() {
            for (to, &weight) in weights.iter().enumerate() {
                let ([x1, y1], [x2, y2]) = (place(layer, from), place(layer + 1, to));
                // Nearer to the side with more units, where the lines are apart.
                let share = if names[layer].len() > names[layer + 1].len() { 0.35 } else { 0.65 };
                let at = [x1 + share * (x2 - x1), y1 + share * (y2 - y1)];
                let text = number(weight);
                // On paper of its own, so that no line runs through it.
                let half = 4.5 * text.chars().count() as f64;
                drawing.rectangle([at[0] - half, at[1] - 9.0, 2.0 * half, 18.0], 3.0, "#ffffff");
                drawing.text(at, 13.0, Anchor::Middle, INK, &text);
            }
        }
    }
    for (layer, units) in names.iter().enumerate() {
        for (unit, name) in units.iter().enumerate() {
            let [x, y] = place(layer, unit);
            drawing.circle([x, y], RADIUS + 1.5, INK);
            drawing.circle([x, y], RADIUS, "#ffffff");
            drawing.text([x, y], 14.0, Anchor::Middle, INK, name);
            if let Some(bias) = layer.checked_sub(1).map(|before| layers[before].biases[unit]) {
                drawing.text([x, y + RADIUS + 12.0], 13.0, Anchor::Middle, INK, &format!("bias {}", number(bias)));
            }
        }
    }
    drawing.into_svg()
}
