//! The reference of keys, from the JSON Schema of a config file.
//!
//! Each key is a list item and not a row of a table: its name, type and default in the first line, its meaning below. That is read
//! on a telephone too.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

/// The tables at the top, in the order of the page. A test holds that there are no others.
const TABLES: [(&str, &str, &str); 10] = [
    ("budget", "[budget]", "The length of a run"),
    ("env", "[env.ID]", "Environments"),
    ("algorithm", "[algorithm.ID]", "Algorithms"),
    ("approximator", "[approximator]", "Approximators"),
    ("optimizer", "[optimizer.ID]", "Optimizers"),
    ("wrappers", "[wrappers]", "Wrappers"),
    ("diagnostics", "[diagnostics]", "Diagnostics"),
    ("search", "[search]", "Search"),
    ("variant", "[[variant]]", "Variants"),
    ("grid", "[grid]", "Grids"),
];

/// Titles of types whose name is not one.
const TITLES: [(&str, &str); 10] = [
    ("Cosine", "Cosine schedule"),
    ("Exponential", "Exponential schedule"),
    ("Linear", "Linear schedule"),
    ("CheckedWeightsFile", "Weights file with a checksum"),
    ("GymnasiumWrapper", "Wrapper of Gymnasium"),
    ("NormalizeConfig", "Normalization"),
    ("ReplayConfig", "Replay"),
    ("StepDecay", "Step decay"),
    ("Switch", "Switch for normalization"),
    ("Tpe", "Tree-structured Parzen estimator"),
];

const INTRODUCTION: &str = "\
# All keys

Every key of an experiment file, with its type, default, range and meaning. This page is generated from the schema that
`tilde schema` prints, so it is complete. [Experiments](experiments.md) explains how the parts of a file fit together.

- A key without a default is *required* where it says so. Any other key may be left out: its text says what holds then.
- A *number* may have a point and an exponent: `1`, `0.5`, `1e-3`. A *whole number* has none: `50_000`.
- Text and names stand in quotes.
- Some ranges depend on other keys: a batch has to fit into its buffer. `tilde check FILE` knows them all. It finds unknown keys,
  wrong types and values out of range, and says what would be right.

";

/// The page.
pub fn page(schema: &Value) -> String {
    let mut reference = Reference {
        definitions: schema["$defs"].as_object().unwrap(),
        text: INTRODUCTION.to_owned(),
        waiting: VecDeque::new(),
        known: BTreeSet::new(),
        anchors: anchors_of_parts(schema),
    };
    reference.all(schema);
    // Lists and paragraphs end with an empty line each; between two of them there is one.
    while reference.text.contains("\n\n\n") {
        reference.text = reference.text.replace("\n\n\n", "\n\n");
    }
    reference.text.trim_end().to_owned() + "\n"
}

/// The anchors of types that have a section because a key of the top, or of the approximator, has them.
fn anchors_of_parts(schema: &Value) -> BTreeMap<String, String> {
    let mut anchors: BTreeMap<String, String> = BTreeMap::new();
    for (key, ..) in TABLES {
        let of = &schema["properties"][key];
        if let Some(name) = reference_to(of).or_else(|| reference_to(&of["items"])) {
            anchors.insert(name.to_owned(), key.to_owned());
        }
    }
    let keys = &schema["$defs"]["ApproximatorConfig"]["properties"];
    for key in ["features", "network"] {
        anchors.insert(reference_to(&keys[key]).unwrap().to_owned(), key.to_owned());
    }
    anchors
}

struct Reference<'s> {
    definitions: &'s Map<String, Value>,
    text: String,
    /// Types that were named and have no section yet.
    waiting: VecDeque<&'s str>,
    /// Types that have a section, or wait for one.
    known: BTreeSet<&'s str>,
    /// The anchors of the types with a section that is not called after them.
    anchors: BTreeMap<String, String>,
}

