//! A shallow network with three hidden units: ten parameters, and a line with at most three joints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::network_picture::{Connections, network_picture};
use super::{Check, Figure, Findings, Picture, Study, Table};
use crate::approx::{ApproximatorConfig, Function, FunctionSetup, Weights};
use crate::chart::{Axis, Chart, Form, PlaneChart, Shape};
use crate::device::Backend;
use crate::diagnostics::Regions;
use crate::invalid_value::{InvalidValue, all, require};
use crate::optim::{OptimizerConfig, SgdConfig};
use crate::registry::Part;
use crate::rng::{Stream, stream};

/// y = φ₀ + Σ φ_d max(0, θ_d0 + θ_d1 x).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShallowNetwork {
    /// Offset θ_d0 and slope θ_d1 of each hidden unit before its nonlinearity.
    pub theta: Vec<[f64; 2]>,
    /// The weight φ_d of each hidden unit.
    pub phi: Vec<f64>,
    /// φ₀.
    pub phi_0: f64,
}

/// The inputs that are shown.
const ENDS: (f64, f64) = (-2.0, 2.0);

/// Points along the axis, at which the network is compared with the formula.
const POINTS: usize = 801;

impl Default for ShallowNetwork {
    fn default() -> Self {
        ShallowNetwork { theta: vec![[0.6, 1.0], [-0.2, 0.8], [0.9, -1.2]], phi: vec![1.5, -2.5, 0.8], phi_0: -0.5 }
    }
}

impl Part for ShallowNetwork {
    const ID: &'static str = "shallow_network";
    const SUMMARY: &'static str = "three rectifiers make a line with at most three joints (Prince 2023, chapter 3)";
}

impl Study for ShallowNetwork {
    fn title(&self) -> &'static str {
        "A shallow network is a line with joints"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let units = self.theta.len();
        let finite = self.theta.iter().flatten().chain(&self.phi).chain([&self.phi_0]).all(|weight| weight.is_finite());
        all([
            require((1..=8).contains(&units), "theta", || format!("a picture has 1 to 8 hidden units, not {units}")),
            require(self.phi.len() == units, "phi", || {
                format!("has {} weights for {units} hidden units: give one for each", self.phi.len())
            }),
            require(finite, "theta", || "every weight must be finite".to_owned()),
        ])
    }

    fn run(&self, _seed: u64, _progress: &dyn Fn(&str)) -> Findings {
        let mut network = self.network();
        let units = self.theta.len();
        let xs: Vec<f64> = grid();
        let inputs: Vec<f32> = xs.iter().map(|x| *x as f32).collect();
        let outputs = network.outputs(Weights::Online, &inputs).to_vec();
        let error = xs.iter().zip(&outputs).map(|(x, y)| (self.y(*x) - f64::from(*y)).abs()).fold(0.0, f64::max);
        let joints = self.joints();
        let ends = [[ENDS.0 as f32], [ENDS.1 as f32]];
        let path = [&ends[0][..], &ends[1][..]];
        let regions = Regions::along(network.as_mut(), &path).map_or(0, |regions| regions.pieces);
        let pieces = self.pieces();
        let slope_error = pieces
            .iter()
            .map(|piece| {
                let [low, high] =
                    [piece.low + 0.25 * (piece.high - piece.low), piece.high - 0.25 * (piece.high - piece.low)];
                ((self.y(high) - self.y(low)) / (high - low) - piece.slope).abs()
            })
            .fold(0.0, f64::max);
        let mut data = Table::new(&["from", "to", "units_on", "slope"]);
        for piece in &pieces {
            let on: Vec<String> = piece.on.iter().map(|unit| (unit + 1).to_string()).collect();
            data.push(vec![piece.low.to_string(), piece.high.to_string(), on.join(" "), piece.slope.to_string()]);
        }
        let listed = |numbers: &[f64]| numbers.iter().map(|x| format!("{x:.4}")).collect::<Vec<_>>().join(", ");
        let parameters = network.parameters();
        Findings {
            claim: format!(
                "A network with one input, {units} hidden units and one output is y = φ₀ + Σ φ_d max(0, θ_d0 + θ_d1 x). It has \
                 {} parameters, and it is a line with at most {units} joints, where a unit switches: at x = −θ_d0 / θ_d1. \
                 Between two joints the slope is the sum of φ_d θ_d1 over the units that are on.",
                3 * units + 1
            ),
            method: "The network that agents learn with got these weights. Its outputs are compared with the formula at 801 places, \
                     its joints are counted by halving the line where units switch, and slopes are taken between joints."
                .to_owned(),
            checks: vec![
                Check::new(format!("{} parameters", 3 * units + 1), parameters, parameters == 3 * units + 1),
                Check::new("the network computes the formula", format!("largest difference {error:.1e}"), error < 1e-5),
                Check::new(format!("at most {units} joints"), format!("{} at {}", joints.len(), listed(&joints)), joints.len() <= units),
                Check::new(
                    "the network has a joint where −θ_d0 / θ_d1 says, and nowhere else",
                    format!("{regions} linear pieces"),
                    regions == joints.len() + 1,
                ),
                Check::new(
                    "a piece's slope is Σ φ_d θ_d1 over the units that are on",
                    format!("largest difference {slope_error:.1e}"),
                    slope_error < 1e-9,
                ),
            ],
            data,
            figures: self.figures(&xs),
        }
    }
}

