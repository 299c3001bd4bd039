//! A line by least squares.

use super::super::noise::noise;
use super::super::{Check, Findings, Picture};
use super::drawing::{GREY, RED, figure, lines, plane, shape, surface, written};
use super::paths::{Hessian, Point, distance, last, normalized, sgd};
use crate::approx::{ApproximatorConfig, Function, FunctionSetup};
use crate::chart::{Axis, Form, Shape};
use crate::device::Backend;
use crate::optim::{NormalizedGradientForm, OptimizerConfig};
use crate::rng::{Rng, Stream, stream};
use crate::schedule::{LearningRate, Linear};
use crate::supervised::{Batches, Dataset, step};
use tilde_envs::Space;

/// y = φ₀ + φ₁ x, fitted by least squares.
pub struct LineFit {
    pub data: Dataset,
    pub hessian: Hessian,
    pub minimum: Point,
}

/// The part of the plane that is shown.
pub const LINE_ENDS: [(f64, f64); 2] = [(-1.0, 2.6), (-1.2, 2.2)];

impl LineFit {
    pub fn new(examples: usize, seed: u64) -> LineFit {
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
    pub fn excess(&self, point: Point) -> f64 {
        let [u, v] = [point[0] - self.minimum[0], point[1] - self.minimum[1]];
        let Hessian { a, b, d } = self.hessian;
        0.5 * (a * u * u + 2.0 * b * u * v + d * v * v)
    }

    /// The path of a function of the library.
    pub fn path(&self, optimizer: &OptimizerConfig, start: Point, steps: u64, batches: &mut Batches) -> Vec<Point> {
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
    pub fn whole(&self) -> Batches {
        Batches::new(self.data.rows(), self.data.rows(), Rng::from_seed(0))
    }

    pub fn picture(&self, mut paths: Vec<Shape>) -> Picture {
        let levels = [0.02, 0.08, 0.2, 0.4, 0.7, 1.1, 1.6, 2.3, 3.2, 4.5, 6.5, 9.0, 12.0];
        let mut shapes = surface(LINE_ENDS, &levels, |point| self.excess(point));
        shapes.append(&mut paths);
        shapes.push(shape("minimum", RED, Form::Dots, &[self.minimum]));
        plane(["φ₀", "φ₁"], LINE_ENDS, shapes)
    }

    /// Every start reaches the minimum if the learning rate is below 2/λ.
    pub fn descent(&self, found: &mut Findings) {
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
    pub fn normalised(&self, found: &mut Findings) {
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
        shapes.reverse(); // the path of gradient descent above the others'
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
             has the length α. Pointwise, each component becomes 1 or −1: both parameters change by α in every step.",
            self.picture(shapes),
        ));
    }
}
