//! The trait of renderers.

use super::{Scene, TextDrawing};

/// Draws an environment.
///
/// ```
/// use tilde_envs::render::{Anchor, Drawing, INK, ORANGE, Render, Scene};
///
/// /// A corridor, whose observation is the place from 0 to 1.
/// struct Corridor;
///
/// impl Render for Corridor {
///     fn size(&self) -> (u32, u32) {
///         (300, 80)
///     }
///
///     fn draw(&self, scene: &Scene) -> String {
///         let mut drawing = Drawing::new(self.size());
///         drawing.line([20.0, 50.0, 280.0, 50.0], INK, 2.0);
///         drawing.circle([20.0 + 260.0 * f64::from(scene.observation[0]), 50.0], 9.0, ORANGE);
///         drawing.text([20.0, 20.0], 14.0, Anchor::Start, INK, &format!("step {}", scene.step));
///         drawing.into_svg()
///     }
/// }
/// ```
pub trait Render: Send + Sync {
    /// Width and height of every drawing in pixels.
    fn size(&self) -> (u32, u32);

    /// Seconds of an animation from one step to the next.
    fn seconds_per_step(&self) -> f64 {
        0.2
    }

    /// Observations whose learned values belong into the drawing, such as all states of a map. They come back, in the same
    /// order, as [`Scene::states`].
    fn states(&self) -> Vec<Vec<f32>> {
        Vec::new()
    }

    /// The part of the drawing that shows the environment itself, as x, y, width and height in pixels. A display that writes
    /// the step, the return and the learned values in its own way, such as `tilde watch`, shows this part.
    fn stage(&self) -> [f64; 4] {
        let (width, height) = self.size();
        [0.0, 0.0, f64::from(width), f64::from(height)]
    }

    /// The scene in at most `columns` × `rows` characters, for a terminal; `None` where pixels of [`Self::stage`] show it as well.
    fn text(&self, _scene: &Scene, _columns: usize, _rows: usize) -> Option<TextDrawing> {
        None
    }

    /// The scene as an SVG document. Texts are set in Noto Sans, the one font that is there on every machine.
    fn draw(&self, scene: &Scene) -> String;
}
