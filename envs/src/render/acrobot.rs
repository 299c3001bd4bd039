//! Acrobot as a drawing.

use super::{Anchor, BLUE, Drawing, GREEN, GREY, INK, ORANGE, Render, Scene, draw_learned, return_so_far};
use crate::Ending;
use crate::acrobot::{ACTIONS, TORQUES};
use crate::render::turn::draw_turn;

const SIZE: (u32, u32) = (640, 390);
/// The fixed joint.
const JOINT: [f64; 2] = [170.0, 240.0];
/// Pixels of a link, which is a metre long.
const LINK: f64 = 64.0;

/// Draws acrobot: both links, the height that the tip has to pass, the torque between the links, and the learned values as bars.
#[derive(Clone, Copy, Debug, Default)]
pub struct AcrobotRenderer;

impl Render for AcrobotRenderer {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    /// As Gymnasium shows it: three times as fast as the physics.
    fn seconds_per_step(&self) -> f64 {
        1.0 / 15.0
    }

    /// Around the circle that the tip can reach.
    fn stage(&self) -> [f64; 4] {
        let side = 2.0 * LINK + 10.0;
        [JOINT[0] - side, JOINT[1] - side, 2.0 * side, 2.0 * side]
    }

    fn draw(&self, scene: &Scene) -> String {
        let angle = |cos: usize| f64::from(scene.observation[cos + 1]).atan2(f64::from(scene.observation[cos]));
        let (first, second) = (angle(0), angle(2));
        // Angles count from hanging down to the right.
        let end = |[x, y]: [f64; 2], angle: f64| [x + LINK * angle.sin(), y + LINK * angle.cos()];
        let elbow = end(JOINT, first);
        let tip = end(elbow, first + second);
        let mut drawing = Drawing::new(SIZE);
        drawing.bold([24.0, 30.0], 17.0, Anchor::Start, INK, "acrobot");
        let facts = [
            format!("step {}", scene.step),
            format!("return {}", return_so_far(scene.total)),
            ending(scene.ending).to_owned(),
        ];
        drawing.facts([24.0, 55.0], &facts);
        draw_learned(&mut drawing, [330.0, 19.0], 286.0, &ACTIONS, scene);
        let height = JOINT[1] - LINK;
        drawing.line([JOINT[0] - 2.0 * LINK, height, JOINT[0] + 2.0 * LINK, height], GREEN, 2.0);
        for ([from, to], colour) in [([JOINT, elbow], BLUE), ([elbow, tip], INK)] {
            drawing.line([from[0], from[1], to[0], to[1]], colour, 12.0);
        }
        drawing.circle(JOINT, 5.0, GREY);
        drawing.circle(elbow, 5.0, GREY);
        if let Some(action) = scene.action {
            // A positive torque turns the second link to the right of hanging down: counter-clockwise.
            draw_turn(&mut drawing, elbow, 22.0, TORQUES[action], ORANGE);
        }
        drawing.into_svg()
    }
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Continues => "",
        Ending::Truncated => "time limit reached",
        Ending::Terminated => "the tip is up",
    }
}
