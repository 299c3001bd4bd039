//! Q̃ by a table, tiles, radial basis functions and networks, from the same transitions.

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::{
    ActionValues, CartPoleConfig, Ending, Env, EnvConfig, Environment, GridworldConfig, MapSource, Space,
    TransitionModel, decision_states, policy_evaluation, value_iteration,
};

use super::{Check, Figure, Findings, Study, Table};
use crate::approx::{
    ApproximatorConfig, BinsConfig, Counts, FeatureConfig, Function, FunctionSetup, Initialization, OneHotConfig,
    RbfConfig, ScaledConfig, TilesConfig, Weights,
};
use crate::chart::{Axis, Cells, Chart, ColourScale, Form, HeatMap, Overlay, PlaneChart, Shape};
use crate::device::Backend;
use crate::diagnostics::Interference;
use crate::invalid_value::{InvalidValue, all, require};
use crate::losses::{TdLoss, argmax, max_value, td_target};
use crate::optim::{AdamConfig, OptimizerConfig};
use crate::registry::Part;
use crate::rng::{Stream, evaluation_stream, stream};
use crate::schedule::{LearningRate, Linear};
use crate::supervised::Batches;

/// A gridworld and cart-pole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApproximateQ {
    /// The map of the gridworld, as rows.
    pub map: Vec<String>,
    /// Discount γ in the gridworld.
    pub gamma: f64,
    /// Updates in the gridworld.
    pub updates: u64,
    /// Transitions of an update.
    pub batch_size: usize,
    /// Updates between copies of the weights to the target network.
    pub target_update_interval: u64,
    /// The first learning rate of each approximator, in the order table, tiles, rbf, shallow, deep. It falls linearly to 0.
    pub learning_rates: [f64; 5],
    /// Transitions of cart-pole; 0 leaves it out.
    pub cart_pole_transitions: usize,
    /// Discount γ in cart-pole.
    pub cart_pole_gamma: f64,
    /// The first learning rate of each approximator in cart-pole, in the same order.
    pub cart_pole_learning_rates: [f64; 5],
    /// Updates in cart-pole.
    pub cart_pole_updates: u64,
    /// Greedy episodes of cart-pole.
    pub episodes: u64,
}

impl Default for ApproximateQ {
    fn default() -> Self {
        let map = ["S...#..G", "....#...", "....#...", "....#...", "..###...", "....#...", "........", "........"];
        ApproximateQ {
            map: map.map(str::to_owned).to_vec(),
            gamma: 0.95,
            updates: 4_000,
            batch_size: 32,
            target_update_interval: 40,
            learning_rates: [0.03, 0.01, 0.01, 3e-3, 1e-3],
            cart_pole_transitions: 20_000,
            cart_pole_gamma: 0.97,
            cart_pole_learning_rates: [0.03, 0.01, 0.03, 1e-3, 1e-3],
            cart_pole_updates: 6_000,
            episodes: 20,
        }
    }
}

impl Part for ApproximateQ {
    const ID: &'static str = "approximate_q";
    const SUMMARY: &'static str =
        "Q̃ by a table, tiles, radial basis functions and networks from the same transitions (Riedmiller 2005)";
}

impl Study for ApproximateQ {
    fn title(&self) -> &'static str {
        "Approximate Q: one set of transitions, five approximators"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let discount = |key: &str, value: f64| {
            require((0.0..1.0).contains(&value), key, || format!("must be at least 0 and less than 1, not {value}"))
        };
        let between = |key: &str, value: u64, low: u64, high: u64| {
            require((low..=high).contains(&value), key, || format!("must lie between {low} and {high}, not at {value}"))
        };
        let rates = |key: &str, rates: &[f64]| {
            require(rates.iter().all(|rate| (1e-9..=10.0).contains(rate)), key, || {
                "must be numbers from 1e-9 to 10".to_owned()
            })
        };
        let map = self.gridworld().build().map(|_| ()).map_err(|e| InvalidValue::new(e.key, e.message));
        all([
            map,
            discount("gamma", self.gamma),
            discount("cart_pole_gamma", self.cart_pole_gamma),
            between("updates", self.updates, 100, 1_000_000),
            between("batch_size", self.batch_size as u64, 1, 100_000),
            between("target_update_interval", self.target_update_interval, 1, 1_000_000),
            between("cart_pole_transitions", self.cart_pole_transitions as u64, 0, 1_000_000),
            between("cart_pole_updates", self.cart_pole_updates, 1, 1_000_000),
            between("episodes", self.episodes, 1, 10_000),
            rates("learning_rates", &self.learning_rates),
            rates("cart_pole_learning_rates", &self.cart_pole_learning_rates),
        ])
    }

    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings {
        let mut findings = Findings {
            claim: CLAIM.to_owned(),
            method: format!(
                "The gridworld's data set has every action in every state once, so that no approximator lacks anything that another \
                 one knows; cart-pole's has {} transitions of a random policy. All approximators see the same batches of {} \
                 transitions, drawn without replacement in epochs, and learn with Adam from δ²/2 with the target \
                 r + γ maxᵤ Q̃(x′, u; θ⁻), where θ⁻ is copied from θ every {} updates. Each has a learning rate of its own, which falls linearly to 0: Adam's steps would otherwise keep the values noisy, and the maximum in \
                 the target turns noise into values that are too high. Q* is \
                 that of value iteration.",
                self.cart_pole_transitions, self.batch_size, self.target_update_interval
            ),
            checks: Vec::new(),
            data: Table::new(&["world", "approximator", "updates", "measure", "value"]),
            figures: Vec::new(),
        };
        self.in_gridworld(seed, progress, &mut findings);
        if self.cart_pole_transitions > 0 {
            self.in_cart_pole(seed, progress, &mut findings);
        }
        findings
    }
}

