//! Finds the line of a key in a TOML text.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The line, from 1, of the deepest part of `path` that stands in `text`.
pub fn line_of(text: &str, path: &[String]) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let offset = offset_in_table(root.get_ref(), path)?;
    Some(line_at(text, offset))
}

/// The line, from 1, of a byte offset.
pub fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}

fn offset_in_table(table: &DeTable<'_>, path: &[String]) -> Option<usize> {
    // A key with dots in quotes stands for several parts of the path.
    (1..=path.len()).find_map(|parts| {
        let (name, rest) = (path[..parts].join("."), &path[parts..]);
        let (key, value) = table.iter().find(|(key, _)| key.get_ref().as_ref() == name)?;
        Some(offset_in_value(value, rest).unwrap_or(key.span().start))
    })
}

fn offset_in_value(value: &Spanned<DeValue<'_>>, path: &[String]) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    match value.get_ref() {
        DeValue::Table(table) => offset_in_table(table, path),
        DeValue::Array(items) => {
            let item = items.get(first.parse::<usize>().ok()?)?;
            Some(offset_in_value(item, rest).unwrap_or(item.span().start))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, path: &str) -> Option<usize> {
        line_of(text, &path.split('.').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn keys_are_found_in_tables_inline_tables_and_arrays() {
        let text = "a = 1\n[b.c]\nd = { e = 2,\n f = [1,\n 2] }\n[[v]]\nname = 'x'\n[[v]]\nname = 'y'\n";
        assert_eq!(line(text, "a"), Some(1));
        assert_eq!(line(text, "b.c.d"), Some(3));
        assert_eq!(line(text, "b.c.d.f"), Some(4));
        assert_eq!(line(text, "b.c.d.f.1"), Some(5));
        assert_eq!(line(text, "v.1.name"), Some(9));
        assert_eq!(line("[b]\n'c.d' = 1", "b.c.d"), Some(2));
    }

    #[test]
    fn a_missing_key_points_to_where_it_would_stand() {
        let text = "a = 1\n[b]\nc = 2\n";
        assert_eq!(line(text, "b.nothing"), Some(2));
        assert_eq!(line(text, "nothing"), None);
    }
}
