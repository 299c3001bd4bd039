//! Backpropagation: every derivative of a toy function by name, a deep network layer by layer, and what it costs.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;
use tilde_envs::render::{Anchor, BLUE, Drawing, INK, ORANGE};

use super::noise::noise;
use super::{Check, Figure, Findings, Picture, Study, Table};
use crate::approx::{ApproximatorConfig, Function, FunctionSetup, Initialization};
use crate::chart::{Axis, Chart, CurvePoint, LineChart, Panels, Series};
use crate::device::{Backend, DeviceName, EngineName};
use crate::invalid_value::{InvalidValue, all, require};
use crate::optim::OptimizerConfig;
use crate::registry::Part;
use crate::rng::{Rng, Stream, stream};

/// The toy function β₃ + ω₃ cos(β₂ + ω₂ exp(β₁ + ω₁ sin(β₀ + ω₀ x))) with its squared error, and a network of rectifiers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backprop {
    /// β₀ to β₃.
    pub beta: [f64; 4],
    /// ω₀ to ω₃.
    pub omega: [f64; 4],
    /// The input of the toy function.
    pub x: f64,
    /// What its output should be.
    pub y: f64,
    /// The hidden layers of the network.
    pub hidden: Vec<usize>,
    /// The hidden layers, each of 100 units, in which derivatives are followed from the last layer to the first.
    pub depth: usize,
}

impl Default for Backprop {
    /// The numbers of Prince's notebook 7.1.
    fn default() -> Self {
        Backprop {
            beta: [1.0, 2.0, -3.0, 0.4],
            omega: [0.1, -0.4, 2.0, 3.0],
            x: 2.3,
            y: 2.0,
            hidden: vec![20; 5],
            depth: 30,
        }
    }
}

impl Part for Backprop {
    const ID: &'static str = "backprop";
    const SUMMARY: &'static str =
        "backpropagation step by step, against burn and central differences (Prince 2023, chapter 7)";
}

impl Study for Backprop {
    fn title(&self) -> &'static str {
        "Backpropagation, step by step"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let finite = |numbers: &[f64]| numbers.iter().all(|number| number.is_finite());
        all([
            require(finite(&self.beta) && finite(&self.omega), "beta", || "every parameter must be finite".to_owned()),
            require(finite(&[self.x, self.y]), "x", || "x and y must be finite".to_owned()),
            require((1..=20).contains(&self.hidden.len()), "hidden", || {
                format!("must be 1 to 20 layers, not {}", self.hidden.len())
            }),
            require(self.hidden.iter().all(|width| (1..=100).contains(width)), "hidden", || {
                "a layer must have 1 to 100 units".to_owned()
            }),
            require((2..=100).contains(&self.depth), "depth", || format!("must be from 2 to 100, not {}", self.depth)),
        ])
    }

    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings {
        let mut found = Findings {
            claim: CLAIM.to_owned(),
            method: METHOD.to_owned(),
            checks: Vec::new(),
            data: Table::new(&["part", "quantity", "value", "derivative", "by_burn", "by_differences"]),
            figures: Vec::new(),
        };
        progress("the toy function");
        self.toy(&mut found);
        progress("a network of rectifiers");
        self.network(seed, &mut found);
        progress("a deep network");
        self.depth(seed, &mut found);
        found
    }
}

const CLAIM: &str = "The derivative of a loss with respect to every number on the way to it is found in one pass from the end to the \
    beginning: each is the derivative with respect to the next number, which is known already, times the derivative of one \
    step. So the backward pass costs about as much as two forward passes, whatever the number of parameters, where differences would \
    take two forward passes for each parameter. On its way through a deep network the derivative is multiplied in every layer; weights of \
    variance 2/D (He et al. 2015) keep its size, smaller ones let it vanish.";

