//! Losses of supervised learning, over a batch of outputs.

use super::policy_gradient::softmax;

/// The mean over the rows of Σₒ (yₒ − tₒ)², for outputs and targets `[B · O]` (Prince 2023, eq. 5.12). Writes its derivatives
/// with respect to the outputs, 2 (y − t) / B.
///
/// # Panics
/// If there are not as many targets as outputs.
pub fn least_squares(outputs: &[f32], targets: &[f32], rows: usize, derivatives: &mut Vec<f32>) -> f64 {
    assert_eq!(outputs.len(), targets.len(), "one target for each output [B · O]");
    derivatives.clear();
    derivatives.extend(outputs.iter().zip(targets).map(|(y, t)| 2.0 * (y - t) / rows as f32));
    let squares = outputs.iter().zip(targets).map(|(y, t)| f64::from(y - t).powi(2));
    squares.sum::<f64>() / rows as f64
}

/// The mean over the rows of −ln softmax(y)_c, for outputs `[B · O]` and the class c of each row (Prince 2023, eq. 5.24):
/// `torch.nn.functional.cross_entropy`. Writes its derivatives with respect to the outputs, (softmax(y) − 1_c) / B.
///
/// # Panics
/// If a class is not one of the outputs, or the outputs are no whole number for each class.
pub fn cross_entropy(outputs: &[f32], classes: &[usize], derivatives: &mut Vec<f32>) -> f64 {
    let rows = classes.len();
    assert!(rows > 0 && outputs.len().is_multiple_of(rows), "outputs [B · O] for {rows} rows");
    let width = outputs.len() / rows;
    derivatives.clear();
    derivatives.resize(outputs.len(), 0.0);
    let mut loss = 0.0;
    for ((y, probabilities), &class) in
        outputs.chunks_exact(width).zip(derivatives.chunks_exact_mut(width)).zip(classes)
    {
        softmax(y, probabilities);
        // From the outputs and not from the probability, which may be rounded to zero.
        let highest = y.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = y.iter().map(|y| f64::from(y - highest).exp()).sum();
        loss += sum.ln() - f64::from(y[class] - highest);
        probabilities[class] -= 1.0;
        probabilities.iter_mut().for_each(|derivative| *derivative /= rows as f32);
    }
    loss / rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_and_their_derivatives_are_those_worked_out_by_hand() {
        let mut derivatives = vec![9.0];
        // Rows (1, 2) and (0, −1) with targets (0, 4) and (0, 1): 1 + 4 and 0 + 4.
        let loss = least_squares(&[1.0, 2.0, 0.0, -1.0], &[0.0, 4.0, 0.0, 1.0], 2, &mut derivatives);
        assert_eq!((loss, &derivatives[..]), (4.5, &[1.0, -2.0, 0.0, -2.0][..]));
    }

    #[test]
    fn cross_entropies_and_their_derivatives_are_those_worked_out_by_hand() {
        let mut derivatives = Vec::new();
        // Probabilities (3/4, 1/4) and (1/2, 1/2).
        let loss = cross_entropy(&[3.0_f32.ln(), 0.0, 7.0, 7.0], &[0, 1], &mut derivatives);
        assert!((loss - 0.5 * ((4.0_f64 / 3.0).ln() + 2.0_f64.ln())).abs() < 1e-7);
        let expected = [-0.125, 0.125, 0.25, -0.25];
        assert!(derivatives.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7), "{derivatives:?}");
        // A wrong class with a probability that is rounded to zero has a finite loss.
        assert_eq!(cross_entropy(&[0.0, 1000.0], &[0], &mut derivatives), 1000.0);
        assert_eq!(derivatives, [-1.0, 1.0]);
    }
}
