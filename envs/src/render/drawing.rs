//! The elements of an SVG document.

use std::fmt::{Arguments, Write};

use super::INK;

/// Where a text is relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// To the right.
    Start,
    /// Centred.
    Middle,
    /// To the left.
    End,
}

/// An SVG document on white paper. Places and lengths are in pixels, from the upper left corner; colours are as CSS writes them.
pub struct Drawing {
    body: String,
}

impl Drawing {
    /// Empty paper of this width and height.
    pub fn new((width, height): (u32, u32)) -> Drawing {
        let body = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
             {height}\" font-family=\"Noto Sans, sans-serif\"><rect width=\"{width}\" height=\"{height}\" \
             fill=\"#ffffff\"/>"
        );
        Drawing { body }
    }

    fn add(&mut self, element: Arguments<'_>) {
        let _ = self.body.write_fmt(element); // writing to a string cannot fail
    }

    /// Adds an element as it stands, for what the other methods lack.
    pub fn element(&mut self, svg: &str) {
        self.body.push_str(svg);
    }

    /// A straight line from (x1, y1) to (x2, y2).
    pub fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], colour: &str, width: f64) {
        self.add(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" stroke-width=\"{width:.2}\" \
             stroke-linecap=\"round\"/>"
        ));
    }

    /// A rectangle at (x, y) of a width and a height, with corners of this radius.
    pub fn rectangle(&mut self, [x, y, width, height]: [f64; 4], radius: f64, colour: &str) {
        self.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius:.1}\" fill=\"{colour}\"/>",
            width.max(0.0),
            height.max(0.0)
        ));
    }

    /// A filled circle.
    pub fn circle(&mut self, [x, y]: [f64; 2], radius: f64, colour: &str) {
        self.add(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{colour}\"/>"));
    }

    /// A filled polygon.
    pub fn polygon(&mut self, corners: &[[f64; 2]], colour: &str) {
        let mut points = String::with_capacity(corners.len() * 12);
        for [x, y] in corners {
            let _ = write!(points, "{x:.1},{y:.1} ");
        }
        self.add(format_args!("<polygon points=\"{}\" fill=\"{colour}\"/>", points.trim_end()));
    }

    /// An arrow from one point to another. Its shaft has this width, and its head is three times as wide.
    pub fn arrow(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], width: f64, colour: &str) {
        let length = (x2 - x1).hypot(y2 - y1);
        if length == 0.0 {
            return;
        }
        let (along, across) = ([(x2 - x1) / length, (y2 - y1) / length], [(y1 - y2) / length, (x2 - x1) / length]);
        let neck = (length - 2.4 * width).max(0.0);
        let at = |forward: f64, aside: f64| {
            [x1 + forward * along[0] + aside * across[0], y1 + forward * along[1] + aside * across[1]]
        };
        let (half, wide) = (0.5 * width, 1.5 * width);
        let outline = [
            at(0.0, half),
            at(neck, half),
            at(neck, wide),
            at(length, 0.0),
            at(neck, -wide),
            at(neck, -half),
            at(0.0, -half),
        ];
        self.polygon(&outline, colour);
    }

    /// A line of text, vertically centred at its point.
    pub fn text(&mut self, at: [f64; 2], font: f64, anchor: Anchor, colour: &str, text: &str) {
        self.set_text(at, font, anchor, colour, text, "normal");
    }

    /// The same in bold.
    pub fn bold(&mut self, at: [f64; 2], font: f64, anchor: Anchor, colour: &str, text: &str) {
        self.set_text(at, font, anchor, colour, text, "bold");
    }

    /// Short lines of text one below the other; the first is at this point.
    pub fn facts(&mut self, [x, y]: [f64; 2], facts: &[String]) {
        for (line, fact) in facts.iter().enumerate() {
            self.text([x, y + 21.0 * line as f64], 14.0, Anchor::Start, INK, fact);
        }
    }

    fn set_text(&mut self, [x, y]: [f64; 2], font: f64, anchor: Anchor, colour: &str, text: &str, weight: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let baseline = y + 0.36 * font;
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{baseline:.1}\" font-size=\"{font:.1}\" font-weight=\"{weight}\" \
             text-anchor=\"{anchor}\" fill=\"{colour}\">{}</text>",
            typeset(text, font)
        ));
    }

    /// The document.
    pub fn into_svg(mut self) -> String {
        self.body.push_str("</svg>\n");
        self.body
    }
}

/// The content of a text element in this font size: escaped, and subscripts such as ₁ as small digits, for which the font has no
/// characters.
pub fn typeset(text: &str, font: f64) -> String {
    let plain = |character: char| char::from_digit(u32::from(character).wrapping_sub(u32::from('₀')), 10);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| plain(c).is_some()) {
        let (before, after) = rest.split_at(start);
        let end = after.find(|c: char| plain(c).is_none()).unwrap_or(after.len());
        let digits: String = after[..end].chars().filter_map(plain).collect();
        let (small, down) = (0.72 * font, 0.2 * font);
        let _ = write!(out, "{}<tspan dy=\"{down:.1}\" font-size=\"{small:.1}\">{digits}</tspan>", escaped(before));
        rest = &after[end..];
        if !rest.is_empty() {
            // The next character carries what follows back to the line.
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let _ = write!(out, "<tspan dy=\"-{down:.1}\">{}</tspan>", escaped(&rest[..first]));
            rest = &rest[first..];
        }
    }
    out + &escaped(rest)
}

/// A text with the characters escaped that have a meaning in SVG and HTML, and without those that XML does not allow.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_ends_at_its_point_and_has_a_head_three_times_as_wide() {
        let mut drawing = Drawing::new((40, 40));
        drawing.arrow([0.0, 10.0], [20.0, 10.0], 2.0, "red");
        let svg = drawing.into_svg();
        assert!(svg.contains("0.0,11.0 15.2,11.0 15.2,13.0 20.0,10.0 15.2,7.0 15.2,9.0 0.0,9.0"), "{svg}");
    }

    #[test]
    fn text_is_escaped() {
        let mut drawing = Drawing::new((40, 40));
        drawing.text([0.0, 0.0], 10.0, Anchor::Start, "red", "a < b & c\u{1}");
        assert!(drawing.into_svg().contains(">a &lt; b &amp; c\u{fffd}</text>"));
    }
}