const CLAIM: &str = "Approximate Q-learning fits Q̃ to targets that are made of Q̃ itself. With a table it reaches Q*. With features or a \
     network, an update at one state and action changes others too. That is generalisation where they are alike, and interference \
     where they are not, such as on the two sides of a wall.\n\n\
     - Who can represent Q*, reaches it: the table, and tiles with more features than there are states. Radial basis functions \
     with fewer features cannot.\n\
     - A network could, but after the same number of updates it ends with a larger error: what one update corrects, the next one \
     disturbs elsewhere. That costs time and is no limit. With ten times as many updates (`updates=40000`) the deep network's error \
     falls from 0.014 to 0.0003, that of the radial basis functions only from 0.066 to 0.040.\n\
     - A policy needs less than the values: it is right wherever the best action has the highest value.\n\
     - In cart-pole, no state is seen twice, so that every approximator has to generalise, also the table, whose entries are whole \
     ranges of states. Transitions of a random policy are enough for good policies. How good each is depends on the seed and on \
     when learning stops.";

/// An approximator with its name.
struct Approximation {
    name: &'static str,
    config: ApproximatorConfig,
}

impl Approximation {
    fn linear(name: &'static str, features: FeatureConfig) -> Approximation {
        let config = ApproximatorConfig { features, ..ApproximatorConfig::default() };
        Approximation { name, config }
    }

    fn network(name: &'static str, features: FeatureConfig, hidden: &[usize]) -> Approximation {
        let config = ApproximatorConfig {
            features,
            hidden: hidden.to_vec(),
            initialization: Initialization::Pytorch,
            ..ApproximatorConfig::default()
        };
        Approximation { name, config }
    }
}

/// The approximators of the gridworld.
fn for_gridworld() -> [Approximation; 5] {
    let tiles = TilesConfig { tilings: 4, tiles: Counts::All(4), ..TilesConfig::default() };
    let rbf = RbfConfig { centres: Counts::All(5), ..RbfConfig::default() };
    [
        Approximation::linear("table", OneHotConfig {}.into()),
        Approximation::linear("tiles", tiles.into()),
        Approximation::linear("rbf", rbf.into()),
        Approximation::network("shallow", ScaledConfig::default().into(), &[64]),
        Approximation::network("deep", ScaledConfig::default().into(), &[64, 64]),
    ]
}

/// The ranges of cart-pole that features cover.
const CART_POLE: [f64; 4] = [2.4, 3.0, 0.21, 3.0];

/// The approximators of cart-pole.
fn for_cart_pole() -> [Approximation; 5] {
    let (low, high) = (Some(CART_POLE.map(|end| -end).to_vec()), Some(CART_POLE.to_vec()));
    let bins = BinsConfig { bins: Counts::Each(vec![4, 4, 8, 6]), low: low.clone(), high: high.clone() };
    let tiles = Counts::Each(vec![3, 4, 6, 4]);
    let tiles = TilesConfig { tilings: 16, tiles, low: low.clone(), high: high.clone(), ..TilesConfig::default() };
    let rbf = RbfConfig { centres: Counts::All(4), low: low.clone(), high: high.clone(), ..RbfConfig::default() };
    let scaled = || ScaledConfig { low: low.clone(), high: high.clone() }.into();
    [
        Approximation::linear("table", bins.into()),
        Approximation::linear("tiles", tiles.into()),
        Approximation::linear("rbf", rbf.into()),
        Approximation::network("shallow", scaled(), &[128]),
        Approximation::network("deep", scaled(), &[64, 64]),
    ]
}