/// A piece between two joints.
struct Piece {
    low: f64,
    high: f64,
    /// The units that are on.
    on: Vec<usize>,
    slope: f64,
}

impl ShallowNetwork {
    /// θ_d0 + θ_d1 x.
    fn before(&self, unit: usize, x: f64) -> f64 {
        self.theta[unit][0] + self.theta[unit][1] * x
    }

    /// φ_d max(0, θ_d0 + θ_d1 x).
    fn part(&self, unit: usize, x: f64) -> f64 {
        self.phi[unit] * self.before(unit, x).max(0.0)
    }

    fn y(&self, x: f64) -> f64 {
        self.phi_0 + (0..self.phi.len()).map(|unit| self.part(unit, x)).sum::<f64>()
    }

    /// Where units switch, from left to right, within what is shown.
    fn joints(&self) -> Vec<f64> {
        let switching = self.theta.iter().filter(|theta| theta[1] != 0.0).map(|theta| -theta[0] / theta[1]);
        let mut joints: Vec<f64> = switching.filter(|x| ENDS.0 < *x && *x < ENDS.1).collect();
        joints.sort_by(f64::total_cmp);
        joints.dedup();
        joints
    }

    fn pieces(&self) -> Vec<Piece> {
        let places: Vec<f64> = [ENDS.0].into_iter().chain(self.joints()).chain([ENDS.1]).collect();
        let piece = |ends: &[f64]| {
            let middle = 0.5 * (ends[0] + ends[1]);
            let on: Vec<usize> = (0..self.phi.len()).filter(|&unit| self.before(unit, middle) > 0.0).collect();
            let slope = on.iter().map(|&unit| self.phi[unit] * self.theta[unit][1]).sum();
            Piece { low: ends[0], high: ends[1], on, slope }
        };
        places.windows(2).map(piece).collect()
    }

    /// The same function as an approximator with one hidden layer.
    fn network(&self) -> Box<dyn Function> {
        let units = self.phi.len();
        let config = ApproximatorConfig { hidden: vec![units], ..ApproximatorConfig::default() };
        let optimizer = OptimizerConfig::from(SgdConfig::constant(0.1));
        let space = Space::Box { low: vec![ENDS.0 as f32], high: vec![ENDS.1 as f32] };
        let setup =
            FunctionSetup { optimizer: &optimizer, space: &space, outputs: 1, budget: 1, backend: Backend::default() };
        let mut network = config.build(&setup, &mut stream(0, Stream::Init));
        let [slopes, offsets] = [1, 0].map(|which| self.theta.iter().map(move |theta| theta[which]));
        let all = slopes.chain(offsets).chain(self.phi.iter().copied()).chain([self.phi_0]);
        network.set_weights(all.map(|weight| weight as f32).collect()).expect("as many weights as the network has");
        network
    }

