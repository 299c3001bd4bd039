//! Mountain-car as a drawing.

use super::{
    Anchor, BLUE, CARD, Drawing, GREEN, INK, MUTED, ORANGE, Render, Scene, draw_learned, return_so_far, with_minus,
};
use crate::Ending;
use crate::mountain_car::{ACTIONS, GOAL, LEFT_END, RIGHT_END};

const SIZE: (u32, u32) = (640, 440);
/// Where the track begins, and its length, in pixels.
const TRACK: [f64; 2] = [24.0, 592.0];
/// The height of the middle of the hill's sine in the drawing, and its amplitude, in pixels.
const HILL: [f64; 2] = [304.0, 92.0];
/// The lower edge of the ground.
const GROUND: f64 = 420.0;
/// Straight pieces of the outline of the hill.
const PIECES: u32 = 90;
const CAR: [f64; 2] = [36.0, 14.0];
const WHEEL: f64 = 6.0;

/// Draws mountain-car: the hill, the car with its push, the flag at the goal, position and return, and the learned values as bars.
#[derive(Clone, Copy, Debug, Default)]
pub struct MountainCarRenderer;

impl Render for MountainCarRenderer {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    /// As Gymnasium shows it; the physics has no seconds.
    fn seconds_per_step(&self) -> f64 {
        1.0 / 30.0
    }

    /// From above the flag to below the ground.
    fn stage(&self) -> [f64; 4] {
        [TRACK[0], 160.0, TRACK[1], GROUND - 160.0]
    }

    fn draw(&self, scene: &Scene) -> String {
        let [position, velocity] = [scene.observation[0], scene.observation[1]].map(f64::from);
        let mut drawing = Drawing::new(SIZE);
        drawing.bold([24.0, 30.0], 17.0, Anchor::Start, INK, "mountain-car");
        let facts = [
            format!("step {}", scene.step),
            format!("return {}", return_so_far(scene.total)),
            format!("velocity {} m/step", with_minus(&format!("{velocity:.3}"))),
            ending(scene.ending).to_owned(),
        ];
        drawing.facts([24.0, 55.0], &facts);
        draw_learned(&mut drawing, [330.0, 19.0], 286.0, &ACTIONS, scene);
        draw_hill(&mut drawing);
        draw_car(&mut drawing, position, scene.action);
        drawing.into_svg()
    }
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Continues => "",
        Ending::Truncated => "time limit reached",
        Ending::Terminated => "reached the goal",
    }
}

/// The point of the ground at a position in m.
fn ground(position: f64) -> [f64; 2] {
    let share = (position - LEFT_END) / (RIGHT_END - LEFT_END);
    [TRACK[0] + TRACK[1] * share, HILL[0] - HILL[1] * (3.0 * position).sin()]
}

fn draw_hill(drawing: &mut Drawing) {
    let position = |piece: u32| LEFT_END + (RIGHT_END - LEFT_END) * f64::from(piece) / f64::from(PIECES);
    let mut outline: Vec<[f64; 2]> = (0..=PIECES).map(|piece| ground(position(piece))).collect();
    for pair in outline.windows(2) {
        drawing.line([pair[0][0], pair[0][1], pair[1][0], pair[1][1]], INK, 1.5);
    }
    outline.extend([[TRACK[0] + TRACK[1], GROUND], [TRACK[0], GROUND]]);
    drawing.polygon(&outline, CARD);
    drawing.line([TRACK[0], ground(LEFT_END)[1] - 40.0, TRACK[0], GROUND], INK, 3.0);
    let [x, y] = ground(GOAL);
    drawing.line([x, y, x, y - 44.0], INK, 2.0);
    drawing.polygon(&[[x, y - 44.0], [x + 24.0, y - 36.0], [x, y - 28.0]], GREEN);
    for tenths in [-10, -5, 0, 5] {
        let position = f64::from(tenths) / 10.0;
        let name = with_minus(&format!("{position:.1}")) + " m";
        drawing.text([ground(position)[0], GROUND - 12.0], 12.0, Anchor::Middle, MUTED, &name);
    }
}

fn draw_car(drawing: &mut Drawing, position: f64, action: Option<usize>) {
    let [x, y] = ground(position);
    // The slope as drawn: pixels upwards for each pixel to the right.
    let slope = HILL[1] * 3.0 * (3.0 * position).cos() * (RIGHT_END - LEFT_END) / TRACK[1];
    let (along, up) =
        ([1.0 / slope.hypot(1.0), -slope / slope.hypot(1.0)], [-slope / slope.hypot(1.0), -1.0 / slope.hypot(1.0)]);
    let at =
        |forward: f64, above: f64| [x + forward * along[0] + above * up[0], y + forward * along[1] + above * up[1]];
    let (half, bottom) = (0.5 * CAR[0], WHEEL);
    let top = bottom + CAR[1];
    drawing.polygon(&[at(-half, bottom), at(-half, top), at(half, top), at(half, bottom)], BLUE);
    for side in [-1.0, 1.0] {
        drawing.circle(at(side * 0.28 * CAR[0], WHEEL), WHEEL, INK);
    }
    let side = match action {
        Some(0) => -1.0,
        Some(2) => 1.0,
        _ => return,
    };
    let middle = bottom + 0.5 * CAR[1];
    drawing.arrow(at(side * (half + 4.0), middle), at(side * (half + 34.0), middle), 6.0, ORANGE);
}
