//! What a layer does to its inputs: a linear map, a nonlinearity, and both until a line separates two classes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::{Check, Figure, Findings, Picture, Study, Table};
use crate::approx::{Activation, ApproximatorConfig, Function, FunctionSetup, Initialization, Weights};
use crate::chart::{Axis, Chart, Form, Panels, PlaneChart, Shape, Theme, contours, gif};
use crate::device::Backend;
use crate::diagnostics::singular_values;
use crate::invalid_value::{InvalidValue, all, require};
use crate::optim::{AdamConfig, OptimizerConfig};
use crate::registry::Part;
use crate::rng::{Rng, Stream};
use crate::supervised::{Dataset, step};

/// A linear layer as reflections and scales, nonlinearities on a grid, and a network that warps the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Representation {
    /// The matrix Θ of the linear layer, row by row.
    pub theta: [[f64; 2]; 2],
    /// The two scales s in ReLU(s x) and tanh(s x).
    pub scales: [f64; 2],
    /// Points of each of the two classes.
    pub points: usize,
    /// Steps of Adam on all points.
    pub steps: u64,
    /// How many initial weights are tried.
    pub repetitions: u64,
}

impl Default for Representation {
    fn default() -> Self {
        Representation {
            theta: [[0.19, 1.84], [-0.97, -0.93]],
            scales: [1.0, 5.0],
            points: 60,
            steps: 1500,
            repetitions: 10,
        }
    }
}

impl Part for Representation {
    const ID: &'static str = "representation";
    const SUMMARY: &'static str =
        "what a layer does to the plane: singular values, nonlinearities, and classes that become separable";
}

impl Study for Representation {
    fn title(&self) -> &'static str {
        "What a layer does to its inputs"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let finite = self.theta.iter().flatten().all(|number| number.is_finite());
        all([
            require(finite && determinant(self.theta).abs() > 1e-6, "theta", || {
                "must be finite numbers with a determinant other than 0".to_owned()
            }),
            require(self.scales.iter().all(|scale| (0.01..=1000.0).contains(scale)), "scales", || {
                "each must lie between 0.01 and 1000".to_owned()
            }),
            require((4..=1000).contains(&self.points), "points", || {
                format!("must be from 4 to 1000, not {}", self.points)
            }),
            require((1..=1_000_000).contains(&self.steps), "steps", || {
                format!("must be from 1 to 1000000, not {}", self.steps)
            }),
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
            data: Table::new(&["what", "value"]),
            figures: Vec::new(),
        };
        self.linear(&mut found);
        self.nonlinear(&mut found);
        self.warp(seed, progress, &mut found);
        found
    }
}

const CLAIM: &str = "A linear layer turns or mirrors its inputs, scales them along two axes, and turns or mirrors them again: \
    Θ = U S Vᵀ, the singular value decomposition. U and V are orthogonal, which includes rotations (determinant 1) and reflections \
    (determinant −1), and Θ alone does not say which: u and v of a singular value may change their signs together, and both \
    determinants change theirs. Only the product is fixed, det U · det V = sign det Θ. What no linear layer can do, a nonlinearity \
    does: the rectifier folds the plane onto a quadrant, tanh bends it into a square. Together, in a network with two hidden units, \
    they warp the plane until a line separates classes that no line separated before.";

const METHOD: &str = "The decomposition is that of ΘᵀΘ in double precision, compared with the singular values that `tilde inspect` \
    prints. The nonlinearities are those of the networks, on a grid of points within ±2. The classes are two curves, \
    y = 0.8 exp(−4x²) ± 0.3; that no line separates them is proved by two segments that cross, each between two points of one \
    class. A network with two inputs, two tanh units and one output was fitted to −1 and 1 by least squares with Adam on all points, \
    from several initial weights.";

type Point = [f64; 2];
/// [[a, b], [c, d]].
type Matrix = [[f64; 2]; 2];

fn determinant([[a, b], [c, d]]: Matrix) -> f64 {
    a * d - b * c
}

fn times(matrix: Matrix, [x, y]: Point) -> Point {
    matrix.map(|[a, b]| a * x + b * y)
}

