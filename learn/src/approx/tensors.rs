//! A function's parameters as named tensors, in the order of axes that PyTorch has, for files that other programs read.
//!
//! A function keeps its parameters in one row ([`FunctionState::parameters`](super::FunctionState::parameters)), in
//! which the weights of a linear layer lie as `[inputs, outputs]`, and those of a convolution as
//! `[height, width, inputs, filters]`. PyTorch has `[outputs, inputs]` and `[filters, inputs, height, width]`.

/// A tensor of a function's parameters. Together, a function's tensors are all its parameters, in the order of its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterTensor {
    /// Its name within the function, such as `layers.0.weight`.
    pub name: String,
    /// Its extents, in PyTorch's order.
    pub shape: Vec<usize>,
    /// The extents of its numbers in the row.
    stored: Vec<usize>,
    /// Which of these extents is the first, the second … of `shape`. Where `shape` has fewer, the last ones are one.
    axes: Vec<usize>,
}

impl ParameterTensor {
    /// A tensor whose numbers lie in the row as they do in a file.
    pub fn new(name: impl Into<String>, shape: Vec<usize>) -> ParameterTensor {
        let axes = (0..shape.len()).collect();
        ParameterTensor { name: name.into(), stored: shape.clone(), axes, shape }
    }

    /// The weights `[inputs, outputs]` of a linear layer.
    pub fn linear(name: impl Into<String>, inputs: usize, outputs: usize) -> ParameterTensor {
        let (shape, stored) = (vec![outputs, inputs], vec![inputs, outputs]);
        ParameterTensor { name: name.into(), shape, stored, axes: vec![1, 0] }
    }

    /// The weights of a linear layer whose inputs are an image `[height, width, channels]` in one row. In PyTorch, the
    /// channels of an image come first, so that `torch.flatten` has another order of inputs.
    pub fn linear_over_image(name: impl Into<String>, image: [usize; 3], outputs: usize) -> ParameterTensor {
        let [height, width, channels] = image;
        let shape = vec![outputs, channels * height * width];
        let stored = vec![height, width, channels, outputs];
        ParameterTensor { name: name.into(), shape, stored, axes: vec![3, 2, 0, 1] }
    }

    /// The weights `[height, width, inputs, filters]` of a convolution.
    pub fn convolution(name: impl Into<String>, stored: [usize; 4]) -> ParameterTensor {
        let [height, width, inputs, filters] = stored;
        let shape = vec![filters, inputs, height, width];
        ParameterTensor { name: name.into(), shape, stored: stored.to_vec(), axes: vec![3, 2, 0, 1] }
    }

    /// How many numbers it has.
    #[allow(clippy::len_without_is_empty)] // a layer has weights
    pub fn len(&self) -> usize {
        self.stored.iter().product()
    }

    /// Its numbers in the order of a file, from those in the row.
    ///
    /// # Panics
    /// If there are not [`ParameterTensor::len`] numbers.
    pub fn to_file(&self, stored: &[f32]) -> Vec<f32> {
        self.places().into_iter().map(|place| stored[place]).collect()
    }

    /// Its numbers as they lie in the row, from those in the order of a file.
    ///
    /// # Panics
    /// If there are not [`ParameterTensor::len`] numbers.
    pub fn to_stored(&self, file: &[f32]) -> Vec<f32> {
        assert_eq!(file.len(), self.len(), "one number for each place of `{}`", self.name);
        let mut stored = vec![0.0; file.len()];
        self.places().into_iter().zip(file).for_each(|(place, value)| stored[place] = *value);
        stored
    }

    /// For each number in the order of a file, its place in the row.
    fn places(&self) -> Vec<usize> {
        let stride = |axis: usize| self.stored[axis + 1..].iter().product::<usize>();
        let mut places = vec![0];
        for &axis in &self.axes {
            let steps = || (0..self.stored[axis]).map(|index| index * stride(axis));
            places = places.iter().flat_map(|place| steps().map(move |step| place + step)).collect();
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|index| index as f32).collect()
    }

    #[test]
    fn a_linear_layer_is_transposed() {
        let tensor = ParameterTensor::linear("w", 2, 3);
        assert_eq!(tensor.shape, [3, 2]);
        assert_eq!(tensor.to_file(&numbers(6)), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    }

    #[test]
    fn the_number_of_a_filter_its_input_row_and_column_is_found_by_these() {
        let [height, width, inputs, filters] = [2, 3, 4, 5];
        let tensor = ParameterTensor::convolution("w", [height, width, inputs, filters]);
        assert_eq!(tensor.shape, [5, 4, 2, 3]);
        let file = tensor.to_file(&numbers(120));
        let place = |[f, i, y, x]: [usize; 4]| ((f * inputs + i) * height + y) * width + x;
        let stored = |[f, i, y, x]: [usize; 4]| ((y * width + x) * inputs + i) * filters + f;
        for at in [[0, 0, 0, 1], [4, 3, 1, 2], [2, 1, 0, 2], [1, 0, 1, 0]] {
            assert_eq!(file[place(at)], stored(at) as f32);
        }
    }

    #[test]
    fn a_layer_over_an_image_has_the_channels_first() {
        let tensor = ParameterTensor::linear_over_image("w", [1, 2, 3], 1);
        assert_eq!((&tensor.shape[..], tensor.to_file(&numbers(6))), (&[1, 6][..], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
    }

    #[test]
    fn there_and_back_nothing_changes() {
        let tensors = [
            ParameterTensor::new("b", vec![4, 2]),
            ParameterTensor::linear("w", 4, 3),
            ParameterTensor::linear_over_image("w", [3, 2, 4], 5),
            ParameterTensor::convolution("w", [3, 3, 2, 4]),
        ];
        for tensor in tensors {
            let stored = numbers(tensor.len());
            assert_eq!(tensor.to_stored(&tensor.to_file(&stored)), stored, "{tensor:?}");
        }
    }
}
