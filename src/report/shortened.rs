//! Names for little room.

use std::collections::BTreeMap;

/// Names of at most `most` characters. The middle of a longer one is left out, since variants often differ at their end; where that
/// makes two alike, their numbers in the list stand before them.
pub fn shortened(names: &[String], most: usize) -> Vec<String> {
    let short: Vec<String> = names.iter().map(|name| without_middle(name, most)).collect();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    short.iter().for_each(|name| *uses.entry(name).or_default() += 1);
    let told_apart = |(index, name): (usize, &String)| match uses[name.as_str()] {
        1 => name.clone(),
        _ => {
            let number = format!("{}: ", index + 1);
            let room = most.saturating_sub(number.chars().count());
            number + &without_middle(&names[index], room)
        }
    };
    short.iter().enumerate().map(told_apart).collect()
}

/// The beginning and the end of a text that is longer than `most` characters.
pub fn without_middle(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let head = kept / 2;
    let tail = length - (kept - head);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(tail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stay_apart() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(without_middle("approximators/table", 9), "appr…able");
        assert_eq!(shortened(&names(&["a", "abcdefgh"]), 5), ["a", "ab…gh"]);
        // Ends and beginnings alike.
        assert_eq!(shortened(&names(&["long-a-name", "long-b-name"]), 8), ["1: lo…me", "2: lo…me"]);
    }
}
