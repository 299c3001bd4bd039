//! How many linear regions a network of rectifiers has: bounds, networks that reach them, and random networks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::{Check, Figure, Findings, Picture, Study, Table};
use crate::approx::{
    Activation, ApproximatorConfig, Function, FunctionSetup, Initialization, Shape as NetworkShape, Weights,
};
use crate::chart::{Axis, Chart, CurvePoint, Form, LineChart, PlaneChart, Series, Shape};
use crate::device::Backend;
use crate::diagnostics::{ActivationRegion, RectifiedLayer, Slice, regions_in_plane, regions_on_line};
use crate::invalid_value::{InvalidValue, all, require};
use crate::optim::{OptimizerConfig, SgdConfig};
use crate::registry::Part;
use crate::rng::{Rng, Stream, stream};
use crate::stats::mean;
use crate::text::counted;

/// Exact counts of linear regions beside the bounds of theory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinearRegions {
    /// Hidden units of the shallow network whose polygons are drawn.
    pub units: usize,
    /// Hidden layers of the deep network whose polygons are drawn.
    pub hidden: Vec<usize>,
    /// Random networks of each size.
    pub networks: usize,
    /// Hidden layers of the network on one input that reaches the bound.
    pub layers: usize,
    /// Units of each of these layers.
    pub width: usize,
}

impl Default for LinearRegions {
    fn default() -> Self {
        LinearRegions { units: 7, hidden: vec![8, 8, 8], networks: 10, layers: 5, width: 10 }
    }
}

impl Part for LinearRegions {
    const ID: &'static str = "regions";
    const SUMMARY: &'static str =
        "linear regions, counted one by one, and bounds on their number (Montúfar et al. 2014; Prince 2023, chapter 4)";
}

/// The most regions that are counted at once.
const MOST: u128 = 1_000_000;

/// Units of the shallow networks that are compared with Zaslavsky's number.
const SHALLOW: std::ops::RangeInclusive<usize> = 1..=12;

/// Units that fold each of two inputs.
const FOLDS: usize = 3;

/// Random networks on one input are followed from −`REACH` to `REACH`.
const REACH: f64 = 10.0;

/// Depths of the curves of the bound.
const DEPTHS: std::ops::RangeInclusive<usize> = 1..=5;

impl Study for LinearRegions {
    fn title(&self) -> &'static str {
        "Linear regions: what depth can do"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let within = |key: &str, value: usize, low: usize, high: usize| {
            require((low..=high).contains(&value), key, || format!("must lie between {low} and {high}, not at {value}"))
        };
        let deep = self.hidden.iter().all(|width| (1..=64).contains(width)) && (1..=6).contains(&self.hidden.len());
        all([
            within("units", self.units, 1, 30),
            within("networks", self.networks, 1, 1_000),
            within("layers", self.layers, 1, 12),
            within("width", self.width, 3, 1_000),
            require(deep, "hidden", || {
                format!("must be 1 to 6 layers of 1 to 64 units, such as [8, 8, 8], not {:?}", self.hidden)
            }),
            require(bound(1, self.width, self.layers).is_some_and(|regions| regions <= MOST), "layers", || {
                format!(
                    "{} layers of {} units have more than {MOST} regions to count: choose fewer layers or units",
                    self.layers, self.width
                )
            }),
        ])
    }

    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings {
        let mut rng = stream(seed, Stream::Init);
        let mut data = Table::new(&["network", "inputs", "layers", "units", "parameters", "regions", "log10_bound"]);
        progress("shallow networks in a plane");
        let shallow = self.shallow(&mut rng, &mut data);
        let drawn = Polygons::random(&[self.units], &mut rng);
        progress("a deep network in a plane");
        let deep = Polygons::random(&self.hidden, &mut rng);
        let outputs = TwoOutputs::measure();
        progress("networks that fold their input");
        let folding = self.folding(&mut data);
        let planes = folding_a_plane(&mut data);
        progress("random networks on a line");
        let random = self.random_on_line(&mut rng, &mut data);
        tabulate_bounds(&mut data);
        let published = published();
        Findings {
            claim: CLAIM.to_owned(),
            method: format!(
                "Every region was found by clipping: within a region all units before a layer are affine, so each unit of that \
                 layer cuts it along a straight line. Nothing is sampled. Random networks have the weights that agents start \
                 from (uniform in ±1/√fan-in); {} of each size. The folding networks are ordinary networks, of 32-bit weights, \
                 whose layers were set by hand: each layer of D units maps the unit interval onto itself D + 1 times.",
                self.networks
            ),
            checks: [vec![shallow], vec![drawn.check("shallow"), deep.check("deep")], vec![outputs.check()], published]
                .into_iter()
                .flatten()
                .chain([folding.check(), planes, random.check()])
                .collect(),
            figures: self.figures(&drawn, &deep, &outputs, &random, &folding),
            data,
        }
    }
}

