//! The operations against burn's own on another device, and against finite differences in double precision.

use burn::tensor::{Device, Tensor, TensorData};

use tilde_envs::Space;

use super::{conv2d, linear, linear_chain};
use crate::approx::{Activation, ApproximatorConfig, FunctionSetup, Initialization};
use crate::device::{Backend, DeviceName};
use crate::optim::OptimizerConfig;
use crate::rng::{Stream, stream};

/// Pseudo-random numbers from −1 to 1.
fn random_numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 104_729 + 13) % 1009) as f32 / 504.5 - 1.0).collect()
}

fn plain<const D: usize>(numbers: &[f32], sizes: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers.to_vec(), sizes), device)
}

fn tracked<const D: usize>(numbers: &[f32], sizes: [usize; D], device: &Device) -> Tensor<D> {
    plain(numbers, sizes, &device.clone().autodiff()).require_grad()
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// Outputs, and the gradients of Σ g y with respect to x, the weights and the biases; the last is empty without biases.
type Results = [Vec<f32>; 4];

/// The sizes of a layer, and whether it has biases.
trait Layer: Copy {
    /// How many numbers x, the weights and the biases have.
    fn counts(self) -> [usize; 3];
    fn results(self, numbers: [&[f32]; 3], activation: Activation, device: &Device) -> Results;
    /// z by its definition, in double precision.
    fn by_hand(self, numbers: [&[f64]; 3]) -> Vec<f64>;
}

#[derive(Clone, Copy, Debug)]
struct Linear {
    batch: usize,
    inputs: usize,
    outputs: usize,
    biased: bool,
}

impl Layer for Linear {
    fn counts(self) -> [usize; 3] {
        let Linear { batch, inputs, outputs, biased } = self;
        [batch * inputs, inputs * outputs, if biased { outputs } else { 0 }]
    }

    fn results(self, [x, weight, bias]: [&[f32]; 3], activation: Activation, device: &Device) -> Results {
        let x = tracked(x, [self.batch, self.inputs], device);
        let weight = tracked(weight, [self.inputs, self.outputs], device);
        let bias = self.biased.then(|| tracked(bias, [self.outputs], device));
        let y = linear(x.clone(), weight.clone(), bias.clone(), activation);
        let g = plain(&random_numbers(self.batch * self.outputs, 9), [self.batch, self.outputs], device);
        let gradients = (y.clone() * Tensor::from_inner(g)).backward();
        let of_bias = bias.map_or(Vec::new(), |bias| flat(bias.grad(&gradients).unwrap()));
        [flat(y), flat(x.grad(&gradients).unwrap()), flat(weight.grad(&gradients).unwrap()), of_bias]
    }

    fn by_hand(self, [x, weight, bias]: [&[f64]; 3]) -> Vec<f64> {
        let at = |row: usize, o: usize| {
            let sum: f64 = (0..self.inputs).map(|i| x[row * self.inputs + i] * weight[i * self.outputs + o]).sum();
            sum + bias.get(o).unwrap_or(&0.0)
        };
        (0..self.batch * self.outputs).map(|i| at(i / self.outputs, i % self.outputs)).collect()
    }
}

#[derive(Clone, Copy, Debug)]
struct Conv {
    /// B, H, W, C.
    x: [usize; 4],
    /// KH, KW, C, F.
    weight: [usize; 4],
    stride: [usize; 2],
    padding: [usize; 2],
    biased: bool,
}

impl Conv {
    fn outputs(self) -> [usize; 4] {
        let places =
            |axis: usize| (self.x[axis + 1] + 2 * self.padding[axis] - self.weight[axis]) / self.stride[axis] + 1;
        [self.x[0], places(0), places(1), self.weight[3]]
    }
}

impl Layer for Conv {
    fn counts(self) -> [usize; 3] {
        let count = |sizes: [usize; 4]| sizes.iter().product();
        [count(self.x), count(self.weight), if self.biased { self.weight[3] } else { 0 }]
    }

    fn results(self, [x, weight, bias]: [&[f32]; 3], activation: Activation, device: &Device) -> Results {
        let (x, weight) = (tracked(x, self.x, device), tracked(weight, self.weight, device));
        let bias = self.biased.then(|| tracked(bias, [self.weight[3]], device));
        let y = conv2d(x.clone(), weight.clone(), bias.clone(), self.stride, self.padding, activation);
        let sizes = self.outputs();
        assert_eq!(y.dims(), sizes);
        let g = plain(&random_numbers(sizes.iter().product(), 9), sizes, device);
        let gradients = (y.clone() * Tensor::from_inner(g)).backward();
        let of_bias = bias.map_or(Vec::new(), |bias| flat(bias.grad(&gradients).unwrap()));
        [flat(y), flat(x.grad(&gradients).unwrap()), flat(weight.grad(&gradients).unwrap()), of_bias]
    }

    fn by_hand(self, [x, weight, bias]: [&[f64]; 3]) -> Vec<f64> {
        let ([_, height, width, channels], [rows, columns, _, filters]) = (self.x, self.weight);
        let [batch, high, wide, _] = self.outputs();
        let pixel = |image: usize, row: usize, column: usize, channel: usize| {
            let row = row.checked_sub(self.padding[0]).filter(|&row| row < height)?;
            let column = column.checked_sub(self.padding[1]).filter(|&column| column < width)?;
            Some(x[((image * height + row) * width + column) * channels + channel])
        };
        let mut z = Vec::new();
        for (image, row, column, filter) in (0..batch * high * wide * filters)
            .map(|i| (i / filters / wide / high, i / filters / wide % high, i / filters % wide, i % filters))
        {
            let mut sum = *bias.get(filter).unwrap_or(&0.0);
            for (r, c, channel) in
                (0..rows * columns * channels).map(|i| (i / channels / columns, i / channels % columns, i % channels))
            {
                let pixel = pixel(image, row * self.stride[0] + r, column * self.stride[1] + c, channel);
                sum += pixel.unwrap_or(0.0) * weight[((r * columns + c) * channels + channel) * filters + filter];
            }
            z.push(sum);
        }
        z
    }
}

/// f by its formula.
fn formula(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Relu => z.max(0.0),
        Activation::Tanh => z.tanh(),
        Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
        Activation::LeakyRelu => z.max(0.01 * z),
        Activation::Elu => {
            if z > 0.0 {
                z
            } else {
                z.exp_m1()
            }
        }
        Activation::Gelu => z * 0.5 * (1.0 + libm::erf(z * std::f64::consts::FRAC_1_SQRT_2)),
        Activation::Silu => z / (1.0 + (-z).exp()),
        Activation::Softplus => z.exp().ln_1p(),
        Activation::Identity => z,
    }
}

