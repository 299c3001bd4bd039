//! What a user reads when a config cannot be used.

use std::fmt::{Display, Formatter};
use std::ops::Range;

use super::locate::line_at;

/// Something in a config that cannot be used: where, which key, what is wrong, what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, or what stands for it.
    pub file: String,
    /// Line in the file, from 1, where there is one to point at.
    pub line: Option<usize>,
    /// Dotted key, with the position in place of a name where the path leads through a list; empty where none is known.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// The line itself.
    pub excerpt: Option<Excerpt>,
}

/// A line of a file, with a part of it marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, without what a terminal would take for commands.
    text: String,
    /// What is marked, in characters.
    marked: Range<usize>,
}

/// Characters of a line that are shown on either side of where the marked part starts, and of a key.
const SHOWN: usize = 100;

impl Excerpt {
    /// The line of `text` that the bytes of `span` start in, and these bytes marked as far as the line goes.
    pub fn new(text: &str, span: Range<usize>) -> Option<Excerpt> {
        let before = text.get(..span.start)?;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[start..].lines().next()?;
        let column = before[start..].chars().count();
        let length = text.get(span).map_or(1, |marked| marked.lines().next().unwrap_or_default().chars().count());
        // Of a long line, the part around the mark.
        let left = column.saturating_sub(SHOWN / 2);
        let shown: String = line.chars().skip(left).take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let end = (column - left + length.max(1)).min(shown.chars().count().max(column - left + 1));
        Some(Excerpt { text: shown.trim_end().to_owned(), marked: column - left..end })
    }
}

impl ConfigError {
    /// What is wrong with the file as a whole.
    pub fn of_file(file: &str, message: String) -> ConfigError {
        ConfigError { file: file.to_owned(), line: None, key: String::new(), message, excerpt: None }
    }

    /// What is wrong at these bytes of the file's text.
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

/// All that is wrong with a config: at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

/// Errors that are shown; further ones need not be looked for.
pub const MAX_SHOWN: usize = 20;

impl ConfigErrors {
    /// The errors in the order of the file's lines.
    ///
    /// # Panics
    /// If there is none.
    pub fn new(mut errors: Vec<ConfigError>) -> ConfigErrors {
        assert!(!errors.is_empty(), "a config is refused for a reason");
        errors.sort_by_key(|error| error.line); // stable
        ConfigErrors(errors)
    }

    /// Each of them.
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