fn transposed([[a, b], [c, d]]: Matrix) -> Matrix {
    [[a, c], [b, d]]
}

fn product(left: Matrix, right: Matrix) -> Matrix {
    transposed(transposed(right).map(|column| times(left, column)))
}

/// U, S and V of Θ = U S Vᵀ, the larger singular value first. The signs are those with a negative determinant of V.
struct Svd {
    u: Matrix,
    s: Point,
    v: Matrix,
}

impl Svd {
    /// Of a matrix whose determinant is not 0.
    fn of(theta: Matrix) -> Svd {
        // The eigenvectors of ΘᵀΘ = [[a, b], [b, d]] are at the angle ½ atan2(2b, a − d) and across it.
        let [[a, b], [_, d]] = product(transposed(theta), theta);
        let angle = 0.5 * (2.0 * b).atan2(a - d);
        let columns = [[angle.cos(), angle.sin()], [angle.sin(), -angle.cos()]];
        let images = columns.map(|column| times(theta, column));
        let s = images.map(|image| image[0].hypot(image[1]));
        let u = transposed([0, 1].map(|i| images[i].map(|number| number / s[i])));
        Svd { u, s, v: transposed(columns) }
    }

    /// With the other signs of the second columns.
    fn flipped(&self) -> Svd {
        let flip = |[[a, b], [c, d]]: Matrix| [[a, -b], [c, -d]];
        Svd { u: flip(self.u), s: self.s, v: flip(self.v) }
    }

    fn scales(&self) -> Matrix {
        [[self.s[0], 0.0], [0.0, self.s[1]]]
    }

    /// The largest difference between U S Vᵀ and Θ.
    fn error(&self, theta: Matrix) -> f64 {
        let own = product(product(self.u, self.scales()), transposed(self.v));
        own.iter().flatten().zip(theta.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }
}

fn name_of(determinant: f64) -> &'static str {
    if determinant > 0.0 { "rotation" } else { "reflection" }
}

/// Lines of a grid within ±`half`, each as many points.
fn grid(half: f64, count: usize) -> [Vec<Vec<Point>>; 2] {
    let at = |index: usize, count: usize| half * (2.0 * index as f64 / (count - 1) as f64 - 1.0);
    let line = |of: &dyn Fn(f64) -> Point| (0..81).map(|index| of(at(index, 81))).collect();
    let across = (0..count).map(|i| line(&|t| [t, at(i, count)])).collect();
    let upwards = (0..count).map(|i| line(&|t| [at(i, count), t])).collect();
    [across, upwards]
}

/// A letter that looks different in a mirror.
const LETTER: [Point; 8] =
    [[0.2, 0.2], [0.2, 0.9], [0.65, 0.9], [0.65, 0.9], [0.2, 0.9], [0.2, 0.58], [0.55, 0.58], [0.55, 0.58]];

fn shape(name: &str, colour: usize, form: Form, points: impl IntoIterator<Item = Point>) -> Shape {
    Shape { name: name.to_owned(), colour, form, points: points.into_iter().map(|[x, y]| (x, y)).collect() }
}

/// The grid after `map`.
fn mapped_grid(half: f64, count: usize, map: &dyn Fn(Point) -> Point) -> Vec<Shape> {
    let families = grid(half, count).into_iter().zip([BLUE, GREEN]);
    let lines = families.flat_map(|(lines, colour)| lines.into_iter().map(move |line| (line, colour)));
    lines.map(|(line, colour)| shape("", colour, Form::Thin, line.into_iter().map(map))).collect()
}

fn plane(labels: [&str; 2], half: f64, shapes: Vec<Shape>) -> Chart {
    let [x, y] = labels.map(|label| Axis::new(label).between(-half, half));
    Chart::Plane(PlaneChart { x, y, equal: true, shapes })
}

const BLUE: usize = 0;
const ORANGE: usize = 1;
const RED: usize = 2;
const PURPLE: usize = 3;
const GREEN: usize = 4;