impl<'s> Reference<'s> {
    fn all(&mut self, schema: &'s Value) {
        let top = schema["properties"].as_object().unwrap();
        let is_table = |key: &String| TABLES.iter().any(|(table, ..)| table == key);
        for (key, of) in top {
            let definition = reference_to(of).map(|name| &self.definitions[name]);
            let has_keys = definition.is_some_and(|of| of.get("properties").is_some() || slot(of).is_some());
            assert!(!has_keys || is_table(key), "`{key}` needs a place in the reference: add it to TABLES");
        }
        self.heading(2, "The top of the file", "top");
        let required = required(schema);
        let mut keys: Vec<&String> = top.keys().filter(|key| !is_table(key)).collect();
        keys.sort_by_key(|key| (*key != "name", !required.contains(&key.as_str())));
        for key in keys.into_iter().chain(top.keys().filter(|key| is_table(key))) {
            self.key("top", key, &top[key], required.contains(&key.as_str()));
        }
        self.sections_of_types();
        for (key, path, title) in TABLES {
            self.heading(2, &format!("{title}: `{path}`"), key);
            let of = &top[key];
            let name = reference_to(of).or_else(|| reference_to(&of["items"])).unwrap();
            let definition = &self.definitions[name];
            self.description(definition);
            match slot(definition) {
                Some(parts) => self.slot(key, key, &parts),
                None => self.keys(key, definition),
            }
            for inner in ["features", "network"] {
                let Some(of) = definition["properties"].get(inner) else { continue };
                let definition = &self.definitions[reference_to(of).unwrap()];
                let title = if inner == "features" { "Feature maps" } else { "Networks" };
                self.sections_of_types();
                self.heading(2, &format!("{title}: `[{key}.{inner}.ID]`"), inner);
                self.description(definition);
                self.slot(inner, &format!("{key}.{inner}"), &slot(definition).unwrap());
            }
            self.sections_of_types();
        }
    }

    fn heading(&mut self, level: usize, title: &str, anchor: &str) {
        self.text += &format!("\n\n{} {title} {{#{anchor}}}\n\n", "#".repeat(level));
    }

    /// The parts of a slot: a list of links, and a section for each.
    fn slot(&mut self, anchor: &str, path: &str, parts: &[(&'s str, &'s Value)]) {
        for (name, part) in parts {
            self.text += &format!("- [`{name}`](#{anchor}-{name}): {}\n", escaped(&summary(part)));
        }
        for (name, part) in parts {
            self.heading(3, &format!("`[{path}.{name}]`"), &format!("{anchor}-{name}"));
            let definition = reference_to(part).map_or(*part, |name| &self.definitions[name]);
            self.text += &format!("{}\n\n", sentence(&escaped(&summary(part))));
            self.description(definition);
            self.keys(&format!("{anchor}-{name}"), definition);
        }
    }

    /// The sections of all types that were named since the last ones.
    fn sections_of_types(&mut self) {
        while let Some(name) = self.waiting.pop_front() {
            let definition = &self.definitions[name];
            let anchor = anchor(name);
            self.heading(3, &title(name), &anchor);
            self.description(definition);
            if definition.get("properties").is_some() {
                self.keys(&anchor, definition);
            } else {
                let alternatives = self.alternatives(definition);
                alternatives.into_iter().for_each(|alternative| self.alternative(&anchor, alternative));
            }
        }
    }

    /// One of the values that a type has.
    fn alternative(&mut self, anchor: &str, alternative: &'s Value) {
        let single = single_key(alternative);
        let meaning = [Some(alternative), single.map(|(_, of)| of)]
            .into_iter()
            .flatten()
            .find_map(|of| of["description"].as_str());
        let behind = meaning.map_or(String::new(), |text| format!(": {}", indented(&sentence(&escaped(text)))));
        match (single, alternative.get("properties")) {
            (Some((key, of)), _) if of.get("properties").is_none() => {
                let kind = one(&self.kind(of));
                self.text += &format!("- `{{ {key} = … }}`, with {kind}{behind}\n");
            }
            (Some((key, of)), _) => {
                self.text += &format!("- `{{ {key} = {{ … }} }}`{behind}\n");
                self.nested_keys(&format!("{anchor}-{key}"), of);
            }
            (None, Some(_)) => {
                let title = alternative["title"].as_str().map_or(String::new(), |title| format!(", {title}"));
                let choice = one_of_these(alternative).map_or(String::new(), |choice| format!(". {choice}"));
                self.text += &format!("- A table{title}{behind}{choice}\n");
                self.nested_keys(anchor, alternative);
            }
            (None, None) => {
                let kind = one(&self.kind(alternative));
                self.text += &format!("- {}{behind}\n", capital(&kind));
            }
        }
    }

    /// The keys of a table that is an item of a list.
    fn nested_keys(&mut self, anchor: &str, table: &'s Value) {
        let before = std::mem::take(&mut self.text);
        self.keys(anchor, table);
        let keys = std::mem::replace(&mut self.text, before);
        let list = keys.find("- ").map_or("", |start| &keys[start..]);
        for line in list.trim().lines() {
            self.text += &if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
        }
    }