const METHOD: &str = "The toy function is that of Prince's notebook 7.1, worked through with double precision: eleven derivatives with \
    respect to intermediate values and inputs of a step. Each is compared with burn's automatic differentiation and with a central difference in \
    double precision; for both, a number that is zero was added to each intermediate value, since the derivative with respect to \
    that number is the one with respect to the value. The network of rectifiers has random weights, a batch of 16 rows of 10 inputs, \
    and least squares; its gradient by an own backward pass in double precision is compared with that of the library's loops, of burn, and of \
    central differences, without those during which a unit switched: across its kink, the loss has no derivative.\n\n\
    The multiply-adds of both passes are counted. The time is not in these files, since it differs from run to run: while this study was \
    written, on a shared machine with two cores, the backward pass took between 1.4 and 2.4 times as long as the forward pass for networks with 2 \
    to 4 hidden layers of 64 to 512 units and batches of 64 and 128, with the library's loops as with burn; about as long, where \
    most weights are in the first layer (784 inputs); and about 3 times as long for a single row";

// ---------------------------------------------------------------------------------------------------------------------
// The toy function.

/// β₀ to β₃, ω₀ to ω₃, and what is added to h₁, h₂ and h₃.
type Inputs = [f64; 11];

const INPUTS: [&str; 11] = ["β₀", "β₁", "β₂", "β₃", "ω₀", "ω₁", "ω₂", "ω₃", "h₁", "h₂", "h₃"];

/// The values on the way from x to the loss.
#[derive(Clone, Copy)]
struct Toy {
    f: [f64; 4],
    /// x and h₁ to h₃.
    h: [f64; 4],
    loss: f64,
}

impl Toy {
    /// The forward pass.
    fn forward(inputs: &Inputs, x: f64, y: f64) -> Toy {
        let (beta, omega, added) = (&inputs[..4], &inputs[4..8], &inputs[8..]);
        let f_0 = beta[0] + omega[0] * x;
        let h_1 = f_0.sin() + added[0];
        let f_1 = beta[1] + omega[1] * h_1;
        let h_2 = f_1.exp() + added[1];
        let f_2 = beta[2] + omega[2] * h_2;
        let h_3 = f_2.cos() + added[2];
        let f_3 = beta[3] + omega[3] * h_3;
        Toy { f: [f_0, f_1, f_2, f_3], h: [x, h_1, h_2, h_3], loss: (f_3 - y).powi(2) }
    }

    /// The backward pass: the derivatives of the loss with respect to f₀ to f₃ and h₁ to h₃.
    fn backward(&self, omega: &[f64; 4], y: f64) -> ([f64; 4], [f64; 3]) {
        let by_f_3 = 2.0 * (self.f[3] - y);
        let by_h_3 = omega[3] * by_f_3;
        let by_f_2 = -self.f[2].sin() * by_h_3;
        let by_h_2 = omega[2] * by_f_2;
        let by_f_1 = self.f[1].exp() * by_h_2;
        let by_h_1 = omega[1] * by_f_1;
        let by_f_0 = self.f[0].cos() * by_h_1;
        ([by_f_0, by_f_1, by_f_2, by_f_3], [by_h_1, by_h_2, by_h_3])
    }
}

/// The derivatives with respect to all inputs, by burn in single precision.
fn toy_by_burn(inputs: &Inputs, x: f64, y: f64) -> Inputs {
    let device = DeviceName::Flex.open().expect("flex is always built in").autodiff();
    let leaf = |number: f64| Tensor::<1>::from_floats([number as f32], &device).require_grad();
    let leaves = inputs.map(leaf);
    let of = |index: usize| leaves[index].clone();
    let h_1 = (of(0) + of(4) * (x as f32)).sin() + of(8);
    let h_2 = (of(1) + of(5) * h_1).exp() + of(9);
    let h_3 = (of(2) + of(6) * h_2).cos() + of(10);
    let error = of(3) + of(7) * h_3 - (y as f32);
    let gradients = (error.clone() * error).backward();
    leaves.each_ref().map(|leaf| {
        let gradient = leaf.grad(&gradients).expect("a derivative for each number that the loss depends on");
        f64::from(gradient.into_data().try_to_vec::<f32>().expect("a tensor of 32-bit numbers")[0])
    })
}

