//! Agents' states as bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tilde_envs::StateError;

/// The bytes of a state.
pub fn encode(state: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(state).expect("plain numbers always encode")
}

/// The state of an agent of this algorithm, from bytes.
///
/// # Errors
/// If the bytes are something else.
pub fn decode<S: DeserializeOwned>(algorithm: &str, bytes: &[u8]) -> Result<S, StateError> {
    postcard::from_bytes(bytes).map_err(|error| StateError(format!("not the state of {algorithm}: {error}")))
}
