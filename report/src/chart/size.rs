//! The sizes of drawings.

/// Width and height of a drawing in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height of a line chart. The other charts are as high as their rows.
    pub height: f64,
}

/// For desktops and papers.
pub const WIDE: Size = Size { width: 560.0, height: 340.0 };
/// For phones held upright.
pub const NARROW: Size = Size { width: 340.0, height: 280.0 };