/// The derivatives by central differences.
fn differences<const N: usize>(inputs: [f64; N], loss: impl Fn(&[f64; N]) -> f64) -> [f64; N] {
    std::array::from_fn(|index| {
        let step = 1e-6 * inputs[index].abs().max(1.0);
        let moved = |by: f64| {
            let mut inputs = inputs;
            inputs[index] += by;
            loss(&inputs)
        };
        (moved(step) - moved(-step)) / (2.0 * step)
    })
}

/// The largest difference of two rows of numbers, relative to the largest of the first.
fn relative(known: &[f64], found: &[f64]) -> f64 {
    let largest = known.iter().fold(1e-12_f64, |largest, number| largest.max(number.abs()));
    known.iter().zip(found).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest
}

impl Backprop {
    fn toy(&self, found: &mut Findings) {
        let mut inputs: Inputs = [0.0; 11];
        inputs[..4].copy_from_slice(&self.beta);
        inputs[4..8].copy_from_slice(&self.omega);
        let toy = Toy::forward(&inputs, self.x, self.y);
        let (by_f, by_h) = toy.backward(&self.omega, self.y);
        let mut by_hand: Inputs = [0.0; 11];
        by_hand[..4].copy_from_slice(&by_f); // f_k = β_k + …
        (0..4).for_each(|k| by_hand[4 + k] = toy.h[k] * by_f[k]); // f_k = β_k + ω_k h_k
        by_hand[8..].copy_from_slice(&by_h);
        let by_burn = toy_by_burn(&inputs, self.x, self.y);
        let by_differences = differences(inputs, |inputs| Toy::forward(inputs, self.x, self.y).loss);
        let values = [
            toy.f[0], toy.f[1], toy.f[2], toy.f[3], inputs[4], inputs[5], inputs[6], inputs[7], toy.h[1], toy.h[2],
            toy.h[3],
        ];
        for (index, name) in INPUTS.iter().enumerate() {
            // β_k has the derivative of f_k, whose value is the more telling one.
            let name = if index < 4 { format!("f{index} and {name}") } else { (*name).to_owned() };
            let numbers = [values[index], by_hand[index], by_burn[index], by_differences[index]];
            let numbers = numbers.map(|number| format!("{number:.9}"));
            found.data.push(["toy".to_owned(), name].into_iter().chain(numbers).collect());
        }
        let [burn, central] = [by_burn, by_differences].map(|other| relative(&by_hand, &other));
        let steps = |numbers: &[f64], names: &str| {
            let named = numbers.iter().enumerate().map(|(k, number)| format!("{names}{} = {number:.3}", k));
            named.collect::<Vec<_>>().join(", ")
        };
        found.checks.extend([
            Check::new(
                "the forward pass, from x to the loss ℓ = (f₃ − y)²",
                format!("{}; {}; ℓ = {:.3}", steps(&toy.f, "f"), steps(&toy.h, "h").replacen("h0", "x", 1), toy.loss),
                toy.loss.is_finite(),
            ),
            Check::new(
                "the backward pass, from ∂ℓ/∂f₃ to ∂ℓ/∂f₀, is burn's automatic differentiation",
                format!(
                    "∂ℓ/∂f₃ = {:.3}, ∂ℓ/∂h₃ = {:.3}, ∂ℓ/∂f₂ = {:.3}, ∂ℓ/∂h₂ = {:.3}, ∂ℓ/∂f₁ = {:.3}, ∂ℓ/∂h₁ = {:.3}, ∂ℓ/∂f₀ = {:.3}; \
                     largest difference {burn:.0e} of the largest (32 bits)",
                    by_f[3], by_h[2], by_f[2], by_h[1], by_f[1], by_h[0], by_f[0]
                ),
                burn < 1e-5,
            ),
            Check::new(
                "and it is what central differences in double precision say",
                format!("largest difference {central:.0e} of the largest"),
                central < 1e-7,
            ),
        ]);
        found.figures.push(Figure {
            id: "toy",
            title: "Forward and backward".to_owned(),
            caption: "Above, the values, from left to right; below, in orange, the derivatives of the loss with respect to them, from right \
                      to left. Each is the one to its right times the derivative of the step between."
                .to_owned(),
            picture: Picture::Svg(chain(&toy, &by_f, &by_h, self.x, self.y)),
        });
    }
}