impl Representation {
    /// Θ = U S Vᵀ.
    fn linear(&self, found: &mut Findings) {
        let svd = Svd::of(self.theta);
        let flipped = svd.flipped();
        let [det_u, det_v] = [svd.u, svd.v].map(determinant);
        let [other_u, other_v] = [flipped.u, flipped.v].map(determinant);
        let det = determinant(self.theta);
        let numbers: Vec<f32> = self.theta.iter().flatten().map(|number| *number as f32).collect();
        let library = singular_values(&numbers, 2);
        let apart = library.iter().zip(svd.s).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let radii = (0..3600).map(|i| f64::from(i) * std::f64::consts::PI / 1800.0).map(|angle| {
            let [x, y] = times(self.theta, [angle.cos(), angle.sin()]);
            x.hypot(y)
        });
        let (low, high) = radii.fold((f64::INFINITY, 0.0_f64), |(low, high), r| (low.min(r), high.max(r)));
        let shown = |matrix: Matrix| {
            let rows = matrix.map(|row| row.map(|number| format!("{number:.3}")).join(", "));
            format!("[[{}], [{}]]", rows[0], rows[1])
        };
        found.checks.extend([
            Check::new(
                format!("{} is U S Vᵀ", shown(self.theta)),
                format!(
                    "U = {}, S = diag({:.3}, {:.3}), V = {}; largest difference {:.0e}",
                    shown(svd.u),
                    svd.s[0],
                    svd.s[1],
                    shown(svd.v),
                    svd.error(self.theta)
                ),
                svd.error(self.theta) < 1e-12,
            ),
            Check::new(
                "the singular values are those of the library, and the semi-axes of the ellipse that the unit circle becomes",
                format!("{apart:.1e} from the library's; the ellipse has {high:.4} and {low:.4}"),
                apart < 1e-5 && (high - svd.s[0]).abs() < 1e-4 && (low - svd.s[1]).abs() < 1e-4,
            ),
            Check::new(
                "areas grow by s₁ s₂, which is det Θ without its sign",
                format!("det Θ = {det:.4}, s₁ s₂ = {:.4}", svd.s[0] * svd.s[1]),
                (det.abs() - svd.s[0] * svd.s[1]).abs() < 1e-12,
            ),
            Check::new(
                "det U · det V = sign det Θ: with these signs V is a reflection, and U is one too where det Θ > 0",
                format!("det U = {det_u:.0} ({}), det V = {det_v:.0} ({})", name_of(det_u), name_of(det_v)),
                (det_u * det_v - det.signum()).abs() < 1e-9 && det_v < 0.0,
            ),
            Check::new(
                "u₂ and v₂ with the other sign give the same Θ, and both determinants change theirs: \"rotation\" and \"reflection\" are \
                 a matter of signs",
                format!(
                    "det U = {other_u:.0} ({}), det V = {other_v:.0} ({}), largest difference {:.0e}",
                    name_of(other_u),
                    name_of(other_v),
                    flipped.error(self.theta)
                ),
                other_u * det_u < 0.0 && other_v * det_v < 0.0 && flipped.error(self.theta) < 1e-12,
            ),
        ]);
        for (what, value) in [
            ("s1", svd.s[0]),
            ("s2", svd.s[1]),
            ("det theta", det),
            ("det U", det_u),
            ("det V", det_v),
            ("det U with the other signs", other_u),
            ("det V with the other signs", other_v),
        ] {
            found.data.push(vec![what.to_owned(), value.to_string()]);
        }
        let transform = |matrix: Matrix| {
            let mut shapes = mapped_grid(1.0, 9, &|point| times(matrix, point));
            let circle = (0..=90).map(|i| f64::from(i) * std::f64::consts::PI / 45.0);
            let circle = circle.map(|angle| times(matrix, [angle.cos(), angle.sin()]));
            shapes.push(shape("unit circle", ORANGE, Form::Line, circle));
            shapes.push(shape("F", RED, Form::Line, LETTER.map(|point| times(matrix, point))));
            plane(["first coordinate", "second coordinate"], 2.9, shapes)
        };
        let panels = |svd: &Svd| {
            let turned = transposed(svd.v);
            let scaled = product(svd.scales(), turned);
            vec![
                ("x".to_owned(), transform([[1.0, 0.0], [0.0, 1.0]])),
                (format!("Vᵀx: {}", name_of(determinant(svd.v))), transform(turned)),
                ("S Vᵀx: scales".to_owned(), transform(scaled)),
                (format!("U S Vᵀx = Θx: {}", name_of(determinant(svd.u))), transform(product(svd.u, scaled))),
            ]
        };
        found.figures.extend([
            Figure {
                id: "linear",
                title: "A linear layer in three parts".to_owned(),
                caption: "The F shows the mirror: after Vᵀ it cannot be read from the front, after U it can again. The circle becomes \
                          an ellipse whose semi-axes are the singular values."
                    .to_owned(),
                picture: Picture::from(Chart::Panels(Panels { columns: 2, panels: panels(&svd) })),
            },
            Figure {
                id: "linear-other-signs",
                title: "The same layer with other signs".to_owned(),
                caption: "u₂ and v₂ with the other sign: the same Θ, and what was a reflection before is a rotation here.".to_owned(),
                picture: Picture::from(Chart::Panels(Panels { columns: 2, panels: panels(&flipped) })),
            },
        ]);
    }

