//! Catch: move a paddle under a falling ball.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::Part;
use crate::render::{CatchRenderer, Render};
use crate::{
    ConfigError, Ending, Env, Environment, Outcome, Rng, Space, StateError, Step, TransitionModel, saved_state,
};

const LEFT: usize = 0;
const STAY: usize = 1;
const RIGHT: usize = 2;
pub(crate) const ACTIONS: [&str; 3] = ["left", "stay", "right"];

/// The largest number of rows, and of columns. A larger one is most likely a typing error.
const MAX_SIDE: usize = 1_000;

/// The most cells in all boards of an exact model, which stores the board of each of its states: 4 MB.
const MAX_CELLS: usize = 1_000_000;

/// The settings of catch.
///
/// There is an exact model if the boards of all states together (rows × columns × columns boards) have at most a million cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CatchConfig {
    /// Rows of the board. The ball falls by one row in each step, so an episode has `rows - 1` steps.
    #[schemars(range(min = 2, max = 1_000))]
    pub rows: usize,
    /// Columns of the board.
    #[schemars(range(min = 1, max = 1_000))]
    pub columns: usize,
}

impl Default for CatchConfig {
    fn default() -> Self {
        CatchConfig { rows: 10, columns: 5 }
    }
}

impl Part for CatchConfig {
    const ID: &'static str = "catch";
    const SUMMARY: &'static str = "catch a falling ball with a paddle, seen as a board of cells; bsuite's Catch";
}

impl Environment for CatchConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        check("rows", 2, self.rows)?;
        check("columns", 1, self.columns)?;
        Ok(Box::new(Catch::new(self.rows, self.columns)))
    }

    /// The best possible return: 1, unless the board is so wide and low that the paddle cannot reach some balls.
    fn reward_threshold(&self) -> Option<f64> {
        let middle = self.columns / 2;
        let reach = self.rows.saturating_sub(1);
        let caught = (0..self.columns).filter(|column| column.abs_diff(middle) <= reach).count();
        Some((2.0 * caught as f64 - self.columns as f64) / self.columns as f64)
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(CatchRenderer::new(self.rows, self.columns)))
    }

    fn action_names(&self) -> Vec<String> {
        ACTIONS.map(str::to_owned).to_vec()
    }
}

fn check(key: &str, least: usize, value: usize) -> Result<(), ConfigError> {
    if (least..=MAX_SIDE).contains(&value) {
        Ok(())
    } else {
        Err(ConfigError::new(key, format!("must be a whole number from {least} to {MAX_SIDE}, not {value}")))
    }
}

/// The ball and the paddle.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Board {
    ball_row: usize,
    ball_column: usize,
    /// The paddle's column; its row is the last one.
    paddle: usize,
}

impl Board {
    /// The paddle moves, and the ball falls by a row.
    fn after(self, action: usize, columns: usize) -> Board {
        let paddle = match action {
            LEFT => self.paddle.saturating_sub(1),
            STAY => self.paddle,
            RIGHT => (self.paddle + 1).min(columns - 1),
            _ => panic!("catch has actions 0 to 2"),
        };
        Board { ball_row: self.ball_row + 1, paddle, ..self }
    }

    /// The reward of the step that led here, and whether it ended the episode.
    fn step(&self, rows: usize) -> Step {
        if self.ball_row + 1 < rows {
            return Step { reward: 0.0, ending: Ending::Continues };
        }
        let caught = self.ball_column == self.paddle;
        Step { reward: if caught { 1.0 } else { -1.0 }, ending: Ending::Terminated }
    }

    /// Writes the board: ones at the ball and the paddle, zeros elsewhere.
    fn write(&self, rows: usize, columns: usize, cells: &mut [f32]) {
        assert!(cells.len() == rows * columns, "an observation of this board has {rows} × {columns} numbers");
        cells.fill(0.0);
        cells[self.ball_row * columns + self.ball_column] = 1.0;
        cells[(rows - 1) * columns + self.paddle] = 1.0;
    }
}

