//! The range of each component, from the config or from the observation space, and positions inside it.

use serde::Serialize;
use tilde_envs::Space;

use crate::invalid_value::{InvalidValue, require};

use super::grid::MAX_FEATURES;

/// A finite, not empty range for each component of an observation.
///
/// A component that cannot vary, such as the row in a gridworld with one row, gets a range of length max(1, |v|) with
/// its one value v in the middle, so that its position is finite.
pub struct Ranges {
    /// Lower ends.
    pub low: Vec<f64>,
    /// Upper ends.
    pub high: Vec<f64>,
    /// Whether a component can vary.
    varies: Vec<bool>,
}

impl Ranges {
    /// The given ends; where a list is absent, the space's.
    ///
    /// # Errors
    /// If a list has the wrong length, a range is infinite, or one is empty although its component can vary.
    pub fn new(low: &Option<Vec<f64>>, high: &Option<Vec<f64>>, space: &Space) -> Result<Ranges, InvalidValue> {
        Ranges::with_margin(low, high, space, 0.0)
    }

    /// As [`Ranges::new`], for maps that cut a range into cells: the n integers of a discrete component lie half a cell
    /// from the ends, in [−0.5, n − 0.5], so that n cells hold one integer each.
    ///
    /// # Errors
    /// As [`Ranges::new`].
    pub fn of_cells(low: &Option<Vec<f64>>, high: &Option<Vec<f64>>, space: &Space) -> Result<Ranges, InvalidValue> {
        let margin = if matches!(space, Space::Box { .. }) { 0.0 } else { 0.5 };
        Ranges::with_margin(low, high, space, margin)
    }

    fn with_margin(
        low: &Option<Vec<f64>>,
        high: &Option<Vec<f64>>,
        space: &Space,
        margin: f64,
    ) -> Result<Ranges, InvalidValue> {
        let mut low = ends(low, "low", space, |component| f64::from(space.bounds(component).0) - margin)?;
        let mut high = ends(high, "high", space, |component| f64::from(space.bounds(component).1) + margin)?;
        let mut varies = vec![true; space.len()];
        for (component, (low, high)) in low.iter_mut().zip(&mut high).enumerate() {
            let (least, most) = space.bounds(component);
            if least == most && low == high {
                varies[component] = false;
                let half = 0.5 * low.abs().max(1.0);
                (*low, *high) = (*low - half, *high + half);
            }
            check(component, *low, *high)?;
        }
        Ok(Ranges { low, high, varies })
    }

    /// `counts` of each component's parts, but one where the component cannot vary: more would only repeat it.
    pub fn one_where_constant(&self, counts: Vec<u32>) -> Vec<u32> {
        counts.into_iter().zip(&self.varies).map(|(count, &varies)| if varies { count } else { 1 }).collect()
    }

    /// An axis for each component, on which its range is `units[component]` long.
    pub fn axes(&self, units: &[u32]) -> Vec<ComponentScale> {
        let ranges = self.low.iter().zip(&self.high).zip(units);
        let axis = |((low, high), &units): ((&f64, &f64), &u32)| ComponentScale {
            low: *low as f32,
            factor: (f64::from(units) / (high - low)) as f32,
            units: units as f32,
        };
        ranges.map(axis).collect()
    }
}

fn ends(
    given: &Option<Vec<f64>>,
    key: &str,
    space: &Space,
    of_space: impl Fn(usize) -> f64,
) -> Result<Vec<f64>, InvalidValue> {
    let Some(given) = given else { return Ok((0..space.len()).map(of_space).collect()) };
    require(given.len() == space.len(), key, || {
        format!("has {} numbers, but an observation has {}", given.len(), space.len())
    })?;
    Ok(given.clone())
}

fn check(component: usize, low: f64, high: f64) -> Result<(), InvalidValue> {
    require((low as f32).is_finite() && (high as f32).is_finite(), "", || {
        format!(
            "component {component} of the observation has no finite range ({low} to {high}): give `low` and `high`, \
             one number per component"
        )
    })?;
    // A range so small that a cell's reciprocal overflows counts as empty: positions in it would be infinite.
    require(low < high && ((MAX_FEATURES as f64 / (high - low)) as f32).is_finite(), "", || {
        format!("the range of component {component} is empty: {low} to {high}: give it a `high` above its `low`")
    })
}

/// One component's range, measured from its lower end in units of a map's choice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComponentScale {
    low: f32,
    factor: f32,
    units: f32,
}

