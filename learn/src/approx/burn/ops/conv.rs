//! A convolution over images and its activation, channels last.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Tensor, module};

use super::flex::{Activated, Workspace, activate, dense, is_ours, numbers, sizes, tensor, with_workspace};
use crate::approx::Activation;
use crate::kernels::product::{PatchGradient, PatchProduct, PatchScatter, Patches, Sums, sum_of_rows};

/// f(x ∗ W + b), `[B, OH, OW, F]`, of images `x` `[B, H, W, C]`, filters `weight` `[KH, KW, C, F]` and `bias` `[F]`: a
/// filter's window moves by `stride`, over images with `padding` zeros on every side (rows, columns).
///
/// # Panics
/// If the sizes do not fit each other, or the window does not fit the image.
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    activation: Activation,
) -> Tensor<4> {
    let ([_, height, width, channels], [rows, columns, of, filters]) = (x.dims(), weight.dims());
    assert_eq!(channels, of, "x [B, H, W, C] and weights [KH, KW, C, F]");
    assert!(bias.as_ref().is_none_or(|bias| bias.dims() == [filters]), "a bias for each of {filters} filters");
    let padded = [height + 2 * padding[0], width + 2 * padding[1]];
    assert!(rows <= padded[0] && columns <= padded[1], "a window of {rows}×{columns} on images of {padded:?}");
    if !is_ours(&x) {
        return composed(x, weight, bias, stride, padding, activation);
    }
    // Sums begin with the biases, or with zero.
    let bias = bias.unwrap_or_else(|| Tensor::zeros([filters], &x.device()));
    let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::conv2d_layer(x, weight, bias, Window { stride, padding }, activation))
}

/// The same by burn's operations, which have channels before rows.
fn composed(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    activation: Activation,
) -> Tensor<4> {
    let options = ConvOptions::new(stride, padding, [1, 1], 1);
    let z = module::conv2d(x.permute([0, 3, 1, 2]), weight.permute([3, 2, 0, 1]), bias, options);
    activation.forward(z.permute([0, 2, 3, 1]))
}

/// How a window moves.
#[derive(Clone, Copy, Debug)]
struct Window {
    stride: [usize; 2],
    padding: [usize; 2],
}

/// The layer on a backend.
#[backend_extension(Flex, Autodiff)]
trait Conv2dLayer: Backend {
    fn conv2d_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        window: Window,
        activation: Activation,
    ) -> FloatTensor<Self>;
}

impl Conv2dLayer for Flex {
    fn conv2d_layer(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        window: Window,
        activation: Activation,
    ) -> FlexTensor {
        let (images, weight) = (Images::new(x, &weight, window), dense(weight));
        forward(&images, &weight, &dense(bias), activation).into_output()
    }
}

impl<C: CheckpointStrategy> Conv2dLayer for Autodiff<Flex, C> {
    fn conv2d_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        window: Window,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let ((x, of_x), (weight, of_weight), (bias, of_bias)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let (images, weight) = (Images::new(x, &weight, window), dense(weight));
        let outputs = forward(&images, &weight, &dense(bias), activation);
        match Conv2dBackward.prepare::<C>([of_x, of_weight, of_bias]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let output = outputs.output();
                prep.finish(Remembered { images, weight, outputs }, output)
            }
            OpsKind::UnTracked(prep) => prep.finish(outputs.into_output()),
        }
    }
}

/// What the forward pass keeps for the backward pass.
#[derive(Clone, Debug)]
struct Remembered {
    images: Images,
    weight: FlexTensor,
    outputs: Activated,
}

#[derive(Debug)]
struct Conv2dBackward;

/// The gradients with respect to x, the filters and the biases.
impl Backward<Flex, 3> for Conv2dBackward {
    type State = Remembered;

