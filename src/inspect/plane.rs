//! A plane through the space of observations: two components vary, the others are kept.

use tilde_envs::{Component, Env, EnvConfig, Space, decision_states};

use crate::chart::{Axis, Overlay};
use crate::text::counted;

/// How many observations [`Others::Averaged`] averages over at most.
const MAX_BASES: usize = 64;
/// A component that takes whole numbers has a cell for each of them, up to this many.
const MAX_WHOLE: usize = 128;
/// A side of whole numbers has a tick for each of them, up to this many.
const MAX_TICKS: usize = 12;
/// How far a component without bounds is shown beyond what was visited: this share of it on both sides.
const WIDENED: f64 = 0.25;

/// The components that do not vary in a plane.
#[derive(Clone, Debug, PartialEq)]
pub enum Others {
    /// Those of this observation.
    Fixed(Vec<f32>),
    /// Each is the median over visited states.
    Median,
    /// What is learned is averaged over visited states: over up to 64 of them, evenly spaced.
    Averaged,
}

/// Cells over two components of an observation.
#[derive(Clone, Debug)]
pub struct Plane {
    /// The horizontal and the vertical component.
    axes: [usize; 2],
    sides: [Side; 2],
    /// Observations from which the other components are taken.
    bases: Vec<Vec<f32>>,
    /// What is done with the other components, in words; empty if there are none.
    others: String,
    /// For a finite environment, whether an action can be taken in the cell.
    possible: Option<Vec<bool>>,
}

/// One side of the plane.
#[derive(Clone, Debug)]
struct Side {
    component: Component,
    /// Both ends, the outer edges of the first and the last cell.
    ends: (f64, f64),
    cells: usize,
    /// Whether the component takes whole numbers.
    whole: bool,
}

impl Side {
    /// The component in the middle of a cell.
    fn value(&self, cell: usize) -> f32 {
        let (low, high) = self.ends;
        let middle = low + (high - low) * (cell as f64 + 0.5) / self.cells as f64;
        (if self.whole { middle.round() } else { middle }) as f32
    }

    /// The cell of a component, if it is in one.
    fn cell(&self, value: f32) -> Option<usize> {
        let (low, high) = self.ends;
        let place = (f64::from(value) - low) / (high - low) * self.cells as f64;
        (0.0..self.cells as f64).contains(&place).then_some(place as usize)
    }

    fn axis(&self) -> Axis {
        let axis = Axis::new(&self.component.name).between(self.ends.0, self.ends.1);
        let every = self.whole && self.cells <= MAX_TICKS && self.ends.1 - self.ends.0 == self.cells as f64;
        let tick = |cell: usize| (f64::from(self.value(cell)), self.value(cell).to_string());
        if every { axis.with_ticks((0..self.cells).map(tick).collect()) } else { axis }
    }
}

impl Plane {
    /// The plane over the components `axes`, horizontal and vertical, of an environment's observations. `None` takes those of
    /// [`Environment::map_axes`], else those that vary most over `visited`, states of greedy episodes for example. A side has
    /// `cells` cells, or one for each whole number where the component takes no others. It is as long as
    /// [`Component::range`] or the space says, else a little longer than what was visited.
    ///
    /// [`Environment::map_axes`]: tilde_envs::Environment::map_axes
    ///
    /// # Errors
    /// If observations are boards, images or single numbers, if a component does not exist, or if nothing was visited where that is
    /// needed; the message has the remedy.
    pub fn new(
        env: &EnvConfig,
        axes: Option<[usize; 2]>,
        others: &Others,
        visited: &[Vec<f32>],
        cells: usize,
    ) -> Result<Plane, String> {
        let id = env.id();
        let built = env.build().map_err(|error| format!("env.{id}.{error}"))?;
        let space = built.observation_space();
        let length = space.len();
        check_space(id, space)?;
        let visited: Vec<&Vec<f32>> = visited.iter().filter(|state| state.len() == length).collect();
        let axes = axes.or_else(|| env.map_axes()).unwrap_or_else(|| most_varied(space, &visited));
        if axes[0] == axes[1] || axes.iter().any(|&axis| axis >= length) {
            return Err(format!(
                "{} and {} are not two components of an observation of `{id}`: choose two different numbers from 0 to {}",
                axes[0],
                axes[1],
                length - 1
            ));
        }
        let names = env.components();
        let component = |axis: usize| names.get(axis).cloned().unwrap_or_else(|| Component::new(&unnamed(axis)));
        let side = |axis: usize| Side::new(component(axis), space, axis, &visited, cells);
        let sides = [side(axes[0]), side(axes[1])];
        let kept = (0..length).filter(|axis| !axes.contains(axis));
        let kept: Vec<String> = kept.map(|axis| without_unit(&component(axis).name)).collect();
        let (bases, how) = bases(others, &visited, length).map_err(|why| format!("`{id}`: {why}"))?;
        let others = if kept.is_empty() { String::new() } else { format!("{} {how}", listed(&kept)) };
        let bases = if kept.is_empty() { bases.into_iter().take(1).collect() } else { bases };
        let mut plane = Plane { axes, sides, bases, others, possible: None };
        plane.possible = plane.possible_in(built.as_ref());
        Ok(plane)
    }

