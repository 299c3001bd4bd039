//! Values, advantages and greedy actions over two components of the state.

use tilde_envs::EnvConfig;
use tilde_envs::render::Learned;

use super::plane::Plane;
use crate::agents::{Agent, Value};
use crate::chart::{Cells, ColourScale, HeatMap};

/// What an agent has learned in each cell of a plane. Where a cell has several observations, values and probabilities are means
/// over them.
///
/// ```
/// use tilde::inspect::{Others, Plane, ValueMap};
/// use tilde::run::Training;
///
/// # let text = "
/// #     name = 'walk'
/// #     seeds = [0]
/// #     env = 'gridworld'
/// #     algorithm = 'q_learning'
/// #     approximator = {}
/// #     optimizer = { sgd = { learning_rate = 0.5 } }
/// #     budget = { steps = 5_000 }";
/// # let config = tilde::config::parse(text, "walk.toml", &[])?.variants().remove(0);
/// let mut training = Training::new(&config, 0)?;
/// training.run(&mut ())?;
/// let plane = Plane::new(&config.env, None, &Others::Median, &[], 60)?; // row and column of the 4 × 4 map
/// let map = ValueMap::compute(training.agent(), &config.env, &plane, 5_000);
/// let left_of_the_goal = 3 * 4 + 2;
/// let names = config.env.action_names();
/// assert_eq!(map.greedy_actions()[left_of_the_goal].map(|action| names[action].as_str()), Some("right"));
/// assert!(map.values()[left_of_the_goal] > map.values()[0]); // the start is farther from the reward
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ValueMap {
    plane: Plane,
    actions: Vec<String>,
    cells: Vec<Cell>,
}

/// What is learned in one cell; nothing where no action can be taken.
#[derive(Clone, Debug, Default, PartialEq)]
struct Cell {
    /// Ṽ, or the expectation of Q̃ under the policy of an evaluation.
    value: Option<f64>,
    /// Q̃ of each action, if it is learned.
    action_values: Vec<f64>,
    /// The probability of each action in an evaluation.
    policy: Vec<f64>,
    /// The probability of each action in training, if the policy has parameters of its own.
    followed: Vec<f64>,
}

impl ValueMap {
    /// What `agent`, trained for `step` environment steps in `env`, has learned about the cells of `plane`.
    pub fn compute(agent: &mut dyn Agent, env: &EnvConfig, plane: &Plane, step: u64) -> ValueMap {
        let places = (0..plane.rows()).flat_map(|row| (0..plane.columns()).map(move |column| (row, column)));
        let cells: Vec<Cell> =
            places.map(|(row, column)| Cell::mean(agent, plane.observations(row, column), step)).collect();
        let count = cells.iter().map(|cell| cell.policy.len()).max().unwrap_or(0);
        let names = env.action_names();
        let name = |action: usize| names.get(action).cloned().unwrap_or_else(|| format!("action {action}"));
        ValueMap { plane: plane.clone(), actions: (0..count).map(name).collect(), cells }
    }

    /// The plane.
    pub fn plane(&self) -> &Plane {
        &self.plane
    }

    /// Whether action values are learned.
    pub fn has_action_values(&self) -> bool {
        self.cells.iter().any(|cell| !cell.action_values.is_empty())
    }

    /// The value of each cell, row by row: Ṽ(x), or max Q̃(x, u) of a greedy policy. NaN where there is none.
    pub fn values(&self) -> Vec<f64> {
        self.cells.iter().map(|cell| cell.value.unwrap_or(f64::NAN)).collect()
    }

    /// The advantage of an action in each cell, row by row: A(x, u) = Q̃(x, u) − Σ π(u | x) Q̃(x, u) with the policy π of an
    /// evaluation. A greedy policy has none above 0. NaN where no action values are learned.
    pub fn advantages(&self, action: usize) -> Vec<f64> {
        let of_cell = |cell: &Cell| Some(cell.action_values.get(action)? - cell.value?);
        self.cells.iter().map(|cell| of_cell(cell).unwrap_or(f64::NAN)).collect()
    }

