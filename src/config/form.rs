//! A JSON Schema in the form in which a TOML value is checked against it: for each kind of value (text, number, list,
//! table …), which values of this kind are accepted.
//!
//! The supported keywords are those that schemars derives for serde's types: `$ref`, `type`, `enum`, `const`, `oneOf`,
//! `anyOf`, `properties`, `required`, `additionalProperties`, `items` and the `format` of integers. Other
//! keywords are ignored, and a schema without a type accepts every value: serde then decides alone.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json};
use toml::{Table, Value};

/// The forms of a schema and of all its parts.
pub struct Forms {
    forms: Vec<Form>,
    root: FormId,
}

/// The number of a form in [`Forms`]. A form may contain itself, so forms refer to each other by number.
#[derive(Clone, Copy, Debug, Default)]
pub struct FormId(usize);

/// The values that one key accepts.
#[derive(Debug, Default)]
pub struct Form {
    /// Whether every value is accepted.
    pub is_any: bool,
    /// Whether `true` and `false` are accepted.
    pub boolean: bool,
    /// The numbers that are accepted.
    pub number: Option<Number>,
    /// The text that is accepted.
    pub text: Option<Text>,
    /// Deprecated names: accepted, and never suggested.
    pub old_names: Vec<String>,
    /// A list, with the form of its items.
    pub list: Option<FormId>,
    /// The keys of tables with exactly one key, each with the form of its value, in the order of the schema.
    pub parts: Vec<(String, FormId)>,
    /// Other tables that are accepted.
    pub tables: Vec<TableForm>,
}

/// A set of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// All.
    Any,
    /// Whole numbers from the first to the second, both included.
    Whole(i64, i64),
}

/// A set of texts.
#[derive(Debug)]
pub enum Text {
    /// All.
    Any,
    /// One of these names.
    Names(Vec<String>),
}

/// The keys of a table.
#[derive(Debug, Default)]
pub struct TableForm {
    /// The known keys.
    pub keys: BTreeMap<String, FormId>,
    /// The keys that must be there.
    pub required: Vec<String>,
    /// Groups of keys. Exactly one of them must be there, if there are any.
    pub choice: Vec<Vec<String>>,
    /// The form of the values of other keys; `None` if other keys are unknown.
    pub others: Option<FormId>,
}

/// More nested alternatives, and more nested tables in the smallest value, than any type has.
const MAX_DEPTH: usize = 32;

impl Forms {
    /// Compiles a schema.
    pub fn new(schema: &Json) -> Forms {
        let mut compiler = Compiler {
            definitions: schema.get("$defs").and_then(Json::as_object),
            forms: Vec::new(),
            compiled: HashMap::new(),
        };
        let root = compiler.compile(schema);
        Forms { forms: compiler.forms, root }
    }

    /// The form of the whole.
    pub fn root(&self) -> FormId {
        self.root
    }

    /// The form of the value of a key of the whole.
    pub fn of_key(&self, key: &str) -> Option<FormId> {
        self.get(self.root).tables.iter().find_map(|table| table.keys.get(key).copied())
    }

    /// A form.
    pub fn get(&self, id: FormId) -> &Form {
        &self.forms[id.0]
    }

    /// The smallest value that is accepted: zero, the first name, a table with only the required keys.
    pub fn smallest(&self, id: FormId) -> Value {
        self.smallest_within(self.get(id), MAX_DEPTH)
    }

    /// The smallest table that is accepted.
    pub fn smallest_table(&self, form: &Form) -> Table {
        self.smallest_table_within(form, MAX_DEPTH)
    }

    fn smallest_within(&self, form: &Form, depth: usize) -> Value {
        let text = match &form.text {
            Some(Text::Names(names)) => names.first().cloned(),
            Some(Text::Any) => Some(String::new()),
            None => None,
        };
        match (form.number, text) {
            (Some(Number::Any), _) => Value::Float(0.0),
            (Some(Number::Whole(least, most)), _) => Value::Integer(0.clamp(least, most)),
            (None, Some(text)) => Value::String(text),
            (None, None) if form.boolean => Value::Boolean(false),
            (None, None) if form.list.is_some() => Value::Array(Vec::new()),
            (None, None) => Value::Table(self.smallest_table_within(form, depth)),
        }
    }

