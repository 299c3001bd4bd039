//! Shallow against deep networks of as many parameters, on labels that can only be learned by heart.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::mnist_1d::{POINTS, SHAPES, below, examples};
use super::{Check, Figure, Findings, Picture, Study, Table};
use crate::approx::{
    Activation, ApproximatorConfig, Function, FunctionSetup, Initialization, MlpConfig, NetworkConfig,
    Shape as NetworkShape, Weights,
};
use crate::chart::{Axis, Chart, CurvePoint, IntervalChart, IntervalRow, LineChart, Series};
use crate::device::Backend;
use crate::invalid_value::{InvalidValue, all, at_least_one, positive, require};
use crate::optim::{OptimizerConfig, SgdConfig};
use crate::parallel::on_all_cores;
use crate::registry::Part;
use crate::rng::{Rng, Stream, env_stream, stream};
use crate::schedule::LearningRate;
use crate::stats::{Bootstrap, ConfidenceInterval, mean, median};
use crate::supervised::{Batches, Dataset, Targets, fit, loss};

/// Epochs that networks of different depths need to learn random labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Depth {
    /// Examples with a random label each.
    pub examples: usize,
    /// Units of each hidden layer, of the networks with one layer, two layers, and so on.
    pub widths: Vec<usize>,
    /// Step size of gradient descent.
    pub learning_rate: f64,
    /// Epochs after which training ends, whether all labels are learned or not. An epoch is one step on all examples.
    pub epochs: u64,
    /// Networks of each depth, each with its own examples, labels and first weights.
    pub networks: usize,
    /// Numbers of hidden layers of the very deep networks.
    pub very_deep: Vec<usize>,
    /// Units of each of their layers.
    pub very_deep_width: usize,
    /// Epochs of their training.
    pub very_deep_epochs: u64,
    /// Networks of each number of layers and each kind of connections; no more than `networks`.
    pub very_deep_networks: usize,
}

impl Default for Depth {
    fn default() -> Self {
        Depth {
            examples: 500,
            widths: vec![39, 26, 21, 18],
            learning_rate: 0.1,
            epochs: 20_000,
            networks: 5,
            very_deep: vec![5, 10, 20, 40],
            very_deep_width: 16,
            very_deep_epochs: 300,
            very_deep_networks: 3,
        }
    }
}

impl Part for Depth {
    const ID: &'static str = "depth";
    const SUMMARY: &'static str =
        "shallow and deep networks of as many parameters learn random labels (Prince 2023, section 20.1)";
}

/// Epochs from one measurement of the training error to the next.
const EVERY: u64 = 10;

/// Points of a curve in the chart.
const SHOWN: usize = 120;

/// The sizes that were published, and their parameters.
const PUBLISHED: [(usize, usize); 4] = [(298, 15_208), (100, 15_210), (75, 15_235), (63, 15_319)];