    /// ReLU(s x) and tanh(s x) on a grid.
    fn nonlinear(&self, found: &mut Findings) {
        const HALF: f64 = 2.0;
        const SIDE: usize = 400;
        // The middles of the cells of a fine grid: none of them is on an axis.
        let at = |index: usize| HALF * ((2 * index + 1) as f64 / SIDE as f64 - 1.0);
        let share = |inside: &dyn Fn(Point) -> bool| {
            let hits = (0..SIDE * SIDE).filter(|i| inside([at(i % SIDE), at(i / SIDE)])).count();
            hits as f64 / (SIDE * SIDE) as f64
        };
        for scale in self.scales {
            let rectified = |point: Point| applied(Activation::Relu, scale, point);
            let [corner, inside] =
                [share(&|p| rectified(p) == [0.0, 0.0]), share(&|p| rectified(p).iter().all(|x| *x > 0.0))];
            let axes = 1.0 - corner - inside;
            let saturated = share(&|p| applied(Activation::Tanh, scale, p).iter().all(|x| x.abs() > 0.9));
            // |tanh(s x)| > 0.9 where |x| > artanh(0.9) / s.
            let expected = (1.0 - 0.9_f64.atanh() / scale / HALF).max(0.0).powi(2);
            found.checks.extend([
                Check::new(
                    format!("ReLU({scale} x) folds three quarters of the square onto the axes"),
                    format!("{corner:.3} of it becomes the origin, {axes:.3} the two axes, and {inside:.3} keeps both coordinates"),
                    (corner - 0.25).abs() < 1e-9 && (axes - 0.5).abs() < 1e-9,
                ),
                Check::new(
                    format!("tanh({scale} x) brings {:.0} % of the square near the corners, beyond ±0.9 in both coordinates", 100.0 * expected),
                    format!("{:.1} %", 100.0 * saturated),
                    (saturated - expected).abs() < 0.01,
                ),
            ]);
            found.data.push(vec![format!("share at the origin of ReLU({scale} x)"), corner.to_string()]);
            found.data.push(vec![format!("share near the corners of tanh({scale} x)"), saturated.to_string()]);
        }
        let panel = |name: &str, activation: Activation, scale: f64, half: f64| {
            let map = |point: Point| applied(activation, scale, point);
            let mut shapes = mapped_grid(HALF, 17, &map);
            let circle = (0..=180).map(|i| f64::from(i) * std::f64::consts::PI / 90.0);
            shapes.push(shape("unit circle", ORANGE, Form::Line, circle.map(|a| map([a.cos(), a.sin()]))));
            (format!("{name}({scale} x)"), plane(["first coordinate", "second coordinate"], half, shapes))
        };
        let mut panels = Vec::new();
        for scale in self.scales {
            panels.push(panel("ReLU", Activation::Relu, scale, 1.1 * HALF * scale));
            panels.push(panel("tanh", Activation::Tanh, scale, 1.2));
        }
        found.figures.push(Figure {
            id: "nonlinear",
            title: "What nonlinearities do to a grid".to_owned(),
            caption: "The rectifier does the same at every scale: the quadrant with two positive coordinates stays, and all else is folded \
                      onto its edges. tanh bends the grid into a square; at the larger scale most of the plane is near the corners, \
                      where its slope, and with it the gradient, is small."
                .to_owned(),
            picture: Picture::from(Chart::Panels(Panels { columns: 2, panels })),
        });
    }

