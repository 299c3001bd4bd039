//! Files of weights that a config names: their paths are relative to its folder, and an experiment is told apart by their
//! checksums.

use std::path::Path;

use toml::{Table, Value};

use crate::approx::WeightsFile;

/// Gives each file of weights its path from here in place of the one from `folder`, and its checksum. Returns what is wrong,
/// each under its key.
///
/// Values of wrong kinds are left as they are: they are refused when the table is read.
pub fn resolve(experiment: &mut Table, folder: &Path) -> Vec<(Vec<String>, String)> {
    let mut invalid = Vec::new();
    visit(experiment, &mut Vec::new(), &mut |path, file| {
        let Ok(written) = file.clone().try_into::<WeightsFile>() else { return };
        let from_here = folder.join(written.path()).display().to_string();
        match WeightsFile::new(&from_here, written.checksum().map(str::to_owned)).read() {
            Ok((_, checksum)) => {
                let keys = [("path".to_owned(), from_here.into()), ("checksum".to_owned(), checksum.into())];
                *file = Value::Table(Table::from_iter(keys));
            }
            Err(why) => {
                let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                let message = format!("{why} (paths are relative to the folder of the config, {})", shown.display());
                invalid.push((path.to_vec(), message));
            }
        }
    });
    invalid
}

/// Gives each file of weights the name of its copy in the folder of an experiment in place of its path, if its checksum is known.
/// Returns the files that were found.
pub fn name_copies(table: &mut Table) -> Vec<WeightsFile> {
    let mut files = Vec::new();
    visit(table, &mut Vec::new(), &mut |_, value| {
        let Ok(file) = value.clone().try_into::<WeightsFile>() else { return };
        *value = Value::try_from(&file).expect("a file of weights is a path and a checksum");
        files.push(file);
    });
    files
}

/// Calls `each` with the value and the path of every `initialization.file` in a table.
fn visit(table: &mut Table, path: &mut Vec<String>, each: &mut impl FnMut(&[String], &mut Value)) {
    for (key, value) in table.iter_mut() {
        path.push(key.clone());
        match value {
            Value::Table(inner) if key == "initialization" => {
                if let Some(file) = inner.get_mut("file") {
                    path.push("file".to_owned());
                    each(path, file);
                    path.pop();
                }
            }
            Value::Table(inner) => visit(inner, path, each),
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    if let Value::Table(inner) = item {
                        path.push(index.to_string());
                        visit(inner, path, each);
                        path.pop();
                    }
                }
            }
            _ => {}
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_wherever_an_approximator_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("w"), "x").unwrap();
        let text = "[approximator.initialization]\nfile = 'w'\n[[variant]]\nname = 'a'\n\
                    [variant.algorithm.actor_critic.critic]\ninitialization = { file = 'missing' }\n\
                    [[variant]]\nname = 'b'\napproximator = { initialization = 'zero' }\n";
        let mut table: Table = toml::from_str(text).unwrap();
        let invalid = resolve(&mut table, folder.path());
        let [(path, message)] = &invalid[..] else { panic!("{invalid:?}") };
        assert_eq!(path.join("."), "variant.0.algorithm.actor_critic.critic.initialization.file");
        assert!(message.contains("missing cannot be read"), "{message}");
        let file = &table["approximator"]["initialization"]["file"];
        assert_eq!(file["path"].as_str(), folder.path().join("w").to_str());
        let checksum = file["checksum"].as_str().unwrap().to_owned();
        assert_eq!(checksum.len(), 16);
        let files = name_copies(&mut table);
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].path(), folder.path().join("w").to_str().unwrap());
        let copy = &table["approximator"]["initialization"]["file"];
        assert_eq!(copy["path"].as_str().unwrap(), format!("initial-{checksum}.safetensors"));
        assert_eq!(copy["checksum"].as_str(), Some(checksum.as_str()));
    }
}
