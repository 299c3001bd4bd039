//! The files of a recorded episode.

use std::fs;
use std::path::Path;

use super::animation::Animation;
use super::error::RenderError;
use super::recording::{Recording, batch};
use crate::parallel::on_all_cores;
use crate::rasterizer::Rasterizer;
use crate::results::write_atomically;

impl Recording {
    /// Writes [`Recording::gif`] to a file, and returns it.
    ///
    /// # Errors
    /// If the episode cannot be drawn or the file cannot be written.
    pub fn write_gif(&self, path: &Path) -> Result<Animation, RenderError> {
        let animation = self.gif()?;
        write(path, &animation.bytes)?;
        Ok(animation)
    }

    /// The scene after `step` steps as a PNG file on white that is at most `width` pixels wide.
    ///
    /// # Errors
    /// If the renderer's SVG is not valid, or its size is 0 or too large.
    ///
    /// # Panics
    /// If the episode is shorter.
    pub fn png(&self, step: usize, width: u32) -> Result<Vec<u8>, RenderError> {
        let why = |why: String| RenderError(format!("the drawing of step {step} cannot be used: {why}"));
        Rasterizer::new().scaled_png(&self.svg(step), self.scale(width)).map_err(why)
    }

    /// Writes `frame-0001.png` for the start of the episode, `frame-0002.png` for the scene after its first step and so on, in
    /// twice the size of the drawings. The folder is made if there is none. Frames of a longer episode that are left in it are
    /// removed, so that it has the frames of one episode. Returns how many were written.
    ///
    /// # Errors
    /// If the episode cannot be drawn or a file cannot be written.
    pub fn write_frames(&self, folder: &Path) -> Result<usize, RenderError> {
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        let rasterizer = Rasterizer::new();
        let frames = self.length() + 1;
        let draw = |&step: &usize| {
            let why = |why: String| RenderError(format!("the drawing of step {step} cannot be used: {why}"));
            let png = rasterizer.png(&self.svg(step)).map_err(why)?;
            write(&folder.join(frame_name(step + 1)), &png)
        };
        let steps: Vec<usize> = (0..frames).collect();
        for steps in steps.chunks(batch()) {
            on_all_cores(steps, draw).into_iter().collect::<Result<(), RenderError>>()?;
        }
        for number in frames + 1.. {
            match fs::remove_file(folder.join(frame_name(number))) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                Err(error) => return Err(cannot_write(folder, &error)),
            }
        }
        Ok(frames)
    }
}

fn frame_name(number: usize) -> String {
    format!("frame-{number:04}.png")
}

fn write(path: &Path, content: &[u8]) -> Result<(), RenderError> {
    write_atomically(path, content).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> RenderError {
    let path = path.display();
    RenderError(format!(
        "{path}: cannot be written ({error}): name a place in a folder that exists and may be written to"
    ))
}
