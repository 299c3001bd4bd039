//! Names of experiments, variants and environments.

/// Whether a text can be a name: letters, digits and `-_.=`, 1 to 128 of them, not starting with a dot. A name becomes a folder, a
/// word of a sentence and a field of a CSV file.
pub fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.=".contains(c);
    !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && name.chars().all(allowed)
}
