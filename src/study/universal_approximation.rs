//! How the error of a shallow network falls with its width: by construction, and by training.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::{Check, Figure, Findings, Picture, Study, Table};
use crate::approx::{ApproximatorConfig, Function, FunctionSetup, Initialization, Weights};
use crate::chart::{Axis, Cells, Chart, ColourScale, CurvePoint, Form, HeatMap, LineChart, PlaneChart, Series, Shape};
use crate::device::Backend;
use crate::invalid_value::{InvalidValue, all, at_least_one, positive, require};
use crate::optim::{AdamConfig, OptimizerConfig};
use crate::registry::Part;
use crate::rng::{Rng, Stream, stream};
use crate::schedule::{Cosine, LearningRate};
use crate::stats::median;
use crate::supervised::{Batches, Dataset, fit};

/// Errors of shallow networks of different widths, constructed and trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UniversalApproximation {
    /// Numbers of hidden units D for functions of one input, ascending.
    pub units: Vec<usize>,
    /// The same for the function of two inputs.
    pub plane_units: Vec<usize>,
    /// Networks that are trained for each size, from different first weights.
    pub networks: usize,
    /// Steps of training.
    pub steps: u64,
    /// Adam's learning rate at the start; it falls to a hundredth along half a cosine wave.
    pub learning_rate: f64,
}

impl Default for UniversalApproximation {
    fn default() -> Self {
        UniversalApproximation {
            units: vec![4, 8, 16, 32, 64],
            plane_units: vec![4, 16, 64, 256],
            networks: 5,
            steps: 10_000,
            learning_rate: 0.02,
        }
    }
}

impl Part for UniversalApproximation {
    const ID: &'static str = "universal_approximation";
    const SUMMARY: &'static str =
        "the error of a shallow network against its width (Cybenko 1989; Barron 1993; Prince 2023, section 3.2)";
}

/// Inputs lie between −1 and 1.
const LENGTH: f64 = 2.0;
/// Where the kink and the jump are: never at one of D + 1 equally spaced points, unless 3 divides D.
const PLACE: f64 = 1.0 / 3.0;
/// Inputs that networks are trained on.
const TRAINING: usize = 256;
/// Inputs at which errors are measured: for 2 to 64 units, dozens between two joints.
const MEASURED: usize = 6_144;
/// Inputs on each axis of the plane, for training and for measuring.
const PLANE_TRAINING: usize = 32;
const PLANE_MEASURED: usize = 48;
/// Rows of a batch in the plane.
const PLANE_BATCH: usize = 128;
/// A measured slope may differ by this much from the theory's.
const SLOPE: f64 = 0.1;

/// A function to approximate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    /// sin 4x.
    Smooth,
    /// |x − 1/3|.
    Kinked,
    /// 1 for x > 1/3, otherwise 0.
    Step,
}

impl Target {
    const ALL: [Target; 3] = [Target::Smooth, Target::Kinked, Target::Step];

    fn name(self) -> &'static str {
        match self {
            Target::Smooth => "smooth",
            Target::Kinked => "kinked",
            Target::Step => "step",
        }
    }

    fn y(self, x: f64) -> f64 {
        match self {
            Target::Smooth => (4.0 * x).sin(),
            Target::Kinked => (x - PLACE).abs(),
            Target::Step => f64::from(u8::from(x > PLACE)),
        }
    }

    /// The slopes of the largest error and of the root mean square of the construction, on logarithmic axes.
    fn slopes(self) -> [f64; 2] {
        match self {
            Target::Smooth => [-2.0, -2.0],
            Target::Kinked => [-1.0, -1.5],
            Target::Step => [0.0, -0.5],
        }
    }

    /// What no error of the construction exceeds, with h the distance of two points: h² max|f″| / 8 for the smooth function, and
    /// h L / 2 for one that changes by at most L times the distance. None for a jump.
    fn bound(self, units: usize) -> Option<f64> {
        let h = LENGTH / units as f64;
        match self {
            Target::Smooth => Some(h * h * 16.0 / 8.0),
            Target::Kinked => Some(h / 2.0),
            Target::Step => None,
        }
    }
}