    fn smallest_table_within(&self, form: &Form, depth: usize) -> Table {
        let Some(depth) = depth.checked_sub(1) else { return Table::new() }; // a type that always contains itself
        let inner = |id: FormId| self.smallest_within(self.get(id), depth);
        match (form.tables.first(), form.parts.first()) {
            (Some(table), _) => {
                table.needed().filter_map(|key| Some((key.clone(), inner(table.value_of(key)?)))).collect()
            }
            (None, Some((name, id))) => Table::from_iter([(name.clone(), inner(*id))]),
            (None, None) => Table::new(),
        }
    }

    /// A value as one would write it: `1.0`, or `{ initial = …, fraction = … }` with the required keys.
    pub fn sketch(&self, id: FormId) -> String {
        let form = self.get(id);
        match (form.tables.first(), form.parts.first()) {
            (Some(table), _) => table.sketch(),
            (None, Some((name, _))) => format!("{{ {name} = … }}"),
            (None, None) => match (form.number, &form.text) {
                (Some(Number::Any), _) => "1.0".to_owned(),
                (Some(Number::Whole(..)), _) => "1".to_owned(),
                (None, Some(Text::Names(names))) => names.first().map_or(String::new(), |name| format!("{name:?}")),
                (None, Some(Text::Any)) => "\"…\"".to_owned(),
                (None, None) if form.boolean => "true".to_owned(),
                (None, None) if form.list.is_some() => "[…]".to_owned(),
                (None, None) => "…".to_owned(),
            },
        }
    }
}

impl Form {
    /// The form of the value of a key, where a table with this one key is accepted.
    pub fn part(&self, name: &str) -> Option<FormId> {
        self.parts.iter().find(|(part, _)| part == name).map(|(_, id)| *id)
    }

    /// Whether a name is accepted as it stands.
    pub fn has_name(&self, name: &str) -> bool {
        let names = match &self.text {
            Some(Text::Names(names)) => &names[..],
            _ => &[],
        };
        names.iter().chain(&self.old_names).any(|known| known == name)
    }

    /// In words, each kind of value that is accepted.
    pub fn kinds(&self) -> Vec<String> {
        if self.is_any {
            return vec!["any value".to_owned()];
        }
        let mut kinds: Vec<String> = Vec::new();
        match self.number {
            Some(Number::Any) => kinds.push("a number".to_owned()),
            Some(Number::Whole(..)) => kinds.push("a whole number".to_owned()),
            None => {}
        }
        if self.boolean {
            kinds.push("true or false".to_owned());
        }
        match self.text {
            Some(Text::Any) => kinds.push("text in quotes".to_owned()),
            Some(Text::Names(_)) => kinds.push("a name in quotes".to_owned()),
            None => {}
        }
        kinds.extend(self.tables.iter().map(|table| match table.needed().next() {
            Some(_) => format!("a table such as {}", table.sketch()),
            None => "a table".to_owned(),
        }));
        if self.list.is_some() {
            kinds.push("a list".to_owned());
        }
        if !self.parts.is_empty() {
            kinds.push("a table with one key".to_owned());
        }
        kinds
    }

    /// All names to choose from: the keys of the tables with one key, and the names in quotes.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.parts.iter().map(|(name, _)| name.clone()).collect();
        if let Some(Text::Names(alone)) = &self.text {
            names.extend(alone.iter().filter(|name| self.part(name).is_none()).cloned());
        }
        names
    }
}

impl TableForm {
    /// The form of the value of a key, if the key is accepted.
    pub fn value_of(&self, key: &str) -> Option<FormId> {
        self.keys.get(key).copied().or(self.others)
    }

    /// The required keys, and those of the first of the groups to choose from.
    pub fn needed(&self) -> impl Iterator<Item = &String> {
        self.required.iter().chain(self.choice.iter().take(1).flatten())
    }

    /// The table in one line with its required keys and no values.
    pub fn sketch(&self) -> String {
        let keys: Vec<String> = self.needed().map(|key| format!("{key} = …")).collect();
        if keys.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", keys.join(", ")) }
    }
}

/// Turns a schema into forms.
struct Compiler<'s> {
    definitions: Option<&'s Map<String, Json>>,
    forms: Vec<Form>,
    /// The form of every compiled part of the schema, by its address.
    compiled: HashMap<*const Json, FormId>,
}

