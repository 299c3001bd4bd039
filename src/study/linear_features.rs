//! How far an update reaches, by the features' shapes, and what that does to the speed of learning.

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::{Env, Outcome, Space, Tabular, TransitionModel, on_policy_distribution, policy_evaluation};

use super::{Check, Figure, Findings, Study, Table};
use crate::agents::{Agent, AgentSetup, TdPrediction, TdPredictionConfig};
use crate::approx::{
    ApproximatorConfig, Counts, FeatureConfig, FourierConfig, Function, FunctionSetup, RbfConfig, TilesConfig, Weights,
};
use crate::chart::{
    Axis, Cells, Chart, ColourScale, CurvePoint, Form, HeatMap, LineChart, Overlay, PlaneChart, Series, Shape,
};
use crate::device::Backend;
use crate::invalid_value::{InvalidValue, all, require};
use crate::losses::TdLoss;
use crate::optim::{OptimizerConfig, SgdConfig};
use crate::parallel::on_all_cores;
use crate::registry::Part;
use crate::replay::Transition;
use crate::rng::{Stream, env_stream, stream};

/// One update of a linear function, and the random walk of Sutton & Barto 2018, section 9.3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinearFeatures {
    /// States of the random walk.
    pub states: usize,
    /// The longest jump of the random walk, in states.
    pub jump: usize,
    /// Width of a tile, in states.
    pub tile: usize,
    /// Tilings that are compared with a single one.
    pub tilings: usize,
    /// Learning rate α of gradient Monte Carlo with one tiling; with several, it is divided by their number.
    pub learning_rate: f64,
    /// Episodes of gradient Monte Carlo.
    pub episodes: usize,
    /// Widths of the tiles that TD(0) learns with, in states.
    pub td_tiles: Vec<usize>,
    /// Learning rate of TD(0).
    pub td_learning_rate: f64,
    /// Episodes of TD(0).
    pub td_episodes: usize,
    /// Independent runs of each.
    pub runs: usize,
}

impl Default for LinearFeatures {
    /// The book's, with its α.
    fn default() -> Self {
        LinearFeatures {
            states: 1_000,
            jump: 100,
            tile: 200,
            tilings: 50,
            learning_rate: 1e-4,
            episodes: 5_000,
            td_tiles: vec![10, 50, 200, 500],
            td_learning_rate: 0.05,
            td_episodes: 2_000,
            runs: 30,
        }
    }
}

impl Part for LinearFeatures {
    const ID: &'static str = "linear_features";
    const SUMMARY: &'static str =
        "how far an update reaches: narrow, broad and asymmetric generalisation (Sutton & Barto 2018, section 9.5)";
}

impl Study for LinearFeatures {
    fn title(&self) -> &'static str {
        "Features decide how far an update reaches"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let between = |key: &str, value: usize, low: usize, high: usize| {
            require((low..=high).contains(&value), key, || format!("must lie between {low} and {high}, not at {value}"))
        };
        let divides = |key: &str, width: usize| {
            require(width > 0 && self.states.is_multiple_of(width), key, || {
                format!("{width} does not divide the {} states: choose a width that does", self.states)
            })
        };
        let rate = |key: &str, value: f64| {
            require((1e-9..=1.0).contains(&value), key, || format!("must lie between 1e-9 and 1, not at {value}"))
        };
        all([
            between("states", self.states, 10, 10_000),
            between("jump", self.jump, 1, 1_000),
            between("tilings", self.tilings, 2, 1_000),
            between("episodes", self.episodes, 100, 1_000_000),
            between("td_episodes", self.td_episodes, 100, 1_000_000),
            between("runs", self.runs, 2, 1_000),
            between("td_tiles", self.td_tiles.len(), 2, 8),
            divides("tile", self.tile),
            rate("learning_rate", self.learning_rate),
            rate("td_learning_rate", self.td_learning_rate),
            all(self.td_tiles.iter().map(|tile| divides("td_tiles", *tile))),
        ])
    }

    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings {
        let mut findings = Findings {
            claim: CLAIM.to_owned(),
            method: format!(
                "The first part takes a linear function with zero weights and makes one step of gradient descent at one place, as \
                 long as the value there needs to become 1. What the other places have become is the reach of the update. The second \
                 part is the book's random walk: {} states, jumps of up to {} states to either side, −1 for leaving to the left and +1 \
                 to the right, no discount. Gradient Monte Carlo (the book's page 202) steps towards the return at every visit, for one \
                 tiling and for {} tilings from the same episodes, {} runs of {} episodes. TD(0) is the agent `td_prediction`. Errors \
                 are the square root of the mean squared value error, √VE, weighted by how often a state is visited; true values are \
                 those of exact policy evaluation.",
                self.states, self.jump, self.tilings, self.runs, self.episodes
            ),
            checks: Vec::new(),
            data: Table::new(&["experiment", "run", "x", "y"]),
            figures: Vec::new(),
        };
        progress("one update");
        one_dimension(&mut findings);
        two_dimensions(&mut findings);
        progress("the random walk's true values");
        let walk = Walk::new(self.states, self.jump);
        progress("gradient Monte Carlo");
        self.monte_carlo(&walk, seed, &mut findings);
        progress("TD(0)");
        self.td(&walk, seed, &mut findings);
        findings
    }
}

