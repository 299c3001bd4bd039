//! Files of a finished run that are no longer what the run wrote.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::checksum::checksum_text;
use crate::results::{DIAGNOSTICS, EPISODES, EVALUATIONS, FileMark, MANIFEST, Manifest, SUMMARY, UPDATES, VALUES};
use crate::run::{CHECKPOINT_HEADER, CHECKPOINTS, PROGRAM};

/// The files of a run that a checksum is kept of, besides its checkpoints. Not every run has all of them.
const FILES: [&str; 6] = [EPISODES, EVALUATIONS, UPDATES, VALUES, DIAGNOSTICS, SUMMARY];

/// The marks of the files in a run's folder, by their names.
///
/// # Errors
/// If a file cannot be read.
pub fn marks(folder: &Path) -> io::Result<BTreeMap<String, FileMark>> {
    let mut marks = BTreeMap::new();
    for name in FILES.into_iter().chain(CHECKPOINTS) {
        match mark(&folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            mark => {
                marks.insert(name.to_owned(), mark?);
            }
        }
    }
    Ok(marks)
}

fn mark(path: &Path) -> io::Result<FileMark> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    // A checkpoint may be large. It begins with a checksum of its content, which is compared when it is read.
    let is_checkpoint = path.extension().is_some_and(|extension| extension == "bin");
    let mut content = Vec::new();
    file.take(if is_checkpoint { CHECKPOINT_HEADER as u64 } else { bytes }).read_to_end(&mut content)?;
    Ok(FileMark { bytes, checksum: checksum_text(&content) })
}

/// What is damaged in the folder of a finished run, in words; `None` if nothing is. A run of another version is taken as it is, since
/// this one would make another. A checkpoint that was deleted is no damage: results do not need it.
pub fn damage(folder: &Path) -> Option<String> {
    let manifest = match Manifest::read(folder) {
        Ok(manifest) => manifest.filter(|manifest| manifest.tilde == PROGRAM)?,
        Err(error) => return Some(format!("{MANIFEST} cannot be read: {error}")),
    };
    manifest.files.iter().find_map(|(name, expected)| match mark(&folder.join(name)) {
        Ok(found) if found == *expected => None,
        Ok(found) if found.bytes != expected.bytes => {
            Some(format!("{name} has {} bytes, and the run wrote {}", found.bytes, expected.bytes))
        }
        Ok(_) => Some(format!("{name} is not as the run wrote it")),
        Err(error) if error.kind() == io::ErrorKind::NotFound && CHECKPOINTS.contains(&name.as_str()) => None,
        Err(error) => Some(format!("{name} cannot be read: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_is_changed_or_gone_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        assert_eq!(damage(folder.path()), None, "there is no manifest");
        fs::create_dir(path("checkpoint")).unwrap();
        fs::write(path(EPISODES), "step\n1\n").unwrap();
        fs::write(path("checkpoint/state.bin"), [7; 100]).unwrap();
        let manifest =
            Manifest { tilde: PROGRAM.to_owned(), files: marks(folder.path()).unwrap(), ..Manifest::default() };
        assert_eq!(manifest.files.keys().collect::<Vec<_>>(), ["checkpoint/state.bin", EPISODES]);
        manifest.write(folder.path()).unwrap();
        assert_eq!(damage(folder.path()), None);
        fs::write(path(EPISODES), "step\n\0\n").unwrap();
        assert_eq!(damage(folder.path()).as_deref(), Some("episodes.csv is not as the run wrote it"));
        fs::write(path(EPISODES), "step\n").unwrap();
        assert_eq!(damage(folder.path()).as_deref(), Some("episodes.csv has 5 bytes, and the run wrote 7"));
        fs::write(path("checkpoint/state.bin"), [8; 100]).unwrap();
        assert_eq!(damage(folder.path()).as_deref(), Some("checkpoint/state.bin is not as the run wrote it"));
        fs::remove_file(path("checkpoint/state.bin")).unwrap();
        fs::write(path(EPISODES), "step\n1\n").unwrap();
        assert_eq!(damage(folder.path()), None, "a checkpoint may be deleted");
        fs::remove_file(path(EPISODES)).unwrap();
        assert!(damage(folder.path()).unwrap().starts_with("episodes.csv cannot be read: "));
        Manifest { tilde: "0.0.1".to_owned(), ..manifest }.write(folder.path()).unwrap();
        assert_eq!(damage(folder.path()), None, "a run of another version is not made again");
        Manifest { tilde: PROGRAM.to_owned(), ..Manifest::default() }.write(folder.path()).unwrap();
        assert_eq!(damage(folder.path()), None, "an older version kept no marks");
    }
}
