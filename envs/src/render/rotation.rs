//! What turns about a fixed axis under a torque or a voltage, as a drawing.

use super::turn::draw_turn;
use super::{
    Anchor, BLUE, CARD, Drawing, GREEN, GREY, INK, ORANGE, Render, Scene, draw_learned, return_so_far, with_minus,
};
use crate::Ending;

const WIDTH: u32 = 640;
const LEAST_HEIGHT: f64 = 390.0;
/// The axis.
const AXIS: [f64; 2] = [170.0, 250.0];
/// The length of what turns.
const RADIUS: f64 = 100.0;
/// Height of the titles above the learned values, and of each of their rows.
const ROWS: [f64; 2] = [110.0, 21.0];

/// What turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// A rod that is held at one end.
    Rod,
    /// A disc with a weight at its rim.
    Weight,
    /// A disc with a line from its centre.
    Shaft,
}

/// Draws a body that turns about a fixed axis and should stand upright: its angle, the torque or voltage as an arrow, time and
/// return, and the learned values as bars.
#[derive(Clone, Debug)]
pub struct RotationRenderer {
    /// The environment's name.
    pub title: &'static str,
    /// What turns.
    pub body: Body,
    /// The angle in rad, counter-clockwise from upright, of an observation.
    pub angle: fn(&[f32]) -> f64,
    /// The torque or voltage of each action.
    pub inputs: Vec<f64>,
    /// The names of the actions.
    pub names: Vec<String>,
    /// Seconds of a step.
    pub seconds: f64,
}

impl Render for RotationRenderer {
    fn size(&self) -> (u32, u32) {
        let [titles, row] = ROWS;
        (WIDTH, (titles + row * self.names.len() as f64).max(LEAST_HEIGHT).ceil() as u32)
    }

    /// As in the physics.
    fn seconds_per_step(&self) -> f64 {
        self.seconds
    }

    /// Around the arrow of the torque.
    fn stage(&self) -> [f64; 4] {
        let side = RADIUS + 36.0;
        [AXIS[0] - side, AXIS[1] - side, 2.0 * side, 2.0 * side]
    }

    fn draw(&self, scene: &Scene) -> String {
        let angle = (self.angle)(scene.observation);
        let mut drawing = Drawing::new(self.size());
        drawing.bold([24.0, 30.0], 17.0, Anchor::Start, INK, self.title);
        let facts = [
            format!("time {:.2} s", scene.step as f64 * self.seconds),
            format!("return {}", return_so_far(scene.total)),
            if scene.ending == Ending::Continues { String::new() } else { "time limit reached".to_owned() },
        ];
        drawing.facts([24.0, 55.0], &facts);
        let degrees = with_minus(&format!("{:.0}", angle.to_degrees()));
        drawing.text([290.0, 55.0], 14.0, Anchor::End, INK, &format!("angle {degrees}°"));
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        draw_learned(&mut drawing, [330.0, 19.0], 286.0, &names, scene);
        self.draw_body(&mut drawing, angle);
        if let Some(action) = scene.action {
            let largest = self.inputs.iter().fold(0.0, |largest: f64, input| largest.max(input.abs()));
            let share = if largest > 0.0 { self.inputs[action] / largest } else { 0.0 };
            draw_turn(&mut drawing, AXIS, RADIUS + 22.0, share, ORANGE);
        }
        drawing.into_svg()
    }
}

impl RotationRenderer {
    fn draw_body(&self, drawing: &mut Drawing, angle: f64) {
        let [x, y] = AXIS;
        let at = |radius: f64| [x - radius * angle.sin(), y - radius * angle.cos()];
        drawing.line([x, y - RADIUS - 14.0, x, y - RADIUS - 4.0], GREEN, 4.0);
        let line_to = |drawing: &mut Drawing, radius: f64, colour: &str, width: f64| {
            let [end_x, end_y] = at(radius);
            drawing.line([x, y, end_x, end_y], colour, width);
        };
        match self.body {
            Body::Rod => line_to(drawing, RADIUS - 8.0, BLUE, 16.0),
            Body::Weight => {
                drawing.circle(AXIS, RADIUS, CARD);
                line_to(drawing, 0.75 * RADIUS, GREY, 4.0);
                drawing.circle(at(0.75 * RADIUS), 14.0, BLUE);
            }
            Body::Shaft => {
                drawing.circle(AXIS, RADIUS, CARD);
                line_to(drawing, RADIUS - 4.0, BLUE, 6.0);
            }
        }
        drawing.circle(AXIS, 5.0, INK);
    }
}