    /// Two classes that a line separates after a hidden layer, and not before.
    fn warp(&self, seed: u64, progress: &dyn Fn(&str), found: &mut Findings) {
        let classes = Classes::new(self.points);
        let crossing = classes.crossing();
        let proof = crossing.map_or("no such segments were found".to_owned(), |[a, b, c, d]| {
            let shown = |p: Point| format!("({:.2}, {:.2})", p[0], p[1]);
            format!(
                "the segment {} to {} of one class crosses {} to {} of the other",
                shown(a),
                shown(b),
                shown(c),
                shown(d)
            )
        });
        found.checks.push(Check::new("no line separates the two classes", proof, crossing.is_some()));
        let mut runs = Vec::new();
        for repetition in 0..self.repetitions {
            progress(&format!("network {} of {}", repetition + 1, self.repetitions));
            runs.push(self.train(&classes, Activation::Tanh, seed, repetition));
        }
        let separated = runs.iter().filter(|run| run.wrong == 0).count();
        for (repetition, run) in runs.iter().enumerate() {
            found.data.push(vec![format!("wrong points from initial weights {repetition}"), run.wrong.to_string()]);
        }
        let straight = self.train(&classes, Activation::Identity, seed, 0);
        let best = runs.iter().find(|run| run.wrong == 0).or_else(|| runs.iter().min_by_key(|run| run.wrong));
        let best = best.expect("one repetition or more");
        let [to_one, to_two, bias] = best.frames.last().expect("a frame at the end").line();
        let wrong_by_line = classes.all().filter(|(point, target)| {
            let [one, two] = best.frames.last().expect("a frame at the end").hidden(*point);
            (to_one * one + to_two * two + bias) * target <= 0.0
        });
        let wrong_by_line = wrong_by_line.count();
        found.checks.extend([
            Check::new(
                "a network with two hidden tanh units separates them",
                format!("from {separated} of {} initial weights, after {} steps", self.repetitions, self.steps),
                separated > 0,
            ),
            Check::new(
                "in the plane of the hidden units' outputs a line separates the classes",
                format!(
                    "{wrong_by_line} of {} points on the wrong side of {to_one:.2} h₁ + {to_two:.2} h₂ + {bias:.2} = 0",
                    2 * self.points
                ),
                wrong_by_line == 0,
            ),
            Check::new(
                "the same network without a nonlinearity does not",
                format!("{} of {} points on the wrong side", straight.wrong, 2 * self.points),
                straight.wrong > 0,
            ),
        ]);
        progress("pictures");
        let panels = |frame: &Frame| Chart::Panels(Panels { columns: 2, panels: frame.panels(&classes) });
        let end = panels(best.frames.last().expect("a frame at the end"));
        found.figures.push(Figure {
            id: "classes",
            title: "Two classes before and after the hidden layer".to_owned(),
            caption: "On the left the inputs, with the curve along which the output is 0. On the right the same points and the same grid \
                      as the two hidden units see them: there that curve is a straight line."
                .to_owned(),
            picture: Picture::from(end),
        });
        let frames: Vec<String> = best
            .frames
            .iter()
            .map(|frame| {
                panels(frame)
                    .standalone(&format!("A network with two hidden units after {} steps", frame.at), Theme::Light)
            })
            .collect();
        // A frame that cannot be drawn is a fault of this program, and the claim is none the worse for it.
        match gif(&frames, 18) {
            Ok(bytes) => found.figures.push(Figure {
                id: "warp",
                title: "Learning to warp".to_owned(),
                caption: "The same two planes during training: the hidden layer bends the grid until the line fits between the classes."
                    .to_owned(),
                picture: Picture::Gif(bytes),
            }),
            Err(why) => found.checks.push(Check::new("the animation can be drawn", why, false)),
        }
    }