const CLAIM: &str = "A rectifier cuts its input space along a hyperplane. So D units on two inputs cut the plane into at most \
    1 + D + D(D − 1)/2 convex polygons (Zaslavsky 1975: Σⱼ≤Dᵢ C(D, j) regions for Dᵢ inputs), on each of which the network is \
    affine; all outputs share these borders. A deeper layer cuts every polygon again, and differently in each. With K layers of D \
    units, the largest possible number of regions is at least N = (⌊D/Dᵢ⌋ + 1)^{Dᵢ(K − 1)} · Σⱼ≤Dᵢ C(D, j), which grows \
    exponentially with depth while the parameters grow linearly.\n\n\
    Two remarks on the formula. It is usually ascribed to Montúfar et al. (2014), whose theorem has ⌊D/Dᵢ⌋ without the + 1; with \
    it, the construction needs D ≥ 3Dᵢ (Serra, Tjandraatmadja & Ramalingam 2018). For one unit in each of two layers N would be \
    4, but a line that is bent twice has 3 pieces. And N says what *some* weights can do. The networks below that reach it were \
    made for that; random ones have far fewer regions, about as many on a line as they have units (Hanin & Rolnick 2019).\n\n\
    Two numbers circulate in a wrong form. Five layers of 10 units on one input have 471 parameters and 11⁵ = 161,051 regions (not \
    161,501). Five layers of 50 units on ten inputs have 10,801 parameters, and N is about 1.8·10⁴¹; 10¹³⁴ is impossible, since \
    250 units have no more than 2²⁵⁰ ≈ 1.8·10⁷⁵ patterns of on and off.";

/// Σⱼ≤Dᵢ C(D, j): the regions that D hyperplanes in general position make (Zaslavsky 1975). `None` if it has more than 128 bits.
fn zaslavsky(inputs: usize, units: usize) -> Option<u128> {
    let (mut sum, mut choices) = (0_u128, 1_u128); // C(D, 0)
    for j in 0..=inputs.min(units) {
        sum = sum.checked_add(choices)?;
        choices = choices.checked_mul((units - j) as u128)? / (j + 1) as u128;
    }
    Some(sum)
}

/// N of the claim; `None` if it has more than 128 bits.
fn bound(inputs: usize, units: usize, layers: usize) -> Option<u128> {
    let folds = u32::try_from(inputs * (layers - 1)).ok()?;
    ((units / inputs + 1) as u128).checked_pow(folds)?.checked_mul(zaslavsky(inputs, units)?)
}

/// The decimal logarithm of N.
fn log10_bound(inputs: usize, units: usize, layers: usize) -> f64 {
    let last = zaslavsky(inputs, units).map_or(f64::INFINITY, |regions| (regions as f64).log10());
    (inputs * (layers - 1)) as f64 * ((units / inputs + 1) as f64).log10() + last
}

/// A network with equally wide hidden layers and one output.
fn shape(inputs: usize, units: usize, layers: usize) -> NetworkShape {
    let widths = [inputs].into_iter().chain(std::iter::repeat_n(units, layers)).chain([1]).collect();
    NetworkShape { widths, activation: Activation::Relu, output_bias: true }
}

/// A function that agents learn with, of this shape, and its random first weights.
fn function(shape: &NetworkShape, rng: &mut Rng) -> Box<dyn Function> {
    let hidden = shape.widths[1..shape.widths.len() - 1].to_vec();
    let config =
        ApproximatorConfig { hidden, initialization: Initialization::Pytorch, ..ApproximatorConfig::default() };
    let optimizer = OptimizerConfig::from(SgdConfig::constant(0.1));
    let inputs = shape.features();
    let space = Space::Box { low: vec![-1.0; inputs], high: vec![1.0; inputs] };
    let setup = FunctionSetup {
        optimizer: &optimizer,
        space: &space,
        outputs: shape.outputs(),
        budget: 1,
        backend: Backend::default(),
    };
    config.build(&setup, rng)
}

/// The hidden layers of a random network.
fn random_layers(shape: &NetworkShape, rng: &mut Rng) -> Vec<RectifiedLayer> {
    RectifiedLayer::of_network(shape, &function(shape, rng).weights())
}

impl LinearRegions {
    /// Shallow networks on two inputs: their polygons against Zaslavsky's number.
    fn shallow(&self, rng: &mut Rng, data: &mut Table) -> Check {
        let mut counts: Vec<String> = Vec::new();
        let mut all_equal = true;
        for units in SHALLOW {
            let (shape, expected) = (shape(2, units, 1), zaslavsky(2, units));
            let mut seen = Vec::new();
            for _ in 0..self.networks {
                let layers = random_layers(&shape, rng);
                let (low, high) = around_vertices(&layers[0]);
                let count = regions_in_plane(&layers, &Slice::whole(2), low, high).len();
                data.push(row("random", &shape, units, 1, &count.to_string()));
                seen.push(count);
            }
            all_equal &= seen.iter().all(|count| Some(*count as u128) == expected);
            seen.sort_unstable();
            seen.dedup();
            counts.push(seen.iter().map(usize::to_string).collect::<Vec<_>>().join(" or "));
        }
        Check::new(
            format!("{} to {} units cut a plane into 1 + D + D(D − 1)/2 polygons", SHALLOW.start(), SHALLOW.end()),
            format!("{} in each of {} networks", counts.join(", "), self.networks),
            all_equal,
        )
    }