/// The values and derivatives as a chain of circles.
fn chain(toy: &Toy, by_f: &[f64; 4], by_h: &[f64; 3], x: f64, y: f64) -> String {
    const DISTANCE: f64 = 105.0;
    const RADIUS: f64 = 24.0;
    const TOP: f64 = 95.0;
    let nodes: Vec<(String, f64, Option<f64>)> = vec![
        ("x".to_owned(), x, None),
        ("f₀".to_owned(), toy.f[0], Some(by_f[0])),
        ("h₁".to_owned(), toy.h[1], Some(by_h[0])),
        ("f₁".to_owned(), toy.f[1], Some(by_f[1])),
        ("h₂".to_owned(), toy.h[2], Some(by_h[1])),
        ("f₂".to_owned(), toy.f[2], Some(by_f[2])),
        ("h₃".to_owned(), toy.h[3], Some(by_h[2])),
        ("f₃".to_owned(), toy.f[3], Some(by_f[3])),
        ("ℓ".to_owned(), toy.loss, Some(1.0)),
    ];
    // What leads from each to the next, and the derivative of that step.
    let steps = ["β₀ + ω₀x", "sin f₀", "β₁ + ω₁h₁", "exp f₁", "β₂ + ω₂h₂", "cos f₂", "β₃ + ω₃h₃", "(f₃ − y)²"];
    let slopes = ["", "cos f₀", "ω₁", "exp f₁", "ω₂", "−sin f₂", "ω₃", "2 (f₃ − y)"];
    let width = 2.0 * 55.0 + DISTANCE * (nodes.len() - 1) as f64;
    let mut drawing = Drawing::new((width as u32, 215));
    let at = |index: usize| 55.0 + DISTANCE * index as f64;
    for (index, (step, slope)) in steps.into_iter().zip(slopes).enumerate() {
        let (from, to, middle) = (at(index) + RADIUS + 3.0, at(index + 1) - RADIUS - 3.0, at(index) + 0.5 * DISTANCE);
        drawing.arrow([from, TOP - 7.0], [to, TOP - 7.0], 2.0, BLUE);
        drawing.text([middle, TOP - 48.0], 12.0, Anchor::Middle, BLUE, step);
        if !slope.is_empty() {
            drawing.arrow([to, TOP + 7.0], [from, TOP + 7.0], 2.0, ORANGE);
            drawing.text([middle, TOP + 48.0], 12.0, Anchor::Middle, ORANGE, &format!("· {slope}"));
        }
    }
    for (index, (name, value, derivative)) in nodes.iter().enumerate() {
        let x = at(index);
        drawing.circle([x, TOP], RADIUS + 1.5, INK);
        drawing.circle([x, TOP], RADIUS, "#ffffff");
        drawing.bold([x, TOP], 16.0, Anchor::Middle, INK, name);
        drawing.text([x, TOP - 72.0], 14.0, Anchor::Middle, INK, &format!("{value:.3}"));
        if let Some(derivative) = derivative {
            drawing.text([x, TOP + 72.0], 14.0, Anchor::Middle, ORANGE, &format!("{derivative:.3}"));
            let name = if name == "ℓ" { "∂ℓ/∂ℓ".to_owned() } else { format!("∂ℓ/∂{name}") };
            drawing.text([x, TOP + 92.0], 12.0, Anchor::Middle, ORANGE, &name);
        }
    }
    drawing.text([at(8), TOP + 110.0], 12.0, Anchor::Middle, INK, &format!("y = {y}"));
    drawing.into_svg()
}

// ---------------------------------------------------------------------------------------------------------------------
// Networks of rectifiers.

/// A network of rectifiers with one output, in double precision: `[inputs · units]` weights and a bias for each unit, layer
/// by layer.
struct Rectifiers {
    widths: Vec<usize>,
}