    fn backward(self, ops: Ops<Remembered, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Remembered { images, weight, outputs } = ops.state;
        let shape: [usize; 4] = sizes(&weight);
        let n = shape[3];
        let delta = outputs.delta(gradients.consume::<Flex>(&ops.node));
        let d = numbers(&delta);
        let [of_x, of_weight, of_bias] = ops.parents;
        with_workspace(|Workspace { strip, product }| {
            let patches = images.patches();
            if let Some(node) = of_bias {
                let mut sum = vec![0.0; n];
                sum_of_rows(d, &mut sum);
                gradients.register::<Flex>(node.id, tensor(sum, [n]));
            }
            if let Some(node) = of_weight {
                let mut c = vec![0.0; shape.iter().product()];
                PatchGradient { patches, d, c: &mut c, n, scratch: &mut *strip }.compute();
                gradients.register::<Flex>(node.id, tensor(c, shape));
            }
            if let Some(node) = of_x {
                let mut to = vec![0.0; patches.images.len()];
                let b = numbers(&weight);
                PatchScatter { patches, d, b, n, to: &mut to, scratch: [strip, product] }.compute();
                gradients.register::<Flex>(node.id, images.without_padding(to));
            }
        });
    }
}

/// f(x ∗ W + b) on slices.
fn forward(images: &Images, weight: &FlexTensor, bias: &FlexTensor, activation: Activation) -> Activated {
    let [_, _, _, n] = sizes(weight);
    let [batch, rows, columns] = images.places;
    activate(activation, [batch, rows, columns, n], |c, rectified| {
        let (patches, b, sums) = (images.patches(), numbers(weight), Sums { bias: Some(numbers(bias)), rectified });
        with_workspace(|workspace| {
            PatchProduct { patches, b, c, n, sums, scratch: &mut workspace.strip }.compute();
        });
    })
}

/// Images with their padding, and the places of a window on them.
#[derive(Clone, Debug)]
struct Images {
    /// `[B, H, W, C]`, padding included.
    padded: FlexTensor,
    padding: [usize; 2],
    /// B, OH, OW.
    places: [usize; 3],
    /// Where each place's patch starts, `[B · OH · OW]`.
    starts: Vec<usize>,
    /// KH, and KW · C.
    window: [usize; 2],
}

impl Images {
    fn new(x: FlexTensor, weight: &FlexTensor, Window { stride, padding }: Window) -> Images {
        let [rows, columns, channels, _] = sizes(weight);
        let padded = with_padding(dense(x), padding);
        let [batch, height, width, _] = sizes(&padded);
        let places = [batch, (height - rows) / stride[0] + 1, (width - columns) / stride[1] + 1];
        let mut starts = Vec::with_capacity(places.iter().product());
        for row in (0..batch).flat_map(|image| (0..places[1]).map(move |row| image * height + row * stride[0])) {
            starts.extend((0..places[2]).map(|column| (row * width + column * stride[1]) * channels));
        }
        Images { padding, places, starts, window: [rows, columns * channels], padded }
    }

    fn patches(&self) -> Patches<'_> {
        let [_, _, width, channels] = sizes(&self.padded);
        let [stretches, stretch] = self.window;
        Patches { images: numbers(&self.padded), starts: &self.starts, stretches, stretch, stride: width * channels }
    }

    /// Numbers that lie as the padded images do, without those of the padding.
    fn without_padding(&self, padded: Vec<f32>) -> FlexTensor {
        let [batch, height, width, channels] = sizes(&self.padded);
        let [above, left] = self.padding;
        let shape = [batch, height - 2 * above, width - 2 * left, channels];
        if self.padding == [0, 0] {
            return tensor(padded, shape);
        }
        let row = width * channels;
        let inner = padded.chunks_exact(height * row).flat_map(|image| {
            let rows = image[above * row..(height - above) * row].chunks_exact(row);
            rows.flat_map(|row| &row[left * channels..row.len() - left * channels])
        });
        tensor(inner.copied().collect(), shape)
    }
}

/// Images `[B, H, W, C]` with zeros around them.
fn with_padding(x: FlexTensor, padding: [usize; 2]) -> FlexTensor {
    if padding == [0, 0] {
        return x;
    }
    let [batch, height, width, channels] = sizes(&x);
    let ([above, left], row) = (padding, width * channels);
    let (wide, high) = (row + 2 * left * channels, height + 2 * above);
    let mut padded = vec![0.0; batch * high * wide];
    let images = numbers(&x).chunks_exact(height * row).zip(padded.chunks_exact_mut(high * wide));
    for (image, to) in images {
        for (row, to) in image.chunks_exact(row).zip(to[above * wide..].chunks_exact_mut(wide)) {
            to[left * channels..][..row.len()].copy_from_slice(row);
        }
    }
    tensor(padded, [batch, high, width + 2 * left, channels])
}