    /// The keys of a table, the required ones first.
    fn keys(&mut self, anchor: &str, table: &'s Value) {
        let Some(keys) = table.get("properties").and_then(Value::as_object) else { return };
        if keys.is_empty() {
            self.text += "There are no keys.\n\n";
        }
        let required = required(table);
        let is_said = table["description"].as_str().is_some_and(|text| text.contains("exactly one of"));
        if !is_said && let Some(choice) = one_of_these(table) {
            self.text += &format!("{choice}\n\n");
        }
        let mut sorted: Vec<&String> = keys.keys().collect();
        sorted.sort_by_key(|key| !required.contains(&key.as_str()));
        for key in sorted {
            self.key(anchor, key, &keys[key], required.contains(&key.as_str()));
        }
        self.text += "\n";
    }

    /// A key: its name, type and default, and its meaning.
    fn key(&mut self, anchor: &str, key: &str, of: &'s Value, is_required: bool) {
        let kind = self.kind(of);
        let default = match of.get("default") {
            Some(default) => format!(" · default `{}`", toml(default)),
            None if is_required => " · *required*".to_owned(),
            None => String::new(),
        };
        let meaning = of["description"].as_str().unwrap_or_else(|| panic!("`{key}` of {anchor} has no description"));
        self.text += &format!(
            "- <a id=\"{anchor}-{key}\"></a>**`{key}`** · {kind}{default} \\\n  {}\n",
            indented(&sentence(&escaped(meaning)))
        );
        let definition = reference_to(of).map(|name| &self.definitions[name]);
        for alternative in definition.map(|of| self.names(of)).unwrap_or_default() {
            let (name, meaning) = alternative;
            self.text += &format!("  - `\"{name}\"`: {}\n", indented(&indented(&sentence(&escaped(meaning)))));
        }
    }

    /// The names of a type that is nothing but a choice of names, without deprecated ones, each with its meaning.
    fn names(&self, definition: &'s Value) -> Vec<(&'s str, &'s str)> {
        let current = self.alternatives(definition).into_iter().filter(|of| of.get("deprecated").is_none());
        let names = current.map(|of| Some((of.get("const")?.as_str()?, of.get("description")?.as_str()?)));
        names.collect::<Option<Vec<_>>>().unwrap_or_default()
    }