/// Two hills, one upside down.
fn hills(x: f64, y: f64) -> f64 {
    let hill = |at: [f64; 2]| (-6.0 * ((x - at[0]).powi(2) + (y - at[1]).powi(2))).exp();
    hill([0.4, 0.3]) - hill([-0.4, -0.4])
}

/// The middles of `count` equal parts of the inputs.
fn middles(count: usize) -> Vec<f64> {
    (0..count).map(|index| LENGTH * (index as f64 + 0.5) / count as f64 - 1.0).collect()
}

/// The error of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Error {
    largest: f64,
    rms: f64,
}

impl Error {
    fn of(network: &mut dyn Function, inputs: &[f32], targets: &[f64]) -> Error {
        let outputs = network.outputs(Weights::Online, inputs);
        let differences: Vec<f64> = outputs.iter().zip(targets).map(|(y, t)| (f64::from(*y) - t).abs()).collect();
        let squares = differences.iter().map(|d| d * d).sum::<f64>() / differences.len() as f64;
        Error { largest: differences.into_iter().fold(0.0, f64::max), rms: squares.sqrt() }
    }
}

impl Study for UniversalApproximation {
    fn title(&self) -> &'static str {
        "A wide enough shallow network approximates any function"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let sizes = |key: &str, units: &[usize], low: usize, high: usize| {
            let ascending = units.len() >= 2 && units.windows(2).all(|pair| pair[0] < pair[1]);
            let within = units.iter().all(|units| (low..=high).contains(units));
            require(ascending && within, key, || {
                format!("must be at least two ascending numbers between {low} and {high}, not {units:?}")
            })
        };
        all([
            sizes("units", &self.units, 2, 256),
            sizes("plane_units", &self.plane_units, 1, 4_096),
            at_least_one("networks", self.networks as u64),
            at_least_one("steps", self.steps),
            positive("learning_rate", self.learning_rate),
        ])
    }

    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings {
        let mut rng = stream(seed, Stream::Init);
        let mut data = Table::new(&["function", "network", "units", "number", "rms_error", "largest_error", "bound"]);
        let inputs = middles(MEASURED);
        let (mut constructed, mut trained) = (Vec::new(), Vec::new());
        for target in Target::ALL {
            let targets: Vec<f64> = inputs.iter().map(|x| target.y(*x)).collect();
            let inputs: Vec<f32> = inputs.iter().map(|x| *x as f32).collect();
            let of_units = |&units: &usize| {
                let error = Error::of(self.constructed(target, units).as_mut(), &inputs, &targets);
                data.push(row(target.name(), "constructed", units, 0, error, target.bound(units)));
                error
            };
            constructed.push(self.units.iter().map(of_units).collect::<Vec<_>>());
            let mut of_target = Vec::new();
            for &units in &self.units {
                progress(&format!("training {units} units on the {} function", target.name()));
                let mut errors = Vec::new();
                for number in 1..=self.networks {
                    let error = Error::of(self.trained(target, units, &mut rng).as_mut(), &inputs, &targets);
                    data.push(row(target.name(), "trained", units, number, error, None));
                    errors.push(error);
                }
                of_target.push(errors);
            }
            trained.push(of_target);
        }
        let examples = self.examples(&mut rng);
        let plane = self.plane(&mut rng, &mut data, progress);
        let mut checks = self.checks_of_construction(&constructed);
        checks.extend(self.checks_of_training(&trained, &constructed));
        checks.push(plane.check(&self.plane_units));
        Findings {
            claim: CLAIM.to_owned(),
            method: format!(
                "Errors are measured at {MEASURED} inputs. The constructed network has the joints −1, −1 + h, … and the changes of \
                 slope of the interpolation as its weights; it is the network that agents learn with, of 32-bit numbers. \
                 Training: {} networks of each size, PyTorch's first weights, {TRAINING} examples in one batch, {} steps of \
                 Adam from a learning rate of {} down to a hundredth of it; charts show the median, and the range as a band. In \
                 the plane: {PLANE_TRAINING} · {PLANE_TRAINING} examples, batches of {PLANE_BATCH}. Slopes of trained networks are fitted \
                 to all sizes by least squares of logarithms; those of the construction are between the two largest sizes, since \
                 theory speaks of many units.",
                self.networks, self.steps, self.learning_rate
            ),
            checks,
            figures: self.figures(&constructed, &trained, examples, plane),
            data,
        }
    }
}

