//! Catch as a drawing.

use super::{Anchor, CARD, Drawing, INK, ORANGE, Render, Scene, draw_learned, return_so_far};
use crate::Ending;
use crate::catch::ACTIONS;

const MARGIN: f64 = 24.0;
/// Width of the numbers beside the board.
const BESIDE: f64 = 220.0;
/// The longest side of the board.
const BOARD: f64 = 380.0;
/// The least height of the drawing.
const LEAST_HEIGHT: f64 = 260.0;

/// Draws the board of catch with the ball and the paddle, and the learned values as bars.
#[derive(Clone, Copy, Debug)]
pub struct CatchRenderer {
    rows: usize,
    columns: usize,
}

impl CatchRenderer {
    /// Of a board with this many rows and columns.
    pub fn new(rows: usize, columns: usize) -> Self {
        CatchRenderer { rows, columns }
    }

    /// Pixels of a cell.
    fn cell(&self) -> f64 {
        (BOARD / self.rows.max(self.columns).max(1) as f64).min(40.0)
    }

    /// Where the ball (row and column) and the paddle (column) are. In the last row both look alike: the ball keeps the column of
    /// the first observation.
    fn board(&self, scene: &Scene) -> ([usize; 2], usize) {
        let ones = |observation: &[f32]| -> Vec<[usize; 2]> {
            let ones = observation.iter().enumerate().filter(|&(_, &cell)| cell > 0.5);
            ones.map(|(index, _)| [index / self.columns, index % self.columns]).collect()
        };
        let column = scene.path.first().and_then(|first| ones(first).first().copied()).map_or(0, |[_, column]| column);
        let now = ones(scene.observation);
        let last = self.rows - 1;
        let ball = now.iter().copied().find(|&[row, _]| row < last).unwrap_or([last, column]);
        let paddle = now.iter().find(|&&place| place[0] == last && place != ball).map_or(column, |&[_, column]| column);
        (ball, paddle)
    }
}

impl Render for CatchRenderer {
    fn size(&self) -> (u32, u32) {
        let cell = self.cell();
        let width = cell * self.columns as f64 + BESIDE + 3.0 * MARGIN;
        let height = (cell * self.rows as f64 + 2.0 * MARGIN).max(LEAST_HEIGHT);
        (width.ceil() as u32, height.ceil() as u32)
    }

    fn seconds_per_step(&self) -> f64 {
        0.24
    }

    /// The board.
    fn stage(&self) -> [f64; 4] {
        [MARGIN, MARGIN, self.cell() * self.columns as f64, self.cell() * self.rows as f64]
    }

    fn draw(&self, scene: &Scene) -> String {
        let cell = self.cell();
        let (width, height) = (cell * self.columns as f64, cell * self.rows as f64);
        let mut drawing = Drawing::new(self.size());
        let ([row, column], paddle) = self.board(scene);
        drawing.rectangle([MARGIN, MARGIN, width, height], 4.0, CARD);
        for column in 1..self.columns {
            let x = MARGIN + cell * column as f64;
            drawing.line([x, MARGIN, x, MARGIN + height], "#ffffff", 1.5);
        }
        for row in 1..self.rows {
            let y = MARGIN + cell * row as f64;
            drawing.line([MARGIN, y, MARGIN + width, y], "#ffffff", 1.5);
        }
        let at = |row: usize, column: usize| [MARGIN + cell * column as f64, MARGIN + cell * row as f64];
        let [x, y] = at(self.rows - 1, paddle);
        drawing.rectangle([x + 0.06 * cell, y + 0.62 * cell, 0.88 * cell, 0.28 * cell], 0.1 * cell, INK);
        let [x, y] = at(row, column);
        drawing.circle([x + 0.5 * cell, y + if row + 1 == self.rows { 0.34 } else { 0.5 } * cell], 0.28 * cell, ORANGE);
        let beside = 2.0 * MARGIN + width;
        drawing.bold([beside, MARGIN + 8.0], 17.0, Anchor::Start, INK, "catch");
        let facts = [
            format!("step {}", scene.step),
            format!("return {}", return_so_far(scene.total)),
            match scene.ending {
                Ending::Continues => "",
                _ if scene.total > 0.0 => "caught",
                _ => "missed",
            }
            .to_owned(),
        ];
        drawing.facts([beside, MARGIN + 34.0], &facts);
        draw_learned(&mut drawing, [beside, MARGIN + 96.0], BESIDE, &ACTIONS, scene);
        drawing.into_svg()
    }
}