    /// A network on one input that reaches the bound.
    fn folding(&self, data: &mut Table) -> Folding {
        let (shape, parameters) = folding_network(1, self.width, self.layers);
        let mut function = function(&shape, &mut stream(0, Stream::Init));
        function.set_weights(parameters).expect("as many weights as the network has");
        let counts: Vec<usize> = (1..=self.layers)
            .map(|layers| {
                let (shape, parameters) = folding_network(1, self.width, layers);
                let hidden = RectifiedLayer::of_network(&shape, &parameters);
                let count = regions_on_line(&hidden, &Slice::whole(1), [0.0, 1.0]).len();
                data.push(row("folding", &shape, self.width, layers, &count.to_string()));
                count
            })
            .collect();
        Folding { width: self.width, parameters: function.parameters(), counts }
    }

    /// Random networks on one input, for each depth: the pieces of each.
    fn random_on_line(&self, rng: &mut Rng, data: &mut Table) -> RandomNetworks {
        let of_depth = |layers: usize| {
            let shape = shape(1, self.width, layers);
            let counts = (0..self.networks).map(|_| {
                let hidden = random_layers(&shape, rng);
                let count = regions_on_line(&hidden, &Slice::whole(1), [-REACH, REACH]).len();
                data.push(row("random", &shape, self.width, layers, &count.to_string()));
                count as f64
            });
            counts.collect()
        };
        RandomNetworks { width: self.width, pieces: (1..=self.layers).map(of_depth).collect() }
    }
}

fn row(network: &str, shape: &NetworkShape, units: usize, layers: usize, regions: &str) -> Vec<String> {
    let inputs = shape.features();
    vec![
        network.to_owned(),
        inputs.to_string(),
        layers.to_string(),
        units.to_string(),
        shape.parameters().to_string(),
        regions.to_owned(),
        format!("{:.6}", log10_bound(inputs, units, layers)),
    ]
}

/// A rectangle that every region of a shallow network reaches into: all crossings of two borders lie inside, and a point of each
/// border.
fn around_vertices(layer: &RectifiedLayer) -> ([f64; 2], [f64; 2]) {
    let units = layer.biases.len();
    let lines: Vec<[f64; 3]> =
        (0..units).map(|unit| [layer.weights[unit], layer.weights[units + unit], layer.biases[unit]]).collect();
    let foot = |[a, b, c]: &[f64; 3]| [-a * c / (a * a + b * b), -b * c / (a * a + b * b)];
    let crossing = |[a, b, c]: &[f64; 3], [d, e, f]: &[f64; 3]| {
        let determinant = a * e - b * d;
        [(b * f - c * e) / determinant, (c * d - a * f) / determinant]
    };
    let pairs =
        lines.iter().enumerate().flat_map(|(index, first)| lines[..index].iter().map(move |other| (first, other)));
    let points: Vec<[f64; 2]> =
        lines.iter().map(foot).chain(pairs.map(|(first, other)| crossing(first, other))).collect();
    let range = |axis: usize| {
        let of_axis = points.iter().map(|point| point[axis]).filter(|place| place.is_finite());
        let (low, high) = of_axis.fold((-1.0_f64, 1.0_f64), |(low, high), place| (low.min(place), high.max(place)));
        let margin = 0.1 * (high - low);
        (low - margin, high + margin)
    };
    let ((left, right), (bottom, top)) = (range(0), range(1));
    ([left, bottom], [right, top])
}

/// The polygons of a network in a rectangle.
struct Polygons {
    low: [f64; 2],
    high: [f64; 2],
    regions: Vec<ActivationRegion>,
}

/// The colours of polygons by how many units are on: successive ones differ clearly.
const COLOUR_OF: [usize; 10] = [0, 1, 2, 3, 4, 9, 5, 7, 8, 6];

/// Half the sides of the rectangle that is drawn.
const SIDES: [f64; 2] = [4.0, 2.0];

impl Polygons {
    fn random(hidden: &[usize], rng: &mut Rng) -> Polygons {
        let widths = [2].into_iter().chain(hidden.iter().copied()).chain([1]).collect();
        let layers = random_layers(&NetworkShape { widths, activation: Activation::Relu, output_bias: true }, rng);
        Polygons::new(&layers, SIDES.map(|side| -side), SIDES)
    }