const CLAIM: &str = "A shallow network with D rectifiers can interpolate any function of one input at D + 1 points: put a joint at \
    each point but the last, and give it the change of slope there. Between the points the error is at most h² max|f″| / 8 for a \
    smooth function, h being their distance; so twice as many units make a quarter of the error. A kink between two points \
    leaves an error of the order of h, and as it concerns one piece alone, a root mean square (rms) of the order of h^{3/2}. At a \
    jump the largest error never falls below half the jump, since the network is continuous, but the part that it concerns \
    shrinks: the rms falls as h^{1/2}. That is universal approximation in the mean: any function, to any accuracy, with enough \
    units (Cybenko 1989; Hornik, Stinchcombe & White 1989).\n\n\
    Training may do better than equally spaced points, since it can move joints to where they are needed: two units are enough \
    for a kink. And it may do worse: that good weights exist does not mean that gradient descent finds them. With few units, \
    many networks end with joints where they are of no use: on the step with 4 units, it happens that all of them do. With many \
    units, gradient descent becomes slow long before the error is that of the construction. The theorem \
    says nothing about training.\n\n\
    With two inputs, the joints become lines. For functions with few high frequencies, the rms of the best network falls at \
    least as D^{−1/2}, whatever the number of inputs (Barron 1993 for sigmoids; Klusowski & Barron 2018 for rectifiers).";

/// Units of the networks that are drawn.
const EXAMPLE: usize = 8;

fn row(target: &str, network: &str, units: usize, number: usize, error: Error, bound: Option<f64>) -> Vec<String> {
    let bound = bound.map_or(String::new(), |bound| bound.to_string());
    vec![
        target.to_owned(),
        network.to_owned(),
        units.to_string(),
        number.to_string(),
        error.rms.to_string(),
        error.largest.to_string(),
        bound,
    ]
}

/// The slope of the line through logarithms, by least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let logarithms: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logarithms.len() as f64;
    let [x, y] = [0, 1].map(|which| logarithms.iter().map(|p| if which == 0 { p.0 } else { p.1 }).sum::<f64>() / count);
    let products = logarithms.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>();
    products / logarithms.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

fn rms_median(errors: &[Error]) -> f64 {
    median(&errors.iter().map(|error| error.rms).collect::<Vec<_>>()).unwrap_or(f64::NAN)
}

impl UniversalApproximation {
    /// A shallow network with one output and random first weights.
    fn network(&self, inputs: usize, units: usize, rng: &mut Rng) -> Box<dyn Function> {
        let config = ApproximatorConfig {
            hidden: vec![units],
            initialization: Initialization::Pytorch,
            ..ApproximatorConfig::default()
        };
        let (initial, end) = (self.learning_rate, 0.01 * self.learning_rate);
        let learning_rate = LearningRate::Cosine(Cosine { initial, end, fraction: Some(1.0), steps: None });
        let optimizer = OptimizerConfig::from(AdamConfig { learning_rate, ..AdamConfig::new(initial) });
        let space = Space::Box { low: vec![-1.0; inputs], high: vec![1.0; inputs] };
        let setup = FunctionSetup {
            optimizer: &optimizer,
            space: &space,
            outputs: 1,
            budget: self.steps,
            backend: Backend::default(),
        };
        config.build(&setup, rng)
    }