/// What a forward pass keeps, of all rows of the batch.
struct Forward {
    loss: f64,
    /// f of each layer `[B · units]`, the output's at last.
    before: Vec<Vec<f64>>,
    /// The input of each layer `[B · inputs]`.
    inputs: Vec<Vec<f64>>,
    multiply_adds: usize,
}

/// What a backward pass finds.
struct Backward {
    gradient: Vec<f64>,
    /// ∂ℓ/∂f of each layer `[B · units]`.
    by_before: Vec<Vec<f64>>,
    multiply_adds: usize,
}

impl Rectifiers {
    fn new(inputs: usize, hidden: &[usize]) -> Rectifiers {
        Rectifiers { widths: [inputs].into_iter().chain(hidden.iter().copied()).chain([1]).collect() }
    }

    fn layers(&self) -> usize {
        self.widths.len() - 1
    }

    /// Where the weights of each layer begin; its biases follow them.
    fn starts(&self) -> Vec<usize> {
        let mut end = 0;
        let start = |pair: &[usize]| {
            let start = end;
            end += pair[0] * pair[1] + pair[1];
            start
        };
        self.widths.windows(2).map(start).collect()
    }

    /// The mean of (output − target)².
    fn forward(&self, parameters: &[f64], x: &[f64], targets: &[f64]) -> Forward {
        let rows = targets.len();
        let (mut before, mut inputs, mut multiply_adds) = (Vec::new(), Vec::new(), 0);
        let mut h = x.to_vec();
        for (layer, start) in self.starts().into_iter().enumerate() {
            let (width, units) = (self.widths[layer], self.widths[layer + 1]);
            let biases = &parameters[start + width * units..][..units];
            let mut f = biases.repeat(rows);
            for (h, f) in h.chunks_exact(width).zip(f.chunks_exact_mut(units)) {
                for (h, weights) in h.iter().zip(parameters[start..].chunks_exact(units)) {
                    f.iter_mut().zip(weights).for_each(|(f, weight)| *f += h * weight);
                }
            }
            multiply_adds += rows * width * units;
            let after = f.iter().map(|f| f.max(0.0)).collect();
            inputs.push(std::mem::replace(&mut h, after));
            before.push(f);
        }
        let outputs = &before[before.len() - 1]; // the output layer has no rectifier
        let loss = outputs.iter().zip(targets).map(|(y, t)| (y - t).powi(2)).sum::<f64>() / rows as f64;
        Forward { loss, before, inputs, multiply_adds }
    }

    fn backward(&self, parameters: &[f64], forward: &Forward, targets: &[f64]) -> Backward {
        let rows = targets.len();
        let (layers, starts) = (self.layers(), self.starts());
        let mut gradient = vec![0.0; parameters.len()];
        let mut multiply_adds = 0;
        let outputs = &forward.before[layers - 1];
        let mut by_f: Vec<f64> = outputs.iter().zip(targets).map(|(y, t)| 2.0 * (y - t) / rows as f64).collect();
        let mut by_before = vec![Vec::new(); layers];
        for layer in (0..layers).rev() {
            let (width, units, start) = (self.widths[layer], self.widths[layer + 1], starts[layer]);
            for (h, by_f) in forward.inputs[layer].chunks_exact(width).zip(by_f.chunks_exact(units)) {
                let (weights, biases) = gradient[start..][..width * units + units].split_at_mut(width * units);
                for (h, weights) in h.iter().zip(weights.chunks_exact_mut(units)) {
                    weights.iter_mut().zip(by_f).for_each(|(to, by_f)| *to += h * by_f);
                }
                biases.iter_mut().zip(by_f).for_each(|(to, by_f)| *to += by_f);
            }
            multiply_adds += rows * width * units;
            // Nothing learns before the first layer, so the derivative with respect to its inputs is not needed.
            let mut below = Vec::new();
            if layer > 0 {
                below = vec![0.0; rows * width];
                for (to, by_f) in below.chunks_exact_mut(width).zip(by_f.chunks_exact(units)) {
                    for (to, weights) in to.iter_mut().zip(parameters[start..].chunks_exact(units)) {
                        *to = weights.iter().zip(by_f).map(|(weight, by_f)| weight * by_f).sum();
                    }
                }
                multiply_adds += rows * width * units;
                let f = &forward.before[layer - 1];
                below.iter_mut().zip(f).filter(|(_, f)| **f <= 0.0).for_each(|(to, _)| *to = 0.0);
            }
            by_before[layer] = std::mem::replace(&mut by_f, below);
        }
        Backward { gradient, by_before, multiply_adds }
    }
}

