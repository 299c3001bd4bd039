//! serde's messages in words that a reader of the config understands, who need not know what a `usize` is.

use super::nearest;

/// The message in words, with a remedy where serde has none: what a slot takes, and the nearest name where a name is unknown.
pub fn in_words(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: ")) {
        return rest.rsplit_once(", expected ").map_or_else(
            || message.to_owned(),
            |(found, expected)| {
                let in_range = message.starts_with("invalid value");
                match found {
                    "unit variant" => "takes a name in quotes, or a table with one key".to_owned(),
                    _ => format!("takes {}, not {}", kind(expected, in_range), value(found)),
                }
            },
        );
    }
    if let Some(keys) = message.strip_prefix("missing field ") {
        return format!("the key {keys} is missing");
    }
    let Some(rest) = message.strip_prefix("unknown ") else { return message.to_owned() };
    let rest = rest
        .strip_prefix("field ")
        .map(|rest| format!("unknown key {rest}"))
        .unwrap_or_else(|| format!("unknown name {}", rest.strip_prefix("variant ").unwrap_or(rest)));
    let text = rest.replace(", there are no fields", ": there are no keys here").replace(", there are no variants", "");
    let mut names = message.split('`').skip(1).step_by(2);
    match names.next().and_then(|unknown| nearest(unknown, names)) {
        Some(name) => format!("{text}; did you mean `{name}`?"),
        None => text,
    }
}

/// The keys of which a message says that one is missing; none, if it says something else.
pub fn missing_keys(message: &str) -> Vec<&str> {
    let keys = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    keys.into_iter().flat_map(|keys| keys.split("` or `")).collect()
}

/// Whether a message says that a table with one key has none, or several.
pub fn wants_one_key(message: &str) -> bool {
    message.starts_with("wanted exactly 1 element")
        || message == "invalid type: map, expected enum"
        || (message.starts_with("invalid length ") && message.ends_with("expected fewer elements in map"))
}

/// That a table with one key has these; `example` is a header of such a table.
pub fn one_key(keys: &[String], example: Option<&str>) -> String {
    let such = example.map_or(String::new(), |header| format!(", such as {header}"));
    let found = match keys.split_last() {
        Some((last, others @ [_, ..])) => {
            let others: Vec<String> = others.iter().map(|key| format!("`{key}`")).collect();
            format!(": here stand {} and `{last}`, where only one may", others.join(", "))
        }
        _ => String::new(),
    };
    format!("takes exactly one table with one key{such}{found}")
}

/// In words, what a message says is expected.
pub fn kind_expected(message: &str) -> String {
    kind(message.rsplit_once(", expected ").map_or("", |(_, expected)| expected), false)
}

/// What is expected. With `in_range`, what was found is of the kind, but out of range.
fn kind(expected: &str, in_range: bool) -> String {
    let kind = match expected {
        "usize" | "u64" | "u128" if in_range => "a whole number of at least 0",
        "u32" if in_range => "a whole number from 0 to 4294967295",
        "u16" if in_range => "a whole number from 0 to 65535",
        "u8" if in_range => "a whole number from 0 to 255",
        "usize" | "u8" | "u16" | "u32" | "u64" | "u128" | "isize" | "i8" | "i16" | "i32" | "i64" | "i128" => {
            "a whole number"
        }
        "f32" | "f64" => "a number",
        "a string" | "str" | "string" => "text in quotes",
        "a boolean" | "bool" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        _ if expected.starts_with("struct ") => "a table",
        other => other,
    };
    kind.to_owned()
}

/// What was found.
fn value(found: &str) -> String {
    let bare = |prefix: &str| found.strip_prefix(prefix).map(|rest| rest.trim_matches('`').to_owned());
    let text = || found.strip_prefix("string ").map(|rest| format!("the text {rest}"));
    let plain = || match found {
        "map" => "a table".to_owned(),
        "sequence" => "a list".to_owned(),
        other => other.to_owned(),
    };
    bare("integer ")
        .or_else(|| bare("floating point "))
        .or_else(|| bare("boolean "))
        .or_else(text)
        .unwrap_or_else(plain)
}

#[cfg(test)]
mod tests {
    use super::{in_words, one_key, wants_one_key};

    #[test]
    fn types_are_in_words() {
        for (message, words) in [
            ("invalid type: string \"many\", expected usize", "takes a whole number, not the text \"many\""),
            ("invalid value: integer `-64`, expected usize", "takes a whole number of at least 0, not -64"),
            ("invalid value: integer `-1`, expected u32", "takes a whole number from 0 to 4294967295, not -1"),
            ("invalid type: floating point `1.5`, expected u64", "takes a whole number, not 1.5"),
            ("invalid type: boolean `true`, expected f64", "takes a number, not true"),
            ("invalid type: integer `3`, expected a boolean", "takes true or false, not 3"),
            ("invalid type: integer `3`, expected a string", "takes text in quotes, not 3"),
            ("invalid type: map, expected a sequence", "takes a list, not a table"),
            ("invalid type: integer `1`, expected struct DqnConfig", "takes a table, not 1"),
            ("invalid type: unit variant, expected string only", "takes a name in quotes, or a table with one key"),
            ("missing field `steps`", "the key `steps` is missing"),
            ("missing field `a` or `b`", "the key `a` or `b` is missing"),
        ] {
            assert_eq!(in_words(message), words);
        }
    }

    #[test]
    fn one_key_names_those_that_stand_there() {
        let keys = ["adam", "momentum", "sgd"].map(str::to_owned);
        let said = one_key(&keys, Some("[optimizer.adam]"));
        let example = "takes exactly one table with one key, such as [optimizer.adam]";
        assert_eq!(said, format!("{example}: here stand `adam`, `momentum` and `sgd`, where only one may"));
        assert_eq!(one_key(&[], Some("[optimizer.adam]")), example);
        for message in
            ["wanted exactly 1 element, found 0 elements", "invalid length 2, expected fewer elements in map"]
        {
            assert!(wants_one_key(message));
        }
        assert!(!wants_one_key("invalid type: map, expected a string"));
    }

    #[test]
    fn the_nearest_name_is_found_whatever_its_case() {
        let message = in_words("unknown variant `Relu`, expected one of `relu`, `tanh`");
        assert_eq!(message, "unknown name `Relu`, expected one of `relu`, `tanh`; did you mean `relu`?");
        assert!(in_words("unknown field `Hidden`, expected `features` or `hidden`").contains("mean `hidden`?"));
        assert!(in_words("unknown variant `ADAM`, expected `sgd` or `adam`").contains("mean `adam`?"));
        assert_eq!(in_words("unknown field `x`, there are no fields"), "unknown key `x`: there are no keys here");
    }
}
