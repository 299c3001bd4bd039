//! The smallest whole experiment, for a reader who has nothing yet or lacks a part.

/// Each key that an experiment needs, and lines that give it one. The environment, the algorithm, the approximator and the
/// optimizer may be each variant's own in their place.
const PARTS: [(&str, &str); 7] = [
    ("name", "name = \"cart-pole\""),
    ("seeds", "seeds = { first = 0, count = 5 }"),
    ("budget", "[budget]\nsteps = 50_000"),
    ("env", "[env.cart_pole]"),
    ("algorithm", "[algorithm.dqn]"),
    ("approximator", "[approximator]"),
    ("optimizer", "[optimizer.adam]\nlearning_rate = 1e-3"),
];

/// An example of what gives an experiment this key, for use in a sentence.
pub fn example_of(key: &str) -> Option<String> {
    let (_, lines) = PARTS.iter().find(|(name, _)| *name == key)?;
    Some(format!("`{}`", lines.replace('\n', "` and below it `")))
}

/// The header of a slot's table, such as `[env.cart_pole]`.
pub fn header_of(slot: &str) -> Option<&'static str> {
    let (_, lines) = PARTS.iter().find(|(name, _)| *name == slot)?;
    lines.lines().next().filter(|line| line.contains('.'))
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
        assert_eq!((header_of("env"), header_of("budget"), header_of("x")), (Some("[env.cart_pole]"), None, None));
    }
}
