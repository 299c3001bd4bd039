//! The linear regions of a network of rectifiers along a path.

use std::collections::BTreeSet;

use crate::approx::Function;

/// The linear regions that a path of straight segments passes through.
///
/// In a region, the same units are on, and the function is affine. For one pattern of units, the region is an intersection of
/// half-spaces, so it is convex (Montúfar et al. 2014). Two points with the same pattern then have no border between them, and
/// halving the rest finds every border, however many layers there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regions {
    /// How many linear pieces the function has along the path.
    pub pieces: usize,
    /// How many different regions these pieces lie in.
    pub distinct: usize,
}

/// A segment is halved this often: a region that is narrower than 2⁻¹⁶ of it may be missed.
const HALVINGS: u32 = 16;

/// Points of one evaluation.
const BATCH: usize = 512;

/// Which units are on, of all hidden layers.
type Pattern = Vec<u64>;

/// A part of the path between two points with different patterns.
struct Part {
    ends: [Vec<f32>; 2],
    patterns: [Pattern; 2],
}

impl Regions {
    /// Follows the straight lines from each of these observations to the next. The hidden layers of `function` are
    /// piecewise linear, and so are its features; `None` if it has no hidden layers, or the path has no points.
    pub fn along(function: &mut dyn Function, path: &[&[f32]]) -> Option<Regions> {
        let patterns = patterns(function, path);
        let first = patterns.first().filter(|pattern| !pattern.is_empty())?;
        let mut distinct: BTreeSet<Pattern> = [first.clone()].into();
        let segments = path.windows(2).zip(patterns.windows(2));
        let part = |(ends, patterns): (&[&[f32]], &[Pattern])| Part {
            ends: [ends[0].to_vec(), ends[1].to_vec()],
            patterns: [patterns[0].clone(), patterns[1].clone()],
        };
        let mut parts: Vec<Part> = segments.filter(|(_, patterns)| patterns[0] != patterns[1]).map(part).collect();
        for _ in 0..HALVINGS {
            parts = halved(function, parts, &mut distinct);
        }
        distinct.extend(parts.iter().flat_map(|part| part.patterns.clone()));
        Some(Regions { pieces: parts.len() + 1, distinct: distinct.len() })
    }
}

/// The halves of each part whose ends have different patterns.
fn halved(function: &mut dyn Function, parts: Vec<Part>, distinct: &mut BTreeSet<Pattern>) -> Vec<Part> {
    let middle = |part: &Part| part.ends[0].iter().zip(&part.ends[1]).map(|(a, b)| a + (b - a) / 2.0).collect();
    let middles: Vec<Vec<f32>> = parts.iter().map(middle).collect();
    let points: Vec<&[f32]> = middles.iter().map(Vec::as_slice).collect();
    let of_middles = patterns(function, &points);
    distinct.extend(of_middles.iter().cloned());
    let halves = parts.into_iter().zip(middles).zip(of_middles).flat_map(|((part, middle), pattern)| {
        let Part { ends: [a, b], patterns: [of_a, of_b] } = part;
        let first = Part { ends: [a, middle.clone()], patterns: [of_a, pattern.clone()] };
        let second = Part { ends: [middle, b], patterns: [pattern, of_b] };
        [first, second].into_iter().filter(|part| part.patterns[0] != part.patterns[1])
    });
    halves.collect()
}

/// For each observation, which units are on; empty where there are no hidden layers.
fn patterns(function: &mut dyn Function, observations: &[&[f32]]) -> Vec<Pattern> {
    let mut all = Vec::with_capacity(observations.len());
    for observations in observations.chunks(BATCH) {
        let layers = function.hidden_layers(&observations.concat());
        let of_row = |row: usize| {
            let own = layers.iter().flat_map(|layer| {
                let count = layer.outputs.len() / observations.len();
                &layer.outputs[row * count..(row + 1) * count]
            });
            let mut pattern = Pattern::new();
            for (index, output) in own.enumerate() {
                if index % 64 == 0 {
                    pattern.push(0);
                }
                pattern[index / 64] |= u64::from(*output > 0.0) << (index % 64);
            }
            pattern
        };
        all.extend((0..observations.len()).map(of_row));
    }
    all
}

#[cfg(test)]
mod tests {
    use tilde_envs::Space;

    use super::*;
    use crate::approx::{ApproximatorConfig, FunctionSetup};
    use crate::device::{Backend, EngineName};
    use crate::optim::{OptimizerConfig, SgdConfig};
    use crate::rng::{Stream, stream};

    /// The regions of a network with these hidden layers and parameters along a path in one dimension, by both engines.
    fn along(hidden: &[usize], parameters: &[f32], path: &[f32]) -> Option<Regions> {
        let text = format!("features = 'identity'\nhidden = {hidden:?}\ninitialization = 'pytorch'");
        let config: ApproximatorConfig = toml::from_str(&text).unwrap();
        let optimizer = OptimizerConfig::from(SgdConfig::constant(0.1));
        let [host, burn] = [EngineName::Auto, EngineName::Burn].map(|engine| {
            let backend = Backend { engine, ..Backend::default() };
            let space = Space::Box { low: vec![-9.0], high: vec![9.0] };
            let setup = FunctionSetup { optimizer: &optimizer, space: &space, outputs: 1, budget: 1, backend };
            let mut function = config.build(&setup, &mut stream(0, Stream::Init));
            function.set_weights(parameters.to_vec()).unwrap();
            Regions::along(function.as_mut(), &path.iter().map(std::slice::from_ref).collect::<Vec<_>>())
        });
        assert_eq!(host, burn);
        host
    }

    #[test]
    fn a_shallow_network_has_a_joint_for_each_unit() {
        // Units that switch at −1, 0.5 and 2; weights of the outputs, and a bias.
        let parameters = [1.0, -2.0, 1.0, 1.0, 1.0, -2.0, 1.0, 1.0, 1.0, 0.0];
        let pieces = |path: &[f32]| along(&[3], &parameters, path).unwrap();
        assert_eq!(pieces(&[-3.0, 3.0]), Regions { pieces: 4, distinct: 4 });
        assert_eq!(pieces(&[-3.0, 3.0, -3.0]), Regions { pieces: 7, distinct: 4 });
        assert_eq!(pieces(&[0.0, 0.4, 0.2]), Regions { pieces: 1, distinct: 1 });
        assert_eq!(pieces(&[1.0]), Regions { pieces: 1, distinct: 1 });
        assert_eq!(along(&[3], &parameters, &[]), None);
    }

    #[test]
    fn a_second_layer_folds_the_first_one() {
        // The tent of the unit interval, 2 max(0, x) − 4 max(0, x − ½), twice (Telgarsky 2016).
        let parameters = [1.0, 1.0, 0.0, -0.5, 2.0, 2.0, -4.0, -4.0, 0.0, -0.5, 2.0, -4.0, 0.0];
        let found = along(&[2, 2], &parameters, &[0.01, 0.99]).unwrap();
        assert_eq!(found, Regions { pieces: 4, distinct: 4 });
    }

    #[test]
    fn a_linear_function_has_no_regions_to_count() {
        assert_eq!(along(&[], &[2.0, 1.0], &[-1.0, 1.0]), None);
    }
}
