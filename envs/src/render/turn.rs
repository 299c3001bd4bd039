//! Arrows along a circle, for torques.

use super::Drawing;

/// The largest turn of an arrow in rad.
const LONGEST: f64 = 1.9;
const WIDTH: f64 = 5.0;

/// Draws an arrow on a circle about `centre` that begins at the top. `share` from −1 to 1 says how far it goes; positive shares go
/// counter-clockwise. Nothing is drawn for 0.
pub(super) fn draw_turn(drawing: &mut Drawing, [x, y]: [f64; 2], radius: f64, share: f64, colour: &str) {
    if share == 0.0 {
        return;
    }
    // Counter-clockwise from the top.
    let at = |angle: f64, radius: f64| [x - radius * angle.sin(), y - radius * angle.cos()];
    let end = LONGEST * share;
    let ([x1, y1], [x2, y2]) = (at(0.0, radius), at(end, radius));
    let sweep = u8::from(share < 0.0);
    drawing.element(&format!(
        "<path d=\"M{x1:.1} {y1:.1}A{radius:.1} {radius:.1} 0 0 {sweep} {x2:.1} {y2:.1}\" fill=\"none\" \
         stroke=\"{colour}\" stroke-width=\"{WIDTH:.1}\"/>"
    ));
    let head = end + share.signum() * 2.4 * WIDTH / radius;
    drawing.polygon(&[at(end, radius - 1.5 * WIDTH), at(head, radius), at(end, radius + 1.5 * WIDTH)], colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positive_shares_turn_counter_clockwise() {
        let svg = |share| {
            let mut drawing = Drawing::new((40, 40));
            draw_turn(&mut drawing, [20.0, 20.0], 10.0, share, "red");
            drawing.into_svg()
        };
        // 1.9 rad from the top: 10 sin 1.9 = 9.5 to the side and 10 cos 1.9 = −3.2 below the centre.
        assert!(svg(1.0).contains("M20.0 10.0A10.0 10.0 0 0 0 10.5 23.2\""), "{}", svg(1.0));
        assert!(svg(-1.0).contains("M20.0 10.0A10.0 10.0 0 0 1 29.5 23.2\""), "{}", svg(-1.0));
        assert!(!svg(0.0).contains("<path"));
    }
}
