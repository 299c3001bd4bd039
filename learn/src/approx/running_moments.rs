//! Running mean and variance of a stream of rows.

use serde::{Deserialize, Serialize};
use tilde_envs::StateError;

/// Mean and variance of each component of all rows so far, in 64 bits.
///
/// A batch is merged by the formula of Chan, Golub & LeVeque (1979), as in Gymnasium's and Stable-Baselines3's `RunningMeanStd`. Like
/// theirs, they begin with a mean of 0 and a variance of 1, which count as much as a ten-thousandth of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningMoments {
    count: f64,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

/// What the mean and the variance of the beginning count for.
const FIRST_COUNT: f64 = 1e-4;

impl RunningMoments {
    /// The moments of rows of `components` numbers, before the first one.
    pub fn new(components: usize) -> RunningMoments {
        RunningMoments { count: FIRST_COUNT, mean: vec![0.0; components], variance: vec![1.0; components] }
    }

    /// Merges a batch of rows `[B · C]`.
    ///
    /// # Panics
    /// If they are no whole number of rows, or none.
    pub fn update<T: Copy + Into<f64>>(&mut self, rows: &[T]) {
        let components = self.mean.len();
        assert!(!rows.is_empty() && rows.len().is_multiple_of(components), "whole rows, one or more");
        let batch = (rows.len() / components) as f64;
        let total = self.count + batch;
        for (component, (mean, variance)) in self.mean.iter_mut().zip(&mut self.variance).enumerate() {
            let column = || rows[component..].iter().step_by(components).map(|&number| number.into());
            let batch_mean = column().sum::<f64>() / batch;
            let batch_squares = column().map(|number| (number - batch_mean).powi(2)).sum::<f64>();
            let delta = batch_mean - *mean;
            *mean += delta * batch / total;
            let squares = *variance * self.count + batch_squares + delta.powi(2) * self.count * batch / total;
            *variance = squares / total;
        }
        self.count = total;
    }

    /// The mean of each component.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The variance of each component: the mean squared distance from the mean.
    pub fn variance(&self) -> &[f64] {
        &self.variance
    }

    /// How many rows there were.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// Checks moments from a file: of rows of `components` numbers, and possible.
    ///
    /// # Errors
    /// If they are of other rows, or no moments at all.
    pub fn check(&self, components: usize) -> Result<(), StateError> {
        if [self.mean.len(), self.variance.len()] != [components; 2] {
            let found = self.mean.len();
            return Err(StateError(format!("the moments of observations of {found} components, not {components}")));
        }
        // After a diverged run they may be no finite numbers.
        if self.count < FIRST_COUNT || self.variance.iter().any(|&variance| variance < 0.0) {
            return Err(StateError("a count or a variance below what is possible".to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `RunningMeanStd(shape=(2,), epsilon=1e-4)` of Gymnasium 1.4.0.
    #[test]
    fn moments_of_batches_are_those_of_gymnasium() {
        let mut moments = RunningMoments::new(2);
        for batch in [[1.0_f32, -2.0, 3.0, 4.0], [0.5, 10.0, 2.0, -6.0], [7.0, 0.0, -1.0, 1.0]] {
            moments.update(&batch);
        }
        let close = |found: &[f64], expected: [f64; 2]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-13);
        assert!(close(moments.mean(), [2.083_298_611_689_805, 1.166_647_222_546_290_7]), "{moments:?}");
        assert!(close(moments.variance(), [6.368_038_425_005_822, 24.805_181_487_337_876]), "{moments:?}");
        assert_eq!(moments.count(), 6.0001);
    }

    /// 1, 2, 3, 6 have the mean 3 and the squared distances 4, 1, 0, 9; the beginning counts for nearly nothing.
    #[test]
    fn one_by_one_and_together_the_moments_are_those_worked_out_by_hand() {
        let (mut together, mut alone) = (RunningMoments::new(1), RunningMoments::new(1));
        together.update(&[1.0_f64, 2.0, 3.0, 6.0]);
        [1.0_f64, 2.0, 3.0, 6.0].iter().for_each(|number| alone.update(&[*number]));
        for moments in [together, alone] {
            assert!(
                (moments.mean()[0] - 3.0).abs() < 1e-3 && (moments.variance()[0] - 3.5).abs() < 1e-3,
                "{moments:?}"
            );
        }
    }

    #[test]
    fn moments_of_other_rows_and_impossible_ones_are_refused() {
        let moments = RunningMoments::new(2);
        assert_eq!(moments.check(2), Ok(()));
        assert!(moments.check(3).unwrap_err().0.contains("2 components, not 3"));
        assert!(RunningMoments { variance: vec![1.0, -1.0], ..moments.clone() }.check(2).is_err());
        assert!(RunningMoments { count: 0.0, ..moments.clone() }.check(2).is_err());
        assert!(RunningMoments { variance: vec![1.0], ..moments }.check(2).is_err());
    }
}
