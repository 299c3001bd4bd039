//! The colours of the drawings. Blue and orange stay apart with every colour vision deficiency.

/// Text and outlines.
pub const INK: &str = "#1c1e21";
/// Text of less weight.
pub const MUTED: &str = "#5b616b";
/// Lines that hold a drawing together.
pub const GREY: &str = "#c9cdd3";
/// A surface on the white paper.
pub const CARD: &str = "#eef0f3";
/// What is chosen, and the agent.
pub const ORANGE: &str = "#e76300";
/// What is not chosen.
pub const BLUE: &str = "#3f90da";
/// Limits.
pub const RED: &str = "#bd1f01";
/// Goals.
pub const GREEN: &str = "#2f8f5b";

/// The stops of the sequential scale, from ColorBrewer's "Blues" (Harrower & Brewer 2003).
const BLUES: [[u8; 3]; 5] = [[239, 243, 255], [189, 215, 231], [107, 174, 214], [49, 130, 189], [8, 81, 156]];

/// A colour for a share from 0 to 1: the larger, the darker the blue. It can be read with every colour vision deficiency, and in
/// grey. A share that is not a number has the colour of 0.
pub fn sequential(share: f64) -> String {
    let place = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 } * (BLUES.len() - 1) as f64;
    let stop = (place as usize).min(BLUES.len() - 2);
    let part = place - stop as f64;
    let mix = |channel: usize| {
        let [from, to] = [BLUES[stop][channel], BLUES[stop + 1][channel]].map(f64::from);
        (from + part * (to - from)).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_runs_from_light_to_dark_and_stays_in_its_ends() {
        assert_eq!(sequential(0.0), "#eff3ff");
        assert_eq!(sequential(1.0), "#08519c");
        assert_eq!(sequential(0.5), "#6baed6");
        // Half of the way from #eff3ff to #bdd7e7.
        assert_eq!(sequential(0.125), "#d6e5f3");
        assert_eq!([sequential(-3.0), sequential(f64::NAN), sequential(7.0)], ["#eff3ff", "#eff3ff", "#08519c"]);
    }
}
