//! Holm's correction for several tests.

/// Adjusted p-values (Holm 1979), in the order of `p_values`. If hypotheses with an adjusted value of at most α are rejected, a true
/// hypothesis is rejected in at most a share α of experiments, however the tests depend on each other.
///
/// The i-th smallest of m values is multiplied by m − i + 1, raised to the one before it if it is smaller, and capped at 1.
///
/// # Panics
/// If a value is not in [0, 1].
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    assert!(p_values.iter().all(|p| (0.0..=1.0).contains(p)), "p-values lie in [0, 1]");
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (smaller, index) in order.into_iter().enumerate() {
        largest = largest.max(p_values[index] * (p_values.len() - smaller) as f64).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_p_values_by_hand() {
        // 4 · 1/64, then 3 · 1/16, 2 · 1/16 raised to the one before it, 1/2.
        assert_eq!(holm(&[0.5, 0.0625, 0.015625, 0.0625]), [0.5, 0.1875, 0.0625, 0.1875]);
        assert_eq!(holm(&[0.75, 0.625]), [1.0, 1.0]);
        assert_eq!(holm(&[0.25]), [0.25]);
        assert!(holm(&[]).is_empty());
    }
}