/// Transitions in flat columns.
#[derive(Default)]
struct Transitions {
    /// `[N · C]`
    observations: Vec<f32>,
    /// `[N]`
    actions: Vec<usize>,
    /// `[N]`
    rewards: Vec<f32>,
    /// `[N · C]`
    next_observations: Vec<f32>,
    /// `[N]`
    endings: Vec<Ending>,
}

impl Transitions {
    /// Every action in every state of a model, each with its most likely outcome.
    fn of_model(model: &TransitionModel) -> Transitions {
        let mut data = Transitions::default();
        for state in decision_states(model) {
            for action in 0..model.actions() {
                let outcomes = model.outcomes(state, action).iter();
                let outcome = outcomes.max_by(|a, b| a.probability.total_cmp(&b.probability));
                let outcome = outcome.expect("a decision state has outcomes");
                data.observations.extend(model.observation(state));
                data.next_observations.extend(model.observation(outcome.next));
                data.actions.push(action);
                data.rewards.push(outcome.reward as f32);
                data.endings.push(if outcome.terminated { Ending::Terminated } else { Ending::Continues });
            }
        }
        data
    }

    /// Some steps of a random policy.
    fn of_random_policy(env: &mut dyn Env, count: usize, seed: u64) -> Transitions {
        let (mut rng, mut explore) = (stream(seed, Stream::Rollout), stream(seed, Stream::Explore));
        let mut data = Transitions::default();
        let mut observation = vec![0.0; env.observation_space().len()];
        let mut next = observation.clone();
        env.reset(&mut rng, &mut observation);
        for _ in 0..count {
            let action = explore.random_range(0..env.actions());
            let step = env.step(action, &mut rng, &mut next);
            data.observations.extend(&observation);
            data.next_observations.extend(&next);
            data.actions.push(action);
            data.rewards.push(step.reward);
            data.endings.push(step.ending);
            observation.copy_from_slice(&next);
            if step.ending.is_over() {
                env.reset(&mut rng, &mut observation);
            }
        }
        data
    }

    fn len(&self) -> usize {
        self.actions.len()
    }
}

/// What is to be learned.
struct Task {
    space: Space,
    /// One for each action.
    outputs: usize,
    gamma: f64,
    updates: u64,
}

/// Q̃ that learns from fixed transitions.
struct Learner<'a> {
    function: Box<dyn Function>,
    data: &'a Transitions,
    batches: Batches,
    outputs: usize,
    gamma: f32,
    target_update_interval: u64,
    updates: u64,
}

impl Learner<'_> {
    /// One step on the next batch.
    fn update(&mut self) {
        if self.updates.is_multiple_of(self.target_update_interval) {
            self.function.update_target(1.0);
        }
        let (data, outputs) = (self.data, self.outputs);
        let components = data.observations.len() / data.len();
        let rows = self.batches.next_rows().to_vec();
        let take = |numbers: &[f32]| -> Vec<f32> {
            rows.iter().flat_map(|row| &numbers[row * components..(row + 1) * components]).copied().collect()
        };
        let next_values = self.function.outputs(Weights::Target, &take(&data.next_observations));
        let target = |(row, values): (&usize, &[f32])| {
            td_target(data.rewards[*row], data.endings[*row], self.gamma, max_value(values))
        };
        let targets: Vec<f32> = rows.iter().zip(next_values.chunks_exact(outputs)).map(target).collect();
        let values = self.function.record(&take(&data.observations));
        let mut derivatives = Vec::new();
        TdLoss::Mse.of_batch(&targets, values, |row| row * outputs + data.actions[rows[row]], &mut derivatives);
        self.function.step(&derivatives, self.updates);
        self.updates += 1;
    }
}

/// A gridworld with its exact solution.
struct World {
    env: Box<dyn Env>,
    model: TransitionModel,
    exact: ActionValues,
    /// The states in which an action is taken.
    states: Vec<usize>,
    /// Rows and columns of the map.
    size: [usize; 2],
    gamma: f64,
}

impl World {
    fn new(config: &EnvConfig, gamma: f64) -> World {
        let env = config.build().expect("the settings are checked");
        let model = env.model().expect("a gridworld has a model");
        let Space::MultiDiscrete { sizes } = env.observation_space() else {
            panic!("a position has a row and a column")
        };
        let size = [sizes[0], sizes[1]];
        let exact = value_iteration(&model, gamma).expect("with a discount below 1 the values exist");
        World { states: decision_states(&model), exact, size, gamma, model, env }
    }