    fn figures(&self, xs: &[f64]) -> Vec<Figure> {
        let stage = |name: &str, of: &dyn Fn(usize, f64) -> f64| -> Vec<Shape> {
            let shape = |unit: usize| Shape {
                name: format!("{name} of unit {}", unit + 1),
                colour: unit,
                form: Form::Line,
                points: xs.iter().map(|&x| (x, of(unit, x))).collect(),
            };
            (0..self.phi.len()).map(shape).collect()
        };
        let sum = Shape {
            name: "y".to_owned(),
            colour: 7,
            form: Form::Line,
            points: xs.iter().map(|&x| (x, self.y(x))).collect(),
        };
        let joints = Shape {
            name: "joints".to_owned(),
            colour: 2,
            form: Form::Dots,
            points: self.joints().into_iter().map(|x| (x, self.y(x))).collect(),
        };
        let chart = |y: &str, shapes: Vec<Shape>| {
            let x = Axis::new("x").between(ENDS.0, ENDS.1);
            Picture::from(Chart::Plane(PlaneChart { x, y: Axis::new(y), equal: false, shapes }))
        };
        let figure = |id, title: &str, caption: &str, picture| Figure {
            id,
            title: title.to_owned(),
            caption: caption.to_owned(),
            picture,
        };
        let units = self.phi.len();
        let names = [vec!["x".to_owned()], (1..=units).map(|unit| format!("h{unit}")).collect(), vec!["y".to_owned()]];
        let layers = [
            Connections {
                weights: vec![self.theta.iter().map(|theta| theta[1]).collect()],
                biases: self.theta.iter().map(|theta| theta[0]).collect(),
            },
            Connections { weights: self.phi.iter().map(|phi| vec![*phi]).collect(), biases: vec![self.phi_0] },
        ];
        vec![
            figure(
                "network",
                "The network",
                "Each connection has its weight, each unit its bias. Blue is positive, orange negative; the thicker, the larger.",
                Picture::Svg(network_picture(&names, &layers)),
            ),
            figure(
                "lines",
                "First, lines",
                "Each hidden unit begins with a line of its own, θ_d0 + θ_d1 x.",
                chart("before the nonlinearity", stage("line", &|unit, x| self.before(unit, x))),
            ),
            figure(
                "rectified",
                "Then, rectifiers",
                "Whatever is negative becomes zero: each line gets a joint where it crosses the axis.",
                chart("after the nonlinearity", stage("output", &|unit, x| self.before(unit, x).max(0.0))),
            ),
            figure(
                "weighted",
                "Then, weights",
                "Each is multiplied by its φ_d; a negative weight turns it over.",
                chart("times the weight", stage("part", &|unit, x| self.part(unit, x))),
            ),
            figure(
                "sum",
                "At last, the sum",
                "Where one of the parts has a joint, the sum has one, and nowhere else.",
                chart("y", vec![sum, joints]),
            ),
        ]
    }
}

fn grid() -> Vec<f64> {
    (0..POINTS).map(|index| ENDS.0 + (ENDS.1 - ENDS.0) * index as f64 / (POINTS - 1) as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claim_holds_with_joints_at_known_places() {
        let study = ShallowNetwork::default();
        let joints = study.joints();
        let expected = [-0.6, 0.25, 0.75];
        assert!(joints.len() == 3 && joints.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{joints:?}");
        // Left of −0.6 unit 3 alone is on: 0.8 · −1.2.
        assert!((study.pieces()[0].slope + 0.96).abs() < 1e-12);
        assert!(study.run(0, &|_| {}).hold());
    }

    #[test]
    fn units_that_never_switch_make_no_joints() {
        let study = ShallowNetwork { theta: vec![[1.0, 0.0], [9.0, 1.0]], phi: vec![1.0, 1.0], phi_0: 0.0 };
        assert!(study.check().is_ok() && study.joints().is_empty() && study.run(0, &|_| {}).hold());
    }

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        let wrong = ShallowNetwork { phi: vec![1.0], ..ShallowNetwork::default() };
        assert_eq!(wrong.check().unwrap_err().key, "phi");
    }
}
