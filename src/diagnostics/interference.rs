//! What a step at one state changes at other states.

use crate::approx::Function;

/// The change of an output at state j, relative to that at state i, when gradient descent takes a small step for state i.
///
/// With the gradients gᵢ = ∂y(xᵢ)/∂θ it is (gᵢ · gⱼ) / (gᵢ · gᵢ): 0 where a step leaves the other state alone, as in a table,
/// 1 where it changes both alike, negative where it moves the other one the wrong way (Bengio et al. 2020). Optimizers with
/// moments scale the parameters, and interfere otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Interference {
    /// How many states there are.
    pub states: usize,
    /// `[states · states]`, row by row: row i is a step for state i.
    pub matrix: Vec<f64>,
}

impl Interference {
    /// Between states: observations, each with the output that a step is for. A state whose gradient is zero changes nothing.
    ///
    /// # Panics
    /// If an observation or an output is not one of the function's.
    pub fn between(function: &mut dyn Function, states: &[(&[f32], usize)]) -> Interference {
        let mut gradient = |(observation, output): (&[f32], usize)| {
            let outputs = function.record(observation).len();
            let mut derivative = vec![0.0; outputs];
            derivative[output] = 1.0;
            function.gradient(&derivative)
        };
        let gradients: Vec<Vec<f32>> = states.iter().map(|&state| gradient(state)).collect();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let row = |own: &Vec<f32>| {
            let size = dot(own, own);
            let relative = move |product: f64| if size > 0.0 { product / size } else { 0.0 };
            gradients.iter().map(|other| relative(dot(own, other))).collect::<Vec<_>>()
        };
        Interference { states: states.len(), matrix: gradients.iter().flat_map(row).collect() }
    }

    /// The numbers of different states.
    pub fn others(&self) -> impl Iterator<Item = f64> + '_ {
        let places = self.matrix.iter().enumerate();
        places.filter(|(place, _)| place / self.states != place % self.states).map(|(_, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::{ApproximatorConfig, FunctionSetup};
    use crate::device::Backend;
    use crate::optim::{OptimizerConfig, SgdConfig};
    use crate::rng::{Stream, stream};
    use tilde_envs::Space;

    fn between(approximator: &str, space: &Space, states: &[(&[f32], usize)]) -> Interference {
        let config: ApproximatorConfig = toml::from_str(approximator).unwrap();
        let optimizer = OptimizerConfig::from(SgdConfig::constant(0.1));
        let setup = FunctionSetup { optimizer: &optimizer, space, outputs: 2, budget: 1, backend: Backend::default() };
        Interference::between(config.build(&setup, &mut stream(0, Stream::Init)).as_mut(), states)
    }

    #[test]
    fn states_of_a_table_leave_each_other_alone() {
        let states: [(&[f32], usize); 3] = [(&[0.0], 0), (&[2.0], 0), (&[0.0], 1)];
        let found = between("features = 'one_hot'", &Space::Discrete { n: 3 }, &states);
        assert_eq!(found.matrix, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(found.others().collect::<Vec<_>>(), [0.0; 6]);
    }

    #[test]
    fn a_linear_function_has_the_products_of_its_features() {
        // Weights for x and a bias: the gradients are (1, 1), (2, 1) and (−1, 1).
        let space = Space::Box { low: vec![-2.0], high: vec![2.0] };
        let states: [(&[f32], usize); 3] = [(&[1.0], 0), (&[2.0], 0), (&[-1.0], 0)];
        let found = between("features = 'identity'", &space, &states);
        assert_eq!(found.matrix, [1.0, 1.5, 0.0, 0.6, 1.0, -0.2, 0.0, -0.5, 1.0]);
    }
}
