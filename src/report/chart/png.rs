//! Drawings as PNG.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Pixels of the PNG for each pixel of the drawing.
const PIXELS: f32 = 2.0;

/// Renders drawings with its own font, so that they are the same on every machine.
pub struct Rasterizer {
    options: Options<'static>,
}

impl Rasterizer {
    /// Loads the font.
    pub fn new() -> Rasterizer {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(notosans::REGULAR_TTF.to_vec());
        fonts.load_font_data(notosans::BOLD_TTF.to_vec());
        fonts.set_sans_serif_family("Noto Sans");
        Rasterizer { options: Options { fontdb: Arc::new(fonts), ..Options::default() } }
    }

    /// The drawing as a PNG file.
    ///
    /// # Errors
    /// If `svg` is not valid, or its size is 0 or too large.
    pub fn png(&self, svg: &str) -> Result<Vec<u8>, String> {
        let tree = Tree::from_str(svg, &self.options).map_err(|error| error.to_string())?;
        let size = tree.size().to_int_size().scale_by(PIXELS).ok_or("the drawing is too large")?;
        let mut picture = Pixmap::new(size.width(), size.height()).ok_or("the drawing is empty")?;
        resvg::render(&tree, Transform::from_scale(PIXELS, PIXELS), &mut picture.as_mut());
        picture.encode_png().map_err(|error| error.to_string())
    }
}
