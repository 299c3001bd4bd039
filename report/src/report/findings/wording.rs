//! Lists, p-values and differences in sentences.

use crate::text::three_digits;

/// A list with more names than this is shortened.
const MAX_NAMES: usize = 8;

/// `a, b and c`. Of many names only the first are listed.
pub fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    if names.len() > MAX_NAMES {
        let more = names.len() - (MAX_NAMES - 1);
        names.truncate(MAX_NAMES - 1);
        names.push(format!("{more} others"));
    }
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// The size of a difference. A significant difference may be too small to matter.
pub fn by(difference: f64) -> String {
    format!("by\u{a0}{}", three_digits(difference.abs()))
}

/// A p-value as papers write it, with no-break spaces.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p\u{a0}<\u{a0}0.001".to_owned() } else { format!("p\u{a0}=\u{a0}{p:.3}") }
}
