//! A recorded episode as an animated GIF.

use super::error::RenderError;
use super::recording::{Recording, batch};
use crate::chart::{ColourCounts, GifEncoder, Palette};
use crate::parallel::on_all_cores;
use crate::rasterizer::Rasterizer;

/// The most bytes of an animation. What would be larger shows fewer steps, and so runs faster.
pub const MAX_GIF_BYTES: usize = 2_000_000;

/// 25 frames a second, where nothing else is said.
const LEAST_SECONDS: f64 = 0.04;
/// How long the last frame is shown before the animation begins anew, in hundredths of a second.
const LAST_DELAY: u16 = 100;
/// The pictures in which colours are counted.
const SAMPLES: usize = 24;

/// How large an animation may be.
#[derive(Clone, Copy, Debug)]
pub struct AnimationLimits {
    /// Pixels from left to right. Larger drawings become smaller.
    pub width: u32,
    /// Frames. A longer episode is shown faster.
    pub frames: usize,
    /// The least seconds from one frame to the next.
    pub seconds: f64,
    /// Bytes. What would be larger is shown faster, with fewer frames.
    pub bytes: usize,
}

impl Default for AnimationLimits {
    /// Drawings in their own size, 25 frames a second, and up to [`MAX_GIF_BYTES`].
    fn default() -> AnimationLimits {
        AnimationLimits { width: u32::MAX, frames: usize::MAX, seconds: LEAST_SECONDS, bytes: MAX_GIF_BYTES }
    }
}

/// An animated GIF.
pub struct Animation {
    /// The file.
    pub bytes: Vec<u8>,
    /// Frames: of every `every`-th step, and of the last one.
    pub frames: usize,
    /// Steps from one frame to the next.
    pub every: usize,
    /// How many times faster it runs than [`Render::seconds_per_step`](tilde_envs::render::Render::seconds_per_step) says, so
    /// that it stays within its limits; mostly 1.
    pub speed: usize,
}

impl Recording {
    /// The episode as an animation that repeats for ever. Its size is that of the drawings.
    ///
    /// # Errors
    /// If the renderer's SVG is not valid, or its size is 0, too large, or not always the same.
    pub fn gif(&self) -> Result<Animation, RenderError> {
        self.gif_within(&AnimationLimits::default())
    }

    /// The same within these limits.
    ///
    /// # Errors
    /// As [`Recording::gif`], or if two frames are larger than the limit.
    pub fn gif_within(&self, limits: &AnimationLimits) -> Result<Animation, RenderError> {
        let rasterizer = Rasterizer::new();
        let (scale, limit) = (self.scale(limits.width), limits.bytes);
        let seconds = self.renderer().seconds_per_step();
        let per_frame = if seconds > 0.0 { (limits.seconds / seconds).round().clamp(1.0, 1e6) as usize } else { 1 };
        let delay =
            (100.0 * seconds * per_frame as f64).round().clamp(100.0 * limits.seconds.min(10.0), 1_000.0) as u16;
        let mut palette = self.palette(&rasterizer, scale, limits.frames / 8)?;
        let mut speed = self.length().div_ceil(per_frame).div_ceil(limits.frames.saturating_sub(1).max(1)).max(1);
        loop {
            let every = per_frame * speed;
            let steps: Vec<usize> = (0..self.length()).step_by(every).chain([self.length()]).collect();
            let writer =
                Writer { recording: self, rasterizer: &rasterizer, scale, palette: &mut palette, delay, limit };
            if let Some(bytes) = writer.write(&steps)? {
                return Ok(Animation { bytes, frames: steps.len(), every, speed });
            }
            if steps.len() <= 2 {
                let message = format!("the animation is larger than {limit} bytes: make the drawings smaller");
                return Err(RenderError(message));
            }
            speed *= 2;
        }
    }

    /// The scale at which the drawings are at most this wide.
    pub(super) fn scale(&self, width: u32) -> f32 {
        let (own, _) = self.renderer().size();
        if own > width { width as f32 / own as f32 } else { 1.0 }
    }

    /// The scene after `step` steps: its width and height, and the pixels.
    fn pixels(&self, rasterizer: &Rasterizer, scale: f32, step: usize) -> Result<(u16, u16, Vec<u8>), RenderError> {
        let why = |why: &str| RenderError(format!("the drawing of step {step} cannot be used: {why}"));
        let (width, height, pixels) = rasterizer.pixels(&self.svg(step), scale).map_err(|error| why(&error))?;
        let own = self.renderer().size();
        if Rasterizer::scaled(own, scale) != Some((width, height)) {
            let of = if scale < 1.0 { format!(" at a scale of {scale}") } else { String::new() };
            return Err(why(&format!(
                "it has {width} × {height} pixels{of}, where `Render::size` says {} × {}",
                own.0, own.1
            )));
        }
        let [width, height] = [width, height]
            .map(|side| u16::try_from(side).map_err(|_| why("a side of a GIF has at most 65,535 pixels")));
        Ok((width?, height?, pixels))
    }

    /// The colours of some scenes, up to `most` and one, from the first to the last one.
    fn palette(&self, rasterizer: &Rasterizer, scale: f32, most: usize) -> Result<Palette, RenderError> {
        let mut counts = ColourCounts::default();
        let samples = SAMPLES.min(self.length()).min(most.max(1));
        let steps: Vec<usize> = (0..=samples).map(|sample| sample * self.length() / samples).collect();
        for drawn in on_all_cores(&steps, |&step| self.pixels(rasterizer, scale, step)) {
            counts.add(&drawn?.2);
        }
        Ok(counts.palette())
    }
}

