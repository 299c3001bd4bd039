//! First weights of any module, drawn on the host from the run's own stream, so that a seed fixes them on every device.
//!
//! Weights and biases of linear layers and of convolutions are drawn as [`Initialization`] says. What else a module has, gains
//! and offsets of a normalisation say, starts as the module itself has it. burn draws such numbers, where they are random, from
//! a generator that the whole process shares: it is seeded from the run's stream, and locked while one module reads it.

use std::sync::{Mutex, PoisonError};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};

use crate::approx::Initialization;
use crate::approx::initialization::Fan;
use crate::rng::Rng;

/// Makes a module, and draws all its parameters, in the order in which burn visits them.
pub fn make_and_draw<N: Module>(
    make: impl FnOnce() -> N,
    initialization: Initialization,
    device: &Device,
    rng: &mut Rng,
) -> (N, Vec<f32>) {
    /// burn's generator.
    static GENERATOR: Mutex<()> = Mutex::new(());
    let seed = rand::Rng::next_u64(rng);
    let mut own = Read::default();
    let module = {
        let _guard = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
        device.seed(seed);
        let module = make();
        module.visit(&mut own);
        module
    };
    let parameters = draw(own.parts, initialization, rng);
    (module, parameters)
}

/// Draws weights and biases anew.
fn draw(parts: Vec<Part>, initialization: Initialization, rng: &mut Rng) -> Vec<f32> {
    let last = parts.iter().rposition(|part| matches!(part.kind, Kind::Weights { .. }));
    let mut fan = None;
    let mut flat = Vec::new();
    for (index, Part { kind, dims, values }) in parts.into_iter().enumerate() {
        match kind {
            Kind::Weights { outputs_first } => {
                let outputs = if outputs_first { dims[0] } else { dims[dims.len() - 1] };
                let own = Fan { fan_in: values.len() / outputs, inputs: values.len() / outputs, outputs };
                let weights = initialization.draw_weights(own, last == Some(index), rng);
                flat.extend(if outputs_first { transposed(&weights, own.inputs, outputs) } else { weights });
                fan = Some(own);
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

/// A module's own first values, where it draws none.
pub fn own_values(module: &impl Module) -> Vec<f32> {
    let mut own = Read::default();
    module.visit(&mut own);
    own.parts.into_iter().flat_map(|part| part.values).collect()
}

/// `[inputs, outputs]` as `[outputs, inputs]`.
fn transposed(weights: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    (0..inputs * outputs).map(|index| weights[index % inputs * outputs + index / inputs]).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Of a linear layer `[inputs, outputs]` or a convolution, whose outputs are the first dimension in burn's layers, and the
    /// last in ours.
    Weights { outputs_first: bool },
    /// Of the weights before it.
    Bias,
    /// What the module itself gives a value.
    Other,
}

struct Part {
    kind: Kind,
    dims: Vec<usize>,
    values: Vec<f32>,
}

/// Reads a module's own first values, which it makes at that moment, and what each of them is.
#[derive(Default)]
struct Read {
    /// The struct and field on the way to the parameter at hand.
    path: Vec<(String, String)>,
    parts: Vec<Part>,
}

impl Read {
    fn kind(&self) -> Kind {
        // An `Option` or `Vec` on the way has a name of its own.
        let of_struct = |(_, container): &&(String, String)| container.starts_with("Struct:");
        let Some((field, container)) = self.path.iter().rev().find(of_struct) else { return Kind::Other };
        let layer = container.trim_start_matches("Struct:");
        match (layer, field.as_str()) {
            ("Linear" | "Convolution", "weight") => Kind::Weights { outputs_first: false },
            ("Conv1d" | "Conv2d" | "Conv3d", "weight") => Kind::Weights { outputs_first: true },
            ("Linear" | "Convolution" | "Conv1d" | "Conv2d" | "Conv3d", "bias") => Kind::Bias,
            _ => Kind::Other,
        }
    }
}

impl ModuleVisitor for Read {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.push((name.to_owned(), container_type.to_owned()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let dims = tensor.dims().to_vec();
        let values = tensor.into_data().try_into_vec().expect("parameters are 32-bit floats");
        self.parts.push(Part { kind: self.kind(), dims, values });
    }
}