    /// Cells beside each other.
    pub fn columns(&self) -> usize {
        self.sides[0].cells
    }

    /// Cells above each other.
    pub fn rows(&self) -> usize {
        self.sides[1].cells
    }

    /// What is done with the components that do not vary, in words; empty if there are none.
    pub fn others(&self) -> &str {
        &self.others
    }

    /// The names of the horizontal and the vertical component.
    pub fn names(&self) -> [&str; 2] {
        [&self.sides[0].component.name, &self.sides[1].component.name]
    }

    /// The observations in the middle of a cell: one, or those that are averaged over. There are none where no action can be taken.
    pub fn observations(&self, row: usize, column: usize) -> impl Iterator<Item = Vec<f32>> {
        let possible = self.possible.as_ref().is_none_or(|possible| possible[row * self.columns() + column]);
        let values = [self.sides[0].value(column), self.sides[1].value(row)];
        self.bases.iter().filter(move |_| possible).map(move |base| {
            let mut observation = base.clone();
            self.axes.iter().zip(values).for_each(|(&axis, value)| observation[axis] = value);
            observation
        })
    }

    /// States of an episode over a map of the plane: a line from cell to cell of a grid, else dots.
    pub fn overlay(&self, states: &[Vec<f32>]) -> Overlay {
        let [x, y] = self.axes;
        let place = |state: &Vec<f32>| Some((f64::from(*state.get(x)?), f64::from(*state.get(y)?)));
        let places = states.iter().filter_map(place).collect();
        if self.is_grid() { Overlay::Line(places) } else { Overlay::Dots(places) }
    }

    /// The horizontal and the vertical axis.
    pub fn chart_axes(&self) -> [Axis; 2] {
        [self.sides[0].axis(), self.sides[1].axis()]
    }

    /// Whether the first row is at the top of a drawing.
    pub fn from_top(&self) -> bool {
        self.sides[1].component.downwards
    }

    /// Whether both components take whole numbers, so that cells are drawn as squares.
    pub fn is_grid(&self) -> bool {
        self.sides.iter().all(|side| side.whole)
    }

    /// For a finite environment with two components, the cells of its decision states.
    fn possible_in(&self, env: &dyn Env) -> Option<Vec<bool>> {
        let model = env.model().filter(|_| self.is_grid() && env.observation_space().len() == 2)?;
        let mut possible = vec![false; self.rows() * self.columns()];
        for state in decision_states(&model) {
            let [column, row] = [0, 1].map(|side| self.sides[side].cell(model.observation(state)[self.axes[side]]));
            if let (Some(column), Some(row)) = (column, row) {
                possible[row * self.columns() + column] = true;
            }
        }
        Some(possible)
    }
}

impl Side {
    fn new(component: Component, space: &Space, axis: usize, visited: &[&Vec<f32>], cells: usize) -> Side {
        let (low, high) = component.range.unwrap_or_else(|| space.bounds(axis));
        if matches!(space, Space::MultiDiscrete { .. }) {
            let numbers = (high - low) as usize + 1;
            let cells = if numbers <= MAX_WHOLE { numbers } else { cells.min(numbers) };
            return Side { component, ends: (f64::from(low) - 0.5, f64::from(high) + 0.5), cells, whole: true };
        }
        let seen = || visited.iter().map(|state| f64::from(state[axis])).filter(|value| value.is_finite());
        let (least, most) = (seen().fold(f64::INFINITY, f64::min), seen().fold(f64::NEG_INFINITY, f64::max));
        let (least, most) = if least > most { (-1.0, 1.0) } else { (least, most) };
        let margin = if most > least { WIDENED * (most - least) } else { 0.5 * most.abs().max(1.0) };
        let low = if low.is_finite() { f64::from(low) } else { (least - margin).min(f64::from(high)) };
        let high = if high.is_finite() { f64::from(high) } else { (most + margin).max(low) };
        let high = if high > low { high } else { low + 1.0 };
        Side { component, ends: (low, high), cells: cells.max(1), whole: false }
    }
}

