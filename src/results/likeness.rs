//! Names that were probably meant.

/// The one of `names` that is most like `name`, and how much, from 0 to 1 (Winkler 1990). Case does not count.
pub fn most_like<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<(&'a str, f64)> {
    let name = name.to_lowercase();
    let scored = names.map(|known| (known, strsim::jaro_winkler(&name, &known.to_lowercase())));
    scored.max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_and_there_is_a_best_of_any_names() {
        assert_eq!(most_like("Relu", ["tanh", "relu"].into_iter()), Some(("relu", 1.0)));
        assert_eq!(most_like("zzz", ["tanh"].into_iter()), Some(("tanh", 0.0)));
        assert_eq!(most_like("relu", std::iter::empty()), None);
    }
}
