//! Colours, as far as the terminal has them.

use ratatui::style::{Color, Modifier, Style};
use tilde_envs::render::rgb;

use crate::chart::COLOURS;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None are to be used.
    None,
    /// The sixteen of ANSI.
    Ansi,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

/// The colours of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// How many colours there are.
    pub depth: Depth,
    /// Whether the terminal says that its background is light.
    pub light: bool,
}

/// The ANSI colours of variants, in an order like that of [`COLOURS`].
const ANSI: [Color; 10] = [
    Color::LightBlue,
    Color::Yellow,
    Color::LightRed,
    Color::Magenta,
    Color::Green,
    Color::Red,
    Color::LightYellow,
    Color::Gray,
    Color::LightGreen,
    Color::Cyan,
];

impl Theme {
    /// The theme that the environment variables ask for: `NO_COLOR`, `COLORTERM`, `TERM` and `COLORFGBG`.
    pub fn of_environment(get: impl Fn(&str) -> Option<String>) -> Theme {
        let set = |name: &str| get(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let depth = match set("COLORTERM").as_deref() {
            _ if set("NO_COLOR").is_some() || term == "dumb" => Depth::None,
            Some("truecolor" | "24bit") => Depth::True,
            _ if term.contains("direct") => Depth::True,
            _ if term.contains("256color") => Depth::Indexed,
            _ => Depth::Ansi,
        };
        let background = set("COLORFGBG").and_then(|colours| colours.rsplit(';').next()?.parse::<u8>().ok());
        Theme { depth, light: matches!(background, Some(7 | 9..=15)) }
    }

    /// A colour given as red, green and blue, or the nearest that there is.
    pub fn rgb(&self, [red, green, blue]: [u8; 3]) -> Color {
        match self.depth {
            Depth::None => Color::Reset,
            Depth::True => Color::Rgb(red, green, blue),
            Depth::Indexed => Color::Indexed(nearest_indexed([red, green, blue])),
            Depth::Ansi => nearest_ansi([red, green, blue]),
        }
    }

    /// The curve of a variant.
    pub fn variant(&self, index: usize) -> Style {
        match self.depth {
            Depth::None => Style::new(),
            Depth::Ansi => Style::new().fg(ANSI[index % ANSI.len()]),
            Depth::Indexed | Depth::True => Style::new().fg(self.rgb(self.variant_rgb(index))),
        }
    }

    /// The spread of a variant: its colour, nearer to the background.
    pub fn spread(&self, index: usize) -> Style {
        match self.depth {
            Depth::None | Depth::Ansi => self.variant(index).add_modifier(Modifier::DIM),
            Depth::Indexed | Depth::True => {
                let background = if self.light { 255.0 } else { 0.0 };
                let faint = self.variant_rgb(index).map(|part| (0.55 * f32::from(part) + 0.45 * background) as u8);
                Style::new().fg(self.rgb(faint))
            }
        }
    }

    fn variant_rgb(&self, index: usize) -> [u8; 3] {
        let (on_light, on_dark) = COLOURS[index % COLOURS.len()];
        rgb(if self.light { on_light } else { on_dark })
    }

    fn coloured(&self, on_light: [u8; 3], on_dark: [u8; 3], ansi: Color) -> Style {
        match self.depth {
            Depth::None => Style::new(),
            Depth::Ansi => Style::new().fg(ansi),
            Depth::Indexed | Depth::True => Style::new().fg(self.rgb(if self.light { on_light } else { on_dark })),
        }
    }

    /// Axes, and words of less weight.
    pub fn muted(&self) -> Style {
        let none = Style::new().add_modifier(Modifier::DIM);
        if self.depth == Depth::None { none } else { self.coloured([91, 97, 107], [150, 156, 166], Color::DarkGray) }
    }

    /// What is finished.
    pub fn good(&self) -> Style {
        self.coloured([47, 143, 91], [88, 192, 138], Color::Green)
    }

    /// What failed.
    pub fn bad(&self) -> Style {
        self.coloured([189, 31, 1], [240, 96, 74], Color::LightRed).add_modifier(Modifier::BOLD)
    }

    /// What needs a look.
    pub fn warning(&self) -> Style {
        self.coloured([176, 110, 0], [255, 169, 14], Color::Yellow)
    }

    /// What is going on.
    pub fn busy(&self) -> Style {
        self.coloured([63, 144, 218], [90, 165, 234], Color::LightBlue)
    }

    /// Titles and keys.
    pub fn strong(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The chosen view.
    pub fn chosen(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The chosen line, whose words keep their colours where there are many.
    pub fn chosen_line(&self) -> Style {
        match self.depth {
            Depth::None => Style::new().add_modifier(Modifier::BOLD),
            Depth::Ansi => Style::new().add_modifier(Modifier::REVERSED).fg(Color::Reset),
            Depth::Indexed | Depth::True => {
                let behind = if self.light { [224, 229, 236] } else { [48, 53, 62] };
                Style::new().bg(self.rgb(behind)).add_modifier(Modifier::BOLD)
            }
        }
    }
}

fn distance(one: [u8; 3], other: [u8; 3]) -> i32 {
    one.iter().zip(other).map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2)).sum()
}

/// The levels of xterm's 6×6×6 colours.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of xterm's 6×6×6 colours and 24 greys.
fn nearest_indexed(colour: [u8; 3]) -> u8 {
    let level = |part: u8| (0..6).min_by_key(|level| LEVELS[*level].abs_diff(part)).unwrap_or(0);
    let [red, green, blue] = colour.map(level);
    let cube = (16 + 36 * red + 6 * green + blue, [LEVELS[red], LEVELS[green], LEVELS[blue]]);
    let greys = (0..24_usize).map(|grey| (232 + grey, [8 + 10 * grey as u8; 3]));
    let nearest = greys.chain([cube]).min_by_key(|(_, shown)| distance(*shown, colour));
    nearest.map_or(0, |(index, _)| index as u8)
}

/// The nearest of the sixteen colours, with the values that most terminals give them.
fn nearest_ansi(colour: [u8; 3]) -> Color {
    const ALL: [(Color, [u8; 3]); 16] = [
        (Color::Black, [0, 0, 0]),
        (Color::Red, [205, 0, 0]),
        (Color::Green, [0, 205, 0]),
        (Color::Yellow, [205, 205, 0]),
        (Color::Blue, [0, 0, 238]),
        (Color::Magenta, [205, 0, 205]),
        (Color::Cyan, [0, 205, 205]),
        (Color::Gray, [229, 229, 229]),
        (Color::DarkGray, [127, 127, 127]),
        (Color::LightRed, [255, 0, 0]),
        (Color::LightGreen, [0, 255, 0]),
        (Color::LightYellow, [255, 255, 0]),
        (Color::LightBlue, [92, 92, 255]),
        (Color::LightMagenta, [255, 0, 255]),
        (Color::LightCyan, [0, 255, 255]),
        (Color::White, [255, 255, 255]),
    ];
    ALL.iter().min_by_key(|(_, shown)| distance(*shown, colour)).map_or(Color::Reset, |(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(variables: &[(&str, &str)]) -> Theme {
        let get = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Theme::of_environment(get)
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        let depth = |variables: &[(&str, &str)]| theme(variables).depth;
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Ansi);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")]), Depth::None);
        assert_eq!(depth(&[("TERM", "linux"), ("NO_COLOR", "")]), Depth::Ansi);
        assert!(theme(&[("COLORFGBG", "0;15")]).light && !theme(&[("COLORFGBG", "15;0")]).light);
    }

    #[test]
    fn a_colour_becomes_the_nearest_that_there_is() {
        let of = |depth| Theme { depth, light: false }.rgb([255, 128, 130]);
        assert_eq!(of(Depth::True), Color::Rgb(255, 128, 130));
        assert_eq!(of(Depth::Indexed), Color::Indexed(210)); // 16 + 36·5 + 6·2 + 2: (255, 135, 135)
        assert_eq!(of(Depth::Ansi), Color::DarkGray);
        assert_eq!(of(Depth::None), Color::Reset);
        assert_eq!(nearest_indexed([20, 20, 20]), 233); // the grey (18, 18, 18)
    }

    #[test]
    fn without_colours_no_style_has_one() {
        let theme = Theme { depth: Depth::None, light: false };
        let styles = [theme.variant(3), theme.spread(3), theme.muted(), theme.good(), theme.bad(), theme.warning()];
        assert!(styles.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
        let full = Theme { depth: Depth::True, ..theme };
        assert_eq!(full.variant(0).fg, Some(Color::Rgb(0x5a, 0xa5, 0xea)));
        assert_eq!(Theme { light: true, ..full }.variant(10).fg, Some(Color::Rgb(0x3f, 0x90, 0xda)));
    }
}
