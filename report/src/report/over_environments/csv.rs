//! `aggregate.csv`: the figures over environments, one per line.

use super::aggregate::Aggregate;
use crate::report::estimate::Estimate;

/// `environment,method,other,metric,value,low,high`. Without an environment, a figure is over all of them; `low` and `high` are the ends
/// of its interval, if it has one. `prefixes` name the environments, as in `scores.csv`.
///
/// Of an environment: the returns that are `zero` and `one` of its normalised scores. Of a method: `normalised_score`, in each environment
/// and over all, `optimality_gap` and `mean_rank`. Of two methods: `probability_of_improvement` of the first over the other one.
pub fn csv(aggregate: &Aggregate, prefixes: &[String]) -> String {
    let mut rows = "environment,method,other,metric,value,low,high\n".to_owned();
    let mut add = |of: [&str; 3], metric: &str, estimate: Estimate| {
        let ends = estimate.interval.map_or(",".to_owned(), |interval| format!("{},{}", interval.low, interval.high));
        rows += &format!("{},{metric},{},{ends}\n", of.join(","), estimate.value);
    };
    let number = |value: f64| Estimate { value, interval: None };
    for environment in &aggregate.environments {
        let prefix = prefixes[environment.index].as_str();
        add([prefix, "", ""], "zero", number(environment.scale.zero));
        add([prefix, "", ""], "one", number(environment.scale.one));
    }
    for method in &aggregate.methods {
        let name = method.name.as_str();
        add(["", name, ""], "normalised_score", method.score);
        add(["", name, ""], "optimality_gap", method.gap);
        add(["", name, ""], "mean_rank", number(method.rank));
        for (environment, score) in aggregate.environments.iter().zip(&method.of_environments) {
            add([&prefixes[environment.index], name, ""], "normalised_score", number(*score));
        }
    }
    for pair in &aggregate.pairs {
        let [first, second] = [pair.first, pair.second].map(|index| aggregate.methods[index].name.as_str());
        add(["", first, second], "probability_of_improvement", pair.probability);
    }
    rows
}
