//! The units of a hidden layer: which of them are always on, always off, or dormant.

use crate::approx::HiddenLayer;

/// How active each unit of a hidden layer is over a batch of states.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitActivity {
    /// The layer's name.
    pub name: String,
    /// For each unit, the share of the rows in which its output is positive.
    pub active: Vec<f64>,
    /// For each unit, its mean absolute output, divided by the mean of that over the layer's units: the score of Sokar et al.
    /// (2023), equation 1. All are zero where the whole layer is.
    pub scores: Vec<f64>,
}

impl UnitActivity {
    /// The τ of Sokar et al. (2023) in their usual setting: a unit with a score of at most τ is dormant.
    pub const TAU: f64 = 0.025;

    /// The activity of a layer's units over all of its rows; none is active where there are no rows.
    pub fn of(layer: &HiddenLayer) -> UnitActivity {
        let HiddenLayer { name, units, outputs } = layer;
        let (mut active, mut sizes) = (vec![0.0; *units], vec![0.0; *units]);
        for row in outputs.chunks_exact(*units) {
            for ((active, size), h) in active.iter_mut().zip(&mut sizes).zip(row) {
                *active += f64::from(u8::from(*h > 0.0));
                *size += f64::from(h.abs());
            }
        }
        let rows = (outputs.len() / units).max(1) as f64;
        let mean = sizes.iter().sum::<f64>() / *units as f64;
        let scores = sizes.into_iter().map(|size| if mean > 0.0 { size / mean } else { 0.0 });
        UnitActivity {
            name: name.clone(),
            active: active.into_iter().map(|count| count / rows).collect(),
            scores: scores.collect(),
        }
    }

    /// How many units there are.
    pub fn units(&self) -> usize {
        self.scores.len()
    }

    /// The units whose output is positive in every row. Of a layer of rectifiers, they are a linear layer.
    pub fn always_on(&self) -> Vec<usize> {
        indices(&self.active, |share| share == 1.0)
    }

    /// The units whose output is positive in no row. Of a layer of rectifiers, they are zero, and do not learn.
    pub fn always_off(&self) -> Vec<usize> {
        indices(&self.active, |share| share == 0.0)
    }

    /// The τ-dormant units.
    pub fn dormant(&self, tau: f64) -> Vec<usize> {
        indices(&self.scores, |score| score <= tau)
    }
}

fn indices(numbers: &[f64], holds: impl Fn(f64) -> bool) -> Vec<usize> {
    (0..numbers.len()).filter(|&index| holds(numbers[index])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(units: usize, outputs: &[f32]) -> UnitActivity {
        UnitActivity::of(&HiddenLayer { name: "layers.0".to_owned(), units, outputs: outputs.to_vec() })
    }

    #[test]
    fn units_are_counted_as_worked_out_by_hand() {
        // Mean sizes 2, 0, 0.04 and 1.96; the mean of the layer is 1.
        let activity = layer(4, &[1.0, 0.0, 0.08, 1.96, 3.0, 0.0, 0.0, -1.96]);
        assert_eq!(activity.active, [1.0, 0.0, 0.5, 0.5]);
        let expected = [2.0, 0.0, 0.04, 1.96];
        assert!(activity.scores.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7), "{:?}", activity.scores);
        assert_eq!((activity.always_on(), activity.always_off()), (vec![0], vec![1]));
        assert_eq!((activity.dormant(0.0), activity.dormant(UnitActivity::TAU)), (vec![1], vec![1]));
        assert_eq!(activity.dormant(0.1), [1, 2]);
    }

    #[test]
    fn of_a_layer_of_zeros_all_units_are_dormant() {
        assert_eq!(layer(3, &[0.0; 6]).dormant(0.0), [0, 1, 2]);
    }
}