/// Refuses observations of which no two components can be varied.
fn check_space(id: &str, space: &Space) -> Result<(), String> {
    let kind = match space {
        Space::MultiBinary { .. } => "boards of zeros and ones",
        Space::Image { .. } => "images",
        _ if space.len() < 2 => {
            return Err(format!(
                "observations of `{id}` are single numbers, {space}: a map needs an environment with two or more of them"
            ));
        }
        _ => return Ok(()),
    };
    Err(format!(
        "observations of `{id}` are {kind}, {space}: a map over two of their cells would show states that do not occur; `tilde \
         evaluate RUN_DIR --gif FILE` shows what was learned along an episode"
    ))
}

/// The two components that vary most over the visited states, as a share of their ranges; those without bounds come first.
fn most_varied(space: &Space, visited: &[&Vec<f32>]) -> [usize; 2] {
    let share = |axis: usize| {
        let seen = || visited.iter().map(|state| f64::from(state[axis]));
        let spread = seen().fold(f64::NEG_INFINITY, f64::max) - seen().fold(f64::INFINITY, f64::min);
        let (low, high) = space.bounds(axis);
        let range = f64::from(high) - f64::from(low);
        if range.is_finite() { spread / range } else { f64::from(u8::from(spread > 0.0)) }
    };
    let mut axes: Vec<usize> = (0..space.len()).collect();
    axes.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
    let mut first = [axes[0], axes[1]];
    first.sort_unstable();
    first
}

/// The observations from which the other components are taken, and how, in words.
fn bases(others: &Others, visited: &[&Vec<f32>], length: usize) -> Result<(Vec<Vec<f32>>, &'static str), String> {
    if let Others::Fixed(state) = others {
        return match state.len() {
            count if count == length => Ok((vec![state.clone()], "as chosen")),
            count => Err(format!(
                "the fixed state has {}, and an observation has {length}: give them all",
                counted(count, "component")
            )),
        };
    }
    if visited.is_empty() {
        // With two components there are no others, and nothing has to be known of them.
        return match length {
            2 => Ok((vec![vec![0.0; 2]], "")),
            _ => {
                Err("no state was visited that the other components could be taken from: play an episode first"
                    .to_owned())
            }
        };
    }
    Ok(match others {
        Others::Averaged => {
            let count = visited.len().min(MAX_BASES);
            let chosen = (0..count).map(|index| visited[index * visited.len() / count].clone());
            (chosen.collect(), "averaged over visited states")
        }
        _ => ((vec![(0..length).map(|axis| median(visited, axis)).collect()]), "at the median of visited states"),
    })
}

/// The median of a component; of an even number of states the lower middle one, so that it is a value that occurred.
fn median(visited: &[&Vec<f32>], axis: usize) -> f32 {
    let mut values: Vec<f32> = visited.iter().map(|state| state[axis]).collect();
    values.sort_by(f32::total_cmp);
    values[(values.len() - 1) / 2]
}

/// The name of a component without a name: `x₂`.
fn unnamed(axis: usize) -> String {
    let digits = axis
        .to_string()
        .chars()
        .map(|digit| char::from_u32(0x2080 + (digit as u32 - '0' as u32)).unwrap_or(digit))
        .collect::<String>();
    format!("x{digits}")
}

fn without_unit(name: &str) -> String {
    name.split(" (").next().unwrap_or(name).to_owned()
}