const CLAIM: &str = "A linear function Σ wᵢφᵢ(x) that is updated at x changes at x′ in proportion to φ(x)·φ(x′). So the features decide, \
     before anything is learned, which states count as alike (Sutton & Barto 2018, figure 9.7): narrow features change the \
     neighbourhood alone, broad ones change far states too, long ones change along one direction farther than along the other.\n\n\
     - With tile coding, the change falls linearly and is zero one tile's width away. With radial basis functions of width σ it falls \
     as exp(−d²/4σ²). A Fourier basis changes every state, some in the wrong direction, and the higher its order, the narrower the \
     peak.\n\
     - Broad features learn fast at first, and end with a larger error; narrow ones learn slowly, and end with a smaller one.\n\
     - Many displaced tilings reach as far as one and tell more states apart: on the random walk with 1,000 states, 50 tilings end \
     below one (the book's figure 9.10).";

/// Where the update is made on the line.
const PLACE: f32 = 0.4;

/// Places along the line.
const POINTS: usize = 401;

/// Tilings, where tiles are compared with other features.
const TILINGS: usize = 16;

/// A linear function of features.
fn linear(features: &FeatureConfig, space: &Space, learning_rate: f64) -> Box<dyn Function> {
    let optimizer = sgd(learning_rate);
    let setup = FunctionSetup { optimizer: &optimizer, space, outputs: 1, budget: 1, backend: Backend::default() };
    of(features).build(&setup, &mut stream(0, Stream::Init)) // its first weights are zero
}

fn of(features: &FeatureConfig) -> ApproximatorConfig {
    ApproximatorConfig { features: features.clone(), ..ApproximatorConfig::default() }
}

fn sgd(learning_rate: f64) -> OptimizerConfig {
    SgdConfig::constant(learning_rate).into()
}

fn tiles(tilings: usize, tiles: Counts) -> FeatureConfig {
    TilesConfig { tilings, tiles, ..TilesConfig::default() }.into()
}

/// The values at `places` after one step at `at` that makes the value there 1; they were zero before.
fn reach(features: &FeatureConfig, space: &Space, at: &[f32], places: &[f32]) -> Vec<f64> {
    let mut probe = linear(features, space, 1.0);
    probe.record(at);
    let gradient = probe.gradient(&[1.0]);
    let length: f32 = gradient.iter().map(|g| g * g).sum();
    let mut function = linear(features, space, 1.0 / f64::from(length));
    let error = 1.0 - function.record(at)[0];
    function.step(&[TdLoss::Mse.derivative(error)], 0);
    function.outputs(Weights::Online, places).iter().map(|value| f64::from(*value)).collect()
}

/// How far from the place the change is first less than a half, to the right.
fn half_width(xs: &[f32], changes: &[f64], at: f32) -> f64 {
    let below = xs.iter().zip(changes).find(|(x, change)| **x > at && **change < 0.5);
    below.map_or(f64::INFINITY, |(x, _)| f64::from(*x - at))
}

