//! The row of `updates.csv`.

use std::fmt::{Display, Formatter};

use crate::agents::Learned;
use crate::results::{OrEmpty, UPDATES_HEADER};

/// The rounds of learning of an interval: a row of `updates.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateRow {
    /// Environment steps so far, at the last of these rounds.
    pub step: u64,
    /// What was learned, on average; the counter and the settings are those of the last round.
    pub learned: Learned,
}

impl UpdateRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = UPDATES_HEADER;
}

impl Display for UpdateRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Learned { updates, loss, q_mean, grad_norm, epsilon, learning_rate, temperature } = self.learned;
        let (q_mean, epsilon, temperature) = (OrEmpty(q_mean), OrEmpty(epsilon), OrEmpty(temperature));
        write!(f, "{},{updates},{loss},{q_mean},{grad_norm},{epsilon},{learning_rate},{temperature}", self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_updates_has_a_field_for_each_column() {
        let learned = Learned {
            updates: 3,
            loss: 0.5,
            q_mean: Some(2.0),
            grad_norm: 4.0,
            epsilon: None,
            learning_rate: 0.125,
            temperature: Some(0.75),
        };
        let row = |learned| UpdateRow { step: 8, learned }.to_string();
        assert_eq!(row(learned), "8,3,0.5,2,4,,0.125,0.75");
        assert_eq!(row(Learned { epsilon: Some(1.0), temperature: None, ..learned }), "8,3,0.5,2,4,1,0.125,");
        assert_eq!(row(learned).split(',').count(), UpdateRow::HEADER.split(',').count());
    }
}