fn function(
    inputs: usize,
    hidden: &[usize],
    initialization: Initialization,
    engine: EngineName,
    seed: u64,
) -> Box<dyn Function> {
    let config = ApproximatorConfig { hidden: hidden.to_vec(), initialization, ..ApproximatorConfig::default() };
    let space = Space::Box { low: vec![-10.0; inputs], high: vec![10.0; inputs] };
    let optimizer = OptimizerConfig::default();
    let backend = Backend { device: DeviceName::Flex, engine };
    let setup = FunctionSetup { optimizer: &optimizer, space: &space, outputs: 1, budget: 1, backend };
    config.build(&setup, &mut stream(seed, Stream::Init))
}

fn root_mean_square(numbers: &[f64]) -> f64 {
    (numbers.iter().map(|number| number * number).sum::<f64>() / numbers.len() as f64).sqrt()
}

impl Backprop {
    /// A random network: its gradient by four ways, layer by layer, and what the passes cost.
    fn network(&self, seed: u64, found: &mut Findings) {
        const INPUTS: usize = 10;
        const ROWS: usize = 16;
        let mut rng = Rng::from_seed_and_key(seed, &[Stream::Replay as u64]);
        // Rounded to 32 bits, so that all of them compute with the same numbers.
        let mut numbers = |count: usize| (0..count).map(|_| noise(&mut rng) as f32).collect::<Vec<_>>();
        let (x, targets) = (numbers(ROWS * INPUTS), numbers(ROWS));
        let wide = |numbers: &[f32]| numbers.iter().map(|number| f64::from(*number)).collect::<Vec<_>>();
        let engines = [EngineName::Auto, EngineName::Burn];
        let [host, burn] = engines.map(|engine| {
            let mut function = function(INPUTS, &self.hidden, Initialization::He, engine, seed);
            let outputs = function.record(&x).to_vec();
            let by_outputs: Vec<f32> = outputs.iter().zip(&targets).map(|(y, t)| 2.0 * (y - t) / ROWS as f32).collect();
            (wide(&function.gradient(&by_outputs)), wide(&function.weights()))
        });
        let (parameters, x, targets) = (host.1, wide(&x), wide(&targets));
        let network = Rectifiers::new(INPUTS, &self.hidden);
        let forward = network.forward(&parameters, &x, &targets);
        let backward = network.backward(&parameters, &forward, &targets);
        // NaN where a unit switches between both ends of the difference.
        const STEP: f64 = 1e-6;
        let central: Vec<f64> = (0..parameters.len())
            .map(|index| {
                let [low, high] = [-STEP, STEP].map(|step| {
                    let mut moved = parameters.clone();
                    moved[index] += step;
                    network.forward(&moved, &x, &targets)
                });
                let is_on = |forward: &Forward| {
                    forward.before[..self.hidden.len()].iter().flatten().map(|f| *f > 0.0).collect::<Vec<_>>()
                };
                if is_on(&low) == is_on(&high) { (high.loss - low.loss) / (2.0 * STEP) } else { f64::NAN }
            })
            .collect();
        let switched = central.iter().filter(|derivative| derivative.is_nan()).count();
        let starts: Vec<usize> = network.starts().into_iter().chain([parameters.len()]).collect();
        let mut worst = [0.0_f64; 3];
        for (layer, ends) in starts.windows(2).enumerate() {
            let part = ends[0]..ends[1];
            let known = &backward.gradient[part.clone()];
            let without = |numbers: &[f64]| -> Vec<f64> {
                numbers[part.clone()].iter().zip(known).map(|(b, a)| if b.is_nan() { *a } else { *b }).collect()
            };
            let apart = [&host.0, &burn.0, &central].map(|other| relative(known, &without(other)));
            worst = std::array::from_fn(|way| worst[way].max(apart[way]));
            let length = |numbers: &[f64]| numbers.iter().map(|g| g * g).sum::<f64>().sqrt();
            let row = [
                "network".to_owned(),
                format!("length of the gradient of layer {}", layer + 1),
                format!("{:.9}", length(&parameters[part.clone()])),
                format!("{:.9}", length(known)),
                format!("{:.6}", length(&burn.0[part.clone()])),
                format!("{:.6}", length(&without(&central))),
            ];
            found.data.push(row.into());
        }
        let widths: Vec<String> = network.widths.iter().map(ToString::to_string).collect();
        let ratio = backward.multiply_adds as f64 / forward.multiply_adds as f64;
        found.checks.extend([
            Check::new(
                format!("the gradient of a network {} by backpropagation, layer by layer, is that of the library's loops and of burn", widths.join("-")),
                format!("{} parameters; largest difference {:.0e} and {:.0e} of the largest in a layer", parameters.len(), worst[0], worst[1]),
                worst[0] < 1e-4 && worst[1] < 1e-4,
            ),
            Check::new(
                "and it is what central differences in double precision say",
                format!(
                    "largest difference {:.0e} of the largest in a layer; {switched} of {} left out, since a unit switched",
                    worst[2],
                    parameters.len()
                ),
                worst[2] < 1e-5 && switched * 20 < parameters.len(),
            ),
            Check::new(
                "the backward pass costs less than two forward passes, where central differences would cost two for each parameter",
                format!(
                    "{} multiply-adds forward, {} backward: {ratio:.3} times as many; {} by differences",
                    forward.multiply_adds,
                    backward.multiply_adds,
                    2 * parameters.len() * forward.multiply_adds
                ),
                ratio < 2.0,
            ),
        ]);
        found.data.push(
            [
                "network",
                "multiply-adds",
                &forward.multiply_adds.to_string(),
                &backward.multiply_adds.to_string(),
                "",
                "",
            ]
            .map(str::to_owned)
            .into(),
        );
    }

