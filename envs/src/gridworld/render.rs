//! A gridworld as a drawing.

use std::collections::BTreeSet;

use super::map::{Cell, Map, Move, names};
use super::observation::GridworldObservation;
use super::text::Moment;
use crate::Ending;
use crate::render::{
    Anchor, CARD, Drawing, GREEN, INK, Learned, MUTED, ORANGE, Render, Scene, TextDrawing, draw_learned, number,
    return_so_far, sequential, with_minus,
};

const MARGIN: f64 = 24.0;
/// Width of the numbers beside the map.
const BESIDE: f64 = 220.0;
/// The least height of what is drawn.
const LEAST_HEIGHT: f64 = 330.0;
/// The longest side of the map, and of a cell.
const MAP: f64 = 560.0;
const CELL: f64 = 54.0;
/// Cells below this size show no arrows, and below the other one no numbers.
const WITH_ARROWS: f64 = 12.0;
const WITH_NUMBERS: f64 = 44.0;
/// Actions below this probability have no arrow.
pub(super) const LIKELY: f64 = 0.05;
pub(super) const WALL: &str = "#4a4f57";
pub(super) const HOLE: &str = "#1c1e21";
/// The colour of a cell about which nothing is learned.
const UNKNOWN: &str = CARD;

/// Draws a gridworld: its map, the learned value of each cell as a colour, the actions of the policy as arrows, and the path of
/// the agent.
#[derive(Clone, Debug)]
pub(super) struct GridworldRenderer {
    title: &'static str,
    map: Map,
    observation: GridworldObservation,
    /// The moves that are the actions.
    moves: &'static [Move],
    /// The strength of an upward wind in each column; empty where there is none.
    wind: &'static [usize],
}

impl GridworldRenderer {
    pub(super) fn new(
        title: &'static str,
        map: Map,
        observation: GridworldObservation,
        moves: &'static [Move],
    ) -> Self {
        GridworldRenderer { title, map, observation, moves, wind: &[] }
    }

    /// The same with an upward wind of this strength in each column.
    pub(super) fn with_wind(self, wind: &'static [usize]) -> Self {
        GridworldRenderer { wind, ..self }
    }

    /// Pixels of a cell.
    fn cell(&self) -> f64 {
        (MAP / self.map.rows.max(self.map.columns) as f64).min(CELL)
    }

    /// The cells in which an action can be taken.
    fn places(&self) -> Vec<usize> {
        let cells = (0..self.map.places()).map(|place| (place, self.map.cell(place)));
        cells.filter(|&(_, cell)| cell != Cell::Wall && !cell.is_final()).map(|(place, _)| place).collect()
    }

    /// The upper edge of the map: it is centred where it is lower than what stands beside it.
    fn top(&self) -> f64 {
        MARGIN + 0.5 * (LEAST_HEIGHT - self.cell() * self.map.rows as f64).max(0.0)
    }

    fn corner(&self, place: usize) -> [f64; 2] {
        let (row, column) = self.map.position(place);
        [MARGIN + self.cell() * column as f64, self.top() + self.cell() * row as f64]
    }

    fn middle(&self, place: usize) -> [f64; 2] {
        self.corner(place).map(|at| at + 0.5 * self.cell())
    }

    /// Draws what the map has, with the values of the cells as colours.
    fn draw_map(&self, drawing: &mut Drawing, values: &Values) {
        let cell = self.cell();
        let gap = (0.03 * cell).min(1.0);
        for place in 0..self.map.places() {
            let [x, y] = self.corner(place);
            let square = [x + gap, y + gap, cell - 2.0 * gap, cell - 2.0 * gap];
            let kind = self.map.cell(place);
            let colour = match kind {
                Cell::Wall => WALL.to_owned(),
                Cell::Goal => GREEN.to_owned(),
                Cell::Hole => UNKNOWN.to_owned(),
                Cell::Free | Cell::Start => values.colour(place),
            };
            drawing.rectangle(square, (0.05 * cell).min(3.0), &colour);
            let [middle_x, middle_y] = self.middle(place);
            match kind {
                Cell::Hole => drawing.circle([middle_x, middle_y], 0.36 * cell, HOLE),
                Cell::Goal => draw_flag(drawing, [middle_x, middle_y], cell),
                Cell::Start if cell >= WITH_NUMBERS => {
                    let ink = values.ink(place);
                    drawing.bold([x + 5.0, y + 10.0], 11.0, Anchor::Start, ink, "S");
                }
                _ => {}
            }
        }
    }