impl Study for Depth {
    fn title(&self) -> &'static str {
        "Deep networks are easier to train, up to a depth"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let widths =
            (2..=8).contains(&self.widths.len()) && self.widths.iter().all(|width| (1..=4_096).contains(width));
        let deep = !self.very_deep.is_empty() && self.very_deep.iter().all(|layers| (1..=200).contains(layers));
        all([
            require((SHAPES..=100_000).contains(&self.examples), "examples", || {
                format!("must lie between {SHAPES} and 100000, not at {}", self.examples)
            }),
            require(widths, "widths", || {
                format!("must be 2 to 8 numbers of units, such as [298, 100, 75, 63], not {:?}", self.widths)
            }),
            positive("learning_rate", self.learning_rate),
            at_least_one("epochs", self.epochs),
            require((2..=1_000).contains(&self.networks), "networks", || {
                format!("must lie between 2 and 1000, not at {}: an interval takes at least two", self.networks)
            }),
            require(deep && self.very_deep.windows(2).all(|pair| pair[0] < pair[1]), "very_deep", || {
                format!("must be ascending numbers between 1 and 200, such as [10, 20, 40], not {:?}", self.very_deep)
            }),
            require((1..=1_024).contains(&self.very_deep_width), "very_deep_width", || {
                format!("must lie between 1 and 1024, not at {}", self.very_deep_width)
            }),
            at_least_one("very_deep_epochs", self.very_deep_epochs),
            require((1..=self.networks).contains(&self.very_deep_networks), "very_deep_networks", || {
                format!("must lie between 1 and `networks`, {}, not at {}", self.networks, self.very_deep_networks)
            }),
        ])
    }

    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings {
        let mut data = Table::new(&[
            "experiment",
            "connections",
            "layers",
            "units",
            "parameters",
            "number",
            "epochs_to_fit",
            "training_error",
            "loss",
        ]);
        let mut rng = stream(seed, Stream::Init);
        let seeds: Vec<u64> = (0..self.networks).map(|_| below(1 << 52, &mut rng) as u64).collect();
        progress(&format!("{} networks of each of {} depths learn random labels", self.networks, self.widths.len()));
        let pairs: Vec<(usize, u64)> =
            (1..=self.widths.len()).flat_map(|layers| seeds.iter().map(move |seed| (layers, *seed))).collect();
        let mut all = on_all_cores(&pairs, |(layers, seed)| self.learn(*layers, *seed)).into_iter();
        let runs: Vec<Vec<Run>> = self.widths.iter().map(|_| all.by_ref().take(self.networks).collect()).collect();
        for (index, runs) in runs.iter().enumerate() {
            for (number, run) in runs.iter().enumerate() {
                data.push(run.row(index + 1, self.widths[index], number));
            }
        }
        let depths: Vec<Epochs> = runs.iter().map(|runs| Epochs::new(runs, self.epochs)).collect();
        let very_deep = self.very_deep(&seeds[..self.very_deep_networks], &mut data, progress);
        let checks = [published(), self.check_fit(&runs), self.check_order(&depths)]
            .into_iter()
            .chain(very_deep.checks(&self.very_deep))
            .collect();
        Findings {
            claim: CLAIM.to_owned(),
            method: format!(
                "{} examples made after the description of MNIST-1D (Greydanus & Kobak 2020; the ten shapes are drawn anew), {SHAPES} \
                 classes, labels uniformly random. Hidden layers of {:?} units for depths 1 to {}; He initialisation, full-batch \
                 gradient descent without momentum, learning rate {}, at most {} epochs; {} networks of each depth on the same \
                 examples and labels. The training error is measured every {EVERY} epochs; a network has fitted at the first \
                 measurement without an error. Intervals cover 95 % (bootstrap of the mean).\n\n\
                 These are sizes for a minute of one core. The published experiment has 4,000 examples and 15,200 parameters: \
                 `tilde study depth --set examples=4000 --set 'widths=[298, 100, 75, 63]' --set learning_rate=0.0025 --set \
                 epochs=1000000`, which takes many hours: of two networks of each depth, none had fitted after 60,000 epochs, in 42 \
                 minutes of one core.\n\n\
                 The very deep networks have {} units in each layer and train for {} epochs on the same examples, with the same \
                 initialisation and learning rate.",
                self.examples,
                self.widths,
                self.widths.len(),
                self.learning_rate,
                self.epochs,
                self.networks,
                self.very_deep_width,
                self.very_deep_epochs
            ),
            checks,
            figures: self.figures(&runs, &depths, &very_deep),
            data,
        }
    }
}

const CLAIM: &str = "Labels that are drawn at random cannot be understood, only learned by heart. A network with several times as \
    many parameters as examples can learn them all (Zhang et al. 2017), and among networks of as many parameters those with more \
    hidden layers need fewer epochs, as long as there are only a few layers.\n\n\
    The published networks have 40 inputs, 10 outputs and 298, 100, 75 or 63 units in each of one to four hidden layers. These \
    are 15,208, 15,210, 15,235 and 15,319 parameters; for the last, 15,139 is printed in places, which has two digits swapped.\n\n\
    Beyond ten layers the order turns round: plain networks hardly learn any more. Layer normalisation (Ba, Kiros \
    & Hinton 2016) keeps the sizes of the signals, and residual connections (He et al. 2016) give the gradient a way around each \
    layer. In a network of five layers each of them helps, in one of forty neither does alone: residual connections double the \
    variance of the signal at every layer, as the weights have He's variance, so that the outputs grow beyond all bounds. \
    Together they train at every depth that was tried.";

/// A network's training.
struct Run {
    parameters: usize,
    /// The first epoch, of those measured, without an error.
    fitted: Option<u64>,
    /// Epochs and the share of labels that are wrong.
    curve: Vec<(u64, f64)>,
}