    /// How the size of values and derivatives changes from layer to layer.
    fn depth(&self, seed: u64, found: &mut Findings) {
        const WIDTH: usize = 100;
        const ROWS: usize = 32;
        let mut rng = Rng::from_seed_and_key(seed, &[Stream::Replay as u64, 1]);
        let x: Vec<f64> = (0..ROWS * WIDTH).map(|_| noise(&mut rng)).collect();
        let targets: Vec<f64> = (0..ROWS).map(|_| noise(&mut rng)).collect();
        let hidden = vec![WIDTH; self.depth];
        let network = Rectifiers::new(WIDTH, &hidden);
        // A rectifier halves the mean square, so a layer multiplies it by D · variance / 2.
        let ways = [
            ("He 2/D", Initialization::He, 1.0),
            ("LeCun 1/D", Initialization::Lecun, 0.5_f64.sqrt()),
            ("PyTorch 1/(3 D)", Initialization::Pytorch, (1.0_f64 / 6.0).sqrt()),
        ];
        let (mut values, mut derivatives) = (Vec::new(), Vec::new());
        for (variant, (name, initialization, expected)) in ways.into_iter().enumerate() {
            let function = function(WIDTH, &hidden, initialization, EngineName::Auto, seed);
            let parameters: Vec<f64> = function.weights().iter().map(|number| f64::from(*number)).collect();
            let forward = network.forward(&parameters, &x, &targets);
            let backward = network.backward(&parameters, &forward, &targets);
            let sizes: Vec<f64> = forward.inputs[1..].iter().map(|h| root_mean_square(h)).collect();
            let by_sizes: Vec<f64> =
                backward.by_before[..self.depth].iter().map(|by_f| root_mean_square(by_f)).collect();
            let factor = (by_sizes[0] / by_sizes[self.depth - 1]).powf(1.0 / (self.depth - 1) as f64);
            found.checks.push(Check::new(
                format!("weights of variance {name}: from a layer to the one before it, derivatives become {expected:.2} times as large"),
                format!("{factor:.3} times on average over {} layers", self.depth),
                (factor - expected).abs() < 0.1,
            ));
            for (layer, (h, by_f)) in sizes.iter().zip(&by_sizes).enumerate() {
                let quantity = format!("layer {} with {name}", layer + 1);
                let row = [
                    "deep".to_owned(),
                    quantity,
                    format!("{h:.6e}"),
                    format!("{by_f:.6e}"),
                    String::new(),
                    String::new(),
                ];
                found.data.push(row.into());
            }
            let series = |numbers: &[f64]| {
                let point = |(layer, y): (usize, &f64)| {
                    let y = y.max(1e-30);
                    CurvePoint::new((layer + 1) as f64, y, 1)
                };
                let points = numbers.iter().enumerate().map(point).collect();
                Series { name: name.to_owned(), variant, points, faint: Vec::new() }
            };
            values.push(series(&sizes));
            let last = by_sizes[self.depth - 1];
            derivatives.push(series(&by_sizes.iter().map(|by_f| by_f / last).collect::<Vec<_>>()));
        }
        let panel = |title: &str, y: &str, series: Vec<Series>| {
            let (x, y) = (Axis::new("layer"), Axis::new(y).logarithmic());
            (title.to_owned(), Chart::Lines(LineChart { x, y, series, mark: None, stairs: false, grouped: false }))
        };
        let panels = vec![
            panel("Values, from left to right", "size of the outputs h", values),
            panel("Derivatives, from right to left", "size of ∂ℓ/∂f, 1 in the last layer", derivatives),
        ];
        found.figures.push(Figure {
            id: "depth",
            title: format!("{} layers of {WIDTH} rectifiers", self.depth),
            caption: "The root mean square over units and examples, for three variances of the weights; D is the number of inputs of a layer. With \
                      2/D both passes keep the size. With less, the derivatives vanish on their way to the first layer; the values of \
                      the PyTorch start come to rest at the size of its biases."
                .to_owned(),
            picture: Picture::from(Chart::Panels(Panels { columns: 2, panels })),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_hold() {
        let findings = Backprop { hidden: vec![8; 3], ..Backprop::default() }.run(0, &|_| {});
        let failed: Vec<&Check> = findings.checks.iter().filter(|check| !check.holds).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }

    #[test]
    fn the_toy_function_has_the_numbers_of_an_independent_calculation() {
        let inputs = [1.0, 2.0, -3.0, 0.4, 0.1, -0.4, 2.0, 3.0, 0.0, 0.0, 0.0];
        let toy = Toy::forward(&inputs, 2.3, 2.0);
        assert!((toy.loss - 0.138_580_566_414_703).abs() < 1e-12, "{}", toy.loss);
        let (by_f, by_h) = toy.backward(&[0.1, -0.4, 2.0, 3.0], 2.0);
        let known_f = [2.280_900_622_169_349, -17.060_466_526_267_69, -1.683_057_749_600_305, 0.744_528_216_831_849];
        let known_h = [6.824_186_610_507_077, -3.366_115_499_200_61, 2.233_584_650_495_548];
        assert!(relative(&known_f, &by_f) < 1e-12 && relative(&known_h, &by_h) < 1e-12, "{by_f:?} {by_h:?}");
    }

    #[test]
    fn a_network_of_two_layers_has_the_gradient_worked_out_by_hand() {
        // h = max(0, 2 x + 1), y = 3 h − 1; x = 1 with target 7: h = 3, y = 8, ℓ = 1.
        let network = Rectifiers::new(1, &[1]);
        let parameters = [2.0, 1.0, 3.0, -1.0];
        let forward = network.forward(&parameters, &[1.0], &[7.0]);
        assert_eq!(forward.loss, 1.0);
        let backward = network.backward(&parameters, &forward, &[7.0]);
        assert_eq!(backward.gradient, [6.0, 6.0, 6.0, 2.0]);
        assert_eq!((forward.multiply_adds, backward.multiply_adds), (2, 3));
    }
}
