//! A gradient with respect to all parameters of an approximator, most of which may be zero.

use serde::{Deserialize, Serialize};

use super::Encoded;
use crate::approx::Shape;
use crate::optim::ParamRange;

/// Numbers in the order of the parameters, and the ranges of them that are not zero.
///
/// With sparse features only the weights of active features have a gradient. Their rows of the first layer are kept as
/// ranges, so that adding, decaying, stepping and setting to zero cost what is active, not what there is.
#[derive(Clone, Debug)]
pub struct Gradient {
    values: Vec<f32>,
    ranges: Vec<ParamRange>,
    /// Which rows of the first layer have a range, and, last, whether all parameters behind them have one; empty for
    /// dense features.
    has_range: Vec<bool>,
    /// Width of a row of the first layer.
    row: usize,
    /// How many rows that layer has.
    features: usize,
    /// One range of all parameters.
    whole: ParamRange,
    /// The ranges of dense features whose gradient is not zero; a buffer that is used again.
    touched: Vec<ParamRange>,
}

impl Gradient {
    /// A zero gradient of an approximator with this shape, over sparse features or dense ones. `factors` are those on
    /// the learning rate of each feature's weights, where there are any.
    pub fn new(shape: &Shape, sparse: bool, factors: Option<&[f32]>) -> Gradient {
        let (parameters, features, row) = (shape.parameters(), shape.features(), shape.widths[1]);
        let has_range = if sparse { vec![false; features + 1] } else { Vec::new() };
        let ranges = match factors {
            _ if sparse => Vec::new(),
            None => vec![ParamRange { range: 0..parameters, factor: 1.0 }],
            Some(factors) => {
                let rows =
                    factors.iter().enumerate().map(|(f, &factor)| ParamRange { range: f * row..(f + 1) * row, factor });
                rows.chain([ParamRange { range: features * row..parameters, factor: 1.0 }]).collect()
            }
        };
        let whole = ParamRange { range: 0..parameters, factor: 1.0 };
        Gradient { values: vec![0.0; parameters], ranges, has_range, row, features, whole, touched: Vec::new() }
    }

    /// All numbers, `[P]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers, `[P]`, to add to; only inside the ranges.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Where numbers may differ from zero.
    pub fn ranges(&self) -> &[ParamRange] {
        &self.ranges
    }

    /// All numbers, and the ranges that a step of an optimizer is for.
    ///
    /// With `Some(true)` a step is for the weights of features with a gradient, and for all parameters behind the first
    /// layer's weights; with `Some(false)`, for all parameters, whatever their gradient. With `None` the two make no
    /// difference, and the ranges are those that cost least.
    pub fn to_step(&mut self, lazy: Option<bool>) -> (&[f32], &[ParamRange]) {
        let is_sparse = !self.has_range.is_empty();
        let ranges = match lazy {
            Some(false) if is_sparse => std::slice::from_ref(&self.whole),
            Some(true) if !is_sparse => {
                self.touch();
                &self.touched
            }
            _ => &self.ranges,
        };
        (&self.values, ranges)
    }

    /// Finds the rows of dense features that are not all zero, as ranges, with neighbours joined.
    fn touch(&mut self) {
        let Gradient { values, ranges, row, features, touched, .. } = self;
        let factor = |feature: usize| if ranges.len() > 1 { ranges[feature].factor } else { 1.0 };
        touched.clear();
        let rows = (0..*features).map(|feature| (feature * *row..(feature + 1) * *row, factor(feature)));
        let is_touched = |range: &std::ops::Range<usize>| values[range.clone()].iter().any(|&value| value != 0.0);
        let rest = (*features * *row..values.len(), 1.0);
        for (range, factor) in rows.filter(|(range, _)| is_touched(range)).chain([rest]) {
            match touched.last_mut() {
                Some(last) if last.range.end == range.start && last.factor == factor => last.range.end = range.end,
                _ => touched.push(ParamRange { range, factor }),
            }
        }
    }

    /// Adds a range for every active feature of `input`, and one for all parameters behind the first layer's weights.
    pub fn cover(&mut self, input: &Encoded) {
        let Some((active, _)) = input.active() else { return };
        for &feature in active {
            self.add_range(feature as usize);
        }
        self.add_range(self.has_range.len() - 1);
    }

    fn add_range(&mut self, place: usize) {
        if std::mem::replace(&mut self.has_range[place], true) {
            return;
        }
        let start = place * self.row;
        let end = if place + 1 == self.has_range.len() { self.values.len() } else { start + self.row };
        self.ranges.push(ParamRange { range: start..end, factor: 1.0 });
    }

    /// Sets everything to zero.
    pub fn zero_gradient(&mut self) {
        for range in &self.ranges {
            self.values[range.range.clone()].fill(0.0);
        }
        if !self.has_range.is_empty() {
            for range in self.ranges.drain(..) {
                self.has_range[range.range.start / self.row] = false;
            }
        }
    }

    /// Multiplies everything by `factor`. With sparse features, ranges in which no number reaches `least` any more are
    /// set to zero and dropped.
    pub fn decay(&mut self, factor: f32, least: f32) {
        for range in &self.ranges {
            self.values[range.range.clone()].iter_mut().for_each(|value| *value *= factor);
        }
        if self.has_range.is_empty() {
            return;
        }
        let Gradient { values, ranges, has_range, row, .. } = self;
        ranges.retain(|range| {
            let alive = values[range.range.clone()].iter().any(|value| value.abs() >= least);
            if !alive {
                values[range.range.clone()].fill(0.0);
                has_range[range.range.start / *row] = false;
            }
            alive
        });
    }

