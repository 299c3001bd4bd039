//! Pictures of characters. Pixels become cells of four quadrants in two colours.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tilde_envs::render::{TextCell, TextDrawing};

use super::theme::{Depth, Theme};

/// Pixels of a cell, across and down.
pub const CELL: (u32, u32) = (4, 8);

/// The characters by their quadrants: upper left 1, upper right 2, lower left 4, lower right 8.
const QUADRANTS: [char; 16] = [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'];

/// A picture of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    columns: u16,
    /// Row by row.
    cells: Vec<PictureCell>,
}

/// A cell of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
enum PictureCell {
    Pixels(Quadrants),
    Text(TextCell),
}

/// A cell: which quadrants have the first colour, the mean lightness of each, and both colours.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Quadrants {
    first: u8,
    dark: u8,
    colours: [[u8; 3]; 2],
}

/// The largest size in cells of a picture of `width` × `height` in an area of `columns` × `rows`. A cell is twice as high as wide.
pub fn size_within(width: f64, height: f64, columns: u16, rows: u16) -> (u16, u16) {
    let scale = (f64::from(columns) / width).min(2.0 * f64::from(rows) / height);
    let side = |length: f64, most: u16| (length.round() as u16).clamp(1, most.max(1));
    (side(scale * width, columns), side(0.5 * scale * height, rows))
}

impl Picture {
    /// Of pixels with four bytes each, [`CELL`] to a cell.
    pub fn of(pixels: &[u8], columns: u16, rows: u16) -> Picture {
        let stride = usize::from(columns) * CELL.0 as usize;
        let quadrant = |column: usize, row: usize| -> [f32; 3] {
            let (across, down) = (CELL.0 as usize / 2, CELL.1 as usize / 2);
            let mut sum = [0.0; 3];
            for y in row * down..(row + 1) * down {
                for x in column * across..(column + 1) * across {
                    let pixel = &pixels[4 * (y * stride + x)..];
                    (0..3).for_each(|part| sum[part] += f32::from(pixel[part]));
                }
            }
            sum.map(|part: f32| part / (across * down) as f32)
        };
        let places = (0..usize::from(rows)).flat_map(|row| (0..usize::from(columns)).map(move |column| (column, row)));
        let cell = |(column, row): (usize, usize)| {
            let at = |dx, dy| quadrant(2 * column + dx, 2 * row + dy);
            PictureCell::Pixels(Quadrants::of([at(0, 0), at(1, 0), at(0, 1), at(1, 1)]))
        };
        Picture { columns, cells: places.map(cell).collect() }
    }

    /// Of a drawing that a renderer has made of characters.
    pub fn of_text(drawing: &TextDrawing) -> Picture {
        let cells = drawing.cells().iter().map(|cell| PictureCell::Text(*cell));
        Picture { columns: drawing.columns() as u16, cells: cells.collect() }
    }

    /// Writes the picture into the middle of `area`.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let rows = (self.cells.len() / usize::from(self.columns.max(1))) as u16;
        let left = area.x + area.width.saturating_sub(self.columns) / 2;
        let top = area.y + area.height.saturating_sub(rows) / 2;
        let coloured = theme.depth != Depth::None;
        for (index, shown) in self.cells.iter().enumerate() {
            let (column, row) = (index % usize::from(self.columns), index / usize::from(self.columns));
            let place = (left + column as u16, top + row as u16);
            let Some(cell) = buffer.cell_mut(place).filter(|_| area.contains(place.into())) else { continue };
            let (symbol, [ink, paper]) = match shown {
                PictureCell::Text(TextCell { symbol, ink, paper }) => (*symbol, [*ink, *paper]),
                PictureCell::Pixels(Quadrants { first, dark, colours }) => {
                    (QUADRANTS[usize::from(if coloured { *first } else { *dark })], *colours)
                }
            };
            cell.set_char(symbol);
            if coloured {
                cell.set_fg(theme.rgb(ink)).set_bg(theme.rgb(paper));
            }
        }
    }
}