    fn train(&self, classes: &Classes, activation: Activation, seed: u64, repetition: u64) -> Run {
        let config = ApproximatorConfig {
            hidden: vec![2],
            activation,
            initialization: Initialization::Glorot,
            ..ApproximatorConfig::default()
        };
        let optimizer = OptimizerConfig::from(AdamConfig::new(0.02));
        let space = Space::Box { low: vec![-2.0; 2], high: vec![2.0; 2] };
        let setup = FunctionSetup {
            optimizer: &optimizer,
            space: &space,
            outputs: 1,
            budget: self.steps,
            backend: Backend::default(),
        };
        let mut rng = Rng::from_seed_and_key(seed, &[Stream::Init as u64, repetition]);
        let mut function = config.build(&setup, &mut rng);
        let data = classes.data();
        let mut frames = Vec::new();
        for at in 0..=self.steps {
            if shown(at) || at == self.steps {
                frames.push(Frame::of(function.as_ref(), at));
            }
            if at < self.steps {
                step(function.as_mut(), &data, at);
            }
        }
        let outputs = function.outputs(Weights::Online, data.inputs());
        let wrong = outputs.iter().zip(classes.all()).filter(|(y, (_, target))| f64::from(**y) * target <= 0.0).count();
        Run { frames, wrong }
    }
}

/// Which steps are frames of the animation: more at first, when most changes.
fn shown(at: u64) -> bool {
    match at {
        0..=100 => at.is_multiple_of(10),
        101..=400 => at.is_multiple_of(20),
        _ => at.is_multiple_of(100),
    }
}

fn applied(activation: Activation, scale: f64, point: Point) -> Point {
    let z = point.map(|number| (scale * number) as f32);
    let mut a = [0.0; 2];
    activation.apply(&z, &mut a);
    a.map(f64::from)
}

/// Points of two curves, one above the other.
struct Classes {
    lower: Vec<Point>,
    upper: Vec<Point>,
}

impl Classes {
    fn new(points: usize) -> Classes {
        let curve = |offset: f64| {
            let x = (0..points).map(|index| 1.5 * (2.0 * index as f64 / (points - 1) as f64 - 1.0));
            x.map(|x| [x, 0.8 * (-4.0 * x * x).exp() + offset]).collect()
        };
        Classes { lower: curve(-0.3), upper: curve(0.3) }
    }

    /// Every point with its target.
    fn all(&self) -> impl Iterator<Item = (Point, f64)> {
        let lower = self.lower.iter().map(|point| (*point, -1.0));
        lower.chain(self.upper.iter().map(|point| (*point, 1.0)))
    }

    fn data(&self) -> Dataset {
        let inputs = self.all().flat_map(|(point, _)| point.map(|number| number as f32)).collect();
        Dataset::of_numbers(inputs, 2, self.all().map(|(_, target)| target as f32).collect(), 1)
    }

    /// Two points of the upper curve and two of the lower one whose segments cross. Whatever line has one class on one side
    /// has these segments there too, so it cannot separate the classes.
    fn crossing(&self) -> Option<[Point; 4]> {
        let (a, b) = (*self.upper.first()?, *self.upper.last()?);
        let side = |from: Point, to: Point, point: Point| {
            determinant([[to[0] - from[0], to[1] - from[1]], [point[0] - from[0], point[1] - from[1]]])
        };
        let crosses = |c: Point, d: Point| side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0;
        let pairs = self.lower.iter().flat_map(|c| self.lower.iter().map(|d| (*c, *d)));
        pairs.into_iter().find(|(c, d)| crosses(*c, *d)).map(|(c, d)| [a, b, c, d])
    }
}

struct Run {
    frames: Vec<Frame>,
    /// Points on the wrong side at the end.
    wrong: usize,
}

