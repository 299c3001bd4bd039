//! Pictures one after another, as an animated GIF.

use std::borrow::Cow;

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use super::palette::{ColourCounts, Palette};
use crate::parallel::on_all_cores;
use crate::rasterizer::Rasterizer;

/// How long the last picture is shown before the animation begins anew, in hundredths of a second.
const LAST_DELAY: u16 = 200;

/// SVG documents of one size as an animation that repeats for ever, each shown for `delay` hundredths of a second.
///
/// # Errors
/// If there are none, one is not valid, or their sizes differ or are too large.
pub fn gif(frames: &[String], delay: u16) -> Result<Vec<u8>, String> {
    let rasterizer = Rasterizer::new();
    let mut pictures = Vec::with_capacity(frames.len());
    let mut counts = ColourCounts::default();
    for picture in on_all_cores(frames, |svg| rasterizer.pixels(svg, 1.0)) {
        let picture = picture?;
        counts.add(&picture.2);
        pictures.push(picture);
    }
    let (width, height, _) = pictures.first().ok_or("an animation has a picture or more")?;
    let side = |side: u32| u16::try_from(side).map_err(|_| "a side of a GIF has at most 65,535 pixels".to_owned());
    let (width, height) = (side(*width)?, side(*height)?);
    let mut palette = counts.palette();
    let cannot = |error: EncodingError| format!("the animation cannot be encoded: {error}");
    let mut encoder = GifEncoder::new(width, height, &mut palette).map_err(cannot)?;
    let count = pictures.len();
    for (index, (own_width, own_height, pixels)) in pictures.into_iter().enumerate() {
        if (own_width, own_height) != (u32::from(width), u32::from(height)) {
            return Err(format!("picture {index} has {own_width} × {own_height} pixels, not {width} × {height}"));
        }
        encoder.add(&pixels, if index + 1 == count { LAST_DELAY } else { delay }).map_err(cannot)?;
    }
    encoder.finish().map_err(cannot)
}

/// Writes an animation picture by picture. Of each it keeps what differs from the one before.
pub struct GifEncoder<'a> {
    encoder: Encoder<Vec<u8>>,
    palette: &'a mut Palette,
    width: u16,
    height: u16,
    before: Option<Vec<u8>>,
}

impl<'a> GifEncoder<'a> {
    /// An animation of this size in these colours.
    ///
    /// # Errors
    /// If the encoder refuses.
    pub fn new(width: u16, height: u16, palette: &'a mut Palette) -> Result<GifEncoder<'a>, EncodingError> {
        let mut encoder = Encoder::new(Vec::new(), width, height, &palette.bytes())?;
        encoder.set_repeat(Repeat::Infinite)?;
        Ok(GifEncoder { encoder, palette, width, height, before: None })
    }

    /// Adds a picture, `[height, width, 4]` bytes, shown for `delay` hundredths of a second.
    ///
    /// # Errors
    /// If the encoder refuses.
    ///
    /// # Panics
    /// If the picture has another size.
    pub fn add(&mut self, pixels: &[u8], delay: u16) -> Result<(), EncodingError> {
        let (width, height) = (self.width, self.height);
        assert_eq!(pixels.len(), 4 * usize::from(width) * usize::from(height), "four bytes for each pixel");
        let now = self.palette.indices(pixels);
        let mut frame = match &self.before {
            None => Frame { width, height, buffer: Cow::Borrowed(&now), ..Frame::default() },
            Some(before) => changed(before, &now, width, self.palette.transparent()),
        };
        frame.delay = delay;
        frame.dispose = DisposalMethod::Keep;
        self.encoder.write_frame(&frame)?;
        self.before = Some(now);
        Ok(())
    }

    /// How many bytes have been written.
    pub fn bytes(&self) -> usize {
        self.encoder.get_ref().len()
    }

    /// The file.
    ///
    /// # Errors
    /// If the encoder refuses.
    pub fn finish(self) -> Result<Vec<u8>, EncodingError> {
        self.encoder.into_inner()
    }
}

/// The smallest rectangle with every pixel that changed. Those in it that did not change are transparent.
fn changed(before: &[u8], now: &[u8], width: u16, transparent: u8) -> Frame<'static> {
    let side = usize::from(width);
    let (mut left, mut right, mut top, mut bottom) = (side, 0, usize::MAX, 0);
    for (row, (old, new)) in before.chunks_exact(side).zip(now.chunks_exact(side)).enumerate() {
        let differs = |&column: &usize| old[column] != new[column];
        let (Some(first), Some(last)) = ((0..side).find(differs), (0..side).rfind(differs)) else { continue };
        (left, right) = (left.min(first), right.max(last));
        (top, bottom) = (top.min(row), row);
    }
    if top == usize::MAX {
        (left, right, top, bottom) = (0, 0, 0, 0); // nothing changed, and a frame has one pixel or more
    }
    let mut buffer = Vec::with_capacity((right + 1 - left) * (bottom + 1 - top));
    for row in top..=bottom {
        let pixels = row * side + left..=row * side + right;
        let kept = before[pixels.clone()].iter().zip(&now[pixels]);
        buffer.extend(kept.map(|(old, new)| if old == new { transparent } else { *new }));
    }
    Frame {
        left: left as u16,
        top: top as u16,
        width: (right + 1 - left) as u16,
        height: (bottom + 1 - top) as u16,
        transparent: Some(transparent),
        buffer: Cow::Owned(buffer),
        ..Frame::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_become_frames() {
        let drawing = |x: usize, width: usize| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"4\"><rect x=\"{x}\" width=\"2\" height=\"2\" \
                 fill=\"#ff0000\"/></svg>"
            )
        };
        let bytes = gif(&[drawing(0, 8), drawing(2, 8)], 10).unwrap();
        let mut decoder = gif::DecodeOptions::new().read_info(&bytes[..]).unwrap();
        assert_eq!((decoder.width(), decoder.height(), decoder.repeat()), (8, 4, Repeat::Infinite));
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            frames.push((frame.left, frame.width, frame.height, frame.delay));
        }
        assert_eq!(frames, [(0, 8, 4, 10), (0, 4, 2, LAST_DELAY)]);
        assert!(gif(&[drawing(0, 8), drawing(0, 9)], 10).unwrap_err().contains("9 × 4"));
        assert!(gif(&[], 10).is_err());
    }

    #[test]
    fn a_frame_has_the_smallest_rectangle_that_changed() {
        #[rustfmt::skip]
        let (before, now) = (
            [0, 0, 0, 0,
             0, 1, 0, 0,
             0, 0, 0, 0],
            [0, 0, 0, 0,
             0, 0, 0, 2,
             0, 0, 3, 0],
        );
        let frame = changed(&before, &now, 4, 9);
        assert_eq!((frame.left, frame.top, frame.width, frame.height), (1, 1, 3, 2));
        assert_eq!(*frame.buffer, [0, 9, 2, 9, 3, 9]);
        let frame = changed(&before, &before, 4, 9);
        assert_eq!((frame.width, frame.height, &*frame.buffer), (1, 1, &[9][..]));
    }
}