    /// The network that is equal to the function at D + 1 equally spaced points, and straight between them.
    fn constructed(&self, target: Target, units: usize) -> Box<dyn Function> {
        let h = LENGTH / units as f64;
        let place = |index: usize| h * index as f64 - 1.0;
        let slope = |index: usize| (target.y(place(index + 1)) - target.y(place(index))) / h;
        let change = |index: usize| slope(index) - if index == 0 { 0.0 } else { slope(index - 1) };
        let ones = std::iter::repeat_n(1.0, units);
        let parameters = ones.chain((0..units).map(|index| -place(index))).chain((0..units).map(change));
        let mut network = self.network(1, units, &mut stream(0, Stream::Init));
        network
            .set_weights(parameters.chain([target.y(-1.0)]).map(|parameter| parameter as f32).collect())
            .expect("as many weights as the network has");
        network
    }

    fn trained(&self, target: Target, units: usize, rng: &mut Rng) -> Box<dyn Function> {
        let inputs = middles(TRAINING);
        let values = inputs.iter().map(|x| target.y(*x) as f32).collect();
        let data = Dataset::of_numbers(inputs.iter().map(|x| *x as f32).collect(), 1, values, 1);
        let mut network = self.network(1, units, rng);
        let mut batches = Batches::new(TRAINING, TRAINING, rng.clone());
        fit(network.as_mut(), &data, &mut batches, self.steps);
        network
    }

    /// The best and the worst of several networks of a few units that are trained on the step.
    fn examples(&self, rng: &mut Rng) -> [Box<dyn Function>; 2] {
        let inputs = middles(MEASURED);
        let targets: Vec<f64> = inputs.iter().map(|x| Target::Step.y(*x)).collect();
        let inputs: Vec<f32> = inputs.iter().map(|x| *x as f32).collect();
        let mut measured = || {
            let mut network = self.trained(Target::Step, EXAMPLE, rng);
            let rms = Error::of(network.as_mut(), &inputs, &targets).rms;
            (network, rms)
        };
        let (mut best, mut worst) = (measured(), measured());
        for _ in 2..self.networks.max(2) {
            let network = measured();
            if network.1 < best.1 {
                best = network;
            } else if network.1 > worst.1 {
                worst = network;
            }
        }
        if best.1 <= worst.1 { [best.0, worst.0] } else { [worst.0, best.0] }
    }

    fn checks_of_construction(&self, constructed: &[Vec<Error>]) -> Vec<Check> {
        let mut checks = Vec::new();
        for (target, errors) in Target::ALL.into_iter().zip(constructed) {
            let worst = (0..self.units.len()).filter_map(|index| {
                let bound = target.bound(self.units[index])?;
                Some(errors[index].largest / bound)
            });
            if let Some(worst) = worst.reduce(f64::max) {
                checks.push(Check::new(
                    format!("{}: the construction's largest error is within its bound", target.name()),
                    format!("at most {worst:.3} of the bound"),
                    worst <= 1.0 + 1e-3,
                ));
            }
            let last = self.units.len() - 2;
            let slope_of = |value: fn(&Error) -> f64| {
                let point = |index: usize| (self.units[index] as f64, value(&errors[index]));
                slope(&[point(last), point(last + 1)])
            };
            let measured = [slope_of(|error| error.largest), slope_of(|error| error.rms)];
            let expected = target.slopes();
            checks.push(Check::new(
                format!(
                    "{}: the construction's largest error falls as D^{}, its rms as D^{}",
                    target.name(),
                    minus(expected[0]),
                    minus(expected[1])
                ),
                format!("slopes {:.2} and {:.2}", measured[0], measured[1]),
                measured.iter().zip(expected).all(|(a, b)| (a - b).abs() < SLOPE),
            ));
        }
        checks
    }

