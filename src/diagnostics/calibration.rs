//! Learned values against the returns that were really obtained.

/// How well learned values agree with discounted returns, over a number of states.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// How many states.
    pub states: usize,
    /// Mean of the predicted values.
    pub predicted: f64,
    /// Mean of the returns.
    pub obtained: f64,
    /// Root of the mean squared difference.
    pub rmse: f64,
    /// 1 − Var(G − v) / Var(G) over the returns G and the values v, as Stable-Baselines3 logs it: 1 is perfect, 0 is as good as
    /// a constant, below 0 is worse. `None` where all returns are equal.
    pub explained_variance: Option<f64>,
    /// The reliability diagram: groups of states with similar predictions, from the lowest to the highest.
    pub bins: Vec<Bin>,
}

/// States with similar predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// How many.
    pub states: usize,
    /// Mean of the predicted values.
    pub predicted: f64,
    /// Mean of the returns.
    pub obtained: f64,
    /// Standard deviation of the returns in the bin, 0 for one state.
    pub deviation: f64,
}

impl Calibration {
    /// Compares predictions with what was obtained, in `bins` groups with equally many states; nothing where there are no pairs.
    pub fn of(pairs: &[(f64, f64)], bins: usize) -> Option<Calibration> {
        if pairs.is_empty() {
            return None;
        }
        let predicted = mean(pairs.iter().map(|pair| pair.0));
        let obtained = mean(pairs.iter().map(|pair| pair.1));
        let difference = |pair: &(f64, f64)| pair.1 - pair.0;
        let bias = obtained - predicted;
        let variance = mean(pairs.iter().map(|pair| (pair.1 - obtained).powi(2)));
        let unexplained = mean(pairs.iter().map(|pair| (difference(pair) - bias).powi(2)));
        let mut sorted = pairs.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let bins = bins.min(pairs.len());
        let place = |bin: usize| bin * pairs.len() / bins;
        Some(Calibration {
            states: pairs.len(),
            predicted,
            obtained,
            rmse: mean(pairs.iter().map(|pair| difference(pair).powi(2))).sqrt(),
            explained_variance: (variance > 0.0).then(|| 1.0 - unexplained / variance),
            bins: (0..bins).map(|bin| Bin::of(&sorted[place(bin)..place(bin + 1)])).collect(),
        })
    }

    /// By how much values are too high, on average (van Hasselt et al. 2016); negative if they are too low.
    pub fn overestimation(&self) -> f64 {
        self.predicted - self.obtained
    }
}

impl Bin {
    fn of(pairs: &[(f64, f64)]) -> Bin {
        let obtained = mean(pairs.iter().map(|pair| pair.1));
        Bin {
            states: pairs.len(),
            predicted: mean(pairs.iter().map(|pair| pair.0)),
            obtained,
            deviation: mean(pairs.iter().map(|pair| (pair.1 - obtained).powi(2))).sqrt(),
        }
    }
}

fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len();
    numbers.sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_overestimation_is_found() {
        // Each value is 2 too high.
        let pairs = [(3.0, 1.0), (5.0, 3.0), (9.0, 7.0), (4.0, 2.0)];
        let found = Calibration::of(&pairs, 2).unwrap();
        assert_eq!((found.states, found.overestimation(), found.rmse), (4, 2.0, 2.0));
        assert_eq!(found.explained_variance, Some(1.0), "a constant is no matter of variance");
        let expected = [
            Bin { states: 2, predicted: 3.5, obtained: 1.5, deviation: 0.5 },
            Bin { states: 2, predicted: 7.0, obtained: 5.0, deviation: 2.0 },
        ];
        assert_eq!(found.bins, expected);
    }

    #[test]
    fn a_constant_prediction_explains_nothing() {
        let found = Calibration::of(&[(1.0, 0.0), (1.0, 2.0)], 10).unwrap();
        assert_eq!((found.overestimation(), found.explained_variance, found.rmse), (0.0, Some(0.0), 1.0));
        assert_eq!(found.bins.len(), 2);
        assert_eq!(Calibration::of(&[(1.0, 5.0), (2.0, 5.0)], 1).unwrap().explained_variance, None);
        assert_eq!(Calibration::of(&[], 3), None);
    }
}