    fn new(layers: &[RectifiedLayer], low: [f64; 2], high: [f64; 2]) -> Polygons {
        Polygons { low, high, regions: regions_in_plane(layers, &Slice::whole(2), low, high) }
    }

    fn check(&self, network: &str) -> Check {
        let convex = self.regions.iter().all(|region| is_convex(&region.corners));
        let whole = (self.high[0] - self.low[0]) * (self.high[1] - self.low[1]);
        let covered = self.regions.iter().map(|region| area(&region.corners)).sum::<f64>() / whole;
        let mut patterns: Vec<&[bool]> = self.regions.iter().map(|region| &region.pattern[..]).collect();
        patterns.sort_unstable();
        patterns.dedup();
        let words = if convex { "all convex" } else { "not all convex" };
        Check::new(
            format!("the regions of a {network} network are convex polygons, each with a pattern of its own"),
            format!(
                "{} polygons, {words}, {} patterns, together {:.6} of the rectangle",
                self.regions.len(),
                patterns.len(),
                covered
            ),
            convex && patterns.len() == self.regions.len() && (covered - 1.0).abs() < 1e-9,
        )
    }

    /// The polygons, coloured by how many units are on. Neighbours differ by one unit, and so in colour.
    fn chart(&self, with_names: bool, equal: bool) -> Picture {
        let shape = |region: &ActivationRegion| {
            let on = region.pattern.iter().filter(|on| **on).count();
            let name = if with_names { format!("{on} on") } else { String::new() };
            let points = region.corners.iter().map(|corner| (corner[0], corner[1])).collect();
            Shape { name, colour: COLOUR_OF[on % COLOUR_OF.len()], form: Form::Cell, points }
        };
        let mut ordered: Vec<&ActivationRegion> = self.regions.iter().collect();
        ordered.sort_by_key(|region| region.pattern.iter().filter(|on| **on).count());
        let shapes = ordered.into_iter().map(shape).collect();
        let axis = |name: &str, which: usize| Axis::new(name).between(self.low[which], self.high[which]);
        Picture::from(Chart::Plane(PlaneChart { x: axis("first input", 0), y: axis("second input", 1), equal, shapes }))
    }
}

fn area(corners: &[[f64; 2]]) -> f64 {
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    0.5 * edges.map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>()
}

/// Whether a polygon turns left at every corner, but for rounding errors.
fn is_convex(corners: &[[f64; 2]]) -> bool {
    (0..corners.len()).all(|index| {
        let [a, b, c] = [0, 1, 2].map(|step| corners[(index + step) % corners.len()]);
        let turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
        turn > -1e-9
    })
}

/// A shallow network with one input and two outputs.
struct TwoOutputs {
    /// Where a unit switches.
    joints: Vec<f64>,
    /// For each output, its values at the joints and the ends.
    values: [Vec<(f64, f64)>; 2],
    /// How many joints each output has.
    bends: [usize; 2],
    /// How far an output is from straight lines between the joints.
    error: f64,
}

impl TwoOutputs {
    const ENDS: [f64; 2] = [-2.0, 2.0];

    fn measure() -> TwoOutputs {
        // Slopes and offsets of four units, which switch at −1.25, −0.5, 0.4 and 1.2; weights of the outputs; their biases.
        let slopes = [0.8, -1.0, 1.5, 1.0];
        let offsets = [1.0, -0.5, -0.6, -1.2];
        let weights = [[1.0, -0.6], [-1.4, 0.8], [-1.5, 0.9], [2.0, 0.7]];
        let biases = [-0.4, 0.2];
        let shape = NetworkShape { widths: vec![1, 4, 2], activation: Activation::Relu, output_bias: true };
        let parameters: Vec<f32> = slopes.into_iter().chain(offsets).chain(weights.concat()).chain(biases).collect();
        let hidden = RectifiedLayer::of_network(&shape, &parameters);
        let regions = regions_on_line(&hidden, &Slice::whole(1), Self::ENDS);
        let mut function = function(&shape, &mut stream(0, Stream::Init));
        function.set_weights(parameters).expect("as many weights as the network has");
        let mut at = |x: f64| {
            let y = function.outputs(Weights::Online, &[x as f32]);
            [f64::from(y[0]), f64::from(y[1])]
        };
        let joints: Vec<f64> = regions[1..].iter().map(|region| region.corners[0][0]).collect();
        let places: Vec<f64> =
            [Self::ENDS[0]].into_iter().chain(joints.iter().copied()).chain([Self::ENDS[1]]).collect();
        let values = [0, 1].map(|output| places.iter().map(|&x| (x, at(x)[output])).collect::<Vec<_>>());
        let mut error = 0.0_f64;
        for (index, ends) in places.windows(2).enumerate() {
            let middle = at(0.5 * (ends[0] + ends[1]));
            for output in [0, 1] {
                let [low, high] = [values[output][index].1, values[output][index + 1].1];
                error = error.max((middle[output] - 0.5 * (low + high)).abs());
            }
        }
        let bends = [0, 1].map(|output: usize| {
            let slope = |ends: &[(f64, f64)]| (ends[1].1 - ends[0].1) / (ends[1].0 - ends[0].0);
            let slopes: Vec<f64> = values[output].windows(2).map(slope).collect();
            slopes.windows(2).filter(|pair| (pair[1] - pair[0]).abs() > 1e-3).count()
        });
        TwoOutputs { joints, values, bends, error }
    }