impl Run {
    fn row(&self, layers: usize, units: usize, number: usize) -> Vec<String> {
        vec![
            "random_labels".to_owned(),
            "plain".to_owned(),
            layers.to_string(),
            units.to_string(),
            self.parameters.to_string(),
            (number + 1).to_string(),
            self.fitted.map_or(String::new(), |epoch| epoch.to_string()),
            self.last_error().to_string(),
            String::new(),
        ]
    }

    fn last_error(&self) -> f64 {
        self.curve.last().map_or(1.0, |point| point.1)
    }

    /// The error at an epoch; after the end, that of the end.
    fn error_at(&self, epoch: u64) -> f64 {
        let after = self.curve.partition_point(|point| point.0 <= epoch);
        self.curve[after.max(1) - 1].1
    }
}

/// How long networks of one depth took.
struct Epochs {
    /// Of each network; those that did not fit count with the epochs that they had.
    all: Vec<f64>,
    mean: f64,
    interval: ConfidenceInterval,
}

impl Epochs {
    fn new(runs: &[Run], most: u64) -> Epochs {
        let all: Vec<f64> = runs.iter().map(|run| run.fitted.unwrap_or(most) as f64).collect();
        let centre = mean(&all).unwrap_or(f64::NAN);
        let interval = Bootstrap::default().interval(&all, mean);
        Epochs { all, mean: centre, interval: interval.unwrap_or(ConfidenceInterval { low: centre, high: centre }) }
    }
}

/// Parameters of a network with 40 inputs, 10 outputs and equally wide hidden layers.
fn parameters(layers: usize, units: usize) -> usize {
    let widths = [POINTS].into_iter().chain(std::iter::repeat_n(units, layers)).chain([SHAPES]).collect();
    NetworkShape { widths, activation: Activation::Relu, output_bias: true }.parameters()
}

fn published() -> Check {
    let counted: Vec<usize> =
        PUBLISHED.iter().enumerate().map(|(index, (units, _))| parameters(index + 1, *units)).collect();
    let shown: Vec<String> = counted.iter().map(usize::to_string).collect();
    Check::new(
        "one to four layers of 298, 100, 75 and 63 units have 15,208, 15,210, 15,235 and 15,319 parameters",
        shown.join(", "),
        counted.into_iter().eq(PUBLISHED.map(|(_, parameters)| parameters)),
    )
}

impl Depth {
    /// Examples with random labels.
    fn data(&self, seed: u64) -> Dataset {
        let mut rng = env_stream(seed, 0);
        let inputs = examples(self.examples, &mut rng);
        let labels = (0..self.examples).map(|_| below(SHAPES, &mut rng)).collect();
        Dataset::of_classes(inputs, POINTS, labels)
    }

    fn network(&self, hidden: Vec<usize>, mlp: MlpConfig, rng: &mut Rng) -> Box<dyn Function> {
        let config = ApproximatorConfig {
            hidden,
            network: NetworkConfig::from(mlp),
            activation: Activation::Relu,
            initialization: Initialization::He,
            ..ApproximatorConfig::default()
        };
        let learning_rate = LearningRate::Constant(self.learning_rate);
        let optimizer = OptimizerConfig::from(SgdConfig { learning_rate, max_grad_norm: None });
        let space = Space::Box { low: vec![-10.0; POINTS], high: vec![10.0; POINTS] };
        let setup = FunctionSetup {
            optimizer: &optimizer,
            space: &space,
            outputs: SHAPES,
            budget: self.epochs,
            backend: Backend::default(),
        };
        config.build(&setup, rng)
    }

    /// Trains a network of this depth until it has learned all labels, or for all epochs.
    fn learn(&self, layers: usize, seed: u64) -> Run {
        let data = self.data(seed);
        let mut rng = stream(seed, Stream::Init);
        let mut network = self.network(vec![self.widths[layers - 1]; layers], MlpConfig::default(), &mut rng);
        let mut batches = Batches::new(self.examples, self.examples, rng);
        let (mut epoch, mut curve, mut fitted) = (0, vec![(0, error(network.as_mut(), &data))], None);
        while epoch < self.epochs && fitted.is_none() {
            let steps = EVERY.min(self.epochs - epoch);
            fit(network.as_mut(), &data, &mut batches, steps);
            epoch += steps;
            let wrong = error(network.as_mut(), &data);
            curve.push((epoch, wrong));
            fitted = (wrong == 0.0).then_some(epoch);
        }
        Run { parameters: network.parameters(), fitted, curve }
    }