fn assert_close(found: &[f32], expected: impl IntoIterator<Item = f64>, tolerance: f64, what: &str) {
    let expected: Vec<f64> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (&found, expected)) in found.iter().zip(expected).enumerate() {
        let close = (f64::from(found) - expected).abs() <= tolerance * (1.0 + expected.abs());
        assert!(close, "{what}, number {index}: {found}, not {expected}");
    }
}

fn assert_has_its_derivatives(layer: impl Layer + std::fmt::Debug) {
    let numbers = layer.counts().map(|count| random_numbers(count, count));
    for activation in Activation::ALL {
        let results = layer.results(numbers.each_ref().map(Vec::as_slice), activation, &Device::flex());
        let exact = numbers.each_ref().map(|numbers| numbers.iter().map(|&n| f64::from(n)).collect::<Vec<f64>>());
        let outputs = |numbers: &[Vec<f64>; 3]| -> Vec<f64> {
            let z = layer.by_hand(numbers.each_ref().map(Vec::as_slice));
            z.into_iter().map(|z| formula(activation, z)).collect()
        };
        let y = outputs(&exact);
        let g: Vec<f64> = random_numbers(y.len(), 9).into_iter().map(f64::from).collect();
        assert_close(&results[0], y, 1e-5, &format!("{layer:?} {activation:?}"));
        for (part, result) in results[1..].iter().enumerate() {
            let slope = |index: usize| {
                let moved = |by: f64| {
                    let mut numbers = exact.clone();
                    numbers[part][index] += by;
                    outputs(&numbers).iter().zip(&g).map(|(y, g)| y * g).sum::<f64>()
                };
                (moved(1e-6) - moved(-1e-6)) / 2e-6
            };
            let what = format!("{layer:?} {activation:?}, gradient {part}");
            assert_close(result, (0..exact[part].len()).map(slope), 2e-5, &what);
        }
    }
}