/// A ball falls down a board, and a paddle in the last row may catch it.
///
/// The game is that of Mnih, Heess, Graves & Kavukcuoglu, "Recurrent Models of Visual Attention", 2014, in the form of bsuite's
/// Catch (Osband et al., "Behaviour Suite for Reinforcement Learning", 2020): same board, actions, order of moves and rewards.
///
/// Observation: the board, `[rows, columns, 1]`, with ones at the ball and the paddle. Actions: 0 left, 1 stay, 2 right; the
/// paddle stays on the board. In each step the paddle moves and the ball falls by a row. The episode terminates when the ball is
/// in the paddle's row, with a reward of 1 where it is caught and −1 where it is not; all other rewards are 0.
///
/// A reset puts the ball at the top and the paddle in the middle (column `columns / 2`). It draws one number u in [0, 1), and the
/// ball's column is ⌊u · columns⌋; bsuite draws the column with NumPy's older generator. A step draws nothing.
///
/// Saved state: the ball's row and column, the paddle's column; 1 while an episode is running, else 0.
#[derive(Clone, Debug)]
pub struct Catch {
    rows: usize,
    columns: usize,
    board: Board,
    running: bool,
    space: Space,
}

impl Catch {
    /// A board before its first reset.
    ///
    /// # Panics
    /// If the board has no column, or fewer than two rows. [`CatchConfig`] is checked for that.
    pub fn new(rows: usize, columns: usize) -> Self {
        assert!(rows > 1 && columns > 0, "the ball needs a column to fall down, and two rows or more");
        let space = Space::MultiBinary { shape: vec![rows, columns, 1] };
        let board = Board { ball_row: 0, ball_column: 0, paddle: columns / 2 };
        Catch { rows, columns, board, running: false, space }
    }

    fn first(&self, ball_column: usize) -> Board {
        Board { ball_row: 0, ball_column, paddle: self.columns / 2 }
    }

    /// Every distinguishable board, as the agent sees it. When the ball is in the last row, the ball and the paddle are two equal
    /// ones. Both boards that look so are one state, the one with the ball on the left; it is terminal, so nothing depends on it.
    fn boards(&self) -> Vec<Board> {
        let mut boards = Vec::new();
        for ball_row in 0..self.rows {
            for ball_column in 0..self.columns {
                let first = if ball_row + 1 == self.rows { ball_column } else { 0 };
                boards.extend((first..self.columns).map(|paddle| Board { ball_row, ball_column, paddle }));
            }
        }
        boards
    }

    /// The number of a board in [`Catch::boards`].
    fn number(&self, board: Board) -> usize {
        let Board { ball_row, ball_column, paddle } = board;
        if ball_row + 1 < self.rows {
            return (ball_row * self.columns + ball_column) * self.columns + paddle;
        }
        let (left, right) = (ball_column.min(paddle), ball_column.max(paddle));
        // The rows of a triangle before `left` have `columns`, `columns - 1`, … boards.
        let before = left * self.columns - left * left.saturating_sub(1) / 2;
        (self.rows - 1) * self.columns * self.columns + before + (right - left)
    }

    fn observation(&self, board: &Board) -> Vec<f32> {
        let mut cells = vec![0.0; self.rows * self.columns];
        board.write(self.rows, self.columns, &mut cells);
        cells
    }
}

