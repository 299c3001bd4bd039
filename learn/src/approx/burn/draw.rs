//! First weights of any module, drawn on the host from the run's own stream, so that a seed fixes them on every device.
//!
//! Weights and biases of linear layers and of convolutions are drawn as [`Initialization`] says. All other parameters,
//! such as gains and offsets of a normalisation, keep the values that the module is made with. Where these are random,
//! burn draws them from a generator that the whole process shares: it is seeded from the run's stream, and locked while
//! one module is made.

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};

use super::parameters::{Layout, ModulePath};
use crate::approx::Initialization;
use crate::approx::initialization::Fan;
use crate::rng::Rng;

/// Locks burn's generator.
fn lock_generator() -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many parameters the module has that is made so.
pub fn count_parameters<N: Module>(make: impl FnOnce() -> N) -> usize {
    let _guard = lock_generator(); // a module may draw numbers while it is made
    Layout::of(&make()).count()
}

/// Makes a module, and draws all its parameters, in the order in which burn visits them.
pub fn make_and_draw<N: Module>(
    make: impl FnOnce() -> N,
    initialization: &Initialization,
    device: &Device,
    rng: &mut Rng,
) -> (N, Vec<f32>) {
    let seed = rand::Rng::next_u64(rng);
    let mut own = OwnValues::default();
    let module = {
        let _guard = lock_generator();
        device.seed(seed);
        let module = make();
        module.visit(&mut own);
        module
    };
    let parameters = draw(own.parameters, initialization, rng);
    (module, parameters)
}

/// Draws weights and biases anew.
fn draw(own: Vec<OwnParameter>, initialization: &Initialization, rng: &mut Rng) -> Vec<f32> {
    let last = own.iter().rposition(|parameter| matches!(parameter.kind, Kind::Weights { .. }));
    let mut fan = None;
    let mut flat = Vec::new();
    for (index, OwnParameter { kind, dims, values }) in own.into_iter().enumerate() {
        match kind {
            Kind::Weights { outputs_first } => {
                let outputs = if outputs_first { dims[0] } else { dims[dims.len() - 1] };
                let inputs = values.len() / outputs;
                let of_weights = Fan { fan_in: inputs, inputs, outputs };
                let weights = initialization.draw_weights(of_weights, last == Some(index), rng);
                flat.extend(if outputs_first { transposed(&weights, inputs, outputs) } else { weights });
                fan = Some(of_weights);
            }
            Kind::Bias => match fan {
                Some(fan) => flat.extend(initialization.draw_biases(fan, rng)),
                None => flat.extend(values),
            },
            Kind::Other => flat.extend(values),
        }
    }
    flat
}

/// The values that a module is made with.
pub fn own_values(module: &impl Module) -> Vec<f32> {
    let mut own = OwnValues::default();
    module.visit(&mut own);
    own.parameters.into_iter().flat_map(|parameter| parameter.values).collect()
}

/// `[inputs, outputs]` as `[outputs, inputs]`.
fn transposed(weights: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    (0..inputs * outputs).map(|index| weights[index % inputs * outputs + index / inputs]).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The weights `[inputs, outputs]` of a linear layer, or those of a convolution, whose outputs are the first
    /// dimension in burn's layers, and the last in ours.
    Weights { outputs_first: bool },
    /// The biases of the weights before it.
    Bias,
    /// Any other parameter, which keeps its value.
    Other,
}

struct OwnParameter {
    kind: Kind,
    dims: Vec<usize>,
    values: Vec<f32>,
}

/// Reads the values that a module is made with, and of what kind each parameter is. A layer of burn makes its values
/// when they are first read.
#[derive(Default)]
struct OwnValues {
    path: ModulePath,
    parameters: Vec<OwnParameter>,
}

impl OwnValues {
    fn kind(&self) -> Kind {
        match self.path.layer_and_field() {
            ("Linear" | "Convolution", "weight") => Kind::Weights { outputs_first: false },
            ("Conv1d" | "Conv2d" | "Conv3d", "weight") => Kind::Weights { outputs_first: true },
            ("Linear" | "Convolution" | "Conv1d" | "Conv2d" | "Conv3d", "bias") => Kind::Bias,
            _ => Kind::Other,
        }
    }
}

impl ModuleVisitor for OwnValues {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let dims = tensor.dims().to_vec();
        let values = tensor.into_data().try_into_vec().expect("parameters are 32-bit floats");
        self.parameters.push(OwnParameter { kind: self.kind(), dims, values });
    }
}
