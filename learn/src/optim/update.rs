//! One step, as an optimizer's rule sees it.

use std::ops::Range;

use burn::tensor::Tensor;

/// A range of the parameters, and the factor on the learning rate there.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamRange {
    /// Which parameters, as indices into the flat slice.
    pub range: Range<usize>,
    /// What the learning rate is multiplied by for them.
    pub factor: f32,
}

/// What a rule is told about a step over slices in host memory.
pub struct Update<'a> {
    /// θ, `[P]`.
    pub parameters: &'a mut [f32],
    /// g, `[P]`, before clipping. It means something inside `ranges` only.
    pub gradient: &'a [f32],
    /// The parameters that the step is for. All others, and their moments, stay as they are.
    pub ranges: &'a [ParamRange],
    /// The learning rate of this step, before the factors of the ranges.
    pub learning_rate: f64,
    /// What g is multiplied by to clip it; 1 where it is short enough, and a product with 1 is exact.
    pub scale: f32,
    /// ‖g‖₂ over all ranges, before clipping.
    pub norm: f64,
}

impl Update<'_> {
    /// Calls `update` for each range with its indices, its learning rate, its parameters and their gradient.
    // The slices reach the element loops as arguments, by which the compiler knows that they do not overlap.
    #[inline(always)]
    pub fn for_each_range(self, mut update: impl FnMut(Range<usize>, f32, &mut [f32], &[f32])) {
        let learning_rate = self.learning_rate as f32;
        for ParamRange { range, factor } in self.ranges {
            let (start, rate) = (range.start, learning_rate * factor);
            let (parameters, gradient) = (&mut self.parameters[range.clone()], &self.gradient[range.clone()]);
            // A sparse feature has a few parameters. A loop whose length the compiler knows is unrolled.
            match parameters.len() {
                2 => update(start..start + 2, rate, &mut parameters[..2], &gradient[..2]),
                3 => update(start..start + 3, rate, &mut parameters[..3], &gradient[..3]),
                4 => update(start..start + 4, rate, &mut parameters[..4], &gradient[..4]),
                _ => update(range.clone(), rate, parameters, gradient),
            }
        }
    }
}

/// What a rule is told about a step of all parameters in one flat tensor.
pub struct TensorUpdate {
    /// θ, `[P]`.
    pub parameters: Tensor<1>,
    /// g, `[P]`, clipped.
    pub gradient: Tensor<1>,
    /// The learning rate of each parameter.
    pub rate: Rate,
    /// ‖g‖₂ before clipping.
    pub norm: f64,
}

/// The learning rate of each parameter.
#[allow(clippy::large_enum_variant)] // there is one of it at a time
pub enum Rate {
    /// The same for all.
    Same(f32),
    /// One for each, `[P]`.
    Each(Tensor<1>),
}

impl Rate {
    /// `learning_rate` times the factors, where there are any.
    pub(super) fn new(learning_rate: f64, factors: Option<Tensor<1>>) -> Rate {
        let rate = learning_rate as f32;
        factors.map_or(Rate::Same(rate), |factors| Rate::Each(factors * rate))
    }

    /// This rate times a number.
    pub fn times(&self, number: f32) -> Rate {
        match self {
            Rate::Same(rate) => Rate::Same(rate * number),
            Rate::Each(rates) => Rate::Each(scaled(rates.clone(), number)),
        }
    }

    /// The product of a direction `[P]` and this rate.
    pub fn of(&self, direction: Tensor<1>) -> Tensor<1> {
        match self {
            Rate::Same(rate) => direction * *rate,
            Rate::Each(rates) => direction * rates.clone(),
        }
    }
}

/// A tensor times a number. A product with 1 is exact, and left out.
pub(super) fn scaled(tensor: Tensor<1>, number: f32) -> Tensor<1> {
    if number == 1.0 { tensor } else { tensor * number }
}

/// √v + ε, or √(v + ε).
pub(super) fn divisor(v: Tensor<1>, epsilon: f32, epsilon_inside_root: bool) -> Tensor<1> {
    if epsilon_inside_root { (v + epsilon).sqrt() } else { v.sqrt() + epsilon }
}
