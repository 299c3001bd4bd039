//! Why an episode cannot be drawn.

/// An episode that cannot be drawn, or a picture that cannot be written: why, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError(pub(super) String);

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RenderError {}