/// The reach of tiles, radial basis functions and a Fourier basis along a line.
fn one_dimension(findings: &mut Findings) {
    let space = Space::Box { low: vec![0.0], high: vec![1.0] };
    let xs: Vec<f32> = (0..POINTS).map(|i| i as f32 / (POINTS - 1) as f32).collect();
    let distance = |x: f32| f64::from((x - PLACE).abs());
    let change = |features: FeatureConfig| reach(&features, &space, &[PLACE], &xs);

    let widths = [4, 8, 16];
    let of_tiles = widths.map(|count| change(tiles(TILINGS, Counts::All(count))));
    let worst = widths.iter().zip(&of_tiles).flat_map(|(count, changes)| {
        let expected = |x: f32| (1.0 - distance(x) * *count as f64).max(0.0);
        xs.iter().zip(changes).map(move |(x, change)| (change - expected(*x)).abs())
    });
    let worst = worst.fold(0.0, f64::max);
    let beyond = widths.iter().zip(&of_tiles).all(|(count, changes)| {
        xs.iter().zip(changes).all(|(x, change)| distance(*x) * (*count as f64) < 1.0 + 1e-4 || *change == 0.0)
    });
    findings.checks.push(Check::new(
        format!("{TILINGS} tilings of width w: the change at a distance d is 1 − d/w, up to one tiling's share, and 0 beyond w"),
        format!("largest difference {worst:.3}; one tiling's share is {:.4}", 1.0 / TILINGS as f64),
        worst < 1.0 / TILINGS as f64 + 1e-3 && beyond,
    ));

    let deviations = [1.0, 2.0, 4.0]; // in distances between 41 centres
    let of_rbf = deviations.map(|width| {
        change(RbfConfig { centres: Counts::All(41), width, normalized: true, ..RbfConfig::default() }.into())
    });
    let worst = deviations.iter().zip(&of_rbf).flat_map(|(width, changes)| {
        let expected = move |x: f32| (-(distance(x) * 40.0 / width).powi(2) / 4.0).exp();
        // Near the ends there are no centres beyond, and normalisation makes up for them.
        let inner = |x: f32| (0.15..=0.85).contains(&x);
        xs.iter().zip(changes).filter(move |(x, _)| inner(**x)).map(move |(x, change)| (change - expected(*x)).abs())
    });
    let worst = worst.fold(0.0, f64::max);
    findings.checks.push(Check::new(
        "radial basis functions of width σ: the change is exp(−d²/4σ²), so that it is a half at 1.67 σ",
        format!("largest difference {worst:.3}"),
        worst < 0.02,
    ));

    let orders = [4, 8, 16];
    let of_fourier = orders.map(|order| change(FourierConfig { order, ..FourierConfig::default() }.into()));
    let kernel = |order: usize, x: f64| {
        let place = f64::from(PLACE);
        let sum = |x: f64| (0..=order).map(|i| (PI * i as f64 * x).cos() * (PI * i as f64 * place).cos()).sum::<f64>();
        sum(x) / sum(place)
    };
    let worst = orders.iter().zip(&of_fourier).flat_map(|(order, changes)| {
        xs.iter().zip(changes).map(move |(x, change)| (change - kernel(*order, f64::from(*x))).abs())
    });
    let worst = worst.fold(0.0, f64::max);
    let widths_at_half = [0, 1, 2].map(|i| half_width(&xs, &of_fourier[i], PLACE));
    let far = of_fourier.iter().map(|changes| {
        xs.iter().zip(changes).filter(|(x, _)| distance(**x) > 0.4).map(|(_, change)| change.abs()).fold(0.0, f64::max)
    });
    let far: Vec<f64> = far.collect();
    let wrong = of_fourier.iter().all(|changes| changes.iter().any(|change| *change < -0.02));
    findings.checks.push(Check::new(
        "a Fourier basis: a higher order makes the peak narrower, yet states far away change too, and some the wrong way",
        format!(
            "a half at {:.3}, {:.3} and {:.3} for the orders 4, 8 and 16; beyond a distance of 0.4, changes of up to {:.2}, {:.2} and \
             {:.2}",
            widths_at_half[0], widths_at_half[1], widths_at_half[2], far[0], far[1], far[2]
        ),
        worst < 1e-3
            && widths_at_half.windows(2).all(|pair| pair[1] < 0.75 * pair[0])
            && far.iter().all(|far| *far > 0.02)
            && wrong,
    ));

    let families = [
        (
            "tiles",
            "One update with tile coding",
            of_tiles.map(Vec::from),
            widths.map(|n| format!("{TILINGS} tilings of width 1/{n}")),
        ),
        (
            "rbf",
            "One update with radial basis functions",
            of_rbf,
            deviations.map(|width| format!("σ = {}", width / 40.0)),
        ),
        ("fourier", "One update with a Fourier basis", of_fourier, orders.map(|order| format!("order {order}"))),
    ];
    let captions = [
        "A triangle of stairs, one for each tiling. Wide tiles reach far, narrow ones do not, and beyond a tile's width nothing \
         changes at all.",
        "A bell, wider than a feature by √2: both the updated place and the other one see their share of each feature.",
        "A peak with waves over the whole range. The more frequencies there are, the narrower is the peak; the waves remain.",
    ];
    for ((id, title, changes, names), caption) in families.into_iter().zip(captions) {
        let shape = |(colour, (changes, name)): (usize, (Vec<f64>, String))| {
            let points = xs.iter().map(|x| f64::from(*x)).zip(changes).collect();
            Shape { name, colour: [0, 1, 2][colour], form: Form::Line, points }
        };
        let shapes: Vec<Shape> = changes.into_iter().zip(names).enumerate().map(shape).collect();
        for Shape { name, points, .. } in &shapes {
            for (x, y) in points {
                findings.data.push(vec![id.to_owned(), name.clone(), x.to_string(), y.to_string()]);
            }
        }
        let y = Axis::new("change of the value; 1 at x = 0.4").between(-0.4, 1.1);
        let picture = Chart::Plane(PlaneChart { x: Axis::new("x").between(0.0, 1.0), y, equal: false, shapes }).into();
        findings.figures.push(Figure { id, title: title.to_owned(), caption: caption.to_owned(), picture });
    }
}

