//! Optimizers on surfaces with two parameters, where their paths can be drawn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::noise::noise;
use super::{Check, Figure, Findings, Picture, Study, Table};
use crate::approx::{ApproximatorConfig, Function, FunctionSetup};
use crate::chart::{Axis, Chart, CurvePoint, Form, LineChart, PlaneChart, Series, Shape, contours};
use crate::device::Backend;
use crate::invalid_value::{InvalidValue, all, not_negative, positive, require};
use crate::optim::{
    AdamConfig, MomentumConfig, MomentumForm, NormalizedGradientConfig, NormalizedGradientForm, Optimizer,
    OptimizerConfig, ParamRange, RmspropConfig, SgdConfig,
};
use crate::registry::Part;
use crate::rng::{Rng, Stream, stream};
use crate::schedule::{Cosine, Exponential, LearningRate, Linear, StepDecay};
use crate::supervised::{Batches, Dataset, step};

/// Gradient descent and what improves on it, on the loss of a line, of the Gabor model and of a quadratic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Optimizers {
    /// Examples that the line and the Gabor model are fitted to.
    pub examples: usize,
    /// The standard deviation of the noise in the Gabor model's targets.
    pub noise: f64,
    /// The learning rate of gradient descent, and of its stochastic form, on the Gabor model.
    pub learning_rate: f64,
    /// Steps of gradient descent on the Gabor model.
    pub steps: u64,
    /// Examples in a batch of stochastic gradient descent.
    pub batch: usize,
    /// How often stochastic gradient descent is repeated, each time with another order of the examples.
    pub repetitions: u64,
}

impl Default for Optimizers {
    fn default() -> Self {
        Optimizers { examples: 16, noise: 0.05, learning_rate: 4.0, steps: 1500, batch: 5, repetitions: 20 }
    }
}

impl Part for Optimizers {
    const ID: &'static str = "optimizers";
    const SUMMARY: &'static str =
        "paths of gradient descent, momentum, RMSprop and Adam on loss surfaces (Prince 2023, chapter 6)";
}

impl Study for Optimizers {
    fn title(&self) -> &'static str {
        "Optimizers on surfaces that can be drawn"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let batch = |size: usize| format!("must be from 1 to {} (examples - 1), not {size}", self.examples - 1);
        all([
            require((4..=10_000).contains(&self.examples), "examples", || {
                format!("must be from 4 to 10000, not {}", self.examples)
            }),
            not_negative("noise", self.noise),
            positive("learning_rate", self.learning_rate),
            require((10..=100_000).contains(&self.steps), "steps", || {
                format!("must be from 10 to 100000, not {}", self.steps)
            }),
            require(self.examples < 4 || (1..self.examples).contains(&self.batch), "batch", || batch(self.batch)),
            require((1..=1000).contains(&self.repetitions), "repetitions", || {
                format!("must be from 1 to 1000, not {}", self.repetitions)
            }),
        ])
    }

    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings {
        let mut found = Findings {
            claim: CLAIM.to_owned(),
            method: METHOD.to_owned(),
            checks: Vec::new(),
            data: Table::new(&["surface", "method", "start", "end", "steps", "loss"]),
            figures: Vec::new(),
        };
        progress("a line by least squares");
        let line = LineFit::new(self.examples, seed);
        line.descent(&mut found);
        line.normalised(&mut found);
        progress("the Gabor model");
        let gabor = Gabor::new(self.examples, self.noise, seed);
        let stuck = self.descent(&gabor, &mut found);
        progress("stochastic gradient descent");
        if let Some(stuck) = &stuck {
            self.stochastic(&gabor, stuck, seed, &mut found);
        }
        progress("all methods");
        methods(&gabor, &mut found);
        progress("momentum on a quadratic");
        quadratic(&mut found);
        progress("single steps");
        single_steps(&mut found);
        progress("schedules");
        self.schedules(&line, seed, &mut found);
        found
    }
}

const CLAIM: &str = "Gradient descent goes downhill, and where that ends depends on where it starts. On the loss of a line there is \
    one minimum and every start reaches it, as long as the learning rate is below 2/λ, with λ the largest curvature (the largest \
    eigenvalue of the Hessian matrix). On the loss of the Gabor model, sin(φ₀ + 0.06 φ₁x) · exp(−(φ₀ + 0.06 φ₁x)²/8), some starts \
    end in a local minimum, and between two valleys there is a saddle. Steps on batches are noisy and can leave a local minimum. \
    Momentum makes slow directions fast; normalised gradients, RMSprop and Adam make the length of a step independent of the size \
    of the gradient; a schedule of the learning rate decides how near to the minimum the steps come to rest.";

const METHOD: &str = "Every path was made by the optimizers that agents learn with. The line is a linear function of the library; \
    losses are means over the examples (Prince 2023, eq. 5.12). The quadratic is ½ (0.01 w₁² + w₂²). Hessian matrices are central \
    differences of gradients in double precision; minima and saddles were found to ten digits by Newton's method from where a path \
    came near to them. With 16 examples, the default, batches leave the local minimum for every seed that was tried; with 20 or 36, \
    for some seeds only.\n\n\
    Three remarks on formulas that circulate. The step of RMSprop is α g / (√v + ε) (Tieleman & Hinton 2012). It is sometimes \
    written with the gradient once more, α g² / (√v + ε): such a step is never negative, so a parameter could only fall. Adam \
    divides by √v̂ + ε (Kingma & Ba 2015); with ε inside the root, √(v̂ + ε), it is √ε that counts, 10⁻⁴ for the usual 10⁻⁸, so \
    small gradients make much smaller steps; the library has both forms. The Gabor model has the exponent −(…)²/8 here, as in the \
    course; with 32 in place of 8, as it is also printed, the bell is twice as wide.";

/// φ₀ and φ₁, or w₁ and w₂.
type Point = [f64; 2];

/// A symmetric matrix [[a, b], [b, d]].
#[derive(Clone, Copy)]
struct Hessian {
    a: f64,
    b: f64,
    d: f64,
}

impl Hessian {
    /// Both eigenvalues, the smaller first.
    fn eigenvalues(self) -> [f64; 2] {
        let (mean, half) = (0.5 * (self.a + self.d), 0.5 * (self.a - self.d));
        let root = half.hypot(self.b);
        [mean - root, mean + root]
    }

    /// Of length 1.
    fn eigenvector(self, eigenvalue: f64) -> Point {
        // From whichever row of H − λ is longer.
        let (one, other) = ([self.b, eigenvalue - self.a], [eigenvalue - self.d, self.b]);
        let longer = if one[0].hypot(one[1]) > other[0].hypot(other[1]) { one } else { other };
        longer.map(|number| number / longer[0].hypot(longer[1]))
    }

    /// The solution x of H x = g; `None` if there is none.
    fn solve(self, g: Point) -> Option<Point> {
        let determinant = self.a * self.d - self.b * self.b;
        let x = [(self.d * g[0] - self.b * g[1]) / determinant, (self.a * g[1] - self.b * g[0]) / determinant];
        x.iter().all(|x| x.is_finite()).then_some(x)
    }
}

