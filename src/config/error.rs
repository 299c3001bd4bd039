//! The errors of a config, as a user reads them.

use std::fmt::{Display, Formatter};
use std::ops::Range;

use super::locate::line_at;

/// An error in a config: its place, its key, what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The name of the file.
    pub file: String,
    /// The line in the file, counted from 1, if the error has one.
    pub line: Option<usize>,
    /// The dotted key, in which the items of a list are numbered from 0. Empty if the error is about no single key.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// The line itself.
    pub excerpt: Option<Excerpt>,
}

/// A line of a file, with a part of it marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, with spaces in place of control characters.
    text: String,
    /// The marked part, in characters.
    marked: Range<usize>,
}

/// Characters that are shown of a line, and of a key.
const SHOWN: usize = 100;

impl Excerpt {
    /// The line of `text` in which `span` (in bytes) starts. The mark covers the span up to the end of this line.
    pub fn new(text: &str, span: Range<usize>) -> Option<Excerpt> {
        let before = text.get(..span.start)?;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[start..].lines().next()?;
        let column = before[start..].chars().count();
        let length = text.get(span).map_or(1, |marked| marked.lines().next().unwrap_or_default().chars().count());
        // Of a long line, only the part around the mark is shown.
        let left = column.saturating_sub(SHOWN / 2);
        let shown: String = line.chars().skip(left).take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let end = (column - left + length.max(1)).min(shown.chars().count().max(column - left + 1));
        Some(Excerpt { text: shown.trim_end().to_owned(), marked: column - left..end })
    }
}

impl ConfigError {
    /// An error about the file as a whole.
    pub fn of_file(file: &str, message: String) -> ConfigError {
        ConfigError { file: file.to_owned(), line: None, key: String::new(), message, excerpt: None }
    }

    /// An error about the bytes `span` of the file's text.
    pub fn at(file: &str, text: &str, span: Range<usize>, key: String, message: String) -> ConfigError {
        let line = Some(line_at(text, span.start));
        ConfigError { file: file.to_owned(), line, key, message, excerpt: Excerpt::new(text, span) }
    }
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if self.key.chars().count() > SHOWN {
            write!(f, ": {}…", self.key.chars().take(SHOWN).collect::<String>())?;
        } else if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)?;
        let (Some(line), Some(Excerpt { text, marked })) = (self.line, &self.excerpt) else { return Ok(()) };
        let (number, space, marks) = (line.to_string(), " ".repeat(marked.start), "^".repeat(marked.len()));
        write!(f, "\n  {number} | {text}\n  {} | {space}{marks}", " ".repeat(number.len()))
    }
}

impl std::error::Error for ConfigError {}

/// All errors of a config; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

/// The largest number of errors that are shown. Nothing looks for more than one beyond them.
pub const MAX_SHOWN: usize = 20;

impl ConfigErrors {
    /// Sorts the errors by their lines.
    ///
    /// # Panics
    /// If the list is empty.
    pub fn new(mut errors: Vec<ConfigError>) -> ConfigErrors {
        assert!(!errors.is_empty(), "a refused config has at least one error");
        errors.sort_by_key(|error| error.line); // stable: errors of one line keep their order
        ConfigErrors(errors)
    }

    /// Every error.
    pub fn list(&self) -> &[ConfigError] {
        &self.0
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> ConfigErrors {
        ConfigErrors(vec![error])
    }
}

impl Display for ConfigErrors {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let shown: Vec<String> = self.0.iter().take(MAX_SHOWN).map(ToString::to_string).collect();
        f.write_str(&shown.join("\n"))?;
        match self.0.len() {
            1 => Ok(()),
            count if count > MAX_SHOWN => write!(f, "\nmore than {MAX_SHOWN} errors: these first"),
            count => write!(f, "\n{count} errors"),
        }
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_shown_and_the_key_marked() {
        let text = "a = 1\n[t]\n  key = 3 # why\n";
        let start = text.find("key").unwrap();
        let error = ConfigError::at("x.toml", text, start..start + 3, "t.key".to_owned(), "is wrong".to_owned());
        assert_eq!(error.to_string(), "x.toml:3: t.key: is wrong\n  3 |   key = 3 # why\n    |   ^^^");
        let both = ConfigErrors::new(vec![error.clone(), ConfigError::of_file("x.toml", "no".to_owned())]);
        assert!(both.to_string().starts_with("x.toml: no\nx.toml:3") && both.to_string().ends_with("\n2 errors"));
    }

    #[test]
    fn long_lines_are_cut_and_nothing_controls_the_terminal() {
        let text = format!("{} = \u{1b}[2J{}", "k".repeat(300), "v".repeat(100_000));
        let shown = ConfigError::at("x", &text, 0..300, String::new(), "m".to_owned()).to_string();
        assert!(shown.chars().count() < 300 && !shown.contains('\u{1b}'), "{shown}");
        for span in [0..0, 5..5, text.len()..text.len(), 302..400] {
            assert!(ConfigError::at("x", &text, span, String::new(), "m".to_owned()).line.is_some());
        }
    }
}
