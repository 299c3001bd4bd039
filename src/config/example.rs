//! The smallest complete experiment: an example for a config that is empty or lacks a key.

/// Every key that an experiment needs, with lines that set it. The environment, the algorithm, the approximator and the
/// optimizer may instead be set by every variant.
const PARTS: [(&str, &str); 7] = [
    ("name", "name = \"cart-pole\""),
    ("seeds", "seeds = { first = 0, count = 5 }"),
    ("budget", "[budget]\nsteps = 50_000"),
    ("env", "[env.cart_pole]"),
    ("algorithm", "[algorithm.dqn]"),
    ("approximator", "[approximator]"),
    ("optimizer", "[optimizer.adam]\nlearning_rate = 1e-3"),
];

/// Lines that set this key of an experiment, for use in a sentence.
pub fn example_of(key: &str) -> Option<String> {
    let (_, lines) = PARTS.iter().find(|(name, _)| *name == key)?;
    Some(format!("`{}`", lines.replace('\n', "` and below it `")))
}

/// The text of a whole experiment.
pub fn smallest() -> String {
    PARTS.map(|(_, lines)| format!("{lines}\n")).concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn the_smallest_experiment_is_valid_and_lacks_no_part() {
        parse(&smallest(), "x", &[]).unwrap_or_else(|errors| panic!("{errors}"));
        for (key, lines) in PARTS {
            assert!(parse(&smallest().replace(lines, ""), "x", &[]).is_err(), "{key} is not needed");
        }
    }

    #[test]
    fn examples_are_a_part_of_a_sentence() {
        assert_eq!(example_of("optimizer").unwrap(), "`[optimizer.adam]` and below it `learning_rate = 1e-3`");
        assert_eq!(example_of("x"), None);
    }
}
