//! The activation regions of a network of rectifiers on a line and in a plane, one by one.
//!
//! Within a region, every unit's pre-activation is affine. So a unit of the next layer cuts each region along a straight line, and
//! layer by layer, unit by unit, all of them are found. Coordinates are of double precision; nothing is sampled.

use crate::approx::Shape;

/// A hidden layer max(0, x W + b).
#[derive(Clone, Debug, PartialEq)]
pub struct RectifiedLayer {
    /// W, `[inputs · units]`, row by row.
    pub weights: Vec<f64>,
    /// b, `[units]`.
    pub biases: Vec<f64>,
}

/// A region, or the part of one within the ends or the rectangle.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivationRegion {
    /// Its corners: both ends on a line, the corners in order in a plane.
    pub corners: Vec<[f64; 2]>,
    /// Which units are on, layer after layer.
    pub pattern: Vec<bool>,
}

/// Where a line or a plane lies in the input space: x = origin + s · first + t · second.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The input at s = t = 0.
    pub origin: Vec<f64>,
    /// The direction of s.
    pub first: Vec<f64>,
    /// The direction of t; zeros on a line.
    pub second: Vec<f64>,
}

/// Corners that are nearer to a unit's border than this, relative to the size of its pre-activation, lie on it.
const ON_BORDER: f64 = 1e-12;

impl RectifiedLayer {
    /// The hidden layers of a multilayer perceptron, from its parameters in one row.
    ///
    /// # Panics
    /// If there are not as many parameters as the shape has.
    pub fn of_network(shape: &Shape, parameters: &[f32]) -> Vec<RectifiedLayer> {
        assert_eq!(parameters.len(), shape.parameters(), "one number for each parameter");
        let numbers = |range: std::ops::Range<usize>| parameters[range].iter().copied().map(f64::from).collect();
        let hidden = shape.layers().take(shape.depth() - 1);
        hidden.map(|layer| RectifiedLayer { weights: numbers(layer.weights), biases: numbers(layer.biases) }).collect()
    }

    fn units(&self) -> usize {
        self.biases.len()
    }
}

impl Slice {
    /// The input space itself, if it has one or two dimensions.
    ///
    /// # Panics
    /// If it has more.
    pub fn whole(inputs: usize) -> Slice {
        assert!((1..=2).contains(&inputs), "a space of {inputs} dimensions is no line and no plane");
        let axis = |which: usize| (0..inputs).map(|input| f64::from(u8::from(input == which))).collect();
        Slice { origin: vec![0.0; inputs], first: axis(0), second: if inputs == 2 { axis(1) } else { vec![0.0] } }
    }
}

/// A region on its way through the layers: what its units compute is affine in s and t, `[units]` of (constant, s, t).
struct Part {
    corners: Vec<[f64; 2]>,
    pattern: Vec<bool>,
    outputs: Vec<[f64; 3]>,
}

/// The regions on the line t = 0 between two values of s, from the first to the second.
pub fn regions_on_line(layers: &[RectifiedLayer], slice: &Slice, [low, high]: [f64; 2]) -> Vec<ActivationRegion> {
    let mut regions = all(layers, slice, vec![[low, 0.0], [high, 0.0]]);
    regions.sort_by(|a, b| a.corners[0][0].total_cmp(&b.corners[0][0]));
    regions
}

/// The regions in the rectangle low ≤ (s, t) ≤ high.
pub fn regions_in_plane(
    layers: &[RectifiedLayer],
    slice: &Slice,
    low: [f64; 2],
    high: [f64; 2],
) -> Vec<ActivationRegion> {
    all(layers, slice, vec![low, [high[0], low[1]], high, [low[0], high[1]]])
}

fn all(layers: &[RectifiedLayer], slice: &Slice, corners: Vec<[f64; 2]>) -> Vec<ActivationRegion> {
    let Slice { origin, first, second } = slice;
    let outputs = (0..origin.len()).map(|input| [origin[input], first[input], second[input]]).collect();
    let mut parts = vec![Part { corners, pattern: Vec::new(), outputs }];
    for layer in layers {
        parts = parts.into_iter().flat_map(|part| through(layer, part)).collect();
    }
    parts.into_iter().map(|part| ActivationRegion { corners: part.corners, pattern: part.pattern }).collect()
}