impl ComponentScale {
    /// An axis of the numbers 0 to `units` themselves.
    pub fn of_integers(units: u32) -> ComponentScale {
        ComponentScale { low: 0.0, factor: 1.0, units: units as f32 }
    }

    /// How many units `value` lies above the lower end; a value outside the range counts as the end that it is beyond.
    #[inline]
    pub fn position(&self, value: f32) -> f32 {
        ((value - self.low) * self.factor).clamp(0.0, self.units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_end_goes_before_the_spaces() {
        let space = Space::Box { low: vec![-2.0, 0.0], high: vec![2.0, f32::INFINITY] };
        let ranges = Ranges::new(&None, &Some(vec![1.0, 10.0]), &space).unwrap();
        assert_eq!((ranges.low, ranges.high), (vec![-2.0, 0.0], vec![1.0, 10.0]));
    }

    #[test]
    fn integers_lie_half_a_cell_inside_unless_the_ends_are_given() {
        let space = Space::MultiDiscrete { sizes: vec![3, 1] };
        let ranges = Ranges::of_cells(&None, &None, &space).unwrap();
        assert_eq!((ranges.low, ranges.high), (vec![-0.5, -0.5], vec![2.5, 0.5]));
        let ranges = Ranges::of_cells(&Some(vec![0.0, -1.0]), &None, &space).unwrap();
        assert_eq!((ranges.low, ranges.high), (vec![0.0, -1.0], vec![2.5, 0.5]));
    }

    #[test]
    fn a_component_that_cannot_vary_lies_in_the_middle_of_a_range_of_its_own() {
        let row = Space::MultiDiscrete { sizes: vec![1, 5] };
        let fixed = Space::Box { low: vec![-8.0, 1e30], high: vec![-8.0, 1e30] };
        let ranges = Ranges::new(&None, &None, &row).unwrap();
        assert_eq!((&ranges.low, &ranges.high), (&vec![-0.5, 0.0], &vec![0.5, 4.0]));
        assert_eq!(ranges.one_where_constant(vec![7, 7]), [1, 7]);
        let ranges = Ranges::new(&None, &None, &fixed).unwrap();
        assert_eq!((ranges.low[0], ranges.high[0]), (-12.0, -4.0));
        let axes = ranges.axes(&[3, 4]);
        assert_eq!([axes[0].position(-8.0), axes[1].position(1e30)], [1.5, 2.0]);
        // Given ends are used; equal ones are an error where the component can vary.
        let given = |low, high| Ranges::new(&Some(low), &Some(high), &row).map(|ranges| (ranges.low, ranges.high));
        assert_eq!(given(vec![0.0, 0.0], vec![0.0, 9.0]), Ok((vec![-0.5, 0.0], vec![0.5, 9.0])));
        assert_eq!(given(vec![-1.0, 0.0], vec![0.0, 9.0]), Ok((vec![-1.0, 0.0], vec![0.0, 9.0])));
        assert!(given(vec![0.0, 3.0], vec![0.0, 3.0]).unwrap_err().to_string().contains("component 1 is empty"));
    }

    #[test]
    fn positions_run_from_zero_to_the_units_and_stop_there() {
        let space = Space::Box { low: vec![-1.0], high: vec![3.0] };
        let axis = &Ranges::new(&None, &None, &space).unwrap().axes(&[8])[0];
        let positions = [-1.0, 0.0, 1.25, 3.0, -9.0, 9.0, f32::INFINITY].map(|value| axis.position(value));
        assert_eq!(positions, [0.0, 2.0, 4.5, 8.0, 0.0, 8.0, 8.0]);
    }

    #[test]
    fn infinite_and_empty_ranges_are_refused() {
        let space = Space::Box { low: vec![0.0, 0.0], high: vec![1.0, f32::INFINITY] };
        let build = |low, high| Ranges::new(&low, &high, &space).map(|_| ()).unwrap_err().to_string();
        assert!(build(None, None).contains("component 1 of the observation has no finite range (0 to inf)"));
        assert!(build(None, Some(vec![0.0, 1.0])).contains("range of component 0 is empty: 0 to 0"));
        assert!(build(None, Some(vec![1.0, 1e-40])).contains("range of component 1 is empty"));
        assert_eq!(build(Some(vec![0.0]), None), "low: has 1 numbers, but an observation has 2");
    }
}
