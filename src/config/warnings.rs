//! Warnings about settings that are valid but hardly meant.

use std::collections::BTreeSet;

use super::{Experiment, RunConfig};
use crate::optim::OptimizerConfig;

/// More environment steps than this are warned of. At ten million steps a second, faster than any run, they take eleven
/// days.
const MAX_STEPS: u64 = 10_000_000_000_000;

/// The number of warnings that are given in full; the rest is counted.
const MAX_WARNINGS: usize = 10;

/// Warnings about learning rates that are too large for any approximator, about budgets that no machine can finish, and about
/// environments without a time limit. Each is one sentence.
pub fn warnings(experiment: &Experiment) -> Vec<String> {
    let steps = experiment.budget.steps;
    let too_long = (steps > MAX_STEPS).then(|| {
        let days = steps as f64 / 1e7 / 86_400.0;
        format!(
            "budget.steps: {steps} steps take {days:.0} days at ten million steps a second, which is faster than any \
             run: is that meant?"
        )
    });
    let variants = experiment.variants();
    let endless: BTreeSet<String> = variants.iter().filter_map(of_env).collect();
    let rates = variants.iter().flat_map(of_rates);
    let mut warnings: Vec<String> = too_long.into_iter().chain(endless).chain(rates).collect();
    let more = warnings.len().saturating_sub(MAX_WARNINGS);
    warnings.truncate(MAX_WARNINGS);
    warnings.extend((more > 0).then(|| format!("and {more} more warnings like these")));
    warnings
}

/// The warning about an environment whose episodes need not end.
fn of_env(run: &RunConfig) -> Option<String> {
    (!run.environment().has_time_limit()).then(|| {
        format!(
            "env.{}: {} has no time limit: where an episode need not end by itself, an evaluation may never end: set \
             `[wrappers] time_limit`",
            run.env.id(),
            run.env.name()
        )
    })
}

/// Warnings about the learning rates of one variant: its optimizer's, and its critic's if that has its own.
fn of_rates(run: &RunConfig) -> Vec<String> {
    let warn = |(key, optimizer): (String, &OptimizerConfig)| {
        let (rate, most) = (optimizer.learning_rate().largest(), optimizer.usable_rate());
        (rate > most).then(|| {
            format!(
                "variant `{}`: {key}.{}.learning_rate: no approximator is known to learn with steps of {rate:e} \
                 (more than {most}): expect it to diverge",
                run.variant,
                optimizer.id()
            )
        })
    };
    run.optimizers().into_iter().filter_map(warn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn of(rate: &str, optimizer: &str, steps: &str) -> Vec<String> {
        let text = format!(
            "name = 'x'\nseeds = [0]\n[budget]\nsteps = {steps}\n[env.gridworld]\n[algorithm.q_learning]\n\
             [approximator]\nfeatures = 'one_hot'\n[optimizer.{optimizer}]\nlearning_rate = {rate}\n"
        );
        warnings(&parse(&text, "x", &[]).unwrap())
    }

    #[test]
    fn useless_rates_and_endless_budgets_are_warned_of_and_large_ones_are_not() {
        for optimizer in ["sgd", "momentum", "normalized_gradient", "rmsprop", "adam", "adamw"] {
            assert_eq!(of("1.0", optimizer, "1000"), Vec::<String>::new());
            let warned = of("1e308", optimizer, "1000");
            assert!(
                warned.len() == 1 && warned[0].contains(&format!("optimizer.{optimizer}.learning_rate")),
                "{warned:?}"
            );
        }
        assert_eq!(of("{ linear = { initial = 0.1, final = 1e7, fraction = 1.0 } }", "sgd", "1000").len(), 1);
        let warned = of("1.0", "sgd", "9_000_000_000_000_000_000");
        assert!(warned.len() == 1 && warned[0].starts_with("budget.steps: "), "{warned:?}");
        assert_eq!(of("1.0", "sgd", "10_000_000_000_000"), Vec::<String>::new());
    }
}
