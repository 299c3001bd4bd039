//! The program, the machine and the time of a run: `manifest.json`. No other result file depends on them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::MANIFEST;
use super::json::{read_json, write_json};

/// How a run was made. A file of another version may lack fields; they read as empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// Version of this program.
    pub tilde: String,
    /// Version of burn.
    pub burn: String,
    /// The commit that this program was built from, with `-dirty` where its sources had been changed; none where it was not built in
    /// its own repository.
    pub git_commit: Option<String>,
    /// The command.
    pub command_line: Vec<String>,
    /// Checksum of `experiment.toml`.
    pub config_hash: String,
    /// The variant's name.
    pub variant: String,
    /// The seed.
    pub seed: u64,
    /// The device, `flex` for example.
    pub device: String,
    /// The engine of the approximator, `host` for example.
    pub engine: String,
    /// The operating system, `linux` for example.
    pub os: String,
    /// The processor's architecture, `x86_64` for example.
    pub arch: String,
    /// When the run began or was last resumed, in seconds since 1970.
    pub started_unix: u64,
    /// Seconds since then that the run took.
    pub wall_seconds: Option<f64>,
    /// Environment steps per second of `wall_seconds`.
    pub steps_per_second: Option<f64>,
    /// The name of the machine.
    pub host: String,
    /// The files of the finished run: each with its bytes and a checksum of them. A later difference is damage.
    pub files: BTreeMap<String, FileMark>,
}

/// What identifies the content of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileMark {
    /// Its length.
    pub bytes: u64,
    /// The checksum, in hexadecimal digits.
    pub checksum: String,
}

impl Manifest {
    /// Writes `manifest.json` into a run's folder.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        write_json(&folder.join(MANIFEST), self)
    }

    /// Reads the `manifest.json` of a run's folder; `None` where there is none. It is the last file of a run to be written.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read(folder: &Path) -> io::Result<Option<Manifest>> {
        read_json(&folder.join(MANIFEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same_and_missing_fields_are_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), None);
        let manifest = Manifest { tilde: "1.2.3".to_owned(), seed: 7, wall_seconds: Some(0.5), ..Manifest::default() };
        manifest.write(folder.path()).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), Some(manifest));
        let older = r#"{"tilde": "0.1.0", "steps_per_second": null, "of_tomorrow": 1}"#;
        std::fs::write(folder.path().join(MANIFEST), older).unwrap();
        let read = Manifest::read(folder.path()).unwrap().unwrap();
        assert_eq!(read, Manifest { tilde: "0.1.0".to_owned(), ..Manifest::default() });
        std::fs::write(folder.path().join(MANIFEST), "{").unwrap();
        assert!(Manifest::read(folder.path()).is_err());
    }
}
