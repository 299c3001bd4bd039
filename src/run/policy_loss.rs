//! The policy loss between two diagnostics.

use serde::{Deserialize, Serialize};

/// Sum of the policy losses since the last diagnostics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyLoss {
    rounds: u64,
    sum: f64,
}

impl PolicyLoss {
    /// Adds the loss of a round of learning, where the policy is learned by its gradient.
    pub fn add(&mut self, loss: Option<f64>) {
        self.rounds += u64::from(loss.is_some());
        self.sum += loss.unwrap_or(0.0);
    }

    /// The mean of the losses so far, if there were any; the next interval begins.
    pub fn take(&mut self) -> Option<f64> {
        let PolicyLoss { rounds, sum } = std::mem::take(self);
        (rounds > 0).then(|| sum / rounds as f64)
    }
}
