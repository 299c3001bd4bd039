//! Text as a word of the shell.

/// A text as one word of a POSIX shell: as it is if nothing in it has a meaning there, else in single quotes.
pub fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    // Nothing is special between single quotes, not even a backslash, so a single quote has to be outside of them.
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn only_what_needs_quotes_gets_them() {
        assert_eq!(quoted("/opt/tilde-0.3/bin/tilde"), "/opt/tilde-0.3/bin/tilde");
        assert_eq!(quoted("--mem=4G"), "--mem=4G");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("my runs"), "'my runs'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn the_shell_reads_back_what_was_quoted() {
        for text in ["", "a b", "it's", r"back\slash", "$HOME `date` \"x\" * ~ # ; & | < > ( ) !", "ñ λ"] {
            let output = Command::new("bash").args(["-c", &format!("printf %s {}", quoted(text))]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
