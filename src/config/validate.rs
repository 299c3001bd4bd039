//! Checks a TOML table against the experiment's schema, and finds all mistakes in one pass.
//!
//! The pass also repairs the table: it replaces a wrong value by the smallest one that the schema accepts, removes
//! unknown keys and adds missing ones. Then serde can read the table, and the values in the slots without a mistake can
//! be checked.

use std::collections::BTreeSet;
use std::fmt::Display;

use toml::{Table, Value};

use super::error::MAX_SHOWN;
use super::form::{Form, FormId, Forms, Number, TableForm, Text};
use super::mistake::{Example, Mistake, Problem};
use super::nearest;

/// Finds the mistakes in a table, and repairs it. Stops when it has found more mistakes than are shown.
pub fn validate(table: &mut Table, forms: &Forms, form: FormId) -> Vec<Mistake> {
    let mut check = Check { forms, depth: 0, mistakes: Vec::new() };
    let mut whole = Value::Table(std::mem::take(table));
    check.value(&mut whole, form);
    if let Value::Table(checked) = whole {
        *table = checked;
    }
    check.mistakes
}

/// A check in progress.
struct Check<'f> {
    forms: &'f Forms,
    /// The number of keys that lead to the current value.
    depth: usize,
    /// The mistakes so far; their paths start at the current value.
    mistakes: Vec<Mistake>,
}

