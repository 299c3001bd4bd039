//! The known name that is most like a misspelt one.

/// The one of `names` that is most like `name`, with their similarity from 0 to 1 (Jaro–Winkler, Winkler 1990). Case is ignored.
pub fn most_like<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<(&'a str, f64)> {
    let name = name.to_lowercase();
    let scored = names.map(|known| (known, strsim::jaro_winkler(&name, &known.to_lowercase())));
    scored.max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_ignored_and_some_name_is_always_the_most_similar() {
        assert_eq!(most_like("Relu", ["tanh", "relu"].into_iter()), Some(("relu", 1.0)));
        assert_eq!(most_like("zzz", ["tanh"].into_iter()), Some(("tanh", 0.0)));
        assert_eq!(most_like("relu", std::iter::empty()), None);
    }
}