/// The network at a step.
struct Frame {
    at: u64,
    /// Weights `[inputs · units]` and biases of the hidden layer, then weights and bias of the output.
    parameters: Vec<f64>,
}

impl Frame {
    fn of(function: &dyn Function, at: u64) -> Frame {
        Frame { at, parameters: function.weights().iter().map(|number| f64::from(*number)).collect() }
    }

    fn hidden(&self, [x, y]: Point) -> Point {
        let p = &self.parameters;
        [0, 1].map(|unit| (p[unit] * x + p[2 + unit] * y + p[4 + unit]).tanh())
    }

    /// The weights of both units, and the bias.
    fn line(&self) -> [f64; 3] {
        [self.parameters[6], self.parameters[7], self.parameters[8]]
    }

    /// The inputs and the outputs of the hidden layer.
    fn panels(&self, classes: &Classes) -> Vec<(String, Chart)> {
        const SIDE: usize = 81;
        const HALF: f64 = 1.7;
        let [to_one, to_two, bias] = self.line();
        let output = |point: Point| {
            let [one, two] = self.hidden(point);
            to_one * one + to_two * two + bias
        };
        let at = |index: usize| HALF * (2.0 * index as f64 / (SIDE - 1) as f64 - 1.0);
        let outputs: Vec<f64> = (0..SIDE * SIDE).map(|i| output([at(i % SIDE), at(i / SIDE)])).collect();
        let ends = (-HALF, HALF);
        let boundary = contours(&outputs, SIDE, ends, ends, 0.0);
        let boundary = boundary.into_iter().map(|points| Shape {
            name: "output 0".to_owned(),
            colour: PURPLE,
            form: Form::Line,
            points,
        });
        let dots = |map: &dyn Fn(Point) -> Point| {
            [("lower class", ORANGE, &classes.lower), ("upper class", RED, &classes.upper)]
                .map(|(name, colour, points)| shape(name, colour, Form::Dots, points.iter().map(|p| map(*p))))
        };
        let mut inputs = mapped_grid(1.6, 17, &|point| point);
        inputs.extend(boundary);
        inputs.extend(dots(&|point| point));
        let mut hidden = mapped_grid(1.6, 17, &|point| self.hidden(point));
        // The line, from its point next to the origin far to both sides.
        let square = to_one * to_one + to_two * to_two;
        let foot = [-bias * to_one / square, -bias * to_two / square];
        let along = [-to_two / square.sqrt(), to_one / square.sqrt()];
        let ends = [-4.0, 4.0].map(|far: f64| [foot[0] + far * along[0], foot[1] + far * along[1]]);
        hidden.push(shape("output 0", PURPLE, Form::Line, ends));
        hidden.extend(dots(&|point| self.hidden(point)));
        vec![
            ("inputs".to_owned(), plane(["x₁", "x₂"], HALF, inputs)),
            ("outputs of the hidden units".to_owned(), plane(["h₁", "h₂"], 1.1, hidden)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_hold() {
        let findings = Representation { repetitions: 3, ..Representation::default() }.run(0, &|_| {});
        let failed: Vec<&Check> = findings.checks.iter().filter(|check| !check.holds).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }

    #[test]
    fn decompositions_have_the_factors_worked_out_by_hand() {
        // A quarter turn after scales 3 and 2.
        let svd = Svd::of([[0.0, -2.0], [3.0, 0.0]]);
        assert!((svd.s[0] - 3.0).abs() < 1e-12 && (svd.s[1] - 2.0).abs() < 1e-12, "{:?}", svd.s);
        // A mirror image: exactly one of both factors is a reflection.
        let mirrored = Svd::of([[0.19, 1.84], [0.97, 0.93]]);
        assert!(determinant(mirrored.u) * determinant(mirrored.v) < 0.0);
        assert!(mirrored.error([[0.19, 1.84], [0.97, 0.93]]) < 1e-12);
    }

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        let flat = Representation { theta: [[1.0, 2.0], [2.0, 4.0]], ..Representation::default() };
        assert_eq!(flat.check().unwrap_err().key, "theta");
    }
}
