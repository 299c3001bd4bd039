//! Which parameters a step of a [`TensorOptimizer`](super::TensorOptimizer) is for.

use std::borrow::Cow;
use std::ops::Range;

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};

use super::ParamRange;

/// Which of a flat tensor's `P` parameters a step is for, and factors on their learning rates.
///
/// Both forms mean the same, and each may be used on every device. Ranges need no conversion where parameters are in
/// host memory, and tensors none where they are not. A scope that stays the same for many steps is best converted once
/// ([`Scope::on`]).
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // there is one of it at a time
pub enum Scope {
    /// Ranges of the parameters that do not overlap. Between them parameters and moments wait, and the gradient is not
    /// read.
    Ranges(Vec<ParamRange>),
    /// A number for each parameter, on the device.
    Tensors {
        /// What its learning rate is multiplied by, `[P]`; absent means 1.
        factors: Option<Tensor<1>>,
        /// Whether the step is for it, `[P]`; absent means every parameter. The others and their moments wait, and
        /// their gradient is not read.
        takes_part: Option<Tensor<1, Bool>>,
    },
}

impl Scope {
    /// Every parameter, at the learning rate itself.
    pub const ALL: Scope = Scope::Tensors { factors: None, takes_part: None };

    /// The same scope in the form that a step on this device needs no conversion of.
    pub fn on(&self, device: &Device, parameters: usize) -> Scope {
        if *device == Device::flex() {
            return Scope::Ranges(self.ranges(parameters).into_owned());
        }
        let (factors, takes_part) = self.tensors(device, parameters);
        Scope::Tensors { factors, takes_part }
    }

    /// As ranges.
    pub(super) fn ranges(&self, parameters: usize) -> Cow<'_, [ParamRange]> {
        match self {
            Scope::Ranges(ranges) => Cow::Borrowed(ranges),
            Scope::Tensors { factors, takes_part } => {
                let factors = factors.clone().map(|factors| numbers(factors.into_data()));
                assert!(factors.iter().all(|factors| factors.len() == parameters), "a factor for each parameter");
                let active: Vec<Range<usize>> = match takes_part {
                    Some(takes_part) => {
                        let takes_part = truths(takes_part.clone().into_data());
                        assert_eq!(takes_part.len(), parameters, "a truth value for each parameter");
                        runs(&takes_part).filter_map(|(run, takes_part)| takes_part.then_some(run)).collect()
                    }
                    None => std::iter::once(0..parameters).collect(),
                };
                let ranges = active.into_iter().flat_map(|range| match &factors {
                    Some(factors) => runs(&factors[range.clone()])
                        .map(|(run, factor)| ParamRange {
                            range: range.start + run.start..range.start + run.end,
                            factor,
                        })
                        .collect(),
                    None => vec![ParamRange { range, factor: 1.0 }],
                });
                Cow::Owned(ranges.collect())
            }
        }
    }

    /// As tensors: factors if one differs from 1, and who takes part if somebody does not.
    pub(super) fn tensors(&self, device: &Device, parameters: usize) -> (Option<Tensor<1>>, Option<Tensor<1, Bool>>) {
        let ranges = match self {
            Scope::Tensors { factors, takes_part } => return (factors.clone(), takes_part.clone()),
            Scope::Ranges(ranges) => ranges,
        };
        let factors = ranges.iter().any(|range| range.factor != 1.0).then(|| {
            let factors = each(ranges, parameters, 1.0, |range| range.factor);
            Tensor::from_data(TensorData::new(factors, [parameters]), (device, DType::F32))
        });
        let covered: usize = ranges.iter().map(|range| range.range.len()).sum();
        let takes_part = (covered < parameters).then(|| {
            let takes_part = each(ranges, parameters, false, |_| true);
            Tensor::from_data(TensorData::new(takes_part, [parameters]), device)
        });
        (factors, takes_part)
    }
}

/// One value for each parameter: that of its range, or `outside`.
fn each<T: Copy>(ranges: &[ParamRange], parameters: usize, outside: T, value: impl Fn(&ParamRange) -> T) -> Vec<T> {
    let mut values = vec![outside; parameters];
    for range in ranges {
        values[range.range.clone()].fill(value(range));
    }
    values
}