fn distance(from: Point, to: Point) -> f64 {
    (from[0] - to[0]).hypot(from[1] - to[1])
}

fn last(path: &[Point]) -> Point {
    *path.last().expect("a path has its start")
}

/// The parameters at the start and after each step.
fn path(config: &OptimizerConfig, start: Point, steps: u64, mut gradient: impl FnMut(Point) -> Point) -> Vec<Point> {
    let mut optimizer = Optimizer::new(config, 2);
    let whole = [ParamRange { range: 0..2, factor: 1.0 }];
    let mut theta = start.map(|number| number as f32);
    let mut path = vec![theta.map(f64::from)];
    for at in 0..steps {
        let g = gradient(theta.map(f64::from)).map(|number| number as f32);
        optimizer.step(&mut theta, &g, &whole, config.learning_rate().value(at, steps));
        path.push(theta.map(f64::from));
    }
    path
}

fn sgd(learning_rate: impl Into<Rate>) -> OptimizerConfig {
    SgdConfig { learning_rate: learning_rate.into().0, max_grad_norm: None }.into()
}

fn momentum(learning_rate: f64, beta: f64) -> OptimizerConfig {
    let (learning_rate, form) = (LearningRate::Constant(learning_rate), MomentumForm::Classical);
    MomentumConfig { learning_rate, beta, form, lazy: false, max_grad_norm: None }.into()
}

fn normalized(learning_rate: impl Into<Rate>, form: NormalizedGradientForm) -> OptimizerConfig {
    NormalizedGradientConfig { learning_rate: learning_rate.into().0, form }.into()
}

fn rmsprop(learning_rate: f64, rho: f64) -> OptimizerConfig {
    let learning_rate = LearningRate::Constant(learning_rate);
    RmspropConfig { learning_rate, rho, epsilon: 1e-8, epsilon_inside_root: false, lazy: false, max_grad_norm: None }
        .into()
}

/// A learning rate, given as a number or as a schedule.
struct Rate(LearningRate);

impl From<f64> for Rate {
    fn from(rate: f64) -> Rate {
        Rate(LearningRate::Constant(rate))
    }
}

impl From<LearningRate> for Rate {
    fn from(rate: LearningRate) -> Rate {
        Rate(rate)
    }
}

/// A line of a plane, and dots.
fn shape(name: &str, colour: usize, form: Form, points: &[Point]) -> Shape {
    Shape { name: name.to_owned(), colour, form, points: points.iter().map(|p| (p[0], p[1])).collect() }
}

/// The surface of a loss: grey lines of equal loss.
fn surface(ends: [(f64, f64); 2], levels: &[f64], loss: impl Fn(Point) -> f64) -> Vec<Shape> {
    const SIDE: usize = 141;
    let at = |(low, high): (f64, f64), index: usize| low + (high - low) * index as f64 / (SIDE - 1) as f64;
    let values: Vec<f64> = (0..SIDE * SIDE).map(|i| loss([at(ends[0], i % SIDE), at(ends[1], i / SIDE)])).collect();
    let lines = levels.iter().flat_map(|&level| contours(&values, SIDE, ends[0], ends[1], level));
    lines.map(|points| Shape { name: String::new(), colour: GREY, form: Form::Contour, points }).collect()
}

const GREY: usize = 7;
const GREEN: usize = 4;
const RED: usize = 2;
const PURPLE: usize = 3;

fn plane(labels: [&str; 2], ends: [(f64, f64); 2], shapes: Vec<Shape>) -> Picture {
    let [x, y] = [0, 1].map(|axis| Axis::new(labels[axis]).between(ends[axis].0, ends[axis].1));
    Picture::from(Chart::Plane(PlaneChart { x, y, equal: false, shapes }))
}

fn lines(x: Axis, y: Axis, curves: Vec<(String, Vec<(f64, f64)>)>) -> Picture {
    let series = curves.into_iter().enumerate().map(|(variant, (name, points))| {
        let point = |(x, y): (f64, f64)| CurvePoint::new(x, y, 1);
        Series { name, variant, points: points.into_iter().map(point).collect(), faint: Vec::new() }
    });
    let series = series.collect();
    Picture::from(Chart::Lines(LineChart { x, y, series, mark: None, stairs: false, grouped: false }))
}

fn figure(id: &'static str, title: &str, caption: &str, picture: Picture) -> Figure {
    Figure { id, title: title.to_owned(), caption: caption.to_owned(), picture }
}

fn written(point: Point) -> String {
    format!("{:.4} {:.4}", point[0], point[1])
}