    /// The values of a type, those of types that it is made of in their place.
    fn alternatives(&self, definition: &'s Value) -> Vec<&'s Value> {
        let own = ["oneOf", "anyOf"].iter().filter_map(|keyword| definition.get(keyword)?.as_array()).flatten();
        own.flat_map(|alternative| match reference_to(alternative) {
            Some(name) if self.definitions[name].get("properties").is_none() => {
                let definition = &self.definitions[name];
                let inner = self.alternatives(definition);
                if inner.is_empty() { vec![definition] } else { inner }
            }
            _ => vec![alternative],
        })
        .filter(|alternative| alternative.get("deprecated").is_none())
        .collect()
    }

    /// A type in words, with links.
    fn kind(&mut self, of: &'s Value) -> String {
        if let Some(name) = reference_to(of) {
            return self.kind_of_type(name);
        }
        if let Some(name) = of.get("const") {
            return format!("`{}`", toml(name));
        }
        if let Some(names) = of.get("enum").and_then(Value::as_array) {
            return names.iter().map(|name| format!("`{}`", toml(name))).collect::<Vec<_>>().join(" or ");
        }
        if let Some(forms) = of.get("anyOf").or_else(|| of.get("oneOf")).and_then(Value::as_array)
            && of.get("properties").is_none()
        {
            return forms.iter().map(|form| self.kind(form)).collect::<Vec<_>>().join(", or ");
        }
        match of.get("type").and_then(Value::as_str) {
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("string") => "text".to_owned(),
            Some(name @ ("integer" | "number")) => {
                let range = range(of);
                format!("{}{range}", if name == "integer" { "whole number" } else { "number" })
            }
            Some("array") => self.list(of),
            Some("object") => match of.get("additionalProperties").filter(|others| others.is_object()) {
                Some(others) => format!("table of keys, each with: {}", self.kind(others)),
                None => "table".to_owned(),
            },
            _ => "any value".to_owned(),
        }
    }

    /// A list in words.
    fn list(&mut self, of: &'s Value) -> String {
        let items = of.get("items").filter(|items| items.is_object()).map(|items| plural(&self.kind(items)));
        let items = items.unwrap_or_else(|| "values".to_owned());
        match (of.get("minItems"), of.get("maxItems")) {
            (Some(least), Some(most)) if least == most => format!("list of {least} {items}"),
            (Some(least), Some(most)) => format!("list of {least} to {} {items}", grouped(most)),
            (Some(least), None) => format!("list of {items}, at least {least} of them"),
            (None, Some(most)) => format!("list of at most {} {items}", grouped(most)),
            (None, None) => format!("list of {items}"),
        }
    }

    /// A type with a name: a link to its section, or, where it is short, in words.
    fn kind_of_type(&mut self, name: &'s str) -> String {
        let definition = &self.definitions[name];
        if let Some(anchor) = self.anchors.get(name) {
            let noun = if slot(definition).is_some() { "name or table" } else { "table" };
            return format!("[{noun}](#{anchor})");
        }
        let names = self.names(definition);
        if !names.is_empty() {
            return "one of these names".to_owned();
        }
        let forms = self.alternatives(definition);
        let is_plain =
            |of: &&Value| matches!(of["type"].as_str(), Some("integer" | "number" | "string" | "array" | "boolean"));
        if !forms.is_empty()
            && forms.iter().all(is_plain)
            && forms.iter().all(|of| reference_to(&of["items"]).is_none())
        {
            return forms.into_iter().map(|form| self.kind(form)).collect::<Vec<_>>().join(", or ");
        }
        if self.known.insert(name) {
            self.waiting.push_back(name);
        }
        let title = title(name);
        let (first, rest) = title.split_at(1);
        format!("[{}{rest}](#{})", first.to_lowercase(), anchor(name))
    }

    /// What a type is, in paragraphs.
    fn description(&mut self, definition: &Value) {
        let Some(text) = definition.get("description").and_then(Value::as_str) else { return };
        for paragraph in text.split("\n\n") {
            // "The settings of cart-pole." says no more than the heading.
            let is_heading = paragraph.len() < 80 && !paragraph.contains(['(', ':', ',']) && paragraph.ends_with('.');
            let is_heading = is_heading
                && ["The settings of", "Settings of", "As a config"].iter().any(|start| paragraph.starts_with(start));
            if !is_heading {
                self.text += &format!("{}\n\n", escaped(paragraph));
            }
        }
    }
}

/// The type that a schema refers to.
pub fn reference_to(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")
}

/// The parts of a slot: tables with one key, which is their name.
pub fn slot(definition: &Value) -> Option<Vec<(&str, &Value)>> {
    let alternatives = definition.get("oneOf")?.as_array()?;
    let tables = alternatives.iter().filter(|alternative| alternative.get("properties").is_some());
    let parts: Vec<(&str, &Value)> = tables.filter_map(single_key).collect();
    // A learning rate is such a choice too, but has a number in place of names.
    let names_alone = alternatives.iter().filter(|alternative| alternative.get("enum").is_some()).count();
    let is_slot =
        parts.len() + names_alone == alternatives.len() && parts.iter().all(|(_, part)| reference_to(part).is_some());
    (is_slot && parts.len() > 1).then_some(parts)
}

/// The key of a table that has only this one, and requires it.
fn single_key(table: &Value) -> Option<(&str, &Value)> {
    let keys = table.get("properties")?.as_object()?;
    let (key, of) = keys.iter().next().filter(|_| keys.len() == 1)?;
    required(table).contains(&key.as_str()).then_some((key, of))
}

fn required(table: &Value) -> Vec<&str> {
    table.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Of which keys a table has exactly one, in a sentence.
fn one_of_these(table: &Value) -> Option<String> {
    let groups = table.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = groups.flat_map(required).map(|name| format!("`{name}`")).collect();
    let (last, others) = names.split_last()?;
    Some(format!("Exactly one of {} and {last} is given.", others.join(", ")))
}

/// The range of a number, as it stands behind it.
fn range(of: &Value) -> String {
    let bound = |keyword: &str| of.get(keyword).map(grouped);
    let least =
        bound("minimum").map(|least| ("at least", least)).or(bound("exclusiveMinimum").map(|least| ("above", least)));
    let most = bound("maximum").map(|most| ("at most", most)).or(bound("exclusiveMaximum").map(|most| ("below", most)));
    match (least, most) {
        (Some(("at least", least)), Some(("at most", most))) => format!(" from {least} to {most}"),
        (Some((above, least)), Some((below, most))) => format!(", {above} {least} and {below} {most}"),
        (Some((above, bound)), None) | (None, Some((above, bound))) => format!(", {above} {bound}"),
        (None, None) => String::new(),
    }
}

/// A number with commas between thousands.
fn grouped(number: &Value) -> String {
    let text = number_text(number);
    if text.contains(['.', 'e']) { text } else { with_groups(&text, ',') }
}

/// Digits in groups of three, from five digits on.
fn with_groups(digits: &str, mark: char) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    if digits.len() < 5 {
        return format!("{sign}{digits}");
    }
    let grouped: String = digits.char_indices().fold(String::new(), |text, (index, digit)| {
        let is_start = index > 0 && (digits.len() - index).is_multiple_of(3);
        if is_start { format!("{text}{mark}{digit}") } else { format!("{text}{digit}") }
    });
    format!("{sign}{grouped}")
}

/// A number as one writes it.
fn number_text(number: &Value) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() && (value == 0.0 || (1e-4..1e15).contains(&value.abs())) => {
            if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value}") }
        }
        Some(value) if number.is_f64() => format!("{value:e}"),
        _ => number.to_string(),
    }
}

