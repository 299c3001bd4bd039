//! What a trial of a search reached, and which of two reached more.

use std::cmp::Ordering;

/// The objective of a trial that failed: worse than any other.
pub const FAILED: f64 = f64::NEG_INFINITY;

/// What a trial reached at a rung.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// Its objective; [`FAILED`] if it failed.
    pub objective: f64,
    /// The interquartile mean of the mean heights of its learning curves (the objective `auc`), which decides between trials with the
    /// same objective: several may reach the largest return that there is. [`FAILED`] where it is not known.
    pub auc: f64,
}

impl Measurement {
    /// That of a failed trial.
    pub const FAILED: Measurement = Measurement { objective: FAILED, auc: FAILED };

    /// Whether the trial failed.
    pub fn is_failed(&self) -> bool {
        self.objective == FAILED
    }

    /// The order of two trials: by their objectives, of equal ones by the areas under their learning curves. The better one is greater.
    pub fn order(&self, other: &Measurement) -> Ordering {
        self.objective.total_cmp(&other.objective).then(self.auc.total_cmp(&other.auc))
    }
}

impl From<f64> for Measurement {
    /// An objective alone.
    fn from(objective: f64) -> Measurement {
        Measurement { objective, auc: FAILED }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_decides_between_equal_objectives_alone() {
        let of = |objective, auc| Measurement { objective, auc };
        assert_eq!(of(500.0, 300.0).order(&of(500.0, 250.0)), Ordering::Greater);
        assert_eq!(of(499.0, 300.0).order(&of(500.0, 250.0)), Ordering::Less);
        assert_eq!(of(500.0, 1.0).order(&500.0.into()), Ordering::Greater);
        assert_eq!(Measurement::FAILED.order(&of(-1e9, -1e9)), Ordering::Less);
    }
}
