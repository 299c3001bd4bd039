//! Cart-pole as a drawing.

use super::{Anchor, Drawing, GREY, INK, MUTED, ORANGE, RED, Render, Scene, draw_learned, return_so_far};
use crate::Ending;
use crate::cart_pole::{ACTIONS, ANGLE_LIMIT, HALF_LENGTH, POSITION_LIMIT, TAU};

const SIZE: (u32, u32) = (640, 364);
/// Pixels of a metre.
const METRE: f64 = 100.0;
/// The middle of the track.
const CENTRE: f64 = 320.0;
/// The height of the track in the drawing.
const TRACK: f64 = 300.0;
const CART: [f64; 2] = [60.0, 34.0];
/// The joint of the pole, above the track.
const JOINT: f64 = TRACK - 9.0;
/// The colour of the pole in Gymnasium's drawing, a little darker.
const POLE: &str = "#c28a52";

/// Draws cart-pole: the track with its limits in metres, the cart, the pole between the angles at which it has failed, the
/// push, time and return, and the learned values as bars.
#[derive(Clone, Copy, Debug, Default)]
pub struct CartPoleRenderer;

impl Render for CartPoleRenderer {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    /// As in the physics.
    fn seconds_per_step(&self) -> f64 {
        TAU
    }

    /// From above the marks of the angles to below the track.
    fn stage(&self) -> [f64; 4] {
        [40.0, 164.0, 560.0, 172.0]
    }

    fn draw(&self, scene: &Scene) -> String {
        let (position, angle) = (f64::from(scene.observation[0]), f64::from(scene.observation[2]));
        let mut drawing = Drawing::new(SIZE);
        drawing.bold([24.0, 30.0], 17.0, Anchor::Start, INK, "cart-pole");
        let facts = [
            format!("time {:.2} s", scene.step as f64 * TAU),
            format!("return {}", return_so_far(scene.total)),
            ending(scene.ending, position).to_owned(),
        ];
        drawing.facts([24.0, 55.0], &facts);
        draw_learned(&mut drawing, [330.0, 19.0], 286.0, &ACTIONS, scene);
        draw_track(&mut drawing);
        draw_cart(&mut drawing, CENTRE + METRE * position, angle, scene.action);
        drawing.into_svg()
    }
}

fn ending(ending: Ending, position: f64) -> &'static str {
    match ending {
        Ending::Continues => "",
        Ending::Truncated => "time limit reached",
        Ending::Terminated if position.abs() > POSITION_LIMIT => "left the track",
        Ending::Terminated => "the pole fell",
    }
}

fn draw_track(drawing: &mut Drawing) {
    drawing.line([0.0, TRACK, f64::from(SIZE.0), TRACK], INK, 1.5);
    for metre in -2..=2 {
        let x = CENTRE + METRE * f64::from(metre);
        drawing.line([x, TRACK + 24.0, x, TRACK + 31.0], MUTED, 1.2);
        let name = if metre < 0 { format!("−{}", -metre) } else { metre.to_string() };
        drawing.text([x, TRACK + 44.0], 13.0, Anchor::Middle, MUTED, &name);
    }
    for (side, name) in [(-1.0, "−2.4 m"), (1.0, "2.4 m")] {
        let x = CENTRE + side * METRE * POSITION_LIMIT;
        drawing.line([x, TRACK - 22.0, x, TRACK + 31.0], RED, 3.0);
        drawing.text([x, TRACK + 44.0], 13.0, Anchor::Middle, RED, name);
    }
}

fn draw_cart(drawing: &mut Drawing, x: f64, angle: f64, action: Option<usize>) {
    let length = 2.0 * HALF_LENGTH * METRE;
    for limit in [-ANGLE_LIMIT, ANGLE_LIMIT] {
        let (sin, cos) = limit.sin_cos();
        let [from, to] = [0.9, 1.22].map(|share| [x + share * length * sin, JOINT - share * length * cos]);
        drawing.line([from[0], from[1], to[0], to[1]], GREY, 2.0);
    }
    let [width, height] = CART;
    drawing.rectangle([x - 0.5 * width, TRACK - 0.5 * height, width, height], 3.0, INK);
    drawing.element(&format!(
        "<line x1=\"{x:.2}\" y1=\"{JOINT:.2}\" x2=\"{:.2}\" y2=\"{:.2}\" stroke=\"{POLE}\" stroke-width=\"11\" \
         stroke-linecap=\"round\"/>",
        x + length * angle.sin(),
        JOINT - length * angle.cos()
    ));
    drawing.circle([x, JOINT], 4.0, "#f4f5f7");
    if let Some(action) = action {
        let side = if action == 1 { 1.0 } else { -1.0 };
        let edge = x + side * (0.5 * width + 4.0);
        drawing.arrow([edge, TRACK], [edge + side * 36.0, TRACK], 7.0, ORANGE);
    }
}
