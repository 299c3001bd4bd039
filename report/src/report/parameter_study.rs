//! Parameter studies: how the score depends on the value of one key, and the best setting of each approximator.

use super::comparison::Comparison;
use super::settings_in_names::GridSetting;
use super::variant_result::VariantResult;

/// The scores over the values of one key.
pub struct ParameterStudy<'a> {
    /// The key.
    pub key: String,
    /// Its values: sorted if they are numbers, else in the order of the variants.
    pub values: Vec<String>,
    /// One line for each combination of all other settings: its name, and its variants with the indices of their values.
    pub lines: Vec<(String, Vec<(usize, &'a VariantResult)>)>,
}

/// A study of each key that is the only difference between some variants.
pub fn parameter_studies(comparison: &Comparison) -> Vec<ParameterStudy<'_>> {
    let mut keys: Vec<&str> = Vec::new();
    for setting in comparison.variants.iter().flat_map(|variant| &variant.settings) {
        if !keys.contains(&setting.key.as_str()) {
            keys.push(&setting.key);
        }
    }
    keys.into_iter().filter_map(|key| study(comparison, key)).collect()
}

fn study<'a>(comparison: &'a Comparison, key: &str) -> Option<ParameterStudy<'a>> {
    let varied: Vec<(&VariantResult, &GridSetting)> = comparison
        .variants
        .iter()
        .filter(|variant| variant.score.is_some())
        .filter_map(|variant| Some((variant, variant.settings.iter().find(|setting| setting.key == key)?)))
        .collect();
    let mut values: Vec<String> = Vec::new();
    for (_, setting) in &varied {
        if !values.contains(&setting.value) {
            values.push(setting.value.clone());
        }
    }
    if let Some(numbers) = numbers(&values) {
        let mut sorted: Vec<(f64, String)> = numbers.into_iter().zip(values).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        values = sorted.into_iter().map(|(_, value)| value).collect();
    }
    let mut lines: Vec<(String, Vec<(usize, &VariantResult)>)> = Vec::new();
    for (variant, setting) in varied {
        let index = values.iter().position(|value| *value == setting.value)?;
        let name = name_without(variant, key);
        match lines.iter_mut().find(|(known, _)| *known == name) {
            Some((_, points)) => points.push((index, variant)),
            None => lines.push((name, vec![(index, variant)])),
        }
    }
    lines.iter_mut().for_each(|(_, points)| points.sort_by_key(|(index, _)| *index));
    let compares = lines.iter().any(|(_, points)| points.windows(2).any(|pair| pair[0].0 != pair[1].0));
    compares.then(|| ParameterStudy { key: key.to_owned(), values, lines })
}

/// A variant's base and settings without one key.
fn name_without(variant: &VariantResult, key: &str) -> String {
    let base = Some(variant.base.clone()).filter(|base| !base.is_empty());
    let others = variant.settings.iter().filter(|setting| setting.key != key).map(GridSetting::described);
    base.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

/// The values as numbers, if all of them are.
pub fn numbers(values: &[String]) -> Option<Vec<f64>> {
    let number = |value: &String| value.parse().ok().filter(|number: &f64| number.is_finite());
    values.iter().map(number).collect()
}

/// Whether ascending numbers are more evenly spaced on a logarithmic axis than on a linear one.
pub fn fits_log_axis(numbers: &[f64]) -> bool {
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

/// The best variant of each approximator, with how many settings of it were tried. The best comes first. Empty where no
/// approximator has several settings.
///
/// An approximator is the part of a name before its settings; if names have no such part, the settings of the approximator's keys.
pub fn best_of_each(comparison: &Comparison) -> Vec<(String, &VariantResult, usize)> {
    let ranked = comparison.ranked();
    let tuned: Vec<&VariantResult> =
        ranked.into_iter().filter(|variant| variant.score.is_some() && !variant.settings.is_empty()).collect();
    let have_base = tuned.iter().any(|variant| !variant.base.is_empty());
    let approximator = |variant: &VariantResult| {
        let keys = variant.settings.iter().filter(|setting| setting.of_approximator).map(GridSetting::described);
        if have_base { variant.base.clone() } else { keys.collect::<Vec<_>>().join(", ") }
    };
    let mut best: Vec<(String, &VariantResult, usize)> = Vec::new();
    for variant in tuned {
        let name = approximator(variant);
        match best.iter_mut().find(|(known, _, _)| *known == name) {
            Some((_, _, tried)) => *tried += 1,
            None => best.push((name, variant, 1)),
        }
    }
    if best.iter().all(|(name, _, tried)| *tried == 1 || name.is_empty()) { Vec::new() } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_sizes_fit_a_logarithmic_axis_and_shares_do_not() {
        assert!(fits_log_axis(&[0.001, 0.003, 0.01, 0.03, 0.1, 0.3]) && fits_log_axis(&[16.0, 32.0, 64.0, 128.0]));
        assert!(
            !fits_log_axis(&[0.0, 0.5, 0.9])
                && !fits_log_axis(&[0.1, 0.3, 0.5, 0.7, 0.9])
                && !fits_log_axis(&[1.0, 2.0, 3.0, 4.0])
        );
        assert!(fits_log_axis(&[0.01, 0.1]) && !fits_log_axis(&[0.5, 0.9]) && !fits_log_axis(&[]));
    }

    #[test]
    fn words_are_not_numbers() {
        let of = |values: &[&str]| numbers(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["0.1", "1e-3"]), Some(vec![0.1, 1e-3]));
        assert_eq!((of(&["0.1", "none"]), of(&["inf"])), (None, None));
    }
}