/// The longest ranges of one value, in order, with their values.
fn runs<T: Copy + PartialEq>(values: &[T]) -> impl Iterator<Item = (Range<usize>, T)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let value = *values.get(start)?;
        // At least one: NaN does not even equal itself.
        let run = start..start + leading(&values[start..], value).max(1);
        start = run.end;
        Some((run, value))
    })
}

/// How many of the first values are `value`. Looks at many at a time: a network's layers are long.
fn leading<T: Copy + PartialEq>(values: &[T], value: T) -> usize {
    const CHUNK: usize = 64;
    let are_equal = |many: &&[T; CHUNK]| many.iter().fold(true, |equal, v| equal & (*v == value));
    let whole = CHUNK * values.as_chunks().0.iter().take_while(are_equal).count();
    whole + values[whole..].iter().take_while(|v| **v == value).count()
}

fn numbers(read: TensorData) -> Vec<f32> {
    read.try_into_vec().expect("factors are 32-bit floats")
}

/// The truth values, however the device stores them.
fn truths(read: TensorData) -> Vec<bool> {
    match read.as_slice() {
        Ok(stored) => stored.to_vec(),
        Err(_) => read.iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(range: Range<usize>, factor: f32) -> ParamRange {
        ParamRange { range, factor }
    }

    #[test]
    fn ranges_and_tensors_say_the_same() {
        let device = Device::flex();
        for ranges in [
            vec![],
            vec![range(0..6, 1.0)],
            vec![range(0..6, 0.5)],
            vec![range(0..2, 1.0), range(2..6, 0.5)],
            vec![range(1..2, 1.0), range(3..4, 1.0), range(4..5, 2.0)],
        ] {
            let (factors, takes_part) = Scope::Ranges(ranges.clone()).tensors(&device, 6);
            assert_eq!(Scope::Tensors { factors, takes_part }.ranges(6), ranges);
        }
    }

    #[test]
    fn long_runs_end_where_the_value_changes() {
        for length in [1, 63, 64, 65, 128, 200] {
            let values = [vec![1.0; length], vec![2.0; length + 1], vec![1.0]].concat();
            let expected = [(0..length, 1.0), (length..2 * length + 1, 2.0), (2 * length + 1..2 * length + 2, 1.0)];
            assert_eq!(runs(&values).collect::<Vec<_>>(), expected);
        }
        assert_eq!(runs::<f32>(&[]).count(), 0);
        assert_eq!(runs(&[f32::NAN; 3]).map(|(run, _)| run).collect::<Vec<_>>(), [0..1, 1..2, 2..3]);
    }

    #[test]
    fn factors_of_one_and_a_step_for_all_need_no_tensor() {
        let tensors = |ranges| Scope::Ranges(ranges).tensors(&Device::flex(), 4);
        let (factors, takes_part) = tensors(vec![range(0..1, 1.0), range(1..4, 1.0)]);
        assert!(factors.is_none() && takes_part.is_none());
        let (factors, takes_part) = tensors(vec![range(0..1, 3.0), range(1..2, 1.0)]);
        assert_eq!(factors.unwrap().into_data().try_to_vec::<f32>().unwrap(), [3.0, 1.0, 1.0, 1.0]);
        assert_eq!(takes_part.unwrap().into_data().try_to_vec::<bool>().unwrap(), [true, true, false, false]);
        assert_eq!(Scope::ALL.ranges(4)[..], [range(0..4, 1.0)]);
    }

    #[test]
    fn each_device_gets_the_form_that_needs_no_conversion() {
        let scope = Scope::Ranges(vec![range(0..4, 1.0)]);
        assert!(matches!(scope.on(&Device::flex(), 4), Scope::Ranges(_)));
        assert!(matches!(Scope::ALL.on(&Device::flex(), 4), Scope::Ranges(_)));
        #[allow(deprecated)]
        let other = Device::ndarray();
        assert!(matches!(scope.on(&other, 4), Scope::Tensors { factors: None, takes_part: None }));
    }
}