impl Env for Catch {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        3
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        self.board = self.first((rng.random() * self.columns as f64) as usize);
        self.running = true;
        self.board.write(self.rows, self.columns, observation);
    }

    fn step(&mut self, action: usize, _: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.running, "no episode is running: reset the environment before the next step");
        self.board = self.board.after(action, self.columns);
        self.board.write(self.rows, self.columns, observation);
        let step = self.board.step(self.rows);
        self.running = !step.ending.is_over();
        step
    }

    fn is_running(&self) -> bool {
        self.running
    }

    fn state(&self) -> Vec<f64> {
        let Board { ball_row, ball_column, paddle } = self.board;
        vec![ball_row as f64, ball_column as f64, paddle as f64, f64::from(self.running)]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let [ball_row, ball_column, paddle, running] = saved_state::of_length(state, "catch")?;
        let board = Board {
            ball_row: saved_state::whole(ball_row, self.rows - 1, "the ball's row")?,
            ball_column: saved_state::whole(ball_column, self.columns - 1, "the ball's column")?,
            paddle: saved_state::whole(paddle, self.columns - 1, "the paddle's column")?,
        };
        let running = saved_state::flag(running, "whether an episode is running")?;
        if running && board.ball_row + 1 == self.rows {
            return Err(StateError("no episode of catch can be running with the ball in the last row".to_owned()));
        }
        (self.board, self.running) = (board, running);
        Ok(())
    }

    /// `None` if there are too many states: the model stores the board of each.
    fn model(&self) -> Option<TransitionModel> {
        if (self.rows * self.columns).pow(2) * self.columns > MAX_CELLS {
            return None;
        }
        let boards = self.boards();
        let observations = boards.iter().map(|board| self.observation(board)).collect();
        let chance = 1.0 / self.columns as f64;
        let start = (0..self.columns).map(|column| (self.number(self.first(column)), chance)).collect();
        Some(TransitionModel::new(self.actions(), observations, start, |state, action| {
            if boards[state].ball_row + 1 == self.rows {
                return Vec::new();
            }
            let next = boards[state].after(action, self.columns);
            let Step { reward, ending } = next.step(self.rows);
            let terminated = ending == Ending::Terminated;
            vec![Outcome { probability: 1.0, next: self.number(next), reward: f64::from(reward), terminated }]
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value_iteration;

    #[test]
    fn every_board_has_the_number_of_its_place() {
        for (rows, columns) in [(2, 1), (2, 4), (10, 5), (3, 6)] {
            let env = Catch::new(rows, columns);
            let boards = env.boards();
            assert_eq!(boards.len(), (rows - 1) * columns * columns + columns * (columns + 1) / 2);
            for (number, &board) in boards.iter().enumerate() {
                assert_eq!(env.number(board), number, "{board:?} of {rows} × {columns}");
                if board.ball_row + 1 == rows {
                    let mirrored = Board { ball_column: board.paddle, paddle: board.ball_column, ..board };
                    assert_eq!(env.number(mirrored), number, "the two ones of {board:?} look alike");
                }
            }
        }
    }

    /// The only reward comes with the ninth step, and every ball can be caught.
    #[test]
    fn the_optimal_value_of_a_start_is_the_reward_discounted_eight_times() {
        let model = Catch::new(10, 5).model().unwrap();
        let optimal = value_iteration(&model, 0.9).unwrap().state_values();
        for &(state, probability) in model.start() {
            assert_eq!(probability, 0.2);
            assert!((optimal[state] - 0.9f64.powi(8)).abs() < 1e-12, "{}", optimal[state]);
        }
    }

    #[test]
    fn large_boards_have_no_model() {
        assert_eq!(Catch::new(30, 10).model().map(|model| model.states()), Some(29 * 100 + 55));
        assert!(Catch::new(32, 10).model().is_none());
    }

    #[test]
    fn the_best_return_counts_the_balls_within_reach() {
        let best = |rows, columns| CatchConfig { rows, columns }.reward_threshold().unwrap();
        assert_eq!((best(10, 5), best(2, 1), best(2, 3)), (1.0, 1.0, 1.0));
        // The paddle reaches columns 1, 2 and 3 of five in one step: three caught, two missed.
        assert_eq!(best(2, 5), 0.2);
        // It starts in column 2 of four and reaches columns 1, 2 and 3.
        assert_eq!(best(2, 4), 0.5);
    }
}
