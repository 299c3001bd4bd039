//! The permutation test of paired differences.

use super::resample::stream;

/// Up to this many differences, every pattern of signs is counted.
const EXACT_UP_TO: usize = 32;

/// How many patterns are drawn beyond.
const DRAWN: usize = 100_000;

/// The two-sided p-value of the sign-flip test on the mean of paired differences (Fisher 1935, section 21): of the
/// hypothesis that they are distributed symmetrically about zero, as they are where two variants are the same.
///
/// Every pattern of signs is then equally likely, and the p-value is the share of patterns whose mean lies as far from
/// zero as this one. Up to 32 differences it is exact. Beyond, 100,000 patterns are drawn from `seed`, and it is
/// (hits + 1) / (drawn + 1), with which the test keeps its level all the same (Phipson & Smyth 2010).
///
/// `None` where there is no difference, or one is not finite; where all are zero it is 1. The smallest possible value
/// is 2^(1 − n) of n differences.
pub fn paired_permutation_test(differences: &[f64], seed: u64) -> Option<f64> {
    if differences.is_empty() || !differences.iter().all(|difference| difference.is_finite()) {
        return None;
    }
    let size: f64 = differences.iter().map(|difference| difference.abs()).sum();
    // What lies as far out as the data does, but for rounding, counts as a hit.
    let bound = differences.iter().sum::<f64>().abs() - 1e-12 * size;
    if bound <= 0.0 {
        return Some(1.0);
    }
    Some(if differences.len() <= EXACT_UP_TO { counted(differences, bound) } else { drawn(differences, bound, seed) })
}

/// The share of all patterns whose sum is at least `bound` > 0 from zero.
///
/// The patterns of each half of the differences are written out, which takes the square root of the work: to one sum of
/// the first half belong those of the second that reach what is missing.
fn counted(differences: &[f64], bound: f64) -> f64 {
    let (first, second) = differences.split_at(differences.len() / 2);
    let mut others = signed_sums(second);
    others.sort_unstable_by(f64::total_cmp);
    let reaching = |sum: f64| others.len() - others.partition_point(|&other| sum + other < bound);
    let hits: usize = signed_sums(first).into_iter().map(reaching).sum();
    2.0 * hits as f64 / 2.0_f64.powi(differences.len() as i32) // a pattern's opposite lies on the other side
}

/// The sums of all patterns of signs.
fn signed_sums(differences: &[f64]) -> Vec<f64> {
    let both = |sums: Vec<f64>, d: &f64| sums.iter().flat_map(|sum| [sum + d, sum - d]).collect();
    differences.iter().fold(vec![0.0], both)
}

fn drawn(differences: &[f64], bound: f64, seed: u64) -> f64 {
    let mut rng = stream(seed);
    let mut sum = || {
        let flipped = |part: &[f64]| {
            let signs = rand::Rng::next_u64(&mut rng);
            part.iter().enumerate().map(|(i, d)| if signs >> i & 1 == 0 { *d } else { -d }).sum::<f64>()
        };
        differences.chunks(64).map(flipped).sum::<f64>()
    };
    let hits = (0..DRAWN).filter(|_| sum().abs() >= bound).count();
    (hits + 1) as f64 / (DRAWN + 1) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may panic

    use super::*;

    #[test]
    fn p_values_by_hand() {
        assert_eq!(paired_permutation_test(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 0), Some(0.03125));
        // The sum is 4. Of 3 ± 2 ± 1 the sums 6 and 4 reach it, and their opposites: 4 of 8.
        assert_eq!(paired_permutation_test(&[3.0, 2.0, -1.0], 0), Some(0.5));
        assert_eq!(paired_permutation_test(&[1.0, -1.0], 0), Some(1.0));
        assert_eq!(paired_permutation_test(&[0.0; 40], 0), Some(1.0));
    }

    #[test]
    fn equal_sums_count_although_they_are_rounded_differently() {
        // 0.1 + 0.2 − 0.3 is not zero in floating point, 0.6 is reached by two patterns, their opposites included.
        assert_eq!(paired_permutation_test(&[0.1, 0.2, -0.3], 0), Some(1.0));
        assert_eq!(paired_permutation_test(&[0.3, 0.2, 0.1], 0), Some(0.25));
    }

    #[test]
    fn without_finite_differences_there_is_no_p_value() {
        for differences in [&[][..], &[1.0, f64::NAN], &[f64::INFINITY]] {
            assert_eq!(paired_permutation_test(differences, 0), None);
        }
    }

    #[test]
    fn drawn_patterns_agree_with_counted_ones() {
        let differences: Vec<f64> = (0..30).map(|i| (f64::from(i) * 1.3).sin() + 0.25).collect();
        let bound = differences.iter().sum::<f64>().abs() * (1.0 - 1e-12);
        let (exact, estimate) = (counted(&differences, bound), drawn(&differences, bound, 3));
        let deviation = (exact * (1.0 - exact) / DRAWN as f64).sqrt();
        assert!((exact - estimate).abs() < 4.0 * deviation, "{exact} and {estimate}");
        let many = differences.repeat(3);
        assert_eq!(paired_permutation_test(&many, 1).unwrap(), paired_permutation_test(&many, 1).unwrap());
        assert_ne!(drawn(&differences, bound, 3), drawn(&differences, bound, 4));
    }
}
