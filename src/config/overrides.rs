//! `--set key.path=value`: changes to a config on the command line.

use toml::{Table, Value};

/// Applies one `key.path=value`. Tables on the way are made where they are missing, so that `--set` can do all that the
/// file can; a key that means nothing is found when the experiment is read.
///
/// # Errors
/// If the text has no `=` or no key, or the path leads through something that is not a table.
pub fn apply(table: &mut Table, assignment: &str) -> Result<(), String> {
    let (path, value) = assignment.split_once('=').ok_or_else(|| malformed(assignment))?;
    let keys = path_of(path);
    let Some((last, parents)) = keys.split_last().filter(|_| keys.iter().all(|key| !key.is_empty())) else {
        return Err(malformed(assignment));
    };
    let path = [parents, std::slice::from_ref(last)].concat();
    set(table, &path, parse_value(value.trim())).map_err(|message| format!("--set {assignment}: {message}"))
}

/// Puts a value where `path` leads, through tables that are made where they are missing.
///
/// # Errors
/// If the path is empty or leads through something that is not a table.
pub fn set(table: &mut Table, path: &[String], value: Value) -> Result<(), String> {
    let (last, parents) = path.split_last().ok_or("nothing is named")?;
    let mut place = table;
    for (depth, key) in parents.iter().enumerate() {
        let next = place.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
        let kind = next.type_str();
        place = next.as_table_mut().ok_or_else(|| {
            format!("`{}` is a {kind}, not a table, so nothing can be set in it", parents[..=depth].join("."))
        })?;
    }
    place.insert(last.clone(), value);
    Ok(())
}

/// The dotted key of an assignment, as a path.
pub fn path_of(path: &str) -> Vec<String> {
    path.split('=').next().unwrap_or_default().trim().split('.').map(|key| key.trim().to_owned()).collect()
}

fn malformed(assignment: &str) -> String {
    format!("--set {assignment}: write a dotted key, `=` and a value, such as --set budget.steps=1000")
}

/// A TOML value; what is none is a string, so that names need no quotes on the command line.
fn parse_value(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok().filter(|table| table.len() == 1);
    parsed.and_then(|mut table| table.remove("value")).unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(assignment: &str) -> Result<String, String> {
        let mut table: Table = toml::from_str("name = 'x'\n[a.b]\nc = 1\n").unwrap();
        apply(&mut table, assignment).map(|()| toml::to_string(&table).unwrap())
    }

    #[test]
    fn values_are_toml_and_bare_words_are_strings() {
        assert!(after("a.b.c=[1, 2]").unwrap().contains("c = [1, 2]"));
        assert!(after("a.b.c=2.5e-3").unwrap().contains("c = 0.0025"));
        assert!(after("name=other").unwrap().contains("name = \"other\""));
        assert!(after("a.b.c={ d = true }").unwrap().contains("d = true"));
    }

    #[test]
    fn missing_tables_are_made() {
        assert!(after("x.y.z=1").unwrap().contains("[x.y]\nz = 1"));
    }

    #[test]
    fn what_cannot_be_set_is_named() {
        assert!(after("name.x=1").unwrap_err().contains("`name` is a string"));
        assert!(after("novalue").unwrap_err().contains("--set novalue"));
        assert!(after("=1").is_err() && after("a..c=1").is_err());
    }

    #[test]
    fn a_value_cannot_smuggle_in_other_keys() {
        let mut table = Table::new();
        apply(&mut table, "name=1\nother = 2").unwrap();
        assert_eq!(table.len(), 1);
    }
}
