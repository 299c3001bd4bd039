//! The taxi as a drawing.

use super::TaxiObservation;
use super::ride::{ACTIONS, PADS, Ride, SIDE, wall_east_of};
use crate::Ending;
use crate::render::{Anchor, CARD, Drawing, INK, MUTED, ORANGE, Render, Scene, draw_learned, return_so_far};

const MARGIN: f64 = 24.0;
/// Width of the numbers beside the map.
const BESIDE: f64 = 220.0;
const CELL: f64 = 64.0;
const MAP: f64 = CELL * SIDE as f64;
/// The letter and the colour of each pad.
const MARKS: [(&str, &str); 4] = [("R", "#bd1f01"), ("G", "#2f8f5b"), ("Y", "#b59b00"), ("B", "#3f90da")];
const NAMES: [&str; 4] = ["red", "green", "yellow", "blue"];

/// Draws the map with its pads and walls, the taxi and the passenger. The destination has a frame.
pub(super) struct TaxiRenderer {
    observation: TaxiObservation,
}

impl TaxiRenderer {
    pub(super) fn new(observation: TaxiObservation) -> Self {
        TaxiRenderer { observation }
    }
}

fn corner(row: usize, column: usize) -> [f64; 2] {
    [MARGIN + CELL * column as f64, MARGIN + CELL * row as f64]
}

fn draw_map(drawing: &mut Drawing) {
    for (row, column) in (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column))) {
        let [x, y] = corner(row, column);
        drawing.rectangle([x + 1.0, y + 1.0, CELL - 2.0, CELL - 2.0], 3.0, CARD);
    }
    for ((row, column), (letter, colour)) in PADS.into_iter().zip(MARKS) {
        let [x, y] = corner(row, column);
        drawing.rectangle([x + 7.0, y + 7.0, CELL - 14.0, CELL - 14.0], 5.0, colour);
        drawing.bold([x + 13.0, y + 16.0], 13.0, Anchor::Start, "#ffffff", letter);
    }
    for (row, column) in (0..SIDE).flat_map(|row| (0..SIDE - 1).map(move |column| (row, column))) {
        if wall_east_of(row, column) {
            let [x, y] = corner(row, column + 1);
            drawing.line([x, y + 3.0, x, y + CELL - 3.0], INK, 5.0);
        }
    }
}

fn draw_ride(drawing: &mut Drawing, ride: Ride) {
    let (row, column) = PADS[ride.destination];
    let [left, top] = corner(row, column).map(|at| at + 4.0);
    let [right, bottom] = [left + CELL - 8.0, top + CELL - 8.0];
    for side in
        [[left, top, right, top], [right, top, right, bottom], [right, bottom, left, bottom], [left, bottom, left, top]]
    {
        drawing.line(side, INK, 3.0);
    }
    let [x, y] = corner(ride.row, ride.column).map(|at| at + 0.5 * CELL);
    drawing.rectangle([x - 21.0, y - 8.0, 42.0, 20.0], 6.0, ORANGE);
    drawing.rectangle([x - 12.0, y - 17.0, 24.0, 12.0], 4.0, ORANGE);
    [-11.0, 11.0].iter().for_each(|wheel| drawing.circle([x + wheel, y + 13.0], 5.0, INK));
    let [x, y] = match PADS.get(ride.passenger) {
        Some(&(row, column)) => {
            let [x, y] = corner(row, column);
            [x + CELL - 18.0, y + CELL - 18.0]
        }
        None => [x, y - 8.0],
    };
    drawing.circle([x, y], 8.0, "#ffffff");
    drawing.circle([x, y], 6.0, INK);
}

impl Render for TaxiRenderer {
    fn size(&self) -> (u32, u32) {
        ((MAP + BESIDE + 3.0 * MARGIN) as u32, (MAP + 2.0 * MARGIN) as u32)
    }

    fn seconds_per_step(&self) -> f64 {
        0.32
    }

    /// The map.
    fn stage(&self) -> [f64; 4] {
        [MARGIN, MARGIN, MAP, MAP]
    }

    fn draw(&self, scene: &Scene) -> String {
        let mut drawing = Drawing::new(self.size());
        draw_map(&mut drawing);
        let beside = 2.0 * MARGIN + MAP;
        drawing.bold([beside, MARGIN + 8.0], 17.0, Anchor::Start, INK, "taxi");
        let facts = [format!("step {}", scene.step), format!("return {}", return_so_far(scene.total))];
        drawing.facts([beside, MARGIN + 34.0], &facts);
        if let Some(ride) = self.observation.ride(scene.observation) {
            draw_ride(&mut drawing, ride);
            let place = match NAMES.get(ride.passenger) {
                Some(pad) => format!("on {pad}"),
                None => "in the taxi".to_owned(),
            };
            let news = match scene.ending {
                Ending::Continues => format!("passenger {place}, to {}", NAMES[ride.destination]),
                Ending::Truncated => "time limit reached".to_owned(),
                Ending::Terminated => "passenger at the destination".to_owned(),
            };
            drawing.text([beside, MARGIN + 76.0], 14.0, Anchor::Start, MUTED, &news);
        }
        draw_learned(&mut drawing, [beside, MARGIN + 96.0], BESIDE, &ACTIONS, scene);
        drawing.into_svg()
    }
}