/// Writes the frames of an animation.
struct Writer<'a> {
    recording: &'a Recording,
    rasterizer: &'a Rasterizer,
    scale: f32,
    palette: &'a mut Palette,
    delay: u16,
    limit: usize,
}

impl Writer<'_> {
    /// The animation of these steps; `None` if it is too large.
    fn write(self, steps: &[usize]) -> Result<Option<Vec<u8>>, RenderError> {
        let encoding = |error: gif::EncodingError| RenderError(format!("the animation cannot be encoded: {error}"));
        let (width, height, _) = self.recording.pixels(self.rasterizer, self.scale, 0)?;
        let mut encoder = GifEncoder::new(width, height, self.palette).map_err(encoding)?;
        let mut left = steps.len();
        for steps in steps.chunks(batch()) {
            for drawn in on_all_cores(steps, |&step| self.recording.pixels(self.rasterizer, self.scale, step)) {
                left -= 1;
                let delay = if left == 0 { LAST_DELAY } else { self.delay };
                encoder.add(&drawn?.2, delay).map_err(encoding)?;
                if encoder.bytes() > self.limit {
                    return Ok(None);
                }
            }
        }
        let bytes = encoder.finish().map_err(encoding)?;
        Ok((bytes.len() <= self.limit).then_some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use gif::Repeat;

    use super::*;
    use crate::render::record;
    use crate::rng::Rng;

    /// An episode of an agent that has learned nothing.
    fn recording(env: &str) -> Recording {
        let text = format!(
            "name = 'x'\nseeds = [0]\nenv = '{env}'\nalgorithm = 'dqn'\napproximator = {{}}\nbudget = {{ steps = 200 }}\n\
             optimizer = {{ adam = {{ learning_rate = 1e-3 }} }}"
        );
        let config = crate::config::parse(&text, "x", &[]).unwrap().variants().remove(0);
        let mut agent = config.algorithm.build(&config.agent_setup(0));
        record(agent.as_mut(), &config.env, &mut Rng::from_seed(3), 0).unwrap()
    }

    /// What a viewer shows after each frame, in RGB, and how long.
    fn shown(bytes: &[u8]) -> Vec<(Vec<[u8; 3]>, u16)> {
        let mut decoder = gif::DecodeOptions::new().read_info(bytes).unwrap();
        assert_eq!(decoder.repeat(), Repeat::Infinite);
        let colours: Vec<[u8; 3]> = decoder.global_palette().unwrap().chunks(3).map(|c| [c[0], c[1], c[2]]).collect();
        let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
        let mut screen = vec![[0; 3]; width * height];
        let mut all = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            for (index, &pixel) in frame.buffer.iter().enumerate() {
                let [row, column] = [index / usize::from(frame.width), index % usize::from(frame.width)];
                if Some(pixel) != frame.transparent {
                    let place = (row + usize::from(frame.top)) * width + column + usize::from(frame.left);
                    screen[place] = colours[usize::from(pixel)];
                }
            }
            all.push((screen.clone(), frame.delay));
        }
        all
    }

    /// Rectangles and transparent pixels are put together to the drawings, up to the colours of a few edges.
    #[test]
    fn a_viewer_shows_the_drawings() {
        for env in ["cart_pole", "catch", "gridworld"] {
            let recording = recording(env);
            let animation = recording.gif().unwrap();
            let frames = shown(&animation.bytes);
            assert_eq!(frames.len(), animation.frames, "{env}");
            let rasterizer = Rasterizer::new();
            let steps = (0..recording.length()).step_by(animation.every).chain([recording.length()]);
            let delay = (100.0 * recording.renderer().seconds_per_step() * animation.every as f64).round() as u16;
            for (step, (screen, shown_for)) in steps.zip(&frames) {
                let (_, _, pixels) = recording.pixels(&rasterizer, 1.0, step).unwrap();
                assert_eq!(pixels.len(), 4 * screen.len());
                let error =
                    |(drawn, seen): (&[u8], &[u8; 3])| drawn[0].abs_diff(seen[0]).max(drawn[1].abs_diff(seen[1]));
                let errors: Vec<u8> = pixels.chunks_exact(4).zip(screen).map(error).collect();
                let exact = errors.iter().filter(|&&error| error == 0).count() as f64 / errors.len() as f64;
                assert!(exact > 0.95 && errors.iter().all(|&error| error < 32), "{env}, step {step}: {exact}");
                assert_eq!(
                    *shown_for,
                    if step == recording.length() { LAST_DELAY } else { delay },
                    "{env}, step {step}"
                );
            }
        }
    }

    #[test]
    fn an_animation_that_is_too_large_shows_fewer_steps() {
        let recording = recording("catch");
        let whole = recording.gif().unwrap();
        assert_eq!((whole.frames, whole.every, whole.speed), (10, 1, 1));
        let limit = whole.bytes.len() - 1;
        let within = |bytes| recording.gif_within(&AnimationLimits { bytes, ..AnimationLimits::default() });
        let faster = within(limit).unwrap();
        assert_eq!((faster.frames, faster.every, faster.speed), (6, 2, 2)); // steps 0, 2, 4, 6, 8 and 9
        assert!(faster.bytes.len() <= limit);
        assert_eq!(shown(&faster.bytes).last(), shown(&whole.bytes).last());
        let refused = within(100).err().unwrap().to_string();
        assert!(refused.contains("larger than 100 bytes: make the drawings smaller"), "{refused}");
    }
}
