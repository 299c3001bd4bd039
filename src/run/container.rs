//! The container of a run's binary files: the kind of file, the version of its format, a checksum, and the content. A file is whole
//! or refused.

use std::io;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use crate::checksum::checksum;

/// A kind of binary file.
pub struct Container {
    /// The first bytes of such a file.
    pub magic: &'static [u8; 16],
    /// The version of its format: raised whenever an older reader would misread a file.
    pub version: u32,
}

const DAMAGED: &str = "it is damaged";

/// Magic, version, checksum.
pub const HEADER: usize = 16 + 4 + 8;

impl Container {
    /// A file with this content, which has about `size` bytes.
    ///
    /// # Errors
    /// If the content cannot be encoded.
    pub fn encode(&self, content: &impl Serialize, size: usize) -> io::Result<Vec<u8>> {
        // The content is written behind the header at once, so that it is copied only once.
        let mut file = Vec::with_capacity(HEADER + size);
        file.extend_from_slice(self.magic);
        file.extend_from_slice(&self.version.to_le_bytes());
        file.extend_from_slice(&[0; 8]);
        let mut file = postcard::to_extend(content, file).map_err(io::Error::other)?;
        let sum = checksum(&file[HEADER..]);
        file[HEADER - 8..HEADER].copy_from_slice(&sum.to_le_bytes());
        Ok(file)
    }

    /// The content of a file, and what is [`Appended`] to it.
    ///
    /// # Errors
    /// If it is no such file, is damaged, or has another version of the format.
    pub fn decode<T: DeserializeOwned, A: DeserializeOwned>(&self, file: &[u8]) -> Result<(T, Option<A>), String> {
        let (content, rest) = postcard::take_from_bytes(self.content(file)?).map_err(|error| damaged(&error))?;
        let appended = (!rest.is_empty()).then(|| postcard::from_bytes(rest)).transpose();
        Ok((content, appended.map_err(|error| damaged(&error))?))
    }

    /// The bytes of the content.
    fn content<'a>(&self, file: &'a [u8]) -> Result<&'a [u8], String> {
        let damaged = || DAMAGED.to_owned();
        let (header, content) = file.split_at_checked(HEADER).ok_or_else(damaged)?;
        let (magic, header) = header.split_at(self.magic.len());
        let (version, sum) = header.split_at(4);
        if magic != self.magic {
            return Err(damaged());
        }
        let version = version.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
        if version != self.version {
            let wrote = if version > self.version { "a newer" } else { "an older" };
            return Err(format!(
                "it has another format than version {}, which this program writes: version {version}, of {wrote} program",
                self.version
            ));
        }
        if sum != checksum(content).to_le_bytes() {
            return Err(damaged());
        }
        Ok(content)
    }
}

/// A content that stands behind the rest of a file, where there is one: nothing else of the file changes with it.
pub struct Appended<T>(pub Option<T>);

impl<T: Serialize> Serialize for Appended<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(content) => content.serialize(serializer),
            None => serializer.serialize_unit(), // no bytes at all
        }
    }
}

fn damaged(error: &postcard::Error) -> String {
    format!("{DAMAGED}: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINER: Container = Container { magic: b"sixteen letters!", version: 3 };

    /// The content of a file to which nothing is appended.
    fn content(file: &[u8]) -> Result<Vec<f32>, String> {
        let (content, appended) = CONTAINER.decode::<_, ()>(file)?;
        assert_eq!(appended, None);
        Ok(content)
    }

    #[test]
    fn a_content_comes_back_and_a_damaged_file_is_refused() {
        let file = CONTAINER.encode(&vec![1.5_f32, -2.0], 8).unwrap();
        assert_eq!(content(&file), Ok(vec![1.5_f32, -2.0]));
        for byte in (0..file.len()).filter(|byte| !(16..20).contains(byte)) {
            let mut damaged = file.clone();
            damaged[byte] ^= 1;
            assert_eq!(content(&damaged), Err("it is damaged".to_owned()), "byte {byte}");
        }
        for length in 0..file.len() {
            assert!(content(&file[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn what_is_appended_comes_back_and_leaves_no_trace_where_it_is_missing() {
        let content = vec![1.5_f32, -2.0];
        let encoded = |appended: Option<u64>| CONTAINER.encode(&(&content, Appended(appended)), 8).unwrap();
        assert_eq!(encoded(None), CONTAINER.encode(&content, 8).unwrap());
        for appended in [None, Some(0), Some(70_000)] {
            assert_eq!(CONTAINER.decode(&encoded(appended)), Ok((content.clone(), appended)));
        }
    }

    #[test]
    fn another_version_of_the_format_is_named() {
        let other = |version| Container { version, ..CONTAINER }.encode(&7_u8, 1).unwrap();
        let refused = |version| CONTAINER.decode::<u8, ()>(&other(version)).unwrap_err();
        assert!(refused(4).ends_with("version 4, of a newer program"), "{}", refused(4));
        assert!(refused(2).ends_with("version 2, of an older program"), "{}", refused(2));
    }
}