/// Cells along a side of a panel, and columns between panels.
const SIDE: usize = 60;
const GAP: usize = 3;

/// The reach of tiles of three shapes in a square.
fn two_dimensions(findings: &mut Findings) {
    let space = Space::Box { low: vec![0.0; 2], high: vec![1.0; 2] };
    let shapes = [("narrow", [10, 10]), ("broad", [3, 3]), ("asymmetric", [12, 2])];
    let middle = |cell: usize| (cell as f32 + 0.5) / SIDE as f32;
    let places: Vec<f32> = (0..SIDE * SIDE).flat_map(|cell| [middle(cell % SIDE), middle(cell / SIDE)]).collect();
    let at = [middle(SIDE / 2); 2];
    let panels = shapes.map(|(_, sides)| reach(&tiles(TILINGS, Counts::Each(sides.to_vec())), &space, &at, &places));
    let line: Vec<f32> = (0..1_001).map(|i| i as f32 / 1_000.0).collect();
    let mut measured = Vec::new();
    for (name, sides) in shapes {
        let features = tiles(TILINGS, Counts::Each(sides.to_vec()));
        let along = |axis: usize| {
            let places: Vec<f32> =
                line.iter().flat_map(|x| if axis == 0 { [*x, at[1]] } else { [at[0], *x] }).collect();
            half_width(&line, &reach(&features, &space, &at, &places), at[axis])
        };
        measured.push((name, [along(0), along(1)], sides.map(|side| 0.5 / side as f64)));
    }
    let close = |(_, found, expected): &(&str, [f64; 2], [f64; 2])| {
        found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 2.0 * b / TILINGS as f64 + 2e-3)
    };
    let written: Vec<String> = measured.iter().map(|(name, [x, y], _)| format!("{name} {x:.3} and {y:.3}")).collect();
    findings.checks.push(Check::new(
        "tiles of w₁ × w₂: the change is a half at w₁/2 along the first component and at w₂/2 along the second",
        written.join(", "),
        measured.iter().all(close),
    ));
    for ((name, _), panel) in shapes.iter().zip(&panels) {
        for (cell, change) in panel.iter().enumerate().filter(|(_, change)| **change != 0.0) {
            let run = format!("x2 = {:.4}", middle(cell / SIDE));
            findings.data.push(vec![(*name).to_owned(), run, middle(cell % SIDE).to_string(), change.to_string()]);
        }
    }
    let columns = 3 * SIDE + 2 * GAP;
    let value = |cell: usize| {
        let (row, column) = (cell / columns, cell % columns);
        let (panel, within) = (column / (SIDE + GAP), column % (SIDE + GAP));
        if within < SIDE { panels[panel][row * SIDE + within] } else { f64::NAN }
    };
    let unit = SIDE as f64;
    let middles = [0, 1, 2].map(|panel| (panel as f64) * (unit + GAP as f64) + 0.5 * unit);
    let ticks = middles.iter().zip(shapes).map(|(middle, (name, _))| (*middle, name.to_owned())).collect();
    let map = HeatMap {
        x: Axis::new("x1, three times from 0 to 1").between(0.0, columns as f64).with_ticks(ticks),
        y: Axis::new("x2").between(0.0, unit).with_ticks(vec![(0.0, "0".to_owned()), (unit, "1".to_owned())]),
        columns,
        rows: SIDE,
        from_top: false,
        square: true,
        cells: Cells::Numbers {
            values: (0..SIDE * columns).map(value).collect(),
            label: "change of the value".to_owned(),
            scale: ColourScale::Sequential,
            ends: Some((0.0, 1.0)),
        },
        overlays: vec![Overlay::Dots(middles.iter().map(|middle| (*middle, 0.5 * unit + 0.5)).collect())],
    };
    findings.figures.push(Figure {
        id: "shapes",
        title: "One update with tiles of three shapes".to_owned(),
        caption: format!(
            "The value was updated in the middle of each square, with {TILINGS} tilings whose tiles are 1/10 × 1/10, 1/3 × 1/3 and \
             1/12 × 1/2 wide and high. The last one says: states differ by x1, and hardly by x2."
        ),
        picture: Chart::HeatMap(map).into(),
    });
}

