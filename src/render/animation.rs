//! A recorded episode as an animated GIF.

use std::borrow::Cow;

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::error::RenderError;
use super::palette::{Histogram, Palette};
use super::recording::Recording;
use crate::rasterizer::Rasterizer;

/// The most bytes of an animation. What would be larger shows fewer steps, and so runs faster.
pub const MAX_GIF_BYTES: usize = 2_000_000;

/// The least seconds from one frame to the next: 25 frames a second.
const LEAST_SECONDS: f64 = 0.04;
/// How long the last frame is shown before the animation begins anew, in hundredths of a second.
const LAST_DELAY: u16 = 100;
/// The pictures in which colours are counted.
const SAMPLES: usize = 24;

/// An animated GIF.
pub struct Animation {
    /// The file.
    pub bytes: Vec<u8>,
    /// Frames: of every `every`-th step, and of the last one.
    pub frames: usize,
    /// Steps from one frame to the next.
    pub every: usize,
    /// How many times faster it runs than [`Render::seconds_per_step`](tilde_envs::render::Render::seconds_per_step) says, so
    /// that it stays below [`MAX_GIF_BYTES`]; mostly 1.
    pub speed: usize,
}

impl Recording {
    /// The episode as an animation that repeats for ever. Its size is that of the drawings.
    ///
    /// # Errors
    /// If the renderer's SVG is not valid, or its size is 0, too large, or not always the same.
    pub fn gif(&self) -> Result<Animation, RenderError> {
        let rasterizer = Rasterizer::new();
        let seconds = self.renderer().seconds_per_step();
        let per_frame = if seconds > 0.0 { (LEAST_SECONDS / seconds).round().clamp(1.0, 1e6) as usize } else { 1 };
        let delay = (100.0 * seconds * per_frame as f64).round().clamp(100.0 * LEAST_SECONDS, 1_000.0) as u16;
        let mut palette = self.palette(&rasterizer)?;
        let mut speed = 1;
        loop {
            let every = per_frame * speed;
            let steps: Vec<usize> = (0..self.length()).step_by(every).chain([self.length()]).collect();
            let writer = Writer { recording: self, rasterizer: &rasterizer, palette: &mut palette, delay };
            if let Some(bytes) = writer.write(&steps)? {
                return Ok(Animation { bytes, frames: steps.len(), every, speed });
            }
            if steps.len() <= 2 {
                let message = format!("the animation is larger than {MAX_GIF_BYTES} bytes: make the drawings smaller");
                return Err(RenderError(message));
            }
            speed *= 2;
        }
    }

    /// The scene after `step` steps: its width and height, and the pixels.
    fn pixels(&self, rasterizer: &Rasterizer, step: usize) -> Result<(u16, u16, Vec<u8>), RenderError> {
        let why = |why: &str| RenderError(format!("the drawing of step {step} cannot be used: {why}"));
        let (width, height, pixels) = rasterizer.pixels(&self.svg(step)).map_err(|error| why(&error))?;
        if (width, height) != self.renderer().size() {
            let (expected_width, expected_height) = self.renderer().size();
            return Err(why(&format!(
                "it has {width} × {height} pixels, where `Render::size` says {expected_width} × {expected_height}"
            )));
        }
        let [width, height] = [width, height]
            .map(|side| u16::try_from(side).map_err(|_| why("a side of a GIF has at most 65,535 pixels")));
        Ok((width?, height?, pixels))
    }

    /// The colours of some scenes from the first to the last one.
    fn palette(&self, rasterizer: &Rasterizer) -> Result<Palette, RenderError> {
        let mut histogram = Histogram::default();
        let samples = SAMPLES.min(self.length());
        for sample in 0..=samples {
            let (_, _, pixels) = self.pixels(rasterizer, sample * self.length() / samples)?;
            histogram.add(&pixels);
        }
        Ok(histogram.palette())
    }
}

/// Writes the frames of an animation.
struct Writer<'a> {
    recording: &'a Recording,
    rasterizer: &'a Rasterizer,
    palette: &'a mut Palette,
    delay: u16,
}

impl Writer<'_> {
    /// The animation of these steps; `None` if it is too large.
    fn write(self, steps: &[usize]) -> Result<Option<Vec<u8>>, RenderError> {
        let encoding = |error: gif::EncodingError| RenderError(format!("the animation cannot be encoded: {error}"));
        let (width, height) = self.recording.renderer().size();
        let (width, height) = (width as u16, height as u16); // `Recording::pixels` has checked that they fit
        let mut encoder = Encoder::new(Vec::new(), width, height, &self.palette.bytes()).map_err(encoding)?;
        encoder.set_repeat(Repeat::Infinite).map_err(encoding)?;
        let mut before: Option<Vec<u8>> = None;
        for (index, &step) in steps.iter().enumerate() {
            let (_, _, pixels) = self.recording.pixels(self.rasterizer, step)?;
            let now = self.palette.indices(&pixels);
            let mut frame = match &before {
                None => Frame { width, height, buffer: Cow::Borrowed(&now), ..Frame::default() },
                Some(before) => changed(before, &now, width, self.palette.transparent()),
            };
            frame.delay = if index + 1 == steps.len() { LAST_DELAY } else { self.delay };
            frame.dispose = DisposalMethod::Keep;
            encoder.write_frame(&frame).map_err(encoding)?;
            if encoder.get_ref().len() > MAX_GIF_BYTES {
                return Ok(None);
            }
            before = Some(now);
        }
        let bytes = encoder.into_inner().map_err(encoding)?;
        Ok((bytes.len() <= MAX_GIF_BYTES).then_some(bytes))
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
