//! Colours of variants.

use std::fmt::Write;

/// Ten colours that can also be distinguished with a colour vision deficiency: the set of ten of Petroff 2021, "Accessible Color
/// Sequences for Data Visualization". First for a light background, then a lighter one of the same hue for a dark background.
pub const COLOURS: [(&str, &str); 10] = [
    ("#3f90da", "#5aa5ea"),
    ("#e08e00", "#ffa90e"),
    ("#bd1f01", "#f0604a"),
    ("#832db6", "#b779e0"),
    ("#2f8f5b", "#58c08a"),
    ("#a96b59", "#c98f7e"),
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

/// The style sheet of a standalone drawing, on white.
pub fn light() -> String {
    let mut sheet =
        "text{font-family:\"Noto Sans\",sans-serif;fill:#1c1e21}.muted{fill:#5b616b}.title,.strong{font-weight:bold}\
        .grid{stroke:#e3e5e8;stroke-width:1}.axis{stroke:#8b9099;stroke-width:1}.mark{stroke:#1c1e21;stroke-width:1.2;stroke-dasharray:4 3}\
        .line,.interval{fill:none;stroke-width:2}.faint{fill:none;stroke-width:1}.band{stroke:none;fill-opacity:.16}.contour{fill:none;stroke:#b9bec7;stroke-width:1}\
        .cell{stroke:#fff;stroke-width:.8;stroke-linejoin:round;fill-opacity:.5}\
        .win{fill:#2f8f5b}.loss{fill:#bd1f01}.paper{fill:#ffffff}.empty{fill:#e3e5e8}\
        .trail,.dots{fill:none;stroke:#111318}.trail{stroke-width:1.4;stroke-opacity:.75}.trail.edge{stroke:#fff;stroke-width:3.4;stroke-opacity:.6}\
        .dots{stroke-width:2.4;stroke-opacity:.55}.dots.edge{stroke:#fff;stroke-width:3.8;stroke-opacity:.5}"
            .to_owned();
    for (index, (colour, _)) in COLOURS.iter().enumerate() {
        let _ = write!(sheet, ".c{index}.s{{stroke:{colour}}}.c{index}.f{{fill:{colour}}}"); // writing to a string cannot fail
    }
    sheet
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_variants_look_the_same() {
        let looks: BTreeSet<_> = (0..400).map(|index| (colour_class(index), dashes(index))).collect();
        assert_eq!(looks.len(), 400);
        assert_eq!(dash(3), "");
        assert_eq!(dash(13), " stroke-dasharray=\"6 3\"");
        assert!(swatch(3).starts_with("<i ") && swatch(13).contains("6 3") && swatch(43).contains("9 3 2 3 2 3"));
    }
}