    /// Training of the smooth function gains from width; with a kink or a jump, the best network beats equally spaced points.
    fn checks_of_training(&self, trained: &[Vec<Vec<Error>>], constructed: &[Vec<Error>]) -> Vec<Check> {
        let (fewest, most) = (self.units[0], self.units[self.units.len() - 1]);
        let of_target = |((target, errors), constructed): ((Target, &Vec<Vec<Error>>), &Vec<Error>)| {
            let name = target.name();
            let medians: Vec<f64> = errors.iter().map(|errors| rms_median(errors)).collect();
            let best: Vec<f64> = errors.iter().map(|errors| median_and_range(errors).1.0).collect();
            let last = medians.len() - 1;
            let measured = format!(
                "{fewest} units: best {:.5}, median {:.5}, constructed {:.5}; {most} units: {:.5}, {:.5}, {:.5}; slope of the \
                 medians {:.2}",
                best[0],
                medians[0],
                constructed[0].rms,
                best[last],
                medians[last],
                constructed[last].rms,
                self.slope_of_medians(&medians)
            );
            if target == Target::Smooth {
                let claim =
                    format!("{name}: trained networks of {most} units have a smaller rms than those of {fewest}");
                Check::new(claim, measured, medians[last] < medians[0])
            } else {
                // Of the fewest units, all networks may end with joints that are of no use; see the claim.
                let better = best.iter().zip(constructed).skip(1).all(|(best, constructed)| *best < constructed.rms);
                let claim = format!(
                    "{name}: from {} units on, the best trained network has a smaller rms than the construction",
                    self.units[1]
                );
                Check::new(claim, measured, better)
            }
        };
        Target::ALL.into_iter().zip(trained).zip(constructed).map(of_target).collect()
    }

    fn slope_of_medians(&self, medians: &[f64]) -> f64 {
        let points: Vec<(f64, f64)> =
            self.units.iter().map(|units| *units as f64).zip(medians.iter().copied()).collect();
        slope(&points)
    }

    /// Networks on two inputs.
    fn plane(&self, rng: &mut Rng, data: &mut Table, progress: &dyn Fn(&str)) -> Plane {
        let grid = |count: usize| -> Vec<[f64; 2]> {
            let axis = middles(count);
            axis.iter().flat_map(|y| axis.iter().map(move |x| [*x, *y])).collect()
        };
        let flat = |places: &[[f64; 2]]| places.iter().flatten().map(|place| *place as f32).collect::<Vec<f32>>();
        let (training, measured) = (grid(PLANE_TRAINING), grid(PLANE_MEASURED));
        let values = training.iter().map(|[x, y]| hills(*x, *y) as f32).collect();
        let examples = Dataset::of_numbers(flat(&training), 2, values, 1);
        let (inputs, targets) = (flat(&measured), measured.iter().map(|[x, y]| hills(*x, *y)).collect::<Vec<f64>>());
        let (mut errors, mut maps) = (Vec::new(), Vec::new());
        for &units in &self.plane_units {
            progress(&format!("training {units} units in the plane"));
            let mut of_units = Vec::new();
            for number in 1..=self.networks {
                let mut network = self.network(2, units, rng);
                let mut batches = Batches::new(examples.rows(), PLANE_BATCH, rng.clone());
                fit(network.as_mut(), &examples, &mut batches, self.steps);
                let error = Error::of(network.as_mut(), &inputs, &targets);
                data.push(row("hills", "trained", units, number, error, None));
                of_units.push(error);
                if number == 1 {
                    let outputs = network.outputs(Weights::Online, &inputs);
                    maps.push(outputs.iter().map(|y| f64::from(*y)).collect());
                }
            }
            errors.push(of_units);
        }
        Plane { target: targets, errors, maps }
    }
}

/// A number with a minus sign.
fn minus(number: f64) -> String {
    number.to_string().replace('-', "−")
}

/// What was measured in the plane.
struct Plane {
    target: Vec<f64>,
    /// For each number of units, of each network.
    errors: Vec<Vec<Error>>,
    /// The outputs of the first network of each size.
    maps: Vec<Vec<f64>>,
}

impl Plane {
    fn medians(&self) -> Vec<f64> {
        self.errors.iter().map(|errors| rms_median(errors)).collect()
    }

