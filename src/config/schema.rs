//! The JSON Schema of a config file, for editors and for whoever writes configs with programs.

use serde_json::{Value, json};

use super::Experiment;

/// The schema of an experiment file: which keys there are, of which kind, and what they mean. Ranges, and what does not go
/// together, are checked when a file is read.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Experiment).to_value();
    schema["title"] = json!("Tilde experiment");
    // The grid is multiplied out before the rest of the file is looked at, so that no field of the experiment has it.
    schema["properties"]["grid"] = json!({
        "description": "Dotted keys to lists of values, which are multiplied out into variants.",
        "type": "object",
        "additionalProperties": { "type": "array", "minItems": 1 },
    });
    schema
}
