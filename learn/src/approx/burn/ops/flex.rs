//! What the operations on the device `flex` share: tensors as slices, and the activation behind a product.

use std::cell::RefCell;

use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::approx::Activation;
use crate::kernels::scratch::Scratch;

/// Whether our kernels can work on a tensor: in this process's memory, in single precision.
pub fn is_ours<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && tensor.device() == Device::flex()
}

/// A tensor whose numbers lie row by row without gaps.
pub fn dense(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// The numbers of a dense tensor.
pub fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a dense tensor in single precision")
}

/// The sizes of a tensor.
///
/// # Panics
/// If it has not `D` dimensions, which the signatures of the operations rule out.
pub fn sizes<const D: usize>(tensor: &FlexTensor) -> [usize; D] {
    tensor.layout().shape().as_slice().try_into().expect("the number of dimensions in the signature")
}

/// A tensor of numbers that lie row by row.
pub fn tensor<const D: usize>(numbers: Vec<f32>, sizes: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers, sizes))
}

/// Buffers of a thread, which are kept from one operation to the next.
#[derive(Default)]
pub struct Workspace {
    /// A factor of a product, stored in another order.
    pub strip: Scratch,
    /// A product before it is added to its places.
    pub product: Scratch,
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Calls `work` with the buffers of this thread.
pub fn with_workspace<T>(work: impl FnOnce(&mut Workspace) -> T) -> T {
    WORKSPACE.with_borrow_mut(work)
}

/// The outputs of a forward pass, and what the slope of the activation is computed from.
#[derive(Clone, Debug)]
pub struct Activated {
    activation: Activation,
    /// z, where f(z) is not enough to compute the slope.
    before: Option<FlexTensor>,
    /// f(z).
    after: FlexTensor,
}

/// Computes f(z). `product` writes z into the slice that it is given; if its second argument is true, max(0, z).
pub fn activate<const D: usize>(
    activation: Activation,
    sizes: [usize; D],
    product: impl FnOnce(&mut [f32], bool),
) -> Activated {
    let mut z = vec![0.0; sizes.iter().product()];
    product(&mut z, activation == Activation::Relu);
    if matches!(activation, Activation::Relu | Activation::Identity) {
        return Activated { activation, before: None, after: tensor(z, sizes) };
    }
    let mut a = vec![0.0; z.len()];
    activation.apply(&z, &mut a);
    let before = needs_before(activation).then(|| tensor(z, sizes));
    Activated { activation, before, after: tensor(a, sizes) }
}

/// Whether f(z) is not enough to compute f′(z).
fn needs_before(activation: Activation) -> bool {
    matches!(activation, Activation::Gelu | Activation::Silu | Activation::Softplus)
}

impl Activated {
    /// f(z).
    pub fn output(&self) -> FlexTensor {
        self.after.clone()
    }

    /// f(z), when nothing else is needed.
    pub fn into_output(self) -> FlexTensor {
        self.after
    }

    /// δ = g f′(z), with g the derivative with respect to f(z); computed in place where nothing else holds g.
    pub fn delta(&self, gradient: FlexTensor) -> FlexTensor {
        let mut delta = dense(gradient);
        if self.activation == Activation::Identity {
            return delta;
        }
        let after = numbers(&self.after);
        if delta.bytes().len() != size_of_val(after) {
            // It is a view of another tensor.
            let shape = delta.layout().shape().clone();
            delta = FlexTensor::from_data(TensorData::new(numbers(&delta).to_vec(), shape));
        }
        // The slopes that need no z look at its sign at most, which f(z) has as well.
        let before = self.before.as_ref().map_or(after, numbers);
        self.activation.multiply_by_slope(before, after, delta.storage_mut());
        delta
    }
}