    fn check(&self, units: &[usize]) -> Check {
        let points: Vec<(f64, f64)> = units.iter().map(|units| *units as f64).zip(self.medians()).collect();
        let slope = slope(&points);
        let shown: Vec<String> = points.iter().map(|(_, rms)| format!("{rms:.4}")).collect();
        let units: Vec<String> = units.iter().map(usize::to_string).collect();
        Check::new(
            "two inputs: the rms of trained networks falls at least as D^−1/2",
            format!("median rms {} for {} units: slope {slope:.2}", shown.join(", "), units.join(", ")),
            slope <= -0.5,
        )
    }
}

fn map(values: Vec<f64>) -> Picture {
    let axis = |name: &str| Axis::new(name).between(-1.0, 1.0);
    Picture::from(Chart::HeatMap(HeatMap {
        x: axis("first input"),
        y: axis("second input"),
        columns: PLANE_MEASURED,
        rows: PLANE_MEASURED,
        from_top: false,
        square: true,
        cells: Cells::Numbers { values, label: "y".to_owned(), scale: ColourScale::Diverging, ends: Some((-1.0, 1.0)) },
        overlays: Vec::new(),
    }))
}

impl UniversalApproximation {
    fn figures(
        &self,
        constructed: &[Vec<Error>],
        trained: &[Vec<Vec<Error>>],
        examples: [Box<dyn Function>; 2],
        plane: Plane,
    ) -> Vec<Figure> {
        let figure =
            |id, title: &str, caption: String, picture| Figure { id, title: title.to_owned(), caption, picture };
        let Plane { target, errors, mut maps } = plane;
        let (fewest, most) = (self.plane_units[0], self.plane_units[self.plane_units.len() - 1]);
        let (coarse, fine) = (maps.swap_remove(0), maps.pop().unwrap_or_default());
        vec![
            figure(
                "interpolation",
                "A network through D + 1 points",
                "sin 4x, and the networks of 4 and of 8 units that are equal to it at 5 and at 9 points. Between them both are lines."
                    .to_owned(),
                self.interpolation(),
            ),
            figure(
                "largest_error",
                "Largest error of the construction",
                "Twice as many units make a quarter of the error of a smooth function, and half of a kinked one. At a jump it stays. \
                 Dashed: the bounds."
                    .to_owned(),
                self.largest_chart(constructed),
            ),
            figure(
                "rms_error",
                "Root mean square of the error, constructed and trained",
                format!(
                    "Dashed: the construction. Solid: the median of {} trained networks, with their range. Where the function has a \
                     kink or a jump, training can put joints there. On the smooth function, wide networks end above the construction: \
                     good weights exist, but training does not reach them.",
                    self.networks
                ),
                self.rms_chart(constructed, trained),
            ),
            figure(
                "trained_step",
                "Training moves the joints",
                format!(
                    "A step, the constructed network of {EXAMPLE} units, and the best and the worst of {} trained ones. Equally \
                     spaced joints make a ramp as wide as their distance. Training can put joints close to the jump; the worst \
                     network shows that it may also end with joints where they are of no use.",
                    self.networks
                ),
                self.step_chart(examples),
            ),
            figure(
                "hills",
                "A function of two inputs",
                "The function that networks learn: a hill and a hollow.".to_owned(),
                map(target),
            ),
            figure(
                "hills_few",
                &format!("{fewest} units"),
                format!("A trained network of {fewest} units: a few half-planes, each with a slope of its own."),
                map(coarse),
            ),
            figure(
                "hills_many",
                &format!("{most} units"),
                format!("A trained network of {most} units."),
                map(fine),
            ),
            figure(
                "plane_error",
                "Two inputs: error against units",
                "The median root mean square of the error, with the range of the networks, beside the slope that Barron's theorem \
                 guarantees for the best ones."
                    .to_owned(),
                self.plane_chart(&errors),
            ),
        ]
    }

