//! Means over equal intervals of a run's budget: a curve whose memory does not grow with the rows.

/// Intervals of a budget: more than a plot has columns.
const BINS: usize = 256;

/// The means of what was measured in each interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Binned {
    /// Environment steps of an interval.
    width: f64,
    /// Sum and count of each interval, as far as there are numbers.
    bins: Vec<(f64, u32)>,
}

impl Binned {
    /// No numbers yet, for a budget of `steps`.
    pub fn new(steps: u64) -> Binned {
        Binned { width: steps.max(1) as f64 / BINS as f64, bins: Vec::new() }
    }

    /// Takes in a number that was measured at `step`. A number that is not finite does not count.
    pub fn add(&mut self, step: u64, value: f64) {
        if !value.is_finite() {
            return;
        }
        // The interval ends with its last step.
        let bin = ((step.max(1) as f64 / self.width).ceil() as usize).clamp(1, BINS) - 1;
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, (0.0, 0));
        }
        self.bins[bin].0 += value;
        self.bins[bin].1 += 1;
    }

    /// (the interval's last step, mean) of each interval with numbers.
    pub fn points(&self) -> Vec<(u64, f64)> {
        let bins = self.bins.iter().enumerate().filter(|(_, (_, count))| *count > 0);
        let end = |bin: usize| ((bin + 1) as f64 * self.width).round() as u64;
        bins.map(|(bin, (sum, count))| (end(bin), sum / f64::from(*count))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_interval_has_the_mean_of_its_numbers_at_its_end() {
        let mut binned = Binned::new(2_560); // 256 intervals of 10 steps
        for (step, value) in [(1, 1.0), (10, 3.0), (11, 8.0), (41, f64::NAN), (45, 2.0), (2_560, 7.0), (9_999, 9.0)] {
            binned.add(step, value);
        }
        assert_eq!(binned.points(), [(10, 2.0), (20, 8.0), (50, 2.0), (2_560, 8.0)]);
        assert_eq!(Binned::new(0).points(), []);
    }
}