    /// The action gap of each cell, row by row: the best action value minus the second best (Farahmand 2011; Bellemare et al.
    /// 2016, "Increasing the Action Gap"). NaN where no action values are learned.
    pub fn action_gaps(&self) -> Vec<f64> {
        let of_cell = |cell: &Cell| {
            let mut values = cell.action_values.clone();
            values.sort_by(|a, b| b.total_cmp(a));
            Some(values.first()? - values.get(1)?)
        };
        self.cells.iter().map(|cell| of_cell(cell).unwrap_or(f64::NAN)).collect()
    }

    /// The greedy action of each cell, row by row: that of the highest mean value, or of the highest probability in an evaluation.
    /// `None` where no action is better than the others.
    pub fn greedy_actions(&self) -> Vec<Option<usize>> {
        self.cells.iter().map(Cell::greedy).collect()
    }

    /// The values as a map; `None` if the agent learns none. Maps with the same `ends` of the colour scale can be compared.
    pub fn value_chart(&self, ends: Option<(f64, f64)>) -> Option<HeatMap> {
        let label = if self.has_action_values() { "max Q̃(x, u)" } else { "Ṽ(x)" };
        self.numbers(self.values(), label, ColourScale::Sequential, ends)
    }

    /// Which action is better, and by how much. Of two actions: Q̃ of the second minus Q̃ of the first, or the probability of the
    /// second in training where no action values are learned. Of more: [`ValueMap::action_gaps`], or the probability of the
    /// likeliest action. `None` if there is no such thing, or if the probabilities are the same in every cell.
    pub fn advantage_chart(&self, ends: Option<(f64, f64)>) -> Option<HeatMap> {
        let of_each = |value: &dyn Fn(&Cell) -> Option<f64>| {
            self.cells.iter().map(|cell| value(cell).unwrap_or(f64::NAN)).collect::<Vec<f64>>()
        };
        let mut probabilities = self.cells.iter().map(|cell| &cell.followed).filter(|followed| !followed.is_empty());
        let first = probabilities.next();
        if !self.has_action_values() && probabilities.all(|other| Some(other) == first) {
            return None;
        }
        match (&self.actions[..], self.has_action_values()) {
            ([first, second], true) => {
                let difference = of_each(&|cell| Some(cell.action_values.get(1)? - cell.action_values.first()?));
                self.numbers(difference, &format!("Q̃(x, {second}) − Q̃(x, {first})"), ColourScale::Diverging, ends)
            }
            (_, true) => {
                self.numbers(self.action_gaps(), "action gap: best − second-best Q̃", ColourScale::Sequential, ends)
            }
            ([_, second], false) => {
                let likely = of_each(&|cell| cell.followed.get(1).copied());
                self.numbers(likely, &format!("π({second} | x)"), ColourScale::Sequential, Some((0.0, 1.0)))
            }
            (_, false) => {
                let likely = of_each(&|cell| cell.followed.iter().copied().reduce(f64::max));
                self.numbers(likely, "max π(u | x)", ColourScale::Sequential, Some((0.0, 1.0)))
            }
        }
    }

    /// The greedy actions as a map; `None` if no cell has one.
    pub fn action_chart(&self) -> Option<HeatMap> {
        let values = self.greedy_actions();
        let label = "greedy action".to_owned();
        let any = values.iter().any(Option::is_some);
        any.then(|| self.chart(Cells::Categories { values, label, names: self.actions.clone() }))
    }

    fn numbers(&self, values: Vec<f64>, label: &str, scale: ColourScale, ends: Option<(f64, f64)>) -> Option<HeatMap> {
        let any = values.iter().any(|value| value.is_finite());
        any.then(|| self.chart(Cells::Numbers { values, label: label.to_owned(), scale, ends }))
    }

    fn chart(&self, cells: Cells) -> HeatMap {
        let [x, y] = self.plane.chart_axes();
        HeatMap {
            x,
            y,
            columns: self.plane.columns(),
            rows: self.plane.rows(),
            from_top: self.plane.from_top(),
            square: self.plane.is_grid(),
            cells,
            overlays: Vec::new(),
        }
    }
}

