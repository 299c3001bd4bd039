//! What variants are compared by.

use super::quantity::Quantity;

/// What variants are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The return of the final evaluation, or of the last training episodes where nothing was evaluated.
    FinalReturn,
    /// The mean height of the learning curve (AUC). It says how fast a variant learns, where all reach the same final return.
    MeanReturn,
    /// The last error of the values against the exact solution, for algorithms whose policy is given.
    ValueError,
}

impl Measure {
    /// 1 where more is better, −1 where less is better.
    pub fn sign(self) -> f64 {
        match self {
            Measure::FinalReturn | Measure::MeanReturn => 1.0,
            Measure::ValueError => -1.0,
        }
    }

    /// The quantity that is measured.
    pub fn quantity(self) -> Quantity {
        match self {
            Measure::FinalReturn | Measure::MeanReturn => Quantity::Return,
            Measure::ValueError => Quantity::ValueError,
        }
    }
}
