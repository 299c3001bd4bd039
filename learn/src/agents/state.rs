//! Agents' states as bytes, part after part.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tilde_envs::StateError;

/// Writes the parts of a state.
#[derive(Default)]
pub struct StateWriter(Vec<u8>);

impl StateWriter {
    /// Asks for memory for about so many further bytes at once: a vector that grows by doubling takes three times as much for a
    /// moment.
    pub fn reserve(&mut self, bytes: usize) {
        let _ = self.0.try_reserve_exact(bytes + bytes / 8); // without it the vector grows as it fills
    }

    /// Appends a part.
    pub fn put(&mut self, part: &impl Serialize) {
        self.0 = postcard::to_extend(part, std::mem::take(&mut self.0)).expect("plain numbers always encode");
    }

    /// All parts.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Reads the parts of a state in the order in which they were written.
pub struct StateReader<'a>(&'a [u8]);

impl<'a> StateReader<'a> {
    /// A state that a [`StateWriter`] wrote.
    pub fn new(state: &'a [u8]) -> StateReader<'a> {
        StateReader(state)
    }

    /// The next part.
    ///
    /// # Errors
    /// If the bytes are something else.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<T, StateError> {
        let (part, rest) = postcard::take_from_bytes(self.0)
            .map_err(|error| StateError(format!("not the state of such an agent: {error}")))?;
        self.0 = rest;
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_in_their_order_and_no_others_do() {
        let mut writer = StateWriter::default();
        writer.put(&vec![1.5_f32, -2.0]);
        writer.put(&(7_u64, Some(true)));
        let bytes = writer.into_bytes();
        let mut reader = StateReader::new(&bytes);
        assert_eq!(reader.take(), Ok(vec![1.5_f32, -2.0]));
        assert_eq!(reader.take(), Ok((7_u64, Some(true))));
        assert!(reader.take::<u8>().unwrap_err().to_string().starts_with("not the state of such an agent"));
    }
}