    fn check(&self) -> Check {
        let [first, second] = self.bends;
        let places: Vec<String> = self.joints.iter().map(|x| format!("{x:.2}")).collect();
        Check::new(
            "both outputs of a shallow network bend where its hidden units switch, and nowhere else",
            format!(
                "{first} and {second} joints, at {}; elsewhere straight within {:.0e}",
                places.join(", "),
                self.error
            ),
            self.bends == [self.joints.len(); 2] && self.error < 1e-5,
        )
    }

    fn chart(&self) -> Picture {
        let shapes = [0, 1].into_iter().flat_map(|output: usize| {
            let points = self.values[output].clone();
            let joints = points[1..points.len() - 1].to_vec();
            let name = format!("output {}", output + 1);
            [
                Shape { name: name.clone(), colour: output, form: Form::Line, points },
                Shape { name, colour: output, form: Form::Dots, points: joints },
            ]
        });
        let low = self.values.iter().flatten().map(|point| point.1).fold(f64::INFINITY, f64::min);
        let high = self.values.iter().flatten().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
        let verticals = self.joints.iter().map(|&x| Shape {
            name: "a hidden unit switches".to_owned(),
            colour: 7,
            form: Form::Thin,
            points: vec![(x, low), (x, high)],
        });
        let shapes = verticals.chain(shapes).collect();
        let x = Axis::new("x").between(Self::ENDS[0], Self::ENDS[1]);
        Picture::from(Chart::Plane(PlaneChart { x, y: Axis::new("outputs"), equal: false, shapes }))
    }
}

/// A unit of a folding network: it is on where direction · coordinates > offset.
struct FoldingUnit {
    direction: Vec<f64>,
    offset: f64,
}

/// The zigzag of n ≥ 3 rectifiers that maps the unit interval onto itself n + 1 times: y = constant + Σ weightᵢ aᵢ.
///
/// Unit i switches at bᵢ = (2i − 1)/(2n + 1). All are on to the right of bᵢ, but the third, which is on to its left. The first
/// piece is half as long as the others and twice as steep: its slope is that of the third unit alone.
struct Zigzag {
    joints: Vec<f64>,
    weights: Vec<f64>,
    constant: f64,
}

/// The unit of the zigzag that is on to the left of its joint.
const LEFT: usize = 2;

impl Zigzag {
    fn new(units: usize) -> Zigzag {
        let steepness = (2 * units + 1) as f64;
        let joints: Vec<f64> = (0..units).map(|unit| (2 * unit + 1) as f64 / steepness).collect();
        let slope = |piece: usize| match piece {
            0 => steepness,
            piece if piece % 2 == 1 => -0.5 * steepness,
            _ => 0.5 * steepness,
        };
        let weights: Vec<f64> = (0..units).map(|unit| slope(unit + 1) - slope(unit)).collect();
        let constant = -weights[LEFT] * joints[LEFT];
        Zigzag { joints, weights, constant }
    }
}

