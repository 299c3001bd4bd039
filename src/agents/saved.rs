//! Agents' states as bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tilde_envs::StateError;

/// The bytes of a state. There are `about` as many, and room for them is asked for at once: a vector that grows by doubling
/// takes three times as much for a moment.
pub fn encode(state: &impl Serialize, about: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = bytes.try_reserve_exact(about + about / 8); // without it the vector grows as it fills
    postcard::to_extend(state, bytes).expect("plain numbers always encode")
}

/// The state of an agent of this algorithm, from bytes.
///
/// # Errors
/// If the bytes are something else.
pub fn decode<S: DeserializeOwned>(algorithm: &str, bytes: &[u8]) -> Result<S, StateError> {
    postcard::from_bytes(bytes).map_err(|error| StateError(format!("not the state of {algorithm}: {error}")))
}
