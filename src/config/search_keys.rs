//! The keys of a search's spaces: `"optimizer.sgd.learning_rate"` in quotes, or the same without them, which TOML reads as tables in
//! tables.

use toml::{Table, Value};

use super::overrides::set;
use crate::search::KINDS;

/// Turns quoted keys with dots into nested tables, so that `--set search.space.…` can replace them.
pub fn nest(experiment: &mut Table) {
    each_space(experiment, &|space| {
        let mut nested = Table::new();
        for (key, value) in std::mem::take(space) {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            if set(&mut nested, &path, value.clone()).is_err() {
                nested.insert(key, value); // too long, or in conflict with another: refused when the search is checked
            }
        }
        *space = nested;
    });
}

/// Turns nested tables into dotted keys, down to the tables that are distributions.
pub fn flatten(experiment: &mut Table) {
    each_space(experiment, &|space| {
        let mut flat = Table::new();
        for (key, value) in std::mem::take(space) {
            collect(key, value, &mut flat);
        }
        *space = flat;
    });
}

fn collect(key: String, value: Value, flat: &mut Table) {
    let Value::Table(table) = value else {
        flat.insert(key, value);
        return;
    };
    let is_distribution = KINDS.iter().any(|kind| table.get(*kind).is_some_and(|value| !value.is_table()));
    // What belongs to a distribution is no table; a table in it is a longer key.
    let (deeper, own): (Table, Table) = table.into_iter().partition(|(_, value)| value.is_table());
    if is_distribution || !own.is_empty() || deeper.is_empty() {
        flat.insert(key.clone(), Value::Table(own));
    }
    deeper.into_iter().for_each(|(inner, value)| collect(format!("{key}.{inner}"), value, flat));
}

fn each_space(experiment: &mut Table, change: &dyn Fn(&mut Table)) {
    let Some(Value::Table(search)) = experiment.get_mut("search") else { return };
    if let Some(Value::Table(space)) = search.get_mut("space") {
        change(space);
    }
    if let Some(Value::Table(variants)) = search.get_mut("variant") {
        variants.iter_mut().filter_map(|(_, space)| space.as_table_mut()).for_each(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_do_not_matter() {
        let quoted = "[search.space]\noptimizer = { choice = ['sgd'] }\n'optimizer.sgd.rate' = { uniform = [0, 1] }";
        let bare = "[search.space.optimizer]\nchoice = ['sgd']\nsgd.rate.uniform = [0, 1]";
        let mut tables = [quoted, bare].map(|text| toml::from_str::<Table>(text).unwrap());
        for table in &mut tables {
            nest(table);
            flatten(table);
        }
        assert_eq!(tables[0], toml::from_str(quoted).unwrap());
        assert_eq!(tables[0], tables[1]);
    }
}