/// The shape and the parameters of a network whose hidden layers fold the unit interval or the unit square.
fn folding_network(inputs: usize, folds: usize, layers: usize) -> (NetworkShape, Vec<f32>) {
    let zigzag = Zigzag::new(folds);
    let units = inputs * folds;
    let axis = |which: usize, sign: f64| -> Vec<f64> {
        (0..inputs).map(|input| if input == which { sign } else { 0.0 }).collect()
    };
    let folding = || -> Vec<FoldingUnit> {
        let of_input = |input: usize| {
            let axis = &axis;
            zigzag.joints.iter().enumerate().map(move |(unit, joint)| {
                let sign = if unit == LEFT { -1.0 } else { 1.0 };
                FoldingUnit { direction: axis(input, sign), offset: sign * joint }
            })
        };
        (0..inputs).flat_map(of_input).collect()
    };
    // In a plane, the last layer's lines cross each other inside the unit square: their angles are equally spaced, and they pass
    // the middle at different distances.
    let crossing = || -> Vec<FoldingUnit> {
        let line = |unit: usize| {
            let angle = std::f64::consts::PI * (unit as f64 + 0.3) / units as f64;
            let distance = 0.11 * [1.0, -0.6, 0.8, -1.0, 0.5, -0.9][unit % 6];
            let direction = vec![angle.cos(), angle.sin()];
            FoldingUnit { offset: 0.5 * (direction[0] + direction[1]) + distance, direction }
        };
        (0..units).map(line).collect()
    };
    // How the units of the layer before make a coordinate: weights and a constant. The inputs are the coordinates themselves.
    let mut coordinates: Vec<(Vec<f64>, f64)> = (0..inputs).map(|input| (axis(input, 1.0), 0.0)).collect();
    let mut parameters = Vec::new();
    for layer in 0..layers {
        let is_last = layer + 1 == layers;
        let made = if is_last && inputs == 2 { crossing() } else { folding() };
        let before = coordinates[0].0.len();
        for unit_before in 0..before {
            let weight = |unit: &FoldingUnit| -> f64 {
                unit.direction
                    .iter()
                    .zip(&coordinates)
                    .map(|(direction, (weights, _))| direction * weights[unit_before])
                    .sum()
            };
            parameters.extend(made.iter().map(weight));
        }
        let bias = |unit: &FoldingUnit| -> f64 {
            unit.direction.iter().zip(&coordinates).map(|(direction, (_, constant))| direction * constant).sum::<f64>()
                - unit.offset
        };
        parameters.extend(made.iter().map(bias));
        let coordinate = |input: usize| {
            let mut weights = vec![0.0; units];
            weights[input * folds..(input + 1) * folds].copy_from_slice(&zigzag.weights);
            (weights, zigzag.constant)
        };
        coordinates = (0..inputs).map(coordinate).collect();
    }
    // The output is the first coordinate.
    parameters.extend(&coordinates[0].0);
    parameters.push(coordinates[0].1);
    (shape(inputs, units, layers), parameters.into_iter().map(|parameter| parameter as f32).collect())
}

/// What was counted of a folding network on one input.
struct Folding {
    width: usize,
    parameters: usize,
    /// For each number of layers.
    counts: Vec<usize>,
}

impl Folding {
    fn check(&self) -> Check {
        let layers = self.counts.len();
        let expected: Vec<Option<u128>> = (1..=layers).map(|layers| bound(1, self.width, layers)).collect();
        let counts: Vec<String> = self.counts.iter().map(usize::to_string).collect();
        Check::new(
            format!(
                "a network of 1 to {layers} layers of {} units on one input reaches the bound, {}",
                self.width,
                expected.last().copied().flatten().unwrap_or(0)
            ),
            format!("{} pieces; the last network has {} parameters", counts.join(", "), self.parameters),
            self.counts.iter().map(|count| Some(*count as u128)).eq(expected),
        )
    }
}

/// Folding networks on two inputs: the regions of one, two and three layers.
fn folding_a_plane(data: &mut Table) -> Check {
    let units = 2 * FOLDS;
    let counts: Vec<usize> = (1..=3)
        .map(|layers| {
            let (shape, _) = folding_network(2, FOLDS, layers);
            let count = folded_plane(layers).regions.len();
            data.push(row("folding", &shape, units, layers, &count.to_string()));
            count
        })
        .collect();
    let expected = (1..=3).map(|layers| bound(2, units, layers));
    let words: Vec<String> = counts.iter().map(usize::to_string).collect();
    Check::new(
        format!("so does one of 1 to 3 layers of {units} units on two inputs: 22, 16·22 and 16²·22 regions"),
        words.join(", "),
        counts.iter().map(|count| Some(*count as u128)).eq(expected),
    )
}

fn folded_plane(layers: usize) -> Polygons {
    let (shape, parameters) = folding_network(2, FOLDS, layers);
    Polygons::new(&RectifiedLayer::of_network(&shape, &parameters), [0.0; 2], [1.0; 2])
}

/// The pieces of random networks on one input.
struct RandomNetworks {
    width: usize,
    /// For each number of layers, of each network.
    pieces: Vec<Vec<f64>>,
}

impl RandomNetworks {
    fn check(&self) -> Check {
        let means: Vec<f64> = self.pieces.iter().filter_map(|pieces| mean(pieces)).collect();
        let shown: Vec<String> = means.iter().map(|pieces| format!("{pieces:.1}")).collect();
        let few = |(index, pieces): (usize, &f64)| *pieces <= (self.width * (index + 1) + 1) as f64;
        Check::new(
            format!(
                "random networks of 1 to {} layers have, on average, no more pieces on a line than one for each unit, plus one",
                self.pieces.len()
            ),
            shown.join(", "),
            means.len() == self.pieces.len() && means.iter().enumerate().all(few),
        )
    }
}