    fn check_fit(&self, runs: &[Vec<Run>]) -> Check {
        let missed = runs.iter().flatten().filter(|run| run.fitted.is_none()).count();
        let most = runs.iter().flatten().map(Run::last_error).fold(0.0, f64::max);
        Check::new(
            "every network learns all labels",
            format!("{missed} of {} did not; largest error at the end {most:.3}", runs.iter().flatten().count()),
            missed == 0,
        )
    }

    fn check_order(&self, depths: &[Epochs]) -> Check {
        let shown: Vec<String> = depths
            .iter()
            .map(|epochs| format!("{:.0} [{:.0}, {:.0}]", epochs.mean, epochs.interval.low, epochs.interval.high))
            .collect();
        let faster = depths[1..].iter().all(|epochs| epochs.interval.high < depths[0].interval.low);
        Check::new(
            format!("2 to {} hidden layers need fewer epochs than one, with about as many parameters", depths.len()),
            format!("mean epochs {}", shown.join(", ")),
            faster,
        )
    }

    /// Networks of many layers, with and without what helps them.
    fn very_deep(&self, seeds: &[u64], data: &mut Table, progress: &dyn Fn(&str)) -> VeryDeep {
        let mut losses = Vec::new();
        for &layers in &self.very_deep {
            let mut of_depth = Vec::new();
            for connections in Connections::ALL {
                progress(&format!("{layers} hidden layers, {}", connections.name()));
                let of_seed = |seed: &u64| {
                    let examples = self.data(*seed);
                    let mut rng = stream(*seed, Stream::Init);
                    let mut network = self.network(vec![self.very_deep_width; layers], connections.mlp(), &mut rng);
                    let mut batches = Batches::new(self.examples, self.examples, rng);
                    fit(network.as_mut(), &examples, &mut batches, self.very_deep_epochs);
                    let wrong = error(network.as_mut(), &examples);
                    (network.parameters(), wrong, loss(network.as_mut(), &examples))
                };
                let runs = on_all_cores(seeds, of_seed);
                for (number, (parameters, wrong, loss)) in runs.iter().enumerate() {
                    data.push(vec![
                        "very_deep".to_owned(),
                        connections.name().replace(' ', "_"),
                        layers.to_string(),
                        self.very_deep_width.to_string(),
                        parameters.to_string(),
                        (number + 1).to_string(),
                        String::new(),
                        wrong.to_string(),
                        loss.to_string(),
                    ]);
                }
                of_depth.push(runs.into_iter().map(|(_, _, loss)| loss).collect());
            }
            losses.push(of_depth);
        }
        VeryDeep { losses }
    }
}

/// The share of wrong labels.
fn error(network: &mut dyn Function, data: &Dataset) -> f64 {
    let Targets::Classes(classes) = data.targets() else { return f64::NAN };
    let outputs = network.outputs(Weights::Online, data.inputs());
    let wrong = |(y, class): &(&[f32], &usize)| {
        y.iter().enumerate().any(|(o, y_o)| o != **class && y_o.partial_cmp(&y[**class]) != Some(Ordering::Less))
    };
    outputs.chunks_exact(SHAPES).zip(classes).filter(wrong).count() as f64 / classes.len() as f64
}

/// What connects the layers of a very deep network.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Connections {
    Plain,
    LayerNorm,
    Residual,
    Both,
}

impl Connections {
    const ALL: [Connections; 4] =
        [Connections::Plain, Connections::LayerNorm, Connections::Residual, Connections::Both];

    fn name(self) -> &'static str {
        match self {
            Connections::Plain => "plain",
            Connections::LayerNorm => "layer norm",
            Connections::Residual => "residual",
            Connections::Both => "layer norm and residual",
        }
    }

    fn mlp(self) -> MlpConfig {
        let layer_norm = matches!(self, Connections::LayerNorm | Connections::Both);
        let residual = matches!(self, Connections::Residual | Connections::Both);
        MlpConfig { layer_norm, residual }
    }
}

/// Losses of very deep networks.
struct VeryDeep {
    /// For each number of layers and each kind of connections, of each network.
    losses: Vec<Vec<Vec<f64>>>,
}

impl VeryDeep {
    /// The median loss; a network whose numbers overflowed counts as infinitely bad.
    fn median(losses: &[f64]) -> f64 {
        let finite = losses.iter().map(|loss| if loss.is_finite() { *loss } else { f64::INFINITY });
        median(&finite.collect::<Vec<_>>()).unwrap_or(f64::INFINITY)
    }

