//! Whether the ranges in the schema are those that a config is checked for.

use serde_json::Value as Json;
use tilde::config::parse;
use toml::{Table, Value};

use super::keys::{reference_to, slot};

/// A number of a config: its keys from the top, and its schema. In a list it is the only item.
pub struct Number<'s> {
    pub keys: Vec<String>,
    of: &'s Json,
    /// The tables on the way, each with the number of keys that lead to it.
    tables: Vec<(usize, &'s Json)>,
    in_list: bool,
}

/// An experiment in which every slot may be replaced.
const BASE: &str = r#"
name = "ranges"
seeds = [2_000_000]
budget.steps = 2_560_000                      # a multiple of 100 and of 256
env.mountain_car = {}
algorithm.dqn = {}
approximator = { features = "identity", hidden = [8] }
optimizer.sgd.learning_rate = 0.1
"#;

/// What else a config needs below these keys, so that the number is all that can be wrong with it.
const BESIDE: [(&str, &str); 14] = [
    ("budget.steps", "algorithm = { random = {} }"),
    ("optimizer.sgd.learning_rate.cosine", "optimizer.sgd.learning_rate.cosine.final = 0.1"),
    ("algorithm.dqn.buffer_size", "algorithm.dqn.batch_size = 1"),
    ("algorithm.td_prediction.replay.buffer_size", "algorithm.td_prediction.replay.batch_size = 1"),
    ("algorithm.td_prediction.policy", "env = { gridworld = {} }\nalgorithm.td_prediction.gamma = 0.5"),
    ("approximator.network.conv", "env = { catch = {} }\napproximator = { network = { conv = {} }, hidden = [2] }"),
    ("approximator.features", "approximator = { hidden = [] }"),
    ("approximator.initialization", "approximator.hidden = []"),
    ("env.random_walk.states", "env.random_walk.jump = 1"),
    (
        "search",
        "search.trials = 4\nsearch.seeds = [1]\nsearch.space = { \"algorithm.dqn.gamma\" = { uniform = [0.0, 1.0] } }",
    ),
    ("search.pruner.successive_halving.rungs", "search.pruner.successive_halving.reduction = 2\nsearch.trials = 300"),
    ("search.pruner.successive_halving.reduction", "search.pruner.successive_halving.rungs = 2\nsearch.trials = 300"),
    ("wrappers", "env = { mountain_car = { time_limit = 4_000_000_000 } }"),
    (
        "search.pruner",
        "algorithm.dqn.exploration = { initial = 1.0, final = 0.1, steps = 100 }\nbudget.evaluate_every = 100",
    ),
];

/// Every number that a config may have, once for each table that has it.
pub fn numbers(schema: &Json) -> Vec<Number<'_>> {
    let mut walk = Walk { schema, seen: Vec::new(), found: Vec::new() };
    walk.value(&mut Vec::new(), &mut Vec::new(), schema, false);
    walk.found
}

struct Walk<'s> {
    schema: &'s Json,
    seen: Vec<&'s str>,
    found: Vec<Number<'s>>,
}

impl<'s> Walk<'s> {
    fn value(&mut self, keys: &mut Vec<String>, tables: &mut Vec<(usize, &'s Json)>, of: &'s Json, in_list: bool) {
        if let Some(name) = reference_to(of) {
            let definition = &self.schema["$defs"][name];
            // A table once; what is no table, such as a learning rate, wherever it is.
            let is_new = !self.seen.contains(&name);
            if is_new || definition.get("properties").is_none() && keys.len() < 6 && slot(definition).is_none() {
                self.seen.push(name);
                self.value(keys, tables, definition, in_list);
            }
            return;
        }
        match of.get("type").and_then(Json::as_str) {
            Some("integer" | "number") => {
                self.found.push(Number { keys: keys.clone(), of, tables: tables.clone(), in_list });
            }
            Some("array") if !in_list && of["items"].is_object() => self.value(keys, tables, &of["items"], true),
            _ => {}
        }
        if in_list {
            return; // variants, which have what the top has
        }
        if let Some(properties) = of.get("properties").and_then(Json::as_object) {
            tables.push((keys.len(), of));
            // These have what others have that are met in any case.
            let is_repeated = |key: &String| ["variant", "critic_approximator", "critic_optimizer"].contains(&&**key);
            for (key, of) in properties.iter().filter(|(key, _)| !is_repeated(key)) {
                keys.push(key.clone());
                self.value(keys, tables, of, false);
                keys.pop();
            }
            tables.pop();
        }
        if let Some(others) = of.get("additionalProperties").filter(|others| others.is_object())
            && keys.first().is_some_and(|key| key == "search")
            && keys.last().is_some_and(|key| key == "space")
        {
            keys.push("optimizer.sgd.max_grad_norm".to_owned());
            self.value(keys, tables, others, false);
            keys.pop();
        }
        let alternatives = ["oneOf", "anyOf"].iter().filter_map(|keyword| of.get(keyword)?.as_array()).flatten();
        for alternative in alternatives {
            self.value(keys, tables, alternative, false);
        }
    }
}

/// The bounds of a number: values that are accepted, at the bounds or beside them, and values beyond.
pub fn at_bounds(of: &Json) -> (Vec<f64>, Vec<f64>) {
    let bound = |keyword: &str| of.get(keyword).and_then(Json::as_f64);
    let small =
        |bound: f64| if of["type"] == "integer" { 1.0 } else { 1e-3 * if bound == 0.0 { 1.0 } else { bound.abs() } };
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for (keyword, sign, is_in) in [
        ("minimum", 1.0, true),
        ("maximum", -1.0, true),
        ("exclusiveMinimum", 1.0, false),
        ("exclusiveMaximum", -1.0, false),
    ] {
        let Some(bound) = bound(keyword) else { continue };
        inside.push(if is_in { bound } else { bound + sign * small(bound) });
        outside.push(if is_in { bound - sign * small(bound) } else { bound });
    }
    (inside, outside)
}

/// Values far away on the sides without a bound.
pub fn far_away(of: &Json) -> Vec<f64> {
    let has = |keywords: [&str; 2]| keywords.iter().any(|keyword| of.get(keyword).is_some());
    let low = (!has(["minimum", "exclusiveMinimum"])).then_some(-1e6);
    let high = (!has(["maximum", "exclusiveMaximum"])).then_some(1e6);
    low.into_iter().chain(high).collect()
}

impl Number<'_> {
    pub fn name(&self) -> String {
        self.keys.join(".")
    }