impl<'s> Compiler<'s> {
    fn compile(&mut self, schema: &'s Json) -> FormId {
        let place = std::ptr::from_ref(self.definition(schema).unwrap_or(schema));
        if let Some(known) = self.compiled.get(&place) {
            return *known;
        }
        let id = FormId(self.forms.len());
        self.compiled.insert(place, id); // first, because its parts may refer to it
        self.forms.push(Form::default());
        let mut form = Form::default();
        self.add(schema, &mut form, false, 0);
        self.forms[id.0] = form;
        id
    }

    /// The definition that a schema refers to.
    fn definition(&self, schema: &Json) -> Option<&'s Json> {
        self.definitions?.get(schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?)
    }

    /// Makes a form accept what a schema accepts. `depth` counts the alternatives and references that led to the
    /// schema.
    fn add(&mut self, schema: &'s Json, form: &mut Form, is_alternative: bool, depth: usize) {
        let Some(object) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
            form.is_any |= *schema != Json::Bool(false);
            return;
        };
        if object.contains_key("$ref") {
            match self.definition(schema) {
                Some(definition) => self.add(definition, form, is_alternative, depth + 1),
                None => form.is_any = true,
            }
            return;
        }
        let alternatives: Vec<&'s Json> = ["oneOf", "anyOf"]
            .into_iter()
            .filter_map(|keyword| object.get(keyword)?.as_array())
            .flatten()
            .filter(|alternative| required_alone(alternative).is_none())
            .collect();
        if !alternatives.is_empty() && !object.contains_key("properties") {
            alternatives.into_iter().for_each(|alternative| self.add(alternative, form, true, depth + 1));
            return;
        }
        let names = match (object.get("const"), object.get("enum")) {
            (Some(Json::String(name)), _) => Some(vec![name.clone()]),
            (None, Some(Json::Array(names))) => names.iter().map(|name| Some(name.as_str()?.to_owned())).collect(),
            _ => None,
        };
        if object.get("deprecated") == Some(&Json::Bool(true)) {
            form.old_names.extend(names.into_iter().flatten());
            return;
        }
        let types: Vec<&str> = match object.get("type") {
            Some(Json::String(name)) => vec![name],
            Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
            _ if names.is_some() => vec!["string"],
            _ if object.contains_key("properties") => vec!["object"],
            _ => Vec::new(),
        };
        form.is_any |= types.is_empty() || object.contains_key("allOf");
        for name in types {
            match name {
                "boolean" => form.boolean = true,
                "integer" if form.number.is_none() => form.number = Some(whole(object)),
                "integer" if form.number == Some(Number::Any) => {}
                "integer" | "number" => form.number = Some(Number::Any),
                "string" => add_text(form, names.clone()),
                "array" => {
                    let items = object.get("items").unwrap_or(&Json::Bool(true));
                    form.list = Some(self.compile(items));
                }
                "object" => self.add_table(object, form, is_alternative, alternatives.is_empty()),
                "null" => {} // TOML has none
                _ => form.is_any = true,
            }
        }
    }

    /// Adds a table, or a part if the table is an alternative with exactly one key. `is_whole` says whether its
    /// keywords are all supported.
    fn add_table(&mut self, object: &'s Map<String, Json>, form: &mut Form, is_alternative: bool, is_whole: bool) {
        let of = |keyword: &str| object.get(keyword).and_then(Json::as_object);
        let is_whole = is_whole && !object.contains_key("patternProperties");
        let keys: BTreeMap<String, FormId> =
            of("properties").into_iter().flatten().map(|(key, schema)| (key.clone(), self.compile(schema))).collect();
        let others = match object.get("additionalProperties") {
            Some(Json::Bool(false)) if is_whole => None,
            Some(schema) if is_whole => Some(self.compile(schema)),
            _ => Some(self.compile(&Json::Bool(true))),
        };
        let required = required(object);
        let groups = object.get("oneOf").and_then(Json::as_array).into_iter().flatten();
        let choice: Vec<Vec<String>> = groups.filter_map(required_alone).collect();
        match (&required[..], keys.len()) {
            ([name], 1) if is_alternative && keys.contains_key(name) && others.is_none() && choice.is_empty() => {
                form.parts.extend(keys);
            }
            _ => form.tables.push(TableForm { keys, required, choice, others }),
        }
    }
}

