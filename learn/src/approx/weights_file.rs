//! A file of weights that a config names.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checksum::checksum_text;
use crate::safetensors::{Tensors, decode};

/// A safetensors file with the weights that a run begins with. In a config, it is a path; in a resolved experiment, the path
/// and the checksum of the copy beside it.
///
/// Two of them with the same checksum are equal, wherever the files lie: a run depends on their content alone.
#[derive(Clone, Debug, Eq)]
pub struct WeightsFile {
    path: String,
    checksum: Option<String>,
}

/// As a config has it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a path, or a table with `path` and `checksum`")]
#[schemars(rename = "WeightsFile")]
enum Written {
    /// A path, relative to the folder of the config file.
    Path(String),
    /// A path, and the checksum that the file has to have.
    Checked(Checked),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CheckedWeightsFile")]
struct Checked {
    /// A path, relative to the folder of the config file.
    path: String,
    /// The checksum that the file has to have: another file is refused.
    checksum: String,
}

impl WeightsFile {
    /// The file at `path`, and its checksum, if that is known.
    pub fn new(path: impl Into<String>, checksum: Option<String>) -> WeightsFile {
        WeightsFile { path: path.into(), checksum }
    }

    /// The path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The checksum that the file has to have; `None` where the config does not say.
    pub fn checksum(&self) -> Option<&str> {
        self.checksum.as_deref()
    }

    /// The name that a copy of the file has in the folder of an experiment, if the checksum is known.
    pub fn copy_name(&self) -> Option<String> {
        self.checksum.as_ref().map(|checksum| format!("initial-{checksum}.safetensors"))
    }

    /// The bytes of the file, which are checked against the checksum, and their checksum.
    ///
    /// # Errors
    /// If it cannot be read, or has changed; the message names the file.
    pub fn read(&self) -> Result<(Vec<u8>, String), String> {
        let shown = &self.path;
        let bytes = std::fs::read(Path::new(shown)).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        let found = checksum_text(&bytes);
        match &self.checksum {
            Some(expected) if *expected != found => Err(format!(
                "{shown} has the checksum {found}, not {expected}: it is another file now. Restore it, or name the new one by \
                 its path alone"
            )),
            _ => Ok((bytes, found)),
        }
    }

    /// The tensors of the file.
    ///
    /// # Errors
    /// As [`WeightsFile::read`], and if it is not a safetensors file of 32-bit floats.
    pub fn tensors(&self) -> Result<Tensors, String> {
        decode(&self.read()?.0).map_err(|why| format!("{} {why}", self.path))
    }
}

impl PartialEq for WeightsFile {
    fn eq(&self, other: &WeightsFile) -> bool {
        match (&self.checksum, &other.checksum) {
            (Some(own), Some(others)) => own == others,
            (own, others) => (own, &self.path) == (others, &other.path),
        }
    }
}

impl Serialize for WeightsFile {
    /// With the path of the copy, where the checksum is known.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.copy_name(), self.checksum.clone()) {
            (Some(path), Some(checksum)) => Checked { path, checksum }.serialize(serializer),
            _ => self.path.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for WeightsFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Path(path) => WeightsFile { path, checksum: None },
            Written::Checked(Checked { path, checksum }) => WeightsFile { path, checksum: Some(checksum) },
        })
    }
}

impl JsonSchema for WeightsFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Slot {
        file: WeightsFile,
    }

    #[test]
    fn a_path_stays_a_path_until_the_checksum_is_known() {
        let read = |text: &str| toml::from_str::<Slot>(text).unwrap();
        let written = |slot: &Slot| toml::to_string(slot).unwrap();
        assert_eq!(written(&read("file = 'a/x.safetensors'")), "file = \"a/x.safetensors\"\n");
        let checked = read("file = { path = 'a/x.safetensors', checksum = '0f' }");
        assert_eq!(written(&checked), "[file]\npath = \"initial-0f.safetensors\"\nchecksum = \"0f\"\n");
        assert_eq!(read(&written(&checked)), checked, "a copy with the same checksum is the same file");
        assert_ne!(read("file = 'a'"), read("file = 'b'"));
    }

    #[test]
    fn another_file_under_the_same_path_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x").display().to_string();
        std::fs::write(&path, "one").unwrap();
        let (bytes, checksum) = WeightsFile::new(&path, None).read().unwrap();
        assert_eq!(bytes, b"one");
        let checked = WeightsFile::new(&path, Some(checksum));
        assert!(checked.read().is_ok());
        assert!(checked.tensors().unwrap_err().contains("is not a whole safetensors file"));
        std::fs::write(&path, "two").unwrap();
        assert!(checked.read().unwrap_err().contains("it is another file now"));
        std::fs::remove_file(&path).unwrap();
        assert!(checked.read().unwrap_err().contains("cannot be read"));
    }
}