/// The parts into which the units of a layer cut a part, with what the layer computes there.
fn through(layer: &RectifiedLayer, part: Part) -> Vec<Part> {
    let units = layer.units();
    let before = |unit: usize| {
        let mut sum = [layer.biases[unit], 0.0, 0.0];
        for (input, output) in part.outputs.iter().enumerate() {
            let weight = layer.weights[input * units + unit];
            sum.iter_mut().zip(output).for_each(|(sum, output)| *sum += weight * output);
        }
        sum
    };
    let before: Vec<[f64; 3]> = (0..units).map(before).collect();
    let mut pieces = vec![(part.corners, part.pattern)];
    for z in &before {
        pieces = pieces
            .into_iter()
            .flat_map(|(corners, pattern)| {
                let side = |is_on: bool| {
                    let corners = cut(&corners, z, is_on)?;
                    let pattern = pattern.iter().copied().chain([is_on]).collect();
                    Some((corners, pattern))
                };
                [side(false), side(true)].into_iter().flatten().collect::<Vec<_>>()
            })
            .collect();
    }
    let first = pieces.first().map_or(0, |(_, pattern): &(_, Vec<bool>)| pattern.len() - units);
    let rectified = |pattern: &[bool]| {
        let of_unit = |(is_on, z): (&bool, &[f64; 3])| if *is_on { *z } else { [0.0; 3] };
        pattern[first..].iter().zip(&before).map(of_unit).collect()
    };
    let finish =
        |(corners, pattern): (Vec<[f64; 2]>, Vec<bool>)| Part { outputs: rectified(&pattern), corners, pattern };
    pieces.into_iter().map(finish).collect()
}

