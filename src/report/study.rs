//! Parameter studies: how the score depends on the value of one key, and the best setting of each approximator.

use super::comparison::{Comparison, Entry};
use super::settings_in_names::Setting;

/// The scores over the values of one key.
pub struct Study<'a> {
    /// The key.
    pub key: String,
    /// Its values, from small to large where they are numbers, else in the order of the variants.
    pub values: Vec<String>,
    /// One line for each setting of everything else, with the place of each entry's value among the values.
    pub lines: Vec<(String, Vec<(usize, &'a Entry)>)>,
}

/// A study of each key of which some variants differ in nothing else.
pub fn studies(comparison: &Comparison) -> Vec<Study<'_>> {
    let mut keys: Vec<&str> = Vec::new();
    for setting in comparison.entries.iter().flat_map(|entry| &entry.settings) {
        if !keys.contains(&setting.key.as_str()) {
            keys.push(&setting.key);
        }
    }
    keys.into_iter().filter_map(|key| study(comparison, key)).collect()
}

fn study<'a>(comparison: &'a Comparison, key: &str) -> Option<Study<'a>> {
    let varied: Vec<(&Entry, &Setting)> = comparison
        .entries
        .iter()
        .filter(|entry| entry.score.is_some())
        .filter_map(|entry| Some((entry, entry.settings.iter().find(|setting| setting.key == key)?)))
        .collect();
    let mut values: Vec<String> = Vec::new();
    for (_, setting) in &varied {
        if !values.contains(&setting.value) {
            values.push(setting.value.clone());
        }
    }
    if let Some(mut numbers) =
        numbers(&values).map(|numbers| numbers.into_iter().zip(values.clone()).collect::<Vec<_>>())
    {
        numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
        values = numbers.into_iter().map(|(_, value)| value).collect();
    }
    let mut lines: Vec<(String, Vec<(usize, &Entry)>)> = Vec::new();
    for (entry, setting) in varied {
        let place = values.iter().position(|value| *value == setting.value)?;
        let name = without(entry, key);
        match lines.iter_mut().find(|(known, _)| *known == name) {
            Some((_, points)) => points.push((place, entry)),
            None => lines.push((name, vec![(place, entry)])),
        }
    }
    lines.iter_mut().for_each(|(_, points)| points.sort_by_key(|(place, _)| *place));
    let compares = lines.iter().any(|(_, points)| points.windows(2).any(|pair| pair[0].0 != pair[1].0));
    compares.then(|| Study { key: key.to_owned(), values, lines })
}

/// What a variant is but for one key.
fn without(entry: &Entry, key: &str) -> String {
    let base = Some(entry.base.clone()).filter(|base| !base.is_empty());
    let others = entry.settings.iter().filter(|setting| setting.key != key).map(Setting::told);
    base.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

/// The values as numbers, if all of them are.
pub fn numbers(values: &[String]) -> Option<Vec<f64>> {
    let number = |value: &String| value.parse().ok().filter(|number: &f64| number.is_finite());
    values.iter().map(number).collect()
}

/// Whether ascending numbers lie more evenly on a logarithmic axis than on a plain one.
pub fn log_like(numbers: &[f64]) -> bool {
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return false };
    if *first <= 0.0 {
        return false;
    }
    let unevenness = |of: &dyn Fn(f64) -> f64| {
        let gaps: Vec<f64> = numbers.windows(2).map(|pair| of(pair[1]) - of(pair[0])).collect();
        gaps.iter().copied().fold(0.0, f64::max) / gaps.iter().copied().fold(f64::INFINITY, f64::min)
    };
    match numbers.len() {
        0..3 => last / first >= 10.0,
        _ => unevenness(&f64::ln) < unevenness(&|number| number),
    }
}

/// The best variant of each approximator, with how many settings of it were tried: best first, nothing where there is no choice.
///
/// An approximator is what stands before the settings in names; where nothing does, the settings of the approximator's keys.
pub fn best_of_each(comparison: &Comparison) -> Vec<(String, &Entry, usize)> {
    let ranked = comparison.ranked();
    let tuned: Vec<&Entry> =
        ranked.into_iter().filter(|entry| entry.score.is_some() && !entry.settings.is_empty()).collect();
    let named = tuned.iter().any(|entry| !entry.base.is_empty());
    let approximator = |entry: &Entry| {
        let keys = entry.settings.iter().filter(|setting| setting.approximates).map(Setting::told);
        if named { entry.base.clone() } else { keys.collect::<Vec<_>>().join(", ") }
    };
    let mut best: Vec<(String, &Entry, usize)> = Vec::new();
    for entry in tuned {
        let name = approximator(entry);
        match best.iter_mut().find(|(known, _, _)| *known == name) {
            Some((_, _, tried)) => *tried += 1,
            None => best.push((name, entry, 1)),
        }
    }
    if best.iter().all(|(name, _, tried)| *tried == 1 || name.is_empty()) { Vec::new() } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_sizes_are_log_like_and_shares_are_not() {
        assert!(log_like(&[0.001, 0.003, 0.01, 0.03, 0.1, 0.3]) && log_like(&[16.0, 32.0, 64.0, 128.0]));
        assert!(
            !log_like(&[0.0, 0.5, 0.9]) && !log_like(&[0.1, 0.3, 0.5, 0.7, 0.9]) && !log_like(&[1.0, 2.0, 3.0, 4.0])
        );
        assert!(log_like(&[0.01, 0.1]) && !log_like(&[0.5, 0.9]) && !log_like(&[]));
    }

    #[test]
    fn words_are_no_numbers() {
        let of = |values: &[&str]| numbers(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["0.1", "1e-3"]), Some(vec![0.1, 1e-3]));
        assert_eq!((of(&["0.1", "none"]), of(&["inf"])), (None, None));
    }
}
