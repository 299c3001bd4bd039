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
        let Learned { updates, loss, q_mean, grad_norm, epsilon, learning_rate } = self.learned;
        let (q_mean, epsilon) = (OrEmpty(q_mean), OrEmpty(epsilon));
        write!(f, "{},{updates},{loss},{q_mean},{grad_norm},{epsilon},{learning_rate}", self.step)
    }
}
