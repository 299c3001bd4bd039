//! Where the numbers of a sample lie.

use serde::Serialize;

use crate::stats::{mean, median};

/// Mean, standard deviation and range of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// Standard deviation with n − 1 in the denominator; `None` for a single number.
    pub sd: Option<f64>,
    /// The lowest number.
    pub min: f64,
    /// The middle number, or the mean of the two middle ones.
    pub median: f64,
    /// The highest number.
    pub max: f64,
}

impl Spread {
    /// That of `sample`; `None` if it is empty or has NaN.
    pub fn of(sample: &[f64]) -> Option<Spread> {
        let (mean, median) = (mean(sample)?, median(sample)?);
        let squares = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        Some(Spread {
            mean,
            sd: (sample.len() > 1).then(|| (squares / (sample.len() - 1) as f64).sqrt()),
            min: sample.iter().copied().fold(f64::INFINITY, f64::min),
            median,
            max: sample.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_as_worked_out_by_hand() {
        let expected = Spread { mean: 5.0, sd: Some(10.0_f64.sqrt()), min: 2.0, median: 4.0, max: 10.0 };
        assert_eq!(Spread::of(&[4.0, 2.0, 10.0, 3.0, 6.0]), Some(expected)); // squares: 1 + 9 + 25 + 4 + 1 = 40
        let of_two = Spread::of(&[1.0, 2.0]).unwrap();
        assert_eq!((of_two.median, of_two.sd), (1.5, Some(0.5_f64.sqrt())));
        assert_eq!(Spread::of(&[3.0]), Some(Spread { mean: 3.0, sd: None, min: 3.0, median: 3.0, max: 3.0 }));
        assert_eq!((Spread::of(&[]), Spread::of(&[f64::NAN])), (None, None));
    }
}