impl Findings {
    fn path_row(&mut self, surface: &str, method: &str, path: &[Point], loss: f64) {
        let (start, end) = (written(path[0]), written(last(path)));
        let steps = (path.len() - 1).to_string();
        self.data.push(vec![surface.to_owned(), method.to_owned(), start, end, steps, format!("{loss:.4e}")]);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// A line by least squares.

/// y = φ₀ + φ₁ x, fitted by least squares.
struct LineFit {
    data: Dataset,
    hessian: Hessian,
    minimum: Point,
}

/// The part of the plane that is shown.
const LINE_ENDS: [(f64, f64); 2] = [(-1.0, 2.6), (-1.2, 2.2)];

impl LineFit {
    fn new(examples: usize, seed: u64) -> LineFit {
        let mut rng = stream(seed, Stream::Init);
        // One in each of as many parts of the range, so that the surface depends little on the seed.
        let x: Vec<f32> = (0..examples).map(|i| (2.0 * (i as f64 + rng.random()) / examples as f64) as f32).collect();
        let y: Vec<f32> = x.iter().map(|x| 0.8 + 0.5 * x + 0.3 * noise(&mut rng) as f32).collect();
        let mean = |of: &dyn Fn(usize) -> f64| (0..examples).map(of).sum::<f64>() / examples as f64;
        let [x_at, y_at] = [&x, &y].map(|numbers| |i: usize| f64::from(numbers[i]));
        let hessian = Hessian { a: 2.0, b: 2.0 * mean(&x_at), d: 2.0 * mean(&|i| x_at(i).powi(2)) };
        let right = [2.0 * mean(&y_at), 2.0 * mean(&|i| x_at(i) * y_at(i))];
        let minimum = hessian.solve(right).expect("inputs that differ");
        LineFit { data: Dataset::of_numbers(x, 1, y, 1), hessian, minimum }
    }

    /// How much the loss is above its minimum.
    fn excess(&self, point: Point) -> f64 {
        let [u, v] = [point[0] - self.minimum[0], point[1] - self.minimum[1]];
        let Hessian { a, b, d } = self.hessian;
        0.5 * (a * u * u + 2.0 * b * u * v + d * v * v)
    }

    /// The path of a function of the library.
    fn path(&self, optimizer: &OptimizerConfig, start: Point, steps: u64, batches: &mut Batches) -> Vec<Point> {
        let space = Space::Box { low: vec![0.0], high: vec![2.0] };
        let setup = FunctionSetup { optimizer, space: &space, outputs: 1, budget: steps, backend: Backend::default() };
        let mut function = ApproximatorConfig::default().build(&setup, &mut stream(0, Stream::Init));
        // the weight, then the bias
        function.set_weights(vec![start[1] as f32, start[0] as f32]).expect("a line has two parameters");
        let point = |function: &dyn Function| {
            let weights = function.weights();
            [f64::from(weights[1]), f64::from(weights[0])]
        };
        let mut path = vec![point(function.as_ref())];
        for at in 0..steps {
            step(function.as_mut(), &self.data.select(batches.next_rows()), at);
            path.push(point(function.as_ref()));
        }
        path
    }

    /// All examples in every step.
    fn whole(&self) -> Batches {
        Batches::new(self.data.rows(), self.data.rows(), Rng::from_seed(0))
    }

    fn picture(&self, mut paths: Vec<Shape>) -> Picture {
        let levels = [0.02, 0.08, 0.2, 0.4, 0.7, 1.1, 1.6, 2.3, 3.2, 4.5, 6.5, 9.0, 12.0];
        let mut shapes = surface(LINE_ENDS, &levels, |point| self.excess(point));
        shapes.append(&mut paths);
        shapes.push(shape("minimum", RED, Form::Dots, &[self.minimum]));
        plane(["φ₀", "φ₁"], LINE_ENDS, shapes)
    }

    /// Every start reaches the minimum if the learning rate is below 2/λ.
    fn descent(&self, found: &mut Findings) {
        let [slow, fast] = self.hessian.eigenvalues();
        let limit = 2.0 / fast;
        let starts = [[-0.7, -0.6], [2.3, 1.8], [-0.6, 1.9], [2.2, -0.9]];
        let run = |rate: f64, start: Point, steps: u64| self.path(&sgd(rate), start, steps, &mut self.whole());
        let paths = starts.map(|start| run(0.1, start, 1000));
        let farthest = paths.iter().map(|path| distance(last(path), self.minimum)).fold(0.0, f64::max);
        let [below, above] = [0.97, 1.03].map(|share| run(share * limit, starts[0], 300));
        found.checks.extend([
            Check::new(
                "least squares of a line: gradient descent reaches the same minimum from every start",
                format!(
                    "farthest end {farthest:.1e} from the solution of the normal equations ({})",
                    written(self.minimum)
                ),
                farthest < 1e-3,
            ),
            Check::new(
                format!("it converges for α below 2/λ = {limit:.3}, and not above (λ = {fast:.3})"),
                format!(
                    "excess loss {:.1e} → {:.1e} with 0.97 · 2/λ, {:.1e} with 1.03 · 2/λ",
                    self.excess(starts[0]),
                    self.excess(last(&below)),
                    self.excess(last(&above))
                ),
                self.excess(last(&below)) < self.excess(starts[0])
                    && self.excess(last(&above)) > self.excess(starts[0]),
            ),
        ]);
        for path in &paths {
            found.path_row("line", "gradient descent 0.1", path, self.excess(last(path)));
        }
        let mut shapes: Vec<Shape> =
            paths.iter().map(|path| shape("α = 0.1 from four starts", 0, Form::Line, &path[..200])).collect();
        shapes.push(shape("α = 0.9 · 2/λ", 1, Form::Line, &run(0.9 * limit, [-0.4, -0.9], 24)));
        shapes.push(shape("", 1, Form::Dots, &[[-0.4, -0.9]]));
        shapes.extend(starts.map(|start| shape("", 0, Form::Dots, &[start])));
        found.figures.push(figure(
            "line",
            "Gradient descent on the loss of a line",
            &format!(
                "One valley and one minimum. Every path first falls into the valley, across which the curvature is {fast:.2}, and \
                 then follows it, where the curvature is {slow:.2}. Just below the largest stable learning rate the path jumps \
                 from one side of the valley to the other."
            ),
            self.picture(shapes),
        ));
    }

    /// Steps of a given length do not come to rest, unless the learning rate goes to zero.
    fn normalised(&self, found: &mut Findings) {
        let start = [2.2, 1.2];
        let steps = 200;
        let falling = || LearningRate::Linear(Linear { initial: 0.05, end: 0.0, fraction: Some(1.0), steps: None });
        let run = |optimizer: OptimizerConfig| self.path(&optimizer, start, steps, &mut self.whole());
        let (norm, pointwise) = (NormalizedGradientForm::Norm, NormalizedGradientForm::Pointwise);
        let methods = [
            ("gradient descent", run(sgd(0.05))),
            ("whole gradient normalised", run(normalized(0.05, norm))),
            ("pointwise", run(normalized(0.05, pointwise))),
            ("pointwise with a falling rate", run(normalized(falling(), pointwise))),
        ];
        // How far the last steps are from the minimum, at most.
        let rest = |path: &[Point]| {
            path[path.len() - 10..].iter().map(|point| distance(*point, self.minimum)).fold(0.0, f64::max)
        };
        let [constant, to_zero] = [2, 3].map(|which| rest(&methods[which].1));
        found.checks.push(Check::new(
            "pointwise steps of a constant length do not come to rest at the minimum; with a learning rate that falls to zero they do",
            format!("in the last 10 of {steps} steps at most {constant:.3} from it, and {to_zero:.4} with the falling rate"),
            constant > 0.01 && to_zero < 0.3 * constant,
        ));
        for (name, path) in &methods {
            found.path_row("line", name, path, self.excess(last(path)));
        }
        let shown = methods.iter().take(3).zip([0, 1, 3]);
        let mut shapes: Vec<Shape> =
            shown.map(|((name, path), colour)| shape(name, colour, Form::Line, path)).collect();
        shapes.push(shape("", GREY, Form::Dots, &[start]));
        let distances = methods.iter().map(|(name, path)| {
            // The largest of five steps, since steps jump to and fro.
            let largest = |part: &[Point]| part.iter().map(|point| distance(*point, self.minimum)).fold(0.0, f64::max);
            ((*name).to_owned(), path.windows(5).enumerate().map(|(at, part)| (at as f64, largest(part))).collect())
        });
        let distances = lines(
            Axis::new("step"),
            Axis::new("distance from the minimum, largest of 5 steps").logarithmic(),
            distances.collect(),
        );
        found.figures.push(figure(
            "normalised-distance",
            "How near steps of a given length come",
            "The whole gradient normalised, steps reach the minimum and then jump around it at about their length. Pointwise steps of \
             a constant length are caught earlier: they jump to and fro across the valley and make no way along it. With a learning \
             rate that falls to zero they come to rest at the minimum.",
            distances,
        ));
        found.figures.push(figure(
            "normalised",
            "The gradient as a direction",
            "Gradient descent slows down as the surface becomes flat. A normalised gradient keeps its direction, so that every step \
             has the length α. Pointwise, each component becomes 1 or −1: steps go along the diagonals of the axes.",
            self.picture(shapes),
        ));
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The Gabor model.

/// sin u · exp(−u²/8) with u = φ₀ + 0.06 φ₁ x, fitted by least squares.
struct Gabor {
    x: Vec<f64>,
    y: Vec<f64>,
    /// The global minimum.
    minimum: Point,
}

/// The part of the plane that is shown.
const GABOR_ENDS: [(f64, f64); 2] = [(-10.0, 10.0), (2.5, 22.5)];

/// Where gradient descent starts: at the points of a grid.
fn starts() -> impl Iterator<Item = Point> {
    (0..81).map(|index| [-8.0 + 2.0 * (index % 9) as f64, 4.0 + 2.125 * (index / 9) as f64])
}

/// The width of the bell, in the exponent −u²/WIDTH.
const WIDTH: f64 = 8.0;

/// Where a path ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Global,
    Local,
    /// In a valley that is so flat that the path still moves.
    Moving,
}

impl End {
    fn name(self) -> &'static str {
        match self {
            End::Global => "to the global minimum",
            End::Local => "to a local minimum",
            End::Moving => "into a flat valley",
        }
    }
}

fn is_shown(point: Point) -> bool {
    GABOR_ENDS.iter().zip(point).all(|((low, high), number)| (*low..=*high).contains(&number))
}

impl Gabor {
    fn new(examples: usize, deviation: f64, seed: u64) -> Gabor {
        let mut rng = Rng::from_seed_and_key(seed, &[Stream::Init as u64, 1]);
        let x: Vec<f64> = (0..examples).map(|i| -15.0 + 30.0 * (i as f64 + rng.random()) / examples as f64).collect();
        let truth = [0.0, 16.6]; // Prince's values
        let y = x.iter().map(|x| model(truth, *x)[0] + deviation * noise(&mut rng)).collect();
        let mut gabor = Gabor { x, y, minimum: truth };
        gabor.minimum = gabor.stationary(truth);
        gabor
    }

    fn loss(&self, point: Point) -> f64 {
        let squares = self.x.iter().zip(&self.y).map(|(x, y)| (model(point, *x)[0] - y).powi(2));
        squares.sum::<f64>() / self.x.len() as f64
    }

    fn gradient(&self, point: Point) -> Point {
        self.gradient_of(point, 0..self.x.len())
    }

    fn gradient_of(&self, point: Point, rows: impl ExactSizeIterator<Item = usize>) -> Point {
        let count = rows.len() as f64;
        let mut sum = [0.0; 2];
        for row in rows {
            let [value, slope] = model(point, self.x[row]);
            let by_u = 2.0 * (value - self.y[row]) * slope / count;
            sum = [sum[0] + by_u, sum[1] + 0.06 * self.x[row] * by_u];
        }
        sum
    }

    fn hessian(&self, point: Point) -> Hessian {
        const STEP: f64 = 1e-5;
        let along = |axis: usize| {
            let [before, after] = [-STEP, STEP].map(|step| {
                let mut moved = point;
                moved[axis] += step;
                self.gradient(moved)
            });
            [0, 1].map(|i| (after[i] - before[i]) / (2.0 * STEP))
        };
        let [first, second] = [0, 1].map(along);
        Hessian { a: first[0], b: 0.5 * (first[1] + second[0]), d: second[1] }
    }

    /// Newton's method: the minimum or saddle near a point, or the point where the method was lost.
    fn stationary(&self, mut point: Point) -> Point {
        for _ in 0..40 {
            let Some(step) = self.hessian(point).solve(self.gradient(point)) else { break };
            let length = step[0].hypot(step[1]);
            let shortened = (0.5 / length).min(1.0);
            point = [point[0] - shortened * step[0], point[1] - shortened * step[1]];
        }
        point
    }

    /// The saddles that are shown.
    fn saddles(&self) -> Vec<Point> {
        let mut saddles: Vec<Point> = Vec::new();
        for point in (0..441).map(|i| [-9.0 + 0.9 * f64::from(i % 21), 3.5 + 0.9 * f64::from(i / 21)]) {
            let near = self.stationary(point);
            let is_new = saddles.iter().all(|known| distance(*known, near) > 1e-3);
            if is_new && is_shown(near) && self.slope(near) < 1e-9 && self.hessian(near).eigenvalues()[0] < -2e-4 {
                saddles.push(near);
            }
        }
        saddles.retain(|saddle| self.hessian(*saddle).eigenvalues()[1] > 1e-3);
        saddles
    }

    fn slope(&self, point: Point) -> f64 {
        let [a, b] = self.gradient(point);
        a.hypot(b)
    }

    /// Where a path that ends at this point comes to rest.
    fn end(&self, point: Point) -> End {
        let near = self.stationary(point);
        let at_rest =
            self.slope(near) < 1e-9 && distance(near, point) < 2.0 && self.hessian(near).eigenvalues()[0] > 0.0;
        match at_rest {
            true if distance(near, self.minimum) < 1e-3 => End::Global,
            true => End::Local,
            false => End::Moving,
        }
    }

    fn picture(&self, ends: [(f64, f64); 2], mut paths: Vec<Shape>) -> Picture {
        let levels = [0.005, 0.015, 0.03, 0.05, 0.07, 0.09, 0.12, 0.15, 0.19, 0.24, 0.3];
        let mut shapes = surface(ends, &levels, |point| self.loss(point));
        shapes.append(&mut paths);
        plane(["φ₀", "φ₁"], ends, shapes)
    }
}

/// The model's value and its derivative with respect to u.
fn model([phi_0, phi_1]: Point, x: f64) -> [f64; 2] {
    let u = phi_0 + 0.06 * phi_1 * x;
    let bell = (-u * u / WIDTH).exp();
    [u.sin() * bell, (u.cos() - 2.0 * u / WIDTH * u.sin()) * bell]
}

/// A start from which gradient descent ends in a local minimum, its path, and the minimum.
struct Stuck {
    start: Point,
    path: Vec<Point>,
    minimum: Point,
}

impl Optimizers {
    fn gabor_path(&self, gabor: &Gabor, start: Point, steps: u64) -> Vec<Point> {
        path(&sgd(self.learning_rate), start, steps, |point| gabor.gradient(point))
    }

    /// Gradient descent from many starts: the global minimum, local ones, and a saddle.
    fn descent(&self, gabor: &Gabor, found: &mut Findings) -> Option<Stuck> {
        let paths: Vec<Vec<Point>> = starts().map(|start| self.gabor_path(gabor, start, self.steps)).collect();
        let ends: Vec<End> = paths.iter().map(|path| gabor.end(last(path))).collect();
        let count = |kind: End| ends.iter().filter(|end| **end == kind).count();
        // Those that stay within what is shown.
        let shown = |kind: End| -> Vec<&Vec<Point>> {
            let of_kind = paths.iter().zip(&ends).filter(|(_, end)| **end == kind).map(|(path, _)| path);
            of_kind.filter(|path| path.iter().all(|point| is_shown(*point))).collect()
        };
        let lowest = {
            let at = |(low, high): (f64, f64), index: usize| low + (high - low) * index as f64 / 80.0;
            let points = (0..81 * 81).map(|i| [at(GABOR_ENDS[0], i % 81), at(GABOR_ENDS[1], i / 81)]);
            points.map(|point| gabor.loss(point)).fold(f64::INFINITY, f64::min)
        };
        let least = gabor.loss(gabor.minimum);
        // The worst of the local minima.
        let rest = |path: &[Point]| gabor.stationary(last(path));
        let stuck = shown(End::Local).into_iter().max_by(|a, b| gabor.loss(rest(a)).total_cmp(&gabor.loss(rest(b))));
        let stuck = stuck.map(|path| Stuck { start: path[0], path: path.clone(), minimum: rest(path) });
        let worst = stuck.as_ref().map_or("there is no local minimum".to_owned(), |stuck| {
            format!(
                "the worst of these, at ({}), has the loss {:.3}",
                written(stuck.minimum),
                gabor.loss(stuck.minimum)
            )
        });
        found.checks.extend([
            Check::new(
                "the minimum next to the true parameters is the lowest one",
                format!("loss {least:.4} at ({}); least on a grid of 81 × 81: {lowest:.4}", written(gabor.minimum)),
                least <= lowest,
            ),
            Check::new(
                "the Gabor model: gradient descent from some starts ends in the global minimum, from others in a local one",
                format!(
                    "of {} starts, {} end in the global minimum, {} in local ones, and {} in a valley that is still flat after {} \
                     steps; {worst}",
                    paths.len(),
                    count(End::Global),
                    count(End::Local),
                    count(End::Moving),
                    self.steps,
                ),
                count(End::Global) > 0 && stuck.as_ref().is_some_and(|stuck| gabor.loss(stuck.minimum) > 2.0 * least),
            ),
        ]);
        for (path, end) in paths.iter().zip(&ends) {
            found.path_row("gabor", &format!("gradient descent {}", end.name()), path, gabor.loss(last(path)));
        }
        let mut shapes = Vec::new();
        for (kind, colour) in [(End::Moving, GREY), (End::Local, RED), (End::Global, GREEN)] {
            let candidates = shown(kind);
            let most = candidates.len().min(5);
            for path in (0..most).map(|index| candidates[index * candidates.len() / most]) {
                shapes.push(shape(kind.name(), colour, Form::Line, path));
                shapes.push(shape("", colour, Form::Dots, &[path[0]]));
            }
        }
        match self.saddle(gabor) {
            Some(Saddle { path, nearest, point, eigenvalues }) => {
                shapes.push(shape("to a saddle", PURPLE, Form::Line, &path[..=nearest]));
                shapes.push(shape("", PURPLE, Form::Dots, &[path[0], point]));
                let (slope, at_start) = (gabor.slope(path[nearest]), gabor.slope(path[0]));
                found.checks.push(Check::new(
                    "from a start between two basins the path comes almost to rest at a saddle, where one curvature is negative",
                    format!(
                        "from ({}), where the gradient is {at_start:.1e} long: {slope:.1e} after {nearest} steps, {:.4} from a saddle \
                         at ({}) with curvatures {:.4} and {:.4}",
                        written(path[0]),
                        distance(path[nearest], point),
                        written(point),
                        eigenvalues[0],
                        eigenvalues[1]
                    ),
                    eigenvalues[0] < 0.0 && eigenvalues[1] > 0.0 && slope < 0.01 * at_start,
                ));
                found.path_row("gabor", "gradient descent to a saddle", &path[..=nearest], gabor.loss(path[nearest]));
            }
            None => found.checks.push(Check::new("there is a saddle", "none was found", false)),
        }
        found.figures.push(figure(
            "gabor",
            "Gradient descent on the loss of the Gabor model",
            "Lines of equal loss, and the paths from some of the starts (dots). Some reach the global minimum in the middle, others a \
             local minimum, and others a valley so flat that they still move. The purple path begins between two basins and comes \
             almost to rest at a saddle, before it decides.",
            gabor.picture(GABOR_ENDS, shapes),
        ));
        stuck
    }

    /// A path that comes near to a saddle.
    fn saddle(&self, gabor: &Gabor) -> Option<Saddle> {
        let mut saddles = gabor.saddles();
        // First those that pull paths in faster than they push them away.
        let ratio = |point: &Point| {
            let [low, high] = gabor.hessian(*point).eigenvalues();
            low / high
        };
        saddles.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)));
        let tries = saddles.into_iter().flat_map(|point| [2.0, 1.2, 0.7].map(|reach| (point, reach)));
        tries.into_iter().find_map(|(point, reach)| self.path_to(gabor, point, reach))
    }

    /// Uphill from a saddle along its direction of positive curvature, there are starts from which gradient descent leaves the
    /// saddle to one side and to the other; halving finds what lies between them.
    fn path_to(&self, gabor: &Gabor, point: Point, reach: f64) -> Option<Saddle> {
        let hessian = gabor.hessian(point);
        let eigenvalues = hessian.eigenvalues();
        let [down, up] = eigenvalues.map(|eigenvalue| hessian.eigenvector(eigenvalue));
        let moved = |from: Point, along: Point, by: f64| [from[0] + by * along[0], from[1] + by * along[1]];
        let uphill = |side: f64| {
            let mut at = moved(point, up, 0.05 * side);
            for _ in 0..20_000 {
                let next = moved(at, gabor.gradient(at), 0.1 * self.learning_rate);
                if !is_shown(next) || distance(next, point) > reach {
                    break;
                }
                at = next;
            }
            at
        };
        let [one, other] = [1.0, -1.0].map(uphill);
        let middle = if distance(one, point) > distance(other, point) { one } else { other };
        // On which side of the saddle a path leaves it.
        let side = |path: &[Point]| {
            let along = |at: &Point| (at[0] - point[0]) * down[0] + (at[1] - point[1]) * down[1];
            let apart = |index: &usize| distance(path[*index], point);
            let nearest = (0..path.len()).min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap_or(0);
            path[nearest..].iter().map(along).find(|along| along.abs() > 1.0).unwrap_or(along(&last(path))) > 0.0
        };
        let run = |by: f64| self.gabor_path(gabor, moved(middle, down, by), self.steps);
        let width = [0.01, 0.03, 0.1, 0.3].into_iter().find(|width| side(&run(-width)) != side(&run(*width)))?;
        let (mut low, mut high) = (-width, width);
        let first = side(&run(low));
        for _ in 0..40 {
            let half = 0.5 * (low + high);
            if side(&run(half)) == first { low = half } else { high = half }
        }
        let path = run(low);
        let slope = |index: usize| gabor.slope(path[index]);
        let near = (0..path.len()).filter(|index| distance(path[*index], point) < reach);
        let nearest = near.min_by(|a, b| slope(*a).total_cmp(&slope(*b)))?;
        let is_near = distance(path[nearest], point) < 0.1 && slope(nearest) < 0.01 * slope(0);
        is_near.then_some(Saddle { nearest, point, eigenvalues, path })
    }

    /// Steps on batches leave the local minimum in which gradient descent stays.
    fn stochastic(&self, gabor: &Gabor, stuck: &Stuck, seed: u64, found: &mut Findings) {
        const EPOCHS: u64 = 150;
        let resting = gabor.loss(stuck.minimum);
        let run = |repetition: u64| {
            let mut batches = self.batches(seed, repetition);
            let steps = EPOCHS * batches.per_epoch() as u64;
            let noisy = path(&sgd(self.learning_rate), stuck.start, steps, |point| {
                gabor.gradient_of(point, batches.next_rows().iter().copied())
            });
            // Where it is: the end of gradient descent from there.
            let end = last(&self.gabor_path(gabor, last(&noisy), 300));
            (noisy, end)
        };
        let runs: Vec<(Vec<Point>, Point)> = (0..self.repetitions).map(run).collect();
        let left = runs.iter().filter(|(_, end)| gabor.loss(*end) < 0.95 * resting).count();
        let global = runs.iter().filter(|(_, end)| gabor.end(*end) == End::Global).count();
        let mut batches = self.batches(seed, 0);
        let mut epoch: Vec<usize> = (0..batches.per_epoch()).flat_map(|_| batches.next_rows().to_vec()).collect();
        epoch.sort_unstable();
        found.checks.extend([
            Check::new(
                "batches without replacement: an epoch has each example once",
                format!("{} examples in {} batches", epoch.len(), batches.per_epoch()),
                epoch == (0..self.examples).collect::<Vec<_>>(),
            ),
            Check::new(
                format!("steps on batches of {} leave the local minimum in which gradient descent stays", self.batch),
                format!(
                    "{left} of {} orders end lower than {resting:.3}, {global} of them in the global minimum, after {EPOCHS} epochs",
                    runs.len()
                ),
                left > 0,
            ),
        ]);
        for (noisy, _) in &runs {
            found.path_row("gabor", &format!("batches of {}", self.batch), noisy, gabor.loss(last(noisy)));
        }
        let chosen = runs.iter().find(|(_, end)| gabor.end(*end) == End::Global);
        let chosen = chosen.or_else(|| runs.iter().find(|(_, end)| gabor.loss(*end) < 0.95 * resting));
        let mut shapes = Vec::new();
        if let Some((noisy, _)) = chosen {
            shapes.push(shape("steps on batches", 1, Form::Thin, noisy));
        }
        shapes.push(shape("gradient descent", 0, Form::Line, &stuck.path));
        shapes.push(shape("start", PURPLE, Form::Dots, &[stuck.start]));
        shapes.push(shape("local minimum", RED, Form::Dots, &[stuck.minimum]));
        shapes.push(shape("global minimum", GREEN, Form::Dots, &[gabor.minimum]));
        found.figures.push(figure(
            "stochastic",
            "Steps on batches",
            &format!(
                "Gradient descent stays in the nearest minimum. Steps on {} of {} examples are noisy: one of the orders of the \
                 examples that left it. Each step costs {:.0} % of a step on all examples.",
                self.batch,
                self.examples,
                100.0 * self.batch as f64 / self.examples as f64
            ),
            gabor.picture(GABOR_ENDS, shapes),
        ));
    }

    fn batches(&self, seed: u64, repetition: u64) -> Batches {
        let rng = Rng::from_seed_and_key(seed, &[Stream::Replay as u64, repetition]);
        Batches::new(self.examples, self.batch, rng)
    }

    /// With a constant learning rate, steps on batches stay at a distance; with one that falls they do not.
    fn schedules(&self, line: &LineFit, seed: u64, found: &mut Findings) {
        const INITIAL: f64 = 0.2;
        let steps = 100 * self.batches(seed, 0).per_epoch() as u64;
        let (end, fraction) = (INITIAL / 200.0, Some(1.0));
        let schedules = [
            ("constant", LearningRate::Constant(INITIAL)),
            ("step", LearningRate::Step(StepDecay { initial: INITIAL, factor: 0.5, every: steps / 8 })),
            ("linear", LearningRate::Linear(Linear { initial: INITIAL, end, fraction, steps: None })),
            ("exponential", LearningRate::Exponential(Exponential { initial: INITIAL, end, fraction, steps: None })),
            ("cosine", LearningRate::Cosine(Cosine { initial: INITIAL, end, fraction, steps: None })),
        ];
        let per_epoch = (steps / 100) as usize;
        let mut curves = Vec::new();
        for (name, rate) in &schedules {
            let mut excess = vec![0.0; 101];
            for repetition in 0..self.repetitions {
                let mut batches = self.batches(seed, repetition);
                let path = line.path(&sgd(rate.clone()), [2.3, -0.9], steps, &mut batches);
                for (epoch, excess) in excess.iter_mut().enumerate() {
                    // The mean of the epoch's steps.
                    let part = &path[(epoch * per_epoch).saturating_sub(per_epoch - 1)..=epoch * per_epoch];
                    let mean = part.iter().map(|point| line.excess(*point)).sum::<f64>() / part.len() as f64;
                    *excess += mean / self.repetitions as f64;
                }
                if repetition == 0 {
                    found.path_row("line", &format!("batches with schedule {name}"), &path, line.excess(last(&path)));
                }
            }
            curves.push(((*name).to_owned(), excess));
        }
        let ends: Vec<f64> = curves.iter().map(|(_, excess)| excess[100]).collect();
        let worst = ends[1..].iter().copied().fold(0.0, f64::max);
        found.checks.push(Check::new(
            "with a constant learning rate, steps on batches stay at a distance from the minimum; every schedule comes nearer",
            format!("excess loss in the last epoch {:.1e}; with schedules at most {worst:.1e}", ends[0]),
            worst < 0.2 * ends[0],
        ));
        let rates = schedules.iter().map(|(name, rate)| {
            let points = (0..=200).map(|i| steps * i / 200).map(|at| (at as f64, rate.value(at, steps)));
            ((*name).to_owned(), points.collect())
        });
        let excess = curves
            .into_iter()
            .map(|(name, excess)| (name, excess.into_iter().enumerate().map(|(epoch, y)| (epoch as f64, y)).collect()));
        found.figures.extend([
            figure(
                "schedule-rates",
                "Schedules of the learning rate",
                "Five ways from a large learning rate to a small one.",
                lines(Axis::new("step"), Axis::new("learning rate α").with_zero(), rates.collect()),
            ),
            figure(
                "schedule-losses",
                "What a schedule is for",
                &format!(
                    "Steps on batches of {} examples; the loss above its minimum, as a mean over {} orders. With a constant \
                     learning rate it stops to fall: the noise of the batches moves the parameters as much as the gradient does. \
                     The schedules begin as fast and end nearer.",
                    self.batch, self.repetitions
                ),
                lines(Axis::new("epoch"), Axis::new("loss above the minimum").logarithmic(), excess.collect()),
            ),
        ]);
    }
}