fn assert_equals_burns_operations(layer: impl Layer + std::fmt::Debug) {
    let numbers = layer.counts().map(|count| random_numbers(count, count));
    for activation in Activation::ALL {
        let by = |device: DeviceName| {
            layer.results(numbers.each_ref().map(Vec::as_slice), activation, &device.open().unwrap())
        };
        // burn differentiates the approximation of GELU by tanh.
        let slack = if activation == Activation::Gelu { 2e-2 } else { 1e-4 };
        for (part, (ours, burns)) in by(DeviceName::Flex).iter().zip(by(DeviceName::Ndarray)).enumerate() {
            // A sum over the batch is as exact as its terms are large.
            let largest = burns.iter().fold(1.0_f32, |largest, number| largest.max(number.abs()));
            let tolerance = f64::from(largest) * if part == 0 { 1e-5 } else { slack };
            assert_close(
                ours,
                burns.into_iter().map(f64::from),
                tolerance,
                &format!("{layer:?} {activation:?}, {part}"),
            );
        }
    }
}

#[test]
fn a_linear_layer_has_its_gradients_by_finite_differences() {
    for (batch, inputs, outputs) in [(1, 3, 2), (3, 5, 4), (7, 2, 3), (2, 1, 1)] {
        for biased in [false, true] {
            assert_has_its_derivatives(Linear { batch, inputs, outputs, biased });
        }
    }
}

#[test]
fn a_linear_layer_equals_burns_operations() {
    for batch in [1, 7, 32, 128] {
        for (inputs, outputs) in [(4, 120), (120, 84), (84, 2), (37, 33), (300, 40)] {
            assert_equals_burns_operations(Linear { batch, inputs, outputs, biased: batch != 7 });
        }
    }
}

#[test]
fn a_convolution_has_its_gradients_by_finite_differences() {
    for (stride, padding) in [([1, 1], [0, 0]), ([2, 1], [1, 0]), ([3, 2], [0, 1])] {
        let (x, weight) = ([2, 5, 4, 2], [3, 2, 2, 3]);
        assert_has_its_derivatives(Conv { x, weight, stride, padding, biased: padding != [0, 0] });
    }
}

#[test]
fn a_convolution_equals_burns_operations() {
    for batch in [1, 7, 32, 128] {
        for (stride, padding) in (1..4).flat_map(|s| (0..2).map(move |p| ([s, s], [p, p]))) {
            let (x, weight) = ([batch, 7, 6, 3], [3, 2, 3, 18]);
            assert_equals_burns_operations(Conv { x, weight, stride, padding, biased: batch != 7 });
        }
    }
    let (x, weight) = ([32, 10, 10, 4], [3, 3, 4, 16]);
    assert_equals_burns_operations(Conv { x, weight, stride: [1, 1], padding: [0, 0], biased: true });
    let (x, weight) = ([5, 9, 9, 8], [3, 3, 8, 40]);
    assert_equals_burns_operations(Conv { x, weight, stride: [2, 2], padding: [1, 1], biased: true });
}

