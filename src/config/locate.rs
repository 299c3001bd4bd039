//! Finds the position of a key in a TOML text.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::overrides::MAX_KEYS;

/// The line of a byte offset, counted from 1.
pub fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// The position (in bytes) of the value at `path`: that of its key, or of the item of a list. If the path ends in keys
/// that the text lacks, the position of the last key that it has.
pub fn span_of(table: &DeTable<'_>, path: &[String]) -> Option<Range<usize>> {
    // A quoted key that contains dots matches several keys of the path. The longest is meant: beside `a` there may be `"a.b"`. Longer
    // ones than any setting has are tried as a whole only.
    let several = (1..=path.len().min(MAX_KEYS)).rev();
    [path.len()].into_iter().chain(several).filter(|&parts| parts > 0).find_map(|parts| {
        let (name, rest) = (path[..parts].join("."), &path[parts..]);
        let (key, value) = table.get_key_value(name.as_str())?;
        Some(span_in_value(value, rest).unwrap_or(key.span()))
    })
}

fn span_in_value(value: &Spanned<DeValue<'_>>, path: &[String]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    match value.get_ref() {
        DeValue::Table(table) => span_of(table, path),
        DeValue::Array(items) => {
            let item = items.get(first.parse::<usize>().ok()?)?;
            Some(span_in_value(item, rest).unwrap_or(item.span()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, path: &str) -> Option<usize> {
        let (table, path) = (DeTable::parse(text).unwrap(), path.split('.').map(str::to_owned).collect::<Vec<_>>());
        span_of(table.get_ref(), &path).map(|span| line_at(text, span.start))
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
        assert_eq!(line("[b]\nc = { e = 1 }\n'c.d' = 1", "b.c.d"), Some(3));
    }

    #[test]
    fn a_missing_key_points_to_the_table_that_lacks_it() {
        let text = "a = 1\n[b]\nc = 2\n";
        assert_eq!(line(text, "b.nothing"), Some(2));
        assert_eq!(line(text, "nothing"), None);
    }
}