impl Check<'_> {
    /// Whether more mistakes were found than are shown.
    fn is_full(&self) -> bool {
        self.mistakes.len() > MAX_SHOWN
    }

    /// Adds a mistake in the current value.
    fn report(&mut self, problem: Problem) {
        self.mistakes.push(Mistake { path: Vec::new(), problem });
    }

    /// Checks the value of a key, or an item of a list.
    fn below(&mut self, key: impl Display, check: impl FnOnce(&mut Self)) {
        let known = self.mistakes.len();
        self.depth += 1;
        check(self);
        self.depth -= 1;
        self.mistakes[known..].iter_mut().for_each(|mistake| mistake.path.insert(0, key.to_string()));
    }

    fn value(&mut self, value: &mut Value, id: FormId) {
        let forms = self.forms;
        let form = forms.get(id);
        if form.is_any || self.is_full() {
            return;
        }
        let problem = match value {
            Value::Boolean(_) if form.boolean => None,
            Value::Float(_) if form.number == Some(Number::Any) => None,
            Value::Integer(number) => match form.number {
                Some(Number::Any) => None,
                Some(Number::Whole(least, most)) if (least..=most).contains(number) => None,
                Some(Number::Whole(least, most)) => Some(Problem::OutOfRange { least, most, found: *number }),
                None => Some(self.wrong_kind(value, form)),
            },
            Value::String(text) if form.has_name(text) => None,
            // serde reads a date as text.
            Value::String(_) | Value::Datetime(_) if matches!(form.text, Some(Text::Any)) => None,
            Value::String(text) => Some(self.wrong_text(text, form)),
            Value::Array(items) => match form.list {
                Some(of_items) => {
                    let numbered = items.iter_mut().enumerate();
                    numbered.for_each(|(index, item)| self.below(index, |check| check.value(item, of_items)));
                    None
                }
                None => Some(self.wrong_kind(value, form)),
            },
            Value::Table(table) => self.table(table, form),
            _ => Some(self.wrong_kind(value, form)),
        };
        if let Some(problem) = problem {
            self.report(problem);
            *value = forms.smallest(id);
        }
    }

    /// The mistake of a text that is not accepted.
    fn wrong_text(&self, text: &str, form: &Form) -> Problem {
        if let Some(part) = form.part(text) {
            let kinds = self.forms.get(part).kinds();
            let is_table = kinds.len() == 1 && self.forms.smallest(part).is_table();
            let kind = if is_table { "a table".to_owned() } else { kinds.join(" or ") };
            return Problem::NameAlone { example: self.example(text, part), kind, is_table };
        }
        let names = form.names();
        let is_name_alone = form.number.is_none() && !form.boolean && form.list.is_none();
        if !names.is_empty() && (is_name_alone || nearest(text, names.iter().map(String::as_str)).is_some()) {
            return Problem::UnknownName { name: text.to_owned(), known: names };
        }
        self.wrong_kind(&Value::String(text.to_owned()), form)
    }

    /// The mistake of a value whose kind is not accepted.
    fn wrong_kind(&self, value: &Value, form: &Form) -> Problem {
        let example = form.parts.first().map(|(name, id)| self.example(name, *id));
        // Where a list is needed, a single item is shown as a list.
        let is_item = |items: &FormId| !self.forms.get(*items).is_any && self.accepts(value, *items);
        let item = form.list.filter(is_item).filter(|_| !value.is_array());
        let list = item.map(|_| format!("[{value}]"));
        Problem::WrongKind { kinds: form.kinds(), example, found: found(value), list }
    }

    /// Whether a value has no mistake.
    fn accepts(&self, value: &Value, form: FormId) -> bool {
        let mut check = Check { forms: self.forms, depth: self.depth, mistakes: Vec::new() };
        check.value(&mut value.clone(), form);
        check.mistakes.is_empty()
    }

    fn example(&self, name: &str, value: FormId) -> Example {
        Example { name: name.to_owned(), value: self.forms.sketch(value) }
    }

    /// Checks a table. Returns a mistake in the table as a whole; the caller replaces the table.
    fn table(&mut self, table: &mut Table, form: &Form) -> Option<Problem> {
        match (&form.parts[..], &form.tables[..]) {
            ([], []) => {
                let name = table.keys().next().filter(|name| table.len() == 1 && form.has_name(name));
                let takes_tables = form.list.is_some_and(|items| !self.forms.get(items).tables.is_empty());
                Some(match name {
                    Some(name) => Problem::NameInTable { name: name.clone() },
                    None if takes_tables => Problem::TableForList,
                    None => self.wrong_kind(&Value::Table(Table::new()), form),
                })
            }
            ([], [one]) => {
                self.keys(table, one, None);
                None
            }
            (_, []) => self.one_part(table, form),
            _ => self.any_form(table, form),
        }
    }

    /// Checks a table with exactly one key.
    fn one_part(&mut self, table: &mut Table, form: &Form) -> Option<Problem> {
        let mut keys = table.iter_mut();
        let (Some((key, value)), None) = (keys.next(), keys.next()) else {
            let (name, id) = form.parts.first()?;
            let found = table.keys().cloned().collect();
            return Some(Problem::NotOneKey { example: self.example(name, *id), found });
        };
        match form.part(key) {
            Some(part) => self.below(key, |check| check.value(value, part)),
            None if form.has_name(key) => return Some(Problem::NameInTable { name: key.clone() }),
            None => {
                let problem = Problem::UnknownName { name: key.clone(), known: form.names() };
                self.below(key, |check| check.report(problem));
                *table = self.forms.smallest_table(form);
            }
        }
        None
    }

    /// Checks a table that may have one of several forms: tables with one key, and at least one other.
    fn any_form(&mut self, table: &mut Table, form: &Form) -> Option<Problem> {
        if let Some((name, part)) = form.parts.iter().find(|(name, _)| table.contains_key(name)) {
            let is_elsewhere = form.tables.iter().any(|form| form.value_of(name).is_some());
            if !is_elsewhere || (table.len() == 1 && self.accepts(&table[name], *part)) {
                self.lone_part(table, name, *part);
                return None;
            }
        }
        let of_tables = form.tables.iter().flat_map(|form| form.keys.keys());
        let of_parts = form.parts.iter().map(|(name, _)| name);
        let known: BTreeSet<&str> = of_tables.chain(of_parts).map(String::as_str).collect();
        let has_none = |form: &TableForm| !form.required.iter().any(|key| table.contains_key(key));
        if form.tables.iter().all(|form| !form.required.is_empty() && has_none(form)) {
            // Any of the forms may be meant.
            let unknown: Vec<String> = table.keys().filter(|key| !known.contains(key.as_str())).cloned().collect();
            if unknown.is_empty() {
                let first = form.tables.iter().filter_map(|form| form.required.first());
                let mut keys: Vec<String> = first.chain(form.parts.iter().map(|(name, _)| name)).cloned().collect();
                keys.dedup();
                return Some(Problem::MissingOneOf { keys });
            }
            unknown.into_iter().for_each(|key| self.report_unknown(key, &known));
            *table = self.forms.smallest_table(form);
            return None;
        }
        // The form whose keys fit best is meant, and of those the one with the fewest mistakes.
        let attempts = form.tables.iter().map(|form| {
            let mut attempt = Check { forms: self.forms, depth: self.depth, mistakes: Vec::new() };
            let mut left = table.clone();
            attempt.keys(&mut left, form, Some(&known));
            let misfits = table.keys().filter(|key| form.value_of(key).is_none()).count()
                + form.required.iter().filter(|key| !table.contains_key(*key)).count();
            (misfits, attempt.mistakes, left)
        });
        let (_, mistakes, left) = attempts.min_by_key(|(misfits, mistakes, _)| (*misfits, mistakes.len()))?;
        self.mistakes.extend(mistakes);
        *table = left;
        None
    }

    /// Checks a table that should have only the key `name`.
    fn lone_part(&mut self, table: &mut Table, name: &str, part: FormId) {
        let others: Vec<String> = table.keys().filter(|key| *key != name).cloned().collect();
        others.iter().for_each(|other| _ = table.remove(other));
        let Some(value) = table.get_mut(name) else { return };
        let (forms, is_alone) = (self.forms, others.is_empty());
        self.below(name, |check| {
            if !is_alone {
                check.report(Problem::NotAlone { others });
            }
            match value {
                // The other keys probably belong into this table: one mistake.
                Value::Boolean(_) | Value::Integer(_) | Value::Float(_) if !is_alone => *value = forms.smallest(part),
                _ => check.value(value, part),
            }
        });
    }

    /// Checks the keys of a table. An unknown key is compared to the names `known`, or else to the keys of the form.
    fn keys(&mut self, table: &mut Table, form: &TableForm, known: Option<&BTreeSet<&str>>) {
        let mut unknown = Vec::new();
        for (key, value) in table.iter_mut() {
            if self.is_full() {
                return;
            }
            match form.value_of(key) {
                Some(id) => self.below(key, |check| check.value(value, id)),
                None => unknown.push(key.clone()),
            }
        }
        unknown.iter().for_each(|key| _ = table.remove(key));
        self.missing(table, form, &unknown);
        for key in unknown {
            let own = || form.keys.keys().map(String::as_str).collect();
            self.report_unknown(key, &known.cloned().unwrap_or_else(own));
        }
    }

    fn report_unknown(&mut self, name: String, known: &BTreeSet<&str>) {
        let known = known.iter().map(|&key| key.to_owned()).collect();
        self.below(name.clone(), |check| check.report(Problem::UnknownKey { name, known, ours: None }));
    }

    /// Finds the missing keys, and adds them. A table with an unknown key probably lacks another only because that one
    /// is misspelt, so the missing key is not reported. At the top, where there are many keys, the two names must be
    /// alike.
    fn missing(&mut self, table: &mut Table, form: &TableForm, unknown: &[String]) {
        let is_consequence = |check: &Self, key: &str| match check.depth {
            0 => unknown.iter().any(|unknown| nearest(unknown, [key].into_iter()).is_some()),
            _ => !unknown.is_empty(),
        };
        let missing: Vec<&String> = form.required.iter().filter(|key| !table.contains_key(*key)).collect();
        for key in missing {
            let Some(value) = form.value_of(key) else { continue };
            if !is_consequence(self, key) {
                self.report(Problem::MissingKey { key: key.clone(), kinds: self.forms.get(value).kinds() });
            }
            table.insert(key.clone(), self.forms.smallest(value));
        }
        let is_there = |group: &&Vec<String>| group.iter().all(|key| table.contains_key(key));
        let there: Vec<&Vec<String>> = form.choice.iter().filter(is_there).collect();
        match there[..] {
            [] if form.choice.is_empty() => {}
            [] => {
                let keys: Vec<String> = form.choice.iter().filter_map(|group| group.first().cloned()).collect();
                if !keys.iter().any(|key| is_consequence(self, key)) {
                    self.report(Problem::MissingOneOf { keys });
                }
                let first = form.choice.iter().take(1).flatten();
                let values = first.filter_map(|key| Some((key.clone(), self.forms.smallest(form.value_of(key)?))));
                table.extend(values);
            }
            [_] => {}
            [one, ref others @ ..] => {
                let surplus: Vec<&String> = others.iter().copied().flatten().filter(|key| !one.contains(key)).collect();
                let keys = there.iter().filter_map(|group| group.first().cloned()).collect();
                match surplus.last() {
                    Some(last) => self.below(last, |check| check.report(Problem::NotTogether { keys })),
                    None => self.report(Problem::NotTogether { keys }),
                }
                surplus.into_iter().for_each(|key| _ = table.remove(key));
            }
        }
    }
}

