//! Which parameters a step of a [`TensorOptimizer`](super::TensorOptimizer) is for.

use std::borrow::Cow;

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};

use super::Span;

/// Which of a flat tensor's `P` parameters a step is for, and factors on their learning rates.
///
/// Both forms mean the same, and each serves on every device: spans cost nothing where parameters are in host memory, tensors
/// nothing where they are not. What stays the same for many steps is best brought into the better form once ([`Scope::on`]).
#[derive(Clone, Debug)]
pub enum Scope {
    /// Stretches of the parameters that do not overlap. Between them parameters and moments wait, and the gradient is not read.
    Spans(Vec<Span>),
    /// A number for each parameter, on the device.
    Tensors {
        /// What its learning rate is multiplied by, `[P]`; absent means 1.
        factors: Option<Tensor<1>>,
        /// Whether the step is for it, `[P]`; absent means every parameter. The others and their moments wait, and their gradient
        /// is not read.
        takes_part: Option<Tensor<1, Bool>>,
    },
}

impl Scope {
    /// Every parameter, at the learning rate itself.
    pub const ALL: Scope = Scope::Tensors { factors: None, takes_part: None };

    /// The same scope in the form that costs a step on this device least.
    pub fn on(&self, device: &Device, parameters: usize) -> Scope {
        if *device == Device::flex() {
            return Scope::Spans(self.spans(parameters).into_owned());
        }
        let (factors, takes_part) = self.tensors(device, parameters);
        Scope::Tensors { factors, takes_part }
    }

    /// As spans.
    pub(super) fn spans(&self, parameters: usize) -> Cow<'_, [Span]> {
        match self {
            Scope::Spans(spans) => Cow::Borrowed(spans),
            Scope::Tensors { factors: None, takes_part: None } => {
                Cow::Owned(vec![Span { range: 0..parameters, factor: 1.0 }])
            }
            Scope::Tensors { factors, takes_part } => {
                let factors = factors.clone().map(|factors| factors.into_data().iter().collect::<Vec<f32>>());
                let takes_part = takes_part.clone().map(|part| part.into_data().iter().collect::<Vec<bool>>());
                let factor = |p: usize| factors.as_ref().map_or(1.0, |factors| factors[p]);
                let waits = |p: usize| takes_part.as_ref().is_some_and(|part| !part[p]);
                let active = (0..parameters).filter(|p| !waits(*p)).map(|p| (p, factor(p)));
                Cow::Owned(joined(active))
            }
        }
    }

    /// As factors and who takes part, where that differs from a factor of 1 and from everybody.
    pub(super) fn tensors(&self, device: &Device, parameters: usize) -> (Option<Tensor<1>>, Option<Tensor<1, Bool>>) {
        let spans = match self {
            Scope::Tensors { factors, takes_part } => return (factors.clone(), takes_part.clone()),
            Scope::Spans(spans) => spans,
        };
        let factors = spans.iter().any(|span| span.factor != 1.0).then(|| {
            let factors = each(spans, parameters, 1.0, |span| span.factor);
            Tensor::from_data(TensorData::new(factors, [parameters]), (device, DType::F32))
        });
        let covered: usize = spans.iter().map(|span| span.range.len()).sum();
        let takes_part = (covered < parameters).then(|| {
            let part = each(spans, parameters, false, |_| true);
            Tensor::from_data(TensorData::new(part, [parameters]), device)
        });
        (factors, takes_part)
    }
}

/// One value for each parameter: that of its span, or `outside`.
fn each<T: Copy>(spans: &[Span], parameters: usize, outside: T, value: impl Fn(&Span) -> T) -> Vec<T> {
    let mut values = vec![outside; parameters];
    for span in spans {
        values[span.range.clone()].fill(value(span));
    }
    values
}

/// The spans of parameters, given in order with their factors: neighbours of one factor are in one span.
fn joined(active: impl Iterator<Item = (usize, f32)>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (p, factor) in active {
        match spans.last_mut() {
            Some(last) if last.range.end == p && last.factor == factor => last.range.end += 1,
            _ => spans.push(Span { range: p..p + 1, factor }),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(range: std::ops::Range<usize>, factor: f32) -> Span {
        Span { range, factor }
    }

    #[test]
    fn spans_and_tensors_say_the_same() {
        let device = Device::flex();
        for spans in [
            vec![],
            vec![span(0..6, 1.0)],
            vec![span(0..6, 0.5)],
            vec![span(0..2, 1.0), span(2..6, 0.5)],
            vec![span(1..2, 1.0), span(3..4, 1.0), span(4..5, 2.0)],
        ] {
            let (factors, takes_part) = Scope::Spans(spans.clone()).tensors(&device, 6);
            assert_eq!(Scope::Tensors { factors, takes_part }.spans(6), spans);
        }
    }

    #[test]
    fn only_what_differs_from_the_ordinary_needs_a_tensor() {
        let tensors = |spans| Scope::Spans(spans).tensors(&Device::flex(), 4);
        let (factors, takes_part) = tensors(vec![span(0..1, 1.0), span(1..4, 1.0)]);
        assert!(factors.is_none() && takes_part.is_none());
        let (factors, takes_part) = tensors(vec![span(0..1, 3.0), span(1..2, 1.0)]);
        assert_eq!(factors.unwrap().into_data().try_to_vec::<f32>().unwrap(), [3.0, 1.0, 1.0, 1.0]);
        assert_eq!(takes_part.unwrap().into_data().try_to_vec::<bool>().unwrap(), [true, true, false, false]);
        assert_eq!(Scope::ALL.spans(4)[..], [span(0..4, 1.0)]);
    }

    #[test]
    fn each_device_gets_the_form_that_it_needs_no_conversion_of() {
        let scope = Scope::Spans(vec![span(0..4, 1.0)]);
        assert!(matches!(scope.on(&Device::flex(), 4), Scope::Spans(_)));
        assert!(matches!(Scope::ALL.on(&Device::flex(), 4), Scope::Spans(_)));
        #[allow(deprecated)]
        let other = Device::ndarray();
        assert!(matches!(scope.on(&other, 4), Scope::Tensors { factors: None, takes_part: None }));
    }
}