/// The numbers that circulate, worked out.
fn published() -> Vec<Check> {
    let (small, large) = (shape(1, 10, 5).parameters(), shape(10, 50, 5).parameters());
    let regions = bound(1, 10, 5);
    let shallow = (1..).map(|units| shape(1, units, 1)).take_while(|shape| shape.parameters() <= small).last();
    let (shallow_units, shallow_parameters) = shallow.map_or((0, 0), |shape| (shape.widths[1], shape.parameters()));
    let (logarithm, patterns) = (log10_bound(10, 50, 5), 250.0 * 2.0_f64.log10());
    vec![
        Check::new(
            "5 layers of 10 units on one input: 471 parameters, and N = 11⁵ = 161,051",
            format!("{small} parameters, N = {}", regions.unwrap_or(0)),
            small == 471 && regions == Some(161_051),
        ),
        Check::new(
            "a shallow network of no more parameters has a thousandth of these regions",
            format!("{shallow_parameters} parameters, {shallow_units} units, {} regions", shallow_units + 1),
            1_000 * (shallow_units as u128 + 1) <= regions.unwrap_or(0),
        ),
        Check::new(
            "5 layers of 50 units on ten inputs: 10,801 parameters, and N ≈ 1.8·10⁴¹, below the 2²⁵⁰ patterns of 250 units",
            format!("{large} parameters, N = {}, 2²⁵⁰ = {}", scientific(logarithm), scientific(patterns)),
            large == 10_801 && scientific(logarithm) == "1.8·10^41" && logarithm < patterns,
        ),
        Check::new(
            "10¹³⁴ regions are impossible with 250 units",
            format!("134 is more than log₁₀ 2²⁵⁰ = {patterns:.2}"),
            134.0 > patterns,
        ),
    ]
}

/// A number by its decimal logarithm.
fn scientific(logarithm: f64) -> String {
    format!("{:.1}·10^{:.0}", 10.0_f64.powf(logarithm.fract()), logarithm.floor())
}

/// The sizes of the curves for so many inputs: from 3Dᵢ units, where the bound begins to hold, up to the most parameters.
fn sizes(inputs: usize, layers: usize) -> Vec<(usize, usize)> {
    let most = if inputs == 1 { 600 } else { 20_000 };
    let size = |units: usize| (units, shape(inputs, units, layers).parameters());
    (3 * inputs..).map(size).take_while(|(_, parameters)| *parameters <= most).collect()
}

/// The inputs of the two charts of the bound.
const INPUTS: [usize; 2] = [1, 10];

fn tabulate_bounds(data: &mut Table) {
    for inputs in INPUTS {
        for layers in DEPTHS {
            for (units, _) in sizes(inputs, layers) {
                data.push(row("bound", &shape(inputs, units, layers), units, layers, ""));
            }
        }
    }
}

fn bounds_chart(inputs: usize) -> Picture {
    let series = |layers: usize| Series {
        name: counted(layers, "layer"),
        variant: layers - 1,
        points: sizes(inputs, layers)
            .into_iter()
            .map(|(units, parameters)| {
                CurvePoint::new(parameters as f64, 10.0_f64.powf(log10_bound(inputs, units, layers)), 1)
            })
            .collect(),
        faint: Vec::new(),
    };
    Picture::from(Chart::Lines(LineChart {
        x: Axis::new("parameters"),
        y: Axis::new("regions N").logarithmic(),
        series: DEPTHS.map(series).collect(),
        mark: None,
        stairs: false,
        grouped: false,
    }))
}

impl LinearRegions {
    fn figures(
        &self,
        shallow: &Polygons,
        deep: &Polygons,
        outputs: &TwoOutputs,
        random: &RandomNetworks,
        folding: &Folding,
    ) -> Vec<Figure> {
        let figure =
            |id, title: &str, caption: String, picture| Figure { id, title: title.to_owned(), caption, picture };
        let hidden: Vec<String> = self.hidden.iter().map(usize::to_string).collect();
        vec![
            figure(
                "shallow_polygons",
                "A shallow network cuts the plane along lines",
                format!(
                    "{} random units on two inputs: {} polygons in this rectangle, of {} in the whole plane. Each unit has one \
                     straight border; crossing it switches that unit. Colours count the units that are on.",
                    self.units,
                    shallow.regions.len(),
                    zaslavsky(2, self.units).unwrap_or(0)
                ),
                shallow.chart(true, false),
            ),
            figure(
                "deep_polygons",
                "A deep network cuts polygons again",
                format!(
                    "Random layers of {} units: {} polygons in this rectangle. Borders of the first layer are straight lines; \
                     those of later layers bend wherever they cross a border of a layer before. Colours change with the number \
                     of units that are on.",
                    hidden.join(", "),
                    deep.regions.len()
                ),
                deep.chart(false, false),
            ),
            figure(
                "folded_polygons",
                "Folding copies a pattern",
                format!(
                    "Two layers of {} units on two inputs, weights set by hand: the first layer folds the square onto itself 4 · \
                     4 times, so that the {} polygons of the second appear {} times, mirrored: {} in all. Colours count the units that are on; \
                     after ten they begin again.",
                    2 * FOLDS,
                    zaslavsky(2, 2 * FOLDS).unwrap_or(0),
                    (FOLDS + 1) * (FOLDS + 1),
                    folded_plane(2).regions.len()
                ),
                folded_plane(2).chart(false, true),
            ),
            figure(
                "two_outputs",
                "Outputs share the joints",
                "A shallow network with one input, four hidden units and two outputs. Both outputs bend at the same four places; \
                 only the changes of slope are their own."
                    .to_owned(),
                outputs.chart(),
            ),
            figure(
                "bound_one_input",
                "Regions per parameter: one input",
                "The bound N against the number of parameters. A shallow network gains one region for each three parameters; each \
                 further layer multiplies."
                    .to_owned(),
                bounds_chart(1),
            ),
            figure(
                "bound_ten_inputs",
                "Regions per parameter: ten inputs",
                "The same with ten inputs, from 30 units in a layer on, where the bound begins to hold. It jumps where ten more \
                 units make another fold. A second layer gains little for its parameters; the third one does."
                    .to_owned(),
                bounds_chart(10),
            ),
            figure(
                "random",
                "What is possible, and what is usual",
                format!(
                    "Pieces on a line of networks of {} units in each layer: weights set by hand reach the bound, random weights \
                     are far below it. Thin lines are single random networks.",
                    self.width
                ),
                random.chart(folding),
            ),
        ]
    }
}