    /// Q̃ of all states: a row for each state of [`World::states`].
    fn values(&self, function: &mut dyn Function) -> Vec<Vec<f32>> {
        let observations: Vec<f32> =
            self.states.iter().flat_map(|&state| self.model.observation(state)).copied().collect();
        let values = function.outputs(Weights::Online, &observations);
        values.chunks_exact(self.model.actions()).map(<[f32]>::to_vec).collect()
    }

    /// The root mean square over the actions of each state of the errors of Q̃.
    fn errors(&self, values: &[Vec<f32>]) -> Vec<f64> {
        let of_state = |(state, values): (&usize, &Vec<f32>)| {
            let squares =
                values.iter().zip(self.exact.of(*state)).map(|(value, exact)| (f64::from(*value) - exact).powi(2));
            (squares.sum::<f64>() / values.len() as f64).sqrt()
        };
        self.states.iter().zip(values).map(of_state).collect()
    }

    /// Whether the greedy action of each state is an optimal one.
    fn optimal(&self, values: &[Vec<f32>]) -> Vec<bool> {
        let of_state = |(state, values): (&usize, &Vec<f32>)| {
            self.exact.of(*state)[argmax(values)] > self.exact.best(*state) - 1e-9
        };
        self.states.iter().zip(values).map(of_state).collect()
    }

    /// V* − V of the greedy policy, the mean over all states.
    fn regret(&self, values: &[Vec<f32>]) -> f64 {
        let actions = self.model.actions();
        let mut policy = vec![0.0; self.model.states() * actions];
        self.states.iter().zip(values).for_each(|(state, values)| policy[state * actions + argmax(values)] = 1.0);
        let reached = policy_evaluation(&self.model, &policy, self.gamma).expect("with a discount below 1 they exist");
        let lost = self.states.iter().map(|&state| self.exact.best(state) - reached[state]);
        lost.sum::<f64>() / self.states.len() as f64
    }

    /// A number for each cell of the map, NaN where no action is taken.
    fn on_map(&self, numbers: impl IntoIterator<Item = f64>) -> Vec<f64> {
        let mut map = vec![f64::NAN; self.size[0] * self.size[1]];
        for (state, number) in self.states.iter().zip(numbers) {
            map[self.cell(*state)] = number;
        }
        map
    }

    fn cell(&self, state: usize) -> usize {
        let at = self.model.observation(state);
        at[0] as usize * self.size[1] + at[1] as usize
    }
}

/// The state of an approximator in the gridworld, after so many updates.
struct Snapshot {
    updates: u64,
    values: Vec<Vec<f32>>,
}

/// What became of an approximator in the gridworld.
struct Outcome {
    name: &'static str,
    parameters: usize,
    /// Updates and root mean square errors.
    errors: Vec<(f64, f64)>,
    /// Updates and regrets.
    regrets: Vec<(f64, f64)>,
    snapshots: Vec<Snapshot>,
    /// The change at every state, for the same action, of a step at one.
    interference: Vec<f64>,
}

/// Maps beside and above each other.
struct Panels {
    /// Cells of a panel above and beside each other.
    size: [usize; 2],
    /// The names of the rows and of the columns.
    rows: Vec<String>,
    columns: Vec<String>,
}

impl Panels {
    /// The place of a panel's cell among all cells.
    fn place(&self, row: usize, column: usize, cell: usize) -> usize {
        let [height, width] = self.size;
        (row * (height + 1) + cell / width) * self.across() + column * (width + 1) + cell % width
    }

    fn across(&self) -> usize {
        self.columns.len() * (self.size[1] + 1) - 1
    }

    fn down(&self) -> usize {
        self.rows.len() * (self.size[0] + 1) - 1
    }

    fn chart(&self, x: &str, cells: Cells, overlays: Vec<Overlay>) -> Chart {
        let ticks = |names: &[String], size: usize| {
            let middle = |index: usize| (index * (size + 1)) as f64 + 0.5 * size as f64;
            names.iter().enumerate().map(|(index, name)| (middle(index), name.clone())).collect::<Vec<_>>()
        };
        Chart::HeatMap(HeatMap {
            x: Axis::new(x).between(0.0, self.across() as f64).with_ticks(ticks(&self.columns, self.size[1])),
            y: Axis::new("").between(0.0, self.down() as f64).with_ticks(ticks(&self.rows, self.size[0])),
            columns: self.across(),
            rows: self.down(),
            from_top: true,
            square: true,
            cells,
            overlays,
        })
    }