    /// Draws the wind: as many small arrows in each cell of a column as it moves the agent upwards.
    fn draw_wind(&self, drawing: &mut Drawing) {
        for place in 0..self.map.places() {
            let ([x, y], cell) = (self.corner(place), self.cell());
            let strength = self.wind.get(self.map.position(place).1).copied().unwrap_or(0);
            for arrow in 0..strength {
                let x = x + cell * (0.1 + 0.1 * arrow as f64);
                drawing.arrow([x, y + 0.93 * cell], [x, y + 0.7 * cell], 0.03 * cell, MUTED);
            }
        }
    }

    /// Draws the way so far, each piece of it once.
    fn draw_path(&self, drawing: &mut Drawing, scene: &Scene) {
        let width = (0.12 * self.cell()).max(1.5);
        let places: Vec<usize> = scene.path.iter().filter_map(|seen| self.place(seen)).collect();
        let pieces: BTreeSet<[usize; 2]> = places
            .windows(2)
            .filter(|pair| pair[0] != pair[1])
            .map(|pair| [pair[0].min(pair[1]), pair[0].max(pair[1])])
            .collect();
        let points: Vec<[[f64; 2]; 2]> = pieces.into_iter().map(|ends| ends.map(|place| self.middle(place))).collect();
        for (width, colour) in [(width + (0.05 * self.cell()).min(2.5), "#ffffff"), (width, ORANGE)] {
            for [[x1, y1], [x2, y2]] in &points {
                drawing.line([*x1, *y1, *x2, *y2], colour, width);
            }
        }
    }

    /// Draws an arrow for each likely action in each cell; the likelier it is, the longer its arrow.
    fn draw_policy(&self, drawing: &mut Drawing, scene: &Scene, values: &Values) {
        let cell = self.cell();
        for (&place, learned) in self.places().iter().zip(scene.states) {
            let [x, y] = self.middle(place);
            let likely = learned.policy.iter().zip(self.moves).filter(|&(&probability, _)| probability >= LIKELY);
            for (&probability, &Move { down, right, .. }) in likely {
                let [dx, dy] = [right as f64, down as f64];
                // A lone arrow is centred in its cell; several start from the middle.
                let (from, to) =
                    if probability > 0.99 { (-0.21, 0.21) } else { (0.06, 0.06 + 0.32 * probability.max(0.3)) };
                drawing.arrow(
                    [x + from * cell * dx, y + from * cell * dy],
                    [x + to * cell * dx, y + to * cell * dy],
                    0.055 * cell,
                    values.ink(place),
                );
            }
        }
    }

    fn draw_numbers(&self, drawing: &mut Drawing, values: &Values) {
        for place in self.places() {
            let Some(written) = values.written(place) else { continue };
            let ([x, y], cell) = (self.corner(place), self.cell());
            drawing.text([x + cell - 3.5, y + cell - 8.0], 10.0, Anchor::End, values.ink(place), &written);
        }
    }

    /// The cell of an observation.
    fn place(&self, observation: &[f32]) -> Option<usize> {
        self.observation.place(&self.map, observation)
    }
}

/// A flag around a point.
fn draw_flag(drawing: &mut Drawing, [x, y]: [f64; 2], cell: f64) {
    let white = "#ffffff";
    drawing.line([x - 0.16 * cell, y - 0.28 * cell, x - 0.16 * cell, y + 0.3 * cell], white, (0.06 * cell).max(1.0));
    let flag = [[-0.16, -0.29], [0.24, -0.13], [-0.16, 0.04]].map(|[dx, dy]| [x + dx * cell, y + dy * cell]);
    drawing.polygon(&flag, white);
}

/// The learned values of the cells.
pub(super) struct Values {
    /// One for each cell of the map, where something is learned.
    of_places: Vec<Option<f64>>,
    low: f64,
    high: f64,
}

impl Values {
    pub(super) fn new(map: &Map, places: &[usize], states: &[Learned]) -> Values {
        let mut of_places = vec![None; map.places()];
        for (&place, learned) in places.iter().zip(states) {
            of_places[place] = learned.state_value().map(f64::from).filter(|value| value.is_finite());
        }
        let known = || of_places.iter().flatten().copied();
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        Values { low, high, of_places }
    }

    fn are_known(&self) -> bool {
        self.low <= self.high
    }

    /// From 0 for the lowest value to 1 for the highest.
    fn share(&self, place: usize) -> Option<f64> {
        let value = self.of_places[place]?;
        Some(if self.high > self.low { (value - self.low) / (self.high - self.low) } else { 0.0 })
    }