impl RandomNetworks {
    fn chart(&self, folding: &Folding) -> Picture {
        let depth = |index: usize| (index + 1) as f64;
        let folded =
            folding.counts.iter().enumerate().map(|(index, count)| CurvePoint::new(depth(index), *count as f64, 1));
        let units =
            (0..self.pieces.len()).map(|index| CurvePoint::new(depth(index), (self.width * (index + 1)) as f64, 1));
        let means = self.pieces.iter().enumerate().filter_map(|(index, pieces)| {
            let mean = mean(pieces)?;
            Some(CurvePoint::new(depth(index), mean, pieces.len()))
        });
        let networks = self.pieces.first().map_or(0, Vec::len);
        let single = |network: usize| {
            let points = self.pieces.iter().enumerate().map(|(index, pieces)| (depth(index), pieces[network]));
            (format!("network {}", network + 1), points.collect())
        };
        let series = |name: &str, variant: usize, points: Vec<CurvePoint>, faint| Series {
            name: name.to_owned(),
            variant,
            points,
            faint,
        };
        let ticks = (1..=self.pieces.len()).map(|layers| (layers as f64, layers.to_string())).collect();
        Picture::from(Chart::Lines(LineChart {
            x: Axis::new("hidden layers").with_ticks(ticks),
            y: Axis::new("pieces on a line").logarithmic(),
            series: vec![
                series("set by hand, as many as the bound", 0, folded.collect(), Vec::new()),
                series("one for each unit", 7, units.collect(), Vec::new()),
                series("random, mean", 1, means.collect(), (0..networks).map(single).collect()),
            ],
            mark: None,
            stairs: false,
            grouped: true,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_regions_are_those_worked_out_by_hand() {
        assert_eq!([0, 1, 2, 3, 4].map(|units| zaslavsky(2, units)), [1, 2, 4, 7, 11].map(Some));
        assert_eq!(zaslavsky(10, 50), Some(13_432_735_556));
        assert_eq!(zaslavsky(9, 4), Some(16)); // every subset of four
        assert_eq!((bound(1, 10, 5), bound(2, 6, 2), bound(10, 50, 5)), (Some(161_051), Some(16 * 22), None));
        assert!((log10_bound(2, 6, 3) - (256.0 * 22.0_f64).log10()).abs() < 1e-12);
    }

    #[test]
    fn a_zigzag_maps_the_unit_interval_onto_itself() {
        for units in [3, 4, 10] {
            let Zigzag { joints, weights, constant } = Zigzag::new(units);
            let y = |x: f64| {
                let of_unit = |unit: usize| {
                    let before = if unit == LEFT { joints[unit] - x } else { x - joints[unit] };
                    weights[unit] * before.max(0.0)
                };
                constant + (0..units).map(of_unit).sum::<f64>()
            };
            let places = [0.0].into_iter().chain(joints.iter().copied()).chain([1.0]);
            for (index, x) in places.enumerate() {
                assert!((y(x) - (index % 2) as f64).abs() < 1e-12, "{units} units: y({x}) = {}", y(x));
            }
        }
    }

    #[test]
    fn the_claim_holds_for_small_networks() {
        let small = LinearRegions { units: 3, hidden: vec![3, 3], networks: 2, layers: 3, width: 4 };
        let findings = small.run(1, &|_| {});
        assert!(findings.hold(), "{:#?}", findings.checks);
        let folded = findings.checks.iter().find(|check| check.measured.contains("5, 25, 125 pieces"));
        assert!(folded.is_some(), "{:#?}", findings.checks);
    }

    #[test]
    fn networks_with_too_many_regions_are_refused() {
        let large = LinearRegions { layers: 8, ..LinearRegions::default() };
        assert_eq!(large.check().unwrap_err().key, "layers");
        assert!(LinearRegions::default().check().is_ok());
    }
}