    fn interpolation(&self) -> Picture {
        let line = |name: &str, colour: usize, form: Form, points: Vec<(f64, f64)>| Shape {
            name: name.to_owned(),
            colour,
            form,
            points,
        };
        let curve = middles(400).into_iter().map(|x| (x, Target::Smooth.y(x))).collect();
        let mut shapes = vec![line("sin 4x", 7, Form::Line, curve)];
        for (colour, units) in [(1, 4), (0, 8)] {
            let place = |index: usize| LENGTH * index as f64 / units as f64 - 1.0;
            let mut network = self.constructed(Target::Smooth, units);
            let mut y = |x: f64| f64::from(network.outputs(Weights::Online, &[x as f32])[0]);
            let points: Vec<(f64, f64)> = (0..=units).map(place).map(|x| (x, y(x))).collect();
            let name = format!("{units} units");
            shapes.push(line(&name, colour, Form::Line, points.clone()));
            shapes.push(line(&name, colour, Form::Dots, points));
        }
        let x = Axis::new("x").between(-1.0, 1.0);
        Picture::from(Chart::Plane(PlaneChart { x, y: Axis::new("y"), equal: false, shapes }))
    }

    fn step_chart(&self, [mut best, mut worst]: [Box<dyn Function>; 2]) -> Picture {
        let xs = middles(1_200);
        let curve = |network: &mut dyn Function| -> Vec<(f64, f64)> {
            let inputs: Vec<f32> = xs.iter().map(|x| *x as f32).collect();
            let outputs = network.outputs(Weights::Online, &inputs);
            xs.iter().copied().zip(outputs.iter().map(|y| f64::from(*y))).collect()
        };
        let shape =
            |name: &str, colour: usize, points| Shape { name: name.to_owned(), colour, form: Form::Line, points };
        let step = vec![(-1.0, 0.0), (PLACE, 0.0), (PLACE, 1.0), (1.0, 1.0)];
        let shapes = vec![
            shape("step", 7, step),
            shape("constructed", 1, curve(self.constructed(Target::Step, EXAMPLE).as_mut())),
            shape("worst trained", 2, curve(worst.as_mut())),
            shape("best trained", 0, curve(best.as_mut())),
        ];
        let x = Axis::new("x").between(-1.0, 1.0);
        Picture::from(Chart::Plane(PlaneChart { x, y: Axis::new("y"), equal: false, shapes }))
    }

    fn points(&self, units: &[usize], values: impl Iterator<Item = (f64, (f64, f64))>) -> Vec<CurvePoint> {
        let point = |(units, (y, band)): (&usize, (f64, (f64, f64)))| CurvePoint { x: *units as f64, y, band, runs: 1 };
        units.iter().zip(values).map(point).collect()
    }

    fn chart(&self, units: &[usize], y: &str, series: Vec<Series>) -> Picture {
        let ticks = units.iter().map(|units| (*units as f64, units.to_string())).collect();
        // Bands are shown whole.
        let shown =
            series.iter().flat_map(|series| &series.points).flat_map(|point| [point.y, point.band.0, point.band.1]);
        let shown = shown.filter(|y| y.is_finite() && *y > 0.0);
        let (low, high) = shown.fold((f64::INFINITY, 0.0_f64), |(low, high), y| (low.min(y), high.max(y)));
        Picture::from(Chart::Lines(LineChart {
            x: Axis::new("hidden units D").logarithmic().with_ticks(ticks),
            y: Axis::new(y).logarithmic().between(0.8 * low, 1.25 * high),
            series,
            mark: None,
            stairs: false,
            grouped: true,
        }))
    }

    fn largest_chart(&self, constructed: &[Vec<Error>]) -> Picture {
        let mut series = Vec::new();
        for (colour, (target, errors)) in Target::ALL.into_iter().zip(constructed).enumerate() {
            let points = self.points(&self.units, errors.iter().map(|e| (e.largest, (e.largest, e.largest))));
            series.push(line(target.name().to_owned(), colour, points));
            let bounds: Vec<f64> = self.units.iter().filter_map(|units| target.bound(*units)).collect();
            if !bounds.is_empty() {
                let points = self.points(&self.units, bounds.iter().map(|bound| (*bound, (*bound, *bound))));
                series.push(line(format!("{}: bound", target.name()), DASHED + colour, points));
            }
        }
        self.chart(&self.units, "largest error", series)
    }

