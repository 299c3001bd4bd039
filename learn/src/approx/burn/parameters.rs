//! All parameters of a module in one flat tensor, and back.
//!
//! A step of an optimizer is then a few operations, however many layers there are; a checkpoint is one row of numbers.
//! The order is that in which burn visits a module: field by field as the struct declares them.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Device, Gradients, Shape, Tensor};

use crate::approx::ParameterTensor;

/// Where each parameter of a module lies in the flat tensor.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    shapes: Vec<Shape>,
    count: usize,
}

impl Layout {
    /// The layout of a module.
    pub fn of(module: &impl Module) -> Layout {
        let mut layout = Layout::default();
        module.visit(&mut layout);
        layout
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The module with the numbers of `flat` `[P]`, on the device of that tensor; `tracked` for automatic
    /// differentiation.
    ///
    /// Parameters are numbered in their order: those that burn gives them are random.
    pub fn install<N: Module>(&self, module: N, flat: &Tensor<1>, tracked: bool) -> N {
        assert_eq!(flat.dims(), [self.count], "one number for each parameter");
        module.map(&mut Install { shapes: self.shapes.iter(), flat, start: 0, tracked, id: 0 })
    }

    /// The parameters of the module as named tensors. A name is the path of fields to the parameter. The weights of a
    /// linear layer and of a convolution have PyTorch's order of axes, and gain and offset of a normalisation PyTorch's
    /// names. `flattened` is the path of a linear layer over an image in one row, and that image.
    pub fn tensors(&self, module: &impl Module, flattened: Option<(&str, [usize; 3])>) -> Vec<ParameterTensor> {
        let shapes = self.shapes.iter();
        let mut named = NamedTensors { shapes, flattened, path: ModulePath::default(), tensors: Vec::new() };
        module.visit(&mut named);
        named.tensors
    }

    /// The module with empty tensors, so that it keeps no memory; [`Layout::install`] gives it its numbers.
    pub fn empty<N: Module>(&self, module: N, device: &Device) -> N {
        module.map(&mut Empty { device })
    }

    /// The gradient with respect to all parameters, `[P]`; zero for those that the differentiated number does not
    /// depend on.
    pub fn gather(&self, module: &impl Module, gradients: Gradients, device: &Device) -> Tensor<1> {
        let mut gather = Gather { gradients, device, flat: Vec::with_capacity(self.shapes.len()) };
        module.visit(&mut gather);
        match gather.flat.len() {
            1 => gather.flat.remove(0),
            _ => Tensor::cat(gather.flat, 0),
        }
    }
}

impl ModuleVisitor for Layout {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.lazy_shape();
        self.count += shape.num_elements();
        self.shapes.push(shape);
    }
}

/// The fields that lead to a parameter, from the module.
#[derive(Default)]
pub struct ModulePath(Vec<(String, String)>);

impl ModulePath {
    /// Enters a field, or a place of a list, of a container as burn names it.
    pub fn enter(&mut self, name: &str, container: &str) {
        self.0.push((name.to_owned(), container.to_owned()));
    }

    /// Leaves what was entered last.
    pub fn exit(&mut self) {
        self.0.pop();
    }

    /// The innermost struct and its field; a `Vec` around the parameter is passed over. Empty where there is none.
    pub fn layer_and_field(&self) -> (&str, &str) {
        let found = self.0.iter().rev().find(|(_, container)| container.starts_with("Struct:"));
        found.map_or(("", ""), |(name, container)| (container.trim_start_matches("Struct:"), name.as_str()))
    }

    /// The names of all levels, joined by dots.
    fn dotted(&self) -> String {
        self.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".")
    }
}

struct NamedTensors<'a> {
    shapes: std::slice::Iter<'a, Shape>,
    flattened: Option<(&'a str, [usize; 3])>,
    path: ModulePath,
    tensors: Vec<ParameterTensor>,
}

impl ModuleVisitor for NamedTensors<'_> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
        let dims = self.shapes.next().expect("the module that the layout is of").to_vec();
        let name = self.path.dotted();
        let torch_name = |of_burn: &str, of_torch: &str| {
            name.strip_suffix(of_burn).map_or(name.clone(), |above| format!("{above}{of_torch}"))
        };
        let tensor = match (self.path.layer_and_field(), &dims[..]) {
            (("Linear", "weight"), &[inputs, outputs]) => {
                match self.flattened.filter(|(layer, _)| name.strip_suffix(".weight") == Some(layer)) {
                    Some((_, image)) => ParameterTensor::linear_over_image(name, image, outputs),
                    None => ParameterTensor::linear(name, inputs, outputs),
                }
            }
            // Ours; those of burn have PyTorch's order.
            (("Convolution", "weight"), &[height, width, inputs, filters]) => {
                ParameterTensor::convolution(name, [height, width, inputs, filters])
            }
            ((norm, "gamma"), _) if norm.ends_with("Norm") => ParameterTensor::new(torch_name("gamma", "weight"), dims),
            ((norm, "beta"), _) if norm.ends_with("Norm") => ParameterTensor::new(torch_name("beta", "bias"), dims),
            _ => ParameterTensor::new(name, dims),
        };
        self.tensors.push(tensor);
    }
}

struct Install<'a> {
    shapes: std::slice::Iter<'a, Shape>,
    flat: &'a Tensor<1>,
    start: usize,
    tracked: bool,
    id: u64,
}

impl ModuleMapper for Install<'_> {
    fn map_float<const D: usize>(&mut self, _: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = self.shapes.next().expect("the module that the layout is of").clone();
        let end = self.start + shape.num_elements();
        let view = self.flat.clone().slice(self.start..end).reshape(shape);
        self.start = end;
        self.id += 1;
        let view = if self.tracked { Tensor::from_inner(view).require_grad() } else { view };
        Param::initialized(ParamId::from(self.id), view)
    }
}

struct Empty<'a> {
    device: &'a Device,
}

impl ModuleMapper for Empty<'_> {
    fn map_float<const D: usize>(&mut self, _: Param<Tensor<D>>) -> Param<Tensor<D>> {
        Param::initialized(ParamId::from(0), Tensor::zeros([0; D], self.device))
    }
}

struct Gather<'a> {
    gradients: Gradients,
    device: &'a Device,
    flat: Vec<Tensor<1>>,
}

impl ModuleVisitor for Gather<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let count = tensor.shape().num_elements();
        let gradient = tensor.grad_remove(&mut self.gradients);
        self.flat.push(match gradient {
            Some(gradient) => gradient.reshape([count]),
            None => Tensor::zeros([count], self.device),
        });
    }
}
