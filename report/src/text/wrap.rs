//! Lines of a given width.

/// Columns of the narrowest usual terminal.
pub const WIDTH: usize = 80;

/// Wraps a text into lines of at most `width` characters; longer words stay whole. A no-break space never ends a line and becomes a
/// space.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut().filter(|line| line.chars().count() + 1 + word.chars().count() <= width) {
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n").replace('\u{a0}', " ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree\n");
        assert_eq!(wrapped("one p\u{a0}=\u{a0}1", 7), "one\np = 1\n");
        assert_eq!(wrapped("a-word-that-is-too-long is", 7), "a-word-that-is-too-long\nis\n");
    }
}