    fn checks(&self, layers: &[usize]) -> Vec<Check> {
        let shown = |of_depth: &[Vec<f64>]| {
            let one = |(connections, losses): (Connections, &Vec<f64>)| {
                let median = VeryDeep::median(losses);
                let median = if median.is_finite() { format!("{median:.2}") } else { "overflow".to_owned() };
                format!("{} {median}", connections.name())
            };
            Connections::ALL.into_iter().zip(of_depth).map(one).collect::<Vec<_>>().join(", ")
        };
        let Some((of_deepest, deepest)) = self.losses.last().zip(layers.last()) else { return Vec::new() };
        let medians: Vec<f64> = of_deepest.iter().map(|losses| VeryDeep::median(losses)).collect();
        let first = self.losses.first().map_or(f64::NAN, |of_depth| VeryDeep::median(&of_depth[0]));
        vec![
            Check::new(
                format!("with {deepest} layers, layer norm and residual connections together give the lowest loss"),
                format!("median loss {} (that of a guess is ln 10 = 2.30)", shown(of_deepest)),
                medians[..3].iter().all(|other| medians[3] < *other),
            ),
            Check::new(
                format!("plain networks of {deepest} layers learn less in as many epochs than those of {}", layers[0]),
                format!("median loss {:.2} and {first:.2}", medians[0]),
                layers.len() < 2 || medians[0] > first,
            ),
        ]
    }

    fn chart(&self, layers: &[usize]) -> Picture {
        let series = |(index, connections): (usize, Connections)| {
            let points = layers.iter().zip(&self.losses).filter_map(|(layers, of_depth)| {
                let losses = &of_depth[index];
                let y = VeryDeep::median(losses);
                let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
                let most = losses.iter().copied().fold(0.0, f64::max);
                y.is_finite().then_some(CurvePoint {
                    x: *layers as f64,
                    y,
                    band: (least, most.max(y)),
                    runs: losses.len(),
                })
            });
            Series {
                name: connections.name().to_owned(),
                variant: index,
                points: points.filter(|point| point.y < WORST).collect(),
                faint: Vec::new(),
            }
        };
        let ticks = layers.iter().map(|layers| (*layers as f64, layers.to_string())).collect();
        Picture::from(Chart::Lines(LineChart {
            x: Axis::new("hidden layers").with_ticks(ticks),
            y: Axis::new("loss"),
            series: Connections::ALL.into_iter().enumerate().map(series).collect(),
            mark: Some(((SHAPES as f64).ln(), "a guess: ln 10".to_owned())),
            stairs: false,
            grouped: true,
        }))
    }
}

/// Losses above are not drawn.
const WORST: f64 = 10.0;

impl Depth {
    fn name(&self, index: usize) -> String {
        let layers = if index == 0 { "layer" } else { "layers" };
        format!("{} {layers} of {}", index + 1, self.widths[index])
    }

    fn figures(&self, runs: &[Vec<Run>], depths: &[Epochs], very_deep: &VeryDeep) -> Vec<Figure> {
        let figure =
            |id, title: &str, caption: String, picture| Figure { id, title: title.to_owned(), caption, picture };
        let parameters: Vec<String> =
            runs.iter().filter_map(|runs| runs.first()).map(|run| run.parameters.to_string()).collect();
        vec![
            figure(
                "errors",
                "Learning random labels by heart",
                format!(
                    "Share of wrong labels against epochs of full-batch gradient descent: means, and thin lines for single \
                     networks. Networks of 1 to {} hidden layers have {} parameters. Spikes are steps that were too long for a \
                     moment; the deeper networks are nearer to that border.",
                    runs.len(),
                    parameters.join(", ")
                ),
                self.error_chart(runs),
            ),
            figure(
                "epochs",
                "Epochs to learn every label",
                format!(
                    "Each dot is one of {} networks; lines are 95 % intervals of the mean. All depths learn the same labels with \
                     about as many parameters.",
                    self.networks
                ),
                self.epochs_chart(depths),
            ),
            figure(
                "very_deep",
                "Beyond ten layers",
                format!(
                    "Loss after {} epochs, median and range of {} networks with {} units in each layer. Where a curve ends before \
                     the last depth, numbers overflowed. Very deep plain networks are hardly better than a guess; with layer \
                     normalisation and residual connections the loss falls at every depth.",
                    self.very_deep_epochs, self.very_deep_networks, self.very_deep_width
                ),
                very_deep.chart(&self.very_deep),
            ),
            figure(
                "examples",
                "Ten examples",
                "One example of each shape, after the recipe of MNIST-1D: padded, scaled, shifted, sheared, with noise. Curves are \
                 shifted upwards by four times the digit. The labels that networks learn here have nothing to do with the shapes."
                    .to_owned(),
                self.examples_chart(),
            ),
        ]
    }

