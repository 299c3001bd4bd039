//! Digits of one dimension, after the description of MNIST-1D.
//!
//! Greydanus & Kobak 2020, "Scaling Down Deep Learning": each of ten hand-drawn shapes of 12 points is padded, stretched, scaled,
//! shifted, covered with correlated and with white noise, sheared, and sampled at 40 points. The ranges are theirs; the shapes
//! are drawn anew, so the examples are like those of the published data set, and not the same.

use crate::rng::Rng;

/// Points of an example.
pub const POINTS: usize = 40;
/// Shapes, and so classes.
pub const SHAPES: usize = 10;

/// Points of a shape.
const SHAPE_POINTS: usize = 12;
/// Zeros behind a shape: from, to.
const PADDING: (usize, usize) = (36, 60);
/// Points of a padded shape after it was stretched.
const STRETCHED: usize = SHAPE_POINTS + PADDING.1;
/// A shape is multiplied by a number between 1 − `SCALE` / 2 and 1 + `SCALE` / 2.
const SCALE: f64 = 0.4;
/// It is shifted, in a circle, by fewer points than this.
const SHIFT: usize = 48;
/// The size of correlated noise, which covers the padding, before it is smoothed with this standard deviation.
const CORRELATED: (f64, f64) = (0.25, 2.0);
/// The standard deviation of white noise.
const WHITE: f64 = 0.02;
/// A slope between −`SHEAR` / 2 and `SHEAR` / 2 over the whole example is taken off.
const SHEAR: f64 = 0.75;

/// The digits 0 to 9, drawn from left to right.
const DIGITS: [[f64; SHAPE_POINTS]; SHAPES] = [
    [0.0, 1.0, 1.7, 2.0, 2.2, 2.3, 2.3, 2.2, 2.0, 1.7, 1.0, 0.0],
    [0.0, -2.0, -1.6, -1.2, -0.8, -0.4, 0.0, 0.4, 0.8, 0.4, 0.0, 0.0],
    [0.0, 1.0, 1.6, 1.4, 0.8, 0.0, -0.6, -1.2, -1.6, -1.6, -1.0, 0.0],
    [0.0, 1.2, 1.8, 1.2, 0.4, 0.2, 0.2, 0.4, 1.2, 1.8, 1.2, 0.0],
    [0.0, -0.6, -1.2, -1.8, -2.4, -2.2, 0.4, 0.4, 0.2, 0.2, 0.0, 0.0],
    [0.0, -1.8, -1.8, -1.6, -1.4, 0.4, 1.2, 1.6, 1.6, 1.2, 0.2, 0.0],
    [0.0, -1.0, -1.6, -1.9, -2.0, -1.8, -2.0, -2.0, -1.6, -1.0, -0.6, 0.0],
    [0.0, 2.0, 1.9, 1.5, 1.1, 0.7, 0.3, -0.1, -0.5, -0.9, -0.4, 0.0],
    [0.0, -1.0, -1.6, -1.2, -0.4, 0.2, 0.2, -0.4, -1.2, -1.6, -1.0, 0.0],
    [0.0, -1.0, -1.7, -1.5, -0.8, 0.3, 0.5, 0.4, 0.2, -0.2, -0.6, 0.0],
];

/// `count` examples `[count · 40]`, of each digit equally many but for one.
pub fn examples(count: usize, rng: &mut Rng) -> Vec<f32> {
    (0..count).flat_map(|index| example(&DIGITS[index % SHAPES], rng)).map(|point| point as f32).collect()
}

fn example(digit: &[f64; SHAPE_POINTS], rng: &mut Rng) -> Vec<f64> {
    let padding = PADDING.0 + below(PADDING.1 - PADDING.0 + 1, rng);
    let padded: Vec<f64> = digit.iter().copied().chain(std::iter::repeat_n(0.0, padding)).collect();
    let factor = 1.0 + SCALE * rng.uniform(-0.5, 0.5);
    let mut points: Vec<f64> = resampled(&padded, STRETCHED).into_iter().map(|point| factor * point).collect();
    points.rotate_right(below(SHIFT, rng));
    let correlated = correlated_noise(points.len(), rng);
    let shear = SHEAR * rng.uniform(-0.5, 0.5);
    for (index, (point, noise)) in points.iter_mut().zip(correlated).enumerate() {
        if *point == 0.0 {
            *point = noise;
        }
        *point += WHITE * normal(rng) - shear * (index as f64 / (STRETCHED - 1) as f64 - 0.5);
    }
    resampled(&points, POINTS)
}

/// White noise under a Gaussian filter.
fn correlated_noise(count: usize, rng: &mut Rng) -> Vec<f64> {
    let (size, deviation) = CORRELATED;
    let reach = (4.0 * deviation) as usize;
    let weight = |distance: usize| (-0.5 * (distance as f64 / deviation).powi(2)).exp();
    let total: f64 = weight(0) + 2.0 * (1..=reach).map(weight).sum::<f64>();
    let white: Vec<f64> = (0..count + 2 * reach).map(|_| size * normal(rng)).collect();
    let smooth = |index: usize| {
        let around = white[index..=index + 2 * reach].iter().enumerate();
        around.map(|(place, noise)| weight(place.abs_diff(reach)) * noise).sum::<f64>() / total
    };
    (0..count).map(smooth).collect()
}

/// `count` equally spaced points of the line through `points`.
fn resampled(points: &[f64], count: usize) -> Vec<f64> {
    let last = points.len() - 1;
    let at = |index: usize| {
        let place = last as f64 * index as f64 / (count - 1) as f64;
        let before = (place as usize).min(last - 1);
        points[before] + (place - before as f64) * (points[before + 1] - points[before])
    };
    (0..count).map(at).collect()
}

/// A whole number below `end`, each equally likely.
pub fn below(end: usize, rng: &mut Rng) -> usize {
    ((end as f64 * rng.random()) as usize).min(end - 1)
}

/// A standard normal draw (Box & Muller 1958).
fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_same_with_more_points() {
        assert_eq!(resampled(&[0.0, 2.0, 4.0], 5), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(resampled(&[1.0, 0.0, 1.0, 0.0, 1.0], 3), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn examples_are_of_the_seed_and_of_a_size() {
        let drawn = examples(200, &mut Rng::from_seed(3));
        assert_eq!(drawn.len(), 200 * POINTS);
        assert_eq!(drawn, examples(200, &mut Rng::from_seed(3)));
        assert_ne!(drawn, examples(200, &mut Rng::from_seed(4)));
        let squares: f32 = drawn.iter().map(|point| point * point).sum();
        // A shape fills about a sixth of an example, and noise is small.
        let rms = (squares / drawn.len() as f32).sqrt();
        assert!((0.4..1.2).contains(&rms), "{rms}");
    }

    #[test]
    fn noise_that_is_smoothed_has_the_variance_of_its_filter() {
        let noise = correlated_noise(20_000, &mut Rng::from_seed(3));
        let variance = noise.iter().map(|point| point * point).sum::<f64>() / noise.len() as f64;
        // A Gaussian filter of deviation s leaves 1 / (2 s √π) of the variance.
        let expected = 0.25_f64.powi(2) / (2.0 * 2.0 * std::f64::consts::PI.sqrt());
        assert!((variance / expected - 1.0).abs() < 0.1, "{variance} {expected}");
    }
}
