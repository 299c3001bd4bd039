//! Drawings as SVG. Elements have classes; style sheets give them colours.

use std::fmt::Write;

use tilde_envs::render::typeset;
pub use tilde_envs::render::{Anchor, escaped};

use super::axis::{Axis, Scale, labels};
use super::style::{Theme, colour_class, dash, sheet};
pub use super::tiles::Tiles;
use crate::text::{shortened, without_middle};

/// Font size of everything but titles, in pixels.
pub const FONT: f64 = 12.0;
/// Font size of the title of a standalone drawing.
const TITLE: f64 = 15.0;
/// Width of a character as a share of the font size, a little more than the average.
const CHARACTER: f64 = 0.58;
/// Height of a line of the legend.
const LINE_HEIGHT: f64 = 20.0;
/// How far lines and dots may extend beyond the axes.
const EDGE: f64 = 2.0;
/// The margin of a standalone drawing.
const PADDING: f64 = 12.0;

/// The longest name of a tick, in characters.
const NAMED_TICK: usize = 14;

/// About the width of a text.
pub fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * CHARACTER * FONT
}

/// How many characters fit into a width.
pub fn characters(width: f64) -> usize {
    (width / (CHARACTER * FONT)) as usize
}

/// The ticks of a vertical axis.
pub fn vertical_ticks(scale: &Scale) -> Vec<f64> {
    scale.ticks(((scale.from - scale.to).abs() / 50.0) as usize)
}

/// A drawing.
pub struct Drawing {
    width: f64,
    height: f64,
    /// Left, top, right and bottom of the area between the axes.
    pub area: [f64; 4],
    body: String,
}

impl Drawing {
    /// An empty drawing.
    pub fn new(width: f64, height: f64, area: [f64; 4]) -> Drawing {
        Drawing { width, height, area, body: String::new() }
    }

    fn add(&mut self, element: std::fmt::Arguments) {
        let _ = self.body.write_fmt(element); // writing to a string cannot fail
    }

    /// Width and height.
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// Another drawing with its upper left corner at a point.
    pub fn drawing(&mut self, [x, y]: [f64; 2], other: &Drawing) {
        self.add(format_args!("<g transform=\"translate({x:.1} {y:.1})\">{}</g>", other.body));
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
        self.add(format_args!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"));
    }

    /// A path through points, closed or not.
    pub fn path(&mut self, class: &str, style: usize, points: &[(f64, f64)], closed: bool) {
        let mut path = String::with_capacity(points.len() * 12);
        for (index, (x, y)) in points.iter().enumerate() {
            let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
        }
        let (end, paint) = if closed { ("Z", "f") } else { ("", "s") };
        let dashes = if class == "line" { dash(style) } else { String::new() };
        self.add(format_args!("<path class=\"{class} {paint} {}\"{dashes} d=\"{path}{end}\"/>", colour_class(style)));
    }

    /// A line through points, of which the class says everything else.
    pub fn stroke(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut path = String::with_capacity(points.len() * 12);
        for (index, (x, y)) in points.iter().enumerate() {
            let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
        }
        if !path.is_empty() {
            self.add(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
        }
    }

    /// Small dots, of which the class says everything else but that lines end round.
    pub fn dots(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut path = String::with_capacity(points.len() * 14);
        for (x, y) in points {
            let _ = write!(path, "M{x:.1} {y:.1}h0"); // a line of no length is a dot where lines end round
        }
        if !path.is_empty() {
            self.add(format_args!("<path class=\"{class}\" stroke-linecap=\"round\" d=\"{path}\"/>"));
        }
    }

    /// The cells of a grid over the area between the axes. `paint` gives the attributes of a colour.
    pub fn tiles(&mut self, tiles: &Tiles, paint: impl Fn(usize) -> String) {
        let [left, top, right, bottom] = self.area;
        self.tiles_in([left, top, right - left, bottom - top], tiles, paint);
    }

    /// The same over another area: left, top, width and height.
    pub fn tiles_in(&mut self, [x, y, width, height]: [f64; 4], tiles: &Tiles, paint: impl Fn(usize) -> String) {
        if tiles.columns == 0 || tiles.rows == 0 {
            return;
        }
        let (scale_x, scale_y) = (width / tiles.columns as f64, height / tiles.rows as f64);
        // Without smoothing, no paper shows between neighbours.
        self.add(format_args!(
            "<g transform=\"translate({x:.2} {y:.2}) scale({scale_x:.5} {scale_y:.5})\" shape-rendering=\"crispEdges\">"
        ));
        for (colour, path) in tiles.paths() {
            self.add(format_args!("<path {} d=\"{path}\"/>", paint(colour)));
        }
        self.body.push_str("</g>");
    }

    /// The curve of one of `runs` runs. The more there are, the fainter each is.
    pub fn faint(&mut self, style: usize, runs: usize, points: &[(f64, f64)]) {
        let opacity = (2.5 / runs as f64).clamp(0.05, 0.35);
        self.add(format_args!("<g stroke-opacity=\"{opacity:.2}\">"));
        self.path("faint", style, points, false);
        self.body.push_str("</g>");
    }

    /// A dot in a variant's colour. The pointer shows `tip` there.
    pub fn dot(&mut self, style: usize, [x, y, radius]: [f64; 3], opacity: f64, tip: &str) {
        let tip = if tip.is_empty() { String::new() } else { format!(" data-tip=\"{}\"", escaped(tip)) };
        let colour = colour_class(style);
        self.add(format_args!(
            "<circle class=\"f {colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill-opacity=\"{opacity}\"{tip}/>"
        ));
    }

    /// A circle in a variant's colour.
    pub fn ring(&mut self, style: usize, [x, y, radius]: [f64; 3]) {
        let colour = colour_class(style);
        self.add(format_args!("<circle class=\"ring s {colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>"));
    }

    /// A cross in a variant's colour, `size` to each side of its middle.
    pub fn cross(&mut self, style: usize, [x, y, size]: [f64; 3]) {
        let colour = colour_class(style);
        let ([left, right], [top, bottom]) = ([x - size, x + size], [y - size, y + size]);
        self.add(format_args!(
            "<path class=\"cross s {colour}\" d=\"M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{left:.1} {bottom:.1}L{right:.1} {top:.1}\"/>"
        ));
    }

    /// A line through points, of which the class says everything else. The pointer shows `tip` there.
    pub fn told_stroke(&mut self, class: &str, points: &[(f64, f64)], tip: &str) {
        self.add(format_args!("<g data-tip=\"{}\">", escaped(tip)));
        self.stroke(class, points);
        self.body.push_str("</g>");
    }

    /// A rectangle with further `attributes`.
    pub fn rectangle(&mut self, class: &str, [x, y, width, height]: [f64; 4], attributes: &str) {
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {attributes}/>"
        ));
    }