fn listed(names: &[String]) -> String {
    match names {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(text: &str) -> EnvConfig {
        let text = format!("name = 'x'\nseeds = [0]\nenv = {text}\nalgorithm = 'random'\nbudget = {{ steps = 1 }}");
        crate::config::parse(&text, "x", &[]).unwrap().variants().remove(0).env
    }

    #[test]
    fn a_plane_of_cart_pole_is_over_angle_and_angular_velocity() {
        let visited = [vec![0.0, -1.0, 0.0, -2.0], vec![2.0, 1.0, 0.1, 2.0], vec![1.0, 0.5, 0.0, 0.0]];
        let plane = Plane::new(&env("'cart_pole'"), None, &Others::Median, &visited, 10).unwrap();
        assert_eq!(plane.names(), ["angle (rad)", "angular velocity (rad/s)"]);
        assert_eq!(plane.others(), "position and velocity at the median of visited states");
        let [x, y] = plane.chart_axes().map(|axis| axis.range.unwrap());
        assert!((x.1 - 12.0_f64.to_radians()).abs() < 1e-6 && x.0 == -x.1, "the angles at which an episode goes on");
        assert_eq!(y, (-3.0, 3.0)); // a quarter of 4 beyond both ends
        let observation = plane.observations(0, 9).next().unwrap();
        assert_eq!((observation[0], observation[1]), (1.0, 0.5));
        assert!((f64::from(observation[2]) - 0.9 * x.1).abs() < 1e-6);
        assert!((observation[3] + 2.7).abs() < 1e-6);
        let Overlay::Dots(places) = plane.overlay(&visited) else { panic!("dots") };
        assert_eq!(places[1], (f64::from(0.1_f32), 2.0));
    }

    #[test]
    fn averages_are_over_evenly_spaced_visited_states() {
        let visited: Vec<Vec<f32>> = (0..130).map(|step| vec![step as f32, 0.0, 0.0, 0.0]).collect();
        let plane = Plane::new(&env("'cart_pole'"), Some([2, 3]), &Others::Averaged, &visited, 3).unwrap();
        let positions: Vec<f32> = plane.observations(1, 1).map(|observation| observation[0]).collect();
        assert_eq!((positions.len(), positions[0], positions[1], positions[63]), (64, 0.0, 2.0, 127.0));
    }

    #[test]
    fn a_gridworld_has_a_cell_for_each_place_in_which_an_action_can_be_taken() {
        let env = env("{ gridworld = { map = ['S#', '.G'] } }");
        let plane = Plane::new(&env, None, &Others::Median, &[], 60).unwrap();
        assert_eq!((plane.columns(), plane.rows(), plane.names()), (2, 2, ["column", "row"]));
        assert!(plane.from_top() && plane.is_grid());
        let at = |row, column| plane.observations(row, column).collect::<Vec<_>>();
        assert_eq!((at(0, 0), at(1, 0)), (vec![vec![0.0, 0.0]], vec![vec![1.0, 0.0]]));
        assert!(at(0, 1).is_empty() && at(1, 1).is_empty(), "a wall and the goal");
    }

    #[test]
    fn what_cannot_be_mapped_is_refused_with_a_remedy() {
        let refused = |text: &str, axes| Plane::new(&env(text), axes, &Others::Median, &[], 10).unwrap_err();
        let board = refused("'catch'", None);
        assert!(board.contains("boards of zeros and ones") && board.contains("--gif FILE"), "{board}");
        let single = refused("'probe_constant_reward'", None);
        assert!(single.contains("single numbers"), "{single}");
        let wrong = refused("'cart_pole'", Some([1, 7]));
        assert!(wrong.contains("two different numbers from 0 to 3"), "{wrong}");
        let nothing = refused("'cart_pole'", None);
        assert!(nothing.contains("play an episode first"), "{nothing}");
        let short = Plane::new(&env("'cart_pole'"), None, &Others::Fixed(vec![0.0]), &[], 10).unwrap_err();
        assert!(short.contains("has 1 component,"), "{short}");
    }

    #[test]
    fn without_names_the_components_that_vary_most_are_shown() {
        let space = Space::Box { low: vec![-1.0; 3], high: vec![1.0, 10.0, 1.0] };
        let visited = [vec![0.0, -1.0, -1.0], vec![0.1, 1.0, 1.0]];
        let visited: Vec<&Vec<f32>> = visited.iter().collect();
        assert_eq!(most_varied(&space, &visited), [1, 2]);
        assert_eq!((unnamed(0), unnamed(12)), ("x₀".to_owned(), "x₁₂".to_owned()));
    }
}
