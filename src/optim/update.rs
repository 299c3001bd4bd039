//! One step, as the optimizers see it.

use std::ops::Range;

use burn::tensor::Tensor;

/// A stretch of the parameters, and the factor on the learning rate there.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamRange {
    /// Which parameters, as indices into the flat slice.
    pub range: Range<usize>,
    /// What the learning rate is multiplied by for them.
    pub factor: f32,
}

/// What every optimizer is told about a step.
pub(super) struct Update<'a> {
    pub(super) parameters: &'a mut [f32],
    pub(super) gradient: &'a [f32],
    pub(super) ranges: &'a [ParamRange],
    pub(super) learning_rate: f64,
    /// The factor that clips the gradient; 1 where it is short enough, and a product with 1 is exact.
    pub(super) scale: f32,
}

impl Update<'_> {
    /// Calls `update` for each part with its indices, `rate` times its factor, its parameters and their gradient.
    // The slices reach the element loops as arguments, by which the compiler knows that they do not overlap.
    #[inline(always)]
    pub(super) fn for_each_range(self, rate: f32, mut update: impl FnMut(Range<usize>, f32, &mut [f32], &[f32])) {
        for ParamRange { range, factor } in self.ranges {
            let (start, rate) = (range.start, rate * factor);
            let (parameters, gradient) = (&mut self.parameters[range.clone()], &self.gradient[range.clone()]);
            // A sparse feature has a few parameters, and a loop whose length the compiler knows is none.
            match parameters.len() {
                2 => update(start..start + 2, rate, &mut parameters[..2], &gradient[..2]),
                3 => update(start..start + 3, rate, &mut parameters[..3], &gradient[..3]),
                4 => update(start..start + 4, rate, &mut parameters[..4], &gradient[..4]),
                _ => update(range.clone(), rate, parameters, gradient),
            }
        }
    }
}

/// What every optimizer is told about a step of parameters in one flat tensor `[P]`.
pub(super) struct TensorUpdate {
    pub(super) parameters: Tensor<1>,
    /// Clipped.
    pub(super) gradient: Tensor<1>,
    pub(super) rate: Rate,
}

/// The learning rate of each parameter.
#[allow(clippy::large_enum_variant)] // there is one of it at a time
pub(super) enum Rate {
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
    pub(super) fn times(&self, number: f32) -> Rate {
        match self {
            Rate::Same(rate) => Rate::Same(rate * number),
            Rate::Each(rates) => Rate::Each(scaled(rates.clone(), number)),
        }
    }

    /// The product of a direction and this rate.
    pub(super) fn of(&self, direction: Tensor<1>) -> Tensor<1> {
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