/// In words, what was found.
fn found(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text {text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    /// A schema with every kind of form, and no name that the experiment's has.
    fn schema() -> Json {
        let part = |name: &str, value: Json| {
            let properties = json!({ name: value });
            json!({ "type": "object", "properties": properties, "required": [name], "additionalProperties": false })
        };
        let tagged = |kind: &str, key: &str| {
            json!({
                "type": "object", "required": ["kind", key], "additionalProperties": false,
                "properties": { "kind": { "const": kind }, key: { "type": "number" } },
            })
        };
        let circle = json!({
            "type": "object", "required": ["radius"], "additionalProperties": false,
            "properties": { "radius": { "type": "number" }, "colour": { "enum": ["red", "green"] } },
        });
        json!({
            "type": "object", "required": ["title"], "additionalProperties": false,
            "properties": {
                "title": { "type": "string" },
                "shape": { "$ref": "#/$defs/Shape" },
                "byte": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 },
                "shapes": { "type": "array", "items": { "$ref": "#/$defs/Shape" } },
                "tagged": { "oneOf": [tagged("a", "x"), tagged("b", "x"), tagged("b", "y")] },
                "weights": { "type": "object", "additionalProperties": { "type": "number" } },
                "open": { "type": "object", "properties": { "n": { "type": "integer" } } },
                "either": {
                    "type": "object", "additionalProperties": false,
                    "properties": { "p": { "type": "number" }, "q": { "type": "number" } },
                    "oneOf": [{ "required": ["p"] }, { "required": ["q"] }],
                },
                "anything": true,
                "unheard": { "not": { "type": "string" } },
            },
            "$defs": {
                "Circle": circle,
                "Shape": { "oneOf": [
                    part("point", json!({ "type": "object", "additionalProperties": false })),
                    part("circle", json!({ "$ref": "#/$defs/Circle" })),
                    part("size", json!({ "type": "number" })),
                    part("group", json!({ "type": "array", "items": { "$ref": "#/$defs/Shape" } })),
                    part("outline", json!({ "$ref": "#/$defs/Shape" })),
                    { "type": "string", "enum": ["point", "nothing"] },
                ] },
            },
        })
    }

    /// The mistakes of a text, each `path: message`; what is left has none.
    fn mistakes(text: &str) -> Vec<String> {
        let forms = Forms::new(&schema());
        let mut table: Table = toml::from_str(text).unwrap();
        let found = validate(&mut table, &forms, forms.root());
        assert!(
            found.len() > MAX_SHOWN || validate(&mut table, &forms, forms.root()).is_empty(),
            "{text} left {table}"
        );
        found.iter().map(|mistake| format!("{}: {}", mistake.path.join("."), mistake.message())).collect()
    }

    /// That each line, beside a title, has these mistakes.
    fn check(cases: &[(&str, &[&str])]) {
        for (line, expected) in cases {
            assert_eq!(mistakes(&format!("title = 't'\n{line}")), *expected, "{line}");
        }
    }

    #[test]
    fn what_the_schema_accepts_has_no_mistake_and_stays() {
        let text = "title = 't'\nshape = 'point'\nbyte = 255\ntagged = { kind = 'b', x = 1 }\n\
                    either = { q = 1 }\nshapes = ['nothing', { point = {} }, { size = 2.5 }, \
                    { circle = { radius = 1, colour = 'red' } }, { group = [{ outline = { outline = 'point' } }] }]\n\
                    weights = { a = 1, b = 0.5 }\nopen = { n = 1, m = 'x' }\nanything = [1]\nunheard = 'x'\n";
        let forms = Forms::new(&schema());
        let before: Table = toml::from_str(text).unwrap();
        let mut after = before.clone();
        assert_eq!(validate(&mut after, &forms, forms.root()), []);
        assert_eq!(after, before);
    }

    #[test]
    fn values_of_another_kind_are_told_what_is_accepted() {
        check(&[
            ("byte = 0.5", &["byte: takes a whole number, not 0.5"]),
            ("byte = 256", &["byte: takes a whole number from 0 to 255, not 256"]),
            ("weights = { a = 'x' }", &["weights.a: takes a number, not the text \"x\""]),
            ("open = { n = true }", &["open.n: takes a whole number, not true"]),
            ("shapes = 'point'", &["shapes: takes a list, not the text \"point\", such as [\"point\"]"]),
            ("shapes = 3", &["shapes: takes a list, not 3"]),
            ("either = 2024-02-29", &["either: takes a table such as { p = … }, not 2024-02-29"]),
            ("shape = 3", &["shape: takes a name in quotes or a table with one key, such as [shape.point], not 3"]),
            ("shape = { circle = 3 }", &["shape.circle: takes a table such as { radius = … }, not 3"]),
            (
                "shapes = [{ circle = { radius = 1 } }, 3]",
                &["shapes.1: takes a name in quotes or a table with one key, such as { point = {} }, not 3"],
            ),
        ]);
        assert_eq!(mistakes("title = 3"), ["title: takes text in quotes, not 3"]);
    }

    #[test]
    fn a_choice_by_name_says_how_it_is_written() {
        let names = "expected one of `point`, `circle`, `size`, `group`, `outline`, `nothing`";
        check(&[
            (
                "shape = 'circle'",
                &["shape: `circle` takes a table: write [shape.circle], or { circle = { radius = … } } in \
                 one line"],
            ),
            ("shape = 'size'", &["shape: `size` takes a number: write { size = 1.0 }"]),
            ("shape = { nothing = {} }", &["shape: `nothing` has no settings: write \"nothing\", without a table"]),
            ("shape = 'pint'", &[&format!("shape: unknown name `pint`, {names}; did you mean `point`?")]),
            (
                "shape = { outline = { crcle = { radius = 'x' } } }",
                &[&format!("shape.outline.crcle: unknown name `crcle`, {names}; did you mean `circle`?")],
            ),
            ("shape = {}", &["shape: takes exactly one table with one key, such as [shape.point]"]),
            (
                "shapes = [{ size = 1, point = {} }]",
                &["shapes.0: takes exactly one table with one key, such as { point = {} }: here stand `point` \
                     and `size`, where only one may"],
            ),
        ]);
    }

    #[test]
    fn missing_and_unknown_keys_are_found_together_unless_one_is_meant_to_be_the_other() {
        check(&[
            ("shape = { circle = {} }", &["shape.circle: the key `radius` is missing: it takes a number"]),
            (
                "shape = { circle = { radios = 1 } }",
                &["shape.circle.radios: unknown key `radios`, expected `colour` or `radius`; did you mean `radius`?"],
            ),
            (
                "shape = { circle = { colour = 'blue' } }",
                &[
                    "shape.circle.colour: unknown name `blue`, expected `red` or `green`",
                    "shape.circle: the key `radius` is missing: it takes a number",
                ],
            ),
            ("shape = { point = { x = 1 } }", &["shape.point.x: unknown key `x`: there are no keys here"]),
            ("either = {}", &["either: the key `p` or `q` is missing"]),
            (
                "either = { p = 1, q = 'x' }",
                &[
                    "either.q: takes a number, not the text \"x\"",
                    "either.q: give one of `p` and `q`, not several of them",
                ],
            ),
        ]);
        let at_the_top = mistakes("shape = 'point'\nnonsense = 1");
        assert!(at_the_top.len() == 2 && at_the_top[0].contains("the key `title` is missing"), "{at_the_top:?}");
        assert_eq!(mistakes("titel = 't'").len(), 1);
    }

    #[test]
    fn of_several_forms_the_one_that_fits_best_is_meant() {
        check(&[
            ("tagged = { kind = 'b', y = 'x' }", &["tagged.y: takes a number, not the text \"x\""]),
            ("tagged = { kind = 'c', x = 1 }", &["tagged.kind: unknown name `c`, expected `a`"]),
            ("tagged = {}", &["tagged: the key `kind` is missing"]),
        ]);
    }

    #[test]
    fn the_walk_ends_when_no_more_mistakes_are_shown() {
        let many = (0..10_000).map(|i| format!("k{i} = 'x'\n")).collect::<String>();
        assert_eq!(mistakes(&format!("title = 't'\n[weights]\n{many}")).len(), MAX_SHOWN + 1);
    }
}