impl Cell {
    /// The mean over observations.
    fn mean(agent: &mut dyn Agent, observations: impl Iterator<Item = Vec<f32>>, step: u64) -> Cell {
        let (mut sum, mut count) = (Cell::default(), 0.0);
        for observation in observations {
            let estimate = agent.estimate(&observation, step);
            // The probabilities of a learner of action values say nothing more than the values.
            if !matches!(estimate.value, Value::Actions(_) | Value::ActionsUnder(..)) {
                add(&mut sum.followed, estimate.followed.iter().copied());
            }
            let learned = Learned::from(estimate);
            if let tilde_envs::render::LearnedValue::Actions(values) = &learned.value {
                add(&mut sum.action_values, values.iter().copied().map(f64::from));
            }
            add(&mut sum.policy, learned.policy.iter().copied());
            if let Some(value) = learned.state_value() {
                sum.value = Some(sum.value.unwrap_or(0.0) + f64::from(value));
            }
            count += 1.0;
        }
        let lists = [&mut sum.action_values, &mut sum.policy, &mut sum.followed];
        lists.into_iter().flatten().for_each(|total| *total /= count);
        sum.value = sum.value.map(|total| total / count);
        sum
    }

    fn greedy(&self) -> Option<usize> {
        let ranked = if self.action_values.is_empty() { &self.policy } else { &self.action_values };
        let best = ranked.iter().copied().reduce(f64::max)?;
        let mut equal = (0..ranked.len()).filter(|&action| ranked[action] == best);
        let first = equal.next()?;
        equal.next().is_none().then_some(first)
    }
}

/// Adds numbers to the sums of their places.
fn add(sums: &mut Vec<f64>, numbers: impl ExactSizeIterator<Item = f64>) {
    sums.resize(numbers.len(), 0.0);
    sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
}

#[cfg(test)]
mod tests {
    use tilde_envs::StateError;

    use super::super::plane::Others;
    use super::*;
    use crate::agents::{StateEstimate, UpdateStats};
    use crate::chart::Chart;
    use crate::replay::Transition;
    use crate::rng::Rng;

    /// An agent whose estimates are a known function of the observation.
    struct Known(fn(&[f32]) -> StateEstimate);

    impl Agent for Known {
        fn act(&mut self, _: &[f32], _: u64, _: &mut [usize]) {
            unreachable!("nothing is played")
        }

        fn observe(&mut self, _: Transition<'_>, _: u64) -> Option<UpdateStats> {
            None
        }

        fn act_eval(&mut self, _: &[f32], _: &mut Rng) -> usize {
            0
        }

        fn estimate(&mut self, observation: &[f32], _: u64) -> StateEstimate {
            (self.0)(observation)
        }

        fn load(&mut self, _: &[u8]) -> Result<(), StateError> {
            Ok(())
        }
    }

    fn env(id: &str) -> EnvConfig {
        let text = format!("name = 'x'\nseeds = [0]\nenv = {id}\nalgorithm = 'random'\nbudget = {{ steps = 1 }}");
        crate::config::parse(&text, "x", &[]).unwrap().variants().remove(0).env
    }

    /// Positions −2.4 to 2.4 in three cells: −1.6, 0 and 1.6. Angles in one cell: 0.
    fn positions(
        others: &Others,
        visited: &[Vec<f32>],
        wide: usize,
        estimate: fn(&[f32]) -> StateEstimate,
    ) -> ValueMap {
        let env = env("'cart_pole'");
        let plane = Plane::new(&env, Some([0, 2]), others, visited, wide).unwrap();
        ValueMap::compute(&mut Known(estimate), &env, &plane, 0)
    }