#[test]
fn an_untracked_tensor_is_a_constant() {
    let device = Device::flex();
    let x = plain(&random_numbers(6, 1), [2, 3], &device);
    let weight = tracked(&random_numbers(12, 2), [3, 4], &device);
    let constant = plain(&random_numbers(12, 2), [3, 4], &device);
    let alone = linear(x.clone(), constant.clone(), None, Activation::Tanh);
    let y = linear(x.clone(), weight.clone(), None, Activation::Tanh);
    assert_eq!(flat(y.clone()), flat(alone));
    let gradients = y.backward();
    assert_eq!(weight.grad(&gradients).unwrap().dims(), [3, 4]);
    let x = tracked(&random_numbers(6, 1), [2, 3], &device);
    let gradients = linear(x.clone(), Tensor::from_inner(constant), None, Activation::Tanh).backward();
    assert_eq!(x.grad(&gradients).unwrap().dims(), [2, 3]);
}

#[test]
fn views_of_other_tensors_are_read_in_their_own_order() {
    let device = Device::flex();
    let weight = plain(&random_numbers(12, 2), [4, 3], &device).transpose();
    let x = plain(&random_numbers(20, 3), [4, 5], &device).slice([1..3, 1..4]);
    let copy = |tensor: Tensor<2>| plain(&flat(tensor.clone()), tensor.dims(), &device);
    let (of_views, of_copies) = (
        linear(x.clone(), weight.clone(), None, Activation::Silu),
        linear(copy(x), copy(weight), None, Activation::Silu),
    );
    assert_eq!(flat(of_views), flat(of_copies));
}

#[test]
fn derivatives_may_be_views_and_may_be_shared() {
    let device = Device::flex();
    let (x, numbers) = (plain(&random_numbers(20, 1), [4, 5], &device), random_numbers(15, 2));
    let gradient = |loss: fn(Tensor<2>) -> Tensor<1>| {
        let weight = tracked(&numbers, [5, 3], &device);
        let y = linear(x.clone(), weight.clone(), None, Activation::Tanh);
        flat(weight.grad(&loss(y).backward()).unwrap())
    };
    let sum = gradient(|y| y.sum());
    assert_eq!(gradient(|y| (y.clone() * y.ones_like()).sum()), sum);
    // The gradient of a sum goes to both of its terms.
    assert_eq!(gradient(|y| (y.clone() + y).sum()), sum.iter().map(|number| 2.0 * number).collect::<Vec<f32>>());
    let parts = gradient(|y| y.clone().slice([0..3, 0..3]).sum() + y.slice([3..4, 0..3]).transpose().sum());
    assert_close(&parts, sum.into_iter().map(f64::from), 1e-6, "in two parts");
}

#[test]
fn a_row_has_the_same_outputs_alone_and_in_a_batch() {
    let device = Device::flex();
    let (x, weight) =
        (plain(&random_numbers(40 * 84, 3), [40, 84], &device), plain(&random_numbers(84 * 37, 5), [84, 37], &device));
    let bias = plain(&random_numbers(37, 6), [37], &device);
    let outputs = |x: Tensor<2>| flat(linear(x, weight.clone(), Some(bias.clone()), Activation::Elu));
    let rows: Vec<f32> = (0..40).flat_map(|row| outputs(x.clone().slice([row..row + 1, 0..84]))).collect();
    assert_eq!(rows, outputs(x));
}

/// Weights and biases of layers with these widths, from numbers in the order of an approximator's parameters.
fn layers(widths: &[usize], parameters: &[f32], make: impl Fn(&[f32], &[usize]) -> Tensor<2>) -> Vec<[Tensor<2>; 2]> {
    let mut rest = parameters;
    let mut take = |sizes: [usize; 2]| {
        let (numbers, others) = rest.split_at(sizes[0] * sizes[1]);
        rest = others;
        make(numbers, &sizes)
    };
    widths.windows(2).map(|pair| [take([pair[0], pair[1]]), take([1, pair[1]])]).collect()
}

