//! Shorter names for charts.

use std::collections::{BTreeMap, BTreeSet};

/// Shortens names to at most `most` characters; they stay different. If a name is longer than that, the parts that all names share
/// are left out; if that is not enough, the keys of settings, so that only values are left; and at last the middle of every name
/// that is still too long. If two names become equal that way, their numbers in the list come before them.
pub fn shortened(names: &[String], most: usize) -> Vec<String> {
    let fit = |names: &[String]| names.iter().all(|name| name.chars().count() <= most);
    if fit(names) {
        return names.to_vec();
    }
    let own = without_common_parts(names);
    if fit(&own) {
        return own;
    }
    let values: Vec<String> = own.iter().map(|name| without_keys(name)).collect();
    cut(if all_differ(&values) { &values } else { &own }, most)
}

/// The parts of a name: its experiment, its base, and each of the settings that a grid appends.
fn parts(name: &str) -> Vec<&str> {
    let (experiment, variant) = name.split_at(name.rfind('/').map_or(0, |slash| slash + 1));
    let mut parts = vec![experiment];
    let mut begin = 0;
    // A value may contain dashes: a part begins only where a key follows.
    for (dash, _) in variant.match_indices('-') {
        if variant[dash + 1..].split('-').next().is_some_and(|word| word.find('=').is_some_and(|place| place > 0)) {
            parts.push(&variant[begin..dash]);
            begin = dash + 1;
        }
    }
    parts.push(&variant[begin..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// The names without the parts that all of them have; unchanged if a name would become empty or equal to another.
fn without_common_parts(names: &[String]) -> Vec<String> {
    let all: Vec<Vec<&str>> = names.iter().map(|name| parts(name)).collect();
    let common = |part: &str| all.iter().all(|parts| parts.contains(&part));
    let left = |parts: &Vec<&str>| {
        let own: Vec<&str> = parts.iter().copied().filter(|part| !common(part)).collect();
        own.join("-").replace("/-", "/")
    };
    let left: Vec<String> = all.iter().map(left).collect();
    if all_differ(&left) && left.iter().all(|name| !name.is_empty()) { left } else { names.to_vec() }
}

/// `features=rbf-learning_rate=0.01` as `rbf-0.01`.
fn without_keys(name: &str) -> String {
    let value = |part: &str| part.split_once('=').map_or(part, |(_, value)| value).to_owned();
    parts(name).into_iter().map(value).collect::<Vec<_>>().join("-").replace("/-", "/")
}

fn all_differ(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}

/// The names, without the middle of those that are too long.
fn cut(names: &[String], most: usize) -> Vec<String> {
    let short: Vec<String> = names.iter().map(|name| without_middle(name, most)).collect();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    short.iter().for_each(|name| *uses.entry(name).or_default() += 1);
    let unique = |(index, name): (usize, &String)| match uses[name.as_str()] {
        1 => name.clone(),
        _ => {
            let number = format!("{}: ", index + 1);
            let left = most.saturating_sub(number.chars().count());
            number + &without_middle(&names[index], left)
        }
    };
    short.iter().enumerate().map(unique).collect()
}

/// A text, without its middle if it is longer than `most` characters.
pub fn without_middle(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let head = kept / 2;
    let tail = length - (kept - head);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(tail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn shortened_names_stay_different() {
        assert_eq!(without_middle("approximators/table", 9), "appr…able");
        assert_eq!(shortened(&names(&["a", "abcdefgh"]), 5), ["a", "ab…gh"]);
        // Their beginnings and ends are equal.
        assert_eq!(shortened(&names(&["long-a-name", "long-b-name"]), 8), ["1: lo…me", "2: lo…me"]);
    }

    #[test]
    fn parts_that_all_names_share_are_left_out() {
        let grid = |lazy: &str, features: &str| format!("small/lazy={lazy}-hidden=8-4-features={features}-rate=0.003");
        let names = [grid("true", "one_hot"), grid("false", "one_hot"), grid("true", "rbf")];
        assert_eq!(
            shortened(&names, 30),
            ["lazy=true-features=one_hot", "lazy=false-features=one_hot", "lazy=true-features=rbf"]
        );
        assert_eq!(shortened(&names, 13), ["true-one_hot", "false-one_hot", "true-rbf"]);
        assert_eq!(shortened(&names, 60), names);
    }

    #[test]
    fn names_that_would_become_empty_stay() {
        let both = names(&["deep", "deep-learning_rate=0.1-gamma=0.9"]);
        assert_eq!(shortened(&both, 20), ["deep", "deep-0.1-0.9"]);
        let experiments = names(&["one-experiment/deep-rate=0.1", "another-one/deep-rate=0.1"]);
        assert_eq!(shortened(&experiments, 20), ["one-experiment/", "another-one/"]);
    }
}
