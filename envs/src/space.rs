//! Where observations lie, in Gymnasium's terms.

/// A space of observations. An observation is a slice of [`Space::len`] numbers. Arrays are row-major, with the channels of a
/// cell next to each other.
#[derive(Clone, Debug, PartialEq)]
pub enum Space {
    /// One of `n` states, by its number from 0: one component.
    Discrete {
        /// The number of states.
        n: usize,
    },
    /// A vector of integers, component `i` in `0..sizes[i]`: for example (row, column) of a gridworld.
    MultiDiscrete {
        /// How many values each component can take.
        sizes: Vec<usize>,
    },
    /// A vector of real numbers in a box, whose bounds may be infinite.
    Box {
        /// Lower bound of each component, inclusive.
        low: Vec<f32>,
        /// Upper bound of each component, inclusive.
        high: Vec<f32>,
    },
    /// An array of zeros and ones: for example a board with a plane for each kind of piece.
    MultiBinary {
        /// The array's extents, the last of which changes fastest.
        shape: Vec<usize>,
    },
    /// An image of bytes: whole numbers from 0 to 255.
    Image {
        /// Height, width and channels.
        shape: [usize; 3],
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
            Space::MultiBinary { shape } => shape.iter().product(),
            Space::Image { shape } => shape.iter().product(),
        }
    }

    /// The shape of an observation as an array, whose product is [`Space::len`]. That of a vector is its length alone.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Space::Discrete { .. } | Space::MultiDiscrete { .. } | Space::Box { .. } => vec![self.len()],
            Space::MultiBinary { shape } => shape.clone(),
            Space::Image { shape } => shape.to_vec(),
        }
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
            Space::MultiBinary { .. } => (0.0, 1.0),
            Space::Image { .. } => (0.0, 255.0),
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
            Space::MultiBinary { shape } => match shape[..] {
                [n] => write!(f, "MultiBinary({n})"),
                _ => write!(f, "MultiBinary({})", tuple(shape)),
            },
            Space::Image { shape } => write!(f, "Box(0, 255, {}, uint8)", tuple(shape)),
        }
    }
}

/// Several numbers as Python writes a tuple.
fn tuple(numbers: &[usize]) -> String {
    format!("({})", numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> Space {
        Space::MultiBinary { shape: vec![2, 3, 1] }
    }

    const IMAGE: Space = Space::Image { shape: [1, 2, 3] };

    #[test]
    fn a_shape_has_as_many_cells_as_an_observation_has_numbers() {
        let vector = Space::MultiDiscrete { sizes: vec![4, 5] };
        let spaces =
            [(vector, vec![2]), (Space::Discrete { n: 9 }, vec![1]), (board(), vec![2, 3, 1]), (IMAGE, vec![1, 2, 3])];
        for (space, shape) in spaces {
            assert_eq!((space.shape(), space.len()), (shape.clone(), shape.iter().product()), "{space}");
        }
    }

    #[test]
    fn boards_hold_zeros_and_ones_and_images_bytes() {
        let inside = |space: &Space, value| space.contains(&vec![value; space.len()]);
        let values = [-1.0, 0.0, 0.5, 1.0, 2.0, 255.0, 256.0, f32::NAN];
        assert_eq!(values.map(|value| inside(&board(), value)), [false, true, false, true, false, false, false, false]);
        assert_eq!(values.map(|value| inside(&IMAGE, value)), [false, true, false, true, true, true, false, false]);
        assert!(!board().contains(&[0.0; 5]) && !IMAGE.contains(&[0.0; 7]));
        assert_eq!((board().bounds(5), IMAGE.bounds(5)), ((0.0, 1.0), (0.0, 255.0)));
    }

    /// As in `str(space)` of Gymnasium 1.4.0.
    #[test]
    fn spaces_are_written_as_gymnasium_writes_them() {
        assert_eq!(board().to_string(), "MultiBinary((2, 3, 1))");
        assert_eq!(Space::MultiBinary { shape: vec![5] }.to_string(), "MultiBinary(5)");
        assert_eq!(Space::Image { shape: [84, 84, 3] }.to_string(), "Box(0, 255, (84, 84, 3), uint8)");
        assert_eq!(Space::MultiDiscrete { sizes: vec![4, 4] }.to_string(), "MultiDiscrete([4, 4])");
    }
}