impl Quadrants {
    /// The division into two groups of like colours.
    fn of(colours: [[f32; 3]; 4]) -> Quadrants {
        let mean = |of: u8| {
            let chosen = || (0..4).filter(move |place| of & (1 << place) != 0);
            let count = chosen().count().max(1) as f32;
            [0, 1, 2].map(|part| chosen().map(|place| colours[place][part]).sum::<f32>() / count)
        };
        let error = |of: u8| {
            let mean = mean(of);
            let chosen = (0..4).filter(|place| of & (1 << place) != 0);
            chosen.map(|place| (0..3).map(|part| (colours[place][part] - mean[part]).powi(2)).sum::<f32>()).sum::<f32>()
        };
        // The upper left quadrant is always in the second group: the others are the same with both exchanged.
        let best = (0..8).map(|half| half * 2).min_by(|one, other| {
            let of = |first: u8| error(first) + error(15 - first);
            of(*one).total_cmp(&of(*other))
        });
        let first = best.unwrap_or(0);
        let [second_mean, first_mean] = [15 - first, first].map(mean);
        let first_mean = if first == 0 { second_mean } else { first_mean };
        let lightness = |[red, green, blue]: [f32; 3]| 0.299 * red + 0.587 * green + 0.114 * blue;
        let dark = (0..4).filter(|place| lightness(colours[*place]) < DARK).fold(0, |all, place| all | (1 << place));
        let bytes = |colour: [f32; 3]| colour.map(|part| part.round() as u8);
        Quadrants { first, dark, colours: [bytes(first_mean), bytes(second_mean)] }
    }
}

/// Without colours, what is darker than this is drawn.
const DARK: f32 = 150.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels of a picture of cells, each of four quadrants in one colour.
    fn pixels(cells: &[[[u8; 3]; 4]]) -> Vec<u8> {
        let mut pixels = Vec::new();
        for y in 0..CELL.1 {
            for cell in cells {
                for x in 0..CELL.0 {
                    let [red, green, blue] = cell[(2 * (y / (CELL.1 / 2)) + x / (CELL.0 / 2)) as usize];
                    pixels.extend([red, green, blue, 255]);
                }
            }
        }
        pixels
    }

    const WHITE: [u8; 3] = [255; 3];
    const INK: [u8; 3] = [20, 30, 40];
    const PALE: [u8; 3] = [250; 3];

    #[test]
    fn a_cell_shows_two_colours_in_its_quadrants() {
        let cells = [[WHITE, INK, WHITE, INK], [INK, WHITE, PALE, WHITE], [WHITE; 4], [INK; 4]];
        let picture = Picture::of(&pixels(&cells), 4, 1);
        let draw = |depth| {
            let area = Rect::new(0, 0, 6, 1);
            let mut buffer = Buffer::empty(area);
            picture.draw(area, &mut buffer, &Theme { depth, light: false });
            buffer
        };
        let full = draw(Depth::True);
        let symbols: String = full.content().iter().map(|cell| cell.symbol()).collect();
        assert_eq!(symbols, " ▐▟   ");
        assert_eq!(full[(1, 0)].fg, ratatui::style::Color::Rgb(20, 30, 40));
        assert_eq!(full[(1, 0)].bg, ratatui::style::Color::Rgb(255, 255, 255));
        // White and nearly white have their mean.
        assert_eq!(full[(2, 0)].fg, ratatui::style::Color::Rgb(253, 253, 253));
        assert_eq!(full[(4, 0)].bg, ratatui::style::Color::Rgb(20, 30, 40));
        let plain: String = draw(Depth::None).content().iter().map(|cell| cell.symbol()).collect();
        assert_eq!(plain, " ▐▘ █ ");
    }

    #[test]
    fn a_picture_keeps_its_proportions() {
        assert_eq!(size_within(560.0, 172.0, 78, 20), (78, 12));
        assert_eq!(size_within(100.0, 100.0, 78, 10), (20, 10));
        assert_eq!(size_within(100.0, 1.0, 10, 10), (10, 1));
    }
}