fn required(object: &Map<String, Json>) -> Vec<String> {
    let keys = object.get("required").and_then(Json::as_array).into_iter().flatten();
    keys.filter_map(|key| key.as_str().map(str::to_owned)).collect()
}

/// The keys that an alternative requires, if it has no other keyword.
fn required_alone(alternative: &Json) -> Option<Vec<String>> {
    let object = alternative.as_object()?;
    (object.len() == 1 && object.contains_key("required")).then(|| required(object))
}

/// The range of an integer's type. The narrower ranges of settings are checked with the experiment, where a message gives the reason.
fn whole(object: &Map<String, Json>) -> Number {
    let (least, most) = match object.get("format").and_then(Json::as_str) {
        Some("uint8") => (0, i64::from(u8::MAX)),
        Some("uint16") => (0, i64::from(u16::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("int8") => (i64::from(i8::MIN), i64::from(i8::MAX)),
        Some("int16") => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some(format) if format.starts_with("uint") => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    };
    Number::Whole(least, most)
}

fn add_text(form: &mut Form, names: Option<Vec<String>>) {
    match (&mut form.text, names) {
        (Some(Text::Any), _) => {}
        (Some(Text::Names(known)), Some(names)) => known.extend(names),
        (_, None) => form.text = Some(Text::Any),
        (None, Some(names)) => form.text = Some(Text::Names(names)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_alternative_with_one_required_key_is_a_part_and_a_table_by_itself_is_not() {
        let table = |key: &str| {
            json!({
                "type": "object", "properties": { key: { "type": "number" } }, "required": [key],
                "additionalProperties": false,
            })
        };
        let b = json!({ "$ref": "#/$defs/B" });
        let forms = Forms::new(&json!({
            "type": "object", "additionalProperties": false,
            "properties": { "slot": { "oneOf": [table("a"), b] }, "table": b },
            "$defs": { "B": table("b") },
        }));
        let slot = forms.get(forms.of_key("slot").unwrap());
        assert_eq!((slot.names(), slot.tables.len()), (vec!["a".to_owned(), "b".to_owned()], 0));
        let table = forms.get(forms.of_key("table").unwrap());
        assert_eq!((table.parts.len(), &table.tables[0].required[..]), (0, &["b".to_owned()][..]));
    }

    #[test]
    fn integers_have_the_range_of_their_type() {
        let range = |schema: Json| {
            let forms = Forms::new(&schema);
            forms.get(forms.root()).number.unwrap()
        };
        let max = i64::MAX;
        assert_eq!(
            range(json!({ "type": "integer", "format": "uint32", "minimum": 0 })),
            Number::Whole(0, 0xFFFF_FFFF)
        );
        assert_eq!(range(json!({ "type": "integer", "format": "uint", "minimum": 1 })), Number::Whole(0, max));
        assert_eq!(range(json!({ "type": "integer", "format": "int8" })), Number::Whole(-128, 127));
        assert_eq!(range(json!({ "type": "integer" })), Number::Whole(i64::MIN, max));
        assert_eq!(range(json!({ "anyOf": [{ "type": "integer" }, { "type": "number" }] })), Number::Any);
    }

    #[test]
    fn types_that_contain_themselves_end() {
        let forms = Forms::new(&json!({
            "$ref": "#/$defs/Endless",
            "$defs": {
                "Endless": {
                    "type": "object", "properties": { "inner": { "$ref": "#/$defs/Endless" } }, "required": ["inner"],
                },
            },
        }));
        assert!(forms.smallest(forms.root()).is_table());
        let forms = Forms::new(&json!({ "$ref": "#/$defs/A", "$defs": { "A": { "$ref": "#/$defs/A" } } }));
        assert!(forms.get(forms.root()).is_any);
    }

    #[test]
    fn what_is_not_understood_accepts_everything() {
        for schema in [json!(true), json!({}), json!({ "$ref": "elsewhere" }), json!({ "type": "object", "allOf": [] })]
        {
            let forms = Forms::new(&schema);
            assert!(forms.get(forms.root()).is_any, "{schema}");
        }
    }
}