    fn error_chart(&self, runs: &[Vec<Run>]) -> Picture {
        let last = runs.iter().flatten().filter_map(|run| run.curve.last()).map(|point| point.0).max().unwrap_or(1);
        let grid: Vec<u64> = (0..=SHOWN as u64).map(|index| last * index / SHOWN as u64).collect();
        let series = |(index, runs): (usize, &Vec<Run>)| {
            let at = |&epoch: &u64| {
                let errors: Vec<f64> = runs.iter().map(|run| 100.0 * run.error_at(epoch)).collect();
                let y = mean(&errors).unwrap_or(f64::NAN);
                CurvePoint::new(epoch as f64, y, runs.len())
            };
            let faint = |(number, run): (usize, &Run)| {
                let points = grid.iter().map(|&epoch| (epoch as f64, 100.0 * run.error_at(epoch)));
                (format!("network {}", number + 1), points.collect())
            };
            Series {
                name: self.name(index),
                variant: index,
                points: grid.iter().map(at).collect(),
                faint: runs.iter().enumerate().map(faint).collect(),
            }
        };
        Picture::from(Chart::Lines(LineChart {
            x: Axis::new("epochs"),
            y: Axis::new("training error in %").with_zero(),
            series: runs.iter().enumerate().map(series).collect(),
            mark: None,
            stairs: false,
            grouped: false,
        }))
    }

    fn epochs_chart(&self, depths: &[Epochs]) -> Picture {
        let row = |(index, epochs): (usize, &Epochs)| IntervalRow {
            name: self.name(index),
            variant: index,
            value: epochs.mean,
            interval: (epochs.interval.low, epochs.interval.high),
            dots: epochs.all.iter().enumerate().map(|(number, e)| (format!("network {}", number + 1), *e)).collect(),
        };
        let rows = depths.iter().enumerate().map(row).collect();
        Picture::from(Chart::Intervals(IntervalChart { x: Axis::new("epochs to fit").with_zero(), rows, mark: None }))
    }

    fn examples_chart(&self) -> Picture {
        let points = examples(SHAPES, &mut env_stream(0, 0));
        let series = |(digit, points): (usize, &[f32])| {
            let point = |(index, y): (usize, &f32)| {
                let y = 4.0 * digit as f64 + f64::from(*y);
                CurvePoint::new(index as f64, y, 1)
            };
            Series {
                name: digit.to_string(),
                variant: digit,
                points: points.iter().enumerate().map(point).collect(),
                faint: Vec::new(),
            }
        };
        let ticks = [0, 10, 20, 30].map(|index| (f64::from(index), index.to_string())).to_vec();
        Picture::from(Chart::Lines(LineChart {
            x: Axis::new("input").with_ticks(ticks),
            y: Axis::new("value + 4 · digit"),
            series: points.chunks_exact(POINTS).enumerate().map(series).collect(),
            mark: None,
            stairs: false,
            grouped: false,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_sizes_have_the_parameters_that_the_text_says() {
        assert!(published().holds, "{:?}", published());
    }

    #[test]
    fn two_layers_learn_random_labels_in_fewer_epochs_than_one() {
        let study = Depth {
            examples: 60,
            widths: vec![8, 7],
            epochs: 6_000,
            networks: 2,
            very_deep: vec![2],
            very_deep_width: 4,
            very_deep_epochs: 5,
            very_deep_networks: 1,
            ..Depth::default()
        };
        let findings = study.run(0, &|_| {});
        assert!(findings.checks[..2].iter().all(|check| check.holds), "{:?}", findings.checks);
        assert!(findings.data.csv().lines().count() == 1 + 4 + 4);
    }

    #[test]
    fn a_label_counts_as_learned_if_its_output_is_the_largest() {
        let study = Depth { examples: 10, ..Depth::default() };
        let data = study.data(1);
        let mut network = study.network(vec![4], MlpConfig::default(), &mut stream(1, Stream::Init));
        network.set_weights(vec![0.0; network.parameters()]).unwrap();
        // All outputs are equal, so none is the largest.
        assert_eq!(error(network.as_mut(), &data), 1.0);
    }
}
