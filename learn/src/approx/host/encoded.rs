//! A batch of observations as an approximator sees them.

use crate::approx::FeatureMap;
use crate::kernels::scratch::Scratch;

/// Features of a batch: rows of numbers, or, where nearly all of them are zero, the numbers of those features that are
/// one.
///
/// Buffers are kept from batch to batch, so encoding allocates only while batches grow.
#[derive(Debug, Default)]
pub struct Encoded {
    batch: usize,
    /// `[B · F]` at the beginning; empty for a sparse map.
    dense: Scratch,
    /// `[B · K]` at the beginning, the K active features of each row; empty for a dense map.
    active: Scratch<u32>,
    /// F of a dense map, or 0.
    features: usize,
    /// K, or 0 for a dense map.
    per_row: usize,
}

impl Encoded {
    /// Encodes observations that lie one after another, `[B · components]`.
    ///
    /// # Panics
    /// If the observations are no whole number of rows.
    pub fn encode(&mut self, map: &FeatureMap, observations: &[f32], components: usize) {
        assert!(observations.len().is_multiple_of(components), "observations [B · {components}]");
        self.batch = observations.len() / components;
        match map.active() {
            Some(per_row) => {
                self.per_row = per_row;
                map.encode_active_all(observations, components, self.active.make(self.batch * per_row));
            }
            None => {
                self.features = map.len();
                map.encode_all(observations, components, self.dense.make(self.batch * map.len()));
            }
        }
    }

    /// B.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The features `[B · F]` of a dense map.
    pub fn dense(&self) -> &[f32] {
        self.dense.first(self.batch * self.features)
    }

    /// The active features `[B · K]` of a sparse map, and K; nothing for a dense one.
    pub fn active(&self) -> Option<(&[u32], usize)> {
        (self.per_row > 0).then(|| (self.active.first(self.batch * self.per_row), self.per_row))
    }
}
