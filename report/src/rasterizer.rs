//! Drawings from SVG to pixels, with a font of its own, so that they are the same on every machine.

use std::sync::Arc;

use resvg::tiny_skia::{Color, IntSize, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Pixels of a PNG for each pixel of the drawing.
const PIXELS: f32 = 2.0;

/// Renders drawings in Noto Sans.
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

    /// The drawing as a PNG file, with two pixels for each of its own.
    ///
    /// # Errors
    /// If `svg` is not valid, or its size is 0 or too large.
    pub fn png(&self, svg: &str) -> Result<Vec<u8>, String> {
        self.picture(svg, PIXELS, Color::TRANSPARENT)?.encode_png().map_err(|error| error.to_string())
    }

    /// The drawing on white as a PNG file, with `scale` pixels for each of its own.
    ///
    /// # Errors
    /// If `svg` is not valid, or its size is 0 or too large.
    pub fn scaled_png(&self, svg: &str, scale: f32) -> Result<Vec<u8>, String> {
        self.picture(svg, scale, Color::WHITE)?.encode_png().map_err(|error| error.to_string())
    }

    /// The drawing on white, with `scale` pixels for each of its own: width, height and `[height, width, 4]` bytes. The four of a
    /// pixel are red, green, blue and 255.
    ///
    /// # Errors
    /// If `svg` is not valid, or its size is 0 or too large.
    pub fn pixels(&self, svg: &str, scale: f32) -> Result<(u32, u32, Vec<u8>), String> {
        let picture = self.picture(svg, scale, Color::WHITE)?;
        Ok((picture.width(), picture.height(), picture.take()))
    }

    /// The size of a drawing of `width` × `height` pixels with `scale` pixels for each of its own; `None` if it is empty.
    pub fn scaled((width, height): (u32, u32), scale: f32) -> Option<(u32, u32)> {
        let size = IntSize::from_wh(width, height)?.scale_by(scale)?;
        Some((size.width(), size.height()))
    }

    /// A part of the drawing on white: the rectangle at (x, y) of a width and a height, in pixels of the drawing, as `columns`
    /// × `rows` pixels, `[rows, columns, 4]` bytes. It is stretched where the sides have other proportions.
    ///
    /// # Errors
    /// If `svg` is not valid, or a side is 0 or too large.
    pub fn part(&self, svg: &str, [x, y, width, height]: [f64; 4], columns: u32, rows: u32) -> Result<Vec<u8>, String> {
        let tree = Tree::from_str(svg, &self.options).map_err(|error| error.to_string())?;
        let mut picture = Pixmap::new(columns, rows).ok_or("the picture is empty or too large")?;
        picture.fill(Color::WHITE);
        let (across, down) = ((f64::from(columns) / width) as f32, (f64::from(rows) / height) as f32);
        let transform = Transform::from_row(across, 0.0, 0.0, down, -x as f32 * across, -y as f32 * down);
        resvg::render(&tree, transform, &mut picture.as_mut());
        Ok(picture.take())
    }

    fn picture(&self, svg: &str, scale: f32, paper: Color) -> Result<Pixmap, String> {
        let tree = Tree::from_str(svg, &self.options).map_err(|error| error.to_string())?;
        let size = tree.size().to_int_size().scale_by(scale).ok_or("the drawing is too large")?;
        let mut picture = Pixmap::new(size.width(), size.height()).ok_or("the drawing is empty")?;
        picture.fill(paper);
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut picture.as_mut());
        Ok(picture)
    }
}

impl Default for Rasterizer {
    fn default() -> Self {
        Self::new()
    }
}