    /// Numbers in panels: `maps[row][column]` has those of a panel's cells.
    fn numbers(&self, maps: &[Vec<Vec<f64>>]) -> Vec<f64> {
        let mut numbers = vec![f64::NAN; self.across() * self.down()];
        for (row, maps) in maps.iter().enumerate() {
            for (column, map) in maps.iter().enumerate() {
                map.iter().enumerate().for_each(|(cell, number)| numbers[self.place(row, column, cell)] = *number);
            }
        }
        numbers
    }
}

impl ApproximateQ {
    fn gridworld(&self) -> EnvConfig {
        GridworldConfig::of_map(MapSource::Rows(self.map.clone())).into()
    }

    fn learner<'a>(
        &self,
        of: &Task,
        approximation: &Approximation,
        learning_rate: f64,
        data: &'a Transitions,
        seed: u64,
    ) -> Learner<'a> {
        let line = Linear { initial: learning_rate, end: 0.0, fraction: Some(1.0), steps: None };
        let adam = AdamConfig { learning_rate: LearningRate::Linear(line), ..AdamConfig::new(learning_rate) };
        let optimizer = OptimizerConfig::from(adam);
        let Task { space, outputs, gamma, updates } = of;
        let setup = FunctionSetup {
            optimizer: &optimizer,
            space,
            outputs: *outputs,
            budget: *updates,
            backend: Backend::default(),
        };
        Learner {
            function: approximation.config.build(&setup, &mut stream(seed, Stream::Init)),
            data,
            batches: Batches::new(data.len(), self.batch_size, stream(seed, Stream::Replay)),
            outputs: *outputs,
            gamma: *gamma as f32,
            target_update_interval: self.target_update_interval,
            updates: 0,
        }
    }

    fn in_gridworld(&self, seed: u64, progress: &dyn Fn(&str), findings: &mut Findings) {
        let world = World::new(&self.gridworld(), self.gamma);
        let data = Transitions::of_model(&world.model);
        let from = self.disturbed(&world);
        let learned = for_gridworld().into_iter().zip(self.learning_rates).map(|(approximation, rate)| {
            progress(&format!("the gridworld with {}", approximation.name));
            self.learn(&approximation, rate, &world, &data, from, seed)
        });
        let outcomes: Vec<Outcome> = learned.collect();
        for outcome in &outcomes {
            for (measure, points) in [("error", &outcome.errors), ("regret", &outcome.regrets)] {
                for (updates, value) in points {
                    let cells = ["gridworld", outcome.name, &updates.to_string(), measure, &value.to_string()];
                    findings.data.push(cells.map(str::to_owned).to_vec());
                }
            }
        }
        let end = |outcome: &Outcome| outcome.errors[outcome.errors.len() - 1].1;
        let (table, others) = (&outcomes[0], &outcomes[1..]);
        let count = world.states.len();
        let each = |of: &dyn Fn(&Outcome) -> String| {
            outcomes.iter().map(|outcome| format!("{} {}", outcome.name, of(outcome))).collect::<Vec<_>>().join(", ")
        };
        let shares = |outcome: &Outcome| {
            let optimal = world.optimal(&outcome.snapshots[outcome.snapshots.len() - 1].values);
            optimal.iter().filter(|right| **right).count() as f64 / optimal.len() as f64
        };
        let disturbance = |outcome: &Outcome| {
            let sum: f64 = outcome.interference.iter().map(|change| change.abs()).sum();
            (sum - 1.0) / (outcome.interference.len() - 1) as f64 // without the state itself, which changes by 1
        };
        findings.checks.extend([
            Check::new(
                format!("the table and the tiles, which have at least one feature for each of the {count} states, reach Q*"),
                format!("root mean square errors {:.1e} and {:.1e}", end(table), end(&outcomes[1])),
                end(table) < 2e-3 && end(&outcomes[1]) < 2e-3,
            ),
            Check::new(
                "radial basis functions and networks end with a larger error, from the same batches",
                each(&|outcome| format!("{:.4} with {} parameters", end(outcome), outcome.parameters)),
                outcomes[2..].iter().all(|outcome| end(outcome) > end(table).max(end(&outcomes[1]))),
            ),
            Check::new(
                "a policy needs less than the values: where values are wrong, most greedy actions are right",
                each(&|outcome| format!("{:.0} %", 100.0 * shares(outcome))),
                outcomes.iter().all(|outcome| shares(outcome) > 0.5),
            ),
            Check::new(
                "a step at one state leaves all other states of a table alone, and changes those of every other approximator",
                format!("mean change, relative to that of the state: {}", each(&|outcome| format!("{:.3}", disturbance(outcome)))),
                disturbance(table).abs() < 1e-9 && others.iter().all(|outcome| disturbance(outcome) > 0.01),
            ),
        ]);
        self.curves(&outcomes, findings);
        self.maps(&world, &outcomes, from, findings);
    }

    /// The state whose update is shown: the first below the upper third of the map with a wall to its right, or the first of all.
    fn disturbed(&self, world: &World) -> usize {
        let beside_wall = |state: &&usize| {
            let [row, column] = [0, 1].map(|i| world.model.observation(**state)[i] as usize);
            let right = self.map.get(row).and_then(|cells| cells.chars().nth(column + 1));
            row > world.size[0] / 3 && right == Some('#')
        };
        world.states.iter().find(beside_wall).copied().unwrap_or(world.states[0])
    }

    fn learn(
        &self,
        of: &Approximation,
        learning_rate: f64,
        world: &World,
        data: &Transitions,
        from: usize,
        seed: u64,
    ) -> Outcome {
        let task = Task {
            space: world.env.observation_space().clone(),
            outputs: world.model.actions(),
            gamma: self.gamma,
            updates: self.updates,
        };
        let mut learner = self.learner(&task, of, learning_rate, data, seed);
        let (every, marks) = ((self.updates / 100).max(1), self.marks());
        let mut outcome = Outcome {
            name: of.name,
            parameters: learner.function.parameters(),
            errors: vec![],
            regrets: vec![],
            snapshots: vec![],
            interference: vec![],
        };
        for updates in 0..=self.updates {
            let is_marked = marks.contains(&updates);
            if is_marked || updates % every == 0 {
                let values = world.values(learner.function.as_mut());
                let squares: f64 = world.errors(&values).iter().map(|error| error * error).sum();
                outcome.errors.push((updates as f64, (squares / world.states.len() as f64).sqrt()));
                outcome.regrets.push((updates as f64, world.regret(&values)));
                if is_marked {
                    outcome.snapshots.push(Snapshot { updates, values });
                }
            }
            if updates < self.updates {
                learner.update();
            }
        }
        let action = argmax(&world.exact.of(from).iter().map(|q| *q as f32).collect::<Vec<_>>());
        let pairs: Vec<(&[f32], usize)> =
            world.states.iter().map(|&state| (world.model.observation(state), action)).collect();
        let row = world.states.iter().position(|state| *state == from).unwrap_or(0);
        let between = Interference::between(learner.function.as_mut(), &pairs);
        outcome.interference = between.matrix[row * between.states..(row + 1) * between.states].to_vec();
        outcome
    }

    /// The updates after which maps are shown.
    fn marks(&self) -> Vec<u64> {
        [0.025, 0.1, 0.3, 1.0].map(|share: f64| (share * self.updates as f64).round() as u64).to_vec()
    }

    fn curves(&self, outcomes: &[Outcome], findings: &mut Findings) {
        let shapes = |of: fn(&Outcome) -> &Vec<(f64, f64)>| -> Vec<Shape> {
            let shape = |(colour, outcome): (usize, &Outcome)| Shape {
                name: outcome.name.to_owned(),
                colour,
                form: Form::Line,
                points: of(outcome).clone(),
            };
            outcomes.iter().enumerate().map(shape).collect()
        };
        let mut figure = |id, title: &str, caption: &str, y, shapes| {
            let chart = Chart::Plane(PlaneChart { x: Axis::new("updates"), y, equal: false, shapes });
            findings.figures.push(Figure {
                id,
                title: title.to_owned(),
                caption: caption.to_owned(),
                picture: chart.into(),
            });
        };
        figure(
            "errors",
            "The error of Q̃ in the gridworld",
            "Root mean square over all states and actions, from the same batches. The table and the tiles end at Q*, as near as 32 bits \
             allow. The table's error rises for a while, because its values are too high until the learning rate has fallen.",
            Axis::new("root mean square of Q̃ − Q*").logarithmic(),
            shapes(|outcome| &outcome.errors),
        );
        figure(
            "regrets",
            "What the greedy policy loses",
            "V* less the value of the greedy policy, the mean over all states. It reaches 0 long before the error does, where it \
             does.",
            Axis::new("mean of V* − V of the greedy policy").with_zero(),
            shapes(|outcome| &outcome.regrets),
        );
    }

    fn maps(&self, world: &World, outcomes: &[Outcome], from: usize, findings: &mut Findings) {
        let names: Vec<String> = outcomes.iter().map(|outcome| outcome.name.to_owned()).collect();
        let numbers =
            |label: &str, scale, ends, values| Cells::Numbers { values, label: label.to_owned(), scale, ends };
        let exact = world.on_map(world.states.iter().map(|state| world.exact.best(*state)));
        let film: Vec<Vec<Vec<f64>>> = outcomes
            .iter()
            .map(|outcome| {
                let frame = |snapshot: &Snapshot| {
                    world.on_map(snapshot.values.iter().map(|values| f64::from(max_value(values))))
                };
                outcome.snapshots.iter().map(frame).chain([exact.clone()]).collect()
            })
            .collect();
        let after = outcomes[0].snapshots.iter().map(|snapshot| snapshot.updates.to_string());
        let panels =
            Panels { size: world.size, rows: names.clone(), columns: after.chain(["exact".to_owned()]).collect() };
        let values = panels.numbers(&film);
        let highest = film.iter().flatten().flatten().copied().fold(0.0, f64::max); // cells without a number do not count
        let picture = panels.chart(
            "after so many updates",
            numbers("maxᵤ Q̃(x, u)", ColourScale::Sequential, Some((0.0, highest)), values),
            vec![],
        );
        findings.figures.push(Figure {
            id: "film_strip",
            title: "How values spread from the goal".to_owned(),
            caption: "Walls are grey; the goal is at the top right. In the table, values advance from the goal by a step with each copy of \
                      the weights. Features and networks begin with a broader brush: they also colour what lies behind the wall. Halfway, \
                      values are too high: Adam's steps are still large, and the maximum in the target picks what is too high by chance. \
                      As the learning rate falls, the values do."
                .to_owned(),
            picture: picture.into(),
        });

        let across = Panels { size: world.size, rows: vec![String::new()], columns: names };
        let last =
            |outcome: &Outcome| -> Vec<Vec<f32>> { outcome.snapshots[outcome.snapshots.len() - 1].values.clone() };
        let errors: Vec<Vec<f64>> = outcomes.iter().map(|outcome| world.on_map(world.errors(&last(outcome)))).collect();
        let largest = errors.iter().flatten().copied().fold(0.0, f64::max); // cells without a number do not count
        let picture = across.chart(
            "approximator",
            numbers("error of Q̃", ColourScale::Sequential, Some((0.0, largest)), across.numbers(&[errors])),
            vec![],
        );
        findings.figures.push(Figure {
            id: "error_maps",
            title: "Where Q̃ is wrong".to_owned(),
            caption: "The root mean square over the actions of each cell, at the end. That of the radial basis functions is largest where the wall separates cells that \
                      are near on the map and far from each other on foot."
                .to_owned(),
            picture: picture.into(),
        });

        let mut actions = vec![None; across.across() * across.down()];
        let mut wrong = Vec::new();
        for (column, outcome) in outcomes.iter().enumerate() {
            let values = last(outcome);
            for ((state, values), right) in world.states.iter().zip(&values).zip(world.optimal(&values)) {
                let place = across.place(0, column, world.cell(*state));
                actions[place] = Some(argmax(values));
                if !right {
                    let (row, column) = (place / across.across(), place % across.across());
                    wrong.push((column as f64 + 0.5, row as f64 + 0.5));
                }
            }
        }
        let names = self.gridworld().action_names();
        let cells = Cells::Categories { values: actions, label: "greedy action".to_owned(), names };
        findings.figures.push(Figure {
            id: "policies",
            title: "The greedy policies".to_owned(),
            caption: "A dot marks a cell whose greedy action is not an optimal one.".to_owned(),
            picture: across.chart("approximator", cells, vec![Overlay::Dots(wrong)]).into(),
        });

        let changes: Vec<Vec<f64>> =
            outcomes.iter().map(|outcome| world.on_map(outcome.interference.iter().copied())).collect();
        let here = world.cell(from);
        let place = |column: usize| {
            let place = across.place(0, column, here);
            ((place % across.across()) as f64 + 0.5, (place / across.across()) as f64 + 0.5)
        };
        let marks = (0..outcomes.len()).map(place).collect();
        let largest = changes.iter().flatten().copied().fold(1.0, |largest: f64, change| largest.max(change.abs()));
        let cells = numbers(
            "change relative to the dot's",
            ColourScale::Diverging,
            Some((-largest, largest)),
            across.numbers(&[changes]),
        );
        findings.figures.push(Figure {
            id: "interference",
            title: "What one step changes".to_owned(),
            caption: "The change of Q̃ for one action in all cells, when gradient descent takes a small step for that action in the cell with \
                      the dot, at the end of learning. The table changes the cell alone. Tiles change neighbours, bumps also what is \
                      behind the wall. Networks change the whole map."
                .to_owned(),
            picture: across.chart("approximator", cells, vec![Overlay::Dots(marks)]).into(),
        });
    }

    fn in_cart_pole(&self, seed: u64, progress: &dyn Fn(&str), findings: &mut Findings) {
        let config = CartPoleConfig::default();
        let mut env = config.build().expect("the defaults fit");
        let task = Task {
            space: env.observation_space().clone(),
            outputs: env.actions(),
            gamma: self.cart_pole_gamma,
            updates: self.cart_pole_updates,
        };
        let data = Transitions::of_random_policy(env.as_mut(), self.cart_pole_transitions, seed);
        let ends = data.endings.iter().filter(|ending| ending.is_over()).count().max(1);
        let random = data.len() as f64 / ends as f64;
        let mut maps = Vec::new();
        let mut returns: Vec<(&str, f64)> = Vec::new();
        let side = 40;
        let along = |cell: usize, half: f64| (half * ((2 * cell + 1) as f64 / side as f64 - 1.0)) as f32;
        let places: Vec<f32> = (0..side * side)
            .flat_map(|cell| [0.0, 0.0, along(cell % side, 0.21), along(side - 1 - cell / side, 3.0)])
            .collect();
        for (approximation, rate) in for_cart_pole().into_iter().zip(self.cart_pole_learning_rates) {
            progress(&format!("cart-pole with {}", approximation.name));
            let mut learner = self.learner(&task, &approximation, rate, &data, seed);
            (0..self.cart_pole_updates).for_each(|_| learner.update());
            let mut sum = 0.0;
            for episode in 0..self.episodes {
                sum += greedy_return(env.as_mut(), learner.function.as_mut(), seed, episode);
            }
            let mean = sum / self.episodes as f64;
            returns.push((approximation.name, mean));
            let cells =
                ["cart_pole", approximation.name, &self.cart_pole_updates.to_string(), "return", &mean.to_string()];
            findings.data.push(cells.map(str::to_owned).to_vec());
            let values = learner.function.outputs(Weights::Online, &places);
            maps.push(values.chunks_exact(env.actions()).map(|row| f64::from(max_value(row))).collect::<Vec<f64>>());
        }
        let written: Vec<String> = returns.iter().map(|(name, mean)| format!("{name} {mean:.0}")).collect();
        let best = returns.iter().map(|(_, mean)| *mean).fold(0.0, f64::max);
        findings.checks.push(Check::new(
            "cart-pole: transitions of a random policy are enough for a policy that balances at least five times as long",
            format!("the random policy's episodes last {random:.0} steps; greedy returns: {}", written.join(", ")),
            best > 5.0 * random,
        ));
        let panels = Panels {
            size: [side, side],
            rows: vec!["velocity".to_owned()],
            columns: returns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        };
        let cells = Cells::Numbers {
            values: panels.numbers(&[maps]),
            label: "maxᵤ Q̃(x, u)".to_owned(),
            scale: ColourScale::Sequential,
            ends: None,
        };
        findings.figures.push(Figure {
            id: "cart_pole",
            title: "Values in cart-pole".to_owned(),
            caption: format!(
                "Over the pole's angle (−0.21 to 0.21 rad, to the right) and its angular velocity (−3 to 3 rad/s, upwards), with the cart \
                 at rest in the middle. Greedy policies balance for {} of 500 steps.",
                written.join(", ")
            ),
            picture: panels.chart("angle", cells, vec![]).into(),
        });
    }
}