    pub fn schema(&self) -> &Json {
        self.of
    }

    /// What `tilde check` says of a config in which the number is `value`; nothing if it accepts it.
    pub fn refusal(&self, value: f64) -> Option<String> {
        let text = toml::to_string(&self.config(value)).unwrap();
        parse(&text, "ranges.toml", &[]).err().map(|error| error.to_string())
    }

    fn config(&self, value: f64) -> Table {
        let mut config: Table = BASE.parse().unwrap();
        let name = self.name();
        for (below, text) in BESIDE {
            if name.starts_with(below) && !name[below.len()..].starts_with('_') {
                merge(&mut config, text.parse().unwrap());
            }
        }
        let number = if self.of["type"] == "integer" { Value::Integer(value as i64) } else { Value::Float(value) };
        let last = self.keys.last().unwrap();
        let mut whole = match self.in_list {
            false => number,
            true if ["uniform", "log_uniform", "integer", "log_integer", "clip_reward"].contains(&&**last) => {
                let above = if self.of["type"] == "integer" { Value::Integer(1 << 40) } else { Value::Float(1e12) };
                Value::Array(vec![number, above])
            }
            // One for each component of mountain-car.
            true if ["low", "high", "bins", "tiles", "centres"].contains(&&**last) => Value::Array(vec![number; 2]),
            true => Value::Array(vec![number]),
        };
        for (depth, key) in self.keys.iter().enumerate().rev() {
            let mut table = Table::new();
            if let Some((_, of)) = self.tables.iter().rev().find(|(length, _)| *length == depth) {
                table = needed(of, key);
            }
            table.insert(key.clone(), whole);
            whole = Value::Table(table);
        }
        let Value::Table(whole) = whole else { unreachable!("a number has keys") };
        merge(&mut config, whole);
        config
    }
}

/// The required keys of a table, but for `key`, with values that are accepted.
fn needed(table: &Json, key: &str) -> Table {
    let names = |of: &Json| of["required"].as_array().cloned().unwrap_or_default();
    let groups = table["oneOf"].as_array().cloned().unwrap_or_default();
    let group = groups.iter().find(|group| names(group).iter().any(|name| name == key)).or(groups.first());
    let all = names(table).into_iter().chain(group.map(names).unwrap_or_default());
    let mut needed = Table::new();
    for name in all.filter_map(|name| name.as_str().map(str::to_owned)).filter(|name| name != key) {
        let value = match &*name {
            "choice" if key == "levels" || key == "quantized" => {
                needed.insert("uniform".to_owned(), Value::try_from([0.5, 1.0]).unwrap());
                continue;
            }
            "choice" => Value::try_from([0.5]).unwrap(),
            "name" | "budget" => continue,
            "seeds" if table["properties"].get("budget").is_some() => continue, // they are there
            "steps" if table["properties"].get("log_every").is_some() => continue, // it is there
            "seeds" => Value::try_from([1]).unwrap(),
            "id" | "path" | "checksum" => Value::String("x".to_owned()),
            "command" => Value::try_from(["x"]).unwrap(),
            "count" | "every" | "steps" | "trials" => Value::Integer(4),
            "first" => Value::Integer(0),
            _ => Value::Float(0.5),
        };
        needed.insert(name, value);
    }
    needed
}

/// Puts a table into another one. A table of a slot takes the place of one with another key.
fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => {
                let is_slot =
                    ["env", "algorithm", "optimizer", "features", "network", "initialization"].contains(&&*key);
                let is_other = new.keys().next().is_some_and(|part| !old.contains_key(part));
                if is_slot && is_other && new.len() == 1 {
                    *old = new;
                } else {
                    merge(old, new);
                }
            }
            (_, value) => _ = into.insert(key, value),
        }
    }
}
