//! How much of the variance of scores the groups explain that they are in.

use rand::RngExt;
use tilde_envs::Rng;

/// The spawn key of the permutations' random stream.
const STREAM: u64 = 0x7065_726d;

/// What groups say about scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explained {
    /// The share of the variance that lies between the groups, adjusted for chance: ε², from 0 to 1.
    pub share: f64,
    /// How often groups that mean nothing explain as much.
    pub p_value: f64,
}

/// The share of the variance of the scores' ranks that groups explain: ε² = 1 − (N − 1)/(N − k) · (1 − η²) for N scores in k groups,
/// where η² is the correlation ratio, the sum of squares between the groups divided by that of all ranks (Kelley 1935, "An Unbiased
/// Correlation Ratio Measure"). It is 0 on average where the groups mean nothing; where it would be negative, it is 0. Equal scores
/// share the mean of their ranks. `groups` has the number of each score's group.
///
/// The p-value is that of a permutation test: the share of `permutations` shuffles of the scores, and of the scores as they are, in
/// which η² is at least as large as it is. It is the same for the same `seed`.
///
/// `None` if there are fewer than two groups or no more scores than groups, if all scores are equal, or if one is NaN. A failed
/// trial's minus infinity has the lowest rank.
///
/// # Panics
/// If there are not as many groups as scores.
pub fn explained_by_groups(scores: &[f64], groups: &[usize], permutations: usize, seed: u64) -> Option<Explained> {
    assert_eq!(scores.len(), groups.len(), "every score is in a group");
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut kinds = groups.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    let (count, kinds_count) = (scores.len() as f64, kinds.len() as f64);
    let groups: Vec<usize> = groups.iter().filter_map(|group| kinds.binary_search(group).ok()).collect();
    let mean = 0.5 * (count + 1.0);
    let mut deviations: Vec<f64> = ranks(scores).into_iter().map(|rank| rank - mean).collect();
    let total: f64 = deviations.iter().map(|deviation| deviation * deviation).sum();
    if kinds.len() < 2 || scores.len() <= kinds.len() || total == 0.0 {
        return None;
    }
    let mut sizes = vec![0.0; kinds.len()];
    groups.iter().for_each(|&group| sizes[group] += 1.0);
    let between = |deviations: &[f64]| -> f64 {
        let mut sums = vec![0.0; sizes.len()];
        groups.iter().zip(deviations).for_each(|(&group, deviation)| sums[group] += deviation);
        sums.iter().zip(&sizes).map(|(sum, size)| sum * sum / size).sum()
    };
    let observed = between(&deviations);
    let share = 1.0 - (count - 1.0) / (count - kinds_count) * (1.0 - observed / total);
    let mut rng = Rng::from_seed_and_key(seed, &[STREAM]);
    let mut as_large = 1;
    for _ in 0..permutations {
        for last in (1..deviations.len()).rev() {
            deviations.swap(last, rng.random_range(0..=last)); // Fisher and Yates
        }
        // Sums in another order differ in their last bits.
        as_large += usize::from(between(&deviations) >= observed * (1.0 - 1e-12));
    }
    Some(Explained { share: share.max(0.0), p_value: as_large as f64 / (permutations + 1) as f64 })
}

/// The groups of numbers by size, of about equal counts: three, or one for each number where there are at most three different ones.
/// Equal numbers are in the same group.
pub fn thirds(numbers: &[f64]) -> Vec<usize> {
    let mut different: Vec<f64> = numbers.to_vec();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    if different.len() <= 3 {
        return numbers.iter().map(|number| different.partition_point(|other| other < number)).collect();
    }
    let count = numbers.len() as f64;
    ranks(numbers).into_iter().map(|rank| (3.0 * (rank - 0.5) / count) as usize).collect()
}

/// The ranks of numbers, from 1; equal numbers share the mean of theirs.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let rank = |number: &f64| {
        let smaller = numbers.iter().filter(|other| *other < number).count();
        let equal = numbers.iter().filter(|other| *other == number).count();
        smaller as f64 + 0.5 * (equal as f64 + 1.0)
    };
    numbers.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_equal_numbers_are_their_mean() {
        assert_eq!(ranks(&[3.0, f64::NEG_INFINITY, 3.0, 9.0]), [2.5, 1.0, 2.5, 4.0]);
    }

    #[test]
    fn groups_that_part_the_scores_explain_all_that_groups_can() {
        // Ranks 1, 2, 3 and 4, 5, 6: the means 2 and 5 differ from 3.5 by 1.5, so 13.5 of 17.5 lies between the groups. η² = 27/35 and
        // ε² = 1 − 5/4 · 8/35 = 5/7.
        let scores = [1.0, 2.0, 4.0, 10.0, 50.0, 100.0];
        let found = explained_by_groups(&scores, &[0, 0, 0, 7, 7, 7], 10_000, 1).unwrap();
        assert!((found.share - 5.0 / 7.0).abs() < 1e-12, "{found:?}");
        // Two of the twenty ways to choose three of six explain as much.
        assert!((found.p_value - 0.1).abs() < 0.01, "{found:?}");
        assert_eq!(explained_by_groups(&scores, &[0, 0, 0, 7, 7, 7], 10_000, 1), Some(found));
        assert_ne!(explained_by_groups(&scores, &[0, 0, 0, 7, 7, 7], 10_000, 2), Some(found));
    }

    #[test]
    fn what_chance_explains_does_not_count() {
        // Ranks 1, 4, 5 and 2, 3, 6: the means 10/3 and 11/3 explain 1/6 of 17.5, less than chance does.
        let found = explained_by_groups(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[0, 1, 1, 0, 0, 1], 999, 0).unwrap();
        assert_eq!(found.share, 0.0);
        assert!(found.p_value > 0.9, "{found:?}");
    }

    #[test]
    fn some_scores_have_no_variance_to_explain() {
        assert_eq!(explained_by_groups(&[], &[], 9, 0), None);
        assert_eq!(explained_by_groups(&[2.0; 4], &[0, 0, 1, 1], 9, 0), None, "all are equal");
        assert_eq!(explained_by_groups(&[1.0, 2.0, 3.0], &[0, 0, 0], 9, 0), None, "one group");
        assert_eq!(explained_by_groups(&[1.0, 2.0], &[0, 1], 9, 0), None, "one score in each");
        assert_eq!(explained_by_groups(&[1.0, f64::NAN, 2.0], &[0, 0, 1], 9, 0), None);
    }

    #[test]
    fn thirds_have_equal_counts_and_keep_equal_numbers_together() {
        assert_eq!(thirds(&[9.0, 1.0, 5.0, 2.0, 6.0, 4.0]), [2, 0, 1, 0, 2, 1]);
        assert_eq!(thirds(&[0.1, 0.2, 0.2, 0.1]), [0, 1, 1, 0]);
        assert_eq!(thirds(&[1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0]), [0, 0, 0, 0, 1, 2, 2]);
    }
}