    fn close(found: &[f64], expected: &[f64]) -> bool {
        found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6)
    }

    /// Q̃(x, ·) = (10 + position, 10 + velocity).
    fn two_actions(x: &[f32]) -> StateEstimate {
        StateEstimate::greedy(&[10.0 + x[0], 10.0 + x[1]], vec![0.5, 0.5], false)
    }

    #[test]
    fn values_advantages_and_actions_of_two_actions_are_those_worked_out_by_hand() {
        let map = positions(&Others::Fixed(vec![9.0, 0.5, 9.0, 0.0]), &[], 3, two_actions);
        assert_eq!((map.plane().columns(), map.plane().rows()), (3, 3));
        let row = |values: Vec<f64>| values[3..6].to_vec();
        assert!(close(&row(map.values()), &[10.5, 10.5, 11.6]));
        assert!(close(&row(map.advantages(0)), &[-2.1, -0.5, 0.0]));
        assert!(close(&row(map.advantages(1)), &[0.0, 0.0, -1.1]));
        assert!(close(&row(map.action_gaps()), &[2.1, 0.5, 1.1]));
        assert_eq!(map.greedy_actions()[3..6], [Some(1), Some(1), Some(0)]);
        let chart = map.advantage_chart(None).unwrap();
        let Cells::Numbers { values, label, scale, .. } = &chart.cells else { panic!("numbers") };
        assert!(close(&values[3..6], &[2.1, 0.5, -1.1]));
        assert_eq!((label.as_str(), *scale), ("Q̃(x, push right) − Q̃(x, push left)", ColourScale::Diverging));
        assert_eq!(map.value_chart(None).unwrap().cells.label(), "max Q̃(x, u)");
        assert!(Chart::HeatMap(map.action_chart().unwrap()).csv().contains(",1,push right\n"));
    }

    #[test]
    fn other_components_are_averaged_over_visited_states() {
        let visited = [vec![0.0, 0.0, 0.0, 0.0], vec![0.0, 4.0, 0.0, 0.0]];
        let map = positions(&Others::Averaged, &visited, 1, two_actions);
        // Position 0: Q̃ is (10, 10) and (10, 14), so values are 10 and 14, and mean action values 10 and 12.
        assert!(
            close(&map.values(), &[12.0]) && close(&map.advantages(1), &[0.0]) && close(&map.action_gaps(), &[2.0])
        );
        assert_eq!(map.greedy_actions(), [Some(1)]);
    }

    #[test]
    fn an_actor_and_critic_have_values_and_probabilities() {
        let map = positions(&Others::Fixed(vec![0.0; 4]), &[], 3, |x| StateEstimate {
            value: Value::State(2.0 * x[0], vec![0.5, 0.5]),
            policy: vec![0.0, 1.0],
            followed: vec![0.25 + 0.1 * f64::from(x[0]), 0.75 - 0.1 * f64::from(x[0])],
        });
        assert!(close(&map.values()[..3], &[-3.2, 0.0, 3.2]));
        assert!(!map.has_action_values() && map.action_gaps().iter().all(|gap| gap.is_nan()));
        assert_eq!(map.greedy_actions()[0], Some(1));
        assert_eq!(map.value_chart(None).unwrap().cells.label(), "Ṽ(x)");
        let chart = map.advantage_chart(None).unwrap();
        let Cells::Numbers { values, label, ends, .. } = &chart.cells else { panic!("numbers") };
        assert!(close(&values[..3], &[0.91, 0.75, 0.59]));
        assert_eq!((label.as_str(), *ends), ("π(push right | x)", Some((0.0, 1.0))));
    }

    #[test]
    fn an_agent_that_learned_nothing_has_no_maps_of_it() {
        let map = positions(&Others::Fixed(vec![0.0; 4]), &[], 3, |_| StateEstimate {
            value: Value::None,
            policy: vec![0.5, 0.5],
            followed: vec![0.5, 0.5],
        });
        assert!(map.value_chart(None).is_none() && map.advantage_chart(None).is_none() && map.action_chart().is_none());
    }

    #[test]
    fn more_actions_have_a_gap() {
        let env = env("'gridworld'");
        let plane = Plane::new(&env, None, &Others::Median, &[], 60).unwrap();
        let estimate = |x: &[f32]| StateEstimate::greedy(&[x[0], 5.0, x[1], 0.0], vec![0.25; 4], false);
        let map = ValueMap::compute(&mut Known(estimate), &env, &plane, 0);
        let chart = map.advantage_chart(None).unwrap();
        let Cells::Numbers { values, label, .. } = &chart.cells else { panic!("numbers") };
        // Row 2, column 1 of the 4 × 4 map: 2, 5, 1, 0.
        assert_eq!((values[9], label.as_str()), (3.0, "action gap: best − second-best Q̃"));
        assert!(values[5].is_nan(), "the hole in row 1, column 1");
        assert!(chart.square && chart.from_top);
    }
}