    /// A line of text, vertically centred at its point.
    pub fn text(&mut self, class: &str, at: [f64; 2], anchor: Anchor, text: &str) {
        self.set_text(class, at, anchor, text, FONT, 0.0);
    }

    /// The same in another size, turned by `angle` degrees around its point.
    pub fn set_text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &str, font: f64, angle: f64) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let turn = if angle == 0.0 { String::new() } else { format!(" transform=\"rotate({angle} {x:.1} {y:.1})\"") };
        let baseline = y + 0.35 * font;
        self.add(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{baseline:.1}\" font-size=\"{font}\" text-anchor=\"{anchor}\"{turn}>{}</text>",
            typeset(text, font)
        ));
    }

    /// Clips what `draw` draws to the area between the axes, plus a small margin.
    pub fn within_axes(&mut self, draw: impl FnOnce(&mut Drawing)) {
        let [left, top, right, bottom] = self.area;
        let [x, y, width, height] =
            [left - EDGE, top - EDGE, right - left + 2.0 * EDGE, bottom - top + 2.0 * EDGE].map(|v| format!("{v:.1}"));
        // An inner `svg` element clips its content. A `clipPath` would need an id that is unique on the page.
        self.add(format_args!(
            "<svg x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" viewBox=\"{x} {y} {width} {height}\" \
             overflow=\"hidden\">"
        ));
        draw(self);
        self.body.push_str("</svg>");
    }

    /// Groups what `draw` draws as the marks of one variant. The page can hide them.
    pub fn of_variant(&mut self, index: usize, draw: impl FnOnce(&mut Drawing)) {
        self.add(format_args!("<g class=\"variant\" data-variant=\"{index}\">"));
        draw(self);
        self.body.push_str("</g>");
    }

    /// Groups what `draw` draws as marks of several variants.
    pub fn of_group(&mut self, draw: impl FnOnce(&mut Drawing)) {
        self.body.push_str("<g>");
        draw(self);
        self.body.push_str("</g>");
    }

    /// Draws ticks, grid lines and the label of the horizontal axis. A tick's name that would touch the one before it is left out.
    pub fn horizontal_axis(&mut self, scale: &Scale, axis: &Axis) {
        let [left, top, right, bottom] = self.area;
        self.named_ticks(scale, axis, |drawing, x| drawing.line("grid", [x, top, x, bottom]));
        self.line("axis", [left, bottom, right, bottom]);
    }

    /// The same with short ticks below the area instead of grid lines over it.
    pub fn horizontal_ticks(&mut self, scale: &Scale, axis: &Axis) {
        let bottom = self.area[3];
        self.named_ticks(scale, axis, |drawing, x| drawing.line("axis", [x, bottom, x, bottom + 4.0]));
    }

    /// Draws the names of the ticks and the label below the area, and for each tick what `draw` draws at its pixel.
    fn named_ticks(&mut self, scale: &Scale, axis: &Axis, draw: impl Fn(&mut Drawing, f64)) {
        let [left, _, right, bottom] = self.area;
        let mut free = f64::NEG_INFINITY;
        for (tick, name) in axis.ticks(scale, ((right - left) / 80.0) as usize) {
            let x = scale.place(tick);
            draw(self, x);
            let name = without_middle(&name, NAMED_TICK);
            let half = 0.5 * text_width(&name);
            // Names stay within the drawing.
            let middle = if axis.named.is_empty() { x } else { x.clamp(half, (self.width - half).max(half)) };
            if middle - half >= free {
                self.text("muted", [middle, bottom + 14.0], Anchor::Middle, &name);
                free = middle + half + 4.0;
            }
        }
        self.text("muted", [0.5 * (left + right), bottom + 33.0], Anchor::Middle, &axis.label);
    }

    /// Draws ticks, grid lines and the label of the vertical axis. The label is above the axis, so that it need not be turned.
    pub fn vertical_axis(&mut self, scale: &Scale, label: &str) {
        let [left, top, right, _] = self.area;
        let ticks = vertical_ticks(scale);
        for (tick, label) in ticks.iter().zip(labels(&ticks)) {
            let y = scale.place(*tick);
            self.line("grid", [left, y, right, y]);
            self.text("muted", [left - 6.0, y], Anchor::End, &label);
        }
        self.text("muted", [2.0, top - 16.0], Anchor::Start, label);
    }

    /// As an element of a page. `class` names its size.
    pub fn inline(&self, class: &str, title: &str) -> String {
        let (Drawing { width, height, body, .. }, [left, top, right, bottom]) = (self, self.area);
        format!(
            "<svg class=\"{class}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{}\" data-area=\"{left:.1} {top:.1} \
             {right:.1} {bottom:.1}\">{body}</svg>",
            escaped(title)
        )
    }

    /// As a file of its own, with a title and a legend.
    pub fn standalone(&self, title: &str, legend: &[(usize, String)], theme: Theme) -> String {
        let mut head = Drawing::new(self.width, 0.0, self.area);
        let _ = write!(
            head.body,
            "<text class=\"title\" x=\"2\" y=\"16\" font-size=\"{TITLE}\">{}</text>",
            typeset(title, TITLE)
        );
        let (mut x, mut y) = (2.0, 38.0);
        let names: Vec<String> = legend.iter().map(|(_, name)| name.clone()).collect();
        let names = shortened(&names, characters(self.width - 40.0));
        for ((style, _), name) in legend.iter().zip(&names) {
            let width = 30.0 + text_width(name);
            if x > 2.0 && x + width > self.width {
                (x, y) = (2.0, y + LINE_HEIGHT);
            }
            head.path("line", *style, &[(x, y), (x + 18.0, y)], false);
            head.text("", [x + 23.0, y], Anchor::Start, name);
            x += width + 8.0;
        }
        let above = if legend.is_empty() { 26.0 } else { y + LINE_HEIGHT };
        let across = self.width.max(text_width(title) * TITLE / FONT);
        let (width, height) = (across + 2.0 * PADDING, self.height + above + 2.0 * PADDING);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} \
             {height:.0}\"><style>{}</style><rect class=\"paper\" width=\"{width:.0}\" height=\"{height:.0}\"/>\
             <g transform=\"translate({PADDING} {PADDING})\">{}<g transform=\"translate(0 {above:.0})\">{}</g></g></svg>\n",
            sheet(theme),
            head.body,
            self.body
        )
    }
}