/// The return of an episode of the greedy policy.
fn greedy_return(env: &mut dyn Env, function: &mut dyn Function, seed: u64, episode: u64) -> f64 {
    let mut rng = evaluation_stream(seed, episode);
    let mut observation = vec![0.0; env.observation_space().len()];
    env.reset(&mut rng, &mut observation);
    let mut sum = 0.0;
    loop {
        let action = argmax(function.outputs(Weights::Online, &observation));
        let step = env.step(action, &mut rng, &mut observation);
        sum += f64::from(step.reward);
        if step.ending.is_over() {
            return sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_of_the_gridworld_hold() {
        let study = ApproximateQ { cart_pole_transitions: 0, ..ApproximateQ::default() };
        assert_eq!(study.check(), Ok(()));
        let findings = study.run(0, &|_| {});
        assert!(findings.hold(), "{:#?}", findings.checks);
    }

    #[test]
    fn panels_lie_beside_and_above_each_other() {
        let panels = Panels { size: [2, 3], rows: vec![String::new(); 2], columns: vec![String::new(); 2] };
        assert_eq!((panels.across(), panels.down()), (7, 5));
        assert_eq!(panels.place(0, 0, 4), 7 + 1, "the second cell of the second row");
        assert_eq!(panels.place(1, 1, 0), 3 * 7 + 4);
    }
}