/// The random walk of Sutton & Barto 2018, example 9.1.
struct Walk {
    model: TransitionModel,
    space: Space,
    /// The value of each state.
    values: Vec<f64>,
    /// How often each state is visited, as a share.
    shares: Vec<f64>,
    /// The observations of all states.
    observations: Vec<f32>,
}

impl Walk {
    fn new(states: usize, jump: usize) -> Walk {
        let observations: Vec<Vec<f32>> = (0..states).map(|state| vec![state as f32]).collect();
        let chance = 0.5 / jump as f64;
        let outcomes = |state: usize, _| {
            let within = (state.saturating_sub(jump)..(state + jump + 1).min(states)).filter(|next| *next != state);
            let steps = within.map(|next| Outcome { probability: chance, next, reward: 0.0, terminated: false });
            let [left, right] = [jump.saturating_sub(state), (state + jump + 1).saturating_sub(states)];
            let ends = [(left, -1.0), (right, 1.0)].into_iter().filter(|(count, _)| *count > 0);
            let end =
                |(count, reward)| Outcome { probability: chance * count as f64, next: state, reward, terminated: true };
            steps.chain(ends.map(end)).collect()
        };
        let flat = observations.concat();
        let model = TransitionModel::new(1, observations, vec![(states / 2 - 1, 1.0)], outcomes);
        let policy = vec![1.0; states];
        Walk {
            values: policy_evaluation(&model, &policy, 1.0).expect("every episode ends"),
            shares: on_policy_distribution(&model, &policy).expect("episodes start in a state with an action"),
            space: Space::Discrete { n: states },
            observations: flat,
            model,
        }
    }

    /// √VE = √(Σ μ(x) (v(x) − Ṽ(x))²) (Sutton & Barto 2018, eq. 9.1).
    fn error(&self, function: &mut dyn Function) -> f64 {
        let learned = function.outputs(Weights::Online, &self.observations);
        let squares = learned.iter().zip(&self.values).zip(&self.shares);
        squares.map(|((value, exact), share)| share * (exact - f64::from(*value)).powi(2)).sum::<f64>().sqrt()
    }

    /// √VE of the best function that has one value for each group of `width` states.
    fn best_of_groups(&self, width: usize) -> f64 {
        let group = |(values, shares): (&[f64], &[f64])| {
            let total: f64 = shares.iter().sum();
            let mean = values.iter().zip(shares).map(|(value, share)| value * share).sum::<f64>() / total;
            values.iter().zip(shares).map(|(value, share)| share * (value - mean).powi(2)).sum::<f64>()
        };
        self.values.chunks(width).zip(self.shares.chunks(width)).map(group).sum::<f64>().sqrt()
    }
}

/// What a run of gradient Monte Carlo left.
struct Learned {
    /// √VE every so many episodes, the first before any.
    errors: Vec<f64>,
    /// Ṽ of all states at the end.
    values: Vec<f64>,
}