struct Saddle {
    path: Vec<Point>,
    /// The step after which the gradient was least.
    nearest: usize,
    point: Point,
    eigenvalues: [f64; 2],
}

/// All methods from one start.
fn methods(gabor: &Gabor, found: &mut Findings) {
    const STEPS: u64 = 400;
    let start = [-1.2, 4.0];
    let methods = [
        ("gradient descent", sgd(1.0)),
        ("momentum", momentum(0.3, 0.9)),
        ("pointwise", normalized(0.1, NormalizedGradientForm::Pointwise)),
        ("RMSprop", rmsprop(0.05, 0.99)),
        ("Adam", AdamConfig::new(0.1).into()),
    ];
    let run = |config: &OptimizerConfig, factor: f64| {
        path(config, start, STEPS, |point| gabor.gradient(point).map(|g| factor * g))
    };
    let paths: Vec<(&str, Vec<Point>, f64)> = methods
        .iter()
        .map(|(name, config)| {
            let plain = run(config, 1.0);
            let scaled = run(config, 1000.0);
            let apart = plain.iter().zip(&scaled).take(100).map(|(a, b)| distance(*a, *b)).fold(0.0, f64::max);
            (*name, plain, apart)
        })
        .collect();
    let apart: Vec<String> = paths.iter().map(|(name, _, apart)| format!("{name} {apart:.1e}")).collect();
    found.checks.push(Check::new(
        "a loss that is multiplied by 1000 changes the path of gradient descent and of momentum, but not the others'",
        format!("farthest apart within 100 steps: {}", apart.join("; ")),
        paths[..2].iter().all(|path| path.2 > 1.0) && paths[2..].iter().all(|path| path.2 < 0.05),
    ));
    let least = gabor.loss(gabor.minimum);
    for (name, path, _) in &paths {
        found.path_row("gabor", name, path, gabor.loss(last(path)));
    }
    let mut shapes: Vec<Shape> = paths
        .iter()
        .enumerate()
        .map(|(i, (name, path, _))| shape(name, i, if i == 2 { Form::Thin } else { Form::Line }, path))
        .collect();
    shapes.push(shape("", GREY, Form::Dots, &[start]));
    shapes.push(shape("minimum", 5, Form::Dots, &[gabor.minimum]));
    let losses = paths.iter().map(|(name, path, _)| {
        // Over eight steps, since pointwise steps jump to and fro.
        let mean =
            |part: &[Point]| part.iter().map(|point| gabor.loss(*point) - least).sum::<f64>() / part.len() as f64;
        let excess = path.windows(8).enumerate().map(|(at, part)| (at as f64, mean(part).max(1e-9)));
        ((*name).to_owned(), excess.collect())
    });
    let losses =
        lines(Axis::new("step"), Axis::new("loss above the minimum, mean of 8 steps").logarithmic(), losses.collect());
    found.figures.extend([
        figure(
            "methods",
            "Five methods from one start",
            "Gradient descent follows the steepest direction; momentum overshoots and comes back; pointwise steps go along diagonals; \
             RMSprop and Adam divide each component by its own usual size, which makes the flat direction as fast as the steep one.",
            gabor.picture([(-2.5, 2.5), (3.0, 19.0)], shapes),
        ),
        figure(
            "losses",
            "The loss against steps",
            "The same five. Pointwise steps of a constant length cannot come nearer than about their length.",
            losses,
        ),
    ]);
}

