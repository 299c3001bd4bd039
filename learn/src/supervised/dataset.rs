//! A data set: inputs, and numbers or classes to be learned.

/// Inputs with their targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// `[N · C]`.
    inputs: Vec<f32>,
    /// C.
    components: usize,
    targets: Targets,
}

/// What is to be learned, for each input. It decides the loss.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Numbers `[N · O]`: least squares.
    Numbers {
        /// The numbers.
        values: Vec<f32>,
        /// O.
        outputs: usize,
    },
    /// The number of a class: softmax and cross-entropy.
    Classes(Vec<usize>),
}

impl Dataset {
    /// Inputs `[N · C]` with numbers `[N · O]`.
    ///
    /// # Panics
    /// If there are not as many rows of both.
    pub fn of_numbers(inputs: Vec<f32>, components: usize, values: Vec<f32>, outputs: usize) -> Dataset {
        let rows = inputs.len() / components;
        assert_eq!(
            (inputs.len(), values.len()),
            (rows * components, rows * outputs),
            "a row of targets for each input"
        );
        Dataset { inputs, components, targets: Targets::Numbers { values, outputs } }
    }

    /// Inputs `[N · C]` with classes `[N]`.
    ///
    /// # Panics
    /// If there is not a class for each input.
    pub fn of_classes(inputs: Vec<f32>, components: usize, classes: Vec<usize>) -> Dataset {
        assert_eq!(inputs.len(), classes.len() * components, "a class for each input");
        Dataset { inputs, components, targets: Targets::Classes(classes) }
    }

    /// N.
    pub fn rows(&self) -> usize {
        self.inputs.len() / self.components
    }

    /// C.
    pub fn components(&self) -> usize {
        self.components
    }

    /// `[N · C]`.
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    /// What is to be learned.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn select(&self, rows: &[usize]) -> Dataset {
        let take = |numbers: &[f32], width: usize| -> Vec<f32> {
            rows.iter().flat_map(|row| &numbers[row * width..(row + 1) * width]).copied().collect()
        };
        let targets = match &self.targets {
            Targets::Numbers { values, outputs } => {
                Targets::Numbers { values: take(values, *outputs), outputs: *outputs }
            }
            Targets::Classes(classes) => Targets::Classes(rows.iter().map(|row| classes[*row]).collect()),
        };
        Dataset { inputs: take(&self.inputs, self.components), components: self.components, targets }
    }
}
