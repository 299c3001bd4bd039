//! Pictures of drawings.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Pixels of the picture for one of the drawing.
const PIXELS: f32 = 2.0;

/// Makes pictures with a font of its own, so that they are the same everywhere.
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
    /// If it is no drawing of ours.
    pub fn png(&self, svg: &str) -> Result<Vec<u8>, String> {
        let tree = Tree::from_str(svg, &self.options).map_err(|error| error.to_string())?;
        let size = tree.size().to_int_size().scale_by(PIXELS).ok_or("the drawing is too large")?;
        let mut picture = Pixmap::new(size.width(), size.height()).ok_or("the drawing is empty")?;
        resvg::render(&tree, Transform::from_scale(PIXELS, PIXELS), &mut picture.as_mut());
        picture.encode_png().map_err(|error| error.to_string())
    }
}