impl LinearFeatures {
    /// Gradient Monte Carlo with one tiling and with many, from the same episodes.
    fn monte_carlo(&self, walk: &Walk, seed: u64, findings: &mut Findings) {
        let every = (self.episodes / 100).max(1);
        let counts = [1, self.tilings];
        let width = self.tile;
        let runs: Vec<usize> = (0..self.runs).collect();
        let results = on_all_cores(&runs, |run| self.monte_carlo_run(walk, counts, seed, *run, every));
        let curves = [0, 1].map(|which| {
            let of_runs: Vec<&Vec<f64>> = results.iter().map(|result| &result[which].errors).collect();
            mean_curve(&of_runs, |point| (point * every) as f64)
        });
        let end = |which: usize| curves[which][curves[which].len() - 1];
        let best = walk.best_of_groups(width);
        let better = results.iter().filter(|[one, many]| many.errors.last() < one.errors.last()).count();
        let start = (curves[0].len() / 50).max(1);
        let gap = (curves[1][start].y / curves[0][start].y - 1.0).abs();
        let below = curves[0].iter().zip(&curves[1]).skip(start + 1).filter(|(one, many)| many.y < one.y).count();
        let rest = curves[0].len() - start - 1;
        findings.checks.extend([
            Check::new(
                format!("{} tilings end with a smaller error than one, in every run", self.tilings),
                format!("√VE {:.4} and {:.4}; smaller in {better} of {} runs", end(1).y, end(0).y, self.runs),
                better == self.runs,
            ),
            Check::new(
                "both begin alike, since α is divided by the number of tilings, and then many tilings are below one all along",
                format!(
                    "{:.1} % apart after {} episodes; below at {below} of the {rest} points that follow",
                    100.0 * gap,
                    curves[0][start].x
                ),
                gap < 0.05 && below as f64 > 0.95 * rest as f64,
            ),
            Check::new(
                format!("one tiling cannot get below the best function that is constant on groups of {width} states"),
                format!("{best:.4} at best, {:.4} reached", end(0).y),
                end(0).y >= best,
            ),
        ]);
        let names = ["one tiling (state aggregation)".to_owned(), format!("{} tilings", self.tilings)];
        let series: Vec<Series> = curves
            .into_iter()
            .zip(&names)
            .enumerate()
            .map(|(variant, (points, name))| Series { name: name.clone(), variant, points, faint: Vec::new() })
            .collect();
        record(&mut findings.data, "monte_carlo", &series);
        findings.figures.push(Figure {
            id: "random_walk",
            title: "Gradient Monte Carlo on the random walk, as in figure 9.10".to_owned(),
            caption: format!(
                "√VE over episodes, mean of {} runs with its standard error; tiles are {width} states wide, tilings {} apart, α = {} \
                 and α = {}/{}. The dashed line is the best that groups of {width} states allow.",
                self.runs,
                states(width as f64 / self.tilings as f64),
                self.learning_rate,
                self.learning_rate,
                self.tilings
            ),
            picture: Chart::Lines(LineChart {
                x: Axis::new("episodes"),
                y: Axis::new("√VE").with_zero(),
                series,
                mark: Some((best, "best of one tiling".to_owned())),
                stairs: false,
                grouped: false,
            })
            .into(),
        });
        let places = || (1..=self.states).map(|state| state as f64);
        let line = |name: &str, colour: usize, values: &[f64]| Shape {
            name: name.to_owned(),
            colour,
            form: Form::Line,
            points: places().zip(values.iter().copied()).collect(),
        };
        let [one, many] = &results[0];
        let shapes = vec![
            line("true value", 7, &walk.values),
            line(&names[0], 0, &one.values),
            line(&names[1], 1, &many.values),
        ];
        findings.figures.push(Figure {
            id: "random_walk_values",
            title: "What was learned of the random walk".to_owned(),
            caption: format!(
                "Values after {} episodes of the first run. One tiling makes stairs of {width} states, many tilings make stairs of {}. At \
                 both ends the curve bends back: there, some of the tiles reach beyond the walk, hold few states and are seldom \
                 updated.",
                self.episodes,
                states(width as f64 / self.tilings as f64)
            ),
            picture: Chart::Plane(PlaneChart {
                x: Axis::new("state"),
                y: Axis::new("value").between(-1.0, 1.0),
                equal: false,
                shapes,
            })
            .into(),
        });
    }