/// The part of a convex polygon, or of a segment, where z > 0, or where z ≤ 0 (Sutherland & Hodgman 1974). `None` if it has no
/// inside.
fn cut(corners: &[[f64; 2]], z: &[f64; 3], is_on: bool) -> Option<Vec<[f64; 2]>> {
    let sign = if is_on { 1.0 } else { -1.0 };
    let size = z[0].abs() + corners.iter().map(|[s, t]| (z[1] * s).abs() + (z[2] * t).abs()).fold(0.0, f64::max);
    let depth = |[s, t]: [f64; 2]| sign * (z[0] + z[1] * s + z[2] * t);
    let border = ON_BORDER * size;
    let has_inside = corners.iter().any(|corner| depth(*corner) > border);
    if !has_inside {
        // A unit that is zero everywhere is off.
        return (!is_on && corners.iter().all(|corner| depth(*corner).abs() <= border)).then(|| corners.to_vec());
    }
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    let is_segment = corners.len() == 2;
    let mut kept = Vec::with_capacity(corners.len() + 1);
    for (index, (&a, &b)) in edges.enumerate() {
        let (at_a, at_b) = (depth(a), depth(b));
        if at_a >= -border {
            kept.push(a);
        }
        // The way back along a segment is the same edge.
        if !(is_segment && index == 1) && (at_a > border && at_b < -border || at_a < -border && at_b > border) {
            let share = at_a / (at_a - at_b);
            kept.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
        }
    }
    (kept.len() >= corners.len().min(3)).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::Activation;
    use crate::rng::Rng;

    fn random_layers(widths: &[usize], rng: &mut Rng) -> Vec<RectifiedLayer> {
        let layer = |pair: &[usize]| RectifiedLayer {
            weights: (0..pair[0] * pair[1]).map(|_| rng.uniform(-1.0, 1.0)).collect(),
            biases: (0..pair[1]).map(|_| rng.uniform(-0.5, 0.5)).collect(),
        };
        widths.windows(2).map(layer).collect()
    }

    /// Which units are on at a point.
    fn pattern(layers: &[RectifiedLayer], slice: &Slice, [s, t]: [f64; 2]) -> Vec<bool> {
        let inputs = slice.origin.iter().zip(&slice.first).zip(&slice.second);
        let mut x: Vec<f64> = inputs.map(|((origin, first), second)| origin + s * first + t * second).collect();
        let mut pattern = Vec::new();
        for layer in layers {
            let units = layer.units();
            let z = |unit: usize| {
                layer.biases[unit] + (0..x.len()).map(|i| x[i] * layer.weights[i * units + unit]).sum::<f64>()
            };
            let z: Vec<f64> = (0..units).map(z).collect();
            pattern.extend(z.iter().map(|z| *z > 0.0));
            x = z.into_iter().map(|z| z.max(0.0)).collect();
        }
        pattern
    }

    fn area(corners: &[[f64; 2]]) -> f64 {
        let edges = corners.iter().zip(corners.iter().cycle().skip(1));
        0.5 * edges.map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>().abs()
    }

    fn middle(corners: &[[f64; 2]]) -> [f64; 2] {
        [0, 1].map(|axis| corners.iter().map(|corner| corner[axis]).sum::<f64>() / corners.len() as f64)
    }

    #[test]
    fn lines_in_general_position_cut_a_plane_as_zaslavsky_says() {
        // Three lines through a triangle: x = 0, y = 0, x + y = 1: 1 + 3 + 3 regions.
        let layer = RectifiedLayer { weights: vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0], biases: vec![0.0, 0.0, -1.0] };
        let regions = regions_in_plane(&[layer], &Slice::whole(2), [-9.0; 2], [9.0; 2]);
        assert_eq!(regions.len(), 7);
        let triangle = regions.iter().find(|region| region.pattern == [true, true, false]).unwrap();
        assert!((area(&triangle.corners) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_tent_folded_three_times_has_eight_pieces() {
        let tent = |weights: Vec<f64>| RectifiedLayer { weights, biases: vec![0.0, -0.5] };
        let fold = || tent(vec![2.0, 2.0, -4.0, -4.0]);
        let layers = [tent(vec![1.0, 1.0]), fold(), fold()];
        let regions = regions_on_line(&layers, &Slice::whole(1), [0.0, 1.0]);
        let starts: Vec<f64> = regions.iter().map(|region| region.corners[0][0]).collect();
        assert_eq!(starts, (0..8).map(|index| f64::from(index) / 8.0).collect::<Vec<_>>());
    }

    #[test]
    fn regions_cover_the_rectangle_once_and_each_has_its_pattern() {
        let mut rng = Rng::from_seed(7);
        for widths in [vec![2, 5], vec![2, 6, 4], vec![3, 4, 4, 4], vec![2, 1]] {
            let layers = random_layers(&widths, &mut rng);
            let slice = match widths[0] {
                2 => Slice::whole(2),
                _ => Slice { origin: vec![0.1, 0.2, -0.1], first: vec![1.0, 0.0, 0.5], second: vec![0.0, 1.0, -0.3] },
            };
            let regions = regions_in_plane(&layers, &slice, [-2.0; 2], [2.0; 2]);
            assert!((regions.iter().map(|region| area(&region.corners)).sum::<f64>() - 16.0).abs() < 1e-9);
            for region in &regions {
                assert_eq!(region.pattern, pattern(&layers, &slice, middle(&region.corners)));
            }
            let on_line = regions_on_line(&layers, &slice, [-2.0, 2.0]);
            assert!(on_line.windows(2).all(|pair| (pair[0].corners[1][0] - pair[1].corners[0][0]).abs() < 1e-9));
            assert_eq!((on_line[0].corners[0][0], on_line[on_line.len() - 1].corners[1][0]), (-2.0, 2.0));
        }
    }

    #[test]
    fn parameters_of_a_network_are_its_layers() {
        let shape = Shape { widths: vec![1, 2, 1], activation: Activation::Relu, output_bias: true };
        let layers = RectifiedLayer::of_network(&shape, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(layers, [RectifiedLayer { weights: vec![1.0, 2.0], biases: vec![3.0, 4.0] }]);
    }
}