    fn rms_chart(&self, constructed: &[Vec<Error>], trained: &[Vec<Vec<Error>>]) -> Picture {
        let mut series = Vec::new();
        for (colour, (target, (errors, trained))) in
            Target::ALL.into_iter().zip(constructed.iter().zip(trained)).enumerate()
        {
            let points = self.points(&self.units, errors.iter().map(|e| (e.rms, (e.rms, e.rms))));
            series.push(line(format!("{}: constructed", target.name()), DASHED + colour, points));
            let points = self.points(&self.units, trained.iter().map(|errors| median_and_range(errors)));
            series.push(line(format!("{}: trained", target.name()), colour, points));
        }
        self.chart(&self.units, "rms error", series)
    }

    fn plane_chart(&self, errors: &[Vec<Error>]) -> Picture {
        let points = self.points(&self.plane_units, errors.iter().map(|errors| median_and_range(errors)));
        let start = points[0];
        let barron = |units: &usize| {
            let y = start.y * (*units as f64 / start.x).powf(-0.5);
            (y, (y, y))
        };
        let barron = self.points(&self.plane_units, self.plane_units.iter().map(barron));
        let series = vec![line("trained".to_owned(), 0, points), line("slope −1/2".to_owned(), DASHED + 7, barron)];
        self.chart(&self.plane_units, "rms error", series)
    }
}

/// Added to the number of a colour: the same colour, dashed.
const DASHED: usize = 10;

fn line(name: String, variant: usize, points: Vec<CurvePoint>) -> Series {
    Series { name, variant, points, faint: Vec::new() }
}

fn median_and_range(errors: &[Error]) -> (f64, (f64, f64)) {
    let of_all = |choose: fn(f64, f64) -> f64, start: f64| errors.iter().map(|e| e.rms).fold(start, choose);
    (rms_median(errors), (of_all(f64::min, f64::INFINITY), of_all(f64::max, 0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_construction_is_equal_to_the_function_at_its_points() {
        let study = UniversalApproximation::default();
        let mut network = study.constructed(Target::Kinked, 4);
        // |x − 1/3| at −1, −1/2, 0, 1/2, 1, and half way between 0 and 1/2.
        let places = [-1.0, -0.5, 0.0, 0.5, 1.0, 0.25];
        let expected = [4.0 / 3.0, 5.0 / 6.0, 1.0 / 3.0, 1.0 / 6.0, 2.0 / 3.0, 0.25];
        let outputs = network.outputs(Weights::Online, &places);
        assert!(outputs.iter().zip(expected).all(|(y, t)| (y - t).abs() < 1e-6), "{outputs:?}");
        assert_eq!(network.parameters(), 13);
    }

    #[test]
    fn errors_of_the_construction_fall_as_theory_says() {
        let study = UniversalApproximation {
            units: vec![4, 8, 16],
            plane_units: vec![2, 4],
            networks: 1,
            steps: 20,
            learning_rate: 0.02,
        };
        let findings = study.run(0, &|_| {});
        let construction = findings.checks.iter().filter(|check| check.claim.contains("construction's"));
        assert_eq!(construction.inspect(|check| assert!(check.holds, "{check:?}")).count(), 5);
    }

    #[test]
    fn a_line_of_logarithms_has_the_slope_of_the_power() {
        assert!((slope(&[(1.0, 5.0), (2.0, 5.0 / 8.0), (4.0, 5.0 / 64.0)]) + 3.0).abs() < 1e-12);
    }

    #[test]
    fn sizes_that_do_not_ascend_are_refused() {
        let wrong = UniversalApproximation { units: vec![8, 4], ..UniversalApproximation::default() };
        assert_eq!(wrong.check().unwrap_err().key, "units");
    }
}