    pub(super) fn colour(&self, place: usize) -> String {
        self.share(place).map_or(UNKNOWN.to_owned(), sequential)
    }

    /// The value in few characters.
    pub(super) fn written(&self, place: usize) -> Option<String> {
        let value = self.of_places[place]?;
        Some(with_minus(&if value.abs() < 9.995 { format!("{value:.2}") } else { format!("{value:.0}") }))
    }

    /// The colour of text and arrows in a cell.
    pub(super) fn ink(&self, place: usize) -> &'static str {
        if self.share(place).is_some_and(|share| share > 0.6) { "#ffffff" } else { INK }
    }
}

impl Render for GridworldRenderer {
    fn size(&self) -> (u32, u32) {
        let width = self.cell() * self.map.columns as f64 + BESIDE + 3.0 * MARGIN;
        let height = (self.cell() * self.map.rows as f64).max(LEAST_HEIGHT) + 2.0 * MARGIN;
        (width.ceil() as u32, height.ceil() as u32)
    }

    fn seconds_per_step(&self) -> f64 {
        0.32
    }

    fn states(&self) -> Vec<Vec<f32>> {
        self.places().into_iter().map(|place| self.observation.of(&self.map, place)).collect()
    }

    /// The map.
    fn stage(&self) -> [f64; 4] {
        let [rows, columns] = [self.map.rows, self.map.columns].map(|side| self.cell() * side as f64);
        [MARGIN, self.top(), columns, rows]
    }

    /// The map with an arrow in each cell: in a terminal, drawn ones could not be read.
    fn text(&self, scene: &Scene, columns: usize, rows: usize) -> Option<TextDrawing> {
        let (map, places) = (&self.map, self.places());
        let path = scene.path.iter().filter_map(|seen| self.place(seen)).collect();
        let values = Values::new(map, &places, scene.states);
        Moment { map, moves: self.moves, path, places: &places, states: scene.states, values }.draw(columns, rows)
    }

    fn draw(&self, scene: &Scene) -> String {
        let mut drawing = Drawing::new(self.size());
        let cell = self.cell();
        let values = Values::new(&self.map, &self.places(), scene.states);
        self.draw_map(&mut drawing, &values);
        self.draw_wind(&mut drawing);
        self.draw_path(&mut drawing, scene);
        if cell >= WITH_ARROWS {
            self.draw_policy(&mut drawing, scene, &values);
        }
        if cell >= WITH_NUMBERS {
            self.draw_numbers(&mut drawing, &values);
        }
        let here = self.place(scene.observation);
        if let Some(place) = here {
            drawing.circle(self.middle(place), 0.27 * cell, "#ffffff");
            drawing.circle(self.middle(place), 0.23 * cell, ORANGE);
        }
        let x = 2.0 * MARGIN + cell * self.map.columns as f64;
        drawing.bold([x, MARGIN + 8.0], 17.0, Anchor::Start, INK, self.title);
        let facts = [
            format!("step {}", scene.step),
            format!("return {}", return_so_far(scene.total)),
            match (scene.ending, here.map(|place| self.map.cell(place))) {
                (Ending::Continues, _) => "",
                (Ending::Truncated, _) => "time limit reached",
                (Ending::Terminated, Some(Cell::Hole)) => "fell into a hole",
                (Ending::Terminated, Some(Cell::Goal)) => "goal reached",
                (Ending::Terminated, _) => "over",
            }
            .to_owned(),
        ];
        drawing.facts([x, MARGIN + 34.0], &facts);
        let y = draw_learned(&mut drawing, [x, MARGIN + 96.0], BESIDE, &names(self.moves), scene);
        if values.are_known() {
            draw_scale(&mut drawing, [x, y + 14.0], &values);
        }
        drawing.into_svg()
    }
}

/// The colours of the values, and the values of their ends.
fn draw_scale(drawing: &mut Drawing, [x, y]: [f64; 2], values: &Values) {
    const STEPS: usize = 44;
    drawing.text([x, y + 8.0], 13.0, Anchor::Start, MUTED, "value of a cell");
    let width = BESIDE / STEPS as f64;
    for step in 0..STEPS {
        let colour = sequential(step as f64 / (STEPS - 1) as f64);
        // A little wider than its part, so that no paper shows between two.
        drawing.rectangle([x + width * step as f64, y + 20.0, width + 0.5, 13.0], 0.0, &colour);
    }
    drawing.text([x, y + 45.0], 13.0, Anchor::Start, INK, &number(values.low));
    drawing.text([x + BESIDE, y + 45.0], 13.0, Anchor::End, INK, &number(values.high));
}
