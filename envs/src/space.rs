//! Where observations lie, in Gymnasium's terms.

/// A space of observations. An observation is always a slice of `f32`, [`Space::len`] long.
#[derive(Clone, Debug, PartialEq)]
pub enum Space {
    /// One of `n` states, written as its index: a slice of length 1.
    Discrete {
        /// The number of states.
        n: usize,
    },
    /// A vector of integers, component `i` in `0..sizes[i]`; a gridworld's (row, column), for example.
    MultiDiscrete {
        /// How many values each component can take.
        sizes: Vec<usize>,
    },
    /// A box of real numbers. Bounds may be infinite.
    Box {
        /// Lower bound of each component, inclusive.
        low: Vec<f32>,
        /// Upper bound of each component, inclusive.
        high: Vec<f32>,
    },
}

impl Space {
    /// How many numbers an observation has.
    #[allow(clippy::len_without_is_empty)] // an observation is never empty
    pub fn len(&self) -> usize {
        match self {
            Space::Discrete { .. } => 1,
            Space::MultiDiscrete { sizes } => sizes.len(),
            Space::Box { low, .. } => low.len(),
        }
    }

    /// The extents of an observation as an array, whose product is [`Space::len`]: those of a vector are its length alone.
    pub fn shape(&self) -> Vec<usize> {
        vec![self.len()]
    }

    /// The inclusive range of one component.
    ///
    /// # Panics
    /// If the observation has no such component.
    pub fn bounds(&self, component: usize) -> (f32, f32) {
        assert!(component < self.len(), "component {component} of an observation with {}", self.len());
        match self {
            Space::Discrete { n } => (0.0, (*n - 1) as f32),
            Space::MultiDiscrete { sizes } => (0.0, (sizes[component] - 1) as f32),
            Space::Box { low, high } => (low[component], high[component]),
        }
    }

    /// Whether `observation` has the right length and lies inside; integers where the space is discrete.
    pub fn contains(&self, observation: &[f32]) -> bool {
        let whole = !matches!(self, Space::Box { .. });
        observation.len() == self.len()
            && observation.iter().enumerate().all(|(component, &value)| {
                let (low, high) = self.bounds(component);
                low <= value && value <= high && (!whole || value.fract() == 0.0)
            })
    }
}

impl std::fmt::Display for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Space::Discrete { n } => write!(f, "Discrete({n})"),
            Space::MultiDiscrete { sizes } => write!(f, "MultiDiscrete({sizes:?})"),
            Space::Box { low, high } => write!(f, "Box({low:?}, {high:?})"),
        }
    }
}
