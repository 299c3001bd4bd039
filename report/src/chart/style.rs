//! Colours of variants.

use std::fmt::Write;

/// Ten colours, after the set of ten of Petroff 2021, "Accessible Color Sequences for Data Visualization". First for a light
/// background, then one of the same hue for a dark background. The first six can also be told apart without red or green cones:
/// simulated (Machado et al. 2009), no two of them are nearer than 17 in CIELAB; of all ten, no two are nearer than 7.
pub const COLOURS: [(&str, &str); 10] = [
    ("#3f90da", "#5aa5ea"),
    ("#e08e00", "#ffa90e"),
    ("#bd1f01", "#f0604a"),
    ("#832db6", "#9b5cf5"),
    ("#2f8f5b", "#a8f0c0"),
    ("#6b3a2e", "#c98f7e"),
    ("#e76300", "#ff8a3c"),
    ("#717581", "#a4a8b4"),
    ("#a3963c", "#cfc06a"),
    ("#3fa7ae", "#92dadd"),
];

/// The class of a variant's colour, `c3` for example.
pub fn colour_class(index: usize) -> String {
    format!("c{}", index % COLOURS.len())
}

/// The dashes of a variant's curves; `None` for the first ten variants. Each further round through the colours has its own dashes, so
/// no two variants have the same colour and the same dashes.
pub fn dashes(index: usize) -> Option<String> {
    match index / COLOURS.len() {
        0 => None,
        1 => Some("6 3".to_owned()),
        2 => Some("2 3".to_owned()),
        round => Some(format!("9 3{}", " 2 3".repeat(round - 2))),
    }
}

/// The attribute for a variant's dashes; empty for the first ten variants.
pub fn dash(index: usize) -> String {
    dashes(index).map_or(String::new(), |dashes| format!(" stroke-dasharray=\"{dashes}\""))
}

/// The mark beside a variant's name on a page: a dot, or a piece of its curve where that is dashed.
pub fn swatch(index: usize) -> String {
    let colour = colour_class(index);
    match dashes(index) {
        None => format!("<i class=\"{colour}\"></i>"),
        Some(dashes) => format!(
            "<svg class=\"swatch\" viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path class=\"line s {colour}\" \
             stroke-dasharray=\"{dashes}\" d=\"M0 5L28 5\"/></svg>"
        ),
    }
}

/// The colours of shares, from those of the lowest seventh to those of the highest: first for a light background, where high shares are
/// dark, then for a dark one, where they are bright. One hue, whose lightness alone tells two of them apart.
pub const LEVELS: [(&str, &str); 7] = [
    ("#bccad9", "#46535f"),
    ("#9dbedb", "#3f6482"),
    ("#76a6d3", "#3c79a6"),
    ("#4884c3", "#4993ca"),
    ("#2b62a6", "#6db1e5"),
    ("#17427f", "#a3d1f4"),
    ("#081f4c", "#e4f3ff"),
];

/// The class of the colour of a share from 0 to 1, `l3` for example.
pub fn level_class(share: f64) -> String {
    let level = (share.clamp(0.0, 1.0) * LEVELS.len() as f64) as usize;
    format!("l{}", level.min(LEVELS.len() - 1))
}

/// The background that a standalone drawing is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// White.
    Light,
    /// The dark grey of a report's page.
    Dark,
}