    fn monte_carlo_run(&self, walk: &Walk, tilings: [usize; 2], seed: u64, run: usize, every: usize) -> [Learned; 2] {
        let mut functions = tilings.map(|count| {
            let features = tiles(count, Counts::All(self.states / self.tile));
            linear(&features, &walk.space, self.learning_rate / count as f64)
        });
        let mut errors = [(); 2].map(|()| Vec::new());
        let (mut env, mut rng) = (Tabular::new(walk.model.clone(), walk.space.clone()), env_stream(seed, run));
        let (mut visited, mut observation) = (Vec::new(), [0.0]);
        for episode in 0..=self.episodes {
            if episode % every == 0 {
                for (errors, function) in errors.iter_mut().zip(&mut functions) {
                    errors.push(walk.error(function.as_mut()));
                }
            }
            if episode == self.episodes {
                break;
            }
            visited.clear();
            env.reset(&mut rng, &mut observation);
            let outcome = loop {
                visited.push(observation[0]);
                let step = env.step(0, &mut rng, &mut observation);
                if step.ending.is_over() {
                    break step.reward; // the only reward, and so the return from every state
                }
            };
            for function in &mut functions {
                for state in &visited {
                    let error = outcome - function.record(&[*state])[0];
                    function.step(&[TdLoss::Mse.derivative(error)], 0);
                }
            }
        }
        let learned = |(errors, function): (Vec<f64>, &mut Box<dyn Function>)| Learned {
            errors,
            values: function.outputs(Weights::Online, &walk.observations).iter().map(|v| f64::from(*v)).collect(),
        };
        let [first, second] = errors;
        let [one, many] = &mut functions;
        [learned((first, one)), learned((second, many))]
    }

    /// TD(0) with tiles of several widths.
    fn td(&self, walk: &Walk, seed: u64, findings: &mut Findings) {
        let marks = marks(self.td_episodes);
        let jobs: Vec<(usize, usize)> =
            self.td_tiles.iter().flat_map(|tile| (0..self.runs).map(move |run| (*tile, run))).collect();
        let results = on_all_cores(&jobs, |&(tile, run)| self.td_run(walk, tile, seed, run, &marks));
        let curves: Vec<Vec<CurvePoint>> = results
            .chunks(self.runs)
            .map(|runs| mean_curve(&runs.iter().collect::<Vec<_>>(), |point| marks[point] as f64))
            .collect();
        let at = |curve: &[CurvePoint], episode: usize| {
            curve.iter().rev().find(|point| point.x <= episode as f64).map_or(f64::NAN, |point| point.y)
        };
        let early = 10;
        let by_width = |episode: usize| -> Vec<f64> { curves.iter().map(|curve| at(curve, episode)).collect() };
        let lowest = |errors: &[f64]| (0..errors.len()).min_by(|a, b| errors[*a].total_cmp(&errors[*b])).unwrap_or(0);
        let (first, end) = (by_width(early), by_width(self.td_episodes));
        let [best_early, best_late] = [&first, &end].map(|errors| self.td_tiles[lowest(errors)]);
        let written = |errors: &[f64]| {
            let one = |(tile, error): (&usize, &f64)| format!("{error:.3} for {tile}");
            self.td_tiles.iter().zip(errors).map(one).collect::<Vec<_>>().join(", ")
        };
        findings.checks.push(Check::new(
            "TD(0): wider tiles have the smaller error at first, narrower ones in the end",
            format!(
                "after {early} episodes √VE is {}; after {} it is {}",
                written(&first),
                self.td_episodes,
                written(&end)
            ),
            best_early > best_late,
        ));
        let floors = self.td_tiles.iter().map(|tile| walk.best_of_groups(*tile));
        let worst = end.iter().zip(floors).map(|(error, floor)| error - floor).fold(f64::INFINITY, f64::min);
        findings.checks.push(Check::new(
            "no width gets below the best function that is constant on its tiles",
            format!("at least {worst:.4} above"),
            worst >= 0.0,
        ));
        let series: Vec<Series> = curves
            .into_iter()
            .zip(&self.td_tiles)
            .enumerate()
            .map(|(variant, (points, tile))| Series {
                name: format!("{tile} states wide"),
                variant,
                points,
                faint: Vec::new(),
            })
            .collect();
        record(&mut findings.data, "td", &series);
        findings.figures.push(Figure {
            id: "td_widths",
            title: "TD(0) on the random walk with narrow and broad tiles".to_owned(),
            caption: format!(
                "One tiling, α = {}, mean of {} runs with its standard error. Broad tiles learn from the first episodes and stop \
                 early, because they cannot tell their states apart. Narrow ones need more visits, and go farther.",
                self.td_learning_rate, self.runs
            ),
            picture: Chart::Lines(LineChart {
                x: Axis::new("episodes").logarithmic(),
                y: Axis::new("√VE").with_zero(),
                series,
                mark: None,
                stairs: false,
                grouped: false,
            })
            .into(),
        });
    }

