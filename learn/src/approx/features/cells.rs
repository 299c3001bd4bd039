//! A space cut into cells, exactly one of which holds the observation: what `one_hot` and `bins` have in common.

use serde::Serialize;

use super::SparseMap;
use super::feature_map::constants;
use super::grid::strides;
use super::ranges::ComponentScale;

/// The joint cells of all components.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cells {
    sides: Vec<Side>,
    len: usize,
}

/// One component's cells.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Side {
    axis: ComponentScale,
    last: u32,
    stride: u32,
}

impl Cells {
    /// `sizes[component]` cells of one unit of the component's axis each, `len` in all.
    pub fn new(axes: Vec<ComponentScale>, sizes: &[u32], len: usize) -> Cells {
        let parts = axes.into_iter().zip(sizes).zip(strides(sizes));
        Cells { sides: parts.map(|((axis, size), stride)| Side { axis, last: size - 1, stride }).collect(), len }
    }

    /// The number of the cell that holds `observation`.
    #[inline]
    fn number(&self, observation: &[f32]) -> u32 {
        assert_eq!(observation.len(), self.sides.len(), "an observation has one value per component");
        // the upper end of the range belongs to the last cell: no cell begins there
        let part = |(side, &value): (&Side, &f32)| (side.axis.position(value) as u32).min(side.last) * side.stride;
        self.sides.iter().zip(observation).map(part).sum()
    }
}

impl SparseMap for Cells {
    fn constants(&self) -> serde_json::Value {
        constants(self)
    }

    fn len(&self) -> usize {
        self.len
    }

    /// One: the cells do not overlap.
    fn active(&self) -> usize {
        1
    }

    #[inline]
    fn encode_active(&self, observation: &[f32], active: &mut [u32]) {
        active[0] = self.number(observation);
    }
}