    /// self ← factor · other, ranges included.
    pub fn set_scaled(&mut self, other: &Gradient, factor: f32) {
        self.zero_gradient();
        if !self.has_range.is_empty() {
            other.ranges.iter().for_each(|range| self.add_range(range.range.start / self.row));
        }
        for range in &other.ranges {
            let pairs = self.values[range.range.clone()].iter_mut().zip(&other.values[range.range.clone()]);
            pairs.for_each(|(to, from)| *to = factor * from);
        }
    }

    /// What a checkpoint keeps.
    pub fn save(&self) -> GradientState {
        let places =
            if self.has_range.is_empty() { Vec::new() } else { self.ranges.iter().map(|s| self.place(s)).collect() };
        GradientState { values: self.values.clone(), places }
    }

    /// Goes on from what [`Gradient::save`] returned. The order of the ranges is restored too: sums over them depend on
    /// it in their last bits.
    ///
    /// # Errors
    /// If it was saved by a gradient of another approximator.
    pub fn restore(&mut self, state: GradientState) -> Result<(), String> {
        let known = state.places.iter().all(|&place| place < self.has_range.len());
        if state.values.len() != self.values.len() || !known {
            return Err("the gradient of another approximator".to_owned());
        }
        self.zero_gradient();
        self.values = state.values;
        state.places.iter().for_each(|&place| self.add_range(place));
        if state.places.is_empty() {
            // Saved by an engine that does not tell them.
            let in_use = |place: &usize| {
                let rest = &self.values[place * self.row..];
                rest[..self.row.min(rest.len())].iter().any(|&value| value != 0.0)
            };
            let places: Vec<usize> = (0..self.has_range.len()).filter(in_use).collect();
            places.into_iter().for_each(|place| self.add_range(place));
        }
        Ok(())
    }

    /// The row of the first layer that is this range; the number of rows for the range behind them.
    fn place(&self, range: &ParamRange) -> usize {
        range.range.start / self.row
    }
}

/// What a checkpoint keeps of a [`Gradient`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradientState {
    values: Vec<f32>,
    places: Vec<usize>,
}

impl GradientState {
    /// The state of an engine that does not distinguish sparse features from dense ones.
    pub fn whole(values: Vec<f32>) -> GradientState {
        GradientState { values, places: Vec::new() }
    }

    /// All numbers, `[P]`.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::{Activation, FeatureMap, OneHotConfig};
    use tilde_envs::Space;

    fn table() -> (Shape, FeatureMap) {
        let map = FeatureMap::new(&OneHotConfig {}.into(), &Space::Discrete { n: 4 }).unwrap();
        (Shape { widths: vec![4, 2], activation: Activation::Relu, output_bias: false }, map)
    }

    fn ranges(gradient: &Gradient) -> Vec<(usize, usize)> {
        gradient.ranges().iter().map(|range| (range.range.start, range.range.end)).collect()
    }

    #[test]
    fn only_rows_of_active_features_have_ranges_each_once() {
        let (shape, map) = table();
        let mut input = Encoded::default();
        input.encode(&map, &[2.0, 0.0, 2.0], 1);
        let mut gradient = Gradient::new(&shape, true, None);
        gradient.cover(&input);
        assert_eq!(ranges(&gradient), [(4, 6), (0, 2), (8, 8)]);
        gradient.values_mut()[4] = 3.0;
        gradient.zero_gradient();
        assert!(ranges(&gradient).is_empty() && gradient.values().iter().all(|&value| value == 0.0));
        gradient.cover(&input);
        assert_eq!(gradient.ranges().len(), 3, "ranges that were dropped are added again");
    }

    #[test]
    fn ranges_that_decayed_to_nothing_are_dropped() {
        let (shape, map) = table();
        let mut input = Encoded::default();
        input.encode(&map, &[1.0, 3.0], 1);
        let mut gradient = Gradient::new(&shape, true, None);
        gradient.cover(&input);
        gradient.values_mut()[2] = 1.0;
        gradient.values_mut()[6] = 0.25;
        gradient.decay(0.5, 0.2);
        assert_eq!(ranges(&gradient), [(2, 4)]);
        assert_eq!(gradient.values()[2..8], [0.5, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_saved_gradient_comes_back_with_its_order() {
        let (shape, map) = table();
        let mut input = Encoded::default();
        input.encode(&map, &[3.0, 1.0], 1);
        let mut gradient = Gradient::new(&shape, true, None);
        gradient.cover(&input);
        gradient.values_mut()[3] = -2.0;
        let mut other = Gradient::new(&shape, true, None);
        other.restore(gradient.save()).unwrap();
        assert_eq!((other.values(), ranges(&other)), (gradient.values(), ranges(&gradient)));
        other.set_scaled(&gradient, 0.5);
        assert_eq!(other.values()[2..4], [0.0, -1.0]);
        let larger = Shape { widths: vec![5, 2], ..shape };
        assert!(Gradient::new(&larger, true, None).restore(gradient.save()).is_err());
    }
}