#[test]
fn a_chain_equals_the_loops_to_the_bit() {
    let device = Device::flex();
    for widths in [vec![3, 2], vec![3, 20, 2], vec![3, 37, 40, 5]] {
        for (batch, activation) in [1, 7, 32, 128].iter().flat_map(|&batch| Activation::ALL.map(|a| (batch, a))) {
            let outputs = widths[widths.len() - 1];
            let config = ApproximatorConfig {
                hidden: widths[1..widths.len() - 1].to_vec(),
                activation,
                initialization: Initialization::Pytorch,
                ..ApproximatorConfig::default()
            };
            let space = Space::Box { low: vec![-1.0; 3], high: vec![1.0; 3] };
            let optimizer = OptimizerConfig::default();
            let setup =
                FunctionSetup { optimizer: &optimizer, space: &space, outputs, budget: 1, backend: Backend::default() };
            let mut loops = config.build(&setup, &mut stream(2, Stream::Init));
            let (x, g) = (random_numbers(batch * 3, 1), random_numbers(batch * outputs, 9));
            let make = |numbers: &[f32], sizes: &[usize]| tracked(numbers, [sizes[0], sizes[1]], &device);
            let layers = layers(&widths, &loops.save().parameters, make);
            let chain = |layers: &[[Tensor<2>; 2]], x: Tensor<2>| {
                let of = |[weight, bias]: &[Tensor<2>; 2]| (weight.clone(), Some(bias.clone().squeeze_dim(0)));
                linear_chain(x, layers.iter().map(of).collect(), activation)
            };
            let x_tensor = plain(&x, [batch, 3], &device);
            for _ in 0..2 {
                let y = chain(&layers, x_tensor.clone());
                let what = format!("{widths:?} {batch} {activation:?}");
                assert_eq!(flat(y.clone()), loops.record(&x), "{what}");
                let inner: Vec<_> = layers.iter().map(|layer| layer.clone().map(Tensor::inner)).collect();
                assert_eq!(flat(chain(&inner, x_tensor.clone())), flat(y.clone()), "{what}");
                let gradient = loops.gradient(&g);
                let gradients = (y * Tensor::from_inner(plain(&g, [batch, outputs], &device))).backward();
                let all = layers.iter().flatten().flat_map(|tensor| flat(tensor.grad(&gradients).unwrap()));
                assert_eq!(all.collect::<Vec<f32>>(), gradient, "{what}");
            }
        }
    }
}

#[test]
fn a_chain_equals_its_layers_one_after_another() {
    let numbers = random_numbers(3 * 20 + 20 + 20 * 4 + 4, 3);
    for (device, activation) in [DeviceName::Flex, DeviceName::Ndarray].iter().flat_map(|device| {
        [Activation::Relu, Activation::Softplus].map(|activation| (device.open().unwrap(), activation))
    }) {
        let results = |as_one: bool| {
            let make = |numbers: &[f32], sizes: &[usize]| tracked(numbers, [sizes[0], sizes[1]], &device);
            let layers = layers(&[3, 20, 4], &numbers, make);
            let x = tracked(&random_numbers(21, 5), [7, 3], &device);
            let [[w, b], [v, _]] = &layers[..] else { unreachable!() };
            let b = b.clone().squeeze_dim(0);
            let y = if as_one {
                linear_chain(x.clone(), vec![(w.clone(), Some(b)), (v.clone(), None)], activation)
            } else {
                linear(linear(x.clone(), w.clone(), Some(b), activation), v.clone(), None, Activation::Identity)
            };
            let gradients = (y.clone() * y.clone()).backward();
            let of = [&x, w, &layers[0][1], v].map(|tensor| flat(tensor.grad(&gradients).unwrap()));
            [flat(y), of.concat()].concat()
        };
        let expected = results(false);
        assert_close(&results(true), expected.into_iter().map(f64::from), 1e-5, &format!("{activation:?}"));
    }
}