    fn td_run(&self, walk: &Walk, tile: usize, seed: u64, run: usize, marks: &[usize]) -> Vec<f64> {
        let setup = AgentSetup {
            approximator: of(&tiles(1, Counts::All(self.states / tile))),
            optimizer: sgd(self.td_learning_rate),
            space: walk.space.clone(),
            normalizer: None,
            actions: 1,
            model: None,
            budget: 1,
            backend: Backend::default(),
            seed,
        };
        let mut agent = TdPrediction::new(&TdPredictionConfig { gamma: 1.0, ..TdPredictionConfig::default() }, &setup);
        let (mut env, mut rng) = (Tabular::new(walk.model.clone(), walk.space.clone()), env_stream(seed, run));
        let (mut errors, mut observation, mut next_observation, mut steps) = (Vec::new(), [0.0], [0.0], 0);
        for episode in 1..=self.td_episodes {
            env.reset(&mut rng, &mut observation);
            loop {
                let step = env.step(0, &mut rng, &mut next_observation);
                steps += 1;
                let transition = Transition {
                    observation: &observation,
                    action: 0,
                    reward: step.reward,
                    next_observation: &next_observation,
                    ending: step.ending,
                    env: 0,
                };
                agent.observe(transition, steps);
                observation = next_observation;
                if step.ending.is_over() {
                    break;
                }
            }
            if marks.contains(&episode) {
                errors.extend(agent.functions_mut().into_iter().map(|function| walk.error(function)));
            }
        }
        errors
    }
}

/// `4 states`, `1 state`.
fn states(count: f64) -> String {
    if count == 1.0 { "1 state".to_owned() } else { format!("{count} states") }
}

/// Episodes after which errors are measured, in equal ratios.
fn marks(episodes: usize) -> Vec<usize> {
    let mut marks: Vec<usize> =
        (0..).map(|i| 10f64.powf(f64::from(i) / 12.0).round() as usize).take_while(|m| *m < episodes).collect();
    marks.push(episodes);
    marks.dedup();
    marks
}

/// The mean of curves with its standard error.
fn mean_curve(runs: &[&Vec<f64>], x: impl Fn(usize) -> f64) -> Vec<CurvePoint> {
    let count = runs.len() as f64;
    let point = |index: usize| {
        let mean = runs.iter().map(|run| run[index]).sum::<f64>() / count;
        let variance = runs.iter().map(|run| (run[index] - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let error = (variance / count).sqrt();
        CurvePoint { x: x(index), y: mean, band: (mean - error, mean + error), runs: runs.len() }
    };
    (0..runs[0].len()).map(point).collect()
}

fn record(data: &mut Table, experiment: &str, series: &[Series]) {
    for Series { name, points, .. } in series {
        for point in points {
            data.push(vec![experiment.to_owned(), name.clone(), point.x.to_string(), point.y.to_string()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use tilde_envs::decision_states;

    use super::*;

    #[test]
    fn the_claims_hold_at_small_size() {
        let study = LinearFeatures {
            states: 100,
            jump: 10,
            tile: 20,
            tilings: 10,
            learning_rate: 1e-3,
            episodes: 1_000,
            td_tiles: vec![2, 20],
            td_episodes: 600,
            runs: 4,
            ..LinearFeatures::default()
        };
        assert_eq!(study.check(), Ok(()));
        let findings = study.run(0, &|_| {});
        assert!(findings.hold(), "{:#?}", findings.checks);
    }

    /// With jumps of one state, values rise from −1 to 1 in equal steps.
    #[test]
    fn a_walk_with_single_steps_has_the_known_values() {
        let walk = Walk::new(19, 1);
        assert_eq!(decision_states(&walk.model).len(), 19);
        for (state, value) in walk.values.iter().enumerate() {
            assert!((value - ((state + 1) as f64 / 10.0 - 1.0)).abs() < 1e-9, "{state}: {value}");
        }
    }

    #[test]
    fn a_jump_from_the_edge_ends_the_walk_half_of_the_time() {
        let walk = Walk::new(1_000, 100);
        let ends: f64 = walk.model.outcomes(0, 0).iter().filter(|o| o.terminated).map(|o| o.probability).sum();
        assert!((ends - 0.5).abs() < 1e-12);
        assert!((walk.values[499] + walk.values[500]).abs() < 1e-9, "the walk is symmetric");
    }
}