/// A value as a config has it.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let mut table: Vec<(&String, &Value)> = table.iter().collect();
            table.sort_by_key(|(key, _)| (*key != "initial", *key != "final"));
            let keys: Vec<String> = table.into_iter().map(|(key, value)| format!("{key} = {}", toml(value))).collect();
            if keys.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", keys.join(", ")) }
        }
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Number(number) if number.is_f64() => {
            let text = number_text(value);
            if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
        }
        Value::Number(_) => with_groups(&value.to_string(), '_'),
        other => other.to_string(),
    }
}

/// The title of a type's section: its name in words.
fn title(name: &str) -> String {
    if let Some((_, title)) = TITLES.iter().find(|(known, _)| *known == name) {
        return (*title).to_owned();
    }
    let mut words = String::new();
    for (index, next) in name.strip_suffix("Config").unwrap_or(name).chars().enumerate() {
        match next.is_uppercase() && index > 0 {
            true => words.extend([' ', next.to_ascii_lowercase()]),
            false => words.push(next),
        }
    }
    words
}

fn anchor(name: &str) -> String {
    title(name).to_lowercase().replace(' ', "-")
}

/// The first paragraph of a description, without a point at the end.
fn summary(part: &Value) -> String {
    let text = part.get("description").and_then(Value::as_str).unwrap_or_default();
    text.split("\n\n").next().unwrap_or_default().trim_end_matches('.').replace('\n', " ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A text as a sentence: with a point at the end, and a capital letter at the start unless it begins with a formula or a name.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_word = first.chars().all(|letter| letter.is_ascii_alphabetic()) && (first.len() > 1 || first == "a");
    let is_formula = text.split_whitespace().count() < 3 || first == "burn";
    let text = if is_word && !is_formula { capital(text) } else { text.to_owned() };
    if text.ends_with(['.', '!', '?', ':', '…']) { text } else { text + "." }
}

/// A type with its article.
fn one(kind: &str) -> String {
    let noun = kind.trim_start_matches('[');
    match noun.chars().next() {
        _ if noun.starts_with("text") || noun.starts_with('`') => kind.to_owned(),
        Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

fn plural(kind: &str) -> String {
    for (one, many) in [("whole number", "whole numbers"), ("number", "numbers"), ("text", "texts")] {
        if let Some(rest) = kind.strip_prefix(one) {
            return if rest.is_empty() {
                many.to_owned()
            } else {
                format!("{many}, each {}", rest.trim_start_matches([',', ' ']))
            };
        }
    }
    match kind.strip_prefix('[').and_then(|kind| kind.split_once(']')) {
        Some(("table", link)) => format!("[tables]{link}"),
        Some(_) => format!("values, each a {kind}"),
        None => kind.to_owned(),
    }
}

/// A text whose further lines belong to the same list item.
fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}

/// Plain text in Markdown: what would be a mark outside of code is not one.
fn escaped(text: &str) -> String {
    let mut parts: Vec<String> = text.split('`').map(str::to_owned).collect();
    for part in parts.iter_mut().step_by(2) {
        *part = part.replace('<', "\\<").replace('*', "\\*");
    }
    parts.join("`").replace("`docs/environment-protocol.md`", "[another page](environment-protocol.md)")
}
