//! The colours of an animation.

use std::collections::HashMap;

/// The most colours; a GIF has 256, and one of them is kept for pixels that do not change.
const MAX_COLOURS: usize = 255;

/// The colours that a GIF uses, chosen from pictures whose colours are few, with mixtures of them at the edges.
pub struct Palette {
    colours: Vec<[u8; 3]>,
    /// The index of each colour that was asked for.
    known: HashMap<[u8; 3], u8>,
}

/// How often each colour occurs.
#[derive(Default)]
pub struct ColourCounts {
    counts: HashMap<[u8; 3], u64>,
}

impl ColourCounts {
    /// Counts the pixels of a picture, four bytes each.
    pub fn add(&mut self, pixels: &[u8]) {
        // Neighbours are mostly equal, so a run of them is counted at once.
        let mut run: Option<([u8; 3], u64)> = None;
        for pixel in pixels.chunks_exact(4) {
            let colour = [pixel[0], pixel[1], pixel[2]];
            match &mut run {
                Some((before, count)) if *before == colour => *count += 1,
                _ => {
                    if let Some((before, count)) = run.replace((colour, 1)) {
                        *self.counts.entry(before).or_default() += count;
                    }
                }
            }
        }
        if let Some((before, count)) = run {
            *self.counts.entry(before).or_default() += count;
        }
    }

    /// The palette: the most frequent colours, without those that are close to a more frequent one. How close is as little as the
    /// number of colours allows.
    pub fn palette(self) -> Palette {
        let mut colours: Vec<([u8; 3], u64)> = self.counts.into_iter().collect();
        colours.sort_unstable_by_key(|&(colour, count)| (std::cmp::Reverse(count), colour));
        for least in 0_i32.. {
            let mut chosen: Vec<[u8; 3]> = Vec::new();
            for &(colour, _) in &colours {
                if chosen.iter().all(|&other| distance(other, colour) > least * least) {
                    chosen.push(colour);
                    if chosen.len() > MAX_COLOURS {
                        break;
                    }
                }
            }
            if chosen.len() <= MAX_COLOURS {
                return Palette { colours: chosen, known: HashMap::new() };
            }
        }
        unreachable!("at the largest distance one colour is left")
    }
}

impl Palette {
    /// Red, green and blue of each colour, and of a last one in the place of [`Palette::transparent`].
    pub fn bytes(&self) -> Vec<u8> {
        self.colours.iter().chain(&[[0; 3]]).flatten().copied().collect()
    }

    /// The index that stands for a pixel that does not change.
    pub fn transparent(&self) -> u8 {
        self.colours.len() as u8
    }

    /// The index of the nearest colour for each pixel of a picture, four bytes each.
    pub fn indices(&mut self, pixels: &[u8]) -> Vec<u8> {
        let mut last = ([0; 3], self.index([0; 3]));
        let index = |pixel: &[u8]| {
            let colour = [pixel[0], pixel[1], pixel[2]];
            if last.0 != colour {
                last = (colour, self.index(colour));
            }
            last.1
        };
        pixels.chunks_exact(4).map(index).collect()
    }

    fn index(&mut self, colour: [u8; 3]) -> u8 {
        let colours = &self.colours;
        *self.known.entry(colour).or_insert_with(|| {
            let nearest = (0..colours.len()).min_by_key(|&index| distance(colours[index], colour));
            nearest.unwrap_or(0) as u8
        })
    }
}

/// The squared distance of two colours.
fn distance(one: [u8; 3], other: [u8; 3]) -> i32 {
    one.iter().zip(other).map(|(&a, b)| (i32::from(a) - i32::from(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(colours: impl IntoIterator<Item = [u8; 3]>) -> Vec<u8> {
        colours.into_iter().flat_map(|[r, g, b]| [r, g, b, 255]).collect()
    }

    #[test]
    fn few_colours_are_kept_as_they_are() {
        let picture = pixels([[255, 255, 255], [255, 255, 255], [1, 2, 3], [255, 255, 255], [1, 2, 4]]);
        let mut counts = ColourCounts::default();
        counts.add(&picture);
        let mut palette = counts.palette();
        assert_eq!(palette.bytes(), [255, 255, 255, 1, 2, 3, 1, 2, 4, 0, 0, 0]);
        assert_eq!((palette.indices(&picture), palette.transparent()), (vec![0, 0, 1, 0, 2], 3));
        // A colour that was not counted becomes the nearest one.
        assert_eq!(palette.indices(&pixels([[250, 240, 255], [0, 2, 3]])), [0, 1]);
    }

    #[test]
    fn of_many_colours_the_frequent_ones_stay_exact_and_the_others_become_close_ones() {
        let shades = (0..=255).flat_map(|red| (0..8).map(move |green| [red, 16 * green, 0]));
        let picture = pixels(std::iter::repeat_n([10, 200, 30], 5_000).chain(shades));
        let mut counts = ColourCounts::default();
        counts.add(&picture);
        let mut palette = counts.palette();
        assert!((100..=MAX_COLOURS).contains(&palette.colours.len()), "{}", palette.colours.len());
        assert_eq!(palette.colours[0], [10, 200, 30]);
        let indices = palette.indices(&picture);
        for (pixel, index) in picture.chunks_exact(4).zip(indices) {
            let error = distance(palette.colours[usize::from(index)], [pixel[0], pixel[1], pixel[2]]);
            assert!(error <= 16 * 16, "{pixel:?} became {:?}", palette.colours[usize::from(index)]);
        }
    }
}