/// Momentum on a quadratic with curvatures 0.01 and 1, from (1, 1) (after Goh 2017).
fn quadratic(found: &mut Findings) {
    const LAMBDA: [f64; 2] = [0.01, 1.0];
    const STEPS: u64 = 30_000;
    let gradient = |w: Point| [LAMBDA[0] * w[0], LAMBDA[1] * w[1]];
    let [low, high] = LAMBDA.map(f64::sqrt);
    let best_beta = ((high - low) / (high + low)).powi(2);
    let methods = [
        ("gradient descent α = 0.02".to_owned(), sgd(0.02)),
        ("momentum α = 0.02 β = 0.99".to_owned(), momentum(0.02, 0.99)),
        ("gradient descent at its best α = 1.98".to_owned(), sgd(2.0 / (LAMBDA[0] + LAMBDA[1]))),
        (
            format!("momentum at its best α = 3.31 β = {best_beta:.2}"),
            momentum((2.0 / (low + high)).powi(2), best_beta),
        ),
    ];
    let paths: Vec<(String, Vec<Point>)> =
        methods.into_iter().map(|(name, config)| (name, path(&config, [1.0, 1.0], STEPS, gradient))).collect();
    // The steps after which no point is farther than a hundredth of the start.
    let steps: Vec<usize> = paths
        .iter()
        .map(|(_, path)| path.iter().rposition(|w| distance(*w, [0.0; 2]) > 0.01 * 2f64.sqrt()).map_or(0, |at| at + 1))
        .collect();
    let (alpha, beta) = (0.02, 0.99_f64);
    let error = LAMBDA.map(|lambda| {
        let root = beta.sqrt();
        let turn = ((1.0 + beta - alpha * lambda) / (2.0 * root)).acos();
        let sine = (turn.cos() - root) / turn.sin();
        let exact = |t: usize| root.powi(t as i32) * ((turn * t as f64).cos() + sine * (turn * t as f64).sin());
        let axis = usize::from(lambda == LAMBDA[1]);
        (0..2000).map(|t| (exact(t) - paths[1].1[t][axis]).abs()).fold(0.0, f64::max)
    });
    found.checks.extend([
        Check::new(
            "momentum with α = 0.02 and β = 0.99 on curvatures 0.01 and 1: both components swing, and shrink by √β = 0.99499 in a step",
            format!("largest difference from the closed form in 2,000 steps {:.1e} and {:.1e}", error[0], error[1]),
            error.iter().all(|error| *error < 1e-3),
        ),
        Check::new(
            "with the same α, momentum is faster than gradient descent; each at its best α and β, momentum is again faster",
            format!(
                "steps to 1 % of the start: {} and {}; at the best {} and {}",
                steps[0], steps[1], steps[2], steps[3]
            ),
            steps[1] < steps[0] && steps[3] < steps[2],
        ),
        Check::new(
            "gradient descent at its best α is faster than momentum with α = 0.02 and β = 0.99: these values are chosen for safety, not \
             for this quadratic",
            format!("{} and {} steps", steps[2], steps[1]),
            steps[2] < steps[1],
        ),
    ]);
    for (name, path) in &paths {
        let w = last(path);
        found.path_row("quadratic", name, path, 0.5 * (LAMBDA[0] * w[0] * w[0] + LAMBDA[1] * w[1] * w[1]));
    }
    let ends = [(-1.1, 1.1), (-1.1, 1.1)];
    let levels = [2e-5, 2e-4, 1e-3, 3e-3, 0.01, 0.03, 0.07, 0.14, 0.25, 0.4];
    let mut shapes = surface(ends, &levels, |w| 0.5 * (LAMBDA[0] * w[0] * w[0] + LAMBDA[1] * w[1] * w[1]));
    shapes.push(shape(&paths[1].0, 1, Form::Line, &paths[1].1[..700]));
    shapes.push(shape(&paths[0].0, 0, Form::Line, &paths[0].1[..700]));
    shapes.push(shape("minimum", RED, Form::Dots, &[[0.0, 0.0]]));
    let distances = paths.iter().map(|(name, path)| {
        let points = path.iter().take(1201).enumerate().map(|(t, w)| (t as f64, distance(*w, [0.0; 2]).max(1e-8)));
        (name.clone(), points.collect())
    });
    let distances = lines(Axis::new("step"), Axis::new("distance from the minimum").logarithmic(), distances.collect());
    found.figures.extend([
        figure(
            "momentum",
            "Momentum on a long valley",
            "700 steps from (1, 1). The curvature is 1 upwards and 0.01 along the valley. Gradient descent falls into the valley and \
             then creeps. Momentum swings in both directions, slowly along the valley and fast across it, and both swings shrink \
             at the same rate.",
            plane(["w₁ (curvature 0.01)", "w₂ (curvature 1)"], ends, shapes),
        ),
        figure(
            "momentum-distance",
            "Momentum against gradient descent",
            "With a small learning rate momentum is much faster. With the best learning rate for this quadratic, gradient descent \
             catches up, and momentum with the best of both is the fastest.",
            distances,
        ),
    ]);
}

