//! All parameters of a module in one flat tensor, and back.
//!
//! A step of an optimizer is then a few operations, however many layers there are; a checkpoint is one row of numbers.
//! The order is that in which burn visits a module: field by field as the struct declares them.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Device, Gradients, Shape, Tensor};

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