/// The style sheet of a standalone drawing.
pub fn sheet(theme: Theme) -> String {
    let [paper, ink, muted, axis, grid, empty, contour, win, loss] = match theme {
        Theme::Light => {
            ["#ffffff", "#1c1e21", "#5b616b", "#8b9099", "#e3e5e8", "#bcc2ca", "#b9bec7", "#2f8f5b", "#bd1f01"]
        }
        Theme::Dark => {
            ["#15171a", "#e8eaed", "#a2a8b2", "#7b828d", "#2c3138", "#4a515c", "#565d68", "#3fae74", "#e8683a"]
        }
    };
    // Trails and dots lie on the colours of a heat map, which are those of both themes.
    let mut sheet = format!(
        "text{{font-family:\"Noto Sans\",sans-serif;fill:{ink}}}.muted{{fill:{muted}}}.title,.strong{{font-weight:bold}}\
        .grid{{stroke:{grid};stroke-width:1}}.axis{{stroke:{axis};stroke-width:1}}.mark{{stroke:{ink};stroke-width:1.2;stroke-dasharray:4 3}}\
        .line,.interval{{fill:none;stroke-width:2}}.faint{{fill:none;stroke-width:1}}.band{{stroke:none;fill-opacity:.16}}.contour{{fill:none;stroke:{contour};stroke-width:1}}\
        .cell{{stroke:{paper};stroke-width:.8;stroke-linejoin:round;fill-opacity:.5}}\
        .win{{fill:{win}}}.loss{{fill:{loss}}}.paper{{fill:{paper}}}.empty{{fill:{empty}}}\
        .trail,.dots{{fill:none;stroke:#111318}}.trail{{stroke-width:1.4;stroke-opacity:.75}}.trail.edge{{stroke:#fff;stroke-width:3.4;stroke-opacity:.6}}\
        .dots{{stroke-width:2.4;stroke-opacity:.55}}.dots.edge{{stroke:#fff;stroke-width:3.8;stroke-opacity:.5}}\
        .ring,.cross{{fill:none;stroke-width:1.8}}.level{{fill:none;stroke-width:1.3}}.level.failed{{stroke:{loss};stroke-dasharray:3 3}}\
        .chosen{{fill:none;stroke-width:3}}.edge-of-chosen{{fill:none;stroke:{paper};stroke-width:5.5}}\
        .halo{{paint-order:stroke;stroke:{paper};stroke-width:3.5;stroke-linejoin:round}}"
    );
    for (index, (on_light, on_dark)) in LEVELS.iter().enumerate() {
        let colour = if theme == Theme::Light { on_light } else { on_dark };
        let _ = write!(sheet, ".l{index}.s{{stroke:{colour}}}.l{index}.f{{fill:{colour}}}"); // writing to a string cannot fail
    }
    for (index, (on_light, on_dark)) in COLOURS.iter().enumerate() {
        let colour = if theme == Theme::Light { on_light } else { on_dark };
        let _ = write!(sheet, ".c{index}.s{{stroke:{colour}}}.c{index}.f{{fill:{colour}}}"); // writing to a string cannot fail
    }
    sheet
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn shares_have_seven_levels() {
        let levels = [0.0, 0.1, 0.15, 0.5, 0.99, 1.0, -1.0, f64::NAN].map(level_class);
        assert_eq!(levels, ["l0", "l0", "l1", "l3", "l6", "l6", "l0", "l0"]);
        assert!(sheet(Theme::Dark).contains(".l6.s{stroke:#e4f3ff}"));
    }

    #[test]
    fn the_lightness_of_shares_falls_on_light_paper_and_rises_on_dark() {
        let luminance = |colour: &str| -> f64 {
            let channel = |from: usize| {
                let share = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
                if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) } // sRGB
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let contrast = |one: f64, other: f64| (one.max(other) + 0.05) / (one.min(other) + 0.05); // WCAG 2
        for pair in LEVELS.windows(2) {
            let [before, after] = [pair[0], pair[1]];
            assert!(
                contrast(luminance(before.0), luminance(after.0)) > 1.1 && luminance(before.0) > luminance(after.0)
            );
            assert!(
                contrast(luminance(before.1), luminance(after.1)) > 1.1 && luminance(before.1) < luminance(after.1)
            );
        }
        // The faintest can be seen on the cards of a page.
        assert!(contrast(luminance(LEVELS[0].0), luminance("#f7f8f9")) > 1.5);
        assert!(contrast(luminance(LEVELS[0].1), luminance("#1d2024")) > 1.5);
    }

    #[test]
    fn no_two_variants_look_the_same() {
        let looks: BTreeSet<_> = (0..400).map(|index| (colour_class(index), dashes(index))).collect();
        assert_eq!(looks.len(), 400);
        assert_eq!(dash(3), "");
        assert_eq!(dash(13), " stroke-dasharray=\"6 3\"");
        assert!(swatch(3).starts_with("<i ") && swatch(13).contains("6 3") && swatch(43).contains("9 3 2 3 2 3"));
    }
}