/// What single steps show: normalised gradients, RMSprop's and Adam's first steps, and ε.
fn single_steps(found: &mut Findings) {
    let gradient = [3.0_f32, -2.0, 5.0];
    let first = |config: OptimizerConfig| {
        let (mut theta, whole) = ([0.0_f32; 3], [ParamRange { range: 0..3, factor: 1.0 }]);
        Optimizer::new(&config, 3).step(&mut theta, &gradient, &whole, config.learning_rate().value(0, 1));
        theta.map(|moved| -f64::from(moved) + 0.0)
    };
    let shown = |step: [f64; 3]| step.map(|x| format!("{x:.4}")).join(", ");
    let near = |found: [f64; 3], expected: [f64; 3]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4);
    let pointwise = first(normalized(1.0, NormalizedGradientForm::Pointwise));
    let norm = first(normalized(1.0, NormalizedGradientForm::Norm));
    let by_rms = first(rmsprop(0.01, 0.99));
    let length = 38.0_f64.sqrt();
    found.checks.extend([
        Check::new(
            "pointwise normalised, the gradient (3, −2, 5) becomes (1, −1, 1)",
            shown(pointwise),
            pointwise == [1.0, -1.0, 1.0],
        ),
        Check::new(
            "normalised as a whole it keeps its direction and has length 1: (3, −2, 5) / √38",
            shown(norm),
            near(norm, [3.0, -2.0, 5.0].map(|g| g / length)),
        ),
        Check::new(
            "the first step of RMSprop is α / √(1 − ρ) along the sign of each component: with g² for g, the second would have the \
             other sign",
            format!("{} for α = 0.01 and ρ = 0.99", shown(by_rms)),
            near(by_rms, [0.1, -0.1, 0.1]),
        ),
    ]);

    // Steps under a constant gradient, as multiples of α.
    const STEPS: i32 = 2000;
    let adam = AdamConfig::new(0.001);
    let lengths = |factor: &dyn Fn(i32) -> f64| -> Vec<f64> {
        let config = OptimizerConfig::from(adam.clone());
        let mut optimizer = Optimizer::new(&config, 1);
        let whole = [ParamRange { range: 0..1, factor: 1.0 }];
        let step = |t: i32| {
            let mut theta = [0.0_f32];
            optimizer.step(&mut theta, &[1.0], &whole, 0.001 * factor(t));
            -f64::from(theta[0]) / 0.001
        };
        (1..=STEPS).map(step).collect()
    };
    // m / √v = m̂ / √v̂ · (1 − β₁ᵗ) / √(1 − β₂ᵗ)
    let uncorrected = |t: i32| (1.0 - adam.beta_1.powi(t)) / (1.0 - adam.beta_2.powi(t)).sqrt();
    let (with, without) = (lengths(&|_| 1.0), lengths(&uncorrected));
    let (mut m, mut v, mut error) = (0.0, 0.0, 0.0_f64);
    for length in &without {
        m = adam.beta_1 * m + (1.0 - adam.beta_1);
        v = adam.beta_2 * v + (1.0 - adam.beta_2);
        error = error.max((m / f64::sqrt(v) - length).abs());
    }
    let longest = (0..without.len()).max_by(|a, b| without[*a].total_cmp(&without[*b])).unwrap_or(0);
    let farthest = with.iter().map(|length| (length - 1.0).abs()).fold(0.0, f64::max);
    found.checks.extend([
        Check::new(
            "under a constant gradient, every step of Adam has the length α; without bias correction the first is 3.16 α, and the \
             longest 6.57 α",
            format!(
                "with correction {farthest:.1e} from α at most; without, {:.2} α at first and {:.2} α in step {}, and {error:.1e} from m/√v",
                without[0],
                without[longest],
                longest + 1
            ),
            farthest < 1e-3 && (without[0] - 3.162).abs() < 1e-2 && (without[longest] - 6.57).abs() < 1e-2 && error < 1e-2,
        ),
        {
            let small = |inside: bool| {
                let config: OptimizerConfig = AdamConfig { epsilon_inside_root: inside, ..AdamConfig::new(1.0) }.into();
                let (mut theta, whole) = ([0.0_f32], [ParamRange { range: 0..1, factor: 1.0 }]);
                Optimizer::new(&config, 1).step(&mut theta, &[1e-6], &whole, 1.0);
                -f64::from(theta[0])
            };
            let (outside, inside) = (small(false), small(true));
            Check::new(
                "ε = 10⁻⁸ inside the root holds small gradients back: of a gradient of 10⁻⁶, the first step of Adam is 0.990 α with ε \
                 outside and 0.010 α inside",
                format!("{outside:.3} α and {inside:.3} α"),
                (outside - 0.990).abs() < 2e-3 && (inside - 0.010).abs() < 2e-3,
            )
        },
    ]);
    let curve = |lengths: Vec<f64>| lengths.into_iter().enumerate().map(|(t, y)| ((t + 1) as f64, y)).collect();
    let curves = vec![("with bias correction".to_owned(), curve(with)), ("without".to_owned(), curve(without))];
    let picture = lines(
        Axis::new("step t").logarithmic(),
        Axis::new("length of the step as a multiple of α").with_zero(),
        curves,
    );
    found.figures.push(figure(
        "bias-correction",
        "Why Adam corrects its bias",
        "The gradient is 1 in every step. Both averages start at zero, and the one of squares, with β₂ = 0.999, takes a thousand steps to \
         forget that. Without correction the divisor is too small for as long, and the first steps are up to 6.6 times too long.",
        picture,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_hold() {
        let findings = Optimizers { steps: 1000, repetitions: 6, ..Optimizers::default() }.run(0, &|_| {});
        let failed: Vec<&Check> = findings.checks.iter().filter(|check| !check.holds).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }

    #[test]
    fn the_gabor_models_gradient_is_that_of_its_loss() {
        let gabor = Gabor::new(12, 0.1, 3);
        let (point, step) = ([0.7, 9.0], 1e-5);
        let loss = |a: f64, b: f64| gabor.loss([point[0] + a, point[1] + b]);
        let expected =
            [loss(step, 0.0) - loss(-step, 0.0), loss(0.0, step) - loss(0.0, -step)].map(|twice| twice / (2.0 * step));
        assert!(distance(gabor.gradient(point), expected) < 1e-8, "{:?}, {expected:?}", gabor.gradient(point));
    }

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        let wrong = Optimizers { batch: 16, ..Optimizers::default() };
        assert_eq!(wrong.check().unwrap_err().key, "batch");
        let few = Optimizers { examples: 1, ..Optimizers::default() };
        assert_eq!(few.check().unwrap_err().key, "examples");
    }
}
